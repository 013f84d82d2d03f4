// The dialects of event JSON: how each is told and what each leaves out
// (docs/formats/event_json.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "source/event_json/event_names.hpp"
#include "source/event_json/event_time.hpp"
#include "view/win_event.hpp"

namespace npg {

enum class Dialect : std::uint8_t {
  unknown,
  evtx_dump,
  velociraptor,
  winlogbeat,
  winlogbeat_6,
  nxlog,
  otrf,
  fluent_bit,
  fluentd,
  vector,
  npguard_dump,
  opentelemetry,
  wazuh,
  splunk,
  splunk_text,
  azure_security_event,
  azure_windows_event,
  azure_event,
  evtxecmd,
  get_winevent,
  zircolite,
  chainsaw_alert,
  hayabusa,
  defender,
  elastic_defend,
  xml_in_json,
  event_xml,
};
inline constexpr std::size_t dialect_count = static_cast<std::size_t>(Dialect::event_xml) + 1;

struct DialectInfo {
  std::string_view name;   ///< for people
  std::string_view loses;  ///< what it leaves out of every event, as a clause; "" for nothing
  bool is_alerts = false;  ///< holds what a rule matched, so that nothing follows from its silence
  bool is_sensor = false;  ///< is no Windows log; its events have neither ids nor channels
};
[[nodiscard]] const DialectInfo& info_of(Dialect dialect);

[[nodiscard]] Dialect tell_dialect(const Parts& parts);

/// What counting and choosing need of an event; texts as JSON writes them.
struct EventHead {
  std::string_view computer;
  std::string_view channel;
  std::string_view provider;
  std::optional<std::uint32_t> event_id;
  std::uint64_t record_id = 0;
  EventTime time;
  bool is_collector = false;  ///< the dialect names the collecting host alone
};
[[nodiscard]] EventHead read_head(Dialect dialect, const Parts& parts);

}  // namespace npg
