#include "base/parallel.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace npg {
namespace {

TEST(ParallelFor, DoesEachIndexOnce) {
  for (const unsigned threads : {0U, 1U, 2U, 8U}) {
    for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{1000}}) {
      std::vector<int> done(count, 0);
      parallel_for(count, threads, [&](std::size_t i) { ++done[i]; });
      EXPECT_EQ(done, std::vector<int>(count, 1)) << threads << " threads";
    }
  }
}

}  // namespace
}  // namespace npg
