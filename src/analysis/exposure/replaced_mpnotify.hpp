// A program in the place of mpnotify.exe (Winlogon value mpnotify): winlogon tells it of each
// logon, and no provider is asked. The window during which it stood there.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "analysis/exposure/clock_correction.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg::exposure {

struct ReplacedMpnotify {
  Exposure window;      ///< without accounts; its provider is "Winlogon mpnotify" or the like
  std::string program;  ///< path without arguments, as stored or logged
};

/// Nothing when neither the SOFTWARE hive nor a logged change names a program other than
/// mpnotify.exe. `changes` in time order; `evidence_end` as for exposure_window.
[[nodiscard]] std::optional<ReplacedMpnotify> replaced_mpnotify(std::span<const Change> changes,
                                                                const FactSet& facts,
                                                                const ClockCorrection& clock,
                                                                FileTime evidence_end);

/// The same of a Debugger of mpnotify.exe in Image File Execution Options that is gone: logged, or
/// only in older copies of the hive. Of one that is there chain_windows() tells.
[[nodiscard]] std::optional<ReplacedMpnotify> former_debugger(std::span<const Change> changes,
                                                              const FactSet& facts,
                                                              const ClockCorrection& clock,
                                                              FileTime evidence_end);

}  // namespace npg::exposure
