#include <algorithm>
#include <array>

#include "testing/windows_defaults.hpp"

namespace npg::testing {
namespace {

struct Subcategory {
  std::string_view name;
  std::uint16_t client = 0;  ///< the default setting: 0 none, 1 success, 2 failure, 3 both
  std::uint16_t server = 0;
};

// The order is that of the value; the counts are those of its nine categories.
constexpr std::array<std::uint16_t, 9> counts{5, 11, 14, 3, 6, 6, 6, 4, 4};
constexpr std::array<Subcategory, 59> subcategories{{
    {"Security State Change", 1, 1},
    {"Security System Extension", 0, 0},
    {"System Integrity", 3, 3},
    {"IPsec Driver", 0, 0},
    {"Other System Events", 3, 3},
    {"Logon", 1, 3},
    {"Logoff", 1, 1},
    {"Account Lockout", 1, 1},
    {"IPsec Main Mode", 0, 0},
    {"Special Logon", 1, 1},
    {"IPsec Quick Mode", 0, 0},
    {"IPsec Extended Mode", 0, 0},
    {"Other Logon/Logoff Events", 0, 0},
    {"Network Policy Server", 3, 3},
    {"User / Device Claims", 0, 0},
    {"Group Membership", 0, 0},
    {"File System", 0, 0},
    {"Registry", 0, 0},
    {"Kernel Object", 0, 0},
    {"SAM", 0, 0},
    {"Other Object Access Events", 0, 0},
    {"Certification Services", 0, 0},
    {"Application Generated", 0, 0},
    {"Handle Manipulation", 0, 0},
    {"File Share", 0, 0},
    {"Filtering Platform Packet Drop", 0, 0},
    {"Filtering Platform Connection", 0, 0},
    {"Detailed File Share", 0, 0},
    {"Removable Storage", 0, 0},
    {"Central Policy Staging", 0, 0},
    {"Sensitive Privilege Use", 0, 0},
    {"Non Sensitive Privilege Use", 0, 0},
    {"Other Privilege Use Events", 0, 0},
    {"Process Creation", 0, 0},
    {"Process Termination", 0, 0},
    {"DPAPI Activity", 0, 0},
    {"RPC Events", 0, 0},
    {"Plug and Play Events", 0, 0},
    {"Token Right Adjusted Events", 0, 0},
    {"Audit Policy Change", 1, 1},
    {"Authentication Policy Change", 1, 1},
    {"Authorization Policy Change", 0, 0},
    {"MPSSVC Rule-Level Policy Change", 0, 0},
    {"Filtering Platform Policy Change", 0, 0},
    {"Other Policy Change Events", 0, 0},
    {"User Account Management", 1, 1},
    {"Computer Account Management", 0, 1},
    {"Security Group Management", 1, 1},
    {"Distribution Group Management", 0, 0},
    {"Application Group Management", 0, 0},
    {"Other Account Management Events", 0, 0},
    {"Directory Service Access", 0, 1},
    {"Directory Service Changes", 0, 0},
    {"Directory Service Replication", 0, 0},
    {"Detailed Directory Service Replication", 0, 0},
    {"Credential Validation", 0, 1},
    {"Kerberos Service Ticket Operations", 0, 1},
    {"Other Account Logon Events", 0, 0},
    {"Kerberos Authentication Service", 0, 1},
}};

}  // namespace

bool is_audit_subcategory(std::string_view name) {
  return std::ranges::find(subcategories, name, &Subcategory::name) != subcategories.end();
}

std::vector<std::byte> audit_policy_bytes(bool is_server,
                                          const std::map<std::string, std::uint16_t>& audit) {
  constexpr std::uint16_t footer_at = 0x84;
  ByteWriter out;
  for (const std::uint16_t word : {std::uint16_t{0x0100}, std::uint16_t{0}, std::uint16_t{9},
                                   std::uint16_t{0}, footer_at, std::uint16_t{0}}) {
    out.add<std::uint16_t>(word);
  }
  for (const Subcategory& each : subcategories) {
    const auto changed = audit.find(std::string(each.name));
    out.add<std::uint16_t>(changed != audit.end() ? changed->second
                           : is_server            ? each.server
                                                  : each.client);
  }
  out.add_zeros(footer_at - out.size());
  for (const std::uint16_t count : counts) {
    out.add<std::uint16_t>(count);
  }
  return out.take();
}

}  // namespace npg::testing
