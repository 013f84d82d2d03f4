// A store that lost or changed bytes: said, never shown as if nothing were.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "attack/diff.hpp"
#include "attack/store_test.hpp"

namespace npg::attack {
namespace {

namespace fs = std::filesystem;

std::string bundle(std::string_view release, std::string_view text) {
  std::string out = fmt::format(
      R"json({{"type":"bundle","id":"bundle--x","objects":[{{"type":"x-mitre-collection","id":"x-mitre-collection--00000009-0000-4000-8000-000000000000","name":"Enterprise (invented)","x_mitre_version":"{}","x_mitre_contents":[]}})json",
      release);
  for (int i = 0; i < 40; ++i) {
    out += fmt::format(
        R"(,{{"type":"attack-pattern","id":"attack-pattern--{:08x}-0000-4000-8000-000000000000","name":"Name {}","description":"{} {}"}})",
        i, i * i * 7919, text, i * 104729);
  }
  return out + "]}";
}

class DamagedStores : public AttackStore {
 protected:
  void SetUp() override {
    AttackStore::SetUp();
    ASSERT_TRUE(take(bundle("1.0", "one text")).has_value());
    ASSERT_TRUE(take(bundle("2.0", "another text")).has_value());
  }
  fs::path segment(std::size_t release) const {
    return folder / loaded_quietly().releases()[release].file;
  }
  Store loaded_quietly() const { return *Store::open(folder, Limits{}); }
};

/// Bytes of every part of a segment, one at a time: no text and no hash is ever another than was
/// imported.
TEST_F(DamagedStores, NoByteOfASegmentChangesUnseen) {
  const fs::path file = segment(0);
  const std::string whole = file_text(file);
  for (std::size_t at = 0; at < whole.size(); at += 5) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    std::ofstream(file, std::ios::binary) << changed;
    Store store = loaded_quietly();
    if (!store.load()) {
      continue;  // Told when it is opened.
    }
    bool told = false;
    for (std::size_t i = 0; i < 2; ++i) {
      const auto release = Release::load(store, i, Limits{});
      const auto verdict =
          release ? verify(*release, Limits{}) : Result<Verdict>(std::unexpected(release.error()));
      told = told || !verdict || !verdict->sound();
      for (std::uint32_t row = 0; release && row < release->rows().size(); ++row) {
        const auto object = release->object(row);
        ASSERT_TRUE(!object || Hasher().hash((*object)->text()) ==
                                   store.blob_sha256(release->rows()[row].blob))
            << at;
      }
    }
    ASSERT_TRUE(told) << at;
  }
}

TEST_F(DamagedStores, ARepairedFileIsSoundAgain) {
  const std::string whole = file_text(segment(0));
  std::string changed = whole;
  const auto parts = decode_segment(whole, Limits{});
  ASSERT_TRUE(parts.has_value());
  changed[parts->blocks_at + parts->blocks.size() / 2] ^= 1;  // In the techniques' texts.
  ASSERT_TRUE(write_whole(segment(0), changed).has_value());
  const auto verdict_of = [&](std::size_t index) {
    const Store store = loaded();
    return *verify(*Release::load(store, index, Limits{}), Limits{});
  };
  EXPECT_FALSE(verdict_of(0).file);
  EXPECT_FALSE(verdict_of(0).damaged.empty());
  // Its own file is as it was, but its texts lean on the other's.
  EXPECT_TRUE(verdict_of(1).file);
  EXPECT_FALSE(verdict_of(1).sound());
  EXPECT_FALSE(take(bundle("3.0", "a third text")).has_value());
  ASSERT_TRUE(write_whole(segment(0), whole).has_value());
  EXPECT_TRUE(verdict_of(0).sound() && verdict_of(1).sound());
}

TEST_F(DamagedStores, ALostManifestIsNotAnEmptyStore) {
  const std::size_t before = files();
  fs::remove(folder / "manifest");
  const auto store = Store::open(folder, Limits{});
  ASSERT_FALSE(store.has_value());
  EXPECT_EQ(store.error().code, ErrorCode::not_found);
  EXPECT_EQ(store.error().what, lost_manifest.view());
  EXPECT_EQ(store.error().have, 2U);
  EXPECT_EQ(files(), before - 1);
}

TEST_F(DamagedStores, ASegmentThatIsGoneOrOlderIsNamed) {
  const std::string whole = file_text(segment(1));
  const fs::path file = segment(1);
  fs::remove(file);
  Store gone = loaded_quietly();
  const auto missing = gone.load();
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().what, "attack.store.segment.missing");
  EXPECT_EQ(gone.loaded(), 1U);
  std::string older = whole;
  older[6] = '2';
  ASSERT_TRUE(write_whole(file, older).has_value());
  Store old = loaded_quietly();
  const auto refused = old.load();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().what, older_segment.view());
}

}  // namespace
}  // namespace npg::attack
