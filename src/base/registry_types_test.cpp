#include "base/registry_types.hpp"

#include <gtest/gtest.h>

namespace npg {
namespace {

TEST(RegistryTypes, HaveWindowsNames) {
  EXPECT_EQ(registry_type_name(2), "REG_EXPAND_SZ");
  EXPECT_EQ(registry_type_name(11), "REG_QWORD");
  EXPECT_EQ(registry_type_name(0xffff), "REG_0xffff");
}

}  // namespace
}  // namespace npg
