// Values of an event log as JSON: arrays as arrays, null as null, numbers as numbers.
#pragma once

#include "base/json_append.hpp"
#include "base/json_writer.hpp"
#include "format/evtx/value.hpp"

namespace npg {

/// What a value looks like is decided here.
void write_value(JsonWriter& json, const evtx::Value& value);
/// The same characters, without the writer for the types that most values are of.
void append_value(TextBuffer& out, const evtx::Value& value);
/// The value, or each item of it when it is an array; a comma behind each.
void append_items(TextBuffer& out, const evtx::Value& value);
/// A string of UTF-16 units.
void append_units(TextBuffer& out, Bytes units);
/// A string.
void append_string(TextBuffer& out, std::string_view text);
/// A bracket that closes an object or an array, over the comma behind its last member.
inline void append_close(TextBuffer& out, char bracket) {
  if (out.ends_with(',')) {
    out.drop_last();
  }
  out.append(bracket);
}

}  // namespace npg
