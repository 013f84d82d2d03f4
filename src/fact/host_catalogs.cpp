#include "fact/host_catalogs.hpp"

namespace npg {

bool is_of_windows(const SignatureFact& signature) {
  return signature.purposes.windows_system_component && !signature.purposes.whql;
}

Vouched vouched_for(const FactSet& facts) {
  Vouched vouched;
  for (const ImageFact& image : facts.images) {
    if (image.signature.status == SignatureStatus::trusted &&
        image.signature.form == SignatureForm::catalog && is_of_windows(image.signature)) {
      vouched.first = vouched.first == nullptr ? &image : vouched.first;
      ++vouched.files;
    }
  }
  return vouched;
}

/// Limit: a Windows has a catalog for each of its packages, many hundreds of them, and each names
/// the files of its own package alone. That one of them was collected says nothing of the others;
/// that three files of different parts of Windows are named, or that a hundred different
/// ones are there, each truly signed, of which one names a file of this Windows, does.
bool are_the_hosts_catalogs(const Vouched& vouched, const CatalogsAsked& asked) {
  constexpr std::size_t files_min = 3;
  constexpr std::uint64_t catalogs_min = 100;
  return vouched.files >= files_min || (vouched.files > 0 && asked.verified >= catalogs_min);
}

}  // namespace npg
