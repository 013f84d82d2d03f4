#include "format/regf/transaction_log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "format/regf/hive.hpp"
#include "format/regf/marvin32.hpp"
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

/// A dirty hive, its log with two entries, and the hive as it should be in the end.
struct Sample {
  std::vector<std::byte> primary;
  std::vector<std::byte> log;
  std::vector<std::byte> last;
};

Sample make_sample(std::uint32_t sequence = 5) {
  testing::RegfKey root{.name = "ROOT", .last_written = when};
  testing::key_at(root, "Services\\RDPNP", when);
  testing::HiveWriter writer(root);
  const testing::HiveStamp stamp_now{.primary_sequence = sequence, .secondary_sequence = sequence};
  std::vector<std::vector<std::byte>> states = {writer.image(stamp_now)};
  writer.add_key("Services\\Evil", when);
  states.push_back(writer.image(stamp_now));
  for (int i = 0; i < 60; ++i) {
    writer.add_key("Services\\Evil\\More" + std::to_string(i), when);
  }
  states.push_back(writer.image(stamp_now));
  auto made = testing::log_states(states, sequence);
  return {.primary = std::move(made.primary), .log = std::move(made.log), .last = states.back()};
}

std::uint64_t keys_after(const Replay& replay) {
  Diagnostics diagnostics;
  const auto hive = Hive::open(Bytes(replay.bytes), Limits{}, diagnostics, replay.block);
  return hive ? examine_tree(*hive, diagnostics).keys : 0;
}

Replay replay_one(const std::vector<std::byte>& hive, const std::vector<std::byte>& log) {
  const Bytes logs[] = {Bytes(log)};
  return replay_logs(Bytes(hive), logs, Limits{});
}

TEST(Marvin32, FollowsTheSeedAsAnInteger) {
  // Pinned where the hash agreed with all entries of real logs; one case for each tail length.
  EXPECT_EQ(marvin32({}), 0xb39efca403966e08U);
  EXPECT_EQ(marvin32(bytes_of("a")), 0x21a013c726f292f4U);
  EXPECT_EQ(marvin32(bytes_of("abcd")), 0x20094fb11a6cd086U);
  EXPECT_EQ(marvin32(bytes_of("abcde")), 0x187f15f625046b86U);
  EXPECT_EQ(marvin32(bytes_of("abcdefg")), 0x0c00597ac6bf45f2U);
}

TEST(TransactionLog, ReadsTheLiveChain) {
  const Sample sample = make_sample();
  Diagnostics diagnostics;
  const auto log = read_transaction_log(Bytes(sample.log), Limits{}, diagnostics);
  ASSERT_TRUE(log);
  ASSERT_EQ(log->entries.size(), 2U);
  EXPECT_EQ(log->entries[0].offset, 512U);
  EXPECT_EQ(log->entries[0].sequence, 5U);
  EXPECT_EQ(log->entries[1].sequence, 6U);
  EXPECT_TRUE(diagnostics.counts().empty());
  EXPECT_TRUE(looks_like_transaction_log(Bytes(sample.log).clamp(0, 512)));
  EXPECT_FALSE(looks_like_hive(Bytes(sample.log).clamp(0, 512)));
  EXPECT_TRUE(looks_like_hive(Bytes(sample.primary).clamp(0, 512)));
}

TEST(Replay, AppliesAllEntriesAndTellsWhereBytesCameFrom) {
  const Sample sample = make_sample();
  const Replay replay = replay_one(sample.primary, sample.log);
  ASSERT_TRUE(replay.applied);
  EXPECT_EQ(keys_after(replay), 64U);
  EXPECT_GE(replay.bytes.size(), sample.last.size());
  EXPECT_TRUE(
      std::ranges::equal(Bytes(replay.bytes).from(4096).data().first(sample.last.size() - 4096),
                         Bytes(sample.last).from(4096).data()));
  ASSERT_EQ(replay.logs.size(), 1U);
  EXPECT_EQ(replay.logs[0].entries_applied, 2U);
  EXPECT_EQ(replay.logs[0].diagnostics.count(DiagnosticCode::hive_log_applied), 1U);
  std::uint64_t end = 0;
  for (const ReplacedRange& range : replay.ranges) {
    EXPECT_GE(range.offset, end);
    end = range.offset + range.length;
    const auto there = Bytes(replay.bytes).clamp(range.offset, range.length).data();
    const auto here = Bytes(sample.log).clamp(range.log_offset, range.length).data();
    EXPECT_TRUE(std::ranges::equal(there, here));
  }
}

TEST(Replay, RefusesWithAReason) {
  const Sample sample = make_sample();
  Sample newer = make_sample();
  testing::restamp_hive(newer.primary, 5, 5);
  Sample later = make_sample();
  testing::restamp_hive(later.primary, 10, 9);
  Sample other_name = make_sample();
  put(other_name.log, 48, std::uint16_t{'X'});
  stamp(other_name.log);
  Sample other_hive = make_sample();
  put(other_hive.primary, 112, std::uint32_t{1});
  stamp(other_hive.primary);
  put(other_hive.log, 112, std::uint32_t{2});
  stamp(other_hive.log);
  Sample bad_sum = make_sample();
  put(bad_sum.log, 508, std::uint32_t{0x1234});
  Sample is_hive = make_sample();
  is_hive.log = is_hive.last;
  Sample empty = make_sample();
  std::ranges::fill(empty.log, std::byte{0});
  const struct {
    const char* name;
    const Sample& sample;
    const char* reason;
    DiagnosticCode code;
  } cases[] = {
      {"newer entries", newer, "clean", DiagnosticCode::hive_log_unapplied_entries},
      {"older log", later, "starts with sequence 5", DiagnosticCode::hive_log_refused},
      {"file name", other_name, "names the hive file", DiagnosticCode::hive_log_refused},
      {"id", other_hive, "resource manager id", DiagnosticCode::hive_log_refused},
      {"checksum", bad_sum, "bad_checksum", DiagnosticCode::hive_log_refused},
      {"a hive", is_hive, "not_this_format", DiagnosticCode::hive_log_refused},
      {"zeros", empty, "empty", DiagnosticCode::hive_log_refused},
  };
  for (const auto& c : cases) {
    const Replay replay = replay_one(c.sample.primary, c.sample.log);
    EXPECT_FALSE(replay.applied) << c.name;
    EXPECT_TRUE(replay.bytes.empty()) << c.name;
    EXPECT_NE(replay.logs[0].reason.find(c.reason), std::string::npos)
        << c.name << ": " << replay.logs[0].reason;
    EXPECT_EQ(replay.logs[0].diagnostics.count(c.code), 1U) << c.name;
  }
}

TEST(Replay, ADamagedEntryEndsTheLogThere) {
  const Sample sample = make_sample();
  Diagnostics diagnostics;
  const auto log = read_transaction_log(Bytes(sample.log), Limits{}, diagnostics);
  ASSERT_TRUE(log);
  const auto second = static_cast<std::size_t>(log->entries[1].offset);
  for (const std::size_t at : {second + 4, second + 24, second + 32, second + 100}) {
    auto damaged = sample.log;
    damaged[at] ^= std::byte{0xff};
    const Replay replay = replay_one(sample.primary, damaged);
    EXPECT_TRUE(replay.applied) << at;
    EXPECT_EQ(replay.logs[0].entries_applied, 1U) << at;
    ASSERT_EQ(replay.logs[0].diagnostics.count(DiagnosticCode::hive_log_entry_damaged), 1U) << at;
    EXPECT_EQ(replay.logs[0].diagnostics.kept().front().offset, second) << at;
    // What the entry says of its size is taken where that can be.
    EXPECT_EQ(replay.logs[0].diagnostics.kept().front().length,
              at == second + 4 ? 512U : log->entries[1].size)
        << at;
    EXPECT_EQ(keys_after(replay), 4U) << at;
  }
}

TEST(Replay, AMissingSequenceIsNoDamage) {
  const Sample sample = make_sample();
  Diagnostics diagnostics;
  const auto log = read_transaction_log(Bytes(sample.log), Limits{}, diagnostics);
  ASSERT_TRUE(log);
  const auto second = static_cast<std::size_t>(log->entries[1].offset);
  auto with_gap = sample.log;
  put(with_gap, second + 12, std::uint32_t{7});
  put(with_gap, second + 32, marvin32(std::span(with_gap).subspan(second, 32)));
  const auto read = read_transaction_log(Bytes(with_gap), Limits{}, diagnostics);
  ASSERT_TRUE(read && read->stopped);
  EXPECT_EQ(read->entries.size(), 1U);
  EXPECT_EQ(read->stopped->code, ErrorCode::bad_value);
  EXPECT_EQ(read->stopped->offset, second);
  EXPECT_EQ(read->stopped->need, 6U);
  EXPECT_EQ(read->stopped->have, 7U);
  const Replay replay = replay_one(sample.primary, with_gap);
  ASSERT_EQ(replay.logs[0].diagnostics.count(DiagnosticCode::hive_log_entry_damaged), 1U);
  const Diagnostic& told = replay.logs[0].diagnostics.kept().front();
  EXPECT_EQ(told.length, 0U) << "no byte of the log is lost";
  EXPECT_NE(told.text.find("sequence 6 is missing"), std::string::npos) << told.text;

  // The entry that should come first: what is there is whole.
  auto without_first = sample.log;
  std::copy(without_first.begin() + static_cast<std::ptrdiff_t>(second), without_first.end(),
            without_first.begin() + 512);
  EXPECT_EQ(replay_one(sample.primary, without_first).logs[0].reason,
            "its first entries are not there");
}

TEST(Replay, TwoLogsAreAppliedInTheOrderOfTheirSequence) {
  // The second entry moved to a log of its own, given first.
  const Sample sample = make_sample();
  Diagnostics diagnostics;
  const auto log = read_transaction_log(Bytes(sample.log), Limits{}, diagnostics);
  ASSERT_TRUE(log);
  const auto cut = static_cast<std::ptrdiff_t>(log->entries[1].offset);
  std::vector<std::byte> first(sample.log.begin(), sample.log.begin() + cut);
  std::vector<std::byte> second(sample.log.begin(), sample.log.begin() + 512);
  second.insert(second.end(), sample.log.begin() + cut, sample.log.end());
  put(second, 4, std::uint32_t{6});
  put(second, 8, std::uint32_t{6});
  stamp(second);
  const Bytes both[] = {Bytes(second), Bytes(first)};
  const Replay replay = replay_logs(Bytes(sample.primary), both, Limits{});
  ASSERT_TRUE(replay.applied);
  EXPECT_EQ(keys_after(replay), 64U);
  EXPECT_TRUE(replay.logs[0].applied);
  EXPECT_TRUE(replay.logs[1].applied);
}

TEST(Replay, AGapEndsTheReplay) {
  const Sample sample = make_sample();
  auto later = make_sample(9).log;
  const Bytes both[] = {Bytes(sample.log), Bytes(later)};
  const Replay replay = replay_logs(Bytes(sample.primary), both, Limits{});
  EXPECT_TRUE(replay.logs[0].applied);
  EXPECT_FALSE(replay.logs[1].applied);
  EXPECT_NE(replay.logs[1].reason.find("from 7 on are missing"), std::string::npos)
      << replay.logs[1].reason;
}

TEST(Replay, ADamagedBaseBlockIsTakenFromTheLog) {
  Sample sample = make_sample();
  put(sample.primary, 36, std::uint32_t{0xffffff});
  const Replay replay = replay_one(sample.primary, sample.log);
  ASSERT_TRUE(replay.applied);
  EXPECT_EQ(replay.block.root_cell, 32U);
  EXPECT_EQ(keys_after(replay), 64U);
}

/// An old-format log: the base block with type 1, "DIRT", a bitmap, then the marked sectors.
std::vector<std::byte> old_log(const std::vector<std::byte>& from,
                               const std::vector<std::byte>& to) {
  std::vector<std::byte> log(to.begin(), to.begin() + 512);
  put(log, 28, std::uint32_t{1});
  put(log, 4, std::uint32_t{5});
  put(log, 8, std::uint32_t{5});
  put(log, 40, static_cast<std::uint32_t>(to.size() - 4096));
  stamp(log);
  const auto dirt = bytes_of("DIRT");
  log.insert(log.end(), dirt.begin(), dirt.end());
  const std::size_t sectors = (to.size() - 4096) / 512;
  const std::size_t bitmap_at = log.size();
  log.resize((bitmap_at + sectors / 8 + 511) / 512 * 512);
  for (std::size_t i = 0; i < sectors; ++i) {
    const auto fresh = Bytes(to).clamp(4096 + i * 512, 512).data();
    if (!std::ranges::equal(fresh, Bytes(from).clamp(4096 + i * 512, 512).data())) {
      log[bitmap_at + i / 8] |= static_cast<std::byte>(1U << (i % 8));
      log.insert(log.end(), fresh.begin(), fresh.end());
    }
  }
  return log;
}

TEST(Replay, OldLogsAreAppliedWhenTheirTimeIsTheHives) {
  const Sample sample = make_sample();
  auto log = old_log(sample.primary, sample.last);
  const Replay replay = replay_one(sample.primary, log);
  ASSERT_TRUE(replay.applied) << replay.logs[0].reason;
  EXPECT_EQ(keys_after(replay), 64U);
  put(log, 12, std::uint64_t{1});
  stamp(log);
  const Replay other = replay_one(sample.primary, log);
  EXPECT_FALSE(other.applied);
  EXPECT_NE(other.logs[0].reason.find("time is not the hive's"), std::string::npos);
}

TEST(Replay, EveryTruncationOfTheLogAppliesWholeEntriesOnly) {
  const Sample sample = make_sample();
  for (std::size_t length = 0; length <= sample.log.size(); length += 97) {
    const std::vector<std::byte> cut(sample.log.begin(),
                                     sample.log.begin() + static_cast<std::ptrdiff_t>(length));
    const Replay replay = replay_one(sample.primary, cut);
    const std::uint64_t keys = replay.applied ? keys_after(replay) : 3;
    EXPECT_TRUE(keys == 3 || keys == 4 || keys == 64) << length << " gives " << keys;
  }
}

TEST(Replay, NoFlippedByteIsAppliedUnseen) {
  Sample sample = make_sample();
  for (std::size_t at = 0; at < sample.log.size(); at += 7) {
    sample.log[at] ^= std::byte{0xff};
    const Replay replay = replay_one(sample.primary, sample.log);
    if (replay.logs[0].entries_applied != 2) {
      EXPECT_FALSE(replay.logs[0].diagnostics.counts().empty()) << at;
    }
    sample.log[at] ^= std::byte{0xff};
  }
}

}  // namespace
}  // namespace npg::regf
