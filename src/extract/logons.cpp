// LogonFact: every place where a logon is told, those that are on by default included.
#include <algorithm>
#include <array>

#include "extract/event_parts.hpp"
#include "extract/text_parts.hpp"
#include "fact/text_pool.hpp"

namespace npg {
namespace {

using event_provider::local_session;
using event_provider::remote_connection;
using event_provider::security;
using event_provider::winlogon;
constexpr std::string_view profiles = "Microsoft-Windows-User Profiles Service";
/// Quirk: some collectors give the channel's name, without the s, for the provider's.
constexpr std::string_view profile = "Microsoft-Windows-User Profile Service";

using Take = void (*)(const WinEvent& event, TextPool& pool, LogonFact& fact);

void take_4624(const WinEvent& event, TextPool& pool, LogonFact& fact) {
  fact.account = account_text(event, "TargetDomainName", "TargetUserName", pool);
  fact.sid = sid_field(event, "TargetUserSid", pool);
  fact.logon_type = small_number(event, "LogonType");
  fact.logon_id = logon_id_field(event, "TargetLogonId");
  fact.linked_logon_id = logon_id_field(event, "TargetLinkedLogonId");
  fact.logon_process = trimmed_field(event, "LogonProcessName", pool);
  fact.package = field_text(event, "AuthenticationPackageName", pool);
  fact.process = field_text(event, "ProcessName", pool);
  fact.process_id = event.number("ProcessId");
  fact.address = address_field(event, "IpAddress", pool);
  fact.workstation = field_text(event, "WorkstationName", pool);
  fact.restricted_admin = says_yes(event, "RestrictedAdminMode");
  fact.remote_credential_guard = says_yes(event, "RemoteCredentialGuard");
  fact.virtual_account = says_yes(event, "VirtualAccount");
  fact.elevated = says_yes(event, "ElevatedToken");
}

/// The logon that 4648 precedes has its own id; the Subject's is that of who asked.
void take_4648(const WinEvent& event, TextPool& pool, LogonFact& fact) {
  fact.account = account_text(event, "TargetDomainName", "TargetUserName", pool);
  fact.process = field_text(event, "ProcessName", pool);
  fact.process_id = event.number("ProcessId");
  fact.address = address_field(event, "IpAddress", pool);
  fact.workstation = field_text(event, "TargetServerName", pool);
}

void take_4778(const WinEvent& event, TextPool& pool, LogonFact& fact) {
  fact.account = account_text(event, "AccountDomain", "AccountName", pool);
  fact.logon_id = logon_id_field(event, "LogonID");
  fact.address = address_field(event, "ClientAddress", pool);
  fact.workstation = field_text(event, "ClientName", pool);
}

void take_4801(const WinEvent& event, TextPool& pool, LogonFact& fact) {
  fact.account = account_text(event, "TargetDomainName", "TargetUserName", pool);
  fact.sid = sid_field(event, "TargetUserSid", pool);
  fact.logon_id = logon_id_field(event, "TargetLogonId");
  fact.session = event.number("SessionId");
}

void take_7001(const WinEvent& event, TextPool& pool, LogonFact& fact) {
  fact.sid = sid_field(event, "UserSid", pool);
  fact.session = event.number("TSId");
}

void take_local_session(const WinEvent& event, TextPool& pool, LogonFact& fact) {
  fact.account = field_text(event, "User", pool);
  fact.session = event.number("SessionID");
  fact.address = address_field(event, "Address", pool);
}

void take_1149(const WinEvent& event, TextPool& pool, LogonFact& fact) {
  fact.account = account_text(event, "Param2", "Param1", pool);
  fact.address = address_field(event, "Param3", pool);
}

void take_811(const WinEvent& event, TextPool& /*pool*/, LogonFact& fact) {
  fact.detail = small_number(event, "Event").value_or(0);
}

/// SIDs of people: accounts of a computer or domain, and of Entra ID.
bool is_person(std::string_view sid) {
  return sid.starts_with("S-1-5-21-") || sid.starts_with("S-1-12-1-");
}

/// The service logs the notification under the account that logs on.
void take_profile(const WinEvent& event, TextPool& pool, LogonFact& fact) {
  if (is_person(event.user_sid.raw())) {
    fact.sid = pool.share(event.user_sid);
  }
  fact.session = event.number("Session");
}

/// The key is \Registry\User\SID, or the SID alone; the second file of a user, SID_Classes, says
/// nothing more.
void take_profile_file(const WinEvent& event, TextPool& pool, LogonFact& fact) {
  std::string_view key = event.text("Key");
  key.remove_prefix(std::min(key.size(), key.rfind('\\') + 1));
  if (is_person(key) && !ends_with_name(key, "_Classes")) {
    fact.sid = pool.share(EvidenceText::from_utf8(key));
  }
}

void take_profile_path(const WinEvent& event, TextPool& pool, LogonFact& fact) {
  take_profile(event, pool, fact);
  fact.process = field_text(event, "LocalPath", pool);
}

struct Row {
  EventInterest interest;
  LogonSource source;
  Take take;
};

constexpr std::array rows = {
    Row{{security, 4624}, LogonSource::security_4624, take_4624},
    Row{{security, 4648}, LogonSource::security_4648, take_4648},
    Row{{security, 4778}, LogonSource::security_4778, take_4778},
    Row{{security, 4801}, LogonSource::security_4801, take_4801},
    Row{{winlogon, 7001}, LogonSource::winlogon_7001, take_7001},
    Row{{local_session, 21}, LogonSource::local_session_21, take_local_session},
    Row{{local_session, 25}, LogonSource::local_session_25, take_local_session},
    Row{{remote_connection, 1149}, LogonSource::remote_connection_1149, take_1149},
    Row{{winlogon, 811}, LogonSource::winlogon_811, take_811},
    Row{{profiles, 1}, LogonSource::profile_1, take_profile},
    Row{{profile, 1}, LogonSource::profile_1, take_profile},
    Row{{local_session, 41}, LogonSource::local_session_41, take_local_session},
    Row{{winlogon, 812}, LogonSource::winlogon_812, take_811},
    Row{{profiles, 5}, LogonSource::profile_5, take_profile_file},
    Row{{profile, 5}, LogonSource::profile_5, take_profile_file},
    Row{{profiles, 67}, LogonSource::profile_67, take_profile_path},
    Row{{profile, 67}, LogonSource::profile_67, take_profile_path},
};

constexpr auto interests = interests_of(rows);

/// Winlogon tells each subscriber of each notification. Of the codes only logon (2) and unlock (5)
/// have a person behind them. Of a logon one subscriber is enough; an unlock is told to others than
/// Profiles, which asks for logons and logoffs alone.
bool is_repeated_notification(const WinEvent& event) {
  constexpr std::string_view subscriber_kept = "Profiles";
  const auto code = event.number("Event");
  const std::string_view subscriber = event.text("SubscriberName");
  return (code != std::uint64_t{2} && code != std::uint64_t{5}) ||
         (code == std::uint64_t{2} && !subscriber.empty() &&
          !equal_names(subscriber, subscriber_kept));
}

void extract(const WinEvent& event, TextPool& pool, FactSet& facts) {
  const Row* row = row_for(rows, event);
  const bool is_notification = row != nullptr && (row->source == LogonSource::winlogon_811 ||
                                                  row->source == LogonSource::winlogon_812);
  if (row == nullptr || (is_notification && is_repeated_notification(event))) {
    return;
  }
  LogonFact fact;
  fact.time = event.time();
  fact.source = row->source;
  fact.record_id = event.record_id;
  fact.origin = event.origin;
  row->take(event, pool, fact);
  if (fact.source == LogonSource::profile_5 && fact.sid.empty()) {
    return;  // A service's registry file, or the second one of a user.
  }
  facts.logons.push_back(std::move(fact));
}

}  // namespace

EventExtractor logon_extractor() {
  return {interests, EventPurpose::people, extract};
}

}  // namespace npg
