// Values written without the writer must be those that the writer gives.
#include "app/dump_value.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace npg {
namespace {

std::string by_writer(const evtx::Value& value) {
  JsonWriter json;
  write_value(json, value);
  return json.take();
}

std::string appended(const evtx::Value& value) {
  TextBuffer out;
  append_value(out, value);
  return std::string(out.text());
}

TEST(DumpValue, EveryTypeOfEverySizeIsWrittenAsTheWriterWritesIt) {
  std::vector<std::byte> bytes(48);
  for (const std::size_t seed : {0U, 1U, 65U, 200U, 255U}) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<std::byte>(seed == 65 ? (i % 2 == 0 ? 65 + i : 0) : seed * (i + 1));
    }
    // A SID of the form that there is, for some of the sizes.
    if (seed == 1) {
      bytes[1] = std::byte{2};
      bytes[2] = bytes[3] = std::byte{0};
    }
    for (unsigned type = 0; type < 256; ++type) {
      for (std::size_t size = 0; size <= bytes.size(); ++size) {
        const evtx::Value value{.raw_type = static_cast<std::uint8_t>(type),
                                .data = Bytes(std::span<const std::byte>(bytes).first(size), 0)};
        ASSERT_EQ(appended(value), by_writer(value))
            << type << " of " << size << " bytes, " << seed;
      }
    }
  }
}

TEST(DumpValue, TheItemsOfAnArrayAreWrittenOneByOne) {
  const std::array<std::byte, 4> numbers{std::byte{1}, std::byte{0}, std::byte{2}, std::byte{0}};
  const auto type = static_cast<std::uint8_t>(evtx::ValueType::uint16);
  TextBuffer out;
  out.append('[');
  append_items(out, {.raw_type = static_cast<std::uint8_t>(type | evtx::Value::array_flag),
                     .data = Bytes(numbers, 0)});
  append_items(out, {.raw_type = type, .data = Bytes(numbers, 0).clamp(2, 2)});
  append_close(out, ']');
  append_close(out, '}');
  EXPECT_EQ(out.text(), "[1,2,2]}");
}

}  // namespace
}  // namespace npg
