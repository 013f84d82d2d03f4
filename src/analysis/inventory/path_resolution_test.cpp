#include "analysis/inventory/path_resolution.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "testing/facts.hpp"

namespace npg {
namespace {

using namespace std::string_view_literals;
using testing::HostFacts;

HostPaths windows_on_d() {
  HostFacts host;
  host.windows(19045, "D:\\Windows")
      .variable("PROCESSOR_ARCHITECTURE", "AMD64")
      .variable("Tools", "%SystemRoot%\\Tools")
      .variable("Nested", "%Tools%\\x")
      .variable("Unknown", "D:\\%Nowhere%")
      .variable("SystemDrive", "E:")
      .variable("WithNul", "D:\\seen\0hidden"sv)
      .variable("windir", "C:\\Evil");
  return host_paths(host.facts);
}

struct Case {
  std::string_view name;
  std::string_view raw;
  std::uint32_t type;
  std::string_view resolved;
  std::vector<std::string> oddities;
};

TEST(PathResolution, EachFormGivesItsFileAndItsOddities) {
  const Case cases[] = {
      {"plain", "C:\\Windows\\System32\\x.dll", 1, "C:\\Windows\\System32\\x.dll", {}},
      {"expanded with the host's root",
       "%SystemRoot%\\System32\\x.dll",
       2,
       "D:\\Windows\\System32\\x.dll",
       {}},
      {"the computer's own name", "C:\\%ComputerName%\\x.dll", 2, "C:\\HOST\\x.dll", {}},
      {"variables know no case",
       "%SYSTEMROOT%\\%processor_architecture%\\x.dll",
       2,
       "D:\\Windows\\AMD64\\x.dll",
       {}},
      {"windir is the host's own", "%windir%\\x.dll", 2, "C:\\Evil\\x.dll", {"changed_variable"}},
      {"the system's root cannot be moved", "%SystemDrive%\\x.dll", 2, "D:\\x.dll", {}},
      {"program files follow the drive",
       "%ProgramFiles(x86)%\\x.dll",
       2,
       "D:\\Program Files (x86)\\x.dll",
       {}},
      {"a variable may name the root", "%Tools%\\x.dll", 2, "D:\\Windows\\Tools\\x.dll", {}},
      {"a variable may name another", "%Nested%\\x.dll", 2, "D:\\Windows\\Tools\\x\\x.dll", {}},
      {"a variable that names an unknown one",
       "%Unknown%\\x.dll",
       2,
       "D:\\%Nowhere%\\x.dll",
       {"unknown_variable"}},
      {"a variable ends at its NUL", "%WithNul%\\x.dll", 2, "D:\\seen\\x.dll", {}},
      {"REG_SZ is not expanded", "%SystemRoot%\\System32\\x.dll", 1, "", {"unexpanded_variable"}},
      {"a percent sign in a rooted REG_SZ",
       "C:\\%TEMP%\\x.dll",
       1,
       "C:\\%TEMP%\\x.dll",
       {"unexpanded_variable"}},
      {"unknown variable",
       "%Nobody%\\x.dll",
       2,
       "D:\\Windows\\%Nobody%\\x.dll",
       {"relative", "unknown_variable"}},
      {"the second % opens the next",
       "%no%SystemRoot%\\x.dll",
       2,
       "D:\\Windows\\%noD:\\Windows\\x.dll",
       {"relative", "unknown_variable"}},
      {"a lone %", "C:\\100%\\x.dll", 2, "C:\\100%\\x.dll", {}},
      {"UNC", "\\\\host\\share\\x.dll", 1, "\\\\host\\share\\x.dll", {"unc"}},
      {"UNC does not climb out of its share",
       "\\\\host\\share\\..\\..\\..\\x.dll",
       1,
       "\\\\host\\share\\x.dll",
       {"parent_folder", "unc"}},
      {"WebDAV",
       "\\\\host@SSL\\DavWWWRoot\\x.dll",
       1,
       "\\\\host@SSL\\DavWWWRoot\\x.dll",
       {"unc", "webdav"}},
      {"device prefix", "\\\\?\\C:\\x.dll", 1, "C:\\x.dll", {"device_path"}},
      {"NT prefix", "\\??\\C:\\x.dll", 1, "C:\\x.dll", {"device_path"}},
      {"device UNC",
       "\\\\?\\UNC\\host\\share\\x.dll",
       1,
       "\\\\host\\share\\x.dll",
       {"device_path", "unc"}},
      {"a volume by its name",
       "\\\\.\\GLOBALROOT\\Device\\HarddiskVolume2\\x.dll",
       1,
       "",
       {"device_path"}},
      {"quotes", "\"C:\\a b\\x.dll\"", 1, "C:\\a b\\x.dll", {"quoted"}},
      {"forward slashes", "C:/Windows/x.dll", 1, "C:\\Windows\\x.dll", {"forward_slashes"}},
      {"parent",
       "C:\\Windows\\System32\\..\\Temp\\.\\x.dll",
       1,
       "C:\\Windows\\Temp\\x.dll",
       {"idle_part", "parent_folder"}},
      {"parent of the root", "C:\\..\\..\\x.dll", 1, "C:\\x.dll", {"parent_folder"}},
      {"8.3", "C:\\PROGRA~1\\x.dll", 1, "C:\\PROGRA~1\\x.dll", {"short_name"}},
      {"a tilde alone is no 8.3", "C:\\~cache\\x.dll", 1, "C:\\~cache\\x.dll", {}},
      {"stream", "C:\\Windows\\x.dll:evil", 1, "C:\\Windows\\x.dll:evil", {"alternate_stream"}},
      {"trailing dot", "C:\\Windows\\x.dll.", 1, "C:\\Windows\\x.dll", {"trailing_dot_or_space"}},
      {"trailing space in a folder",
       "C:\\Windows \\x.dll",
       1,
       "C:\\Windows \\x.dll",
       {"trailing_dot_or_space"}},
      {"one dot behind a folder",
       "C:\\Windows.\\x.dll",
       1,
       "C:\\Windows\\x.dll",
       {"trailing_dot_or_space"}},
      {"behind the literal prefix nothing is dropped",
       "\\\\?\\C:\\Windows \\x.dll.",
       1,
       "C:\\Windows \\x.dll.",
       {"device_path", "trailing_dot_or_space"}},
      {"nor is a slash turned",
       "\\\\?\\C:\\a/b\\x.dll",
       1,
       "C:\\a/b\\x.dll",
       {"device_path", "forward_slashes"}},
      {"a share of this host", "\\\\localhost\\C$\\x.dll", 1, "C:\\x.dll", {"unc", "unc_to_self"}},
      {"the Windows folder as a share",
       "\\\\127.0.0.1\\ADMIN$\\x.dll",
       1,
       "D:\\Windows\\x.dll",
       {"unc", "unc_to_self"}},
      {"an old link between folders",
       "C:\\Documents and Settings\\Public\\x.dll",
       1,
       "C:\\Users\\Public\\x.dll",
       {"junction"}},
      {"two links, one behind the other",
       "C:\\Documents and Settings\\All Users\\x.dll",
       1,
       "C:\\ProgramData\\x.dll",
       {"junction"}},
      {"what only 32-bit programs see",
       "%SystemRoot%\\Sysnative\\x.dll",
       2,
       "D:\\Windows\\Sysnative\\x.dll",
       {"sysnative"}},
      {"a dot says that there is no extension",
       "C:\\Windows\\evil.",
       1,
       "C:\\Windows\\evil",
       {"no_extension", "trailing_dot_or_space"}},
      {"no extension", "C:\\Windows\\evil", 1, "C:\\Windows\\evil.dll", {"no_extension"}},
      {"bare name", "x.dll", 1, "D:\\Windows\\System32\\x.dll", {"bare_name"}},
      {"relative",
       "System32\\nfs41_np.dll",
       1,
       "D:\\Windows\\System32\\nfs41_np.dll",
       {"relative"}},
      {"from the drive's root", "\\evil\\x.dll", 1, "D:\\evil\\x.dll", {"relative"}},
      {"drive relative", "C:x.dll", 1, "C:\\x.dll", {"drive_relative", "relative"}},
      {"relative on Windows' own drive",
       "D:x.dll",
       1,
       "D:\\Windows\\System32\\x.dll",
       {"drive_relative", "relative"}},
      {"a control panel's name", "C:\\x.cpl", 1, "C:\\x.cpl", {"other_extension"}},
      {"arguments",
       "C:\\x.dll /silent",
       1,
       "C:\\x.dll \\silent.dll",
       {"arguments", "forward_slashes", "no_extension", "trailing_dot_or_space"}},
      {"an entry point", "C:\\x.dll,Start", 1, "C:\\x.dll,Start", {"arguments", "other_extension"}},
      {"right to left", "C:\\x\u202elld.dll", 1, "C:\\x\u202elld.dll", {"hidden_character"}},
      {"a tab", "C:\\a\tb.dll", 1, "C:\\a\tb.dll", {"hidden_character"}},
      {"a bar", "C:\\a|b.dll", 1, "C:\\a|b.dll", {"illegal_character"}},
      {"a quote at one end",
       "\"C:\\x.dll",
       1,
       "D:\\Windows\\\"C:\\x.dll",
       {"illegal_character", "relative"}},
      {"bytes that are text",
       "43003A005C0078002E0064006C006C000000",
       3,
       "C:\\x.dll",
       {"unusual_type"}},
      {"bytes that are none", "0102030405", 3, "", {"no_text", "unusual_type"}},
      {"a number", "7", 4, "", {"no_text", "unusual_type"}},
      {"the first of several", "C:\\x.dll, C:\\y.dll", 7, "C:\\x.dll", {"unusual_type"}},
      {"NUL hides the rest", "C:\\a.dll\0C:\\evil.dll"sv, 1, "C:\\a.dll", {"embedded_nul"}},
      {"other type", "C:\\x.dll", 7, "C:\\x.dll", {"unusual_type"}},
      {"empty", "", 1, "", {"empty"}},
      {"only a NUL", "\0x"sv, 1, "", {"embedded_nul", "empty"}},
  };
  const HostPaths host = windows_on_d();
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const ResolvedPath path = resolve_path(c.raw, c.type, host);
    EXPECT_EQ(path.resolved, c.resolved);
    EXPECT_EQ(path.oddities, c.oddities);
    EXPECT_EQ(path.raw.raw(), c.raw);
    EXPECT_FALSE(path.assumed_system_root);
  }
}

std::string candidates_of(std::string_view raw, std::uint32_t type, const HostPaths& host) {
  std::string text;
  for (const PathCandidate& each : resolve_path(raw, type, host).candidates) {
    text += each.why + " " + each.path + "; ";
  }
  return text;
}

TEST(PathResolution, EveryPlaceOfTheSearchIsListed) {
  HostFacts facts;
  facts.windows(19045)
      .variable("PROCESSOR_ARCHITECTURE", "AMD64")
      .variable("Path", "%SystemRoot%\\system32;%SystemRoot%;C:\\Tools\\;relative;D:\\Bin");
  const HostPaths host = host_paths(facts.facts);
  EXPECT_EQ(host.machine, "x64");
  EXPECT_EQ(candidates_of("x.dll", 1, host),
            "application_folder C:\\Windows\\System32\\x.dll; "
            "system16_folder C:\\Windows\\System\\x.dll; windows_folder C:\\Windows\\x.dll; "
            "path_variable C:\\Tools\\x.dll; path_variable D:\\Bin\\x.dll; "
            "local_folder C:\\Windows\\System32\\mpnotify.exe.local\\x.dll; "
            "wow64_twin C:\\Windows\\SysWOW64\\x.dll; ");
  EXPECT_EQ(candidates_of("System32\\x", 1, host),
            "application_folder C:\\Windows\\System32\\System32\\x.dll; "
            "system16_folder C:\\Windows\\System\\System32\\x.dll; "
            "windows_folder C:\\Windows\\System32\\x.dll; "
            "path_variable C:\\Tools\\System32\\x.dll; "
            "path_variable D:\\Bin\\System32\\x.dll; "
            "local_folder C:\\Windows\\System32\\mpnotify.exe.local\\x.dll; "
            "wow64_twin C:\\Windows\\SysWOW64\\x.dll; ");
  EXPECT_EQ(candidates_of("%SystemRoot%\\System32\\x.dll", 2, host),
            "as_stored C:\\Windows\\System32\\x.dll; "
            "wow64_twin C:\\Windows\\SysWOW64\\x.dll; ");
  EXPECT_EQ(candidates_of("C:\\PROGRA~2\\V\\x.dll", 1, host),
            "as_stored C:\\PROGRA~2\\V\\x.dll; "
            "short_name C:\\Program Files (x86)\\V\\x.dll; ");
  EXPECT_EQ(candidates_of("\\evil\\x.dll", 1, host), "as_stored C:\\evil\\x.dll; ");
  EXPECT_EQ(candidates_of("%SystemRoot%\\x.dll", 1, host),
            "application_folder C:\\Windows\\System32\\%SystemRoot%\\x.dll; "
            "system16_folder C:\\Windows\\System\\%SystemRoot%\\x.dll; "
            "windows_folder C:\\Windows\\%SystemRoot%\\x.dll; "
            "path_variable C:\\Tools\\%SystemRoot%\\x.dll; "
            "path_variable D:\\Bin\\%SystemRoot%\\x.dll; ")
      << "a literal name as it stands";
  EXPECT_NE(candidates_of("C:\\x.dll::$data", 1, host).find("main_stream C:\\x.dll; "),
            std::string::npos);
  facts.variable("PROCESSOR_ARCHITECTURE", "x86");
  EXPECT_EQ(candidates_of("C:\\Windows\\System32\\x.dll", 1, host_paths(facts.facts)),
            "as_stored C:\\Windows\\System32\\x.dll; ");
}

TEST(PathResolution, FoldersThatSoftwareNamesCountAndTheMachinesOwnWin) {
  HostFacts facts;
  facts.windows(19045);
  facts.facts.environment.push_back({.name = std::string_view("ProgramFiles"),
                                     .text = std::string_view("E:\\Programs"),
                                     .control_set = 0});
  EXPECT_EQ(host_paths(facts.facts).variables.at("PROGRAMFILES"), "E:\\Programs");
  facts.variable("ProgramFiles", "F:\\Own");
  EXPECT_EQ(host_paths(facts.facts).variables.at("PROGRAMFILES"), "F:\\Own");
}

TEST(PathResolution, ALongPathIsTold) {
  const HostPaths host = windows_on_d();
  const std::string below = "C:\\" + std::string(251, 'a') + ".dll";  // 258 characters
  EXPECT_TRUE(resolve_path(std::string_view(below), 1, host).oddities.empty());
  const std::string above = "C:\\ab" + below.substr(3);
  EXPECT_EQ(resolve_path(std::string_view(above), 1, host).oddities,
            std::vector<std::string>{"long_path"});
}

TEST(PathResolution, WhatWasMeantIsLookedAtToo) {
  const HostPaths host = windows_on_d();
  EXPECT_NE(candidates_of("C:\\x.dll /s", 1, host).find("before_arguments C:\\x.dll;"),
            std::string::npos);
  EXPECT_NE(candidates_of("D:x.dll", 1, host).find("drive_root D:\\x.dll;"), std::string::npos);
}

TEST(PathResolution, GrowthByVariablesIsBounded) {
  HostFacts host;
  const std::string large(30'000, 'a');
  std::string many;
  for (int i = 0; i < 10'000; ++i) {
    many += "%A%";
  }
  host.windows(19045).variable("A", large);
  const ResolvedPath path = resolve_path(std::string_view(many), 2, host_paths(host.facts));
  EXPECT_EQ(path.resolved, "");
  EXPECT_EQ(path.oddities, std::vector<std::string>{"too_long"});
}

TEST(PathResolution, OnlyThePresentNamesTheRoot) {
  HostFacts host;
  EXPECT_TRUE(host_paths(host.facts).system_root_is_assumed);
  host.windows(7601, "E:\\WINNT", "WinNT", HiveMoment::older_copy);
  EXPECT_TRUE(host_paths(host.facts).system_root_is_assumed);
  EXPECT_EQ(host_paths(host.facts).system_root, "C:\\Windows");
  host.windows(19045, "D:\\Windows\\");
  EXPECT_EQ(host_paths(host.facts).system_root, "D:\\Windows");
  EXPECT_EQ(host_paths(host.facts).variables.at("PROGRAMDATA"), "D:\\ProgramData");
}

/// Letters whose upper case has another number of UTF-8 bytes must not move what is replaced.
TEST(PathResolution, VariableTextMayChangeLengthInUpperCase) {
  HostFacts host;
  host.windows(19045).variable("Odd", "\u0250\u0250\u0250\u0250\u0250%SystemRoot%");
  EXPECT_EQ(host_paths(host.facts).variables.at("ODD"),
            "\u0250\u0250\u0250\u0250\u0250C:\\Windows");
}

TEST(PathResolution, TheSearchPathNamesVariablesToo) {
  HostFacts host;
  host.windows(19045)
      .variable("Path", "%SystemRoot%;%JavaBin%;%Path%;%Nowhere%\\x")
      .variable("JavaBin", "%Java%\\bin")
      .variable("Java", "C:\\Java");
  EXPECT_EQ(host_paths(host.facts).search_path,
            (std::vector<std::string>{"C:\\Windows", "C:\\Java\\bin"}));
}

TEST(PathResolution, AFolderOfWindowsThatWasMovedIsTold) {
  HostFacts host;
  host.windows(19045).variable("windir", "%SystemRoot%\\").variable("ProgramData", "D:\\Data");
  EXPECT_FALSE(names_changed_folder("%windir%\\x.dll", host_paths(host.facts)));
  EXPECT_TRUE(names_changed_folder("%ProgramData%\\x.dll", host_paths(host.facts)));
  EXPECT_FALSE(names_changed_folder("%ProgramFiles%\\x.dll", host_paths(host.facts)));
}

TEST(PathResolution, SharesByTheirDeviceAreShares) {
  const HostPaths host = windows_on_d();
  for (const std::string_view raw :
       {"\\\\.\\UNC\\s\\c\\x.dll", "\\\\?\\GLOBALROOT\\Device\\Mup\\s\\c\\x.dll",
        "\\??\\globalroot\\device\\lanmanredirector\\;X:00\\s\\c\\x.dll",
        "\\\\?\\GLOBALROOT\\??\\UNC\\s\\c\\x.dll"}) {
    const ResolvedPath path = resolve_path(raw, 1, host);
    EXPECT_EQ(path.resolved, "\\\\s\\c\\x.dll") << raw;
    EXPECT_EQ(path.oddities, (std::vector<std::string>{"device_path", "device_share", "unc"}));
  }
  EXPECT_EQ(resolve_path("\\\\?\\UNC\\s\\c\\x.dll"sv, 1, host).oddities,
            (std::vector<std::string>{"device_path", "unc"}));
}

TEST(PathResolution, WhatLeadsUpwardsDoesSoFromEachFolderOfTheSearch) {
  HostFacts facts;
  facts.windows(19045).variable("Path", "C:\\Tools");
  const HostPaths host = host_paths(facts.facts);
  EXPECT_EQ(resolve_path(std::string_view("..\\x.dll"), 1, host).resolved, "C:\\Windows\\x.dll");
  EXPECT_EQ(candidates_of("..\\x.dll", 1, host),
            "application_folder C:\\Windows\\x.dll; system16_folder C:\\Windows\\x.dll; "
            "windows_folder C:\\x.dll; path_variable C:\\x.dll; ");
  EXPECT_EQ(candidates_of("a\\..\\System32\\x.dll", 1, host),
            "application_folder C:\\Windows\\System32\\System32\\x.dll; "
            "system16_folder C:\\Windows\\System\\System32\\x.dll; "
            "windows_folder C:\\Windows\\System32\\x.dll; "
            "path_variable C:\\Tools\\System32\\x.dll; ");
}

TEST(PathResolution, BehindALiteralPrefixNothingIsTidied) {
  const HostPaths host = windows_on_d();
  const ResolvedPath parent = resolve_path(std::string_view("\\\\?\\C:\\a\\..\\x.dll"), 1, host);
  EXPECT_EQ(parent.resolved, "C:\\x.dll") << "what was meant";
  EXPECT_EQ(parent.oddities,
            (std::vector<std::string>{"device_path", "literal_parent", "parent_folder"}));
  EXPECT_EQ(resolve_path(std::string_view("\\\\?\\C:/Windows/x.dll"), 1, host).resolved, "");
  EXPECT_EQ(
      resolve_path(std::string_view("\\\\?\\GLOBALROOT\\SystemRoot\\System32\\x.dll"), 1, host)
          .resolved,
      "D:\\Windows\\System32\\x.dll");
}

TEST(PathResolution, AVolumeHasTheDriveThatTheHostsOwnHiveSays) {
  HostFacts facts;
  facts.windows(19045);
  facts.facts.identities.back().volumes = {
      std::string_view("Volume{11111111-2222-3333-4444-555555555555}=D:")};
  const HostPaths host = host_paths(facts.facts);
  for (const std::string_view prefix :
       {"\\\\?\\", "\\??\\", "\\\\.\\", "\\\\?\\GLOBALROOT\\??\\"}) {
    const std::string known =
        std::string(prefix) + "VOLUME{11111111-2222-3333-4444-555555555555}\\x.dll";
    EXPECT_EQ(resolve_path(std::string_view(known), 1, host).resolved, "D:\\x.dll") << known;
    const std::string other =
        std::string(prefix) + "Volume{21111111-2222-3333-4444-555555555555}\\x.dll";
    EXPECT_EQ(resolve_path(std::string_view(other), 1, host).resolved, "") << other;
  }
}

TEST(PathResolution, TheProfileOfSystemIsACandidateAndNotVerified) {
  HostFacts facts;
  facts.windows(19045);
  const std::string_view raw = "%LocalAppData%\\V\\x.dll";
  EXPECT_EQ(resolve_path(raw, 2, host_paths(facts.facts)).oddities,
            (std::vector<std::string>{"relative", "unknown_variable"}));
  facts.facts.identities.back().system_profile =
      std::string_view("%systemroot%\\system32\\config\\systemprofile");
  const HostPaths host = host_paths(facts.facts);
  const ResolvedPath path = resolve_path(raw, 2, host);
  EXPECT_EQ(path.oddities, (std::vector<std::string>{"profile_variable", "relative"}));
  ASSERT_FALSE(path.candidates.empty());
  EXPECT_EQ(path.candidates.back().why, "system_profile");
  EXPECT_EQ(path.candidates.back().path,
            "C:\\Windows\\system32\\config\\systemprofile\\AppData\\Local\\V\\x.dll");
  EXPECT_EQ(resolve_path(std::string_view("%Appdata%\\%Nowhere%\\x.dll"), 2, host).oddities,
            (std::vector<std::string>{"relative", "unknown_variable"}));
  EXPECT_EQ(resolve_path(std::string_view("%CommonProgramW6432%\\x.dll"), 2, host).resolved,
            "C:\\Program Files\\Common Files\\x.dll");
}

TEST(PathResolution, NamesOfDevicesAreToldInAnyFolderAndWithAnyExtension) {
  const HostPaths host = windows_on_d();
  for (const std::string_view raw : {"C:\\Windows\\nul.dll", "COM1.dll", "NUL", "C:\\con\\x.dll",
                                     "C:\\Aux .x.dll", "C:\\LPT\u00b2.dll", "C:\\conin$"}) {
    const auto oddities = resolve_path(raw, 1, host).oddities;
    EXPECT_NE(std::ranges::find(oddities, "device_name"), oddities.end()) << raw;
  }
  for (const std::string_view raw :
       {"C:\\Windows\\null.dll", "COM0.dll", "com10.dll", "C:\\console\\x.dll", "C:\\x.nul"}) {
    const auto oddities = resolve_path(raw, 1, host).oddities;
    EXPECT_EQ(std::ranges::find(oddities, "device_name"), oddities.end()) << raw;
  }
}

TEST(PathResolution, AProgramWithoutAnExtensionIsAnExe) {
  const HostPaths host = windows_on_d();
  EXPECT_EQ(resolve_path(std::string_view("C:\\a\\mp"), 1, host, NamedFile::program).resolved,
            "C:\\a\\mp.exe");
  EXPECT_EQ(resolve_path(std::string_view("C:\\a\\mp"), 1, host).resolved, "C:\\a\\mp.dll");
}

}  // namespace
}  // namespace npg
