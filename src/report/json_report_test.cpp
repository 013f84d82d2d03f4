#include "report/json_report.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "report/golden.hpp"
#include "report/sample_assessment.hpp"

namespace npg {
namespace {

using namespace std::string_view_literals;

/// The goldens are what the schema check reads, too; a run may also ask for fresh copies.
void expect_json_golden(const std::string& name, const Assessment& assessment) {
  const std::string text = assessment_json(assessment);
  EXPECT_EQ(text, assessment_json(assessment)) << "two runs differ";
  sample::expect_golden(name, text);
  const char* const folder = std::getenv("NPGUARD_JSON_OUT");
  const std::string out = (folder != nullptr ? std::string(folder) : testing::TempDir());
  std::ofstream(out + "/report_" + name, std::ios::binary) << text;
}

TEST(JsonReport, EverythingHostileMatchesItsGolden) {
  expect_json_golden("everything.json", sample::everything(sample::hostile));
}
TEST(JsonReport, EmptyMatchesItsGolden) {
  expect_json_golden("empty.json", {});
}
TEST(JsonReport, TwoHostsMatchTheirGolden) {
  expect_json_golden("two_hosts.json", sample::two_hosts());
}
TEST(JsonReport, UndeterminedMatchesItsGolden) {
  expect_json_golden("undetermined.json", sample::undetermined_host());
}

TEST(JsonReport, AnOriginIsCitedOnce) {
  Assessment made = sample::compromised_host();
  Reason& reason = made.hosts[0].providers[0].reasons[0];
  const std::string before = assessment_json(made);
  reason.evidence.push_back(reason.evidence[0]);
  EXPECT_EQ(assessment_json(made), before);
}

TEST(JsonReport, TheLastKnownTimeStandsBesideTheEnd) {
  Assessment made = sample::compromised_host();
  Exposure& exposure = made.hosts[0].exposures[0];
  exposure.end_kind = WindowEnd::removed;
  exposure.end = *parse_time("2026-03-02T10:00:00Z");
  exposure.earliest_end = *parse_time("2026-03-01T09:00:00Z");
  const std::string text = assessment_json(made);
  const std::size_t at = text.find("\"earliest_end\": \"2026-03-01T09:00:00.0000000Z\"");
  ASSERT_NE(at, std::string::npos);
  EXPECT_NE(text.find("\"end\": \"2026-03-02T10:00:00.0000000Z\"", at), std::string::npos);
  exposure.earliest_end = FileTime{};
  EXPECT_NE(assessment_json(made).find("\"earliest_end\": null"), std::string::npos);
}

Assessment with_values(const std::vector<std::string_view>& names) {
  Assessment made;
  made.hosts.resize(1);
  Provider provider;
  provider.name = "x"sv;
  for (const std::string_view name : names) {
    RegistryValueFact value;
    value.name = name;
    value.type = 1;
    provider.values.push_back(value);
  }
  made.hosts[0].providers = {provider};
  return made;
}

TEST(JsonReport, NoValueIsLostToAnotherOfItsName) {
  struct Case {
    std::vector<std::string_view> names;
    std::vector<std::string> keys;
  };
  const Case cases[] = {
      {{"A", "A", "A"}, {"\"A\": {", "\"A#2\": {", "\"A#3\": {"}},
      {{"A#2", "A", "A"}, {"\"A#2\": {", "\"A\": {", "\"A#3\": {"}},
      {{"a", "A"}, {"\"a\": {", "\"A#2\": {"}},
      {{"CLASS", "class"}, {"\"Class\": {", "\"stored_name\": \"CLASS\"", "\"Class#2\": {"}},
      {{"", "(default)"}, {"\"(default)\": {", "\"stored_name\": \"\"", "\"(default)#2\": {"}},
  };
  for (const Case& each : cases) {
    const std::string text = assessment_json(with_values(each.names));
    for (const std::string& key : each.keys) {
      EXPECT_NE(text.find(key), std::string::npos) << key << " is not in\n" << text;
    }
  }
}

TEST(JsonReport, TheReceivingDllIsTheAuthentOne) {
  Assessment made = with_values({"ProviderPath"});
  Provider& provider = made.hosts[0].providers[0];
  provider.dlls.resize(2);
  provider.dlls[0].path.resolved = "C:\\first.dll";
  provider.dlls[1].path.resolved = "C:\\second.dll";
  EXPECT_NE(assessment_json(made).find("\"dll\": {\n            \"path\": \"C:\\\\first.dll\""),
            std::string::npos);
  provider.dlls[1].is_authent = true;
  EXPECT_NE(assessment_json(made).find("\"dll\": {\n            \"path\": \"C:\\\\second.dll\""),
            std::string::npos);
}

TEST(JsonReport, ACitationOutsideTheEvidenceListNamesNone) {
  Assessment made = with_values({});
  made.hosts[0].providers[0].evidence = {{.evidence = 7, .offset = 16, .length = 4}};
  EXPECT_NE(assessment_json(made).find("\"evidence\": null,"), std::string::npos);
}

}  // namespace
}  // namespace npg
