#include "app/hosts.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace npg {
namespace {

EvidenceText text(std::string_view literal) {
  return EvidenceText::from_literal(literal);
}

/// A hive's reading; a SYSTEM hive names its computer, the others do not.
Reading hive(std::string_view path, HiveKind kind, std::string_view computer,
             std::string_view machine_guid = "") {
  Reading reading{.kind = FileKind::hive, .hive_kind = kind};
  reading.item.path = text(path);
  reading.group = std::string(path.substr(0, path.rfind('/')));
  FactSet& facts = reading.facts[""];
  facts.identities.push_back(
      {.computer_name = SharedText(computer), .machine_guid = SharedText(machine_guid)});
  return reading;
}

struct Span {
  std::string_view computer;
  std::uint64_t first_id;
  std::uint64_t last_id;
};

/// A log's reading with the record ids that each computer has in it.
Reading log(std::string_view path, std::initializer_list<Span> spans) {
  Reading reading{.kind = FileKind::event_log};
  reading.item.path = text(path);
  reading.group = std::string(path.substr(0, path.rfind('/')));
  for (const Span& span : spans) {
    reading.logs.push_back({text("Security"), text(span.computer), span.first_id, span.last_id});
    reading.facts[name_key(span.computer)].log_coverage.push_back(
        {.channel = SharedText(std::string_view("Security")),
         .computer = SharedText(span.computer),
         .records = 1,
         .first_id = span.first_id,
         .last_id = span.last_id,
         .last = FileTime{span.last_id}});
  }
  return reading;
}

std::vector<std::string> names_of(std::vector<Reading> readings, Diagnostics& diagnostics) {
  for (std::size_t i = 0; i < readings.size(); ++i) {
    readings[i].evidence = static_cast<std::uint32_t>(i);
  }
  std::vector<std::string> names;
  for (const Host& host : group_hosts(readings, diagnostics)) {
    std::string name(host.name.raw());
    name += " " + std::to_string(host.facts.identities.size()) + "+" +
            std::to_string(host.facts.log_coverage.size());
    names.push_back(std::move(name));
  }
  return names;
}

using Names = std::vector<std::string>;  // "NAME identities+logs", sorted by name

TEST(GroupHosts, HivesAndLogsOfOneNameAreOneHost) {
  Diagnostics diagnostics;
  EXPECT_EQ(names_of({hive("a/SYSTEM", HiveKind::system, "FS01"),
                      hive("a/SOFTWARE", HiveKind::software, ""),
                      log("a/Security.evtx", {{"fs01.corp.example", 1, 9}})},
                     diagnostics),
            (Names{"FS01 2+1"}));
  EXPECT_TRUE(diagnostics.kept().empty());
}

TEST(GroupHosts, ARenamedMachineWritesOnInOneLog) {
  Diagnostics diagnostics;
  EXPECT_EQ(
      names_of({log("a/Security.evtx", {{"WIN-1", 1, 9}, {"DESKTOP-2", 10, 99}})}, diagnostics),
      (Names{"DESKTOP-2 0+2"}));
}

TEST(GroupHosts, AForwardedLogHoldsSeveralHosts) {
  Diagnostics diagnostics;
  EXPECT_EQ(names_of({log("a/ForwardedEvents.evtx", {{"A", 1, 90}, {"B", 5, 99}})}, diagnostics),
            (Names{"A 0+1", "B 0+1"}));
}

TEST(GroupHosts, DifferentDomainsKeepEqualShortNamesApart) {
  Diagnostics diagnostics;
  EXPECT_EQ(names_of({log("a/x.evtx", {{"PC1.a.example", 1, 9}}),
                      log("b/x.evtx", {{"PC1.b.example", 1, 9}}),
                      hive("b/SYSTEM", HiveKind::system, "PC1")},
                     diagnostics),
            (Names{"PC1 0+1", "PC1 1+1"}));
}

TEST(GroupHosts, AnAmbiguousShortNameIsReportedAndKeptApart) {
  Diagnostics diagnostics;
  EXPECT_EQ(names_of({log("a/x.evtx", {{"PC1.a.example", 1, 9}}),
                      log("b/x.evtx", {{"PC1.b.example", 1, 9}}),
                      hive("c/SYSTEM", HiveKind::system, "PC1")},
                     diagnostics)
                .size(),
            3U);
  EXPECT_EQ(diagnostics.count(DiagnosticCode::host_names_disagree), 1U);
}

TEST(GroupHosts, RenamedHivesInAFlatFolderGoByTheRestOfTheirNames) {
  Diagnostics diagnostics;
  EXPECT_EQ(names_of({hive("flat/A_SYSTEM", HiveKind::system, "A"),
                      hive("flat/B_SYSTEM", HiveKind::system, "B"),
                      hive("flat/A_SOFTWARE", HiveKind::software, ""),
                      hive("flat/B_SOFTWARE", HiveKind::software, ""),
                      hive("flat/odd", HiveKind::software, "")},
                     diagnostics),
            (Names{" 1+0", "A 2+0", "B 2+0"}));
  EXPECT_EQ(diagnostics.count(DiagnosticCode::host_unknown), 1U);
}

TEST(GroupHosts, HivesAndLogsThatDisagreeAreKeptApartAndReported) {
  Diagnostics diagnostics;
  EXPECT_EQ(names_of({hive("a/SYSTEM", HiveKind::system, "FS01"),
                      log("a/Security.evtx", {{"OTHER", 1, 9}})},
                     diagnostics),
            (Names{"FS01 1+0", "OTHER 0+1"}));
  EXPECT_EQ(diagnostics.count(DiagnosticCode::host_names_disagree), 1U);
}

TEST(GroupHosts, TwoMachinesOfOneNameAreReported) {
  Diagnostics diagnostics;
  static_cast<void>(names_of(
      {hive("a/SYSTEM", HiveKind::system, "PC"), hive("a/SOFTWARE", HiveKind::software, "", "{1}"),
       hive("b/SYSTEM", HiveKind::system, "PC"), hive("b/SOFTWARE", HiveKind::software, "", "{2}")},
      diagnostics));
  EXPECT_EQ(diagnostics.count(DiagnosticCode::host_names_disagree), 1U);
}

TEST(GroupHosts, ThePresentIsTheCopyAtItsPathThenTheNewestThenTheReplayedOne) {
  struct Copy {
    std::string_view path;
    std::string_view windows_path;
    std::uint64_t written;
    std::uint32_t sequence;
    bool is_replayed;
  };
  constexpr std::string_view home = "C:\\Windows\\System32\\config\\SYSTEM";
  const struct {
    std::string_view what;
    std::vector<Copy> copies;
    std::string_view present;
  } cases[] = {
      {"at its path",
       {{"a/SYSTEM", home, 5, 1, false}, {"b/RegBack/SYSTEM", "", 9, 2, false}},
       "a/SYSTEM"},
      {"newest by content",
       {{"a/SYSTEM", home, 9, 1, false}, {"b/SYSTEM", home, 5, 2, false}},
       "a/SYSTEM"},
      {"replayed", {{"a/SYSTEM", "", 5, 7, false}, {"b/SYSTEM", "", 5, 7, true}}, "b/SYSTEM"},
      {"path", {{"b/SYSTEM", "", 5, 7, false}, {"a/SYSTEM", "", 5, 7, false}}, "a/SYSTEM"},
  };
  for (const auto& c : cases) {
    for (const bool is_turned : {false, true}) {
      std::vector<Reading> readings;
      for (const Copy& copy : c.copies) {
        Reading reading = hive(copy.path, HiveKind::system, "FS01");
        reading.windows_path = copy.windows_path;
        reading.sequences = {copy.sequence, copy.sequence};
        reading.is_replayed = copy.is_replayed;
        reading.facts[""].orders.push_back(
            {.raw = SharedText(copy.path), .last_written = FileTime{copy.written}});
        readings.push_back(std::move(reading));
      }
      if (is_turned) {
        std::reverse(readings.begin(), readings.end());
      }
      Diagnostics diagnostics;
      const auto hosts = group_hosts(readings, diagnostics);
      ASSERT_EQ(hosts.size(), 1U) << c.what;
      for (const ProviderOrderFact& order : hosts[0].facts.orders) {
        EXPECT_EQ(order.moment == HiveMoment::current, order.raw.raw() == c.present) << c.what;
      }
    }
  }
}

TEST(GroupHosts, TheOrderOfReadingsDoesNotMatter) {
  const auto readings = [] {
    std::vector<Reading> all;
    all.push_back(hive("a/SYSTEM", HiveKind::system, "A"));
    all.push_back(hive("a/SOFTWARE", HiveKind::software, ""));
    all.push_back(log("a/x.evtx", {{"A", 1, 5}, {"OLD", 6, 9}}));
    all.push_back(log("b/x.evtx", {{"OLD", 1, 5}}));
    return all;
  };
  Diagnostics diagnostics;
  const Names once = names_of(readings(), diagnostics);
  std::vector<Reading> turned = readings();
  std::reverse(turned.begin(), turned.end());
  EXPECT_EQ(names_of(std::move(turned), diagnostics), once);
}

}  // namespace
}  // namespace npg
