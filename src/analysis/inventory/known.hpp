// Compares a registration with what is known of the product whose name it bears.
#pragma once

#include <string>
#include <vector>

#include "analysis/inventory/path_resolution.hpp"
#include "fact/knowledge.hpp"

namespace npg {

struct KnownMatch {
  const KnownProvider* row = nullptr;  ///< nothing: no known product bears this name
  bool path_matches = false;  ///< ProviderPath is one of the row's forms, after resolving both
  bool by_file_name = false;  ///< the form has no folder: only the file's name fits
  bool authent_matches =
      false;  ///< AuthentProviderPath is as the row says (absent where none is registered)
  bool class_matches = false;
  bool display_matches = true;  ///< the Name value is the row's, where both are known
  bool build_matches = true;  ///< the host's build is in the row's range, where the build is known
  bool is_seen_whole = true;  ///< no value of the registration is lost
  /// Values that Windows does not write so, of those that no other part is about; and values that
  /// it does not have. Always empty for products.
  std::vector<const RegistryValueFact*> changed_values;
  std::vector<const RegistryValueFact*> added_values;
  /// How many parts of the registration agree.
  [[nodiscard]] int agreement() const {
    return int{path_matches} * 4 + int{authent_matches} + int{class_matches} +
           int{display_matches} + int{build_matches};
  }
  [[nodiscard]] bool whole() const {
    return row != nullptr && path_matches && authent_matches && class_matches && display_matches &&
           build_matches && is_seen_whole && changed_values.empty() && added_values.empty();
  }
};
/// The provider is kept by reference.
[[nodiscard]] KnownMatch match_known(const Provider& provider, std::uint32_t build,
                                     const Knowledge& knowledge, const HostPaths& host);

/// The known provider whose name this one imitates: equal after folding look-alike and invisible
/// characters and outer spaces and dots, or, for Windows' own names, one edit away. Nothing when it
/// is a known name itself or like none; Windows' own come first.
[[nodiscard]] const KnownProvider* imitated_provider(std::string_view name,
                                                     const Knowledge& knowledge);
/// The provider of Windows whose DLL has this file name, and the one whose DLL's name this one
/// imitates, as above. Nothing when there is none.
[[nodiscard]] const KnownProvider* owner_of_file(std::string_view file_name,
                                                 const Knowledge& knowledge);
[[nodiscard]] const KnownProvider* imitated_file(std::string_view file_name,
                                                 const Knowledge& knowledge);
/// "U+0420, U+200B": the characters of a name that are not visible ASCII; empty when all are.
[[nodiscard]] std::string unusual_letters(std::string_view name);

}  // namespace npg
