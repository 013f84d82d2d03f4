#include "report/screen_report.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "report/golden.hpp"
#include "report/sample_assessment.hpp"
#include "report/screen_text.hpp"

namespace npg {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
  }
  return lines;
}

TEST(ScreenReport, MatchesTheGoldens) {
  sample::expect_golden("everything.txt",
                        screen_report(sample::everything(sample::hostile), {.verbosity = 1}));
  sample::expect_golden("empty.txt", screen_report({}, {}));
  sample::expect_golden("two_hosts.txt", screen_report(sample::two_hosts(), {}));
  sample::expect_golden("compromised.txt", screen_report(sample::compromised_host(), {}));
  sample::expect_golden("undetermined.txt", screen_report(sample::undetermined_host(), {}));
}

TEST(ScreenReport, NoLineIsWiderThanAsked) {
  for (const std::size_t width : {60U, 80U, 100U, 133U}) {
    for (const int verbosity : {-1, 0, 1}) {
      const ScreenOptions options{.width = width, .verbosity = verbosity};
      for (const Assessment& each :
           {sample::everything(sample::hostile), sample::two_hosts(), sample::compromised_host()}) {
        for (const std::string& line : lines_of(screen_report(each, options))) {
          EXPECT_LE(screen::cells(line), width) << line;
        }
      }
    }
  }
}

TEST(ScreenReport, OneCompromisedHostStaysReadable) {
  EXPECT_LE(lines_of(screen_report(sample::compromised_host(), {})).size(), 78U);
}

TEST(ScreenReport, ACleanOrUndeterminedHostIsShort) {
  Assessment clean = sample::two_hosts();
  clean.hosts.pop_back();
  EXPECT_LE(lines_of(screen_report(clean, {})).size(), 14U);
  EXPECT_LE(lines_of(screen_report(sample::undetermined_host(), {})).size(), 14U);
}

TEST(ScreenReport, AWindowThatEndedWithTheSendingSaysSo) {
  Assessment assessment = sample::compromised_host();
  Exposure& window = assessment.hosts.front().exposures.front();
  window.end_kind = WindowEnd::removed;
  window.end = {window.latest_start.ticks + 60 * FileTime::per_second};
  const auto says = [&](std::string_view words) {
    std::string flat = screen_report(assessment, {.width = 1000});
    return flat.contains(words);
  };
  EXPECT_FALSE(says("until Windows sent no password any more"));
  EXPECT_TRUE(says("it listens until then"));
  window.bounds.push_back({.what = "sending_ended", .side = "end", .time = window.end});
  EXPECT_TRUE(says("until Windows sent no password any more"));
  EXPECT_FALSE(says("it listens until then")) << "it is sent nothing";
}

TEST(ScreenReport, OneLineOfAttack) {
  Assessment assessment = sample::compromised_host();
  HostAssessment& host = assessment.hosts.front();
  EXPECT_EQ(screen_report(assessment, {}).find("MITRE ATT&CK"), std::string::npos);
  AttackContext context;
  context.technique = {.attack_id = "T1556.008", .name = "Network Provider DLL"};
  context.analytics = {{.attack_id = "AN1598", .name = "Analytic 1598"}};
  const auto source = [](const char* name, const char* channel, const char* by,
                         LogSourceStatus status) {
    return AttackLogSource{.name = name,
                           .channel = channel,
                           .component = {},
                           .named_by = by,
                           .why = {},
                           .status = status};
  };
  context.log_sources = {
      source("WinEventLog:Security", "EventCode=4657", "AN1598", LogSourceStatus::present),
      source("WinEventLog:Sysmon", "EventCode=7", "AN1598", LogSourceStatus::missing),
      source("WinEventLog:Sysmon", "EventCode=11", "AN1598", LogSourceStatus::silent),
      source("WinEventLog:Security", "EventCode=4624", "npguard", LogSourceStatus::missing)};
  host.attack = {context};
  // Without a finding that names it there is no line.
  EXPECT_EQ(screen_report(assessment, {}).find("MITRE ATT&CK"), std::string::npos);
  host.attack.front().findings = {"NPG1001-000000000000"};
  const auto squeezed = [](const std::string& text) {
    std::string out;
    for (const char c : text) {
      if (c != '\n' && c != ' ') {
        out += c;
      }
    }
    return out;
  };
  EXPECT_NE(squeezed(screen_report(assessment, {}))
                .find(squeezed("MITRE ATT&CK® T1556.008 Network Provider DLL (no source object is "
                               "mirrored). Log sources of AN1598: Security 4657 present, without "
                               "events: Sysmon 7 and 11.")),
            std::string::npos);
  assessment.attack_source.mirrored = true;
  assessment.attack_source.release = "19.1";
  EXPECT_NE(screen_report(assessment, {}).find("(release 19.1)"), std::string::npos);
}

TEST(ScreenReport, ColourAddsNothingButColour) {
  const Assessment assessment = sample::compromised_host();
  std::string coloured = screen_report(assessment, {.color = true});
  EXPECT_NE(coloured.find('\x1b'), std::string::npos);
  for (std::size_t at = coloured.find('\x1b'); at != std::string::npos;
       at = coloured.find('\x1b')) {
    coloured.erase(at, coloured.find('m', at) - at + 1);
  }
  EXPECT_EQ(coloured, screen_report(assessment, {}));
}

TEST(ScreenReport, ARemovalWithTwoBoundsShowsBoth) {
  Assessment made = sample::compromised_host();
  Exposure& exposure = made.hosts[0].exposures[0];
  exposure.end_kind = WindowEnd::removed;
  exposure.end = *parse_time("2026-03-02T10:00:00Z");
  struct Case {
    std::string_view earliest;  ///< empty: not known
    std::string_view words;
  };
  const Case cases[] = {
      {"2026-03-01T09:00:00Z",
       "until removed, between 2026-03-01 09:00:00Z and 2026-03-02 10:00:00Z"},
      {"2026-03-02T10:00:00Z", "until removed, 2026-03-02 10:00:00Z"},
      {"", "until removed, 2026-03-02 10:00:00Z"},
  };
  for (const Case& c : cases) {
    exposure.earliest_end = c.earliest.empty() ? FileTime{} : *parse_time(c.earliest);
    const std::string text = screen_report(made, {.width = 1000});
    EXPECT_NE(text.find(c.words), std::string::npos) << c.words << "\n" << text;
  }
}

TEST(ScreenReport, WhatIsLeftOutIsCounted) {
  Assessment many = sample::compromised_host();
  HostAssessment& host = many.hosts[0];
  host.exposures[0].accounts.resize(3);
  host.exposures[0].accounts.resize(40, host.exposures[0].accounts[1]);
  host.changes.resize(9, host.changes[0]);
  const std::string text = screen_report(many, {});
  EXPECT_NE(text.find("… and 28 more accounts (--json for all)"), std::string::npos) << text;
  EXPECT_NE(text.find("… and 1 more change (--json for all)"), std::string::npos) << text;
}

TEST(ScreenReport, WhatExceptionsHideIsNamed) {
  Assessment made = sample::compromised_host();
  HostAssessment& host = made.hosts[0];
  Finding hidden = host.findings[0];
  hidden.rule = "NPG1002";
  hidden.severity = FindingSeverity::high;
  hidden.suppressed_by = "EX-7";
  host.findings.push_back(hidden);
  hidden.severity = FindingSeverity::low;
  host.findings.push_back(hidden);
  host.findings.push_back(hidden);
  const std::string text = screen_report(made, {.width = 1000});
  EXPECT_NE(text.find("3 findings hidden by exceptions: high NPG1002 by EX-7, low NPG1002 by EX-7 "
                      "(2 times)."),
            std::string::npos)
      << text;
}

TEST(ScreenReport, ThousandsOfProvidersFitAPage) {
  Assessment many = sample::compromised_host();
  HostAssessment& host = many.hosts[0];
  const Provider planted = host.providers[0];
  host.providers.clear();
  for (int i = 0; i < 300; ++i) {
    host.providers.push_back(planted);
    host.providers.back().name = std::string_view("other");
    host.providers.back().verdict = ProviderVerdict::suspicious;
  }
  host.providers.push_back(planted);
  host.exposures.resize(300, host.exposures[0]);
  const std::string text = screen_report(many, {});
  EXPECT_LE(lines_of(text).size(), 230U);
  EXPECT_NE(text.find("  ntlogon: malicious"), std::string::npos);
  EXPECT_NE(text.find("and 293 more providers to explain"), std::string::npos);
  EXPECT_NE(text.find("and 296 more windows of exposure"), std::string::npos);
}

TEST(ScreenReport, FilesNotReadAndOddValuesAreNamed) {
  Assessment made = sample::compromised_host();
  made.diagnostics.push_back({.code = DiagnosticCode::file_unreadable,
                              .severity = Severity::error,
                              .text = "x/SYSTEM could not be read: permission denied"});
  made.diagnostics.push_back({.code = DiagnosticCode::registry_value_odd,
                              .severity = Severity::notice,
                              .offset = 64,
                              .text = "The value ProviderOrder goes on after a NUL.",
                              .evidence = 0});
  const std::string text = screen_report(made, {.width = 300});
  for (const std::string_view said :
       {"odd: The value ProviderOrder goes on after a NUL.", "- x/SYSTEM could not be read",
        "- E0002 WKS-0142/Security.evtx: damaged, 1 chunk of 1056 is damaged; at 0x41000: ",
        "Could not be read: the SYSTEM hive and the Security log."}) {
    EXPECT_NE(text.find(said), std::string::npos) << said << "\n" << text;
  }
}

TEST(ScreenReport, TheProductIsNamedByItsBuild) {
  struct Case {
    std::string_view stored;
    std::uint32_t build;
    std::string_view shown;
  };
  const Case cases[] = {
      {"Windows 10 Enterprise", 22631, "Windows 11 Enterprise, build 22631"},
      {"Windows 10 Pro", 21999, "Windows 10 Pro, build 21999"},
      {"Windows Server 2025 Standard", 26100, "Windows Server 2025 Standard, build 26100"}};
  for (const Case& each : cases) {
    Assessment made = sample::compromised_host();
    made.hosts[0].host.product = each.stored;
    made.hosts[0].host.build = each.build;
    EXPECT_NE(screen_report(made, {}).find(each.shown), std::string::npos) << each.shown;
  }
}

TEST(ScreenReport, AReplacedProgramIsNamedAndAskedFor) {
  Assessment made = sample::compromised_host();
  Finding& finding = made.hosts[0].findings[1];
  finding.rule = "NPG1007";
  finding.subject = "mpnotify";
  finding.text = "winlogon starts C:\\x\\evil.exe as SYSTEM at each logon";
  Companion replaced{.role = CompanionRole::winlogon_mpnotify,
                     .registered = std::string_view("mpnotify")};
  replaced.file.path.raw = std::string_view("C:\\x\\evil.exe");
  replaced.file.path.resolved = "C:\\x\\evil.exe";
  made.hosts[0].companions.push_back(replaced);
  const std::string text = screen_report(made, {.width = 200});
  EXPECT_NE(text.find("    winlogon starts C:\\x\\evil.exe as SYSTEM"), std::string::npos) << text;
  EXPECT_NE(text.find("Collect and assess again: C:\\x\\evil.exe"), std::string::npos) << text;
}

TEST(ScreenReport, TheRemovalIsShownBehindManyChanges) {
  Assessment made = sample::compromised_host();
  std::vector<Change>& changes = made.hosts[0].changes;
  const Change last = changes[1];
  changes.resize(40, changes[1]);
  changes.push_back(last);
  changes.back().time.ticks += 864'000'000'000;
  changes.back().old_value = last.new_value;
  changes.back().new_value = last.old_value;
  const std::string text = screen_report(made, {});
  const std::size_t cut = text.find("more changes (--json for all)");
  ASSERT_NE(cut, std::string::npos) << text;
  EXPECT_NE(text.find("2026-02-28  CORP", cut), std::string::npos) << text;
}

/// One code point, well formed or not, as evidence might hold it.
EvidenceText of_units(const std::u16string& units) {
  std::vector<std::byte> bytes;
  for (const char16_t unit : units) {
    bytes.push_back(static_cast<std::byte>(unit & 0xffU));
    bytes.push_back(static_cast<std::byte>(unit >> 8));
  }
  return EvidenceText::from_utf16(bytes);
}

bool is_forbidden(char32_t c) {
  return (c < 0x20 && c != '\n') || (c >= 0x7f && c <= 0x9f) || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
         (c >= 0xd800 && c <= 0xdfff);
}

TEST(ScreenReport, NoCodePointOfEvidenceReachesTheTerminalAsControl) {
  std::vector<std::u16string> poisons;
  for (char16_t c = 0; c < 0x20; ++c) {
    poisons.emplace_back(1, c);
  }
  for (char16_t c = 0x7f; c < 0xa0; ++c) {
    poisons.emplace_back(1, c);
  }
  for (const char16_t c : {u'\u200b', u'\u200e', u'\u202a', u'\u202e', u'\u2028', u'\u2029',
                           u'\u2066', u'\u2069', u'\ufeff', u'\u061c', u'\ufff9', u'\ufffe'}) {
    poisons.emplace_back(1, c);
  }
  poisons.push_back({0xd800});
  poisons.push_back({0xdc00});
  poisons.push_back({0xdbff, u'a'});
  poisons.push_back({0xdb40, 0xdc41});  // a tag character, U+E0041
  poisons.push_back({u'\r', u'\n', 0x1b, u'[', u'2', u'J'});
  for (const std::u16string& poison : poisons) {
    const auto text = [&](const std::string& field) {
      std::u16string units(field.begin(), field.end());
      return of_units(poison + units + poison + u" " + poison);
    };
    const Assessment assessment = sample::everything(text);
    for (const int verbosity : {-1, 0, 1}) {
      const std::string shown = screen_report(assessment, {.verbosity = verbosity});
      const EvidenceText decoded = EvidenceText::from_utf8(shown);
      ASSERT_TRUE(decoded.well_formed());
      const std::u16string units = decoded.to_utf16();
      const auto found = std::ranges::find_if(units, [](char16_t unit) {
        // Surrogates in pairs are characters beyond U+FFFF; well_formed() has spoken for them.
        return is_forbidden(unit) && (unit < 0xd800 || unit > 0xdfff);
      });
      ASSERT_EQ(found, units.end())
          << "U+" << std::hex << static_cast<unsigned>(*found) << " verbosity " << verbosity;
    }
  }
}

}  // namespace
}  // namespace npg
