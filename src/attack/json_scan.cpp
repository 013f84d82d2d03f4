#include "attack/json_scan.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "attack/json_text.hpp"

namespace npg::attack {
namespace {

/// Every step answers whether it went well; the error waits in `error_`. A bundle has millions of
/// steps, and an Error handed up through each of them costs more than the reading.
class Scanner {
 public:
  Scanner(std::string_view text, std::size_t start, std::uint64_t base, const Limits& limits,
          JsonTape& tape)
      : text_(text), start_(start), at_(start), base_(base), limits_(limits), tape_(tape) {}

  Result<std::size_t> run() {
    tape_.tokens.clear();
    tape_.plain = true;
    bool fine = value();
    while (fine && !open_.empty()) {
      fine = step();
    }
    return fine ? Result<std::size_t>(at_) : std::unexpected(error_);
  }

 private:
  struct Open {
    std::uint32_t token;
    JsonKind kind;
    bool has_items;
  };

  bool refuse(ErrorCode code, std::size_t at, StaticText what, std::uint64_t need = 0,
              std::uint64_t have = 0) {
    error_ = {code, base_ + at, what.view(), need, have};
    return false;
  }
  bool bad(std::size_t at, StaticText what) { return refuse(ErrorCode::bad_value, at, what); }
  bool cut(StaticText what) { return refuse(ErrorCode::truncated, text_.size(), what, 1, 0); }

  /// A new token of what starts at `at_`.
  bool add(JsonKind kind, std::uint32_t& index) {
    if (tape_.tokens.size() >= limits_.attack_tokens_max) {
      return refuse(ErrorCode::limit_exceeded, at_, "json.tokens", tape_.tokens.size() + 1,
                    limits_.attack_tokens_max);
    }
    index = static_cast<std::uint32_t>(tape_.tokens.size());
    tape_.tokens.push_back({.start = static_cast<std::uint32_t>(at_ - start_),
                            .end = 0,
                            .next = index + 1,
                            .kind = kind,
                            .escaped = false});
    return true;
  }

  /// What the token is of ends at `at_`.
  bool close(std::uint32_t index) {
    if (at_ - start_ > limits_.attack_object_bytes_max) {
      return refuse(ErrorCode::limit_exceeded, start_, "json.value_bytes", at_ - start_,
                    limits_.attack_object_bytes_max);
    }
    tape_.tokens[index].end = static_cast<std::uint32_t>(at_ - start_);
    tape_.tokens[index].next = static_cast<std::uint32_t>(tape_.tokens.size());
    return true;
  }

  /// The next item or the end of the innermost open container.
  bool step() {
    at_ = skip_space(text_, at_);
    if (at_ >= text_.size()) {
      return cut("json.container");
    }
    Open& innermost = open_.back();
    const bool is_object = innermost.kind == JsonKind::object;
    if (text_[at_] == (is_object ? '}' : ']')) {
      ++at_;
      const std::uint32_t index = innermost.token;
      open_.pop_back();
      return close(index) && (!is_object || check_keys(index));
    }
    if (std::exchange(innermost.has_items, true)) {
      if (text_[at_] != ',') {
        return bad(at_, "json.expected_comma_or_end");
      }
      at_ = skip_space(text_, at_ + 1);
    }
    return (!is_object || key()) && value();
  }

  bool key() {
    if (at_ >= text_.size()) {
      return cut("json.key");
    }
    if (text_[at_] != '"') {
      return bad(at_, "json.key");
    }
    if (!string()) {
      return false;
    }
    at_ = skip_space(text_, at_);
    if (at_ >= text_.size()) {
      return cut("json.colon");
    }
    if (text_[at_] != ':') {
      return bad(at_, "json.colon");
    }
    at_ = skip_space(text_, at_ + 1);
    return true;
  }

  bool value() {
    if (at_ >= text_.size()) {
      return cut("json.value");
    }
    switch (text_[at_]) {
      case '"': return string();
      case '{': return open(JsonKind::object);
      case '[': return open(JsonKind::array);
      case 't': return literal("true", JsonKind::boolean_true);
      case 'f': return literal("false", JsonKind::boolean_false);
      case 'n': return literal("null", JsonKind::null);
      default: return number();
    }
  }

  bool open(JsonKind kind) {
    if (open_.size() >= limits_.attack_depth_max) {
      return refuse(ErrorCode::limit_exceeded, at_, "json.depth", open_.size() + 1,
                    limits_.attack_depth_max);
    }
    std::uint32_t index = 0;
    if (!add(kind, index)) {
      return false;
    }
    ++at_;
    open_.push_back({index, kind, false});
    return true;
  }

  bool literal(std::string_view word, JsonKind kind) {
    if (text_.substr(at_, word.size()) != word) {
      return bad(at_, "json.value");
    }
    std::uint32_t index = 0;
    if (!add(kind, index)) {
      return false;
    }
    at_ += word.size();
    return close(index);
  }

  /// False for a number beyond the largest double, which RFC 8785 has no form for. Of 64 characters
  /// only one with an exponent can be; one too small for a double is zero, as ECMAScript reads it.
  static bool is_double(std::string_view number) {
    const std::size_t exponent = number.find_first_of("eE");
    if (exponent == number.npos || number[exponent + 1] == '-') {
      return true;
    }
    double value = 0;
    return std::from_chars(number.data(), number.data() + number.size(), value).ec == std::errc();
  }

  std::size_t digits(std::size_t at) const {
    while (at < text_.size() && text_[at] >= '0' && text_[at] <= '9') {
      ++at;
    }
    return at;
  }

  bool number() {
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
      return refuse(ErrorCode::limit_exceeded, begin, "json.number", at - begin, 64);
    }
    if (!is_double(text_.substr(begin, at - begin))) {
      return bad(begin, "json.number.range");
    }
    std::uint32_t index = 0;
    if (!add(JsonKind::number, index)) {
      return false;
    }
    at_ = at;
    tape_.plain = false;
    return close(index);
  }

  bool string() {
    std::uint32_t index = 0;
    if (!add(JsonKind::string, index)) {
      return false;
    }
    const std::size_t begin = at_;
    std::size_t at = at_ + 1;
    for (;;) {
      at = skip_ordinary(text_, at);
      if (at >= text_.size()) {
        return cut("json.string");
      }
      const StringByte found = string_byte(text_[at]);
      if (found == StringByte::quote) {
        break;
      }
      if (found == StringByte::control) {
        return bad(at, "json.string.control_character");
      }
      if (found == StringByte::high) {
        const std::size_t length = utf8_length(text_, at);
        if (length == 0) {
          return bad(at, "json.string.utf8");
        }
        at += length;
      } else {
        tape_.tokens[index].escaped = true;
        const std::size_t length = escape(at, tape_.tokens[index]);
        if (length == 0) {
          return false;
        }
        at += length;
      }
    }
    at_ = at + 1;
    if (at_ - begin - 2 > limits_.attack_string_bytes_max) {
      return refuse(ErrorCode::limit_exceeded, begin, "json.string", at_ - begin - 2,
                    limits_.attack_string_bytes_max);
    }
    return close(index);
  }

  std::size_t no_escape(std::size_t at, StaticText what) {
    bad(at, what);
    return 0;
  }

  /// The length of the escape at `at`; 0 when it is refused.
  std::size_t escape(std::size_t at, JsonToken& token) {
    if (at + 1 >= text_.size()) {
      cut("json.string.escape");
      return 0;
    }
    if (text_[at + 1] == 'u' || text_[at + 1] == '/') {
      token.rewritten = true;
      tape_.plain = false;
    }
    if (text_[at + 1] != 'u') {
      const bool known = std::string_view("\"\\/bfnrt").find(text_[at + 1]) != text_.npos;
      return known ? 2 : no_escape(at, "json.string.escape");
    }
    const int unit = hex_unit(text_, at + 2);
    if (unit < 0) {
      return no_escape(at, "json.string.escape");
    }
    if (unit >= 0xdc00 && unit <= 0xdfff) {
      return no_escape(at, "json.string.lone_surrogate");
    }
    if (unit < 0xd800 || unit > 0xdbff) {
      return 6;
    }
    const int low = text_.substr(at + 6, 2) == "\\u" ? hex_unit(text_, at + 8) : -1;
    return low >= 0xdc00 && low <= 0xdfff ? 12 : no_escape(at, "json.string.lone_surrogate");
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

  /// Length and last letters of a key with its quotes: different for most that differ.
  static std::uint64_t print_of(std::string_view quoted) {
    std::uint64_t print = quoted.size();
    for (const char c : quoted.substr(quoted.size() - std::min<std::size_t>(quoted.size(), 8))) {
      print = (print << 8) ^ (print >> 56) ^ static_cast<unsigned char>(c);
    }
    return print;
  }

  /// Refuses a key that stands twice: readers differ in which one they take.
  bool check_keys(std::uint32_t object) {
    keys_.clear();
    const std::uint32_t end = tape_.tokens[object].next;
    for (std::uint32_t key = object + 1; key < end; key = tape_.tokens[key + 1].next) {
      keys_.push_back(key);
    }
    if (keys_.size() <= 32) {
      std::array<std::uint64_t, 32> prints{};
      bool escaped = false;
      for (std::size_t i = 0; i < keys_.size(); ++i) {
        prints[i] = print_of(token_text(keys_[i]));
        escaped = escaped || tape_.tokens[keys_[i]].escaped;
      }
      for (std::size_t i = 1; i < keys_.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
          if ((prints[i] == prints[j] || escaped) && same_key(keys_[i], keys_[j])) {
            return bad(start_ + tape_.tokens[keys_[i]].start, "json.duplicate_key");
          }
        }
      }
      return true;
    }
    std::vector<std::pair<std::string, std::uint32_t>> sorted;
    sorted.reserve(keys_.size());
    for (const std::uint32_t key : keys_) {
      sorted.emplace_back(unescaped(token_text(key)), key);
    }
    std::ranges::sort(sorted);
    const auto twice = std::ranges::adjacent_find(
        sorted, [](const auto& a, const auto& b) { return a.first == b.first; });
    return twice == sorted.end() ||
           bad(start_ + tape_.tokens[std::next(twice)->second].start, "json.duplicate_key");
  }

  std::string_view text_;
  std::size_t start_;
  std::size_t at_;
  std::uint64_t base_;
  const Limits& limits_;
  JsonTape& tape_;
  Error error_;
  std::vector<Open> open_;
  std::vector<std::uint32_t> keys_;
};

}  // namespace

Result<std::size_t> scan_json(std::string_view text, std::size_t at, std::uint64_t base,
                              const Limits& limits, JsonTape& tape) {
  return Scanner(text, at, base, limits, tape).run();
}

}  // namespace npg::attack
