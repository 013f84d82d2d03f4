// What Image File Execution Options and SilentProcessExit tie to mpnotify.exe, and whether it is in
// force as it stands.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/inventory/host_paths.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

struct Tie {
  bool is_about_exit = false;    ///< Windows acts when mpnotify.exe ends, not when it starts
  std::string idle;              ///< why it is not in force; empty when nothing says so
  std::vector<Origin> evidence;  ///< of the settings that say so
};

/// Of a value by its key and name, as Companion::registered has them. Settings (winnt.h and the
/// debuggers' gflags): FLG_APPLICATION_VERIFIER 0x100 for VerifierDlls,
/// FLG_MONITOR_SILENT_PROCESS_EXIT 0x200 and ReportingMode's bit 1 for MonitorProcess, UseFilter
/// for what stands in a sub-key. None was tried on a Windows.
[[nodiscard]] Tie tie_of(std::string_view registered, const FactSet& facts, const HostPaths& host);

/// True for a value that names no file and only says whether others are in force.
[[nodiscard]] bool is_tie_setting(const PolicyFact& policy);

/// DevOverrideEnable of all programs, where it is set: DLLs of a folder "program.exe.local" are
/// taken even where the program has a manifest.
[[nodiscard]] const PolicyFact* local_override(const FactSet& facts);

/// True for the bare name of a DLL that Application Verifier brings.
[[nodiscard]] bool is_verifier_of_windows(const ResolvedPath& path);

}  // namespace npg
