#include "fact/later_copy.hpp"

#include <algorithm>

#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg {

const HiveCopyFact* later_copy(const FactSet& facts) {
  const auto present = std::ranges::find_if(facts.hive_copies, [](const HiveCopyFact& copy) {
    return copy.number == 0 && !copy.is_software && !copy.is_export && copy.written.given();
  });
  const HiveCopyFact* later = nullptr;
  for (const HiveCopyFact& copy : facts.hive_copies) {
    const bool is_later = present != facts.hive_copies.end() && copy.number != 0 &&
                          !copy.is_software && !copy.is_export &&
                          known_until(copy) > present->written;
    if (is_later && (later == nullptr || known_until(copy) > known_until(*later))) {
      later = &copy;
    }
  }
  return later;
}

const RegistrationFact* registration_in_later_copy(const FactSet& facts, std::string_view name) {
  const HiveCopyFact* copy = later_copy(facts);
  if (copy == nullptr) {
    return nullptr;
  }
  const RegistrationFact* found = nullptr;
  for (const RegistrationFact& fact : facts.registrations) {
    const bool is_of_either = fact.moment == HiveMoment::current || fact.copy == copy->number;
    if (!is_of_either || !equal_names(fact.name.raw(), name)) {
      continue;
    }
    if (fact.moment == HiveMoment::current) {
      return nullptr;
    }
    if (fact.moment == HiveMoment::older_copy && fact.copy == copy->number &&
        fact.control_set_is_current) {
      found = found == nullptr ? &fact : found;
    }
  }
  return found;
}

}  // namespace npg
