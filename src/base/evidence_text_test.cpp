#include "base/evidence_text.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/checksum.hpp"

namespace npg {
namespace {

EvidenceText from_units(std::u16string_view units) {
  std::vector<std::byte> bytes;
  for (const char16_t unit : units) {
    bytes.push_back(static_cast<std::byte>(unit & 0xff));
    bytes.push_back(static_cast<std::byte>(unit >> 8));
  }
  return EvidenceText::from_utf16(bytes);
}

/// A code point as UTF-16 text, surrogates alone.
EvidenceText from_code_point(char32_t c) {
  if (c < 0x10000) {
    return from_units(std::u16string(1, static_cast<char16_t>(c)));
  }
  const std::u16string pair = {static_cast<char16_t>(0xd800 + ((c - 0x10000) >> 10)),
                               static_cast<char16_t>(0xdc00 + ((c - 0x10000) & 0x3ff))};
  return from_units(pair);
}

bool has_control_byte(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 =
        byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (byte < 0x20 || byte == 0x7f || c1) {
      return true;
    }
  }
  return false;
}

TEST(EvidenceText, KeepsEveryUnitWithoutLoss) {
  for (char32_t c = 0; c <= 0x10ffff; ++c) {
    const EvidenceText text = from_code_point(c);
    std::u16string expected;
    if (c < 0x10000) {
      expected.push_back(static_cast<char16_t>(c));
    } else {
      expected = {static_cast<char16_t>(0xd800 + ((c - 0x10000) >> 10)),
                  static_cast<char16_t>(0xdc00 + ((c - 0x10000) & 0x3ff))};
    }
    ASSERT_EQ(text.to_utf16(), expected) << static_cast<std::uint32_t>(c);
    ASSERT_EQ(text.well_formed(), c < 0xd800 || c > 0xdfff) << static_cast<std::uint32_t>(c);
  }
}

TEST(EvidenceText, NoCodePointPutsAControlByteOnATerminalOrIntoJsonCsvOrHtml) {
  for (char32_t c = 0; c <= 0x10ffff; ++c) {
    const EvidenceText text = from_code_point(c);
    ASSERT_FALSE(has_control_byte(escape_for_terminal(text))) << static_cast<std::uint32_t>(c);
    ASSERT_FALSE(has_control_byte(escape_for_csv(text))) << static_cast<std::uint32_t>(c);
    ASSERT_FALSE(has_control_byte(escape_for_html(text))) << static_cast<std::uint32_t>(c);
    ASSERT_FALSE(has_control_byte(escape_for_json(text.raw()))) << static_cast<std::uint32_t>(c);
  }
}

TEST(EvidenceText, TerminalEscapesNameTheCharacter) {
  const struct {
    std::u16string_view units;
    std::string_view shown;
  } cases[] = {
      {u"plain \\ text", "plain \\ text"},
      {u"\x1b[31mred", "\\x1b[31mred"},
      {u"a\u202eb", "a\\u{202e}b"},
      {u"a\u200bb", "a\\u{200b}b"},
      {u"a\nb", "a\\x0ab"},
      {u"\xd800x", "\\u{d800}x"},
      {u"\u0416", "\u0416"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(escape_for_terminal(from_units(c.units)), c.shown);
  }
}

TEST(EvidenceText, JsonIsSafeInsideAScriptElement) {
  EXPECT_EQ(escape_for_json("</script>&\"\\\n\t"), "\\u003c/script\\u003e\\u0026\\\"\\\\\\n\\t");
  EXPECT_EQ(escape_for_json(from_units(u"\xd800").raw()), "\\ud800");
  EXPECT_EQ(escape_for_json(from_units(u"\u2028").raw()), "\\u2028");
}

TEST(EvidenceText, CsvCellsAreNoFormulas) {
  const struct {
    std::string_view text;
    std::string_view cell;
  } cases[] = {
      {"plain", "plain"},
      {"=1+1", "'=1+1"},
      {"  =1+1", "'  =1+1"},
      {"-2", "'-2"},
      {"@SUM(A1)", "'@SUM(A1)"},
      {"a,b", "\"a,b\""},
      {"say \"x\"", "\"say \"\"x\"\"\""},
      {"\xef\xbc\x9d"
       "1",
       "'\xef\xbc\x9d"
       "1"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(escape_for_csv(EvidenceText::from_utf8(c.text)), c.cell) << c.text;
  }
}

TEST(EvidenceText, InvalidUtf8IsKeptAndMarked) {
  for (const std::string_view bad :
       {"\x80", "\xff", "\xc0\xaf", "\xe0\x80\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
    const EvidenceText text = EvidenceText::from_utf8(bad);
    EXPECT_FALSE(text.well_formed());
    EXPECT_EQ(text.to_utf16().size(), bad.size()) << "one lone surrogate a byte";
  }
  EXPECT_TRUE(EvidenceText::from_utf8("\xf0\x9f\x98\x80").well_formed());
}

TEST(EvidenceText, AnOddLastByteIsNoUnit) {
  const std::byte bytes[] = {std::byte{'a'}, std::byte{0}, std::byte{'b'}};
  const EvidenceText text = EvidenceText::from_utf16(bytes);
  EXPECT_EQ(text.raw(), "a");
  EXPECT_FALSE(text.well_formed());
}

TEST(EvidenceText, StopsAtTheFirstNulWhereWindowsDoes) {
  const EvidenceText text = from_units(std::u16string_view(u"a\0b", 3));
  EXPECT_TRUE(text.contains_nul());
  EXPECT_EQ(text.before_nul().raw(), "a");
  EXPECT_EQ(escape_for_terminal(text), "a\\x00b");
}

TEST(Names, CompareAsWindowsCompares) {
  EXPECT_TRUE(equal_names("WebClient", "webclient"));
  EXPECT_TRUE(equal_names("\xc3\xa4", "\xc3\x84"));  // ä Ä
  EXPECT_TRUE(equal_names("\xd0\xb6", "\xd0\x96"));  // ж Ж
  EXPECT_FALSE(equal_names("WebClient", "WebClient "));
  EXPECT_FALSE(equal_names("RDPNP", "RDP\xd0\xa0"));  // Cyrillic Er is no P
  EXPECT_FALSE(equal_names("\xc3\x9f", "ss"));        // ß has no other case
  EXPECT_TRUE(contains_name("\\REGISTRY\\MACHINE\\System", "machine"));
}

TEST(Names, NoCharacterOutsideAsciiHasAnAsciiUpperCase) {
  for (std::uint32_t unit = 0x80; unit <= 0xffff; ++unit) {
    ASSERT_GE(windows_upcase(static_cast<char16_t>(unit)), 0x80) << unit;
  }
}

TEST(Names, TheShortWayForAsciiAgreesWithTheLongOne) {
  const std::string_view names[] = {"",          "a",          "A",          "ab",
                                    "aB",        "b",          "\xc3\xa4",   "a\xc3\xa4",
                                    "A\xc3\x84", "a\xc3\x84z", "A\xc3\xa4Z", "a\xc3"};
  for (const std::string_view left : names) {
    for (const std::string_view right : names) {
      EXPECT_EQ(equal_names(left, right), name_key(left) == name_key(right))
          << left << " " << right;
      EXPECT_EQ(contains_name(left, right),
                name_key(left).find(name_key(right)) != std::string::npos)
          << left << " " << right;
    }
  }
}

TEST(Names, UpperCaseIsItsOwnUpperCase) {
  for (std::uint32_t unit = 0; unit <= 0xffff; ++unit) {
    const char16_t upper = windows_upcase(static_cast<char16_t>(unit));
    ASSERT_EQ(windows_upcase(upper), upper) << unit;
  }
}

TEST(Names, UpperCaseIsTheTableOfWindows) {
  std::vector<std::byte> table;
  std::size_t changed = 0;
  for (std::uint32_t unit = 0; unit <= 0xffff; ++unit) {
    const char16_t upper = windows_upcase(static_cast<char16_t>(unit));
    changed += upper == unit ? 0 : 1;
    table.push_back(static_cast<std::byte>(upper & 0xff));
    table.push_back(static_cast<std::byte>(upper >> 8));
  }
  EXPECT_EQ(changed, 973U);
  // The CRC-32 of the $UpCase stream (upcase_runs.hpp).
  EXPECT_EQ(crc32(table), 0xcee8cffaU);
  const struct {
    char16_t unit;
    char16_t upper;
  } cases[] = {
      {0xb5, 0xb5},      // micro sign: no Greek Mu
      {0x131, 0x131},    // dotless i: no ASCII I
      {0x17f, 0x17f},    // long s: no ASCII S
      {0x212a, 0x212a},  // Kelvin sign
      {0x3c2, 0x3c2},    // final sigma stays
      {0x1c5, 0x1c5},    // title case stays
      {0x3ac, 0x386},    // alpha with tonos
      {0x1c6, 0x1c4},   {0x24d0, 0x24b6}, {0x2170, 0x2160},
      {0xa641, 0xa640}, {0x525, 0x525},  // Unicode 5.2 and later are not known to the table
      {0xff41, 0xff21},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(windows_upcase(c.unit), c.upper) << static_cast<unsigned>(c.unit);
  }
}

}  // namespace
}  // namespace npg
