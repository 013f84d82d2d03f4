#include "analysis/exposure/later_use.hpp"

#include <gtest/gtest.h>

#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::at;
using testing::HostFacts;

HostAssessment host(std::string_view name, std::string role, std::vector<ExposedAccount> accounts) {
  HostAssessment made;
  made.host.name = name;
  made.host.role = std::move(role);
  made.exposures.push_back({.provider = std::string_view("Evil")});
  made.exposures[0].accounts = std::move(accounts);
  return made;
}

ExposedAccount exposed(std::string_view name, std::string_view sid, Action action,
                       bool privileged = false) {
  return {.account = name,
          .sid = sid,
          .certainty = Certainty::likely,
          .privileged = privileged,
          .first = at("2026-03-03T08:00:00Z"),
          .action = action};
}

TEST(LaterUse, OtherHostsAfterTheExposureCount) {
  HostFacts other;
  other.logon(
      {.time = "2026-03-02T08:00:00Z", .account = "C\\a", .sid = "S-1-5-21-1-2-3-4", .type = 3});
  other.logon({.time = "2026-03-04T08:00:00Z",
               .account = "C\\a",
               .sid = "S-1-5-21-1-2-3-4",
               .type = 3,
               .address = "10.9.9.9"});
  std::vector hosts{
      host("WS01", "workstation", {exposed("C\\a", "S-1-5-21-1-2-3-4", Action::reset)}),
      host("SRV", "server", {})};
  const std::vector<std::vector<AccountUse>> uses{{}, account_uses(other.normalised())};
  add_later_use(hosts, uses);
  const auto& later = hosts[0].exposures[0].accounts[0].used_later;
  ASSERT_EQ(later.size(), 1U);
  EXPECT_EQ(later[0].host.raw(), "SRV");
  EXPECT_EQ(later[0].logons, 1U);
  EXPECT_EQ(later[0].first, at("2026-03-04T08:00:00Z"));
  EXPECT_EQ(later[0].addresses, std::vector<std::string>{"10.9.9.9"});
}

TEST(LaterUse, TheResetListIsOrderedAndNamesEachAccountOnce) {
  const std::vector hosts{
      host("WS01", "workstation",
           {exposed("C\\b", "S-1-5-21-1-2-3-5", Action::reset),
            exposed("C\\a", "S-1-5-21-1-2-3-4", Action::reset_now, true),
            exposed("C\\n", "S-1-5-21-1-2-3-9", Action::none)}),
      host("DC01", "domain_controller",
           {exposed("C\\b", "S-1-5-21-1-2-3-5", Action::reset_now),
            exposed("C\\c", "S-1-5-21-1-2-3-6", Action::reset)}),
      host("SRV", "server", {exposed("C\\d", "S-1-5-21-1-2-3-7", Action::reset)})};
  std::vector<std::string> order;
  for (const ResetItem& item : reset_list(hosts)) {
    order.push_back(std::string(item.account.raw()) + "@" + std::string(item.host.raw()));
  }
  EXPECT_EQ(order, (std::vector<std::string>{"C\\b@DC01", "C\\a@WS01", "C\\c@DC01", "C\\d@SRV"}));
}

}  // namespace
}  // namespace npg
