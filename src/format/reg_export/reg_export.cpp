#include "format/reg_export/reg_export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "format/reg_export/reg_lines.hpp"

namespace npg {
namespace {

constexpr std::string_view header5 = "Windows Registry Editor Version 5.00";
constexpr std::string_view header4 = "REGEDIT4";
constexpr std::uint32_t type_sz = 1;
constexpr std::uint32_t type_expand_sz = 2;
constexpr std::uint32_t type_binary = 3;
constexpr std::uint32_t type_dword = 4;
constexpr std::uint32_t type_multi_sz = 7;

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_space(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

std::uint32_t version_of(std::string_view line) {
  line = trimmed(line);
  return equal_names(line, header5) ? 5 : equal_names(line, header4) ? 4 : 0;
}

std::vector<std::byte> utf16_with_nul(std::string_view wtf8) {
  std::vector<std::byte> data;
  for (const char16_t unit : EvidenceText::from_utf8(wtf8).to_utf16()) {
    data.push_back(static_cast<std::byte>(unit & 0xffU));
    data.push_back(static_cast<std::byte>(unit >> 8U));
  }
  data.resize(data.size() + 2);
  return data;
}

/// The text between quotes with its escapes undone, and what follows the closing quote; nothing
/// when there is none.
struct Quoted {
  std::string text;
  std::string_view rest;
};
std::optional<Quoted> take_quoted(std::string_view text) {
  Quoted out;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      out.rest = text.substr(i + 1);
      return out;
    }
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '\\' || text[i + 1] == '"')) {
      ++i;
    }
    out.text.push_back(text[i]);
  }
  return std::nullopt;
}

int hex_digit(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

/// Pairs of digits divided by commas; false where anything else stands.
bool append_hex(std::string_view text, std::vector<std::byte>& data) {
  text = trimmed(text);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    const std::string_view pair = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) {
      continue;  // A comma at the end of a line.
    }
    if (pair.size() > 2 || hex_digit(pair.front()) < 0 || hex_digit(pair.back()) < 0) {
      return false;
    }
    const int number =
        pair.size() == 1 ? hex_digit(pair[0]) : hex_digit(pair[0]) * 16 + hex_digit(pair[1]);
    data.push_back(static_cast<std::byte>(number));
  }
  return true;
}

class Reader {
 public:
  Reader(Bytes bytes, const Limits& limits, Diagnostics& diagnostics)
      : limits_(limits), diagnostics_(diagnostics), lines_(bytes), bytes_(bytes.size()) {}

  Result<RegExport> run() {
    out_.is_utf16 = lines_.is_utf16();
    auto line = next();
    while (line && trimmed(line->text).empty()) {
      line = next();
    }
    out_.version = line ? version_of(line->text) : 0;
    if (out_.version == 0) {
      return fail(ErrorCode::not_this_format, 0, "reg_export.header");
    }
    while ((line = next())) {
      if (!take(*line)) {
        break;
      }
    }
    return std::move(out_);
  }

 private:
  // Limit: a value's data as text, three characters a byte and its line ends.
  std::optional<RegLine> next() { return lines_.next(limits_.value_bytes_max); }

  void damaged(const RegLine& line, std::string_view why) {
    diagnostics_.add(DiagnosticCode::export_line_damaged, Severity::data_loss, line.offset,
                     line.length, fmt::format("a line of the export {}; it is left out", why));
    mark_lost();
  }
  void mark_lost() {
    if (in_key_) {
      out_.keys.back().has_lost_lines = true;
    }
  }

  /// A string's data end with a NUL and a number has eight digits: what has not, and ends with the
  /// file, was cut.
  void examine_end(const RegLine& line, std::string_view text, const ExportedValue& value) {
    if (line.offset + line.length < bytes_ || value.is_deletion) {
      return;
    }
    const bool is_string =
        value.type == type_sz || value.type == type_expand_sz || value.type == type_multi_sz;
    const bool lacks_nul = is_string && !value.data.empty() &&
                           (value.data.size() % 2 != 0 || value.data.back() != std::byte{0} ||
                            value.data[value.data.size() - 2] != std::byte{0});
    const auto digits = text.substr(text.rfind(':') + 1);
    if (lacks_nul || (value.type == type_dword && digits.size() < 8)) {
      diagnostics_.add(DiagnosticCode::export_line_damaged, Severity::data_loss, line.offset,
                       line.length, "the export ends within this value, which was cut");
      mark_lost();
    }
  }

  /// False when no more is taken.
  bool take(const RegLine& line) {
    const std::string_view text = trimmed(line.text);
    if (text.empty() || text.front() == ';') {
      return true;
    }
    if (text.front() == '[') {
      return take_key(line, text);
    }
    if (text.front() == '"' || text.front() == '@') {
      take_value(line, text);
      return true;
    }
    damaged(line, "is no key, value or comment");
    return true;
  }

  bool take_key(const RegLine& line, std::string_view text) {
    in_key_ = false;
    // A key's name may hold brackets; the last one closes.
    const std::size_t close = text.rfind(']');
    if (close == std::string_view::npos || close < 2) {
      damaged(line, "begins a key's name and does not end it");
      return true;
    }
    if (out_.keys.size() >= limits_.hive_keys_max) {
      diagnostics_.add(DiagnosticCode::limit_hit, Severity::data_loss, line.offset, 0,
                       "the export has more keys than allowed; the rest is left out");
      return false;
    }
    std::string_view path = text.substr(1, close - 1);
    ExportedKey key{.offset = line.offset, .length = line.length};
    key.is_deletion = path.starts_with('-');
    path.remove_prefix(key.is_deletion ? 1 : 0);
    key.path = EvidenceText::from_utf8(path);
    out_.keys.push_back(std::move(key));
    in_key_ = true;
    return true;
  }

  void take_value(const RegLine& first, std::string_view text) {
    RegLine line = first;
    std::string whole(text);
    ExportedValue value{.offset = line.offset};
    std::string_view rest;
    if (whole.front() == '@') {
      rest = std::string_view(whole).substr(1);
    } else {
      const auto name = closed(whole, 0, line);
      if (!name) {
        damaged(line, "begins a value's name and does not end it");
        return;
      }
      value.name = EvidenceText::from_utf8(name->text);
      rest = name->rest;
    }
    rest = trimmed(rest);
    if (!rest.starts_with('=')) {
      damaged(line, "names a value and gives no data");
      return;
    }
    const std::string data(trimmed(rest.substr(1)));
    if (!take_data(data, line, value)) {
      damaged(line, "gives data in no known form");
      return;
    }
    value.length = line.offset + line.length - value.offset;
    examine_end(line, data, value);
    if (!in_key_) {
      damaged(line, "is a value outside of any key");
    } else if (out_.keys.back().values.size() >= limits_.values_per_key_max) {
      damaged(line, "is one value more than a key may have");
    } else {
      out_.keys.back().values.push_back(std::move(value));
    }
  }

  /// Text in quotes that may go on over further lines. `text` begins with the quote and grows.
  std::optional<Quoted> closed(std::string& text, std::size_t at, RegLine& line) {
    // Limit: strings of many lines are rare; looking again at each line's end must not cost more
    // than the file is long.
    constexpr std::size_t lines_max = 4096;
    std::uint64_t looked = 0;
    for (std::size_t lines = 0; lines < lines_max && looked <= 4 * bytes_; ++lines) {
      if (auto quoted = take_quoted(std::string_view(text).substr(at))) {
        return quoted;
      }
      looked += text.size();
      const auto more = text.size() < limits_.value_bytes_max ? next() : std::nullopt;
      if (!more) {
        return std::nullopt;
      }
      line.length = more->offset + more->length - line.offset;
      text += "\r\n" + more->text;
    }
    return std::nullopt;
  }

  bool take_data(const std::string& data, RegLine& line, ExportedValue& value) {
    if (data.starts_with('"')) {
      std::string text = data;
      const auto quoted = closed(text, 0, line);
      value.type = type_sz;
      value.data = quoted ? utf16_with_nul(quoted->text) : std::vector<std::byte>();
      const std::string_view rest = quoted ? trimmed(quoted->rest) : std::string_view();
      return quoted && (rest.empty() || rest.starts_with(';'));
    }
    if (data == "-") {
      value.is_deletion = true;
      return true;
    }
    const std::size_t colon = data.find(':');
    if (colon == std::string::npos) {
      return false;
    }
    const std::string_view form = std::string_view(data).substr(0, colon);
    const std::string_view body = std::string_view(data).substr(colon + 1);
    if (equal_names(form, "dword")) {
      return take_dword(body, value);
    }
    const auto type = type_of(form);
    if (!type) {
      return false;
    }
    value.type = *type;
    return take_hex(body, line, value);
  }

  static bool take_dword(std::string_view body, ExportedValue& value) {
    body = trimmed(body.substr(0, body.find(';')));
    std::uint32_t number = 0;
    const auto [end, status] = std::from_chars(body.data(), body.data() + body.size(), number, 16);
    value.type = type_dword;
    for (unsigned shift = 0; shift < 32; shift += 8) {
      value.data.push_back(static_cast<std::byte>((number >> shift) & 0xffU));
    }
    return !body.empty() && body.size() <= 8 && status == std::errc{} &&
           end == body.data() + body.size();
  }

  /// "hex" is REG_BINARY, "hex(N)" the type N.
  static std::optional<std::uint32_t> type_of(std::string_view form) {
    if (equal_names(form, "hex")) {
      return type_binary;
    }
    if (form.size() < 6 || !equal_names(form.substr(0, 4), "hex(") || form.back() != ')') {
      return std::nullopt;
    }
    const std::string_view digits = form.substr(4, form.size() - 5);
    std::uint32_t number = 0;
    const auto [end, status] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
    const bool whole = status == std::errc{} && end == digits.data() + digits.size();
    return whole ? std::optional(number) : std::nullopt;
  }

  bool take_hex(std::string_view first, RegLine& line, ExportedValue& value) {
    std::string body(first);
    while (true) {
      std::string_view text = std::string_view(body).substr(0, body.find(';'));
      text = trimmed(text);
      const bool goes_on = text.ends_with('\\');
      text.remove_suffix(goes_on ? 1 : 0);
      if (!append_hex(text, value.data)) {
        return false;
      }
      if (!goes_on) {
        break;
      }
      auto more = value.data.size() < limits_.value_bytes_max ? next() : std::nullopt;
      if (!more) {
        return false;
      }
      line.length = more->offset + more->length - line.offset;
      body = std::move(more->text);
    }
    // REGEDIT4 writes strings in the code page of the machine that exported, one byte a character.
    const bool is_text =
        value.type == type_sz || value.type == type_expand_sz || value.type == type_multi_sz;
    if (out_.version == 4 && is_text) {
      std::vector<std::byte> wide;
      wide.reserve(value.data.size() * 2);
      for (const std::byte narrow : value.data) {
        wide.push_back(narrow);
        wide.push_back(std::byte{0});
      }
      value.data = std::move(wide);
    }
    return true;
  }

  const Limits& limits_;
  Diagnostics& diagnostics_;
  RegLines lines_;
  std::uint64_t bytes_;
  RegExport out_;
  bool in_key_ = false;
};

}  // namespace

bool looks_like_reg_export(Bytes first_bytes) {
  RegLines lines(first_bytes);
  // Limit: a few blank lines in front are taken.
  for (int i = 0; i < 4; ++i) {
    const auto line = lines.next(512);
    if (!line) {
      return false;
    }
    if (!trimmed(line->text).empty()) {
      return version_of(line->text) != 0;
    }
  }
  return false;
}

Result<RegExport> read_reg_export(Bytes bytes, const Limits& limits, Diagnostics& diagnostics) {
  return Reader(bytes, limits, diagnostics).run();
}

}  // namespace npg
