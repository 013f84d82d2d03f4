// What an extractor says that it needs must hold for every event that it makes a fact of.
#include <gtest/gtest.h>

#include <algorithm>

#include "extract/event_parts.hpp"
#include "fact/text_pool.hpp"
#include "testing/events.hpp"

namespace npg {
namespace {

using testing::event;
using testing::FieldText;

constexpr std::string_view now = "2026-01-02T03:04:05Z";
constexpr std::string_view set = "\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\";
constexpr std::string_view software = "\\REGISTRY\\MACHINE\\SOFTWARE\\";

struct Key {
  std::string_view root;
  std::string_view path;
  std::string_view value;
};
/// One for each way in which a key or value bears on us.
constexpr Key keys[] = {
    {set, "Control\\NetworkProvider\\Order", "ProviderOrder"},
    {set, "Control\\NetworkProvider\\HwOrder", "ProviderOrder"},
    {set, "Control\\NetworkProvider", "x"},
    {set, "Services\\Evil\\NetworkProvider", "ProviderPath"},
    {set, "services\\a\\b\\NETWORKPROVIDER", "Class"},
    {set, "Services\\Evil", "x"},
    {set, "Services\\EventLog", "Start"},
    {set, "Services\\EventLog\\Security", "MaxSize"},
    {set, "Control\\Lsa", "Notification Packages"},
    {software, "Microsoft\\Windows NT\\CurrentVersion\\Winlogon", "mpnotify"},
    {software, "Microsoft\\Windows NT\\CurrentVersion\\Winlogon\\Notify", "SmartCardLogonNotify"},
    {software, "Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options\\mpnotify.exe",
     "Debugger"},
    {software, "Microsoft\\Windows\\CurrentVersion\\Policies\\System", "EnableMPR"},
    {software, "Microsoft\\Windows\\CurrentVersion\\Policies\\System\\Audit",
     "ProcessCreationIncludeCmdLine_Enabled"},
    {software, "Microsoft\\Windows\\CurrentVersion\\WINEVT\\Channels\\x", "Enabled"},
    {software, "Policies\\Microsoft\\Windows\\EventLog\\Security", "MaxSize"},
};

std::vector<WinEvent> events_of(const Key& key) {
  const std::string name = std::string(key.root) + std::string(key.path);
  const std::string value(key.value);
  const std::string hive =
      key.root == set ? "HKLM\\System\\CurrentControlSet\\" : "HKLM\\SOFTWARE\\";
  const std::string target = hive + std::string(key.path);
  std::vector<WinEvent> events;
  for (const std::uint32_t id : {4656U, 4663U, 4670U, 4907U}) {
    events.push_back(
        event(event_provider::security, id, now,
              {{"ObjectType", "Key"}, {"ObjectName", name}, {"AccessMask", "0x10006"}}));
  }
  events.push_back(event(event_provider::security, 4657, now,
                         {{"ObjectName", name}, {"ObjectValueName", value}}));
  const std::string with_value = target + "\\" + value;
  for (const std::string_view type : {"CreateKey", "DeleteKey", "Other"}) {
    events.push_back(
        event(event_provider::sysmon, 12, now, {{"EventType", type}, {"TargetObject", target}}));
  }
  events.push_back(event(event_provider::sysmon, 12, now,
                         {{"EventType", "DeleteValue"}, {"TargetObject", with_value}}));
  events.push_back(event(event_provider::sysmon, 13, now,
                         {{"EventType", "SetValue"}, {"TargetObject", with_value}}));
  events.push_back(
      event(event_provider::sysmon, 14, now,
            {{"EventType", "RenameKey"}, {"TargetObject", "HKLM\\x"}, {"NewName", target}}));
  events.push_back(event(
      event_provider::sysmon, 14, now,
      {{"EventType", "RenameValue"}, {"TargetObject", target + "\\old"}, {"NewName", with_value}}));
  return events;
}

bool may_pass(const EventInterest& interest, const WinEvent& one) {
  return interest.any_of.empty() ||
         std::ranges::any_of(interest.any_of, [&](const FieldTest& test) {
           return std::ranges::any_of(test.words, [&](std::string_view word) {
             return contains_name(one.text(test.field), word);
           });
         });
}

/// Extracts the event and gives whether it became a fact; fails when it did and its interest would
/// have left it out.
bool is_fact_and_asked_for(const WinEvent& one, std::span<const EventInterest> interests) {
  TextPool pool;
  FactSet facts;
  extract_event(one, pool, facts);
  bool any = false;
  FactSet::for_each_kind(facts, [&](const auto& kind) { any = any || !kind.empty(); });
  const auto interest = std::ranges::find_if(interests, [&](const EventInterest& i) {
    return i.event_id == one.event_id && is_from(one, i.provider);
  });
  if (any) {
    EXPECT_TRUE(interest != interests.end() && may_pass(*interest, one))
        << one.event_id << " " << one.text("ObjectName") << one.text("TargetObject");
  }
  return any;
}

TEST(EventInterests, TheirTestsLetEveryRegistryEventThroughThatBecomesAFact) {
  std::size_t facts = 0;
  for (const Key& key : keys) {
    std::size_t of_key = 0;
    for (const WinEvent& one : events_of(key)) {
      of_key += is_fact_and_asked_for(one, registration_interests()) ? 1U : 0U;
    }
    EXPECT_GT(of_key, 0U) << key.path << " bears on nothing: the table is stale";
    facts += of_key;
  }
  EXPECT_GT(facts, 80U);
}

TEST(EventInterests, FilesModulesAndProcessesOfInterestPass) {
  const WinEvent events[] = {
      event(event_provider::sysmon, 11, now, {{"TargetFilename", "C:\\a\\B.DLL"}}),
      event(event_provider::sysmon, 23, now, {{"TargetFilename", "C:\\a.cpl"}}),
      event(event_provider::sysmon, 2, now,
            {{"Image", "C:\\Windows\\System32\\MPNOTIFY.exe"}, {"TargetFilename", "C:\\x.txt"}}),
      event(event_provider::sysmon, 7, now,
            {{"Image", "C:\\a.exe"}, {"ImageLoaded", "C:\\Windows\\System32\\ntlanman.dll"}}),
      event(event_provider::sysmon, 7, now,
            {{"Image", "C:\\Windows\\System32\\winlogon.exe"}, {"ImageLoaded", "C:\\x.dll"}}),
      event(event_provider::security, 4688, now,
            {{"NewProcessName", "C:\\Windows\\System32\\mpnotify.exe"}}),
      event(event_provider::sysmon, 1, now,
            {{"ParentImage", "C:\\Windows\\System32\\mpnotify.exe"}}),
  };
  for (const WinEvent& one : events) {
    EXPECT_TRUE(is_fact_and_asked_for(one, registration_interests())) << one.event_id;
  }
}

TEST(EventInterests, OtherProcessStartsAreAskedForOnlyWherePeopleMatter) {
  const WinEvent start =
      event(event_provider::security, 4688, now, {{"NewProcessName", "C:\\Windows\\notepad.exe"}});
  const auto asks = [&](std::span<const EventInterest> interests) {
    return std::ranges::any_of(interests, [&](const EventInterest& one) {
      return one.event_id == 4688 && is_from(start, one.provider) && may_pass(one, start);
    });
  };
  EXPECT_FALSE(asks(registration_interests()));
  EXPECT_TRUE(asks(event_interests()));
}

}  // namespace
}  // namespace npg
