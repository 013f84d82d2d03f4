#include "format/evtx/xml_tree.hpp"

#include <array>
#include <utility>

namespace npg::evtx {
namespace {

/// The unit of a predefined XML entity; 0 for others, which have no declaration in BinXML.
char16_t entity_unit(Bytes name) {
  constexpr std::array<std::pair<std::string_view, char16_t>, 5> entities{
      {{"lt", u'<'}, {"gt", u'>'}, {"amp", u'&'}, {"quot", u'"'}, {"apos", u'\''}}};
  for (const auto& [text, unit] : entities) {
    if (equals_ascii(name, text)) {
      return unit;
    }
  }
  return 0;
}

void append_entity(std::u16string& out, Bytes name) {
  if (const char16_t unit = entity_unit(name); unit != 0) {
    out.push_back(unit);
    return;
  }
  out.push_back(u'&');
  append_text(out, Value{static_cast<std::uint8_t>(ValueType::string), name});
  out.push_back(u';');
}

bool is_content(NodeKind kind) {
  return kind == NodeKind::value || kind == NodeKind::character || kind == NodeKind::entity ||
         kind == NodeKind::substitution;
}

}  // namespace

bool equals_ascii(Bytes units, std::string_view ascii) {
  if (units.size() != ascii.size() * 2) {
    return false;
  }
  for (std::size_t i = 0; i < ascii.size(); ++i) {
    if (units.at<std::uint16_t>(i * 2) != static_cast<unsigned char>(ascii[i])) {
      return false;
    }
  }
  return true;
}

std::uint32_t XmlTree::add(Node node) {
  const auto index = static_cast<std::uint32_t>(nodes_.size());
  Node& parent = nodes_[node.parent];
  node.previous = parent.last_child;
  if (parent.last_child == Node::none) {
    parent.first_child = index;
  } else {
    nodes_[parent.last_child].next = index;
  }
  parent.last_child = index;
  nodes_.push_back(node);
  return index;
}

void XmlTree::keep_bytes(std::vector<std::byte>& storage) {
  std::size_t size = 0;
  for (const Node& node : nodes_) {
    size += node.bytes.size();
  }
  storage.clear();
  storage.reserve(size);
  for (Node& node : nodes_) {
    const std::size_t at = storage.size();
    const auto bytes = node.bytes.data();
    storage.insert(storage.end(), bytes.begin(), bytes.end());
    node.bytes = Bytes(std::span<const std::byte>(storage).subspan(at), node.bytes.offset());
  }
}

void XmlTree::cut(std::uint32_t index) {
  const Node node = nodes_[index];
  Node& parent = nodes_[node.parent];
  parent.last_child = node.previous;
  if (node.previous == Node::none) {
    parent.first_child = Node::none;
  } else {
    nodes_[node.previous].next = Node::none;
  }
  nodes_.resize(index);
}

std::uint32_t XmlTree::find(std::uint32_t parent, NodeKind kind, std::string_view name) const {
  for (std::uint32_t i = nodes_[parent].first_child; i != Node::none; i = nodes_[i].next) {
    if (nodes_[i].kind == kind && equals_ascii(nodes_[i].bytes, name)) {
      return i;
    }
  }
  return Node::none;
}

bool XmlTree::has_name(std::uint32_t index, std::string_view ascii) const {
  return equals_ascii(nodes_[index].bytes, ascii);
}

EvidenceText XmlTree::name(std::uint32_t index) const {
  return EvidenceText::from_utf16(nodes_[index].bytes.data());
}

std::optional<Value> XmlTree::single_value(std::uint32_t index) const {
  std::optional<Value> found;
  for (std::uint32_t i = nodes_[index].first_child; i != Node::none; i = nodes_[i].next) {
    if (!is_content(nodes_[i].kind)) {
      continue;
    }
    if (found || nodes_[i].kind != NodeKind::value) {
      return std::nullopt;
    }
    found = nodes_[i].value();
  }
  return found ? *found : Value{};
}

EvidenceText XmlTree::text(std::uint32_t index) const {
  if (const auto single = single_value(index)) {
    return text_of(*single);
  }
  std::u16string units;
  for (std::uint32_t i = nodes_[index].first_child; i != Node::none; i = nodes_[i].next) {
    const Node& node = nodes_[i];
    switch (node.kind) {
      case NodeKind::value: append_text(units, node.value()); break;
      case NodeKind::character: units.push_back(static_cast<char16_t>(node.number)); break;
      case NodeKind::entity: append_entity(units, node.bytes); break;
      default: break;
    }
  }
  return text_of(units);
}

}  // namespace npg::evtx
