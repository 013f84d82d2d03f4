// The System part of an event: read from a decoded record, or straight from a record's values by a
// plan made once a template (docs/formats/evtx.md, "Reading System without a tree").
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "format/evtx/binxml.hpp"
#include "format/evtx/chunk.hpp"
#include "format/evtx/xml_tree.hpp"

namespace npg::evtx {

/// Everything in System that events are told apart and placed by.
struct SystemFields {
  EvidenceText provider;
  EvidenceText channel;
  EvidenceText computer;
  EvidenceText user_sid;
  std::optional<std::uint64_t> event_id;
  std::optional<std::uint64_t> record_id;
  std::uint64_t version = 0;
  std::uint64_t process_id = 0;
  std::uint64_t thread_id = 0;
  FileTime created;
};

/// The Event element of a decoded record; Node::none when there is none.
[[nodiscard]] std::uint32_t event_element(const XmlTree& tree);
/// The System fields of a decoded record; nothing when it has no Event/System.
[[nodiscard]] std::optional<SystemFields> read_system(const XmlTree& tree);

/// What counting and filtering need of a record, as views into the chunk.
struct EventKey {
  Bytes provider;  ///< UTF-16 units
  Bytes channel;
  Bytes computer;
  std::uint64_t event_id = 0;
  std::uint64_t record_id = 0;
  FileTime created;
};

/// Reads event keys without decoding records. One a chunk: plans hold views into it. A template is
/// planned from the bytes that this chunk has for it, so no trust is carried from chunk to chunk.
class EventKeyReader {
 public:
  /// The decoder must be of the same chunk and outlive the reader; templates count on its budget.
  EventKeyReader(Bytes chunk, BinXmlDecoder& decoder) : chunk_(chunk), decoder_(decoder) {}
  /// The key, or nothing whenever there is any doubt: no template at the top, System not made of
  /// plain literals and values, an unexpected type, damage. Nothing means: decode the record.
  [[nodiscard]] std::optional<EventKey> read(const RecordRef& record);

 private:
  struct Source {
    enum class Kind : std::uint8_t { absent, literal, value };
    Kind kind = Kind::absent;
    std::uint16_t index = 0;
    Value literal;
  };
  enum Place : std::uint8_t { provider, event_id, record_id, created, channel, computer, places };
  struct Plan {
    bool usable = false;
    std::uint32_t values_needed = 0;
    std::array<Source, places> sources;
  };
  [[nodiscard]] const Plan& plan_for(const TemplateInstance& instance);
  [[nodiscard]] Plan make_plan(const TemplateInstance& instance);
  [[nodiscard]] static std::optional<Source> source_of(const XmlTree& tree, std::uint32_t owner,
                                                       std::uint32_t holder);

  Bytes chunk_;
  BinXmlDecoder& decoder_;
  XmlTree tree_;
  std::unordered_map<std::uint64_t, Plan> plans_;
};

}  // namespace npg::evtx
