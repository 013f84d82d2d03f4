#include "base/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace npg {

void parallel_for(std::size_t count, unsigned threads,
                  const std::function<void(std::size_t)>& work) {
  if (threads <= 1 || count <= 1) {
    for (std::size_t i = 0; i < count; ++i) {
      work(i);
    }
    return;
  }
  std::atomic<std::size_t> next{0};
  const auto run = [&] {
    for (std::size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) {
      work(i);
    }
  };
  std::vector<std::jthread> helpers;
  const std::size_t extra = std::min<std::size_t>(threads, count) - 1;
  helpers.reserve(extra);
  for (std::size_t i = 0; i < extra; ++i) {
    helpers.emplace_back(run);
  }
  run();
}

unsigned default_threads() {
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace npg
