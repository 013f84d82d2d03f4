#include "fact/timeline.hpp"

#include "base/check.hpp"

namespace npg {

std::string_view name_of(TimelineKind kind) {
  switch (kind) {
    case TimelineKind::registry: return "registry";
    case TimelineKind::key_written: return "key_written";
    case TimelineKind::file: return "file";
    case TimelineKind::load: return "load";
    case TimelineKind::process: return "process";
    case TimelineKind::logon: return "logon";
    case TimelineKind::logoff: return "logoff";
    case TimelineKind::password: return "password";
    case TimelineKind::script: return "script";
    case TimelineKind::log_cleared: return "log_cleared";
    case TimelineKind::gap: return "gap";
    case TimelineKind::audit: return "audit";
    case TimelineKind::clock: return "clock";
    case TimelineKind::system: return "system";
    case TimelineKind::window_opens: return "window_opens";
    case TimelineKind::window_sure: return "window_sure";
    case TimelineKind::window_closes: return "window_closes";
  }
  NPG_CHECK(false);
}

}  // namespace npg
