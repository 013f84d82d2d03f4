#include "source/event_json/json_value.hpp"

#include <array>
#include <charconv>

#include "base/check.hpp"

namespace npg {
namespace {

constexpr std::size_t depth_limit = 256;  ///< Limit: depth_max is smaller.

std::optional<std::uint32_t> four_digits(std::string_view text) {
  std::uint32_t unit = 0;
  const std::string_view digits = text.substr(0, 4);
  const auto [end, status] = std::from_chars(digits.begin(), digits.end(), unit, 16);
  const bool is_whole = digits.size() == 4 && status == std::errc{} && end == digits.end();
  return is_whole ? std::optional(unit) : std::nullopt;
}

void append_utf8(std::uint32_t point, std::string& out) {
  const auto byte = [&](std::uint32_t value) { out.push_back(static_cast<char>(value)); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xc0U | point >> 6U);
    byte(0x80U | (point & 0x3fU));
  } else if (point < 0x10000) {
    byte(0xe0U | point >> 12U);
    byte(0x80U | (point >> 6U & 0x3fU));
    byte(0x80U | (point & 0x3fU));
  } else {
    byte(0xf0U | point >> 18U);
    byte(0x80U | (point >> 12U & 0x3fU));
    byte(0x80U | (point >> 6U & 0x3fU));
    byte(0x80U | (point & 0x3fU));
  }
}

std::optional<char> short_escape(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/': return c;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return std::nullopt;
  }
}

/// Text that holds lone surrogates: put together as UTF-16, which can hold them.
class Utf16Builder {
 public:
  void add(std::string_view utf8) {
    const std::u16string units = EvidenceText::from_utf8(utf8).to_utf16();
    units_ += units;
  }
  void add(std::uint32_t unit) { units_.push_back(static_cast<char16_t>(unit)); }
  [[nodiscard]] EvidenceText text() const {
    return EvidenceText::from_utf16(std::as_bytes(std::span(units_)));
  }

 private:
  std::u16string units_;
};

bool is_high(std::uint32_t unit) {
  return unit >= 0xd800 && unit < 0xdc00;
}
bool is_low(std::uint32_t unit) {
  return unit >= 0xdc00 && unit < 0xe000;
}

/// Resolves escapes into UTF-8; false at a surrogate without its other half.
bool unescape_into(std::string_view inside, std::string& out) {
  while (!inside.empty()) {
    const std::size_t slash = std::min(inside.find('\\'), inside.size());
    out.append(inside.substr(0, slash));
    inside.remove_prefix(slash);
    if (inside.size() < 2) {
      out.append(inside);
      return true;
    }
    if (const auto plain = short_escape(inside[1])) {
      out.push_back(*plain);
      inside.remove_prefix(2);
      continue;
    }
    const auto unit = inside[1] == 'u' ? four_digits(inside.substr(2)) : std::nullopt;
    if (!unit) {
      out.append(inside.substr(0, 2));
      inside.remove_prefix(2);
      continue;
    }
    inside.remove_prefix(6);
    std::uint32_t point = *unit;
    if (is_high(*unit) && inside.starts_with("\\u")) {
      if (const auto low = four_digits(inside.substr(2)); low && is_low(*low)) {
        point = 0x10000 + ((*unit - 0xd800) << 10U) + (*low - 0xdc00);
        inside.remove_prefix(6);
      }
    }
    if (is_high(point) || is_low(point)) {
      return false;
    }
    append_utf8(point, out);
  }
  return true;
}

EvidenceText unescape_units(std::string_view inside) {
  Utf16Builder out;
  while (!inside.empty()) {
    const std::size_t slash = std::min(inside.find('\\'), inside.size());
    out.add(inside.substr(0, slash));
    inside.remove_prefix(slash);
    if (inside.size() < 2) {
      out.add(inside);
      break;
    }
    const auto unit = inside[1] == 'u' ? four_digits(inside.substr(2)) : std::nullopt;
    if (unit) {
      out.add(*unit);
      inside.remove_prefix(6);
    } else if (const auto plain = short_escape(inside[1])) {
      out.add(static_cast<std::uint32_t>(static_cast<unsigned char>(*plain)));
      inside.remove_prefix(2);
    } else {
      out.add(inside.substr(0, 2));
      inside.remove_prefix(2);
    }
  }
  return out.text();
}

}  // namespace

void JsonText::open(std::string_view text) {
  text_ = text;
  index_.scan(text);
  marks_ = index_.marks();
  if (links_.size() < marks_.size()) {
    links_.resize(marks_.size());
  }
}

Frame JsonText::frame(std::uint32_t mark, std::uint32_t depth_max) {
  NPG_CHECK(depth_max <= depth_limit);
  std::array<std::uint32_t, depth_limit> open;  // NOLINT(*-member-init): filled as it grows
  std::uint32_t depth = 0;
  bool in_object = false;  // The bracket that was opened last and is open.
  const auto count = static_cast<std::uint32_t>(marks_.size());
  // Every index is held against `count` first, and each byte of a stream comes by here.
  const auto symbol_at = [marks = marks_.data(), text = text_.data()](std::uint32_t at) {
    return text[marks[at]];  // NOLINT(*-pro-bounds-pointer-arithmetic)
  };
  const auto close = [&](std::uint32_t at) {
    links_[open[--depth]] = at;
    in_object = depth > 0 && symbol_at(open[depth - 1]) == '{';
  };
  for (std::uint32_t i = mark; i < count; ++i) {
    // At a value, or at what stands first behind an opening bracket.
    const char c = symbol_at(i);
    const bool opens = c == '{' || c == '[';
    if (opens) {
      if (depth >= depth_max) {
        return {.end = Frame::End::too_deep, .mark = i};
      }
      open[depth++] = i;
      in_object = c == '{';
      if (i + 1 == count) {
        break;
      }
      if (symbol_at(i + 1) == (in_object ? '}' : ']')) {
        close(++i);
      } else if (!in_object) {
        continue;
      }
    } else if (c == '}' || c == ']' || c == ',' || c == ':' || c == '\n') {
      return {.end = Frame::End::broken, .mark = i};
    }
    if (!opens || symbol_at(i) == '}' || symbol_at(i) == ']') {
      // Behind a value: brackets that close, until a comma.
      for (;; close(i)) {
        if (depth == 0) {
          return {.end = Frame::End::whole, .mark = i};
        }
        if (++i == count) {
          return {.end = Frame::End::cut, .mark = count};
        }
        if (symbol_at(i) == ',') {
          break;
        }
        if (symbol_at(i) != (in_object ? '}' : ']')) {
          return {.end = Frame::End::broken, .mark = i};
        }
      }
    }
    if (in_object) {
      // A key and its colon.
      for (const char wanted : {'"', ':'}) {
        ++i;
        if (i < count && symbol_at(i) != wanted) {
          return {.end = Frame::End::broken, .mark = i};
        }
      }
    }
  }
  return {.end = Frame::End::cut, .mark = count};
}

std::string_view Json::source() const {
  if (!exists()) {
    return {};
  }
  const std::uint32_t start = text_->at(mark_);
  if (is_object() || is_array()) {
    return text_->text().substr(start, text_->at(text_->closing(mark_)) + 1 - start);
  }
  const std::uint64_t quotes = is_string() ? 2 : 0;
  return text_->text().substr(start, raw().size() + quotes);
}

EvidenceText Json::text() const {
  if (is_string()) {
    return unescape_json(raw());
  }
  const std::string_view word = raw();
  return word == "null" ? EvidenceText() : EvidenceText::from_utf8(word);
}

std::string Json::plain_text() const {
  return std::string(text().raw());
}

std::optional<std::uint64_t> Json::number() const {
  std::string_view digits = raw();
  const bool hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
  digits.remove_prefix(hexadecimal ? 2 : 0);
  std::uint64_t value = 0;
  const auto [end, status] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, hexadecimal ? 16 : 10);
  const bool whole =
      !digits.empty() && status == std::errc{} && end == digits.data() + digits.size();
  return whole ? std::optional(value) : std::nullopt;
}

Json Json::member(std::string_view name) const {
  if (!is_object()) {
    return {};
  }
  for (std::uint32_t at = mark_ + 1, end = text_->closing(mark_); at < end;) {
    const Json value(*text_, at + 2);
    if (text_->key(at) == name) {
      return value;
    }
    at = value.after() + 1;
  }
  return {};
}

Json Json::first() const {
  if (!is_array()) {
    return *this;
  }
  return mark_ + 1 < text_->closing(mark_) ? Json(*text_, mark_ + 1) : Json();
}

EvidenceText unescape_json(std::string_view inside) {
  if (inside.find('\\') == std::string_view::npos) {
    return EvidenceText::from_utf8(inside);
  }
  std::string out;
  out.reserve(inside.size());
  return unescape_into(inside, out) ? EvidenceText::from_utf8(out) : unescape_units(inside);
}

std::optional<Json> JsonCopy::open(std::string text, std::uint32_t depth_max) {
  text_ = std::move(text);
  indexed_.open(text_);
  if (indexed_.mark_count() == 0) {
    return std::nullopt;
  }
  const Frame frame = indexed_.frame(0, depth_max);
  if (frame.end != Frame::End::whole || frame.mark + 1 != indexed_.mark_count()) {
    return std::nullopt;
  }
  return Json(indexed_, 0);
}

}  // namespace npg
