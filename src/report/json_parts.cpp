#include "report/json_parts.hpp"

#include <fmt/format.h>

#include <set>

namespace npg::json_parts {

void text_or_null(JsonWriter& json, std::string_view name, const SharedText& text) {
  text_or_null(json, name, text.raw());
}

void text_or_null(JsonWriter& json, std::string_view name, std::string_view text) {
  json.key(name);
  if (text.empty()) {
    json.null();
  } else {
    json.value(text);
  }
}

void logon_id(JsonWriter& json, std::string_view name, const std::optional<std::uint64_t>& id) {
  text_or_null(json, name, id ? fmt::format("{:#x}", *id) : std::string());
}

void evidence_id(const Context& context, std::uint32_t index) {
  if (index < context.evidence.size()) {
    context.json.value(context.evidence[index].id);
  } else {
    context.json.null();
  }
}

void citation(const Context& context, const Origin& origin) {
  context.json.begin_object().key("evidence");
  evidence_id(context, origin.evidence);
  context.json.field("offset", origin.offset)
      .field("length", origin.length)
      .field("how", name_of(origin.how));
  if (origin.unverified) {
    context.json.field("unverified", true);
  }
  context.json.end_object();
}

void citations(const Context& context, std::string_view name, const std::vector<Origin>& origins) {
  context.json.key(name).begin_array();
  std::set<Origin> cited;
  for (const Origin& origin : origins) {
    // A reason that rests on two values of one cell names the cell once.
    if (cited.insert(origin).second) {
      citation(context, origin);
    }
  }
  context.json.end_array();
}

void words(JsonWriter& json, std::string_view name, const std::vector<std::string>& list) {
  json.key(name).begin_array();
  for (const std::string& word : list) {
    json.value(word);
  }
  json.end_array();
}

void words(JsonWriter& json, std::string_view name, const std::vector<SharedText>& list) {
  json.key(name).begin_array();
  for (const SharedText& word : list) {
    json.value(word.raw());
  }
  json.end_array();
}

void numbers(JsonWriter& json, std::string_view name, const std::vector<std::uint32_t>& list) {
  json.key(name).begin_array();
  for (const std::uint32_t number : list) {
    json.value(number);
  }
  json.end_array();
}

}  // namespace npg::json_parts
