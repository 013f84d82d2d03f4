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
#include "source/event_json/wrappers.hpp"
#include "source/event_json/xml_events.hpp"
#include "view/sensors.hpp"

namespace npg {
namespace {

/// Limit: changes of the registry without a time that wait for one.
constexpr std::size_t waiting_max = 4096;

/// Times behind this are no times of events: what writes them is broken or lies.
constexpr std::string_view latest_time = "2100-01-01T00:00:00Z";

bool is_usable(FileTime time) {
  static const FileTime latest = parse_time(latest_time).value_or(FileTime{});
  return time.given() && time < latest;
}

bool is_registry_change(const WinEvent& event) {
  const std::string_view shape = shape_of(event.provider.raw());
  if (equal_names(shape, "Microsoft-Windows-Sysmon")) {
    return event.event_id >= 12 && event.event_id <= 14;
  }
  constexpr std::array<std::uint32_t, 5> ids = {4656, 4657, 4660, 4663, 4670};
  return equal_names(shape, "Microsoft-Windows-Security-Auditing") &&
         std::ranges::find(ids, event.event_id) != ids.end();
}

/// Of a change that takes something away, the later time is the careful one.
bool takes_away(const WinEvent& event) {
  return event.event_id == 4660 || event.text("OperationType") == "%%1906" ||
         event.text("EventType").starts_with("Delete");
}

/// How far UTC is ahead of local time: whole quarters of an hour, up to 14 hours.
std::optional<std::int64_t> zone_between(FileTime local, FileTime utc) {
  constexpr auto quarter = static_cast<std::int64_t>(900 * FileTime::per_second);
  constexpr auto near = static_cast<std::int64_t>(120 * FileTime::per_second);
  constexpr std::int64_t furthest = 14LL * 4 * quarter;
  const auto apart = static_cast<std::int64_t>(utc.ticks - local.ticks);
  if (apart > furthest + near || apart < -furthest - near) {
    return std::nullopt;
  }
  const std::int64_t zone =
      (apart >= 0 ? (apart + quarter / 2) / quarter : -((-apart + quarter / 2) / quarter)) *
      quarter;
  const std::int64_t off = apart - zone;
  return off > near || off < -near ? std::nullopt : std::optional(zone);
}

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

}  // namespace

EventReader::EventReader(std::span<const EventInterest> interests, const StreamLimits& limits,
                         const EventSink& sink, Zones zones)
    : wanted_(interests),
      limits_(limits),
      sink_(sink),
      names_(limits.evtx_event_kinds_max + limits.evtx_channels_max),
      counter_(limits),
      zones_(std::move(zones)) {}

void EventReader::settle_time(const Json& root, const Parts& parts, EventHead& head) {
  if (head.time.has_zone && is_usable(head.time.time)) {
    return;
  }
  const Json inner = parts[Slot::event_data].member("UtcTime");
  const Json utc_text = inner.exists() ? inner : root.member("UtcTime");
  const bool is_sysmon = equal_names(head.provider, "Microsoft-Windows-Sysmon");
  const FileTime utc = is_sysmon && utc_text.exists() ? read_event_time(utc_text).time : FileTime{};
  if (!is_usable(head.time.time)) {
    head.time = {.time = is_usable(utc) ? utc : FileTime{}};
    return;
  }
  if (utc.given()) {
    if (const auto zone = zone_between(head.time.time, utc)) {
      zones_.insert_or_assign(std::string(head.computer), *zone);
    }
  }
  if (const auto zone = zones_.find(head.computer); zone != zones_.end()) {
    head.time.time.ticks += static_cast<std::uint64_t>(zone->second);
    head.time.has_zone = true;
  }
}

void EventReader::give(bool has_time) {
  if (has_time || !is_registry_change(event_) || waiting_.size() >= waiting_max) {
    ++summary_.events_built;
    sink_(event_);
    return;
  }
  const auto last = last_times_.find({channel_, computer_});
  ++unplaced_;
  waiting_.push_back({.event = event_,
                      .channel = channel_,
                      .computer = computer_,
                      .before = last == last_times_.end() ? FileTime{} : last->second});
}

void EventReader::place_waiting(FileTime next) {
  for (Waiting& one : waiting_) {
    if (one.channel == channel_ && one.computer == computer_ && !one.event.created.given()) {
      const bool later = takes_away(one.event) || !one.before.given();
      one.event.created = later ? next : one.before;
      --unplaced_;
    }
  }
}

void EventReader::give_waiting() {
  for (Waiting& one : waiting_) {
    if (!one.event.created.given()) {
      one.event.created = one.before;
    }
    ++summary_.events_built;
    sink_(one.event);
  }
  waiting_.clear();
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
        (!take_list(parts, origin_of, depth) && !take_inner(parts, origin_of, object, depth))) {
      ++summary_.objects_seen;
      ++summary_.not_events;
    }
    return;
  }
  ++summary_.objects_seen;
  take_event(dialect, object, parts, origin_of);
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
    list.for_each_item([&](const Json& item) {
      if (item.is_object()) {
        take_object(item, origin_of, depth + 1);
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
    if (text.substr(start, 6) == "<Event" &&
        take_xml(text, Dialect::xml_in_json, origin_of(object))) {
      return true;
    }
    if (text[start] == '{' && take_copy(std::move(text), origin_of(object), depth + 1)) {
      return true;
    }
  }
  return false;
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
    const std::pair place(channel_, computer_);
    if (last_time_ == nullptr || last_place_ != place) {
      last_time_ = &last_times_[place];
      last_place_ = place;
    }
    *last_time_ = head.time.time;
    if (unplaced_ > 0) {
      place_waiting(head.time.time);
    }
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
                             const OriginOf& origin_of) {
  const bool is_raw = dialect == Dialect::xml_in_json || dialect == Dialect::splunk ||
                      (dialect == Dialect::opentelemetry && parts[Slot::raw].is_string());
  if (is_raw) {
    take_raw(dialect, parts, origin_of(root));
    return;
  }
  EventHead head = read_head(dialect, parts);
  if (!head.event_id) {
    ++summary_.not_events;
    return;
  }
  settle_time(root, parts, head);
  const StreamWants::Want* want = count(dialect, head);
  if (want == nullptr || !want->may_pass(named_fields(dialect, root, parts))) {
    return;
  }
  build(dialect, root, parts, head);
  event_.origin = origin_of(root);
  give(head.time.time.given());
}

void EventReader::take_raw(Dialect dialect, const Parts& parts, const Origin& origin) {
  const std::string text = parts[Slot::raw].plain_text();
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start != std::string::npos && text[start] == '<') {
    --summary_.objects_seen;  // take_xml counts it.
    if (!take_xml(text, dialect, origin)) {
      ++summary_.objects_seen;
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
    give(event_.created.given());
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
    // What cannot be read leaves the event without fields, which is counted below.
    static_cast<void>(add_xml_data(data.plain_text(), 0, limits_, event_.fields));
  } else {
    add_event_data(data, limits_, event_.fields);
  }
  if (event_.fields.empty() && parts.has(Slot::user_data)) {
    event_.is_user_data = true;
    add_user_data(parts[Slot::user_data], limits_, event_.fields);
  }
  if (parts.is_dotted) {
    add_flat(root, "winlog.event_data.", limits_, event_.fields);
    add_flat(root, "winlog.user_data.", limits_, event_.fields);
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
  if (is_nameless && !name_fields(event_)) {
    ++last_dialect_->without_names;
  }
}

EventStreamSummary EventReader::finish(Diagnostics& diagnostics) {
  give_waiting();
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
