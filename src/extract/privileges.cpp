// PrivilegeFact: Security 4672 (special privileges of a new logon), 4627 and 4964 (powerful groups
// of a logon), 4624 as Defender tells it (whose logon is a local administrator's), 4728, 4732 and
// 4756 (somebody became a member of a group), 4729, 4733 and 4757 (and is none any more).
#include <algorithm>
#include <array>
#include <string>

#include "extract/event_parts.hpp"
#include "fact/readings.hpp"
#include "fact/text_pool.hpp"

namespace npg {
namespace {

using event_provider::security;

constexpr std::array interests = {
    EventInterest{security, 4624}, EventInterest{security, 4627}, EventInterest{security, 4672},
    EventInterest{security, 4728}, EventInterest{security, 4729}, EventInterest{security, 4732},
    EventInterest{security, 4733}, EventInterest{security, 4756}, EventInterest{security, 4757},
    EventInterest{security, 4964},
};

bool is_of_sid(char c) {
  return c == '-' || (c >= '0' && c <= '9');
}

/// The powerful groups, and Protected Users, among the SIDs of a text such as
/// "%{S-1-5-32-544}\n\t\t%{S-1-1-0}".
std::string telling_groups(std::string_view text) {
  std::string groups;
  for (std::size_t at = text.find("S-1-"); at != std::string_view::npos;
       at = text.find("S-1-", at + 4)) {
    const auto end =
        std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(at) + 1, text.end(), is_of_sid);
    const std::string_view sid = text.substr(at, static_cast<std::size_t>(end - text.begin()) - at);
    if (is_powerful_group(sid) || is_protected_users(sid)) {
      groups += (groups.empty() ? "" : " ") + std::string(sid);
    }
  }
  return groups;
}

void take_target(const WinEvent& event, std::string_view list, TextPool& pool,
                 PrivilegeFact& fact) {
  fact.account = account_text(event, "TargetDomainName", "TargetUserName", pool);
  fact.sid = sid_field(event, "TargetUserSid", pool);
  fact.logon_id = logon_id_field(event, "TargetLogonId");
  fact.groups = pool.share(EvidenceText::from_utf8(telling_groups(event.text(list))));
}

void extract(const WinEvent& event, TextPool& pool, FactSet& facts) {
  PrivilegeFact fact;
  fact.time = event.time();
  fact.event_id = event.event_id;
  switch (event.event_id) {
    case 4672:
      fact.account = account_text(event, "SubjectDomainName", "SubjectUserName", pool);
      fact.sid = sid_field(event, "SubjectUserSid", pool);
      fact.logon_id = logon_id_field(event, "SubjectLogonId");
      fact.privileges = trimmed_field(event, "PrivilegeList", pool);
      break;
    case 4624:
      // Only Defender's logons say it.
      if (!equal_names(event.text("IsLocalAdmin"), "true")) {
        return;
      }
      take_target(event, "IsLocalAdmin", pool, fact);
      fact.groups = pool.share(EvidenceText::from_literal("S-1-5-32-544"));
      break;
    case 4627: take_target(event, "GroupMembership", pool, fact); break;
    case 4964: take_target(event, "SidList", pool, fact); break;
    default:
      fact.removed = event.event_id == 4729 || event.event_id == 4733 || event.event_id == 4757;
      fact.sid = sid_field(event, "MemberSid", pool);
      fact.groups = pool.share(EvidenceText::from_utf8(telling_groups(event.text("TargetSid"))));
      break;
  }
  // Every logon has groups; only those that give power are kept.
  if (event.event_id != 4672 && fact.groups.empty()) {
    return;
  }
  fact.record_id = event.record_id;
  fact.origin = event.origin;
  facts.privileges.push_back(std::move(fact));
}

}  // namespace

EventExtractor privilege_extractor() {
  return {interests, EventPurpose::people, extract};
}

}  // namespace npg
