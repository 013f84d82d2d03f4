#include <gtest/gtest.h>

#include "source/reg_export/reg_export_view.hpp"
#include "testing/byte_writer.hpp"

namespace npg {
namespace {

std::vector<std::byte> utf16(std::string_view text) {
  testing::ByteWriter writer;
  writer.add<std::uint16_t>(0xfeff);
  writer.add_utf16(text);
  return writer.take();
}

std::vector<std::byte> plain(std::string_view text) {
  const auto bytes = bytes_of(text);
  return {bytes.begin(), bytes.end()};
}

struct Read {
  std::vector<RegExportView> hives;
  Diagnostics diagnostics;
};
Read read(const std::vector<std::byte>& bytes) {
  Read out;
  const auto file = read_reg_export(Bytes(bytes), Limits{}, out.diagnostics);
  EXPECT_TRUE(file.has_value());
  if (file) {
    out.hives = hives_of(*file, 3, Limits{}, out.diagnostics);
  }
  return out;
}

constexpr std::string_view export5 =
    "Windows Registry Editor Version 5.00\r\n\r\n"
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Evil\\NetworkProvider]\r\n"
    "\"Name\"=\"say \\\"hi\\\" \\\\ there\"\r\n"
    "@=\"default\"\r\n"
    "\"Class\"=dword:00000002\r\n"
    "\"ProviderPath\"=hex(2):43,00,3a,00,5c,00,\\\r\n  65,00,2e,00,64,00,6c,00,6c,00,00,00\r\n"
    "\"Multi\"=hex(7):61,00,00,00,62,00,00,00,00,00\r\n"
    "\"Big\"=hex(b):01,00,00,00,00,00,00,00\r\n"
    "\"Bin\"=hex:de,ad\r\n"
    "\"Two\"=\"one\r\ntwo\"\r\n"
    "; a comment\r\n";

TEST(RegExport, ReadsEveryFormOfValueInBothEncodings) {
  for (const auto& bytes : {utf16(export5), plain(export5)}) {
    const Read out = read(bytes);
    EXPECT_TRUE(out.diagnostics.kept().empty());
    ASSERT_EQ(out.hives.size(), 1U);
    const RegExportView& hive = out.hives[0];
    EXPECT_EQ(hive.mount(), "HKEY_LOCAL_MACHINE\\SYSTEM");
    const auto key =
        find_key(hive, hive.root(), "currentcontrolset\\services\\evil\\networkprovider");
    ASSERT_TRUE(key.has_value());
    EXPECT_EQ(text_of(*find_value(hive, *key, "Name")).raw(), "say \"hi\" \\ there");
    EXPECT_EQ(text_of(*find_value(hive, *key, "")).raw(), "default");
    EXPECT_EQ(number_of(*find_value(hive, *key, "class")), 2U);
    const auto path = find_value(hive, *key, "ProviderPath");
    EXPECT_EQ(path->type, reg::expand_sz);
    EXPECT_EQ(text_of(*path).raw(), "C:\\e.dll");
    EXPECT_EQ(texts_of(*find_value(hive, *key, "Multi")).size(), 2U);
    EXPECT_EQ(find_value(hive, *key, "Big")->type, reg::qword);
    EXPECT_EQ(find_value(hive, *key, "Bin")->data.size(), 2U);
    EXPECT_EQ(text_of(*find_value(hive, *key, "Two")).raw(), "one\r\ntwo");
    EXPECT_EQ(path->origin.evidence, 3U);
    EXPECT_GT(path->origin.length, 60U);
    EXPECT_TRUE(hive.covers("CurrentControlSet\\Services\\Evil\\NetworkProvider\\Sub"));
    EXPECT_FALSE(hive.covers("CurrentControlSet\\Services"));
  }
}

TEST(RegExport, Regedit4WritesStringsNarrow) {
  const Read out = read(plain("REGEDIT4\n\n[HKLM\\X\\A]\n\"P\"=hex(2):43,3a,5c,78,00\n"));
  ASSERT_EQ(out.hives.size(), 1U);
  const auto key = find_key(out.hives[0], KeyId{0}, "A");
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(text_of(*find_value(out.hives[0], *key, "P")).raw(), "C:\\x");
}

TEST(RegExport, DeletionsAreTakenAndTold) {
  const Read out = read(
      plain("REGEDIT4\n[HKLM\\S\\A]\n\"v\"=dword:1\n\"w\"=dword:2\n[HKLM\\S\\A\\B]\n[HKLM\\S\\C]\n"
            "[HKLM\\S\\A]\n\"v\"=-\n[-HKLM\\S\\A\\B]\n[-HKLM\\S\\C]\n[HKLM\\S\\C]\n"));
  EXPECT_EQ(out.diagnostics.count(DiagnosticCode::registry_value_odd), 3U);
  const RegExportView& hive = out.hives.at(0);
  const auto key = find_key(hive, hive.root(), "A");
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(hive.values(*key).size(), 1U);
  EXPECT_TRUE(hive.subkeys(*key).empty());
  EXPECT_TRUE(find_key(hive, hive.root(), "C").has_value());
}

TEST(RegExport, LinesThatAreNothingAreLeftOutAndTheRestIsRead) {
  const std::string_view lines[] = {"rubbish",         "[unclosed",       "\"a\"",
                                    "\"a\"=dword:xyz", "\"a\"=hex(:00",   "\"a\"=hex:0g",
                                    "\"a\"=what:1",    "\"a\"=\"open\"x", "\"a\"=dword:123456789"};
  for (const std::string_view line : lines) {
    const Read out =
        read(plain("REGEDIT4\n[HKLM\\S\\A]\n" + std::string(line) + "\n[HKLM\\S\\B]\n@=\"x\"\n"));
    EXPECT_EQ(out.diagnostics.count(DiagnosticCode::export_line_damaged), 1U) << line;
    const RegExportView& hive = out.hives.at(0);
    EXPECT_TRUE(find_key(hive, hive.root(), "B").has_value()) << line;
  }
  const Read outside = read(plain("REGEDIT4\n\"a\"=dword:1\n"));
  EXPECT_EQ(outside.diagnostics.count(DiagnosticCode::export_line_damaged), 1U);
}

TEST(RegExport, AnythingElseIsNoExport) {
  for (const std::string_view text : {"", "REGEDIT5\n", "[HKLM]\n", "\xff\xfe", "MZ"}) {
    EXPECT_FALSE(looks_like_reg_export(Bytes(bytes_of(text)))) << text;
    Diagnostics diagnostics;
    const auto file = read_reg_export(Bytes(bytes_of(text)), Limits{}, diagnostics);
    ASSERT_FALSE(file.has_value()) << text;
    EXPECT_EQ(file.error().code, ErrorCode::not_this_format);
  }
  EXPECT_TRUE(looks_like_reg_export(Bytes(bytes_of("\r\nregedit4\r\n"))));
}

TEST(RegExport, EveryPrefixIsReadAsFarAsItGoes) {
  const auto whole = utf16(export5);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Diagnostics diagnostics;
    const auto file = read_reg_export(Bytes(whole).clamp(0, size), Limits{}, diagnostics);
    if (file) {
      static_cast<void>(hives_of(*file, 0, Limits{}, diagnostics));
    }
  }
}

}  // namespace
}  // namespace npg
