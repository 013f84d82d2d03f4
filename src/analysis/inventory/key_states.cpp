#include "analysis/inventory/key_states.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/evidence_text.hpp"
#include "fact/readings.hpp"
#include "fact/security_text.hpp"

namespace npg {
namespace {

constexpr std::uint8_t allow_entry = 0;
constexpr std::uint8_t deny_entry = 1;
constexpr std::uint8_t allow_callback = 9;  ///< holds only while its condition does
constexpr std::uint8_t inherit_only = 0x08;
constexpr std::uint16_t dacl_protected = 0x1000;

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

void compare(const DefaultPermission& row, KeyState& state) {
  const KeySecurity& security = *state.fact.security;
  state.default_is_verified = row.is_verified;
  state.default_source = row.source;
  if (!lists(row.owners, security.owner.raw())) {
    state.differences.push_back(
        fmt::format("owner is {}, by default {}",
                    escape_for_terminal(EvidenceText::from_utf8(name_or_sid(security.owner.raw()))),
                    row.owners.empty() ? "" : name_or_sid(row.owners.front())));
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
    if (!lists(row.writers, writer.sid)) {
      state.differences.push_back(fmt::format("{} may write, by default not",
                                              writer.name.empty() ? writer.sid : writer.name));
    }
  }
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
/// The groups that an account is in are not known, so a denial takes from its own SID only.
std::vector<KeyWriter> writers_of(const KeySecurity& security) {
  std::vector<std::pair<std::string, std::uint32_t>> allowed;
  std::vector<std::pair<std::string, std::uint32_t>> denied;
  for (const AccessEntryFact& entry : security.dacl) {
    if ((entry.flags & inherit_only) != 0) {
      continue;
    }
    const std::string sid(entry.sid.raw());
    const auto add = [&sid](auto& list, std::uint32_t mask) {
      const auto same = std::ranges::find(list, sid, [](const auto& one) { return one.first; });
      if (same == list.end()) {
        list.emplace_back(sid, mask);
      } else {
        same->second |= mask;
      }
    };
    // Generic rights are those of keys.
    std::uint32_t mask = entry.mask;
    mask |= (mask & 0x10000000U) != 0 ? 0xf003fU : 0U;
    mask |= (mask & 0x40000000U) != 0 ? 0x20006U : 0U;
    if (entry.type == deny_entry) {
      add(denied, mask);
    } else if (entry.type == allow_entry || entry.type == allow_callback) {
      const auto no = std::ranges::find(denied, sid, [](const auto& one) { return one.first; });
      add(allowed, no == denied.end() ? mask : mask & ~no->second);
    }
  }
  std::vector<KeyWriter> writers;
  for (const auto& [sid, mask] : allowed) {
    if (auto rights = write_rights(mask); !rights.empty()) {
      writers.push_back({.sid = sid, .name = account_name(sid), .rights = std::move(rights)});
    }
  }
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
