// Each public rule that misses a write because of the form in which a log tells it, with the event
// in that form: the change must be a fact, under one key, with the form as logged beside it.
#include <gtest/gtest.h>

#include <functional>

#include "extract/events.hpp"
#include "fact/text_pool.hpp"
#include "source/event_json/stream_test.hpp"

namespace npg {
namespace {

using testing::read_events_of;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c == '\\' ? "\\\\" : std::string(1, c);
  }
  return out;
}

/// A write to a value below HKLM.
struct Write {
  std::string_view hive;   ///< "SYSTEM", "SOFTWARE"
  std::string_view below;  ///< below the control set, or the hive
  std::string_view value;
};

std::string key_in(std::string_view root, std::string_view set, const Write& write) {
  return std::string(root) + "\\" + std::string(write.hive) + "\\" +
         (write.hive == "SYSTEM" ? std::string(set) + "\\" : "") + std::string(write.below);
}

struct Form {
  std::string_view what;
  std::string_view root;
  std::string_view set;
  std::function<std::string(const std::string& key, std::string_view value)> event;
};

std::string evtx_dump(std::string_view provider, std::string_view channel, unsigned id,
                      const std::string& data) {
  return R"({"Event":{"System":{"Provider":{"#attributes":{"Name":")" + std::string(provider) +
         R"("}},"EventID":)" + std::to_string(id) +
         R"(,"TimeCreated":{"#attributes":{"SystemTime":"2026-11-22T18:20:00.123456Z"}},"EventRecordID":7,"Channel":")" +
         std::string(channel) + R"(","Computer":"ws01"},"EventData":{)" + data + "}}}";
}

std::string security_4657(const std::string& key, std::string_view value) {
  return evtx_dump("Microsoft-Windows-Security-Auditing", "Security", 4657,
                   R"("SubjectUserSid":"S-1-5-18","ObjectName":")" + escaped(key) +
                       R"(","ObjectValueName":")" + std::string(value) +
                       R"(","OperationType":"%%1904","NewValueType":"%%1873","NewValue":"x")");
}

std::string sysmon_13(const std::string& key, std::string_view value) {
  return evtx_dump("Microsoft-Windows-Sysmon", "Microsoft-Windows-Sysmon/Operational", 13,
                   R"("EventType":"SetValue","Image":"C:\\Windows\\regedit.exe","TargetObject":")" +
                       escaped(key + "\\" + std::string(value)) + R"(","Details":"x")");
}

std::string defender(const std::string& key, std::string_view value) {
  return R"({"Timestamp":"2026-11-22T18:20:00.123Z","DeviceName":"ws01","ActionType":"RegistryValueSet","RegistryKey":")" +
         escaped(key) + R"(","RegistryValueName":")" + std::string(value) +
         R"(","RegistryValueData":"x"})";
}

std::string elastic(const std::string& key, std::string_view value) {
  return R"({"@timestamp":"2026-11-22T18:20:00.123Z","host":{"name":"ws01"},"event":{"dataset":"endpoint.events.registry","action":"modification"},"registry":{"path":")" +
         escaped(key + "\\" + std::string(value)) + R"(","value":")" + std::string(value) +
         R"(","data":{"strings":["x"]}}})";
}

const std::vector<Form>& forms() {
  static const std::vector<Form> all = {
      {"4657, which Hayabusa's built-in rule and Sigma's text miss", "\\REGISTRY\\MACHINE",
       "ControlSet001", security_4657},
      {"4657 in another case and set", "\\Registry\\Machine", "controlset002", security_4657},
      {"4657 of the current set", "\\REGISTRY\\MACHINE", "CurrentControlSet", security_4657},
      {"Sysmon, whose form Sigma knows", "HKLM", "CurrentControlSet", sysmon_13},
      {"Sysmon with the set by number, which Sigma misses", "HKLM", "ControlSet001", sysmon_13},
      {"Sysmon as \\REGISTRY", "\\REGISTRY\\MACHINE", "ControlSet001", sysmon_13},
      {"Defender", "HKEY_LOCAL_MACHINE", "ControlSet001", defender},
      {"Defender of the current set", "HKEY_LOCAL_MACHINE", "CurrentControlSet", defender},
      {"Elastic Defend", "HKLM", "ControlSet001", elastic},
      {"Elastic Defend as \\REGISTRY", "\\REGISTRY\\MACHINE", "ControlSet001", elastic},
      {"PowerShell's drive", "HKLM:", "CurrentControlSet", elastic},
      {"a policy's form", "MACHINE", "CurrentControlSet", elastic},
  };
  return all;
}

struct Rule {
  std::string_view what;
  Write write;
};

/// What public rules look at, and what they leave out beside it.
constexpr Rule rules[] = {
    {"Sigma 0442defa: a new provider",
     {"SYSTEM", "Services\\Evil\\NetworkProvider", "ProviderPath"}},
    {"Sigma 0442defa leaves out the built-in ones",
     {"SYSTEM", "Services\\LanmanWorkstation\\NetworkProvider", "ProviderPath"}},
    {"the same, WebClient", {"SYSTEM", "Services\\WebClient\\NetworkProvider", "ProviderPath"}},
    {"the same, RDPNP", {"SYSTEM", "Services\\RDPNP\\NetworkProvider", "ProviderPath"}},
    {"Elastic 54c3d186 asks for ProviderPath",
     {"SYSTEM", "Services\\Evil\\NetworkProvider", "AuthentProviderPath"}},
    {"the same", {"SYSTEM", "Services\\Evil\\NetworkProvider", "Class"}},
    {"Sigma f674e36a: Order", {"SYSTEM", "Control\\NetworkProvider\\Order", "ProviderOrder"}},
    {"Sigma f674e36a leaves out HwOrder",
     {"SYSTEM", "Control\\NetworkProvider\\HwOrder", "ProviderOrder"}},
    {"Sigma 92772523: mpnotify",
     {"SOFTWARE", "Microsoft\\Windows NT\\CurrentVersion\\Winlogon", "mpnotify"}},
    {"no rule: the policy that sends passwords",
     {"SOFTWARE", "Microsoft\\Windows\\CurrentVersion\\Policies\\System", "EnableMPR"}},
    {"no rule: connection notifyees", {"SYSTEM", "Control\\NetworkProvider\\Notifyees", "x"}},
};

FactSet facts_of(const std::vector<WinEvent>& events) {
  TextPool pool;
  FactSet facts;
  for (const WinEvent& event : events) {
    extract_event(event, pool, facts);
  }
  return facts;
}

TEST(PublicRules, EveryFormOfAWriteIsOneChange) {
  for (const Rule& rule : rules) {
    for (const Form& form : forms()) {
      const std::string key = key_in(form.root, form.set, rule.write);
      const auto read = read_events_of(form.event(key, rule.write.value));
      const FactSet facts = facts_of(read.events);
      ASSERT_EQ(facts.registry_changes.size(), 1U) << rule.what << ", " << form.what;
      const RegistryChangeFact& change = facts.registry_changes[0];
      EXPECT_EQ(change.key.raw(), key_in("HKLM", "CurrentControlSet", rule.write))
          << rule.what << ", " << form.what;
      EXPECT_TRUE(change.raw_key.raw().starts_with(key)) << form.what;
      EXPECT_EQ(change.value_name.raw(), rule.write.value);
      EXPECT_EQ(change.change, ChangeKind::value_set);
    }
  }
}

struct Other {
  std::string_view what;
  unsigned id;
  std::string_view provider;
  std::string_view data;
  ChangeKind change;
};

TEST(PublicRules, DeletionsRenamesAndAccessesAreChanges) {
  constexpr std::string_view sysmon = "Microsoft-Windows-Sysmon";
  constexpr std::string_view security = "Microsoft-Windows-Security-Auditing";
  constexpr Other others[] = {
      {"registry_set rules miss a deleted value", 12, sysmon,
       R"~("EventType":"DeleteValue","TargetObject":"HKLM\\System\\CurrentControlSet\\Services\\Evil\\NetworkProvider\\Class")~",
       ChangeKind::value_deleted},
      {"a deleted key", 12, sysmon,
       R"~("EventType":"DeleteKey","TargetObject":"HKLM\\System\\CurrentControlSet\\Services\\Evil\\NetworkProvider")~",
       ChangeKind::key_deleted},
      {"a key renamed into place", 14, sysmon,
       R"~("EventType":"RenameKey","TargetObject":"HKLM\\System\\CurrentControlSet\\Services\\Evil\\Other","NewName":"HKLM\\System\\CurrentControlSet\\Services\\Evil\\NetworkProvider")~",
       ChangeKind::renamed},
      {"Zircolite's 4657 asks for rendered text", 4657, security,
       R"~("ObjectName":"\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Services\\Evil\\NetworkProvider","ObjectValueName":"Class","OperationType":"%%1906")~",
       ChangeKind::value_deleted},
      {"4663 in the object manager's form", 4663, security,
       R"~("ObjectType":"Key","ObjectName":"\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Services\\Evil\\NetworkProvider","AccessList":"%%4433\n\t\t\t\t","AccessMask":"0x2")~",
       ChangeKind::accessed_for_write},
      {"4670: permissions", 4670, security,
       R"~("ObjectType":"Key","ObjectName":"\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Control\\NetworkProvider\\Order","OldSd":"D:","NewSd":"D:(A;;KA;;;WD)")~",
       ChangeKind::security_changed},
  };
  for (const Other& one : others) {
    const auto read = read_events_of(evtx_dump(one.provider, "c", one.id, std::string(one.data)));
    const FactSet facts = facts_of(read.events);
    // A key that is renamed into place is made there, too.
    ASSERT_EQ(facts.registry_changes.size(), one.change == ChangeKind::renamed ? 2U : 1U)
        << one.what;
    EXPECT_EQ(facts.registry_changes[0].change, one.change) << one.what;
    EXPECT_TRUE(
        facts.registry_changes[0].key.raw().starts_with(R"(HKLM\SYSTEM\CurrentControlSet\)"))
        << one.what;
  }
}

TEST(PublicRules, WhatOnlyLooksLikeOneIsNone) {
  constexpr std::string_view keys[] = {
      R"(HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\ServiceProvider)",
      R"(HKLM\SOFTWARE\Policies\Microsoft\Windows\NetworkProvider\HardenedPaths)",
      R"(HKU\S-1-5-21-1\SYSTEM\CurrentControlSet\Services\Evil\NetworkProvider)",
      R"(\REGISTRY\A\{361c92d4}\SYSTEM\ControlSet001\Services\Evil\NetworkProvider)",
  };
  for (const std::string_view key : keys) {
    const auto read = read_events_of(sysmon_13(std::string(key), "ProviderPath"));
    EXPECT_TRUE(facts_of(read.events).registry_changes.empty()) << key;
  }
}

}  // namespace
}  // namespace npg
