#include "source/collection/layout.hpp"

#include <gtest/gtest.h>

#include <string>

namespace npg {
namespace {

std::string windows(std::string_view path, std::size_t named = 0) {
  const auto found = windows_path_of(path, named);
  return found ? std::string(found->raw()) : "-";
}

struct Case {
  std::string_view path;
  std::size_t named;  // bytes of the path that the user gave
  std::string_view windows_path;
  std::string_view group;
};

TEST(Layout, KnownCollectorsAreRecognised) {
  const Case cases[] = {
      // KAPE: drive folders.
      {"out/C/Windows/System32/config/SYSTEM", 3, "C:\\Windows\\System32\\config\\SYSTEM", "out"},
      {"out/host1/D/tools/np.dll", 3, "D:\\tools\\np.dll", "out/host1"},
      {"out/VSS3/C/Windows/System32/a.dll", 3, "C:\\Windows\\System32\\a.dll", "out/VSS3"},
      {"out/C", 5, "-", "out"},
      {"out/C/Windows/System32/a.dll", 5, "C:\\Windows\\System32\\a.dll", "out"},
      {"out/C/evil/a.dll", 5, "C:\\evil\\a.dll", "out"},
      {"out/C/X/a.dll", 3, "C:\\X\\a.dll", "out"},
      {"out/C/X/a.dll", 5, "C:\\X\\a.dll", "out"},
      {"out/C/Users/x/C/Windows/System32/a.dll", 3, "C:\\Users\\x\\C\\Windows\\System32\\a.dll",
       "out"},
      {"out/C/Windows.old/Windows/System32/a.dll", 3, "C:\\Windows.old\\Windows\\System32\\a.dll",
       "out"},
      {"out/c/windows/system32/a.dll", 3, "C:\\windows\\system32\\a.dll", "out"},
      // Velociraptor: each component percent-encoded once; accessors are one host.
      {"v/uploads/auto/C%3A/Windows/System32/winevt/Logs/"
       "Microsoft-Windows-Sysmon%254Operational.evtx",
       1, "C:\\Windows\\System32\\winevt\\Logs\\Microsoft-Windows-Sysmon%4Operational.evtx",
       "v/uploads"},
      {"v/uploads/ntfs/%5C%5C.%5CC%3A/Windows/a%2Edll", 1, "C:\\Windows\\a.dll", "v/uploads"},
      {"v/uploads/ntfs/%5C%5C%3F%5CGLOBALROOT%5CDevice%5CHarddiskVolumeShadowCopy2/Windows/a.dll",
       1, "C:\\Windows\\a.dll",
       "v/uploads/ntfs/%5C%5C%3F%5CGLOBALROOT%5CDevice%5CHarddiskVolumeShadowCopy2"},
      {"clients/C.1/collections/F.2/uploads/auto/C%3a/Windows/a.dll", 7, "C:\\Windows\\a.dll",
       "clients/C.1/collections/F.2/uploads"},
      // dissect acquire, UAC and FTK, Tanium.
      {"t/fs/C:/Windows/System32/a.dll", 1, "C:\\Windows\\System32\\a.dll", "t/fs"},
      {"t/sysvol/Windows/System32/a.dll", 1, "C:\\Windows\\System32\\a.dll", "t"},
      {"t/NONAME [NTFS]/[root]/Windows/System32/a.dll", 1, "C:\\Windows\\System32\\a.dll",
       "t/NONAME [NTFS]"},
      {"20260101-HOST/file/C/Windows/a.dll", 13, "C:\\Windows\\a.dll", "20260101-HOST/file"},
      // A mounted volume.
      {"/mnt/Windows/System32/a.dll", 4, "C:\\Windows\\System32\\a.dll", "/mnt"},
      {"/Windows/System32/a.dll", 1, "C:\\Windows\\System32\\a.dll", "/"},
      {"mount/Program Files/Vendor/np.dll", 5, "C:\\Program Files\\Vendor\\np.dll", "mount"},
      {"mount/Windows/WinSxS/amd64_x/Windows/System32/a.dll", 5,
       "C:\\Windows\\WinSxS\\amd64_x\\Windows\\System32\\a.dll", "mount"},
      {"mount/Windows/SYSVOL/sysvol/corp/a", 5, "C:\\Windows\\SYSVOL\\sysvol\\corp\\a", "mount"},
      // Flat.
      {"host1/SYSTEM", 5, "-", "host1"},
      {"SYSTEM", 6, "-", ""},
      {"/SYSTEM", 7, "-", "/"},
      {"C/SYSTEM", 1, "C:\\SYSTEM", ""},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(windows(c.path, c.named), c.windows_path) << c.path;
    EXPECT_EQ(group_of(c.path, c.named), c.group) << c.path;
  }
}

TEST(Layout, TheAnalystsOwnFoldersAreNotEvidence) {
  const Case cases[] = {
      {"/mnt/c/Users/me/cases/host1/SYSTEM", 22, "-", "/mnt/c/Users/me/cases/host1"},
      {"/mnt/c/Users/me/cases/host1/C/Windows/System32/a.dll", 22, "C:\\Windows\\System32\\a.dll",
       "/mnt/c/Users/me/cases/host1"},
      {"/mnt/D/cases/host1/C/Windows/System32/a.dll", 12, "C:\\Windows\\System32\\a.dll",
       "/mnt/D/cases/host1"},
      {"/mnt/D/cases/host1/C/Windows/System32/a.dll", 6, "C:\\Windows\\System32\\a.dll",
       "/mnt/D/cases/host1"},
      {"/mnt/D/cases/host1/SYSTEM", 12, "-", "/mnt/D/cases/host1"},
      {"/cases/windows/host1/SYSTEM", 14, "-", "/cases/windows/host1"},
      {"/home/c/evidence/np.dll", 16, "-", "/home/c/evidence"},
      {"/Users/me/cases/np.dll", 15, "-", "/Users/me/cases"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(windows(c.path, c.named), c.windows_path) << c.path;
    EXPECT_EQ(group_of(c.path, c.named), c.group) << c.path;
  }
}

TEST(Layout, HostileNamesGiveNoWindowsPath) {
  const std::string long_name(200'000, 'a');
  const std::string cases[] = {
      "out/C/Windows/../../etc/passwd",
      "out/C/Windows/./a.dll",
      "out/C%3A/Windows/%2E%2E/a.dll",
      "out/C%3A/Windows/a%5C..%5Cb.dll",
      "out/C%3A/Windows/a%00.dll",
      "out/C/Windows/a\nb.dll",
      "out/C/Windows/a\\b.dll",
      "out/C/Windows/a.dll:stream",
      "out/C/Windows/" + long_name,
      "",
      "/",
      "//////",
  };
  for (const std::string& path : cases) {
    EXPECT_EQ(windows(path, std::min<std::size_t>(3, path.size())), "-") << path.substr(0, 60);
    (void)group_of(path, 3);
  }
}

TEST(Layout, PercentSignsAreDecodedOnceAndOnlyWhereTheDriveFolderHasThem) {
  EXPECT_EQ(windows("o/C/Windows/Logs/a%254b", 1), "C:\\Windows\\Logs\\a%254b");
  EXPECT_EQ(windows("o/C%3A/Windows/Logs/a%25254b", 1), "C:\\Windows\\Logs\\a%254b");
  EXPECT_EQ(windows("o/C%3A/Windows/Logs/a%4", 1), "C:\\Windows\\Logs\\a%4");
  EXPECT_EQ(windows("o/C%3A/Windows/Logs/a%zz%", 1), "C:\\Windows\\Logs\\a%zz%");
}

TEST(Layout, InvalidUtf8IsKeptAndMarked) {
  const EvidenceText path = EvidenceText::from_utf8("o/C/Windows/Logs/\xff.dll");
  const auto found = windows_path_of(path.raw(), 1);
  ASSERT_TRUE(found.has_value());
  EXPECT_FALSE(found->well_formed());
  EXPECT_EQ(escape_for_terminal(*found), "C:\\Windows\\Logs\\\\u{dcff}.dll");
}

TEST(Layout, WindowsPathsAreNormalised) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"c:\\Windows\\System32\\a.dll", "C:\\Windows\\System32\\a.dll"},
      {"C:/Windows//System32/./a.dll", "C:\\Windows\\System32\\a.dll"},
      {"C:\\Windows\\Temp\\..\\a.dll", "C:\\Windows\\a.dll"},
      {"C:\\..\\a.dll", "-"},
      {"\\\\server\\share\\a.dll", "-"},
      {"%SystemRoot%\\a.dll", "-"},
      {"a.dll", "-"},
      {"C:a.dll", "-"},
      {"", "-"},
  };
  for (const auto& [given, expected] : cases) {
    EXPECT_EQ(normal_windows_path(given).value_or("-"), expected) << given;
  }
}

TEST(Layout, StandsAtKnowsWhereADriveFolderIs) {
  struct StandsCase {
    std::string_view path;
    std::size_t group_bytes;
    std::string_view wanted;
    bool stands;
  };
  const StandsCase cases[] = {
      {"g/C/X/evil.dll", 2, "C:\\X\\evil.dll", true},
      {"g/c/x/EVIL.DLL", 2, "C:\\X\\evil.dll", true},
      {"g/auto/C%3A/X/evil%2edll", 2, "C:\\X\\evil.dll", true},
      {"g/X/evil.dll", 2, "C:\\X\\evil.dll", true},
      {"g/X/evil.dll", 2, "D:\\X\\evil.dll", false},
      {"g/C/Y/evil.dll", 2, "C:\\X\\evil.dll", false},
      {"g/a/b/C/X/evil.dll", 2, "C:\\X\\evil.dll", false},
      {"g", 5, "C:\\X\\evil.dll", false},
  };
  for (const StandsCase& c : cases) {
    EXPECT_EQ(stands_at(c.path, c.group_bytes, c.wanted), c.stands) << c.path;
  }
}

}  // namespace
}  // namespace npg
