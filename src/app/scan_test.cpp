// The whole of npguard on example hosts: the story is told right, the same bytes come out whatever
// the order or the number of threads, and a bad file costs nothing but itself.
#include "app/scan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "app/render.hpp"
#include "testing/recipe.hpp"
#include "testing/workplace.hpp"

namespace npg {
namespace {

namespace fs = std::filesystem;

std::string read_text(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

class Workplace : public testing::Workplace {
 public:
  static void build_example(const std::string& name, const fs::path& folder) {
    const std::string recipe =
        read_text(fs::path(NPG_SOURCE_DIR) / "examples" / name / "recipe.yaml");
    const auto host = testing::build_host(recipe);
    ASSERT_TRUE(host.has_value()) << describe(host.error());
    ASSERT_TRUE(testing::write_host(*host, folder).has_value());
  }
};

Assessment scan_paths(std::vector<std::string> paths, unsigned threads = 1) {
  auto assessment = scan({.paths = std::move(paths), .threads = threads});
  EXPECT_TRUE(assessment.has_value());
  return assessment ? *std::move(assessment) : Assessment{};
}

EvidenceItem item_of(const Assessment& assessment, std::string_view path) {
  const auto found =
      std::find_if(assessment.evidence.begin(), assessment.evidence.end(),
                   [&](const EvidenceItem& item) { return item.path.raw() == path; });
  EXPECT_NE(found, assessment.evidence.end()) << path;
  return found == assessment.evidence.end() ? EvidenceItem{} : *found;
}

/// The text, or what the golden file holds once NPGUARD_UPDATE has rewritten it.
void expect_golden(const std::string& text, const std::string& name) {
  const fs::path golden = fs::path(NPG_SOURCE_DIR) / "src/app/golden" / name;
  if (std::getenv("NPGUARD_UPDATE") != nullptr) {
    fs::create_directories(golden.parent_path());
    std::ofstream(golden, std::ios::binary) << text;
  }
  EXPECT_EQ(text, read_text(golden)) << "NPGUARD_UPDATE=1 rewrites " << golden;
}

TEST(Scan, TellsTheStoryOfTheCompromisedHost) {
  const Workplace workplace;
  Workplace::build_example("compromised-host", "host");
  const Assessment assessment = scan_paths({"host"});
  ASSERT_EQ(assessment.hosts.size(), 1U);
  const HostAssessment& host = assessment.hosts.front();
  EXPECT_EQ(host.host.name.raw(), "FS01");
  EXPECT_EQ(host.verdict, HostVerdict::compromised);
  EXPECT_TRUE(assessment.complete);

  // Registered, and should it be?
  const auto provider =
      std::find_if(host.providers.begin(), host.providers.end(),
                   [](const Provider& p) { return p.name.raw() == "LanmanRedirSvc"; });
  ASSERT_NE(provider, host.providers.end());
  EXPECT_EQ(provider->state, ProviderState::removed);
  EXPECT_EQ(provider->verdict, ProviderVerdict::malicious);
  EXPECT_EQ(provider->receives_credentials, YesNo::yes);
  for (const Provider& other : host.providers) {
    EXPECT_TRUE(&other == &*provider || other.verdict < ProviderVerdict::suspicious)
        << other.name.raw();
  }

  // Who and when?
  const auto write = std::find_if(host.changes.begin(), host.changes.end(), [](const Change& c) {
    return c.value_name.raw() == "ProviderPath";
  });
  ASSERT_NE(write, host.changes.end());
  EXPECT_EQ(write->actor.account.raw(), "CORP\\svc-backup");
  EXPECT_EQ(write->actor.source_address.raw(), "10.20.30.40");
  EXPECT_EQ(write->actor.logon_type, std::optional<std::uint32_t>(3));
  EXPECT_FALSE(write->evidence.empty());

  // Whose password?
  ASSERT_EQ(host.exposures.size(), 1U);
  const Exposure& exposure = host.exposures.front();
  EXPECT_EQ(exposure.end_kind, WindowEnd::removed);
  EXPECT_EQ(exposure.password_sent, YesNo::yes);
  EXPECT_LE(exposure.earliest_start, exposure.latest_start);
  EXPECT_LT(exposure.latest_start, exposure.end);
  const auto account = [&](std::string_view name) -> const ExposedAccount& {
    const auto found =
        std::find_if(exposure.accounts.begin(), exposure.accounts.end(),
                     [&](const ExposedAccount& a) { return a.account.raw() == name; });
    EXPECT_NE(found, exposure.accounts.end()) << name;
    return *found;
  };
  EXPECT_EQ(account("CORP\\adm-kovacs").certainty, Certainty::proven);
  EXPECT_TRUE(account("CORP\\adm-kovacs").privileged);
  EXPECT_EQ(account("CORP\\adm-kovacs").action, Action::reset_now);
  EXPECT_EQ(account("CORP\\dana").certainty, Certainty::proven);
  EXPECT_TRUE(account("CORP\\dana").password_changed);
  EXPECT_EQ(account("CORP\\lee").certainty, Certainty::possible);
  EXPECT_EQ(account("CORP\\mira").certainty, Certainty::not_by_this_route);
  for (const ExposedAccount& exposed : exposure.accounts) {
    EXPECT_EQ(exposed.account.raw().find("DWM-"), std::string_view::npos) << exposed.account.raw();
    EXPECT_EQ(exposed.account.raw().find("UMFD-"), std::string_view::npos) << exposed.account.raw();
  }

  // What could not be seen?
  EXPECT_FALSE(exposure.blind_spots.empty());
  EXPECT_FALSE(host.coverage.statements.empty());
  const std::string json = assessment_as_json(assessment);
  expect_golden(json, "compromised-host.json");
  expect_golden(assessment_as_screen(assessment, {}), "compromised-host.txt");
}

TEST(Scan, FindsNothingOnTheCleanHostAndStillSaysWhatItCouldNotSee) {
  const Workplace workplace;
  Workplace::build_example("clean-host", "host");
  const Assessment assessment = scan_paths({"host"});
  ASSERT_EQ(assessment.hosts.size(), 1U);
  const HostAssessment& host = assessment.hosts.front();
  EXPECT_NE(host.verdict, HostVerdict::compromised);
  EXPECT_NE(host.verdict, HostVerdict::suspicious);
  EXPECT_NE(host.verdict, HostVerdict::clean)
      << "signatures are not checked yet: nothing can be called clean";
  EXPECT_TRUE(host.exposures.empty());
  for (const Provider& provider : host.providers) {
    EXPECT_LT(provider.verdict, ProviderVerdict::suspicious) << provider.name.raw();
    EXPECT_EQ(provider.receives_credentials, YesNo::no) << provider.name.raw();
  }
  expect_golden(assessment_as_screen(assessment, {}), "clean-host.txt");
}

TEST(Scan, GivesTheSameBytesForAnyThreadsAndAnyOrderOfPaths) {
  const Workplace workplace;
  Workplace::build_example("compromised-host", "a");
  Workplace::build_example("clean-host", "b");
  const std::string once = assessment_as_json(scan_paths({"a", "b"}, 1));
  EXPECT_EQ(once, assessment_as_json(scan_paths({"b", "a"}, 1)));
  EXPECT_EQ(once, assessment_as_json(scan_paths({"a", "b"}, 2)));
  EXPECT_EQ(once, assessment_as_json(scan_paths({"b", "a", "a"}, 8)));
}

TEST(Scan, ABadFileCostsNothingButItself) {
  const Workplace workplace;
  Workplace::build_example("compromised-host", "host");
  const Assessment before = scan_paths({"host"});
  std::ofstream("host/C/Windows/System32/winevt/Logs/zz-broken.evtx", std::ios::binary)
      << std::string("ElfFile\0", 8) << std::string(60'000, '\x5a');
  std::ofstream("host/C/Windows/System32/config/zz-broken", std::ios::binary)
      << "regf" << std::string(5000, '\x5a');
  const Assessment after = scan_paths({"host"});
  EXPECT_FALSE(after.complete);
  std::set<std::string> damaged;
  for (const EvidenceItem& item : after.evidence) {
    if (item.status == EvidenceStatus::damaged || item.status == EvidenceStatus::partial) {
      damaged.insert(std::string(item.path.raw()));
    }
  }
  EXPECT_EQ(damaged, (std::set<std::string>{"host/C/Windows/System32/config/zz-broken",
                                            "host/C/Windows/System32/winevt/Logs/zz-broken.evtx"}));
  // Everything that is said of the host is unchanged, to the byte.
  Assessment host_before = before;
  Assessment host_after = after;
  for (Assessment* part : {&host_before, &host_after}) {
    part->diagnostics.clear();
    part->diagnostic_counts.clear();
    part->complete = true;
  }
  // Evidence ids follow the paths, and the two new files sort behind the others of their folders.
  std::erase_if(host_after.evidence, [](const EvidenceItem& e) {
    return e.path.raw().find("zz-") != std::string_view::npos;
  });
  ASSERT_EQ(host_after.evidence.size(), host_before.evidence.size());
  EXPECT_EQ(host_after.hosts.size(), host_before.hosts.size());
  EXPECT_EQ(assessment_as_screen(host_after, {}), assessment_as_screen(host_before, {}));
  const auto named =
      std::find_if(after.diagnostics.begin(), after.diagnostics.end(), [&](const Diagnostic& d) {
        return d.severity >= Severity::data_loss &&
               after.evidence[d.evidence].path.raw().ends_with("zz-broken.evtx");
      });
  ASSERT_NE(named, after.diagnostics.end()) << "the bad file is named with its offset";
}

TEST(Scan, TheLetterThatADiskWasMountedWithDoesNotMatter) {
  const Workplace workplace;
  Workplace::build_example("compromised-host", "host");
  const auto found_files = [] {
    std::vector<std::string> found;
    const Assessment assessment = scan_paths({"host"});
    for (const Provider& provider : assessment.hosts.at(0).providers) {
      for (const ProviderDll& dll : provider.dlls) {
        if (dll.image) {
          found.emplace_back(dll.image->windows_path.raw());
        }
      }
    }
    return found;
  };
  const auto by_own_letter = found_files();
  EXPECT_FALSE(by_own_letter.empty());
  fs::rename("host/C", "host/E");
  EXPECT_EQ(found_files(), by_own_letter);
}

TEST(Scan, CopiesThatAreNotJudgedAreTold) {
  const Workplace workplace;
  Workplace::build_example("compromised-host", "host");
  const Assessment before = scan_paths({"host"});
  const auto dll = std::ranges::find_if(before.evidence, [](const EvidenceItem& item) {
    return item.kind == "image" && item.status == EvidenceStatus::read;
  });
  ASSERT_NE(dll, before.evidence.end());
  const fs::path path(dll->path.raw());
  std::string upper = path.filename().string();
  std::ranges::transform(upper, upper.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  fs::copy_file(path, path.parent_path() / upper);
  fs::create_directories("host/loose");
  fs::copy_file(path, "host/loose/" + path.filename().string());
  const Assessment after = scan_paths({"host"});
  std::size_t told = 0;
  for (const EvidenceItem& item : after.evidence) {
    told += item.detail.find("told apart by case alone") != std::string::npos ? 1U : 0U;
    EXPECT_FALSE(item.path.raw().starts_with("host/loose") &&
                 item.detail == "no registration names it");
  }
  EXPECT_EQ(told, 1U);
}

TEST(Scan, TellsHostsApartByContentInAFlatFolder) {
  const Workplace workplace;
  Workplace::build_example("compromised-host", "a");
  Workplace::build_example("clean-host", "b");
  fs::create_directory("flat");
  for (const std::string host : {"a", "b"}) {
    for (const auto& entry : fs::recursive_directory_iterator(host)) {
      if (entry.is_regular_file()) {
        fs::copy_file(entry.path(), "flat/" + host + "_" + entry.path().filename().string());
      }
    }
  }
  const Assessment flat = scan_paths({"flat"});
  ASSERT_EQ(flat.hosts.size(), 2U);
  const auto verdict_of = [&](std::string_view name) {
    const auto found =
        std::find_if(flat.hosts.begin(), flat.hosts.end(),
                     [&](const HostAssessment& h) { return h.host.name.raw() == name; });
    return found == flat.hosts.end() ? HostVerdict::clean : found->verdict;
  };
  EXPECT_EQ(verdict_of("FS01"), HostVerdict::compromised);
  EXPECT_EQ(item_of(flat, "flat/a_SYSTEM.LOG1").counts["entries_applied"], 2U);
}

TEST(Scan, ALogWithoutANameGoesToItsHiveOfSeveralInAFlatFolder) {
  const Workplace workplace;
  Workplace::build_example("compromised-host", "a");
  Workplace::build_example("clean-host", "b");
  const fs::path config = "C/Windows/System32/config";
  fs::create_directory("flat");
  fs::copy_file("a" / config / "SYSTEM", "flat/a_SYSTEM");
  fs::copy_file("a" / config / "SYSTEM.LOG1", "flat/x.bin");
  fs::copy_file("b" / config / "SYSTEM", "flat/b_SYSTEM");
  const Assessment flat = scan_paths({"flat"});
  EXPECT_EQ(item_of(flat, "flat/x.bin").counts["entries_applied"], 2U);
}

TEST(Scan, AHiveCutShortIsReadInPartThoughItsLogMendsIt) {
  const Workplace workplace;
  Workplace::build_example("compromised-host", "host");
  const std::string path = "host/C/Windows/System32/config/SYSTEM";
  fs::resize_file(path, 9000);
  const Assessment assessment = scan_paths({"host"});
  EXPECT_FALSE(assessment.complete);
  const EvidenceItem item = item_of(assessment, path);
  EXPECT_EQ(item.status, EvidenceStatus::partial);
  EXPECT_NE(item.detail.find("bytes were not understood"), std::string::npos) << item.detail;
  std::set<std::tuple<DiagnosticCode, std::uint32_t, std::uint64_t, std::string>> seen;
  bool is_truncation_told = false;
  for (const Diagnostic& one : assessment.diagnostics) {
    EXPECT_TRUE(seen.emplace(one.code, one.evidence, one.offset, one.text).second) << one.text;
    is_truncation_told =
        is_truncation_told || (one.code == DiagnosticCode::hive_truncated && one.offset == 9000 &&
                               one.severity == Severity::data_loss);
  }
  EXPECT_TRUE(is_truncation_told);
}

TEST(Scan, ADirtyHiveWithoutItsLogAndAnEmptyFileSayWhy) {
  const Workplace workplace;
  Workplace::build_example("compromised-host", "host");
  const fs::path config = "host/C/Windows/System32/config";
  fs::remove(config / "SYSTEM.LOG1");
  fs::resize_file(config / "SECURITY", 0);
  const Assessment assessment = scan_paths({"host"});
  const EvidenceItem item = item_of(assessment, (config / "SYSTEM").string());
  EXPECT_EQ(item.status, EvidenceStatus::partial);
  EXPECT_NE(item.detail.find("while it was in use"), std::string::npos) << item.detail;
  EXPECT_EQ(item_of(assessment, (config / "SECURITY").string()).detail, "the file is empty");
  EXPECT_EQ(assessment.diagnostic_counts.at(DiagnosticCode::file_skipped), 1U);
}

TEST(Scan, RecordsOfAChunkWhoseChecksumFailsAreCounted) {
  const Workplace workplace;
  Workplace::build_example("compromised-host", "host");
  const std::string path = "host/C/Windows/System32/winevt/Logs/System.evtx";
  {
    std::fstream log(path, std::ios::binary | std::ios::in | std::ios::out);
    log.seekp(4096 + 52);
    log << '\x55';
  }
  const EvidenceItem item = item_of(scan_paths({"host"}), path);
  EXPECT_NE(item.detail.find("10 records in chunks whose checksum fails"), std::string::npos)
      << item.detail;
}

TEST(Scan, RefusesAPathThatDoesNotExistAndNamesIt) {
  const Workplace workplace;
  fs::create_directory("here");
  const auto missing = scan({.paths = {"here", "not-here"}});
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, ErrorCode::io);
  EXPECT_EQ(missing.error().have, 1U);
}

TEST(Scan, AnEmptyFolderIsNoHostAndNoError) {
  const Workplace workplace;
  fs::create_directory("empty");
  const Assessment assessment = scan_paths({"empty"});
  EXPECT_TRUE(assessment.hosts.empty());
  EXPECT_TRUE(assessment.complete);
  EXPECT_FALSE(assessment.as_of.given());
}

}  // namespace
}  // namespace npg
