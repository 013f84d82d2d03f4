#include "analysis/exposure/grader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/exposure/unread_class.hpp"

namespace npg::exposure {
namespace {

constexpr std::string_view switched_off =
    "the evidence shows that the provider was switched off at that time";

}  // namespace

Grader::Grader(const Exposure& window, const Listener& listener, const AccountEvidence& evidence,
               const Proofs& proofs)
    : window_(window),
      evidence_(evidence),
      proofs_(proofs),
      is_program_(listener.provider == nullptr),
      listing_(is_program_ ? Listing::order : listing_of(*listener.provider, evidence.named)) {
  if (listener.provider != nullptr) {
    hw_only_ = only_in_hw_order(*listener.provider, evidence.named);
    has_unread_class_ = has_unread_class(*listener.provider);
  }
}

const Proof* Grader::proof_of(const HumanLogon& logon) const {
  const auto found = proofs_.of.find(&logon);
  // What has no time is beside nothing.
  return found == proofs_.of.end() || !logon.time.given() ? nullptr : &found->second;
}

Certainty Grader::grade(const HumanLogon& logon, bool is_protected) const {
  if (sends_nothing(logon)) {
    return Certainty::not_by_this_route;
  }
  // That mpnotify.exe ran says nothing of a provider that may not have been there: only a load of
  // its own DLL does. A program in its place is its own witness.
  const Proof* proof = proof_of(logon);
  const bool unsure = is_unsure(logon);
  const bool is_heard = proof != nullptr && !proof->saw_others && (proof->saw_listener || !unsure);
  if (is_heard && proof->is_own) {
    return Certainty::proven;
  }
  if (is_switched_off(logon)) {
    return proof != nullptr ? Certainty::possible : Certainty::not_by_this_route;
  }
  // Joined by nothing but time, it is never proven: another logon may turn up beside it.
  if (is_heard && proof->is_alone && !may_send_nothing(logon)) {
    return Certainty::likely;
  }
  return unsure || is_protected || may_send_nothing(logon) || is_unnotified(logon)
             ? std::max(logon.route.certainty, Certainty::possible)
             : logon.route.certainty;
}

std::string Grader::reason(const HumanLogon& logon, Certainty grade, bool is_protected) const {
  const Proof* proof = proof_of(logon);
  const std::string_view policy = evidence_.policy.state_at(logon.time).reason;
  if (grade == Certainty::not_by_this_route && sends_nothing(logon)) {
    return std::string(policy);
  }
  if (grade == Certainty::not_by_this_route && is_switched_off(logon)) {
    return std::string(switched_off);
  }
  std::string text(proof != nullptr && proof->is_own ? proof->text : logon.route.reason);
  if (proof != nullptr && !proof->is_own) {
    text += fmt::format("; {}", proof->text);
  }
  if (grade == Certainty::proven && may_send_nothing(logon)) {
    text += fmt::format("; {}", policy);
  }
  if (grade != Certainty::possible ||
      (proof == nullptr && logon.route.certainty != Certainty::likely)) {
    return text;
  }
  if (has_unread_class_) {
    return fmt::format("{}; {}", text, unread_class_doubt);
  }
  if (!doubt_of(listing_).empty()) {
    return fmt::format("{}; {}", text, doubt_of(listing_));
  }
  const std::string_view word = is_program_ ? "program" : "provider";
  if (!window_.latest_start.given()) {
    return text + fmt::format("; when the {} was in place is not known", word);
  }
  if (is_after_known(logon)) {
    return text + fmt::format("; the {} may have been gone by then", word);
  }
  if (logon.time < window_.latest_start) {
    return text + fmt::format("; the {} may not have been in place yet", word);
  }
  if (is_switched_off(logon)) {
    return fmt::format("{}; {}", text, switched_off);
  }
  if (is_in_hw_order_only(logon)) {
    return text +
           "; then only HwOrder listed the provider, and whether Windows reads that is not "
           "documented";
  }
  if (is_beside_parts(logon.time, window_.parts)) {
    return text + fmt::format(
                      "; the {} was gone for a while about then, and may have been gone at "
                      "that time",
                      word);
  }
  if (may_send_nothing(logon)) {
    return fmt::format("{}; {}", text, policy);
  }
  if (is_unnotified(logon)) {
    return text +
           "; userinit.exe was started for it and no mpnotify.exe before that, though process "
           "starts are logged (4688): nobody may have been notified";
  }
  return is_protected ? text + "; a member of Protected Users, for whom some builds do not notify"
                      : text;
}

bool Grader::is_unnotified(const HumanLogon& logon) const {
  return !is_program_ && proof_of(logon) == nullptr &&
         evidence_.witnesses.unnotified(logon) != nullptr;
}

bool Grader::is_after_known(const HumanLogon& logon) const {
  return window_.earliest_end.given() && logon.time > window_.earliest_end;
}

bool Grader::is_unsure(const HumanLogon& logon) const {
  return has_unread_class_ || !doubt_of(listing_).empty() || !window_.latest_start.given() ||
         logon.time < window_.latest_start || is_after_known(logon) || is_switched_off(logon) ||
         is_beside_parts(logon.time, window_.parts) || is_in_hw_order_only(logon);
}

bool Grader::is_switched_off(const HumanLogon& logon) const {
  return is_between_parts(logon.time, window_.parts);
}

bool Grader::is_in_hw_order_only(const HumanLogon& logon) const {
  return std::ranges::any_of(hw_only_, [&](const HwOnly& each) {
    return logon.time > each.from && (!each.to.given() || logon.time < each.to);
  });
}

bool Grader::sends_nothing(const HumanLogon& logon) const {
  return evidence_.policy.sends_at(logon.time) == YesNo::no;
}

bool Grader::may_send_nothing(const HumanLogon& logon) const {
  return evidence_.policy.knows_build() && evidence_.policy.sends_at(logon.time) == YesNo::unknown;
}

}  // namespace npg::exposure
