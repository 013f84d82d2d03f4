// Builds WinEvents straight from a record's values: what build_event would make of the decoded
// record, without decoding it. Every doubt is answered by false: the record is then decoded.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/limits.hpp"
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
  struct Nested {
    std::uint16_t index = 0;  ///< of a value that holds a fragment with further data
  };
  bool usable = false;
  bool is_user_data = false;
  std::vector<std::variant<Field, Nested>> steps;
};

/// One a chunk, for the same chunk as the decoder.
class PlannedEvents {
 public:
  PlannedEvents(Bytes chunk, evtx::BinXmlDecoder& decoder, const Limits& limits)
      : chunk_(chunk), decoder_(decoder), limits_(limits) {}
  /// Fills `event` from the record whose key was read last; quality and the evidence of its origin
  /// are the caller's to know. False in doubt: the event is then in any state.
  [[nodiscard]] bool build(const evtx::EventKeyReader& keys, const evtx::EventKey& key,
                           const evtx::RecordRef& record, WinEvent& event);

 private:
  [[nodiscard]] const DataPlan& plan_for(const evtx::TemplateInstance& instance, bool is_whole);
  [[nodiscard]] bool add_fields(const DataPlan& plan, const evtx::ValueTable& values,
                                std::uint64_t outer, WinEvent& event);
  [[nodiscard]] bool add_nested(const evtx::Value& value, std::uint64_t outer, WinEvent& event);
  [[nodiscard]] bool add_field(const DataPlan::Field& field, const evtx::ValueTable& values,
                               WinEvent& event);
  EventField& next_field(WinEvent& event);

  Bytes chunk_;
  evtx::BinXmlDecoder& decoder_;
  const Limits& limits_;
  evtx::XmlTree tree_;
  std::unordered_map<std::uint64_t, DataPlan> whole_plans_;   ///< of templates with System
  std::unordered_map<std::uint64_t, DataPlan> nested_plans_;  ///< of templates inside values
  evtx::ValueTable nested_values_;
  std::size_t fields_used_ = 0;       ///< of the event that is being built
  std::uint64_t bytes_of_event_ = 0;  ///< of its values
  std::uint64_t steps_of_chunk_ = 0;
};

}  // namespace npg
