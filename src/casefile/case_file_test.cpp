#include "casefile/case_file.hpp"

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>

#include "casefile/case_parts.hpp"
#include "casefile/case_world_test.hpp"
#include "casefile/schema.hpp"
#include "testing/facts.hpp"
#include "testing/workplace.hpp"

namespace npg {
namespace {

using case_world::keep_host;
using case_world::lines_of;
using case_world::problems_of;
using testing::Workplace;

CaseFile opened(const std::string& path, CaseAccess access = CaseAccess::write) {
  auto file = CaseFile::open(path, {.access = access});
  EXPECT_TRUE(file.has_value()) << (file ? "" : file.error().text);
  return *std::move(file);
}

void sql(const std::string& path, const std::string& text) {
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &raw), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(raw, text.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(raw);
  sqlite3_close(raw);
}

std::string file_content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

TEST(CaseFile, ScanningTwiceAddsNothing) {
  const Workplace place;
  {
    CaseFile file = opened("x.npgcase");
    ASSERT_TRUE(keep_host(file, 1));
    ASSERT_TRUE(keep_host(file, 7));
  }
  const auto once = lines_of("x.npgcase");
  {
    CaseFile file = opened("x.npgcase");
    ASSERT_TRUE(keep_host(file, 7));
    ASSERT_TRUE(keep_host(file, 1));
  }
  EXPECT_EQ(lines_of("x.npgcase"), once);
  EXPECT_GT(once.size(), 60U);
  EXPECT_TRUE(problems_of("x.npgcase").empty());
}

TEST(CaseFile, TheOrderOfKeepingDoesNotShow) {
  const Workplace place;
  CaseFile forward = opened("a.npgcase");
  CaseFile backward = opened("b.npgcase");
  for (std::uint32_t i = 0; i < 12; ++i) {
    ASSERT_TRUE(keep_host(forward, i));
    ASSERT_TRUE(keep_host(backward, 11 - i));
  }
  EXPECT_EQ(lines_of(forward), lines_of(backward));
}

TEST(CaseFile, FactsComeBackAsTheyWere) {
  const Workplace place;
  const testing::FleetHost host = testing::fleet_host(3);
  CaseFile file = opened("x.npgcase");
  ASSERT_TRUE(keep_host(file, 3));
  ASSERT_TRUE(keep_host(file, 4));
  std::uint32_t next = 40;
  const auto kept = file.related({"name:HOST000003"}, {}, [&](const EvidenceItem& item) {
    EXPECT_EQ(item.sha256, host.hive_sha256);
    EXPECT_EQ(item.counts.at("records"), 3U);
    return next++;
  });
  ASSERT_TRUE(kept.has_value());
  ASSERT_EQ(kept->readings.size(), 1U);
  ASSERT_EQ(kept->readings[0].parts.size(), 1U);
  EXPECT_EQ(kept->readings[0].state.file_kind.raw(), "hive");
  EXPECT_EQ(kept->readings[0].state.services, (Origin{.evidence = 40, .offset = 5}));
  const FactSet& facts = kept->readings[0].parts[0].facts;
  EXPECT_EQ(facts.registrations.size(), 7U);
  EXPECT_EQ(facts.registrations[0].origin.evidence, 40U);
  std::vector<std::string> before;
  std::vector<std::string> after;
  encode_facts(host.facts, {{0, 0}},
               [&](const EncodedFact& fact) { before.emplace_back(fact.body); });
  encode_facts(facts, {{40, 0}}, [&](const EncodedFact& fact) { after.emplace_back(fact.body); });
  EXPECT_EQ(before, after);
}

TEST(CaseFile, PartsOfOneHostAreFoundByAnyOfThem) {
  const Workplace place;
  const testing::FleetHost host = testing::fleet_host(3);
  const testing::FleetHost other = testing::fleet_host(4);
  CaseFile file = opened("x.npgcase");
  auto writer = file.begin();
  ASSERT_TRUE(writer.has_value());
  ReadingToKeep first = case_world::reading_of(host);
  first.parts[0].keys = {"name:A", "group:/x"};
  ReadingToKeep second = case_world::reading_of(other);
  second.parts[0].keys = {"group:/x", "sid:S"};
  const auto one = writer->keep(first);
  const auto two = writer->keep(second);
  ASSERT_TRUE(one && two);
  ASSERT_TRUE(writer->commit());
  const auto name = [](const EvidenceItem&) { return 0U; };
  EXPECT_EQ(file.related({"sid:S"}, {}, name)->readings.size(), 2U);
  EXPECT_EQ(file.related({"sid:S"}, {reading_identity(first.evidence)}, name)->readings.size(), 1U);
  EXPECT_EQ(file.related({"sid:T"}, {}, name)->readings.size(), 0U);
}

TEST(CaseFile, WhatIsTakenOutOrChangedIsTold) {
  const struct {
    const char* change;
    const char* says;
  } cases[] = {
      {"DELETE FROM fact WHERE kind=(SELECT min(id) FROM fact_kind)",
       "state or facts were changed"},
      {"DELETE FROM fact", "state or facts were changed"},
      {"UPDATE reading SET group_path='/elsewhere'", "state or facts were changed"},
      {"UPDATE assessment SET verdict='clean'", "assessments, findings or values were changed"},
      {"UPDATE finding SET suppressed_by='EX-1'", "assessments, findings or values were changed"},
      {"DELETE FROM finding", "assessments, findings or values were changed"},
      {"UPDATE stack_value SET value=value||'x'", "what it is or its text was changed"},
      {"UPDATE evidence SET path='/elsewhere'", "the file or the image read of it was changed"},
      {"UPDATE evidence SET size=size+1", "the file or the image read of it was changed"},
      {"UPDATE evidence SET status=1", "the file or the image read of it was changed"},
      {"UPDATE evidence SET detail='x'", "the file or the image read of it was changed"},
      {"DELETE FROM image", "the file or the image read of it was changed"},
      {"UPDATE image SET body=substr(body,1,4)", "the file or the image read of it was changed"},
      {"UPDATE image SET path_key='X'", "the file or the image read of it was changed"},
      {"DELETE FROM seal", "were changed"},
      {"UPDATE seal SET digest=x''", "kept before there were digests"},
  };
  for (const auto& one : cases) {
    const Workplace place;
    {
      CaseFile file = opened("x.npgcase");
      ASSERT_TRUE(keep_host(file, 1));
      ASSERT_TRUE(keep_host(file, 2));
    }
    ASSERT_TRUE(problems_of("x.npgcase").empty());
    sql("x.npgcase", one.change);
    const auto problems = problems_of("x.npgcase");
    EXPECT_TRUE(std::ranges::any_of(problems, [&](const std::string& text) {
      return text.find(one.says) != std::string::npos;
    })) << one.change;
  }
}

TEST(CaseFile, AValueThatCameBackIsFirstSeenWhereItsHostsSay) {
  const Workplace place;
  CaseFile file = opened("x.npgcase");
  const testing::FleetHost host = testing::fleet_host(1);
  const auto keep_values = [&](std::vector<HostValue> values) {
    auto writer = file.begin();
    ASSERT_TRUE(writer.has_value());
    const auto parts = writer->keep(case_world::reading_of(host));
    ASSERT_TRUE(parts.has_value());
    const HostAssessment assessment;
    ASSERT_TRUE(writer->record({.name = host.name,
                                .parts = *parts,
                                .values = std::move(values),
                                .as_of = {.ticks = 1000},
                                .digest = host.hive_sha256,
                                .assessment = &assessment}));
    ASSERT_TRUE(writer->commit());
  };
  keep_values({{"hash", "a", {.ticks = 500}}});
  keep_values({});
  keep_values({{"hash", "a", {.ticks = 700}}});
  EXPECT_EQ(problems_of("x.npgcase"), std::vector<std::string>{});
  EXPECT_EQ(file.stack({.what = "hash"})->at(0).first_seen.ticks, 700U);
}

TEST(CaseFile, AReadingGivesWayToOneThatKnowsItsPlaceInWindows) {
  const Workplace place;
  CaseFile file = opened("x.npgcase");
  const testing::FleetHost host = testing::fleet_host(1);
  auto writer = file.begin();
  ASSERT_TRUE(writer.has_value());
  ReadingToKeep reading = case_world::reading_of(host);
  ReadingToKeep placed = case_world::reading_of(host);
  placed.state.windows_path = std::string_view("C:\\Windows\\System32\\config\\SYSTEM");
  EXPECT_FALSE(*writer->knows(reading));
  ASSERT_TRUE(writer->keep(reading));
  EXPECT_TRUE(*writer->knows(reading));
  EXPECT_FALSE(*writer->knows(placed));
  ASSERT_TRUE(writer->keep(placed));
  EXPECT_TRUE(*writer->knows(placed));
  EXPECT_TRUE(*writer->knows(reading)) << "the better one stays";
  ASSERT_TRUE(writer->commit());
  const auto kept = file.everything([](const EvidenceItem&) { return 0U; });
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(kept->readings.at(0).state.windows_path, placed.state.windows_path);
}

TEST(CaseFile, WhereNobodyMayWriteACaseIsRead) {
  const Workplace place;
  std::filesystem::create_directory("a %folder?");
  const std::string path = "a %folder?/x#1.npgcase";
  {
    CaseFile file = opened(path);
    ASSERT_TRUE(keep_host(file, 1));
  }
  ASSERT_FALSE(std::filesystem::exists(path + "-wal"));
  auto alone = sqlite::Database::open(path, {.is_immutable = true});
  ASSERT_TRUE(alone.has_value());
  EXPECT_EQ(alone->number("SELECT count(*) FROM host").value_or(0), 1);
  EXPECT_FALSE(std::filesystem::exists(path + "-shm")) << "nothing is made beside it";
  std::filesystem::permissions("a %folder?", std::filesystem::perms::owner_write,
                               std::filesystem::perm_options::remove);
  EXPECT_EQ(problems_of(path), std::vector<std::string>{});
  std::filesystem::permissions("a %folder?", std::filesystem::perms::owner_write,
                               std::filesystem::perm_options::add);
}

TEST(CaseFile, AFactThatIsNotThatOfItsIdIsNotRead) {
  const Workplace place;
  {
    CaseFile file = opened("x.npgcase");
    ASSERT_TRUE(keep_host(file, 1));
  }
  sql("x.npgcase", "UPDATE fact SET id=x'00000000000000000000000000000000' WHERE number=0");
  CaseFile file = opened("x.npgcase");
  const auto kept = file.related({"name:HOST000001"}, {}, [](const EvidenceItem&) { return 0U; });
  ASSERT_FALSE(kept.has_value());
  EXPECT_EQ(kept.error().kind, CaseFailure::damaged);
  EXPECT_NE(kept.error().text.find("its content is not that of its id"), std::string::npos);
}

TEST(CaseFile, OneFileBesideTwoOthersIsTwoReadings) {
  const std::vector<EvidenceItem> files = {{.sha256 = std::string(64, 'a')}};
  EXPECT_NE(reading_identity(files, {std::string(64, 'b')}),
            reading_identity(files, {std::string(64, 'c')}));
  EXPECT_NE(reading_identity(files), reading_identity(files, {std::string(64, 'b')}));
}

TEST(CaseFile, AnotherLayoutOfFactsAsksForTheEvidenceAgain) {
  const Workplace place;
  {
    CaseFile file = opened("x.npgcase");
    ASSERT_TRUE(keep_host(file, 1));
  }
  const auto before = lines_of("x.npgcase");
  sql("x.npgcase", "UPDATE reading SET layout=x'00'");
  CaseFile file = opened("x.npgcase");
  const auto kept = file.related({"name:HOST000001"}, {}, [](const EvidenceItem&) { return 0U; });
  ASSERT_TRUE(kept.has_value());
  EXPECT_TRUE(kept->readings.empty());
  EXPECT_EQ(kept->outdated, std::vector<std::string>{"/evidence/HOST000001/SYSTEM"});
  ASSERT_TRUE(keep_host(file, 1));
  EXPECT_EQ(lines_of(file), before);
}

TEST(CaseFile, OlderSchemasAreBroughtForward) {
  const Workplace place;
  for (std::size_t version = 1; version < schema_steps().size(); ++version) {
    const std::string path = "old" + std::to_string(version);
    for (std::size_t i = 0; i < version; ++i) {
      sql(path, std::string(schema_steps()[i]));
    }
    sql(path,
        "PRAGMA application_id=" + std::to_string(case_application_id) +
            "; PRAGMA user_version=" + std::to_string(version) +
            "; INSERT INTO host(name,profile) VALUES('OLD','p'); INSERT INTO evidence VALUES(5, "
            "zeroblob(32),'p','hive',1,0,'',''); INSERT INTO reading "
            "VALUES(1,zeroblob(32),x'','',x'00',x'00'); "
            "INSERT INTO reading_evidence VALUES(1,0,5); INSERT INTO part VALUES(1,1,'',1)");
    if (version == 3) {  // Its digests are of less than those of later ones.
      sql(path, "INSERT INTO seal VALUES('reading',1,x'01'),('host',1,x'01')");
    } else if (version >= 4) {
      sql(path, "INSERT INTO seal VALUES('reading',1,x''),('host',1,x''),('evidence',5,x'')");
    }
    EXPECT_EQ(CaseFile::open(path, {}).error().kind, CaseFailure::not_a_case)
        << "reading changes nothing";
    CaseFile file = opened(path);
    EXPECT_EQ(file.counts()->hosts, 1U);
    ASSERT_TRUE(keep_host(file, 2));
    const auto problems = problems_of(path);
    ASSERT_EQ(problems.size(), 1U) << ::testing::PrintToString(problems);
    EXPECT_NE(problems[0].find("3 files, readings, hosts and values were kept before"),
              std::string::npos)
        << problems[0];
  }
}

TEST(CaseFile, WhatIsNoCaseIsRefused) {
  const Workplace place;
  {
    CaseFile file = opened("good");
    ASSERT_TRUE(keep_host(file, 1));
  }
  const auto copy = [](const std::string& name) {
    std::filesystem::copy_file("good", name);
    return name;
  };
  std::ofstream("text") << "not a database at all, and longer than sixteen bytes";
  sql("foreign", "CREATE TABLE t(x)");
  sql(copy("newer"), "PRAGMA user_version=999");
  sql(copy("trigger"), "CREATE TRIGGER t AFTER INSERT ON host BEGIN DELETE FROM fact; END");
  sql(copy("view"), "CREATE VIEW v AS SELECT * FROM host");
  sql(copy("table"), "CREATE TABLE more(x)");
  sql(copy("index"), "CREATE INDEX more ON host(name)");
  sql(copy("column"), "ALTER TABLE host ADD COLUMN x TEXT");
  sql(copy("expression"), "CREATE INDEX more ON host(upper(name))");
  const struct {
    const char* path;
    CaseFailure kind;
  } cases[] = {{"absent", CaseFailure::not_found},    {"text", CaseFailure::not_a_case},
               {"foreign", CaseFailure::not_a_case},  {"newer", CaseFailure::newer},
               {"trigger", CaseFailure::not_a_case},  {"view", CaseFailure::not_a_case},
               {"table", CaseFailure::not_a_case},    {"index", CaseFailure::not_a_case},
               {"column", CaseFailure::not_a_case},   {"expression", CaseFailure::not_a_case},
               {"/dev/null", CaseFailure::not_a_case}};
  for (const auto& one : cases) {
    for (const CaseAccess access : {CaseAccess::read, CaseAccess::write}) {
      if (one.kind == CaseFailure::not_found && access == CaseAccess::write) {
        continue;
      }
      const auto file = CaseFile::open(one.path, {.access = access});
      ASSERT_FALSE(file.has_value()) << one.path;
      EXPECT_EQ(file.error().kind, one.kind) << one.path << ": " << file.error().text;
    }
  }
  EXPECT_EQ(file_content("text").substr(0, 3), "not");
}

/// Reads everything that a case gives; what is damaged is an error, whatever the bytes are.
bool reads_all(const std::string& path) {
  auto file = CaseFile::open(path, {});
  if (!file) {
    return false;
  }
  const auto all = file->everything([](const EvidenceItem&) { return 1U; });
  const auto image =
      file->images("a reading", "C:\\np.dll", [](const EvidenceItem&) { return 1U; });
  const auto rows = file->stack({});
  const auto lines = file->export_lines([](std::string_view) {});
  const auto wrong = file->verify();
  return all && image && rows && lines && wrong && wrong->empty();
}

TEST(CaseFile, DamageIsAnError) {
  const Workplace place;
  {
    CaseFile file = opened("good");
    for (std::uint32_t host = 1; host < 24; ++host) {  // So that pages are full.
      ASSERT_TRUE(keep_host(file, host));
    }
  }
  ASSERT_TRUE(reads_all("good"));
  const std::string good = file_content("good");
  std::mt19937_64 random(7);
  std::uint64_t refused = 0;
  for (int i = 0; i < 250; ++i) {
    std::string bad = good;
    for (int flips = 0; flips < 1 + i % 8; ++flips) {
      bad[random() % bad.size()] = static_cast<char>(random());
    }
    if (i % 5 == 0) {
      bad.resize(random() % bad.size());
    }
    std::filesystem::remove("bad");
    std::ofstream("bad", std::ios::binary) << bad;
    refused += reads_all("bad") ? 0U : 1U;
  }
  // Free space and padding may be changed without harm; most bytes may not.
  EXPECT_GT(refused, 100U);
}

TEST(CaseFile, AChangedFactIsFound) {
  const Workplace place;
  {
    CaseFile file = opened("x");
    ASSERT_TRUE(keep_host(file, 1));
  }
  sql("x", "UPDATE fact SET body=CAST(body||x'00' AS BLOB) WHERE number=0");
  EXPECT_FALSE(problems_of("x").empty());
  CaseFile file = opened("x", CaseAccess::read);
  EXPECT_EQ(file.everything([](const EvidenceItem&) { return 0U; }).error().kind,
            CaseFailure::damaged);
}

TEST(CaseFile, AChangedCountIsFound) {
  const Workplace place;
  {
    CaseFile file = opened("x");
    ASSERT_TRUE(keep_host(file, 1));
  }
  sql("x", "UPDATE stack_value SET hosts=hosts+1 WHERE id=1");
  EXPECT_EQ(problems_of("x").size(), 1U);
}

TEST(CaseFile, RareValuesComeFirst) {
  const Workplace place;
  CaseFile file = opened("x");
  for (std::uint32_t i = 0; i < 10; ++i) {
    ASSERT_TRUE(keep_host(file, i));
  }
  const auto rows = file.stack({.what = "provider"});
  ASSERT_TRUE(rows.has_value());
  ASSERT_EQ(rows->size(), 8U);
  EXPECT_EQ((*rows)[0].value, "Own000007");
  EXPECT_EQ((*rows)[0].hosts, 1U);
  EXPECT_EQ((*rows)[0].host_names, std::vector<std::string>{"HOST000007"});
  EXPECT_EQ((*rows)[1].value, "SnacNp");
  EXPECT_EQ((*rows)[1].hosts, 9U);
  EXPECT_EQ((*rows)[7].hosts, 10U);
  EXPECT_TRUE((*rows)[7].host_names.empty());
}

TEST(CaseFile, ADiskThatFillsUpAtAnyWriteLeavesTheOldOrTheNewState) {
  const Workplace place;
  {
    CaseFile file = opened("old");
    ASSERT_TRUE(keep_host(file, 1));
  }
  const auto before = lines_of("old");
  std::filesystem::copy_file("old", "new");
  {
    CaseFile file = opened("new");
    ASSERT_TRUE(keep_host(file, 2));
  }
  const auto after = lines_of("new");
  std::uint64_t failures = 0;
  std::uint64_t completed_at = 0;
  for (std::uint64_t at = 1; completed_at == 0 && at < 2000; ++at) {
    for (const char* part : {"run", "run-wal", "run-shm", "run-journal"}) {
      std::filesystem::remove(part);
    }
    std::filesystem::copy_file("old", "run");
    case_world::plan = {.fault = case_world::Fault::full, .at = at};
    {
      auto file =
          CaseFile::open("run", {.access = CaseAccess::write, .vfs = case_world::fault_vfs()});
      const auto kept = file ? keep_host(*file, 2) : std::unexpected(file.error());
      failures += kept ? 0U : 1U;
      if (kept && case_world::plan.changes < at) {
        completed_at = at;
      }
      if (kept) {
        EXPECT_EQ(lines_of(*file), after) << at;
      }
    }
    case_world::plan = {};
    ASSERT_TRUE(problems_of("run").empty()) << at << ": " << problems_of("run").front();
    const auto now = lines_of("run");
    EXPECT_TRUE(now == before || now == after) << "write " << at;
    CaseFile again = opened("run");
    ASSERT_TRUE(keep_host(again, 2));
    EXPECT_EQ(lines_of(again), after) << at;
  }
  EXPECT_GT(failures, 10U);
  EXPECT_GT(completed_at, 10U);
}

/// The status of a child that keeps a host and dies at change `at`; 0 when it came to the end.
int child_that_dies_at(const std::string& path, std::uint64_t at) {
  const pid_t child = ::fork();
  if (child == 0) {
    case_world::plan = {.fault = case_world::Fault::kill, .at = at};
    auto file = CaseFile::open(path, {.access = CaseAccess::write, .vfs = case_world::fault_vfs()});
    const bool kept = file && keep_host(*file, 2);
    ::_exit(kept ? 0 : 1);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

TEST(CaseFile, DeathAtAnyWriteLeavesTheOldOrTheNewState) {
  const Workplace place;
  {
    CaseFile file = opened("old");
    ASSERT_TRUE(keep_host(file, 1));
  }
  const auto before = lines_of("old");
  std::filesystem::copy_file("old", "new");
  {
    CaseFile file = opened("new");
    ASSERT_TRUE(keep_host(file, 2));
  }
  const auto after = lines_of("new");
  int deaths = 0;
  for (std::uint64_t at = 1; at < 2000; ++at) {
    for (const char* part : {"run", "run-wal", "run-shm", "run-journal"}) {
      std::filesystem::remove(part);
    }
    std::filesystem::copy_file("old", "run");
    const int end = child_that_dies_at("run", at);
    ASSERT_TRUE(end == SIGKILL || end == 0) << at;
    deaths += end == SIGKILL ? 1 : 0;
    ASSERT_TRUE(problems_of("run").empty()) << at;
    CaseFile again = opened("run");
    const auto now = lines_of(again);
    EXPECT_TRUE(now == before || now == after) << "write " << at;
    ASSERT_TRUE(keep_host(again, 2));
    EXPECT_EQ(lines_of(again), after) << at;
    if (end == 0) {
      break;
    }
  }
  EXPECT_GT(deaths, 10);
}

TEST(CaseFile, TwoProcessesLoseAndDoubleNothing) {
  const Workplace place;
  std::vector<pid_t> children;
  for (std::uint32_t which = 0; which < 2; ++which) {
    const pid_t child = ::fork();
    if (child == 0) {
      auto file = CaseFile::open("x", {.access = CaseAccess::write});
      bool kept = file.has_value();
      // Some hosts are theirs alone and some both keep.
      for (std::uint32_t i = which * 10; kept && i < which * 10 + 20; ++i) {
        kept = keep_host(*file, i).has_value();
      }
      ::_exit(kept ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  CaseFile alone = opened("alone");
  for (std::uint32_t i = 0; i < 30; ++i) {
    ASSERT_TRUE(keep_host(alone, i));
  }
  EXPECT_EQ(lines_of("x"), lines_of(alone));
  EXPECT_TRUE(problems_of("x").empty());
}

TEST(CaseFile, WhoWaitsTooLongIsToldSo) {
  const Workplace place;
  CaseFile first = opened("x");
  auto held = first.begin();
  ASSERT_TRUE(held.has_value());
  auto second = CaseFile::open("x", {.access = CaseAccess::write, .busy_timeout_ms = 1});
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->begin().error().kind, CaseFailure::busy);
}

}  // namespace
}  // namespace npg
