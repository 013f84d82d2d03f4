// Builds WinEvents straight from a record's values: what build_event would make of the decoded
// record, without decoding it. Every doubt is answered by false: the record is then decoded.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <variant>
#include <vector>

#include "base/limits.hpp"
#include "base/word_set.hpp"
#include "format/evtx/event_key.hpp"
#include "view/win_event.hpp"

namespace npg {

/// Where a template has the fields of an event.
struct DataPlan {
  struct Field {
    EvidenceText name;
    evtx::PartSource content;
    bool items = false;       ///< each item of an array is a field of its own
    bool skip_empty = false;  ///< no field when its text is empty
  };
  /// Whose data a template's are.
  enum class Place : std::uint8_t { event, beside_data, inside_part };
  static constexpr std::size_t places = 3;
  struct Nested {
    std::uint16_t index = 0;  ///< of a value that holds a fragment with further data
    Place place = Place::beside_data;
    bool is_user_data = false;  ///< it is when the value is there
  };
  bool usable = false;
  bool is_user_data = false;
  std::vector<std::variant<Field, Nested>> steps;
  /// Of each element that holds others which records may all leave out: what these depend on. Left
  /// empty it would be a field itself.
  std::vector<std::vector<std::uint16_t>> containers;
};

/// Which values of a template's records the tests of one kind of event ask about.
struct TestedValues {
  struct Tested {
    evtx::PartSource content;
    WordSet words;
  };
  const FieldTest* tests = nullptr;  ///< the first of them: whose plan this is
  bool usable = false;
  std::vector<Tested> values;
  std::vector<DataPlan::Nested> nested;  ///< may hold further fields that are asked about
};

/// Plans by the number of their template, made when they are first asked for.
template <typename Plan>
class PlanStore {
 public:
  /// Forgets what belongs to templates that are gone.
  void follow(const evtx::TemplateCache& templates) {
    if (generation_ != templates.generation()) {
      plans_.clear();
      generation_ = templates.generation();
    }
  }
  template <typename Make>
  [[nodiscard]] Plan& at(const evtx::Template& used, const Make& make) {
    if (used.number >= plans_.size()) {
      plans_.resize(std::size_t{used.number} + 1);
    }
    auto& plan = plans_[used.number];
    if (plan == nullptr) {
      plan = std::make_unique<Plan>(make(used));
    }
    return *plan;
  }

 private:
  std::vector<std::unique_ptr<Plan>> plans_;
  std::uint64_t generation_ = 0;
};

/// Reads the records of the chunk that the templates are at.
class PlannedEvents {
 public:
  PlannedEvents(evtx::TemplateCache& templates, const Limits& limits)
      : templates_(templates), limits_(limits) {}
  /// To be called after the templates', with each chunk.
  void start_chunk();
  /// Fills `event` from the record whose key was read last; quality and the evidence of its origin
  /// are the caller's to know. False in doubt: the event is then in any state.
  [[nodiscard]] bool build(const evtx::EventKeyReader& keys, const evtx::EventKey& key,
                           const evtx::RecordRef& record, WinEvent& event);
  /// False when the record whose key was read last has none of what the tests ask for, so that no
  /// fact can come of it. True in any doubt. The tests must outlive this.
  [[nodiscard]] bool may_pass(const evtx::EventKeyReader& keys, std::span<const FieldTest> tests);

 private:
  [[nodiscard]] const DataPlan& plan_for(const evtx::Template& used, DataPlan::Place place);
  [[nodiscard]] bool add_fields(const DataPlan& plan, const evtx::ValueTable& values,
                                std::uint64_t outer, WinEvent& event);
  /// The template of data inside a value, whose own values are then read; null in any doubt.
  [[nodiscard]] const evtx::Template* read_nested(const evtx::Value& value, std::uint64_t outer);
  [[nodiscard]] bool add_field(const DataPlan::Field& field, const evtx::ValueTable& values,
                               WinEvent& event);
  [[nodiscard]] const TestedValues& tested_for(const evtx::Template& used, DataPlan::Place place,
                                               std::span<const FieldTest> tests);
  EventField& next_field(WinEvent& event);

  evtx::TemplateCache& templates_;
  const Limits& limits_;
  std::array<PlanStore<DataPlan>, DataPlan::places> plans_;
  std::array<PlanStore<std::vector<TestedValues>>, DataPlan::places> tested_;
  evtx::ValueTable nested_values_;
  std::size_t fields_used_ = 0;       ///< of the event that is being built
  std::uint64_t bytes_of_event_ = 0;  ///< of its values
  std::uint64_t steps_of_chunk_ = 0;
};

}  // namespace npg
