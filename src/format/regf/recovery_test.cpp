#include "format/regf/recovery.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "format/regf/log_history.hpp"
#include "format/regf/names.hpp"
#include "testing/regf_writer.hpp"

namespace npg::regf {
namespace {

constexpr FileTime when{132'000'000'000'000'000};
constexpr FileTime later{132'000'000'600'000'000};
constexpr std::uint32_t reg_sz = 1;
constexpr std::uint32_t reg_dword = 4;

std::vector<std::byte> text_data(std::string_view text) {
  testing::ByteWriter writer;
  writer.add_utf16(text);
  writer.add_zeros(2);
  return writer.take();
}

template <typename T>
void put(std::vector<std::byte>& file, std::size_t at, T number) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    file.at(at + i) = static_cast<std::byte>(std::uint64_t{number} >> (8 * i) & 0xffU);
  }
}

constexpr std::string_view evil = "ControlSet001\\Services\\Evil\\NetworkProvider";
constexpr std::string_view order = "ControlSet001\\Control\\NetworkProvider\\Order";

testing::HiveWriter make_writer() {
  testing::RegfKey root{.name = "ROOT", .last_written = when};
  testing::RegfKey& provider = testing::key_at(root, evil, when);
  testing::set_value(provider, {"ProviderPath", reg_sz, text_data("C:\\evil.dll")});
  testing::set_value(provider, {"Class", reg_dword, std::vector<std::byte>(4, std::byte{2})});
  testing::set_value(testing::key_at(root, order, when),
                     {"ProviderOrder", reg_sz, text_data("RDPNP,Evil,LanmanWorkstation")});
  testing::set_value(testing::key_at(root, order, when),
                     {"Other", reg_sz, text_data("stays here")});
  testing::key_at(root, "ControlSet001\\Services\\RDPNP", when);
  testing::key_at(root, "ControlSet001\\Services\\WebClient", when);
  return testing::HiveWriter(root);
}

/// A hive with everything found in it; the bytes stand here.
struct Examined {
  explicit Examined(std::vector<std::byte> content)
      : bytes(std::move(content)),
        hive(open(bytes)),
        survey(survey_hive(hive)),
        recovery(Recovery::run(hive, survey)) {}
  static Hive open(const std::vector<std::byte>& bytes) {
    Diagnostics diagnostics;
    auto opened = Hive::open(Bytes(bytes), Limits{}, diagnostics);
    EXPECT_TRUE(opened);
    return *opened;
  }
  std::vector<std::byte> bytes;
  Hive hive;
  Survey survey;
  Recovery recovery;
};

std::string shown(const ProvedPath& path) {
  std::string text = path.complete ? "" : "?";
  for (const PathStep& step : path.steps) {
    text += (text.empty() ? "" : "\\") + std::string(step.name.text().raw());
  }
  return text;
}

const FoundKey* find(const Recovery& recovery, std::string_view name) {
  const auto found = std::ranges::find_if(recovery.keys(), [&](const FoundKey& key) {
    return recovery.key(key).name.text().raw() == name;
  });
  return found == recovery.keys().end() ? nullptr : &*found;
}

/// The offset in the file of the cell of a live key.
std::size_t cell_of(const std::vector<std::byte>& bytes, std::string_view path) {
  const Hive hive = Examined::open(bytes);
  Diagnostics diagnostics;
  KeyNode at = *hive.key(hive.root());
  while (!path.empty()) {
    const std::string_view name = path.substr(0, path.find('\\'));
    path.remove_prefix(std::min(name.size() + 1, path.size()));
    SubkeyCursor cursor(hive, at, diagnostics);
    bool found = false;
    while (const auto child = cursor.next()) {
      if (child->name.text().raw() == name) {
        at = *child;
        found = true;
        break;
      }
    }
    EXPECT_TRUE(found) << name;
  }
  return static_cast<std::size_t>(at.offset);
}

TEST(Recovery, FindsNothingInAHiveWithoutAPast) {
  const Examined hive(make_writer().image({}));
  EXPECT_TRUE(hive.recovery.keys().empty());
  EXPECT_TRUE(hive.recovery.values().empty());
  EXPECT_EQ(hive.survey.disagreements.total(), 0U);
  EXPECT_TRUE(hive.survey.complete);
  EXPECT_EQ(hive.survey.key_count, 10U);
  EXPECT_EQ(hive.survey.value_count, 4U);
}

TEST(Recovery, ADeletedKeyComesBackWithPathAndValues) {
  auto writer = make_writer();
  ASSERT_TRUE(writer.remove_key("ControlSet001\\Services\\Evil", later));
  const Examined hive(writer.image({}));
  const FoundKey* found = find(hive.recovery, "NetworkProvider");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->place, Place::free_cell);
  const ProvedPath path = hive.recovery.path(*found);
  EXPECT_EQ(shown(path), evil);
  ASSERT_EQ(path.steps.size(), 4U);
  EXPECT_TRUE(path.steps[0].live);
  EXPECT_TRUE(path.steps[1].live);
  EXPECT_FALSE(path.steps[2].live);
  const RecoveredValues values = hive.recovery.values(*found);
  EXPECT_EQ(values.list, ListState::intact);
  ASSERT_EQ(values.values.size(), 2U);
  EXPECT_EQ(values.values[0].data, text_data("C:\\evil.dll"));
  EXPECT_EQ(values.values[0].data_state, DataState::whole);
  EXPECT_TRUE(Bytes(hive.bytes).from(values.values[0].record.offset + 4).starts_with("vk"));
  EXPECT_TRUE(hive.recovery.values().empty());  // Each is its key's.
}

TEST(Recovery, AParentThatIsOlderThanTheDeletionIsAnotherKey) {
  auto writer = make_writer();
  ASSERT_TRUE(writer.remove_key("ControlSet001\\Services\\Evil", later));
  auto bytes = writer.image({});
  put(bytes, cell_of(bytes, "ControlSet001\\Services") + 4 + 4, when.ticks - 1);
  const Examined hive(std::move(bytes));
  const FoundKey* found = find(hive.recovery, "NetworkProvider");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(shown(hive.recovery.path(*found)), "?\\Evil\\NetworkProvider");
}

TEST(Recovery, AParentCellThatHoldsNoKeyAnyMoreEndsThePath) {
  auto writer = make_writer();
  ASSERT_TRUE(writer.remove_key("ControlSet001\\Services\\Evil", later));
  auto bytes = writer.image({});
  const Examined before(bytes);
  const FoundKey* parent = find(before.recovery, "Evil");
  ASSERT_NE(parent, nullptr);
  put(bytes, 4096 + parent->cell_offset + 4, std::uint16_t{0});
  const Examined hive(std::move(bytes));
  const FoundKey* found = find(hive.recovery, "NetworkProvider");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(shown(hive.recovery.path(*found)), "?\\NetworkProvider");
}

TEST(Recovery, RecordsInsideAMergedFreeCellAreFound) {
  auto writer = make_writer();
  ASSERT_TRUE(writer.remove_key("ControlSet001\\Services\\Evil", later));
  auto bytes = writer.image({});
  const Examined apart(bytes);
  const FoundKey* found = find(apart.recovery, "Evil");
  ASSERT_NE(found, nullptr);
  // Windows makes one cell of free neighbours: here the parent and all that follows it freely.
  const CellSpace space(Bytes(bytes).from(4096), false);
  std::uint32_t size = 0;
  for (std::uint32_t at = found->cell_offset; !space.cell(at)->allocated;) {
    size += static_cast<std::uint32_t>(space.cell(at)->size);
    at = found->cell_offset + size;
    if (at >= space.size() || at % 4096 == 0) {
      break;
    }
  }
  put(bytes, 4096 + found->cell_offset, size);
  const Examined hive(std::move(bytes));
  const FoundKey* child = find(hive.recovery, "NetworkProvider");
  ASSERT_NE(child, nullptr);
  EXPECT_EQ(shown(hive.recovery.path(*child)), evil);
  EXPECT_EQ(hive.recovery.values(*child).values.size(), 2U);
  EXPECT_LT(hive.recovery.key(*child).length, 112U);
}

TEST(Recovery, ACellWithANewUserGivesNothing) {
  auto writer = make_writer();
  ASSERT_TRUE(writer.remove_key("ControlSet001\\Services\\Evil", later));
  auto bytes = writer.image({});
  const Examined before(bytes);
  const FoundKey* found = find(before.recovery, "NetworkProvider");
  ASSERT_NE(found, nullptr);
  const auto value = before.recovery.values(*found).values.at(0).record;
  // The data's cell is handed to a live value: that of ProviderOrder.
  Diagnostics diagnostics;
  const auto node = before.hive.key(static_cast<std::uint32_t>(cell_of(bytes, order) - 4096));
  ASSERT_TRUE(node);
  ValueCursor cursor(before.hive, *node, diagnostics);
  const auto live = cursor.next();
  ASSERT_TRUE(live);
  put(bytes, static_cast<std::size_t>(live->offset) + 4 + 8, value.data_cell);
  const Examined hive(std::move(bytes));
  const FoundKey* again = find(hive.recovery, "NetworkProvider");
  ASSERT_NE(again, nullptr);
  const RecoveredValues values = hive.recovery.values(*again);
  EXPECT_EQ(values.list, ListState::intact);
  ASSERT_EQ(values.values.size(), 2U);
  EXPECT_EQ(values.values[0].data_state, DataState::reused);
  EXPECT_TRUE(values.values[0].data.empty());
}

TEST(Recovery, AnOverwrittenValueKnowsItsKeyByTheFormerList) {
  auto writer = make_writer();
  writer.set_value(order, {"ProviderOrder", reg_sz, text_data("RDPNP,LanmanWorkstation")}, later);
  const Examined hive(writer.image({}));
  ASSERT_EQ(hive.recovery.values().size(), 1U);
  const FoundValue& found = hive.recovery.values()[0];
  EXPECT_EQ(found.proof, OwnerProof::former_list);
  EXPECT_EQ(shown(hive.recovery.live_path(found.owner)), order);
  const RecoveredValue value = hive.recovery.value(found);
  EXPECT_EQ(value.record.name.text().raw(), "ProviderOrder");
  EXPECT_EQ(value.data, text_data("RDPNP,Evil,LanmanWorkstation"));
}

TEST(Recovery, ADroppedEntryBehindTheListNamesTheKey) {
  auto bytes = make_writer().image({});
  const auto at = cell_of(bytes, order) + 4;
  // One value fewer, and the cell of the value that stood last is free: as Windows deletes it.
  const std::uint32_t list = Bytes(bytes).at<std::uint32_t>(at + 40);
  const std::uint32_t value = Bytes(bytes).at<std::uint32_t>(4096 + list + 4 + 4);
  put(bytes, at + 36, std::uint32_t{1});
  put(bytes, 4096 + value, std::uint32_t{0U - Bytes(bytes).at<std::uint32_t>(4096 + value)});
  const Examined hive(bytes);
  ASSERT_EQ(hive.recovery.values().size(), 1U);
  EXPECT_EQ(hive.recovery.values()[0].proof, OwnerProof::list_slack);
  EXPECT_EQ(shown(hive.recovery.live_path(hive.recovery.values()[0].owner)), order);
  EXPECT_EQ(hive.survey.disagreements.total(), 0U);

  // The same with the cell still in use: the value is hidden.
  put(bytes, 4096 + value, std::uint32_t{0U - Bytes(bytes).at<std::uint32_t>(4096 + value)});
  const Examined hidden(bytes);
  ASSERT_EQ(hidden.recovery.values().size(), 1U);
  EXPECT_EQ(hidden.recovery.values()[0].place, Place::unlisted_cell);
  EXPECT_EQ(hidden.survey.disagreements.count(DisagreementKind::value_not_listed), 1U);
  EXPECT_EQ(shown(hidden.recovery.live_path(hidden.recovery.values()[0].owner)), order);
}

/// The sub-key list of ControlSet001\Services, where its entries begin: Evil, RDPNP, WebClient.
std::size_t services_list(const std::vector<std::byte>& bytes) {
  const auto at = cell_of(bytes, "ControlSet001\\Services") + 4;
  return 4096 + Bytes(bytes).at<std::uint32_t>(at + 28) + 8;
}

TEST(Survey, NoticesEachManipulation) {
  using Kind = DisagreementKind;
  const auto sound = make_writer().image({});
  const auto list = services_list(sound);
  const auto services = cell_of(sound, "ControlSet001\\Services") + 4;
  const auto evil_at = cell_of(sound, "ControlSet001\\Services\\Evil") + 4;
  const auto rdpnp_at = cell_of(sound, "ControlSet001\\Services\\RDPNP") + 4;
  const std::uint64_t first = Bytes(sound).at<std::uint32_t>(list) |
                              std::uint64_t{Bytes(sound).at<std::uint32_t>(list + 4)} << 32U;
  const std::uint64_t second = Bytes(sound).at<std::uint32_t>(list + 8) |
                               std::uint64_t{Bytes(sound).at<std::uint32_t>(list + 12)} << 32U;
  const std::uint64_t third = Bytes(sound).at<std::uint32_t>(list + 16) |
                              std::uint64_t{Bytes(sound).at<std::uint32_t>(list + 20)} << 32U;
  const struct {
    const char* name;
    std::function<void(std::vector<std::byte>&)> change;
    Kind kind;
    std::uint64_t offset;  // where it is noticed; 0 when the test does not say
  } cases[] = {
      {"hidden key",
       [&](auto& b) {
         put(b, list, second);
         put(b, list + 8, third);
         put(b, list - 2, std::uint16_t{2});
         put(b, services + 20, std::uint32_t{2});
       },
       Kind::key_not_listed, evil_at - 4},
      {"hidden key, count left alone",
       [&](auto& b) {
         put(b, list, second);
         put(b, list + 8, third);
         put(b, list - 2, std::uint16_t{2});
       },
       Kind::key_not_listed, evil_at - 4},
      {"list out of order",
       [&](auto& b) {
         put(b, list, second);
         put(b, list + 8, first);
       },
       Kind::name_order, list + 8},
      {"wrong hash", [&](auto& b) { put(b, list + 4, std::uint32_t{1}); }, Kind::name_hash, list},
      {"same key twice", [&](auto& b) { put(b, list + 8, first); }, Kind::listed_twice, list + 8},
      {"sub-key count", [&](auto& b) { put(b, services + 20, std::uint32_t{7}); },
       Kind::subkey_count, services + 20},
      {"value count", [&](auto& b) { put(b, cell_of(b, order) + 4 + 36, std::uint32_t{900}); },
       Kind::value_count, cell_of(sound, order) + 4 + 36},
      {"another parent",
       [&](auto& b) { put(b, rdpnp_at + 16, static_cast<std::uint32_t>(evil_at - 4 - 4096)); },
       Kind::parent_differs, list + 8},
      {"same name twice",
       [&](auto& b) {
         // RDPNP becomes a second "Evil".
         put(b, rdpnp_at + 72, std::uint16_t{4});
         put(b, rdpnp_at + 76, std::uint32_t{0x6c697665});
       },
       Kind::name_twice, list + 8},
      {"wide name that is narrow",
       [&](auto& b) {
         put(b, rdpnp_at + 2, std::uint16_t{0});
         put(b, rdpnp_at + 72, std::uint16_t{4});
         put(b, rdpnp_at + 76, std::uint32_t{0x00440052});
       },
       Kind::name_encoding, rdpnp_at + 76},
  };
  for (const auto& c : cases) {
    auto bytes = sound;
    c.change(bytes);
    const Examined hive(std::move(bytes));
    EXPECT_EQ(hive.survey.disagreements.count(c.kind), 1U) << c.name;
    const auto& kept = hive.survey.disagreements.kept();
    const auto found = std::ranges::find(kept, c.kind, &Disagreement::kind);
    ASSERT_NE(found, kept.end()) << c.name;
    EXPECT_EQ(found->offset, c.offset) << c.name;
  }
}

TEST(Survey, ALoopIsNoticedAndNotFollowed) {
  auto bytes = make_writer().image({});
  const auto list = services_list(bytes);
  put(bytes, list, Bytes(bytes).at<std::uint32_t>(36));
  const Examined hive(std::move(bytes));
  EXPECT_EQ(hive.survey.disagreements.count(DisagreementKind::listed_twice), 1U);
  // What the list led to before is hidden now.
  EXPECT_EQ(hive.survey.disagreements.count(DisagreementKind::key_not_listed), 1U);
  EXPECT_EQ(hive.survey.key_count, 8U);
}

TEST(Recovery, AHiddenKeyHasItsPathAndValues) {
  auto bytes = make_writer().image({});
  const auto list = services_list(bytes);
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(list + 8), 16,
              bytes.begin() + static_cast<std::ptrdiff_t>(list));
  put(bytes, list - 2, std::uint16_t{2});
  put(bytes, cell_of(bytes, "ControlSet001\\Services") + 4 + 20, std::uint32_t{2});
  const Examined hive(std::move(bytes));
  const FoundKey* found = find(hive.recovery, "NetworkProvider");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->place, Place::unlisted_cell);
  EXPECT_EQ(shown(hive.recovery.path(*found)), evil);
  EXPECT_EQ(hive.recovery.values(*found).values.size(), 2U);
}

TEST(Recovery, LooksBehindTheBinsAndIntoDamagedOnes) {
  auto writer = make_writer();
  auto bytes = writer.image({});
  const std::vector<std::byte> page(bytes.begin() + 4096, bytes.begin() + 8192);
  bytes.insert(bytes.end(), page.begin(), page.end());
  const Examined behind(bytes);
  EXPECT_GE(behind.recovery.keys().size(), 10U);
  for (const FoundKey& found : behind.recovery.keys()) {
    EXPECT_EQ(found.place, Place::behind_bins);
  }
  EXPECT_EQ(behind.survey.disagreements.total(), 0U);
}

TEST(Recovery, StretchesGiveDataWithoutARecord) {
  auto writer = make_writer();
  writer.set_value(order, {"ProviderOrder", reg_sz, text_data("RDPNP")}, later);
  auto bytes = writer.image({});
  const Examined before(bytes);
  ASSERT_EQ(before.recovery.values().size(), 1U);
  // The record is gone, as where Windows gave the value a larger cell and kept its record.
  put(bytes, 4096 + before.recovery.values()[0].cell_offset + 4, std::uint16_t{0});
  const Examined hive(std::move(bytes));
  const auto wanted = text_data("RDPNP,Evil,LanmanWorkstation");
  bool found = false;
  hive.recovery.for_each_stretch(16, [&](Bytes stretch, Place place) {
    const bool here = !std::ranges::search(stretch.data(), wanted).empty();
    EXPECT_TRUE(!here || place == Place::free_cell);
    found = found || here;
  });
  EXPECT_TRUE(found);
}

TEST(LogHistory, GivesOlderVersionsOfStalePages) {
  auto writer = make_writer();
  std::vector<std::vector<std::byte>> states = {writer.image({})};
  writer.set_value(order, {"ProviderOrder", reg_sz, text_data("Evil,RDPNP,LanmanWorkstation")},
                   FileTime{when.ticks + 10});
  states.push_back(writer.image({}));
  ASSERT_TRUE(writer.remove_key("ControlSet001\\Services\\Evil", FileTime{when.ticks + 20}));
  states.push_back(writer.image({}));
  writer.set_value(order, {"ProviderOrder", reg_sz, text_data("RDPNP,LanmanWorkstation")},
                   FileTime{when.ticks + 30});
  states.push_back(writer.image({}));
  const auto made = testing::log_states(states, 5);
  const Bytes logs[] = {Bytes(made.log)};
  const Replay replay = replay_logs(Bytes(made.primary), logs, Limits{});
  ASSERT_TRUE(replay.applied);
  Diagnostics diagnostics;
  const auto live = Hive::open(Bytes(replay.bytes), Limits{}, diagnostics, replay.block);
  ASSERT_TRUE(live);
  const Survey survey = survey_hive(*live);
  const LogHistory history = LogHistory::read({.live = *live,
                                               .survey = survey,
                                               .primary = Bytes(made.primary),
                                               .logs = logs,
                                               .replay = replay});
  std::vector<std::string> orders;
  for (const OldKey& old : history.keys()) {
    if (history.key(old).name.text().raw() == "Order") {
      EXPECT_TRUE(history.is_older_version(old));
      EXPECT_EQ(shown(history.path(old)), order);
      const auto values = history.values(old);
      EXPECT_EQ(values.list, ListState::intact);
      const auto& value = values.values.at(0);
      orders.push_back(fmt::format("{} {} {}", name_of(history.place(old)), history.sequence(old),
                                   EvidenceText::from_utf16(value.data).before_nul().raw()));
    }
  }
  EXPECT_EQ(orders, (std::vector<std::string>{"primary_superseded 5 RDPNP,Evil,LanmanWorkstation",
                                              "log_superseded 5 Evil,RDPNP,LanmanWorkstation"}));
}

TEST(LogHistory, ReadsEntriesBehindTheLiveChain) {
  auto writer = make_writer();
  std::vector<std::vector<std::byte>> states = {writer.image({})};
  writer.set_value(order, {"ProviderOrder", reg_sz, text_data("Evil,RDPNP,LanmanWorkstation")},
                   FileTime{when.ticks + 10});
  states.push_back(writer.image({}));
  const auto old = testing::log_states(states, 5);
  // The primary has been brought up to date and changed again; the log's entry stays where it was.
  writer.set_value(order, {"ProviderOrder", reg_sz, text_data("RDPNP,LanmanWorkstation")},
                   FileTime{when.ticks + 30});
  const auto primary = writer.image({.primary_sequence = 9, .secondary_sequence = 9});
  const Bytes logs[] = {Bytes(old.log)};
  const Replay replay = replay_logs(Bytes(primary), logs, Limits{});
  EXPECT_FALSE(replay.applied);
  const Hive live = Examined::open(primary);
  const Survey survey = survey_hive(live);
  const LogHistory history = LogHistory::read(
      {.live = live, .survey = survey, .primary = Bytes(primary), .logs = logs, .replay = replay});
  bool found = false;
  for (const OldKey& key : history.keys()) {
    if (history.key(key).name.text().raw() == "Order") {
      EXPECT_EQ(history.place(key), Place::log_history);
      EXPECT_EQ(history.source(key), 1U);
      EXPECT_EQ(history.sequence(key), 5U);
      const auto values = history.values(key);
      ASSERT_EQ(values.values.size(), 2U);
      EXPECT_EQ(EvidenceText::from_utf16(values.values[0].data).before_nul().raw(),
                "Evil,RDPNP,LanmanWorkstation");
      found = true;
    }
  }
  EXPECT_TRUE(found);
}

TEST(LogHistory, AnEntryThatIsNewerThanACleanHiveIsNoOlderPage) {
  auto writer = make_writer();
  std::vector<std::vector<std::byte>> states = {writer.image({})};
  for (const std::uint64_t step : {10U, 20U}) {
    writer.set_value(order,
                     {"ProviderOrder", reg_sz, text_data("Evil,RDPNP" + std::string(step, 'x'))},
                     FileTime{when.ticks + step});
    states.push_back(writer.image({}));
  }
  const auto made = testing::log_states(states, 5);
  const Bytes logs[] = {Bytes(made.log)};
  // Clean with the second entry's number: the first one is older than it.
  auto primary = made.primary;
  testing::restamp_hive(primary, 6, 6);
  const Replay replay = replay_logs(Bytes(primary), logs, Limits{});
  EXPECT_FALSE(replay.applied);
  const Hive live = Examined::open(primary);
  const Survey survey = survey_hive(live);
  const LogHistory history = LogHistory::read(
      {.live = live, .survey = survey, .primary = Bytes(primary), .logs = logs, .replay = replay});
  std::vector<std::string> orders;
  for (const OldKey& old : history.keys()) {
    if (history.key(old).name.text().raw() == "Order") {
      orders.push_back(fmt::format("{} {}", name_of(history.place(old)), history.sequence(old)));
      EXPECT_EQ(history.values(old).values.size(), 2U);
    }
  }
  EXPECT_EQ(orders, (std::vector<std::string>{"log_history 5", "log_unapplied 6"}));
}

TEST(Recovery, LimitsAreCounted) {
  auto writer = make_writer();
  ASSERT_TRUE(writer.remove_key("ControlSet001\\Services\\Evil", later));
  const auto bytes = writer.image({});
  Limits limits;
  limits.recovered_records_max = 1;
  limits.disagreements_per_kind_max = 0;
  Diagnostics diagnostics;
  const auto hive = Hive::open(Bytes(bytes), limits, diagnostics);
  ASSERT_TRUE(hive);
  Survey survey = survey_hive(*hive);
  const Recovery recovery = Recovery::run(*hive, survey);
  EXPECT_EQ(recovery.keys().size(), 1U);
  EXPECT_EQ(recovery.left_out(), 2U);
}

TEST(Recovery, EveryTruncationAndFlipIsSurvived) {
  auto writer = make_writer();
  ASSERT_TRUE(writer.remove_key("ControlSet001\\Services\\Evil", later));
  const auto sound = writer.image({});
  for (std::size_t at = 4096; at < sound.size(); at += 3) {
    auto bytes = sound;
    if (at % 2 == 0) {
      bytes.resize(at);
    } else {
      bytes[at] ^= std::byte{0x81};
    }
    Diagnostics diagnostics;
    const auto hive = Hive::open(Bytes(bytes), Limits{}, diagnostics);
    if (!hive) {
      continue;
    }
    Survey survey = survey_hive(*hive);
    const Recovery recovery = Recovery::run(*hive, survey);
    for (const FoundKey& found : recovery.keys()) {
      static_cast<void>(recovery.path(found));
      static_cast<void>(recovery.values(found));
    }
    for (const FoundValue& found : recovery.values()) {
      static_cast<void>(recovery.value(found));
    }
  }
}

TEST(UnitSet, RangesAndSearches) {
  UnitSet set(4096);
  set.insert_range(16, 17);
  set.insert_range(500, 1600);
  EXPECT_FALSE(set.contains(8));
  EXPECT_TRUE(set.contains(16));
  EXPECT_FALSE(set.contains(24));
  EXPECT_TRUE(set.contains(496));
  EXPECT_EQ(set.next_clear(16, 4096), 24U);
  EXPECT_EQ(set.next_clear(504, 4096), 1600U);
  EXPECT_EQ(set.next_clear(504, 1000), 1000U);
  EXPECT_TRUE(set.any_in(0, 24));
  EXPECT_FALSE(set.any_in(24, 496));
  EXPECT_FALSE(set.any_in(1600, 10000));
  EXPECT_EQ(set.next_clear(9000, 10000), 9000U);
}

TEST(Names, OrderAndHashesAreWindows) {
  const auto name = [](std::string_view text) {
    return Name{.bytes = Bytes(bytes_of(text)),
                .is_latin1 = true,
                .declared_bytes = static_cast<std::uint32_t>(text.size())};
  };
  EXPECT_LT(compare_names(name("abc"), name("ABD")), 0);
  EXPECT_EQ(compare_names(name("abc"), name("ABC")), 0);
  EXPECT_GT(compare_names(name("abcd"), name("ABC")), 0);
  EXPECT_LT(compare_names(name("a-b"), name("a_b")), 0);
  EXPECT_EQ(name_hash(name("ab")), 65U * 37 + 66);
  EXPECT_EQ(name_hint(name("Evil")), 0x6c697645U);
  EXPECT_TRUE(hint_agrees(0x6c697645U, 0x4c495645U));
  EXPECT_FALSE(hint_agrees(0x6c697645U, 0x6c697646U));
}

}  // namespace
}  // namespace npg::regf
