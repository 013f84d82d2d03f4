// Real hives against what other tools read from them: yarp (replay) and hivex (the rest). The files
// are public samples, named by where they come from; they are not part of the project.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "source/hive/hive_kind.hpp"
#include "source/hive/hive_view.hpp"
#include "source/hive/recovered.hpp"

namespace npg {
namespace {

class HiveCorpus : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("NPGUARD_CORPUS");
    if (folder == nullptr) {
      GTEST_SKIP() << "NPGUARD_CORPUS names no folder of samples";
    }
    folder_ = folder;
  }
  /// The hive with its logs; nothing when the corpus does not hold the file.
  std::unique_ptr<HiveView> open(const std::string& path,
                                 const std::vector<std::string>& logs = {}) {
    files_.clear();
    std::vector<HiveFile> log_files;
    if (!load(path)) {
      return nullptr;
    }
    for (const std::string& log : logs) {
      EXPECT_TRUE(load((std::filesystem::path(path).parent_path() / log).string())) << log;
    }
    for (std::size_t i = 1; i < files_.size(); ++i) {
      log_files.push_back({.file = files_[i].get(), .evidence = static_cast<std::uint32_t>(i)});
    }
    auto view = HiveView::open({.file = files_[0].get(), .evidence = 0}, log_files, Limits{});
    EXPECT_TRUE(view) << path;
    return view ? std::move(*view) : nullptr;
  }

 private:
  bool load(const std::string& path) {
    const std::filesystem::path name = folder_ / "hive" / path;
    if (!std::filesystem::is_regular_file(name)) {
      return false;
    }
    std::string content(std::filesystem::file_size(name), '\0');
    std::ifstream(name, std::ios::binary)
        .read(content.data(), static_cast<std::streamsize>(content.size()));
    const auto bytes = bytes_of(content);
    files_.push_back(std::make_unique<MemoryFile>(
        EvidenceText::from_utf8(path), std::vector<std::byte>(bytes.begin(), bytes.end())));
    return true;
  }
  std::filesystem::path folder_;
  std::vector<std::unique_ptr<MemoryFile>> files_;
};

std::size_t count_keys(const RegistryView& view) {
  std::size_t keys = 0;
  std::vector<KeyId> left = {view.root()};
  while (!left.empty()) {
    const KeyId id = left.back();
    left.pop_back();
    ++keys;
    const auto below = view.subkeys(id);
    left.insert(left.end(), below.begin(), below.end());
  }
  return keys;
}

TEST_F(HiveCorpus, ReplayGivesTheKeysThatYarpGives) {
  const std::string artifacts = "AndrewRathbun+DFIRArtifactMuseum/";
  const std::string eleven = artifacts + "_history/Windows/Registry/Win11/";
  const std::string regipy = "mkorman90+regipy/regipy_tests/data/";
  const struct {
    std::string path;
    std::vector<std::string> logs;
    std::size_t applied;
    std::size_t keys;
  } cases[] = {
      {regipy + "UsrClass.dat", {"UsrClass.dat.LOG1", "UsrClass.dat.LOG2"}, 2, 6238},
      {regipy + "transactions_NTUSER.DAT",
       {"transactions_ntuser.dat.log1", "transactions_ntuser.dat.log2"},
       1,
       3105},
      {artifacts + "Windows/Amcache/Win11/RathbunVM/Amcache.hve",
       {"Amcache.hve.LOG1", "Amcache.hve.LOG2"},
       2,
       1035},
      {artifacts + "Windows/Amcache/Win2012R2/StolenSzechuan/Amcache.hve",
       {"Amcache.hve.LOG1", "Amcache.hve.LOG2"},
       0,
       492},
      {eleven + "BCD-Template", {"BCD-Template.LOG"}, 0, 145},
      {eleven + "DEFAULT", {"DEFAULT.LOG1", "DEFAULT.LOG2"}, 2, 409},
      {eleven + "ELAM", {"ELAM.LOG1"}, 0, 2},
      {eleven + "SECURITY", {"SECURITY.LOG1", "SECURITY.LOG2"}, 1, 100},
      // Logs of other SYSTEM hives: the name fits, the resource manager id does not.
      {regipy + "SYSTEM_2",
       {"../../../williballenthin+python-registry/testing/reg_samples/new_log_1/SYSTEM.LOG1",
        "../../../williballenthin+python-registry/testing/reg_samples/new_log_1/SYSTEM.LOG2"},
       0,
       20015},
  };
  for (const auto& c : cases) {
    const auto view = open(c.path, c.logs);
    if (view == nullptr) {
      continue;
    }
    std::size_t applied = 0;
    for (const HiveLog& log : view->state().logs) {
      applied += log.applied ? 1U : 0U;
      EXPECT_EQ(log.applied, log.reason.empty()) << c.path;
    }
    EXPECT_EQ(applied, c.applied) << c.path;
    EXPECT_EQ(count_keys(*view), c.keys) << c.path;
    EXPECT_EQ(view->diagnostics().bytes_lost(), 0U) << c.path;
  }
}

struct ControlSet {
  std::string name;
  std::string order;
  std::string hw_order;  ///< "" when there is no HwOrder
  std::size_t services;
  std::vector<std::pair<std::string, std::string>> providers;  ///< key name and ProviderPath
};

std::string text_at(const RegistryView& view, KeyId from, const std::string& path,
                    std::string_view name) {
  const auto key = find_key(view, from, path);
  const auto value = key ? find_value(view, *key, name) : std::nullopt;
  return value ? std::string(text_of(*value).raw()) : "";
}

ControlSet read_control_set(const RegistryView& view, const std::string& name) {
  ControlSet set{.name = name, .order = {}, .hw_order = {}, .services = 0, .providers = {}};
  const auto key = find_key(view, view.root(), name);
  if (!key) {
    return set;
  }
  set.order = text_at(view, *key, "Control\\NetworkProvider\\Order", "ProviderOrder");
  set.hw_order = text_at(view, *key, "Control\\NetworkProvider\\HwOrder", "ProviderOrder");
  const auto services = find_key(view, *key, "Services");
  if (!services) {
    return set;
  }
  for (const KeyId id : view.subkeys(*services)) {
    ++set.services;
    if (find_subkey(view, id, "NetworkProvider")) {
      const auto service = view.key(id);
      set.providers.emplace_back(std::string(service->name.raw()),
                                 text_at(view, id, "NetworkProvider", "ProviderPath"));
    }
  }
  return set;
}

TEST_F(HiveCorpus, ProvidersAreThoseThatHivexGives) {
  const std::string lanman = "%SystemRoot%\\System32\\ntlanman.dll";
  const std::string rdpnp = "%SystemRoot%\\System32\\drprov.dll";
  const std::string dav = "%SystemRoot%\\System32\\davclnt.dll";
  const std::string seven = "RDPNP,LanmanWorkstation,webclient";
  const std::string eight = "RDPNP,LanmanWorkstation,WebClient";
  const std::string box = "VBoxSF,RDPNP,LanmanWorkstation,WebClient";
  const std::vector<std::pair<std::string, std::string>> inbox = {
      {"LanmanWorkstation", lanman}, {"RDPNP", rdpnp}, {"WebClient", dav}};
  const std::vector<std::pair<std::string, std::string>> lower = {
      {"lanmanworkstation", lanman}, {"RDPNP", rdpnp}, {"WebClient", dav}};
  const std::vector<std::pair<std::string, std::string>> with_box = {
      {"LanmanWorkstation", lanman},
      {"RDPNP", rdpnp},
      {"VBoxSF", "C:\\Windows\\system32\\VBoxMRXNP.dll"},
      {"WebClient", dav}};
  const std::vector<std::pair<std::string, std::string>> nt = {{"LanmanWorkstation", lanman}};
  const struct {
    std::string path;
    std::vector<ControlSet> sets;
  } cases[] = {
      {"mkorman90+regipy/regipy_tests/data/SYSTEM",
       {{"ControlSet001", seven, seven, 467, inbox}, {"ControlSet002", seven, seven, 466, inbox}}},
      {"mkorman90+regipy/regipy_tests/data/SYSTEM_2", {{"ControlSet001", box, box, 469, with_box}}},
      {"log2timeline+dfwinreg/_history/test_data/SYSTEM",
       {{"ControlSet001", eight, eight, 268, lower}, {"ControlSet003", eight, eight, 268, lower}}},
      {"skelsec+aiowinreg/tests/testdata/nt/system.reg",
       {{"ControlSet001", "LanmanWorkstation", "", 136, nt},
        {"ControlSet002", "LanmanWorkstation", "", 136, nt}}},
  };
  for (const auto& c : cases) {
    const auto view = open(c.path);
    if (view == nullptr) {
      continue;
    }
    EXPECT_EQ(kind_of(*view), HiveKind::system) << c.path;
    const auto select = find_key(*view, view->root(), "Select");
    ASSERT_TRUE(select) << c.path;
    const auto current = find_value(*view, *select, "Current");
    ASSERT_TRUE(current) << c.path;
    EXPECT_EQ(number_of(*current), 1U) << c.path;
    for (const ControlSet& expected : c.sets) {
      const ControlSet found = read_control_set(*view, expected.name);
      EXPECT_EQ(found.order, expected.order) << c.path;
      EXPECT_EQ(found.hw_order, expected.hw_order) << c.path;
      EXPECT_EQ(found.services, expected.services) << c.path;
      EXPECT_EQ(found.providers, expected.providers) << c.path;
    }
  }
}

TEST_F(HiveCorpus, KindsAndRootNamesAreRecognised) {
  const struct {
    std::string path;
    HiveKind kind;
    std::string root;
  } cases[] = {
      {"mkorman90+regipy/regipy_tests/data/SECURITY", HiveKind::security, "ROOT"},
      {"skelsec+aiowinreg/tests/testdata/nt/security.reg", HiveKind::security, "SECURITY"},
      {"skelsec+aiowinreg/tests/testdata/nt/software.reg", HiveKind::software, "Software"},
      {"mkorman90+regipy/regipy_tests/data/NTUSER.DAT", HiveKind::ntuser,
       "CMI-CreateHive{6A1C4018-979D-4291-A7DC-7AED1C75B67C}"},
      {"mkorman90+regipy/regipy_tests/data/UsrClass.dat", HiveKind::usrclass,
       "S-1-5-21-2734969515-1644526556-1039763013-1001_Classes"},
      {"mkorman90+regipy/regipy_tests/data/amcache.hve", HiveKind::amcache,
       "{11517B7C-E79D-4e20-961B-75A811715ADD}"},
      {"libguestfs+hivex/images/minimal", HiveKind::other, "$$$PROTO.HIV"},
  };
  for (const auto& c : cases) {
    const auto view = open(c.path);
    if (view == nullptr) {
      continue;
    }
    EXPECT_EQ(kind_of(*view), c.kind) << c.path;
    const auto root = view->key(view->root());
    ASSERT_TRUE(root);
    EXPECT_EQ(root->name.raw(), c.root) << c.path;
  }
}

TEST_F(HiveCorpus, RecoveredRecordsAreThoseThatReglookupFindsAndMore) {
  const std::string artifacts = "AndrewRathbun+DFIRArtifactMuseum/";
  const std::string regipy = "mkorman90+regipy/regipy_tests/data/";
  // Keys and lone values in the hive itself. Every key of reglookup-recover 1.0.1 is among them,
  // but for one of UsrClass.dat whose name is one control character; docs/formats/regf.md, 14.
  const struct {
    std::string path;
    std::uint64_t keys;
    std::uint64_t values;
    std::uint64_t disagreements;
  } cases[] = {
      {regipy + "SYSTEM", 0, 0, 0},
      {regipy + "SYSTEM_2", 9, 2, 0},
      {regipy + "UsrClass.dat", 94, 20, 0},
      {regipy + "NTUSER.DAT", 0, 69, 0},
      {regipy + "NTUSER_modified.DAT", 2, 48, 1},
      {regipy + "corrupted_system_hive", 246, 2561, 1739},
      {artifacts + "Windows/Amcache/Win11/RathbunVM/Amcache.hve", 51, 113, 0},
      {artifacts + "Windows/Amcache/Win2012R2/StolenSzechuan/Amcache.hve", 42, 462, 0},
      {"log2timeline+dfwinreg/_history/test_data/SYSTEM", 0, 19, 0},
      {"skelsec+aiowinreg/tests/testdata/nt/system.reg", 670, 549, 0},
      {"libguestfs+hivex/images/minimal", 0, 0, 0},
  };
  for (const auto& c : cases) {
    const auto view = open(c.path);
    if (view == nullptr) {
      continue;
    }
    std::uint64_t given = 0;
    const RecoveredCounts counts =
        read_recovered(*view, {.wants_key = {},
                               .key = [&](const RecoveredRegistryKey& /*key*/) { ++given; },
                               .value = [&](const RecoveredLoneValue& /*value*/) { ++given; },
                               .stretch = {},
                               .disagreement = [](const RegistryDisagreement& /*one*/) {}});
    EXPECT_EQ(counts.keys, c.keys) << c.path;
    EXPECT_EQ(counts.values, c.values) << c.path;
    EXPECT_EQ(counts.disagreements, c.disagreements) << c.path;
    EXPECT_EQ(counts.left_out, 0U) << c.path;
    EXPECT_TRUE(counts.complete) << c.path;
    EXPECT_EQ(given, counts.keys + counts.values) << c.path;
  }
}

TEST_F(HiveCorpus, ADamagedHiveKeepsItsReadableKeys) {
  const auto view = open("mkorman90+regipy/regipy_tests/data/corrupted_system_hive");
  if (view == nullptr) {
    GTEST_SKIP() << "the damaged hive is not in the corpus";
  }
  // hivex refuses this file; 1687 keys are reached through sound links, the rest by their parents.
  EXPECT_GE(count_keys(*view), 1831U);
  EXPECT_GE(view->diagnostics().count(DiagnosticCode::hive_bin_damaged), 1U);
}

}  // namespace
}  // namespace npg
