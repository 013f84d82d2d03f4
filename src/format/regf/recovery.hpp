// Recovery: keys and values that lie where no live structure does, in a hive's free cells, in the
// slack of cells, in cells that no link reaches and behind the bins (docs/formats/regf.md, 14).
// What older pages of transaction logs hold is log_history.hpp's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "format/regf/survey.hpp"

namespace npg::regf {

/// Where a recovered record lies.
enum class Place : std::uint8_t {
  free_cell,       ///< in a cell marked free, or in a run of them that became one
  cell_slack,      ///< behind the content of a cell in use
  unlisted_cell,   ///< in a cell in use that nothing in the tree leads to: hidden, or left behind
  outside_cells,   ///< in a part of the bins that is not cut up into cells, or whose bin is damaged
  behind_bins,     ///< behind the last bin
  log_history,     ///< in a log entry that is older than the hive
  log_unapplied,   ///< in a log entry that is newer than the hive and was not applied
  log_superseded,  ///< in a page of the live chain that a later entry wrote again
  primary_superseded  ///< in a page of the primary file that replay replaced
};
/// "free_cell" and so on.
[[nodiscard]] std::string_view name_of(Place place);

/// What could be had of a value's data.
enum class DataState : std::uint8_t {
  whole,    ///< every byte, and none of them is in use by anything else now
  partial,  ///< fewer bytes than the value states
  reused,   ///< the place of the data is in use by something else: none are given
  lost,     ///< the link leads nowhere
};
[[nodiscard]] std::string_view name_of(DataState state);

/// What could be had of a key's list of values.
enum class ListState : std::uint8_t {
  none,     ///< the key states no values
  intact,   ///< the list and all its values are there, and none of their cells has a new user
  partial,  ///< some entries lead to no value any more, or to a cell with a new user
  reused,   ///< the list's cell is in use by something else: no values can be proved
  lost,     ///< the link leads nowhere
};
[[nodiscard]] std::string_view name_of(ListState state);

struct RecoveredValue {
  ValueRecord record;
  std::uint32_t source = 0;  ///< 0 the hive, else 1 + the index of the log that holds the record
  std::vector<std::byte> data;
  DataState data_state = DataState::whole;
};

struct RecoveredValues {
  ListState list = ListState::none;
  std::vector<RecoveredValue> values;
};

/// A cell's content as a reader of recovered records may use it.
struct Piece {
  enum class State : std::uint8_t { found, reused, outside };
  State state = State::outside;
  Cell cell;
  std::uint32_t source = 0;
};
/// Gives the cell at an offset of which so many bytes of content are wanted.
using PieceLookup = std::function<Piece(std::uint32_t cell_offset, std::uint64_t content_bytes)>;

/// The data of one value.
void read_recovered_data(const PieceLookup& lookup, const Limits& limits, RecoveredValue& value);
/// The values of a key. `steps_left` is spent by the entry and by the byte read, and ends the
/// reading.
[[nodiscard]] RecoveredValues read_recovered_values(const KeyNode& key, const PieceLookup& lookup,
                                                    const Limits& limits,
                                                    std::uint64_t& steps_left);

/// True for a key record that could be one: name, links and counts make sense for a hive of so many
/// bytes of bins.
[[nodiscard]] bool is_sane_key(const KeyNode& key, std::uint64_t bins_bytes);
[[nodiscard]] bool is_sane_value(const ValueRecord& value, std::uint64_t bins_bytes,
                                 const Limits& limits);

struct FoundKey {
  std::uint32_t cell_offset = no_cell;
  Place place = Place::free_cell;
};

/// How the key that a value belonged to is known.
enum class OwnerProof : std::uint8_t {
  none,         ///< it is not
  list_slack,   ///< the live key's list still names the value behind its last entry
  former_list,  ///< a freed list names it together with values that the live key has
};
[[nodiscard]] std::string_view name_of(OwnerProof proof);

struct FoundValue {
  std::uint32_t cell_offset = no_cell;
  Place place = Place::free_cell;
  std::uint32_t owner = no_cell;  ///< the live key
  OwnerProof proof = OwnerProof::none;
};

/// One step of a path: a key, and whether the tree holds it.
struct PathStep {
  std::uint32_t cell_offset = no_cell;
  Name name;
  bool live = false;
};
/// The keys above a key, the topmost first, the key itself last. The root is left out.
struct ProvedPath {
  std::vector<PathStep> steps;
  bool complete = false;  ///< it reaches the root; else what is above the first step is not known
};

/// Everything found in one hive. Holds the hive and the survey by reference.
class Recovery {
 public:
  /// Looks at each 8 bytes that the survey did not mark. Linear in the hive's bytes. Adds hidden
  /// keys and values to the survey's disagreements.
  [[nodiscard]] static Recovery run(const Hive& hive, Survey& survey);

  /// In file order.
  [[nodiscard]] std::span<const FoundKey> keys() const { return keys_; }
  /// Values that no list of a recovered key holds, in file order.
  [[nodiscard]] std::span<const FoundValue> values() const { return values_; }
  /// How many records were found and not kept, being over the limit.
  [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

  [[nodiscard]] KeyNode key(const FoundKey& found) const;
  [[nodiscard]] ProvedPath path(const FoundKey& found) const;
  /// The path of a live key.
  [[nodiscard]] ProvedPath live_path(std::uint32_t cell_offset) const;
  [[nodiscard]] RecoveredValues values(const FoundKey& found) const;
  [[nodiscard]] RecoveredValue value(const FoundValue& found) const;
  /// Calls visit(bytes, place) for each stretch of at least `bytes_min` that no live structure and
  /// no record found here occupies, in file order: what lies there has lost its record.
  void for_each_stretch(std::uint64_t bytes_min,
                        const std::function<void(Bytes, Place)>& visit) const;

 private:
  /// A cell, or what lies between or behind cells, of which the tree does not use every byte.
  struct Region {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    Place at_start = Place::free_cell;  ///< of a record at `from`
    Place inside = Place::free_cell;    ///< of one behind it
  };

  Recovery(const Hive& hive, Survey& survey);
  void find_regions();
  void add_region(std::uint64_t from, std::uint64_t to, Place at_start, Place inside);
  void scan(const Region& region);
  [[nodiscard]] std::uint64_t take_key(std::uint64_t at, std::uint64_t to, Place place);
  [[nodiscard]] std::uint64_t take_value(std::uint64_t at, std::uint64_t to, Place place);
  void hold_values_of_keys();
  void find_owners();
  void search_former_lists();
  void assign_owners(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& witnesses);
  void report_hidden();
  [[nodiscard]] Piece piece(std::uint32_t cell_offset, std::uint64_t content_bytes) const;
  [[nodiscard]] PieceLookup lookup() const;
  void climb(KeyNode node, bool in_use, ProvedPath& path) const;
  void spend(std::uint64_t steps) const { steps_left_ -= std::min(steps, steps_left_); }
  [[nodiscard]] FoundValue* found_value(std::uint32_t cell_offset);

  Hive hive_;  ///< with the bytes behind the bins
  Survey* survey_;
  std::uint64_t bins_bytes_;     ///< without them
  std::vector<Region> regions_;  ///< in file order
  std::vector<FoundKey> keys_;
  std::vector<FoundValue> values_;
  UnitSet found_keys_;
  UnitSet found_values_;
  UnitSet
      found_units_;  ///< what the records found occupy, with the data of values that a key holds
  std::uint64_t left_out_ = 0;
  mutable std::uint64_t steps_left_;
};

}  // namespace npg::regf
