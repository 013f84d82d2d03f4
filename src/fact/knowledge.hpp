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
  bool is_inbox = false;  ///< ships with Windows
  std::vector<std::string>
      paths;  ///< ProviderPath forms; empty when not known. "*\x.dll" matches any folder.
  bool authent_is_known = false;
  std::vector<std::string> authent_paths;  ///< empty and known: the product registers none
  bool class_is_known = false;
  std::optional<std::uint32_t> provider_class;  ///< nothing and known: the product writes no Class
  YesNo credentials = YesNo::unknown;           ///< meant to receive logon credentials
  std::string display_name;                     ///< the Name value; empty when not known
  std::uint32_t first_build = 0;
  std::uint32_t last_build = UINT32_MAX;
  std::string source;
  bool is_confident = false;  ///< read from a real hive or the vendor's own source
};

struct Knowledge {
  std::vector<KnownProvider> providers;
};

}  // namespace npg
