// ProcessStartFact: Security 4688 and Sysmon 1. The 4688 that every host logs while it boots are
// kept too: that they prove no process auditing is for the analysis to know.
#include <array>

#include "extract/event_parts.hpp"
#include "fact/text_pool.hpp"

namespace npg {
namespace {

using event_provider::security;
using event_provider::sysmon;

/// Where nobody's password and no change is in question, only what mpnotify.exe is or starts tells
/// anything.
constexpr std::array<std::string_view, 1> notifier = {"mpnotify"};
constexpr std::array security_tests = {FieldTest{"NewProcessName", notifier},
                                       FieldTest{"ParentProcessName", notifier}};
constexpr std::array sysmon_tests = {FieldTest{"Image", notifier},
                                     FieldTest{"ParentImage", notifier}};

constexpr std::array interests = {EventInterest{security, 4688, security_tests},
                                  EventInterest{sysmon, 1, sysmon_tests}};

/// Version 2 names the account that the process runs as, when it is not its creator's.
void take_account(const WinEvent& event, TextPool& pool, ProcessStartFact& fact) {
  SharedText target = account_text(event, "TargetDomainName", "TargetUserName", pool);
  const bool use_target = !target.empty() && logon_id_field(event, "TargetLogonId").has_value();
  fact.account = use_target ? std::move(target)
                            : account_text(event, "SubjectDomainName", "SubjectUserName", pool);
  fact.sid = sid_field(event, use_target ? "TargetUserSid" : "SubjectUserSid", pool);
  fact.logon_id = logon_id_field(event, use_target ? "TargetLogonId" : "SubjectLogonId");
}

void take_security(const WinEvent& event, TextPool& pool, ProcessStartFact& fact) {
  fact.image = field_text(event, "NewProcessName", pool);
  fact.command_line = field_text(event, "CommandLine", pool);
  fact.process_id = event.number("NewProcessId").value_or(0);
  fact.parent_image = field_text(event, "ParentProcessName", pool);
  fact.parent_process_id = event.number("ProcessId").value_or(0);
  take_account(event, pool, fact);
}

void take_sysmon(const WinEvent& event, TextPool& pool, ProcessStartFact& fact) {
  fact.image = field_text(event, "Image", pool);
  fact.command_line = field_text(event, "CommandLine", pool);
  fact.process_id = event.number("ProcessId").value_or(0);
  fact.process_guid = field_text(event, "ProcessGuid", pool);
  fact.parent_image = field_text(event, "ParentImage", pool);
  fact.parent_process_id = event.number("ParentProcessId").value_or(0);
  fact.parent_process_guid = field_text(event, "ParentProcessGuid", pool);
  fact.account = field_text(event, "User", pool);
  fact.logon_id = logon_id_field(event, "LogonId");
  fact.session = event.number("TerminalSessionId");
}

void extract(const WinEvent& event, TextPool& pool, FactSet& facts) {
  ProcessStartFact fact;
  fact.time = event.time();
  if (is_from(event, sysmon)) {
    take_sysmon(event, pool, fact);
  } else {
    take_security(event, pool, fact);
  }
  fact.event_id = event.event_id;
  fact.record_id = event.record_id;
  fact.origin = event.origin;
  facts.process_starts.push_back(std::move(fact));
}

}  // namespace

EventExtractor process_start_extractor() {
  return {interests, EventPurpose::registration, extract, EventPurpose::people};
}

}  // namespace npg
