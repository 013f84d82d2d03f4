// What two values say of one provider: whole registrations of Windows' own, one file named twice,
// two files told apart, and names of files that pass for Windows'.
#include <gtest/gtest.h>

#include <algorithm>

#include "analysis/inventory/judged_host_test.hpp"

namespace npg {
namespace {

using judged_host::has;
using judged_host::judged;
using judged_host::named;
using judged_host::told;
using testing::bad_signature;
using testing::HostFacts;

const std::vector<std::string_view> logon_only = {"NPGetCaps", "NPLogonNotify",
                                                  "NPPasswordChangeNotify"};
const std::vector<std::string_view> network_and_logon = {"NPGetCaps", "NPAddConnection3",
                                                         "NPOpenEnum", "NPLogonNotify"};

HostFacts plain() {
  HostFacts host;
  host.windows(19045).variable("PROCESSOR_ARCHITECTURE", "AMD64").defaults();
  return host;
}

RegistrationFact& lanman(HostFacts& host) {
  return *std::ranges::find_if(host.facts.registrations, [](const RegistrationFact& fact) {
    return equal_names(fact.name.raw(), "LanmanWorkstation");
  });
}

TEST(JudgeValues, EveryValueOfWindowsOwnIsCompared) {
  struct Case {
    std::string_view value;
    std::string_view text;
    std::uint32_t type;
    std::string_view code;  ///< empty: as Windows ships it
  };
  const Case cases[] = {
      {"DeviceName", "\\Device\\LanmanRedirector", 1, ""},
      {"Devicename", "\\Device\\LANMANRedirector", 1, ""},
      {"DisplayName", "@%systemroot%\\system32\\wkssvc.dll,-102", 2, ""},
      {"DeviceName", "\\Device\\EvilRdr", 1, "inbox_value_changed"},
      {"DisplayName", "@%systemroot%\\system32\\wkssvc.dll,-102", 1, "inbox_value_changed"},
      {"LogonScript", "C:\\ProgramData\\a.exe", 1, "inbox_value_added"},
  };
  for (const Case& c : cases) {
    HostFacts host = plain();
    RegistryValueFact value = lanman(host).values.front();
    value.name = c.value;
    value.text = c.text;
    value.type = c.type;
    lanman(host).values.push_back(value);
    const auto providers = judged(host);
    const Provider& provider = named(providers, "LanmanWorkstation");
    EXPECT_EQ(has(provider, "registration_is_windows_own"), c.code.empty())
        << c.value << " " << told(provider);
    EXPECT_TRUE(c.code.empty() || has(provider, c.code)) << c.value << " " << told(provider);
  }
}

TEST(JudgeValues, ThePathMustBeWrittenAsWindowsWritesIt) {
  for (const auto& [text, type] : {std::pair{"ntlanman.dll", 1U},
                                   {"C:\\Windows\\System32\\ntlanman.dll", 1U},
                                   {"%SystemRoot%\\System32\\.\\ntlanman.dll", 2U}}) {
    HostFacts host = plain();
    for (RegistryValueFact& value : lanman(host).values) {
      if (equal_names(value.name.raw(), "ProviderPath")) {
        value.text = std::string_view(text);
        value.type = type;
      }
    }
    const auto providers = judged(host);
    const Provider& provider = named(providers, "LanmanWorkstation");
    EXPECT_FALSE(has(provider, "registration_is_windows_own")) << text << " " << told(provider);
    EXPECT_TRUE(has(provider, "inbox_value_changed") || has(provider, "inbox_name_other_path"))
        << text << " " << told(provider);
  }
}

TEST(JudgeValues, OneFileThatTwoValuesNameCountsOnce) {
  int scores[2] = {};
  for (const bool is_named_twice : {false, true}) {
    HostFacts host = plain();
    host.provider({.name = "Sso",
                   .path = "C:\\Tools\\sso.dll",
                   .authent = is_named_twice ? "C:\\Tools\\sso.dll" : "",
                   .provider_class = 2});
    host.image({.path = "C:\\Tools\\sso.dll",
                .exports = logon_only,
                .has_version = false,
                .signature = bad_signature(SignatureStatus::unsigned_file)});
    const auto providers = judged(host);
    const Provider& provider = named(providers, "Sso");
    scores[is_named_twice ? 1 : 0] = provider.score;
    for (const std::string_view code :
         {"path_in_unusual_folder", "dll_unsigned", "exports_logon_functions_only"}) {
      EXPECT_EQ(std::ranges::count(provider.reasons, code, &Reason::code), 1)
          << code << " " << told(provider);
    }
  }
  EXPECT_EQ(scores[1], scores[0] + 1) << "only authent_provider_path is added";
}

TEST(JudgeValues, OfTwoFilesEachReasonSaysWhich) {
  HostFacts host = plain();
  host.provider({.name = "Sso",
                 .path = "C:\\Windows\\System32\\net.dll",
                 .authent = "C:\\Tools\\sso.dll",
                 .provider_class = 2});
  for (const std::string_view path : {"C:\\Windows\\System32\\net.dll", "C:\\Tools\\sso.dll"}) {
    host.image({.path = path,
                .exports = logon_only,
                .signature = bad_signature(SignatureStatus::unsigned_file)});
  }
  const auto providers = judged(host);
  for (const Reason& reason : named(providers, "Sso").reasons) {
    if (reason.code == "dll_unsigned" || reason.code == "exports_logon_functions_only") {
      EXPECT_TRUE(reason.text.starts_with("ProviderPath (net.dll): ") ||
                  reason.text.starts_with("AuthentProviderPath (sso.dll): "))
          << reason.text;
    }
  }
  EXPECT_EQ(std::ranges::count(named(providers, "Sso").reasons, "dll_unsigned", &Reason::code), 2);
}

TEST(JudgeValues, AProductsFolderIsTheDocumentedOne) {
  for (const auto& [path, is_its_own] : {std::pair{"C:\\Windows\\System32\\kfwlogon.dll", true},
                                         {"C:\\Tools\\kfwlogon.dll", false}}) {
    HostFacts host = plain();
    host.provider({.name = "MIT Kerberos", .path = path, .authent = path, .provider_class = 2});
    const auto providers = judged(host);
    const Provider& mit = named(providers, "MIT Kerberos");
    EXPECT_EQ(has(mit, "product_file_not_on_record"), is_its_own) << told(mit);
    EXPECT_FALSE(has(mit, "registration_is_known_product")) << "nobody knows who signs it";
    EXPECT_EQ(has(mit, "path_in_unusual_folder"), !is_its_own) << told(mit);
    EXPECT_FALSE(has(mit, "product_authent_path_changed")) << "it is the same difference";
  }
}

TEST(JudgeValues, ANetworkProviderOfAProductExportsNoLogonFunctions) {
  HostFacts host = plain();
  constexpr std::string_view path = "C:\\Program Files (x86)\\WinFsp\\bin\\winfsp-x64.dll";
  host.provider({.name = "WinFsp.Np", .path = path, .path_type = 1});
  host.image({.path = path, .exports = network_and_logon});
  const auto providers = judged(host);
  EXPECT_TRUE(has(named(providers, "WinFsp.Np"), "exports_do_not_fit"))
      << told(named(providers, "WinFsp.Np"));
}

TEST(JudgeValues, AFileNameOfWindowsOwnElsewhereAndOneLikeIt) {
  const struct {
    std::string_view path;
    std::string_view code;
  } cases[] = {{"C:\\Program Files\\V\\ntlanman.dll", "dll_name_of_windows"},
               {"C:\\Windows\\System32\\nt1anman.dll", "dll_name_imitates_windows"},
               {"C:\\Windows\\System32\\drprovs.dll", "dll_name_imitates_windows"},
               {"C:\\Windows\\System32\\vendor.dll", ""}};
  for (const auto& c : cases) {
    HostFacts host = plain();
    host.provider({.name = "Other", .path = c.path});
    const auto providers = judged(host);
    for (const std::string_view code : {"dll_name_of_windows", "dll_name_imitates_windows"}) {
      EXPECT_EQ(has(named(providers, "Other"), code), code == c.code) << c.path;
    }
  }
}

TEST(JudgeValues, ALinkCountsByTheFolderItLeadsTo) {
  HostFacts host = plain();
  host.provider({.name = "Other", .path = "C:\\Windows\\System32\\drv\\x.dll"});
  host.image({.path = "C:\\Windows\\System32\\drv\\x.dll", .exports = logon_only});
  EXPECT_FALSE(has(named(judged(host), "Other"), "path_in_writable_folder"));
  host.facts.images.back().through_link = std::string_view("C:\\ProgramData\\x\\x.dll");
  EXPECT_TRUE(has(named(judged(host), "Other"), "path_in_writable_folder"));
}

TEST(JudgeValues, APublicNameAndPathExcuseNothingOfAFileThatNobodyKnows) {
  struct Case {
    std::string_view path;
    std::string_view authent;
    bool is_whole;
  };
  constexpr std::string_view own = "C:\\Program Files\\OpenAFS\\Client\\Program\\afslogon.dll";
  for (const Case& c :
       {Case{own, own, true}, Case{own, "", false},
        Case{own, "C:\\Program Files\\Evil\\Client\\Program\\afslogon.dll", false},
        Case{"C:\\Windows\\System32\\spool\\drivers\\color\\Client\\Program\\afslogon.dll",
             "C:\\Windows\\System32\\spool\\drivers\\color\\Client\\Program\\afslogon.dll",
             false}}) {
    HostFacts host = plain();
    host.provider({.name = "TransarcAFSDaemon",
                   .path = c.path,
                   .authent = c.authent,
                   .provider_class = 2,
                   .display = "OpenAFSDaemon"});
    const auto providers = judged(host);
    const Provider& afs = named(providers, "TransarcAFSDaemon");
    EXPECT_EQ(has(afs, "product_file_not_on_record"), c.is_whole) << told(afs);
    EXPECT_FALSE(has(afs, "registration_is_known_product")) << told(afs);
    EXPECT_GT(afs.score, 0) << told(afs);
  }
}

}  // namespace
}  // namespace npg
