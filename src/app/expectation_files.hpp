// What hosts are held against, read from files. All of it is read, or nothing counts.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/expectations.hpp"
#include "app/failure.hpp"

namespace npg {

struct ExpectationFiles {
  std::string baseline;  ///< empty: none; and so below
  std::string baseline_key;
  std::string exceptions;
  std::string calendar;
  std::vector<std::string> tags;
};

struct ReadExpectations {
  std::unique_ptr<Baseline> baseline;  ///< owns what expectations points at
  Expectations expectations;
  [[nodiscard]] bool asks_something() const {
    return baseline != nullptr || !expectations.exceptions.empty() ||
           !expectations.calendar.empty() || !expectations.not_counted.empty();
  }
};
[[nodiscard]] Outcomed<ReadExpectations> read_expectations(const ExpectationFiles& files);

}  // namespace npg
