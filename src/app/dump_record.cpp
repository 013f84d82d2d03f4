#include "app/dump_record.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "format/evtx/system_fields.hpp"

namespace npg {
namespace {

using evtx::Node;
using evtx::NodeKind;
using evtx::Value;
using evtx::XmlTree;

void write_item(JsonWriter& json, const Value& value) {
  const bool hexadecimal = value.type() == evtx::ValueType::hex_int32 ||
                           value.type() == evtx::ValueType::hex_int64 ||
                           value.type() == evtx::ValueType::size_t_hex;
  if (value.is_null()) {
    json.null();
  } else if (const auto number = evtx::signed_of(value)) {
    json.value(*number);
  } else if (const auto count = evtx::unsigned_of(value); count && !hexadecimal) {
    json.value(*count);
  } else if (const auto real = evtx::real_of(value)) {
    json.value(*real);
  } else {
    const EvidenceText text = evtx::text_of(value);
    if (value.type() == evtx::ValueType::boolean &&
        (text.raw() == "true" || text.raw() == "false")) {
      json.value(text.raw() == "true");
    } else {
      json.value(text);
    }
  }
}

/// The text or value between an element's tags, or of an attribute.
void write_content(JsonWriter& json, const XmlTree& tree, std::uint32_t node) {
  if (const auto single = tree.single_value(node)) {
    write_value(json, *single);
  } else {
    json.value(tree.text(node));
  }
}

/// Nodes by the key they are written under, keys in order of first appearance: what stands there
/// more than once becomes an array.
class Groups {
 public:
  struct Group {
    std::string key;
    std::vector<std::uint32_t> nodes;
  };
  void add(std::string key, std::uint32_t node) {
    const std::size_t place = place_of(key);
    if (place == groups_.size()) {
      if (place >= few) {
        index_.emplace(key, place);
      }
      groups_.push_back({.key = std::move(key), .nodes = {}});
    }
    groups_[place].nodes.push_back(node);
  }
  [[nodiscard]] const std::vector<Group>& groups() const { return groups_; }
  [[nodiscard]] bool empty() const { return groups_.empty(); }

 private:
  /// So many are looked through faster than an index is made of them.
  static constexpr std::size_t few = 16;

  /// Where the key is, or the number of groups.
  [[nodiscard]] std::size_t place_of(const std::string& key) const {
    const std::size_t looked_at = std::min(groups_.size(), few);
    for (std::size_t i = 0; i < looked_at; ++i) {
      if (groups_[i].key == key) {
        return i;
      }
    }
    const auto found = index_.find(key);
    return found == index_.end() ? groups_.size() : found->second;
  }
  std::vector<Group> groups_;
  std::map<std::string, std::size_t> index_;  ///< of those behind the first few
};

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

void write_element(JsonWriter& json, const XmlTree& tree, std::uint32_t element,
                   std::string_view except_attribute);

void write_node(JsonWriter& json, const XmlTree& tree, std::uint32_t node,
                std::string_view except_attribute) {
  if (tree[node].kind == NodeKind::element) {
    write_element(json, tree, node, except_attribute);
  } else {
    write_content(json, tree, node);
  }
}

void write_groups(JsonWriter& json, const XmlTree& tree, const Groups& groups,
                  std::string_view except_attribute) {
  for (const auto& group : groups.groups()) {
    json.key(group.key);
    if (group.nodes.size() == 1) {
      write_node(json, tree, group.nodes.front(), except_attribute);
      continue;
    }
    json.begin_array();
    for (const std::uint32_t node : group.nodes) {
      write_node(json, tree, node, except_attribute);
    }
    json.end_array();
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

/// An element as a value, or as an object when it has attributes or further elements. Its depth is
/// bounded by the decoder's.
void write_element(JsonWriter& json, const XmlTree& tree, std::uint32_t element,
                   std::string_view except_attribute) {
  const Members members = plain_members(tree, element, except_attribute);
  if (members.fit && members.count == 0) {
    write_content(json, tree, element);
    return;
  }
  json.begin_object();
  if (members.fit) {
    for (const std::uint32_t node : std::span(members.nodes).first(members.count)) {
      json.key(key_of(tree, node));
      write_node(json, tree, node, "");
    }
  } else {
    write_groups(json, tree, element_groups(tree, element, except_attribute), "");
  }
  if (has_content(tree, element)) {
    json.key("#text");
    write_content(json, tree, element);
  }
  json.end_object();
}

/// A child of System: its attributes by their names, its text as "#text" beside them or alone.
void write_system_child(JsonWriter& json, const XmlTree& tree, std::uint32_t element) {
  Groups attributes;
  add_attributes(attributes, tree, element, "", "");
  const bool object = !attributes.empty() || is_system_object(tree, element);
  if (!object) {
    write_content(json, tree, element);
    return;
  }
  json.begin_object();
  write_groups(json, tree, attributes, "");
  if (has_content(tree, element)) {
    json.key("#text");
    write_content(json, tree, element);
  }
  json.end_object();
}

void write_system(JsonWriter& json, const XmlTree& tree, std::uint32_t system) {
  Groups children;
  for (std::uint32_t i = tree[system].first_child; i != Node::none; i = tree[i].next) {
    if (tree[i].kind == NodeKind::element) {
      children.add(std::string(tree.name(i).raw()), i);
    }
  }
  json.begin_object();
  for (const auto& group : children.groups()) {
    json.key(group.key);
    if (group.nodes.size() > 1) {
      json.begin_array();
    }
    for (const std::uint32_t node : group.nodes) {
      write_system_child(json, tree, node);
    }
    if (group.nodes.size() > 1) {
      json.end_array();
    }
  }
  json.end_object();
}

/// The unnamed Data elements: always an array, with the items of array values one by one, as
/// Windows shows one Data for each.
void write_unnamed(JsonWriter& json, const XmlTree& tree, const std::vector<std::uint32_t>& nodes) {
  json.key("Data").begin_array();
  for (const std::uint32_t node : nodes) {
    const auto single = tree.single_value(node);
    if (single && single->is_array()) {
      evtx::for_each_item(*single, [&](const Value& item) { write_item(json, item); });
    } else {
      write_element(json, tree, node, "");
    }
  }
  json.end_array();
}

void write_event_data(JsonWriter& json, const XmlTree& tree, std::uint32_t data) {
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
  json.begin_object();
  write_groups(json, tree, named, "Name");
  if (!unnamed.empty()) {
    write_unnamed(json, tree, unnamed);
  }
  json.end_object();
}

/// The children of Event: each kind under its own key, everything that is not System, EventData or
/// UserData under "other".
void write_parts(JsonWriter& json, const XmlTree& tree) {
  const std::uint32_t event = evtx::event_element(tree);
  Groups other;
  std::array<bool, 3> written{};
  for (std::uint32_t i = event == Node::none ? Node::none : tree[event].first_child;
       i != Node::none; i = tree[i].next) {
    if (tree[i].kind != NodeKind::element) {
      continue;
    }
    if (tree.has_name(i, "System") && !written[0]) {
      json.key("system");
      write_system(json, tree, i);
      written[0] = true;
    } else if (tree.has_name(i, "EventData") && !written[1]) {
      json.key("event_data");
      write_event_data(json, tree, i);
      written[1] = true;
    } else if (tree.has_name(i, "UserData") && !written[2]) {
      json.key("user_data");
      write_element(json, tree, i, "");
      written[2] = true;
    } else {
      other.add(std::string(tree.name(i).raw()), i);
    }
  }
  if (!other.empty()) {
    json.key("other").begin_object();
    write_groups(json, tree, other, "");
    json.end_object();
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

void write_value(JsonWriter& json, const Value& value) {
  if (!value.is_array()) {
    write_item(json, value);
    return;
  }
  json.begin_array();
  evtx::for_each_item(value, [&](const Value& item) { write_item(json, item); });
  json.end_array();
}

bool is_system_object(const XmlTree& tree, std::uint32_t element) {
  constexpr std::array<std::string_view, 5> only_attributes{"Provider", "TimeCreated",
                                                            "Correlation", "Execution", "Security"};
  return std::ranges::any_of(only_attributes,
                             [&](std::string_view name) { return tree.has_name(element, name); });
}

std::string record_line(const XmlTree& tree, const evtx::RecordRef& record,
                        const Result<void>& decoded, RecordPlace place) {
  JsonWriter json;
  json.begin_object();
  write_head(json, tree, record);
  write_parts(json, tree);
  json.key("origin").begin_object();
  json.field("offset", record.offset).field("length", record.size);
  const bool is_live = place == RecordPlace::live;
  json.field("quality", !is_live                     ? "recovered"
                        : record.verified && decoded ? "sound"
                                                     : "unverified");
  json.end_object();
  if (!decoded) {
    json.field("error", describe(decoded.error()));
  }
  json.end_object();
  return json.take() + "\n";
}

}  // namespace npg
