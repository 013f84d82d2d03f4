// Where the structures of a hive that tell of its tree contradict one another
// (docs/formats/regf.md, 14).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "format/regf/cell.hpp"

namespace npg::regf {

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
  record_slack,      ///< a record's cell is much larger than the record: its name was cut short
  value_size,        ///< a value of four bytes or fewer whose data have a cell of their own
};
inline constexpr std::size_t disagreement_kinds = 12;
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

}  // namespace npg::regf
