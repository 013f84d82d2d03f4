#include "app/dump_record.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <vector>

#include "app/dump_groups.hpp"
#include "app/dump_value.hpp"
#include "format/evtx/system_fields.hpp"

namespace npg {
namespace {

using evtx::Node;
using evtx::NodeKind;
using evtx::Value;
using evtx::XmlTree;

void append_key(TextBuffer& out, std::string_view name) {
  append_string(out, name);
  out.append(':');
}

void add_attributes(Groups& groups, const XmlTree& tree, std::uint32_t element,
                    std::string_view prefix, std::string_view except) {
  for (std::uint32_t i = tree[element].first_child; i != Node::none; i = tree[i].next) {
    if (tree[i].kind == NodeKind::attribute && (except.empty() || !tree.has_name(i, except))) {
      groups.add(std::string(prefix).append(tree.name(i).raw()), i);
    }
  }
}

bool has_content(const XmlTree& tree, std::uint32_t element) {
  for (std::uint32_t i = tree[element].first_child; i != Node::none; i = tree[i].next) {
    if (tree[i].kind == NodeKind::value || tree[i].kind == NodeKind::character ||
        tree[i].kind == NodeKind::entity) {
      return true;
    }
  }
  return false;
}

void write_element(TextBuffer& out, const XmlTree& tree, std::uint32_t element,
                   std::string_view except_attribute);

void write_node(TextBuffer& out, const XmlTree& tree, std::uint32_t node,
                std::string_view except_attribute) {
  if (tree[node].kind == NodeKind::element) {
    write_element(out, tree, node, except_attribute);
  } else {
    append_content(out, tree, node);
  }
}

/// Members, each with a comma behind it.
void write_groups(TextBuffer& out, const XmlTree& tree, const Groups& groups,
                  std::string_view except_attribute) {
  for (const auto& group : groups.groups()) {
    append_key(out, group.key);
    if (group.nodes.size() == 1) {
      write_node(out, tree, group.nodes.front(), except_attribute);
      out.append(',');
      continue;
    }
    out.append('[');
    for (const std::uint32_t node : group.nodes) {
      write_node(out, tree, node, except_attribute);
      out.append(',');
    }
    append_close(out, ']');
    out.append(',');
  }
}

std::string key_of(const XmlTree& tree, std::uint32_t node) {
  switch (tree[node].kind) {
    case NodeKind::attribute: return std::string("@").append(tree.name(node).raw());
    case NodeKind::instruction: return std::string("?").append(tree.name(node).raw());
    default: return std::string(tree.name(node).raw());
  }
}

Groups element_groups(const XmlTree& tree, std::uint32_t element, std::string_view except) {
  Groups groups;
  add_attributes(groups, tree, element, "@", except);
  for (std::uint32_t i = tree[element].first_child; i != Node::none; i = tree[i].next) {
    if (tree[i].kind == NodeKind::element || tree[i].kind == NodeKind::instruction) {
      groups.add(key_of(tree, i), i);
    }
  }
  return groups;
}

/// What an element's object has as members of its own.
struct Members {
  std::array<std::uint32_t, 16> nodes{};
  std::size_t count = 0;
  bool fit = true;  ///< false: too many, or two under one key
};

/// The attributes, then the elements and instructions, of an element that has few, with no name
/// twice, as nearly all are: no groups are needed.
Members plain_members(const XmlTree& tree, std::uint32_t element, std::string_view except) {
  Members members;
  const auto add = [&](std::uint32_t node) {
    const Bytes name = tree[node].bytes;
    const auto unit = name.size() < 2 ? '@' : name.at<std::uint16_t>(0);
    const bool is_like_a_prefix = unit == '@' || unit == '?';
    members.fit = members.fit && members.count < members.nodes.size() && !is_like_a_prefix &&
                  std::none_of(
                      members.nodes.begin(),
                      members.nodes.begin() + static_cast<std::ptrdiff_t>(members.count),
                      [&](std::uint32_t other) {
                        return tree[other].kind == tree[node].kind &&
                               std::ranges::equal(tree[other].bytes.data(), name.data());
                      });
    if (members.fit) {
      members.nodes.at(members.count++) = node;
    }
  };
  for (std::uint32_t i = tree[element].first_child; i != Node::none; i = tree[i].next) {
    if (tree[i].kind == NodeKind::attribute && (except.empty() || !tree.has_name(i, except))) {
      add(i);
    }
  }
  for (std::uint32_t i = tree[element].first_child; i != Node::none; i = tree[i].next) {
    if (tree[i].kind == NodeKind::element || tree[i].kind == NodeKind::instruction) {
      add(i);
    }
  }
  return members;
}

/// The key of a member, as key_of gives it.
void append_key_of(TextBuffer& out, const XmlTree& tree, std::uint32_t node) {
  out.append('"');
  if (tree[node].kind == NodeKind::attribute) {
    out.append('@');
  } else if (tree[node].kind == NodeKind::instruction) {
    out.append('?');
  }
  append_json_units(out, tree[node].bytes.data());
  out.append("\":");
}

void write_members(TextBuffer& out, const XmlTree& tree, std::uint32_t element,
                   const Members& members, std::string_view except) {
  if (!members.fit) {
    write_groups(out, tree, element_groups(tree, element, except), "");
    return;
  }
  for (const std::uint32_t node : std::span(members.nodes).first(members.count)) {
    append_key_of(out, tree, node);
    write_node(out, tree, node, "");
    out.append(',');
  }
}

/// The text beside attributes and elements, with a comma behind it.
void write_text_member(TextBuffer& out, const XmlTree& tree, std::uint32_t element) {
  if (has_content(tree, element)) {
    out.append("\"#text\":");
    append_content(out, tree, element);
    out.append(',');
  }
}

/// An element as a value, or as an object when it has attributes or further elements. Its depth is
/// bounded by the decoder's.
void write_element(TextBuffer& out, const XmlTree& tree, std::uint32_t element,
                   std::string_view except_attribute) {
  const Members members = plain_members(tree, element, except_attribute);
  if (members.fit && members.count == 0) {
    append_content(out, tree, element);
    return;
  }
  out.append('{');
  write_members(out, tree, element, members, except_attribute);
  write_text_member(out, tree, element);
  append_close(out, '}');
}

/// A child of System: its attributes by their names, its text as "#text" beside them or alone.
void write_system_child(TextBuffer& out, const XmlTree& tree, std::uint32_t element) {
  Groups attributes;
  add_attributes(attributes, tree, element, "", "");
  const bool object = !attributes.empty() || is_system_object(tree, element);
  if (!object) {
    append_content(out, tree, element);
    return;
  }
  out.append('{');
  write_groups(out, tree, attributes, "");
  write_text_member(out, tree, element);
  append_close(out, '}');
}

void write_system(TextBuffer& out, const XmlTree& tree, std::uint32_t system) {
  Groups children;
  for (std::uint32_t i = tree[system].first_child; i != Node::none; i = tree[i].next) {
    if (tree[i].kind == NodeKind::element) {
      children.add(std::string(tree.name(i).raw()), i);
    }
  }
  out.append('{');
  for (const auto& group : children.groups()) {
    append_key(out, group.key);
    const bool is_array = group.nodes.size() > 1;
    if (is_array) {
      out.append('[');
    }
    for (const std::uint32_t node : group.nodes) {
      write_system_child(out, tree, node);
      out.append(',');
    }
    if (is_array) {
      append_close(out, ']');
      out.append(',');
    }
  }
  append_close(out, '}');
}

/// The unnamed Data elements: always an array, with the items of array values one by one, as
/// Windows shows one Data for each.
void write_unnamed(TextBuffer& out, const XmlTree& tree, const std::vector<std::uint32_t>& nodes) {
  out.append("\"Data\":[");
  for (const std::uint32_t node : nodes) {
    const auto single = tree.single_value(node);
    if (single && single->is_array()) {
      append_items(out, *single);
    } else {
      write_element(out, tree, node, "");
      out.append(',');
    }
  }
  append_close(out, ']');
  out.append(',');
}

void write_event_data(TextBuffer& out, const XmlTree& tree, std::uint32_t data) {
  Groups named;
  std::vector<std::uint32_t> unnamed;
  add_attributes(named, tree, data, "@", "");
  for (std::uint32_t i = tree[data].first_child; i != Node::none; i = tree[i].next) {
    if (tree[i].kind != NodeKind::element) {
      continue;
    }
    const std::uint32_t name = tree.find(i, NodeKind::attribute, "Name");
    if (name != Node::none) {
      named.add(std::string(tree.text(name).raw()), i);
    } else if (tree.has_name(i, "Data")) {
      unnamed.push_back(i);
    } else {
      named.add(std::string(tree.name(i).raw()), i);
    }
  }
  out.append('{');
  write_groups(out, tree, named, "Name");
  if (!unnamed.empty()) {
    write_unnamed(out, tree, unnamed);
  }
  append_close(out, '}');
}

/// The children of Event: each kind under its own key, everything that is not System, EventData or
/// UserData under "other".
void write_parts(TextBuffer& out, const XmlTree& tree) {
  const std::uint32_t event = evtx::event_element(tree);
  Groups other;
  std::array<bool, 3> written{};
  for (std::uint32_t i = event == Node::none ? Node::none : tree[event].first_child;
       i != Node::none; i = tree[i].next) {
    if (tree[i].kind != NodeKind::element) {
      continue;
    }
    if (tree.has_name(i, "System") && !written[0]) {
      out.append("\"system\":");
      write_system(out, tree, i);
      out.append(',');
      written[0] = true;
    } else if (tree.has_name(i, "EventData") && !written[1]) {
      out.append("\"event_data\":");
      write_event_data(out, tree, i);
      out.append(',');
      written[1] = true;
    } else if (tree.has_name(i, "UserData") && !written[2]) {
      out.append("\"user_data\":");
      write_element(out, tree, i, "");
      out.append(',');
      written[2] = true;
    } else {
      other.add(std::string(tree.name(i).raw()), i);
    }
  }
  if (!other.empty()) {
    out.append("\"other\":{");
    write_groups(out, tree, other, "");
    append_close(out, '}');
    out.append(',');
  }
}

void write_head(JsonWriter& json, const XmlTree& tree, const evtx::RecordRef& record) {
  const auto system = evtx::read_system(tree).value_or(evtx::SystemFields{});
  json.field("record_id", system.record_id.value_or(record.id));
  json.field("written", record.written);
  json.field("channel", system.channel);
  json.field("provider", system.provider);
  json.field("event_id", system.event_id);
  json.field("computer", system.computer);
  if (!system.user_sid.empty()) {
    json.field("user_sid", system.user_sid);
  }
}

}  // namespace

bool is_system_object(const XmlTree& tree, std::uint32_t element) {
  constexpr std::array<std::string_view, 5> only_attributes{"Provider", "TimeCreated",
                                                            "Correlation", "Execution", "Security"};
  return std::ranges::any_of(only_attributes,
                             [&](std::string_view name) { return tree.has_name(element, name); });
}

void append_content(TextBuffer& out, const XmlTree& tree, std::uint32_t node) {
  if (const auto single = tree.single_value(node)) {
    append_value(out, *single);
  } else {
    append_string(out, tree.text(node).raw());
  }
}

bool append_members(TextBuffer& out, const XmlTree& tree) {
  for (std::uint32_t i = tree[XmlTree::root].first_child; i != Node::none; i = tree[i].next) {
    if (tree[i].kind != NodeKind::element) {
      return false;
    }
  }
  write_members(out, tree, XmlTree::root, plain_members(tree, XmlTree::root, ""), "");
  return tree[XmlTree::root].first_child != Node::none;
}

void append_record(TextBuffer& out, const XmlTree& tree, const evtx::RecordRef& record,
                   const Result<void>& decoded, RecordPlace place) {
  JsonWriter head;
  head.begin_object();
  write_head(head, tree, record);
  out.append(head.text());
  out.append(',');
  write_parts(out, tree);
  out.append(R"("origin":{"offset":)");
  append_number(out, record.offset);
  out.append(R"(,"length":)");
  append_number(out, std::uint64_t{record.size});
  const bool is_live = place == RecordPlace::live;
  out.append(R"(,"quality":)");
  append_string(out, !is_live ? "recovered" : record.verified && decoded ? "sound" : "unverified");
  out.append('}');
  if (!decoded) {
    out.append(R"(,"error":)");
    append_string(out, describe(decoded.error()));
  }
  out.append("}\n");
}

}  // namespace npg
