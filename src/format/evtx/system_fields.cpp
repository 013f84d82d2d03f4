#include "format/evtx/system_fields.hpp"

#include <algorithm>
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
      .created = created_time(tree, attribute("TimeCreated", "SystemTime")),
  };
}

std::optional<EventKeyReader::Source> EventKeyReader::source_of(const XmlTree& tree,
                                                                std::uint32_t owner,
                                                                std::uint32_t holder) {
  if (owner == Node::none || holder == Node::none) {
    return Source{};
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
    return std::nullopt;
  }
  const Node& node = tree[content];
  const std::uint16_t dependency = tree[owner].number;
  if (node.kind == NodeKind::value && dependency == Node::no_dependency) {
    return Source{.kind = Source::Kind::literal, .index = 0, .literal = node.value()};
  }
  // An element that hangs on its own value is absent when that is null, which the reader takes for
  // doubt anyway.
  if (node.kind == NodeKind::substitution &&
      (dependency == Node::no_dependency || dependency == node.number)) {
    return Source{.kind = Source::Kind::value, .index = node.number, .literal = {}};
  }
  return std::nullopt;
}

EventKeyReader::Plan EventKeyReader::make_plan(const TemplateInstance& instance) {
  XmlTree& tree = tree_;
  if (!decoder_.decode_template(instance, tree)) {
    return {};
  }
  const std::uint32_t event = event_element(tree);
  const std::uint32_t system =
      event == Node::none ? Node::none : tree.find(event, NodeKind::element, "System");
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
    plan.usable = plan.usable && source && source->kind != Source::Kind::absent;
    if (source) {
      plan.sources[place] = *source;
      if (source->kind == Source::Kind::value) {
        plan.values_needed = std::max(plan.values_needed, source->index + 1U);
      }
    }
  };
  take(provider, "Provider", "Name");
  take(event_id, "EventID", "");
  take(record_id, "EventRecordID", "");
  take(created, "TimeCreated", "SystemTime");
  take(channel, "Channel", "");
  take(computer, "Computer", "");
  return plan;
}

const EventKeyReader::Plan& EventKeyReader::plan_for(const TemplateInstance& instance) {
  const auto found = plans_.find(instance.definition);
  return found != plans_.end()
             ? found->second
             : plans_.emplace(instance.definition, make_plan(instance)).first->second;
}

std::optional<EventKey> EventKeyReader::read(const RecordRef& record) {
  constexpr std::uint32_t fragment_header = 0x0001010f;
  constexpr std::uint8_t template_token = 0x0c;
  const Bytes binxml = record.binxml;
  if (binxml.size() < 14 || binxml.at<std::uint32_t>(0) != fragment_header ||
      binxml.at<std::uint8_t>(4) != template_token) {
    return std::nullopt;
  }
  const std::uint64_t begin = binxml.offset() - chunk_.offset();
  const std::uint64_t end = begin + binxml.size();
  const auto instance = read_template_instance(chunk_, begin + 4, end);
  if (!instance) {
    return std::nullopt;
  }
  const Plan& plan = plan_for(*instance);
  const Bytes record_part = chunk_.clamp(0, end);
  const auto count = record_part.get<std::uint32_t>(instance->descriptors, "evtx.value_count");
  if (!plan.usable || !count || *count < plan.values_needed ||
      *count > (end - instance->descriptors - 4) / 4) {
    return std::nullopt;
  }
  std::array<Value, places> values;
  for (std::size_t i = 0; i < places; ++i) {
    values[i] = plan.sources[i].literal;
  }
  std::uint64_t data = instance->descriptors + 4 + std::uint64_t{*count} * 4;
  for (std::uint32_t i = 0; i < plan.values_needed; ++i) {
    const std::uint64_t descriptor = instance->descriptors + 4 + std::uint64_t{i} * 4;
    const auto size = chunk_.at<std::uint16_t>(descriptor);
    for (std::size_t place = 0; place < places; ++place) {
      const Source& source = plan.sources[place];
      if (source.kind == Source::Kind::value && source.index == i) {
        const auto bytes = record_part.slice(data, size, "evtx.value");
        if (!bytes) {
          return std::nullopt;
        }
        values[place] = {.raw_type = chunk_.at<std::uint8_t>(descriptor + 2), .data = *bytes};
      }
    }
    data += size;
  }
  const auto id = unsigned_of(values[event_id]);
  const auto sequence = unsigned_of(values[record_id]);
  const auto time = time_of(values[created]);
  if (!id || !sequence || !time || !values[provider].is_text() || !values[channel].is_text() ||
      !values[computer].is_text()) {
    return std::nullopt;
  }
  return EventKey{.provider = string_units(values[provider]),
                  .channel = string_units(values[channel]),
                  .computer = string_units(values[computer]),
                  .event_id = *id,
                  .record_id = *sequence,
                  .created = *time};
}

}  // namespace npg::evtx
