// Hive: a primary file's bytes with its base block judged and its root found. Keys and values are
// read on demand, straight from the bytes; nothing is copied (docs/formats/regf.md).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/diagnostic.hpp"
#include "base/limits.hpp"
#include "format/regf/base_block.hpp"
#include "format/regf/cell.hpp"
#include "format/regf/records.hpp"

namespace npg::regf {

class Hive {
 public:
  /// Reads the base block and finds the root key. Where the base block is damaged the root is
  /// searched for and the damage reported. `replacement` stands in for the base block after a
  /// replay. The bytes must outlive the hive. Errors: truncated; not_this_format when there is
  /// neither a base block nor a bin; not_found when there is no key in it at all.
  [[nodiscard]] static Result<Hive> open(Bytes file, const Limits& limits, Diagnostics& diagnostics,
                                         const std::optional<BaseBlock>& replacement = {});

  [[nodiscard]] const BaseBlock& base_block() const { return block_; }
  [[nodiscard]] const CellSpace& cells() const { return cells_; }
  [[nodiscard]] const Limits& limits() const { return limits_; }
  [[nodiscard]] std::uint32_t root() const { return root_; }
  /// The same hive whose cells reach to the end of the file, for what looks for remnants there.
  [[nodiscard]] Hive with_remnants() const {
    Hive all(*this);
    all.cells_ = CellSpace(file_.clamp(base_block_bytes, UINT32_MAX), cells_.header_bytes() == 8);
    return all;
  }
  /// False when the file does not start with the magic of a hive.
  [[nodiscard]] bool has_magic() const { return has_magic_; }

  /// The key whose record is in that cell. Errors: those of the cell and of the record.
  [[nodiscard]] Result<KeyNode> key(std::uint32_t cell_offset) const {
    const auto cell = cells_.cell(cell_offset);
    Result<KeyNode> node =
        cell ? read_key_node(*cell, limits_) : Result<KeyNode>(std::unexpected(cell.error()));
    if (!node && root_is_lost_ && cell_offset == root_) {
      return lost_root();
    }
    return node;
  }
  /// True when the root's record is destroyed: a key without name, values and lists stands for it,
  /// and the keys that name it as their parent are found by that (walk.hpp).
  [[nodiscard]] bool root_is_lost() const { return root_is_lost_; }
  /// The value whose record is in that cell.
  [[nodiscard]] Result<ValueRecord> value(std::uint32_t cell_offset) const;
  /// The key's class name, UTF-16LE as stored; empty when it has none.
  [[nodiscard]] Result<Bytes> class_name(const KeyNode& key) const;
  /// The key's self-relative security descriptor; empty when it has none.
  [[nodiscard]] Result<Bytes> security(const KeyNode& key) const;

  /// Reports damaged bins, a file that is shorter than its bins, and what lies behind them.
  void examine_bins(Diagnostics& diagnostics) const;

 private:
  Hive(Bytes file, const Limits& limits) : file_(file), limits_(limits) {}
  [[nodiscard]] bool is_key(std::uint32_t cell_offset) const;
  [[nodiscard]] bool is_marked_root(std::uint32_t cell_offset) const;
  [[nodiscard]] std::optional<std::uint32_t> search_root() const;
  [[nodiscard]] std::uint64_t children_of_lost(std::uint32_t cell_offset) const;
  [[nodiscard]] KeyNode lost_root() const;
  void judge_base_block(Diagnostics& diagnostics);

  Bytes file_;
  Limits limits_;
  BaseBlock block_;
  CellSpace cells_;
  std::uint32_t root_ = no_cell;
  bool has_magic_ = true;
  bool root_is_lost_ = false;
};

/// A value's data, without copying where they lie in one piece.
struct ValueData {
  std::span<const std::byte> bytes;  ///< in the hive, or in the scratch buffer
  std::optional<Error> lost;         ///< why there are fewer bytes than the value declares
};
/// The data of a value. Data that are spread over segments are put together in `scratch`, at most
/// the hive's own size of them.
[[nodiscard]] ValueData read_value_data(const Hive& hive, const ValueRecord& value,
                                        std::vector<std::byte>& scratch);

/// Gives the sub-keys of one key in stored order. Damaged entries are left out and reported.
class SubkeyCursor {
 public:
  SubkeyCursor(const Hive& hive, const KeyNode& key, Diagnostics& diagnostics);
  /// The next sub-key; nothing at the end.
  [[nodiscard]] std::optional<KeyNode> next();
  /// True when entries were lost that the key or its lists promise; known after the end.
  [[nodiscard]] bool incomplete() const { return incomplete_; }
  /// List entries looked at so far.
  [[nodiscard]] std::uint64_t steps() const { return steps_; }

 private:
  struct List {
    Bytes entries;
    std::uint32_t count = 0;
    std::uint32_t at = 0;
    std::uint32_t entry_bytes = 4;
    [[nodiscard]] bool done() const { return at >= count; }
    [[nodiscard]] std::uint64_t entry_offset() const {
      return entries.offset() + std::uint64_t{at} * entry_bytes;
    }
    [[nodiscard]] std::uint32_t take() {
      return entries.at<std::uint32_t>(std::uint64_t{at++} * entry_bytes);
    }
  };
  enum class ListKind : std::uint8_t { leaf, index };
  void open_first(std::uint32_t cell_offset);
  void open_leaf(std::uint32_t cell_offset);
  [[nodiscard]] std::optional<ListKind> read_list(std::uint32_t cell_offset, List& list);
  [[nodiscard]] bool list_is_ours(std::uint32_t cell_offset) const;
  void report_list(const Error& error);
  void finish();

  const Hive* hive_;
  Diagnostics* diagnostics_;
  KeyNode key_;
  List index_;
  List leaf_;
  std::uint64_t promised_ = 0;  ///< entries of all lists met
  std::uint64_t given_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t steps_max_ = 0;
  bool incomplete_ = false;
  bool finished_ = false;
};

/// Gives the values of one key in stored order. Damaged ones are left out and reported.
class ValueCursor {
 public:
  ValueCursor(const Hive& hive, const KeyNode& key, Diagnostics& diagnostics);
  [[nodiscard]] std::optional<ValueRecord> next();

 private:
  const Hive* hive_;
  Diagnostics* diagnostics_;
  Bytes entries_;
  std::uint32_t count_ = 0;
  std::uint32_t at_ = 0;
};

/// True for a key that shows no values and yet leads to some: one that says it has none, or whose
/// count is the handle of a predefined key.
[[nodiscard]] bool hides_values(const Hive& hive, const KeyNode& key);

}  // namespace npg::regf
