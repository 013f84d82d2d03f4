// Winlogbeat's sysmon and security modules, which move fields of the event into ECS.
#include "source/event_json/ecs_fields.hpp"

#include "source/event_json/stream_test.hpp"

namespace npg {
namespace {

using testing::read_events_of;

std::string winlog(std::string_view provider, unsigned id, std::string_view data,
                   std::string_view ecs) {
  return R"({"@timestamp":"2026-03-10T09:05:01.000Z","host":{"name":"wec"},"winlog":{"channel":"x","provider_name":")" +
         std::string(provider) + R"(","computer_name":"ws01","event_id":")" + std::to_string(id) +
         R"(","record_id":"7")" + std::string(data) + "}," + std::string(ecs) + "}";
}

constexpr std::string_view sysmon = "Microsoft-Windows-Sysmon";
constexpr std::string_view security = "Microsoft-Windows-Security-Auditing";
constexpr std::string_view process =
    R"("process":{"entity_id":"{1}","pid":6788,"executable":"C:\\Windows\\reg.exe"},"user":{"domain":"CORP","name":"mallory","id":"S-1-5-21-1-2-3-1105"})";

TEST(EcsFields, ValuesThatSysmonsModuleMoved) {
  struct Case {
    std::string_view data;
    std::string_view registry;
    std::string_view details;
  };
  constexpr Case cases[] = {
      {R"("type":"SZ_DWORD","strings":["2"])", "Class", "DWORD (0x00000002)"},
      {R"("type":"SZ_DWORD","strings":["0x00000002"])", "Class", "DWORD (0x00000002)"},
      {R"("type":"SZ_QWORD","strings":["4294967298"])", "Class", "QWORD (0x00000001-0x00000002)"},
      {R"("type":"REG_SZ","strings":["C:\\evil.dll"])", "ProviderPath", "C:\\evil.dll"},
      {R"("type":"REG_SZ","strings":["2"])", "ProviderPath", "2"},
  };
  for (const Case& one : cases) {
    const std::string registry =
        std::string(process) +
        R"(,"registry":{"hive":"HKLM","path":"HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\)" +
        std::string(one.registry) + R"(","data":{)" + std::string(one.data) + "}}";
    for (const std::string_view data : {R"(,"event_data":{"EventType":"SetValue"})", ""}) {
      const auto read = read_events_of(winlog(sysmon, 13, data, registry));
      ASSERT_EQ(read.events.size(), 1U) << one.data;
      const WinEvent& event = read.events[0];
      EXPECT_EQ(event.text("TargetObject"),
                "HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\" +
                    std::string(one.registry));
      EXPECT_EQ(event.text("Details"), one.details);
      EXPECT_EQ(event.text("Image"), "C:\\Windows\\reg.exe");
      EXPECT_EQ(event.number("ProcessId"), 6788U);
      EXPECT_EQ(event.text("ProcessGuid"), "{1}");
      EXPECT_EQ(event.text("User"), "CORP\\mallory");
    }
  }
}

TEST(EcsFields, WhatTheDataHasItKeeps) {
  const auto read = read_events_of(winlog(
      sysmon, 13, R"(,"event_data":{"TargetObject":"HKLM\\a","Details":"b","Image":"C:\\own.exe"})",
      std::string(process) + R"(,"registry":{"path":"HKLM\\other"})"));
  ASSERT_EQ(read.events.size(), 1U);
  EXPECT_EQ(read.events[0].text("TargetObject"), "HKLM\\a");
  EXPECT_EQ(read.events[0].text("Details"), "b");
  EXPECT_EQ(read.events[0].text("Image"), "C:\\own.exe");
}

TEST(EcsFields, LoadsFilesAndStarts) {
  const auto load = read_events_of(winlog(
      sysmon, 7, R"(,"event_data":{"Signed":"false"})",
      std::string(process) +
          R"(,"file":{"path":"C:\\evil.dll","hash":{"sha256":"aa"},"code_signature":{"status":"Unavailable"}})"));
  ASSERT_EQ(load.events.size(), 1U);
  EXPECT_EQ(load.events[0].text("ImageLoaded"), "C:\\evil.dll");
  EXPECT_EQ(load.events[0].text("Hashes"), "SHA256=aa");
  EXPECT_EQ(load.events[0].text("SignatureStatus"), "Unavailable");
  const auto file = read_events_of(
      winlog(sysmon, 11, "", std::string(process) + R"(,"file.path":"C:\\evil.dll")"));
  ASSERT_EQ(file.events.size(), 1U);
  EXPECT_EQ(file.events[0].text("TargetFilename"), "C:\\evil.dll");
  const auto start = read_events_of(winlog(
      security, 4688, R"(,"event_data":{"SubjectLogonId":"0x3e7"})",
      R"("process":{"pid":"0x2b00","executable":"C:\\mpnotify.exe","command_line":"mpnotify.exe","parent":{"executable":"C:\\winlogon.exe","pid":"0x2a0"}})"));
  ASSERT_EQ(start.events.size(), 1U);
  EXPECT_EQ(start.events[0].text("NewProcessName"), "C:\\mpnotify.exe");
  EXPECT_EQ(start.events[0].number("NewProcessId"), 0x2b00U);
  EXPECT_EQ(start.events[0].text("ParentProcessName"), "C:\\winlogon.exe");
  EXPECT_EQ(start.events[0].number("ProcessId"), 0x2a0U);
}

TEST(EcsFields, Logons) {
  const auto read = read_events_of(winlog(
      security, 4624,
      R"(,"event_data":{"LogonType":"10","TargetLogonId":"0x5"},"logon":{"id":"0x5"})",
      R"("process":{"pid":1},"source":{"ip":"10.1.1.9","domain":"WS01"},"user":{"id":"S-1-5-21-1","name":"v","domain":"CORP"})"));
  ASSERT_EQ(read.events.size(), 1U);
  EXPECT_EQ(read.events[0].text("IpAddress"), "10.1.1.9");
  EXPECT_EQ(read.events[0].text("TargetUserSid"), "S-1-5-21-1");
  EXPECT_EQ(read.events[0].text("TargetUserName"), "v");
  EXPECT_EQ(read.events[0].text("TargetLogonId"), "0x5");
}

}  // namespace
}  // namespace npg
