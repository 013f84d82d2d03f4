#include "testing/events.hpp"

#include <array>

#include "base/check.hpp"

namespace npg::testing {
namespace {

struct ProviderChannel {
  std::string_view provider;
  std::string_view channel;
};

constexpr std::array channels{
    ProviderChannel{"Microsoft-Windows-Security-Auditing", "Security"},
    ProviderChannel{"Microsoft-Windows-Sysmon", "Microsoft-Windows-Sysmon/Operational"},
    ProviderChannel{"Microsoft-Windows-Winlogon", "System"},
    ProviderChannel{"Microsoft-Windows-Kernel-General", "System"},
    ProviderChannel{"Microsoft-Windows-Kernel-Boot", "System"},
    ProviderChannel{"Service Control Manager", "System"},
    ProviderChannel{"EventLog", "System"},
    ProviderChannel{"User32", "System"},
    ProviderChannel{"Microsoft-Windows-WindowsUpdateClient", "System"},
    ProviderChannel{"Microsoft-Windows-TerminalServices-LocalSessionManager",
                    "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"},
    ProviderChannel{"Microsoft-Windows-TerminalServices-RemoteConnectionManager",
                    "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational"},
    ProviderChannel{"Microsoft-Windows-User Profile Service",
                    "Microsoft-Windows-User Profile Service/Operational"},
    ProviderChannel{"Microsoft-Windows-PowerShell", "Microsoft-Windows-PowerShell/Operational"},
    ProviderChannel{"Microsoft-Windows-Windows Defender",
                    "Microsoft-Windows-Windows Defender/Operational"},
    ProviderChannel{"MsiInstaller", "Application"},
};

bool writes_user_data(std::string_view provider) {
  return equal_names(provider, "Microsoft-Windows-Eventlog") ||
         equal_names(provider, "Microsoft-Windows-TerminalServices-LocalSessionManager") ||
         equal_names(provider, "Microsoft-Windows-TerminalServices-RemoteConnectionManager");
}

}  // namespace

std::string_view usual_channel(std::string_view provider, std::uint32_t event_id) {
  if (equal_names(provider, "Microsoft-Windows-Eventlog")) {
    // Only the clearing of another log is told in System; the rest concerns the Security log.
    return event_id == 104 ? "System" : "Security";
  }
  if (equal_names(provider, "Microsoft-Windows-Winlogon") && event_id != 7001 && event_id != 7002) {
    return "Microsoft-Windows-Winlogon/Operational";
  }
  for (const ProviderChannel& row : channels) {
    if (equal_names(row.provider, provider)) {
      return row.channel;
    }
  }
  return "Application";
}

WinEvent event(std::string_view provider, std::uint32_t event_id, std::string_view time,
               const std::vector<FieldText>& fields) {
  const std::optional<FileTime> at = parse_time(time);
  NPG_CHECK(at.has_value());
  WinEvent made;
  made.channel = EvidenceText::from_literal(usual_channel(provider, event_id));
  made.provider = EvidenceText::from_literal(provider);
  made.computer = EvidenceText::from_literal("WS01.corp.example");
  made.event_id = event_id;
  made.record_id = 1;
  made.written = *at;
  made.created = *at;
  made.is_user_data = writes_user_data(provider);
  for (const auto& [name, value] : fields) {
    made.fields.push_back({EvidenceText::from_literal(name), EvidenceText::from_literal(value)});
  }
  return made;
}

WinEvent event(std::string_view provider, std::uint32_t event_id, std::string_view time,
               std::initializer_list<FieldText> fields) {
  return event(provider, event_id, time, std::vector<FieldText>(fields));
}

}  // namespace npg::testing
