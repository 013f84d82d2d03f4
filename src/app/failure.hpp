// Why a use case of baselines, exceptions or cases gave nothing.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

namespace npg {

enum class FailureKind : std::uint8_t {
  usage,
  no_input,     ///< a file that is not there or is something else
  refused,      ///< a signature, schema or rule says no
  not_written,  ///< the system refused
};
struct Failure {
  FailureKind kind = FailureKind::refused;
  std::string text;  ///< a sentence; text of files in it is escaped for a terminal
};
template <typename T>
using Outcomed = std::expected<T, Failure>;

}  // namespace npg
