// Copies of a hive between which Windows came to run with another control set: what that set has is
// as old as its keys say, and the switch is what is told.
#include <gtest/gtest.h>

#include <algorithm>

#include "app/scan.hpp"
#include "testing/regf_writer.hpp"
#include "testing/virtual_registry.hpp"
#include "testing/workplace.hpp"

namespace npg {
namespace {

using testing::RegfKey;

FileTime at_hour(std::uint64_t hour) {
  return {133'000'000'000'000'000 + hour * 3600 * FileTime::per_second};
}

void put_text(RegfKey& root, const std::string& path, std::string_view name, std::string_view text,
              std::uint64_t hour) {
  testing::set_value(testing::key_at(root, path, at_hour(hour)),
                     {.name = std::string(name), .type = reg::sz, .data = testing::sz_data(text)});
}
void put_number(RegfKey& root, const std::string& path, std::string_view name, std::uint32_t number,
                std::uint64_t hour) {
  testing::set_value(
      testing::key_at(root, path, at_hour(hour)),
      {.name = std::string(name), .type = reg::dword, .data = testing::dword_data(number)});
}

/// ControlSet001 has Evil since the fifth hour, ControlSet002 does not.
std::vector<std::byte> hive(std::uint64_t written, std::uint32_t current, bool has_evil = true) {
  RegfKey root{.name = "ROOT", .last_written = at_hour(1)};
  root.security = testing::default_descriptor();
  put_number(root, "Select", "Current", current, written);
  for (const std::string set : {"ControlSet001\\", "ControlSet002\\"}) {
    const bool is_here = has_evil && set == "ControlSet001\\";
    put_text(root, set + "Control\\ComputerName\\ComputerName", "ComputerName", "WKS", 1);
    put_text(root, set + "Control\\NetworkProvider\\Order", "ProviderOrder",
             is_here ? "RDPNP,Evil" : "RDPNP", is_here ? 5 : 1);
    put_text(root, set + "Services\\RDPNP\\NetworkProvider", "ProviderPath",
             "%SystemRoot%\\System32\\drprov.dll", 1);
    if (is_here) {
      put_text(root, set + "Services\\Evil\\NetworkProvider", "ProviderPath", "C:\\evil.dll", 5);
      put_number(root, set + "Services\\Evil\\NetworkProvider", "Class", 2, 5);
    }
  }
  return testing::write_hive(root, {.last_written = at_hour(written)});
}

HostAssessment scan_copies(const std::vector<std::byte>& older, const std::vector<std::byte>& now) {
  const testing::Workplace workplace;
  EXPECT_TRUE(testing::write_file("C/Windows/System32/config/RegBack/SYSTEM", older));
  EXPECT_TRUE(testing::write_file("C/Windows/System32/config/SYSTEM", now));
  const auto assessment = scan({.paths = {"C"}});
  EXPECT_TRUE(assessment && assessment->hosts.size() == 1);
  return assessment && !assessment->hosts.empty() ? assessment->hosts.front() : HostAssessment{};
}

const Change* change_of(const HostAssessment& host, std::string_view what,
                        std::string_view value = {}) {
  const auto found = std::ranges::find_if(host.changes, [&](const Change& change) {
    return change.what == what && change.value_name.raw() == value;
  });
  return found == host.changes.end() ? nullptr : &*found;
}

TEST(SwitchedControlSets, WhatComesIntoUseIsNoAdditionAndNoForgedTime) {
  const HostAssessment host = scan_copies(hive(20, 2), hive(40, 1));
  const Change* select = change_of(host, "value_set", "Current");
  ASSERT_NE(select, nullptr);
  EXPECT_EQ(select->key.raw(), "HKLM\\SYSTEM\\Select");
  EXPECT_EQ(select->old_value.raw(), "2");
  EXPECT_EQ(select->new_value.raw(), "1");
  EXPECT_EQ(select->not_before, at_hour(20));
  EXPECT_EQ(select->time, at_hour(40));
  EXPECT_EQ(change_of(host, "registration_added"), nullptr);
  EXPECT_EQ(change_of(host, "value_set", "ProviderOrder"), nullptr);
  EXPECT_NE(change_of(host, "registration_switched_in"), nullptr);
  EXPECT_NE(change_of(host, "value_switched", "ProviderOrder"), nullptr);
  for (const Provider& provider : host.providers) {
    EXPECT_TRUE(std::ranges::none_of(provider.reasons, [](const Reason& reason) {
      return reason.code == "last_written_contradicted";
    })) << provider.name.raw();
  }
  // It was told passwords since Windows ran with that control set.
  ASSERT_EQ(host.exposures.size(), 1U);
  EXPECT_EQ(host.exposures.front().earliest_start, at_hour(20));
  EXPECT_EQ(host.exposures.front().latest_start, at_hour(40));
}

TEST(SwitchedControlSets, WhatGoesOutOfUseIsNoRemoval) {
  const HostAssessment host = scan_copies(hive(20, 1), hive(40, 2));
  EXPECT_NE(change_of(host, "value_set", "Current"), nullptr);
  EXPECT_EQ(change_of(host, "registration_removed"), nullptr);
  EXPECT_NE(change_of(host, "registration_switched_out"), nullptr);
  EXPECT_NE(change_of(host, "value_switched", "ProviderOrder"), nullptr);
  ASSERT_EQ(host.exposures.size(), 1U);
  EXPECT_EQ(host.exposures.front().end_kind, WindowEnd::removed);
  EXPECT_EQ(host.exposures.front().earliest_end, at_hour(20));
  EXPECT_EQ(host.exposures.front().end, at_hour(40));
}

TEST(SwitchedControlSets, WhatTheSetInUseDidNotHaveIsAnAddition) {
  const HostAssessment host = scan_copies(hive(20, 2, false), hive(40, 1));
  EXPECT_NE(change_of(host, "value_set", "Current"), nullptr);
  EXPECT_NE(change_of(host, "registration_added"), nullptr);
  EXPECT_NE(change_of(host, "value_set", "ProviderOrder"), nullptr);
  const auto evil = std::ranges::find_if(
      host.providers, [](const Provider& one) { return one.name.raw() == "Evil"; });
  ASSERT_NE(evil, host.providers.end());
  EXPECT_TRUE(std::ranges::any_of(evil->reasons, [](const Reason& reason) {
    return reason.code == "last_written_contradicted";
  }));
}

}  // namespace
}  // namespace npg
