#include "analysis/exposure/route.hpp"

#include <gtest/gtest.h>

#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::HostFacts;
using testing::LogonShape;
constexpr auto likely = Certainty::likely;
constexpr auto possible = Certainty::possible;
constexpr auto not_by = Certainty::not_by_this_route;

TEST(Route, EachWayOfLoggingOnHasItsGrade) {
  struct Case {
    std::string_view name;
    LogonShape shape;
    Certainty certainty;
  };
  const std::string_view t = "2026-11-19T10:00:00Z";
  const Case cases[] = {
      {"console", {.time = t, .type = 2, .logon_process = "User32"}, likely},
      {"console, case", {.time = t, .type = 2, .logon_process = "user32"}, likely},
      {"console, no process named", {.time = t, .type = 2}, likely},
      {"console by svchost",
       {.time = t,
        .type = 2,
        .logon_process = "User32",
        .process = "C:\\Windows\\System32\\svchost.exe"},
       likely},
      {"remote desktop", {.time = t, .type = 10, .logon_process = "User32"}, likely},
      {"restricted admin", {.time = t, .type = 10, .restricted_admin = true}, not_by},
      {"remote credential guard", {.time = t, .type = 10, .remote_credential_guard = true}, not_by},
      {"cached", {.time = t, .type = 11, .logon_process = "User32"}, likely},
      {"cached remote", {.time = t, .type = 12}, likely},
      {"cached remote, restricted", {.time = t, .type = 12, .restricted_admin = true}, not_by},
      {"unlock", {.time = t, .type = 7}, possible},
      {"cached unlock", {.time = t, .type = 13}, possible},
      {"network", {.time = t, .type = 3}, not_by},
      {"batch", {.time = t, .type = 4}, not_by},
      {"service", {.time = t, .type = 5}, possible},
      {"cleartext", {.time = t, .type = 8}, not_by},
      {"netonly", {.time = t, .type = 9, .logon_process = "seclogo"}, not_by},
      {"system", {.time = t, .type = 0}, not_by},
      {"a type that is not known", {.time = t, .type = 99}, possible},
      {"no type", {.time = t}, possible},
      {"elevation", {.time = t, .type = 2, .logon_process = "CredPro"}, not_by},
      {"elevation by consent.exe, cached",
       {.time = t,
        .type = 11,
        .logon_process = "User32",
        .process = "C:\\Windows\\System32\\consent.exe"},
       not_by},
      {"runas", {.time = t, .type = 2, .logon_process = "seclogo"}, not_by},
      {"out of box", {.time = t, .type = 2, .logon_process = "Advapi"}, possible},
      {"explicit credentials", {.time = t, .source = LogonSource::security_4648}, not_by},
      {"reconnect 4778", {.time = t, .source = LogonSource::security_4778}, possible},
      {"unlock 4801", {.time = t, .source = LogonSource::security_4801}, possible},
      {"7001", {.time = t, .source = LogonSource::winlogon_7001}, likely},
      {"session logon", {.time = t, .source = LogonSource::local_session_21}, likely},
      {"session reconnect", {.time = t, .source = LogonSource::local_session_25}, possible},
      {"1149", {.time = t, .source = LogonSource::remote_connection_1149}, possible},
      {"811 logon", {.time = t, .source = LogonSource::winlogon_811, .detail = 2}, likely},
      {"811 unlock", {.time = t, .source = LogonSource::winlogon_811, .detail = 5}, possible},
      {"profile", {.time = t, .source = LogonSource::profile_1}, possible},
  };
  for (const Case& c : cases) {
    HostFacts host;
    host.logon(c.shape);
    EXPECT_EQ(route_of(host.facts.logons[0]).certainty, c.certainty) << c.name;
    EXPECT_FALSE(route_of(host.facts.logons[0]).reason.empty()) << c.name;
  }
}

TEST(Route, AccountsThatNoPersonTypesFor) {
  struct Case {
    std::string_view account;
    std::string_view sid;
    bool is_virtual;
    bool is_machine;
  };
  const Case cases[] = {
      {"CORP\\alice", "S-1-5-21-1-2-3-1104", false, false},
      {"CORP\\HOST$", "S-1-5-18", false, true},
      {"CORP\\OTHER$", "S-1-5-21-1-2-3-1200", false, true},
      {"Font Driver Host\\UMFD-1", "S-1-5-96-0-1", true, true},
      {"Window Manager\\DWM-1", "S-1-5-90-0-1", false, true},
      {"NT AUTHORITY\\LOCAL SERVICE", "S-1-5-19", false, true},
      {"NT AUTHORITY\\NETWORK SERVICE", "S-1-5-20", false, true},
      {"NT AUTHORITY\\ANONYMOUS LOGON", "S-1-5-7", false, true},
      {"", "S-1-0-0", false, true},
      {"NT SERVICE\\x", "S-1-5-80-1-2", false, true},
      {"IIS APPPOOL\\x", "S-1-5-82-1-2", false, true},
      {"NT VIRTUAL MACHINE\\x", "S-1-5-83-1-2", false, true},
  };
  for (const Case& c : cases) {
    HostFacts host;
    host.logon({.time = "2026-11-19T10:00:00Z",
                .account = c.account,
                .sid = c.sid,
                .type = 2,
                .virtual_account = c.is_virtual});
    EXPECT_EQ(is_machine_account(host.facts.logons[0]), c.is_machine) << c.account;
  }
}

}  // namespace
}  // namespace npg
