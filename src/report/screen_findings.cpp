#include <fmt/format.h>

#include <map>

#include "report/screen_sections.hpp"

namespace npg::screen {
namespace {

void bullet(Page& page, std::string_view text) {
  page.paragraph(2, "- ", text);
}

std::string gap_text(const LogGap& gap) {
  std::string text = fmt::format(
      "{} missing after record {}",
      counted(gap.next_id > gap.after_id ? gap.next_id - gap.after_id - 1 : 0, "record", "records"),
      gap.after_id);
  if (gap.after_time.given() || gap.next_time.given()) {
    text += fmt::format(" ({} to {})", time(gap.after_time), time(gap.next_time));
  }
  return text;
}

void gaps(Page& page, const CoverageSource& source, const Cuts& cuts) {
  if (source.gaps.empty()) {
    return;
  }
  std::vector<std::string> texts;
  for (const LogGap& gap : source.gaps) {
    texts.push_back(gap_text(gap));
  }
  bullet(page, fmt::format("{} has {}: {}", name(source.channel),
                           counted(source.gaps.size(), "gap", "gaps"), first_of(texts, cuts.few)));
}

/// Rules that lack the same thing stand in one line.
std::size_t not_evaluated(Page& page, const Coverage& coverage, std::size_t most) {
  std::map<std::string, std::vector<std::string>> rules_by_lack;
  for (const NotEvaluated& each : coverage.not_evaluated) {
    const std::string lack =
        each.why.empty() ? each.needs : fmt::format("{} ({})", each.needs, each.why);
    rules_by_lack[lack].push_back(each.rule);
  }
  std::size_t shown = 0;
  for (const auto& [lack, rules] : rules_by_lack) {
    if (shown == most) {
      return rules_by_lack.size() - shown;
    }
    ++shown;
    bullet(page, fmt::format("Not evaluated for lack of {}: {}.", lack, first_of(rules, 6)));
  }
  return 0;
}

/// What the silence is worth: for which times there were records at all.
void logs_read(Page& page, const Coverage& coverage, const Cuts& cuts) {
  std::vector<std::string> logs;
  for (const CoverageSource& each : coverage.sources) {
    if (each.records > 0 && each.first.given()) {
      logs.push_back(fmt::format("{} {} to {}", name(each.channel), time(each.first).substr(0, 10),
                                 time(each.last).substr(0, 10)));
    }
  }
  if (!logs.empty()) {
    page.paragraph(2, "", "Records read: " + first_of(logs, cuts.statements) + ".");
  }
}

}  // namespace

void findings(Page& page, const HostAssessment& host, const Cuts& cuts) {
  std::vector<const Finding*> rows;
  std::size_t suppressed = 0;
  for (const Finding& each : host.findings) {
    if (cuts.hides_unreached && !each.suppressed_by.empty()) {
      ++suppressed;
    } else {
      rows.push_back(&each);
    }
  }
  if (host.findings.empty()) {
    return;
  }
  page.section("FINDINGS (times in UTC)");
  Table table{.columns = {{.title = "SEVERITY"},
                          {.title = "ID"},
                          {.title = "TITLE", .align = Align::left, .may_shrink = true},
                          {.title = "SUBJECT", .align = Align::left, .may_shrink = true},
                          {.title = "TIME"}},
              .rows = {}};
  const auto indexes = chosen(rows, cuts.findings, [](const Finding* finding) {
    return finding->severity >= FindingSeverity::medium;
  });
  for (const std::size_t i : indexes) {
    const Finding& each = *rows[i];
    const FileTime when = each.first_seen.given() ? each.first_seen : each.last_seen;
    table.rows.push_back(
        {{.text = std::string(npg::name_of(each.severity)), .paint = paint_of(each.severity)},
         {.text = each.id},
         {.text = each.title + (each.suppressed_by.empty()
                                    ? std::string()
                                    : fmt::format(" (suppressed by {})", each.suppressed_by))},
         {.text = name(each.subject)},
         {.text = when.given() ? time(when).substr(0, 16) : "-"}});
  }
  if (!table.rows.empty()) {
    page.table(2, table);
  }
  more(page, 2, rows.size() - indexes.size(), "finding", "findings");
  if (suppressed > 0) {
    page.paragraph(
        2, "", fmt::format("{} hidden by exceptions.", counted(suppressed, "finding", "findings")));
  }
}

void could_not_see(Page& page, const HostAssessment& host, const Cuts& cuts) {
  page.section("COULD NOT SEE");
  std::vector<std::string> statements = host.coverage.statements;
  for (const Exposure& exposure : host.exposures) {
    for (const std::string& each : exposure.blind_spots) {
      statements.push_back(fmt::format("{}: {}", name(exposure.provider), each));
    }
  }
  const std::size_t shown = std::min(statements.size(), cuts.statements);
  for (std::size_t i = 0; i < shown; ++i) {
    bullet(page, statements[i]);
  }
  more(page, 2, statements.size() - shown, "statement", "statements");
  const std::size_t left_out = not_evaluated(page, host.coverage, cuts.few);
  more(page, 2, left_out, "thing that rules need", "things that rules need");
  bool has_gaps = false;
  for (const CoverageSource& each : host.coverage.sources) {
    gaps(page, each, cuts);
    has_gaps = has_gaps || !each.gaps.empty();
  }
  if (statements.empty() && host.coverage.not_evaluated.empty() && !has_gaps) {
    page.paragraph(2, "", "Nothing that the rules need was missing.");
  }
  logs_read(page, host.coverage, cuts);
}

}  // namespace npg::screen
