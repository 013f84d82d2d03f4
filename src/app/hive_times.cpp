#include "app/hive_times.hpp"

#include <algorithm>
#include <functional>
#include <span>
#include <vector>

#include "app/future_times.hpp"

namespace npg {
namespace {

/// The times of the root and the keys up to three levels below it, which is where services and the
/// parts of Control begin: enough to tell which of two copies is the newer one. The newest first.
std::vector<FileTime> upper_key_times(const HiveView& hive) {
  std::vector<FileTime> times;
  std::vector<KeyId> level = {hive.root()};
  for (int depth = 0; depth <= 3; ++depth) {
    std::vector<KeyId> next;
    for (const KeyId id : level) {
      if (const auto key = hive.hive().key(static_cast<std::uint32_t>(id.number))) {
        times.push_back(key->last_written);
      }
      if (depth < 3) {
        const auto below = hive.subkeys(id);
        next.insert(next.end(), below.begin(), below.end());
      }
    }
    level = std::move(next);
  }
  std::ranges::sort(times, std::ranges::greater{});
  return times;
}

/// Limit: more times than these were not set one by one.
constexpr std::size_t set_aside_max = 8;

/// A few times that lie far ahead of all others were set.
FileTime newest_of(std::span<const FileTime> times) {
  std::size_t at = 0;
  while (at + 1 < times.size() && at < set_aside_max && !is_far_ahead(times[at], times[at + 1])) {
    ++at;
  }
  const bool has_outliers = at + 1 < times.size() && at < set_aside_max;
  return times.empty() ? FileTime{} : times[has_outliers ? at + 1 : 0];
}

/// A Windows that runs writes to its hives all day: a few times behind all others may have been
/// set.
FileTime newest_without_few(std::span<const FileTime> times) {
  constexpr std::uint64_t day = 86400 * FileTime::per_second;
  std::size_t sure = 0;
  for (std::size_t at = 0; at + 1 < times.size() && at < set_aside_max; ++at) {
    sure = times[at].ticks - times[at + 1].ticks > day ? at + 1 : sure;
  }
  return times.empty() ? FileTime{} : times[sure];
}

}  // namespace

LastWrite last_known_write(const HiveView& hive) {
  const regf::BaseBlock& block = hive.hive().base_block();
  const FileTime header = block.checksum_ok() ? block.last_written : FileTime{};
  std::vector<FileTime> times = upper_key_times(hive);
  const FileTime newest = std::max(newest_of(times), header);
  times.push_back(header);
  std::ranges::sort(times, std::ranges::greater{});
  const auto first =
      std::ranges::find_if(times, [newest](FileTime time) { return time <= newest; });
  return {.newest = newest, .sure = newest_without_few(std::span(first, times.end()))};
}

}  // namespace npg
