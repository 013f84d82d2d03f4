#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "report/screen_sections.hpp"

namespace npg::screen {
namespace {

/// "Suspicious network provider: LanmanRedirSvc".
std::string title_of(const Finding& finding, const Cuts& cuts) {
  std::string text = finding.title;
  if (!finding.subject.empty()) {
    text += fmt::format(
        ": {}", name(cuts.is_short ? short_key(finding.subject) : std::string(finding.subject)));
  }
  if (!finding.suppressed_by.empty()) {
    text += fmt::format(" (suppressed by {})", finding.suppressed_by);
  }
  return text;
}

FileTime time_of(const Finding& finding) {
  return finding.first_seen.given() ? finding.first_seen : finding.last_seen;
}

/// The year that the times share, which then stands in the heading; empty when they do not.
std::string common_year(const std::vector<const Finding*>& findings) {
  std::string year;
  for (const Finding* const each : findings) {
    if (!time_of(*each).given()) {
      continue;
    }
    const std::string text = time(time_of(*each));
    if (text.size() < 16 || text[4] != '-' || (!year.empty() && year != text.substr(0, 4))) {
      return "";
    }
    year = text.substr(0, 4);
  }
  return year;
}

std::string minute_text(FileTime when, bool year_is_known) {
  if (!when.given()) {
    return "-";
  }
  const std::string text = time(when).substr(0, 16);
  return year_is_known ? text.substr(5) : text;
}

/// What a finding says whose title and subject do not: the file that a value names, what was
/// deleted and where it was found, what contradicts what.
std::string note_on(const Finding& finding) {
  constexpr std::string_view speaking[] = {"NPG1016", "NPG1017", "NPG1028"};
  const bool is_told = is_about_a_value(finding) ||
                       (finding.severity >= FindingSeverity::low &&
                        std::ranges::find(speaking, finding.rule) != std::end(speaking));
  return is_told ? finding.text : std::string();
}

void finding_table(Page& page, const std::vector<const Finding*>& findings, const Cuts& cuts) {
  const std::string year = common_year(findings);
  Table table{.columns = {{.title = "SEVERITY"},
                          {.title = cuts.is_short ? "RULE" : "ID"},
                          {.title = "FINDING", .align = Align::left, .may_shrink = true},
                          {.title = year.empty() ? "TIME" : "TIME " + year}},
              .rows = {}};
  for (const Finding* const each : findings) {
    table.notes.push_back(note_on(*each));
    table.rows.push_back(
        {{.text = std::string(npg::name_of(each->severity)), .paint = paint_of(each->severity)},
         {.text = cuts.is_short ? each->rule : each->id},
         {.text = title_of(*each, cuts)},
         {.text = minute_text(time_of(*each), !year.empty())}});
  }
  page.table(2, table);
}

/// "and 12 of low and 3 of info severity" for the findings that have no line.
void summarise(Page& page, const std::vector<const Finding*>& left_out) {
  std::vector<std::string> parts;
  for (const FindingSeverity severity :
       {FindingSeverity::critical, FindingSeverity::high, FindingSeverity::medium,
        FindingSeverity::low, FindingSeverity::info}) {
    const auto count = std::ranges::count(left_out, severity, &Finding::severity);
    if (count > 0) {
      parts.push_back(fmt::format("{} of severity {}", count, npg::name_of(severity)));
    }
  }
  if (!parts.empty()) {
    page.paragraph(2, "… ", fmt::format("and {} (--json for all)", joined(parts)), Paint::quiet);
  }
}

}  // namespace

bool is_about_a_value(const Finding& finding) {
  return finding.rule == "NPG1007" || finding.rule == "NPG1010";
}

void findings(Page& page, const HostAssessment& host, const Cuts& cuts) {
  std::vector<const Finding*> rows;
  std::size_t suppressed = 0;
  // What is hidden, from the worst on: severity, rule and exception.
  std::map<std::pair<FindingSeverity, std::string>, std::size_t, std::greater<>> hidden;
  for (const Finding& each : host.findings) {
    if (cuts.is_short && !each.suppressed_by.empty()) {
      ++suppressed;
      ++hidden[{each.severity, fmt::format("{} by {}", each.rule, each.suppressed_by)}];
    } else {
      rows.push_back(&each);
    }
  }
  if (host.findings.empty()) {
    return;
  }
  page.section("FINDINGS (times in UTC)");
  // Where there are many, the lesser ones are told by their number.
  const auto is_worth_a_line = [](const Finding* finding) {
    return finding->severity >= FindingSeverity::medium;
  };
  const bool are_many = rows.size() > cuts.findings;
  std::vector<const Finding*> shown;
  for (const std::size_t i : chosen(rows, cuts.findings, is_worth_a_line)) {
    if (!are_many || is_worth_a_line(rows[i])) {
      shown.push_back(rows[i]);
    }
  }
  if (!shown.empty()) {
    finding_table(page, shown, cuts);
  }
  std::vector<const Finding*> left_out;
  for (const Finding* const each : rows) {
    if (std::ranges::find(shown, each) == shown.end()) {
      left_out.push_back(each);
    }
  }
  summarise(page, left_out);
  if (suppressed > 0) {
    std::string what;
    for (const auto& [each, count] : hidden) {
      what += fmt::format("{}{} {}{}", what.empty() ? "" : ", ", name_of(each.first), each.second,
                          count > 1 ? fmt::format(" ({} times)", count) : "");
    }
    page.paragraph(2, "",
                   fmt::format("{} hidden by exceptions: {}.",
                               counted(suppressed, "finding", "findings"), what));
  }
}

}  // namespace npg::screen
