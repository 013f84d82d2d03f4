// What tests of hidden and bent registrations share: a host with one, scanned whole.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/scan.hpp"
#include "testing/regf_writer.hpp"
#include "testing/virtual_registry.hpp"
#include "testing/workplace.hpp"
#include "view/registry_view.hpp"

namespace npg::registry_hiding {

using testing::RegfKey;
using Content = std::vector<std::byte>;

constexpr FileTime when{132'000'000'000'000'000};
constexpr std::string_view evil = "ControlSet001\\Services\\Evil\\NetworkProvider";

inline void put_text(RegfKey& root, std::string_view path, std::string_view name,
                     std::string_view text, std::uint32_t type = reg::sz) {
  testing::set_value(testing::key_at(root, path, when),
                     {.name = std::string(name), .type = type, .data = testing::sz_data(text)});
}
inline void put_number(RegfKey& root, std::string_view path, std::string_view name,
                       std::uint32_t number) {
  testing::set_value(
      testing::key_at(root, path, when),
      {.name = std::string(name), .type = reg::dword, .data = testing::dword_data(number)});
}

/// RDPNP as Windows ships it and Evil with a class that asks for passwords, both listed.
inline RegfKey host_with_evil() {
  RegfKey root{.name = "ROOT", .last_written = when};
  root.security = testing::default_descriptor();
  put_number(root, "Select", "Current", 1);
  put_text(root, "ControlSet001\\Control\\ComputerName\\ComputerName", "ComputerName", "WKS");
  for (const std::string_view key : {"Order", "HwOrder"}) {
    put_text(root, "ControlSet001\\Control\\NetworkProvider\\" + std::string(key), "ProviderOrder",
             "RDPNP,Evil");
  }
  put_text(root, "ControlSet001\\Services\\RDPNP\\NetworkProvider", "ProviderPath",
           "%SystemRoot%\\System32\\drprov.dll", reg::expand_sz);
  put_text(root, evil, "ProviderPath", "C:\\Windows\\System32\\evil.dll");
  put_number(root, evil, "Class", 2);
  return root;
}

inline HostAssessment scan_files(const std::vector<std::pair<std::string, Content>>& files) {
  const testing::Workplace workplace;
  for (const auto& [path, bytes] : files) {
    EXPECT_TRUE(testing::write_file("host/" + path, bytes));
  }
  const auto assessment = scan({.paths = {"host"}});
  EXPECT_TRUE(assessment && assessment->hosts.size() == 1);
  return assessment && !assessment->hosts.empty() ? assessment->hosts.front() : HostAssessment{};
}
inline HostAssessment scan_hive(const RegfKey& root) {
  return scan_files({{"SYSTEM", testing::write_hive(root)}});
}

inline Provider provider_of(const HostAssessment& host, std::string_view name) {
  const auto found = std::ranges::find_if(
      host.providers, [name](const Provider& one) { return one.name.raw() == name; });
  EXPECT_NE(found, host.providers.end()) << name;
  return found == host.providers.end() ? Provider{} : *found;
}
inline bool has_reason(const Provider& provider, std::string_view code) {
  return std::ranges::any_of(provider.reasons,
                             [code](const Reason& one) { return one.code == code; });
}
/// The text of the finding of a rule about a subject; empty when there is none.
inline std::string told(const HostAssessment& host, std::string_view rule,
                        std::string_view subject) {
  for (const Finding& finding : host.findings) {
    if (finding.rule == rule && finding.subject.find(subject) != std::string::npos) {
      return finding.text;
    }
  }
  return {};
}
inline bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace npg::registry_hiding
