// Links from one hive into another of the same machine, through a whole scan.
#include "app/other_hives.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "app/scan.hpp"
#include "testing/regf_writer.hpp"
#include "testing/virtual_registry.hpp"
#include "testing/workplace.hpp"

namespace npg {
namespace {

constexpr FileTime when{132'000'000'000'000'000};

void put(testing::RegfKey& root, std::string_view path, std::string_view name,
         std::string_view text) {
  testing::set_value(testing::key_at(root, path, when),
                     {.name = std::string(name), .type = reg::sz, .data = testing::sz_data(text)});
}

std::vector<std::byte> system_hive() {
  testing::RegfKey root{.name = "ROOT", .last_written = when};
  put(root, "ControlSet001\\Control\\ComputerName\\ComputerName", "ComputerName", "WKS");
  put(root, "ControlSet001\\Control\\NetworkProvider\\Order", "ProviderOrder", "RDPNP");
  testing::RegfKey& link = testing::key_at(root, "ControlSet001\\Services\\RDPNP", when);
  link.flags = 0x10;
  std::vector<std::byte> target = testing::sz_data("\\Registry\\Machine\\SOFTWARE\\x");
  target.resize(target.size() - 2);
  testing::set_value(link, {.name = "SymbolicLinkValue", .type = reg::link, .data = target});
  return testing::write_hive(root);
}

std::vector<std::byte> software_hive() {
  testing::RegfKey root{.name = "ROOT", .last_written = when};
  testing::key_at(root, "Classes", when);
  put(root, "Microsoft\\Cryptography", "MachineGuid", "1");
  put(root, "x\\NetworkProvider", "ProviderPath", "C:\\evil.dll");
  return testing::write_hive(root);
}

TEST(OtherHives, AServiceThatLeadsIntoSoftwareIsReadThere) {
  for (const bool has_software : {true, false}) {
    SCOPED_TRACE(has_software);
    const testing::Workplace workplace;
    ASSERT_TRUE(testing::write_file("host/SYSTEM", system_hive()));
    if (has_software) {
      ASSERT_TRUE(testing::write_file("host/SOFTWARE", software_hive()));
    }
    const auto assessment = scan({.paths = {"host"}});
    ASSERT_TRUE(assessment && assessment->hosts.size() == 1);
    const auto& providers = assessment->hosts.front().providers;
    ASSERT_EQ(providers.size(), 1U);
    EXPECT_EQ(providers.front().name.raw(), "RDPNP");
    EXPECT_GE(providers.front().verdict, ProviderVerdict::suspicious);
    EXPECT_EQ(!providers.front().values.empty(), has_software);
    const auto count = [&](std::string_view code) {
      return std::ranges::count(providers.front().reasons, code, &Reason::code);
    };
    EXPECT_EQ(count("registration_is_link"), 1);
    EXPECT_EQ(count("inbox_name_other_path"), has_software ? 1 : 0);
    EXPECT_EQ(count("service_key_is_hollow"), 0);
  }
}

}  // namespace
}  // namespace npg
