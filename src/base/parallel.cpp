#include "base/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
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

namespace {

/// Which indexes are worked on, done and finished.
class Order {
 public:
  Order(std::size_t count, std::size_t ahead_max)
      : count_(count), ahead_max_(std::max<std::size_t>(ahead_max, 1)), done_(ahead_max_) {}

  /// The next index to work on, once it may be; count when there is none.
  std::size_t take() {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [&] { return next_ >= count_ || next_ - finished_ < ahead_max_; });
    return next_ >= count_ ? count_ : next_++;
  }

  /// Marks an index as done and finishes what is due, unless another thread is at it.
  template <typename Finish>
  void done(std::size_t index, const Finish& finish) {
    std::unique_lock lock(mutex_);
    done_[index % ahead_max_] = true;
    if (finishing_) {
      return;
    }
    finishing_ = true;
    while (finished_ < count_ && done_[finished_ % ahead_max_]) {
      lock.unlock();
      finish(finished_);
      lock.lock();
      done_[finished_ % ahead_max_] = false;
      ++finished_;
      moved_.notify_all();
    }
    finishing_ = false;
  }

 private:
  std::size_t count_;
  std::size_t ahead_max_;
  std::mutex mutex_;
  std::condition_variable moved_;
  std::vector<bool> done_;
  std::size_t next_ = 0;
  std::size_t finished_ = 0;
  bool finishing_ = false;
};

}  // namespace

void parallel_in_order(std::size_t count, unsigned threads, std::size_t ahead_max,
                       const std::function<void(unsigned worker, std::size_t)>& work,
                       const std::function<void(unsigned worker, std::size_t)>& finish) {
  if (threads <= 1 || count <= 1) {
    for (std::size_t i = 0; i < count; ++i) {
      work(0, i);
      finish(0, i);
    }
    return;
  }
  Order order(count, ahead_max);
  const auto run = [&](unsigned worker) {
    for (std::size_t i = order.take(); i < count; i = order.take()) {
      work(worker, i);
      order.done(i, [&](std::size_t due) { finish(worker, due); });
    }
  };
  std::vector<std::jthread> helpers;
  const auto extra = static_cast<unsigned>(std::min<std::size_t>(threads, count)) - 1;
  helpers.reserve(extra);
  for (unsigned i = 0; i < extra; ++i) {
    helpers.emplace_back(run, i + 1);
  }
  run(0);
}

unsigned default_threads() {
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace npg
