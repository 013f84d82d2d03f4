// What the event extractors share: fields as facts give them, and the two actors.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "extract/events.hpp"
#include "fact/fact_set.hpp"
#include "fact/text_pool.hpp"
#include "view/win_event.hpp"

namespace npg {

/// Provider names that several extractors know. Event ids are never matched without one.
namespace event_provider {
inline constexpr std::string_view security = "Microsoft-Windows-Security-Auditing";
inline constexpr std::string_view sysmon = "Microsoft-Windows-Sysmon";
inline constexpr std::string_view winlogon = "Microsoft-Windows-Winlogon";
inline constexpr std::string_view local_session =
    "Microsoft-Windows-TerminalServices-LocalSessionManager";
inline constexpr std::string_view remote_connection =
    "Microsoft-Windows-TerminalServices-RemoteConnectionManager";
}  // namespace event_provider

[[nodiscard]] bool is_from(const WinEvent& event, std::string_view provider);

/// The field's text; empty when it is absent or "-", which Windows writes for nothing.
[[nodiscard]] SharedText field_text(const WinEvent& event, std::string_view name, TextPool& pool);
/// The same without the spaces around it.
[[nodiscard]] SharedText trimmed_field(const WinEvent& event, std::string_view name,
                                       TextPool& pool);
/// DOMAIN\name of two fields; the name alone when the domain is empty or "-".
[[nodiscard]] SharedText account_text(const WinEvent& event, std::string_view domain_field,
                                      std::string_view name_field, TextPool& pool);
/// A SID; empty for "-" and for S-1-0-0, which names nobody.
[[nodiscard]] SharedText sid_field(const WinEvent& event, std::string_view name, TextPool& pool);
/// A logon id, hexadecimal or decimal; nothing when it is absent or 0, which is no logon.
[[nodiscard]] std::optional<std::uint64_t> logon_id_field(const WinEvent& event,
                                                          std::string_view name);
/// A source address; empty for the forms that mean this host: "-", "LOCAL", loopback and 0.0.0.0.
[[nodiscard]] SharedText address_field(const WinEvent& event, std::string_view name,
                                       TextPool& pool);
/// A number that fits 32 bits; nothing for anything else.
[[nodiscard]] std::optional<std::uint32_t> small_number(const WinEvent& event,
                                                        std::string_view name);
/// True for %%1842, which is how Windows stores "Yes", and for what programs render it as.
[[nodiscard]] bool says_yes(const WinEvent& event, std::string_view name);
/// Sysmon's times are UTC without saying so; other forms need a zone. Not given when it is no time.
[[nodiscard]] FileTime sysmon_time_field(const WinEvent& event, std::string_view name);

/// The Subject of a Security event, with ProcessName and ProcessId where it has them.
[[nodiscard]] ActorFact security_actor(const WinEvent& event, TextPool& pool);
/// User, Image, ProcessId and ProcessGuid of a Sysmon event, and the UserSid and LogonId of a
/// sensor's.
[[nodiscard]] ActorFact sysmon_actor(const WinEvent& event, TextPool& pool);

/// One extractor: what it asks for and what it does. `extract` is called only for its interests.
struct EventExtractor {
  std::span<const EventInterest> interests;
  EventPurpose purpose = EventPurpose::registration;
  void (*extract)(const WinEvent& event, TextPool& pool, FactSet& facts);
  /// `people`: the events that fail the tests of their interest are facts, too, and needed where
  /// people matter. Otherwise no fact ever comes of them.
  EventPurpose untested = EventPurpose::registration;
};

/// The interests of a table whose rows begin with one.
template <typename Row, std::size_t N>
[[nodiscard]] consteval std::array<EventInterest, N> interests_of(const std::array<Row, N>& rows) {
  std::array<EventInterest, N> interests{};
  for (std::size_t i = 0; i < N; ++i) {
    interests[i] = rows[i].interest;
  }
  return interests;
}
/// The row of the event's id and provider; null when there is none.
template <typename Row, std::size_t N>
[[nodiscard]] const Row* row_for(const std::array<Row, N>& rows, const WinEvent& event) {
  for (const Row& row : rows) {
    if (row.interest.event_id == event.event_id && is_from(event, row.interest.provider)) {
      return &row;
    }
  }
  return nullptr;
}

[[nodiscard]] EventExtractor registry_change_extractor();
[[nodiscard]] EventExtractor file_change_extractor();
[[nodiscard]] EventExtractor process_start_extractor();
[[nodiscard]] EventExtractor module_load_extractor();
[[nodiscard]] EventExtractor logon_extractor();
[[nodiscard]] EventExtractor logoff_extractor();
[[nodiscard]] EventExtractor privilege_extractor();
[[nodiscard]] EventExtractor password_change_extractor();
[[nodiscard]] EventExtractor system_event_extractor();
[[nodiscard]] EventExtractor remote_access_extractor();
[[nodiscard]] EventExtractor script_extractor();

}  // namespace npg
