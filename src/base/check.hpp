// NPG_CHECK: a condition that no input may make false, tested in release builds too.
#pragma once

namespace npg {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}  // namespace npg

#define NPG_CHECK(condition)                               \
  do {                                                     \
    if (!(condition)) [[unlikely]] {                       \
      ::npg::check_failed(#condition, __FILE__, __LINE__); \
    }                                                      \
  } while (false)
