// Hives of several control sets that do not say which one Windows ran with: what only another one
// than the lowest has may be in force.
#include <gtest/gtest.h>

#include <algorithm>

#include "app/assess_host.hpp"
#include "app/knowledge.hpp"
#include "app/scan.hpp"
#include "testing/facts.hpp"
#include "testing/regf_writer.hpp"
#include "testing/virtual_registry.hpp"
#include "testing/workplace.hpp"

namespace npg {
namespace {

using testing::RegfKey;

constexpr FileTime when{133'000'000'000'000'000};

void put_text(RegfKey& root, std::string_view path, std::string_view name, std::string_view text) {
  testing::set_value(testing::key_at(root, path, when),
                     {.name = std::string(name), .type = reg::sz, .data = testing::sz_data(text)});
}
void put_number(RegfKey& root, std::string_view path, std::string_view name, std::uint32_t number) {
  testing::set_value(
      testing::key_at(root, path, when),
      {.name = std::string(name), .type = reg::dword, .data = testing::dword_data(number)});
}

/// Evil is in ControlSet002 alone.
RegfKey two_sets() {
  RegfKey root{.name = "ROOT", .last_written = when};
  for (const std::string set : {"ControlSet001\\", "ControlSet002\\"}) {
    put_text(root, set + "Control\\ComputerName\\ComputerName", "ComputerName", "WKS");
    put_text(root, set + "Control\\NetworkProvider\\Order", "ProviderOrder",
             set == "ControlSet002\\" ? "RDPNP,Evil" : "RDPNP");
  }
  put_text(root, "ControlSet002\\Services\\Evil\\NetworkProvider", "ProviderPath", "C:\\evil.dll");
  put_number(root, "ControlSet002\\Services\\Evil\\NetworkProvider", "Class", 2);
  put_text(root, "ControlSet001\\Services\\RDPNP\\NetworkProvider", "ProviderPath", "drprov.dll");
  return root;
}

HostAssessment scan_hive(const RegfKey& root) {
  const testing::Workplace workplace;
  EXPECT_TRUE(testing::write_file("host/SYSTEM", testing::write_hive(root)));
  const auto assessment = scan({.paths = {"host"}});
  EXPECT_TRUE(assessment && assessment->hosts.size() == 1);
  return assessment && !assessment->hosts.empty() ? assessment->hosts.front() : HostAssessment{};
}

const Finding* finding_of(const HostAssessment& host, std::string_view rule) {
  const auto found = std::ranges::find(host.findings, rule, &Finding::rule);
  return found == host.findings.end() ? nullptr : &*found;
}

bool is_told_as_unknown(const HostAssessment& host) {
  return std::ranges::any_of(host.coverage.statements, [](const std::string& text) {
    return text.contains("Which control set Windows ran with is not known");
  });
}

TEST(UnknownControlSet, WithoutSelectOrWithALinkInItsPlaceNothingIsCertain) {
  RegfKey linked = two_sets();
  RegfKey& link = testing::key_at(linked, "Select", when);
  link.flags |= 0x10;
  testing::set_value(link, {.name = "SymbolicLinkValue",
                            .type = reg::link,
                            .data = testing::sz_data("\\Registry\\Machine\\SYSTEM\\Setup\\S")});
  RegfKey elsewhere = two_sets();
  put_number(elsewhere, "Select", "Current", 7);
  for (const RegfKey& root : {two_sets(), linked, elsewhere}) {
    const HostAssessment host = scan_hive(root);
    EXPECT_TRUE(is_told_as_unknown(host));
    EXPECT_NE(finding_of(host, "NPG1028"), nullptr);
    ASSERT_EQ(host.exposures.size(), 1U);
    const Exposure& window = host.exposures.front();
    EXPECT_EQ(window.end_kind, WindowEnd::still_active);
    EXPECT_FALSE(window.end_basis.contains("not active")) << window.end_basis;
    EXPECT_TRUE(window.end_basis.contains("is not known")) << window.end_basis;
    for (const Provider& provider : host.providers) {
      for (const Reason& reason : provider.reasons) {
        EXPECT_FALSE(reason.text.contains("that of the current control set does not"));
      }
    }
  }
  const Finding* told = finding_of(scan_hive(linked), "NPG1017");
  ASSERT_NE(told, nullptr);
  EXPECT_EQ(told->subject, "Select");
}

TEST(UnknownControlSet, IsNoneWhereSelectNamesOneOrThereIsOnlyOne) {
  RegfKey named = two_sets();
  put_number(named, "Select", "Current", 1);
  put_number(named, "Select", "Default", 1);
  const HostAssessment host = scan_hive(named);
  EXPECT_FALSE(is_told_as_unknown(host));
  ASSERT_EQ(host.exposures.size(), 1U);
  EXPECT_TRUE(host.exposures.front().end_basis.contains("not active"));
  RegfKey one = two_sets();
  std::erase_if(one.children, [](const RegfKey& key) { return key.name == "ControlSet001"; });
  const HostAssessment alone = scan_hive(one);
  EXPECT_FALSE(is_told_as_unknown(alone));
  EXPECT_EQ(finding_of(alone, "NPG1028"), nullptr);
}

TEST(UnknownControlSet, ExposesWhoLoggedOnAsPossible) {
  for (const bool is_known : {false, true}) {
    testing::HostFacts host;
    host.windows(19045).order("RDPNP", false, "2026-11-25T10:00:00Z");
    host.provider({.name = "Evil",
                   .path = "C:\\evil.dll",
                   .provider_class = 2,
                   .control_set = 2,
                   .control_set_is_current = false});
    host.order("RDPNP,Evil", false);
    host.facts.orders.back().control_set = 2;
    host.facts.orders.back().control_set_is_current = false;
    SelectFact select{.control_sets = {1, 2}};
    select.current = is_known ? std::optional<std::uint64_t>(1) : std::nullopt;
    host.facts.selects.push_back(select);
    host.logon({.time = "2026-11-26T10:00:00Z",
                .account = "CORP\\anna",
                .sid = "S-1-5-21-1-2-3-1105",
                .type = 2,
                .logon_process = "User32"});
    const HostAssessment assessment = assess_host(
        {.name = std::string_view("HOST"), .facts = host.normalised()}, shipped_knowledge());
    ASSERT_EQ(assessment.exposures.size(), 1U);
    const Exposure& window = assessment.exposures.front();
    EXPECT_EQ(window.end_kind == WindowEnd::still_active, !is_known);
    if (!is_known) {
      ASSERT_EQ(window.accounts.size(), 1U);
      EXPECT_EQ(window.accounts.front().certainty, Certainty::possible);
      EXPECT_TRUE(window.accounts.front().reason.contains("which control set"))
          << window.accounts.front().reason;
    }
  }
}

}  // namespace
}  // namespace npg
