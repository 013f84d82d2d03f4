// Event XML: one Event element as a tree of elements and attributes. No document types, no entities
// but the five of XML and character numbers; bounded in depth and size
// (docs/formats/event_json.md).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/evidence_text.hpp"
#include "base/stream_limits.hpp"

namespace npg {

struct XmlNode {
  static constexpr std::uint32_t none = UINT32_MAX;
  std::string_view name;  ///< without its namespace prefix
  EvidenceText text;      ///< an attribute's value; an element's own text
  bool is_attribute = false;
  std::uint32_t first_child = none;  ///< attributes first, then elements, in order
  std::uint32_t next = none;
};

class EventXml {
 public:
  /// Reads one element and what is in it; what follows it is not looked at. `offset` is where the
  /// text stands, for errors. Names lie in the text. Errors: truncated; bad_value; limit_exceeded;
  /// unsupported for a document type declaration.
  [[nodiscard]] static Result<EventXml> read(std::string_view text, std::uint64_t offset,
                                             const StreamLimits& limits);

  static constexpr std::uint32_t root = 0;
  [[nodiscard]] const XmlNode& operator[](std::uint32_t node) const { return nodes_[node]; }
  /// The first child element of that name; XmlNode::none when there is none.
  [[nodiscard]] std::uint32_t element(std::uint32_t parent, std::string_view name) const;
  /// An attribute's value, or the text of a child element; null when there is none or no parent.
  [[nodiscard]] const EvidenceText* attribute(std::uint32_t parent, std::string_view name) const;
  [[nodiscard]] const EvidenceText* text(std::uint32_t parent, std::string_view name) const;
  [[nodiscard]] bool has_elements(std::uint32_t node) const;

 private:
  friend class EventXmlReader;
  std::vector<XmlNode> nodes_;
};

}  // namespace npg
