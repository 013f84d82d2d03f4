// `reg save` of a key below SYSTEM or SOFTWARE: a hive file whose root is that key.
#include "app/saved_parts.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "app/scan.hpp"
#include "testing/regf_writer.hpp"
#include "testing/virtual_registry.hpp"
#include "testing/workplace.hpp"

namespace npg {
namespace {

FileTime at_hour(std::uint64_t hours) {
  return FileTime{132'000'000'000'000'000 + hours * 3600 * FileTime::per_second};
}

void put(testing::RegfKey& root, std::string_view path, std::string_view name,
         std::string_view text, std::uint64_t hour = 20) {
  testing::set_value(testing::key_at(root, path, at_hour(hour)),
                     {.name = std::string(name), .type = reg::sz, .data = testing::sz_data(text)});
}

/// Evil below a path of the saved key.
void put_evil(testing::RegfKey& root, std::string_view path) {
  put(root, path, "ProviderPath", "C:\\evil.dll");
  testing::set_value(testing::key_at(root, path, at_hour(20)),
                     {.name = "Class", .type = reg::dword, .data = testing::dword_data(2)});
}

testing::RegfKey key_named(std::string_view name) {
  return {.name = std::string(name), .last_written = at_hour(1)};
}

using Files = std::vector<std::pair<std::string, testing::RegfKey>>;
Assessment scan_files(const Files& files) {
  const testing::Workplace workplace;
  for (const auto& [path, root] : files) {
    EXPECT_TRUE(testing::write_file("host/" + path, testing::write_hive(root)));
  }
  auto assessment = scan({.paths = {"host"}});
  EXPECT_TRUE(assessment);
  return assessment ? std::move(*assessment) : Assessment{};
}

const Provider* provider_of(const Assessment& assessment, std::string_view name) {
  for (const HostAssessment& host : assessment.hosts) {
    for (const Provider& provider : host.providers) {
      if (provider.name.raw() == name) {
        return &provider;
      }
    }
  }
  return nullptr;
}

const Diagnostic* unrecognised(const Assessment& assessment) {
  const auto found = std::ranges::find(assessment.diagnostics, DiagnosticCode::file_unrecognised,
                                       &Diagnostic::code);
  return found == assessment.diagnostics.end() ? nullptr : &*found;
}

TEST(SavedParts, ARegistrationIsFoundWhateverKeyWasSaved) {
  const struct {
    std::string root;
    std::string path;  ///< of the registration below the root
    std::string_view provider;
    std::string_view place;  ///< in the diagnostic
  } cases[] = {
      {"ControlSet002", "Services\\Evil\\NetworkProvider", "Evil", " ControlSet002 of"},
      {"Services", "Evil\\NetworkProvider", "Evil", " CurrentControlSet\\Services of"},
      {"$$$PROTO.HIV", "Evil\\NetworkProvider", "Evil", " CurrentControlSet\\Services of"},
      {"Evil", "NetworkProvider", "Evil", " CurrentControlSet\\Services\\Evil of"},
      {"ROOT", "NetworkProvider", "?", "The name of the service is not in the file"},
      {"NetworkProvider", "", "?", "The name of the service is not in the file"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.root + " " + c.path);
    testing::RegfKey root = key_named(c.root);
    put_evil(root, c.path);
    const Assessment assessment = scan_files({{"saved.hiv", root}});
    const Provider* evil = provider_of(assessment, c.provider);
    ASSERT_NE(evil, nullptr);
    EXPECT_EQ(evil->receives_credentials, YesNo::yes);
    EXPECT_GE(evil->verdict, ProviderVerdict::suspicious);
    const bool is_named = c.provider != "?";
    EXPECT_EQ(std::ranges::count(evil->reasons, "unknown_name", &Reason::code), is_named ? 1 : 0);
    EXPECT_EQ(std::ranges::count(evil->reasons, "name_not_in_evidence", &Reason::code),
              is_named ? 0 : 1);
    ASSERT_NE(unrecognised(assessment), nullptr);
    EXPECT_TRUE(unrecognised(assessment)->text.contains(c.place)) << unrecognised(assessment)->text;
  }
}

TEST(SavedParts, AnOrderIsFoundWhateverKeyWasSaved) {
  const struct {
    std::string root;
    std::string path;
    bool is_hw_order;
  } cases[] = {
      {"Control", "NetworkProvider\\Order", false},
      {"NetworkProvider", "Order", false},
      {"NetworkProvider", "HwOrder", true},
      {"Order", "", false},
      {"HwOrder", "", true},
      {"$$$PROTO.HIV", "", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.root + " " + c.path);
    testing::RegfKey root = key_named(c.root);
    put(root, c.path, "ProviderOrder", "RDPNP,Evil");
    const Assessment assessment = scan_files({{"saved.hiv", root}});
    const Provider* evil = provider_of(assessment, "Evil");
    ASSERT_NE(evil, nullptr);
    EXPECT_EQ(evil->hw_order_position.has_value(), c.is_hw_order);
    EXPECT_EQ(evil->order_position.has_value(), !c.is_hw_order);
    EXPECT_NE(unrecognised(assessment), nullptr);
  }
}

TEST(SavedParts, SettingsOfSoftwareAreFound) {
  const struct {
    std::string root;
    std::string path;
    std::string value;
    std::string_view rule;
  } cases[] = {
      {"Winlogon", "", "mpnotify", "NPG1007"},
      {"CurrentVersion", "Winlogon", "mpnotify", "NPG1007"},
      {"Microsoft", "Windows NT\\CurrentVersion\\Winlogon", "mpnotify", "NPG1007"},
      {"mpnotify.exe", "", "Debugger", "NPG1040"},
      {"Image File Execution Options", "mpnotify.exe", "Debugger", "NPG1040"},
      {"SilentProcessExit", "mpnotify.exe", "MonitorProcess", "NPG1040"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.root + " " + c.path);
    testing::RegfKey root = key_named(c.root);
    put(root, c.path, c.value, "C:\\evil.exe");
    const Assessment assessment = scan_files({{"saved.hiv", root}});
    ASSERT_EQ(assessment.hosts.size(), 1U);
    EXPECT_TRUE(std::ranges::any_of(assessment.hosts.front().findings, [&](const Finding& finding) {
      return finding.rule == c.rule;
    }));
  }
}

TEST(SavedParts, WhatHasNoPlaceIsTold) {
  testing::RegfKey root = key_named("ROOT");
  put_evil(root, "Some\\Key\\Of\\Nobody");
  const Assessment assessment = scan_files({{"saved.hiv", root}});
  ASSERT_NE(unrecognised(assessment), nullptr);
  EXPECT_EQ(unrecognised(assessment)->severity, Severity::data_loss);
  testing::RegfKey harmless = key_named("ROOT");
  put(harmless, "Some\\Key", "Order", "RDPNP,Evil");
  EXPECT_EQ(unrecognised(scan_files({{"saved.hiv", harmless}})), nullptr);
}

/// A whole SYSTEM hive, with Evil when asked.
testing::RegfKey system_hive(bool has_evil) {
  testing::RegfKey root = key_named("ROOT");
  testing::set_value(testing::key_at(root, "Select", at_hour(30)),
                     {.name = "Current", .type = reg::dword, .data = testing::dword_data(1)});
  put(root, "ControlSet001\\Control\\ComputerName\\ComputerName", "ComputerName", "WKS", 30);
  put(root, "ControlSet001\\Control\\NetworkProvider\\Order", "ProviderOrder", "RDPNP", 30);
  put(root, "ControlSet001\\Control\\Lsa", "Notification Packages", "scecli", 30);
  put(root, "ControlSet001\\Services\\RDPNP\\NetworkProvider", "ProviderPath",
      "%SystemRoot%\\System32\\drprov.dll", 1);
  if (has_evil) {
    put_evil(root, "ControlSet001\\Services\\Evil\\NetworkProvider");
  }
  return root;
}

TEST(SavedParts, APartIsNoPresentAndNoStateOfWhatItDoesNotHold) {
  testing::RegfKey services = key_named("Services");
  put_evil(services, "Evil\\NetworkProvider");
  put(services, "RDPNP\\NetworkProvider", "ProviderPath", "%SystemRoot%\\System32\\drprov.dll", 90);
  const Assessment assessment =
      scan_files({{"system.hiv", system_hive(false)}, {"services.hiv", services}});
  ASSERT_EQ(assessment.hosts.size(), 1U);
  const HostAssessment& host = assessment.hosts.front();
  EXPECT_EQ(host.host.name.raw(), "WKS");
  const Provider* evil = provider_of(assessment, "Evil");
  ASSERT_NE(evil, nullptr);
  EXPECT_EQ(evil->state, ProviderState::removed);
  EXPECT_TRUE(std::ranges::any_of(host.changes, [](const Change& change) {
    return change.what == "registration_only_in_export";
  }));
  EXPECT_TRUE(std::ranges::none_of(host.changes, [](const Change& change) {
    return change.key.raw().contains("Lsa") || change.key.raw().contains("Order");
  }));
}

TEST(SavedParts, OfDifferentThingsAreOneState) {
  testing::RegfKey services = key_named("Services");
  put_evil(services, "Evil\\NetworkProvider");
  put(services, "RDPNP\\NetworkProvider", "ProviderPath", "%SystemRoot%\\System32\\drprov.dll", 90);
  testing::RegfKey orders = key_named("NetworkProvider");
  put(orders, "Order", "ProviderOrder", "RDPNP,Evil");
  put(orders, "HwOrder", "ProviderOrder", "RDPNP,Evil");
  testing::RegfKey service = key_named("Evil");
  put_evil(service, "NetworkProvider");
  testing::RegfKey order = key_named("Order");
  put(order, "", "ProviderOrder", "RDPNP,Evil");
  for (const Files& files : {Files{{"services.hiv", services}, {"np.hiv", orders}},
                             Files{{"a.hiv", service}, {"b.hiv", order}}}) {
    const Assessment assessment = scan_files(files);
    ASSERT_EQ(assessment.hosts.size(), 1U);
    const HostAssessment& host = assessment.hosts.front();
    const Provider* evil = provider_of(assessment, "Evil");
    ASSERT_NE(evil, nullptr);
    EXPECT_EQ(evil->state, ProviderState::active);
    EXPECT_EQ(evil->order_position, std::optional<std::uint32_t>(1));
    EXPECT_TRUE(std::ranges::none_of(evil->reasons, [](const Reason& reason) {
      return reason.code == "order_name_without_key" || reason.code == "order_not_readable";
    }));
    EXPECT_TRUE(std::ranges::none_of(
        host.findings, [](const Finding& finding) { return finding.rule == "NPG1003"; }));
    ASSERT_EQ(host.exposures.size(), 1U);
    EXPECT_EQ(host.exposures.front().end_kind, WindowEnd::still_active);
    EXPECT_TRUE(std::ranges::any_of(host.coverage.statements, [](const std::string& text) {
      return text.contains("taken for one state");
    }));
  }
}

TEST(SavedParts, OfTheSameThingAreTwoStates) {
  testing::RegfKey without = key_named("Services");
  put(without, "RDPNP\\NetworkProvider", "ProviderPath", "%SystemRoot%\\System32\\drprov.dll", 90);
  testing::RegfKey with = without;
  put_evil(with, "Evil\\NetworkProvider");
  const Assessment assessment = scan_files({{"a.hiv", with}, {"b.hiv", without}});
  ASSERT_EQ(assessment.hosts.size(), 1U);
  EXPECT_TRUE(std::ranges::none_of(
      assessment.hosts.front().coverage.statements,
      [](const std::string& text) { return text.contains("taken for one state"); }));
}

TEST(SavedParts, AControlSetOfAnotherNumberIsNoStateOfTheCurrentOne) {
  for (const std::string_view name : {"ControlSet001", "ControlSet002"}) {
    SCOPED_TRACE(name);
    testing::RegfKey set = key_named(name);
    put_evil(set, "Services\\Evil\\NetworkProvider");
    put(set, "Control\\NetworkProvider\\Order", "ProviderOrder", "RDPNP,Evil");
    const Assessment assessment =
        scan_files({{"system.hiv", system_hive(false)}, {"set.hiv", set}});
    ASSERT_EQ(assessment.hosts.size(), 1U);
    const bool is_removal = std::ranges::any_of(
        assessment.hosts.front().changes,
        [](const Change& change) { return change.what == "registration_removed"; });
    EXPECT_EQ(is_removal, name == "ControlSet001");
    EXPECT_NE(provider_of(assessment, "Evil"), nullptr);
  }
}

}  // namespace
}  // namespace npg
