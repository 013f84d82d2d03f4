// Whose passwords went through a window: logons from every source, counted once, graded by route
// and by witness.
#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "analysis/exposure/clock.hpp"
#include "analysis/exposure/clock_correction.hpp"
#include "analysis/exposure/named_facts.hpp"
#include "analysis/exposure/password_policy.hpp"
#include "analysis/exposure/people.hpp"
#include "analysis/exposure/privileged.hpp"
#include "analysis/exposure/witnesses.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

/// What every window of a host asks, made once.
class AccountEvidence {
 public:
  /// The first three must outlive it; the windows are those that will be asked for.
  AccountEvidence(const exposure::NamedFacts& named, std::span<const Change> changes,
                  std::span<const Exposure> windows, const ClockCorrection& clock = {});

  const exposure::NamedFacts& named;
  const FactSet& facts;  ///< all of them
  exposure::People people;
  exposure::WitnessPool witnesses;
  exposure::Privileged privileged;
  exposure::PolicyHistory policy;
  bool is_domain_controller = false;
  /// The logon that a password change was made in, by the change; nothing when it is not seen.
  std::unordered_map<const PasswordChangeFact*, const LogonFact*> changed_in;

  /// Logons that the clock's changes may have put at another time than the recorded one.
  struct Displaced {
    const exposure::HumanLogon* logon = nullptr;
    exposure::Clock::Range when;
  };
  std::unordered_map<const exposure::Person*, std::vector<Displaced>> displaced;

  /// The changes of an account's password, by its SID or its name, in time order.
  [[nodiscard]] std::vector<const PasswordChangeFact*> passwords_of(const SharedText& account,
                                                                    const SharedText& sid) const;

 private:
  std::unordered_map<std::string, std::vector<const PasswordChangeFact*>> passwords_;
};

struct WindowAccounts {
  std::vector<ExposedAccount> accounts;  ///< most urgent first
  std::vector<FileTime> unexplained;  ///< notified logons in the window that belong to nobody seen
};
/// The accounts that logged on inside the window. Logons that two logs tell of are counted once.
[[nodiscard]] WindowAccounts accounts_in(const Exposure& window, const exposure::Listener& listener,
                                         const AccountEvidence& evidence);

}  // namespace npg
