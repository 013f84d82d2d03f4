// LogoffFact: the end of a logon or session, disconnects and locks included.
#include <array>

#include "extract/event_parts.hpp"
#include "fact/text_pool.hpp"

namespace npg {
namespace {

using event_provider::local_session;
using event_provider::security;
using event_provider::winlogon;

using Take = void (*)(const WinEvent& event, TextPool& pool, LogoffFact& fact);

void take_target(const WinEvent& event, TextPool& pool, LogoffFact& fact) {
  fact.account = account_text(event, "TargetDomainName", "TargetUserName", pool);
  fact.sid = sid_field(event, "TargetUserSid", pool);
  fact.logon_id = logon_id_field(event, "TargetLogonId");
  fact.session = event.number("SessionId");
}

void take_4779(const WinEvent& event, TextPool& pool, LogoffFact& fact) {
  fact.account = account_text(event, "AccountDomain", "AccountName", pool);
  fact.logon_id = logon_id_field(event, "LogonID");
}

void take_7002(const WinEvent& event, TextPool& pool, LogoffFact& fact) {
  fact.sid = sid_field(event, "UserSid", pool);
  fact.session = event.number("TSId");
}

void take_local_session(const WinEvent& event, TextPool& pool, LogoffFact& fact) {
  fact.account = field_text(event, "User", pool);
  fact.session = event.number("SessionID");
}

/// One session takes the place of another.
void take_39(const WinEvent& event, TextPool& /*pool*/, LogoffFact& fact) {
  fact.session = event.number("TargetSession");
}

void take_40(const WinEvent& event, TextPool& /*pool*/, LogoffFact& fact) {
  fact.session = event.number("Session");
  fact.detail = small_number(event, "Reason").value_or(0);
}

struct Row {
  EventInterest interest;
  Take take;
};

constexpr std::array rows = {
    Row{{security, 4634}, take_target},
    Row{{security, 4647}, take_target},
    Row{{security, 4779}, take_4779},
    Row{{security, 4800}, take_target},
    Row{{winlogon, 7002}, take_7002},
    Row{{local_session, 23}, take_local_session},
    Row{{local_session, 24}, take_local_session},
    Row{{local_session, 39}, take_39},
    Row{{local_session, 40}, take_40},
    Row{{local_session, 42}, take_local_session},
};

constexpr auto interests = interests_of(rows);

void extract(const WinEvent& event, TextPool& pool, FactSet& facts) {
  const Row* row = row_for(rows, event);
  if (row == nullptr) {
    return;
  }
  LogoffFact fact;
  fact.time = event.time();
  fact.event_id = event.event_id;
  fact.record_id = event.record_id;
  fact.origin = event.origin;
  row->take(event, pool, fact);
  facts.logoffs.push_back(std::move(fact));
}

}  // namespace

EventExtractor logoff_extractor() {
  return {interests, EventPurpose::people, extract};
}

}  // namespace npg
