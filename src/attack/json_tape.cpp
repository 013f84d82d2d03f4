#include "attack/json_tape.hpp"

#include "attack/json_text.hpp"

namespace npg::attack {

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
