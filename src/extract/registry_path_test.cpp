#include "extract/registry_path.hpp"

#include <gtest/gtest.h>

#include "extract/registry_keys.hpp"

namespace npg {
namespace {

TEST(RegistryPath, EveryLogsFormBecomesOne) {
  struct Case {
    std::string_view raw;
    std::string_view canonical;
    std::uint32_t control_set;
  };
  constexpr std::string_view order =
      "HKLM\\SYSTEM\\CurrentControlSet\\Control\\NetworkProvider\\Order";
  const Case cases[] = {
      {"\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Control\\NetworkProvider\\Order", order, 1},
      {"\\Registry\\Machine\\System\\ControlSet012\\Control\\NetworkProvider\\Order", order, 12},
      {"HKLM\\System\\CurrentControlSet\\Control\\NetworkProvider\\Order", order, 0},
      {"hklm\\system\\currentcontrolset\\Control\\NetworkProvider\\Order", order, 0},
      {"HKLM:\\SYSTEM\\CurrentControlSet\\Control\\NetworkProvider\\Order", order, 0},
      {"HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet002\\Control\\NetworkProvider\\Order", order, 2},
      {"Registry::HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Control\\NetworkProvider\\Order",
       order, 1},
      {"Computer\\HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Control\\NetworkProvider\\Order",
       order, 1},
      {"HKLM\\SYSTEM\\\\ControlSet001\\Control\\NetworkProvider\\Order\\", order, 1},
      {"\\REGISTRY\\MACHINE\\SOFTWARE\\Microsoft", "HKLM\\SOFTWARE\\Microsoft", 0},
      {"\\REGISTRY\\USER\\S-1-5-18\\Environment", "HKU\\S-1-5-18\\Environment", 0},
      {"HKEY_CURRENT_USER\\Software", "HKCU\\Software", 0},
      {"HKLM\\SYSTEM\\ControlSet\\x", "HKLM\\SYSTEM\\ControlSet\\x", 0},
      {"HKLM\\SYSTEM\\ControlSet99999999999\\x", "HKLM\\SYSTEM\\ControlSet99999999999\\x", 0},
      {"HKLM\\Other\\ControlSet001\\x", "HKLM\\Other\\ControlSet001\\x", 0},
      {"HKLM", "HKLM", 0},
      {"\\REGISTRY\\A\\{1}\\x", "\\REGISTRY\\A\\{1}\\x", 0},
      {"no path at all", "no path at all", 0},
      {"", "", 0},
  };
  for (const Case& c : cases) {
    const RegistryPath path = normalise_registry_path(c.raw);
    EXPECT_EQ(path.canonical, c.canonical) << c.raw;
    EXPECT_EQ(path.control_set, c.control_set) << c.raw;
  }
}

TEST(RegistryKeys, OnlyWhatBearsOnProvidersIsKept) {
  struct Case {
    std::string_view key;
    KeyEvent event;
    std::string_view value;
    bool is_kept;
  };
  const Case cases[] = {
      {"SYSTEM\\CurrentControlSet\\Control\\NetworkProvider\\Order", KeyEvent::value,
       "ProviderOrder", true},
      {"SYSTEM\\CurrentControlSet\\Control\\NETWORKPROVIDER\\hworder", KeyEvent::value,
       "ProviderOrder", true},
      {"SYSTEM\\CurrentControlSet\\Control\\NetworkProvider\\ProviderOrder", KeyEvent::value,
       "RDPNP", true},
      {"SYSTEM\\CurrentControlSet\\Control\\NetworkProvider\\Notifyees", KeyEvent::value, "x",
       true},
      {"SYSTEM\\CurrentControlSet\\Control\\NetworkProvider", KeyEvent::value, "RestoreConnection",
       false},
      {"SYSTEM\\CurrentControlSet\\Control\\NetworkProvider", KeyEvent::security, "", true},
      {"SYSTEM\\CurrentControlSet\\Control\\NetworkProviderX\\Order", KeyEvent::value, "x", false},
      {"SYSTEM\\CurrentControlSet\\Services\\Evil\\NetworkProvider", KeyEvent::value,
       "ProviderPath", true},
      {"SYSTEM\\CurrentControlSet\\Services\\a\\b\\networkprovider", KeyEvent::value, "Class",
       true},
      {"SYSTEM\\CurrentControlSet\\Services\\Evil", KeyEvent::key, "", true},
      {"SYSTEM\\CurrentControlSet\\Services\\Evil", KeyEvent::value, "Start", false},
      {"SYSTEM\\CurrentControlSet\\Services\\Evil\\Parameters", KeyEvent::key, "", false},
      {"SYSTEM\\CurrentControlSet\\Services", KeyEvent::key, "", false},
      {"SYSTEM\\CurrentControlSet\\Services\\Tcpip\\ServiceProvider", KeyEvent::value,
       "ProviderPath", false},
      {"SYSTEM\\CurrentControlSet\\Control\\ServiceProvider\\Order", KeyEvent::value,
       "ProviderOrder", false},
      {"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Security", KeyEvent::value, "MaxSize", true},
      {"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Security", KeyEvent::value, "Sources",
       false},
      {"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\Some Program", KeyEvent::key,
       "", false},
      {"SYSTEM\\CurrentControlSet\\Control\\Lsa", KeyEvent::value, "Notification Packages", true},
      {"SYSTEM\\CurrentControlSet\\Control\\Lsa", KeyEvent::value, "LmCompatibilityLevel", false},
      {"SOFTWARE\\Policies\\Microsoft\\Windows\\NetworkProvider\\HardenedPaths", KeyEvent::value,
       "\\\\*\\NETLOGON", false},
      {"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon", KeyEvent::value, "MpNotify",
       true},
      {"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon", KeyEvent::value, "Shell",
       false},
      {"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon\\Notify", KeyEvent::value,
       "SmartCardLogonNotify", true},
      {"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System", KeyEvent::value,
       "EnableMPR", true},
      {"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System", KeyEvent::value,
       "EnableLUA", false},
      {"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Image File Execution "
       "Options\\mpnotify.exe",
       KeyEvent::value, "Debugger", true},
      {"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options\\sethc.exe",
       KeyEvent::value, "Debugger", false},
      {"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WINEVT\\Channels\\Microsoft-Windows-Sysmon/"
       "Operational",
       KeyEvent::value, "Enabled", true},
      {"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WINEVT\\Channels\\X", KeyEvent::value,
       "OwningPublisher", false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(bears_on_us("HKLM\\" + std::string(c.key), c.event, c.value), c.is_kept)
        << c.key << " " << c.value;
  }
  EXPECT_FALSE(bears_on_us("", KeyEvent::value, ""));
  EXPECT_FALSE(bears_on_us("HKCU\\Software", KeyEvent::key, ""));
}

}  // namespace
}  // namespace npg
