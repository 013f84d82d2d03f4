#include "base/json_append.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/evidence_text.hpp"
#include "base/identifiers.hpp"

namespace npg {
namespace {

std::string json_of(const std::u16string& units) {
  TextBuffer out;
  append_json_units(out, std::as_bytes(std::span(units)));
  return std::string(out.text());
}

std::string by_writer(const std::u16string& units) {
  return escape_for_json(EvidenceText::from_utf16(std::as_bytes(std::span(units))).raw());
}

TEST(JsonAppend, EveryUnitIsWrittenAsTheWriterWritesItAnywhereInAText) {
  for (std::uint32_t unit = 0; unit <= 0xffff; ++unit) {
    for (const std::size_t before : {0U, 3U, 8U, 17U}) {
      std::u16string text(before, u'a');
      text.push_back(static_cast<char16_t>(unit));
      text += u"bcdefghijk";
      ASSERT_EQ(json_of(text), by_writer(text)) << unit << " behind " << before;
    }
  }
}

TEST(JsonAppend, TextsOfEveryLengthAreWrittenWhole) {
  for (std::size_t length = 0; length < 40; ++length) {
    // Memory of just that size, so that no byte behind it is read unseen.
    std::vector<std::byte> units(length * 2);
    for (std::size_t odd = 0; odd <= length; ++odd) {
      for (std::size_t i = 0; i < length; ++i) {
        units[i * 2] = static_cast<std::byte>('a' + i % 26);
      }
      if (odd < length) {
        units[odd * 2] = std::byte{'\\'};
      }
      TextBuffer out;
      append_json_units(out, units);
      ASSERT_EQ(out.text(), escape_for_json(EvidenceText::from_utf16(units).raw()))
          << length << " " << odd;
    }
  }
}

TEST(JsonAppend, WhatNeedsABackslashMayStandAnywhereAndOften) {
  constexpr std::u16string_view letters = u"a\\\"\n\r\t<\u00e9";
  std::uint32_t state = 1;
  for (std::size_t length = 1; length < 40; ++length) {
    for (int round = 0; round < 200; ++round) {
      std::u16string text;
      for (std::size_t i = 0; i < length; ++i) {
        state = state * 1'664'525 + 1'013'904'223;
        // Some texts without the letters that need more than a backslash.
        text.push_back(letters[(state >> 16) % (letters.size() - (round % 2 == 0 ? 0U : 2U))]);
      }
      ASSERT_EQ(json_of(text), by_writer(text));
      TextBuffer whole;
      append_json_string(whole, std::as_bytes(std::span(text)));
      ASSERT_EQ(whole.text(), '"' + by_writer(text) + '"');
    }
  }
}

TEST(JsonAppend, SurrogatesAreJoinedOrNamed) {
  for (const std::u16string& text :
       {std::u16string{0xd83d, 0xde00}, std::u16string{0xd83d}, std::u16string{0xde00, 0xd83d},
        std::u16string{0xd83d, u'x', 0xde00}, std::u16string{u'x', 0xd83d, 0xd83d, 0xde00}}) {
    EXPECT_EQ(json_of(text), by_writer(text));
  }
}

TEST(JsonAppend, AnOddLastByteIsDropped) {
  const std::u16string text = u"abc";
  TextBuffer out;
  append_json_units(out, std::as_bytes(std::span(text)).first(5));
  EXPECT_EQ(out.text(), "ab");
}

TEST(JsonAppend, TimesAreThoseOfTheCalendar) {
  constexpr std::uint64_t per_day = std::uint64_t{24} * 60 * 60 * FileTime::per_second;
  for (std::uint64_t day = 0; day < 3'070'000; day += 13) {
    const FileTime time{day * per_day + (day * 7'919'123'457) % per_day};
    TextBuffer out;
    append_time(out, time);
    ASSERT_EQ(out.text(), to_rfc3339(time)) << day;
  }
  for (const std::uint64_t ticks :
       {std::uint64_t{2'650'467'743'999'999'999}, std::uint64_t{2'650'467'744'000'000'000},
        UINT64_MAX, std::uint64_t{1}}) {
    TextBuffer out;
    append_time(out, FileTime{ticks});
    EXPECT_EQ(out.text(), to_rfc3339(FileTime{ticks}));
  }
}

TEST(JsonAppend, IdentifiersAreThoseOfTheirOwnFunctions) {
  std::array<std::byte, 76> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::byte>(i * 37 + 11);
  }
  TextBuffer guid;
  append_guid(guid, std::span(bytes).first<16>());
  EXPECT_EQ(guid.text(), *guid_text(Bytes(std::span<const std::byte>(bytes))));
  for (const int revision : {0, 1, 2}) {
    for (const int count : {0, 1, 5, 15, 16, 255}) {
      for (const int high : {0, 1, 255}) {
        bytes[0] = static_cast<std::byte>(revision);
        bytes[1] = static_cast<std::byte>(count);
        bytes[2] = static_cast<std::byte>(high);
        bytes[3] = std::byte{0};
        for (const std::size_t size : {std::size_t{0}, std::size_t{7}, std::size_t{8},
                                       std::size_t{27}, std::size_t{28}, bytes.size()}) {
          const Bytes cut(std::span<const std::byte>(bytes).first(size));
          TextBuffer out;
          const bool whole = append_sid(out, cut);
          const auto expected = sid_text(cut);
          ASSERT_EQ(whole, expected.has_value());
          EXPECT_EQ(out.text(), whole ? expected->text : "");
        }
      }
    }
  }
}

TEST(JsonAppend, NumbersOfFullLength) {
  TextBuffer out;
  append_number(out, UINT64_MAX);
  out.append(' ');
  append_number(out, INT64_MIN);
  out.append(' ');
  append_hexadecimal(out, UINT64_MAX);
  EXPECT_EQ(out.text(), "18446744073709551615 -9223372036854775808 0xffffffffffffffff");
  out.cut(2);
  EXPECT_TRUE(out.ends_with('8'));
}

}  // namespace
}  // namespace npg
