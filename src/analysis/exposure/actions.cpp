#include "analysis/exposure/actions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>

#include "base/evidence_text.hpp"

namespace npg::exposure {
namespace {

/// Whether old and new password were typed at this host's own winlogon.
enum class Typed : std::uint8_t { here, elsewhere, unknown };
Typed typed_where(const PasswordChangeFact& change, const AccountEvidence& evidence) {
  const auto session = evidence.changed_in.find(&change);
  if (session == evidence.changed_in.end() || !session->second->logon_type) {
    return Typed::unknown;
  }
  switch (*session->second->logon_type) {
    case 2:
    case 7:
    case 10:
    case 11:
    case 12:
    case 13: return Typed::here;
    default: return Typed::elsewhere;
  }
}

/// Then the provider may have been in place and is not known to, or whether Windows sent passwords
/// is not known.
bool is_unsure(FileTime time, const Exposure& window, const AccountEvidence& evidence) {
  return !window.latest_start.given() || time < window.latest_start ||
         (window.earliest_end.given() && time > window.earliest_end) ||
         is_beside_parts(time, window.parts) ||
         (evidence.policy.knows_build() && evidence.policy.sends_at(time) == YesNo::unknown);
}

}  // namespace

bool is_heard_change(const PasswordChangeFact& change, const Exposure& window,
                     const AccountEvidence& evidence) {
  return change.by_user && in_window(change.time, window) &&
         !is_between_parts(change.time, window.parts) &&
         evidence.policy.sends_at(change.time) != YesNo::no;
}

void judge_passwords(const Exposure& window, const AccountEvidence& evidence, bool has_logon,
                     ExposedAccount& account) {
  for (const PasswordChangeFact* const each : evidence.passwords_of(account.account, account.sid)) {
    const PasswordChangeFact& change = *each;
    if (change.time < window.earliest_start) {
      continue;
    }
    const bool is_inside = change.by_user && in_window(change.time, window);
    const Typed where = typed_where(change, evidence);
    // On a domain controller every member's change is logged, wherever it was typed.
    const bool may_be_elsewhere =
        where == Typed::elsewhere ||
        (where == Typed::unknown && !has_logon && evidence.is_domain_controller);
    const bool is_after =
        window.end.given() && window.end_kind == WindowEnd::removed && change.time > window.end;
    account.resets.push_back({.time = change.time,
                              .event_id = change.event_id,
                              .by = change.actor.account,
                              .is_after_end = is_after});
    if (is_inside || is_after) {
      account.evidence.push_back(change.origin);
    }
    const bool is_heard = is_inside && !may_be_elsewhere;
    if (is_heard && evidence.policy.sends_at(change.time) == YesNo::no) {
      account.reason +=
          fmt::format("; the password was changed here at {}: {}", to_screen_time(change.time),
                      evidence.policy.state_at(change.time).reason);
    } else if (is_heard && is_between_parts(change.time, window.parts)) {
      account.reason +=
          fmt::format("; the password was changed here at {}, when the provider was switched off",
                      to_screen_time(change.time));
    } else if (is_heard && is_unsure(change.time, window, evidence)) {
      account.password_changed = true;
      account.reason += fmt::format(
          "; the password was changed here at {}, when it is not sure that the provider listened: "
          "the old and the new one may be exposed",
          to_screen_time(change.time));
    } else if (is_heard) {
      account.password_changed = true;
      account.reason +=
          "; the password was changed here inside the window, so the old and the new one are "
          "exposed";
    } else if (is_after) {
      account.reset_seen = change.time;
    }
  }
}

void choose_action(const Exposure& window, bool is_domain_controller, ExposedAccount& account) {
  const bool reached =
      account.certainty == Certainty::proven || account.certainty == Certainty::likely;
  const auto set = [&account](Action action, std::string reason) {
    account.action = action;
    account.action_reason = std::move(reason);
  };
  if (window.password_sent == YesNo::no || account.certainty == Certainty::not_by_this_route) {
    const std::string_view why = window.password_sent == YesNo::no
                                     ? "this Windows sends no password to providers"
                                     : "none of its logons passes a password to a provider";
    if (account.password_changed) {
      set(Action::review, fmt::format("{}, but its password was changed here in the window", why));
    } else {
      set(Action::none, std::string(why));
    }
  } else if (account.reset_seen.given()) {
    set(Action::review, fmt::format("its password was changed at {}, after the window's end: make "
                                    "sure that this was its owner or an administrator",
                                    to_screen_time(account.reset_seen)));
  } else if (reached && (account.privileged || account.password_changed || is_domain_controller)) {
    set(Action::reset_now,
        account.privileged ? fmt::format("privileged: {}", fmt::join(account.why_privileged, ", "))
        : account.password_changed
            ? std::string("it changed its password while the provider could listen")
            : std::string("it logged on at a domain controller"));
  } else if (reached || account.password_changed) {
    const std::string_view why =
        !reached ? "its password was changed here while the provider could listen"
        : account.certainty == Certainty::proven
            ? "a logon of it was notified while the provider could listen"
            : "it logged on, with a password as is assumed, while the provider could listen";
    set(Action::reset, std::string(why));
  } else {
    set(Action::review, "whether its logons reach a provider is not sure");
  }
  std::size_t before_end = 0;
  for (const PasswordReset& reset : account.resets) {
    // What was typed while it was switched off, and not since, it did not hear.
    const bool is_unheard = is_between_parts(reset.time, window.parts) && account.last < reset.time;
    before_end += reset.is_after_end || is_unheard ? 0U : 1U;
  }
  if (account.action != Action::none && before_end > 0 && !account.reset_seen.given()) {
    account.action_reason += fmt::format(
        "; {} of its password at {} cures nothing: the provider may have been there still",
        before_end == 1 ? "a change" : fmt::format("{} changes", before_end),
        to_screen_time(account.resets.front().time));
  }
}

void sort_accounts(std::vector<ExposedAccount>& accounts) {
  std::ranges::stable_sort(accounts, [](const ExposedAccount& a, const ExposedAccount& b) {
    return std::tuple(a.action, a.certainty, !a.privileged, name_key(a.account.raw()), a.sid) <
           std::tuple(b.action, b.certainty, !b.privileged, name_key(b.account.raw()), b.sid);
  });
}

}  // namespace npg::exposure
