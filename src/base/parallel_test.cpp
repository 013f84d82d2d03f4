#include "base/parallel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
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

TEST(ParallelInOrder, FinishesEachIndexInOrderAndNeverRunsFarAhead) {
  for (const unsigned threads : {0U, 1U, 2U, 8U}) {
    for (const std::size_t ahead_max : {std::size_t{1}, std::size_t{3}, std::size_t{100}}) {
      constexpr std::size_t count = 500;
      std::vector<int> done(count, 0);
      std::vector<std::size_t> finished;
      std::atomic<std::size_t> finished_count{0};
      std::atomic<bool> too_far{false};
      parallel_in_order(
          count, threads, ahead_max,
          [&](unsigned worker, std::size_t i) {
            EXPECT_LT(worker, std::max(threads, 1U));
            if (i >= finished_count + std::max<std::size_t>(ahead_max, threads <= 1 ? 1 : 0)) {
              too_far = true;
            }
            ++done[i];
          },
          [&](unsigned, std::size_t i) {
            EXPECT_EQ(done[i], 1);
            finished.push_back(i);
            ++finished_count;
          });
      ASSERT_EQ(finished.size(), count);
      EXPECT_TRUE(std::ranges::is_sorted(finished));
      EXPECT_FALSE(too_far);
    }
  }
}

}  // namespace
}  // namespace npg
