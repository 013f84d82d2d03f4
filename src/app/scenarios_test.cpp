// The scenarios in tests/scenarios: hosts told as recipes, each with what must be said of it in
// expected.txt. NPGUARD_UPDATE=1 writes those anew; read them against the comment of the recipe
// then.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/render.hpp"
#include "app/scan.hpp"
#include "app/timeline.hpp"
#include "testing/recipe.hpp"
#include "testing/workplace.hpp"

namespace npg {
namespace {

namespace fs = std::filesystem;

const fs::path scenarios = fs::path(NPG_SOURCE_DIR) / "tests/scenarios";

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> scenario_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(scenarios)) {
    if (entry.is_directory()) {
      names.push_back(entry.path().filename().string());
    }
  }
  std::ranges::sort(names);
  return names;
}

/// Builds the host below a folder; the SYSTEM hive of older.yaml goes to Windows.old.
void build(const std::string& name, const std::string& folder) {
  const auto built = testing::build_host(text_of(scenarios / name / "recipe.yaml"));
  ASSERT_TRUE(built) << name << ": " << testing::describe(built.error());
  ASSERT_TRUE(testing::write_host(*built, folder));
  const fs::path older = scenarios / name / "older.yaml";
  if (!fs::exists(older)) {
    return;
  }
  const auto before = testing::build_host(text_of(older));
  ASSERT_TRUE(before) << name << ": " << testing::describe(before.error());
  for (const testing::BuiltFile& file : before->files) {
    if (file.path == "C/Windows/System32/config/SYSTEM") {
      ASSERT_TRUE(testing::write_file(folder + "/C/Windows.old/Windows/System32/config/SYSTEM",
                                      file.content));
    }
  }
}

std::string time(FileTime when) {
  return when.given() ? to_screen_time(when) : "-";
}

void tell_window(const Exposure& window, std::string& out) {
  out += fmt::format("\nwindow of {}\n  start  {} to {}\n  end    {} {}", window.provider.raw(),
                     time(window.earliest_start), time(window.latest_start),
                     name_of(window.end_kind), time(window.end));
  if (window.earliest_end.given() && window.earliest_end != window.end) {
    out += fmt::format(" (known until {})", time(window.earliest_end));
  }
  out += fmt::format("\n  password sent: {}\n", name_of(window.password_sent));
  for (const WindowBound& bound : window.bounds) {
    out += fmt::format("  {:7} {:5} {} {}\n", bound.is_known ? "known" : "assumed", bound.side,
                       time(bound.time), bound.what);
  }
  for (const WindowPart& part : window.parts) {
    if (window.parts.size() > 1) {
      out += fmt::format("  part   {} to {}\n", time(part.from), time(part.to));
    }
  }
  for (const ExposedAccount& account : window.accounts) {
    out += fmt::format("  {} {}: {}\n    {}, {} logon{}{}; {}\n",
                       account.account.empty() ? account.sid.raw() : account.account.raw(),
                       name_of(account.certainty), name_of(account.action), account.reason,
                       account.logons, account.logons == 1 ? "" : "s",
                       account.privileged ? ", privileged" : "", account.action_reason);
  }
  for (const LogonCommand& command : window.commands) {
    out += fmt::format("  command {}: {}\n", command.account.raw(), command.command.raw());
  }
  for (const std::string& each : window.assumed) {
    out += fmt::format("  assumed: {}\n", each);
  }
  for (const std::string& each : window.blind_spots) {
    out += fmt::format("  gap: {}\n", each);
  }
}

void tell_changes(const HostAssessment& host, std::string& out) {
  for (const Change& change : host.changes) {
    const std::string_view key = change.key.raw();
    out += fmt::format("\nchange {} {} {}{}{}\n", time(change.time), change.what,
                       key.substr(key.size() - std::min<std::size_t>(key.size(), 48)),
                       change.value_name.empty() ? "" : "\\", change.value_name.raw());
    for (const AttributionLink& link : change.chain) {
      out += fmt::format("  {} {}: {}\n", link.link, link.status, link.text);
    }
  }
}

/// What a person checks against the recipe's comment.
std::string told(const Assessment& assessment) {
  std::string out;
  for (const HostAssessment& host : assessment.hosts) {
    out += fmt::format("host {} ({}, build {}): {}\n", host.host.name.raw(), host.host.role,
                       host.host.build, name_of(host.verdict));
    for (const Exposure& window : host.exposures) {
      tell_window(window, out);
    }
    if (host.exposures.empty()) {
      out += "no window\n";
    }
    tell_changes(host, out);
    out += "\n";
    for (const Finding& finding : host.findings) {
      out += fmt::format("finding {} {}: {}\n", finding.rule, name_of(finding.severity),
                         finding.subject);
    }
    for (const NotEvaluated& rule : host.coverage.not_evaluated) {
      out += fmt::format("not evaluated {}: {}\n", rule.rule, rule.why);
    }
    for (const std::string& statement : host.coverage.statements) {
      out += fmt::format("unseen: {}\n", statement);
    }
  }
  for (const ResetItem& item : assessment.resets) {
    out += fmt::format("first {} on {}: {}\n", item.account.raw(), item.host.raw(),
                       name_of(item.action));
  }
  return out;
}

TEST(Scenarios, EachHostIsToldAsExpected) {
  const bool is_update = std::getenv("NPGUARD_UPDATE") != nullptr;
  const std::vector<std::string> names = scenario_names();
  EXPECT_GE(names.size(), 40U);
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    const testing::Workplace workplace;
    build(name, "host");
    const auto assessment = scan({.paths = {"host"}});
    ASSERT_TRUE(assessment);
    ASSERT_EQ(assessment->hosts.size(), 1U);
    const std::string text = told(*assessment);
    const fs::path golden = scenarios / name / "expected.txt";
    if (is_update) {
      std::ofstream(golden, std::ios::binary) << text;
    }
    EXPECT_EQ(text, text_of(golden));
    // The order in which files are named, and threads, change nothing.
    std::vector<std::string> paths;
    for (const auto& entry : fs::recursive_directory_iterator("host")) {
      if (entry.is_regular_file()) {
        paths.push_back(entry.path().string());
      }
    }
    std::ranges::sort(paths, std::greater<>());
    const auto reversed = scan({.paths = paths, .threads = 2});
    std::ranges::reverse(paths);
    const auto forward = scan({.paths = paths});
    ASSERT_TRUE(reversed && forward);
    EXPECT_EQ(told(*reversed), told(*forward));
    EXPECT_EQ(assessment_as_json(*reversed), assessment_as_json(*forward));
  }
}

bool has_finding(const Assessment& assessment) {
  return std::ranges::any_of(assessment.hosts, [](const HostAssessment& host) {
    return host.verdict != HostVerdict::clean && host.verdict != HostVerdict::undetermined;
  });
}

TEST(Scenarios, RemovingALogMakesNothingClean) {
  std::size_t tried = 0;
  for (const std::string& name : scenario_names()) {
    SCOPED_TRACE(name);
    const testing::Workplace workplace;
    build(name, "host");
    const auto whole = scan({.paths = {"host"}});
    ASSERT_TRUE(whole);
    const fs::path logs = "host/C/Windows/System32/winevt/Logs";
    if (!fs::exists(logs)) {
      continue;
    }
    std::vector<fs::path> all;
    for (const auto& entry : fs::directory_iterator(logs)) {
      all.push_back(entry.path());
    }
    for (const fs::path& log : all) {
      fs::rename(log, "log.aside");
      const auto less = scan({.paths = {"host"}});
      ASSERT_TRUE(less);
      for (const HostAssessment& host : less->hosts) {
        EXPECT_NE(host.verdict, HostVerdict::clean) << log;
      }
      // A window that the registry shows stays, whatever log is gone.
      const auto still_there = [](const Assessment& assessment) {
        std::size_t count = 0;
        for (const HostAssessment& host : assessment.hosts) {
          for (const Exposure& window : host.exposures) {
            count += window.end_kind == WindowEnd::still_active ? 1U : 0U;
          }
        }
        return count;
      };
      EXPECT_GE(still_there(*less) + (has_finding(*less) ? 1U : 0U),
                std::min<std::size_t>(still_there(*whole), 1))
          << log;
      fs::rename("log.aside", log);
      ++tried;
    }
  }
  EXPECT_GE(tried, 60U);
}

TEST(Scenarios, TheTimeLineHasEveryForm) {
  const testing::Workplace workplace;
  build("window-ends-with-unlisting", "host");
  TimelineOptions options;
  options.scan.paths = {"host"};
  const auto timeline = build_timeline(options);
  ASSERT_TRUE(timeline);
  ASSERT_FALSE(timeline->entries.empty());
  EXPECT_TRUE(std::ranges::is_sorted(timeline->entries, {}, &TimelineEntry::time));
  const std::string text = render_timeline(*timeline, TimelineForm::text, 100);
  EXPECT_NE(text.find("A  window of NetCred on WS01"), std::string::npos) << text;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 100U) << line;
  }
  const std::string jsonl = render_timeline(*timeline, TimelineForm::jsonl, 100);
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(jsonl, '\n')), timeline->entries.size());
  const std::string csv = render_timeline(*timeline, TimelineForm::csv, 100);
  EXPECT_TRUE(csv.starts_with("time,host,kind,source,account,text,record_id,windows,evidence\r\n"));
  const std::string sketch = render_timeline(*timeline, TimelineForm::timesketch, 100);
  EXPECT_TRUE(sketch.starts_with("message,datetime,timestamp_desc,"));
  options.from = timeline->entries.back().time;
  const auto late = build_timeline(options);
  ASSERT_TRUE(late);
  EXPECT_EQ(late->entries.size() + late->left_out, timeline->entries.size());
}

}  // namespace
}  // namespace npg
