// What the screen advises: the wrong advice breaks a host, so each case is written out.
#include <gtest/gtest.h>

#include "report/sample_assessment.hpp"
#include "report/screen_report.hpp"

namespace npg {
namespace {

using namespace std::string_view_literals;

ProviderDll dll(std::string_view path, bool is_authent) {
  return {.path = {.raw = path,
                   .type = 2,
                   .resolved = std::string(path),
                   .oddities = {},
                   .assumed_system_root = false},
          .is_authent = is_authent,
          .image = std::nullopt};
}

Reason against(std::string_view code, std::string_view text) {
  return {.code = std::string(code),
          .effect = ReasonEffect::raises,
          .weight = 6,
          .text = std::string(text),
          .evidence = {}};
}

constexpr auto genuine = "C:\\Windows\\System32\\ntlanman.dll"sv;
constexpr auto foreign = "C:\\ProgramData\\x\\evil.dll"sv;
constexpr auto other_path =
    "the name is Windows' own, but ProviderPath is not the one that Windows ships "
    "(%SystemRoot%\\System32\\ntlanman.dll)"sv;

struct Case {
  std::string_view what;
  std::string_view name;
  std::string_view known_as;
  std::vector<ProviderDll> dlls;
  std::vector<Reason> reasons;
  std::vector<std::string_view> says;
  std::vector<std::string_view> never_says;
};

TEST(ScreenAdvice, NeverDestroysWhatWindowsOrAProductOwns) {
  const Case cases[] = {
      {"an added AuthentProviderPath",
       "LanmanWorkstation",
       "SMB client (Microsoft)",
       {dll(foreign, true), dll(genuine, false)},
       {against("inbox_authent_path_added", "added")},
       {"put LanmanWorkstation back as Windows ships it", "remove AuthentProviderPath",
        "delete only C:\\ProgramData\\x\\evil.dll,", "memory and C:\\ProgramData\\x\\evil.dll."},
       {"out of the order", "delete its key", "memory and C:\\Windows", "only C:\\Windows"}},
      {"another ProviderPath",
       "LanmanWorkstation",
       "SMB client (Microsoft)",
       {dll(foreign, false)},
       {against("inbox_name_other_path", other_path)},
       {"restore ProviderPath and Class", "delete only C:\\ProgramData\\x\\evil.dll,"},
       {"out of the order", "delete its key", "remove AuthentProviderPath"}},
      {"an odd form of the genuine path",
       "LanmanWorkstation",
       "SMB client (Microsoft)",
       {dll(genuine, false)},
       {against("inbox_name_other_path", other_path)},
       {"compare C:\\Windows\\System32\\ntlanman.dll with a copy known to be good"},
       {"out of the order", "delete"}},
      {"a changed class alone",
       "LanmanWorkstation",
       "SMB client (Microsoft)",
       {dll(genuine, false)},
       {against("inbox_class_changed", "class")},
       {"restore ProviderPath and Class", "known to be good"},
       {"out of the order", "delete"}},
      {"a product's name",
       "vmhgfs",
       "VMware Tools shared folders (VMware)",
       {dll(foreign, false)},
       {against("product_name_other_path", "other")},
       {"put vmhgfs back as VMware Tools shared folders (VMware) ships it",
        "delete only C:\\ProgramData\\x\\evil.dll,", "belong to the product"},
       {"out of the order", "delete its key"}},
      {"a planted name beside a genuine DLL",
       "ntlogon",
       "",
       {dll(foreign, true), dll("C:\\Windows\\System32\\davclnt.dll", false)},
       {against("unknown_name", "unknown")},
       {"take ntlogon out of the order", "memory and C:\\ProgramData\\x\\evil.dll.",
        "Keep the DLLs that other providers are registered with"},
       {"memory and C:\\Windows"}}};
  for (const Case& each : cases) {
    Assessment made = sample::compromised_host();
    Provider& provider = made.hosts[0].providers[0];
    provider.name = each.name;
    provider.known_as = each.known_as;
    provider.dlls = each.dlls;
    provider.reasons = each.reasons;
    // A page this wide breaks no path over two lines.
    std::string text = screen_report(made, {.width = 1000});
    text = text.substr(text.find("WHAT TO DO NEXT"));
    for (const std::string_view said : each.says) {
      EXPECT_NE(text.find(said), std::string::npos) << each.what << ": " << said << "\n" << text;
    }
    for (const std::string_view said : each.never_says) {
      EXPECT_EQ(text.find(said), std::string::npos) << each.what << ": " << said << "\n" << text;
    }
  }
}

std::string advice_of(const Assessment& assessment) {
  std::string text = screen_report(assessment, {.width = 1000});
  const std::size_t at = text.find("WHAT TO DO NEXT");
  return at == std::string::npos ? text : text.substr(at);
}

TEST(ScreenAdvice, WhatIsOutOfTheOrderListensNoMore) {
  Assessment made = sample::compromised_host();
  Provider& provider = made.hosts[0].providers[0];
  provider.name = "ntlogon"sv;
  provider.known_as = {};
  provider.state = ProviderState::staged;
  provider.order_position.reset();
  provider.hw_order_position.reset();
  made.hosts[0].exposures = {{.provider = "ntlogon"sv, .end = {1}, .end_kind = WindowEnd::removed}};
  const std::string text = advice_of(made);
  EXPECT_NE(text.find("ntlogon is out of the order already"), std::string::npos) << text;
  EXPECT_EQ(text.find("listens until then"), std::string::npos) << text;
}

TEST(ScreenAdvice, WhoOnlyTookItAwayMayHaveCleanedUp) {
  Assessment made = sample::compromised_host();
  Change taken = made.hosts[0].changes[1];
  std::swap(taken.old_value, taken.new_value);
  taken.actor.account = "CORP\\ir-anna"sv;
  made.hosts[0].changes.push_back(taken);
  const std::string text = advice_of(made);
  EXPECT_NE(text.find("Ask whether CORP\\ir-anna cleaned up or hid its traces: it removed ntlogon"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("Treat CORP\\ir-anna as compromised"), std::string::npos) << text;
}

TEST(ScreenAdvice, WhatIsThereAndUnreadableIsCollectedAgain) {
  Assessment made = sample::compromised_host();
  Provider& provider = made.hosts[0].providers[0];
  provider.dlls = {dll("C:\\Evil\\evil.dll"sv, false)};
  made.hosts[0].coverage.not_evaluated = {
      {.rule = "NPG1007", .needs = "a SOFTWARE hive", .why = "the evidence holds no SOFTWARE hive"},
      {.rule = "NPG1013", .needs = "Sysmon 7 for mpnotify.exe", .why = "no module load"}};
  made.hosts[0].host.build = 0;
  std::erase_if(made.hosts[0].coverage.sources, [](const CoverageSource& source) {
    return contains_name(source.channel.raw(), "Sysmon");
  });
  made.diagnostics.clear();
  std::string text = advice_of(made);
  EXPECT_EQ(text.find("Collect again"), std::string::npos) << text;
  EXPECT_NE(text.find("the SOFTWARE hive"), std::string::npos) << text;
  EXPECT_NE(text.find("the Sysmon log"), std::string::npos) << text;

  const auto add = [&made](std::string_view id, std::string_view path, std::string_view detail) {
    made.evidence.push_back({.id = std::string(id),
                             .path = EvidenceText::from_utf8(path),
                             .kind = "other",
                             .size = 10,
                             .sha256 = {},
                             .status = EvidenceStatus::damaged,
                             .detail = std::string(detail),
                             .counts = {}});
  };
  add("E0091", "h/Windows/System32/config/SOFTWARE", "no regf signature");
  add("E0092", "h/Evil/EVIL.DLL", "the file is cut at 64 bytes");
  text = advice_of(made);
  EXPECT_NE(
      text.find("Collect again what is there and could not be read: C:\\Evil\\evil.dll (E0092: "
                "the file is cut at 64 bytes) and the SOFTWARE hive (E0091: no regf signature)."),
      std::string::npos)
      << text;
  const std::size_t others = text.find("Collect and assess again: ");
  ASSERT_NE(others, std::string::npos) << text;
  EXPECT_NE(text.find("the Sysmon log", others), std::string::npos) << text;
  EXPECT_EQ(text.find("SOFTWARE hive", others), std::string::npos) << text;
  EXPECT_EQ(text.find("evil.dll", others), std::string::npos) << text;
}

}  // namespace
}  // namespace npg
