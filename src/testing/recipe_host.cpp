#include "testing/recipe_host.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/evidence_text.hpp"
#include "testing/recipe_yaml.hpp"
#include "testing/regf_writer.hpp"

namespace npg::testing {
namespace {

// Build-time stamps are those of the shipped images (2019-12-07 is that of 2004 to 22H2).
constexpr std::array builds{
    WindowsBuild{"windows-7", 7601, 0, "Windows 7 Enterprise", "", "Enterprise", "Client",
                 "2009-07-14T04:37:08.6210041Z", false, 1},
    WindowsBuild{"windows-8.1", 9600, 0, "Windows 8.1 Enterprise", "", "Enterprise", "Client",
                 "2013-08-22T14:50:12.3301187Z", false, 1},
    WindowsBuild{"windows-10-1809", 17763, 1879, "Windows 10 Enterprise", "1809", "Enterprise",
                 "Client", "2018-09-15T07:12:59.3340017Z", false, 1},
    WindowsBuild{"windows-10-22h2", 19045, 5011, "Windows 10 Enterprise", "22H2", "Enterprise",
                 "Client", "2019-12-07T09:15:07.9871234Z", false, 2},
    WindowsBuild{"windows-11-23h2", 22631, 4317, "Windows 10 Enterprise", "23H2", "Enterprise",
                 "Client", "2022-05-07T05:17:22.1184402Z", false, 2},
    WindowsBuild{"windows-11-24h2", 26100, 2033, "Windows 10 Enterprise", "24H2", "Enterprise",
                 "Client", "2024-04-01T07:22:41.5530981Z", false, 2},
    WindowsBuild{"server-2012-r2", 9600, 0, "Windows Server 2012 R2 Standard", "", "ServerStandard",
                 "Server", "2013-08-22T14:50:12.3301187Z", true, 1},
    WindowsBuild{"server-2016", 14393, 6351, "Windows Server 2016 Standard", "1607",
                 "ServerStandard", "Server", "2016-07-16T13:23:21.8810229Z", true, 1},
    WindowsBuild{"server-2019", 17763, 6414, "Windows Server 2019 Standard", "1809",
                 "ServerStandard", "Server", "2018-09-15T07:12:59.3340017Z", true, 1},
    WindowsBuild{"server-2022", 20348, 2762, "Windows Server 2022 Standard", "21H2",
                 "ServerStandard", "Server", "2021-05-08T08:15:43.7712206Z", true, 2},
    WindowsBuild{"server-2025", 26100, 2033, "Windows Server 2025 Standard", "24H2",
                 "ServerStandard", "Server", "2024-04-01T07:22:41.5530981Z", true, 2},
};

struct BuiltIn {
  std::string_view domain;
  std::string_view name;
  std::string_view sid;
};
constexpr std::array built_ins{
    BuiltIn{"NT AUTHORITY", "SYSTEM", "S-1-5-18"},
    BuiltIn{"NT AUTHORITY", "LOCAL SERVICE", "S-1-5-19"},
    BuiltIn{"NT AUTHORITY", "NETWORK SERVICE", "S-1-5-20"},
    BuiltIn{"NT AUTHORITY", "ANONYMOUS LOGON", "S-1-5-7"},
    BuiltIn{"-", "-", "S-1-0-0"},
};

std::string checked_sid(const YAML::Node& map, std::string_view name, std::string_view otherwise) {
  const std::string sid = text_in(map, name, otherwise);
  if (!sid.empty() && !is_sid(sid)) {
    refuse(entry(map, name), fmt::format("no such SID: {}", sid));
  }
  return sid;
}

}  // namespace

const WindowsBuild* find_windows(std::string_view word) {
  const auto found = std::ranges::find(builds, word, &WindowsBuild::word);
  return found == builds.end() ? nullptr : &*found;
}

std::string RecipeHost::event_computer() const {
  return dns_domain.empty() ? computer : fmt::format("{}.{}", computer, dns_domain);
}

RecipeAccount RecipeHost::machine_account() const {
  return {domain_sid.empty() ? "WORKGROUP" : domain, computer + "$", "S-1-5-18"};
}

RecipeAccount RecipeHost::account(const YAML::Node& node) const {
  const std::string text = text_in(node);
  const std::size_t cut = text.find('\\');
  if (cut == std::string::npos) {
    refuse(node, fmt::format("an account is DOMAIN\\name, not {}", text));
  }
  RecipeAccount found{text.substr(0, cut), text.substr(cut + 1), {}};
  if (const auto known = accounts.find(name_key(text)); known != accounts.end()) {
    return known->second;
  }
  for (const BuiltIn& each : built_ins) {
    if (equal_names(each.domain, found.domain) && equal_names(each.name, found.name)) {
      found.sid = std::string(each.sid);
      return found;
    }
  }
  if (found.name == machine_account().name) {
    return machine_account();
  }
  // Virtual accounts of window manager and font driver: the session number ends name and SID.
  for (const auto& [prefix, sid] : {std::pair{"DWM-", "S-1-5-90-0-"}, {"UMFD-", "S-1-5-96-0-"}}) {
    if (found.name.starts_with(prefix)) {
      found.sid = sid + found.name.substr(std::string_view(prefix).size());
      return found;
    }
  }
  refuse(node, fmt::format("unknown account: {} (name it under accounts:)", text));
}

RecipeHost read_host(const YAML::Node& recipe) {
  const YAML::Node map = entry(recipe, "host");
  require_map(map, "host");
  require_known(map, {"windows", "computer", "domain", "dns_domain", "machine_sid", "domain_sid",
                      "role", "installed"});
  RecipeHost host;
  const YAML::Node windows = entry(map, "windows");
  host.windows = find_windows(text_in(windows));
  if (host.windows == nullptr) {
    refuse(windows, fmt::format("unknown Windows: {}", text_in(windows)));
  }
  host.computer = text_in(entry(map, "computer"));
  host.dns_domain = text_in(map, "dns_domain", "");
  host.domain = text_in(map, "domain", host.computer);
  host.machine_sid = checked_sid(map, "machine_sid", "S-1-5-21-1004336348-1177238915-682003330");
  host.domain_sid = checked_sid(map, "domain_sid", "");
  host.role = text_in(map, "role", host.windows->is_server ? "member" : "workstation");
  host.installed = time_in(map, "installed", *parse_time("2024-09-02T10:12:44Z"));
  for_each_entry(entry(recipe, "accounts"), [&](const std::string& name, const YAML::Node& value) {
    const std::size_t cut = name.find('\\');
    if (cut == std::string::npos) {
      refuse(value, fmt::format("an account is DOMAIN\\name, not {}", name));
    }
    RecipeAccount account{name.substr(0, cut), name.substr(cut + 1), {}};
    const std::string text = text_in(value);
    // A number alone is the last part of the SID.
    const bool is_local = equal_names(account.domain, host.computer);
    account.sid = is_sid(text) ? text
                               : fmt::format("{}-{}", is_local ? host.machine_sid : host.domain_sid,
                                             number_in(value));
    if (!is_sid(account.sid)) {
      refuse(value, fmt::format("no SID comes of it: {}", account.sid));
    }
    host.accounts.emplace(name_key(name), std::move(account));
  });
  return host;
}

}  // namespace npg::testing
