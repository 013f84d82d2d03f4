#include "format/event_text/text_start.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/evidence_text.hpp"

namespace npg {
namespace {

constexpr std::string_view blanks = " \t\r\n\x1e";

/// Names by which dialects are told; two of them make a stream of events.
constexpr std::array<std::string_view, 44> telling_names = {"Event",
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
                                                            "dataset"};
/// Wrappers that hold nothing of the event by name; one is enough.
constexpr std::array<std::string_view, 4> telling_wrappers = {"_raw", "resourceLogs", "_source",
                                                              "scopeLogs"};

/// True when the text has the name as a key.
bool has_key(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != std::string_view::npos;
       at = text.find(name, at + 1)) {
    const std::size_t end = at + name.size();
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

bool looks_like_json(std::string_view text) {
  std::size_t at = text.find_first_not_of(blanks);
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
  if (std::ranges::any_of(telling_wrappers, holds) ||
      std::ranges::count_if(telling_names, holds) >= 2) {
    return true;
  }
  // A first object that goes on may show its names later.
  constexpr std::size_t long_text = 8000;
  return text.size() >= long_text && text.find('\n') == std::string_view::npos;
}

bool looks_like_xml(std::string_view text) {
  std::size_t at = text.find_first_not_of(blanks);
  while (at != std::string_view::npos) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("<?") || rest.starts_with("<!--")) {
      const std::size_t end = rest.find('>');
      at = end == std::string_view::npos ? end : text.find_first_not_of(blanks, at + end + 1);
      continue;
    }
    const bool is_event = rest.starts_with("<Event ") || rest.starts_with("<Event>");
    return is_event || ((rest.starts_with("<Events>") || rest.starts_with("<Events ")) &&
                        rest.find("<Event", 7) != std::string_view::npos);
  }
  return false;
}

bool looks_like_csv(std::string_view text) {
  const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  if (line.size() == text.size() || line.find(',') == std::string_view::npos) {
    return false;
  }
  std::size_t told = 0;
  for (std::size_t at = 0; at <= line.size();) {
    const std::size_t comma = std::min(line.find(',', at), line.size());
    std::string_view name = line.substr(at, comma - at);
    if (name.starts_with('"') && name.ends_with('"') && name.size() > 1) {
      name = name.substr(1, name.size() - 2);
    }
    told += std::ranges::find(telling_names, name) != telling_names.end() ? 1U : 0U;
    at = comma + 1;
  }
  return told >= 2;
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

EventText event_text_of(Bytes first_bytes) {
  const std::string text = text_behind_start(first_bytes);
  if (looks_like_json(text)) {
    return EventText::json;
  }
  if (looks_like_xml(text)) {
    return EventText::xml;
  }
  return looks_like_csv(text) ? EventText::csv : EventText::none;
}

}  // namespace npg
