// XmlTree: one record's decoded BinXML as a flat list of nodes. Nothing is copied: names and values
// are views into the chunk and live as long as it does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/evidence_text.hpp"
#include "format/evtx/value.hpp"

namespace npg::evtx {

enum class NodeKind : std::uint8_t {
  document,
  element,       ///< name; children are attributes first, then content
  attribute,     ///< name; children are its content
  value,         ///< a literal text or a substituted value
  character,     ///< a character reference: its unit is in `number`
  entity,        ///< an entity reference: name
  instruction,   ///< a processing instruction: name is its target, a value child its data
  substitution,  ///< only in a template read without values: its index is in `number`, and
                 ///< `value_type` is 1 when a null value leaves nothing
};

struct Node {
  NodeKind kind = NodeKind::document;
  std::uint8_t value_type = 0;
  std::uint16_t number = 0xffff;  ///< element: the substitution it depends on; see NodeKind
  std::uint32_t parent = none;
  std::uint32_t first_child = none;
  std::uint32_t last_child = none;
  std::uint32_t previous = none;
  std::uint32_t next = none;
  Bytes bytes;  ///< the UTF-16 units of the name, or the value's bytes

  static constexpr std::uint32_t none = UINT32_MAX;
  static constexpr std::uint16_t no_dependency = 0xffff;
  [[nodiscard]] Value value() const { return {value_type, bytes}; }
};

class XmlTree {
 public:
  XmlTree() { clear(); }
  /// Leaves the document node alone; keeps the memory.
  void clear() {
    nodes_.clear();
    nodes_.emplace_back();
  }
  [[nodiscard]] const Node& operator[](std::uint32_t index) const { return nodes_[index]; }
  [[nodiscard]] Node& operator[](std::uint32_t index) { return nodes_[index]; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  static constexpr std::uint32_t root = 0;
  /// Copies every node's bytes into `storage`, so that the tree outlives the chunk.
  void keep_bytes(std::vector<std::byte>& storage);

  /// Adds a node as the last child of its `parent`; gives its index.
  std::uint32_t add(Node node);
  /// Takes away the node and everything added after it.
  void cut(std::uint32_t index);

  /// The first child of that kind and ASCII name; Node::none when there is none.
  [[nodiscard]] std::uint32_t find(std::uint32_t parent, NodeKind kind,
                                   std::string_view name) const;
  [[nodiscard]] bool has_name(std::uint32_t index, std::string_view ascii) const;
  [[nodiscard]] EvidenceText name(std::uint32_t index) const;
  /// The text of an attribute or element: its values and references joined; elements inside it are
  /// left out.
  [[nodiscard]] EvidenceText text(std::uint32_t index) const;
  /// The single value that is the whole content of an attribute or element; nothing when the
  /// content has no or several parts. A null value when the content is empty.
  [[nodiscard]] std::optional<Value> single_value(std::uint32_t index) const;

 private:
  std::vector<Node> nodes_;
};

/// Compares UTF-16 units with ASCII text.
[[nodiscard]] bool equals_ascii(Bytes units, std::string_view ascii);

}  // namespace npg::evtx
