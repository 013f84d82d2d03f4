// Whether this Windows hands the typed password to those who are notified, and when
// (docs/routes.md).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg::exposure {

/// Whether passwords were sent, through time: the build that ran, and EnableMPR as logged writes,
/// copies of the SOFTWARE hive and the time of its key tell it. A key's last write says nothing of
/// the time before it.
class PolicyHistory {
 public:
  PolicyHistory(const FactSet& facts, std::span<const Change> changes);

  struct State {
    FileTime since;
    YesNo sends = YesNo::unknown;
    std::string_view reason;  ///< a literal: why
    bool is_assumed = false;  ///< nothing shows it: it is what Windows does by default
  };
  /// Whether a password was sent at a time; unknown without a build, and where nothing tells what
  /// EnableMPR or the build was.
  [[nodiscard]] YesNo sends_at(FileTime time) const { return state_at(time).sends; }
  [[nodiscard]] const State& state_at(FileTime time) const;
  /// By time, the first from the beginning on.
  [[nodiscard]] std::span<const State> states() const { return states_; }
  /// False where no hive of the present and no start of Windows names a build: then nothing is
  /// known of any time.
  [[nodiscard]] bool knows_build() const { return newest_build_ != 0; }
  /// 0 when none is known.
  [[nodiscard]] std::uint32_t newest_build() const { return newest_build_; }
  /// The logged writes that turned sending on or off, oldest first.
  [[nodiscard]] std::span<const Change* const> turns() const { return turns_; }

 private:
  std::vector<State> states_;
  std::vector<const Change*> turns_;
  std::uint32_t newest_build_ = 0;
};

/// Sets password_sent, its basis and what is assumed of it. Yes when a password was sent at some
/// time of the window, no when at none. Start and end must be set before.
void set_password_policy(const FactSet& facts, const PolicyHistory& history, Exposure& window);

}  // namespace npg::exposure
