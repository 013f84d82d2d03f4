#include "analysis/baseline/counted_hosts.hpp"

#include <gtest/gtest.h>

#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::at;

HostProfile of(std::string name, std::string guid, std::string sid, std::string domain,
               std::string path = "REG_SZ:C:\\x.dll") {
  return {.host = std::move(name),
          .machine_guid = std::move(guid),
          .machine_sid = std::move(sid),
          .domain = std::move(domain),
          .build = 22631,
          .role = "workstation",
          .sections = {"SYSTEM"},
          .fields = {{.subject = "Prov",
                      .field = "ProviderPath",
                      .value = std::move(path),
                      .since = at("2026-01-01T00:00:00Z")},
                     {.subject = "Prov",
                      .field = "present",
                      .value = "yes",
                      .since = at("2026-01-01T00:00:00Z")}}};
}

TEST(CountedHosts, AMachineCountsOnceHoweverOftenItIsGiven) {
  struct Case {
    const char* what;
    std::vector<HostProfile> given;
    std::uint64_t hosts;
  };
  const Case cases[] = {
      {"the same three times",
       {of("A", "g", "s", "d"), of("A", "g", "s", "d"), of("A", "g", "", "")},
       1},
      {"other capitals", {of("Host", "G-1", "", ""), of("HOST", "g-1", "", "")}, 1},
      {"nothing but the name", {of("A", "", "", ""), of("A", "", "", "")}, 1},
      {"a name with what tells it apart",
       {of("A", "g", "", ""), of("A (corp.example)", "g", "", "")},
       1},
      {"told by different evidence",
       {of("A", "g", "", ""), of("A", "", "s", ""), of("A", "g", "s", "")},
       1},
      {"two machines of one name", {of("A", "g", "", ""), of("A", "h", "", "")}, 2},
      {"two SIDs", {of("A", "", "s", ""), of("A", "", "t", "")}, 2},
      {"two domains", {of("A", "", "", "d"), of("A", "", "", "e")}, 2},
      {"a machine that moved to another domain", {of("A", "g", "", "d"), of("A", "g", "", "e")}, 1},
      {"two names", {of("A", "g", "s", "d"), of("B", "g", "s", "d")}, 2},
  };
  for (const Case& one : cases) {
    Baseline baseline;
    CountedHosts counted;
    for (const HostProfile& profile : one.given) {
      counted.add(profile, "", baseline);
    }
    const BaselineGroup& group = baseline.groups.begin()->second;
    EXPECT_EQ(group.hosts, one.hosts) << one.what;
    EXPECT_EQ(group.sections.at("SYSTEM"), one.hosts) << one.what;
    for (const auto& [key, field] : group.fields) {
      EXPECT_EQ(field.values.begin()->second.hosts, one.hosts) << one.what << key.field;
    }
    EXPECT_EQ(counted.repeated().empty(), one.hosts == one.given.size()) << one.what;
  }
}

TEST(CountedHosts, WhatAProfileTellsTwiceCountsOnce) {
  Baseline baseline;
  HostProfile profile = of("A", "g", "", "");
  const std::vector<ProfileField> again = profile.fields;
  profile.fields.insert(profile.fields.end(), again.begin(), again.end());
  baseline.add(profile, "");
  for (const auto& [key, field] : baseline.groups.begin()->second.fields) {
    EXPECT_EQ(field.values.begin()->second.hosts, 1U) << key.field;
  }
}

TEST(CountedHosts, WhatAHostHadOnSeveralDaysCountsOnceEach) {
  Baseline baseline;
  CountedHosts counted;
  counted.add(of("A", "g", "", "", "REG_SZ:C:\\x.dll"), "", baseline);
  counted.add(of("A", "g", "", "", "REG_SZ:C:\\y.dll"), "", baseline);
  counted.add(of("A", "g", "", "", "REG_SZ:C:\\y.dll"), "", baseline);
  counted.add(of("B", "h", "", "", "REG_SZ:C:\\y.dll"), "", baseline);
  const BaselineGroup& group = baseline.groups.begin()->second;
  EXPECT_EQ(group.hosts, 2U);
  const auto& paths = group.fields.at({.subject = "PROV", .field = "PROVIDERPATH"}).values;
  EXPECT_EQ(paths.at("REG_SZ:C:\\x.dll").hosts, 1U);
  EXPECT_EQ(paths.at("REG_SZ:C:\\y.dll").hosts, 2U);
  EXPECT_EQ(counted.repeated(), (std::map<std::string, std::uint64_t>{{"A", 3}}));
}

}  // namespace
}  // namespace npg
