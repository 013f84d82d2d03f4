#include "source/event_json/event_fields.hpp"

#include <array>

#include "source/event_json/event_names.hpp"

namespace npg {
namespace {

bool has_room(const std::vector<EventField>& fields, const StreamLimits& limits) {
  return fields.size() < limits.event_fields_max;
}

void add(EvidenceText name, EvidenceText value, const StreamLimits& limits,
         std::vector<EventField>& fields) {
  if (has_room(fields, limits)) {
    fields.push_back({std::move(name), std::move(value)});
  }
}

/// The member that holds an element's text, or its name, in one of the ways of writing XML as JSON.
Json one_of(const Json& object, const std::array<std::string_view, 4>& names) {
  for (const std::string_view name : names) {
    if (const Json found = object.member(name); found.exists()) {
      return found;
    }
  }
  return {};
}

constexpr std::array<std::string_view, 4> name_names = {"@Name", "Name", "name", "key"};
constexpr std::array<std::string_view, 4> text_names = {"#text", "Value", "value", "Text"};

bool is_xml_word(std::string_view name) {
  return name == "#attributes" || name.starts_with("@") || name == "xmlns" ||
         name.ends_with("_attributes");
}

/// One Data element: a value, {"#text": …}, or {"@Name": …, "#text": …}.
void add_data_element(const Json& element, const StreamLimits& limits,
                      std::vector<EventField>& fields) {
  if (!element.is_object()) {
    add({}, value_text(element), limits, fields);
    return;
  }
  Json name = one_of(element, name_names);
  if (!name.exists()) {
    name = element.member("#attributes").member("Name");
  }
  const Json text = one_of(element, text_names);
  if (!name.exists() && text.is_array()) {
    text.for_each_item([&](const Json& item) { add({}, value_text(item), limits, fields); });
    return;
  }
  if (!name.exists() && !text.exists()) {
    // {"TargetObject": "…"}: a map in a list.
    element.for_each_member([&](std::string_view key, const Json& value) {
      add(unescape_json(key), value_text(value), limits, fields);
    });
    return;
  }
  add(name.text(), value_text(text), limits, fields);
}

void add_data(const Json& data, const StreamLimits& limits, std::vector<EventField>& fields) {
  if (data.is_array()) {
    data.for_each_item([&](const Json& item) { add_data_element(item, limits, fields); });
  } else {
    add_data_element(data, limits, fields);
  }
}

/// "Name_1" is how evtx_dump tells apart what has one name.
EvidenceText field_name(std::string_view key) {
  return unescape_json(key);
}

void add_leaves(const Json& object, const StreamLimits& limits, std::vector<EventField>& fields) {
  object.for_each_member([&](std::string_view key, const Json& value) {
    if (is_xml_word(key)) {
      return;
    }
    const std::size_t colon = key.rfind(':');
    const std::string_view local = key.substr(colon == std::string_view::npos ? 0 : colon + 1);
    if (value.is_object()) {
      const Json text = value.member("#text");
      if (text.exists()) {
        add(unescape_json(local), value_text(text), limits, fields);
      } else {
        add_leaves(value, limits, fields);  // Its depth is bounded by the frame's.
      }
    } else if (!value.is_null()) {
      add(unescape_json(local), value_text(value), limits, fields);
    }
  });
}

}  // namespace

EvidenceText value_text(const Json& value) {
  if (value.is_object()) {
    const Json text = one_of(value, text_names);
    return text.exists() && !text.is_object() ? value_text(text)
                                              : EvidenceText::from_utf8(value.source());
  }
  if (!value.is_array()) {
    return value.text();
  }
  EvidenceText only;
  std::string joined;
  std::size_t count = 0;
  value.for_each_item([&](const Json& item) {
    only = item.is_array() ? EvidenceText::from_utf8(item.source()) : value_text(item);
    joined += (count++ == 0 ? "" : ", ") + std::string(only.raw());
  });
  return count == 1 ? only : EvidenceText::from_utf8(joined);
}

void add_event_data(const Json& data, const StreamLimits& limits, std::vector<EventField>& fields) {
  if (data.is_array()) {
    add_data(data, limits, fields);
    return;
  }
  if (data.is_string()) {
    JsonCopy copy;
    const auto inner = copy.open(data.plain_text(), limits.event_json_depth_max);
    if (inner && !inner->is_word() && !inner->is_string()) {
      const Json nested = inner->member("EventData");
      if (const Json user = inner->member("UserData"); user.exists()) {
        add_user_data(user, limits, fields);
      } else if (!nested.is_string()) {  // A string in a string in a string is nobody's.
        add_event_data(nested.exists() ? nested : *inner, limits, fields);
      }
    } else if (!data.raw().empty()) {
      add({}, data.text(), limits, fields);
    }
    return;
  }
  data.for_each_member([&](std::string_view key, const Json& value) {
    if (key == "Data" || key == "data") {
      if (value.is_array() || value.is_object() || value.is_string()) {
        add_data(value, limits, fields);
      }
    } else if (value.is_object() && !one_of(value, text_names).exists()) {
      add_leaves(value, limits, fields);  // the element that UserData holds
    } else if (!is_xml_word(key)) {
      add(field_name(key), value_text(value), limits, fields);
    }
  });
}

void add_user_data(const Json& data, const StreamLimits& limits, std::vector<EventField>& fields) {
  if (data.is_string()) {
    JsonCopy copy;
    if (const auto inner = copy.open(data.plain_text(), limits.event_json_depth_max)) {
      add_leaves(*inner, limits, fields);
    }
    return;
  }
  add_leaves(data, limits, fields);
}

void add_inserts(const Json& inserts, const StreamLimits& limits, std::vector<EventField>& fields) {
  // What ConvertTo-Json writes of a value below the depth that it goes to: its type's name.
  constexpr std::string_view cut_off = "System.Diagnostics.Eventing.Reader.EventProperty";
  inserts.for_each_item([&](const Json& item) {
    const Json value = item.member("Value");
    if (item.is_string() && item.raw() == cut_off) {
      return;
    }
    add({}, value_text(value.exists() ? value : item), limits, fields);
  });
}

void add_flat(const Json& root, std::string_view prefix, const StreamLimits& limits,
              std::vector<EventField>& fields) {
  root.for_each_member([&](std::string_view key, const Json& value) {
    if (!key.starts_with(prefix) || value.is_null()) {
      return;
    }
    const std::string_view name = key.substr(prefix.size());
    if (prefix.empty() && (is_part_name(name) || value.is_object())) {
      return;
    }
    add(unescape_json(name), value_text(value), limits, fields);
  });
}

}  // namespace npg
