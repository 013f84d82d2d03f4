// A case that cannot be used: words and exit code.
#pragma once

#include <string>

#include "app/case_keeping.hpp"

namespace npg::cli {

/// Says on stderr what is wrong with the case and gives the exit code for it.
[[nodiscard]] int case_failed(const std::string& path, const CaseError& error);

}  // namespace npg::cli
