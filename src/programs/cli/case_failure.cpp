#include "programs/cli/case_failure.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "base/evidence_text.hpp"
#include "programs/cli/exit_codes.hpp"

namespace npg::cli {

int case_failed(const std::string& path, const CaseError& error) {
  fmt::print(stderr, "npguard: the case {}: {}\n",
             escape_for_terminal(EvidenceText::from_utf8(path)), error.text);
  switch (error.kind) {
    case CaseFailure::not_found: return no_input;
    case CaseFailure::ambiguous:
    case CaseFailure::not_a_case:
    case CaseFailure::newer: return no_input;
    case CaseFailure::damaged: return incomplete;
    case CaseFailure::busy:
    case CaseFailure::full:
    case CaseFailure::io: return cannot_create;
  }
  return internal;
}

}  // namespace npg::cli
