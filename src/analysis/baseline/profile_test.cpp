#include "analysis/baseline/profile.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "analysis/baseline/baseline.hpp"
#include "analysis/baseline/drift.hpp"
#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::at;

/// What `run` with one host known says of another: "KIND SUBJECT (other) FIELD: after".
std::vector<std::string> differences(const HostProfile& known, const HostProfile& other) {
  Baseline baseline;
  baseline.settings = {
      .name = "n", .as_of = at("2026-11-20T00:00:00Z"), .minimum_hosts = 1, .minimum_age_days = 0};
  baseline.add(known, "");
  std::vector<std::string> lines;
  for (const Drift& drift : compare(other, baseline, "").drifts) {
    std::string line = std::string(name_of(drift.drift)) + " " + drift.subject +
                       (drift.is_other ? " (other) " : " ") + drift.field + ":";
    for (const std::string& value : drift.after) {
      line += " " + value;
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

using Lines = std::vector<std::string>;

HostProfile with_settings(const std::string& current, const std::string& other) {
  FactSet facts;
  facts.identities.push_back({.computer_name = std::string_view("A")});
  facts.selects.push_back({.current = 1});
  for (const auto& [set, text] : {std::pair("ControlSet001", current), {"ControlSet002", other}}) {
    if (!text.empty()) {
      facts.policies.push_back(
          {.key = SharedText(std::string_view(std::string(set) + "\\Control\\Lsa")),
           .value_name = std::string_view("Notification Packages"),
           .type = 7,
           .text = std::string_view(text)});
    }
  }
  return profile_of({}, facts);
}

TEST(Profile, SettingsAreOfTheirControlSet) {
  const std::string good = "scecli";
  const std::string bad = "scecli evil";
  const HostProfile staged = with_settings(good, bad);
  EXPECT_EQ(differences(staged, staged), Lines{});
  EXPECT_EQ(differences(staged, with_settings(bad, bad)),
            (Lines{"changed Control\\Lsa Notification Packages: REG_MULTI_SZ:scecli evil"}));
  EXPECT_EQ(differences(staged, with_settings(bad, good)),
            (Lines{"changed Control\\Lsa Notification Packages: REG_MULTI_SZ:scecli evil",
                   "changed Control\\Lsa (other) Notification Packages: REG_MULTI_SZ:scecli"}));
  EXPECT_EQ(
      differences(with_settings(good, good), staged),
      (Lines{"changed Control\\Lsa (other) Notification Packages: REG_MULTI_SZ:scecli evil"}));
  // Where the baseline's hosts have one control set, another is held against it.
  const HostProfile alone = with_settings(good, "");
  EXPECT_EQ(differences(alone, with_settings(good, good)), Lines{});
  EXPECT_EQ(
      differences(alone, staged),
      (Lines{"changed Control\\Lsa (other) Notification Packages: REG_MULTI_SZ:scecli evil"}));
  EXPECT_EQ(differences(staged, alone), Lines{}) << "a control set that is not there";
}

TEST(Profile, ASettingOfAnotherControlSetIsToldAsThat) {
  Baseline baseline;
  baseline.settings = {.name = "n", .as_of = {}, .minimum_hosts = 1, .minimum_age_days = 0};
  baseline.add(with_settings("scecli", "scecli"), "");
  HostAssessment host;
  add_drift_findings(compare(with_settings("scecli", "evil"), baseline, ""), "g", host);
  ASSERT_EQ(host.findings.size(), 1U);
  EXPECT_EQ(host.findings[0].rule, "NPG1025");
  EXPECT_EQ(host.findings[0].severity, FindingSeverity::medium);
  EXPECT_NE(host.findings[0].text.find("in a control set that is not the current one"),
            std::string::npos);
}

HostProfile with_root(std::string_view root, const std::string& resolved) {
  FactSet facts;
  facts.identities.push_back({.computer_name = std::string_view("A"),
                              .product_name = std::string_view("Windows"),
                              .system_root = root});
  facts.registrations.push_back({.name = std::string_view("Prov"), .control_set_is_current = true});
  HostAssessment assessment;
  assessment.providers.push_back(
      {.name = std::string_view("Prov"),
       .dlls = {{.path = {.raw = std::string_view("%SystemRoot%\\x.dll"), .resolved = resolved}}}});
  return profile_of(assessment, facts);
}

TEST(Profile, PlacesInOtherCapitalsAreTheSame) {
  const HostProfile one = with_root("C:\\Windows", "C:\\Windows\\x.dll");
  EXPECT_EQ(differences(one, with_root("C:\\WINDOWS", "C:\\WINDOWS\\x.dll")), Lines{});
  EXPECT_EQ(differences(one, with_root("D:\\Windows", "D:\\Windows\\x.dll")).size(), 2U);
}

HostProfile with_contents(const std::vector<std::string>& hashes) {
  FactSet facts;
  HostAssessment assessment;
  for (const std::string& hash : hashes) {
    ImageFact image{.windows_path = std::string_view("C:\\Windows\\x.dll"), .sha256 = hash};
    (facts.images.empty() ? facts.images : assessment.other_contents).push_back(image);
  }
  return profile_of(assessment, facts);
}

TEST(Profile, EachContentOfAPathIsCompared) {
  const HostProfile known = with_contents({"aa"});
  EXPECT_EQ(differences(known, with_contents({"aa", "bb"})),
            (Lines{"changed C:\\Windows\\x.dll sha256: bb"}));
  EXPECT_EQ(differences(known, with_contents({"bb", "aa"})),
            (Lines{"changed C:\\Windows\\x.dll sha256: bb"}));
  EXPECT_EQ(differences(with_contents({"aa", "bb"}), with_contents({"bb", "aa"})), Lines{});
}

TEST(Profile, AnUnsignedContentBesideASignedOneIsGradedByItself) {
  Baseline baseline;
  baseline.settings = {.name = "n", .as_of = {}, .minimum_hosts = 1, .minimum_age_days = 0};
  const auto image = [](std::string hash, SignatureStatus status) {
    ImageFact one{.windows_path = std::string_view("C:\\Windows\\x.dll"),
                  .sha256 = std::move(hash)};
    one.signature.status = status;
    one.signature.subject = std::string_view("CN=Vendor");
    return one;
  };
  FactSet facts;
  facts.images.push_back(image("aa", SignatureStatus::trusted));
  baseline.add(profile_of({}, facts), "");
  HostAssessment host;
  host.providers.push_back({.name = std::string_view("Prov"),
                            .dlls = {{.path = {.resolved = "C:\\Windows\\x.dll"},
                                      .image = image("aa", SignatureStatus::trusted)}}});
  host.other_contents.push_back(image("bb", SignatureStatus::unsigned_file));
  HostProfile profile = profile_of(host, facts);
  std::erase_if(profile.fields,
                [](const ProfileField& field) { return field.kind == ProfileKind::provider; });
  add_drift_findings(compare(profile, baseline, ""), "g", host);
  ASSERT_EQ(host.findings.size(), 1U);
  EXPECT_EQ(host.findings[0].rule, "NPG1022");
  EXPECT_EQ(host.findings[0].severity, FindingSeverity::high);
}

}  // namespace
}  // namespace npg
