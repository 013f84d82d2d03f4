#include "attack/json_tape.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/check.hpp"

namespace npg::attack {
namespace {

enum Class : std::uint8_t { ordinary, quote, backslash, control, high };

constexpr std::array<Class, 256> string_classes = [] {
  std::array<Class, 256> table{};
  for (std::size_t i = 0; i < 256; ++i) {
    table[i] = i < 0x20 ? control : i >= 0x80 ? high : ordinary;
  }
  table['"'] = quote;
  table['\\'] = backslash;
  return table;
}();

std::uint8_t byte_at(std::string_view text, std::size_t at) {
  return static_cast<std::uint8_t>(text[at]);
}

/// Eight bytes at once, where there are eight.
std::uint64_t word_at(std::string_view text, std::size_t at) {
  std::uint64_t word = 0;
  std::memcpy(&word, text.data() + at, sizeof(word));
  return word;
}

/// The first byte from `at` on that is not an ordinary character of a string; the text's size when
/// there is none.
std::size_t skip_ordinary(std::string_view text, std::size_t at) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t tops = 0x8080808080808080;
  // A byte's top bit comes up where the byte is a quote, a backslash, below a blank or not ASCII.
  const auto zero = [](std::uint64_t word) { return (word - ones) & ~word; };
  while (text.size() - at >= 8) {
    const std::uint64_t word = word_at(text, at);
    const std::uint64_t found =
        (zero(word ^ (ones * '"')) | zero(word ^ (ones * 0x5c)) | (word - ones * 0x20) | word) &
        tops;
    if (found != 0) {
      // A borrow may mark a later byte wrongly, never an earlier one: the first mark is right.
      return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
    }
    at += 8;
  }
  while (at < text.size() && string_classes[byte_at(text, at)] == ordinary) {
    ++at;
  }
  return at;
}

/// The length of the UTF-8 sequence at `at`; 0 when it is not one (RFC 3629).
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const std::uint8_t first = byte_at(text, at);
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || length > text.size() - at) {
    return 0;
  }
  const std::uint8_t second = byte_at(text, at + 1);
  const std::uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const std::uint8_t top = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > top) {
    return 0;
  }
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte_at(text, at + i) & 0xc0) != 0x80) {
      return 0;
    }
  }
  return length;
}

int hex_digit(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

/// The four digits of \uXXXX from `at`; -1 when they are not there.
int hex_unit(std::string_view text, std::size_t at) {
  if (text.size() < 4 || at > text.size() - 4) {
    return -1;
  }
  int unit = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const int digit = hex_digit(text[at + i]);
    if (digit < 0) {
      return -1;
    }
    unit = unit * 16 + digit;
  }
  return unit;
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xc0 | (point >> 6));
    put(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    put(0xe0 | (point >> 12));
    put(0x80 | ((point >> 6) & 0x3f));
    put(0x80 | (point & 0x3f));
  } else {
    put(0xf0 | (point >> 18));
    put(0x80 | ((point >> 12) & 0x3f));
    put(0x80 | ((point >> 6) & 0x3f));
    put(0x80 | (point & 0x3f));
  }
}

class Scanner {
 public:
  Scanner(std::string_view text, std::size_t start, std::uint64_t base, const Limits& limits,
          JsonTape& tape)
      : text_(text), start_(start), at_(start), base_(base), limits_(limits), tape_(tape) {}

  Result<std::size_t> run() {
    tape_.tokens.clear();
    tape_.plain = true;
    NPG_TRY_VOID(value());
    while (!open_.empty()) {
      NPG_TRY_VOID(step());
    }
    return at_;
  }

 private:
  struct Open {
    std::uint32_t token;
    bool has_items;
  };

  std::unexpected<Error> bad(std::size_t at, StaticText what) const {
    return fail(ErrorCode::bad_value, base_ + at, what);
  }
  std::unexpected<Error> cut(StaticText what) const {
    return fail(ErrorCode::truncated, base_ + text_.size(), what, 1, 0);
  }

  Result<std::uint32_t> add(JsonKind kind) {
    if (tape_.tokens.size() >= limits_.attack_tokens_max) {
      return fail(ErrorCode::limit_exceeded, base_ + at_, "json.tokens", tape_.tokens.size() + 1,
                  limits_.attack_tokens_max);
    }
    const auto index = static_cast<std::uint32_t>(tape_.tokens.size());
    tape_.tokens.push_back({.start = static_cast<std::uint32_t>(at_ - start_),
                            .end = 0,
                            .next = index + 1,
                            .kind = kind,
                            .escaped = false});
    return index;
  }

  Result<void> close(std::uint32_t index) {
    if (at_ - start_ > limits_.attack_object_bytes_max) {
      return fail(ErrorCode::limit_exceeded, base_ + start_, "json.value_bytes", at_ - start_,
                  limits_.attack_object_bytes_max);
    }
    tape_.tokens[index].end = static_cast<std::uint32_t>(at_ - start_);
    tape_.tokens[index].next = static_cast<std::uint32_t>(tape_.tokens.size());
    return {};
  }

  /// The next item or the end of the innermost open container.
  Result<void> step() {
    at_ = skip_space(text_, at_);
    if (at_ >= text_.size()) {
      return cut("json.container");
    }
    Open& open = open_.back();
    const bool is_object = tape_.tokens[open.token].kind == JsonKind::object;
    if (text_[at_] == (is_object ? '}' : ']')) {
      ++at_;
      const std::uint32_t index = open.token;
      open_.pop_back();
      NPG_TRY_VOID(close(index));
      return is_object ? check_keys(index) : Result<void>{};
    }
    if (open.has_items) {
      if (text_[at_] != ',') {
        return bad(at_, "json.expected_comma_or_end");
      }
      at_ = skip_space(text_, at_ + 1);
    }
    open.has_items = true;
    if (is_object) {
      if (at_ >= text_.size()) {
        return cut("json.key");
      }
      if (text_[at_] != '"') {
        return bad(at_, "json.key");
      }
      NPG_TRY_VOID(string());
      at_ = skip_space(text_, at_);
      if (at_ >= text_.size()) {
        return cut("json.colon");
      }
      if (text_[at_] != ':') {
        return bad(at_, "json.colon");
      }
      at_ = skip_space(text_, at_ + 1);
    }
    return value();
  }

  Result<void> value() {
    if (at_ >= text_.size()) {
      return cut("json.value");
    }
    switch (text_[at_]) {
      case '{': return open(JsonKind::object);
      case '[': return open(JsonKind::array);
      case '"': return string();
      case 't': return literal("true", JsonKind::boolean_true);
      case 'f': return literal("false", JsonKind::boolean_false);
      case 'n': return literal("null", JsonKind::null);
      default: return number();
    }
  }

  Result<void> open(JsonKind kind) {
    if (open_.size() >= limits_.attack_depth_max) {
      return fail(ErrorCode::limit_exceeded, base_ + at_, "json.depth", open_.size() + 1,
                  limits_.attack_depth_max);
    }
    NPG_TRY(const std::uint32_t index, add(kind));
    ++at_;
    open_.push_back({index, false});
    return {};
  }

  Result<void> literal(std::string_view word, JsonKind kind) {
    if (text_.substr(at_, word.size()) != word) {
      return bad(at_, "json.value");
    }
    NPG_TRY(const std::uint32_t index, add(kind));
    at_ += word.size();
    return close(index);
  }

  std::size_t digits(std::size_t at) const {
    while (at < text_.size() && text_[at] >= '0' && text_[at] <= '9') {
      ++at;
    }
    return at;
  }

  Result<void> number() {
    const std::size_t begin = at_;
    std::size_t at = at_ + (text_[at_] == '-' ? 1 : 0);
    const std::size_t whole = at;
    at = digits(at);
    if (at == whole) {
      return bad(begin, "json.value");
    }
    if (text_[whole] == '0' && at - whole > 1) {
      return bad(begin, "json.number.leading_zero");
    }
    if (at < text_.size() && text_[at] == '.') {
      const std::size_t fraction = digits(at + 1);
      if (fraction == at + 1) {
        return bad(at, "json.number.fraction");
      }
      at = fraction;
    }
    if (at < text_.size() && (text_[at] == 'e' || text_[at] == 'E')) {
      std::size_t exponent = at + 1;
      if (exponent < text_.size() && (text_[exponent] == '+' || text_[exponent] == '-')) {
        ++exponent;
      }
      const std::size_t end = digits(exponent);
      if (end == exponent) {
        return bad(at, "json.number.exponent");
      }
      at = end;
    }
    if (at - begin > 64) {
      return fail(ErrorCode::limit_exceeded, base_ + begin, "json.number", at - begin, 64);
    }
    NPG_TRY(const std::uint32_t index, add(JsonKind::number));
    at_ = at;
    tape_.plain = false;
    return close(index);
  }

  Result<void> string() {
    NPG_TRY(const std::uint32_t index, add(JsonKind::string));
    const std::size_t begin = at_;
    std::size_t at = at_ + 1;
    for (;;) {
      at = skip_ordinary(text_, at);
      if (at >= text_.size()) {
        return cut("json.string");
      }
      const Class found = string_classes[byte_at(text_, at)];
      if (found == quote) {
        break;
      }
      if (found == control) {
        return bad(at, "json.string.control_character");
      }
      if (found == high) {
        const std::size_t length = utf8_length(text_, at);
        if (length == 0) {
          return bad(at, "json.string.utf8");
        }
        at += length;
      } else {
        tape_.tokens[index].escaped = true;
        tape_.plain = false;
        NPG_TRY(at, escape(at));
      }
    }
    at_ = at + 1;
    if (at_ - begin - 2 > limits_.attack_string_bytes_max) {
      return fail(ErrorCode::limit_exceeded, base_ + begin, "json.string", at_ - begin - 2,
                  limits_.attack_string_bytes_max);
    }
    return close(index);
  }

  /// The position after the escape at `at`.
  Result<std::size_t> escape(std::size_t at) const {
    if (at + 1 >= text_.size()) {
      return cut("json.string.escape");
    }
    if (text_[at + 1] != 'u') {
      if (std::string_view("\"\\/bfnrt").find(text_[at + 1]) == std::string_view::npos) {
        return bad(at, "json.string.escape");
      }
      return at + 2;
    }
    const int unit = hex_unit(text_, at + 2);
    if (unit < 0) {
      return bad(at, "json.string.escape");
    }
    if (unit >= 0xdc00 && unit <= 0xdfff) {
      return bad(at, "json.string.lone_surrogate");
    }
    if (unit < 0xd800 || unit > 0xdbff) {
      return at + 6;
    }
    const int low = text_.substr(at + 6, 2) == "\\u" ? hex_unit(text_, at + 8) : -1;
    if (low < 0xdc00 || low > 0xdfff) {
      return bad(at, "json.string.lone_surrogate");
    }
    return at + 12;
  }

  std::string_view token_text(std::uint32_t index) const {
    const JsonToken& token = tape_.tokens[index];
    return text_.substr(start_ + token.start, token.end - token.start);
  }

  bool same_key(std::uint32_t left, std::uint32_t right) const {
    if (tape_.tokens[left].escaped || tape_.tokens[right].escaped) {
      return unescaped(token_text(left)) == unescaped(token_text(right));
    }
    return token_text(left) == token_text(right);
  }

  /// Refuses a key that stands twice: readers differ in which one they take.
  Result<void> check_keys(std::uint32_t object) {
    keys_.clear();
    bool escaped = false;
    const std::uint32_t end = tape_.tokens[object].next;
    for (std::uint32_t key = object + 1; key < end; key = tape_.tokens[key + 1].next) {
      keys_.push_back(key);
      escaped = escaped || tape_.tokens[key].escaped;
    }
    if (keys_.size() <= 32) {
      for (std::size_t i = 1; i < keys_.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
          if (same_key(keys_[i], keys_[j])) {
            return bad(start_ + tape_.tokens[keys_[i]].start, "json.duplicate_key");
          }
        }
      }
      return {};
    }
    std::vector<std::pair<std::string, std::uint32_t>> sorted;
    sorted.reserve(keys_.size());
    for (const std::uint32_t key : keys_) {
      sorted.emplace_back(unescaped(token_text(key)), key);
    }
    std::ranges::sort(sorted);
    const auto twice = std::ranges::adjacent_find(
        sorted, [](const auto& a, const auto& b) { return a.first == b.first; });
    if (twice != sorted.end()) {
      return bad(start_ + tape_.tokens[std::next(twice)->second].start, "json.duplicate_key");
    }
    return {};
  }

  std::string_view text_;
  std::size_t start_;
  std::size_t at_;
  std::uint64_t base_;
  const Limits& limits_;
  JsonTape& tape_;
  std::vector<Open> open_;
  std::vector<std::uint32_t> keys_;
};

}  // namespace

std::size_t skip_space(std::string_view text, std::size_t at) {
  if (at < text.size() && static_cast<unsigned char>(text[at]) > ' ') {
    return at;
  }
  if (at < text.size() && text[at] == '\n') {
    ++at;
    while (text.size() - at >= 8 && word_at(text, at) == 0x2020202020202020) {
      at += 8;
    }
  }
  while (at < text.size() &&
         (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) {
    ++at;
  }
  return at;
}

Result<std::size_t> scan_json(std::string_view text, std::size_t at, std::uint64_t base,
                              const Limits& limits, JsonTape& tape) {
  return Scanner(text, at, base, limits, tape).run();
}

std::string unescaped(std::string_view quoted) {
  NPG_CHECK(quoted.size() >= 2);
  const std::string_view inside = quoted.substr(1, quoted.size() - 2);
  std::string out;
  out.reserve(inside.size());
  for (std::size_t at = 0; at < inside.size(); ++at) {
    if (inside[at] != '\\' || at + 1 >= inside.size()) {
      const std::size_t stop = std::min(inside.find('\\', at + 1), inside.size());
      out.append(inside.substr(at, stop - at));
      at = stop - 1;
      continue;
    }
    ++at;
    switch (inside[at]) {
      case 'b': out += '\b'; break;
      case 'f': out += '\f'; break;
      case 'n': out += '\n'; break;
      case 'r': out += '\r'; break;
      case 't': out += '\t'; break;
      case 'u': {
        auto point = static_cast<std::uint32_t>(std::max(hex_unit(inside, at + 1), 0));
        at += 4;
        if (point >= 0xd800 && point <= 0xdbff) {
          const int low = hex_unit(inside, at + 3);
          point = 0x10000 + ((point - 0xd800) << 10) +
                  (static_cast<std::uint32_t>(std::max(low, 0xdc00)) - 0xdc00);
          at += 6;
        }
        append_utf8(out, point);
        break;
      }
      default: out += inside[at];
    }
  }
  return out;
}

JsonValue JsonValue::member(std::string_view name) const {
  if (!is(JsonKind::object)) {
    return {};
  }
  const std::uint32_t end = token().next;
  for (std::uint32_t key = index_ + 1; key < end; key = tape_->tokens[key + 1].next) {
    const JsonToken& each = tape_->tokens[key];
    const std::string_view quoted = text_.substr(each.start, each.end - each.start);
    if (each.escaped ? unescaped(quoted) == name : quoted.substr(1, quoted.size() - 2) == name) {
      return {text_, *tape_, key + 1};
    }
  }
  return {};
}

std::vector<JsonValue> JsonValue::items() const {
  std::vector<JsonValue> out;
  if (!is(JsonKind::object) && !is(JsonKind::array)) {
    return out;
  }
  const bool is_object = is(JsonKind::object);
  for (std::uint32_t i = index_ + 1; i < token().next; i = tape_->tokens[i].next) {
    if (is_object) {
      ++i;
    }
    out.emplace_back(text_, *tape_, i);
  }
  return out;
}

std::vector<std::pair<std::string, JsonValue>> JsonValue::members() const {
  std::vector<std::pair<std::string, JsonValue>> out;
  if (!is(JsonKind::object)) {
    return out;
  }
  for (std::uint32_t key = index_ + 1; key < token().next; key = tape_->tokens[key + 1].next) {
    out.emplace_back(JsonValue(text_, *tape_, key).text(), JsonValue(text_, *tape_, key + 1));
  }
  return out;
}

std::string JsonValue::text() const {
  if (!is(JsonKind::string)) {
    return {};
  }
  return token().escaped ? unescaped(source())
                         : std::string(source().substr(1, source().size() - 2));
}

}  // namespace npg::attack
