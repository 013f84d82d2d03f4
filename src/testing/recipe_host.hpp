// The host that a recipe tells of: names, accounts, and what its Windows build ships.
#pragma once

#include <yaml-cpp/yaml.h>

#include <map>
#include <string>
#include <string_view>

#include "base/filetime.hpp"

namespace npg::testing {

/// What differs between the Windows builds that recipes may name.
struct WindowsBuild {
  std::string_view word;  ///< "server-2022"
  unsigned build = 0;
  unsigned revision = 0;
  std::string_view product_name;
  std::string_view display_version;
  std::string_view edition;
  std::string_view installation_type;
  std::string_view built;  ///< last-written time of keys that came with the image
  bool is_server = false;
  unsigned evtx_minor_version = 1;
};
[[nodiscard]] const WindowsBuild* find_windows(std::string_view word);

struct RecipeAccount {
  std::string domain;
  std::string name;
  std::string sid;
};

struct RecipeHost {
  const WindowsBuild* windows = nullptr;
  std::string computer;    ///< NetBIOS name
  std::string dns_domain;  ///< empty in a workgroup
  std::string domain;      ///< NetBIOS name of the domain; the computer's own in a workgroup
  std::string machine_sid;
  std::string domain_sid;  ///< empty in a workgroup
  std::string role;        ///< "workstation", "member", "dc"
  FileTime installed;
  std::map<std::string, RecipeAccount> accounts;  ///< by name_key of DOMAIN\name

  /// "FS01.corp.example", as events name the computer.
  [[nodiscard]] std::string event_computer() const;
  /// The account, from the recipe or one that every Windows has; refuses an unknown one.
  [[nodiscard]] RecipeAccount account(const YAML::Node& node) const;
  [[nodiscard]] RecipeAccount machine_account() const;
};

/// Reads `host:` and `accounts:`.
[[nodiscard]] RecipeHost read_host(const YAML::Node& recipe);

}  // namespace npg::testing
