#include "source/evtx_log/event_builder.hpp"

namespace npg {

using evtx::Node;
using evtx::NodeKind;
using evtx::XmlTree;

bool has_elements(const XmlTree& tree, std::uint32_t parent) {
  for (std::uint32_t i = tree[parent].first_child; i != Node::none; i = tree[i].next) {
    if (tree[i].kind == NodeKind::element) {
      return true;
    }
  }
  return false;
}

EvidenceText local_name(const XmlTree& tree, std::uint32_t element) {
  const Bytes units = tree[element].bytes;
  std::uint64_t start = 0;
  for (std::uint64_t i = 0; i + 2 <= units.size(); i += 2) {
    if (units.at<std::uint16_t>(i) == ':') {
      start = i + 2;
    }
  }
  return EvidenceText::from_utf16(units.from(start).data());
}

bool is_framing(const XmlTree& tree, std::uint32_t element) {
  return tree.has_name(element, "System") || tree.has_name(element, "RenderingInfo");
}

namespace {

/// Adds every element below `parent` that holds no further elements. Its depth is bounded by the
/// decoder's.
void add_leaves(const XmlTree& tree, std::uint32_t parent, std::vector<EventField>& fields) {
  for (std::uint32_t i = tree[parent].first_child; i != Node::none; i = tree[i].next) {
    if (tree[i].kind != NodeKind::element) {
      continue;
    }
    if (has_elements(tree, i)) {
      add_leaves(tree, i, fields);
    } else {
      fields.push_back({local_name(tree, i), tree.text(i)});
    }
  }
}

/// Adds one Data element, or another child of EventData such as Binary.
void add_data(const XmlTree& tree, std::uint32_t element, std::vector<EventField>& fields) {
  if (has_elements(tree, element)) {
    add_leaves(tree, element, fields);
    return;
  }
  const std::uint32_t name = tree.find(element, NodeKind::attribute, "Name");
  const bool unnamed = name == Node::none && tree.has_name(element, "Data");
  const auto single = tree.single_value(element);
  // Classic sources put all their strings into one unnamed Data; Windows shows one Data for each.
  if (unnamed && single && single->is_array()) {
    evtx::for_each_item(*single, [&](const evtx::Value& item) {
      fields.push_back({EvidenceText(), evtx::text_of(item)});
    });
    return;
  }
  fields.push_back({unnamed              ? EvidenceText()
                    : name != Node::none ? tree.text(name)
                                         : local_name(tree, element),
                    tree.text(element)});
}

void add_event_data(const XmlTree& tree, std::uint32_t data, std::vector<EventField>& fields) {
  for (std::uint32_t i = tree[data].first_child; i != Node::none; i = tree[i].next) {
    if (tree[i].kind == NodeKind::element) {
      add_data(tree, i, fields);
    }
  }
}

/// Adds the leaves below the event's own element. That element itself is no field unless it holds
/// text.
void add_user_data(const XmlTree& tree, std::uint32_t data, std::vector<EventField>& fields) {
  for (std::uint32_t i = tree[data].first_child; i != Node::none; i = tree[i].next) {
    if (tree[i].kind != NodeKind::element) {
      continue;
    }
    if (has_elements(tree, i)) {
      add_leaves(tree, i, fields);
    } else if (EvidenceText text = tree.text(i); !text.empty()) {
      fields.push_back({local_name(tree, i), std::move(text)});
    }
  }
}

}  // namespace

WinEvent build_event(const XmlTree& tree, const evtx::SystemFields& system,
                     const evtx::RecordRef& record) {
  WinEvent event{
      .channel = system.channel,
      .provider = system.provider,
      .computer = system.computer,
      .user_sid = system.user_sid,
      .event_id = static_cast<std::uint32_t>(system.event_id.value_or(0)),
      .version = static_cast<std::uint32_t>(system.version),
      .record_id = system.record_id.value_or(record.id),
      .written = record.written,
      .created = system.created,
      .process_id = static_cast<std::uint32_t>(system.process_id),
      .thread_id = static_cast<std::uint32_t>(system.thread_id),
      .fields = {},
      .is_audit_failure = names_audit_failure(system.keywords.raw()),
      .origin = {.offset = record.offset, .length = record.size},
  };
  const std::uint32_t root = evtx::event_element(tree);
  for (std::uint32_t i = tree[root].first_child; i != Node::none; i = tree[i].next) {
    if (tree[i].kind != NodeKind::element || is_framing(tree, i)) {
      continue;
    }
    if (tree.has_name(i, "EventData")) {
      add_event_data(tree, i, event.fields);
    } else {
      event.is_user_data = event.is_user_data || tree.has_name(i, "UserData");
      add_user_data(tree, i, event.fields);
    }
  }
  return event;
}

}  // namespace npg
