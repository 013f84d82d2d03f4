#include "app/future_times.hpp"

#include <fmt/format.h>

namespace npg {

bool is_far_ahead(FileTime time, FileTime other) {
  constexpr std::uint64_t five_years = 5ULL * 365 * 86400 * FileTime::per_second;
  return other.given() && time.ticks > other.ticks && time.ticks - other.ticks > five_years;
}

void set_aside_future_times(FileTime newest, FactSet& facts, Diagnostics& diagnostics) {
  const auto set_aside = [&](FileTime& time, const Origin& origin) {
    if (newest.given() && is_far_ahead(time, newest)) {
      diagnostics.add(Diagnostic{
          .code = DiagnosticCode::registry_value_odd,
          .severity = Severity::notice,
          .offset = origin.offset,
          .length = origin.length,
          .text = fmt::format("The key says that it was last written at {}; all else in the hive "
                              "is of {} or before. The time is not used.",
                              to_screen_time(time), to_screen_time(newest)),
          .evidence = origin.evidence});
      time = {};
      return true;
    }
    return false;
  };
  for (RegistrationFact& fact : facts.registrations) {
    const FileTime stated = fact.last_written;
    if (set_aside(fact.last_written, fact.origin)) {
      fact.impossible_time = stated;
    }
    set_aside(fact.service_last_written, fact.origin);
  }
  for (ProviderOrderFact& fact : facts.orders) {
    set_aside(fact.last_written, fact.origin);
  }
  for (RegistryKeyFact& fact : facts.keys) {
    set_aside(fact.last_written, fact.origin);
  }
  for (PolicyFact& fact : facts.policies) {
    set_aside(fact.last_written, fact.origin);
  }
}

}  // namespace npg
