#include <fmt/format.h>

#include <map>
#include <set>

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
  bullet(page, fmt::format("{} has {}: {}", short_channel(source.channel),
                           counted(source.gaps.size(), "gap", "gaps"), first_of(texts, cuts.few)));
}

std::vector<std::string> rules_not_evaluated(const Coverage& coverage) {
  std::vector<std::string> rules;
  std::set<std::string> seen;
  for (const NotEvaluated& each : coverage.not_evaluated) {
    if (seen.insert(each.rule).second) {
      rules.push_back(each.rule);
    }
  }
  return rules;
}

/// Rules that lack the same thing stand in one line; when they lack many things, all in one.
void not_evaluated(Page& page, const Coverage& coverage, const Cuts& cuts) {
  std::map<std::string, std::vector<std::string>> rules_by_lack;
  for (const NotEvaluated& each : coverage.not_evaluated) {
    rules_by_lack[each.why.empty() ? each.needs : each.why].push_back(each.rule);
  }
  if (cuts.is_short && rules_by_lack.size() > 2) {
    const auto rules = rules_not_evaluated(coverage);
    bullet(page, fmt::format("{} not evaluated for lack of evidence: {}.",
                             counted(rules.size(), "rule was", "rules were"), first_of(rules, 15)));
    return;
  }
  for (const auto& [lack, rules] : rules_by_lack) {
    bullet(page, fmt::format("Not evaluated: {} ({}).", first_of(rules, 15), lack));
  }
}

/// What the silence is worth: for which times there were records at all, and how many.
void logs_read(Page& page, const Coverage& coverage, const Cuts& cuts) {
  std::vector<std::string> logs;
  FileTime first;
  FileTime last;
  for (const CoverageSource& each : coverage.sources) {
    if (each.records == 0 || !each.first.given()) {
      continue;
    }
    first = first.given() ? std::min(first, each.first) : each.first;
    last = std::max(last, each.last);
    logs.push_back(cuts.is_short ? fmt::format("{} {}", short_channel(each.channel), each.records)
                                 : fmt::format("{} {} from {} to {}", name(each.channel),
                                               each.records, time(each.first), time(each.last)));
  }
  if (!logs.empty()) {
    page.paragraph(2, "",
                   fmt::format("Records read, {} to {}: {}.", time(first).substr(0, 10),
                               time(last).substr(0, 10), first_of(logs, 8)));
  }
}

/// The words before a statement's first colon, which say the thing; the rest says what follows
/// from it.
std::string gist(const std::string& statement) {
  const std::size_t colon = statement.find(": ");
  const std::size_t bracket = statement.find(" (");
  std::string text = statement.substr(0, std::min(colon, bracket));
  if (text.ends_with('.')) {
    text.pop_back();
  }
  return text;
}

}  // namespace

std::string short_channel(const SharedText& channel) {
  std::string_view text = channel.raw();
  constexpr std::string_view prefix = "Microsoft-Windows-";
  if (text.size() > prefix.size() && equal_names(text.substr(0, prefix.size()), prefix)) {
    text.remove_prefix(prefix.size());
  }
  constexpr std::string_view suffix = "/Operational";
  if (text.size() > suffix.size() &&
      equal_names(text.substr(text.size() - suffix.size()), suffix)) {
    text.remove_suffix(suffix.size());
  }
  return name(text);
}

std::vector<std::string> unseen(const HostAssessment& host) {
  std::vector<std::string> statements;
  const auto is_new = [&](std::string_view text) {
    return std::ranges::none_of(statements,
                                [&](const std::string& said) { return contains_name(said, text); });
  };
  for (const std::string& each : host.coverage.statements) {
    if (is_new(each)) {
      statements.push_back(each);
    }
  }
  for (const Exposure& exposure : host.exposures) {
    for (const std::string& each : exposure.blind_spots) {
      if (is_new(each)) {
        statements.push_back(fmt::format("{}: {}", name(exposure.provider), each));
      }
    }
  }
  return statements;
}

std::string unseen_in_short(const HostAssessment& host, const Cuts& cuts) {
  std::vector<std::string> parts;
  for (const std::string& each : unseen(host)) {
    parts.push_back(gist(each));
  }
  const std::size_t rules = rules_not_evaluated(host.coverage).size();
  std::string text;
  for (std::size_t i = 0; i < parts.size() && i < cuts.statements; ++i) {
    text += (i == 0 ? "" : "; ") + parts[i];
  }
  if (parts.size() > cuts.statements) {
    text += fmt::format("; {} more", parts.size() - cuts.statements);
  }
  if (rules > 0) {
    text += fmt::format("{}{} not evaluated", text.empty() ? "" : "; ",
                        counted(rules, "rule", "rules"));
  }
  return text;
}

void could_not_see(Page& page, const HostAssessment& host, const Cuts& cuts) {
  page.section("COULD NOT SEE");
  std::vector<std::string> statements = unseen(host);
  // The line about the gaps of a log says more than the statement that there are some.
  std::erase_if(statements, [&](const std::string& statement) {
    return std::ranges::any_of(host.coverage.sources, [&](const CoverageSource& source) {
      return !source.gaps.empty() && contains_name(statement, "record ids are missing") &&
             contains_name(statement, source.channel.raw());
    });
  });
  const std::size_t shown = std::min(statements.size(), cuts.statements);
  for (std::size_t i = 0; i < shown; ++i) {
    bullet(page, statements[i]);
  }
  more(page, 2, statements.size() - shown, "statement", "statements");
  not_evaluated(page, host.coverage, cuts);
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
