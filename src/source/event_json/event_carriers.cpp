// Events in other objects: in lists, in tables, and as text in strings.
#include "source/event_json/event_reader.hpp"
#include "source/event_json/wrappers.hpp"

namespace npg {

void EventReader::lose_inner(const Origin& origin, std::string_view why) {
  add_failed(origin.length);
  constexpr std::size_t told_max = 10'000;  // Limit: the rest is counted alone.
  if (lost_.size() < told_max) {
    lost_.emplace_back(origin, why);
  }
}

bool EventReader::take_list(const Parts& parts, const OriginOf& origin_of, std::uint32_t depth) {
  const Json& list = parts[Slot::list];
  if (!list.is_array()) {
    return false;
  }
  const auto take_record = [&](const Json& place, std::string text) {
    static_cast<void>(take_copy(std::move(text), origin_of(place), depth + 1));
  };
  if (parts.has(Mark::otlp)) {
    for_each_otlp_record(list, take_record);
  } else if (parts.has(Mark::tables)) {
    for_each_table_row(list, take_record);
  } else {
    // Chainsaw's, of one rule that many events matched together.
    const bool is_match = parts.has(Mark::document);
    list.for_each_item([&](const Json& item) {
      const Json event = is_match ? item.member("data") : item;
      if (event.is_object()) {
        is_alert_ = is_match;
        take_object(event, origin_of, depth + 1);
        is_alert_ = false;
      } else if (const std::string text = item.is_string() ? item.plain_text() : std::string();
                 text.starts_with("<Event")) {
        take_inner_xml(text, origin_of(item));
      } else if (text.starts_with('{') && !take_copy(text, origin_of(item), depth + 1)) {
        lose_inner(origin_of(item), "the object in it is cut or no JSON");
      }
    });
  }
  return true;
}

bool EventReader::take_copy(std::string text, const Origin& origin, std::uint32_t depth) {
  JsonCopy copy;
  const auto object = copy.open(std::move(text), limits_.event_json_depth_max);
  if (!object || !object->is_object()) {
    return false;
  }
  take_object(*object, [&](const Json&) { return origin; }, depth);
  return true;
}

bool EventReader::take_text(std::string json, const Origin& origin) {
  return take_copy(std::move(json), origin, 0);
}

bool EventReader::take_inner(const Parts& parts, const OriginOf& origin_of, const Json& object,
                             std::uint32_t depth) {
  for (const Slot slot : {Slot::original, Slot::message}) {
    std::string text = parts[slot].plain_text();
    const std::size_t start = text.find_first_not_of(" \t\r\n");
    if (!parts[slot].is_string() || start == std::string::npos) {
      continue;
    }
    if (text.substr(start, 6) == "<Event") {
      take_inner_xml(text, origin_of(object));
      return true;
    }
    const bool may_be_event = text[start] == '{' && names_an_event(text);
    if (text[start] == '{' && take_copy(std::move(text), origin_of(object), depth + 1)) {
      return true;
    }
    if (may_be_event) {
      lose_inner(origin_of(object), "the event in it is cut or no JSON");
      return true;
    }
  }
  return false;
}

bool EventReader::names_an_event(std::string_view json) {
  return json.contains("\"EventID\"") || json.contains("\"event_id\"");
}

bool EventReader::take_element(const Json& object, const OriginOf& origin_of) {
  Json element;
  object.for_each_member([&](std::string_view, const Json& value) {
    if (value.is_string() && value.raw().starts_with("<Event") && !element.exists()) {
      element = value;
    }
  });
  const std::string text = element.plain_text();
  if (!text.starts_with("<Event ") && !text.starts_with("<Event>")) {
    return false;
  }
  take_inner_xml(text, origin_of(object));
  return true;
}

void EventReader::take_inner_xml(std::string_view xml, const Origin& origin) {
  if (!take_xml(xml, Dialect::xml_in_json, origin)) {
    lose_inner(origin, "the event XML in it is cut or not well-formed");
  }
}

}  // namespace npg
