#include "format/evtx/event_plan.hpp"

#include <algorithm>

#include "format/evtx/system_fields.hpp"

namespace npg::evtx {
namespace {

bool has_only_elements(const XmlTree& tree, std::uint32_t parent) {
  for (std::uint32_t i = tree[parent].first_child; i != Node::none; i = tree[i].next) {
    if (tree[i].kind != NodeKind::element && tree[i].kind != NodeKind::attribute) {
      return false;
    }
  }
  return true;
}

std::size_t count(const XmlTree& tree, std::uint32_t parent, NodeKind kind, std::string_view name) {
  std::size_t found = 0;
  for (std::uint32_t i = tree[parent].first_child; i != Node::none; i = tree[i].next) {
    found += tree[i].kind == kind && (name.empty() || tree.has_name(i, name)) ? 1U : 0U;
  }
  return found;
}

/// The one System of an event; Node::none when records could bring another before it, or leave it
/// out.
std::uint32_t sole_system(const XmlTree& tree) {
  const std::uint32_t event = event_element(tree);
  if (event == Node::none || count(tree, XmlTree::root, NodeKind::element, "") != 1 ||
      tree[XmlTree::root].first_child != event) {
    return Node::none;
  }
  std::uint32_t system = tree[event].first_child;
  while (system != Node::none && tree[system].kind == NodeKind::attribute) {
    system = tree[system].next;
  }
  const bool plain = system != Node::none && tree[system].kind == NodeKind::element &&
                     tree.has_name(system, "System") &&
                     tree[system].number == Node::no_dependency && has_only_elements(tree, system);
  return plain ? system : Node::none;
}

bool is_plain(const EventPlan& plan) {
  const auto is_own_value = [&](EventPlan::Place place) {
    const PartSource& source = plan.sources[place];
    return source.kind == PartSource::Kind::value &&
           (source.dependency == Node::no_dependency || source.dependency == source.index);
  };
  const auto is_name = [&](EventPlan::Place place) {
    const PartSource& source = plan.sources[place];
    return is_own_value(place) ||
           (source.kind == PartSource::Kind::literal && source.literal.is_text() &&
            source.dependency == Node::no_dependency);
  };
  return is_own_value(EventPlan::event_id) && is_own_value(EventPlan::record_id) &&
         is_own_value(EventPlan::created) && is_name(EventPlan::provider) &&
         is_name(EventPlan::channel) && is_name(EventPlan::computer);
}

}  // namespace

std::optional<PartSource> source_of(const XmlTree& tree, std::uint32_t owner,
                                    std::uint32_t holder) {
  if (owner == Node::none || holder == Node::none) {
    return PartSource{};
  }
  std::uint32_t content = Node::none;
  for (std::uint32_t i = tree[holder].first_child; i != Node::none; i = tree[i].next) {
    if (tree[i].kind == NodeKind::attribute) {
      continue;
    }
    if (content != Node::none) {
      return std::nullopt;
    }
    content = i;
  }
  if (content == Node::none) {
    return PartSource{};
  }
  // An element stays with what is in it, whatever it depends on.
  if (tree[owner].number != Node::no_dependency && count(tree, owner, NodeKind::element, "") != 0) {
    return std::nullopt;
  }
  const Node& node = tree[content];
  PartSource source{.dependency = tree[owner].number, .literal = {}};
  if (node.kind == NodeKind::value) {
    source.kind = PartSource::Kind::literal;
    source.literal = node.value();
    return source;
  }
  if (node.kind == NodeKind::substitution) {
    source.kind = PartSource::Kind::value;
    source.index = node.number;
    return source;
  }
  return std::nullopt;
}

EventPlan plan_event(const XmlTree& tree) {
  const std::uint32_t system = sole_system(tree);
  if (system == Node::none) {
    return {};
  }
  EventPlan plan;
  plan.usable = true;
  const auto take = [&](EventPlan::Place place, std::string_view element,
                        std::string_view attribute) {
    const std::uint32_t owner = tree.find(system, NodeKind::element, element);
    const std::uint32_t holder = owner == Node::none || attribute.empty()
                                     ? owner
                                     : tree.find(owner, NodeKind::attribute, attribute);
    const auto source = source_of(tree, owner, holder);
    // Of two of a name, the first that a record does not leave out counts.
    const bool sole = count(tree, system, NodeKind::element, element) <= 1 &&
                      (owner == Node::none || attribute.empty() ||
                       count(tree, owner, NodeKind::attribute, attribute) <= 1);
    plan.usable = plan.usable && source.has_value() && sole;
    plan.sources[place] = source.value_or(PartSource{});
  };
  take(EventPlan::provider, "Provider", "Name");
  take(EventPlan::event_id, "EventID", "");
  take(EventPlan::record_id, "EventRecordID", "");
  take(EventPlan::created, "TimeCreated", "SystemTime");
  take(EventPlan::channel, "Channel", "");
  take(EventPlan::computer, "Computer", "");
  take(EventPlan::version, "Version", "");
  take(EventPlan::user_sid, "Security", "UserID");
  take(EventPlan::process_id, "Execution", "ProcessID");
  take(EventPlan::thread_id, "Execution", "ThreadID");
  take(EventPlan::keywords, "Keywords", "");
  plan.is_plain = plan.usable && is_plain(plan);
  for (const PartSource& source : plan.sources) {
    plan.last_index = std::max<std::size_t>(plan.last_index, source.index);
  }
  for (const auto place : {EventPlan::provider, EventPlan::channel, EventPlan::computer}) {
    if (plan.is_plain && plan.sources[place].kind == PartSource::Kind::literal) {
      plan.names[place] = string_units(plan.sources[place].literal);
    }
  }
  return plan;
}

}  // namespace npg::evtx
