// Files of the notification chain that are not Windows' own: a replaced mpnotify.exe or mpr.dll,
// and what Image File Execution Options puts in the place of mpnotify.exe or into it. Each is
// handed every typed password, with no provider. The windows during which they stood there.
#pragma once

#include <span>
#include <vector>

#include "analysis/exposure/replaced_mpnotify.hpp"

namespace npg::exposure {

/// One for each companion that is suspicious or malicious and receives passwords; Winlogon's value
/// mpnotify, which replaced_mpnotify() has, is left out, and so is a monitor of the program's end.
/// `changes` in time order; `evidence_end` as for exposure_window.
[[nodiscard]] std::vector<ReplacedMpnotify> chain_windows(std::span<const Companion> companions,
                                                          std::span<const Change> changes,
                                                          const FactSet& facts,
                                                          const ClockCorrection& clock,
                                                          FileTime evidence_end);

}  // namespace npg::exposure
