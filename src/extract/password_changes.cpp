// PasswordChangeFact: Security 4723 (by the user), 4724 (by somebody else) and those 4738 that say
// when the password was set.
#include <algorithm>
#include <array>

#include "extract/event_parts.hpp"
#include "extract/text_parts.hpp"

namespace npg {
namespace {

using event_provider::security;

constexpr std::array interests = {
    EventInterest{security, 4723},
    EventInterest{security, 4724},
    EventInterest{security, 4738},
};

/// 4738 is logged for every change of an account. PasswordLastSet is then "-", a message such as
/// %%1794 (never), or a time in the host's own language, which is not parsed: the event's time is
/// the fact.
bool sets_password(const WinEvent& event) {
  const std::string_view text = without_spaces(event.text("PasswordLastSet"));
  return !text.starts_with("%%") &&
         std::ranges::any_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

void extract(const WinEvent& event, TextPool& pool, FactSet& facts) {
  if (event.event_id == 4738 && !sets_password(event)) {
    return;
  }
  PasswordChangeFact fact;
  fact.time = event.time();
  fact.account = account_text(event, "TargetDomainName", "TargetUserName", pool);
  fact.sid = sid_field(event, "TargetSid", pool);
  fact.by_user = event.event_id == 4723;
  fact.actor = security_actor(event, pool);
  fact.event_id = event.event_id;
  fact.record_id = event.record_id;
  fact.origin = event.origin;
  facts.password_changes.push_back(std::move(fact));
}

}  // namespace

EventExtractor password_change_extractor() {
  return {interests, EventPurpose::registration, extract};
}

}  // namespace npg
