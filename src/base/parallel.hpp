// The only place that starts threads: independent work by index, results in the caller's order.
#pragma once

#include <cstddef>
#include <functional>

namespace npg {

/// Calls work(i) once for each i below count, on at most `threads` threads. work must touch only
/// what belongs to its index. Returns when all are done.
void parallel_for(std::size_t count, unsigned threads,
                  const std::function<void(std::size_t)>& work);
/// Work whose results are put together in order: work(worker, i) is called once for each i below
/// count, on at most `threads` threads, `worker` saying which; finish(worker, i) is called for one
/// index at a time, in order, after its work. No work is begun that is `ahead_max` or more indexes
/// ahead of what is finished, so that few results wait.
void parallel_in_order(std::size_t count, unsigned threads, std::size_t ahead_max,
                       const std::function<void(unsigned worker, std::size_t)>& work,
                       const std::function<void(unsigned worker, std::size_t)>& finish);
/// Threads to use when the user gave none: what the machine has, at least 1.
[[nodiscard]] unsigned default_threads();

}  // namespace npg
