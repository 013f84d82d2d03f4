#include "format/regf/hive.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/security_descriptor.hpp"
#include "format/regf/walk.hpp"
#include "testing/regf_writer.hpp"

namespace npg::regf {
namespace {

using testing::key_at;
using testing::RegfKey;

constexpr FileTime when{132'000'000'000'000'000};

std::vector<std::byte> bytes_from(std::string_view text) {
  const auto bytes = bytes_of(text);
  return {bytes.begin(), bytes.end()};
}

RegfKey sample_tree() {
  RegfKey root{.name = "ROOT", .last_written = when};
  RegfKey& order = key_at(root, "ControlSet001\\Control\\NetworkProvider\\Order", when);
  testing::set_value(order, {"ProviderOrder", 1, bytes_from("a\0b\0\0\0")});
  testing::set_value(order, {"", 4, bytes_from("\x01\x02\x03\x04")});
  RegfKey& evil = key_at(root, "ControlSet001\\Services\\Evil\\NetworkProvider", when);
  evil.class_name = "Shell";
  testing::set_value(evil, {"Data", 3, std::vector<std::byte>(300, std::byte{0x5a})});
  key_at(root, "ControlSet001\\Services\\RDPNP", when);
  return root;
}

void set32(std::vector<std::byte>& file, std::uint64_t at, std::uint32_t number) {
  for (std::size_t i = 0; i < 4; ++i) {
    file.at(static_cast<std::size_t>(at) + i) = static_cast<std::byte>(number >> (8 * i) & 0xffU);
  }
}

/// Paths of all keys with how many values each has, as the walk meets them.
struct Tree {
  std::map<std::string, int> keys;
  std::map<std::string, KeyNode> nodes;
  std::vector<std::string> path;
  const Hive* hive = nullptr;
  Diagnostics* diagnostics = nullptr;
  int refused_links = 0;
  int incomplete_keys = 0;

  void key(const KeyNode& node, std::size_t depth) {
    path.resize(depth);
    path.emplace_back(node.name.text().raw());
    std::string joined;
    for (std::size_t i = 1; i < path.size(); ++i) {
      joined += (i == 1 ? "" : "\\") + path[i];
    }
    int values = 0;
    ValueCursor cursor(*hive, node, *diagnostics);
    while (cursor.next()) {
      ++values;
    }
    keys[joined] = values;
    nodes.emplace(joined, node);
  }
  [[nodiscard]] bool follows(const KeyNode& /*parent*/, const KeyNode& /*child*/,
                             std::size_t /*depth*/) const {
    return true;
  }
  void refused(const KeyNode& /*parent*/, const KeyNode& /*child*/) { ++refused_links; }
  void incomplete(const KeyNode& /*parent*/) { ++incomplete_keys; }
};

Tree walk_all(const Hive& hive, Diagnostics& diagnostics) {
  Tree tree;
  tree.hive = &hive;
  tree.diagnostics = &diagnostics;
  CellSet visited(hive.cells());
  WalkBudget budget(hive);
  walk(hive, hive.root(), visited, diagnostics, tree, budget, 0);
  return tree;
}

const std::map<std::string, int> sample_keys = {
    {"", 0},
    {"ControlSet001", 0},
    {"ControlSet001\\Control", 0},
    {"ControlSet001\\Control\\NetworkProvider", 0},
    {"ControlSet001\\Control\\NetworkProvider\\Order", 2},
    {"ControlSet001\\Services", 0},
    {"ControlSet001\\Services\\Evil", 0},
    {"ControlSet001\\Services\\Evil\\NetworkProvider", 1},
    {"ControlSet001\\Services\\RDPNP", 0}};

TEST(Hive, ReadsKeysValuesAndClassNames) {
  const auto file = testing::write_hive(sample_tree());
  Diagnostics diagnostics;
  const auto hive = Hive::open(Bytes(file), Limits{}, diagnostics);
  ASSERT_TRUE(hive);
  hive->examine_bins(diagnostics);
  const Tree tree = walk_all(*hive, diagnostics);
  EXPECT_EQ(tree.keys, sample_keys);
  EXPECT_TRUE(diagnostics.counts().empty());
  const KeyNode& evil = tree.nodes.at("ControlSet001\\Services\\Evil\\NetworkProvider");
  EXPECT_EQ(evil.last_written, when);
  const auto class_name = hive->class_name(evil);
  ASSERT_TRUE(class_name);
  EXPECT_EQ(EvidenceText::from_utf16(class_name->data()).raw(), "Shell");
  ValueCursor cursor(*hive, evil, diagnostics);
  const auto value = cursor.next();
  ASSERT_TRUE(value);
  EXPECT_EQ(value->name.text().raw(), "Data");
  std::vector<std::byte> scratch;
  const auto data = read_value_data(*hive, *value, scratch);
  EXPECT_FALSE(data.lost);
  EXPECT_EQ(data.bytes.size(), 300U);
}

TEST(Hive, RefusalsNameTheByte) {
  const auto sound = testing::write_hive(sample_tree());
  std::vector<std::byte> no_bin(sound);
  no_bin[0] = std::byte{0};
  std::fill(no_bin.begin() + 4096, no_bin.end(), std::byte{0});
  std::vector<std::byte> no_key(sound);
  std::fill(no_key.begin() + 4096 + 32, no_key.end(), std::byte{0});
  const struct {
    const char* name;
    std::vector<std::byte> file;
    ErrorCode code;
    std::uint64_t offset;
  } cases[] = {
      {"empty", {}, ErrorCode::truncated, 0},
      {"base block only", {sound.begin(), sound.begin() + 4096}, ErrorCode::truncated, 4096},
      {"no magic, no bin", no_bin, ErrorCode::not_this_format, 0},
      {"no key at all", no_key, ErrorCode::not_found, 4096},
  };
  for (const auto& c : cases) {
    Diagnostics diagnostics;
    const auto hive = Hive::open(Bytes(c.file), Limits{}, diagnostics);
    ASSERT_FALSE(hive) << c.name;
    EXPECT_EQ(hive.error().code, c.code) << c.name;
    EXPECT_EQ(hive.error().offset, c.offset) << c.name;
  }
}

TEST(Hive, FindsTheRootWithoutABaseBlock) {
  const struct {
    const char* name;
    std::uint64_t at;
    std::uint32_t number;
  } cases[] = {{"magic", 0, 0}, {"root cell", 36, 0x7ffffff8}, {"bins size", 40, 12}};
  for (const auto& c : cases) {
    auto file = testing::write_hive(sample_tree());
    set32(file, c.at, c.number);
    Diagnostics diagnostics;
    const auto hive = Hive::open(Bytes(file), Limits{}, diagnostics);
    ASSERT_TRUE(hive) << c.name;
    EXPECT_EQ(walk_all(*hive, diagnostics).keys, sample_keys) << c.name;
    EXPECT_GT(diagnostics.count(DiagnosticCode::hive_header_damaged), 0U) << c.name;
  }
}

TEST(Hive, ALoopIsReportedAndNotFollowed) {
  auto file = testing::write_hive(sample_tree());
  Diagnostics before;
  const auto sound = Hive::open(Bytes(file), Limits{}, before);
  ASSERT_TRUE(sound);
  const Tree tree = walk_all(*sound, before);
  // The list of Services now leads back to ControlSet001 instead of to its first sub-key.
  const KeyNode& services = tree.nodes.at("ControlSet001\\Services");
  const std::uint64_t list = base_block_bytes + services.subkey_list + 4;
  set32(file, list + 4, tree.nodes.at("ControlSet001").cell_offset);
  Diagnostics diagnostics;
  const auto hive = Hive::open(Bytes(file), Limits{}, diagnostics);
  ASSERT_TRUE(hive);
  const Tree after = walk_all(*hive, diagnostics);
  EXPECT_EQ(diagnostics.count(DiagnosticCode::hive_loop), 1U);
  EXPECT_EQ(after.refused_links, 1);
  EXPECT_TRUE(after.keys.contains("ControlSet001\\Services\\RDPNP"));
  const TreeRulings rulings = examine_tree(*hive, diagnostics);
  EXPECT_FALSE(rulings.counts(services.cell_offset, tree.nodes.at("ControlSet001").cell_offset));
  EXPECT_TRUE(rulings.counts(services.cell_offset,
                             tree.nodes.at("ControlSet001\\Services\\RDPNP").cell_offset));
}

TEST(Hive, OfTwoListsTheOneOfTheNamedParentCounts) {
  auto file = testing::write_hive(sample_tree());
  Diagnostics before;
  const auto sound = Hive::open(Bytes(file), Limits{}, before);
  ASSERT_TRUE(sound);
  const Tree tree = walk_all(*sound, before);
  // Control, which comes first, lists RDPNP instead of what it has.
  const KeyNode& control = tree.nodes.at("ControlSet001\\Control");
  const KeyNode& services = tree.nodes.at("ControlSet001\\Services");
  const std::uint32_t rdpnp = tree.nodes.at("ControlSet001\\Services\\RDPNP").cell_offset;
  set32(file, base_block_bytes + control.subkey_list + 8, rdpnp);
  Diagnostics diagnostics;
  const auto hive = Hive::open(Bytes(file), Limits{}, diagnostics);
  ASSERT_TRUE(hive);
  TreeRulings rulings = examine_tree(*hive, diagnostics);
  EXPECT_TRUE(rulings.counts(services.cell_offset, rdpnp));
  EXPECT_FALSE(rulings.counts(control.cell_offset, rdpnp));
  EXPECT_EQ(diagnostics.count(DiagnosticCode::hive_loop), 1U);
  // A key that nobody else lists stays where it is listed, whatever parent it names.
  set32(file, base_block_bytes + rdpnp + 4 + 16, control.cell_offset);
  const auto bent = Hive::open(Bytes(file), Limits{}, diagnostics);
  ASSERT_TRUE(bent);
  rulings = examine_tree(*bent, diagnostics);
  EXPECT_TRUE(rulings.counts(control.cell_offset, rdpnp));
  EXPECT_FALSE(rulings.counts(services.cell_offset, rdpnp));
}

TEST(Hive, AWalkThatEndsAtALimitLeavesNoLinkUnruled) {
  const auto file = testing::write_hive(sample_tree());
  Limits limits;
  limits.hive_keys_max = 3;
  Diagnostics diagnostics;
  const auto hive = Hive::open(Bytes(file), limits, diagnostics);
  ASSERT_TRUE(hive);
  const Tree tree = walk_all(*hive, diagnostics);
  EXPECT_EQ(diagnostics.count(DiagnosticCode::limit_hit), 1U);
  const TreeRulings rulings = examine_tree(*hive, diagnostics);
  EXPECT_EQ(rulings.parent_of.size() + 1, tree.keys.size());
}

TEST(Hive, ChildrenOfALostListAreFoundByTheirParent) {
  auto file = testing::write_hive(sample_tree());
  Diagnostics before;
  const auto sound = Hive::open(Bytes(file), Limits{}, before);
  ASSERT_TRUE(sound);
  const KeyNode services = walk_all(*sound, before).nodes.at("ControlSet001\\Services");
  const std::uint64_t list = base_block_bytes + services.subkey_list + 4;
  set32(file, list, 0);
  Diagnostics diagnostics;
  const auto hive = Hive::open(Bytes(file), Limits{}, diagnostics);
  ASSERT_TRUE(hive);
  EXPECT_FALSE(walk_all(*hive, diagnostics).keys.contains("ControlSet001\\Services\\RDPNP"));
  ASSERT_GE(diagnostics.count(DiagnosticCode::hive_list_damaged), 1U);
  EXPECT_EQ(diagnostics.kept().front().offset, list);
  const TreeRulings rulings = examine_tree(*hive, diagnostics);
  ASSERT_TRUE(rulings.adopted.contains(services.cell_offset));
  EXPECT_EQ(rulings.adopted.at(services.cell_offset).size(), 2U);
  EXPECT_EQ(rulings.keys, sample_keys.size());
}

TEST(Hive, AWrongCountIsBoundedByTheListAndReported) {
  auto file = testing::write_hive(sample_tree());
  Diagnostics before;
  const auto sound = Hive::open(Bytes(file), Limits{}, before);
  ASSERT_TRUE(sound);
  const Tree tree = walk_all(*sound, before);
  const KeyNode& order = tree.nodes.at("ControlSet001\\Control\\NetworkProvider\\Order");
  set32(file, order.offset + 4 + 0x24, 0xffffffff);
  const KeyNode& services = tree.nodes.at("ControlSet001\\Services");
  set32(file, services.offset + 4 + 0x14, 0xffffffff);
  Diagnostics diagnostics;
  const auto hive = Hive::open(Bytes(file), Limits{}, diagnostics);
  ASSERT_TRUE(hive);
  const Tree after = walk_all(*hive, diagnostics);
  EXPECT_GE(after.keys.at("ControlSet001\\Control\\NetworkProvider\\Order"), 2);
  EXPECT_TRUE(after.keys.contains("ControlSet001\\Services\\RDPNP"));
  EXPECT_EQ(diagnostics.count(DiagnosticCode::hive_list_damaged), 2U);
}

TEST(Hive, AnIndexInsideAnIndexIsRefused) {
  // A root whose list is an ri that names itself.
  auto file = testing::write_hive(sample_tree());
  Diagnostics before;
  const auto sound = Hive::open(Bytes(file), Limits{}, before);
  ASSERT_TRUE(sound);
  const auto root = sound->key(sound->root());
  ASSERT_TRUE(root);
  set32(file, base_block_bytes + root->subkey_list + 4, 0x00016972);
  set32(file, base_block_bytes + root->subkey_list + 8, root->subkey_list);
  Diagnostics diagnostics;
  const auto hive = Hive::open(Bytes(file), Limits{}, diagnostics);
  ASSERT_TRUE(hive);
  EXPECT_EQ(walk_all(*hive, diagnostics).keys.size(), 1U);
  ASSERT_GE(diagnostics.count(DiagnosticCode::hive_list_damaged), 1U);
  EXPECT_EQ(examine_tree(*hive, diagnostics).keys, sample_keys.size());
}

TEST(Hive, EveryTruncationEndsInAnErrorOrADiagnostic) {
  const auto file = testing::write_hive(sample_tree());
  for (std::size_t length = 0; length < file.size(); length += length < 4096 ? 61 : 8) {
    Diagnostics diagnostics;
    const auto hive = Hive::open(Bytes(file).clamp(0, length), Limits{}, diagnostics);
    if (!hive) {
      continue;
    }
    hive->examine_bins(diagnostics);
    static_cast<void>(walk_all(*hive, diagnostics));
    EXPECT_EQ(diagnostics.count(DiagnosticCode::hive_truncated), 1U) << length;
  }
}

TEST(Hive, NoFlippedByteLosesMoreThanItTouches) {
  auto file = testing::write_hive(sample_tree());
  std::uint64_t fewest = sample_keys.size();
  for (std::size_t at = 0; at < file.size(); ++at) {
    const std::byte kept = file[at];
    file[at] ^= std::byte{0xff};
    Diagnostics diagnostics;
    const auto hive = Hive::open(Bytes(file), Limits{}, diagnostics);
    ASSERT_TRUE(hive) << at;
    static_cast<void>(walk_all(*hive, diagnostics));
    const TreeRulings rulings = examine_tree(*hive, diagnostics);
    ASSERT_LE(rulings.keys, sample_keys.size()) << at;
    fewest = std::min(fewest, rulings.keys);
    file[at] = kept;
  }
  // A key whose record is lost takes those below it along; the root is found again.
  EXPECT_GE(fewest, 1U);
}

TEST(ValueData, EachFormIsReadAndItsLossReported) {
  testing::RegfKey root{.name = "ROOT", .last_written = when};
  testing::set_value(root, {"none", 3, {}});
  testing::set_value(root, {"resident", 3, std::vector<std::byte>(3, std::byte{1})});
  testing::set_value(root, {"cell", 3, std::vector<std::byte>(16344, std::byte{2})});
  testing::set_value(root, {"segments", 3, std::vector<std::byte>(40000, std::byte{3})});
  auto file = testing::write_hive(root);
  const std::map<std::string, std::size_t> sizes = {
      {"none", 0}, {"resident", 3}, {"cell", 16344}, {"segments", 40000}};
  for (const bool cut : {false, true}) {
    if (cut) {
      // The last segment of the largest value lies at the end of the file.
      file.resize(file.size() - 8192);
    }
    Diagnostics diagnostics;
    const auto hive = Hive::open(Bytes(file), Limits{}, diagnostics);
    ASSERT_TRUE(hive);
    const auto key = hive->key(hive->root());
    ASSERT_TRUE(key);
    std::vector<std::byte> scratch;
    std::size_t values = 0;
    ValueCursor cursor(*hive, *key, diagnostics);
    while (const auto value = cursor.next()) {
      ++values;
      const std::string name(value->name.text().raw());
      const ValueData data = read_value_data(*hive, *value, scratch);
      EXPECT_EQ(value->data_bytes, sizes.at(name)) << name;
      EXPECT_EQ(data.lost.has_value(), data.bytes.size() < sizes.at(name)) << name;
      EXPECT_TRUE(cut || !data.lost) << name;
    }
    EXPECT_TRUE(cut || values == sizes.size());
  }
}

TEST(SecurityDescriptor, GivesOwnerGroupAndEntries) {
  const auto bytes =
      testing::descriptor_bytes({.allow = {{.sid = "S-1-5-32-545", .mask = 0x20019, .flags = 2}},
                                 .audit = {{.sid = "S-1-1-0", .mask = 0xd0006, .flags = 0x42}}});
  const auto descriptor = read_security_descriptor(Bytes(bytes));
  ASSERT_TRUE(descriptor);
  EXPECT_EQ(descriptor->owner, "S-1-5-32-544");
  EXPECT_EQ(descriptor->group, "S-1-5-18");
  ASSERT_TRUE(descriptor->dacl);
  ASSERT_EQ(descriptor->dacl->entries.size(), 1U);
  EXPECT_EQ(descriptor->dacl->entries[0].sid, "S-1-5-32-545");
  EXPECT_EQ(descriptor->dacl->entries[0].mask, 0x20019U);
  ASSERT_TRUE(descriptor->sacl);
  ASSERT_EQ(descriptor->sacl->entries.size(), 1U);
  EXPECT_EQ(ace_type_name(descriptor->sacl->entries[0].type), "audit");
  EXPECT_TRUE(descriptor->damage.empty());
  for (std::size_t length = 20; length < bytes.size(); ++length) {
    const auto cut = read_security_descriptor(Bytes(bytes).clamp(0, length));
    ASSERT_TRUE(cut) << length;
    EXPECT_FALSE(cut->damage.empty()) << length;
  }
  EXPECT_FALSE(read_security_descriptor(Bytes(bytes).clamp(0, 19)));
}

}  // namespace
}  // namespace npg::regf
