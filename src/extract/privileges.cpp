// PrivilegeFact: Security 4672, special privileges of a new logon.
#include <array>

#include "extract/event_parts.hpp"

namespace npg {
namespace {

constexpr std::array interests = {EventInterest{event_provider::security, 4672}};

void extract(const WinEvent& event, TextPool& pool, FactSet& facts) {
  PrivilegeFact fact;
  fact.time = event.time();
  fact.account = account_text(event, "SubjectDomainName", "SubjectUserName", pool);
  fact.sid = sid_field(event, "SubjectUserSid", pool);
  fact.logon_id = logon_id_field(event, "SubjectLogonId");
  fact.privileges = trimmed_field(event, "PrivilegeList", pool);
  fact.record_id = event.record_id;
  fact.origin = event.origin;
  facts.privileges.push_back(std::move(fact));
}

}  // namespace

EventExtractor privilege_extractor() {
  return {interests, EventPurpose::people, extract};
}

}  // namespace npg
