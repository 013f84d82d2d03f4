// Whether this Windows hands the typed password to those who are notified, and when
// (docs/routes.md).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg::exposure {

/// Sets password_sent and its basis from the build and EnableMPR. A policy that says no now is yes
/// when a logged write shows that it was otherwise inside the window, which must be set before.
void set_password_policy(const FactSet& facts, std::span<const Change> changes, Exposure& window);

/// EnableMPR through time, as far as logged writes tell.
class PolicyHistory {
 public:
  PolicyHistory(const FactSet& facts, std::span<const Change> changes);
  /// Whether a password was sent at a time; unknown without a build, or before the first logged
  /// write that does not say what was there.
  [[nodiscard]] YesNo sends_at(FileTime time) const;
  /// The logged writes that turned sending on or off, oldest first.
  [[nodiscard]] std::span<const Change* const> turns() const { return turns_; }

 private:
  struct State {
    FileTime since;
    YesNo sends = YesNo::unknown;
  };
  std::vector<State> states_;  ///< by time; the first from the beginning on
  std::vector<const Change*> turns_;
};

}  // namespace npg::exposure
