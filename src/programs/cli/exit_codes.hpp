// Exit codes: a contract that scripts lean on (docs/cli.md).
#pragma once

namespace npg::cli {
inline constexpr int clean_and_complete = 0;
inline constexpr int has_findings = 1;  ///< at or above --fail-on; may be joined with `incomplete`
inline constexpr int incomplete =
    2;  ///< something unreadable, a limit hit, or --strict and a rule not evaluated
inline constexpr int usage = 64;
inline constexpr int no_input = 66;
inline constexpr int internal = 70;
inline constexpr int cannot_create = 73;
}  // namespace npg::cli
