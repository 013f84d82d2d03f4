#include "format/evtx/system_fields.hpp"

#include <charconv>

namespace npg::evtx {
namespace {

/// A number however it was written: an integer value or decimal or 0x text.
std::optional<std::uint64_t> number_of(const XmlTree& tree, std::uint32_t node) {
  if (node == Node::none) {
    return std::nullopt;
  }
  const auto single = tree.single_value(node);
  if (single && !single->is_text()) {
    return unsigned_of(*single);
  }
  const EvidenceText text = tree.text(node);
  std::string_view digits = text.raw();
  const bool hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
  digits.remove_prefix(hexadecimal ? 2 : 0);
  std::uint64_t number = 0;
  const auto [end, status] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, hexadecimal ? 16 : 10);
  const bool whole = !digits.empty() && status == std::errc{} &&
                     static_cast<std::size_t>(end - digits.data()) == digits.size();
  return whole ? std::optional(number) : std::nullopt;
}

FileTime created_time(const XmlTree& tree, std::uint32_t node) {
  if (node == Node::none) {
    return {};
  }
  if (const auto single = tree.single_value(node)) {
    if (const auto time = time_of(*single)) {
      return *time;
    }
  }
  return parse_time(tree.text(node).raw()).value_or(FileTime{});
}

EvidenceText text_or_empty(const XmlTree& tree, std::uint32_t node) {
  return node == Node::none ? EvidenceText() : tree.text(node);
}

}  // namespace

std::uint32_t event_element(const XmlTree& tree) {
  return tree.find(XmlTree::root, NodeKind::element, "Event");
}

std::optional<SystemFields> read_system(const XmlTree& tree) {
  const std::uint32_t event = event_element(tree);
  if (event == Node::none) {
    return std::nullopt;
  }
  const std::uint32_t system = tree.find(event, NodeKind::element, "System");
  if (system == Node::none) {
    return std::nullopt;
  }
  const auto element = [&](std::string_view name) {
    return tree.find(system, NodeKind::element, name);
  };
  const auto attribute = [&](std::string_view owner, std::string_view name) {
    const std::uint32_t found = element(owner);
    return found == Node::none ? Node::none : tree.find(found, NodeKind::attribute, name);
  };
  return SystemFields{
      .provider = text_or_empty(tree, attribute("Provider", "Name")),
      .channel = text_or_empty(tree, element("Channel")),
      .computer = text_or_empty(tree, element("Computer")),
      .user_sid = text_or_empty(tree, attribute("Security", "UserID")),
      .event_id = number_of(tree, element("EventID")),
      .record_id = number_of(tree, element("EventRecordID")),
      .version = number_of(tree, element("Version")).value_or(0),
      .process_id = number_of(tree, attribute("Execution", "ProcessID")).value_or(0),
      .thread_id = number_of(tree, attribute("Execution", "ThreadID")).value_or(0),
      .keywords = text_or_empty(tree, element("Keywords")),
      .created = created_time(tree, attribute("TimeCreated", "SystemTime")),
  };
}

}  // namespace npg::evtx
