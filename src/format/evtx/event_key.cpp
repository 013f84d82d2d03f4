#include "format/evtx/event_key.hpp"

#include "format/evtx/system_fields.hpp"

namespace npg::evtx {
namespace {

/// A number that System holds as a value; 0 when it is null, nothing when it is of another type.
std::optional<std::uint64_t> number_or_null(const Value& value) {
  return value.is_null() ? std::optional<std::uint64_t>(0) : unsigned_of(value);
}

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

bool read_sole_instance(Bytes chunk, Bytes binxml, TemplateInstance& instance, ValueTable& values) {
  constexpr std::uint32_t fragment_header = 0x0001010f;
  constexpr std::uint8_t template_token = 0x0c;
  constexpr std::uint64_t smallest = 14;
  if (binxml.size() < smallest) {
    return false;
  }
  // Fragments inside values have their header or not.
  const std::uint64_t head_at = binxml.at<std::uint32_t>(0) == fragment_header ? 4 : 0;
  if (binxml.at<std::uint8_t>(head_at) != template_token) {
    return false;
  }
  const std::uint64_t begin = binxml.offset() - chunk.offset();
  const std::uint64_t end = begin + binxml.size();
  const auto head = read_template_instance(chunk, begin + head_at, end);
  if (!head || !values.read(chunk, head->descriptors, end)) {
    return false;
  }
  instance = *head;
  // Nothing but the end of the fragment may follow.
  return values.end() == end || chunk.at<std::uint8_t>(values.end()) == 0;
}

EventKeyReader::Plan EventKeyReader::make_plan(const TemplateInstance& instance) {
  XmlTree& tree = tree_;
  if (!decoder_.decode_template(instance, tree)) {
    return {};
  }
  const std::uint32_t system = sole_system(tree);
  if (system == Node::none) {
    return {};
  }
  Plan plan;
  plan.usable = true;
  const auto take = [&](Place place, std::string_view element, std::string_view attribute) {
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
  take(provider, "Provider", "Name");
  take(event_id, "EventID", "");
  take(record_id, "EventRecordID", "");
  take(created, "TimeCreated", "SystemTime");
  take(channel, "Channel", "");
  take(computer, "Computer", "");
  take(version, "Version", "");
  take(user_sid, "Security", "UserID");
  take(process_id, "Execution", "ProcessID");
  take(thread_id, "Execution", "ThreadID");
  return plan;
}

const EventKeyReader::Plan& EventKeyReader::plan_for(const TemplateInstance& instance) {
  const auto found = plans_.find(instance.definition);
  return found != plans_.end()
             ? found->second
             : plans_.emplace(instance.definition, make_plan(instance)).first->second;
}

std::optional<EventKey> EventKeyReader::read(const RecordRef& record) {
  plan_ = nullptr;
  if (!read_sole_instance(chunk_, record.binxml, instance_, values_)) {
    return std::nullopt;
  }
  const Plan& plan = plan_for(instance_);
  if (!plan.usable) {
    return std::nullopt;
  }
  const auto value_of = [&](Place place) { return plan.sources[place].in(values_); };
  const auto id = unsigned_of(value_of(event_id));
  const auto sequence = unsigned_of(value_of(record_id));
  const auto time = time_of(value_of(created));
  const Value provider_name = value_of(provider);
  const Value channel_name = value_of(channel);
  const Value computer_name = value_of(computer);
  if (!id || !sequence || !time || !provider_name.is_text() || !channel_name.is_text() ||
      !computer_name.is_text()) {
    return std::nullopt;
  }
  plan_ = &plan;
  return EventKey{.provider = string_units(provider_name),
                  .channel = string_units(channel_name),
                  .computer = string_units(computer_name),
                  .event_id = *id,
                  .record_id = *sequence,
                  .created = *time};
}

std::optional<EventContext> EventKeyReader::context() const {
  if (plan_ == nullptr) {
    return std::nullopt;
  }
  const auto value_of = [&](Place place) { return plan_->sources[place].in(values_); };
  const auto event_version = number_or_null(value_of(version));
  const auto process = number_or_null(value_of(process_id));
  const auto thread = number_or_null(value_of(thread_id));
  if (!event_version || !process || !thread) {
    return std::nullopt;
  }
  return EventContext{.user_sid = value_of(user_sid),
                      .version = *event_version,
                      .process_id = *process,
                      .thread_id = *thread};
}

}  // namespace npg::evtx
