// Reads what events are told apart by straight from a record's values, by a plan made once a
// template (docs/formats/evtx.md, "Reading without a tree"). Every doubt gives nothing: the record
// is then decoded.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "format/evtx/binxml.hpp"
#include "format/evtx/chunk.hpp"
#include "format/evtx/value_table.hpp"
#include "format/evtx/xml_tree.hpp"

namespace npg::evtx {

/// Where a template has one part of an event.
struct PartSource {
  enum class Kind : std::uint8_t { absent, literal, value };
  Kind kind = Kind::absent;
  std::uint16_t index = 0;                         ///< of the value
  std::uint16_t dependency = Node::no_dependency;  ///< absent when the value of this index is null
  Value literal;

  /// The part's value in a record; a null one when it is absent.
  [[nodiscard]] Value in(const ValueTable& values) const {
    if (dependency != Node::no_dependency && values.is_null(dependency)) {
      return {};
    }
    switch (kind) {
      case Kind::literal: return literal;
      case Kind::value: return values[index];
      default: return {};
    }
  }
};
/// The source of what `holder` holds: the element `owner`, or an attribute of it; Node::none for
/// one that is not there. Absent when it is empty; nothing when it is made of several parts.
[[nodiscard]] std::optional<PartSource> source_of(const XmlTree& tree, std::uint32_t owner,
                                                  std::uint32_t holder);

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
};

/// One a chunk: plans hold views into it. A template is planned from the bytes that this chunk has
/// for it, so no trust is carried from chunk to chunk.
class EventKeyReader {
 public:
  /// The decoder must be of the same chunk and outlive the reader; templates count on its budget.
  EventKeyReader(Bytes chunk, BinXmlDecoder& decoder) : chunk_(chunk), decoder_(decoder) {}
  /// The key, or nothing whenever there is any doubt: no template at the top, System not made of
  /// plain literals and values, an unexpected type, damage. Nothing means: decode the record.
  [[nodiscard]] std::optional<EventKey> read(const RecordRef& record);
  /// Of the record whose key was read last: the rest of System; nothing in doubt.
  [[nodiscard]] std::optional<EventContext> context() const;
  /// Of the same record: its template instance and the values of it.
  [[nodiscard]] const TemplateInstance& instance() const { return instance_; }
  [[nodiscard]] const ValueTable& values() const { return values_; }

 private:
  enum Place : std::uint8_t {
    provider,
    event_id,
    record_id,
    created,
    channel,
    computer,
    version,
    user_sid,
    process_id,
    thread_id,
    places
  };
  struct Plan {
    bool usable = false;
    std::array<PartSource, places> sources;
  };
  [[nodiscard]] const Plan& plan_for(const TemplateInstance& instance);
  [[nodiscard]] Plan make_plan(const TemplateInstance& instance);

  Bytes chunk_;
  BinXmlDecoder& decoder_;
  XmlTree tree_;
  std::unordered_map<std::uint64_t, Plan> plans_;
  const Plan* plan_ = nullptr;
  TemplateInstance instance_;
  ValueTable values_;
};

/// Reads the head of a fragment that is one template instance, and its values: `binxml` is a view
/// into the chunk. False in doubt.
[[nodiscard]] bool read_sole_instance(Bytes chunk, Bytes binxml, TemplateInstance& instance,
                                      ValueTable& values);

}  // namespace npg::evtx
