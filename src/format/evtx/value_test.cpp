#include "format/evtx/value.hpp"

#include <gtest/gtest.h>

#include "testing/byte_writer.hpp"

namespace npg::evtx {
namespace {

struct Case {
  const char* name;
  std::uint8_t type;
  std::vector<std::uint8_t> bytes;
  const char* text;
};

std::vector<std::byte> as_bytes(const std::vector<std::uint8_t>& numbers) {
  std::vector<std::byte> out;
  for (const std::uint8_t number : numbers) {
    out.push_back(std::byte{number});
  }
  return out;
}

TEST(Value, TextIsCanonical) {
  const Case cases[] = {
      {"null", 0x00, {}, ""},
      {"string", 0x01, {'a', 0, 'b', 0}, "ab"},
      {"string with its NUL", 0x01, {'a', 0, 0, 0}, "a"},
      {"ansi", 0x02, {'a', 0xe9, 0}, "a\xc3\xa9"},
      {"int8", 0x03, {0xff}, "-1"},
      {"uint8", 0x04, {0xff}, "255"},
      {"int16", 0x05, {0xfe, 0xff}, "-2"},
      {"uint16", 0x06, {0x10, 0x12}, "4624"},
      {"int32", 0x07, {0, 0, 0, 0x80}, "-2147483648"},
      {"uint32", 0x08, {1, 0, 0, 0}, "1"},
      {"int64", 0x09, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "-1"},
      {"uint64", 0x0a, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "18446744073709551615"},
      {"real32", 0x0b, {0, 0, 0xc0, 0x3f}, "1.5"},
      {"real64", 0x0c, {0, 0, 0, 0, 0, 0, 0xf8, 0x3f}, "1.5"},
      {"true", 0x0d, {1, 0, 0, 0}, "true"},
      {"false", 0x0d, {0, 0, 0, 0}, "false"},
      {"binary", 0x0e, {0xde, 0xad}, "DEAD"},
      {"SizeT of 4", 0x10, {0x10, 0, 0, 0}, "0x10"},
      {"SizeT of 8", 0x10, {0xe7, 3, 0, 0, 0, 0, 0, 0}, "0x3e7"},
      {"FILETIME",
       0x11,
       {0, 0x80, 0x3e, 0xd5, 0xde, 0xb1, 0x9d, 1},
       "1970-01-01T00:00:00.0000000Z"},
      {"SYSTEMTIME",
       0x12,
       {0xe6, 7, 11, 0, 2, 0, 22, 0, 18, 0, 20, 0, 1, 0, 5, 0},
       "2022-11-22T18:20:01.005"},
      {"SID", 0x13, {1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0}, "S-1-5-18"},
      {"HexInt32", 0x14, {0x1f, 0, 0, 0}, "0x1f"},
      {"uint16 array", 0x86, {1, 0, 2, 0}, "1, 2"},
      {"string array", 0x81, {'a', 0, 0, 0, 0, 0, 'b', 0}, "a, , b"},
      {"SID array",
       0x93,
       {1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 5, 19, 0, 0, 0},
       "S-1-5-18, S-1-5-19"},
      {"array cut in an item", 0x88, {1, 0, 0, 0, 2, 0}, "1, 2"},
      {"number of a wrong size", 0x08, {1, 2, 3}, "010203"},
      {"cut SID", 0x13, {1, 5, 0}, "010500"},
      {"unknown type", 0x7e, {0xab}, "AB"},
  };
  for (const Case& c : cases) {
    const auto bytes = as_bytes(c.bytes);
    EXPECT_EQ(text_of(Value{c.type, Bytes(bytes)}).raw(), c.text) << c.name;
  }
}

TEST(Value, ALoneSurrogateIsKept) {
  const auto bytes = as_bytes({0x40, 0xd9, 'a', 0});
  const EvidenceText text = text_of(Value{0x01, Bytes(bytes)});
  EXPECT_FALSE(text.well_formed());
  EXPECT_EQ(text.to_utf16(), (std::u16string{char16_t{0xd940}, u'a'}));
}

}  // namespace
}  // namespace npg::evtx
