#include "app/dump_plan.hpp"

#include "app/dump_record.hpp"
#include "app/dump_value.hpp"

namespace npg {
namespace {

using evtx::EventPlan;
using evtx::Value;
using evtx::ValueType;
using Kind = DumpStep::Kind;

bool holds_fragment(const Value& value) {
  return !value.is_array() && value.type() == ValueType::binxml;
}

}  // namespace

void PlannedDump::start_chunk() {
  whole_plans_.follow(templates_);
  nested_plans_.follow(templates_);
  content_plans_.follow(templates_);
  steps_of_chunk_ = 0;
}

bool PlannedDump::write(const evtx::RecordRef& record, TextBuffer& out) {
  const std::size_t begin = out.size();
  bytes_of_record_ = 0;
  if (write_line(record, out)) {
    return true;
  }
  out.cut(begin);
  return false;
}

bool PlannedDump::write_line(const evtx::RecordRef& record, TextBuffer& out) {
  evtx::EventKey key;
  if (!keys_.read(record, key) || key.event_id > UINT32_MAX) {
    return false;
  }
  const DumpPlan& plan = whole_plans_.at(
      keys_.used(), [](const evtx::Template& used) { return plan_whole_dump(used.tree); });
  if (!plan.usable) {
    return false;
  }
  out.append(R"({"record_id":)");
  append_number(out, key.record_id);
  if (record.written.given()) {
    out.append(R"(,"written":")");
    append_time(out, record.written);
    out.append(R"(","channel":)");
  } else {
    out.append(R"(,"written":null,"channel":)");
  }
  append_units(out, key.channel);
  out.append(R"(,"provider":)");
  append_units(out, key.provider);
  out.append(R"(,"event_id":)");
  append_number(out, key.event_id);
  out.append(R"(,"computer":)");
  append_units(out, key.computer);
  out.append(',');
  const Value user = keys_.used().event.sources[EventPlan::user_sid].in(keys_.values());
  if (!user.is_null()) {
    if (user.is_array() || user.type() != ValueType::sid) {
      return false;
    }
    out.append(R"("user_sid":)");
    append_value(out, user);
    out.append(',');
  }
  if (!run(plan, keys_.values(), false, out)) {
    return false;
  }
  out.append(R"("origin":{"offset":)");
  append_number(out, record.offset);
  out.append(R"(,"length":)");
  append_number(out, std::uint64_t{record.size});
  out.append(record.verified ? ",\"quality\":\"sound\"}}\n" : ",\"quality\":\"unverified\"}}\n");
  return true;
}

bool PlannedDump::run(const DumpPlan& plan, const evtx::ValueTable& values, bool is_inner,
                      TextBuffer& out) {
  // Limit: what decoding may cost a chunk, this may.
  steps_of_chunk_ += plan.steps.size();
  if (steps_of_chunk_ > limits_.binxml_chunk_nodes_max) {
    return false;
  }
  const std::string_view text = plan.text;
  for (std::size_t at = 0; at < plan.steps.size();) {
    const DumpStep& step = plan.steps[at++];
    switch (step.kind) {
      case Kind::text: out.append_padded(text, step.first, step.length); break;
      case Kind::value: {
        const Value value = values[step.index];
        if (holds_fragment(value) || !spend(value)) {
          return false;
        }
        out.append_padded(text, step.first, step.length);
        append_value(out, value);
        break;
      }
      case Kind::items: {
        const Value value = values[step.index];
        if (holds_fragment(value) || !spend(value)) {
          return false;
        }
        append_items(out, value);
        break;
      }
      case Kind::close: append_close(out, static_cast<char>(step.first)); break;
      case Kind::jump: at = step.first; break;
      case Kind::jump_if_null: at = values[step.index].is_null() ? step.first : at; break;
      case Kind::jump_if_absent: at = values.is_null(step.index) ? step.first : at; break;
      case Kind::nested:
      case Kind::nested_content: {
        const Value value = values[step.index];
        // UserData that stays without its content is seldom enough.
        const bool fits = value.is_null() ? step.kind == Kind::nested
                                          : !is_inner && run_nested(value, step.kind, out);
        if (!fits) {
          return false;
        }
        break;
      }
    }
  }
  return true;
}

bool PlannedDump::run_nested(const Value& value, DumpStep::Kind kind, TextBuffer& out) {
  evtx::SoleInstance instance;
  if (!holds_fragment(value)) {
    return false;
  }
  if (!evtx::read_sole_instance(templates_, value.data, instance, nested_values_)) {
    return kind == Kind::nested_content && write_free(value, out);
  }
  if (instance.definition == keys_.definition()) {
    return false;
  }
  const DumpPlan& plan =
      kind == Kind::nested
          ? nested_plans_.at(*instance.used,
                             [](const evtx::Template& used) { return plan_nested_dump(used.tree); })
          : content_plans_.at(*instance.used, [](const evtx::Template& used) {
              return plan_content_dump(used.tree);
            });
  return plan.usable && run(plan, nested_values_, true, out);
}

/// A fragment that is made of no template.
bool PlannedDump::write_free(const Value& value, TextBuffer& out) {
  return decoder_.decode_value(value.data, keys_.definition(), free_tree_) &&
         append_members(out, free_tree_);
}

}  // namespace npg
