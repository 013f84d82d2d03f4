#include "app/expectation_files.hpp"

#include "app/baseline.hpp"
#include "app/calendar.hpp"
#include "app/exceptions.hpp"

namespace npg {

Outcomed<ReadExpectations> read_expectations(const ExpectationFiles& files) {
  ReadExpectations read;
  read.expectations.tags = files.tags;
  if (!files.baseline.empty()) {
    NPG_TRY(SignedBaseline known, read_baseline(files.baseline, files.baseline_key));
    read.baseline = std::make_unique<Baseline>(std::move(known.baseline));
    read.expectations.baseline = read.baseline.get();
  }
  if (!files.exceptions.empty()) {
    NPG_TRY(auto loaded, load_trusted_exceptions(files.exceptions));
    for (LoadedException& one : loaded.rules) {
      read.expectations.exceptions.push_back(std::move(one.rule));
    }
    read.expectations.not_counted = std::move(loaded.distrusted);
    if (!loaded.without_journal.empty()) {
      read.expectations.unproven.push_back(std::move(loaded.without_journal));
    }
  }
  if (!files.calendar.empty()) {
    NPG_TRY(read.expectations.calendar, read_calendar(files.calendar));
  }
  return read;
}

}  // namespace npg
