// Which logs are applied to which primary: every combination that a collection brings, as a table.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>

#include "format/regf/hive.hpp"
#include "format/regf/transaction_log.hpp"
#include "format/regf/walk.hpp"
#include "testing/regf_writer.hpp"

namespace npg::regf {
namespace {

constexpr FileTime when{132'000'000'000'000'000};

template <typename T>
void put(std::vector<std::byte>& file, std::size_t at, T number) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    file.at(at + i) = static_cast<std::byte>(std::uint64_t{number} >> (8 * i) & 0xffU);
  }
}

void stamp(std::vector<std::byte>& file) {
  put(file, 508, *base_block_checksum(Bytes(file)));
}

/// A dirty primary of sequence (6, 5) with three keys, and three log entries, 5 to 7, that add one
/// key each.
struct Story {
  Story() {
    testing::RegfKey root{.name = "ROOT", .last_written = when};
    testing::key_at(root, "Services\\RDPNP", when);
    testing::HiveWriter writer(root);
    const testing::HiveStamp now{.last_written = when};
    std::vector<std::vector<std::byte>> states = {writer.image(now)};
    for (const char* name : {"Services\\One", "Services\\Two", "Services\\Three"}) {
      writer.add_key(name, when);
      states.push_back(writer.image(now));
    }
    auto made = testing::log_states(states, 5);
    primary = std::move(made.primary);
    log = std::move(made.log);
    for (const LogEntry& entry : read_every_entry(Bytes(log), Limits{})) {
      const auto from = log.begin() + static_cast<std::ptrdiff_t>(entry.offset);
      entries.emplace_back(from, from + static_cast<std::ptrdiff_t>(entry.size));
    }
  }
  /// A log of entries first to last, by sequence.
  [[nodiscard]] std::vector<std::byte> log_of(std::uint32_t first, std::uint32_t last) const {
    std::vector<std::byte> out(log.begin(), log.begin() + 512);
    put(out, 4, first);
    put(out, 8, first);
    stamp(out);
    for (std::uint32_t i = first; i <= last; ++i) {
      out.insert(out.end(), entries.at(i - 5).begin(), entries.at(i - 5).end());
    }
    return out;
  }
  /// An old-format log that holds all pages of the primary.
  [[nodiscard]] std::vector<std::byte> old_log() const {
    std::vector<std::byte> out(primary.begin(), primary.begin() + 512);
    put(out, 28, std::uint32_t{1});
    put(out, 4, std::uint32_t{5});
    put(out, 8, std::uint32_t{5});
    stamp(out);
    const auto dirt = bytes_of("DIRT");
    out.insert(out.end(), dirt.begin(), dirt.end());
    const std::size_t sectors = (primary.size() - 4096) / 512;
    out.insert(out.end(), sectors / 8, std::byte{0xff});
    out.resize((out.size() + 511) / 512 * 512);
    out.insert(out.end(), primary.begin() + 4096, primary.end());
    return out;
  }
  std::vector<std::byte> primary;
  std::vector<std::byte> log;
  std::vector<std::vector<std::byte>> entries;
};

using File = std::vector<std::byte>;

File with_id(File file, std::uint32_t id) {
  put(file, 112, id);
  stamp(file);
  return file;
}

std::uint64_t keys_in(Bytes file, const std::optional<BaseBlock>& block) {
  Diagnostics diagnostics;
  const auto hive = Hive::open(file, Limits{}, diagnostics, block);
  return hive ? examine_tree(*hive, diagnostics).keys : 0;
}

TEST(Replay, EveryCombinationOfPrimaryAndLogs) {
  const Story s;
  const File& primary = s.primary;
  File clean = primary;
  testing::restamp_hive(clean, 5, 5);
  File ahead = primary;  // It holds what the first entry brings, and says so.
  testing::restamp_hive(ahead, 7, 6);
  File broken = primary;
  put(broken, 508, std::uint32_t{1});
  File nameless = primary;
  put(nameless, 0, std::uint32_t{0});
  File bad_second = s.log_of(5, 7);
  bad_second.at(512 + s.entries[0].size() + 600) ^= std::byte{1};
  File bad_first = s.log_of(5, 7);
  bad_first.at(512 + 600) ^= std::byte{1};
  File bad_block = s.log_of(5, 7);
  put(bad_block, 20, std::uint32_t{9});
  File history = s.log_of(7, 7);  // An older entry stands behind the live one.
  history.insert(history.end(), s.entries[0].begin(), s.entries[0].end());
  File other_time = s.old_log();
  put(other_time, 12, std::uint64_t{1});
  stamp(other_time);
  File being_written = s.old_log();
  put(being_written, 8, std::uint32_t{4});
  stamp(being_written);
  const File zeros(4096, std::byte{0});

  const struct {
    const char* name;
    File primary;
    std::vector<File> logs;
    std::vector<std::uint32_t> applied;  // entries of each log
    std::uint64_t keys;                  // in the end; 3 in the primary
    std::vector<std::string> reasons;    // of each log, "" where it was applied
  } cases[] = {
      {"dirty, no log", primary, {}, {}, 3, {}},
      {"dirty, one log", primary, {s.log_of(5, 7)}, {3}, 6, {""}},
      {"dirty, both logs in order", primary, {s.log_of(5, 5), s.log_of(6, 7)}, {1, 2}, 6, {"", ""}},
      {"dirty, both logs, the second is the older",
       primary,
       {s.log_of(6, 7), s.log_of(5, 5)},
       {2, 1},
       6,
       {"", ""}},
      {"dirty, the second log alone", primary, {s.log_of(6, 7)}, {2}, 6, {""}},
      {"dirty, one log unused", primary, {s.log_of(5, 6), zeros}, {2, 0}, 5, {"", "empty"}},
      {"dirty, one log of no bytes", primary, {{}, s.log_of(5, 6)}, {0, 2}, 5, {"empty", ""}},
      {"dirty, the same log twice",
       primary,
       {s.log_of(5, 6), s.log_of(5, 6)},
       {2, 0},
       5,
       {"", "which the log before it has brought"}},
      {"dirty, logs overlap",
       primary,
       {s.log_of(5, 6), s.log_of(6, 7)},
       {2, 0},
       5,
       {"", "which the log before it has brought"}},
      {"dirty, a gap between the logs",
       primary,
       {s.log_of(5, 5), s.log_of(7, 7)},
       {1, 0},
       4,
       {"", "the entries from 6 on are missing"}},
      {"dirty, damage in the first log keeps the second out",
       primary,
       {bad_second, s.log_of(7, 7)},
       {1, 0},
       4,
       {"", "missing"}},
      {"dirty, second entry damaged", primary, {bad_second}, {1}, 4, {""}},
      {"dirty, first entry damaged", primary, {bad_first}, {0}, 3, {"first entry is damaged"}},
      {"dirty, log's base block damaged", primary, {bad_block}, {0}, 3, {"bad_checksum"}},
      {"dirty, history behind the live entry",
       primary,
       {s.log_of(5, 6), history},
       {2, 1},
       6,
       {"", ""}},
      {"dirty, the log is older than the hive",
       ahead,
       {s.log_of(5, 5)},
       {0},
       3,
       {"the hive was last written with 6"}},
      {"dirty, the log starts before the hive",
       ahead,
       {s.log_of(5, 7)},
       {0},
       3,
       {"the hive was last written with 6"}},
      {"dirty, older log and fitting log",
       ahead,
       {s.log_of(5, 5), s.log_of(6, 7)},
       {0, 2},
       6,
       {"the hive was last written with 6", ""}},
      {"clean, log with newer entries", clean, {s.log_of(5, 7)}, {0}, 3, {"clean"}},
      {"clean, both logs", clean, {s.log_of(5, 5), s.log_of(6, 7)}, {0, 0}, 3, {"clean", "clean"}},
      {"another hive's id",
       with_id(primary, 1),
       {with_id(s.log_of(5, 7), 2)},
       {0},
       3,
       {"resource manager id of another hive"}},
      {"another hive's log beside the right one",
       with_id(primary, 1),
       {with_id(s.log_of(5, 7), 2), with_id(s.log_of(5, 6), 1)},
       {0, 2},
       5,
       {"resource manager id of another hive", ""}},
      {"wrong checksum, one log", broken, {s.log_of(5, 7)}, {3}, 6, {""}},
      {"wrong checksum, both logs: the newer alone",
       broken,
       {s.log_of(5, 5), s.log_of(6, 7)},
       {0, 2},
       6,
       {"a newer log is used instead", ""}},
      {"no magic, one log", nameless, {s.log_of(5, 7)}, {3}, 6, {""}},
      {"old format, of the hive's time", primary, {s.old_log()}, {1}, 3, {""}},
      {"old format, of another time", primary, {other_time}, {0}, 3, {"time is not the hive's"}},
      {"old format, itself being written",
       primary,
       {being_written},
       {0},
       3,
       {"the log itself was being written"}},
      {"old format, clean hive", clean, {s.old_log()}, {0}, 3, {"clean"}},
      {"both formats: the new one",
       primary,
       {s.old_log(), s.log_of(5, 6)},
       {0, 2},
       5,
       {"a newer log is used instead", ""}},
      {"both formats, the other way round",
       primary,
       {s.log_of(5, 6), s.old_log()},
       {2, 0},
       5,
       {"", "a newer log is used instead"}},
      {"a hive given as a log", primary, {primary}, {0}, 3, {"not_this_format"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    std::vector<Bytes> logs;
    for (const File& log : c.logs) {
      logs.emplace_back(log);
    }
    const Replay replay = replay_logs(Bytes(c.primary), logs, Limits{});
    ASSERT_EQ(replay.logs.size(), c.applied.size());
    bool any = false;
    for (std::size_t i = 0; i < c.applied.size(); ++i) {
      const LogOutcome& outcome = replay.logs[i];
      EXPECT_EQ(outcome.entries_applied, c.applied[i]) << i << ": " << outcome.reason;
      EXPECT_EQ(outcome.applied, c.applied[i] > 0) << i;
      EXPECT_EQ(outcome.applied, outcome.reason.empty()) << i;
      EXPECT_NE(outcome.reason.find(c.reasons[i]), std::string::npos) << outcome.reason;
      // What was not done is said, and what was done as well.
      EXPECT_FALSE(outcome.diagnostics.counts().empty()) << i;
      any = any || outcome.applied;
    }
    EXPECT_EQ(replay.applied, any);
    EXPECT_EQ(
        any ? keys_in(Bytes(replay.bytes), replay.block) : keys_in(Bytes(c.primary), std::nullopt),
        c.keys);
  }
}

}  // namespace
}  // namespace npg::regf
