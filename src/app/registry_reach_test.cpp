// Whether Windows reaches a registration, through a whole scan: second keys of a name, counts that
// are wrong, names with a NUL. The worse reading is judged, and what is not proved is said.
#include <gtest/gtest.h>

#include <algorithm>

#include "app/registry_hiding_test.hpp"

namespace npg {
namespace {

using registry_hiding::Content;
using registry_hiding::evil;
using registry_hiding::has_reason;
using registry_hiding::holds;
using registry_hiding::host_with_evil;
using registry_hiding::provider_of;
using registry_hiding::put_number;
using registry_hiding::put_text;
using registry_hiding::scan_files;
using registry_hiding::scan_hive;
using registry_hiding::told;
using registry_hiding::when;
using testing::RegfKey;

/// Where a key's record stands in the file.
std::size_t key_record(const Content& hive, std::string_view name) {
  const auto is_at = [&hive](std::size_t from, std::string_view text) {
    return std::ranges::equal(
        std::span(hive).subspan(from, text.size()), text,
        [](std::byte left, char right) { return left == static_cast<std::byte>(right); });
  };
  for (std::size_t at = 4096 + 32; at + 80 + name.size() < hive.size(); at += 8) {
    if (is_at(at + 4, "nk") && is_at(at + 80, name) &&
        hive[at + 76] == static_cast<std::byte>(name.size())) {
      return at;
    }
  }
  ADD_FAILURE() << name << " is not in the hive";
  return 4096;
}

TEST(RegistryReach, AWrongNumberOfSubKeysIsToldAndTheirReachIsInDoubt) {
  const struct {
    std::string_view key;
    std::string_view subject;
    std::uint8_t count;
    bool is_in_doubt;
  } cases[] = {
      {"Evil", "ControlSet001\\Services\\Evil", 0, true},
      {"Services", "ControlSet001\\Services", 0, true},
      {"Evil", "ControlSet001\\Services\\Evil", 5, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.key);
    Content hive = testing::write_hive(host_with_evil());
    hive[key_record(hive, c.key) + 24] = std::byte{c.count};
    const HostAssessment host = scan_files({{"SYSTEM", hive}});
    EXPECT_TRUE(
        holds(told(host, "NPG1017", c.subject), std::to_string(int{c.count}) + " stated, "));
    const Provider evil_one = provider_of(host, "Evil");
    EXPECT_EQ(evil_one.state, ProviderState::active) << "the worse reading counts";
    EXPECT_EQ(has_reason(evil_one, "key_may_be_unseen"), c.is_in_doubt);
    ASSERT_EQ(host.exposures.size(), 1U);
    EXPECT_EQ(std::ranges::any_of(host.exposures.front().assumed,
                                  [](const std::string& each) {
                                    return holds(each, "that Windows finds the key is assumed");
                                  }),
              c.is_in_doubt);
  }
}

TEST(RegistryReach, ANameThatGoesOnBehindANulIsTold) {
  using namespace std::string_literals;
  RegfKey service = host_with_evil();
  testing::key_at(service, "ControlSet001\\Services\\Evil", when).name = "Evil\0"s;
  const HostAssessment by_service = scan_hive(service);
  EXPECT_TRUE(holds(told(by_service, "NPG1017", "Services\\Evil"), "goes on after a NUL"));
  const auto hidden = std::ranges::find_if(by_service.providers, [](const Provider& one) {
    return one.name.raw().starts_with("Evil") && !one.dlls.empty();
  });
  ASSERT_NE(hidden, by_service.providers.end());
  EXPECT_TRUE(has_reason(*hidden, "key_may_be_unseen"));
  RegfKey registration = host_with_evil();
  testing::key_at(registration, evil, when).name = "NetworkProvide\0"s;
  const HostAssessment by_key = scan_hive(registration);
  EXPECT_TRUE(holds(told(by_key, "NPG1017", "Services\\Evil\\NetworkProvide"), "after a NUL"));
}

TEST(RegistryReach, AClassWithoutADllIsHandedNothing) {
  RegfKey root = host_with_evil();
  testing::key_at(root, evil, when).values.erase(testing::key_at(root, evil, when).values.begin());
  const Provider one = provider_of(scan_hive(root), "Evil");
  EXPECT_EQ(one.receives_credentials, YesNo::no);
  const auto reason = std::ranges::find(one.reasons, "credential_class", &Reason::code);
  ASSERT_NE(reason, one.reasons.end());
  EXPECT_TRUE(holds(reason->text, "names no DLL")) << reason->text;
}

RegfKey twin_of_rdpnp(std::uint32_t provider_class) {
  RegfKey twin{.name = "RDPNP", .last_written = when};
  put_text(twin, "NetworkProvider", "ProviderPath", "C:\\Windows\\System32\\twin.dll");
  put_number(twin, "NetworkProvider", "Class", provider_class);
  return twin;
}

TEST(RegistryReach, OfTwoKeysOfOneNameBothAreJudged) {
  for (const bool is_first : {false, true}) {
    RegfKey root = host_with_evil();
    auto& services = testing::key_at(root, "ControlSet001\\Services", when).children;
    services.insert(is_first ? services.begin() : services.end(), twin_of_rdpnp(2));
    const HostAssessment host = scan_hive(root);
    ASSERT_EQ(std::ranges::count_if(host.providers,
                                    [](const Provider& one) { return one.name.raw() == "RDPNP"; }),
              2);
    for (const Provider& one : host.providers) {
      if (one.name.raw() != "RDPNP") {
        continue;
      }
      const bool is_twin = one.dlls.front().path.resolved.ends_with("twin.dll");
      EXPECT_EQ(one.state, ProviderState::active);
      EXPECT_TRUE(has_reason(one, "registered_twice"));
      EXPECT_EQ(one.verdict == ProviderVerdict::malicious, is_twin);
      EXPECT_EQ(one.receives_credentials == YesNo::yes, is_twin);
    }
    EXPECT_EQ(std::ranges::count_if(host.exposures,
                                    [](const Exposure& window) {
                                      return window.provider.raw() == "RDPNP" &&
                                             window.end_kind == WindowEnd::still_active;
                                    }),
              1);
    EXPECT_TRUE(holds(told(host, "NPG1001", "RDPNP"), "Class 0x2"));
    EXPECT_TRUE(holds(told(host, "NPG1017", "Services\\RDPNP"), "twin.dll, Class 0x2"));
  }
}

TEST(RegistryReach, ASecondKeyServicesIsReadToo) {
  RegfKey root = host_with_evil();
  RegfKey second{.name = "Services", .last_written = when};
  second.children.push_back(twin_of_rdpnp(2));
  testing::key_at(root, "ControlSet001", when).children.push_back(std::move(second));
  const HostAssessment host = scan_hive(root);
  EXPECT_EQ(std::ranges::count_if(host.providers,
                                  [](const Provider& one) { return one.name.raw() == "RDPNP"; }),
            2);
  EXPECT_TRUE(holds(told(host, "NPG1017", "ControlSet001\\Services"), "a second sub-key"));
}

}  // namespace
}  // namespace npg
