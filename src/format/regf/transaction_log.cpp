#include "format/regf/transaction_log.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "format/regf/cell.hpp"
#include "format/regf/marvin32.hpp"

namespace npg::regf {

namespace {
namespace layout {
struct Entry {
  static constexpr StaticText name = "regf.log_entry";
  static constexpr std::size_t size = 40;
  static constexpr Field<std::uint32_t> signature{0};
  static constexpr Field<std::uint32_t> bytes{4};
  static constexpr Field<std::uint32_t> sequence{12};
  static constexpr Field<std::uint32_t> bins_bytes{16};
  static constexpr Field<std::uint32_t> pages{20};
  static constexpr Field<std::uint64_t> hash1{24};
  static constexpr Field<std::uint64_t> hash2{32};
  static constexpr std::uint32_t hvle = 0x454c7648;
  /// What the second hash covers: the header without itself.
  static constexpr std::size_t hash2_covers = 32;
};
struct PageReference {
  static constexpr StaticText name = "regf.log_entry.page";
  static constexpr std::size_t size = 8;
  static constexpr Field<std::uint32_t> position{0};
  static constexpr Field<std::uint32_t> bytes{4};
};
}  // namespace layout

constexpr std::uint64_t sector_bytes = 512;
constexpr std::uint32_t dirt = 0x54524944;

Result<std::vector<LogPage>> read_pages(Bytes entry, std::uint32_t count,
                                        std::uint32_t bins_bytes) {
  using R = layout::PageReference;
  NPG_TRY(const Bytes references,
          entry.slice(layout::Entry::size, std::uint64_t{count} * R::size, "regf.log_entry.pages"));
  std::vector<LogPage> pages;
  pages.reserve(count);
  std::uint64_t at = layout::Entry::size + references.size();
  for (std::uint64_t i = 0; i < count; ++i) {
    NPG_TRY(const auto reference, references.record<R>(i * R::size));
    const std::uint32_t position = reference.get<R::position>();
    const std::uint32_t size = reference.get<R::bytes>();
    // Limit: Windows writes whole sectors; smaller pieces would let a log of a few MiB hold
    // millions.
    if (position % sector_bytes != 0 || size % sector_bytes != 0) {
      return fail(ErrorCode::bad_value, reference.offset(), "regf.log_entry.page", sector_bytes,
                  position | size);
    }
    if (size > bins_bytes || position > bins_bytes - size) {
      return fail(ErrorCode::bad_value, reference.offset(), "regf.log_entry.page", bins_bytes,
                  std::uint64_t{position} + size);
    }
    NPG_TRY(const Bytes bytes, entry.slice(at, size, "regf.log_entry.page_bytes"));
    pages.push_back({.position = position, .bytes = bytes});
    at += size;
  }
  return pages;
}

/// The entry at a position, whatever its sequence; nothing where none begins. `hash_left` bytes may
/// be hashed.
Result<std::optional<LogEntry>> read_any_entry(Bytes file, std::uint64_t at, const Limits& limits,
                                               std::uint64_t& hash_left) {
  using L = layout::Entry;
  const auto fixed = file.record<L>(at);
  if (!fixed || fixed->get<L::signature>() != L::hvle) {
    return std::nullopt;
  }
  const std::uint32_t size = fixed->get<L::bytes>();
  if (size < L::size || size % sector_bytes != 0) {
    return fail(ErrorCode::bad_value, fixed->offset() + L::bytes.at, "regf.log_entry.size",
                sector_bytes, size);
  }
  NPG_TRY(const Bytes entry, file.slice(at, size, "regf.log_entry"));
  const std::uint64_t hash2 = marvin32(entry.data().first(L::hash2_covers));
  if (hash2 != fixed->get<L::hash2>()) {
    return fail(ErrorCode::bad_checksum, fixed->offset() + L::hash2.at, "regf.log_entry.hash2",
                fixed->get<L::hash2>(), hash2);
  }
  if (size > hash_left) {
    return fail(ErrorCode::limit_exceeded, fixed->offset(), "regf.log_entry.hashed", size,
                hash_left);
  }
  hash_left -= size;
  const std::uint64_t hash1 = marvin32(entry.data().subspan(L::size));
  if (hash1 != fixed->get<L::hash1>()) {
    return fail(ErrorCode::bad_checksum, fixed->offset() + L::hash1.at, "regf.log_entry.hash1",
                fixed->get<L::hash1>(), hash1);
  }
  const std::uint32_t bins_bytes = fixed->get<L::bins_bytes>();
  if (bins_bytes == 0 || bins_bytes % Bin::unit_bytes != 0 || bins_bytes > limits.hive_bytes_max) {
    return fail(ErrorCode::bad_value, fixed->offset() + L::bins_bytes.at,
                "regf.log_entry.bins_bytes", Bin::unit_bytes, bins_bytes);
  }
  NPG_TRY(auto pages, read_pages(entry, fixed->get<L::pages>(), bins_bytes));
  return LogEntry{.offset = fixed->offset(),
                  .size = size,
                  .sequence = fixed->get<L::sequence>(),
                  .bins_bytes = bins_bytes,
                  .pages = std::move(pages)};
}

/// The entry at a position; nothing where no live entry with that sequence stands.
Result<std::optional<LogEntry>> read_entry(Bytes file, std::uint64_t at, std::uint32_t sequence,
                                           const Limits& limits) {
  using L = layout::Entry;
  const auto fixed = file.record<L>(at);
  // Older entries stay behind the live chain and still hash correctly: they are history.
  if (!fixed || fixed->get<L::sequence>() != sequence) {
    return std::nullopt;
  }
  std::uint64_t hash_left = UINT64_MAX;  // A live entry is hashed once.
  return read_any_entry(file, at, limits, hash_left);
}

/// How much of the log a damaged entry takes up: what it says itself where that can be, else a
/// sector.
std::uint64_t damaged_bytes(Bytes file, std::uint64_t at) {
  using L = layout::Entry;
  const auto fixed = file.record<L>(at);
  const std::uint64_t claimed = fixed ? fixed->get<L::bytes>() : 0;
  const bool can_be = claimed >= L::size && claimed % sector_bytes == 0;
  return std::min<std::uint64_t>(file.size() - at, can_be ? claimed : sector_bytes);
}

struct LaterEntry {
  std::uint64_t offset = 0;  ///< absolute in the log
  std::uint32_t sequence = 0;
};
/// The first entry of the chain's future behind the place where the chain ends.
std::optional<LaterEntry> later_entry(Bytes file, std::uint64_t from, std::uint32_t expected) {
  using L = layout::Entry;
  constexpr std::uint32_t near = 0x10000;
  for (std::uint64_t at = from; at < file.size(); at += sector_bytes) {
    const auto fixed = file.record<L>(at);
    if (fixed && fixed->get<L::signature>() == L::hvle &&
        fixed->get<L::sequence>() - expected - 1 < near) {
      return LaterEntry{.offset = fixed->offset(), .sequence = fixed->get<L::sequence>()};
    }
  }
  return std::nullopt;
}

void read_new_format(Bytes file, const Limits& limits, Diagnostics& diagnostics,
                     TransactionLog& log) {
  std::uint32_t sequence = log.block.sequence1;
  for (std::uint64_t at = base_block_used_bytes; log.entries.size() < limits.log_entries_max;) {
    auto entry = read_entry(file, at, sequence, limits);
    const auto later =
        entry && !*entry ? later_entry(file, at, sequence) : std::optional<LaterEntry>();
    if (later) {
      log.stopped = Error{.code = ErrorCode::bad_value,
                          .offset = later->offset,
                          .what = "regf.log_entry.sequence",
                          .need = sequence,
                          .have = later->sequence};
      diagnostics.add(
          DiagnosticCode::hive_log_entry_damaged, Severity::data_loss, file.offset() + at, 0,
          fmt::format("sequence {} is missing: the next entry, at 0x{:x}, has {}; the log is used "
                      "up to the entry before, {} {}",
                      sequence, later->offset, later->sequence, log.entries.size(),
                      log.entries.size() == 1 ? "entry" : "entries"));
      return;
    }
    if (!entry) {
      log.stopped = entry.error();
      diagnostics.add(DiagnosticCode::hive_log_entry_damaged, Severity::data_loss,
                      file.offset() + at, damaged_bytes(file, at),
                      fmt::format("{}; the log is used up to the entry before, {} entries",
                                  describe(entry.error()), log.entries.size()));
      return;
    }
    if (!*entry) {
      return;
    }
    at += (*entry)->size;
    log.entries.push_back(std::move(**entry));
    ++sequence;
  }
  diagnostics.add(DiagnosticCode::limit_hit, Severity::data_loss, 0, 0,
                  "the log holds more entries than allowed; the rest is left out");
}

/// Old format: a bitmap with one bit for 512 bytes of the hive bins, then the marked sectors.
struct OldLayout {
  std::uint64_t sector = 0;  ///< bytes of one; where the bitmap's signature stands
  Bytes bitmap;
  std::uint64_t first = 0;  ///< where the first marked sector stands

  [[nodiscard]] bool is_marked(std::uint64_t bit) const {
    return ((std::uint32_t{bitmap.at<std::uint8_t>(bit / 8)} >> (bit % 8)) & 1U) != 0;
  }
  [[nodiscard]] std::uint64_t bits() const { return bitmap.size() * 8; }
};

Result<OldLayout> read_old_layout(Bytes file, const BaseBlock& block, const Limits& limits) {
  // Quirk: NT 4 and 2000 leave the clustering factor 0 or garbage where sectors have 512 bytes.
  const std::uint64_t sector = block.clustering >= 1 && block.clustering <= 8
                                   ? block.clustering * sector_bytes
                                   : sector_bytes;
  NPG_TRY(const auto signature, file.get<std::uint32_t>(sector, "regf.dirt"));
  if (signature != dirt) {
    return fail(ErrorCode::bad_signature, file.offset() + sector, "regf.dirt", dirt, signature);
  }
  if (block.bins_bytes == 0 || block.bins_bytes % Bin::unit_bytes != 0 ||
      block.bins_bytes > limits.hive_bytes_max) {
    return fail(ErrorCode::bad_value, file.offset() + 40, "regf.base_block.bins_bytes",
                Bin::unit_bytes, block.bins_bytes);
  }
  const std::uint64_t bits = block.bins_bytes / sector_bytes;
  NPG_TRY(const Bytes bitmap, file.slice(sector + 4, bits / 8, "regf.dirt.bitmap"));
  return OldLayout{.sector = sector,
                   .bitmap = bitmap,
                   .first = (sector + 4 + bitmap.size() + sector - 1) / sector * sector};
}

LogEntry old_entry(Bytes file, const BaseBlock& block, const OldLayout& layout) {
  return {.offset = file.offset() + layout.sector,
          .size = file.size() - layout.sector,
          .sequence = block.sequence1,
          .bins_bytes = block.bins_bytes,
          .pages = {}};
}

Result<LogEntry> read_old_format(Bytes file, const BaseBlock& block, const Limits& limits) {
  NPG_TRY(const OldLayout layout, read_old_layout(file, block, limits));
  LogEntry entry = old_entry(file, block, layout);
  std::uint64_t at = layout.first;
  for (std::uint64_t bit = 0; bit < layout.bits(); ++bit) {
    if (layout.is_marked(bit)) {
      NPG_TRY(const Bytes bytes, file.slice(at, sector_bytes, "regf.dirt.sector"));
      entry.pages.push_back(
          {.position = static_cast<std::uint32_t>(bit * sector_bytes), .bytes = bytes});
      at += sector_bytes;
    }
  }
  return entry;
}

/// What is there of an old-format log, cut or not. Sectors that follow each other in the hive do so
/// in the log, too: records may cross them.
std::vector<LogEntry> read_old_sectors(Bytes file, const Limits& limits) {
  const auto block = read_base_block(file);
  const auto layout = block && block->kind() == FileKind::old_log
                          ? read_old_layout(file, *block, limits)
                          : Result<OldLayout>(fail(ErrorCode::not_found, 0, "regf.dirt"));
  if (!layout) {
    return {};
  }
  LogEntry entry = old_entry(file, *block, *layout);
  std::uint64_t at = layout->first;
  for (std::uint64_t bit = 0; bit < layout->bits() && at < file.size();) {
    std::uint64_t end = bit;
    while (end < layout->bits() && layout->is_marked(end)) {
      ++end;
    }
    const std::uint64_t whole = (file.size() - at) / sector_bytes * sector_bytes;
    const Bytes run = file.clamp(at, std::min((end - bit) * sector_bytes, whole));
    if (!run.empty()) {
      entry.pages.push_back(
          {.position = static_cast<std::uint32_t>(bit * sector_bytes), .bytes = run});
    }
    at += (end - bit) * sector_bytes;
    bit = end + 1;
  }
  return {std::move(entry)};
}

}  // namespace

std::vector<LogEntry> read_every_entry(Bytes file, const Limits& limits) {
  std::vector<LogEntry> entries;
  // Limit: entries lie one behind the other; in a hostile log each sector starts one that reaches
  // to the end.
  std::uint64_t hash_left = file.size() * 4;
  for (std::uint64_t at = base_block_used_bytes;
       at < file.size() && entries.size() < limits.log_entries_max;) {
    auto entry = read_any_entry(file, at, limits, hash_left);
    if (entry && *entry) {
      at += (*entry)->size;
      entries.push_back(std::move(**entry));
    } else {
      at += sector_bytes;
    }
  }
  if (entries.empty()) {
    entries = read_old_sectors(file, limits);
  }
  return entries;
}

Result<TransactionLog> read_transaction_log(Bytes file, const Limits& limits,
                                            Diagnostics& diagnostics) {
  NPG_TRY(const BaseBlock block, read_base_block(file));
  if (!block.checksum_ok()) {
    return fail(ErrorCode::bad_checksum, file.offset() + 508, "regf.base_block.checksum",
                block.checksum_stored, block.checksum_computed);
  }
  TransactionLog log{.block = block, .entries = {}, .stopped = {}};
  switch (block.kind()) {
    case FileKind::primary:
      return fail(ErrorCode::not_this_format, file.offset() + 28, "regf.base_block.type", 6,
                  block.type);
    case FileKind::new_log: read_new_format(file, limits, diagnostics, log); break;
    case FileKind::old_log: {
      auto entry = read_old_format(file, block, limits);
      if (!entry) {
        diagnostics.add(DiagnosticCode::hive_log_entry_damaged, Severity::data_loss, entry.error(),
                        "nothing of this log is used");
        return std::unexpected(entry.error());
      }
      log.entries.push_back(std::move(*entry));
      break;
    }
  }
  return log;
}

}  // namespace npg::regf
