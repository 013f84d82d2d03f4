// The use cases of a case by itself: what its hosts have in common, whether it is sound, and all of
// it as lines.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "casefile/case_file.hpp"

namespace npg {

/// The least frequent values first, a block a kind.
[[nodiscard]] CaseResult<std::string> stack_case(const std::string& path, const StackQuery& query);

struct CaseVerdict {
  std::string text;
  bool sound = true;
};
[[nodiscard]] CaseResult<CaseVerdict> verify_case(const std::string& path);

[[nodiscard]] CaseResult<void> dump_case(const std::string& path,
                                         const std::function<void(std::string_view line)>& take);

/// True when there is a case at the path, damaged or of another version as it may be: by what
/// opening it gave, and by opening it.
[[nodiscard]] bool is_opened_case(const CaseResult<CaseFile>& opened);
[[nodiscard]] bool is_case(const std::string& path);

/// True when the file is a SQLite database, which of the files that verify takes only a case is.
[[nodiscard]] bool is_database(const std::string& path);

}  // namespace npg
