// The only place that starts threads: independent work by index, results in the caller's order.
#pragma once

#include <cstddef>
#include <functional>

namespace npg {

/// Calls work(i) once for each i below count, on at most `threads` threads. work must touch only
/// what belongs to its index. Returns when all are done.
void parallel_for(std::size_t count, unsigned threads,
                  const std::function<void(std::size_t)>& work);
/// Threads to use when the user gave none: what the machine has, at least 1.
[[nodiscard]] unsigned default_threads();

}  // namespace npg
