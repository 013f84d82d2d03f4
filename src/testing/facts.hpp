// Facts of one host made by hand, for tests of the analyses. Each fact gets an origin of its own,
// so that what a finding cites can be told.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fact/fact_set.hpp"
#include "fact/knowledge.hpp"

namespace npg::testing {

/// The time of RFC 3339 text; a text that is none ends the test program.
[[nodiscard]] FileTime at(std::string_view text);

struct ProviderShape {
  std::string_view name;
  std::string_view path;  ///< empty: no ProviderPath
  std::string_view authent;
  std::optional<std::uint64_t> provider_class = std::nullopt;
  std::string_view display;
  std::uint32_t path_type = 2;
  std::uint32_t authent_type = 2;
  std::uint32_t class_type = 4;
  std::string_view written = "2026-11-19T10:00:00Z";
  std::uint32_t control_set = 1;
  bool control_set_is_current = true;
  HiveMoment moment = HiveMoment::current;
  bool hollow = false;  ///< the service key has no Type, Start, ImagePath or Group
};

struct LogonShape {
  std::string_view time;
  std::string_view account;
  std::string_view sid;
  std::optional<std::uint32_t> type = std::nullopt;
  LogonSource source = LogonSource::security_4624;
  std::string_view logon_process;
  std::string_view process;
  std::optional<std::uint64_t> logon_id = std::nullopt;
  std::optional<std::uint64_t> session = std::nullopt;
  std::string_view address;
  bool restricted_admin = false;
  bool remote_credential_guard = false;
  bool virtual_account = false;
  bool elevated = false;
  std::uint32_t detail = 0;
};

struct ChangeShape {
  std::string_view time;
  std::string_view key;
  std::string_view value;
  std::string_view now;
  std::string_view before;
  ChangeKind change = ChangeKind::value_set;
  std::uint32_t event_id = 4657;
  std::string_view account = "CORP\\mallory";
  std::optional<std::uint64_t> logon_id = std::nullopt;
  std::string_view process = "C:\\Windows\\System32\\reg.exe";
};

struct ImageShape {
  std::string_view path;
  std::vector<std::string_view> exports;
  bool has_version = true;
  std::string_view original_filename;
  std::string_view forwarder;  ///< of every export; empty: the code is in the file
  SignatureFact signature = {};
  std::string_view machine = "x64";
  std::string_view company;
};

/// Trusted, as all files of Windows are.
[[nodiscard]] SignatureFact windows_signature(SignatureForm form = SignatureForm::catalog);
/// Trusted, embedded, for signing code.
[[nodiscard]] SignatureFact vendor_signature(std::string_view common_name,
                                             std::string_view organization);
/// Trusted: Microsoft's on a driver vendor's behalf.
[[nodiscard]] SignatureFact whcp_signature();
/// One that does not hold; of an unsigned file no name is kept.
[[nodiscard]] SignatureFact bad_signature(SignatureStatus status, std::string_view common_name = {},
                                          std::string_view why_code = {});

/// Keys in the form that all logs share.
[[nodiscard]] std::string provider_key(std::string_view name);
inline constexpr std::string_view order_key =
    "HKLM\\SYSTEM\\CurrentControlSet\\Control\\NetworkProvider\\Order";
inline constexpr std::string_view hw_order_key =
    "HKLM\\SYSTEM\\CurrentControlSet\\Control\\NetworkProvider\\HwOrder";

class HostFacts {
 public:
  /// Facts of the files with these evidence indexes: registry 0, Security 1, System 2, Sysmon 3,
  /// images 4, terminal services 5.
  FactSet facts;

  HostFacts& windows(std::uint32_t build, std::string_view system_root = "C:\\Windows",
                     std::string_view product_type = "WinNT",
                     HiveMoment moment = HiveMoment::current);
  HostFacts& variable(std::string_view name, std::string_view text);
  HostFacts& provider(const ProviderShape& shape);
  /// Order and HwOrder of control set 1 with the same names.
  HostFacts& orders(std::string_view names, std::string_view written = "2026-11-19T10:00:00Z");
  HostFacts& order(std::string_view names, bool is_hw_order,
                   std::string_view written = "2026-11-19T10:00:00Z",
                   HiveMoment moment = HiveMoment::current);
  /// RDPNP, LanmanWorkstation and WebClient as Windows ships them, and both orders.
  HostFacts& defaults();
  HostFacts& policy(PolicyKind kind, std::string_view value_name, std::string_view text,
                    std::optional<std::uint64_t> number = std::nullopt);
  HostFacts& audit(std::initializer_list<AuditSetting> settings);
  HostFacts& image(const ImageShape& shape);
  HostFacts& logon(const LogonShape& shape);
  HostFacts& change(const ChangeShape& shape);
  HostFacts& process(std::string_view time, std::string_view image, std::string_view parent,
                     std::uint64_t process_id, std::optional<std::uint64_t> session = std::nullopt,
                     std::uint32_t event_id = 4688);
  HostFacts& load(std::string_view time, std::string_view image, std::string_view module);
  HostFacts& privilege(std::string_view time, std::string_view account, std::string_view sid);
  HostFacts& password(std::string_view time, std::string_view account, std::string_view sid,
                      std::uint32_t event_id);
  HostFacts& event(std::string_view time, SystemEventKind kind, std::string_view subject,
                   std::uint32_t event_id, std::string_view detail = {});
  /// A log with every kind of event that the analyses ask about.
  HostFacts& log(std::string_view channel, std::string_view first, std::string_view last,
                 std::uint64_t first_id = 1, std::uint64_t last_id = 1000);
  LogCoverageFact& last_log() { return facts.log_coverage.back(); }
  /// The facts in their one order.
  [[nodiscard]] FactSet normalised() const;

 private:
  Origin next(std::uint32_t evidence);
  std::uint64_t offset_ = 0;
};

/// The rows of data/known_providers.tsv below `source_dir`.
[[nodiscard]] Knowledge shipped_providers(const std::string& source_dir);

}  // namespace npg::testing
