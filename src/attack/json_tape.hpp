// A tape: every value's place in a JSON text, without copying. Knows nothing of STIX. Made by
// scan_json().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace npg::attack {

enum class JsonKind : std::uint8_t {
  object,
  array,
  string,
  number,
  boolean_true,
  boolean_false,
  null
};

/// One value or key. A container's children follow it: keys and values in turn for an object.
struct JsonToken {
  std::uint32_t start = 0;  ///< from the first byte of the scanned value
  std::uint32_t end = 0;    ///< one past its last byte; a string's quotes are inside
  std::uint32_t next = 0;   ///< the token after this one and all it holds
  JsonKind kind = JsonKind::null;
  bool escaped = false;    ///< a string with a backslash
  bool rewritten = false;  ///< a string that JSON.stringify may write otherwise: \u or \/ is in it
};

/// One value's tokens, in the order of the text. Used again for the next value.
struct JsonTape {
  std::vector<JsonToken> tokens;
  /// No numbers, and no string that is rewritten: dropping white space gives JSON.stringify's form.
  bool plain = true;
};

/// A value of a scanned text. Lives no longer than the text and the tape.
class JsonValue {
 public:
  JsonValue() = default;
  JsonValue(std::string_view text, const JsonTape& tape, std::uint32_t index = 0)
      : text_(text), tape_(&tape), index_(index) {}

  /// False for what was not there.
  [[nodiscard]] bool exists() const { return tape_ != nullptr; }
  [[nodiscard]] bool is(JsonKind kind) const { return exists() && token().kind == kind; }
  /// A member of an object; not existing when there is none or this is no object.
  [[nodiscard]] JsonValue member(std::string_view name) const;
  /// The members' values (object) or items (array), in order.
  [[nodiscard]] std::vector<JsonValue> items() const;
  [[nodiscard]] std::vector<std::pair<std::string, JsonValue>> members() const;
  /// A string's text; empty for anything else.
  [[nodiscard]] std::string text() const;
  /// A string as it stands between its quotes, escapes and all; empty for anything else.
  [[nodiscard]] std::string_view written() const {
    return is(JsonKind::string) ? source().substr(1, source().size() - 2) : std::string_view();
  }
  /// The member's text; empty when there is none.
  [[nodiscard]] std::string text(std::string_view name) const { return member(name).text(); }
  [[nodiscard]] bool truth(std::string_view name) const {
    return member(name).is(JsonKind::boolean_true);
  }
  /// The value as it stands in the text.
  [[nodiscard]] std::string_view source() const {
    return exists() ? text_.substr(token().start, token().end - token().start) : std::string_view();
  }
  [[nodiscard]] const JsonToken& token() const { return tape_->tokens[index_]; }
  [[nodiscard]] std::uint32_t index() const { return index_; }
  /// The value of another token of the same text.
  [[nodiscard]] JsonValue at(std::uint32_t index) const { return {text_, *tape_, index}; }

 private:
  std::string_view text_;
  const JsonTape* tape_ = nullptr;
  std::uint32_t index_ = 0;
};

/// Walks the children of a container: an array's items, or keys and values in turn.
class JsonChildren {
 public:
  explicit JsonChildren(const JsonValue& container)
      : container_(container), at_(container.index() + 1) {}
  [[nodiscard]] bool more() const { return at_ < container_.token().next; }
  [[nodiscard]] JsonValue take() {
    const JsonValue value = container_.at(at_);
    at_ = value.token().next;
    return value;
  }

 private:
  JsonValue container_;
  std::uint32_t at_;
};

}  // namespace npg::attack
