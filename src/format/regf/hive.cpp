#include "format/regf/hive.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace npg::regf {

namespace {

constexpr std::string_view bin_magic = "hbin";

/// True when a bin starts at one of the first few places where one may stand.
bool holds_a_bin(Bytes file) {
  for (std::uint64_t at = base_block_bytes; at < file.size(); at += Bin::unit_bytes) {
    if (file.from(at).starts_with(bin_magic)) {
      return true;
    }
  }
  return false;
}

}  // namespace

Result<Hive> Hive::open(Bytes file, const Limits& limits, Diagnostics& diagnostics,
                        const std::optional<BaseBlock>& replacement) {
  Hive hive(file, limits);
  const auto block = read_base_block(file);
  if (!block && block.error().code == ErrorCode::truncated) {
    return std::unexpected(block.error());
  }
  hive.has_magic_ = block.has_value();
  if (!block && !holds_a_bin(file)) {
    return fail(ErrorCode::not_this_format, file.offset(), "regf.base_block.signature",
                block.error().need, block.error().have);
  }
  if (file.size() <= base_block_bytes) {
    return fail(ErrorCode::truncated, file.offset() + file.size(), "regf.hive_bins",
                Bin::unit_bytes, 0);
  }
  hive.block_ = block ? *block : *read_base_block_leniently(file);
  if (hive.block_.is_zero) {
    hive.block_.bins_bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(
        file.size() / Bin::unit_bytes * Bin::unit_bytes - base_block_bytes, UINT32_MAX));
  }
  if (replacement) {
    hive.block_ = *replacement;
  } else {
    hive.judge_base_block(diagnostics);
  }
  if (hive.block_.kind() != FileKind::primary && hive.has_magic_ && hive.block_.checksum_ok()) {
    return fail(ErrorCode::not_this_format, file.offset() + 28, "regf.base_block.type", 0,
                hive.block_.type);
  }
  // Cells are reached through links, so the bytes behind a wrong size do no harm; a size that is
  // trustworthy keeps links out of the remnants behind the last bin.
  const bool trust_size = hive.has_magic_ && hive.block_.clean() &&
                          hive.block_.bins_bytes % Bin::unit_bytes == 0 &&
                          hive.block_.bins_bytes != 0;
  const Bytes bins =
      file.clamp(base_block_bytes,
                 trust_size || replacement.has_value() ? hive.block_.bins_bytes : UINT32_MAX);
  const bool old_cells = hive.has_magic_ && hive.block_.major == 1 && hive.block_.minor <= 1;
  hive.cells_ = CellSpace(bins, old_cells);
  hive.root_ = hive.block_.root_cell;
  const bool trust_root = hive.has_magic_ && hive.block_.checksum_ok();
  const auto root = hive.key(hive.root_);
  if (root && (root->flags & key_flag::hive_entry) != 0) {
    return hive;
  }
  auto found = hive.search_root();
  // A base block that is whole is believed, unless a key elsewhere is marked as the root: then the
  // link was bent to show a part of the tree as all of it.
  if (root && trust_root && !(found && hive.is_marked_root(*found))) {
    found = hive.root_;
  }
  // Where the root's record itself is destroyed, any key without a parent would show a part of the
  // tree as all of it; the keys that name the lost one as their parent are the root's.
  if (!root && !(found && hive.is_marked_root(*found))) {
    const std::uint32_t lost = hive.has_magic_ && hive.block_.checksum_ok()
                                   ? hive.root_
                                   : static_cast<std::uint32_t>(Bin::header_bytes);
    const std::uint64_t children = hive.key(lost).has_value() ? 0 : hive.children_of_lost(lost);
    if (children >= 2) {
      hive.root_ = lost;
      hive.root_is_lost_ = true;
      diagnostics.add(
          DiagnosticCode::hive_header_damaged, Severity::error, bins.offset() + lost, 4,
          fmt::format("the record of the root key is destroyed; the {} keys that name its cell "
                      "0x{:x} as their parent are shown below the root",
                      children, lost));
      return hive;
    }
  }
  if (!found) {
    return fail(ErrorCode::not_found, bins.offset(), "regf.root_key");
  }
  if (*found != hive.root_) {
    diagnostics.add(
        DiagnosticCode::hive_header_damaged, Severity::error, file.offset() + 36, 4,
        fmt::format("the base block's root key offset 0x{:x} leads to no root key; the key in cell "
                    "0x{:x} is taken as the root",
                    hive.root_, *found));
    hive.root_ = *found;
  }
  return hive;
}

void Hive::judge_base_block(Diagnostics& diagnostics) {
  const auto report = [&](std::uint64_t at, std::uint64_t length, std::string text) {
    diagnostics.add(DiagnosticCode::hive_header_damaged, Severity::notice, file_.offset() + at,
                    length, std::move(text));
  };
  if (!has_magic_ && block_.is_zero) {
    diagnostics.add(
        DiagnosticCode::hive_header_damaged, Severity::data_loss, file_.offset(),
        base_block_used_bytes,
        "the base block is all zeros: it was wiped or lost. Sequence numbers, times, "
        "version, size and the root's place are not known; keys are read from the bins");
    return;
  }
  if (!has_magic_) {
    report(0, 4, "the base block does not start with \"regf\"; its fields are read all the same");
  }
  if (!block_.checksum_ok()) {
    report(508, 4,
           fmt::format("the base block's checksum is stored as 0x{:08x}, computed as 0x{:08x}",
                       block_.checksum_stored, block_.checksum_computed));
  }
  if (block_.major != 1 || block_.minor > 6) {
    report(20, 8,
           fmt::format("format {}.{} is not a known one; read as 1.5", block_.major, block_.minor));
  }
  if (block_.type != 0 && block_.kind() == FileKind::primary) {
    report(28, 4, fmt::format("file type {} is not a known one; read as a hive", block_.type));
  }
  if (block_.bins_bytes == 0 || block_.bins_bytes % Bin::unit_bytes != 0) {
    report(40, 4,
           fmt::format("a size of {} bytes for the hive bins is no multiple of 4096",
                       block_.bins_bytes));
  }
}

bool Hive::is_key(std::uint32_t cell_offset) const {
  return key(cell_offset).has_value();
}

bool Hive::is_marked_root(std::uint32_t cell_offset) const {
  const auto node = key(cell_offset);
  return node && (node->flags & key_flag::hive_entry) != 0;
}

std::optional<std::uint32_t> Hive::search_root() const {
  std::optional<std::uint32_t> best;
  std::uint32_t best_subkeys = 0;
  // Every place where a cell may start is tried, since bins and cell sizes may be damaged as well.
  for (std::uint64_t at = Bin::header_bytes; at < cells_.size(); at += 8) {
    const auto offset = static_cast<std::uint32_t>(at);
    const auto cell = cells_.cell(offset);
    if (!cell || !cell->content.starts_with("nk")) {
      continue;
    }
    const auto node = read_key_node(*cell, limits_);
    if (!node || !node->allocated) {
      continue;
    }
    if ((node->flags & key_flag::hive_entry) != 0) {
      return offset;
    }
    // Without a marked root: the key without a parent that has the most sub-keys.
    const bool without_parent = node->parent == offset || !is_key(node->parent);
    if (without_parent && (!best || node->subkey_count > best_subkeys)) {
      best = offset;
      best_subkeys = node->subkey_count;
    }
  }
  return best;
}

/// Keys in use that name the cell as their parent. Every place where a cell may start is tried.
std::uint64_t Hive::children_of_lost(std::uint32_t cell_offset) const {
  std::uint64_t count = 0;
  for (std::uint64_t at = Bin::header_bytes; at < cells_.size(); at += 8) {
    const auto cell = cells_.cell(static_cast<std::uint32_t>(at));
    if (!cell || !cell->allocated || !cell->content.starts_with("nk")) {
      continue;
    }
    const auto node = read_key_node(*cell, limits_);
    count += node && node->parent == cell_offset && !node->name.bytes.empty() ? 1U : 0U;
  }
  return count;
}

KeyNode Hive::lost_root() const {
  KeyNode node;
  node.cell_offset = root_;
  node.offset = base_block_bytes + root_;
  node.flags = key_flag::hive_entry;
  // One sub-key that no list holds: whoever walks the tree looks for lost children.
  node.subkey_count = 1;
  return node;
}

Result<ValueRecord> Hive::value(std::uint32_t cell_offset) const {
  const auto cell = cells_.cell(cell_offset);
  if (!cell) {
    return std::unexpected(cell.error());
  }
  return read_value_record(*cell, limits_);
}

Result<Bytes> Hive::class_name(const KeyNode& key) const {
  if (key.class_name == no_cell || key.class_name_bytes == 0) {
    return Bytes();
  }
  NPG_TRY(const Cell cell, cells_.cell(key.class_name));
  return cell.content.slice(0, key.class_name_bytes, "regf.class_name");
}

Result<Bytes> Hive::security(const KeyNode& key) const {
  if (key.security == no_cell) {
    return Bytes();
  }
  NPG_TRY(const Cell cell, cells_.cell(key.security));
  return read_security_record(cell);
}

void Hive::examine_bins(Diagnostics& diagnostics) const {
  const std::uint64_t declared = block_.bins_bytes;
  const std::uint64_t end = std::min<std::uint64_t>(declared, cells_.size());
  std::optional<std::uint64_t> damaged_from;
  const auto close = [&](std::uint64_t to) {
    if (damaged_from) {
      diagnostics.add(DiagnosticCode::hive_bin_damaged, Severity::data_loss,
                      base_block_bytes + *damaged_from, to - *damaged_from,
                      "no sound bin header here; keys in it are read where links lead to them");
      damaged_from.reset();
    }
  };
  for (std::uint64_t position = 0; position < end;) {
    const auto bin = cells_.bin(position);
    if (bin && bin->sound) {
      close(position);
      position += bin->size;
      continue;
    }
    damaged_from = damaged_from.value_or(position);
    position += Bin::unit_bytes;
  }
  close(end);
  const std::uint64_t present =
      file_.size() - std::min<std::uint64_t>(file_.size(), base_block_bytes);
  if (declared > present) {
    diagnostics.add(DiagnosticCode::hive_truncated, Severity::data_loss, file_.size(),
                    declared - present,
                    fmt::format("the hive bins need {} bytes, {} are there", declared, present));
  } else if (present > declared) {
    diagnostics.add(DiagnosticCode::hive_trailing_data, Severity::info, base_block_bytes + declared,
                    present - declared, "bytes behind the last bin, as Windows leaves them");
  }
}

}  // namespace npg::regf
