// Typed values of BinXML and their canonical text (docs/formats/evtx.md, "Values").
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/evidence_text.hpp"
#include "base/filetime.hpp"

namespace npg::evtx {

enum class ValueType : std::uint8_t {
  null = 0x00,
  string = 0x01,
  ansi_string = 0x02,
  int8 = 0x03,
  uint8 = 0x04,
  int16 = 0x05,
  uint16 = 0x06,
  int32 = 0x07,
  uint32 = 0x08,
  int64 = 0x09,
  uint64 = 0x0a,
  real32 = 0x0b,
  real64 = 0x0c,
  boolean = 0x0d,
  binary = 0x0e,
  guid = 0x0f,
  size_t_hex = 0x10,
  file_time = 0x11,
  system_time = 0x12,
  sid = 0x13,
  hex_int32 = 0x14,
  hex_int64 = 0x15,
  handle = 0x20,
  binxml = 0x21,
  xml_text = 0x23,
};

/// A value as it stands in the record: its type byte, unchecked, and its bytes.
struct Value {
  std::uint8_t raw_type = 0;
  Bytes data;

  static constexpr std::uint8_t array_flag = 0x80;
  [[nodiscard]] ValueType type() const {
    return static_cast<ValueType>(raw_type & static_cast<std::uint8_t>(~array_flag));
  }
  [[nodiscard]] bool is_array() const { return (raw_type & array_flag) != 0; }
  [[nodiscard]] bool is_null() const { return raw_type == 0; }
  [[nodiscard]] bool is_text() const { return !is_array() && type() == ValueType::string; }
};

/// A number of one, two, four or eight bytes; nothing for other sizes.
[[nodiscard]] inline std::optional<std::uint64_t> number_of(Bytes data) {
  switch (data.size()) {
    case 1: return data.at<std::uint8_t>(0);
    case 2: return data.at<std::uint16_t>(0);
    case 4: return data.at<std::uint32_t>(0);
    case 8: return data.at<std::uint64_t>(0);
    default: return std::nullopt;
  }
}

/// The UTF-16 units of a string value without the NULs that end it.
[[nodiscard]] Bytes string_units(const Value& value);
/// The characters of an ANSI string up to its NUL; each is one of Latin-1, for the code page is not
/// told.
[[nodiscard]] std::string_view ansi_text(const Value& value);
/// An unsigned number of any integer type (HexInt, SizeT and the signed ones too, as two's
/// complement); nothing for other types and sizes.
[[nodiscard]] inline std::optional<std::uint64_t> unsigned_of(const Value& value) {
  const bool integer = (value.type() >= ValueType::int8 && value.type() <= ValueType::uint64) ||
                       value.type() == ValueType::size_t_hex ||
                       value.type() == ValueType::hex_int32 ||
                       value.type() == ValueType::hex_int64 || value.type() == ValueType::handle;
  return integer && !value.is_array() ? number_of(value.data) : std::nullopt;
}
/// The same for the signed types only.
[[nodiscard]] std::optional<std::int64_t> signed_of(const Value& value);
[[nodiscard]] std::optional<double> real_of(const Value& value);
[[nodiscard]] std::optional<FileTime> time_of(const Value& value);

/// Calls for each item of an array value, as a value of the item's type; once with the value itself
/// when it is no array or its items have no known size.
void for_each_item(const Value& value, const std::function<void(const Value&)>& item);

/// Appends the canonical text: numbers decimal, HexInt "0x3e7", SID "S-1-...", GUID "{...}",
/// FILETIME RFC 3339, SYSTEMTIME the same without a zone, binary as upper-case hexadecimal, Boolean
/// "true" or "false", the items of an array divided by ", ". A value whose size does not fit its
/// type is given as hexadecimal.
void append_text(std::u16string& out, const Value& value);
/// The same on its own.
[[nodiscard]] EvidenceText text_of(const Value& value);
/// Text of UTF-16 units in memory.
[[nodiscard]] EvidenceText text_of(const std::u16string& units);

}  // namespace npg::evtx
