#include "app/dump_value.hpp"

namespace npg {
namespace {

using evtx::Value;
using evtx::ValueType;

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

/// For the types that few values are of.
void append_by_writer(TextBuffer& out, const Value& value) {
  JsonWriter json;
  write_value(json, value);
  out.append(json.text());
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

void append_value(TextBuffer& out, const Value& value) {
  if (value.is_array()) {
    append_by_writer(out, value);
    return;
  }
  switch (value.type()) {
    case ValueType::null: out.append("null"); return;
    case ValueType::string: append_units(out, evtx::string_units(value)); return;
    case ValueType::uint8:
    case ValueType::uint16:
    case ValueType::uint32:
    case ValueType::uint64:
      if (const auto number = evtx::number_of(value.data)) {
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
      if (const auto number = evtx::number_of(value.data)) {
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
  append_by_writer(out, value);
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

void append_units(TextBuffer& out, Bytes units) {
  append_json_string(out, units.data());
}

void append_string(TextBuffer& out, std::string_view text) {
  out.append('"');
  out.append(escape_for_json(text));
  out.append('"');
}

}  // namespace npg
