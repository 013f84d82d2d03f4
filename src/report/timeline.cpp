#include "report/timeline.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/evidence_text.hpp"
#include "report/json_parts.hpp"

namespace npg {
namespace {

std::string evidence_text(const TimelineEntry& entry, const Assessment& assessment) {
  std::string text;
  for (const Origin& origin : entry.evidence) {
    if (origin.evidence < assessment.evidence.size()) {
      text += fmt::format("{}{}@{:#x}", text.empty() ? "" : "; ",
                          assessment.evidence[origin.evidence].id, origin.offset);
    }
  }
  return text;
}

std::string joined_in_cell(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) {
    text += (text.empty() ? "" : "; ") + item;
  }
  return text;
}

std::string cell(std::string_view text) {
  return escape_for_csv(EvidenceText::from_utf8(text));
}

/// RFC 4180 ends lines with CR LF.
void row(std::string& out, std::initializer_list<std::string> cells) {
  bool is_first = true;
  for (const std::string& each : cells) {
    out += (is_first ? "" : ",") + each;
    is_first = false;
  }
  out += "\r\n";
}

std::string time_text(FileTime time) {
  return time.given() ? to_rfc3339(time) : std::string();
}

}  // namespace

std::string timeline_jsonl(std::span<const TimelineEntry> entries, const Assessment& assessment) {
  std::string out;
  for (const TimelineEntry& entry : entries) {
    JsonWriter json;
    const json_parts::Context context{json, assessment.evidence};
    json.begin_object()
        .field("time", entry.time)
        .field("host", entry.host.raw())
        .field("kind", name_of(entry.kind))
        .field("source", entry.source);
    json_parts::text_or_null(json, "account", entry.account);
    json.field("text", entry.text).field("record_id", entry.record_id);
    json_parts::words(json, "windows", entry.windows);
    json_parts::citations(context, "evidence", entry.evidence);
    json.end_object();
    out += json.take() + "\n";
  }
  return out;
}

std::string timeline_csv(std::span<const TimelineEntry> entries, const Assessment& assessment) {
  std::string out;
  row(out,
      {"time", "host", "kind", "source", "account", "text", "record_id", "windows", "evidence"});
  for (const TimelineEntry& entry : entries) {
    row(out,
        {time_text(entry.time), escape_for_csv(entry.host.text()), std::string(name_of(entry.kind)),
         cell(entry.source), escape_for_csv(entry.account.text()), cell(entry.text),
         entry.record_id == 0 ? std::string() : fmt::format("{}", entry.record_id),
         cell(joined_in_cell(entry.windows)), cell(evidence_text(entry, assessment))});
  }
  return out;
}

std::string timeline_timesketch(std::span<const TimelineEntry> entries,
                                const Assessment& assessment) {
  std::string out;
  row(out, {"message", "datetime", "timestamp_desc", "hostname", "kind", "source", "username",
            "record_id", "windows", "evidence"});
  for (const TimelineEntry& entry : entries) {
    if (!entry.time.given()) {
      continue;
    }
    std::string kind(name_of(entry.kind));
    std::ranges::replace(kind, '_', ' ');
    row(out,
        {cell(entry.text), to_rfc3339(entry.time), kind, escape_for_csv(entry.host.text()),
         std::string(name_of(entry.kind)), cell(entry.source), escape_for_csv(entry.account.text()),
         entry.record_id == 0 ? std::string() : fmt::format("{}", entry.record_id),
         cell(joined_in_cell(entry.windows)), cell(evidence_text(entry, assessment))});
  }
  return out;
}

}  // namespace npg
