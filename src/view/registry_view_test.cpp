#include "view/registry_view.hpp"

#include <gtest/gtest.h>

#include "testing/virtual_registry.hpp"

namespace npg {
namespace {

RegistryValue value(std::uint32_t type, std::initializer_list<int> data) {
  RegistryValue out{.type = type};
  for (const int byte : data) {
    out.data.push_back(static_cast<std::byte>(byte));
  }
  return out;
}

TEST(RegistryView, FindsKeysAndValuesAsWindowsCompares) {
  testing::VirtualRegistry registry;
  registry.set_sz("ControlSet001\\Services\\WebClient\\NetworkProvider", "Name",
                  "Web Client Network");
  const auto key =
      find_key(registry, registry.root(), "controlset001\\SERVICES\\webclient\\networkprovider");
  ASSERT_TRUE(key.has_value());
  ASSERT_TRUE(find_value(registry, *key, "NAME").has_value());
  EXPECT_EQ(text_of(*find_value(registry, *key, "NAME")).raw(), "Web Client Network");
  EXPECT_FALSE(find_key(registry, registry.root(), "ControlSet001\\Services\\Web").has_value());
  EXPECT_FALSE(find_value(registry, *key, "Names").has_value());
}

TEST(RegistryValues, StringsLoseOneTerminatorOnly) {
  EXPECT_EQ(text_of(value(reg::sz, {'a', 0, 0, 0})).raw(), "a");
  EXPECT_EQ(text_of(value(reg::sz, {'a', 0})).raw(), "a");
  EXPECT_EQ(text_of(value(reg::sz, {'a', 0, 0, 0, 'b', 0, 0, 0})).raw(),
            std::string_view("a\0b", 3));
  EXPECT_EQ(text_of(value(reg::sz, {})).raw(), "");
}

TEST(RegistryValues, MultipleStringsEndAtTheFirstEmptyOne) {
  const auto texts =
      texts_of(value(reg::multi_sz, {'a', 0, 0, 0, 'b', 0, 'c', 0, 0, 0, 0, 0, 'd', 0}));
  ASSERT_EQ(texts.size(), 2U);
  EXPECT_EQ(texts[0].raw(), "a");
  EXPECT_EQ(texts[1].raw(), "bc");
}

TEST(RegistryValues, NumbersAreReadLenientlyAndNeverInvented) {
  EXPECT_EQ(number_of(value(reg::dword, {2, 0, 0, 0})), 2U);
  EXPECT_EQ(number_of(value(reg::dword_big_endian, {0, 0, 0, 2})), 2U);
  EXPECT_EQ(number_of(value(reg::qword, {2, 0, 0, 0, 0, 0, 0, 1})), 0x0100000000000002U);
  EXPECT_EQ(number_of(value(reg::binary, {2, 0, 0, 0})), 2U);
  EXPECT_EQ(number_of(value(reg::sz, {'2', 0, 0, 0})), 2U);
  EXPECT_EQ(number_of(value(reg::sz, {'0', 0, 'x', 0, 'a', 0})), 10U);
  EXPECT_EQ(number_of(value(reg::sz, {'2', 0, 'x', 0})), std::nullopt);
  EXPECT_EQ(number_of(value(reg::dword, {2, 0, 0})), std::nullopt);
  EXPECT_EQ(number_of(value(reg::dword, {})), std::nullopt);
}

}  // namespace
}  // namespace npg
