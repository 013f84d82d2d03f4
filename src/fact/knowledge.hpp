// Knowledge: what is known of Windows and of products, read from data/. Facts about the world, not
// about a host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fact/assessment.hpp"

namespace npg {

struct KnownProvider {
  std::string name;  ///< service key name
  std::string product;
  std::string vendor;
  /// ProviderPath forms; empty when not known. "*\x.dll" matches any folder.
  std::vector<std::string> paths;
  std::vector<std::string> authent_paths;  ///< empty and known: the product registers none
  std::string display_name;                ///< the Name value; empty when not known
  /// "network", "credential", "both"; empty when not known. "mpr" is Windows' own router.
  std::string exports;
  /// Who signs its DLL: a common name or an organization as it stands in the certificate; "WHCP"
  /// for Microsoft's signature on a driver vendor's behalf. Empty when not known.
  std::vector<std::string> signers;
  std::vector<std::string> file_products;  ///< ProductName of its DLL; empty when not known
  std::string source;
  std::optional<std::uint32_t> provider_class;  ///< nothing and known: the product writes no Class
  std::uint32_t first_build = 0;
  std::uint32_t last_build = UINT32_MAX;
  YesNo credentials = YesNo::unknown;  ///< meant to receive logon credentials
  bool is_inbox = false;               ///< ships with Windows
  bool authent_is_known = false;
  bool class_is_known = false;
  bool signer_is_confident = false;  ///< read from real files or the vendor's own statement
  bool is_confident = false;         ///< read from a real hive or the vendor's own source
  bool is_users = false;             ///< from a file that the user named
};

/// What Windows sets on a key of its own.
struct DefaultPermission {
  std::string key;  ///< below the control set or the hive's root; * stands for one name
  std::uint32_t first_build = 0;
  std::uint32_t last_build = UINT32_MAX;
  std::vector<std::string> owners;   ///< SIDs, any of them
  std::optional<bool> is_protected;  ///< nothing: either
  std::vector<std::string> writers;  ///< SIDs that may write; all others only read
  std::string source;
  bool is_verified = false;  ///< read from real hives of such builds
};

/// What Windows writes into one value of a provider of its own.
struct WindowsValue {
  std::string provider;  ///< service key name
  std::string value;
  std::uint32_t type = 0;  ///< REG_ number
  /// As stored, compared as Windows compares names. "*" is any.
  std::string text;
  std::string source;
};

struct Knowledge {
  std::vector<KnownProvider> providers;
  std::vector<WindowsValue> values;            ///< several rows for one value: any of them
  std::vector<DefaultPermission> permissions;  ///< the first row that fits counts
};

}  // namespace npg
