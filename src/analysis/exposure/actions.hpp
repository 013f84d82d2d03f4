// Actions: what to do about an account, and why; resets that were seen, and what they are worth.
#pragma once

#include "analysis/exposure/accounts.hpp"
#include "fact/assessment.hpp"

namespace npg::exposure {

/// True when the user changed the password while the provider may have been in place and Windows
/// may have sent it.
[[nodiscard]] bool is_heard_change(const PasswordChangeFact& change, const Exposure& window,
                                   const AccountEvidence& evidence);

/// Sets password_changed, resets and reset_seen from the changes of this account's password.
void judge_passwords(const Exposure& window, const AccountEvidence& evidence, bool has_logon,
                     ExposedAccount& account);
/// Sets the action and its reason. All else of the account must stand.
void choose_action(const Exposure& window, bool is_domain_controller, ExposedAccount& account);

/// The most urgent first: by action, certainty, privilege, then by name.
void sort_accounts(std::vector<ExposedAccount>& accounts);

}  // namespace npg::exposure
