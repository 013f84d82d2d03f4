// Failures of use cases: words on stderr and exit codes.
#pragma once

#include <string>

#include "app/failure.hpp"

namespace npg::cli {

[[nodiscard]] int failed(const Failure& failure);

}  // namespace npg::cli
