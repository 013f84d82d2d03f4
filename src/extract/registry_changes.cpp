// RegistryChangeFact: Security 4656, 4657, 4663, 4670, 4907 and Sysmon 12, 13, 14.
// Security 4660 (object deleted) names no object, only a handle: KeyDeletions joins it with the
// event that does.
#include <array>
#include <utility>

#include "extract/event_parts.hpp"
#include "extract/key_deletions.hpp"
#include "extract/registry_keys.hpp"
#include "extract/registry_path.hpp"
#include "extract/text_parts.hpp"
#include "fact/text_pool.hpp"

namespace npg {
namespace {

using event_provider::security;
using event_provider::sysmon;

/// Names without one of which no key bears on us (bears_on_us, is_service_key).
constexpr std::array<std::string_view, 8> value_words = {
    "NetworkProvider", "EventLog", "Lsa", "Winlogon", "mpnotify", "Policies", "WINEVT", "Select"};
constexpr std::array<std::string_view, 8> key_words = {
    "NetworkProvider", "EventLog", "Lsa", "Winlogon", "mpnotify", "Policies", "WINEVT", "Services"};
constexpr std::array value_tests = {FieldTest{"ObjectName", value_words}};
constexpr std::array key_tests = {FieldTest{"ObjectName", key_words}};
constexpr std::array sysmon_value_tests = {FieldTest{"TargetObject", value_words}};
constexpr std::array sysmon_key_tests = {FieldTest{"TargetObject", key_words},
                                         FieldTest{"NewName", key_words}};

constexpr std::array interests = {
    EventInterest{security, 4656, key_tests},
    EventInterest{security, 4657, value_tests},
    EventInterest{security, 4660},
    EventInterest{security, 4663, key_tests},
    EventInterest{security, 4670, key_tests},
    EventInterest{security, 4907, key_tests},
    EventInterest{sysmon, 12, sysmon_key_tests},
    EventInterest{sysmon, 13, sysmon_value_tests},
    EventInterest{sysmon, 14, sysmon_key_tests},
};

/// KEY_SET_VALUE, KEY_CREATE_SUB_KEY, KEY_CREATE_LINK, DELETE, WRITE_DAC, WRITE_OWNER.
constexpr std::uint64_t write_rights = 0x2 | 0x4 | 0x20 | right_delete | 0x40000 | 0x80000;

RegistryChangeFact change_of(const WinEvent& event, ChangeKind change, std::string_view raw_key,
                             TextPool& pool) {
  RegistryPath path = normalise_registry_path(raw_key);
  RegistryChangeFact fact;
  fact.time = event.time();
  fact.change = change;
  fact.key = pool.share(EvidenceText::from_utf8(path.canonical));
  fact.raw_key = pool.share(EvidenceText::from_utf8(raw_key));
  fact.control_set = path.control_set;
  fact.event_id = event.event_id;
  fact.provider = pool.share(event.provider);
  fact.record_id = event.record_id;
  fact.origin = event.origin;
  return fact;
}

bool is_about_a_key(const WinEvent& event) {
  // Without a type the name decides: only keys begin with \REGISTRY.
  const std::string_view type = event.text("ObjectType");
  return type.empty() || equal_names(type, "Key");
}

void value_change(const WinEvent& event, TextPool& pool, FactSet& facts) {
  const std::string_view value_name = event.text("ObjectValueName");
  const std::string path = normalise_registry_path(event.text("ObjectName")).canonical;
  if (!bears_on_us(path, KeyEvent::value, value_name)) {
    return;
  }
  const bool is_deleted = event.text("OperationType") == "%%1906";
  RegistryChangeFact fact =
      change_of(event, is_deleted ? ChangeKind::value_deleted : ChangeKind::value_set,
                event.text("ObjectName"), pool);
  fact.value_name = pool.share(EvidenceText::from_utf8(value_name));
  fact.was_created = event.text("OperationType") == "%%1904";
  fact.old_value = field_text(event, "OldValue", pool);
  fact.new_value = field_text(event, "NewValue", pool);
  fact.actor = security_actor(event, pool);
  facts.registry_changes.push_back(std::move(fact));
}

void access(const WinEvent& event, TextPool& pool, FactSet& facts) {
  const std::uint64_t rights = access_rights(event);
  if (!is_about_a_key(event) || (rights & write_rights) == 0) {
    return;
  }
  const std::string path = normalise_registry_path(event.text("ObjectName")).canonical;
  // Programs write to service keys all day; of those only the right to delete bears on us.
  const bool may_delete_service = is_service_key(path) && (rights & right_delete) != 0;
  if (!may_delete_service && !bears_on_us(path, KeyEvent::access, {})) {
    return;
  }
  RegistryChangeFact fact =
      change_of(event, ChangeKind::accessed_for_write, event.text("ObjectName"), pool);
  fact.actor = security_actor(event, pool);
  facts.registry_changes.push_back(std::move(fact));
}

void security_change(const WinEvent& event, TextPool& pool, FactSet& facts) {
  const std::string path = normalise_registry_path(event.text("ObjectName")).canonical;
  if (!is_about_a_key(event) || !bears_on_us(path, KeyEvent::security, {})) {
    return;
  }
  RegistryChangeFact fact =
      change_of(event, ChangeKind::security_changed, event.text("ObjectName"), pool);
  fact.old_value = field_text(event, "OldSd", pool);
  fact.new_value = field_text(event, "NewSd", pool);
  fact.actor = security_actor(event, pool);
  facts.registry_changes.push_back(std::move(fact));
}

/// Sysmon writes key and value as one path; the value is the last name. A value's own backslashes
/// cannot be told from the key's.
std::pair<std::string_view, std::string_view> split_value(std::string_view target) {
  const std::size_t last = target.rfind('\\');
  if (last == std::string_view::npos) {
    return {target, {}};
  }
  return {target.substr(0, last), target.substr(last + 1)};
}

void add_sysmon_value(const WinEvent& event, ChangeKind change, TextPool& pool, FactSet& facts) {
  const auto [key, value_name] = split_value(event.text("TargetObject"));
  const std::string path = normalise_registry_path(key).canonical;
  const bool is_renamed_to_ours =
      change == ChangeKind::renamed &&
      bears_on_us(path, KeyEvent::value, split_value(event.text("NewName")).second);
  if (!is_renamed_to_ours && !bears_on_us(path, KeyEvent::value, value_name)) {
    return;
  }
  RegistryChangeFact fact = change_of(event, change, key, pool);
  fact.raw_key = pool.share(EvidenceText::from_utf8(event.text("TargetObject")));
  fact.value_name = pool.share(EvidenceText::from_utf8(value_name));
  fact.old_value = field_text(event, "OldValue", pool);  // A sensor's; Sysmon tells none.
  fact.new_value = field_text(event, change == ChangeKind::renamed ? "NewName" : "Details", pool);
  fact.actor = sysmon_actor(event, pool);
  facts.registry_changes.push_back(std::move(fact));
}

void add_sysmon_key(const WinEvent& event, ChangeKind change, TextPool& pool, FactSet& facts) {
  const std::string_view target = event.text("TargetObject");
  const std::string_view new_name = event.text("NewName");
  const auto is_ours = [](std::string_view path) {
    return bears_on_us(normalise_registry_path(path).canonical, KeyEvent::key, {});
  };
  // A harmless key may be renamed into one of ours. Some versions log the last name alone.
  const std::string renamed_beside =
      std::string(split_value(target).first) + "\\" + std::string(new_name);
  if (!is_ours(target) &&
      !(change == ChangeKind::renamed && (is_ours(new_name) || is_ours(renamed_beside)))) {
    return;
  }
  RegistryChangeFact fact = change_of(event, change, target, pool);
  fact.new_value = field_text(event, "NewName", pool);
  fact.actor = sysmon_actor(event, pool);
  facts.registry_changes.push_back(std::move(fact));
  if (change != ChangeKind::renamed || new_name.empty()) {
    return;
  }
  // Under its new name the key is a new one.
  const std::string_view whole = is_ours(new_name) ? new_name : std::string_view(renamed_beside);
  if (is_ours(whole)) {
    RegistryChangeFact created = change_of(event, ChangeKind::key_created, whole, pool);
    created.actor = sysmon_actor(event, pool);
    facts.registry_changes.push_back(std::move(created));
  }
}

void sysmon_change(const WinEvent& event, TextPool& pool, FactSet& facts) {
  const std::string_view type = event.text("EventType");
  if (event.event_id == 13) {
    add_sysmon_value(event, ChangeKind::value_set, pool, facts);
  } else if (event.event_id == 14) {
    if (equal_names(type, "RenameValue")) {
      add_sysmon_value(event, ChangeKind::renamed, pool, facts);
    } else {
      add_sysmon_key(event, ChangeKind::renamed, pool, facts);
    }
  } else if (equal_names(type, "DeleteValue")) {
    add_sysmon_value(event, ChangeKind::value_deleted, pool, facts);
  } else if (equal_names(type, "CreateKey")) {
    add_sysmon_key(event, ChangeKind::key_created, pool, facts);
  } else if (equal_names(type, "DeleteKey")) {
    add_sysmon_key(event, ChangeKind::key_deleted, pool, facts);
  } else {
    // Something was written to the key; which way, the event does not say.
    add_sysmon_key(event, ChangeKind::accessed_for_write, pool, facts);
  }
}

void extract(const WinEvent& event, TextPool& pool, FactSet& facts) {
  if (is_from(event, sysmon)) {
    sysmon_change(event, pool, facts);
    return;
  }
  switch (event.event_id) {
    case 4657: value_change(event, pool, facts); break;
    case 4670:
    case 4907: security_change(event, pool, facts); break;
    case 4660: break;
    default: access(event, pool, facts); break;
  }
}

}  // namespace

EventExtractor registry_change_extractor() {
  return {interests, EventPurpose::registration, extract};
}

}  // namespace npg
