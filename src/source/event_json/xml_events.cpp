#include "source/event_json/xml_events.hpp"

#include "source/event_json/event_time.hpp"

namespace npg {
namespace {

EvidenceText text_or_empty(const EvidenceText* text) {
  return text == nullptr ? EvidenceText() : *text;
}

std::uint64_t number_or_zero(const EvidenceText* text) {
  return text == nullptr ? 0 : parse_number(text->raw()).value_or(0);
}

void add_leaves(const EventXml& xml, std::uint32_t parent, const StreamLimits& limits,
                std::vector<EventField>& fields) {
  for (std::uint32_t i = xml[parent].first_child; i != XmlNode::none; i = xml[i].next) {
    if (xml[i].is_attribute || fields.size() >= limits.event_fields_max) {
      continue;
    }
    if (xml.has_elements(i)) {
      add_leaves(xml, i, limits, fields);  // Its depth is bounded by the reader's.
    } else {
      fields.push_back({EvidenceText::from_utf8(xml[i].name), xml[i].text});
    }
  }
}

/// Data elements with and without names, Binary, and what lies in ComplexData.
void add_event_data(const EventXml& xml, std::uint32_t data, const StreamLimits& limits,
                    std::vector<EventField>& fields) {
  for (std::uint32_t i = xml[data].first_child; i != XmlNode::none; i = xml[i].next) {
    if (xml[i].is_attribute || fields.size() >= limits.event_fields_max) {
      continue;
    }
    if (xml.has_elements(i)) {
      add_leaves(xml, i, limits, fields);
      continue;
    }
    const EvidenceText* name = xml.attribute(i, "Name");
    const bool unnamed = name == nullptr && xml[i].name == "Data";
    fields.push_back({unnamed           ? EvidenceText()
                      : name != nullptr ? *name
                                        : EvidenceText::from_utf8(xml[i].name),
                      xml[i].text});
  }
}

/// The leaves below the event's own element, which itself is no field unless it holds text.
void add_user_data(const EventXml& xml, std::uint32_t data, const StreamLimits& limits,
                   std::vector<EventField>& fields) {
  for (std::uint32_t i = xml[data].first_child; i != XmlNode::none; i = xml[i].next) {
    if (xml[i].is_attribute) {
      continue;
    }
    if (xml.has_elements(i)) {
      add_leaves(xml, i, limits, fields);
    } else if (!xml[i].text.empty()) {
      fields.push_back({EvidenceText::from_utf8(xml[i].name), xml[i].text});
    }
  }
}

void add_children(const EventXml& xml, WinEvent& event, const StreamLimits& limits) {
  for (std::uint32_t i = xml[EventXml::root].first_child; i != XmlNode::none; i = xml[i].next) {
    const std::string_view name = xml[i].name;
    if (xml[i].is_attribute || name == "System" || name == "RenderingInfo") {
      continue;
    }
    if (name == "EventData") {
      add_event_data(xml, i, limits, event.fields);
    } else {
      event.is_user_data = event.is_user_data || name == "UserData";
      add_user_data(xml, i, limits, event.fields);
    }
  }
}

}  // namespace

Result<void> read_xml_event(std::string_view text, std::uint64_t offset, const StreamLimits& limits,
                            WinEvent& event) {
  NPG_TRY(const EventXml xml, EventXml::read(text, offset, limits));
  const std::uint32_t system = xml.element(EventXml::root, "System");
  const EvidenceText* id = xml.text(system, "EventID");
  const auto event_id = id == nullptr ? std::nullopt : parse_number(id->raw());
  if (!event_id || *event_id > UINT32_MAX) {
    return fail(ErrorCode::not_found, offset, "event_xml.event_id");
  }
  const std::uint32_t provider = xml.element(system, "Provider");
  const std::uint32_t execution = xml.element(system, "Execution");
  const EvidenceText* name = xml.attribute(provider, "Name");
  const EvidenceText* created = xml.attribute(xml.element(system, "TimeCreated"), "SystemTime");
  event.event_id = static_cast<std::uint32_t>(*event_id);
  event.provider =
      text_or_empty(name != nullptr ? name : xml.attribute(provider, "EventSourceName"));
  event.channel = text_or_empty(xml.text(system, "Channel"));
  event.computer = text_or_empty(xml.text(system, "Computer"));
  event.user_sid = text_or_empty(xml.attribute(xml.element(system, "Security"), "UserID"));
  event.version = static_cast<std::uint32_t>(number_or_zero(xml.text(system, "Version")));
  event.record_id = number_or_zero(xml.text(system, "EventRecordID"));
  event.created = created == nullptr ? FileTime{} : read_event_time(created->raw()).time;
  event.written = {};
  event.process_id =
      static_cast<std::uint32_t>(number_or_zero(xml.attribute(execution, "ProcessID")));
  event.thread_id =
      static_cast<std::uint32_t>(number_or_zero(xml.attribute(execution, "ThreadID")));
  event.is_audit_failure = names_audit_failure(text_or_empty(xml.text(system, "Keywords")).raw());
  event.fields.clear();
  event.is_user_data = false;
  add_children(xml, event, limits);
  return {};
}

Result<void> add_xml_data(std::string_view text, std::uint64_t offset, const StreamLimits& limits,
                          std::vector<EventField>& fields) {
  NPG_TRY(const EventXml xml, EventXml::read(text, offset, limits));
  // Azure's Event table: <DataItem type="…"><EventData xmlns="…"><Data Name="…">…
  const std::uint32_t inner = xml.element(EventXml::root, "EventData");
  const std::uint32_t user = xml.element(EventXml::root, "UserData");
  if (user != XmlNode::none) {
    add_user_data(xml, user, limits, fields);
  } else {
    add_event_data(xml, inner == XmlNode::none ? EventXml::root : inner, limits, fields);
  }
  return {};
}

}  // namespace npg
