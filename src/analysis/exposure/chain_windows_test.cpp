#include "analysis/exposure/chain_windows.hpp"

#include <gtest/gtest.h>

#include "analysis/exposure/exposure.hpp"
#include "testing/facts.hpp"

namespace npg::exposure {
namespace {

using testing::at;
using testing::HostFacts;

constexpr std::string_view ifeo =
    "Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options\\mpnotify.exe\\";
constexpr std::string_view logon_time = "2026-03-02T10:00:00Z";
constexpr std::string_view end = "2026-03-05T00:00:00Z";

Companion companion(CompanionRole role, ProviderVerdict verdict, std::string_view value = {}) {
  Companion made{.role = role, .verdict = verdict};
  made.file.path.resolved = "C:\\Windows\\System32\\mpnotify.exe";
  if (!value.empty()) {
    made.registered = SharedText(EvidenceText::from_utf8(std::string(ifeo) + std::string(value)));
  }
  return made;
}

TEST(ChainWindows, WhatIsHandedPasswordsHasAWindow) {
  const struct {
    Companion companion;
    std::string_view provider;  ///< empty: no window
  } cases[] = {
      {companion(CompanionRole::mpnotify, ProviderVerdict::malicious), "mpnotify.exe"},
      {companion(CompanionRole::mpr, ProviderVerdict::suspicious), "mpr.dll"},
      {companion(CompanionRole::mpnotify, ProviderVerdict::unexplained), ""},
      {companion(CompanionRole::image_debugger, ProviderVerdict::malicious, "Debugger"),
       "mpnotify.exe Debugger"},
      {companion(CompanionRole::image_debugger, ProviderVerdict::malicious, "VerifierDlls"),
       "mpnotify.exe VerifierDlls"},
      {companion(CompanionRole::image_debugger, ProviderVerdict::malicious, "MonitorProcess"), ""},
      {companion(CompanionRole::connect_notifyee, ProviderVerdict::malicious, "x"), ""},
      {companion(CompanionRole::winlogon_mpnotify, ProviderVerdict::malicious, "x"), ""},
  };
  for (const auto& c : cases) {
    HostFacts host;
    host.windows(19045);
    const auto windows = chain_windows(std::vector{c.companion}, {}, host.facts, {}, at(end));
    ASSERT_EQ(windows.size(), c.provider.empty() ? 0U : 1U) << c.provider;
    if (!windows.empty()) {
      EXPECT_EQ(windows[0].window.provider.raw(), c.provider);
    }
  }
}

TEST(ChainWindows, WhenAFileWasReplacedIsUnknownWithoutItsWrite) {
  for (const bool is_logged : {false, true}) {
    HostFacts host;
    host.windows(19045).log("Security", "2026-03-01T00:00:00Z", end);
    host.logon({.time = logon_time,
                .account = "CORP\\alice",
                .sid = "S-1-5-21-1-2-3-1105",
                .type = 2,
                .logon_process = "User32"});
    if (is_logged) {
      host.facts.file_changes.push_back(
          {.time = at("2026-03-01T09:00:00Z"),
           .path = std::string_view("C:\\Windows\\System32\\mpnotify.exe")});
    }
    const auto exposures =
        list_exposures({}, {}, host.normalised(),
                       std::vector{companion(CompanionRole::mpnotify, ProviderVerdict::malicious)});
    ASSERT_EQ(exposures.size(), 1U);
    ASSERT_EQ(exposures[0].accounts.size(), 1U);
    EXPECT_EQ(exposures[0].latest_start, at(is_logged ? "2026-03-01T09:00:00Z" : end));
    EXPECT_EQ(name_of(exposures[0].accounts[0].certainty), is_logged ? "likely" : "possible");
  }
}

TEST(ChainWindows, AValueHasTheBoundsOfItsWriteOrItsKey) {
  Companion debugger =
      companion(CompanionRole::image_debugger, ProviderVerdict::malicious, "Debugger");
  HostFacts host;
  host.windows(19045).policy(PolicyKind::image_debugger, "Debugger", "C:\\m.exe");
  host.facts.policies.back().last_written = at("2026-03-03T00:00:00Z");
  debugger.evidence = {host.facts.policies.back().origin};
  const auto by_key = chain_windows(std::vector{debugger}, {}, host.facts, {}, at(end));
  ASSERT_EQ(by_key.size(), 1U);
  EXPECT_EQ(by_key[0].window.latest_start, at("2026-03-03T00:00:00Z"));
  const Change write{.time = at(logon_time),
                     .is_exact = true,
                     .what = "value_set",
                     .key = SharedText(EvidenceText::from_utf8(
                         "HKLM\\SOFTWARE\\" + std::string(ifeo.substr(0, ifeo.size() - 1)))),
                     .value_name = std::string_view("Debugger")};
  const auto by_write =
      chain_windows(std::vector{debugger}, std::vector{write}, host.facts, {}, at(end));
  EXPECT_EQ(by_write[0].window.earliest_start, at(logon_time));
  EXPECT_EQ(by_write[0].window.latest_start, at(logon_time));
}

}  // namespace
}  // namespace npg::exposure
