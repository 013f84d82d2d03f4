// The survey of a hive: what its tree occupies, byte for byte, and where the structures that tell
// of the tree disagree (docs/formats/regf.md, 14). What is deleted or hidden lies in the rest:
// recovery.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "format/regf/hive.hpp"

namespace npg::regf {

/// One bit for each 8 bytes: the unit that cells are made of.
class UnitSet {
 public:
  static constexpr std::uint64_t unit_bytes = 8;

  explicit UnitSet(std::uint64_t bytes) : words_(bytes / word_bytes + 1) {}
  /// False when the unit was in already. The offset must lie inside.
  bool insert(std::uint64_t offset) {
    std::uint64_t& word = words_[offset / word_bytes];
    const std::uint64_t bit = std::uint64_t{1} << (offset / unit_bytes % 64);
    const bool fresh = (word & bit) == 0;
    word |= bit;
    return fresh;
  }
  [[nodiscard]] bool contains(std::uint64_t offset) const {
    return offset / word_bytes < words_.size() &&
           (words_[offset / word_bytes] >> (offset / unit_bytes % 64) & 1U) != 0;
  }
  /// Every unit that has a byte in the range; what lies outside is left out.
  void insert_range(std::uint64_t from, std::uint64_t to);
  /// True when a unit of the range is in.
  [[nodiscard]] bool any_in(std::uint64_t from, std::uint64_t to) const {
    return next(from, to, Look::set) < to;
  }
  /// The first unit at or behind `from` (a multiple of 8) that is not in; `to` when there is none
  /// before it.
  [[nodiscard]] std::uint64_t next_clear(std::uint64_t from, std::uint64_t to) const {
    return next(from, to, Look::clear);
  }

 private:
  static constexpr std::uint64_t word_bytes = 512;
  enum class Look : std::uint8_t { set, clear };
  [[nodiscard]] std::uint64_t next(std::uint64_t from, std::uint64_t to, Look look) const;
  std::vector<std::uint64_t> words_;
};

/// Ways in which a hive contradicts itself. Windows writes none of them; some are made by tools,
/// some hide a key or value from one reader and not from another.
enum class DisagreementKind : std::uint8_t {
  key_not_listed,    ///< a key in use that names a live parent, which does not list it
  value_not_listed,  ///< a value in use that no key's list holds
  parent_differs,    ///< a key that is listed by another key than the one it names as its parent
  listed_twice,      ///< a link to a key that has its place already: a loop or a second link
  subkey_count,      ///< the number of sub-keys that a key states is not that of its lists
  value_count,       ///< a key states more values than its list holds
  name_order,        ///< a list out of order: Windows does not find the key by its name
  name_hash,         ///< a wrong hash in a list: Windows does not find the key by its name
  name_twice,        ///< two sub-keys of one name: Windows finds one of them
  name_encoding,     ///< a name stored as Windows does not store it
};
inline constexpr std::size_t disagreement_kinds = 10;
/// "key_not_listed" and so on.
[[nodiscard]] std::string_view name_of(DisagreementKind kind);

struct Disagreement {
  DisagreementKind kind = DisagreementKind::key_not_listed;
  std::uint32_t key = no_cell;    ///< the key whose lists or place it concerns
  std::uint32_t other = no_cell;  ///< the sub-key or value met, where there is one
  std::uint64_t offset = 0;       ///< absolute: the bytes that disagree
  std::uint64_t length = 0;
  std::uint64_t need = 0;  ///< what the other structures say: a count, hash or cell offset
  std::uint64_t have = 0;  ///< what stands there
};

/// Disagreements, the first of each kind kept and all counted.
class Disagreements {
 public:
  explicit Disagreements(std::uint64_t kept_per_kind_max) : max_(kept_per_kind_max) {}
  void add(const Disagreement& one);
  [[nodiscard]] const std::vector<Disagreement>& kept() const { return kept_; }
  [[nodiscard]] std::uint64_t count(DisagreementKind kind) const {
    return counts_.at(static_cast<std::size_t>(kind));
  }
  [[nodiscard]] std::uint64_t total() const;

 private:
  std::uint64_t max_;
  std::vector<Disagreement> kept_;
  std::array<std::uint64_t, disagreement_kinds> counts_{};
};

/// A value that a key's list names behind the entries that count.
struct DroppedEntry {
  std::uint32_t value = no_cell;
  std::uint32_t key = no_cell;
};

struct Survey {
  UnitSet used;    ///< units of the bins that live keys, values, lists, data and the like occupy
  UnitSet keys;    ///< cells of live keys
  UnitSet values;  ///< cells of live values
  std::uint64_t key_count = 0;
  std::uint64_t value_count = 0;
  Disagreements disagreements;
  std::vector<DroppedEntry> dropped;  ///< candidates: not yet held against `values`
  bool complete = true;               ///< false: a limit ended the walk
};

/// Walks the whole tree once and marks what it reaches; keys that HiveView shows below their parent
/// though no list holds them any more count as live. Linear in the hive's bytes; memory: 3/64 of
/// them and what is found.
[[nodiscard]] Survey survey_hive(const Hive& hive);

}  // namespace npg::regf
