// Sensors that have neither event ids nor Windows' field names: their events are given with the
// fields and ids of Sysmon's (logons: of the Security log's), under names of their own.
#pragma once

#include <string_view>

namespace npg {

namespace sensor_provider {
inline constexpr std::string_view defender = "Microsoft Defender for Endpoint";
inline constexpr std::string_view defender_logons = "Microsoft Defender for Endpoint (logons)";
inline constexpr std::string_view elastic_defend = "Elastic Defend";
inline constexpr std::string_view elastic_defend_logons = "Elastic Defend (logons)";
}  // namespace sensor_provider

/// The provider whose ids and fields the events of a provider have: Windows' own for a sensor's,
/// itself for all others.
[[nodiscard]] std::string_view shape_of(std::string_view provider);

}  // namespace npg
