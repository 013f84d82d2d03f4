#include "base/day_spans.hpp"

#include <algorithm>

namespace npg {
namespace {

constexpr std::uint64_t day_ticks = 24 * 3600 * FileTime::per_second;
/// Limit: what is kept of times that jump about; more than a century of days.
constexpr std::size_t days_max = 40'000;

}  // namespace

DaySpans::Span* DaySpans::span_of(std::uint64_t day) {
  const auto found = days_.find(day);
  if (found != days_.end()) {
    return &found->second;
  }
  return days_.size() < days_max ? &days_[day] : nullptr;
}

void DaySpans::add(FileTime time) {
  if (!time.given()) {
    return;
  }
  const std::uint64_t day = time.ticks / day_ticks;
  if (day != last_day_) {
    last_day_ = day;
    last_ = span_of(day);
  }
  if (last_ != nullptr) {
    last_->first = last_->first.given() ? std::min(last_->first, time) : time;
    last_->last = std::max(last_->last, time);
  }
}

void DaySpans::append(const DaySpans& more) {
  for (const auto& [day, span] : more.days_) {
    add(span.first);
    add(span.last);
  }
}

std::vector<std::pair<FileTime, FileTime>> DaySpans::stretches() const {
  std::vector<std::pair<FileTime, FileTime>> found;
  const Span* before = nullptr;
  for (const auto& [day, span] : days_) {
    if (before != nullptr && span.first.ticks - before->last.ticks >= stretch_min) {
      found.emplace_back(before->last, span.first);
    }
    before = &span;
  }
  return found;
}

}  // namespace npg
