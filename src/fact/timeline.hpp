// TimelineEntry: one line of a merged time line over hosts, logs and registry. Made from facts and
// assessments, written by report.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/filetime.hpp"
#include "fact/origin.hpp"
#include "fact/shared_text.hpp"

namespace npg {

enum class TimelineKind : std::uint8_t {
  registry,       ///< a provider's registration, order or policy was changed
  key_written,    ///< a key's last write, where no event tells of the change
  file,           ///< a provider's DLL was written or deleted
  load,           ///< a DLL was loaded by mpnotify.exe or winlogon.exe
  process,        ///< mpnotify.exe or a child of the logon chain started
  logon,          ///< somebody logged on in a way that may reach a provider
  logoff,         ///< a session ended
  password,       ///< a password was changed or reset
  script,         ///< a PowerShell script that names provider settings
  log_cleared,    ///< a log was cleared
  gap,            ///< record ids are missing
  audit,          ///< the audit policy or Sysmon was changed, the log service stopped
  clock,          ///< the clock was set
  system,         ///< Windows started or shut down, was upgraded, software was installed
  window_opens,   ///< the window of a provider: earliest start
  window_sure,    ///< the window of a provider: latest start, from here it was in place
  window_closes,  ///< the window of a provider ends
};
[[nodiscard]] std::string_view name_of(TimelineKind kind);

struct TimelineEntry {
  FileTime time;
  SharedText host;
  TimelineKind kind = TimelineKind::registry;
  std::string source;  ///< "Security 4624", "registry", "assessment"
  SharedText account;
  std::string text;  ///< a sentence; evidence text in it is escaped for a terminal
  std::uint64_t record_id = 0;
  std::vector<Origin> evidence;
  std::vector<std::string> windows;  ///< providers whose window holds this time, sorted; escaped
};

}  // namespace npg
