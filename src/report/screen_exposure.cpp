#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "report/provider_parts.hpp"
#include "report/screen_sections.hpp"

namespace npg::screen {
namespace {

bool is_reached(const ExposedAccount& account) {
  return account.certainty != Certainty::not_by_this_route;
}

std::string window_text(const Exposure& exposure) {
  std::string text = exposure.earliest_start.given()
                         ? fmt::format("from {}", time(exposure.earliest_start))
                         : "from a time that nothing bounds";
  if (exposure.latest_start.given() && exposure.latest_start != exposure.earliest_start) {
    // On the same day the time alone will do.
    const std::string latest = time(exposure.latest_start);
    const bool is_same_day = exposure.earliest_start.given() && latest.size() == 20 &&
                             latest.substr(0, 10) == time(exposure.earliest_start).substr(0, 10);
    text += fmt::format(" (latest {})", is_same_day ? latest.substr(11) : latest);
  }
  switch (exposure.end_kind) {
    case WindowEnd::removed:
      text += is_ended_by_policy(exposure)
                  ? fmt::format(" until Windows sent no password any more, {}", time(exposure.end))
              : exposure.earliest_end.given() && exposure.earliest_end != exposure.end
                  ? fmt::format(" until removed, between {} and {}", time(exposure.earliest_end),
                                time(exposure.end))
                  : fmt::format(" until removed, {}", time(exposure.end));
      break;
    case WindowEnd::still_active: text += ", still active"; break;
    case WindowEnd::evidence_ends:
      text += fmt::format(" until the evidence ends, {}", time(exposure.end));
      break;
  }
  return text;
}

/// The year that all times of the accounts share; empty when they do not.
std::string common_year(const std::vector<const ExposedAccount*>& accounts) {
  std::string year;
  for (const ExposedAccount* const account : accounts) {
    for (const FileTime each : {account->first, account->last}) {
      if (!each.given()) {
        continue;
      }
      const std::string its_year = to_screen_time(each).substr(0, 4);
      if (!year.empty() && year != its_year) {
        return "";
      }
      year = its_year;
    }
  }
  return year;
}

/// Day and minute when the heading has the year, else the date.
std::string short_time(FileTime when, bool year_is_known) {
  if (!when.given()) {
    return "-";
  }
  const std::string text = to_screen_time(when);
  return text.size() < 16 || text[4] != '-' ? text
         : year_is_known                    ? text.substr(5, 11)
                                            : text.substr(0, 10);
}

std::string types_of(const ExposedAccount& account) {
  std::string text;
  for (const std::uint32_t type : account.logon_types) {
    text += fmt::format("{}{}", text.empty() ? "" : ",", type);
  }
  return text.empty() ? "-" : text;
}

/// Why the row says what it says: the certainty's reason, why privileged, what was seen since.
std::string note_on(const ExposedAccount& account, bool is_short) {
  std::vector<std::string> parts;
  const auto stop = [](std::string text) {
    return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
  };
  if (!account.reason.empty()) {
    // Its further clauses say what the columns say.
    parts.push_back(
        stop(is_short ? account.reason.substr(0, account.reason.find("; ")) : account.reason));
  }
  if (account.privileged && !account.why_privileged.empty()) {
    parts.push_back("privileged: " + joined(account.why_privileged));
  }
  if (account.reset_seen.given()) {
    parts.push_back("reset since, " + time(account.reset_seen));
  }
  if (!account.used_later.empty()) {
    std::vector<std::string> hosts;
    for (const LaterUse& use : account.used_later) {
      hosts.push_back(name(use.host));
    }
    parts.push_back("used since on " + first_of(hosts, 3));
  }
  if (!is_short && !account.action_reason.empty()) {
    parts.push_back(spaced(npg::name_of(account.action)) + ": " + account.action_reason);
  }
  std::string text;
  for (const std::string& part : parts) {
    text += (text.empty() ? "" : "; ") + part;
  }
  return text;
}

void account_table(Page& page, const std::vector<const ExposedAccount*>& accounts,
                   const Cuts& cuts) {
  const std::string year = common_year(accounts);
  const std::string suffix = year.empty() ? "" : " " + year;
  Table table{.columns = {{.title = "ACCOUNT", .align = Align::left, .may_shrink = true},
                          {.title = "CERTAINTY", .align = Align::left, .may_shrink = true},
                          {.title = "PRIV"},
                          {.title = "LOGONS", .align = Align::right},
                          {.title = "FIRST" + suffix},
                          {.title = "LAST" + suffix},
                          {.title = "TYPES"},
                          {.title = "CHANGED"},
                          {.title = "ACTION"}},
              .rows = {}};
  std::size_t notes = 0;
  std::size_t lines_left = cuts.account_lines - std::min(cuts.account_lines, accounts.size());
  for (const ExposedAccount* const each : accounts) {
    const bool is_noted = each->action != Action::none || each->reset_seen.given();
    std::string note =
        is_noted && notes < cuts.account_reasons ? note_on(*each, cuts.is_short) : std::string();
    const std::size_t lines = note.empty() ? 0 : lines_of(note);
    if (lines > lines_left) {
      note.clear();
    } else {
      lines_left -= lines;
    }
    table.notes.push_back(std::move(note));
    notes += is_noted ? 1 : 0;
    table.rows.push_back(
        {{.text = account_label(*each)},
         {.text = spaced(npg::name_of(each->certainty))},
         {.text = each->privileged ? "yes" : "-"},
         {.text = fmt::format("{}", each->logons)},
         {.text = short_time(each->first, !year.empty())},
         {.text = short_time(each->last, !year.empty())},
         {.text = types_of(*each)},
         {.text = each->password_changed ? "yes" : "-"},
         {.text = spaced(npg::name_of(each->action)), .paint = paint_of(each->action)}});
  }
  page.table(2, table);
}

/// Known and assumed, told apart: in full for a reader who asked for it.
void bounds(Page& page, const Exposure& exposure, const Cuts& cuts) {
  if (cuts.is_short) {
    return;
  }
  for (const bool is_known : {true, false}) {
    for (const WindowBound& each : exposure.bounds) {
      if (each.is_known == is_known) {
        page.paragraph(4, is_known ? "known: " : "assumed: ",
                       fmt::format("{}, {}: {}", each.side, time(each.time), each.text));
      }
    }
  }
  for (const std::string& each : exposure.assumed) {
    page.paragraph(4, "assumed: ", each);
  }
  for (const WindowPart& each : exposure.parts) {
    page.paragraph(4, "in place: ",
                   fmt::format("{} to {}", time(each.from),
                               each.to.given() ? time(each.to) : std::string("the end")));
  }
}

void commands(Page& page, const Exposure& exposure, const Cuts& cuts) {
  const std::size_t shown = std::min(exposure.commands.size(), cuts.few);
  for (std::size_t i = 0; i < shown; ++i) {
    const LogonCommand& each = exposure.commands[i];
    page.paragraph(4, "logon command: ",
                   fmt::format("{} {}{}: {}", time(each.time),
                               each.account.empty() ? "" : name(each.account) + " ran ",
                               name(each.command), each.text));
  }
  more(page, 4, exposure.commands.size() - shown, "logon command", "logon commands");
}

void accounts(Page& page, const Exposure& exposure, const Cuts& cuts) {
  std::vector<const ExposedAccount*> rows;
  std::size_t unreached = 0;
  for (const ExposedAccount& each : exposure.accounts) {
    if (cuts.is_short && !is_reached(each)) {
      ++unreached;
    } else {
      rows.push_back(&each);
    }
  }
  const std::size_t left_out = rows.size() - std::min(rows.size(), cuts.accounts);
  rows.resize(rows.size() - left_out);
  if (!rows.empty()) {
    account_table(page, rows, cuts);
  }
  more(page, 2, left_out, "account", "accounts");
  if (unreached > 0) {
    page.paragraph(2, "",
                   fmt::format("{} logged on only by routes that do not reach the provider.",
                               counted(unreached, "account", "accounts")));
  } else if (exposure.accounts.empty()) {
    page.paragraph(2, "",
                   "No logon was seen in the window; see COULD NOT SEE before relying on it.");
  }
}

}  // namespace

void exposures(Page& page, const HostAssessment& host, const Cuts& cuts) {
  if (host.exposures.empty()) {
    return;
  }
  page.section("EXPOSED ACCOUNTS (times in UTC)");
  // Those with the most urgent accounts first.
  std::vector<const Exposure*> windows;
  for (const Exposure& each : host.exposures) {
    windows.push_back(&each);
  }
  std::ranges::stable_sort(windows, {}, [](const Exposure* exposure) {
    Action most_urgent = Action::none;
    for (const ExposedAccount& account : exposure->accounts) {
      most_urgent = std::min(most_urgent, account.action);
    }
    return most_urgent;
  });
  const std::size_t shown = std::min(windows.size(), cuts.windows);
  bool is_first = true;
  for (std::size_t i = 0; i < shown; ++i) {
    const Exposure& each = *windows[i];
    if (!is_first) {
      page.blank();
    }
    is_first = false;
    page.paragraph(2, name(each.provider) + ": ", window_text(each), Paint::heading);
    std::string basis = each.start_basis.empty() ? "" : "start: " + each.start_basis;
    if (!each.end_basis.empty() && (!cuts.is_short || each.end_kind != WindowEnd::removed)) {
      basis += fmt::format("{}end: {}", basis.empty() ? "" : "; ", each.end_basis);
    }
    page.paragraph(4, "",
                   fmt::format("{}{}password sent: {}{}", basis, basis.empty() ? "" : "; ",
                               npg::name_of(each.password_sent),
                               each.password_basis.empty() ? "" : ". " + each.password_basis));
    bounds(page, each, cuts);
    accounts(page, each, cuts);
    commands(page, each, cuts);
  }
  more(page, 2, windows.size() - shown, "window of exposure", "windows of exposure");
}

std::string account_label(const ExposedAccount& account) {
  return name(account.account.empty() ? account.sid : account.account);
}

std::vector<std::string> accounts_to(const HostAssessment& host, Action action) {
  std::vector<std::string> labels;
  std::set<std::string> seen;
  for (const Exposure& exposure : host.exposures) {
    for (const ExposedAccount& each : exposure.accounts) {
      const std::string label = account_label(each);
      if (each.action == action && seen.insert(name_key(label)).second) {
        labels.push_back(label);
      }
    }
  }
  return labels;
}

std::size_t exposed_accounts(const HostAssessment& host) {
  std::set<std::string> seen;
  for (const Exposure& exposure : host.exposures) {
    for (const ExposedAccount& each : exposure.accounts) {
      if (is_reached(each)) {
        seen.insert(name_key(account_label(each)));
      }
    }
  }
  return seen.size();
}

}  // namespace npg::screen
