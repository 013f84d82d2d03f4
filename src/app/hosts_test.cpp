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
    reading.logs.push_back({.channel = text("Security"),
                            .computer = text(span.computer),
                            .first_id = span.first_id,
                            .last_id = span.last_id});
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

TEST(GroupHosts, ALogThatCollectsComputersRenamesNone) {
  Diagnostics diagnostics;
  Reading collected = log("a/ForwardedEvents.evtx", {{"A", 1, 9}, {"B", 10, 99}});
  for (LogIdentity& one : collected.logs) {
    one.is_collected = true;
  }
  EXPECT_EQ(names_of({collected}, diagnostics), (Names{"A 0+1", "B 0+1"}));
}

TEST(GroupHosts, DifferentDomainsKeepEqualShortNamesApart) {
  Diagnostics diagnostics;
  EXPECT_EQ(names_of({log("a/x.evtx", {{"PC1.a.example", 1, 9}}),
                      log("b/x.evtx", {{"PC1.b.example", 1, 9}}),
                      hive("b/SYSTEM", HiveKind::system, "PC1")},
                     diagnostics),
            (Names{"PC1 (a.example) 0+1", "PC1 (b.example) 1+1"}));
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

/// A SYSTEM hive that names its DNS domain.
Reading system_of(std::string_view path, std::string_view computer, std::string_view domain) {
  Reading reading = hive(path, HiveKind::system, computer);
  reading.facts[""].identities.front().domain = SharedText(domain);
  return reading;
}

TEST(GroupHosts, TwoMachinesOfOneNameAreKeptApartByTheirMachineGuids) {
  Diagnostics diagnostics;
  EXPECT_EQ(
      names_of({hive("a/SYSTEM", HiveKind::system, "PC"),
                hive("a/SOFTWARE", HiveKind::software, "", "{1}"),
                hive("b/SYSTEM", HiveKind::system, "PC"),
                hive("b/SOFTWARE", HiveKind::software, "", "{2}"), log("b/x.evtx", {{"PC", 1, 9}})},
               diagnostics),
      (Names{"PC ({1}) 2+0", "PC ({2}) 2+1"}));
  EXPECT_EQ(diagnostics.count(DiagnosticCode::host_names_disagree), 1U);
}

TEST(GroupHosts, TwoMachinesOfOneNameAreKeptApartByTheirDomains) {
  for (const bool is_swapped : {false, true}) {
    Diagnostics diagnostics;
    std::vector<Reading> readings = {
        system_of("a/SYSTEM", "DC01", "one.example"),
        system_of("b/SYSTEM", "DC01", "two.example"),
        log("c/x.evtx", {{"DC01.two.example", 1, 9}}),
        log("d/x.evtx", {{"DC01", 1, 9}}),
    };
    if (is_swapped) {
      std::ranges::reverse(readings);
    }
    EXPECT_EQ(names_of(std::move(readings), diagnostics),
              (Names{"DC01 (d) 0+1", "DC01 (one.example) 1+0", "DC01 (two.example) 1+1"}));
    EXPECT_EQ(diagnostics.count(DiagnosticCode::host_names_disagree), 2U);
  }
}

TEST(GroupHosts, AMachineThatMovedIntoAnotherDomainIsStillOne) {
  Diagnostics diagnostics;
  EXPECT_EQ(names_of({system_of("a/SYSTEM", "PC", "old.example"),
                      hive("a/SOFTWARE", HiveKind::software, "", "{1}"),
                      system_of("b/SYSTEM", "PC", "new.example"),
                      hive("b/SOFTWARE", HiveKind::software, "", "{1}")},
                     diagnostics),
            (Names{"PC 4+0"}));
  EXPECT_TRUE(diagnostics.kept().empty());
}

TEST(GroupHosts, WhatFitsTwoMachinesOfOneNameTiesThemNotTogether) {
  Diagnostics diagnostics;
  EXPECT_EQ(
      names_of({hive("a/SYSTEM", HiveKind::system, "PC"),
                hive("a/SOFTWARE", HiveKind::software, "", "{1}"),
                hive("b/SYSTEM", HiveKind::system, "PC"), hive("c/SYSTEM", HiveKind::system, "PC"),
                hive("c/SOFTWARE", HiveKind::software, "", "{2}")},
               diagnostics)
          .size(),
      3U);
}

TEST(GroupHosts, HivesThatNothingButTheNameJoinsAreReported) {
  Diagnostics diagnostics;
  EXPECT_EQ(
      names_of({hive("a/SYSTEM", HiveKind::system, "PC"), hive("b/SYSTEM", HiveKind::system, "PC")},
               diagnostics),
      (Names{"PC 2+0"}));
  EXPECT_EQ(diagnostics.count(DiagnosticCode::host_names_disagree), 1U);
}

Reading placed(std::string_view path, std::string_view windows_path, std::string_view computer,
               std::string_view domain = "") {
  Reading reading = hive(path, HiveKind::system, computer);
  reading.group = "x";
  reading.windows_path = windows_path;
  reading.facts[""].identities.front().domain = SharedText(domain);
  return reading;
}

TEST(GroupHosts, ARenamedMachineIsOneWithTheCopiesThatWindowsKeepsOfIt) {
  constexpr std::string_view home = "C:\\Windows\\System32\\config\\SYSTEM";
  for (const std::string_view copy : {"C:\\Windows\\System32\\config\\RegBack\\SYSTEM",
                                      "C:\\Windows\\System32\\config\\SYSTEM.SAV",
                                      "C:\\Windows.old\\Windows\\System32\\config\\SYSTEM"}) {
    Diagnostics reversed;
    EXPECT_EQ(names_of({placed("x/1", copy, "A"), placed("x/2", home, "B")}, reversed),
              Names{"B 2+0"});
    Diagnostics diagnostics;
    EXPECT_EQ(names_of({placed("x/1", home, "NEW"), placed("x/2", copy, "OLD")}, diagnostics),
              Names{"NEW 2+0"});
    EXPECT_EQ(diagnostics.count(DiagnosticCode::host_names_disagree), 1U);
  }
  Diagnostics diagnostics;
  EXPECT_EQ(
      names_of({placed("x/1", home, "NEW"), placed("x/2", "C:\\Temp\\SYSTEM", "OLD")}, diagnostics),
      (Names{"NEW 1+0", "OLD 1+0"}))
      << "an analyst's or an intruder's folder says nothing";
}

TEST(GroupHosts, SingleLettersMayBeMachines) {
  const auto of = [](std::string_view letter, std::string_view domain) {
    const std::string path = std::string(letter) + ":\\Windows\\System32\\config\\SYSTEM";
    return placed("x/" + std::string(letter), path, "PC", domain);
  };
  Diagnostics apart;
  EXPECT_EQ(names_of({of("A", "a.example"), of("B", "b.example")}, apart),
            (Names{"PC (a.example) 1+0", "PC (b.example) 1+0"}));
  EXPECT_EQ(apart.count(DiagnosticCode::host_names_disagree), 1U);
  Diagnostics by_name;
  EXPECT_EQ(names_of({of("A", ""), of("B", "")}, by_name), Names{"PC 2+0"});
  EXPECT_EQ(by_name.count(DiagnosticCode::host_names_disagree), 1U);
  Diagnostics tied;
  EXPECT_EQ(names_of({of("C", "a.example"), of("D", "a.example")}, tied), Names{"PC 2+0"});
  EXPECT_TRUE(tied.kept().empty());
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

TEST(GroupHosts, TheHivesLearnUntilWhenTheyWereWritten) {
  Reading present = hive("a/SYSTEM", HiveKind::system, "FS01");
  present.newest_key = FileTime{900};
  Reading older = hive("b/SYSTEM", HiveKind::system, "FS01");
  older.newest_key = FileTime{100};
  older.facts[""].orders.push_back({.last_written = FileTime{300}});
  std::vector<Reading> readings = {older, present, hive("a/SOFTWARE", HiveKind::software, "")};
  Diagnostics diagnostics;
  const auto hosts = group_hosts(readings, diagnostics);
  ASSERT_EQ(hosts.size(), 1U);
  ASSERT_EQ(hosts[0].facts.identities.size(), 3U);
  for (const HostIdentityFact& identity : hosts[0].facts.identities) {
    if (identity.computer_name.empty()) {
      EXPECT_FALSE(identity.newest_write.given()) << "a SOFTWARE hive says nothing of providers";
    } else {
      const bool is_present = identity.moment == HiveMoment::current;
      EXPECT_EQ(identity.newest_write, FileTime{is_present ? 900U : 300U});
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

constexpr std::string_view sid_a = "S-1-5-21-1-2-3";
constexpr std::string_view sid_b = "S-1-5-21-7-8-9";

Reading security(std::string_view path, std::string_view machine_sid) {
  Reading reading = hive(path, HiveKind::security, "");
  reading.facts[""].identities.front().machine_sid = SharedText(machine_sid);
  return reading;
}

/// A log of one computer in which an account of that domain logs on.
Reading log_of(std::string_view path, std::string_view computer, std::string_view domain,
               std::string_view machine_sid) {
  Reading reading = log(path, {{computer, 1, 9}});
  reading.facts[name_key(computer)].logons.push_back(
      {.account = SharedText(EvidenceText::from_utf8(std::string(domain) + "\\helpdesk")),
       .sid = SharedText(EvidenceText::from_utf8(std::string(machine_sid) + "-1001"))});
  return reading;
}

bool says(const Diagnostics& diagnostics, DiagnosticCode code, std::string_view words) {
  return std::any_of(diagnostics.kept().begin(), diagnostics.kept().end(), [&](const auto& each) {
    return each.code == code && each.text.find(words) != std::string::npos;
  });
}

TEST(GroupHosts, AMachineSidGivesALoneHiveToItsHost) {
  struct Case {
    std::string_view name;
    std::vector<Reading> readings;
    Names hosts;
    std::string_view said = {};  ///< words of a host_unknown or host_names_disagree
  };
  const Reading fs01 = log_of("logs/fs01.evtx", "FS01.corp.example", "FS01", sid_a);
  const Reading fs02 = log_of("logs/fs02.evtx", "FS02.corp.example", "FS02", sid_b);
  const Case cases[] = {
      {"in another folder", {security("x/SECURITY", sid_a), fs01, fs02}, {"FS01 1+1", "FS02 0+1"}},
      {"beside the logs of several hosts",
       {security("logs/SECURITY", sid_b), fs01, fs02},
       {"FS01 0+1", "FS02 1+1"}},
      {"with the hives beside it",
       {hive("x/SOFTWARE", HiveKind::software, ""), security("x/SECURITY", sid_a), fs01},
       {"FS01 2+1"}},
      {"a SID that nothing knows",
       {security("x/SECURITY", "S-1-5-21-4-4-4"), fs01, fs02},
       {" 1+0", "FS01 0+1", "FS02 0+1"},
       "nothing in or beside this hive names its computer"},
      {"machines from one image",
       {security("x/SECURITY", sid_a), fs01,
        log_of("logs/fs03.evtx", "FS03.corp.example", "FS03", sid_a)},
       {" 1+0", "FS01 0+1", "FS03 0+1"},
       "several hosts have its machine SID"},
      {"machines from one image, one of them beside it",
       {security("y/SECURITY", sid_a), fs01, log_of("y/fs03.evtx", "FS03", "FS03", sid_a)},
       {"FS01 0+1", "FS03 1+1"}},
      {"an account of the domain says nothing of the machine",
       {security("x/SECURITY", sid_a), log_of("l/a.evtx", "FS01.corp.example", "CORP", sid_a)},
       {" 1+0", "FS01 0+1"},
       "nothing in or beside this hive names its computer"},
      {"the folder says otherwise",
       {hive("x/SYSTEM", HiveKind::system, "FS02"), security("x/SECURITY", "S-1-5-21-4-4-4"), fs02},
       {"FS02 2+1"},
       "the machine SID S-1-5-21-4-4-4 is not the one"},
      {"no machine's SID",
       {security("x/SECURITY", "S-1-5-18"), fs01},
       {" 1+0", "FS01 0+1"},
       "nothing in or beside"},
      {"another copy of a known SECURITY hive",
       {hive("x/SYSTEM", HiveKind::system, "FS09"), security("x/SECURITY", sid_a),
        security("old/SECURITY", sid_a)},
       {"FS09 3+0"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    for (const bool reversed : {false, true}) {
      std::vector<Reading> readings = c.readings;
      if (reversed) {
        std::reverse(readings.begin(), readings.end());
      }
      Diagnostics diagnostics;
      EXPECT_EQ(names_of(std::move(readings), diagnostics), c.hosts);
      EXPECT_EQ(diagnostics.kept().size(), c.said.empty() ? 0U : 1U);
      EXPECT_TRUE(c.said.empty() || says(diagnostics, DiagnosticCode::host_unknown, c.said) ||
                  says(diagnostics, DiagnosticCode::host_names_disagree, c.said));
    }
  }
}

}  // namespace
}  // namespace npg
