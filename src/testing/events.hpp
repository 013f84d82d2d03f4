// Events made by hand, for tests of what reads WinEvent values.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "view/win_event.hpp"

namespace npg::testing {

using FieldText = std::pair<std::string_view, std::string_view>;

/// An event with these Data fields. The channel is the one that this provider writes to (Security,
/// System, Sysmon, TerminalServices and so on; "Application" for an unknown provider), the computer
/// WS01.corp.example, the record id 1; change what the test needs. Providers known to write
/// UserData give is_user_data. A time that is no time is a bug in the test.
[[nodiscard]] WinEvent event(std::string_view provider, std::uint32_t event_id,
                             std::string_view time, std::initializer_list<FieldText> fields);
[[nodiscard]] WinEvent event(std::string_view provider, std::uint32_t event_id,
                             std::string_view time, const std::vector<FieldText>& fields);

/// The channel that a provider's event goes to, as event() chooses it.
[[nodiscard]] std::string_view usual_channel(std::string_view provider, std::uint32_t event_id);

}  // namespace npg::testing
