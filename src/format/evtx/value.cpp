#include "format/evtx/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>

#include "base/byte_search.hpp"
#include "base/identifiers.hpp"

namespace npg::evtx {
namespace {

/// The size of one item of the type; 0 when it varies.
std::size_t fixed_size(ValueType type) {
  switch (type) {
    case ValueType::int8:
    case ValueType::uint8: return 1;
    case ValueType::int16:
    case ValueType::uint16: return 2;
    case ValueType::int32:
    case ValueType::uint32:
    case ValueType::real32:
    case ValueType::boolean:
    case ValueType::hex_int32: return 4;
    case ValueType::int64:
    case ValueType::uint64:
    case ValueType::real64:
    case ValueType::file_time:
    case ValueType::hex_int64: return 8;
    case ValueType::guid:
    case ValueType::system_time: return 16;
    default: return 0;
  }
}

void widen(std::u16string& out, std::string_view latin1) {
  const std::size_t before = out.size();
  out.resize(before + latin1.size());
  std::ranges::transform(latin1, out.begin() + static_cast<std::ptrdiff_t>(before), [](char c) {
    return static_cast<char16_t>(static_cast<unsigned char>(c));
  });
}

void append_units(std::u16string& out, Bytes units) {
  const std::size_t before = out.size();
  const std::size_t count = units.size() / 2;
  out.resize(before + count);
  if (count != 0) {
    std::memcpy(&out[before], units.data().data(), count * 2);
  }
}

std::string upper_hex(Bytes data) {
  std::string out = to_hex(data.data());
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c;
  });
  return out;
}

/// SYSTEMTIME has no zone, so none is shown.
std::string system_time_text(Bytes data) {
  const auto part = [&](std::size_t index) { return data.at<std::uint16_t>(index * 2); };
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}", part(0), part(1), part(3),
                     part(4), part(5), part(6), part(7));
}

std::optional<std::string> number_text(const Value& value) {
  if (const auto number = signed_of(value)) {
    return fmt::format("{}", *number);
  }
  const auto number = unsigned_of(value);
  if (!number) {
    return std::nullopt;
  }
  const bool hexadecimal = value.type() == ValueType::hex_int32 ||
                           value.type() == ValueType::hex_int64 ||
                           value.type() == ValueType::size_t_hex;
  std::array<char, 24> digits{'0', 'x'};
  char* const first = digits.data() + (hexadecimal ? 2 : 0);
  const auto end =
      std::to_chars(first, digits.data() + digits.size(), *number, hexadecimal ? 16 : 10);
  return std::string(digits.data(), end.ptr);
}

std::optional<std::string> identifier_text(const Value& value) {
  if (value.type() == ValueType::guid && value.data.size() == 16) {
    const auto text = guid_text(value.data);
    return text ? std::optional(*text) : std::nullopt;
  }
  if (value.type() == ValueType::sid) {
    auto sid = sid_text(value.data);
    return sid ? std::optional(std::move(sid->text)) : std::nullopt;
  }
  return std::nullopt;
}

/// The text of one value that is neither string nor array; nothing when its size does not fit.
std::optional<std::string> scalar_text(const Value& value) {
  switch (value.type()) {
    case ValueType::null: return std::string();
    case ValueType::boolean:
      if (const auto number = number_of(value.data)) {
        return *number != 0 ? "true" : "false";
      }
      return std::nullopt;
    case ValueType::real32:
    case ValueType::real64:
      if (const auto real = real_of(value)) {
        return value.type() == ValueType::real32 ? fmt::format("{}", static_cast<float>(*real))
                                                 : fmt::format("{}", *real);
      }
      return std::nullopt;
    case ValueType::file_time:
      if (const auto time = time_of(value)) {
        return to_rfc3339(*time);
      }
      return std::nullopt;
    case ValueType::system_time:
      return value.data.size() == 16 ? std::optional(system_time_text(value.data)) : std::nullopt;
    case ValueType::guid:
    case ValueType::sid: return identifier_text(value);
    default: return number_text(value);
  }
}

void for_each_string(const Value& value, const std::function<void(const Value&)>& item) {
  const std::size_t unit = value.type() == ValueType::string ? 2 : 1;
  const auto is_nul = [&](std::uint64_t at) {
    return unit == 2 ? value.data.at<std::uint16_t>(at) == 0 : value.data.at<std::uint8_t>(at) == 0;
  };
  const std::uint8_t item_type = static_cast<std::uint8_t>(value.type());
  std::uint64_t start = 0;
  for (std::uint64_t at = 0; at + unit <= value.data.size(); at += unit) {
    if (is_nul(at)) {
      item({item_type, value.data.clamp(start, at - start)});
      start = at + unit;
    }
  }
  if (start < value.data.size()) {
    item({item_type, value.data.from(start)});
  }
}

void for_each_sid(const Value& value, const std::function<void(const Value&)>& item) {
  std::uint64_t at = 0;
  while (at < value.data.size()) {
    const Bytes rest = value.data.from(at);
    const auto sid = sid_text(rest);
    const std::uint64_t size = sid ? sid->size : rest.size();
    item({static_cast<std::uint8_t>(ValueType::sid), rest.clamp(0, size)});
    at += size;
  }
}

}  // namespace

Bytes string_units(const Value& value) {
  std::uint64_t size = value.data.size();
  while (size >= 2 && value.data.at<std::uint16_t>(size - 2) == 0) {
    size -= 2;
  }
  return value.data.clamp(0, size);
}

std::string_view ansi_text(const Value& value) {
  const std::string_view text = chars_of(value.data.data());
  return text.substr(0, text.find('\0'));
}

std::optional<std::int64_t> signed_of(const Value& value) {
  const auto number = unsigned_of(value);
  if (!number) {
    return std::nullopt;
  }
  switch (value.type()) {
    case ValueType::int8:
    case ValueType::int16:
    case ValueType::int32:
    case ValueType::int64: break;
    default: return std::nullopt;
  }
  const std::size_t shift = 64 - value.data.size() * 8;
  return static_cast<std::int64_t>(*number << shift) >> shift;
}

std::optional<double> real_of(const Value& value) {
  if (value.is_array()) {
    return std::nullopt;
  }
  if (value.type() == ValueType::real32 && value.data.size() == 4) {
    return static_cast<double>(std::bit_cast<float>(value.data.at<std::uint32_t>(0)));
  }
  if (value.type() == ValueType::real64 && value.data.size() == 8) {
    return std::bit_cast<double>(value.data.at<std::uint64_t>(0));
  }
  return std::nullopt;
}

std::optional<FileTime> time_of(const Value& value) {
  if (value.is_array() || value.type() != ValueType::file_time || value.data.size() != 8) {
    return std::nullopt;
  }
  return FileTime{value.data.at<std::uint64_t>(0)};
}

void for_each_item(const Value& value, const std::function<void(const Value&)>& item) {
  const std::size_t size = fixed_size(value.type());
  if (!value.is_array()) {
    item(value);
  } else if (value.type() == ValueType::string || value.type() == ValueType::ansi_string) {
    for_each_string(value, item);
  } else if (value.type() == ValueType::sid) {
    for_each_sid(value, item);
  } else if (size == 0) {
    item({static_cast<std::uint8_t>(ValueType::binary), value.data});
  } else {
    for (std::uint64_t at = 0; at < value.data.size(); at += size) {
      item({static_cast<std::uint8_t>(value.type()), value.data.clamp(at, size)});
    }
  }
}

void append_text(std::u16string& out, const Value& value) {
  if (value.is_array()) {
    bool first = true;
    for_each_item(value, [&](const Value& item) {
      out += first ? u"" : u", ";
      first = false;
      append_text(out, item);
    });
    return;
  }
  switch (value.type()) {
    case ValueType::string:
    case ValueType::xml_text: append_units(out, string_units(value)); return;
    case ValueType::ansi_string: widen(out, ansi_text(value)); return;
    default: {
      const auto text = scalar_text(value);
      widen(out, text ? *text : upper_hex(value.data));
    }
  }
}

EvidenceText text_of(const Value& value) {
  if (value.is_text()) {
    return EvidenceText::from_utf16(string_units(value).data());
  }
  const bool is_scalar = !value.is_array() && value.type() != ValueType::ansi_string &&
                         value.type() != ValueType::xml_text && value.type() != ValueType::string;
  if (is_scalar) {
    const auto text = scalar_text(value);
    return EvidenceText::from_literal(text ? *text : upper_hex(value.data));
  }
  std::u16string units;
  append_text(units, value);
  return text_of(units);
}

EvidenceText text_of(const std::u16string& units) {
  return EvidenceText::from_utf16(std::as_bytes(std::span(units)));
}

}  // namespace npg::evtx
