// Where a template has the parts of System: a plan made once for the template, by which records are
// read without decoding them (docs/formats/evtx.md, "Reading without a tree").
#pragma once

#include <array>
#include <cstdint>
#include <optional>

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

/// The sources of everything in System that events are told apart and placed by.
struct EventPlan {
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
    keywords,
    places
  };
  /// False in any doubt: System not made of plain literals and values, or not the only one.
  bool usable = false;
  std::array<PartSource, places> sources;
  /// True when event id, record id and time are values that nothing but themselves leaves out, and
  /// each name is such a value or literal: nearly always.
  bool is_plain = false;
  std::size_t last_index = 0;  ///< of these values, where is_plain
  /// The names that are literal: their units.
  std::array<Bytes, places> names;
};
/// The plan of a template that was decoded without values. Its literals are views into what the
/// tree's nodes are views into.
[[nodiscard]] EventPlan plan_event(const XmlTree& tree);

}  // namespace npg::evtx
