#include "report/screen_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "report/provider_parts.hpp"
#include "report/screen_sections.hpp"

namespace npg {
namespace screen {

void more(Page& page, std::size_t indent, std::size_t left_out, std::string_view singular,
          std::string_view plural) {
  if (left_out > 0) {
    page.paragraph(
        indent, "… ",
        fmt::format("and {} more {} (--json for all)", left_out, left_out == 1 ? singular : plural),
        Paint::quiet);
  }
}

/// About how many lines the text takes behind its label on a page of the usual width.
std::size_t lines_of(std::string_view text) {
  constexpr std::size_t usual_width = 86;
  return wrap(escape_for_terminal(EvidenceText::from_utf8(text)), usual_width, 5).size();
}

std::string first_of(const std::vector<std::string>& items, std::size_t most) {
  if (items.size() <= most) {
    return joined(items);
  }
  std::vector<std::string> head;
  for (std::size_t i = 0; i < most; ++i) {
    head.push_back(items[i]);
  }
  head.push_back(fmt::format("{} more", items.size() - most));
  return joined(head);
}

Paint paint_of(Action action) {
  return action == Action::reset_now ? Paint::bad
         : action == Action::reset   ? Paint::warning
                                     : Paint::plain;
}

Paint paint_of(FindingSeverity severity) {
  return severity >= FindingSeverity::high     ? Paint::bad
         : severity == FindingSeverity::medium ? Paint::warning
                                               : Paint::plain;
}

Paint paint_of(HostVerdict verdict) {
  switch (verdict) {
    case HostVerdict::compromised: return Paint::bad;
    case HostVerdict::clean: return Paint::good;
    default: return Paint::warning;
  }
}

Paint paint_of(ProviderVerdict verdict) {
  return verdict >= ProviderVerdict::suspicious    ? Paint::bad
         : verdict == ProviderVerdict::unexplained ? Paint::warning
                                                   : Paint::plain;
}

std::string name_of_host(const HostAssessment& host) {
  return name(host.host.name);
}

std::string short_key(std::string_view text) {
  constexpr std::string_view prefix = "HKLM\\SYSTEM\\CurrentControlSet\\";
  return name(text.size() > prefix.size() && equal_names(text.substr(0, prefix.size()), prefix)
                  ? text.substr(prefix.size())
                  : text);
}

}  // namespace screen

namespace {

using namespace screen;

std::string upper_word(HostVerdict verdict) {
  std::string word = spaced(npg::name_of(verdict));
  for (char& c : word) {
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return word;
}

/// The verdict line, and what kind of machine this is.
void head(Page& page, const Assessment& assessment, const HostAssessment& host) {
  page.paragraph(0, upper_word(host.verdict) + "  ",
                 fmt::format("{}. {}", name_of_host(host), host.verdict_text),
                 paint_of(host.verdict));
  std::vector<std::string> parts;
  if (!host.host.product.empty()) {
    parts.push_back(name(product_by_build(host.host)));
  }
  if (host.host.build != 0) {
    parts.push_back(host.host.revision == 0
                        ? fmt::format("build {}", host.host.build)
                        : fmt::format("build {}.{}", host.host.build, host.host.revision));
  }
  if (!host.host.role.empty() && host.host.role != "unknown") {
    parts.push_back(spaced(host.host.role));
  }
  if (!host.host.domain.empty()) {
    parts.push_back("domain " + name(host.host.domain));
  }
  // For several hosts the time stands above their table.
  if (assessment.as_of.given() && assessment.hosts.size() == 1) {
    parts.push_back("as of " + time(assessment.as_of));
  }
  std::string text;
  for (const std::string& part : parts) {
    text += (text.empty() ? "" : ", ") + part;
  }
  if (!text.empty()) {
    page.paragraph(0, "", text);
  }
}

/// A host of several about which nothing can be said: its verdict and why, in a paragraph.
void undetermined_in_fleet(Page& page, const HostAssessment& host) {
  Cuts few;
  few.statements = 3;
  const std::string missing = unseen_in_short(host, few);
  page.paragraph(0, upper_word(host.verdict) + "  ",
                 fmt::format("{}. {}{}", name_of_host(host), host.verdict_text,
                             missing.empty() ? "" : fmt::format(" Could not see: {}.", missing)),
                 paint_of(host.verdict));
}

void one_host(Page& page, const Assessment& assessment, const HostAssessment& host,
              const Cuts& cuts) {
  head(page, assessment, host);
  // Of several hosts it is not known whose a file is that could not be read.
  const auto unread =
      assessment.hosts.size() == 1 ? unread_files(assessment) : std::vector<UnreadFile>();
  // What was recovered changes no verdict, and is to be seen all the same.
  const bool has_finding = std::ranges::any_of(host.findings, [](const Finding& each) {
    return each.severity >= FindingSeverity::low && each.suppressed_by.empty();
  });
  const bool is_short = !has_finding && (host.verdict == HostVerdict::clean ||
                                         host.verdict == HostVerdict::undetermined);
  if (is_short && cuts.is_short) {
    host_in_short(page, host, unread, cuts);
    changes(page, host, cuts);
    if (assessment.hosts.size() == 1) {
      odd_values(page, assessment);
      files_not_read(page, unread, cuts);
    }
    return;
  }
  providers(page, host, cuts);
  companions(page, host, cuts);
  if (assessment.hosts.size() == 1) {
    odd_values(page, assessment);
  }
  changes(page, host, cuts);
  exposures(page, host, cuts);
  findings(page, host, cuts);
  attack_line(page, assessment.attack_source, host);
  could_not_see(page, host, cuts);
  if (assessment.hosts.size() == 1) {
    files_not_read(page, unread, cuts);
  }
  next_steps(page, host, unread, cuts);
}

std::string worst_finding(const HostAssessment& host) {
  const Finding* worst = nullptr;
  for (const Finding& each : host.findings) {
    if (each.suppressed_by.empty() && (worst == nullptr || each.severity > worst->severity)) {
      worst = &each;
    }
  }
  return worst == nullptr ? "-"
                          : fmt::format("{}: {}", npg::name_of(worst->severity), worst->title);
}

/// Hosts as a reader wants them: the worst first, the clean last, otherwise in the given order.
std::vector<std::size_t> by_urgency(const std::vector<HostAssessment>& hosts) {
  std::vector<std::size_t> indexes(hosts.size());
  std::iota(indexes.begin(), indexes.end(), 0U);
  const auto rank = [&](std::size_t i) {
    return hosts[i].verdict == HostVerdict::clean ? 100 : static_cast<int>(hosts[i].verdict);
  };
  std::ranges::stable_sort(indexes, {}, rank);
  return indexes;
}

void summary(Page& page, const Assessment& assessment, const std::vector<std::size_t>& order,
             const Cuts& cuts) {
  page.paragraph(0, "",
                 counted(assessment.hosts.size(), "host", "hosts") +
                     (assessment.as_of.given() ? ", as of " + time(assessment.as_of) : ""));
  page.blank();
  Table table{.columns = {{.title = "HOST", .align = Align::left, .may_shrink = true},
                          {.title = "VERDICT"},
                          {.title = "EXPOSED", .align = Align::right},
                          {.title = "WORST FINDING", .align = Align::left, .may_shrink = true}},
              .rows = {}};
  const std::size_t shown = std::min(order.size(), cuts.summary_rows);
  for (std::size_t i = 0; i < shown; ++i) {
    const HostAssessment& host = assessment.hosts[order[i]];
    table.rows.push_back(
        {{.text = name_of_host(host)},
         {.text = spaced(npg::name_of(host.verdict)), .paint = paint_of(host.verdict)},
         {.text = fmt::format("{}", exposed_accounts(host))},
         {.text = worst_finding(host)}});
  }
  page.table(2, table);
  more(page, 2, order.size() - shown, "host", "hosts");
}

/// Over several hosts: whose password first, and why.
void resets(Page& page, const Assessment& assessment, const Cuts& cuts) {
  if (assessment.resets.empty()) {
    return;
  }
  page.section("RESET IN THIS ORDER");
  Steps steps(page);
  const std::size_t shown = std::min(assessment.resets.size(), cuts.accounts);
  for (std::size_t i = 0; i < shown; ++i) {
    const ResetItem& each = assessment.resets[i];
    steps.add(fmt::format("{} ({}, exposed on {}): {}",
                          name(each.account.empty() ? each.sid : each.account),
                          spaced(npg::name_of(each.action)), name(each.host), each.reason));
  }
  more(page, 2, assessment.resets.size() - shown, "account", "accounts");
}

void hosts(Page& page, const Assessment& assessment, const ScreenOptions& options,
           const Cuts& cuts) {
  if (assessment.hosts.empty()) {
    page.paragraph(0, "UNDETERMINED  ", "No host was found in the evidence.", Paint::warning);
    page.section("WHAT TO DO NEXT");
    page.paragraph(
        2, "1. ",
        "Give the SYSTEM hive with its logs, the SOFTWARE hive, the DLLs that providers name, "
        "and the event logs of a host.");
    return;
  }
  const std::vector<std::size_t> order = by_urgency(assessment.hosts);
  const bool is_fleet = assessment.hosts.size() > 1;
  if (is_fleet) {
    summary(page, assessment, order, cuts);
    resets(page, assessment, cuts);
  }
  std::size_t shown = 0;
  std::size_t left_out = 0;
  bool was_brief = false;
  for (const std::size_t i : order) {
    const HostAssessment& host = assessment.hosts[i];
    if (is_fleet && (host.verdict == HostVerdict::clean || options.verbosity < 0)) {
      continue;
    }
    if (shown == cuts.hosts) {
      ++left_out;
      continue;
    }
    ++shown;
    const bool is_brief = is_fleet && cuts.is_short && host.verdict == HostVerdict::undetermined;
    if (is_fleet) {
      page.blank();
    }
    if (is_fleet && !(is_brief && was_brief)) {
      page.blank();
    }
    was_brief = is_brief;
    if (is_brief && options.verbosity == 0) {
      undetermined_in_fleet(page, host);
    } else if (options.verbosity < 0) {
      head(page, assessment, host);
    } else {
      one_host(page, assessment, host, cuts);
    }
  }
  if (left_out > 0) {
    page.blank();
    more(page, 0, left_out, "host that is not clean", "hosts that are not clean");
  }
}

/// "2 read, 1 damaged" from counts and their names; what did not occur is left out.
std::string tally(const std::array<std::uint64_t, 4>& counts,
                  const std::array<std::string_view, 4>& names) {
  std::string text;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) {
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", counts[i], names[i]);
    }
  }
  return text.empty() ? "none" : text;
}

/// What was read and what was odd about it, in one paragraph.
void foot(Page& page, const Assessment& assessment) {
  std::array<std::uint64_t, 4> by_status{};
  for (const EvidenceItem& item : assessment.evidence) {
    ++by_status[static_cast<std::size_t>(item.status)];
  }
  std::array<std::uint64_t, 4> by_severity{};  // the worst first
  for (const Diagnostic& each : assessment.diagnostics) {
    ++by_severity[by_severity.size() - 1 - static_cast<std::size_t>(each.severity)];
  }
  std::uint64_t counted_in_all = 0;
  for (const auto& [code, count] : assessment.diagnostic_counts) {
    counted_in_all += count;
  }
  std::string text =
      fmt::format("{}: {}. Diagnostics: {}",
                  counted(assessment.evidence.size(), "evidence file", "evidence files"),
                  tally(by_status, {"read", "partial", "damaged", "skipped"}),
                  tally(by_severity, {"error", "data loss", "notice", "info"}));
  if (counted_in_all > assessment.diagnostics.size()) {
    text += fmt::format(", {} more counted only", counted_in_all - assessment.diagnostics.size());
  }
  text += assessment.complete ? "." : ". INCOMPLETE: not all could be read.";
  page.blank();
  page.paragraph(0, "", text);
}

}  // namespace

std::string screen_report(const Assessment& assessment, const ScreenOptions& options) {
  const bool is_full = options.verbosity > 0;
  constexpr std::size_t width_min = 60;  // Limit: narrower tables are broken into shreds.
  constexpr std::size_t width_max = 1000;
  Page page(Page::Options{.width = std::clamp(options.width, width_min, width_max),
                          .color = options.color,
                          .cell_lines_max = is_full ? std::size_t{1000} : std::size_t{5}});
  hosts(page, assessment, options, is_full ? no_cuts : Cuts{});
  if (assessment.hosts.size() != 1 && options.verbosity >= 0) {
    // Which host they belong to is not always known.
    odd_values(page, assessment);
    files_not_read(page, unread_files(assessment), is_full ? no_cuts : Cuts{});
  }
  foot(page, assessment);
  return page.take();
}

}  // namespace npg
