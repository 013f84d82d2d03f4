#include "analysis/inventory/known.hpp"

#include <gtest/gtest.h>

#include "analysis/inventory/judged_host_test.hpp"

namespace npg {
namespace {

using judged_host::knowledge;

TEST(Known, Imitations) {
  EXPECT_EQ(imitated_inbox_name("webcIient", knowledge()), "WebClient");
  EXPECT_EQ(imitated_inbox_name("lanmanworkstation", knowledge()), "");
  EXPECT_EQ(imitated_inbox_name("LanmanServer", knowledge()), "");
  EXPECT_EQ(imitated_inbox_name("RDPNA", knowledge()), "");
  EXPECT_EQ(imitated_inbox_name("vmhgfs", knowledge()), "");
  EXPECT_EQ(imitated_inbox_name("", knowledge()), "");
}

}  // namespace
}  // namespace npg
