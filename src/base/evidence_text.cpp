#include "base/evidence_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>

#include "base/upcase_runs.hpp"

namespace npg {
namespace {

constexpr char32_t first_surrogate = 0xd800;
constexpr char32_t last_surrogate = 0xdfff;

bool is_surrogate(char32_t c) {
  return c >= first_surrogate && c <= last_surrogate;
}

void append_wtf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xc0 | (c >> 6)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | (c >> 12)));
    out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else {
    out.push_back(static_cast<char>(0xf0 | (c >> 18)));
    out.push_back(static_cast<char>(0x80 | ((c >> 12) & 0x3f)));
    out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  }
}

/// Narrows the ASCII units at the front; gives how many there were. Nearly all text of Windows is
/// ASCII, and four units at a time are four times faster than one.
std::size_t take_ascii_units(std::span<const std::byte> units, std::span<char> out) {
  constexpr std::uint64_t not_ascii = 0xff80ff80ff80ff80;
  std::size_t taken = 0;
  for (; units.size() - taken * 2 >= sizeof(std::uint64_t); taken += 4) {
    std::uint64_t four = 0;
    std::memcpy(&four, units.data() + taken * 2, sizeof(four));
    if ((four & not_ascii) != 0) {
      break;
    }
    for (std::size_t i = 0; i < 4; ++i) {
      out[taken + i] = static_cast<char>(four >> (i * 16));
    }
  }
  for (; units.size() - taken * 2 >= 2; ++taken) {
    const auto low = std::to_integer<unsigned char>(units[taken * 2]);
    if (low >= 0x80 || units[taken * 2 + 1] != std::byte{0}) {
      break;
    }
    out[taken] = static_cast<char>(low);
  }
  return taken;
}

/// Takes one code point off the front; an invalid byte b gives U+DC80 + (b - 0x80).
char32_t take_code_point(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
  bool valid = length != 0 && text.size() >= length;
  for (std::size_t i = 1; valid && i < length; ++i) {
    valid = (byte(i) & 0xc0) == 0x80;
  }
  if (valid) {
    char32_t c = length == 1 ? lead : static_cast<char32_t>(lead & (0xff >> (length + 1)));
    for (std::size_t i = 1; i < length; ++i) {
      c = (c << 6) | (byte(i) & 0x3fU);
    }
    const bool overlong =
        (length == 3 && c < 0x800) || (length == 4 && (c < 0x10000 || c > 0x10ffff));
    if (!overlong) {
      text.remove_prefix(length);
      return c;
    }
  }
  text.remove_prefix(1);
  return lead < 0x80 ? lead : 0xdc00U + lead;
}

bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}
bool is_ascii(std::string_view text) {
  unsigned char all = 0;  // Without a branch, so that many are looked at in one step.
  for (const char c : text) {
    all |= static_cast<unsigned char>(c);
  }
  return all < 0x80;
}
char ascii_upcase(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

/// Text that goes into JSON as it is: printable ASCII without what JSON or a script element reads.
constexpr std::array<bool, 256> make_plain_in_json() {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x7f; ++c) {
    plain[c] = c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
  }
  return plain;
}
constexpr std::array<bool, 256> plain_in_json = make_plain_in_json();
bool is_plain_in_json(char c) {
  return plain_in_json[static_cast<unsigned char>(c)];
}
bool is_printable_ascii(char c) {
  return c >= 0x20 && c < 0x7f;
}

/// Moves what is as it should be from the front of `text` behind `out`, in one go.
template <typename IsPlain>
void move_plain(std::string_view& text, std::string& out, IsPlain is_plain) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_plain);
  const auto length = static_cast<std::size_t>(end - text.begin());
  out.append(text, 0, length);
  text.remove_prefix(length);
}

bool is_hidden_or_control(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x61c || c == 0x180e ||
         (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
         is_surrogate(c) || (c >= 0xe0000 && c <= 0xe0fff) || (c & 0xfffe) == 0xfffe ||
         (c >= 0xfdd0 && c <= 0xfdef) || (c >= 0xfe00 && c <= 0xfe0f);
}

}  // namespace

EvidenceText EvidenceText::from_utf16(std::span<const std::byte> units) {
  std::string out(units.size() / 2, '\0');
  out.resize(take_ascii_units(units, out));
  bool well_formed = units.size() % 2 == 0;
  const auto unit = [&](std::size_t i) {
    return static_cast<char32_t>(std::to_integer<unsigned>(units[i]) |
                                 (std::to_integer<unsigned>(units[i + 1]) << 8));
  };
  std::size_t i = out.size() * 2;
  while (i + 1 < units.size()) {
    char32_t c = unit(i);
    i += 2;
    if (c < 0x80) {
      out.push_back(static_cast<char>(c));
      continue;
    }
    if (c >= 0xd800 && c <= 0xdbff && i + 1 < units.size()) {
      const char32_t low = unit(i);
      if (low >= 0xdc00 && low <= 0xdfff) {
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        i += 2;
      }
    }
    well_formed = well_formed && !is_surrogate(c);
    append_wtf8(out, c);
  }
  return {std::move(out), well_formed};
}

EvidenceText EvidenceText::from_latin1(std::span<const std::byte> characters) {
  std::string out;
  out.reserve(characters.size());
  for (const std::byte b : characters) {
    append_wtf8(out, std::to_integer<unsigned>(b));
  }
  return {std::move(out), true};
}

EvidenceText EvidenceText::from_utf8(std::string_view text) {
  if (is_ascii(text)) {
    return {std::string(text), true};
  }
  std::string out;
  out.reserve(text.size());
  bool well_formed = true;
  while (!text.empty()) {
    const char32_t c = take_code_point(text);
    well_formed = well_formed && !is_surrogate(c);
    append_wtf8(out, c);
  }
  return {std::move(out), well_formed};
}

EvidenceText EvidenceText::from_literal(std::string_view text) {
  return {std::string(text), true};
}

std::u16string EvidenceText::to_utf16() const {
  std::u16string out;
  std::string_view rest = wtf8_;
  while (!rest.empty()) {
    const char32_t c = take_code_point(rest);
    if (c < 0x10000) {
      out.push_back(static_cast<char16_t>(c));
    } else {
      out.push_back(static_cast<char16_t>(0xd800 + ((c - 0x10000) >> 10)));
      out.push_back(static_cast<char16_t>(0xdc00 + ((c - 0x10000) & 0x3ff)));
    }
  }
  return out;
}

EvidenceText EvidenceText::before_nul() const {
  return {wtf8_.substr(0, wtf8_.find('\0')), well_formed_};
}

std::string escape_for_terminal(const EvidenceText& text) {
  std::string out;
  std::string_view rest = text.raw();
  while (move_plain(rest, out, is_printable_ascii), !rest.empty()) {
    const char32_t c = take_code_point(rest);
    if (!is_hidden_or_control(c)) {
      append_wtf8(out, c);
    } else if (c <= 0xff) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<std::uint32_t>(c));
    } else {
      fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}", static_cast<std::uint32_t>(c));
    }
  }
  return out;
}

std::string shown(std::string_view utf8) {
  return escape_for_terminal(EvidenceText::from_utf8(utf8));
}

std::string escape_for_json(std::string_view wtf8) {
  std::string out;
  append_escaped_for_json(out, wtf8);
  return out;
}

void append_escaped_for_json(std::string& out, std::string_view wtf8) {
  while (move_plain(wtf8, out, is_plain_in_json), !wtf8.empty()) {
    const char32_t c = take_code_point(wtf8);
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: {
        const bool escaped = c < 0x20 || c == '<' || c == '>' || c == '&' ||
                             (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029 ||
                             is_surrogate(c);
        if (escaped) {
          out += "\\u";
          for (const unsigned shift : {12U, 8U, 4U, 0U}) {
            out += "0123456789abcdef"[(c >> shift) & 0xfU];
          }
        } else {
          append_wtf8(out, c);
        }
      }
    }
  }
}

std::string escape_for_csv(const EvidenceText& text) {
  const std::string safe = escape_for_terminal(text);
  const auto first = safe.find_first_not_of(' ');
  // Full-width = + - @ (U+FF1D FF0B FF0D FF20) are taken for formulas by some spreadsheets.
  constexpr std::string_view wide_starts[] = {"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
                                              "\xef\xbc\xa0"};
  bool formula = first != std::string::npos &&
                 std::string_view("=+-@").find(safe[first]) != std::string_view::npos;
  for (const std::string_view wide : wide_starts) {
    formula = formula || (first != std::string::npos &&
                          std::string_view(safe).substr(first).starts_with(wide));
  }
  std::string out = formula ? "'" + safe : safe;
  if (out.find_first_of("\",;\n\r") == std::string::npos && out.find_first_of(' ') != 0) {
    return out;
  }
  std::string quoted = "\"";
  for (const char c : out) {
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  }
  return quoted + "\"";
}

std::string escape_for_html(const EvidenceText& text) {
  std::string out;
  for (const char c : escape_for_terminal(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

char16_t windows_upcase(char16_t unit) {
  if (unit < 0x80) {
    return unit >= 'a' && unit <= 'z' ? static_cast<char16_t>(unit - 32) : unit;
  }
  const auto& runs = detail::upcase_runs;
  const auto run = std::ranges::lower_bound(runs, unit, {}, &detail::UpcaseRun::last);
  const bool changes =
      run != runs.end() && unit >= run->first && (unit - run->first) % run->step == 0;
  return changes ? static_cast<char16_t>(unit + run->add) : unit;
}

std::string name_key(std::string_view name) {
  if (is_ascii(name)) {
    std::string out(name);
    std::ranges::transform(out, out.begin(), ascii_upcase);
    return out;
  }
  std::string out;
  out.reserve(name.size());
  while (!name.empty()) {
    const char32_t c = take_code_point(name);
    append_wtf8(out, c < 0x10000 ? windows_upcase(static_cast<char16_t>(c)) : c);
  }
  return out;
}

bool equal_names(std::string_view left, std::string_view right) {
  if (left == right) {
    return true;
  }
  // Nearly every name is ASCII, and no other character's upper case is: the first difference
  // decides.
  const std::size_t both = std::min(left.size(), right.size());
  for (std::size_t i = 0; i < both; ++i) {
    if (!is_ascii(left[i]) || !is_ascii(right[i])) {
      return name_key(left.substr(i)) == name_key(right.substr(i));
    }
    if (ascii_upcase(left[i]) != ascii_upcase(right[i])) {
      return false;
    }
  }
  return left.size() == right.size();
}

bool contains_name(std::string_view text, std::string_view part) {
  if (!is_ascii(text) || !is_ascii(part)) {
    return name_key(text).find(name_key(part)) != std::string::npos;
  }
  return std::search(text.begin(), text.end(), part.begin(), part.end(),
                     [](char a, char b) { return ascii_upcase(a) == ascii_upcase(b); }) !=
             text.end() ||
         part.empty();
}

}  // namespace npg
