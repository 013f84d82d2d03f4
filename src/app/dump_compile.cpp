// Makes dump plans of templates, following the writer in dump_record.cpp.
#include <algorithm>
#include <set>

#include "app/dump_plan.hpp"
#include "app/dump_record.hpp"
#include "format/evtx/system_fields.hpp"

namespace npg {
namespace {

using evtx::Node;
using evtx::NodeKind;
using evtx::XmlTree;
using Kind = DumpStep::Kind;

class Compiler {
 public:
  explicit Compiler(const XmlTree& tree) : tree_(tree) {}

  DumpPlan whole() {
    plan_.usable = true;
    const std::uint32_t event = evtx::event_element(tree_);
    if (event == Node::none) {
      return {};
    }
    std::size_t parts_beside_system = 0;
    std::size_t systems = 0;
    for_each_child(event, [&](std::uint32_t i) {
      if (tree_[i].kind == NodeKind::attribute) {
        return;
      }
      if (tree_[i].kind == NodeKind::substitution) {
        ++parts_beside_system;
        step({.kind = Kind::nested, .index = tree_[i].number});
      } else if (tree_[i].kind == NodeKind::element && tree_.has_name(i, "System")) {
        ++systems;
        system(i);
      } else {
        ++parts_beside_system;
        part(i);
      }
    });
    // Of two parts of a name the second one stands elsewhere.
    require(systems == 1 && parts_beside_system <= 1);
    return finish();
  }

  DumpPlan nested() {
    plan_.usable = true;
    require(count(XmlTree::root) == 1);
    if (plan_.usable) {
      part(tree_[XmlTree::root].first_child);
    }
    return finish();
  }

  DumpPlan nested_content() {
    plan_.usable = true;
    // The members of UserData, of which there is at least one.
    require(has_lasting_element(XmlTree::root) && content(XmlTree::root).empty());
    members(children(XmlTree::root, NodeKind::element));
    return finish();
  }

 private:
  template <typename Visit>
  void for_each_child(std::uint32_t parent, Visit&& visit) const {
    for (std::uint32_t i = tree_[parent].first_child; i != Node::none; i = tree_[i].next) {
      visit(i);
    }
  }
  [[nodiscard]] std::size_t count(std::uint32_t parent) const {
    std::size_t found = 0;
    for_each_child(parent, [&](std::uint32_t) { ++found; });
    return found;
  }
  [[nodiscard]] std::vector<std::uint32_t> children(std::uint32_t parent, NodeKind kind) const {
    std::vector<std::uint32_t> found;
    for_each_child(parent, [&](std::uint32_t i) {
      if (tree_[i].kind == kind) {
        found.push_back(i);
      }
    });
    return found;
  }
  /// What stands between an element's tags, or is an attribute's value.
  [[nodiscard]] std::vector<std::uint32_t> content(std::uint32_t node) const {
    std::vector<std::uint32_t> found;
    for_each_child(node, [&](std::uint32_t i) {
      if (tree_[i].kind != NodeKind::element && tree_[i].kind != NodeKind::attribute) {
        found.push_back(i);
      }
    });
    return found;
  }

  DumpPlan finish() {
    plan_.text.append(TextBuffer::padding, ' ');
    return std::move(plan_);
  }
  void require(bool condition) { plan_.usable = plan_.usable && condition; }
  /// Keys of one object: each is there once.
  void require_new(std::set<std::string>& keys, const std::string& key) {
    require(keys.insert(key).second);
  }

  void step(DumpStep step) { plan_.steps.push_back(step); }
  /// A value, with the text before it unless something jumps in between.
  void value_step(std::uint16_t index) {
    const bool joins = !plan_.steps.empty() && plan_.steps.back().kind == Kind::text &&
                       plan_.steps.size() > last_target_;
    if (joins) {
      plan_.steps.back().kind = Kind::value;
      plan_.steps.back().index = index;
    } else {
      step({.kind = Kind::value, .index = index});
    }
  }
  void text(std::string_view text) {
    const auto first = static_cast<std::uint32_t>(plan_.text.size());
    const auto length = static_cast<std::uint32_t>(text.size());
    plan_.text += text;
    const bool joins = !plan_.steps.empty() && plan_.steps.back().kind == Kind::text &&
                       plan_.steps.size() > last_target_ &&
                       plan_.steps.back().first + plan_.steps.back().length == first;
    if (joins) {
      plan_.steps.back().length += length;
    } else {
      step({.kind = Kind::text, .first = first, .length = length});
    }
  }
  void key(const std::string& name) { text("\"" + escape_for_json(name) + "\":"); }
  void close(char bracket) {
    step({.kind = Kind::close, .first = static_cast<std::uint32_t>(bracket)});
    text(",");
  }
  /// A jump whose target is set later.
  std::size_t jump(Kind kind, std::uint16_t index = 0) {
    step({.kind = kind, .index = index});
    return plan_.steps.size() - 1;
  }
  void land(std::size_t jump) {
    plan_.steps[jump].first = static_cast<std::uint32_t>(plan_.steps.size());
    last_target_ = plan_.steps.size();
  }
  /// Runs `member` so that its steps are left out when the element depends on a null value.
  template <typename Member>
  void depending(std::uint32_t element, const Member& member) {
    const std::uint16_t dependency = tree_[element].number;
    if (dependency == Node::no_dependency) {
      member();
      return;
    }
    const std::size_t over = jump(Kind::jump_if_absent, dependency);
    member();
    land(over);
  }
  /// The element stays when it has elements of its own, which must then be certain.
  [[nodiscard]] bool has_lasting_element(std::uint32_t element) const {
    return std::ranges::any_of(children(element, NodeKind::element), [&](std::uint32_t i) {
      return tree_[i].number == Node::no_dependency;
    });
  }

  [[nodiscard]] bool is_literal(const std::vector<std::uint32_t>& parts) const {
    return std::ranges::all_of(parts, [&](std::uint32_t i) {
      return tree_[i].kind == NodeKind::value || tree_[i].kind == NodeKind::character ||
             tree_[i].kind == NodeKind::entity;
    });
  }
  [[nodiscard]] bool is_sole_substitution(const std::vector<std::uint32_t>& parts) const {
    return parts.size() == 1 && tree_[parts.front()].kind == NodeKind::substitution;
  }
  [[nodiscard]] bool is_optional(std::uint32_t substitution) const {
    return tree_[substitution].value_type == 1;
  }

  /// A value: what write_content gives.
  void value_of(std::uint32_t node) {
    const auto parts = content(node);
    if (is_sole_substitution(parts)) {
      value_step(tree_[parts.front()].number);
      return;
    }
    require(is_literal(parts));
    if (plan_.usable) {
      TextBuffer literal;
      append_content(literal, tree_, node);
      text(literal.text());
    }
  }

  /// An attribute as a member; one that is an optional null is none.
  void attribute(std::uint32_t node, std::string_view prefix) {
    const auto parts = content(node);
    const bool can_be_absent = is_sole_substitution(parts) && is_optional(parts.front());
    const std::size_t over =
        can_be_absent ? jump(Kind::jump_if_null, tree_[parts.front()].number) : 0;
    key(std::string(prefix) + std::string(tree_.name(node).raw()));
    value_of(node);
    text(",");
    if (can_be_absent) {
      land(over);
    }
  }
  [[nodiscard]] bool is_certain(std::uint32_t attribute) const {
    const auto parts = content(attribute);
    return !is_sole_substitution(parts) || !is_optional(parts.front());
  }

  /// The text beside attributes as the member "#text"; none when there is none.
  void text_member(std::uint32_t element) {
    const auto parts = content(element);
    if (parts.empty()) {
      return;
    }
    const bool can_be_absent = is_sole_substitution(parts) && is_optional(parts.front());
    const std::size_t over =
        can_be_absent ? jump(Kind::jump_if_null, tree_[parts.front()].number) : 0;
    text("\"#text\":");
    value_of(element);
    text(",");
    if (can_be_absent) {
      land(over);
    }
  }

  void system(std::uint32_t system) {
    require(content(system).empty());
    text("\"system\":{");
    std::set<std::string> keys;
    for (const std::uint32_t child : children(system, NodeKind::element)) {
      require_new(keys, std::string(tree_.name(child).raw()));
      require(children(child, NodeKind::element).empty());
      depending(child, [&] { system_child(child); });
    }
    close('}');
  }

  void system_child(std::uint32_t child) {
    const auto attributes = children(child, NodeKind::attribute);
    const std::string name(tree_.name(child).raw());
    const bool is_object = is_system_object(tree_, child) ||
                           std::ranges::any_of(attributes, [&](auto i) { return is_certain(i); });
    if (is_object) {
      system_object(child, name, attributes);
      return;
    }
    if (attributes.empty()) {
      key(name);
      value_of(child);
      text(",");
      return;
    }
    // With one attribute that may be absent, the child is an object or not.
    require(attributes.size() == 1);
    const auto parts = content(attributes.front());
    const std::size_t plain = jump(Kind::jump_if_null, tree_[parts.front()].number);
    system_object(child, name, attributes);
    const std::size_t over = jump(Kind::jump);
    land(plain);
    key(name);
    value_of(child);
    text(",");
    land(over);
  }

  void system_object(std::uint32_t child, const std::string& name,
                     const std::vector<std::uint32_t>& attributes) {
    key(name);
    text("{");
    std::set<std::string> keys;
    for (const std::uint32_t one : attributes) {
      require_new(keys, std::string(tree_.name(one).raw()));
      attribute(one, "");
    }
    text_member(child);
    close('}');
  }

  /// EventData or UserData.
  void part(std::uint32_t element) {
    const bool is_data =
        tree_[element].kind == NodeKind::element && tree_.has_name(element, "EventData");
    const bool is_user_data =
        tree_[element].kind == NodeKind::element && tree_.has_name(element, "UserData");
    require(is_data || is_user_data);
    if (is_user_data && is_sole_substitution(content(element)) && count(element) == 1) {
      user_data_value(element);
      return;
    }
    require(is_data || is_user_data
                ? tree_[element].number == Node::no_dependency || has_lasting_element(element)
                : false);
    if (!plan_.usable) {
      return;
    }
    if (is_data) {
      event_data(element);
    } else {
      key("user_data");
      whole_element(element);
      text(",");
    }
  }

  /// UserData whose content is a fragment in a value, without which it is left out.
  void user_data_value(std::uint32_t element) {
    const std::uint16_t index = tree_[content(element).front()].number;
    require(tree_[element].number == index);
    const std::size_t over = jump(Kind::jump_if_absent, index);
    text("\"user_data\":{");
    step({.kind = Kind::nested_content, .index = index});
    close('}');
    land(over);
  }

  void event_data(std::uint32_t data) {
    require(is_literal(content(data)));
    text("\"event_data\":{");
    std::set<std::string> keys;
    for (const std::uint32_t one : children(data, NodeKind::attribute)) {
      require_new(keys, "@" + std::string(tree_.name(one).raw()));
      attribute(one, "@");
    }
    std::vector<std::uint32_t> unnamed;
    for (const std::uint32_t child : children(data, NodeKind::element)) {
      const std::uint32_t name = tree_.find(child, NodeKind::attribute, "Name");
      if (name == Node::none && tree_.has_name(child, "Data")) {
        unnamed.push_back(child);
        continue;
      }
      require(name == Node::none || is_literal(content(name)));
      const std::string label = name == Node::none ? std::string(tree_.name(child).raw())
                                                   : std::string(tree_.text(name).raw());
      require_new(keys, label);
      depending(child, [&] {
        key(label);
        plain_element(child, name != Node::none ? 1 : 0);
        text(",");
      });
    }
    unnamed_data(unnamed);
    close('}');
  }

  /// An element of which only its content is shown.
  void plain_element(std::uint32_t element, std::size_t attributes) {
    require(children(element, NodeKind::attribute).size() == attributes &&
            children(element, NodeKind::element).empty());
    value_of(element);
  }

  void unnamed_data(const std::vector<std::uint32_t>& unnamed) {
    if (unnamed.empty()) {
      return;
    }
    const bool is_certain = std::ranges::any_of(
        unnamed, [&](std::uint32_t i) { return tree_[i].number == Node::no_dependency; });
    require(is_certain || unnamed.size() == 1);
    const std::size_t over =
        is_certain ? 0 : jump(Kind::jump_if_absent, tree_[unnamed.front()].number);
    text("\"Data\":[");
    for (const std::uint32_t child : unnamed) {
      require(children(child, NodeKind::attribute).empty() &&
              children(child, NodeKind::element).empty());
      const auto parts = content(child);
      depending(child, [&] {
        if (is_sole_substitution(parts)) {
          step({.kind = Kind::items, .index = tree_[parts.front()].number});
        } else {
          value_of(child);
          text(",");
        }
      });
    }
    close(']');
    if (!is_certain) {
      land(over);
    }
  }

  void members(const std::vector<std::uint32_t>& elements) {
    std::set<std::string> keys;
    for (const std::uint32_t child : elements) {
      const std::string name(tree_.name(child).raw());
      require_new(keys, name);
      require(children(child, NodeKind::element).empty() ||
              tree_[child].number == Node::no_dependency);
      depending(child, [&] {
        key(name);
        whole_element(child);
        text(",");
      });
    }
  }

  /// What write_element gives for any element.
  void whole_element(std::uint32_t element) {
    const auto attributes = children(element, NodeKind::attribute);
    const auto elements = children(element, NodeKind::element);
    if (attributes.empty() && elements.empty()) {
      value_of(element);
      return;
    }
    // Without any member it would be no object; with elements inside, a value among them may hold
    // more.
    require(has_lasting_element(element) ||
            std::ranges::any_of(attributes, [&](auto i) { return is_certain(i); }));
    require(elements.empty() || content(element).empty());
    text("{");
    std::set<std::string> keys;
    for (const std::uint32_t one : attributes) {
      require_new(keys, "@" + std::string(tree_.name(one).raw()));
      attribute(one, "@");
    }
    members(elements);
    text_member(element);
    step({.kind = Kind::close, .first = static_cast<std::uint32_t>('}')});
  }

  const XmlTree& tree_;
  DumpPlan plan_;
  std::size_t last_target_ =
      0;  ///< a step that something jumps to is not joined with the one before
};

}  // namespace

DumpPlan plan_whole_dump(const XmlTree& tree) {
  return Compiler(tree).whole();
}

DumpPlan plan_content_dump(const XmlTree& tree) {
  return Compiler(tree).nested_content();
}

DumpPlan plan_nested_dump(const XmlTree& tree) {
  return Compiler(tree).nested();
}

}  // namespace npg
