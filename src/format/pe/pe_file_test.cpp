#include "format/pe/pe_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "format/pe/flat_image_test.hpp"
#include "testing/byte_writer.hpp"
#include "testing/pe_writer.hpp"

namespace npg::pe {
namespace {

using npg::testing::ByteWriter;
using npg::testing::ImageRecipe;
using npg::testing::write_image;

/// A provider DLL as an attacker would register it: names, an ordinal, a forwarder, a version.
std::vector<std::byte> provider() {
  ImageRecipe recipe;
  recipe.dll_name = "np.dll";
  recipe.exports = {{.name = "NPLogonNotify"},
                    {.name = "NPGetCaps", .ordinal = 5},
                    {.ordinal = 7},
                    {.name = "NPEnumResource", .forwarder = "ntlanman.NPEnumResource"}};
  recipe.version.strings = {{"CompanyName", "Example"}, {"OriginalFilename", "np.dll"}};
  recipe.version.file_version = npg::testing::version_number(10, 0, 20348, 1);
  return write_image(recipe);
}

/// Where write_image puts things.
constexpr std::size_t headers_at = 0x80;
constexpr std::size_t optional_at = headers_at + 0x18;
constexpr std::size_t directories_at = optional_at + 0x70;
constexpr std::size_t section_table_at = directories_at + 16 * 8;

std::size_t export_directory_at(const std::vector<std::byte>& file) {
  const Bytes bytes(file);
  const auto rva = bytes.at<std::uint32_t>(directories_at);
  return rva - bytes.at<std::uint32_t>(section_table_at + 0x0c) +
         bytes.at<std::uint32_t>(section_table_at + 0x14);
}

std::string list(const PeFile& image) {
  std::string text;
  for (const Export& entry : image.exports ? image.exports->entries : std::vector<Export>()) {
    text += std::string(entry.name.raw()) + "@" + std::to_string(entry.ordinal);
    text += entry.forwarder.empty() ? " " : ">" + std::string(entry.forwarder.raw()) + " ";
  }
  return text;
}

TEST(PeFile, ReadsAProviderDll) {
  const auto [image, diagnostics] = read(provider());
  ASSERT_TRUE(image.has_value());
  EXPECT_TRUE(image->headers.is_dll);
  EXPECT_TRUE(image->headers.is_pe32_plus);
  EXPECT_EQ(image->headers.machine, 0x8664);
  EXPECT_EQ(image->exports->dll_name.raw(), "np.dll");
  EXPECT_EQ(list(*image),
            "NPEnumResource@8>ntlanman.NPEnumResource NPGetCaps@5 NPLogonNotify@1 @7 ");
  ASSERT_EQ(image->versions.size(), 1U);
  const VersionInfo& version = image->versions[0];
  EXPECT_EQ(version.file_version, npg::testing::version_number(10, 0, 20348, 1));
  ASSERT_EQ(version.tables.size(), 1U);
  ASSERT_EQ(version.tables[0].strings.size(), 2U);
  EXPECT_EQ(version.tables[0].strings[1].first.raw(), "OriginalFilename");
  EXPECT_EQ(version.tables[0].strings[1].second.raw(), "np.dll");
  EXPECT_EQ(version.language, 0x409U);
  EXPECT_FALSE(image->damaged);
  EXPECT_FALSE(image->certificates.has_value());
  EXPECT_TRUE(diagnostics.kept().empty());
}

TEST(PeFile, ThreeAnswers) {
  const auto good = provider();
  struct Case {
    std::string_view what;
    std::vector<std::byte> file;
    ErrorCode code;
    std::uint64_t offset;
  };
  const auto with = [&](std::size_t at, std::uint32_t value) {
    ByteWriter file(good);
    file.set<std::uint32_t>(at, value);
    return file.take();
  };
  const auto cut = [&](std::size_t size) {
    return std::vector<std::byte>(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
  };
  const Case cases[] = {
      {"empty", {}, ErrorCode::not_this_format, 0},
      {"wrong magic", with(0, 0x1234), ErrorCode::not_this_format, 0},
      {"MZ alone", cut(2), ErrorCode::truncated, 0},
      {"header past the end", with(0x3c, 0xffff'fff0), ErrorCode::truncated, 0xffff'fff0},
      {"an NE program", with(headers_at, 0x454e), ErrorCode::not_this_format, headers_at},
      {"cut in the NT header", cut(headers_at + 8), ErrorCode::truncated, headers_at},
      {"unknown optional header", with(optional_at, 0x107), ErrorCode::bad_value, optional_at},
      {"cut in the optional header", cut(optional_at + 0x20), ErrorCode::truncated, optional_at},
  };
  for (const Case& c : cases) {
    const auto [image, diagnostics] = read(c.file);
    ASSERT_FALSE(image.has_value()) << c.what;
    EXPECT_EQ(image.error().code, c.code) << c.what;
    EXPECT_EQ(image.error().offset, c.offset) << c.what;
  }
  EXPECT_TRUE(looks_like_pe(Bytes(good)));
  EXPECT_FALSE(looks_like_pe(Bytes(cut(2))));
  EXPECT_FALSE(looks_like_pe(Bytes(with(headers_at, 0x454e))));
}

TEST(PeFile, ABrokenResourceTreeDoesNotCostTheExports) {
  ByteWriter file(provider());
  file.set<std::uint32_t>(directories_at + 2 * 8, 0x7fff'0000);
  const auto [image, diagnostics] = read(file.bytes());
  ASSERT_TRUE(image.has_value());
  EXPECT_EQ(image->exports->entries.size(), 4U);
  EXPECT_TRUE(image->versions.empty());
  EXPECT_TRUE(image->damaged);
  EXPECT_EQ(diagnostics.count(DiagnosticCode::image_resource_damaged), 1U);
}

TEST(PeFile, ABrokenExportDirectoryDoesNotCostTheVersion) {
  ByteWriter file(provider());
  file.set<std::uint32_t>(directories_at, 0x7fff'0000);
  const auto [image, diagnostics] = read(file.bytes());
  ASSERT_TRUE(image.has_value());
  EXPECT_FALSE(image->exports.has_value());
  EXPECT_EQ(image->versions.size(), 1U);
  ASSERT_EQ(diagnostics.kept().size(), 1U);
  EXPECT_EQ(diagnostics.kept()[0].code, DiagnosticCode::image_export_damaged);
  EXPECT_EQ(diagnostics.kept()[0].offset, directories_at);
}

TEST(PeFile, ExportNamesThatLeadNowhereAreNamed) {
  ByteWriter file(provider());
  const std::size_t at = export_directory_at(file.bytes());
  // The tables stand behind the directory: 8 functions, then 3 names, then 3 indices.
  const std::size_t names = at + 0x28 + 8 * 4;
  file.set<std::uint32_t>(names, 0x7000'0000);
  file.set<std::uint16_t>(names + 3 * 4 + 2, 500);
  const auto [image, diagnostics] = read(file.bytes());
  ASSERT_TRUE(image.has_value());
  EXPECT_EQ(list(*image), "NPLogonNotify@1 @5 @7 ");
  ASSERT_EQ(diagnostics.kept().size(), 2U);
  EXPECT_EQ(diagnostics.kept()[0].offset, names);
  EXPECT_EQ(diagnostics.kept()[1].offset, at + 0x24);
  EXPECT_NE(diagnostics.kept()[1].text.find("NPGetCaps"), std::string::npos);
}

TEST(PeFile, UnsortedNamesAreSaid) {
  ByteWriter file(provider());
  const std::size_t names = export_directory_at(file.bytes()) + 0x28 + 8 * 4;
  const auto first = file.view().at<std::uint32_t>(names);
  file.set<std::uint32_t>(names, file.view().at<std::uint32_t>(names + 8));
  file.set<std::uint32_t>(names + 8, first);
  const auto [image, diagnostics] = read(file.bytes());
  EXPECT_FALSE(image->exports->names_sorted);
  EXPECT_FALSE(image->damaged);
  EXPECT_EQ(diagnostics.worst(), Severity::notice);
}

TEST(PeFile, ARawPointerInsideASectorMeansItsStart) {
  ByteWriter file(provider());
  const auto raw = file.view().at<std::uint32_t>(section_table_at + 0x14);
  file.set<std::uint32_t>(section_table_at + 0x14, raw + 0x1ff);
  const auto [image, diagnostics] = read(file.bytes());
  ASSERT_TRUE(image.has_value());
  ASSERT_TRUE(image->exports.has_value());
  EXPECT_EQ(image->exports->dll_name.raw(), "np.dll");
  EXPECT_EQ(image->exports->entries.size(), 4U);
}

TEST(PeFile, TheHeaderMayStandInsideTheDosHeader) {
  // e_lfanew 4: the NT headers overlap the DOS header, whose field 0x3c is SectionAlignment then.
  ByteWriter file;
  file.add_zeros(0x200);
  file.set(0, bytes_of("MZ"));
  file.set<std::uint32_t>(0x3c, 4);
  file.set(4, bytes_of("PE"));
  file.set<std::uint16_t>(4 + 0x18, 0x10b);
  const auto [image, diagnostics] = read(file.bytes());
  ASSERT_TRUE(image.has_value());
  EXPECT_EQ(image->headers.section_alignment, 4U);
  EXPECT_FALSE(image->exports.has_value());
}

TEST(PeFile, ReadsImportsAndDelayImports) {
  FlatImage flat;
  flat.directory(Directory::imports, 0x200, 60);
  flat.words(0x200, {0x300, 0, 0, 0x400, 0x340});
  flat.words(0x214, {0, 0, 0, 0x410, 0x320});  // Without a lookup table the address table serves.
  flat.words(0x300, {0x420, 0x8000'0011, 0});
  flat.words(0x320, {0x8000'0002, 0});
  flat.text(0x400, "KERNEL32.dll");
  flat.text(0x410, "ws2_32.dll");
  flat.text(0x422, "CreateFileW");
  flat.directory(Directory::delay_imports, 0x500, 64);
  flat.words(0x500, {1, 0x400, 0, 0, 0x540});
  flat.words(0x520, {0, 0x10410, 0, 0, 0x10540});  // The old form holds addresses.
  flat.words(0x540, {0x420, 0});
  flat.directory(Directory::debug, 0x600, 28);
  flat.words(0x600, {0, 7, 0, 2, 0x40, 0x640, 0x640});
  flat.text(0x640, "RSDS");
  flat.text(0x658, "C:\\x\\np.pdb");
  flat.directory(Directory::certificates, 0xf00, 0x100);
  const auto [image, diagnostics] = read(flat.file.bytes());
  ASSERT_TRUE(image.has_value());
  ASSERT_EQ(image->imports.size(), 2U);
  EXPECT_EQ(image->imports[0].name.raw(), "KERNEL32.dll");
  ASSERT_EQ(image->imports[0].functions.size(), 2U);
  EXPECT_EQ(image->imports[0].functions[0].name.raw(), "CreateFileW");
  EXPECT_EQ(image->imports[0].functions[1].ordinal, 0x11U);
  EXPECT_EQ(image->imports[1].functions[0].ordinal, 2U);
  ASSERT_EQ(image->delay_imports.size(), 2U);
  EXPECT_EQ(image->delay_imports[0].functions[0].name.raw(), "CreateFileW");
  EXPECT_EQ(image->delay_imports[1].name.raw(), "ws2_32.dll");
  EXPECT_EQ(diagnostics.kept().size(), 1U);
  EXPECT_EQ(image->pdb_path.raw(), "C:\\x\\np.pdb");
  ASSERT_TRUE(image->certificates.has_value());
  EXPECT_EQ(image->certificates->offset, 0xf00U);
  EXPECT_EQ(image->certificates->size, 0x100U);
}

TEST(PeFile, CertificatesOutsideTheFileAreDamage) {
  FlatImage flat;
  flat.directory(Directory::certificates, 0xff8, 0x100);
  const auto [image, diagnostics] = read(flat.file.bytes());
  ASSERT_TRUE(image->certificates.has_value());
  EXPECT_TRUE(image->damaged);
  ASSERT_EQ(diagnostics.kept().size(), 1U);
  EXPECT_EQ(diagnostics.kept()[0].offset, 0x58U + 0x60U + 4 * 8U);
}

TEST(PeFile, OrdinalsThatNobodyCanAskForAreTold) {
  ByteWriter file(provider());
  const std::size_t at = export_directory_at(file.bytes());
  file.set<std::uint32_t>(at + 0x10, 0xffffffff);  // The next one would wrap to 0.
  const auto [image, diagnostics] = read(file.bytes());
  ASSERT_TRUE(image->exports.has_value());
  ASSERT_EQ(diagnostics.kept().size(), 1U);
  EXPECT_EQ(diagnostics.kept()[0].offset, at + 0x10);
  EXPECT_NE(diagnostics.kept()[0].text.find("4294967295"), std::string::npos);
}

TEST(PeFile, ExportsSayWhereTheirTextStands) {
  const std::vector<std::byte> file = provider();
  const auto [image, diagnostics] = read(file);
  ASSERT_TRUE(image->exports.has_value());
  for (const Export& each : image->exports->entries) {
    const std::string_view text =
        each.forwarder.raw().empty() ? each.name.raw() : each.forwarder.raw();
    ASSERT_EQ(each.text_length, text.size());
    if (!text.empty()) {
      EXPECT_TRUE(std::ranges::equal(std::span(file).subspan(each.text_offset, each.text_length),
                                     bytes_of(text)))
          << text;
    }
  }
}

TEST(PeFile, TablesMayLieInTheZerosBehindASection) {
  // The name-ordinal table lies past the section's raw data, where Windows reads zeros: the one
  // name means function 0.
  ByteWriter file(provider());
  const std::size_t at = export_directory_at(file.bytes());
  const auto raw_size = file.view().at<std::uint32_t>(section_table_at + 0x10);
  const auto rva = file.view().at<std::uint32_t>(section_table_at + 0x0c);
  file.set<std::uint32_t>(section_table_at + 0x08, raw_size + 0x1000);
  file.set<std::uint32_t>(at + 0x18, 1);
  file.set<std::uint32_t>(at + 0x24, rva + raw_size + 0x10);
  const auto [image, diagnostics] = read(file.bytes());
  ASSERT_TRUE(image->exports.has_value());
  EXPECT_EQ(image->exports->entries[0].name.raw(), "NPEnumResource");
  EXPECT_EQ(image->exports->entries[0].ordinal, 1U);
  EXPECT_TRUE(diagnostics.kept().empty());
}

TEST(PeFile, ManyLongNamesStayWithinTheBudget) {
  FlatImage flat(0x100000);
  constexpr std::uint32_t count = 65'536;
  flat.directory(Directory::exports, 0x200, 0x28);
  flat.words(0x20c, {0, 1, count, count, 0x10000, 0x50000, 0x90000});
  for (std::uint32_t i = 0; i < count; ++i) {
    flat.file.set<std::uint32_t>(0x10000 + i * 4, 1);
    flat.file.set<std::uint32_t>(0x50000 + i * 4, 0xc0000);
    flat.file.set<std::uint16_t>(0x90000 + i * 2, static_cast<std::uint16_t>(i));
  }
  flat.text(0xc0000, std::string(0x3ffff, 'A'));
  const auto started = std::chrono::steady_clock::now();
  const auto [image, diagnostics] = read(flat.file.bytes());
  ASSERT_TRUE(image.has_value());
  std::size_t bytes = 0;
  for (const Export& entry : image->exports->entries) {
    bytes += entry.name.raw().size();
  }
  EXPECT_LE(bytes, Limits().image_text_bytes_max);
  EXPECT_GE(diagnostics.count(DiagnosticCode::limit_hit), 1U);
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(20));
}

TEST(PeFile, SameOrdinalUnderTwoNamesIsTwoExports) {
  FlatImage flat;
  flat.directory(Directory::exports, 0x200, 0x28);
  flat.words(0x20c, {0, 10, 1, 2, 0x300, 0x310, 0x320});
  flat.words(0x300, {0x111});
  flat.words(0x310, {0x340, 0x340});
  flat.text(0x340, "NPLogonNotify");
  const auto [image, diagnostics] = read(flat.file.bytes());
  EXPECT_EQ(list(*image), "NPLogonNotify@10 NPLogonNotify@10 ");
  EXPECT_TRUE(image->exports->names_sorted);
  EXPECT_FALSE(image->exports_incomplete);
}

TEST(PeFile, CountsPastTheLimitAreSaidAndBounded) {
  FlatImage flat(0x80000);
  flat.directory(Directory::exports, 0x200, 0x28);
  flat.words(0x20c, {0, 1, 0xffff'ffff, 0xffff'ffff, 0x1000, 0x1000, 0x1000});
  const auto [image, diagnostics] = read(flat.file.bytes());
  ASSERT_TRUE(image.has_value());
  EXPECT_TRUE(image->damaged);
  EXPECT_TRUE(image->exports_incomplete);
  EXPECT_GE(diagnostics.count(DiagnosticCode::limit_hit), 2U);
  EXPECT_LE(image->exports->entries.size(), 65'536U);
}

/// Sets every 16-bit and 32-bit field of a stretch to each hostile value and reads the image.
void sweep(const std::vector<std::byte>& good, std::size_t from, std::size_t to) {
  Limits limits;
  limits.exports_max = 2048;
  const auto size = static_cast<std::uint32_t>(good.size());
  for (std::size_t at = from; at + 4 <= to; at += 2) {
    for (const std::uint32_t value : {0U, 1U, 0xffffU, 0x7fff'ffffU, 0x8000'0000U, 0xffff'fffeU,
                                      0xffff'ffffU, size - 1, size, size + 1, 0x1000U}) {
      ByteWriter file(good);
      file.set<std::uint32_t>(at, value);
      (void)read(file.bytes(), limits);
      file = ByteWriter(good);
      file.set<std::uint16_t>(at, static_cast<std::uint16_t>(value));
      const auto [image, diagnostics] = read(file.bytes(), limits);
      if (image && image->exports) {
        ASSERT_LE(image->exports->entries.size(), 2 * std::size_t{limits.exports_max});
      }
    }
  }
}

TEST(PeFile, EveryFieldMayBeHostile) {
  const auto good = provider();
  const auto started = std::chrono::steady_clock::now();
  sweep(good, 0x3c, 0x40);
  sweep(good, headers_at, section_table_at + 0x28);
  sweep(good, export_directory_at(good), good.size());
  // About 20,000 images; minutes would mean that one of them is not bounded.
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(120));
}

TEST(PeFile, EveryPrefixIsAnswered) {
  const auto good = provider();
  for (std::size_t size = 0; size < good.size(); ++size) {
    const std::vector<std::byte> prefix(good.begin(),
                                        good.begin() + static_cast<std::ptrdiff_t>(size));
    const auto [image, diagnostics] = read(prefix);
    // Less than the whole is never taken for the whole, but for the padding of the last sector.
    if (image && size < good.size() - 0x200) {
      EXPECT_TRUE(image->damaged) << size;
      EXPECT_FALSE(diagnostics.kept().empty()) << size;
    }
  }
}

TEST(PeFile, EveryFlippedByteIsAnswered) {
  const auto good = provider();
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto flipped = good;
    flipped[at] ^= std::byte{0xff};
    (void)read(flipped);
  }
}

}  // namespace
}  // namespace npg::pe
