// 1,200 damaged logs: how many records are kept, and whether every range that is lost has a name.
// Real logs where NPGUARD_CORPUS names a folder of them, built ones elsewhere. Where evtxexport is
// installed it reads the same files, and its share is printed beside ours.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "format/evtx/binxml.hpp"
#include "format/evtx/system_fields.hpp"
#include "source/evtx_log/chunk_walk.hpp"
#include "source/evtx_log/evtx_log.hpp"
#include "testing/damage.hpp"
#include "testing/evtx_writer.hpp"
#include "testing/workplace.hpp"

namespace npg {
namespace {

using testing::datum;
using testing::EventType;

constexpr std::size_t damaged_files = 1200;
constexpr std::size_t records_min = 30;

struct Seen {
  std::uint64_t offset = 0;
  std::uint32_t size = 0;
  std::uint64_t record_id = 0;
};
struct Log {
  std::string name;
  std::vector<std::byte> content;
  std::vector<Seen> records;  ///< those that can be decoded
};

std::vector<Seen> records_of(const std::vector<std::byte>& content, Diagnostics& diagnostics) {
  const MemoryFile file(EvidenceText::from_literal("a.evtx"), content);
  std::vector<Seen> seen;
  const Limits limits;
  evtx::XmlTree tree;
  (void)for_each_chunk(file, diagnostics, [&](const evtx::Chunk& chunk) {
    evtx::BinXmlDecoder decoder(chunk.bytes, limits);
    evtx::RecordWalk walk(chunk, diagnostics);
    while (const auto record = walk.next()) {
      const Result<void> decoded = decoder.decode(record->binxml, tree);
      const auto system = evtx::read_system(tree);
      if (decoded && system && system->event_id) {
        seen.push_back({record->offset, record->size, system->record_id.value_or(record->id)});
      } else {
        diagnostics.add(DiagnosticCode::evtx_record_undecodable, Severity::data_loss,
                        record->offset, record->size, "");
      }
    }
  });
  return seen;
}

std::vector<Log> built_logs() {
  std::vector<Log> logs;
  for (std::uint64_t kind = 0; kind < 4; ++kind) {
    std::vector<testing::EventRecipe> events;
    for (std::uint64_t i = 0; i < 160; ++i) {
      events.push_back({.provider = kind == 3 ? "MsiInstaller" : "Microsoft-Windows-Sysmon",
                        .channel = "Channel",
                        .computer = "host.example",
                        .event_id = static_cast<std::uint16_t>(i % (kind + 2) + 1),
                        .time = {133'000'000'000'000'000 + i * FileTime::per_second},
                        .data = {datum("Image", EventType::string, "C:\\Windows\\a.exe"),
                                 datum("Target", EventType::string, fmt::format("value {}", i)),
                                 datum("Id", EventType::hex_int64, fmt::format("{:#x}", i))}});
    }
    logs.push_back({.name = fmt::format("built {}", kind),
                    .content = testing::write_evtx(events, {.records_per_chunk_max = 60}),
                    .records = {}});
  }
  return logs;
}

/// Real logs up to 1.2 MB, spread over the corpus.
std::vector<Log> real_logs(const char* folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().extension() == ".evtx" &&
        entry.file_size() <= 1'200'000) {
      paths.push_back(entry.path());
    }
  }
  std::ranges::sort(paths);
  std::vector<Log> logs;
  const std::size_t step = paths.size() / 160 + 1;
  for (std::size_t i = 0; i < paths.size(); i += step) {
    std::string content(static_cast<std::size_t>(std::filesystem::file_size(paths[i])), '\0');
    std::ifstream(paths[i], std::ios::binary)
        .read(content.data(), static_cast<std::streamsize>(content.size()));
    const auto bytes = bytes_of(content);
    logs.push_back({.name = paths[i].filename().string(),
                    .content = {bytes.begin(), bytes.end()},
                    .records = {}});
  }
  return logs;
}

bool is_named(const Diagnostics& diagnostics, std::uint64_t begin, std::uint64_t end) {
  return std::ranges::any_of(diagnostics.kept(), [&](const Diagnostic& one) {
    return one.severity >= Severity::data_loss && one.offset < end &&
           (one.offset + one.length > begin || one.length == 0);
  });
}

/// What evtxexport gives of a file, as record ids; nothing when it is not installed.
std::multiset<std::uint64_t> exported(const std::string& path) {
  std::multiset<std::uint64_t> ids;
  std::FILE* pipe =
      ::popen(("timeout 20 evtxexport -f xml '" + path + "' 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) {
    return ids;
  }
  std::string text;
  std::array<char, 65'536> piece{};
  for (std::size_t got = 1; got != 0;) {
    got = std::fread(piece.data(), 1, piece.size(), pipe);
    text.append(piece.data(), got);
  }
  ::pclose(pipe);
  constexpr std::string_view tag = "<EventRecordID>";
  for (std::size_t at = text.find(tag); at != std::string::npos; at = text.find(tag, at + 1)) {
    ids.insert(std::strtoull(text.c_str() + at + tag.size(), nullptr, 10));
  }
  return ids;
}

struct Share {
  std::uint64_t there = 0;    ///< records whose bytes are all still in the file
  std::uint64_t kept = 0;     ///< of those: decoded, where they are now
  std::uint64_t unnamed = 0;  ///< of those: neither kept nor in a range that is named as lost
  std::uint64_t files_without = 0;
  std::uint64_t exported = 0;
};

void read_damaged(const Log& log, const testing::DamagedFile& damaged, Share& share) {
  Diagnostics diagnostics(1'000'000);
  std::set<std::uint64_t> places;
  for (const Seen& one : records_of(damaged.content, diagnostics)) {
    places.insert(one.offset);
  }
  std::uint64_t kept = 0;
  for (const Seen& one : log.records) {
    const auto place = damaged.place_of(static_cast<std::size_t>(one.offset), one.size);
    if (!place) {
      continue;
    }
    ++share.there;
    if (places.contains(*place)) {
      ++kept;
    } else if (!is_named(diagnostics, *place, *place + one.size)) {
      ++share.unnamed;
      ADD_FAILURE() << log.name << ": the record at " << *place << " is lost without a word";
    }
  }
  share.kept += kept;
  share.files_without += kept == 0 ? 1U : 0U;
}

TEST(DamagedLogs, KeepTheirRecordsAndNameWhatIsLost) {
  const char* folder = std::getenv("NPGUARD_CORPUS");
  std::vector<Log> logs = folder == nullptr ? built_logs() : real_logs(folder);
  for (Log& log : logs) {
    Diagnostics ignored;
    log.records = records_of(log.content, ignored);
  }
  // Of a log of five records one damaged template is half of it, which says little of logs.
  std::erase_if(logs, [](const Log& log) { return log.records.size() < records_min; });
  ASSERT_FALSE(logs.empty());
  const testing::Workplace here;
  // Limit: the other program takes longer; every fourth file is enough to compare.
  const bool have_exporter = std::system("command -v evtxexport >/dev/null 2>&1") == 0;
  Share all;
  Share compared;
  for (std::uint64_t seed = 0; seed < damaged_files; ++seed) {
    const Log& log = logs[static_cast<std::size_t>(seed % logs.size())];
    const testing::DamagedFile damaged = testing::damage(log.content, seed);
    Share one;
    read_damaged(log, damaged, one);
    all.there += one.there;
    all.kept += one.kept;
    all.unnamed += one.unnamed;
    all.files_without += one.there != 0 ? one.files_without : 0;
    if (have_exporter && seed % 4 == 0) {
      ASSERT_TRUE(testing::write_file("damaged.evtx", damaged.content));
      auto ids = exported("damaged.evtx");
      for (const Seen& record : log.records) {
        const auto found = ids.find(record.record_id);
        if (damaged.place_of(static_cast<std::size_t>(record.offset), record.size) &&
            found != ids.end()) {
          ids.erase(found);
          ++compared.exported;
        }
      }
      compared.there += one.there;
      compared.kept += one.kept;
    }
  }
  const auto percent = [](std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  };
  fmt::print("{} damaged files of {} logs: {:.2f} % of {} records kept, nothing of {} files\n",
             damaged_files, logs.size(), percent(all.kept, all.there), all.there,
             all.files_without);
  if (have_exporter) {
    fmt::print("every fourth of them: npguard {:.2f} %, evtxexport {:.2f} %\n",
               percent(compared.kept, compared.there), percent(compared.exported, compared.there));
  }
  EXPECT_GE(percent(all.kept, all.there), 97.0);
  EXPECT_EQ(all.unnamed, 0U);
  EXPECT_LE(all.files_without * 100, damaged_files) << "more than one of 100 files gave nothing";
}

}  // namespace
}  // namespace npg
