// JSON values in an indexed text: grammar checked, looked at without copying. Knows nothing of
// events.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/evidence_text.hpp"
#include "source/event_json/json_index.hpp"

namespace npg {

/// How far an object or array goes.
struct Frame {
  enum class End : std::uint8_t {
    whole,     ///< `mark` is its closing bracket
    cut,       ///< the text ends before it does
    broken,    ///< it is no JSON at `mark`
    too_deep,  ///< it nests deeper than allowed at `mark`
  };
  End end = End::cut;
  std::uint32_t mark = 0;  ///< index in the marks
};

/// A text and its marks; where each bracket closes is known of what was framed.
class JsonText {
 public:
  /// Indexes a text, which must live as long as what is read from it. Less than 4 GiB.
  void open(std::string_view text);
  /// Checks the value that begins at a mark: brackets match, keys, colons and commas stand in
  /// order. Numbers and words are not looked at.
  [[nodiscard]] Frame frame(std::uint32_t mark, std::uint32_t depth_max);

  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] std::uint32_t mark_count() const {
    return static_cast<std::uint32_t>(marks_.size());
  }
  [[nodiscard]] std::uint32_t at(std::uint32_t mark) const { return marks_[mark]; }
  [[nodiscard]] char symbol(std::uint32_t mark) const { return text_[marks_[mark]]; }
  [[nodiscard]] std::uint32_t closing(std::uint32_t mark) const { return links_[mark]; }
  /// The inside of the key that begins at a mark of a framed object; behind it stands the colon's.
  [[nodiscard]] std::string_view key(std::uint32_t mark) const {
    const std::uint32_t start = marks_[mark] + 1;
    std::uint32_t end = marks_[mark + 1] - 1;
    while (text_[end] != '"') {
      --end;  // White space before the colon.
    }
    return text_.substr(start, end - start);
  }

 private:
  std::string_view text_;
  JsonIndex index_;
  std::span<const std::uint32_t> marks_;
  std::vector<std::uint32_t> links_;  ///< of an opening bracket's mark: its closing one
};

/// One value of a framed text. Lives no longer than the text.
class Json {
 public:
  Json() = default;
  Json(const JsonText& text, std::uint32_t mark) : text_(&text), mark_(mark) {}

  /// False for what is not there.
  [[nodiscard]] bool exists() const { return text_ != nullptr; }
  [[nodiscard]] bool is_object() const { return exists() && text_->symbol(mark_) == '{'; }
  [[nodiscard]] bool is_array() const { return exists() && text_->symbol(mark_) == '['; }
  [[nodiscard]] bool is_string() const { return exists() && text_->symbol(mark_) == '"'; }
  /// A number, true, false or null; or anything else that is neither string nor bracket.
  [[nodiscard]] bool is_word() const {
    return exists() && !is_object() && !is_array() && !is_string();
  }
  [[nodiscard]] bool is_null() const { return is_word() && raw() == "null"; }

  /// A string's inside with its escapes as they stand; a word as it stands; "" for brackets.
  [[nodiscard]] std::string_view raw() const;
  /// The whole value as it stands in the text.
  [[nodiscard]] std::string_view source() const;
  /// A string with its escapes resolved, or a word; "" for null, brackets and what is not there.
  [[nodiscard]] EvidenceText text() const;
  /// The same for parsing: lone surrogates are lost.
  [[nodiscard]] std::string plain_text() const;
  /// A decimal or 0x number, written as a number or as a string.
  [[nodiscard]] std::optional<std::uint64_t> number() const;
  /// The member of an object with that name as it stands (escapes unresolved); the first where
  /// there are several; not existing when there is none or this is no object.
  [[nodiscard]] Json member(std::string_view name) const;
  /// The only or first item of an array; anything else is itself.
  [[nodiscard]] Json first() const;
  /// Calls visit(Json) for each item of an array.
  template <typename Visit>
  void for_each_item(const Visit& visit) const {
    if (!is_array()) {
      return;
    }
    for (std::uint32_t at = mark_ + 1, end = text_->closing(mark_); at < end;) {
      const Json item(*text_, at);
      visit(item);
      at = item.after() + 1;  // The comma or the closing bracket.
    }
  }
  /// Calls visit(key as it stands, Json) for each member of an object.
  template <typename Visit>
  void for_each_member(const Visit& visit) const {
    if (!is_object()) {
      return;
    }
    for (std::uint32_t at = mark_ + 1, end = text_->closing(mark_); at < end;) {
      const Json value(*text_, at + 2);
      visit(text_->key(at), value);
      at = value.after() + 1;
    }
  }
  [[nodiscard]] std::uint32_t mark() const { return mark_; }
  /// The mark behind the value.
  [[nodiscard]] std::uint32_t after() const {
    const char symbol = text_->symbol(mark_);
    return (symbol == '{' || symbol == '[' ? text_->closing(mark_) : mark_) + 1;
  }

 private:
  const JsonText* text_ = nullptr;
  std::uint32_t mark_ = 0;
};

// Here, since every name and value of a stream is looked at so.
inline std::string_view Json::raw() const {
  if (!exists()) {
    return {};
  }
  // Behind a framed value stands the mark of a comma, colon or bracket, and before it nothing but
  // white space.
  const std::string_view text = text_->text();
  const std::uint32_t start = text_->at(mark_);
  const char first = text[start];
  if (first == '{' || first == '[') {
    return {};
  }
  std::uint32_t end = mark_ + 1 < text_->mark_count() ? text_->at(mark_ + 1)
                                                      : static_cast<std::uint32_t>(text.size());
  while (end > start + 1 && static_cast<unsigned char>(text[end - 1]) <= 0x20) {
    --end;  // What JsonIndex takes for white space.
  }
  if (first != '"') {
    return text.substr(start, end - start);
  }
  return end > start + 1 ? text.substr(start + 1, end - start - 2) : std::string_view();
}

/// A JSON string's inside with its escapes resolved. Escapes that JSON does not know stay as they
/// are; lone surrogates and invalid UTF-8 are kept as EvidenceText keeps them.
[[nodiscard]] EvidenceText unescape_json(std::string_view inside);

/// A text of its own with one value: what stood inside a string, or was made from a table.
class JsonCopy {
 public:
  /// Nothing when the text is not one JSON value.
  [[nodiscard]] std::optional<Json> open(std::string text, std::uint32_t depth_max);

 private:
  std::string text_;
  JsonText indexed_;
};

}  // namespace npg
