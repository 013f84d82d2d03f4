// What exceptions would do over evidence or a case, before anybody relies on them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/exceptions.hpp"
#include "app/expectation_files.hpp"

namespace npg {

struct ExceptionTest {
  /// As for the scan that they are tried for; their exceptions are a file or folder.
  ExpectationFiles expected;
  std::vector<std::string> paths;  ///< evidence, or one case
  std::optional<FileTime> as_of;
  /// What exceptions are held against where as_of is not given; not given: the time of the
  /// assessment.
  FileTime now;
  unsigned threads = 1;
};
/// What each exception would hide on which host, and where it would not hold: of the findings that
/// a scan with the same baseline and calendar has. Refused where the paths hold a case and anything
/// else, or no host. Not sound where it
/// would hide a high or critical finding, or means one that it may not hide: both are said, one by
/// one.
[[nodiscard]] Outcomed<ExceptionAnswer> test_exceptions(const ExceptionTest& test);

}  // namespace npg
