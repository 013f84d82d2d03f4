#include "analysis/exposure/privileged.hpp"

#include <fmt/format.h>

#include <array>

#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg::exposure {
namespace {

template <typename Visit>
void for_each_word(std::string_view text, const Visit& visit) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) {
      visit(text.substr(0, end));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

// By the end of the SID (well-known SIDs of MS-DTYP 2.4.2.4).
std::string_view group_name(std::string_view sid) {
  struct Group {
    std::string_view end;
    std::string_view name;
  };
  constexpr std::array groups = {Group{"-544", "Administrators"},
                                 Group{"-548", "Account Operators"},
                                 Group{"-549", "Server Operators"},
                                 Group{"-550", "Print Operators"},
                                 Group{"-551", "Backup Operators"},
                                 Group{"-512", "Domain Admins"},
                                 Group{"-518", "Schema Admins"},
                                 Group{"-519", "Enterprise Admins"},
                                 Group{"-520", "Group Policy Creator Owners"},
                                 Group{"-526", "Key Admins"},
                                 Group{"-527", "Enterprise Key Admins"}};
  for (const Group& group : groups) {
    if (sid.ends_with(group.end)) {
      return group.name;
    }
  }
  return sid;
}

Privileged::Privileged(const FactSet& facts) {
  for (const PrivilegeFact& fact : facts.privileges) {
    if (fact.event_id == 4672) {
      sids_.emplace(fact.sid.raw());
      accounts_.insert(name_key(fact.account.raw()));
      continue;
    }
    for_each_word(fact.groups.raw(), [&](std::string_view group) {
      if (is_protected_users(group)) {
        FileTime& newest = fact.removed ? protected_until_[std::string(fact.sid.raw())]
                                        : protected_since_[std::string(fact.sid.raw())];
        newest = std::max(newest, fact.time);
      } else if (is_powerful_group(group)) {
        Membership& membership = groups_[std::string(fact.sid.raw())][std::string(group)];
        FileTime& newest = fact.removed ? membership.left : membership.last;
        newest = std::max(newest, fact.time);
        if (!fact.removed) {
          membership.event_ids.insert(fact.event_id);
        }
      }
    });
  }
}

Privileged::Reasons Privileged::of(const SharedText& account, const SharedText& sid,
                                   FileTime first) const {
  std::set<std::string> why;
  std::set<std::string> former;
  const bool is_special =
      sid.empty() ? accounts_.contains(name_key(account.raw())) : sids_.contains(sid.raw());
  if (is_special) {
    why.insert("special privileges at logon (4672)");
  }
  if (const auto found = groups_.find(sid.raw()); !sid.empty() && found != groups_.end()) {
    for (const auto& [group, membership] : found->second) {
      const std::string name = std::string(group_name(group));
      const bool has_left = membership.left >= membership.last && membership.left.given();
      if (has_left && membership.left < first) {
        former.insert(fmt::format("{} until {}", name, to_screen_time(membership.left)));
      } else {
        std::string ids;
        for (const std::uint32_t id : membership.event_ids) {
          ids += (ids.empty() ? "" : ", ") + std::to_string(id);
        }
        why.insert(fmt::format("{} ({}){}", name, ids.empty() ? "by its leaving" : ids,
                               has_left ? ", until " + to_screen_time(membership.left) : ""));
      }
    }
  }
  if (sid.raw().starts_with("S-1-5-21-")) {
    const std::string_view rid = sid.raw().substr(sid.raw().rfind('-') + 1);
    if (rid == "500") {
      why.insert("built-in Administrator (RID 500)");
    }
  }
  return {.why = {why.begin(), why.end()}, .former = {former.begin(), former.end()}};
}

bool Privileged::is_protected_user(const SharedText& sid) const {
  const auto since = protected_since_.find(sid.raw());
  const auto until = protected_until_.find(sid.raw());
  return !sid.empty() && since != protected_since_.end() &&
         (until == protected_until_.end() || until->second < since->second);
}

bool name_hints_at_admin(const SharedText& account) {
  std::string name = name_key(account.raw());
  name = name.substr(name.rfind('\\') + 1);
  return name.starts_with("ADM") || name.starts_with("DA-") ||
         name.find("ADMIN") != std::string::npos;
}

}  // namespace npg::exposure
