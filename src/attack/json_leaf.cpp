#include "attack/json_leaf.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

namespace npg::attack {
namespace {

/// A string as JSON.stringify writes it: only quote, backslash and controls are escaped.
void append_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t done = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') {
      continue;
    }
    out.append(text.substr(done, at - done));
    done = at + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    }
  }
  out.append(text.substr(done));
  out += '"';
}

/// A number as ECMAScript's Number::toString writes the double nearest to it (RFC 8785, 3.2.2.3).
void append_number(std::string& out, std::string_view source) {
  double number = 0;
  const auto parsed = std::from_chars(source.data(), source.data() + source.size(), number);
  // scan_json refuses what is too large; what is too small for a double is zero.
  if (parsed.ec != std::errc() || number == 0) {
    out += '0';
    return;
  }
  std::array<char, 40> buffer{};
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(number),
                                     std::chars_format::scientific);
  const std::string_view form(buffer.data(), static_cast<std::size_t>(written.ptr - buffer.data()));
  const std::size_t e = form.find('e');
  std::string digits(form.substr(0, 1));
  if (e > 2) {
    digits += form.substr(2, e - 2);
  }
  int exponent = 0;
  const std::string_view power = form.substr(e + (form[e + 1] == '+' ? 2 : 1));
  std::from_chars(power.data(), power.data() + power.size(), exponent);
  const int point = exponent + 1;  // digits before the decimal point
  const int count = static_cast<int>(digits.size());
  if (number < 0) {
    out += '-';
  }
  const auto zeros = [](int n) { return std::string(static_cast<std::size_t>(n), '0'); };
  if (count <= point && point <= 21) {
    out += digits + zeros(point - count);
  } else if (0 < point && point <= 21) {
    out += digits.substr(0, static_cast<std::size_t>(point)) + "." +
           digits.substr(static_cast<std::size_t>(point));
  } else if (-6 < point && point <= 0) {
    out += "0." + zeros(-point) + digits;
  } else {
    out += digits.substr(0, 1);
    if (count > 1) {
      out += "." + digits.substr(1);
    }
    out += fmt::format("e{}{}", exponent < 0 ? '-' : '+', std::abs(exponent));
  }
}

}  // namespace

void append_leaf(std::string& out, const JsonValue& value) {
  if (value.token().kind == JsonKind::string && value.token().rewritten) {
    append_string(out, value.text());
  } else if (value.token().kind == JsonKind::number) {
    append_number(out, value.source());
  } else {
    out += value.source();
  }
}

}  // namespace npg::attack
