#include "source/evtx_log/data_plan.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "format/evtx/system_fields.hpp"
#include "source/evtx_log/event_builder.hpp"

namespace npg {
namespace {

using evtx::Node;
using evtx::NodeKind;
using evtx::PartSource;
using evtx::XmlTree;

/// In place of a definition's offset: what is read stands inside a value.
constexpr std::uint64_t no_outer = UINT64_MAX;

/// True when the value's text may hold one of the words; true for what is not plain ASCII
/// text, where letters have more forms than one.
bool holds_text(const evtx::Value& value, const WordSet& words) {
  if (value.is_null()) {
    return false;
  }
  if (!value.is_text()) {
    return true;
  }
  return words.may_be_in(evtx::string_units(value).data());
}

/// Follows build_event over a template read without values.
class Planner {
 public:
  explicit Planner(const XmlTree& tree) : tree_(tree) {}

  DataPlan plan(DataPlan::Place place) {
    const std::uint32_t parent =
        place == DataPlan::Place::event ? evtx::event_element(tree_) : XmlTree::root;
    plan_.usable = parent != Node::none;
    if (!plan_.usable) {
      return std::move(plan_);
    }
    if (place == DataPlan::Place::inside_part) {
      add_inside(parent);
      return std::move(plan_);
    }
    for_each_child(parent, [&](std::uint32_t i) {
      switch (tree_[i].kind) {
        case NodeKind::attribute: return;
        case NodeKind::substitution:
          plan_.steps.emplace_back(DataPlan::Nested{.index = tree_[i].number});
          return;
        case NodeKind::element: add_part(i); return;
        default: give_up();
      }
    });
    return std::move(plan_);
  }

 private:
  template <typename Visit>
  void for_each_child(std::uint32_t parent, Visit&& visit) const {
    for (std::uint32_t i = tree_[parent].first_child; i != Node::none; i = tree_[i].next) {
      visit(i);
    }
  }
  void give_up() { plan_.usable = false; }

  void add_part(std::uint32_t element) {
    if (is_framing(tree_, element)) {
      return;
    }
    const std::uint16_t dependency = tree_[element].number;
    if (tree_.has_name(element, "EventData")) {
      require_elements_only(element);
      for_each_child(element, [&](std::uint32_t i) {
        if (tree_[i].kind == NodeKind::element) {
          add_data(i);
        }
      });
      return;
    }
    const bool is_user_data = tree_.has_name(element, "UserData");
    const auto index = sole_substitution(element);
    if (index && (dependency == Node::no_dependency || dependency == *index)) {
      plan_.is_user_data = plan_.is_user_data || (is_user_data && dependency != *index);
      plan_.steps.emplace_back(DataPlan::Nested{
          .index = *index, .place = DataPlan::Place::inside_part, .is_user_data = is_user_data});
      return;
    }
    if (is_user_data) {
      plan_.is_user_data = true;
      plan_.usable = plan_.usable && dependency == Node::no_dependency;
    }
    add_inside(element);
  }

  /// The value that is all an element holds besides attributes.
  [[nodiscard]] std::optional<std::uint16_t> sole_substitution(std::uint32_t element) const {
    std::optional<std::uint16_t> index;
    std::size_t others = 0;
    for_each_child(element, [&](std::uint32_t i) {
      if (tree_[i].kind == NodeKind::substitution && !index) {
        index = tree_[i].number;
      } else {
        others += tree_[i].kind != NodeKind::attribute ? 1U : 0U;
      }
    });
    return others == 0 ? index : std::nullopt;
  }

  /// What UserData, or another part of an event, holds.
  void add_inside(std::uint32_t parent) {
    require_elements_only(parent);
    for_each_child(parent, [&](std::uint32_t i) {
      if (tree_[i].kind != NodeKind::element) {
        return;
      }
      if (has_elements(tree_, i)) {
        add_leaves(i);
      } else {
        add_leaf(i, local_name(tree_, i), false, true);
      }
    });
  }

  void add_data(std::uint32_t element) {
    if (has_elements(tree_, element)) {
      add_leaves(element);
      return;
    }
    const std::uint32_t name = tree_.find(element, NodeKind::attribute, "Name");
    const bool unnamed = name == Node::none && tree_.has_name(element, "Data");
    if (name != Node::none) {
      const auto source = evtx::source_of(tree_, element, name);
      if (!source || source->kind == PartSource::Kind::value) {
        give_up();
        return;
      }
    }
    add_leaf(element,
             unnamed              ? EvidenceText()
             : name != Node::none ? tree_.text(name)
                                  : local_name(tree_, element),
             unnamed, false);
  }

  /// A container is never left out, nor left empty: which of its elements a record has decides
  /// whether it is a field itself.
  void add_leaves(std::uint32_t container) {
    require_elements_only(container);
    plan_.usable = plan_.usable && tree_[container].number == Node::no_dependency;
    bool has_lasting = false;
    std::vector<std::uint16_t> dependencies;
    for_each_child(container, [&](std::uint32_t i) {
      if (tree_[i].kind != NodeKind::element) {
        return;
      }
      has_lasting = has_lasting || tree_[i].number == Node::no_dependency;
      dependencies.push_back(tree_[i].number);
      if (has_elements(tree_, i)) {
        add_leaves(i);
      } else {
        add_leaf(i, local_name(tree_, i), false, false);
      }
    });
    if (!has_lasting) {
      plan_.containers.push_back(std::move(dependencies));
    }
  }

  void add_leaf(std::uint32_t element, EvidenceText name, bool items, bool skip_empty) {
    const auto source = evtx::source_of(tree_, element, element);
    if (!source) {
      give_up();
      return;
    }
    DataPlan::Field field{
        .name = std::move(name), .content = *source, .items = items, .skip_empty = skip_empty};
    field.content.dependency = tree_[element].number;
    plan_.steps.emplace_back(std::move(field));
  }

  void require_elements_only(std::uint32_t parent) {
    for_each_child(parent, [&](std::uint32_t i) {
      if (tree_[i].kind != NodeKind::element && tree_[i].kind != NodeKind::attribute) {
        give_up();
      }
    });
  }

  const XmlTree& tree_;
  DataPlan plan_;
};

}  // namespace

void PlannedEvents::start_chunk() {
  for (auto& plans : plans_) {
    plans.follow(templates_);
  }
  for (auto& tested : tested_) {
    tested.follow(templates_);
  }
  steps_of_chunk_ = 0;
}

const DataPlan& PlannedEvents::plan_for(const evtx::Template& used, DataPlan::Place place) {
  return plans_.at(static_cast<std::size_t>(place)).at(used, [&](const evtx::Template& made) {
    return Planner(made.tree).plan(place);
  });
}

bool PlannedEvents::build(const evtx::EventKeyReader& keys, const evtx::EventKey& key,
                          const evtx::RecordRef& record, WinEvent& event) {
  const auto context = keys.context();
  const DataPlan& plan = plan_for(keys.used(), DataPlan::Place::event);
  if (!context || !plan.usable) {
    return false;
  }
  event.channel = EvidenceText::from_utf16(key.channel.data());
  event.provider = EvidenceText::from_utf16(key.provider.data());
  event.computer = EvidenceText::from_utf16(key.computer.data());
  event.user_sid = evtx::text_of(context->user_sid);
  event.event_id = static_cast<std::uint32_t>(key.event_id);
  event.version = static_cast<std::uint32_t>(context->version);
  event.record_id = key.record_id;
  event.written = record.written;
  event.created = key.created;
  event.process_id = static_cast<std::uint32_t>(context->process_id);
  event.thread_id = static_cast<std::uint32_t>(context->thread_id);
  event.is_user_data = false;
  // A number that is too short for its type is one all the same, with its sign.
  const auto sign = evtx::signed_of(context->keywords);
  const auto bits = sign ? std::optional(static_cast<std::uint64_t>(*sign))
                         : evtx::unsigned_of(context->keywords);
  event.is_audit_failure = bits ? (*bits & audit_failure_bit) != 0
                                : names_audit_failure(evtx::text_of(context->keywords).raw());
  event.origin = {.offset = record.offset, .length = record.size};
  fields_used_ = 0;
  bytes_of_event_ = 0;
  const bool built = add_fields(plan, keys.values(), keys.definition(), event);
  event.fields.resize(fields_used_);
  return built;
}

bool PlannedEvents::add_fields(const DataPlan& plan, const evtx::ValueTable& values,
                               std::uint64_t outer, WinEvent& event) {
  event.is_user_data = event.is_user_data || plan.is_user_data;
  // Limit: what decoding may cost a chunk, this may.
  steps_of_chunk_ += plan.steps.size();
  if (steps_of_chunk_ > limits_.binxml_chunk_nodes_max) {
    return false;
  }
  const auto is_null = [&](std::uint16_t index) { return values.is_null(index); };
  if (std::ranges::any_of(plan.containers, [&](const std::vector<std::uint16_t>& elements) {
        return std::ranges::all_of(elements, is_null);
      })) {
    return false;
  }
  for (const auto& step : plan.steps) {
    if (const auto* field = std::get_if<DataPlan::Field>(&step)) {
      if (!add_field(*field, values, event)) {
        return false;
      }
      continue;
    }
    const auto& nested = std::get<DataPlan::Nested>(step);
    const evtx::Value value = values[nested.index];
    if (value.is_null()) {
      continue;
    }
    event.is_user_data = event.is_user_data || nested.is_user_data;
    const evtx::Template* inner = read_nested(value, outer);
    if (inner == nullptr) {
      return false;
    }
    const DataPlan& inner_plan = plan_for(*inner, nested.place);
    if (!inner_plan.usable || !add_fields(inner_plan, nested_values_, no_outer, event)) {
      return false;
    }
  }
  return true;
}

const evtx::Template* PlannedEvents::read_nested(const evtx::Value& value, std::uint64_t outer) {
  // Data inside data does not happen; decoding knows how deep it may go.
  const bool is_inner = outer == no_outer;
  evtx::SoleInstance instance;
  if (is_inner || value.is_array() || value.type() != evtx::ValueType::binxml ||
      !evtx::read_sole_instance(templates_, value.data, instance, nested_values_) ||
      instance.definition == outer) {
    return nullptr;
  }
  return instance.used;
}

const TestedValues& PlannedEvents::tested_for(const evtx::Template& used, DataPlan::Place place,
                                              std::span<const FieldTest> tests) {
  auto& known = tested_.at(static_cast<std::size_t>(place)).at(used, [](const evtx::Template&) {
    return std::vector<TestedValues>();
  });
  for (const TestedValues& one : known) {
    if (one.tests == tests.data()) {
      return one;
    }
  }
  const DataPlan& plan = plan_for(used, place);
  TestedValues& made = known.emplace_back();
  made.tests = tests.data();
  made.usable = plan.usable;
  for (const auto& step : plan.steps) {
    if (const auto* nested = std::get_if<DataPlan::Nested>(&step)) {
      made.nested.push_back(*nested);
      continue;
    }
    const auto& field = std::get<DataPlan::Field>(step);
    for (const FieldTest& test : tests) {
      if (equal_names(test.field, field.name.raw())) {
        made.values.push_back({.content = field.content, .words = WordSet(test.words)});
      }
    }
  }
  return made;
}

bool PlannedEvents::may_pass(const evtx::EventKeyReader& keys, std::span<const FieldTest> tests) {
  const auto holds = [](const TestedValues& tested, const evtx::ValueTable& values) {
    return !tested.usable ||
           std::ranges::any_of(tested.values, [&](const TestedValues::Tested& one) {
             return holds_text(one.content.in(values), one.words);
           });
  };
  const TestedValues& tested = tested_for(keys.used(), DataPlan::Place::event, tests);
  const evtx::ValueTable& values = keys.values();
  if (holds(tested, values)) {
    return true;
  }
  return std::ranges::any_of(tested.nested, [&](const DataPlan::Nested& nested) {
    const evtx::Value value = values[nested.index];
    if (value.is_null()) {
      return false;
    }
    const evtx::Template* inner = read_nested(value, keys.definition());
    if (inner == nullptr) {
      return true;
    }
    const TestedValues& inside = tested_for(*inner, nested.place, tests);
    return holds(inside, nested_values_) || !inside.nested.empty();
  });
}

EventField& PlannedEvents::next_field(WinEvent& event) {
  if (fields_used_ == event.fields.size()) {
    event.fields.emplace_back();
  }
  return event.fields[fields_used_++];
}

bool PlannedEvents::add_field(const DataPlan::Field& field, const evtx::ValueTable& values,
                              WinEvent& event) {
  const std::uint16_t dependency = field.content.dependency;
  if (dependency != Node::no_dependency && values.is_null(dependency)) {
    return true;
  }
  const evtx::Value value = field.content.in(values);
  if (!value.is_array() && value.type() == evtx::ValueType::binxml) {
    return false;
  }
  bytes_of_event_ += value.data.size();
  if (bytes_of_event_ > limits_.binxml_output_bytes_max / 2) {
    return false;
  }
  if (field.items && value.is_array()) {
    evtx::for_each_item(value, [&](const evtx::Value& item) {
      EventField& added = next_field(event);
      added.name = field.name;
      added.value = evtx::text_of(item);
    });
    return true;
  }
  EvidenceText text = evtx::text_of(value);
  if (field.skip_empty && text.empty()) {
    return true;
  }
  EventField& added = next_field(event);
  added.name = field.name;
  added.value = std::move(text);
  return true;
}

}  // namespace npg
