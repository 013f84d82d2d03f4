#include "source/hive/hive_view.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "source/hive/hive_kind.hpp"
#include "testing/regf_writer.hpp"

namespace npg {
namespace {

constexpr FileTime when{132'000'000'000'000'000};

std::vector<std::byte> string_data(std::string_view text) {
  testing::ByteWriter writer;
  writer.add_utf16(text);
  writer.add_zeros(2);
  return writer.take();
}

MemoryFile file_of(std::vector<std::byte> content, std::string_view name = "SYSTEM") {
  return MemoryFile(EvidenceText::from_literal(name), std::move(content));
}

testing::LoggedHive logged_hive() {
  testing::RegfKey root{.name = "ROOT", .last_written = when};
  testing::RegfKey& order =
      testing::key_at(root, "ControlSet001\\Control\\NetworkProvider\\Order", when);
  testing::set_value(order, {"ProviderOrder", reg::sz, string_data("RDPNP")});
  testing::key_at(root, "Select", when);
  testing::HiveWriter writer(root);
  std::vector<std::vector<std::byte>> states = {writer.image({})};
  writer.set_value("ControlSet001\\Control\\NetworkProvider\\Order",
                   {"ProviderOrder", reg::sz, string_data("RDPNP,Evil")}, when);
  states.push_back(writer.image({}));
  return testing::log_states(states, 5);
}

std::string order_in(const RegistryView& view) {
  const auto key = find_key(view, view.root(), "ControlSet001\\Control\\NetworkProvider\\Order");
  const auto value = key ? find_value(view, *key, "providerorder") : std::nullopt;
  return value ? std::string(text_of(*value).raw()) : "(none)";
}

TEST(HiveView, ShowsTheStateAfterReplayAndBefore) {
  const auto made = logged_hive();
  const MemoryFile hive = file_of(made.primary);
  const MemoryFile log = file_of(made.log, "SYSTEM.LOG1");
  const HiveFile logs[] = {{.file = &log, .evidence = 8}};
  const auto view = HiveView::open({.file = &hive, .evidence = 7}, logs, Limits{});
  ASSERT_TRUE(view);
  EXPECT_EQ(order_in(**view), "RDPNP,Evil");
  const HiveState& state = (*view)->state();
  EXPECT_FALSE(state.clean);
  EXPECT_TRUE(state.replayed);
  EXPECT_TRUE(state.header_checksum_ok);
  ASSERT_EQ(state.logs.size(), 1U);
  EXPECT_TRUE(state.logs[0].applied);
  EXPECT_EQ(state.logs[0].evidence, 8U);
  EXPECT_EQ(state.logs[0].entries_applied, 1U);
  EXPECT_EQ((*view)->sha256().size(), 64U);
  const auto before = (*view)->before_replay();
  ASSERT_TRUE(before && *before);
  EXPECT_EQ(order_in(**before), "RDPNP");
  EXPECT_EQ((*before)->diagnostics().count(DiagnosticCode::hive_dirty_without_log), 0U);
  for (const Diagnostic& one : (*view)->diagnostics().kept()) {
    EXPECT_TRUE(one.evidence == 7 || one.evidence == 8) << one.text;
  }
}

TEST(HiveView, OriginsTellReplayedBytesAndWhereTheyAre) {
  const auto made = logged_hive();
  const MemoryFile hive = file_of(made.primary);
  const MemoryFile log = file_of(made.log, "SYSTEM.LOG1");
  const HiveFile logs[] = {{.file = &log, .evidence = 8}};
  const auto view = HiveView::open({.file = &hive, .evidence = 7}, logs, Limits{});
  ASSERT_TRUE(view);
  const auto key =
      find_key(**view, (*view)->root(), "ControlSet001\\Control\\NetworkProvider\\Order");
  ASSERT_TRUE(key);
  const auto value = find_value(**view, *key, "ProviderOrder");
  ASSERT_TRUE(value);
  // The record's own bytes stand there in the log, and are found without replaying anything.
  EXPECT_EQ(value->origin.evidence, 8U);
  EXPECT_EQ(value->origin.how, How::replayed);
  const auto cited = Bytes(made.log).slice(value->origin.offset, value->origin.length, "test");
  ASSERT_TRUE(cited);
  const auto data = string_data("RDPNP,Evil");
  EXPECT_TRUE(cited->starts_with("vk") || cited->from(4).starts_with("vk") ||
              !std::ranges::search(cited->data(), data).empty());
  // The data by themselves, wherever they are.
  const auto& file = value->data_origin.evidence == 8 ? made.log : made.primary;
  const auto stands = Bytes(file).slice(value->data_origin.offset, data.size(), "test");
  ASSERT_TRUE(stands);
  EXPECT_EQ(value->data_origin.length, data.size());
  EXPECT_TRUE(std::ranges::equal(stands->data(), data));
  const auto changed = (*view)->key(*key);
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->origin.evidence, 8U);
  EXPECT_FALSE((*view)->replay_source(0, 4));
}

TEST(HiveView, DamageOfThePrimaryStaysKnownThoughReplayMendsIt) {
  const auto made = logged_hive();
  auto cut = made.primary;
  cut.resize(cut.size() - 100);
  const MemoryFile hive = file_of(cut);
  const MemoryFile log = file_of(made.log, "SYSTEM.LOG1");
  const HiveFile logs[] = {{.file = &log, .evidence = 8}};
  const auto view = HiveView::open({.file = &hive, .evidence = 7}, logs, Limits{});
  ASSERT_TRUE(view);
  ASSERT_TRUE((*view)->state().replayed);
  const auto before = (*view)->before_replay();
  ASSERT_TRUE(before && *before);
  const auto& kept = (*before)->diagnostics().kept();
  const auto found = std::ranges::find(kept, DiagnosticCode::hive_truncated, &Diagnostic::code);
  ASSERT_NE(found, kept.end());
  EXPECT_EQ(found->severity, Severity::data_loss);
  EXPECT_EQ(found->offset, cut.size());
  EXPECT_EQ(found->length, 100U);
  EXPECT_EQ(found->evidence, 7U);
}

TEST(HiveView, ADirtyHiveWithoutLogsSaysSo) {
  const auto made = logged_hive();
  const MemoryFile hive = file_of(made.primary);
  const auto view = HiveView::open({.file = &hive, .evidence = 0}, {}, Limits{});
  ASSERT_TRUE(view);
  EXPECT_EQ((*view)->diagnostics().count(DiagnosticCode::hive_dirty_without_log), 1U);
  const auto before = (*view)->before_replay();
  ASSERT_TRUE(before);
  EXPECT_EQ(*before, nullptr);
}

TEST(HiveView, TheSameDamageIsReportedOnce) {
  testing::RegfKey root{.name = "ROOT", .last_written = when};
  testing::set_value(root, {"v", reg::binary, std::vector<std::byte>(64, std::byte{1})});
  auto content = testing::write_hive(root);
  const MemoryFile sound = file_of(content);
  const auto sound_view = HiveView::open({.file = &sound, .evidence = 0}, {}, Limits{});
  ASSERT_TRUE(sound_view);
  const auto values = (*sound_view)->values((*sound_view)->root());
  ASSERT_EQ(values.size(), 1U);
  EXPECT_EQ(values[0].origin.how, How::allocated);
  // The data's offset now leads behind the end of the file.
  content.at(static_cast<std::size_t>(values[0].origin.offset) + 4 + 8 + 3) = std::byte{0x7f};
  const MemoryFile damaged = file_of(content);
  const auto view = HiveView::open({.file = &damaged, .evidence = 3}, {}, Limits{});
  ASSERT_TRUE(view);
  for (int i = 0; i < 3; ++i) {
    const auto read = (*view)->values((*view)->root());
    ASSERT_EQ(read.size(), 1U);
    EXPECT_TRUE(read[0].data.empty());
    EXPECT_EQ(read[0].declared_bytes, 64U);
  }
  ASSERT_EQ((*view)->diagnostics().count(DiagnosticCode::hive_value_damaged), 1U);
  EXPECT_EQ((*view)->diagnostics().kept().front().evidence, 3U);
}

TEST(HiveView, ALoopEndsForWhoeverWalksTheView) {
  testing::RegfKey root{.name = "ROOT", .last_written = when};
  testing::key_at(root, "a\\b\\c", when);
  auto content = testing::write_hive(root);
  const MemoryFile sound = file_of(content);
  const auto sound_view = HiveView::open({.file = &sound, .evidence = 0}, {}, Limits{});
  ASSERT_TRUE(sound_view);
  const auto a = find_key(**sound_view, (*sound_view)->root(), "a");
  const auto b = find_key(**sound_view, (*sound_view)->root(), "a\\b");
  ASSERT_TRUE(a && b);
  // The list of b now names a, and a names b as its parent, so that both links look right.
  const auto node = (*sound_view)->hive().key(static_cast<std::uint32_t>(b->number));
  ASSERT_TRUE(node);
  const auto put = [&](std::uint64_t at, std::uint64_t number) {
    for (std::size_t i = 0; i < 4; ++i) {
      content.at(static_cast<std::size_t>(at) + i) =
          static_cast<std::byte>(number >> (8 * i) & 0xffU);
    }
  };
  put(4096 + std::uint64_t{node->subkey_list} + 8, a->number);
  put(4096 + a->number + 4 + 0x10, b->number);
  const MemoryFile looped = file_of(content);
  const auto view = HiveView::open({.file = &looped, .evidence = 0}, {}, Limits{});
  ASSERT_TRUE(view);
  std::vector<KeyId> left = {(*view)->root()};
  int keys = 0;
  while (!left.empty() && keys < 100) {
    const KeyId id = left.back();
    left.pop_back();
    ++keys;
    for (const KeyId child : (*view)->subkeys(id)) {
      left.push_back(child);
    }
  }
  EXPECT_LE(keys, 4);
  EXPECT_GE((*view)->diagnostics().count(DiagnosticCode::hive_loop), 1U);
}

TEST(HiveKind, IsToldByTheKeysBelowTheRoot) {
  const struct {
    std::vector<const char*> paths;
    HiveKind kind;
  } cases[] = {
      {{"ControlSet001", "Select"}, HiveKind::system},
      {{"Classes", "Microsoft", "Policies"}, HiveKind::software},
      {{"Policy", "RXACT"}, HiveKind::security},
      {{"SAM"}, HiveKind::sam},
      {{"Software", "Control Panel"}, HiveKind::ntuser},
      {{"Local Settings", "CLSID"}, HiveKind::usrclass},
      {{"Root\\InventoryApplication"}, HiveKind::amcache},
      {{"Anything"}, HiveKind::other},
  };
  for (const auto& c : cases) {
    testing::RegfKey root{.name = "ROOT", .last_written = when};
    for (const char* path : c.paths) {
      testing::key_at(root, path, when);
    }
    const MemoryFile file = file_of(testing::write_hive(root));
    const auto view = HiveView::open({.file = &file, .evidence = 0}, {}, Limits{});
    ASSERT_TRUE(view);
    EXPECT_EQ(kind_of(**view), c.kind) << name_of(c.kind);
  }
}

}  // namespace
}  // namespace npg
