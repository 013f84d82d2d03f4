#include "source/event_json/event_reader.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "source/event_json/ecs_fields.hpp"
#include "source/event_json/event_fields.hpp"
#include "source/event_json/field_names.hpp"
#include "source/event_json/flat_dialects.hpp"
#include "source/event_json/message_text.hpp"
#include "source/event_json/sensors.hpp"
#include "source/event_json/xml_events.hpp"

namespace npg {
namespace {

constexpr std::uint32_t wrappers_max =
    6;  ///< Limit: an event in a hit in a list in a portal's answer

/// A number among the attributes of an element that some dialects write as an object.
std::uint64_t attribute(const Json& element, std::string_view name) {
  const Json attributes = element.member("#attributes");
  const Json& holder = attributes.exists() ? attributes : element;
  Json value = holder.member(name);
  if (!value.exists()) {
    value = holder.member("@" + std::string(name));
  }
  return value.number().value_or(0);
}

EvidenceText sid_of(const Parts& parts) {
  const Json& security = parts[Slot::security];
  if (security.exists()) {
    for (const Json& holder : {security, security.member("#attributes")}) {
      for (const std::string_view name : {"UserID", "@UserID"}) {
        if (const Json sid = holder.member(name); sid.is_string()) {
          return sid.text();
        }
      }
    }
    return {};
  }
  const Json& user = parts[Slot::user_sid];
  const EvidenceText text = user.is_object() ? user.member("Value").text() : user.first().text();
  return text.raw().starts_with("S-1-") ? text : EvidenceText();
}

std::uint32_t small(std::uint64_t number) {
  return number <= UINT32_MAX ? static_cast<std::uint32_t>(number) : 0;
}

void take_system(const Parts& parts, WinEvent& event) {
  const Json& execution = parts[Slot::execution];
  event.version = small(parts[Slot::version].first().number().value_or(0));
  event.process_id =
      small(execution.exists() ? attribute(execution, "ProcessID")
                               : parts[Slot::process_id].first().number().value_or(0));
  event.thread_id = small(execution.exists() ? attribute(execution, "ThreadID")
                                             : parts[Slot::thread_id].first().number().value_or(0));
  event.user_sid = sid_of(parts);
  event.is_audit_failure = names_audit_failure(parts[Slot::keywords].first().text().raw());
}

/// The object whose members are the event's fields, by the names that they have in the event; not
/// existing where the dialect writes them in any other way.
Json named_fields(Dialect dialect, const Json& root, const Parts& parts) {
  if (has_flat_data(dialect)) {
    return root;
  }
  const Json& data = parts[Slot::event_data];
  const bool is_plain =
      !info_of(dialect).is_sensor && dialect != Dialect::hayabusa && !parts.has(Slot::payload) &&
      !parts.has(Slot::user_data) && !parts.has(Slot::inserts) && !parts.is_dotted &&
      data.is_object() && data.source() != "{}" && !data.member("Data").exists() &&
      !data.member("data").exists() && !(dialect == Dialect::winlogbeat && may_hold_ecs(root));
  return is_plain ? data : Json();
}

/// Some of its fields are there, and the one without which it says nothing is not: a collector's
/// own names took the place of the event's, and those of the event were dropped.
bool lacks_its_subject(const WinEvent& event) {
  struct Subject {
    std::uint32_t event_id;
    std::string_view field;
  };
  constexpr std::array<Subject, 4> subjects = {{{4657, "ObjectName"},
                                                {4624, "TargetUserName"},
                                                {4688, "NewProcessName"},
                                                {4723, "TargetUserName"}}};
  constexpr std::string_view provider = "Microsoft-Windows-Security-Auditing";
  const auto found = std::ranges::find(subjects, event.event_id, &Subject::event_id);
  return found != subjects.end() && !event.fields.empty() &&
         equal_names(event.provider.raw(), provider) && event.text(found->field).empty();
}

}  // namespace

EventReader::EventReader(std::span<const EventInterest> interests, const StreamLimits& limits,
                         const EventSink& sink, EventTimes::Zones zones)
    : wanted_(interests),
      limits_(limits),
      sink_(sink),
      names_(limits.evtx_event_kinds_max + limits.evtx_channels_max),
      counter_(limits),
      times_(std::move(zones)) {}

void EventReader::give_or_hold() {
  if (event_.created.given() || !times_.hold({channel_, computer_}, event_)) {
    give(event_);
  }
}

void EventReader::give(const WinEvent& event) {
  ++summary_.events_built;
  sink_(event);
}

void EventReader::add_failed(std::uint64_t bytes) {
  ++summary_.objects_seen;
  ++summary_.objects_failed;
  summary_.bytes_not_understood += bytes;
}

void EventReader::take(const Json& object, const OriginOf& origin_of) {
  take_object(object, origin_of, 0);
}

void EventReader::take_object(const Json& object, const OriginOf& origin_of, std::uint32_t depth) {
  const Parts parts = find_parts(object);
  const Json& wrapped = parts[Slot::wrapped];
  if (wrapped.is_object() && depth < wrappers_max) {
    const bool is_match = parts.has(Mark::document);
    const Json inner = is_match ? wrapped.member("data") : wrapped;
    if (inner.is_object()) {
      is_alert_ = is_match;
      take_object(inner, origin_of, depth + 1);
      is_alert_ = false;
      return;
    }
  }
  const Dialect told = tell_dialect(parts);
  const Dialect dialect = is_alert_ && told == Dialect::evtx_dump ? Dialect::chainsaw_alert : told;
  if (dialect == Dialect::unknown) {
    if (parts.has(Slot::original) && depth < wrappers_max &&
        take_inner(parts, origin_of, object, depth)) {
      return;
    }
    const Json& event = parts[Slot::raw];  // Splunk's collector: {"event": {…}}
    if (event.is_object() && depth < wrappers_max) {
      take_object(event, origin_of, depth + 1);
      return;
    }
    if (depth >= wrappers_max ||
        (!take_list(parts, origin_of, depth) && !take_inner(parts, origin_of, object, depth) &&
         !take_element(object, origin_of))) {
      ++summary_.objects_seen;
      ++summary_.not_events;
    }
    return;
  }
  ++summary_.objects_seen;
  take_event(dialect, object, parts, origin_of, depth);
}

DialectSummary& EventReader::summary_of(Dialect dialect, std::uint32_t computer) {
  const std::pair key(dialect, computer);
  if (last_dialect_ == nullptr || last_key_ != key) {
    const auto [found, is_new] = dialects_.try_emplace(key);
    last_dialect_ = &found->second;
    last_key_ = key;
    last_dialect_->dialect = dialect;
  }
  return *last_dialect_;
}

const StreamWants::Want* EventReader::count(Dialect dialect, const EventHead& head) {
  provider_ = names_.of_json(head.provider);
  channel_ = names_.of_json(head.channel);
  computer_ = names_.of_json(head.computer);
  ++summary_.events;
  DialectSummary& mine = summary_of(dialect, computer_);
  ++mine.events;
  mine.without_zone += head.time.has_zone ? 0U : 1U;
  mine.without_time += head.time.time.given() ? 0U : 1U;
  if (head.time.time.given()) {
    times_.note({channel_, computer_}, head.time.time);
  }
  mine.from_collector += head.is_collector ? 1U : 0U;
  const std::uint32_t event_id = head.event_id.value_or(0);
  if (!info_of(dialect).is_alerts) {
    counter_.count({.provider = provider_,
                    .channel = channel_,
                    .computer = computer_,
                    .event_id = event_id,
                    .record_id = head.record_id,
                    .time = head.time.time});
  }
  // A name that found no place in the table may be any name.
  if (provider_ == 0) {
    static const StreamWants::Want every{.always = true, .tests = {}};
    return !head.provider.empty() && wanted_.holds_id(event_id) ? &every : nullptr;
  }
  return wanted_.find(names_, provider_, event_id);
}

void EventReader::take_event(Dialect dialect, const Json& root, const Parts& parts,
                             const OriginOf& origin_of, std::uint32_t depth) {
  const bool is_raw = dialect == Dialect::xml_in_json || dialect == Dialect::splunk ||
                      (dialect == Dialect::opentelemetry && parts[Slot::raw].is_string());
  if (is_raw) {
    take_raw(dialect, parts, origin_of(root), depth);
    return;
  }
  EventHead head = read_head(dialect, parts);
  if (!head.event_id) {
    if (parts.has(Slot::original)) {  // Wazuh's, whose agent could not take the event to pieces
      --summary_.objects_seen;        // Those below count it.
      if (take_inner(parts, origin_of, root, wrappers_max)) {
        return;
      }
      ++summary_.objects_seen;
    }
    ++summary_.not_events;
    return;
  }
  times_.settle(root, parts, head);
  const StreamWants::Want* want = count(dialect, head);
  if (want == nullptr || !want->may_pass(named_fields(dialect, root, parts))) {
    return;
  }
  build(dialect, root, parts, head);
  event_.origin = origin_of(root);
  give_or_hold();
}

void EventReader::take_raw(Dialect dialect, const Parts& parts, const Origin& origin,
                           std::uint32_t depth) {
  const std::string text = parts[Slot::raw].plain_text();
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start != std::string::npos && text[start] == '<') {
    --summary_.objects_seen;  // take_xml counts it.
    if (!take_xml(text, dialect, origin)) {
      lose_inner(origin, "the event XML in it is cut or not well-formed");
    }
    return;
  }
  if (start != std::string::npos && text[start] == '{' && depth < wrappers_max) {
    if (take_copy(text, origin, depth + 1)) {
      --summary_.objects_seen;  // What took it counted it.
    } else if (names_an_event(text)) {
      --summary_.objects_seen;
      lose_inner(origin, "the event in it is cut or no JSON");
    } else {
      ++summary_.not_events;
    }
    return;
  }
  if (dialect != Dialect::splunk || !read_splunk_text(text, event_)) {
    ++summary_.not_events;
    return;
  }
  const EventTime indexed = read_event_time(parts[Slot::index_time]);
  event_.created = indexed.time.given() && indexed.has_zone ? indexed.time : event_.created;
  take_built(Dialect::splunk_text, origin, indexed.time.given() && indexed.has_zone);
}

Result<void> EventReader::take_xml(std::string_view xml, Dialect dialect, const Origin& origin) {
  NPG_TRY_VOID(read_xml_event(xml, origin.offset, limits_, event_));
  ++summary_.objects_seen;
  take_built(dialect, origin, true);
  return {};
}

void EventReader::take_built(Dialect dialect, const Origin& origin, bool has_zone) {
  event_.created = is_usable(event_.created) ? event_.created : FileTime{};
  const EventHead head{.computer = event_.computer.raw(),
                       .channel = event_.channel.raw(),
                       .provider = event_.provider.raw(),
                       .event_id = event_.event_id,
                       .record_id = event_.record_id,
                       .time = {.time = event_.created, .has_zone = has_zone}};
  if (count(dialect, head) != nullptr) {
    event_.origin = origin;
    give_or_hold();
  }
}

void EventReader::build(Dialect dialect, const Json& root, const Parts& parts,
                        const EventHead& head) {
  event_.channel = names_.text(channel_);
  event_.provider = provider_ == 0 ? unescape_json(head.provider) : names_.text(provider_);
  event_.computer = names_.text(computer_);
  event_.event_id = *head.event_id;
  event_.record_id = head.record_id;
  event_.created = head.time.time;
  event_.written = {};
  event_.fields.clear();
  event_.is_user_data = false;
  take_system(parts, event_);
  fill(dialect, root, parts);
}

void EventReader::fill(Dialect dialect, const Json& root, const Parts& parts) {
  if (info_of(dialect).is_sensor) {
    add_sensor_fields(dialect, root, parts, event_);
    return;
  }
  if (dialect == Dialect::hayabusa) {
    add_hayabusa_details(root, limits_, event_);
    return;
  }
  if (has_flat_data(dialect)) {
    add_flat_fields(dialect, root, parts, limits_, event_);
    return;
  }
  if (parts.has(Slot::payload)) {
    add_event_data(parts[Slot::payload], limits_, event_.fields);
  }
  const Json& data = parts[Slot::event_data];
  const bool is_xml = data.is_string() &&
                      data.raw().find_first_not_of(' ') != std::string_view::npos &&
                      data.plain_text().starts_with("<");
  if (is_xml) {
    if (!add_xml_data(data.plain_text(), 0, limits_, event_.fields)) {
      event_.fields.clear();  // An event without fields is counted below.
    }
  } else {
    add_event_data(data, limits_, event_.fields);
  }
  if (event_.fields.empty() && parts.has(Slot::user_data)) {
    event_.is_user_data = true;
    add_user_data(parts[Slot::user_data], limits_, event_.fields);
  }
  if (parts.is_dotted) {
    add_dotted(root);
  }
  if (dialect == Dialect::winlogbeat) {
    add_ecs_fields(root, event_);
  }
  if (event_.fields.empty() && parts.has(Slot::inserts)) {
    add_inserts(parts[Slot::inserts], limits_, event_.fields);
  }
  order_params(event_.fields);
  const bool is_nameless = std::ranges::all_of(
      event_.fields, [](const EventField& field) { return field.name.empty(); });
  if ((is_nameless && !name_fields(event_)) || lacks_its_subject(event_)) {
    ++last_dialect_->without_names;
  }
}

void EventReader::add_dotted(const Json& root) {
  for (const DottedData& dotted : dotted_data) {
    const std::size_t before = event_.fields.size();
    add_flat(root, dotted.prefix, limits_, event_.fields);
    event_.is_user_data =
        event_.is_user_data || (dotted.is_user_data && event_.fields.size() > before);
  }
}

EventStreamSummary EventReader::finish(Diagnostics& diagnostics) {
  for (const WinEvent& held : times_.take_held()) {
    give(held);
  }
  for (const auto& [origin, why] : lost_) {
    diagnostics.add(DiagnosticCode::export_line_damaged, Severity::data_loss, origin.offset,
                    origin.length, why + "; it is left out");
  }
  summary_.channels = counter_.finish(names_, diagnostics);
  for (const StreamChannel& channel : summary_.channels) {
    summary_.duplicates += channel.duplicates;
  }
  for (auto& [key, dialect] : dialects_) {
    dialect.computer = names_.text(key.second);
    dialect.not_events = summary_.not_events;
    summary_.dialects.push_back(std::move(dialect));
  }
  std::ranges::sort(summary_.dialects, {}, [](const DialectSummary& one) {
    return std::pair(one.dialect, one.computer.raw());
  });
  return std::move(summary_);
}

}  // namespace npg
