// A log made of what follows its base block, and a small dirty hive to replay it into: for fuzz
// targets whose inputs shall be small.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "base/check.hpp"
#include "format/regf/marvin32.hpp"
#include "format/regf/transaction_log.hpp"

namespace npg::regf {

template <typename T>
void put_number(std::span<std::byte> bytes, std::size_t at, T number) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    bytes[at + i] = static_cast<std::byte>((std::uint64_t{number} >> (8 * i)) & 0xffU);
  }
}

/// Base block of a hive (type 0) or log with the sequence numbers given, checksum right.
inline void put_base_block(std::span<std::byte> file, std::uint32_t type, std::uint32_t sequence1,
                           std::uint32_t sequence2) {
  put_number(file, 0, std::uint32_t{0x66676572});
  put_number(file, 4, sequence1);
  put_number(file, 8, sequence2);
  put_number(file, 20, std::uint32_t{1});
  put_number(file, 24, std::uint32_t{5});
  put_number(file, 28, type);
  put_number(file, 32, std::uint32_t{1});
  put_number(file, 36, std::uint32_t{32});
  put_number(file, 40, std::uint32_t{4096});
  put_number(file, 44, std::uint32_t{1});
  put_number(file, 508, *base_block_checksum(Bytes(std::span<const std::byte>(file))));
}

/// Makes the hashes of every HvLE entry right: without this every mutation would end at one.
inline void put_entry_hashes(std::span<std::byte> log) {
  for (std::size_t at = base_block_used_bytes; at + 40 <= log.size(); at += 512) {
    const Bytes entry = Bytes(std::span<const std::byte>(log)).from(at);
    const std::uint64_t length = entry.at<std::uint32_t>(4);
    if (!entry.starts_with("HvLE") || length < 40 || length > entry.size()) {
      continue;
    }
    put_number(log, at + 24,
               marvin32(entry.data().subspan(40, static_cast<std::size_t>(length - 40))));
    put_number(log, at + 32, marvin32(entry.data().first(32)));
    if (length > 512) {
      at += (static_cast<std::size_t>(length) - 1) / 512 * 512;
    }
  }
}

/// Replays a log of this type with these bytes behind its base block into an empty dirty hive of
/// one page, and holds what replay says against the bytes.
inline void replay_into_small_hive(std::span<const std::byte> content, std::uint32_t type) {
  std::vector<std::byte> log(base_block_used_bytes);
  log.insert(log.end(), content.begin(), content.end());
  put_base_block(log, type, 5, 5);
  put_entry_hashes(log);
  std::vector<std::byte> hive(base_block_bytes + 512);
  put_base_block(hive, 0, 6, 5);
  Bytes primary{std::span<const std::byte>(hive)};
  const Bytes log_bytes{std::span<const std::byte>(log)};
  const std::vector<Bytes> logs = {log_bytes};
  const Replay replay = replay_logs(primary, logs, Limits{});
  NPG_CHECK(replay.bytes.size() <= hive.size() + log.size());
  std::uint64_t end = 0;
  for (const ReplacedRange& range : replay.ranges) {
    NPG_CHECK(range.length > 0 && range.offset >= end);
    end = range.offset + range.length;
    const auto source = log_bytes.slice(range.log_offset, range.length, "fuzz.range");
    NPG_CHECK(source &&
              std::ranges::equal(source->data(),
                                 Bytes(replay.bytes).clamp(range.offset, range.length).data()));
  }
  NPG_CHECK(end <= replay.bytes.size());
  for (const LogEntry& entry : read_every_entry(log_bytes, Limits{})) {
    NPG_CHECK(entry.offset + entry.size <= log.size());
  }
}

}  // namespace npg::regf
