#include "programs/cli/failures.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "programs/cli/exit_codes.hpp"

namespace npg::cli {

int failed(const Failure& failure) {
  fmt::print(stderr, "npguard: {}\n", failure.text);
  switch (failure.kind) {
    case FailureKind::usage:
    case FailureKind::refused: return usage;
    case FailureKind::no_input: return no_input;
    case FailureKind::not_written: return cannot_create;
  }
  return internal;
}

}  // namespace npg::cli
