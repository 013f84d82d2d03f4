#include "analysis/exposure/password_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg::exposure {
namespace {

constexpr std::uint32_t first_build_with_policy =
    22621;  // Windows 11 22H2 (policy-csp-windowslogon)
constexpr std::uint32_t first_build_password_off =
    25216;  // from this build on, unset means an empty password

bool sends_password(std::uint32_t build, std::optional<std::uint64_t> enable_mpr) {
  return build >= first_build_password_off  ? enable_mpr == std::optional<std::uint64_t>(1)
         : build >= first_build_with_policy ? enable_mpr != std::optional<std::uint64_t>(0)
                                            : true;
}

/// A policy that says "no" now may have said "yes" inside the window: the attacker's own write, or
/// the one that put it right.
void look_for_past_policy(std::uint32_t build, std::span<const Change> changes,
                          Exposure& exposure) {
  for (const Change& change : changes) {
    if (!equal_names(change.value_name.raw(), "EnableMPR") ||
        (change.what != "value_set" && change.what != "value_deleted")) {
      continue;
    }
    const bool is_inside = change.time >= exposure.earliest_start &&
                           (!exposure.end.given() || change.time <= exposure.end);
    const auto before = logged_number(change.old_value.raw());
    const auto after = change.what == "value_set" ? logged_number(change.new_value.raw())
                                                  : std::optional<std::uint64_t>();
    const bool before_is_known = !change.old_value.empty();
    const bool sent =
        (before_is_known && sends_password(build, before)) || sends_password(build, after);
    if (is_inside && sent) {
      exposure.password_sent = YesNo::yes;
      exposure.password_basis +=
          fmt::format("; a write at {} shows that it was sent in a part of the window",
                      to_screen_time(change.time));
      exposure.evidence.insert(exposure.evidence.end(), change.evidence.begin(),
                               change.evidence.end());
      return;
    }
    const bool is_sent_by_default = sends_password(build, std::nullopt);
    if (is_inside && !before_is_known && is_sent_by_default) {
      exposure.password_sent = YesNo::unknown;
      exposure.password_basis += fmt::format("; what it was before the write at {} is not logged",
                                             to_screen_time(change.time));
    }
  }
}

}  // namespace

void set_password_policy(const FactSet& facts, std::span<const Change> changes,
                         Exposure& exposure) {
  const std::uint32_t build = current_build(facts);
  std::optional<std::uint64_t> enable_mpr;
  for (const PolicyFact& policy : facts.policies) {
    if (policy.policy == PolicyKind::enable_mpr) {
      enable_mpr = policy.number;
      exposure.evidence.push_back(policy.origin);
    }
  }
  const std::string setting =
      enable_mpr ? fmt::format("EnableMPR is {}", *enable_mpr) : "EnableMPR is not set";
  if (build == 0) {
    exposure.password_sent = YesNo::unknown;
    exposure.password_basis = setting + "; the Windows build is not in the evidence";
  } else if (build >= first_build_password_off) {
    exposure.password_sent = sends_password(build, enable_mpr) ? YesNo::yes : YesNo::no;
    exposure.password_basis =
        fmt::format("{}; from build 25216 on the password is sent only when it is 1 (build {})",
                    setting, build);
  } else if (build >= first_build_with_policy) {
    exposure.password_sent = sends_password(build, enable_mpr) ? YesNo::yes : YesNo::no;
    exposure.password_basis = fmt::format(
        "{}; on 22H2 and 23H2 the password is sent unless it is 0 (build {})", setting, build);
  } else {
    exposure.password_sent = YesNo::yes;
    exposure.password_basis = fmt::format(
        "{}; build {} sends the password, and whether it honours the policy at all is not verified",
        setting, build);
  }
  if (exposure.password_sent == YesNo::no) {
    look_for_past_policy(build, changes, exposure);
  }
}

PolicyHistory::PolicyHistory(const FactSet& facts, std::span<const Change> changes) {
  const std::uint32_t build = current_build(facts);
  const auto answer = [build](std::optional<std::uint64_t> value) {
    return build == 0 ? YesNo::unknown : sends_password(build, value) ? YesNo::yes : YesNo::no;
  };
  std::optional<std::uint64_t> now;
  for (const PolicyFact& policy : facts.policies) {
    if (policy.policy == PolicyKind::enable_mpr) {
      now = policy.number;
    }
  }
  for (const Change& change : changes) {
    const bool is_write = change.what == "value_set" || change.what == "value_deleted";
    if (!equal_names(change.value_name.raw(), "EnableMPR") || !is_write || !change.is_exact) {
      continue;
    }
    if (states_.empty()) {
      states_.push_back({.since = {},
                         .sends = change.old_value.empty()
                                      ? YesNo::unknown
                                      : answer(logged_number(change.old_value.raw()))});
    }
    const auto after = change.what == "value_set" ? logged_number(change.new_value.raw())
                                                  : std::optional<std::uint64_t>();
    if (answer(after) != states_.back().sends) {
      turns_.push_back(&change);
    }
    states_.push_back({.since = change.time, .sends = answer(after)});
  }
  if (states_.empty()) {
    states_.push_back({.since = {}, .sends = answer(now)});
  }
}

YesNo PolicyHistory::sends_at(FileTime time) const {
  const auto after = std::ranges::upper_bound(states_, time, {}, &State::since);
  return after == states_.begin() ? states_.front().sends : std::prev(after)->sends;
}

}  // namespace npg::exposure
