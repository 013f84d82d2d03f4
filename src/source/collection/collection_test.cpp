#include "source/collection/collection.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "base/checksum.hpp"

namespace npg {
namespace {

namespace fs = std::filesystem;

/// A folder of its own for each test, removed afterwards.
class CollectionTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "npguard-collection-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override {
    std::error_code ignored;
    for (const auto& entry : fs::recursive_directory_iterator(
             root_, fs::directory_options::skip_permission_denied, ignored)) {
      if (entry.is_directory() && !entry.is_symlink()) {
        fs::permissions(entry.path(), fs::perms::owner_all, ignored);
      }
    }
    fs::remove_all(root_, ignored);
  }

  void put(const std::string& path, std::string_view content) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path, std::ios::binary) << content;
  }
  [[nodiscard]] std::string at(const std::string& path = "") const {
    return path.empty() ? root_.string() : (root_ / path).string();
  }
  /// Paths below the test's folder, in the collection's order.
  [[nodiscard]] std::vector<std::string> paths(const Collection& collection) const {
    std::vector<std::string> found;
    for (const CollectedFile& file : collection.files) {
      std::string path(file.file->path().raw());
      const std::string prefix = root_.string() + "/";
      found.push_back(path.starts_with(prefix) ? path.substr(prefix.size()) : path);
    }
    return found;
  }
  Result<Collection> open(const std::vector<std::string>& named, const Limits& limits = {}) {
    return open_collection(named, limits, diagnostics_);
  }

  fs::path root_;
  Diagnostics diagnostics_;
};

/// A hive's or log's base block: enough for the kind and the embedded name.
std::string base_block(std::uint32_t type, std::string_view name) {
  std::string block(512, '\0');
  block.replace(0, 4, "regf");
  block[0x1c] = static_cast<char>(type);
  for (std::size_t i = 0; i < name.size(); ++i) {
    block[0x30 + 2 * i] = name[i];
  }
  return block;
}

std::string image() {
  std::string bytes(512, '\0');
  bytes.replace(0, 2, "MZ");
  bytes[0x3c] = '\x40';
  bytes.replace(0x40, 2, "PE");
  return bytes;
}

using List = std::vector<std::string>;

TEST_F(CollectionTest, KindsAreByContent) {
  put("a.exe", base_block(0, "SYSTEM"));
  put("b.evtx", base_block(6, "SYSTEM"));
  put("c.txt", std::string("ElfFile\0", 8) + std::string(4088, '\0'));
  put("d", image());
  put("e.cat", std::string("0\x82\x01\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
                           "\x06\x09\x2b\x06\x01\x04\x01\x82\x37\x0a\x01",
                           26));
  put("f.dll", "");
  put("g.dll", "MZ");
  put("h", std::string(0x1000, '\0') + "hbin");
  put("i", "regf");
  put("j", std::string(0x5000, '\0') + "hbin");
  put("k", std::string(0x5000, '\0'));
  const auto collection = open({at()});
  ASSERT_TRUE(collection.has_value());
  std::vector<FileKind> kinds;
  for (const CollectedFile& file : collection->files) {
    kinds.push_back(file.kind);
  }
  EXPECT_EQ(kinds,
            (std::vector{FileKind::hive, FileKind::hive_log, FileKind::event_log, FileKind::image,
                         FileKind::catalog, FileKind::other, FileKind::other, FileKind::hive,
                         FileKind::hive, FileKind::hive, FileKind::other}));
  EXPECT_TRUE(diagnostics_.kept().empty());
}

TEST_F(CollectionTest, OrderAndRepetitionOfArgumentsDoNotMatter) {
  put("h/b/2", "2");
  put("h/b/1", "1");
  put("h/a", "a");
  put("h/b.x", "x");
  const List expected = {"h/a", "h/b.x", "h/b/1", "h/b/2"};
  const List orders[] = {
      {at("h")},
      {at("h/b"), at("h")},
      {at("h"), at("h/b/1"), at("h/b"), at("h/")},
      {at("h/b/2"), at("h/b.x"), at("h/a"), at("h/b//")},
      {at("h/../h"), at("h")},
  };
  for (const List& order : orders) {
    const auto collection = open(order);
    ASSERT_TRUE(collection.has_value());
    EXPECT_EQ(paths(*collection).size(), 4U);
    if (order.size() != 2 || order[0] != at("h/../h")) {
      EXPECT_EQ(paths(*collection).front(), expected.front());
    }
  }
  EXPECT_EQ(paths(*open({at("h")})), expected);
}

TEST_F(CollectionTest, WhatIsNoRegularFileIsReportedAndNotOpened) {
  put("t/real", "content");
  put("outside/secret", "secret");
  fs::create_symlink(at("outside/secret"), at("t/link"));
  fs::create_directory_symlink(at("outside"), at("t/folder_link"));
  fs::create_symlink("nowhere", at("t/broken"));
  fs::create_directory_symlink(at("t"), at("t/loop"));
  ASSERT_EQ(::mkfifo(at("t/pipe").c_str(), 0600), 0);
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string socket_path = at("t/s");
  ASSERT_LT(socket_path.size(), sizeof(address.sun_path));
  std::ranges::copy(socket_path, std::begin(address.sun_path));
  // The socket interface takes every kind of address through one type.
  ASSERT_EQ(::bind(listener, static_cast<sockaddr*>(static_cast<void*>(&address)), sizeof(address)),
            0);
  const auto collection = open({at("t")});
  ::close(listener);
  ASSERT_TRUE(collection.has_value());
  EXPECT_EQ(paths(*collection), List{"t/real"});
  EXPECT_EQ(diagnostics_.count(DiagnosticCode::file_skipped), 6U);
  ASSERT_EQ(collection->links.size(), 4U) << "what they say is kept";
  EXPECT_TRUE(collection->links[0].path.ends_with("t/broken"));
  EXPECT_EQ(collection->links[0].target, "nowhere");
}

TEST_F(CollectionTest, ANamedLinkIsFollowedAndKeepsItsName) {
  put("real/SYSTEM", "x");
  fs::create_directory_symlink(at("real"), at("link"));
  fs::create_symlink(at("real/SYSTEM"), at("file_link"));
  EXPECT_EQ(paths(*open({at("link")})), List{"link/SYSTEM"});
  EXPECT_EQ(paths(*open({at("file_link")})), List{"file_link"});
  EXPECT_EQ(paths(*open({at("link"), at("real")})).size(), 1U);
}

TEST_F(CollectionTest, NamedPipesAndDevicesAreNotOpened) {
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  const auto collection = open({at("pipe"), "/dev/zero"});
  ASSERT_TRUE(collection.has_value());
  EXPECT_TRUE(collection->files.empty());
  EXPECT_EQ(diagnostics_.count(DiagnosticCode::file_skipped), 2U);
}

TEST_F(CollectionTest, AMissingPathIsAnErrorWithItsIndex) {
  put("here", "x");
  const auto collection = open({at("here"), at("gone")});
  ASSERT_FALSE(collection.has_value());
  EXPECT_EQ(collection.error().code, ErrorCode::io);
  EXPECT_EQ(collection.error().need, static_cast<std::uint64_t>(ENOENT));
  EXPECT_EQ(collection.error().have, 1U);
}

TEST_F(CollectionTest, TheUnreadableIsReportedAndTheRestRead) {
  if (::geteuid() == 0) {
    GTEST_SKIP() << "permissions do not stop root";
  }
  put("t/a", "a");
  put("t/b", "b");
  put("t/closed/c", "c");
  fs::permissions(at("t/a"), fs::perms::none);
  fs::permissions(at("t/closed"), fs::perms::none);
  const auto collection = open({at("t")});
  ASSERT_TRUE(collection.has_value());
  EXPECT_EQ(paths(*collection), List{"t/b"});
  EXPECT_EQ(diagnostics_.count(DiagnosticCode::file_unreadable), 2U);
}

TEST_F(CollectionTest, DepthAndCountAreBoundedAndSaid) {
  put("t/1/2/3/deep", "x");
  put("t/1/shallow", "x");
  Limits limits;
  limits.folder_depth_max = 3;
  EXPECT_EQ(paths(*open({at("t")}, limits)), List{"t/1/shallow"});
  EXPECT_EQ(diagnostics_.count(DiagnosticCode::limit_hit), 1U);
  for (int i = 0; i < 20; ++i) {
    put("many/" + std::to_string(10 + i), "x");
  }
  limits.files_max = 5;
  const auto collection = open({at("many")}, limits);
  EXPECT_EQ(paths(*collection), (List{"many/10", "many/11", "many/12", "many/13", "many/14"}));
  EXPECT_EQ(diagnostics_.count(DiagnosticCode::limit_hit), 2U);
}

TEST_F(CollectionTest, VeryLongPathsAreRead) {
  // Longer than one system call takes, so it is opened step by step.
  const std::string step(250, 'd');
  int folder = ::open(at().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(::mkdirat(folder, step.c_str(), 0700), 0);
    const int next = ::openat(folder, step.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    ::close(folder);
    folder = next;
  }
  const int file = ::openat(folder, "f", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  ASSERT_EQ(::write(file, "deep", 4), 4);
  ::close(file);
  ::close(folder);
  const auto collection = open({at()});
  ASSERT_EQ(collection->files.size(), 1U);
  EXPECT_EQ(read_whole(*collection->files[0].file, 100)->size(), 4U);
}

TEST_F(CollectionTest, HostileNamesAreKeptAndEscaped) {
  const List names = {"a\nb", "\x1b[31m", "\xff\xfe", "..a", "back\\slash", " ", "\xe2\x80\xae"};
  for (const std::string& name : names) {
    put("t/" + name, "x");
  }
  fs::create_symlink("nowhere", at("t/\x1b]0;owned\x07"));
  const auto collection = open({at("t")});
  ASSERT_TRUE(collection.has_value());
  EXPECT_EQ(collection->files.size(), names.size());
  for (const CollectedFile& file : collection->files) {
    EXPECT_EQ(read_whole(*file.file, 10)->size(), 1U);
  }
  for (const Diagnostic& diagnostic : diagnostics_.kept()) {
    EXPECT_TRUE(std::ranges::none_of(diagnostic.text, [](char c) { return c >= 0 && c < 0x20; }));
  }
}

TEST_F(CollectionTest, ManyFilesNeedFewDescriptors) {
  for (int i = 0; i < 300; ++i) {
    put("t/" + std::to_string(i), std::to_string(i));
  }
  const auto collection = open({at("t")});
  const auto open_now = [] {
    return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
  };
  const auto before = open_now();
  for (int round = 0; round < 2; ++round) {
    for (const CollectedFile& file : collection->files) {
      EXPECT_EQ(read_whole(*file.file, 10)->size(), file.file->size());
    }
  }
  EXPECT_LE(open_now() - before, 64);
}

TEST_F(CollectionTest, ChangesAreNoticed) {
  put("t/grown", "1234");
  put("t/cut", "1234");
  put("t/gone", "1234");
  put("t/replaced", "1234");
  put("t/swapped_for_link", "1234");
  put("t/same", "1234");
  const auto collection = open({at("t")});
  ASSERT_EQ(collection->files.size(), 6U);
  put("t/grown", "12345678");
  put("t/cut", "12");
  fs::remove(at("t/gone"));
  put("t/other", "abcd");
  fs::rename(at("t/other"), at("t/replaced"));
  fs::remove(at("t/swapped_for_link"));
  fs::create_symlink("/etc/hostname", at("t/swapped_for_link"));
  for (const CollectedFile& file : collection->files) {
    const auto content = read_whole(*file.file, 100);
    const std::string path(file.file->path().raw());
    if (path.ends_with("cut")) {
      EXPECT_EQ(content->size(), 2U);
    } else if (path.ends_with("grown") || path.ends_with("same")) {
      EXPECT_EQ(content->size(), 4U);
    } else {
      EXPECT_FALSE(content.has_value()) << path;
    }
  }
  report_changes(*collection, diagnostics_);
  EXPECT_EQ(diagnostics_.count(DiagnosticCode::file_changed_while_read), 5U);
}

TEST_F(CollectionTest, NothingIsWrittenAndTimesStay) {
  put("t/SYSTEM", base_block(0, "SYSTEM"));
  struct stat before{};
  ASSERT_EQ(::stat(at("t/SYSTEM").c_str(), &before), 0);
  const auto collection = open({at("t")});
  (void)read_whole(*collection->files[0].file, 1000);
  struct stat after{};
  ASSERT_EQ(::stat(at("t/SYSTEM").c_str(), &after), 0);
  EXPECT_EQ(before.st_atim.tv_nsec, after.st_atim.tv_nsec);
  EXPECT_EQ(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
  EXPECT_EQ(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
}

/// A collection in memory: path, content.
Collection collection_of(const std::vector<std::pair<std::string, std::string>>& files) {
  Collection collection;
  for (const auto& [path, content] : files) {
    const auto bytes = bytes_of(content);
    CollectedFile file;
    file.file = std::make_unique<MemoryFile>(EvidenceText::from_utf8(path),
                                             std::vector<std::byte>(bytes.begin(), bytes.end()));
    file.kind = kind_of(Bytes(bytes));
    file.named_bytes = 1;
    collection.files.push_back(std::move(file));
  }
  std::ranges::sort(collection.files, {},
                    [](const CollectedFile& file) { return file.file->path(); });
  return collection;
}

List logs_for(const Collection& collection, std::string_view hive) {
  List found;
  for (std::size_t i = 0; i < collection.files.size(); ++i) {
    if (collection.files[i].file->path().raw() == hive) {
      for (const std::size_t log : logs_of(collection, i)) {
        found.emplace_back(collection.files[log].file->path().raw());
      }
    }
  }
  return found;
}

TEST(Logs, AreFoundByNameInTheirFolder) {
  const std::string hive = base_block(0, "SYSTEM");
  const std::string log = base_block(6, "SYSTEM");
  const Collection collection = collection_of({{"a/SYSTEM", hive},
                                               {"a/SYSTEM.LOG1", log},
                                               {"a/system.log2", log},
                                               {"a/SYSTEM.LOG", ""},
                                               {"a/SYSTEM.LOG3", "x"},
                                               {"a/SOFTWARE", base_block(0, "SOFTWARE")},
                                               {"a/SOFTWARE.LOG1", base_block(6, "SOFTWARE")},
                                               {"a/b/SYSTEM.LOG1", log},
                                               {"aa/SYSTEM.LOG1", log},
                                               {"c/HOST_SYSTEM", hive},
                                               {"c/HOST_SYSTEM.LOG1", log},
                                               {"d/SYSTEM.hiv", hive},
                                               {"d/SYSTEM.LOG1", log},
                                               {"d/SYSTEM.hiv.LOG2", log}});
  EXPECT_EQ(logs_for(collection, "a/SYSTEM"), (List{"a/SYSTEM.LOG1", "a/system.log2"}));
  EXPECT_EQ(logs_for(collection, "a/SOFTWARE"), (List{"a/SOFTWARE.LOG1"}));
  EXPECT_EQ(logs_for(collection, "c/HOST_SYSTEM"), (List{"c/HOST_SYSTEM.LOG1"}));
  EXPECT_EQ(logs_for(collection, "d/SYSTEM.hiv"), (List{"d/SYSTEM.LOG1", "d/SYSTEM.hiv.LOG2"}));
  EXPECT_TRUE(logs_of(collection, 999).empty());
}

TEST(Logs, RenamedOnesAreFoundByTheirOwnNameWhereThatIsUnique) {
  const std::string name = "emRoot\\System32\\Config\\SAM";
  const Collection unique = collection_of({{"a/1.bin", base_block(0, name)},
                                           {"a/2.bin", base_block(6, name)},
                                           {"a/3.bin", base_block(6, "other")},
                                           {"a/4.bin", base_block(0, "other")}});
  EXPECT_EQ(logs_for(unique, "a/1.bin"), (List{"a/2.bin"}));
  EXPECT_EQ(logs_for(unique, "a/4.bin"), (List{"a/3.bin"}));
  const Collection twice = collection_of({{"a/1.bin", base_block(0, name)},
                                          {"a/2.bin", base_block(6, name)},
                                          {"a/5.bin", base_block(0, name)}});
  EXPECT_EQ(logs_for(twice, "a/1.bin"), List{});
}

TEST(Logs, OfTwoHivesOfOneNameTheOneWithTheFittingNumbersHasTheLog) {
  const auto numbered = [](unsigned type, std::uint8_t first, std::uint8_t second) {
    std::string block = base_block(type, "SYSTEM");
    block.at(4) = static_cast<char>(first);
    block.at(8) = static_cast<char>(second);
    return block;
  };
  const Collection collection = collection_of({{"a/a_SYSTEM", numbered(0, 101, 100)},
                                               {"a/b_SYSTEM", numbered(0, 9, 9)},
                                               {"a/c_SYSTEM", numbered(0, 31, 30)},
                                               {"a/one.log", numbered(6, 101, 101)},
                                               {"a/two.log", numbered(6, 30, 30)},
                                               {"a/SYSTEM.LOG1_d", numbered(6, 30, 30)},
                                               {"a/SYSTEM_d", numbered(0, 31, 30)}});
  EXPECT_EQ(logs_for(collection, "a/a_SYSTEM"), (List{"a/one.log"}));
  EXPECT_EQ(logs_for(collection, "a/b_SYSTEM"), List{});
  EXPECT_EQ(logs_for(collection, "a/c_SYSTEM"), List{}) << "two hives fit equally";
  EXPECT_EQ(logs_for(collection, "a/SYSTEM_d"), (List{"a/SYSTEM.LOG1_d"}));
}

TEST(FindByWindowsPath, UsesTheLayoutOfTheGroup) {
  const std::string dll = image();
  const Collection collection = collection_of({
      {"o/h1/C/Windows/System32/ntlanman.dll", dll},
      {"o/h1/C/X/evil.dll", dll},
      {"o/h2/C/Windows/System32/ntlanman.dll", dll},
      {"o/v/uploads/auto/C%3A/Windows/System32/np%25a.dll", dll},
      {"o/v/uploads/ntfs/%5C%5C.%5CC%3A/Windows/other.dll", dll},
      {"o/flat/SYSTEM", base_block(0, "SYSTEM")},
      {"o/flat/np.dll", dll},
      {"o/flat/note.dll", "text"},
      {"o/m/Windows/System32/a.dll", dll},
      {"o/m/evil/b.dll", dll},
  });
  struct FindCase {
    std::string_view group;
    std::string_view windows_path;
    std::string_view found;
    FoundBy by;
  };
  const FindCase cases[] = {
      {"o/h1", "c:\\windows\\SYSTEM32\\NTLANMAN.DLL", "o/h1/C/Windows/System32/ntlanman.dll",
       FoundBy::path},
      {"o/h2", "C:\\Windows\\System32\\ntlanman.dll", "o/h2/C/Windows/System32/ntlanman.dll",
       FoundBy::path},
      {"o/h1", "C:\\X\\evil.dll", "o/h1/C/X/evil.dll", FoundBy::path},
      {"o/h1", "D:\\X\\evil.dll", "-", FoundBy::path},
      {"o/v/uploads", "C:\\Windows\\System32\\np%a.dll",
       "o/v/uploads/auto/C%3A/Windows/System32/np%25a.dll", FoundBy::path},
      {"o/v/uploads", "C:\\Windows\\other.dll", "o/v/uploads/ntfs/%5C%5C.%5CC%3A/Windows/other.dll",
       FoundBy::path},
      {"o/flat", "C:\\Windows\\System32\\NP.dll", "o/flat/np.dll", FoundBy::name_in_flat_folder},
      {"o/flat", "C:\\Windows\\System32\\note.dll", "-", FoundBy::path},
      {"o/m", "C:\\evil\\b.dll", "o/m/evil/b.dll", FoundBy::path},
      {"o/m", "b.dll", "-", FoundBy::path},
      {"", "C:\\Windows\\System32\\nothing.dll", "-", FoundBy::path},
  };
  for (const FindCase& c : cases) {
    const auto found = find_by_windows_path(collection, c.group, c.windows_path);
    ASSERT_EQ(found.has_value(), c.found != "-") << c.group << " " << c.windows_path;
    if (found) {
      EXPECT_EQ(collection.files[found->index].file->path().raw(), c.found);
      EXPECT_EQ(found->by, c.by) << c.windows_path;
    }
  }
}

TEST(FindByWindowsPath, TheLetterOfAMountedDiskIsNotTheHosts) {
  const std::string dll = image();
  const std::string hive = base_block(0, "SYSTEM");
  Collection collection = collection_of({
      {"o/kape/E/Windows/System32/config/SYSTEM", hive},
      {"o/kape/E/Windows/System32/evil.dll", dll},
      {"o/kape/F/data/other.dll", dll},
      {"o/both/C/Windows/System32/config/SYSTEM", hive},
      {"o/both/C/x.dll", dll},
      {"o/both/D/Windows/System32/config/SYSTEM", hive},
      {"o/both/D/y.dll", dll},
      {"o/second/C/data/z.dll", dll},
      {"o/second/D/Windows/System32/config/SYSTEM", hive},
      {"o/second/D/Windows/System32/evil.dll", dll},
  });
  const std::vector<std::string> groups = {"o/kape", "o/both", "o/second"};
  rename_system_drive(collection, groups, "C:\\Windows");
  const auto found = [&](std::string_view group, std::string_view path) {
    const auto file = find_by_windows_path(collection, group, path);
    return file ? std::string(collection.files[file->index].file->path().raw()) : "-";
  };
  EXPECT_EQ(found("o/kape", "C:\\Windows\\System32\\evil.dll"),
            "o/kape/E/Windows/System32/evil.dll");
  EXPECT_EQ(found("o/kape", "E:\\Windows\\System32\\evil.dll"), "-");
  EXPECT_EQ(found("o/kape", "F:\\data\\other.dll"), "o/kape/F/data/other.dll");
  EXPECT_EQ(found("o/both", "C:\\x.dll"), "o/both/C/x.dll");
  EXPECT_EQ(found("o/both", "D:\\y.dll"), "o/both/D/y.dll");
  EXPECT_EQ(found("o/second", "C:\\Windows\\System32\\evil.dll"),
            "o/second/D/Windows/System32/evil.dll");
  EXPECT_EQ(found("o/second", "C:\\data\\z.dll"), "-")
      << "what lies under C is another drive than the host's";
}

}  // namespace
}  // namespace npg
