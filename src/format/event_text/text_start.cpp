#include "format/event_text/text_start.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/evidence_text.hpp"

namespace npg {
namespace {

constexpr std::string_view blanks = " \t\r\n\x1e";

/// Names by which dialects are told; two of them make a stream of events.
constexpr std::array<std::string_view, 46> telling_names = {"Event",
                                                            "System",
                                                            "EventID",
                                                            "EventRecordID",
                                                            "EventId",
                                                            "EventRecordId",
                                                            "Channel",
                                                            "Computer",
                                                            "Provider",
                                                            "ProviderName",
                                                            "Provider_Name",
                                                            "SourceName",
                                                            "SourceModuleType",
                                                            "RecordNumber",
                                                            "Hostname",
                                                            "EventData",
                                                            "UserData",
                                                            "StringInserts",
                                                            "winlog",
                                                            "winlog.channel",
                                                            "winlog.event_id",
                                                            "winlog.provider_name",
                                                            "event_id",
                                                            "provider_name",
                                                            "log_name",
                                                            "computer_name",
                                                            "source_name",
                                                            "event_data",
                                                            "eventID",
                                                            "providerName",
                                                            "eventdata",
                                                            "LogName",
                                                            "MachineName",
                                                            "RecordId",
                                                            "RuleTitle",
                                                            "ActionType",
                                                            "DeviceName",
                                                            "TimeGenerated",
                                                            "EventSourceName",
                                                            "EventLog",
                                                            "PayloadData1",
                                                            "RecordID",
                                                            "event.dataset",
                                                            "data.win.system.eventID",
                                                            "data.win.system.channel",
                                                            "dataset"};
/// Wrappers that hold nothing of the event by name; one is enough.
constexpr std::array<std::string_view, 4> telling_wrappers = {"_raw", "resourceLogs", "_source",
                                                              "scopeLogs"};

/// True when the text has the name as a key, in a string inside of it too.
bool has_key(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != std::string_view::npos;
       at = text.find(name, at + 1)) {
    const std::size_t end = std::min(text.find_first_not_of('\\', at + name.size()), text.size());
    if (at == 0 || text[at - 1] != '"' || end >= text.size() || text[end] != '"') {
      continue;
    }
    const std::size_t colon = text.find_first_not_of(blanks, end + 1);
    if (colon != std::string_view::npos && text[colon] == ':') {
      return true;
    }
  }
  return false;
}

/// Names that collectors of any log give its lines. One of them makes a text worth reading, since
/// the lines of several hosts and systems come mixed.
constexpr std::array<std::string_view, 5> collector_names = {"@timestamp", "data_stream", "_time",
                                                             "sourcetype", "full_log"};
/// What only events of Windows and of Elastic's sensor have in their values.
constexpr std::array<std::string_view, 3> telling_values = {"\"<Event ", "\"<Event>",
                                                            "\"endpoint.events."};

std::string_view line_at(std::string_view text, std::size_t at) {
  return text.substr(at, text.find('\n', at) - at);
}

/// Where the first JSON object or element begins: a few lines of something else, and something else
/// on its line, may stand before it. npos when there is none.
std::size_t first_value(std::string_view text) {
  constexpr std::size_t lines_max = 16;  // Limit: a heading, not a document.
  std::size_t at = 0;
  for (std::size_t line = 0; line < lines_max && at < text.size(); ++line) {
    const std::string_view rest = line_at(text, at);
    const std::size_t filled = rest.find_first_not_of(blanks);
    if (filled != rest.npos &&
        (rest[filled] == '{' || rest[filled] == '[' || rest[filled] == '<')) {
      const std::size_t brace = rest.find("{\"");
      const bool has_syslog_priority = rest[filled] == '<' && rest.size() > filled + 1 &&
                                       rest[filled + 1] >= '0' && rest[filled + 1] <= '9';
      return at + (has_syslog_priority && brace != rest.npos ? brace : filled);
    }
    if (const std::size_t brace = rest.find("{\""); brace != rest.npos) {
      return at + brace;
    }
    at += rest.size() + 1;
  }
  return text.npos;
}

/// Elements in strings of their own, as ConvertTo-Json leaves what ToXml() gives.
bool looks_like_elements_in_json(std::string_view text) {
  std::size_t at = text.find_first_not_of(blanks);
  if (at != std::string_view::npos && text[at] == '[') {
    at = text.find_first_not_of(blanks, at + 1);
  }
  const std::string_view rest = at == std::string_view::npos ? "" : text.substr(at);
  constexpr std::array<std::string_view, 4> begins = {"\"<Event ", "\"<Event>", "\"\\u003cEvent",
                                                      "\"\\u003CEvent"};
  return std::ranges::any_of(begins, [rest](auto begin) { return rest.starts_with(begin); });
}

bool looks_like_json(std::string_view text) {
  std::size_t at = first_value(text);
  while (at != std::string_view::npos && text[at] == '[') {
    at = text.find_first_not_of(blanks, at + 1);
  }
  if (at == std::string_view::npos || text[at] != '{') {
    return false;
  }
  const std::size_t first = text.find_first_not_of(blanks, at + 1);
  if (first == std::string_view::npos || text[first] != '"') {
    return false;
  }
  const auto holds = [&](std::string_view name) { return has_key(text, name); };
  const auto contains = [&](std::string_view value) { return text.contains(value); };
  if (std::ranges::any_of(telling_wrappers, holds) || std::ranges::any_of(collector_names, holds) ||
      std::ranges::any_of(telling_values, contains) ||
      std::ranges::count_if(telling_names, holds) >= 2) {
    return true;
  }
  if (holds("tables") && holds("columns")) {
    return true;  // Log Analytics: the names are values of the columns
  }
  // A first object that goes on may show its names later.
  constexpr std::size_t long_text = 8000;
  return text.size() >= long_text && text.find('\n') == std::string_view::npos;
}

/// True when an element of that name begins here, with any namespace prefix.
bool begins_element(std::string_view rest, std::string_view name) {
  const std::size_t end = rest.find_first_of("> \t\r\n/");
  if (!rest.starts_with('<') || end == rest.npos) {
    return false;
  }
  const std::string_view tag = rest.substr(1, end - 1);
  const std::size_t colon = tag.rfind(':');
  return tag.substr(colon == tag.npos ? 0 : colon + 1) == name;
}

bool looks_like_xml(std::string_view text) {
  std::size_t at = first_value(text);
  while (at != std::string_view::npos) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("<?") || rest.starts_with("<!--")) {
      const std::size_t end = rest.find('>');
      at = end == std::string_view::npos ? end : text.find_first_not_of(blanks, at + end + 1);
      continue;
    }
    if (!begins_element(rest, "Events")) {
      return begins_element(rest, "Event");
    }
    for (std::size_t next = rest.find('<', 1); next != rest.npos; next = rest.find('<', next + 1)) {
      if (begins_element(rest.substr(next), "Event")) {
        return true;
      }
    }
    return false;
  }
  return false;
}

bool looks_like_csv(std::string_view text) {
  const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  if (line.size() == text.size() || line.find(',') == std::string_view::npos) {
    return false;
  }
  std::size_t told = 0;
  bool has_raw = false;
  for (std::size_t at = 0; at <= line.size();) {
    const std::size_t comma = std::min(line.find(',', at), line.size());
    std::string_view name = line.substr(at, comma - at);
    if (name.starts_with('"') && name.ends_with('"') && name.size() > 1) {
      name = name.substr(1, name.size() - 2);
    }
    has_raw = has_raw || name == "_raw";  // Splunk's whole event in a cell
    told += std::ranges::find(telling_names, name) != telling_names.end() ? 1U : 0U;
    at = comma + 1;
  }
  return told >= 2 || has_raw;
}

}  // namespace

TextStart text_start(Bytes first_bytes) {
  using enum TextEncoding;
  if (first_bytes.starts_with("\xef\xbb\xbf")) {
    return {.encoding = utf8, .mark_bytes = 3};
  }
  if (first_bytes.starts_with("\xff\xfe")) {
    return {.encoding = utf16_little, .mark_bytes = 2};
  }
  if (first_bytes.starts_with("\xfe\xff")) {
    return {.encoding = utf16_big, .mark_bytes = 2};
  }
  const auto bytes = first_bytes.data();
  if (bytes.size() < 2 || (bytes[0] == std::byte{0}) == (bytes[1] == std::byte{0})) {
    return {};
  }
  return {.encoding = bytes[0] == std::byte{0} ? utf16_big : utf16_little};
}

std::string text_behind_start(Bytes first_bytes) {
  const TextStart start = text_start(first_bytes);
  const auto bytes = first_bytes.from(start.mark_bytes).data();
  if (start.encoding == TextEncoding::utf8) {
    std::string text(bytes.size(), '\0');
    std::ranges::transform(bytes, text.begin(),
                           [](std::byte byte) { return static_cast<char>(byte); });
    return text;
  }
  std::vector<std::byte> units(bytes.begin(), bytes.end());
  if (start.encoding == TextEncoding::utf16_big) {
    for (std::size_t i = 0; i + 1 < units.size(); i += 2) {
      std::swap(units[i], units[i + 1]);
    }
  }
  return std::string(EvidenceText::from_utf16(units).raw());
}

std::string event_prefix_of(std::string_view text) {
  for (std::size_t at = text.find(":Event"); at != text.npos; at = text.find(":Event", at + 1)) {
    const std::size_t open = text.rfind('<', at);
    if (open != text.npos && begins_element(text.substr(open), "Event")) {
      return std::string(text.substr(open + 1, at - open));
    }
  }
  return {};
}

EventText event_text_of(Bytes first_bytes) {
  const std::string text = text_behind_start(first_bytes);
  // What is packed may hold text as it is, behind bytes that text does not begin with.
  const bool is_packed = std::ranges::any_of(text.substr(0, 16), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && !blanks.contains(c);
  });
  if (is_packed) {
    return EventText::none;
  }
  if (looks_like_csv(text)) {
    return EventText::csv;  // Its cells may hold what the others are told by.
  }
  if (looks_like_json(text) || looks_like_elements_in_json(text)) {
    return EventText::json;
  }
  return looks_like_xml(text) ? EventText::xml : EventText::none;
}

}  // namespace npg
