// DaySpans: on which days something was seen, and so the long stretches between.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "base/filetime.hpp"

namespace npg {

class DaySpans {
 public:
  /// Shorter stretches are weekends and holidays.
  static constexpr std::uint64_t stretch_min = 14 * FileTime::per_day;

  /// Times may come in any order; one that is not given is nothing.
  void add(FileTime time);
  void append(const DaySpans& more);
  /// From the last time before each stretch of at least stretch_min to the first one behind it, in
  /// order.
  [[nodiscard]] std::vector<std::pair<FileTime, FileTime>> stretches() const;

 private:
  struct Span {
    FileTime first;
    FileTime last;
  };
  Span* span_of(std::uint64_t day);
  std::map<std::uint64_t, Span> days_;
  std::uint64_t last_day_ = UINT64_MAX;
  Span* last_ = nullptr;  ///< of last_day_
};

}  // namespace npg
