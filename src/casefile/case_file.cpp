#include "casefile/case_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <thread>

#include "casefile/case_parts.hpp"
#include "casefile/schema.hpp"
#include "fact/text_pool.hpp"

namespace npg {
namespace {

using case_parts::damaged;
using case_parts::hex_of;

/// Limit: checking every page of more than this takes longer than what was asked for; `npguard
/// verify` does.
constexpr std::uintmax_t checked_at_opening_bytes = 64ULL << 20;
constexpr std::string_view magic{"SQLite format 3\0", 16};

struct FileState {
  bool exists = false;
  bool is_empty = false;
  bool wants_check = true;
};

CaseResult<FileState> look_at(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) {
    return FileState{};
  }
  if (!S_ISREG(info.st_mode)) {
    return std::unexpected(CaseError{CaseFailure::not_a_case, "not a regular file"});
  }
  std::array<char, 16> first{};
  std::ifstream file(path, std::ios::binary);
  file.read(first.data(), first.size());
  const auto size = static_cast<std::size_t>(file.gcount());
  if (size != 0 && std::string_view(first.data(), size) != magic) {
    return std::unexpected(CaseError{CaseFailure::not_a_case, "not a SQLite database"});
  }
  return FileState{
      .exists = true,
      .is_empty = size == 0,
      .wants_check = info.st_uid != ::geteuid() ||
                     static_cast<std::uintmax_t>(info.st_size) <= checked_at_opening_bytes};
}

/// Of a new case: a page of SQLite's own 4096 bytes holds few facts, so that every few of them it
/// would be split. Other sizes that a file has stay as they are.
constexpr int page_bytes = 16384;

/// Quirk: SQLite 3.40 calls no busy handler for a change of the journal's mode, so that of two
/// processes that make one case at once the second would be refused.
CaseResult<void> settle_journal(sqlite::Database& database, int busy_timeout_ms) {
  constexpr int pause_ms = 20;
  const std::string settings = fmt::format(
      "PRAGMA page_size={}; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL", page_bytes);
  for (int waited_ms = 0;; waited_ms += pause_ms) {
    auto done = database.execute(settings);
    if (done || done.error().kind != CaseFailure::busy || waited_ms >= busy_timeout_ms) {
      return done;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
  }
}

/// True when all that was written stands in the file itself.
bool has_no_log(const std::string& path) {
  struct stat info{};
  return ::stat((path + "-wal").c_str(), &info) != 0 || info.st_size == 0;
}

CaseResult<void> check_structures(sqlite::Database& database) {
  NPG_TRY(const std::string verdict, database.text("PRAGMA quick_check(1)"));
  if (verdict != "ok") {
    return std::unexpected(damaged(fmt::format(
        "its structures are damaged: {}", escape_for_terminal(EvidenceText::from_utf8(verdict)))));
  }
  return {};
}

/// The evidence of one reading: items by position, and the index that each was given.
struct ReadingFiles {
  std::vector<EvidenceItem> items;
  std::vector<std::uint32_t> indexes;
};

CaseResult<ReadingFiles> files_of(sqlite::Statement& query, std::int64_t reading,
                                  const CaseFile::AddEvidence& add_evidence) {
  ReadingFiles files;
  query.bind(1, reading);
  while (true) {
    NPG_TRY(const bool has_row, query.step());
    if (!has_row) {
      break;
    }
    if (query.number(8) != static_cast<std::int64_t>(files.items.size())) {
      return std::unexpected(
          damaged(fmt::format("reading {}: its files are not numbered from 0", reading)));
    }
    NPG_TRY(EvidenceItem item, case_parts::evidence_item(query, 0));
    files.indexes.push_back(add_evidence(item));
    files.items.push_back(std::move(item));
  }
  query.reset();
  if (files.items.empty()) {
    return std::unexpected(damaged(fmt::format("reading {}: no file", reading)));
  }
  return files;
}

CaseResult<void> read_facts(sqlite::Statement& query, std::int64_t part, std::string_view computer,
                            std::string_view identity, std::span<const std::uint32_t> evidence,
                            TextPool& pool, FactSet& facts) {
  query.bind(1, part);
  while (true) {
    NPG_TRY(const bool has_row, query.step());
    if (!has_row) {
      break;
    }
    if (case_parts::fact_id_of(query.text(0), computer, identity, query.text(2)) != query.text(3)) {
      return std::unexpected(damaged(fmt::format(
          "part {}, fact {} {}: its content is not that of its id", part,
          escape_for_terminal(EvidenceText::from_utf8(query.text(0))), query.number(1))));
    }
    if (const auto read = decode_fact(query.text(0), query.text(2), evidence, pool, facts); !read) {
      return std::unexpected(
          damaged(fmt::format("part {}, fact {} {}: {}", part,
                              escape_for_terminal(EvidenceText::from_utf8(query.text(0))),
                              query.number(1), describe(read.error()))));
    }
  }
  query.reset();
  return {};
}

CaseResult<void> collect(sqlite::Statement& query, std::set<std::int64_t>& into) {
  while (true) {
    NPG_TRY(const bool has_row, query.step());
    if (!has_row) {
      break;
    }
    into.insert(query.number(0));
  }
  query.reset();
  return {};
}

}  // namespace

CaseResult<CaseFile> CaseFile::open(const std::string& path, const Options& options) {
  auto file = open_as(path, options, MayWriteBeside::yes);
  const bool may_be_read_only =
      !file && options.access == CaseAccess::read &&
      (file.error().kind == CaseFailure::not_found || file.error().kind == CaseFailure::io ||
       file.error().kind == CaseFailure::full);
  if (may_be_read_only && has_no_log(path)) {
    // A folder that nobody may write to, or a read-only disk: SQLite cannot make its shared memory
    // there, and needs none, since nobody else can write either.
    if (auto alone = open_as(path, options, MayWriteBeside::no); alone) {
      return alone;
    }
  }
  return file;
}

CaseResult<CaseFile> CaseFile::open_as(const std::string& path, const Options& options,
                                       MayWriteBeside beside) {
  NPG_TRY(const FileState state, look_at(path));
  if (!state.exists && options.access == CaseAccess::read) {
    return std::unexpected(CaseError{CaseFailure::not_found, "there is no such file"});
  }
  NPG_TRY(auto database,
          sqlite::Database::open(path, {.access = options.access,
                                        .vfs = options.vfs,
                                        .busy_timeout_ms = options.busy_timeout_ms,
                                        .is_immutable = beside == MayWriteBeside::no}));
  if (state.exists && !state.is_empty && state.wants_check) {
    NPG_TRY_VOID(check_structures(database));
  }
  if (options.access == CaseAccess::write) {
    // A commit is on the disk before it is said to be done.
    NPG_TRY_VOID(settle_journal(database, options.busy_timeout_ms));
  }
  NPG_TRY_VOID(settle_schema(database, options.access));
  return CaseFile(std::move(database));
}

CaseResult<void> CaseFile::hold_still() {
  NPG_TRY_VOID(database_.execute("BEGIN"));
  // A transaction begins with the first look.
  NPG_TRY_VOID(database_.number("SELECT count(*) FROM sqlite_schema"));
  return {};
}

CaseResult<KeptReadings> CaseFile::related(const std::set<std::string>& keys,
                                           const std::set<std::string>& except_identities,
                                           const AddEvidence& add_evidence) {
  NPG_TRY(auto by_key, database_.prepare("SELECT part FROM part_key WHERE key=?"));
  NPG_TRY(auto keys_of, database_.prepare("SELECT key FROM part_key WHERE part=?"));
  NPG_TRY(auto siblings,
          database_.prepare(
              "SELECT id FROM part WHERE host=(SELECT host FROM part WHERE id=?1) OR id=?1"));
  std::set<std::string> asked;
  std::set<std::string> to_ask = keys;
  std::set<std::int64_t> parts;
  while (!to_ask.empty()) {
    std::set<std::int64_t> found;
    for (const std::string& key : to_ask) {
      NPG_TRY_VOID(collect(by_key.bind(1, key), found));
    }
    asked.merge(to_ask);
    to_ask.clear();
    std::set<std::int64_t> fresh;
    for (const std::int64_t part : found) {
      if (!parts.contains(part)) {
        NPG_TRY_VOID(collect(siblings.bind(1, part), fresh));
      }
    }
    for (const std::int64_t part : fresh) {
      if (!parts.insert(part).second) {
        continue;
      }
      keys_of.bind(1, part);
      while (true) {
        NPG_TRY(const bool has_row, keys_of.step());
        if (!has_row) {
          break;
        }
        if (std::string key(keys_of.text(0)); !asked.contains(key)) {
          to_ask.insert(std::move(key));
        }
      }
      keys_of.reset();
    }
  }
  return load(parts, except_identities, add_evidence);
}

CaseResult<KeptReadings> CaseFile::everything(const AddEvidence& add_evidence) {
  std::set<std::int64_t> parts;
  NPG_TRY(auto all, database_.prepare("SELECT id FROM part"));
  NPG_TRY_VOID(collect(all, parts));
  return load(parts, {}, add_evidence);
}

CaseResult<KeptReadings> CaseFile::load(const std::set<std::int64_t>& parts,
                                        const std::set<std::string>& except_identities,
                                        const AddEvidence& add_evidence) {
  NPG_TRY(auto part_of, database_.prepare("SELECT reading, computer FROM part WHERE id=?"));
  NPG_TRY(auto reading_of,
          database_.prepare(
              "SELECT identity, layout, group_path, state, diagnostics FROM reading WHERE id=?"));
  NPG_TRY(auto evidence_of,
          database_.prepare("SELECT e.id,e.sha256,e.path,e.kind,e.size,e.status,e.detail,e.counts,"
                            "r.position FROM reading_evidence r JOIN evidence e ON e.id=r.evidence "
                            "WHERE r.reading=? ORDER BY r.position"));
  NPG_TRY(auto facts_of,
          database_.prepare("SELECT k.name,f.number,f.body,f.id FROM fact f JOIN fact_kind k ON "
                            "k.id=f.kind WHERE f.part=? ORDER BY f.kind,f.number"));
  std::map<std::int64_t, std::vector<std::pair<std::int64_t, std::string>>> by_reading;
  for (const std::int64_t part : parts) {
    NPG_TRY(const bool has_row, part_of.bind(1, part).step());
    if (has_row) {
      by_reading[part_of.number(0)].emplace_back(part, part_of.text(1));
    }
    part_of.reset();
  }
  TextPool pool;
  KeptReadings kept;
  for (const auto& [row, its_parts] : by_reading) {
    NPG_TRY(const bool has_row, reading_of.bind(1, row).step());
    if (!has_row) {
      return std::unexpected(
          damaged(fmt::format("reading {} is not there, and parts are of it", row)));
    }
    KeptReading reading{.identity = hex_of(reading_of.text(0)),
                        .group = std::string(reading_of.text(2))};
    const bool is_current = reading_of.text(1) == case_parts::current_layout();
    const std::string state(reading_of.text(3));
    const std::string diagnostics(reading_of.text(4));
    reading_of.reset();
    if (except_identities.contains(reading.identity)) {
      continue;
    }
    if (!is_current) {
      NPG_TRY(const ReadingFiles files,
              files_of(evidence_of, row, [](const EvidenceItem&) { return 0U; }));
      kept.outdated.emplace_back(files.items.front().path.raw());
      continue;
    }
    NPG_TRY(const ReadingFiles files, files_of(evidence_of, row, add_evidence));
    reading.evidence = files.indexes.front();
    reading.item = files.items.front();
    auto known = decode_state(state, files.indexes, pool);
    if (!known) {
      return std::unexpected(
          damaged(fmt::format("reading {}, state: {}", row, describe(known.error()))));
    }
    reading.state = *std::move(known);
    auto told = decode_diagnostics(diagnostics, files.indexes);
    if (!told) {
      return std::unexpected(
          damaged(fmt::format("reading {}, diagnostics: {}", row, describe(told.error()))));
    }
    reading.diagnostics = *std::move(told);
    for (const auto& [part, computer] : its_parts) {
      KeptPart one{.id = part, .computer = computer};
      NPG_TRY_VOID(read_facts(facts_of, part, computer, case_parts::from_hex(reading.identity),
                              files.indexes, pool, one.facts));
      reading.parts.push_back(std::move(one));
    }
    kept.readings.push_back(std::move(reading));
  }
  // The order of row ids is that of keeping; what is given back shall not depend on it.
  std::ranges::sort(kept.readings, {}, [](const KeptReading& reading) {
    return std::tuple(reading.item.path.raw(), std::string_view(reading.identity));
  });
  std::ranges::sort(kept.outdated);
  return kept;
}

CaseResult<std::vector<ImageFact>> CaseFile::images(std::string_view reading,
                                                    std::string_view windows_path,
                                                    const AddEvidence& add_evidence) {
  NPG_TRY(auto found,
          database_.prepare(
              "SELECT e.id,e.sha256,e.path,e.kind,e.size,e.status,e.detail,e.counts,i.body "
              "FROM image i JOIN evidence e ON e.id=i.evidence WHERE i.group_path=? AND "
              "i.path_key=? AND i.layout=? ORDER BY e.sha256"));
  found.bind(1, reading)
      .bind(2, name_key(windows_path))
      .bind(3, bytes_of(case_parts::current_layout()));
  std::vector<ImageFact> images;
  TextPool pool;
  while (true) {
    NPG_TRY(const bool has_row, found.step());
    if (!has_row) {
      return images;
    }
    NPG_TRY(const EvidenceItem item, case_parts::evidence_item(found, 0));
    auto image = decode_image(found.text(8), add_evidence(item), pool);
    if (!image) {
      return std::unexpected(damaged(fmt::format("image: {}", describe(image.error()))));
    }
    images.push_back(*std::move(image));
  }
}

}  // namespace npg
