// The parts of an image that say how it was made and how it is loaded.
#include <gtest/gtest.h>

#include <bit>
#include <utility>
#include <vector>

#include "format/pe/flat_image_test.hpp"

namespace npg::pe {
namespace {

/// Puts a linker's note at 0x80 of a file and the NT headers far enough behind it; gives the key.
std::uint32_t put_rich(npg::testing::ByteWriter& file,
                       std::span<const std::pair<std::uint32_t, std::uint32_t>> tools) {
  std::uint32_t key = 0x80;
  for (std::size_t i = 0; i < 0x80; ++i) {
    if (i < 0x3c || i >= 0x40) {
      key += std::rotl(std::uint32_t{file.view().at<std::uint8_t>(i)}, static_cast<int>(i % 32));
    }
  }
  for (const auto& [tool, count] : tools) {
    key += std::rotl(tool, static_cast<int>(count % 32));
  }
  std::size_t at = 0x80;
  const auto put = [&](std::uint32_t word) {
    file.set<std::uint32_t>(at, word);
    at += 4;
  };
  put(0x536e6144 ^ key);
  for (int i = 0; i < 3; ++i) {
    put(key);
  }
  for (const auto& [tool, count] : tools) {
    put(tool ^ key);
    put(count ^ key);
  }
  put(0x68636952);
  put(key);
  return key;
}

/// A file whose NT headers stand at 0x100, so that a note fits before them.
FlatImage with_room() {
  FlatImage flat;
  const Bytes headers = flat.file.view().clamp(0x40, 0x140);
  const std::vector<std::byte> moved(headers.data().begin(), headers.data().end());
  flat.file.set(0x40, std::vector<std::byte>(0xc0));
  flat.file.set(0x100, moved);
  flat.file.set<std::uint32_t>(0x3c, 0x100);
  return flat;
}

TEST(PeParts, TheLinkersNoteIsDecodedAndItsKeyChecked) {
  FlatImage flat = with_room();
  const std::pair<std::uint32_t, std::uint32_t> tools[] = {{0x0104'7809, 3}, {0x00ff'7809, 0x21}};
  const std::uint32_t key = put_rich(flat.file, tools);
  const auto [image, diagnostics] = read(flat.file.bytes());
  ASSERT_TRUE(image.has_value());
  ASSERT_TRUE(image->rich.has_value());
  EXPECT_EQ(image->rich->offset, 0x80U);
  EXPECT_EQ(image->rich->size, 0x28U);
  EXPECT_EQ(image->rich->key, key);
  EXPECT_TRUE(image->rich->key_matches);
  ASSERT_EQ(image->rich->entries.size(), 2U);
  EXPECT_EQ(image->rich->entries[1].product, 0xffU);
  EXPECT_EQ(image->rich->entries[1].build, 0x7809U);
  EXPECT_EQ(image->rich->entries[1].count, 0x21U);
  // A byte of the DOS header that the key does not know of: the note is another image's.
  flat.file.set<std::uint8_t>(0x10, 0x77);
  EXPECT_FALSE(read(flat.file.bytes()).image->rich->key_matches);
}

TEST(PeParts, ANoteWithoutItsBeginningIsNone) {
  FlatImage flat = with_room();
  flat.words(0xa0, {0x68636952, 0x11223344});
  const auto [image, diagnostics] = read(flat.file.bytes());
  EXPECT_TRUE(image->headers.has_rich_header);
  EXPECT_FALSE(image->rich.has_value());
}

TEST(PeParts, TheNoteMayNotReachIntoTheDosHeader) {
  // "Rich" as the first word behind the DOS header and the mark before it.
  FlatImage flat = with_room();
  flat.words(0x38, {0x536e6144 ^ 5U});
  flat.words(0x40, {0x68636952, 5});
  EXPECT_FALSE(read(flat.file.bytes()).image->rich.has_value());
}

TEST(PeParts, LoadSettingsEndWhereTheDirectorySaysSo) {
  FlatImage flat;
  flat.directory(Directory::load_config, 0x200, 0x48);
  flat.file.set<std::uint16_t>(0x236, 0x800);
  const struct {
    std::uint32_t own_size;
    std::uint16_t flags;
  } cases[] = {{0x38, 0x800}, {0x37, 0}, {0, 0}, {0xffff'ffff, 0x800}};
  for (const auto& c : cases) {
    flat.words(0x200, {c.own_size});
    EXPECT_EQ(read(flat.file.bytes()).image->dependent_load_flags, c.flags) << c.own_size;
  }
}

TEST(PeParts, CallbacksAtLoadAreCounted) {
  FlatImage flat;
  flat.directory(Directory::thread_local_storage, 0x200, 0x18);
  flat.words(0x20c, {0x10300});  // An address: the image's base is 0x10000.
  flat.words(0x300, {0x10400, 0x10410, 0});
  EXPECT_EQ(read(flat.file.bytes()).image->start_callbacks, 2U);
  flat.words(0x20c, {0x10});
  EXPECT_EQ(read(flat.file.bytes()).image->start_callbacks, 0U);
  for (std::size_t at = 0x300; at < 0x600; at += 4) {
    flat.words(at, {1});
  }
  flat.words(0x20c, {0x10300});
  EXPECT_EQ(read(flat.file.bytes()).image->start_callbacks, 64U);
}

TEST(PeParts, SettingsOutsideTheFileAreDamage) {
  for (const Directory which : {Directory::load_config, Directory::thread_local_storage}) {
    FlatImage flat;
    flat.directory(which, 0x7fff'0000, 0x40);
    const auto [image, diagnostics] = read(flat.file.bytes());
    EXPECT_TRUE(image->damaged);
    EXPECT_EQ(diagnostics.count(DiagnosticCode::image_damaged), 1U);
  }
}

/// A 64-bit image, flat, with a load configuration that points at hybrid metadata.
FlatImage hybrid(std::uint16_t machine) {
  FlatImage flat;
  flat.file.set<std::uint16_t>(0x44, machine);
  flat.file.set<std::uint16_t>(0x58, 0x20b);
  flat.file.set<std::uint32_t>(0x58 + 0x6c, 16);
  const std::size_t entry = 0x58 + 0x70 + static_cast<std::size_t>(Directory::load_config) * 8;
  flat.words(entry, {0x400, 0x140});
  flat.words(0x400, {0x140});
  flat.words(0x4c8, {0x1000});
  return flat;
}

TEST(PeParts, ImagesOfTwoMachinesAreTold) {
  EXPECT_EQ(read(hybrid(0x8664).file.bytes()).image->hybrid, Hybrid::arm64ec);
  EXPECT_EQ(read(hybrid(0xaa64).file.bytes()).image->hybrid, Hybrid::arm64x);
  FlatImage plain = hybrid(0x8664);
  plain.words(0x4c8, {0});
  EXPECT_EQ(read(plain.file.bytes()).image->hybrid, Hybrid::none);
}

TEST(PeParts, EntropyIsBoundedWhenSectionsOverlap) {
  FlatImage flat(0x3000);
  for (std::size_t i = 0; i < 0x100; ++i) {
    flat.file.set<std::uint8_t>(0x1000 + i, static_cast<std::uint8_t>(i));
  }
  flat.file.set<std::uint16_t>(0x46, 4);  // sections
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t at = 0x58 + 0xe0 + i * 0x28;
    const bool is_first = i == 0;
    flat.words(at + 0x08,
               {0x100, 0x1000, is_first ? 0x100U : 0x2f00U, is_first ? 0x1000U : 0x100U});
  }
  const auto [image, diagnostics] = read(flat.file.bytes());
  ASSERT_EQ(image->sections.size(), 4U);
  EXPECT_EQ(image->sections[0].entropy, 800U);  // every byte value once
  EXPECT_TRUE(image->sections[1].entropy.has_value());
  EXPECT_TRUE(image->sections[2].entropy.has_value());
  EXPECT_FALSE(image->sections[3].entropy.has_value());
}

}  // namespace
}  // namespace npg::pe
