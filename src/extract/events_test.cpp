#include "extract/events.hpp"

#include <gtest/gtest.h>

#include "fact/text_pool.hpp"
#include "testing/events.hpp"

namespace npg {
namespace {

using testing::event;
using testing::FieldText;
using Fields = std::vector<FieldText>;

constexpr std::string_view security = "Microsoft-Windows-Security-Auditing";
constexpr std::string_view sysmon = "Microsoft-Windows-Sysmon";
constexpr std::string_view winlogon = "Microsoft-Windows-Winlogon";
constexpr std::string_view lsm = "Microsoft-Windows-TerminalServices-LocalSessionManager";
constexpr std::string_view rcm = "Microsoft-Windows-TerminalServices-RemoteConnectionManager";
constexpr std::string_view event_log = "Microsoft-Windows-Eventlog";
constexpr std::string_view time_text = "2026-11-20T10:00:00Z";

FactSet extracted(std::string_view provider, std::uint32_t id, const Fields& fields) {
  FactSet facts;
  TextPool pool;
  extract_event(event(provider, id, time_text, fields), pool, facts);
  return facts;
}

std::size_t count(FactSet& facts) {
  std::size_t all = 0;
  FactSet::for_each_kind(facts, [&](const auto& kind) { all += kind.size(); });
  return all;
}

const Fields subject = {{"SubjectUserSid", "S-1-5-21-1-2-3-500"},
                        {"SubjectUserName", "admin"},
                        {"SubjectDomainName", "CORP"},
                        {"SubjectLogonId", "0x3e7a1"},
                        {"ProcessId", "0x1a4"},
                        {"ProcessName", "C:\\Windows\\regedit.exe"}};

Fields with_subject(Fields fields) {
  fields.insert(fields.end(), subject.begin(), subject.end());
  return fields;
}

constexpr std::string_view order_object =
    "\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Control\\NetworkProvider\\Order";

TEST(Events, SecurityValueChanges) {
  struct Case {
    std::string_view operation;
    ChangeKind change;
  };
  const Case cases[] = {{"%%1904", ChangeKind::value_set},
                        {"%%1905", ChangeKind::value_set},
                        {"%%1906", ChangeKind::value_deleted},
                        {"", ChangeKind::value_set}};
  for (const Case& c : cases) {
    const FactSet facts = extracted(security, 4657,
                                    with_subject({{"ObjectName", order_object},
                                                  {"ObjectValueName", "ProviderOrder"},
                                                  {"OperationType", c.operation},
                                                  {"OldValue", "-"},
                                                  {"NewValue", "RDPNP,Evil"}}));
    ASSERT_EQ(facts.registry_changes.size(), 1U) << c.operation;
    const RegistryChangeFact& fact = facts.registry_changes[0];
    EXPECT_EQ(fact.change, c.change) << c.operation;
    EXPECT_EQ(fact.key.raw(), "HKLM\\SYSTEM\\CurrentControlSet\\Control\\NetworkProvider\\Order");
    EXPECT_EQ(fact.raw_key.raw(), order_object);
    EXPECT_EQ(fact.control_set, 1U);
    EXPECT_EQ(fact.value_name.raw(), "ProviderOrder");
    EXPECT_TRUE(fact.old_value.empty());
    EXPECT_EQ(fact.new_value.raw(), "RDPNP,Evil");
    EXPECT_EQ(fact.actor.account.raw(), "CORP\\admin");
    EXPECT_EQ(fact.actor.logon_id, 0x3e7a1U);
    EXPECT_EQ(fact.actor.process_id, 0x1a4U);
    EXPECT_EQ(fact.actor.process.raw(), "C:\\Windows\\regedit.exe");
    EXPECT_EQ(to_rfc3339(fact.time), "2026-11-20T10:00:00.0000000Z");
  }
}

TEST(Events, SecurityAccessCountsOnlyWithWriteRights) {
  struct Case {
    std::string_view object;
    std::string_view type;
    std::string_view mask;
    std::string_view list;
    std::size_t facts;
  };
  constexpr std::string_view service = "\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Services\\Evil";
  const Case cases[] = {
      {order_object, "Key", "0x2", "", 1},      {order_object, "Key", "0x1", "", 0},
      {order_object, "Key", "", "%%4433\n", 1}, {order_object, "Key", "", "%%4432", 0},
      {order_object, "File", "0x2", "", 0},     {service, "Key", "0x10000", "", 1},
      {service, "Key", "0x2", "", 0},           {"", "Key", "0x2", "", 0},
  };
  for (const Case& c : cases) {
    for (const std::uint32_t id : {4656U, 4663U}) {
      const FactSet facts = extracted(security, id,
                                      with_subject({{"ObjectType", c.type},
                                                    {"ObjectName", c.object},
                                                    {"AccessMask", c.mask},
                                                    {"AccessList", c.list}}));
      ASSERT_EQ(facts.registry_changes.size(), c.facts) << c.object << c.mask << c.list;
    }
  }
}

TEST(Events, SecurityDescriptorChangesOfKeys) {
  const FactSet facts = extracted(security, 4670,
                                  with_subject({{"ObjectType", "Key"},
                                                {"ObjectName", order_object},
                                                {"OldSd", "D:(A;;KR;;;BU)"},
                                                {"NewSd", "D:(A;;KA;;;BU)"}}));
  ASSERT_EQ(facts.registry_changes.size(), 1U);
  EXPECT_EQ(facts.registry_changes[0].change, ChangeKind::security_changed);
  EXPECT_EQ(facts.registry_changes[0].new_value.raw(), "D:(A;;KA;;;BU)");
}

TEST(Events, SysmonRegistryChanges) {
  const std::string services = "HKLM\\System\\CurrentControlSet\\Services\\";
  const std::string evil = services + "Evil";
  const std::string harmless = services + "Evil\\x";
  const std::string path = services + "Evil\\NetworkProvider\\ProviderPath";
  const std::string provider = services + "Evil\\NetworkProvider";
  struct Case {
    std::uint32_t id;
    std::string_view type;
    std::string_view target;
    std::string_view more;
    std::size_t facts;
    ChangeKind change;
    std::string_view value_name;
  };
  const Case cases[] = {
      {13, "SetValue", path, "C:\\e.dll", 1, ChangeKind::value_set, "ProviderPath"},
      {13, "", path, "", 1, ChangeKind::value_set, "ProviderPath"},
      {13, "SetValue", harmless, "1", 0, {}, ""},
      {12, "CreateKey", provider, "", 1, ChangeKind::key_created, ""},
      {12, "CreateKey", evil, "", 1, ChangeKind::key_created, ""},
      {12, "CreateKey", harmless, "", 0, {}, ""},
      {12, "DeleteKey", provider, "", 1, ChangeKind::key_deleted, ""},
      {12, "DeleteValue", path, "", 1, ChangeKind::value_deleted, "ProviderPath"},
      {12, "", provider, "", 1, ChangeKind::accessed_for_write, ""},
      // The key under its new name is a second fact.
      {14, "RenameKey", evil, "x", 2, ChangeKind::renamed, ""},
      {14, "RenameKey", harmless, provider, 2, ChangeKind::renamed, ""},
      {14, "RenameKey", harmless, "NetworkProvider", 2, ChangeKind::renamed, ""},
      {14, "RenameKey", harmless, "y", 0, {}, ""},
      {14, "RenameValue", path, "Old", 1, ChangeKind::renamed, "ProviderPath"},
  };
  for (const Case& c : cases) {
    const FactSet facts = extracted(sysmon, c.id,
                                    {{"EventType", c.type},
                                     {"ProcessGuid", "{1}"},
                                     {"ProcessId", "420"},
                                     {"Image", "C:\\Windows\\system32\\reg.exe"},
                                     {"TargetObject", c.target},
                                     {c.id == 14 ? "NewName" : "Details", c.more},
                                     {"User", "CORP\\admin"}});
    ASSERT_EQ(facts.registry_changes.size(), c.facts) << c.id << c.type << c.target;
    if (c.facts != 0) {
      const RegistryChangeFact& fact = facts.registry_changes[0];
      EXPECT_EQ(fact.change, c.change) << c.id << c.type << c.target;
      EXPECT_EQ(fact.value_name.raw(), c.value_name) << c.target;
      EXPECT_EQ(fact.raw_key.raw(), c.target);
      EXPECT_TRUE(fact.key.raw().starts_with("HKLM\\SYSTEM\\CurrentControlSet\\Services\\Evil"));
      EXPECT_EQ(fact.new_value.raw(), c.more);
      EXPECT_EQ(fact.actor.account.raw(), "CORP\\admin");
      EXPECT_EQ(fact.actor.process_id, 420U);
    }
  }
}

TEST(Events, LogonsOfEverySource) {
  const FactSet full = extracted(security, 4624,
                                 {{"TargetUserSid", "S-1-5-21-1-2-3-1104"},
                                  {"TargetUserName", "anna"},
                                  {"TargetDomainName", "CORP"},
                                  {"TargetLogonId", "0x5a1b2"},
                                  {"LogonType", "10"},
                                  {"LogonProcessName", "User32 "},
                                  {"AuthenticationPackageName", "Negotiate"},
                                  {"WorkstationName", "-"},
                                  {"ProcessId", "0x4c8"},
                                  {"ProcessName", "C:\\Windows\\System32\\svchost.exe"},
                                  {"IpAddress", "10.1.2.3"},
                                  {"RestrictedAdminMode", "%%1842"},
                                  {"VirtualAccount", "%%1843"},
                                  {"TargetLinkedLogonId", "0x0"},
                                  {"ElevatedToken", "%%1842"}});
  ASSERT_EQ(full.logons.size(), 1U);
  const LogonFact& fact = full.logons[0];
  EXPECT_EQ(fact.account.raw(), "CORP\\anna");
  EXPECT_EQ(fact.logon_type, 10U);
  EXPECT_EQ(fact.logon_id, 0x5a1b2U);
  EXPECT_FALSE(fact.linked_logon_id.has_value());
  EXPECT_EQ(fact.logon_process.raw(), "User32");
  EXPECT_TRUE(fact.workstation.empty());
  EXPECT_EQ(fact.address.raw(), "10.1.2.3");
  EXPECT_TRUE(fact.restricted_admin);
  EXPECT_TRUE(fact.elevated);
  EXPECT_FALSE(fact.virtual_account);

  struct Case {
    std::string_view provider;
    std::uint32_t id;
    Fields fields;
    LogonSource source;
    std::string_view account;
    std::string_view sid;
    std::string_view address;
    std::optional<std::uint64_t> session;
  };
  const Case cases[] = {
      {security,
       4648,
       {{"TargetUserName", "anna"}, {"TargetDomainName", "-"}, {"IpAddress", "-"}},
       LogonSource::security_4648,
       "anna",
       "",
       "",
       std::nullopt},
      {security,
       4778,
       {{"AccountName", "anna"},
        {"AccountDomain", "CORP"},
        {"LogonID", "0x5"},
        {"ClientAddress", "10.1.2.3"}},
       LogonSource::security_4778,
       "CORP\\anna",
       "",
       "10.1.2.3",
       std::nullopt},
      {security,
       4801,
       {{"TargetUserSid", "S-1-5-21-1"},
        {"TargetUserName", "anna"},
        {"TargetDomainName", "CORP"},
        {"SessionId", "2"}},
       LogonSource::security_4801,
       "CORP\\anna",
       "S-1-5-21-1",
       "",
       2},
      {winlogon,
       7001,
       {{"TSId", "1"}, {"UserSid", "S-1-5-21-1"}},
       LogonSource::winlogon_7001,
       "",
       "S-1-5-21-1",
       "",
       1},
      {lsm,
       21,
       {{"User", "CORP\\anna"}, {"SessionID", "3"}, {"Address", "LOCAL"}},
       LogonSource::local_session_21,
       "CORP\\anna",
       "",
       "",
       3},
      {lsm,
       25,
       {{"User", "CORP\\anna"}, {"SessionID", "3"}, {"Address", "10.9.8.7"}},
       LogonSource::local_session_25,
       "CORP\\anna",
       "",
       "10.9.8.7",
       3},
      {rcm,
       1149,
       {{"Param1", "anna"}, {"Param2", "CORP"}, {"Param3", "10.1.2.3"}},
       LogonSource::remote_connection_1149,
       "CORP\\anna",
       "",
       "10.1.2.3",
       std::nullopt},
      {winlogon,
       811,
       {{"Event", "5"}, {"SubscriberName", "Profiles"}},
       LogonSource::winlogon_811,
       "",
       "",
       "",
       std::nullopt},
      {"Microsoft-Windows-User Profiles Service",
       1,
       {{"Session", "4"}},
       LogonSource::profile_1,
       "",
       "",
       "",
       4},
  };
  for (const Case& c : cases) {
    const FactSet facts = extracted(c.provider, c.id, c.fields);
    ASSERT_EQ(facts.logons.size(), 1U) << c.provider << c.id;
    EXPECT_EQ(facts.logons[0].source, c.source) << c.id;
    EXPECT_EQ(facts.logons[0].account.raw(), c.account) << c.id;
    EXPECT_EQ(facts.logons[0].sid.raw(), c.sid) << c.id;
    EXPECT_EQ(facts.logons[0].address.raw(), c.address) << c.id;
    EXPECT_EQ(facts.logons[0].session, c.session) << c.id;
    EXPECT_EQ(facts.logons[0].detail, c.id == 811 ? 5U : 0U) << c.id;
  }
  EXPECT_TRUE(
      extracted(winlogon, 811, {{"Event", "2"}, {"SubscriberName", "Sens"}}).logons.empty());
  EXPECT_EQ(extracted(winlogon, 811, {{"Event", "5"}, {"SubscriberName", "Sens"}}).logons.size(),
            1U)
      << "Profiles is not told of an unlock";
  for (const std::string_view yes : {"%%1842", "Yes", "true"}) {
    EXPECT_TRUE(extracted(security, 4624, {{"LogonType", "10"}, {"RestrictedAdminMode", yes}})
                    .logons.at(0)
                    .restricted_admin)
        << yes;
  }
  EXPECT_TRUE(extracted(winlogon, 811, {{"Event", "4"}}).logons.empty());
}

TEST(Events, LogoffsAndPrivileges) {
  struct Case {
    std::string_view provider;
    std::uint32_t id;
    Fields fields;
  };
  const Fields target = {{"TargetUserName", "anna"}, {"TargetDomainName", "CORP"}};
  const Fields session = {{"User", "CORP\\anna"}, {"SessionID", "1"}};
  const Case cases[] = {
      {security, 4634, target},
      {security, 4647, target},
      {security, 4800, target},
      {security, 4779, {{"AccountName", "anna"}, {"AccountDomain", "CORP"}}},
      {lsm, 23, session},
      {lsm, 24, session},
  };
  for (const Case& c : cases) {
    const FactSet facts = extracted(c.provider, c.id, c.fields);
    ASSERT_EQ(facts.logoffs.size(), 1U) << c.id;
    EXPECT_EQ(facts.logoffs[0].account.raw(), "CORP\\anna") << c.id;
    EXPECT_EQ(facts.logoffs[0].event_id, c.id);
  }
  EXPECT_EQ(extracted(winlogon, 7002, {{"UserSid", "S-1-5-21-1"}}).logoffs.at(0).sid.raw(),
            "S-1-5-21-1");
  const FactSet facts =
      extracted(security, 4672, with_subject({{"PrivilegeList", "SeTcbPrivilege\n\t\t"}}));
  EXPECT_EQ(facts.privileges.at(0).privileges.raw(), "SeTcbPrivilege");
}

TEST(Events, ProcessesModulesAndFiles) {
  const FactSet creator = extracted(security, 4688,
                                    with_subject({{"NewProcessId", "0x9c4"},
                                                  {"NewProcessName", "C:\\a\\mpnotify.exe"},
                                                  {"CommandLine", ""},
                                                  {"TargetUserName", "-"},
                                                  {"TargetLogonId", "0x0"}}));
  EXPECT_EQ(creator.process_starts.at(0).process_id, 0x9c4U);
  EXPECT_EQ(creator.process_starts.at(0).parent_process_id, 0x1a4U);
  EXPECT_EQ(creator.process_starts.at(0).account.raw(), "CORP\\admin");
  const FactSet started = extracted(
      sysmon, 1, {{"Image", "C:\\a.exe"}, {"LogonId", "0x5"}, {"TerminalSessionId", "1"}});
  EXPECT_EQ(started.process_starts.at(0).session, 1U);

  struct Case {
    std::uint32_t id;
    std::string_view image;
    std::string_view file;
    std::size_t facts;
  };
  const Case cases[] = {
      {7, "C:\\Windows\\System32\\mpnotify.exe", "C:\\x\\any.dll", 1},
      {7, "C:\\Windows\\explorer.exe", "C:\\x\\any.dll", 0},
      {7, "C:\\Windows\\explorer.exe", "C:\\x\\NTLANMAN.DLL", 1},
      {11, "C:\\Windows\\explorer.exe", "C:\\x\\any.DLL", 1},
      {11, "C:\\Windows\\explorer.exe", "C:\\x\\notes.txt", 0},
      {11, "C:\\Windows\\System32\\mpnotify.exe", "C:\\NPPSpy.txt", 1},
      {26, "C:\\Windows\\explorer.exe", "C:\\x\\any.dll", 1},
  };
  for (const Case& c : cases) {
    FactSet facts = extracted(sysmon, c.id,
                              {{"Image", c.image},
                               {c.id == 7 ? "ImageLoaded" : "TargetFilename", c.file},
                               {"CreationUtcTime", "2026-11-20 09:59:58.123"}});
    ASSERT_EQ(count(facts), c.facts) << c.id << c.file;
    if (c.facts != 0 && c.id != 7) {
      EXPECT_EQ(facts.file_changes.at(0).deleted, c.id == 26);
      EXPECT_EQ(to_rfc3339(facts.file_changes[0].claimed_creation), "2026-11-20T09:59:58.1230000Z");
    }
  }
}

TEST(Events, PasswordChanges) {
  struct Case {
    std::uint32_t id;
    std::string_view last_set;
    std::size_t facts;
  };
  const Case cases[] = {{4723, "", 1},
                        {4724, "", 1},
                        {4738, "11/20/2026 10:00:00 AM", 1},
                        {4738, "20.11.2026 11:00:01", 1},
                        {4738, "2026-11-20 15:30", 1},
                        {4738, "21/11/2026 12:45:00 AM", 1},
                        {4738, "1/2/2026 8:00:00 AM", 0},
                        {4738, "11/20/2026 9:52:11 AM", 0},
                        {4738, "11/18/2026 10:00:00 AM", 0},
                        {4738, "%%1794", 0},
                        {4738, "-", 0},
                        {4738, "", 0}};
  for (const Case& c : cases) {
    const FactSet facts = extracted(security, c.id,
                                    with_subject({{"TargetUserName", "anna"},
                                                  {"TargetDomainName", "CORP"},
                                                  {"PasswordLastSet", c.last_set}}));
    ASSERT_EQ(facts.password_changes.size(), c.facts) << c.id << c.last_set;
    if (c.facts != 0) {
      EXPECT_EQ(facts.password_changes[0].by_user, c.id == 4723);
      EXPECT_EQ(facts.password_changes[0].actor.account.raw(), "CORP\\admin");
    }
  }
}

TEST(Events, SystemEvents) {
  struct Case {
    std::string_view provider;
    std::uint32_t id;
    Fields fields;
    SystemEventKind kind;
    std::string_view subject;
    std::string_view detail;
  };
  const Case cases[] = {
      {event_log, 1102, {}, SystemEventKind::log_cleared, "Security", ""},
      {event_log, 104, {{"Channel", "System"}}, SystemEventKind::log_cleared, "System", ""},
      {event_log, 1100, {}, SystemEventKind::log_service_stopped, "", ""},
      {event_log,
       1105,
       {{"Channel", "Security"}, {"BackupPath", "C:\\a.evtx"}},
       SystemEventKind::log_archived,
       "Security",
       "C:\\a.evtx"},
      {security,
       4719,
       {{"SubcategoryGuid", "{0CCE921E-69AE-11D9-BED3-505054503030}"},
        {"AuditPolicyChanges", "%%8448, %%8451"}},
       SystemEventKind::audit_policy_changed,
       "Registry",
       "success removed, failure added"},
      {security,
       4719,
       {{"SubcategoryId", "%%12544"}},
       SystemEventKind::audit_policy_changed,
       "Logon",
       ""},
      {security,
       4616,
       {{"PreviousTime", "a"}, {"NewTime", "b"}},
       SystemEventKind::time_changed,
       "",
       "a to b"},
      {"Service Control Manager",
       7045,
       {{"ServiceName", "s"}, {"ImagePath", "p"}},
       SystemEventKind::service_installed,
       "s",
       "p"},
      {security,
       4697,
       {{"ServiceName", "s"}, {"ServiceFileName", "p"}},
       SystemEventKind::service_installed,
       "s",
       "p"},
      {security,
       4698,
       {{"TaskName", "s"},
        {"TaskContent",
         "<Task><Actions><Exec><Command>cmd.exe</Command><Arguments>/c &quot;p&quot; &amp;&amp; "
         "q</Arguments></Exec></Actions></Task>"}},
       SystemEventKind::task_registered,
       "s",
       "cmd.exe /c \"p\" && q"},
      {security,
       4702,
       {{"TaskName", "s"}, {"TaskContentNew", "<Command>p.exe</Command><Arguments>cut"}},
       SystemEventKind::task_registered,
       "s",
       "p.exe"},
      {"Service Control Manager",
       7040,
       {{"param1", "S"}, {"param2", "auto"}, {"param3", "disabled"}, {"param4", "s"}},
       SystemEventKind::service_changed,
       "s",
       "auto to disabled"},
      {"Microsoft-Windows-Kernel-General",
       12,
       {{"BuildVersion", "19041"}},
       SystemEventKind::boot,
       "19041",
       ""},
      {"EventLog",
       6008,
       {{"", "10:00"}, {"", "20.11.2026"}},
       SystemEventKind::shutdown,
       "unexpected",
       "20.11.2026 10:00"},
      {"MsiInstaller",
       1033,
       {{"", "App"}, {"", "1.0"}, {"", "0"}, {"", "0"}, {"", "Maker"}},
       SystemEventKind::software_installed,
       "App",
       "1.0, Maker"},
      {sysmon,
       16,
       {{"Configuration", "c.xml"}, {"ConfigurationFileHash", "SHA256=0"}},
       SystemEventKind::monitoring_changed,
       "c.xml",
       "SHA256=0"},
  };
  for (const Case& c : cases) {
    const FactSet facts = extracted(c.provider, c.id, c.fields);
    ASSERT_EQ(facts.system_events.size(), 1U) << c.provider << c.id;
    EXPECT_EQ(facts.system_events[0].event, c.kind) << c.id;
    EXPECT_EQ(facts.system_events[0].subject.raw(), c.subject) << c.id;
    EXPECT_EQ(facts.system_events[0].detail.raw(), c.detail) << c.id;
  }
}

TEST(Events, IdsCountOnlyWithTheirProvider) {
  for (const EventInterest& interest : event_interests()) {
    FactSet facts = extracted("Some-Other-Provider", interest.event_id, {});
    EXPECT_EQ(count(facts), 0U) << interest.event_id;
  }
}

TEST(Events, MissingAndOddFieldsAreSurvived) {
  for (const EventInterest& interest : event_interests()) {
    WinEvent bare = event(interest.provider, interest.event_id, time_text, Fields{});
    bare.created = {};
    bare.written = {};
    FactSet facts;
    TextPool pool;
    extract_event(bare, pool, facts);
    EXPECT_LE(count(facts), 1U);
    for (const std::string_view odd : {"-", "", "\\", "\\\\\\", "%%", "0xzz", "HKLM\\"}) {
      Fields fields;
      for (const std::string_view name :
           {"ObjectName", "TargetObject", "NewName", "LogonType", "TargetLogonId", "Event",
            "AuditPolicyChanges", "SubcategoryGuid", "CreationUtcTime", "EventType"}) {
        fields.emplace_back(name, odd);
      }
      (void)extracted(interest.provider, interest.event_id, fields);
    }
  }
}

TEST(Events, SessionsThatBeginAndGiveWay) {
  const FactSet begin = extracted(lsm, 41, {{"User", "CORP\\anna"}, {"SessionID", "3"}});
  ASSERT_EQ(begin.logons.size(), 1U);
  EXPECT_EQ(begin.logons[0].source, LogonSource::local_session_41);
  EXPECT_EQ(begin.logons[0].session, 3U);
  const FactSet done = extracted(winlogon, 812, {{"Event", "2"}, {"SubscriberName", "Profiles"}});
  ASSERT_EQ(done.logons.size(), 1U);
  EXPECT_EQ(done.logons[0].detail, 2U);
  const FactSet replaced = extracted(lsm, 39, {{"TargetSession", "2"}, {"Source", "3"}});
  ASSERT_EQ(replaced.logoffs.size(), 1U);
  EXPECT_EQ(replaced.logoffs[0].session, 2U);
  const FactSet left = extracted(lsm, 40, {{"Session", "2"}, {"Reason", "11"}});
  ASSERT_EQ(left.logoffs.size(), 1U);
  EXPECT_EQ(left.logoffs[0].detail, 11U);
  const Fields file = {{"File", "C:\\Users\\anna\\ntuser.dat"}, {"Key", "S-1-5-21-1-2-3-1104"}};
  const FactSet profile = extracted("Microsoft-Windows-User Profiles Service", 5, file);
  ASSERT_EQ(profile.logons.size(), 1U);
  EXPECT_EQ(profile.logons[0].sid.raw(), "S-1-5-21-1-2-3-1104");
  for (const std::string_view key : {"S-1-5-18", "S-1-5-21-1-2-3-1104_Classes", ""}) {
    EXPECT_TRUE(
        extracted("Microsoft-Windows-User Profiles Service", 5, {{"Key", key}}).logons.empty())
        << key;
  }
}

TEST(Events, GroupsThatGivePower) {
  const FactSet at_logon =
      extracted(security, 4627,
                {{"TargetUserSid", "S-1-5-21-1-2-3-1104"},
                 {"TargetUserName", "anna"},
                 {"TargetLogonId", "0x5"},
                 {"GroupMembership",
                  "\n\t\t%{S-1-1-0}\n\t\t%{S-1-5-21-1-2-3-512}\n\t\t%{S-1-5-32-"
                  "544}\n\t\t%{S-1-5-21-1-2-3-525}"}});
  ASSERT_EQ(at_logon.privileges.size(), 1U);
  EXPECT_EQ(at_logon.privileges[0].groups.raw(),
            "S-1-5-21-1-2-3-512 S-1-5-32-544 S-1-5-21-1-2-3-525");
  EXPECT_TRUE(extracted(security, 4627, {{"GroupMembership", "%{S-1-1-0}"}}).privileges.empty());
  const FactSet added = extracted(
      security, 4732, {{"MemberSid", "S-1-5-21-1-2-3-1104"}, {"TargetSid", "S-1-5-32-544"}});
  ASSERT_EQ(added.privileges.size(), 1U);
  EXPECT_EQ(added.privileges[0].sid.raw(), "S-1-5-21-1-2-3-1104");
  EXPECT_EQ(added.privileges[0].event_id, 4732U);
  EXPECT_FALSE(added.privileges[0].removed);
  for (const std::uint32_t id : {4729U, 4733U, 4757U}) {
    const FactSet left = extracted(
        security, id, {{"MemberSid", "S-1-5-21-1-2-3-1104"}, {"TargetSid", "S-1-5-32-544"}});
    ASSERT_EQ(left.privileges.size(), 1U) << id;
    EXPECT_TRUE(left.privileges[0].removed) << id;
  }
}

TEST(Events, ScriptsUpdatesPolicyAndPipes) {
  constexpr std::string_view shell = "Microsoft-Windows-PowerShell";
  const Fields naming = {{"ScriptBlockText", "Set-ItemProperty HKLM:\\x\\NetworkProvider\\Order"},
                         {"ScriptBlockId", "{1}"}};
  ASSERT_EQ(extracted(shell, 4104, naming).scripts.size(), 1U);
  EXPECT_TRUE(extracted(shell, 4104, {{"ScriptBlockText", "Get-Date"}}).scripts.empty());
  const FactSet part =
      extracted(shell, 4104,
                {{"ScriptBlockText", "Get-Date"}, {"MessageNumber", "2"}, {"MessageTotal", "3"}});
  ASSERT_EQ(part.scripts.size(), 1U) << "a part shows nothing alone";
  EXPECT_EQ(part.scripts[0].number, 2U);
  const FactSet update =
      extracted("Microsoft-Windows-WindowsUpdateClient", 19, {{"updateTitle", "KB1"}});
  ASSERT_EQ(update.system_events.size(), 1U);
  EXPECT_EQ(update.system_events[0].event, SystemEventKind::servicing);
  EXPECT_EQ(extracted("Microsoft-Windows-GroupPolicy", 4006, {}).system_events.at(0).event,
            SystemEventKind::group_policy);
  const FactSet pipe = extracted(
      security, 5145, with_subject({{"RelativeTargetName", "winreg"}, {"IpAddress", "10.1.2.3"}}));
  ASSERT_EQ(pipe.system_events.size(), 1U);
  EXPECT_EQ(pipe.system_events[0].detail.raw(), "10.1.2.3");
  EXPECT_TRUE(extracted(security, 5145, {{"RelativeTargetName", "a.docx"}}).system_events.empty());
  const FactSet slept = extracted(
      "Microsoft-Windows-Kernel-General", 1,
      {{"NewTime", "2026-01-02T00:00:00Z"}, {"OldTime", "2026-01-01T00:00:00Z"}, {"Reason", "2"}});
  ASSERT_EQ(slept.system_events.size(), 1U);
  EXPECT_EQ(slept.system_events[0].subject.raw(), "hardware clock");
}

}  // namespace
}  // namespace npg
