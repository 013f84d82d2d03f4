// Commands: what the logon chain started that Windows does not start there. A credential manager
// may return one command a logon (NPLogonNotify, lpLogonScript), which runs as the user.
#pragma once

#include <span>
#include <vector>

#include "analysis/exposure/people.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg::exposure {

/// A child of userinit.exe, winlogon.exe or mpnotify.exe that Windows does not start there itself,
/// with the command line and who it ran as. Picked once of a host's events, in time order.
[[nodiscard]] std::vector<const ProcessStartFact*> odd_children(const FactSet& facts);

/// Those of them that came within minutes of a logon inside the window.
[[nodiscard]] std::vector<LogonCommand> commands_in(
    const Exposure& window, std::span<const ProcessStartFact* const> children,
    const People& people);

}  // namespace npg::exposure
