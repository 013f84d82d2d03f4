#include "analysis/inventory/key_states.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <deque>
#include <tuple>

#include "base/evidence_text.hpp"
#include "fact/readings.hpp"
#include "fact/security_text.hpp"

namespace npg {
namespace {

constexpr std::uint8_t inherit_only = 0x08;
constexpr std::uint16_t dacl_protected = 0x1000;

/// What an entry does to the access of a key.
enum class Effect : std::uint8_t {
  none,
  allows,
  allows_conditionally,  ///< only while its condition holds
  denies,
};
/// By MS-DTYP 2.4.4.1 and 2.5.3.2. Nobody asks for a part of a key: an object form that names a
/// type allows nothing then, but denies the whole.
Effect effect_of(const AccessEntryFact& entry) {
  if ((entry.flags & inherit_only) != 0) {
    return Effect::none;
  }
  switch (entry.type) {
    case 0x00: return Effect::allows;
    case 0x05: return entry.object_type.empty() ? Effect::allows : Effect::none;
    case 0x09: return Effect::allows_conditionally;
    case 0x0b: return entry.object_type.empty() ? Effect::allows_conditionally : Effect::none;
    case 0x01:
    case 0x06: return Effect::denies;
    default: return Effect::none;
  }
}

std::string name_or_sid(std::string_view sid) {
  const std::string name = account_name(sid);
  return name.empty() ? std::string(sid) : name;
}

/// True when a path is a pattern, in which * stands for one name.
bool fits(std::string_view pattern, std::string_view path) {
  while (true) {
    const std::size_t pattern_end = std::min(pattern.find('\\'), pattern.size());
    const std::size_t path_end = std::min(path.find('\\'), path.size());
    const std::string_view wanted = pattern.substr(0, pattern_end);
    if (wanted != "*" && !equal_names(wanted, path.substr(0, path_end))) {
      return false;
    }
    pattern.remove_prefix(std::min(pattern_end + 1, pattern.size()));
    path.remove_prefix(std::min(path_end + 1, path.size()));
    if (pattern.empty() || path.empty()) {
      return pattern.empty() && path.empty();
    }
  }
}

/// The builds that the host may have, and what says so: the one that SOFTWARE names, else what
/// SYSTEM bounds.
struct Builds {
  std::uint32_t first = 0;  ///< 0: nothing is known
  std::uint32_t last = 0;
  std::string basis;  ///< empty when SOFTWARE names the build

  [[nodiscard]] std::string text() const {
    return basis.empty()        ? std::string()
           : last == UINT32_MAX ? fmt::format("builds from {} on: {}", first, basis)
           : first == last      ? fmt::format("build {}: {}", first, basis)
                                : fmt::format("builds {} to {}: {}", first, last, basis);
  }
};

Builds builds_of(const FactSet& facts) {
  Builds builds;
  if (const std::uint32_t build = current_build(facts); build != 0) {
    return {.first = build, .last = build, .basis = {}};
  }
  for (const HostIdentityFact& identity : facts.identities) {
    if (identity.moment == HiveMoment::current && identity.first_build != 0) {
      builds.first = identity.first_build;
      builds.last = identity.last_build == 0 ? UINT32_MAX : identity.last_build;
      builds.basis = escape_for_terminal(identity.build_basis.text());
    }
  }
  return builds;
}

bool says_the_same(const DefaultPermission& a, const DefaultPermission& b) {
  return a.owners == b.owners && a.is_protected == b.is_protected && a.writers == b.writers;
}

/// The first row for each build that the host may have; nothing when they say different things, or
/// when some of the builds have none.
std::optional<DefaultPermission> default_of(const RegistryKeyFact& key, const Builds& builds,
                                            const Knowledge& knowledge) {
  std::string_view path = key.key.raw();
  if (contains_name(path.substr(0, path.find('\\')), "ControlSet")) {
    path.remove_prefix(std::min(path.find('\\') + 1, path.size()));
  }
  std::optional<DefaultPermission> common;
  std::uint64_t build = builds.first;
  while (build != 0 && build <= builds.last) {
    const auto row = std::ranges::find_if(knowledge.permissions, [&](const DefaultPermission& one) {
      return build >= one.first_build && build <= one.last_build && fits(one.key, path);
    });
    if (row == knowledge.permissions.end() || (common && !says_the_same(*common, *row))) {
      return std::nullopt;
    }
    const bool is_verified = row->is_verified && (!common || common->is_verified);
    common = common.value_or(*row);
    common->is_verified = is_verified;
    // Another row may begin inside this one and stand before it.
    std::uint64_t next = std::uint64_t{row->last_build} + 1;
    for (const DefaultPermission& one : knowledge.permissions) {
      next = one.first_build > build && fits(one.key, path)
                 ? std::min<std::uint64_t>(next, one.first_build)
                 : next;
    }
    build = next;
  }
  return common;
}

bool lists(const std::vector<std::string>& sids, std::string_view sid) {
  return std::ranges::find(sids, sid) != sids.end();
}

constexpr std::string_view everyone = "S-1-1-0";
constexpr std::string_view authenticated_users = "S-1-5-11";
constexpr std::string_view owner_rights = "S-1-3-4";

struct Mask {
  std::string sid;
  bool is_conditional = false;
  std::uint32_t mask = 0;
};
using Masks = std::deque<Mask>;

std::uint32_t& mask_of(Masks& masks, std::string_view sid, bool is_conditional) {
  const auto same = std::ranges::find_if(masks, [&](const Mask& one) {
    return one.sid == sid && one.is_conditional == is_conditional;
  });
  return same != masks.end()
             ? same->mask
             : masks.emplace_back(Mask{.sid = std::string(sid), .is_conditional = is_conditional})
                   .mask;
}

std::uint32_t unconditional(const Masks& masks, std::string_view sid) {
  const auto found = std::ranges::find_if(
      masks, [sid](const Mask& one) { return one.sid == sid && !one.is_conditional; });
  return found == masks.end() ? 0 : found->mask;
}

/// Generic rights are those of keys.
std::uint32_t resolved(std::uint32_t mask) {
  mask |= (mask & 0x10000000U) != 0 ? 0xf003fU : 0U;
  mask |= (mask & 0x40000000U) != 0 ? 0x20006U : 0U;
  return mask;
}

/// Everyone holds all but anonymous ones, Authenticated Users neither guests nor those.
std::uint32_t denied_to(const Masks& denied, std::string_view sid) {
  constexpr std::array<std::string_view, 3> outside = {"S-1-1-0", "S-1-5-7", "S-1-5-32-546"};
  std::uint32_t mask = 0;
  for (const Mask& one : denied) {
    const bool holds_all = one.sid == everyone && sid != "S-1-5-7";
    const bool holds_most =
        one.sid == authenticated_users && std::ranges::find(outside, sid) == outside.end();
    mask |= one.sid == sid || holds_all || holds_most ? one.mask : 0U;
  }
  return mask;
}

/// An owner may read and change the DACL whatever that says (MS-DTYP 2.5.3.2), unless an entry for
/// OWNER RIGHTS says what it may instead.
void add_owner(const KeySecurity& security, std::vector<KeyWriter>& writers) {
  const std::string owner(security.owner.raw());
  const bool is_limited = std::ranges::any_of(security.dacl, [](const AccessEntryFact& entry) {
    return entry.sid.raw() == owner_rights && (entry.flags & inherit_only) == 0;
  });
  const bool has_it = std::ranges::any_of(writers, [&owner](const KeyWriter& writer) {
    return writer.sid == owner && !writer.is_conditional &&
           std::ranges::find(writer.rights, "write_dac") != writer.rights.end();
  });
  if (!owner.empty() && security.has_dacl && !is_limited && !has_it) {
    writers.push_back(
        {.sid = owner, .name = account_name(owner), .rights = {"write_dac"}, .is_owner = true});
  }
}

/// Windows denies nobody to write to its own keys.
void compare_denials(const KeySecurity& security, KeyState& state) {
  for (const AccessEntryFact& entry : security.dacl) {
    const bool is_denial = effect_of(entry) == Effect::denies;
    const auto rights = is_denial ? write_rights(entry.mask) : std::vector<std::string>();
    if (!rights.empty()) {
      state.differences.push_back(
          fmt::format("{} is denied {}, by default nobody is denied to write",
                      name_or_sid(entry.sid.raw()), fmt::join(rights, ", ")));
    }
  }
}

std::string names_of(const std::vector<std::string>& sids) {
  std::string names;
  for (const std::string& sid : sids) {
    names += (names.empty() ? "" : " or ") + name_or_sid(sid);
  }
  return names;
}

void compare(const DefaultPermission& row, KeyState& state) {
  const KeySecurity& security = *state.fact.security;
  state.default_is_verified = row.is_verified;
  state.default_source = row.source;
  if (security.owner.empty()) {
    if (!security.is_damaged) {
      state.differences.push_back(
          fmt::format("there is no owner, by default {}", names_of(row.owners)));
    }
  } else if (!lists(row.owners, security.owner.raw())) {
    state.differences.push_back(
        fmt::format("owner is {}, by default {}",
                    escape_for_terminal(EvidenceText::from_utf8(name_or_sid(security.owner.raw()))),
                    names_of(row.owners)));
  }
  const bool is_protected = (security.control & dacl_protected) != 0;
  if (row.is_protected && *row.is_protected != is_protected) {
    state.differences.emplace_back(is_protected
                                       ? "the DACL is protected from inheritance, by default not"
                                       : "the DACL inherits, by default it is protected");
  }
  if (state.everyone_may_write) {
    state.differences.emplace_back("there is no DACL: everything is allowed to everyone");
  }
  for (const KeyWriter& writer : state.writers) {
    // What an owner may by being it is told of the owner; without a DACL all is said above.
    if (!state.everyone_may_write && !lists(row.writers, writer.sid) && !writer.is_owner) {
      state.differences.push_back(fmt::format("{} may write{}, by default not",
                                              writer.name.empty() ? writer.sid : writer.name,
                                              writer.is_conditional ? " under a condition" : ""));
    }
  }
  compare_denials(security, state);
  if (security.has_dacl && security.dacl.empty() && !security.is_damaged) {
    state.differences.emplace_back("the DACL is empty: it allows nothing to anybody");
  }
  // Of a descriptor that was read in part, what is there can differ; that nothing differs is not
  // known.
  state.comparison = !state.differences.empty() ? DefaultComparison::differs
                     : security.is_damaged      ? DefaultComparison::not_known
                                                : DefaultComparison::same;
}

}  // namespace

/// Who may write, by the entries in their order: a denial counts for those that stand behind it.
/// The groups that an account is in are not known, but everybody is in two of them. Whether a
/// condition holds is not known either: what one allows is told as that, what one denies takes
/// nothing away.
std::vector<KeyWriter> writers_of(const KeySecurity& security) {
  if (!security.has_dacl && !security.is_damaged) {
    constexpr std::uint32_t all_of_a_key = 0xf003f;
    return {{.sid = std::string(everyone),
             .name = account_name(everyone),
             .rights = write_rights(all_of_a_key)}};
  }
  Masks allowed;
  Masks denied;
  for (const AccessEntryFact& entry : security.dacl) {
    const Effect effect = effect_of(entry);
    const std::string sid(entry.sid.raw());
    const std::uint32_t mask = resolved(entry.mask);
    if (effect == Effect::denies) {
      mask_of(denied, sid, false) |= mask;
    } else if (effect != Effect::none) {
      mask_of(allowed, sid, effect == Effect::allows_conditionally) |=
          mask & ~denied_to(denied, sid);
    }
  }
  std::vector<KeyWriter> writers;
  for (const Mask& one : allowed) {
    const std::uint32_t mask =
        one.is_conditional ? one.mask & ~unconditional(allowed, one.sid) : one.mask;
    if (auto rights = write_rights(mask); !rights.empty()) {
      writers.push_back({.sid = one.sid,
                         .name = account_name(one.sid),
                         .rights = std::move(rights),
                         .is_conditional = one.is_conditional});
    }
  }
  add_owner(security, writers);
  return writers;
}

std::vector<KeyState> list_keys(const FactSet& facts, const Knowledge& knowledge) {
  const Builds builds = builds_of(facts);
  std::vector<KeyState> states;
  for (const RegistryKeyFact& fact : facts.keys) {
    KeyState state{.fact = fact};
    if (fact.security) {
      state.sddl = sddl_text(*fact.security);
      state.owner_name = account_name(fact.security->owner.raw());
      state.group_name = account_name(fact.security->group.raw());
      state.everyone_may_write = !fact.security->has_dacl && !fact.security->is_damaged;
      state.writers = writers_of(*fact.security);
      if (const auto row = default_of(fact, builds, knowledge)) {
        compare(*row, state);
        state.default_basis = builds.text();
      }
    }
    states.push_back(std::move(state));
  }
  std::ranges::stable_sort(states, [](const KeyState& a, const KeyState& b) {
    return std::tuple(name_key(a.fact.key.raw()), a.fact.origin) <
           std::tuple(name_key(b.fact.key.raw()), b.fact.origin);
  });
  return states;
}

}  // namespace npg
