#include "analysis/exposure/domain_news.hpp"

#include <gtest/gtest.h>

#include <tuple>

#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::at;
using testing::HostFacts;

constexpr std::string_view alice_sid = "S-1-5-21-1-2-3-1104";
constexpr std::string_view bob_sid = "S-1-5-21-1-2-3-1105";
constexpr std::string_view local_sid = "S-1-5-21-9-9-9-1001";

ExposedAccount exposed(std::string_view name, std::string_view sid) {
  return {.account = name,
          .sid = sid,
          .certainty = Certainty::likely,
          .first = at("2026-03-03T08:00:00Z"),
          .action = Action::reset};
}

/// WS01 with three exposed accounts, and a domain controller without a provider.
std::vector<HostAssessment> hosts() {
  std::vector<HostAssessment> made(2);
  made[0].host.name = std::string_view("WS01");
  made[0].host.role = "workstation";
  made[0].host.machine_sid = std::string_view("S-1-5-21-9-9-9");
  made[0].exposures.push_back({.provider = std::string_view("Evil"),
                               .earliest_start = at("2026-03-02T00:00:00Z"),
                               .end = at("2026-03-05T00:00:00Z"),
                               .end_kind = WindowEnd::removed,
                               .password_sent = YesNo::yes});
  made[0].exposures[0].accounts = {exposed("CORP\\alice", alice_sid), exposed("CORP\\bob", bob_sid),
                                   exposed("WS01\\tom", local_sid)};
  made[1].host.name = std::string_view("DC01");
  made[1].host.role = "domain_controller";
  return made;
}

const ExposedAccount& of(const std::vector<HostAssessment>& all, std::string_view sid) {
  for (const ExposedAccount& account : all[0].exposures[0].accounts) {
    if (account.sid.raw() == sid) {
      return account;
    }
  }
  return all[0].exposures[0].accounts[0];
}

void tell(std::vector<HostAssessment>& made, std::string_view teller, const FactSet& facts) {
  const std::vector<HostNews> news{account_news(teller, facts)};
  add_domain_news(made[0].host, news, made[0].exposures);
}

TEST(DomainNews, ResetsAndGroupsThatOnlyTheControllerLogsCount) {
  HostFacts controller;
  controller.password("2026-03-01T10:00:00Z", "CORP\\alice", alice_sid, 4724);
  controller.password("2026-03-06T10:00:00Z", "CORP\\alice", alice_sid, 4724);
  controller.password("2026-03-06T10:00:00Z", "DC01\\tom", local_sid, 4724);
  controller.privilege("2026-03-01T10:00:00Z", "", bob_sid);
  controller.facts.privileges.back().event_id = 4728;
  controller.facts.privileges.back().groups = std::string_view("S-1-5-21-1-2-3-512");
  std::vector<HostAssessment> made = hosts();
  tell(made, "DC01", controller.normalised());
  EXPECT_EQ(made[0].exposures[0].accounts[0].sid.raw(), bob_sid) << "the most urgent first";
  const ExposedAccount& bob = of(made, bob_sid);
  EXPECT_TRUE(bob.privileged);
  EXPECT_EQ(bob.action, Action::reset_now);
  EXPECT_EQ(bob.why_privileged, std::vector<std::string>{"Domain Admins (by the log of DC01)"});
  const ExposedAccount& alice = of(made, alice_sid);
  EXPECT_EQ(alice.action, Action::review);
  EXPECT_EQ(alice.reset_seen, at("2026-03-06T10:00:00Z"));
  EXPECT_EQ(alice.resets.size(), 1U) << "what was before the window says nothing";
  EXPECT_EQ(of(made, local_sid).action, Action::reset)
      << "a cloned computer's local account is another one";
}

TEST(DomainNews, AGroupThatWasLeftBeforeTheFirstLogonIsNoReason) {
  HostFacts controller;
  for (const auto& [time, id, removed] : {std::tuple("2026-01-01T10:00:00Z", 4728U, false),
                                          std::tuple("2026-02-01T10:00:00Z", 4729U, true)}) {
    controller.privilege(time, "", bob_sid);
    PrivilegeFact& fact = controller.facts.privileges.back();
    fact.event_id = id;
    fact.removed = removed;
    fact.groups = std::string_view("S-1-5-21-1-2-3-512");
  }
  std::vector<HostAssessment> made = hosts();
  tell(made, "DC01", controller.normalised());
  EXPECT_FALSE(of(made, bob_sid).privileged);
  controller.facts.privileges.back().time = at("2026-12-01T10:00:00Z");
  tell(made, "DC01", controller.normalised());
  EXPECT_TRUE(of(made, bob_sid).privileged) << "it was a member when it logged on";
}

TEST(DomainNews, ABuiltinGroupOfAnotherWorkstationIsNone) {
  for (const bool is_workstation : {true, false}) {
    HostFacts other;
    if (is_workstation) {
      other.windows(22621);
    }
    other.privilege("2026-03-01T10:00:00Z", "", bob_sid);
    other.facts.privileges.back().event_id = 4732;
    other.facts.privileges.back().groups = std::string_view("S-1-5-32-544");
    std::vector<HostAssessment> made = hosts();
    tell(made, "WS09", other.normalised());
    EXPECT_EQ(of(made, bob_sid).privileged, !is_workstation);
  }
}

TEST(DomainNews, OwnNewsChangesNothing) {
  HostFacts own;
  own.password("2026-03-06T10:00:00Z", "CORP\\alice", alice_sid, 4724);
  std::vector<HostAssessment> made = hosts();
  tell(made, "WS01", own.normalised());
  EXPECT_TRUE(of(made, alice_sid).resets.empty()) << "the host's own log was asked before";
}

}  // namespace
}  // namespace npg
