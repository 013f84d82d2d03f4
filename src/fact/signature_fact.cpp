#include "fact/signature_fact.hpp"

#include <array>

namespace npg {

std::string_view name_of(SignatureStatus status) {
  constexpr std::array<std::string_view, 5> names = {"trusted", "untrusted", "broken", "unsigned",
                                                     "not_checked"};
  return names.at(static_cast<std::size_t>(status));
}

std::string_view name_of(SignatureForm form) {
  constexpr std::array<std::string_view, 3> names = {"none", "embedded", "catalog"};
  return names.at(static_cast<std::size_t>(form));
}

std::string_view name_of(TimestampKind kind) {
  constexpr std::array<std::string_view, 3> names = {"none", "pkcs9", "rfc3161"};
  return names.at(static_cast<std::size_t>(kind));
}

}  // namespace npg
