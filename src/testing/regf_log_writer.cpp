#include <algorithm>

#include "format/regf/marvin32.hpp"
#include "testing/regf_writer.hpp"

namespace npg::testing {
namespace {

constexpr std::size_t page_bytes = 4096;
constexpr std::size_t sector_bytes = 512;
constexpr std::size_t entry_header_bytes = 40;

std::uint32_t base_block_checksum(const ByteWriter& block) {
  std::uint32_t sum = 0;
  for (std::size_t at = 0; at < 508; at += 4) {
    sum ^= block.get<std::uint32_t>(at);
  }
  return sum == 0 ? 1 : sum == 0xffffffff ? 0xfffffffe : sum;
}

struct PageRun {
  std::size_t offset = 0;  // in the hive bins data
  std::size_t size = 0;
};

/// The runs of pages in which the bins of two images differ.
std::vector<PageRun> changed_runs(std::span<const std::byte> before,
                                  std::span<const std::byte> after) {
  std::vector<PageRun> runs;
  for (std::size_t at = page_bytes; at < after.size(); at += page_bytes) {
    const auto page = after.subspan(at, page_bytes);
    if (at < before.size() && std::ranges::equal(page, before.subspan(at, page_bytes))) {
      continue;
    }
    const std::size_t offset = at - page_bytes;
    if (!runs.empty() && runs.back().offset + runs.back().size == offset) {
      runs.back().size += page_bytes;
    } else {
      runs.push_back({offset, page_bytes});
    }
  }
  return runs;
}

std::vector<std::byte> log_entry(std::span<const std::byte> before,
                                 std::span<const std::byte> after, std::uint32_t sequence) {
  const std::vector<PageRun> runs = changed_runs(before, after);
  ByteWriter entry;
  entry.add_ascii("HvLE");
  entry.add<std::uint32_t>(0);  // size, set below
  entry.add<std::uint32_t>(0);  // flags
  entry.add<std::uint32_t>(sequence);
  entry.add<std::uint32_t>(static_cast<std::uint32_t>(after.size() - page_bytes));
  entry.add<std::uint32_t>(static_cast<std::uint32_t>(runs.size()));
  entry.add<std::uint64_t>(0);  // hash of what follows the header
  entry.add<std::uint64_t>(0);  // hash of the header
  for (const PageRun& run : runs) {
    entry.add<std::uint32_t>(static_cast<std::uint32_t>(run.offset));
    entry.add<std::uint32_t>(static_cast<std::uint32_t>(run.size));
  }
  for (const PageRun& run : runs) {
    entry.add(after.subspan(page_bytes + run.offset, run.size));
  }
  entry.align(sector_bytes);
  entry.set<std::uint32_t>(4, static_cast<std::uint32_t>(entry.size()));
  entry.set<std::uint64_t>(24,
                           regf::marvin32(std::span(entry.bytes()).subspan(entry_header_bytes)));
  entry.set<std::uint64_t>(32, regf::marvin32(std::span(entry.bytes()).first(32)));
  return entry.take();
}

}  // namespace

void restamp_hive(std::vector<std::byte>& hive, std::uint32_t primary_sequence,
                  std::uint32_t secondary_sequence) {
  ByteWriter block(std::move(hive));
  block.set<std::uint32_t>(4, primary_sequence);
  block.set<std::uint32_t>(8, secondary_sequence);
  block.set<std::uint32_t>(508, base_block_checksum(block));
  hive = block.take();
}

LoggedHive log_states(std::span<const std::vector<std::byte>> states, std::uint32_t sequence) {
  NPG_CHECK(states.size() >= 2);
  LoggedHive out{.primary = states.front(), .log = {}};
  restamp_hive(out.primary, sequence + 1, sequence);

  // The log's base block is the first sector of the hive's own, of type 6.
  ByteWriter log(std::vector<std::byte>(states.front().begin(),
                                        states.front().begin() + std::ptrdiff_t{sector_bytes}));
  log.set<std::uint32_t>(4, sequence);
  log.set<std::uint32_t>(8, sequence);
  log.set<std::uint32_t>(28, 6);
  log.set<std::uint32_t>(508, base_block_checksum(log));
  for (std::size_t i = 1; i < states.size(); ++i) {
    log.add(log_entry(states[i - 1], states[i], sequence + static_cast<std::uint32_t>(i) - 1));
  }
  out.log = log.take();
  return out;
}

}  // namespace npg::testing
