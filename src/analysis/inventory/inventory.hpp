// The providers of one host: the union of both orders, every registration in every control set and
// copy, and what events say was there. Says what is registered; judgement.hpp says what to think of
// it.
#pragma once

#include <vector>

#include "analysis/inventory/path_resolution.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

/// Every provider, sorted by state, order position and name. `dlls` have their paths resolved and,
/// where the fact set has an image for that path, the image. Verdicts are not set. A provider that
/// is registered and receives nothing now, but is seen to have received credentials before, or
/// to have named other files, is listed again as `removed`, with the values that it had, once for
/// each such state. keep_telling_formers() is to be called when they are judged.
[[nodiscard]] std::vector<Provider> list_providers(const FactSet& facts);

/// Leaves of the judged states of one name that are gone the one that says most, and none that
/// neither received more nor looks worse than what is registered under the name now.
void keep_telling_formers(std::vector<Provider>& providers);

struct WantedImage {
  std::string path;
  bool may_go_by_name = false;  ///< also where the evidence has kept a file's name alone
};
/// Windows paths of every DLL and EXE that a registration or a policy may mean, and of Windows' own
/// files of the notification chain: what must be looked for in the collection. Images that were
/// found may lead to more, so it is asked again until nothing new comes. Sorted, each once.
[[nodiscard]] std::vector<WantedImage> wanted_images(const FactSet& facts);

/// True when the class has a bit that makes MPR call the logon functions (WN_CREDENTIAL_CLASS or
/// WN_PRIMARY_AUTHENT_CLASS).
[[nodiscard]] bool has_credential_class(const Provider& provider);

/// True when a Class or ProviderPath is stored whose data gives no number or no path: a damaged or
/// bent value, of which nothing may be concluded.
[[nodiscard]] bool has_unreadable_class(const Provider& provider);
[[nodiscard]] bool has_unreadable_path(const Provider& provider);

/// The name X of "...\Services\X\NetworkProvider" or of "...\Services\X"; empty for other keys.
[[nodiscard]] std::string provider_name_of_key(std::string_view canonical_key);

}  // namespace npg
