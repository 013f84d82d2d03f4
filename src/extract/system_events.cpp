// SystemEventFact: what happened to the host as a whole and bears on what its logs can show.
#include <array>
#include <string>
#include <utility>

#include "extract/audit_subcategories.hpp"
#include "extract/event_parts.hpp"
#include "extract/text_parts.hpp"
#include "fact/text_pool.hpp"

namespace npg {
namespace {

using event_provider::security;
using event_provider::sysmon;
constexpr std::string_view event_log = "Microsoft-Windows-Eventlog";
constexpr std::string_view classic_event_log = "EventLog";
constexpr std::string_view kernel_general = "Microsoft-Windows-Kernel-General";
constexpr std::string_view service_control = "Service Control Manager";
constexpr std::string_view msi_installer = "MsiInstaller";
constexpr std::string_view windows_update = "Microsoft-Windows-WindowsUpdateClient";
constexpr std::string_view servicing = "Microsoft-Windows-Servicing";
constexpr std::string_view group_policy = "Microsoft-Windows-GroupPolicy";

using Take = void (*)(const WinEvent& event, TextPool& pool, SystemEventFact& fact);

/// The n-th field, whatever its name: classic events have none. Empty when there are fewer.
EvidenceText positional(const WinEvent& event, std::size_t index) {
  return index < event.fields.size() ? event.fields[index].value : EvidenceText();
}

void take_nothing(const WinEvent& /*event*/, TextPool& /*pool*/, SystemEventFact& /*fact*/) {}

void take_1102(const WinEvent& event, TextPool& pool, SystemEventFact& fact) {
  fact.subject = pool.share(EvidenceText::from_literal("Security"));
  fact.actor = security_actor(event, pool);
}

void take_104(const WinEvent& event, TextPool& pool, SystemEventFact& fact) {
  fact.subject = field_text(event, "Channel", pool);
  fact.detail = field_text(event, "BackupPath", pool);
  const SharedText sid = fact.actor.sid;
  fact.actor = security_actor(event, pool);
  fact.actor.sid = fact.actor.sid.empty() ? sid : fact.actor.sid;
}

void take_channel(const WinEvent& event, TextPool& pool, SystemEventFact& fact) {
  fact.subject = field_text(event, "Channel", pool);
  fact.detail = field_text(event, "BackupPath", pool);
}

void take_1108(const WinEvent& event, TextPool& pool, SystemEventFact& fact) {
  fact.subject = field_text(event, "PublisherID", pool);
  fact.detail = field_text(event, "EventID", pool);
}

/// "%%8448, %%8451" in words; what is not one of the four stays as it is.
std::string audit_changes(std::string_view changes) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> words = {{
      {"%%8448", "success removed"},
      {"%%8449", "success added"},
      {"%%8450", "failure removed"},
      {"%%8451", "failure added"},
  }};
  std::string out(changes);
  for (const auto& [parameter, word] : words) {
    for (std::size_t at = out.find(parameter); at != std::string::npos;
         at = out.find(parameter, at + word.size())) {
      out.replace(at, parameter.size(), word);
    }
  }
  return out;
}

void take_4719(const WinEvent& event, TextPool& pool, SystemEventFact& fact) {
  std::string_view name = audit_subcategory_name(event.text("SubcategoryGuid"));
  if (name.empty()) {
    name = audit_subcategory_name(without_spaces(event.text("SubcategoryId")));
  }
  if (!name.empty()) {
    fact.subject = pool.share(EvidenceText::from_literal(name));
  } else {
    fact.subject = field_text(event, "SubcategoryGuid", pool);
    if (fact.subject.empty()) {
      fact.subject = field_text(event, "SubcategoryId", pool);
    }
  }
  fact.detail = pool.share(
      EvidenceText::from_utf8(audit_changes(without_spaces(event.text("AuditPolicyChanges")))));
  fact.actor = security_actor(event, pool);
}

/// "OLD to NEW", as logged.
SharedText from_to(const WinEvent& event, std::string_view from, std::string_view to,
                   TextPool& pool) {
  const SharedText before = field_text(event, from, pool);
  const SharedText after = field_text(event, to, pool);
  return before.empty() && after.empty() ? SharedText()
                                         : pool.share(joined(before.text(), " to ", after.text()));
}

void take_4616(const WinEvent& event, TextPool& pool, SystemEventFact& fact) {
  fact.detail = from_to(event, "PreviousTime", "NewTime", pool);
  fact.actor = security_actor(event, pool);
}

void take_kernel_time(const WinEvent& event, TextPool& pool, SystemEventFact& fact) {
  fact.detail = from_to(event, "OldTime", "NewTime", pool);
  fact.actor.process = field_text(event, "ProcessName", pool);
  fact.actor.process_id = event.number("ProcessID");
  // After a sleep the clock jumps by the time that was slept: what was logged before keeps its
  // time.
  if (event.number("Reason") == std::uint64_t{2}) {
    fact.subject = pool.share(EvidenceText::from_literal("hardware clock"));
  }
}

void take_update(const WinEvent& event, TextPool& pool, SystemEventFact& fact) {
  fact.subject = field_text(event, "updateTitle", pool);
}

void take_servicing(const WinEvent& event, TextPool& pool, SystemEventFact& fact) {
  fact.subject = field_text(event, "PackageIdentifier", pool);
  fact.detail = field_text(event, "IntendedPackageState", pool);
}

void take_group_policy(const WinEvent& event, TextPool& pool, SystemEventFact& fact) {
  fact.subject = field_text(event, "PrincipalSamName", pool);
}

void take_4697(const WinEvent& event, TextPool& pool, SystemEventFact& fact) {
  fact.subject = field_text(event, "ServiceName", pool);
  fact.detail = field_text(event, "ServiceFileName", pool);
  fact.actor = security_actor(event, pool);
}

/// The text of the first element of that name in a task's XML.
std::string element_text(std::string_view xml, std::string_view name) {
  const std::string begin = "<" + std::string(name) + ">";
  const std::size_t from = xml.find(begin);
  const std::size_t to = xml.find("</" + std::string(name) + ">", from);
  if (from == std::string_view::npos || to == std::string_view::npos) {
    return {};
  }
  std::string text(xml.substr(from + begin.size(), to - from - begin.size()));
  constexpr std::array<std::pair<std::string_view, char>, 5> entities = {
      {{"&quot;", '"'}, {"&apos;", '\''}, {"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}}};
  for (const auto& [entity, character] : entities) {
    for (std::size_t at = text.find(entity); at != std::string::npos;
         at = text.find(entity, at + 1)) {
      text.replace(at, entity.size(), 1, character);
    }
  }
  return text;
}

/// 4698 of a new task, 4702 of a changed one: the first command that it runs.
void take_task(const WinEvent& event, TextPool& pool, SystemEventFact& fact) {
  fact.subject = field_text(event, "TaskName", pool);
  const std::string_view content =
      event.text("TaskContent").empty() ? event.text("TaskContentNew") : event.text("TaskContent");
  const std::string command = element_text(content, "Command");
  const std::string arguments = element_text(content, "Arguments");
  fact.detail =
      pool.share(EvidenceText::from_utf8(arguments.empty() ? command : command + " " + arguments));
  fact.actor = security_actor(event, pool);
}

void take_7045(const WinEvent& event, TextPool& pool, SystemEventFact& fact) {
  fact.subject = field_text(event, "ServiceName", pool);
  fact.detail = field_text(event, "ImagePath", pool);
}

void take_7040(const WinEvent& event, TextPool& pool, SystemEventFact& fact) {
  fact.subject = field_text(event, "param4", pool);
  if (fact.subject.empty()) {
    fact.subject = field_text(event, "param1", pool);
  }
  fact.detail = from_to(event, "param2", "param3", pool);
}

void take_boot(const WinEvent& event, TextPool& pool, SystemEventFact& fact) {
  fact.subject = field_text(event, "BuildVersion", pool);
  fact.detail = field_text(event, "StartTime", pool);
}

void take_shutdown(const WinEvent& event, TextPool& pool, SystemEventFact& fact) {
  fact.detail = field_text(event, "StopTime", pool);
}

/// 6008 is logged at the next start; the time of the crash stands in it in the host's language.
void take_6008(const WinEvent& event, TextPool& pool, SystemEventFact& fact) {
  fact.subject = pool.share(EvidenceText::from_literal("unexpected"));
  fact.detail = pool.share(joined(positional(event, 1), " ", positional(event, 0)));
}

/// 1033: product, version, language, status, manufacturer. 11707: one sentence.
void take_installer(const WinEvent& event, TextPool& pool, SystemEventFact& fact) {
  fact.subject = pool.share(positional(event, 0));
  if (event.event_id == 1033) {
    fact.detail = pool.share(joined(positional(event, 1), ", ", positional(event, 4)));
    const EvidenceText status = positional(event, 3);
    const std::string_view code = status.raw();
    // ERROR_SUCCESS, and that the machine must be, or is being, started anew.
    if (!code.empty() && code != "0" && code != "3010" && code != "1641") {
      fact.detail = pool.share(joined(fact.detail.text(), ", failed with status ", status));
    }
  }
}

void take_sysmon_state(const WinEvent& event, TextPool& pool, SystemEventFact& fact) {
  fact.subject = field_text(event, "State", pool);
  fact.detail = field_text(event, "Version", pool);
}

void take_sysmon_configuration(const WinEvent& event, TextPool& pool, SystemEventFact& fact) {
  fact.subject = field_text(event, "Configuration", pool);
  fact.detail = field_text(event, "ConfigurationFileHash", pool);
}

void take_sysmon_error(const WinEvent& event, TextPool& pool, SystemEventFact& fact) {
  fact.subject = field_text(event, "ID", pool);
  fact.detail = field_text(event, "Description", pool);
}

struct Row {
  EventInterest interest;
  SystemEventKind kind;
  Take take;
};

constexpr std::array rows = {
    Row{{event_log, 1102}, SystemEventKind::log_cleared, take_1102},
    Row{{event_log, 104}, SystemEventKind::log_cleared, take_104},
    Row{{event_log, 1100}, SystemEventKind::log_service_stopped, take_nothing},
    Row{{classic_event_log, 6006}, SystemEventKind::log_service_stopped, take_nothing},
    Row{{event_log, 1101}, SystemEventKind::events_dropped, take_nothing},
    Row{{event_log, 1104}, SystemEventKind::events_dropped, take_nothing},
    Row{{event_log, 1108}, SystemEventKind::events_dropped, take_1108},
    Row{{event_log, 1105}, SystemEventKind::log_archived, take_channel},
    Row{{security, 4719}, SystemEventKind::audit_policy_changed, take_4719},
    Row{{security, 4616}, SystemEventKind::time_changed, take_4616},
    Row{{kernel_general, 1}, SystemEventKind::time_changed, take_kernel_time},
    Row{{service_control, 7045}, SystemEventKind::service_installed, take_7045},
    Row{{security, 4697}, SystemEventKind::service_installed, take_4697},
    Row{{security, 4698}, SystemEventKind::task_registered, take_task},
    Row{{security, 4702}, SystemEventKind::task_registered, take_task},
    Row{{service_control, 7040}, SystemEventKind::service_changed, take_7040},
    Row{{kernel_general, 12}, SystemEventKind::boot, take_boot},
    Row{{classic_event_log, 6005}, SystemEventKind::boot, take_nothing},
    Row{{security, 4608}, SystemEventKind::boot, take_nothing},
    Row{{kernel_general, 13}, SystemEventKind::shutdown, take_shutdown},
    Row{{classic_event_log, 6008}, SystemEventKind::shutdown, take_6008},
    Row{{msi_installer, 1033}, SystemEventKind::software_installed, take_installer},
    Row{{msi_installer, 11707}, SystemEventKind::software_installed, take_installer},
    Row{{sysmon, 4}, SystemEventKind::monitoring_changed, take_sysmon_state},
    Row{{sysmon, 16}, SystemEventKind::monitoring_changed, take_sysmon_configuration},
    Row{{sysmon, 255}, SystemEventKind::monitoring_changed, take_sysmon_error},
    Row{{windows_update, 19}, SystemEventKind::servicing, take_update},
    Row{{servicing, 2}, SystemEventKind::servicing, take_servicing},
    Row{{servicing, 4}, SystemEventKind::servicing, take_servicing},
    Row{{group_policy, 4000}, SystemEventKind::group_policy, take_group_policy},
    Row{{group_policy, 4001}, SystemEventKind::group_policy, take_group_policy},
    Row{{group_policy, 4002}, SystemEventKind::group_policy, take_group_policy},
    Row{{group_policy, 4003}, SystemEventKind::group_policy, take_group_policy},
    Row{{group_policy, 4004}, SystemEventKind::group_policy, take_group_policy},
    Row{{group_policy, 4005}, SystemEventKind::group_policy, take_group_policy},
    Row{{group_policy, 4006}, SystemEventKind::group_policy, take_group_policy},
    Row{{group_policy, 4007}, SystemEventKind::group_policy, take_group_policy},
};

constexpr auto interests = interests_of(rows);

void extract(const WinEvent& event, TextPool& pool, FactSet& facts) {
  const Row* row = row_for(rows, event);
  if (row == nullptr) {
    return;
  }
  SystemEventFact fact;
  fact.time = event.time();
  fact.event = row->kind;
  fact.event_id = event.event_id;
  fact.provider = pool.share(event.provider);
  fact.record_id = event.record_id;
  fact.origin = event.origin;
  // The logging account is who did it, as far as these logs say.
  fact.actor.sid = pool.share(event.user_sid);
  row->take(event, pool, fact);
  facts.system_events.push_back(std::move(fact));
}

}  // namespace

EventExtractor system_event_extractor() {
  return {interests, EventPurpose::registration, extract};
}

}  // namespace npg
