#include "analysis/baseline/baseline.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "analysis/baseline/drift.hpp"
#include "testing/facts.hpp"
#include "testing/fleet.hpp"

namespace npg {
namespace {

using testing::at;

HostAssessment assessment_of(const testing::FleetHost& host) {
  HostAssessment assessment;
  assessment.host = {.name = std::string_view(host.name), .build = 22631, .role = "workstation"};
  return assessment;
}
HostProfile profile_of_host(const testing::FleetHost& host) {
  return profile_of(assessment_of(host), host.facts);
}

Baseline of_hosts(std::uint32_t first, std::uint32_t count, std::uint64_t minimum_hosts) {
  Baseline baseline;
  baseline.settings = {
      .name = "n", .as_of = at("2026-11-20T00:00:00Z"), .minimum_hosts = minimum_hosts};
  for (std::uint32_t i = first; i < first + count; ++i) {
    baseline.add(profile_of_host(testing::fleet_host(i)), "");
  }
  baseline.date_the_undated(nullptr, at("2026-03-01T00:00:00Z"));
  return baseline;
}

std::string said(const DriftReport& report) {
  std::string text;
  for (const Drift& drift : report.drifts) {
    text += std::string(name_of(drift.drift)) + " " + std::string(name_of(drift.kind)) + " " +
            drift.subject + (drift.is_other ? " (other)" : "") + " " + drift.field + "\n";
  }
  return text;
}

TEST(Baseline, AHostHasNoDifferenceFromItself) {
  const HostProfile profile = profile_of_host(testing::fleet_host(1));
  const Baseline baseline = of_hosts(1, 1, 1);
  const DriftReport report = compare(profile, baseline, "");
  EXPECT_TRUE(report.has_group);
  EXPECT_EQ(said(report), "");
  EXPECT_EQ(report.not_compared, 0U);
  EXPECT_TRUE(report.not_seen.empty());
}

TEST(Baseline, OneHostMakesNothingKnownByDefault) {
  const Baseline baseline = of_hosts(1, 1, 3);
  const DriftReport report = compare(profile_of_host(testing::fleet_host(1)), baseline, "");
  EXPECT_GT(report.drifts.size(), 10U);
  EXPECT_EQ(report.drifts[0].rare_on, 1U);
}

TEST(Baseline, ThreeHostsFlagTheFourthsDifference) {
  const Baseline baseline = of_hosts(10, 3, 3);
  EXPECT_EQ(said(compare(profile_of_host(testing::fleet_host(4)), baseline, "")), "");
  // Host 7 has a provider of its own where the others have SnacNp.
  EXPECT_EQ(said(compare(profile_of_host(testing::fleet_host(7)), baseline, "")),
            "added provider Own000007 present\nremoved provider SnacNp present\n"
            "changed order HwOrder ProviderOrder\nchanged order Order ProviderOrder\n"
            "added key Services\\Own000007\\NetworkProvider present\n"
            "removed key Services\\SnacNp\\NetworkProvider present\n");
  // Host 103 has a DLL of a lower version.
  EXPECT_EQ(said(compare(profile_of_host(testing::fleet_host(103)), baseline, "")),
            "changed dll C:\\Windows\\System32\\vmhgfs.dll sha256\nchanged dll "
            "C:\\Windows\\System32\\vmhgfs.dll version\n");
}

TEST(Baseline, WhatIsNewIsNotKnown) {
  Baseline baseline = of_hosts(10, 3, 3);
  baseline.settings.as_of = at("2026-03-04T00:00:00Z");  // three days after the keys were written
  EXPECT_GT(compare(profile_of_host(testing::fleet_host(4)), baseline, "").drifts.size(), 10U);
  baseline.settings.minimum_age_days = 2;
  EXPECT_EQ(said(compare(profile_of_host(testing::fleet_host(4)), baseline, "")), "");
}

TEST(Baseline, ADllIsAsOldAsItsLoggedWriteOrTheBaseline) {
  const testing::FleetHost host = testing::fleet_host(1);
  const std::string dll(host.facts.images[0].windows_path.raw());
  const FieldKey key{.kind = ProfileKind::dll, .subject = name_key(dll), .field = "SHA256"};
  const auto value_of = [&](const Baseline& baseline) {
    return baseline.groups.begin()->second.fields.at(key).values.begin()->second;
  };
  const FileTime first_built = at("2026-11-01T00:00:00Z");
  Baseline undated;
  undated.add(profile_of_host(host), "");
  EXPECT_FALSE(value_of(undated).first.given()) << "no key's time is that of a file";
  undated.date_the_undated(nullptr, first_built);
  EXPECT_EQ(value_of(undated).first, first_built);
  const auto read = parse_baseline(baseline_text(undated));
  ASSERT_TRUE(read.has_value());
  EXPECT_TRUE(value_of(*read).is_since_baseline);
  EXPECT_EQ(baseline_text(*read), baseline_text(undated));
  // Built again later, it is as old as the first baseline that had it.
  Baseline again;
  again.add(profile_of_host(host), "");
  again.date_the_undated(&*read, at("2026-11-20T00:00:00Z"));
  EXPECT_EQ(value_of(again).first, first_built);
  testing::FleetHost logged = host;
  logged.facts.file_changes.push_back(
      {.time = at("2026-10-01T00:00:00Z"), .path = std::string_view(dll)});
  Baseline dated;
  dated.add(profile_of_host(logged), "");
  dated.date_the_undated(&*read, at("2026-11-20T00:00:00Z"));
  EXPECT_EQ(value_of(dated).first, at("2026-10-01T00:00:00Z"));
  EXPECT_FALSE(value_of(dated).is_since_baseline);
}

TEST(Baseline, WhatItsOwnEvidenceLackedIsNotAdded) {
  const HostProfile whole = profile_of_host(testing::fleet_host(1));
  HostProfile without_dlls = whole;
  std::erase_if(without_dlls.fields,
                [](const ProfileField& field) { return field.kind == ProfileKind::dll; });
  Baseline baseline;
  baseline.settings = {.name = "n", .as_of = at("2026-11-20T00:00:00Z"), .minimum_hosts = 1};
  baseline.add(without_dlls, "");
  const DriftReport dlls = compare(whole, baseline, "");
  EXPECT_EQ(said(dlls), "");
  EXPECT_FALSE(dlls.baseline_lacks_dlls.empty());
  EXPECT_GT(dlls.not_compared, 0U);

  HostProfile audited = whole;
  audited.sections.insert("SECURITY");
  audited.fields.push_back({.kind = ProfileKind::audit,
                            .subject = "audit policy",
                            .field = "Registry",
                            .value = "success",
                            .since = at("2026-01-01T00:00:00Z")});
  const DriftReport security = compare(audited, of_hosts(1, 1, 1), "");
  EXPECT_EQ(said(security), "");
  EXPECT_EQ(security.baseline_lacks, std::vector<std::string>{"SECURITY"});
  HostAssessment host;
  add_drift_findings(security, "build 1", host);
  ASSERT_EQ(host.coverage.not_evaluated.size(), 1U);
  EXPECT_EQ(host.coverage.not_evaluated[0].rule, "NPG1025");
  EXPECT_NE(host.coverage.not_evaluated[0].why.find("had no SECURITY hive"), std::string::npos);
}

TEST(Baseline, ARegistrationThatIsGoneIsNamedByItsOwnKey) {
  HostProfile before = profile_of_host(testing::fleet_host(1));
  const FileTime since = at("2026-01-01T00:00:00Z");
  for (const char* const key : {"Services\\Pn", "Services\\Pn\\NetworkProvider"}) {
    before.fields.push_back({.kind = ProfileKind::key,
                             .subject = key,
                             .field = "present",
                             .value = "yes",
                             .since = since});
  }
  Baseline baseline;
  baseline.settings = {.name = "n", .as_of = at("2026-11-20T00:00:00Z"), .minimum_hosts = 1};
  baseline.add(before, "");
  baseline.date_the_undated(nullptr, since);
  EXPECT_EQ(said(compare(profile_of_host(testing::fleet_host(1)), baseline, "")),
            "removed key Services\\Pn\\NetworkProvider present\n");
}

TEST(Baseline, AGroupKeepsFromWhenOnItsValuesAreKnown) {
  Baseline baseline = of_hosts(10, 2, 1);
  BaselineGroup& group = baseline.groups.begin()->second;
  group.minimum = BaselineMinimum{.as_of = baseline.settings.as_of, .hosts = 3, .age_days = 7};
  const auto again = parse_baseline(baseline_text(baseline));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->groups.begin()->second.minimum, group.minimum);
  const KnownValue two{.hosts = 2, .first = at("2020-01-01T00:00:00Z")};
  EXPECT_FALSE(again->is_known(two, again->groups.begin()->second));
  EXPECT_TRUE(again->is_known(two, BaselineGroup{}));
}

TEST(Baseline, AnotherBuildRoleOrTagIsNotCompared) {
  const Baseline baseline = of_hosts(1, 3, 3);
  HostProfile profile = profile_of_host(testing::fleet_host(4));
  EXPECT_FALSE(compare(profile, baseline, "kiosk").has_group);
  profile.build = 19045;
  EXPECT_FALSE(compare(profile, baseline, "").has_group);
  profile.build = 22631;
  profile.role = "server";
  EXPECT_FALSE(compare(profile, baseline, "").has_group);
}

/// Each change to one fact is named as exactly the field that it is.
TEST(Baseline, EachChangeIsNamedAsItsField) {
  struct Change {
    const char* name;
    std::function<void(FactSet&)> change;
    std::string said;
  };
  const auto value = [](std::string_view name, std::string_view text) {
    return [name, text](FactSet& facts) {
      for (RegistryValueFact& one : facts.registrations[1].values) {
        if (equal_names(one.name.raw(), name)) {
          one.text = text;
        }
      }
    };
  };
  const std::string first = std::string(testing::fleet_host(5).facts.registrations[1].name.raw());
  const Change changes[] = {
      {"path", value("ProviderPath", "C:\\evil.dll"),
       "changed provider " + first + " ProviderPath\n"},
      {"display name", value("Name", "other"), "changed provider " + first + " Name\n"},
      {"type", [](FactSet& f) { f.registrations[1].values[0].type = 2; },
       "changed provider " + first + " Name\n"},
      {"value added",
       [](FactSet& f) {
         f.registrations[1].values.push_back(
             {.name = std::string_view("Class"), .type = 4, .text = std::string_view("2")});
       },
       "added provider " + first + " Class\n"},
      {"value removed", [](FactSet& f) { f.registrations[1].values.pop_back(); },
       "removed provider " + first + " ProviderPath\n"},
      {"group",
       [](FactSet& f) { f.registrations[1].service_values[0].text = std::string_view("x"); },
       "changed provider " + first + " service Group\n"},
      {"link",
       [](FactSet& f) { f.registrations[1].link_target = std::string_view("\\Registry\\x"); },
       "added provider " + first + " link\n"},
      {"order", [](FactSet& f) { f.orders[0].raw = std::string_view("x"); },
       "changed order Order ProviderOrder\n"},
      {"permission", [](FactSet& f) { f.keys[0].security->dacl[1].mask = 0xf003f; },
       "changed key Services\\RDPNP\\NetworkProvider sddl\n"},
      {"owner", [](FactSet& f) { f.keys[0].security->owner = std::string_view("S-1-1-0"); },
       "changed key Services\\RDPNP\\NetworkProvider sddl\n"},
      {"class name", [](FactSet& f) { f.keys[0].class_name = std::string_view("x"); },
       "added key Services\\RDPNP\\NetworkProvider class_name\n"},
      {"policy", [](FactSet& f) { f.policies[0].text = std::string_view("1"); }, ""},
      {"hash", [](FactSet& f) { f.images[0].sha256 = std::string(64, '0'); }, ""},
  };
  const Baseline baseline = of_hosts(5, 1, 1);
  for (const Change& one : changes) {
    testing::FleetHost host = testing::fleet_host(5);
    one.change(host.facts);
    const DriftReport report = compare(profile_of_host(host), baseline, "");
    EXPECT_EQ(report.drifts.size(), 1U) << one.name << "\n" << said(report);
    if (!one.said.empty()) {
      EXPECT_EQ(said(report), one.said) << one.name;
    }
  }
}

TEST(Baseline, WhatWasNotSeenIsNotMissing) {
  const Baseline baseline = of_hosts(1, 3, 3);
  HostProfile none;
  none.build = 22631;
  none.role = "workstation";
  const DriftReport report = compare(none, baseline, "");
  EXPECT_TRUE(report.drifts.empty());
  EXPECT_GT(report.not_compared, 10U);
  EXPECT_EQ(report.not_seen, (std::vector<std::string>{"SOFTWARE", "SYSTEM"}));
  HostAssessment host;
  add_drift_findings(report, "g", host);
  EXPECT_TRUE(host.findings.empty());
  EXPECT_EQ(host.coverage.not_evaluated.size(), 7U);
}

TEST(Baseline, ComesBackFromItsText) {
  const Baseline baseline = of_hosts(1, 3, 2);
  const std::string text = baseline_text(baseline);
  const auto back = parse_baseline(text);
  ASSERT_TRUE(back.has_value()) << back.error().what << " line " << back.error().offset;
  EXPECT_EQ(baseline_text(*back), text);
  EXPECT_EQ(said(compare(profile_of_host(testing::fleet_host(4)), *back, "")), "");
}

TEST(Baseline, AProfileComesBackFromItsText) {
  const HostProfile profile = profile_of_host(testing::fleet_host(7));
  const std::string text = profile_text(profile);
  const auto back = parse_profile(text);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(profile_text(*back), text);
  EXPECT_EQ(back->sections, profile.sections);
}

TEST(Baseline, DamagedTextIsRefusedWithItsLine) {
  const std::string good = baseline_text(of_hosts(1, 1, 1));
  const struct {
    const char* name;
    std::string text;
    std::uint64_t line;
  } bads[] = {
      {"empty", "", 1},
      {"another file", "x\n", 1},
      {"an earlier version", "npguard-baseline\t1\n", 1},
      {"a later version", "npguard-baseline\t3\n", 1},
      {"unknown word", "npguard-baseline\t2\nnothing\n", 2},
      {"unknown setting", "npguard-baseline\t2\nsetting\tx\ty\n", 2},
      {"no number", "npguard-baseline\t2\nsetting\tminimum_hosts\t-1\n", 2},
      {"zero hosts", "npguard-baseline\t2\nsetting\tminimum_hosts\t0\n", 2},
      {"cells missing", "npguard-baseline\t2\ngroup\t1\tserver\n", 2},
      {"value before its group",
       "npguard-baseline\t2\nvalue\t1\ts\t-\tprovider\tx\tcurrent\tf\tv\t1\t-\n", 2},
      {"group twice", "npguard-baseline\t2\ngroup\t1\ts\t-\t1\ngroup\t1\ts\t-\t1\n", 3},
      {"more hosts than the group",
       "npguard-baseline\t2\ngroup\t1\ts\t-\t1\nvalue\t1\ts\t-\tprovider\tx\tcurrent\tf\tv\t2\t-\n",
       3},
      {"value twice", good + good.substr(good.rfind("\nvalue") + 1),
       static_cast<std::uint64_t>(std::ranges::count(good, '\n')) + 1},
  };
  for (const auto& bad : bads) {
    const auto read = parse_baseline(bad.text);
    ASSERT_FALSE(read.has_value()) << bad.name;
    EXPECT_EQ(read.error().offset, bad.line) << bad.name;
  }
}

TEST(Baseline, CellsAreNeverAmbiguous) {
  EXPECT_EQ(profile_cell("C:\\x.dll"), "C:\\x.dll");
  EXPECT_EQ(profile_cell("a\tb"), "hex:610962");
  EXPECT_EQ(profile_cell("a\nb"), "hex:610a62");
  EXPECT_EQ(profile_cell("hex:61"), "hex:6865783a3631");
  EXPECT_EQ(profile_cell(" a"), "hex:2061");
  EXPECT_EQ(profile_cell("a\xe2\x80\xae"), "hex:61e280ae");
}

TEST(Drift, IsGradedByWhatDrifted) {
  struct Row {
    Drift drift;
    std::string_view rule;
    FindingSeverity severity;
  };
  using S = FindingSeverity;
  using K = ProfileKind;
  using D = DriftKind;
  const Row rows[] = {
      {{.drift = D::added, .kind = K::provider, .subject = "Evil", .field = "present"},
       "NPG1020",
       S::high},
      {{.drift = D::added, .kind = K::provider, .subject = "Quiet", .field = "present"},
       "NPG1020",
       S::medium},
      {{.drift = D::removed, .kind = K::provider, .subject = "RDPNP", .field = "present"},
       "NPG1026",
       S::low},
      {{.kind = K::provider, .subject = "RDPNP", .field = "ProviderPath"}, "NPG1021", S::high},
      {{.kind = K::provider, .subject = "RDPNP", .field = "Class"}, "NPG1021", S::high},
      {{.kind = K::provider, .subject = "RDPNP", .is_other = true, .field = "Class"},
       "NPG1021",
       S::medium},
      {{.kind = K::provider, .subject = "RDPNP", .field = "Name"}, "NPG1021", S::medium},
      {{.kind = K::provider, .subject = "RDPNP", .field = "DeviceName"}, "NPG1021", S::low},
      {{.kind = K::order,
        .subject = "Order",
        .field = "ProviderOrder",
        .before = {"REG_SZ:a,b"},
        .after = {"REG_SZ:b,a"}},
       "NPG1023",
       S::low},
      {{.kind = K::order,
        .subject = "Order",
        .field = "ProviderOrder",
        .before = {"REG_SZ:a,b"},
        .after = {"REG_SZ:a,b,c"}},
       "NPG1023",
       S::medium},
      {{.kind = K::key, .subject = "Services\\RDPNP", .field = "sddl"}, "NPG1024", S::medium},
      {{.kind = K::key, .subject = "Services\\Open", .field = "sddl"}, "NPG1024", S::high},
      {{.kind = K::key, .subject = "Services\\RDPNP", .field = "link"}, "NPG1024", S::high},
      {{.kind = K::policy, .subject = "x", .field = "EnableMPR"}, "NPG1025", S::high},
      {{.kind = K::policy, .subject = "x", .field = "MaxSize"}, "NPG1025", S::medium},
      {{.kind = K::audit, .subject = "audit policy", .field = "Logon"}, "NPG1025", S::medium},
      {{.kind = K::dll, .subject = "C:\\a.dll", .field = "sha256", .after = {"aa"}},
       "NPG1022",
       S::low},
      {{.kind = K::dll, .subject = "C:\\a.dll", .field = "signer"}, "NPG1022", S::high},
      {{.kind = K::dll, .subject = "C:\\b.dll", .field = "sha256"}, "NPG1022", S::medium},
      {{.drift = D::added, .kind = K::dll, .subject = "C:\\b.dll", .field = "present"},
       "NPG1022",
       S::high},
  };
  for (const Row& row : rows) {
    HostAssessment host;
    host.providers.push_back(
        {.name = std::string_view("Evil"), .receives_credentials = YesNo::unknown});
    host.providers.push_back(
        {.name = std::string_view("Quiet"), .receives_credentials = YesNo::no});
    ImageFact signed_one{.windows_path = std::string_view("C:\\a.dll"), .sha256 = "aa"};
    signed_one.signature.status = SignatureStatus::trusted;
    host.providers[0].dlls.push_back({.image = signed_one});
    host.keys.push_back({.fact = {.key = std::string_view("ControlSet001\\Services\\Open")},
                         .writers = {{.sid = "S-1-1-0"}}});
    const DriftReport report{.has_group = true, .group_hosts = 3, .drifts = {row.drift}};
    add_drift_findings(report, "g", host);
    ASSERT_EQ(host.findings.size(), 1U);
    EXPECT_EQ(host.findings[0].rule, row.rule) << row.drift.subject << row.drift.field;
    EXPECT_EQ(name_of(host.findings[0].severity), name_of(row.severity))
        << row.rule << " " << row.drift.subject << " " << row.drift.field;
  }
}

}  // namespace
}  // namespace npg
