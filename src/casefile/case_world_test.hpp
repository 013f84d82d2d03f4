// For tests: cases of generated hosts, and a file system for SQLite that fails or dies at a chosen
// write.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "casefile/case_file.hpp"
#include "testing/fleet.hpp"

namespace npg::case_world {

/// What becomes of the n-th call that changes a file, counted over all files.
enum class Fault : std::uint8_t { none, full, kill };
struct FaultPlan {
  Fault fault = Fault::none;
  std::uint64_t at = 0;
  std::uint64_t changes = 0;
};
inline FaultPlan plan;  // Tests are one thread; SQLite's callbacks carry no argument of ours.

/// True when the change must fail for lack of space.
inline bool change_fails() {
  const bool is_due = ++plan.changes >= plan.at && plan.fault != Fault::none;
  if (is_due && plan.fault == Fault::kill) {
    (void)std::raise(SIGKILL);
  }
  return is_due;
}

struct FaultFile {
  sqlite3_file base{};
  sqlite3_file* real = nullptr;
};
inline sqlite3_file* real_of(sqlite3_file* file) {
  return reinterpret_cast<FaultFile*>(file)
      ->real;  // NOLINT: SQLite's own way to derive from its files
}

/// Registers the file system "npg-fault" once.
inline const char* fault_vfs() {
  static sqlite3_vfs vfs = [] {
    static sqlite3_vfs* system = sqlite3_vfs_find(nullptr);
    static sqlite3_io_methods methods{};
    methods.iVersion = 2;
    methods.xClose = [](sqlite3_file* f) {
      const int code =
          real_of(f)->pMethods != nullptr ? real_of(f)->pMethods->xClose(real_of(f)) : SQLITE_OK;
      sqlite3_free(real_of(f));
      return code;
    };
    methods.xRead = [](sqlite3_file* f, void* into, int size, sqlite3_int64 at) {
      return real_of(f)->pMethods->xRead(real_of(f), into, size, at);
    };
    methods.xWrite = [](sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
      return change_fails() ? SQLITE_FULL
                            : real_of(f)->pMethods->xWrite(real_of(f), from, size, at);
    };
    methods.xTruncate = [](sqlite3_file* f, sqlite3_int64 size) {
      return change_fails() ? SQLITE_IOERR_TRUNCATE
                            : real_of(f)->pMethods->xTruncate(real_of(f), size);
    };
    methods.xSync = [](sqlite3_file* f, int flags) {
      return change_fails() ? SQLITE_IOERR_FSYNC : real_of(f)->pMethods->xSync(real_of(f), flags);
    };
    methods.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) {
      return real_of(f)->pMethods->xFileSize(real_of(f), size);
    };
    methods.xLock = [](sqlite3_file* f, int lock) {
      return real_of(f)->pMethods->xLock(real_of(f), lock);
    };
    methods.xUnlock = [](sqlite3_file* f, int lock) {
      return real_of(f)->pMethods->xUnlock(real_of(f), lock);
    };
    methods.xCheckReservedLock = [](sqlite3_file* f, int* out) {
      return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
    };
    methods.xFileControl = [](sqlite3_file* f, int what, void* argument) {
      return real_of(f)->pMethods->xFileControl(real_of(f), what, argument);
    };
    methods.xSectorSize = [](sqlite3_file* f) {
      return real_of(f)->pMethods->xSectorSize(real_of(f));
    };
    methods.xDeviceCharacteristics = [](sqlite3_file* f) {
      return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
    };
    methods.xShmMap = [](sqlite3_file* f, int page, int size, int extend, volatile void** out) {
      return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, out);
    };
    methods.xShmLock = [](sqlite3_file* f, int at, int count, int flags) {
      return real_of(f)->pMethods->xShmLock(real_of(f), at, count, flags);
    };
    methods.xShmBarrier = [](sqlite3_file* f) { real_of(f)->pMethods->xShmBarrier(real_of(f)); };
    methods.xShmUnmap = [](sqlite3_file* f, int remove) {
      return real_of(f)->pMethods->xShmUnmap(real_of(f), remove);
    };
    sqlite3_vfs made = *system;
    made.zName = "npg-fault";
    made.szOsFile = sizeof(FaultFile);
    made.xOpen = [](sqlite3_vfs*, const char* name, sqlite3_file* f, int flags, int* out) {
      auto* file = reinterpret_cast<FaultFile*>(f);  // NOLINT: as above
      file->real = static_cast<sqlite3_file*>(sqlite3_malloc(system->szOsFile));
      file->real->pMethods = nullptr;
      file->base.pMethods = &methods;
      const int code = system->xOpen(system, name, file->real, flags, out);
      if (code != SQLITE_OK) {
        sqlite3_free(file->real);
        file->base.pMethods = nullptr;
      }
      return code;
    };
    made.xDelete = [](sqlite3_vfs*, const char* name, int sync) {
      return change_fails() ? SQLITE_IOERR_DELETE : system->xDelete(system, name, sync);
    };
    return made;
  }();
  static const int registered = sqlite3_vfs_register(&vfs, 0);
  EXPECT_EQ(registered, SQLITE_OK);
  return "npg-fault";
}

inline ReadingToKeep reading_of(const testing::FleetHost& host) {
  ReadingToKeep reading{
      .evidence = {{.path = EvidenceText::from_utf8("/evidence/" + host.name + "/SYSTEM"),
                    .kind = "hive",
                    .size = 4096,
                    .sha256 = host.hive_sha256,
                    .counts = {{"records", 3}}}},
      .positions = {{0, 0}},
      .group = "/evidence/" + host.name,
      .state = {.file_kind = std::string_view("hive"), .services = {.offset = 5}},
      .diagnostics = {}};
  reading.parts.push_back({.computer = "", .facts = &host.facts, .keys = {"name:" + host.name}});
  return reading;
}

/// One host, in one transaction.
inline CaseResult<void> keep_host(CaseFile& file, std::uint32_t number) {
  const testing::FleetHost host = testing::fleet_host(number);
  NPG_TRY(CaseWriter writer, file.begin());
  NPG_TRY(const auto parts, writer.keep(reading_of(host)));
  HostAssessment assessment;
  assessment.findings = {
      {.id = "NPG1002-" + host.name, .rule = "NPG1002", .severity = FindingSeverity::medium}};
  HostRecord record{.name = host.name,
                    .parts = parts,
                    .profile = "profile of " + host.name,
                    .as_of = {.ticks = 1000},
                    .digest = host.hive_sha256,
                    .assessment = &assessment};
  for (const RegistrationFact& fact : host.facts.registrations) {
    record.values.push_back({"provider", std::string(fact.name.raw()), fact.last_written});
  }
  const ImageFact image{.sha256 = host.hive_sha256};
  NPG_TRY_VOID(writer.keep(ImageToKeep{.reading = host.hive_sha256,
                                       .windows_path = "C:\\np.dll",
                                       .evidence = reading_of(host).evidence.front(),
                                       .fact = &image}));
  NPG_TRY_VOID(writer.record(record));
  return writer.commit();
}

inline std::vector<std::string> lines_of(CaseFile& file) {
  std::vector<std::string> lines;
  EXPECT_TRUE(file.export_lines([&](std::string_view line) { lines.emplace_back(line); }));
  return lines;
}
inline std::vector<std::string> lines_of(const std::string& path) {
  auto file = CaseFile::open(path, {});
  EXPECT_TRUE(file.has_value()) << (file ? "" : file.error().text);
  return file ? lines_of(*file) : std::vector<std::string>();
}
inline std::vector<std::string> problems_of(const std::string& path) {
  auto file = CaseFile::open(path, {});
  if (!file) {
    return {file.error().text};
  }
  const auto wrong = file->verify();
  return wrong ? *wrong : std::vector<std::string>{wrong.error().text};
}

}  // namespace npg::case_world
