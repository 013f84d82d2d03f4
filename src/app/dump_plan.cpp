#include "app/dump_plan.hpp"

#include "app/dump_record.hpp"

namespace npg {
namespace {

using evtx::EventPlan;
using evtx::Value;
using evtx::ValueType;
using Kind = DumpStep::Kind;

void append_text(TextBuffer& out, Bytes units) {
  out.append('"');
  append_json_units(out, units.data());
  out.append('"');
}

/// The value as dump_record's writer has it.
void append_any(TextBuffer& out, const Value& value) {
  JsonWriter json;
  write_value(json, value);
  out.append(json.text());
}

/// The same without the writer, for the types that most values are of.
void append_value(TextBuffer& out, const Value& value) {
  if (value.is_array()) {
    append_any(out, value);
    return;
  }
  switch (value.type()) {
    case ValueType::null: out.append("null"); return;
    case ValueType::string: append_text(out, evtx::string_units(value)); return;
    case ValueType::uint8:
    case ValueType::uint16:
    case ValueType::uint32:
    case ValueType::uint64:
      if (const auto number = evtx::unsigned_of(value)) {
        append_number(out, *number);
        return;
      }
      break;
    case ValueType::int8:
    case ValueType::int16:
    case ValueType::int32:
    case ValueType::int64:
      if (const auto number = evtx::signed_of(value)) {
        append_number(out, *number);
        return;
      }
      break;
    case ValueType::hex_int32:
    case ValueType::hex_int64:
    case ValueType::size_t_hex:
      if (const auto number = evtx::unsigned_of(value)) {
        out.append('"');
        append_hexadecimal(out, *number);
        out.append('"');
        return;
      }
      break;
    case ValueType::guid:
      if (value.data.size() == 16) {
        out.append('"');
        append_guid(out, value.data.data().first<16>());
        out.append('"');
        return;
      }
      break;
    case ValueType::file_time:
      if (const auto time = evtx::time_of(value)) {
        out.append('"');
        append_time(out, *time);
        out.append('"');
        return;
      }
      break;
    case ValueType::sid:
      out.append('"');
      if (append_sid(out, value.data)) {
        out.append('"');
        return;
      }
      out.drop_last();
      break;
    case ValueType::boolean:
      if (value.data.size() == 4) {
        out.append(value.data.at<std::uint32_t>(0) != 0 ? "true" : "false");
        return;
      }
      break;
    case ValueType::binary:
      out.append('"');
      append_bytes(out, value.data.data());
      out.append('"');
      return;
    case ValueType::ansi_string:
      out.append('"');
      append_json_latin1(out, evtx::ansi_text(value));
      out.append('"');
      return;
    default: break;
  }
  append_any(out, value);
}

void append_items(TextBuffer& out, const Value& value) {
  if (!value.is_array()) {
    append_value(out, value);
    out.append(',');
    return;
  }
  evtx::for_each_item(value, [&](const Value& item) {
    append_value(out, item);
    out.append(',');
  });
}

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
  append_text(out, key.channel);
  out.append(R"(,"provider":)");
  append_text(out, key.provider);
  out.append(R"(,"event_id":)");
  append_number(out, key.event_id);
  out.append(R"(,"computer":)");
  append_text(out, key.computer);
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

bool PlannedDump::spend(const Value& value) {
  bytes_of_record_ += value.data.size();
  return bytes_of_record_ <= limits_.binxml_output_bytes_max / 2;
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
      case Kind::value:
      case Kind::items: {
        const Value value = values[step.index];
        if (holds_fragment(value) || !spend(value)) {
          return false;
        }
        if (step.kind == Kind::value) {
          append_value(out, value);
        } else {
          append_items(out, value);
        }
        break;
      }
      case Kind::close:
        if (out.ends_with(',')) {
          out.drop_last();
        }
        out.append(static_cast<char>(step.first));
        break;
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
  if (!holds_fragment(value) ||
      !evtx::read_sole_instance(templates_, value.data, instance, nested_values_) ||
      instance.definition == keys_.definition()) {
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

}  // namespace npg
