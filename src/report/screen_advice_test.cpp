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

}  // namespace
}  // namespace npg
