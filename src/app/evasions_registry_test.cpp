// The registry-borne evasions (docs/evasions.md), each built as a hive and shown by a scan: a
// reason, a finding, a change or a fact, by its code.
#include <gtest/gtest.h>

#include <algorithm>

#include "app/scan.hpp"
#include "testing/regf_writer.hpp"
#include "testing/virtual_registry.hpp"
#include "testing/workplace.hpp"
#include "view/registry_view.hpp"

namespace npg {
namespace {

using testing::RegfKey;

constexpr FileTime when{132'000'000'000'000'000};
constexpr FileTime later{132'000'000'600'000'000};
constexpr std::string_view network_provider = "ControlSet001\\Control\\NetworkProvider";

RegfKey& key(RegfKey& root, std::string_view path, FileTime time = when) {
  return testing::key_at(root, path, time);
}
void set_text(RegfKey& at, std::string_view name, std::string_view text,
              std::uint32_t type = reg::sz) {
  testing::set_value(at, {.name = std::string(name), .type = type, .data = testing::sz_data(text)});
}
void set_number(RegfKey& at, std::string_view name, std::uint32_t number) {
  testing::set_value(
      at, {.name = std::string(name), .type = reg::dword, .data = testing::dword_data(number)});
}
void set_order(RegfKey& root, std::string_view names, std::string_view key_name = "Order",
               std::string_view set = "ControlSet001") {
  set_text(key(root, std::string(set) + "\\Control\\NetworkProvider\\" + std::string(key_name)),
           "ProviderOrder", names);
}
RegfKey& provider(RegfKey& root, std::string_view name, std::string_view path,
                  std::string_view set = "ControlSet001", std::uint32_t type = reg::expand_sz) {
  RegfKey& at =
      key(root, std::string(set) + "\\Services\\" + std::string(name) + "\\NetworkProvider");
  set_text(at, "ProviderPath", path, type);
  return at;
}

/// RDPNP as Windows ships it, in both orders of the one control set.
RegfKey plain_host() {
  RegfKey root{.name = "ROOT", .last_written = when};
  root.security = testing::default_descriptor();
  set_number(key(root, "Select"), "Current", 1);
  set_number(key(root, "Select"), "Default", 1);
  set_text(key(root, "ControlSet001\\Control\\ComputerName\\ComputerName"), "ComputerName", "WKS");
  set_order(root, "RDPNP");
  set_order(root, "RDPNP", "HwOrder");
  RegfKey& rdpnp = provider(root, "RDPNP", "%SystemRoot%\\System32\\drprov.dll");
  rdpnp.security = testing::trusted_installer_descriptor();
  set_text(rdpnp, "Name", "Microsoft Terminal Services");
  return root;
}

struct Files {
  std::vector<std::pair<std::string, std::vector<std::byte>>> all;
};
HostAssessment scan_files(const Files& files) {
  const testing::Workplace workplace;
  for (const auto& [path, bytes] : files.all) {
    EXPECT_TRUE(testing::write_file("host/" + path, bytes));
  }
  const auto assessment = scan({.paths = {"host"}});
  EXPECT_TRUE(assessment && assessment->hosts.size() == 1);
  return assessment && !assessment->hosts.empty() ? assessment->hosts.front() : HostAssessment{};
}

/// "provider:reason", "finding:RULE", "change:what" and "differs:key" of a host.
std::vector<std::string> shown_by(const HostAssessment& host) {
  std::vector<std::string> all;
  for (const Provider& one : host.providers) {
    for (const Reason& reason : one.reasons) {
      all.push_back(std::string(one.name.raw()) + ":" + reason.code);
    }
  }
  for (const Finding& finding : host.findings) {
    all.push_back("finding:" + finding.rule);
  }
  for (const Change& change : host.changes) {
    all.push_back("change:" + change.what);
  }
  for (const PostureCheck& check : host.posture) {
    all.push_back("posture:" + check.check + ":" + std::string(name_of(check.status)));
  }
  for (const KeyState& state : host.keys) {
    for (const KeyWriter& writer : state.writers) {
      all.push_back("writer:" + writer.name);
    }
  }
  return all;
}

struct Case {
  const char* evasion;
  void (*build)(RegfKey& system, RegfKey& software);
  std::vector<std::string> shown;
};

RegfKey& winlogon(RegfKey& software) {
  return key(software, "Microsoft\\Windows NT\\CurrentVersion\\Winlogon");
}
std::string path_of(std::string_view path) {
  return std::string(path);
}
/// A case in which Evil stands in the order with this path.
template <std::size_t N>
struct Literal {
  // NOLINTNEXTLINE(google-explicit-constructor): a literal as a template argument.
  consteval Literal(const char (&from)[N]) { std::copy_n(from, N, text); }
  char text[N];
};
template <Literal Path, std::uint32_t Type = reg::expand_sz>
void with_path(RegfKey& system, RegfKey& /*software*/) {
  set_order(system, "RDPNP,Evil");
  provider(system, "Evil", path_of(std::string_view(Path.text, sizeof(Path.text) - 1)),
           "ControlSet001", Type);
}

const Case cases[] = {
    {"E1 appended to the order",
     [](RegfKey& system, RegfKey&) {
       set_order(system, "RDPNP,Evil");
       set_number(provider(system, "Evil", "C:\\Windows\\System32\\evil.dll"), "Class", 2);
     },
     {"Evil:unknown_name", "Evil:credential_class", "Evil:service_key_is_hollow"}},
    {"E2 a name that reads like Windows' own",
     [](RegfKey& system, RegfKey&) {
       set_order(system, "RDPNP,RDPNP\xe2\x80\x8b");
       provider(system, "RDPNP\xe2\x80\x8b", "C:\\Windows\\System32\\evil.dll");
     },
     {"RDPNP\xe2\x80\x8b:name_imitates_inbox"}},
    {"E2 a name that reads like a product's",
     [](RegfKey& system, RegfKey&) {
       provider(system, "vmhgf\xd1\x95", "C:\\Windows\\System32\\evil.dll");
     },
     {"vmhgf\xd1\x95:name_imitates_product"}},
    {"E3 Windows' own name, another path",
     [](RegfKey& system, RegfKey&) {
       provider(system, "RDPNP", "C:\\Windows\\System32\\evil.dll");
     },
     {"RDPNP:inbox_name_other_path"}},
    {"E4 AuthentProviderPath added",
     [](RegfKey& system, RegfKey&) {
       set_text(key(system, "ControlSet001\\Services\\RDPNP\\NetworkProvider"),
                "AuthentProviderPath", "C:\\Windows\\System32\\evil.dll");
     },
     {"RDPNP:inbox_authent_path_added"}},
    {"E5 Class changed only",
     [](RegfKey& system, RegfKey&) {
       set_number(key(system, "ControlSet001\\Services\\RDPNP\\NetworkProvider"), "Class", 3);
     },
     {"RDPNP:inbox_class_changed", "RDPNP:credential_class"}},
    {"E6 HwOrder alone",
     [](RegfKey& system, RegfKey&) {
       set_order(system, "RDPNP,Evil", "HwOrder");
       provider(system, "Evil", "C:\\Windows\\System32\\evil.dll");
     },
     {"Evil:listed_in_hw_order_only", "finding:NPG1004"}},
    {"E7 registered and not listed",
     [](RegfKey& system, RegfKey&) { provider(system, "Evil", "C:\\Windows\\System32\\evil.dll"); },
     {"Evil:registered_not_listed"}},
    {"E9 another control set",
     [](RegfKey& system, RegfKey&) {
       set_number(key(system, "Select"), "LastKnownGood", 2);
       set_order(system, "RDPNP,Evil", "Order", "ControlSet002");
       set_number(provider(system, "Evil", "C:\\evil.dll", "ControlSet002"), "Class", 2);
     },
     {"Evil:listed_in_other_control_set", "finding:NPG1005"}},
    {"E10 a NetworkProvider key that is a link",
     [](RegfKey& system, RegfKey&) {
       set_order(system, "RDPNP,Evil");
       set_text(key(system, "ControlSet001\\Hidden"), "ProviderPath", "C:\\evil.dll");
       set_number(key(system, "ControlSet001\\Hidden"), "Class", 2);
       RegfKey& link = key(system, "ControlSet001\\Services\\Evil\\NetworkProvider");
       link.flags = 0x10;
       set_text(link, "SymbolicLinkValue", "\\Registry\\Machine\\System\\CurrentControlSet\\Hidden",
                reg::link);
     },
     {"Evil:registration_is_link", "Evil:credential_class"}},
    {"E11 a string that is not expanded",
     with_path<"%SystemRoot%\\System32\\evil.dll", reg::sz>,
     {"Evil:path_unexpanded_variable"}},
    {"E11 several strings", with_path<"C:\\evil.dll", reg::multi_sz>, {"Evil:path_unusual_type"}},
    {"E12 a bare name", with_path<"evil.dll">, {"Evil:path_searched"}},
    {"E13 another machine",
     with_path<"\\\\evil.example@SSL\\DavWWWRoot\\evil.dll">,
     {"Evil:path_unc"}},
    {"E14 quotes", with_path<"\"C:\\a b\\evil.dll\"">, {"Evil:path_quoted"}},
    {"E14 slashes", with_path<"C:/Windows/evil.dll">, {"Evil:path_forward_slashes"}},
    {"E14 upwards", with_path<"C:\\Windows\\System32\\..\\evil.dll">, {"Evil:path_parent_folder"}},
    {"E14 a short name", with_path<"C:\\PROGRA~1\\evil.dll">, {"Evil:path_short_name"}},
    {"E14 a stream", with_path<"C:\\Windows\\x.dll:evil.dll">, {"Evil:path_alternate_stream"}},
    {"E14 a device path", with_path<"\\\\?\\C:\\evil.dll">, {"Evil:path_device_path"}},
    {"E14 a dot at the end",
     with_path<"C:\\Windows.\\evil.dll">,
     {"Evil:path_trailing_dot_or_space"}},
    {"E15 a variable of the attacker's",
     with_path<"%Nowhere%\\evil.dll">,
     {"Evil:path_unknown_variable"}},
    {"E16 a link that Windows comes with",
     with_path<"C:\\Documents and Settings\\All Users\\evil.dll">,
     {"Evil:path_junction"}},
    {"E9 the next start takes another control set",
     [](RegfKey& system, RegfKey&) {
       set_number(key(system, "Select"), "Default", 2);
       set_order(system, "RDPNP,Evil", "Order", "ControlSet002");
       set_number(provider(system, "Evil", "C:\\evil.dll", "ControlSet002"), "Class", 2);
     },
     {"Evil:listed_in_other_control_set", "finding:NPG1005", "finding:NPG1028"}},
    {"E12 a relative path", with_path<"System32\\evil.dll">, {"Evil:path_searched"}},
    {"E27 a user may write to the service",
     [](RegfKey& system, RegfKey&) {
       testing::DescriptorRecipe recipe;
       recipe.allow = {{"S-1-5-18", 0xf003f, 2}, {"S-1-5-32-545", 0x20006, 2}};
       key(system, "ControlSet001\\Services\\RDPNP\\NetworkProvider").security =
           testing::descriptor_bytes(recipe);
     },
     {"writer:BUILTIN\\Users", "posture:key_permissions:fail"}},
    {"E34 sending passwords, smart cards",
     [](RegfKey&, RegfKey& software) {
       set_text(key(software, "Microsoft\\Windows NT\\CurrentVersion"), "CurrentBuildNumber",
                "26100");
       set_number(key(software, "Microsoft\\Windows\\CurrentVersion\\Policies\\System"),
                  "EnableMPR", 1);
       set_number(key(software, "Microsoft\\Windows NT\\CurrentVersion\\Winlogon\\Notify"),
                  "SmartCardLogonNotify", 1);
     },
     {"finding:NPG1008", "finding:NPG1009"}},
    {"E35 mpnotify replaced",
     [](RegfKey&, RegfKey& software) {
       set_text(winlogon(software), "mpnotify", "C:\\Users\\Public\\evil.exe");
     },
     {"finding:NPG1007"}},
    {"E36 a DLL for connections",
     [](RegfKey& system, RegfKey&) {
       set_text(key(system, std::string(network_provider) + "\\Notifyees"), "x",
                "C:\\Users\\Public\\evil.dll");
     },
     {"finding:NPG1010"}},
};

TEST(RegistryEvasions, EachIsShown) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.evasion);
    RegfKey system = plain_host();
    RegfKey software{.name = "ROOT", .last_written = when};
    key(software, "Classes");
    key(software, "Microsoft");
    c.build(system, software);
    const HostAssessment host =
        scan_files({{{"SYSTEM", testing::write_hive(system)},
                     {"SOFTWARE", testing::write_hive(software, {.file_name = "SOFTWARE"})}}});
    const auto shown = shown_by(host);
    for (const std::string& wanted : c.shown) {
      EXPECT_NE(std::ranges::find(shown, wanted), shown.end()) << wanted;
    }
  }
}

TEST(RegistryEvasions, APlainHostShowsNone) {
  const HostAssessment host = scan_files({{{"SYSTEM", testing::write_hive(plain_host())}}});
  EXPECT_TRUE(host.findings.empty() || host.findings.front().severity <= FindingSeverity::medium);
  for (const KeyState& state : host.keys) {
    for (const KeyWriter& writer : state.writers) {
      EXPECT_NE(writer.name, "BUILTIN\\Users") << state.fact.key.raw();
    }
    EXPECT_FALSE(state.sddl.empty()) << state.fact.key.raw();
  }
}

}  // namespace
}  // namespace npg
