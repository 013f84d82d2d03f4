// Any bytes as a hive and a log beside it. Input: a word with the length of the hive and, in its
// top bit, whether the log's checksums are made right first; then the hive; then the log.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "format/regf/log_history.hpp"
#include "format/regf/marvin32.hpp"
#include "format/regf/transaction_log.hpp"
#include "format/regf/walk.hpp"

namespace {

using namespace npg;
using namespace npg::regf;

template <typename T>
void put(std::vector<std::byte>& bytes, std::size_t at, T number) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    bytes[at + i] = static_cast<std::byte>((std::uint64_t{number} >> (8 * i)) & 0xffU);
  }
}

/// Without this every mutation would end at a checksum.
void make_sums_right(std::vector<std::byte>& file, bool with_entries) {
  if (const auto sum = base_block_checksum(Bytes(file)); sum && file.size() >= 512) {
    put(file, 508, *sum);
  }
  for (std::size_t at = 512; with_entries && at + 40 <= file.size(); at += 512) {
    const Bytes entry = Bytes(file).from(at);
    const std::uint64_t length = entry.at<std::uint32_t>(4);
    if (!entry.starts_with("HvLE") || length < 40 || length > entry.size()) {
      continue;
    }
    put(file, at + 24, marvin32(entry.data().subspan(40, static_cast<std::size_t>(length - 40))));
    put(file, at + 32, marvin32(Bytes(file).from(at).data().first(32)));
  }
}

void read_history(const Hive& live, Bytes primary, const std::vector<Bytes>& logs,
                  const Replay& replay) {
  const Survey survey = survey_hive(live);
  const LogHistory history = LogHistory::read(
      {.live = live, .survey = survey, .primary = primary, .logs = logs, .replay = replay});
  for (const OldKey& old : history.keys()) {
    const KeyNode node = history.key(old);
    const std::uint32_t source = history.source(old);
    const Bytes file = source == 0 ? primary : logs[source - 1];
    NPG_CHECK(file.slice(node.offset, node.length, "fuzz.old_key"));
    static_cast<void>(history.path(old));
    static_cast<void>(history.values(old));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(std::as_bytes(std::span(data, size)));
  const auto head = input.get<std::uint32_t>(0, "fuzz.split");
  if (!head) {
    return 0;
  }
  const Bytes rest = input.from(4);
  const Bytes hive_part = rest.clamp(0, *head & 0x7fffffffU);
  const Bytes log_part = rest.from(hive_part.size());
  std::vector<std::byte> hive(hive_part.data().begin(), hive_part.data().end());
  std::vector<std::byte> log(log_part.data().begin(), log_part.data().end());
  if ((*head >> 31U) != 0) {
    make_sums_right(hive, false);
    make_sums_right(log, true);
  }
  const Limits limits;
  // Twice the same log: two logs are the usual case, and the second must find its place.
  const std::vector<Bytes> logs = {Bytes(log), Bytes(log)};
  const Replay replay = replay_logs(Bytes(hive), logs, limits);
  NPG_CHECK(replay.bytes.size() <= hive.size() + 2 * log.size());
  std::uint64_t end = 0;
  for (const ReplacedRange& range : replay.ranges) {
    NPG_CHECK(range.length > 0 && range.offset >= end);
    end = range.offset + range.length;
    const auto source = Bytes(log).slice(range.log_offset, range.length, "fuzz.range");
    NPG_CHECK(source &&
              std::ranges::equal(source->data(),
                                 Bytes(replay.bytes).clamp(range.offset, range.length).data()));
  }
  NPG_CHECK(end <= replay.bytes.size());
  if (replay.applied) {
    Diagnostics diagnostics;
    if (const auto opened = Hive::open(Bytes(replay.bytes), limits, diagnostics, replay.block)) {
      opened->examine_bins(diagnostics);
      static_cast<void>(examine_tree(*opened, diagnostics));
      read_history(*opened, Bytes(hive), logs, replay);
    }
  } else {
    Diagnostics diagnostics;
    if (const auto opened = Hive::open(Bytes(hive), limits, diagnostics)) {
      read_history(*opened, Bytes(hive), logs, replay);
    }
  }
  return 0;
}
