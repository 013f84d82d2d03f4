#include "analysis/baseline/approved_drift.hpp"

#include <gtest/gtest.h>

#include "testing/facts.hpp"

namespace npg {
namespace {

const std::string path = "C:\\Program Files\\Foo\\foonp.dll";

struct Case {
  const char* what;
  Drift drift;
  ApprovedRegistration registration;
  bool is_reopened;
  bool is_hidden;  ///< with the exception
};

Drift changed(std::string field, std::string before, std::string after) {
  Drift drift{.subject = "FooNp", .field = std::move(field)};
  if (!before.empty()) {
    drift.before = {std::move(before)};
  }
  if (!after.empty()) {
    drift.after = {std::move(after)};
  }
  return drift;
}
Drift elsewhere(Drift drift) {
  drift.is_other = true;
  return drift;
}

/// Each over an exception by path and hash of FooNp.
TEST(ApprovedDrift, OnlyWhatTheExceptionPinsIsApproved) {
  const ApprovedRegistration none;
  const ApprovedRegistration of_class{.provider_class = "2"};
  const ApprovedRegistration of_paths{.provider_path = path, .authent_provider_path = path};
  const ApprovedRegistration no_authent{.provider_class = "2", .authent_provider_path = "none"};
  const std::string typed = "REG_EXPAND_SZ:" + path;
  const std::string old = "REG_EXPAND_SZ:C:\\Old\\foonp.dll";
  const Case cases[] = {
      {"class, recorded", changed("Class", "REG_DWORD:1", "REG_DWORD:2"), of_class, false, true},
      {"class, new and recorded", changed("Class", "", "REG_DWORD:2"), of_class, false, true},
      {"class of another type", changed("Class", "REG_DWORD:2", "REG_SZ:2"), of_class, true, false},
      {"class, not recorded", changed("Class", "REG_DWORD:1", "REG_DWORD:2"), of_paths, true,
       false},
      {"nothing recorded", changed("Class", "REG_DWORD:1", "REG_DWORD:2"), none, true, false},
      {"path, recorded", changed("ProviderPath", old, typed), of_paths, false, true},
      {"path, not recorded", changed("ProviderPath", old, typed), of_class, true, false},
      {"path of another type", changed("ProviderPath", typed, "REG_SZ:" + path), of_paths, true,
       false},
      {"path in another spelling",
       changed("ProviderPath", typed, "REG_EXPAND_SZ:C:/Program Files/Foo/../Foo/foonp.dll"),
       of_paths, true, false},
      {"path in other capitals",
       changed("ProviderPath", typed, "REG_EXPAND_SZ:c:\\program files\\foo\\FOONP.dll"), of_paths,
       false, false},
      {"authent path, new and recorded", changed("AuthentProviderPath", "", typed), of_paths, false,
       true},
      {"authent path, new", changed("AuthentProviderPath", "", typed), of_class, true, false},
      {"authent path, gone as recorded", changed("AuthentProviderPath", typed, ""), no_authent,
       false, true},
      {"authent path, gone", changed("AuthentProviderPath", typed, ""), of_class, true, false},
      {"another place, approved",
       changed("ProviderPath leads to", "C:\\OLD\\FOONP.DLL", "C:\\PROGRAM FILES\\FOO\\FOONP.DLL"),
       none, false, true},
      {"another place", changed("ProviderPath leads to", "C:\\OLD\\FOONP.DLL", "C:\\EVIL\\X.DLL"),
       none, true, false},
      {"the service's program", changed("service ImagePath", "", "REG_EXPAND_SZ:c:\\evil.exe"),
       of_paths, true, false},
      {"the service's DLL", changed("service ServiceDll", "", "REG_EXPAND_SZ:c:\\evil.dll"),
       of_paths, true, false},
      {"device name", changed("DeviceName", "", "REG_SZ:\\Device\\Evil"), of_paths, true, false},
      {"link", changed("link", "", "\\Registry\\x"), of_paths, true, false},
      {"another control set's path", elsewhere(changed("ProviderPath", typed, old)), of_paths, true,
       false},
      {"a registration that only another control set has otherwise",
       elsewhere(
           {.drift = DriftKind::added, .subject = "FooNp", .field = "present", .after = {"yes"}}),
       of_paths, true, true},
      {"a provider that is new",
       {.drift = DriftKind::added, .subject = "FooNp", .field = "present", .after = {"yes"}},
       none,
       false,
       true},
      {"another provider's path",
       {.subject = "Other", .field = "ProviderPath", .before = {old}, .after = {typed}},
       none,
       false,
       true},
      {"a key", {.kind = ProfileKind::key, .subject = "FooNp", .field = "sddl"}, none, false, true},
  };
  const Provider provider{.name = std::string_view("FooNp")};
  for (const Case& one : cases) {
    ExceptionRule rule;
    rule.selector = {.provider = "FooNp", .path = path, .sha256 = std::string(64, 'a')};
    rule.registration = one.registration;
    ExceptionContext context{.drifts = {one.drift}, .differ_elsewhere = {"FOONP"}};
    EXPECT_EQ(is_reopened_by_drift(rule, provider, context), one.is_reopened) << one.what;
    EXPECT_EQ(approves_all_drift(rule, provider, context), one.is_hidden) << one.what;
    if (one.drift.is_other) {
      context.differ_elsewhere.clear();
      EXPECT_FALSE(is_reopened_by_drift(rule, provider, context))
          << one.what << ": it has what the current one has";
    }
  }
}

}  // namespace
}  // namespace npg
