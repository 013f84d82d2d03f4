#include <gtest/gtest.h>

#include <algorithm>

#include "analysis/inventory/judged_host_test.hpp"

namespace npg {
namespace {

using judged_host::has;
using judged_host::judged;
using judged_host::named;
using judged_host::told;
using testing::at;
using testing::HostFacts;
using testing::provider_key;

TEST(History, ARemoteWriterIsAReason) {
  HostFacts host;
  host.windows(19045).defaults();
  host.logon({.time = "2026-11-19T09:59:00Z",
              .account = "CORP\\svc",
              .type = 3,
              .logon_id = 7,
              .address = "10.0.0.66"});
  host.change({.time = "2026-11-19T10:00:00Z",
               .key = provider_key("Evil"),
               .value = "Class",
               .now = "2",
               .logon_id = 7});
  host.change({.time = "2026-11-19T10:00:00Z",
               .key = provider_key("Evil"),
               .value = "ProviderPath",
               .now = "C:\\Windows\\System32\\evil.dll",
               .logon_id = 7});
  host.change({.time = "2026-11-19T11:00:00Z",
               .key = provider_key("Evil"),
               .change = ChangeKind::key_deleted,
               .logon_id = 7});
  const auto providers = judged(host);
  const Provider& evil = named(providers, "Evil");
  EXPECT_EQ(evil.state, ProviderState::removed);
  EXPECT_TRUE(has(evil, "registered_over_the_network"));
  EXPECT_TRUE(has(evil, "removed_after_use"));
  EXPECT_EQ(evil.verdict, ProviderVerdict::malicious) << told(evil);
}

const Reason* reason_of(const Provider& provider, std::string_view code) {
  const auto found = std::find_if(provider.reasons.begin(), provider.reasons.end(),
                                  [&](const Reason& r) { return r.code == code; });
  return found == provider.reasons.end() ? nullptr : &*found;
}

FileChangeFact file(std::string_view time, std::string_view path, std::string_view process,
                    std::uint32_t event_id = 11) {
  return {.time = at(time),
          .path = path,
          .actor = {.account = std::string_view("CORP\\mallory"), .process = process},
          .event_id = event_id,
          .origin = {.evidence = 3, .offset = at(time).ticks}};
}

TEST(History, TheDropOfItsDllIsAReason) {
  constexpr std::string_view dll = "C:\\Windows\\System32\\evil.dll";
  constexpr std::string_view shell = "C:\\Windows\\System32\\cmd.exe";
  struct Case {
    std::string_view name;
    FileChangeFact file;
    std::optional<int> weight;  ///< nothing: no such reason
  };
  const Case cases[] = {
      {"the day before", file("2026-11-18T10:00:00Z", dll, shell), 1},
      {"other letter case", file("2026-11-18T10:00:00Z", "c:\\WINDOWS\\system32\\EVIL.DLL", shell),
       1},
      {"right behind it", file("2026-11-19T10:05:00Z", dll, shell), 1},
      {"long behind it", file("2026-11-19T11:00:00Z", dll, shell), std::nullopt},
      {"another file", file("2026-11-18T10:00:00Z", "C:\\evil.dll", shell), std::nullopt},
      {"its time changed", file("2026-11-18T10:00:00Z", dll, shell, 2), std::nullopt},
      {"deleted", file("2026-11-18T10:00:00Z", dll, shell, 23), std::nullopt},
      {"an installer", file("2026-11-18T10:00:00Z", dll, "C:\\Windows\\System32\\msiexec.exe"), 0},
      {"servicing", file("2026-11-18T10:00:00Z", dll, "C:\\Windows\\WinSxS\\amd64_x\\TiWorker.exe"),
       0},
      {"an installer's name elsewhere",
       file("2026-11-18T10:00:00Z", dll, "C:\\Users\\Public\\msiexec.exe"), 1},
      {"no process named", file("2026-11-18T10:00:00Z", dll, ""), 1},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    HostFacts host;
    host.windows(19045).defaults();
    host.provider({.name = "Evil", .path = dll, .provider_class = 2});
    host.facts.file_changes = {c.file};
    const auto providers = judged(host);
    const Reason* reason = reason_of(named(providers, "Evil"), "dll_dropped_before_registration");
    ASSERT_EQ(reason != nullptr, c.weight.has_value());
    if (reason != nullptr) {
      EXPECT_EQ(reason->weight, *c.weight);
      EXPECT_EQ(reason->evidence, std::vector<Origin>{c.file.origin});
      EXPECT_NE(reason->text.find("as CORP\\mallory, and the provider registered at 2026-11-19"),
                std::string::npos)
          << reason->text;
    }
  }
}

TEST(History, TheLoggedRegistrationDatesTheDrop) {
  HostFacts host;
  host.windows(19045).defaults();
  host.provider({.name = "Evil",
                 .path = "C:\\evil.dll",
                 .provider_class = 2,
                 .written = "2026-11-22T00:00:00Z"});
  host.change({.time = "2026-11-10T00:00:00Z",
               .key = provider_key("Evil"),
               .value = "ProviderPath",
               .now = "C:\\evil.dll"});
  host.facts.file_changes = {file("2026-11-09T00:00:00Z", "C:\\evil.dll", "C:\\a.exe"),
                             file("2026-11-15T00:00:00Z", "C:\\evil.dll", "C:\\b.exe")};
  const auto providers = judged(host);
  const Reason* reason = reason_of(named(providers, "Evil"), "dll_dropped_before_registration");
  ASSERT_NE(reason, nullptr);
  EXPECT_NE(reason->text.find("by C:\\a.exe"), std::string::npos) << reason->text;
}

TEST(History, AServiceOfItsNameOrDllIsAReason) {
  struct Case {
    std::string_view service;
    std::string_view image;
    std::optional<int> weight;
  };
  const Case cases[] = {
      {"Evil", "C:\\Windows\\System32\\svc.exe", 0},
      {"evil", "", 0},
      {"Updater", "rundll32.exe C:\\Windows\\System32\\EVIL.dll,Run", 1},
      {"Updater", "C:\\Windows\\System32\\svc.exe", std::nullopt},
      {"Evil2", "", std::nullopt},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.service);
    HostFacts host;
    host.windows(19045).defaults();
    host.provider({.name = "Evil", .path = "C:\\Windows\\System32\\evil.dll", .provider_class = 2});
    for (const std::uint32_t event_id : {4697U, 7045U}) {
      host.event("2026-11-19T10:00:00Z", SystemEventKind::service_installed, c.service, event_id,
                 c.image);
    }
    host.event("2026-11-19T10:00:00Z", SystemEventKind::service_changed, "Evil", 7040);
    const auto providers = judged(host);
    const Reason* reason = reason_of(named(providers, "Evil"), "service_installed_with_name");
    ASSERT_EQ(reason != nullptr, c.weight.has_value());
    if (reason != nullptr) {
      EXPECT_EQ(reason->weight, *c.weight);
      EXPECT_EQ(reason->evidence.size(), 2U) << "both events";
      EXPECT_NE(reason->text.find("by CORP\\mallory"), std::string::npos) << reason->text;
    }
  }
}

}  // namespace
}  // namespace npg
