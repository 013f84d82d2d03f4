#include "analysis/baseline/writers.hpp"

#include <algorithm>

namespace npg {

bool is_administrative(std::string_view sid) {
  // MS-DTYP 2.4.2.4; the last three are the accounts of every domain and machine.
  constexpr std::string_view whole[] = {"S-1-5-18", "S-1-5-32-544", "S-1-3-0"};
  constexpr std::string_view last[] = {"-500", "-512", "-519"};
  const bool is_of_domain = sid.starts_with("S-1-5-21-");
  return std::ranges::find(whole, sid) != std::end(whole) || sid.starts_with("S-1-5-80-") ||
         (is_of_domain &&
          std::ranges::any_of(last, [&](std::string_view end) { return sid.ends_with(end); }));
}

bool writable_by_others(const KeyState& key) {
  // An owner may change the permissions (MS-DTYP 2.5.3.2), unless an entry for OWNER RIGHTS says
  // what it may instead.
  constexpr std::string_view owner_rights = "S-1-3-4";
  const auto& security = key.fact.security;
  const bool has_owner_rights =
      security && std::ranges::any_of(security->dacl, [&](const AccessEntryFact& entry) {
        return entry.sid.raw() == owner_rights;
      });
  if (security && !security->owner.empty() && !has_owner_rights &&
      !is_administrative(security->owner.raw())) {
    return true;
  }
  return key.everyone_may_write || std::ranges::any_of(key.writers, [](const KeyWriter& writer) {
           return !is_administrative(writer.sid);
         });
}

}  // namespace npg
