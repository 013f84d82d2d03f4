// Reads what events are told apart by straight from a record's values, by the plan of its template
// (docs/formats/evtx.md, "Reading without a tree"). Every doubt gives nothing: the record is then
// decoded.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "format/evtx/chunk.hpp"
#include "format/evtx/template_cache.hpp"
#include "format/evtx/value_table.hpp"

namespace npg::evtx {

/// What counting and filtering need of a record, and the rest of System as values. Views into the
/// chunk.
struct EventKey {
  Bytes provider;  ///< UTF-16 units
  Bytes channel;
  Bytes computer;
  std::uint64_t event_id = 0;
  std::uint64_t record_id = 0;
  FileTime created;
};
/// The parts of System that only an event as a whole needs.
struct EventContext {
  Value user_sid;  ///< null when there is none
  std::uint64_t version = 0;
  std::uint64_t process_id = 0;
  std::uint64_t thread_id = 0;
  Value keywords;  ///< null when there are none
};

/// Reads the records of the chunk that the templates are at.
class EventKeyReader {
 public:
  explicit EventKeyReader(TemplateCache& templates) : templates_(templates) {}
  /// Gives true and the key, or false whenever there is any doubt: no template at the top, System
  /// not made of plain literals and values, an unexpected type, damage. False means: decode the
  /// record.
  [[nodiscard]] bool read(const RecordRef& record, EventKey& key);
  /// The same.
  [[nodiscard]] std::optional<EventKey> read(const RecordRef& record);
  /// Of the record whose key was read last: the rest of System; nothing in doubt.
  [[nodiscard]] std::optional<EventContext> context() const;
  /// Of the same record: its template, where that stands in the chunk, and the values.
  [[nodiscard]] const Template& used() const { return *instance_.used; }
  [[nodiscard]] std::uint64_t definition() const { return instance_.definition; }
  [[nodiscard]] const ValueTable& values() const;

 private:
  /// Most descriptors up to the last one that System needs; it has 18 or 20 of its own.
  static constexpr std::size_t system_values_max = 32;
  /// Where the values lie in records of a template that begin with the same descriptors, counted
  /// from the first value.
  struct Layout {
    struct Name {
      std::uint32_t at = 0;
      std::uint32_t size = 0;
    };
    bool known = false;
    std::array<std::uint32_t, system_values_max> descriptors{};
    std::uint32_t end = 0;  ///< behind their values
    std::uint32_t event_id = 0;
    std::uint32_t record_id = 0;
    std::uint32_t created = 0;
    std::array<Name, 3> names;  ///< provider, channel, computer, where they are values
  };
  [[nodiscard]] bool read_known(const RecordRef& record, EventKey& key);
  [[nodiscard]] Layout& layout_of(const Template& used);
  [[nodiscard]] static bool lay_out(const EventPlan& plan, Bytes descriptors, Layout& layout);
  [[nodiscard]] bool read_parts(const EventPlan& plan, EventKey& key) const;

  TemplateCache& templates_;
  const EventPlan* plan_ = nullptr;
  SoleInstance instance_;
  std::vector<Layout> layouts_;  ///< by the number of their template: of the record read last
  std::uint64_t generation_ = 0;
  std::uint64_t descriptors_ = 0;  ///< of the record read last, chunk-relative
  std::uint64_t end_ = 0;
  mutable bool have_values_ = false;
  mutable ValueTable values_;  ///< read when they are asked for
};

}  // namespace npg::evtx
