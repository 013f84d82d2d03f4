#include "analysis/exposure/accounts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "analysis/exposure/actions.hpp"
#include "analysis/exposure/window.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

using exposure::HumanLogon;
using exposure::in_window;
using exposure::OtherLogons;
using exposure::People;
using exposure::Person;
using exposure::Proof;

/// Limit: an account's list of evidence stays readable; the first events are enough to check each
/// grade.
constexpr std::size_t evidence_max = 50;

/// Grades the logons of one window.
class Grader {
 public:
  Grader(const Exposure& window, const exposure::Listener& listener,
         const AccountEvidence& evidence, const exposure::Proofs& proofs)
      : window_(window),
        evidence_(evidence),
        proofs_(proofs),
        is_program_(listener.provider == nullptr),
        listed_(listener.provider == nullptr || was_listed(*listener.provider, evidence.facts)) {}

  [[nodiscard]] const Proof* proof_of(const HumanLogon& logon) const {
    const auto found = proofs_.of.find(&logon);
    // What has no time is beside nothing.
    return found == proofs_.of.end() || !logon.time.given() ? nullptr : &found->second;
  }

  [[nodiscard]] Certainty grade(const HumanLogon& logon, bool is_protected) const {
    if (sends_nothing(logon)) {
      return Certainty::not_by_this_route;
    }
    // That mpnotify.exe ran says nothing of a provider that may not have been there: only a load of
    // its own DLL does. A program in its place is its own witness.
    const Proof* proof = proof_of(logon);
    const bool unsure = is_unsure(logon);
    if (proof != nullptr && (proof->saw_listener || !unsure)) {
      return Certainty::proven;
    }
    if (is_switched_off(logon)) {
      return proof != nullptr ? Certainty::possible : Certainty::not_by_this_route;
    }
    return unsure || is_protected ? std::max(logon.route.certainty, Certainty::possible)
                                  : logon.route.certainty;
  }

  /// Why a logon has its grade.
  [[nodiscard]] std::string reason(const HumanLogon& logon, Certainty grade,
                                   bool is_protected) const {
    const Proof* proof = proof_of(logon);
    if (grade == Certainty::not_by_this_route && sends_nothing(logon)) {
      return "no password was sent at that time: EnableMPR said so";
    }
    if (grade == Certainty::not_by_this_route && is_switched_off(logon)) {
      return "the log shows that the provider was switched off at that time";
    }
    std::string text(proof != nullptr ? proof->text : logon.route.reason);
    if (grade != Certainty::possible ||
        (proof == nullptr && logon.route.certainty != Certainty::likely)) {
      return text;
    }
    if (!listed_) {
      return text + "; no order is seen to have listed the provider";
    }
    const std::string_view word = is_program_ ? "program" : "provider";
    if (is_after_known(logon)) {
      return text + fmt::format("; the {} may have been gone by then", word);
    }
    if (logon.time < window_.latest_start) {
      return text + fmt::format("; the {} may not have been in place yet", word);
    }
    if (is_switched_off(logon)) {
      return text + "; the log shows that the provider was switched off at that time";
    }
    return is_protected ? text + "; a member of Protected Users, for whom some builds do not notify"
                        : text;
  }

 private:
  [[nodiscard]] bool is_after_known(const HumanLogon& logon) const {
    return window_.earliest_end.given() && logon.time > window_.earliest_end;
  }
  [[nodiscard]] bool is_unsure(const HumanLogon& logon) const {
    return !listed_ || !window_.latest_start.given() || logon.time < window_.latest_start ||
           is_after_known(logon) || is_switched_off(logon);
  }
  [[nodiscard]] bool is_switched_off(const HumanLogon& logon) const {
    for (std::size_t i = 1; i < window_.parts.size(); ++i) {
      if (logon.time > window_.parts[i - 1].to && logon.time < window_.parts[i].from) {
        return true;
      }
    }
    return false;
  }
  [[nodiscard]] bool sends_nothing(const HumanLogon& logon) const {
    return !evidence_.policy.turns().empty() && evidence_.policy.sends_at(logon.time) == YesNo::no;
  }

  const Exposure& window_;
  const AccountEvidence& evidence_;
  const exposure::Proofs& proofs_;
  bool is_program_;
  bool listed_;
};

/// Collects what the logons of one person in one window say.
class Summary {
 public:
  Summary(const Person& person, const Grader& grader) : grader_(grader) {
    account_.account = person.account;
    account_.sid = person.sid;
    account_.certainty = Certainty::not_by_this_route;
  }

  void take(std::span<const HumanLogon> logons, bool is_protected) {
    const HumanLogon* best = nullptr;
    for (const HumanLogon& logon : logons) {
      const Certainty grade = grader_.grade(logon, is_protected);
      if (best == nullptr || grade < account_.certainty) {
        account_.certainty = grade;
        best = &logon;
      }
      account_.logons += grade == Certainty::not_by_this_route ? 0U : 1U;
    }
    if (best == nullptr) {
      return;
    }
    has_logon_ = true;
    account_.reason = grader_.reason(*best, account_.certainty, is_protected);
    // The logon that gives the grade stands first: the bound on the list must not cut its proof.
    cite(*best);
    for (const HumanLogon& logon : logons) {
      // Logons that cannot have told the provider do not stretch the times of those that can.
      if (account_.certainty != Certainty::not_by_this_route &&
          grader_.grade(logon, is_protected) == Certainty::not_by_this_route) {
        continue;
      }
      span(logon.time, logon.time);
      for (const LogonFact* fact : logon.told_by) {
        note(fact->logon_type, fact->source);
      }
      for (const LogonFact* fact : logon.told_by) {
        elevated_ = elevated_ || fact->elevated;
      }
      if (&logon != best && account_.evidence.size() < evidence_max) {
        cite(logon);
      }
    }
  }

  void take(const OtherLogons& others) {
    if (account_.certainty != Certainty::not_by_this_route) {
      return;
    }
    if (!has_logon_) {
      account_.reason = std::string(others.reason);
      has_logon_ = true;
    }
    span(others.first, others.last);
    types_.insert(others.types.begin(), others.types.end());
    for (const LogonSource source : others.sources) {
      note(std::nullopt, source);
    }
    account_.evidence.insert(account_.evidence.end(), others.evidence.begin(),
                             others.evidence.end());
  }

  [[nodiscard]] bool has_logon() const { return has_logon_; }
  [[nodiscard]] bool is_elevated() const { return elevated_; }

  ExposedAccount finish() {
    account_.logon_types.assign(types_.begin(), types_.end());
    account_.sources.assign(sources_.begin(), sources_.end());
    return std::move(account_);
  }

 private:
  void span(FileTime first, FileTime last) {
    account_.first = account_.first.given() ? std::min(account_.first, first) : first;
    account_.last = std::max(account_.last, last);
  }
  void note(std::optional<std::uint32_t> type, LogonSource source) {
    if (type) {
      types_.insert(*type);
    }
    sources_.insert(std::string(name_of(source)));
  }
  void cite(const HumanLogon& logon) {
    if (const Proof* proof = grader_.proof_of(logon)) {
      account_.evidence.insert(account_.evidence.end(), proof->records.begin(),
                               proof->records.end());
    }
    for (const LogonFact* fact : logon.told_by) {
      account_.evidence.push_back(fact->origin);
    }
  }

  const Grader& grader_;
  ExposedAccount account_;
  std::set<std::uint32_t> types_;
  std::set<std::string> sources_;
  bool has_logon_ = false;
  bool elevated_ = false;
};

bool changed_password_in(const Person& person, const Exposure& window,
                         const AccountEvidence& evidence) {
  return std::ranges::any_of(evidence.passwords_of(person.account, person.sid),
                             [&](const PasswordChangeFact* change) {
                               return change->by_user && in_window(change->time, window);
                             });
}

}  // namespace

AccountEvidence::AccountEvidence(const FactSet& given_facts, std::span<const Change> changes,
                                 std::span<const Exposure> windows)
    : facts(given_facts),
      people(given_facts, windows),
      witnesses(given_facts),
      privileged(given_facts),
      policy(given_facts, changes) {
  is_domain_controller = std::ranges::any_of(facts.identities, [](const auto& identity) {
    return identity.moment == HiveMoment::current &&
           equal_names(identity.product_type.raw(), "LanmanNT");
  });
  std::unordered_map<std::uint64_t, std::vector<const PasswordChangeFact*>> by_session;
  for (const PasswordChangeFact& change : facts.password_changes) {
    passwords_[name_key(change.account.raw())].push_back(&change);
    if (!change.sid.empty()) {
      passwords_[std::string(change.sid.raw())].push_back(&change);
    }
    if (change.actor.logon_id) {
      by_session[*change.actor.logon_id].push_back(&change);
    }
  }
  if (by_session.empty()) {
    return;
  }
  for (const LogonFact& logon : facts.logons) {
    if (logon.source != LogonSource::security_4624 || !logon.logon_id) {
      continue;
    }
    const auto found = by_session.find(*logon.logon_id);
    for (const PasswordChangeFact* change :
         found == by_session.end() ? std::vector<const PasswordChangeFact*>() : found->second) {
      if (logon.time <= change->time) {
        changed_in[change] = &logon;  // The last one before the change stays.
      }
    }
  }
}

std::vector<const PasswordChangeFact*> AccountEvidence::passwords_of(const SharedText& account,
                                                                     const SharedText& sid) const {
  std::vector<const PasswordChangeFact*> all;
  const auto take = [&](const std::string& key) {
    if (const auto found = passwords_.find(key); !key.empty() && found != passwords_.end()) {
      all.insert(all.end(), found->second.begin(), found->second.end());
    }
  };
  take(name_key(account.raw()));
  take(std::string(sid.raw()));
  // All of them stand in one vector in time order.
  std::ranges::sort(all);
  all.erase(std::ranges::unique(all).begin(), all.end());
  return all;
}

WindowAccounts accounts_in(const Exposure& window, const exposure::Listener& listener,
                           const AccountEvidence& evidence) {
  const exposure::Proofs proofs =
      exposure::proofs_of(evidence.people, evidence.witnesses.of(listener), listener);
  const Grader grader(window, listener, evidence, proofs);
  WindowAccounts out;
  for (const FileTime time : proofs.unexplained) {
    if (in_window(time, window)) {
      out.unexplained.push_back(time);
    }
  }
  for (const Person& person : evidence.people.all()) {
    Summary summary(person, grader);
    summary.take(People::logons_in(person, window),
                 evidence.privileged.is_protected_user(person.sid));
    for (const OtherLogons& others : person.others) {
      if (evidence.people.is_in(others.stretch, window)) {
        summary.take(others);
      }
    }
    const bool has_logon = summary.has_logon();
    if (!has_logon && !changed_password_in(person, window, evidence)) {
      continue;
    }
    const bool is_elevated = summary.is_elevated();
    ExposedAccount account = summary.finish();
    if (!has_logon) {
      // Somebody who logged on before the window and changed the password inside it.
      account.certainty = Certainty::possible;
      account.reason = "no logon inside the window; the password was changed in it (4723)";
    }
    account.why_privileged = evidence.privileged.why(person.account, person.sid);
    if (is_elevated) {
      account.why_privileged.emplace_back("elevated token (4624)");
      std::ranges::sort(account.why_privileged);
    }
    account.privileged = !account.why_privileged.empty();
    if (!account.privileged && exposure::name_hints_at_admin(person.account)) {
      account.why_privileged.emplace_back("only a hint: the name reads like an administrator's");
    }
    const bool reaches = has_logon && account.certainty != Certainty::not_by_this_route;
    exposure::judge_passwords(window, evidence, reaches, account);
    exposure::choose_action(window, evidence, account);
    if (account.evidence.size() > evidence_max) {
      account.evidence.resize(evidence_max);
    }
    out.accounts.push_back(std::move(account));
  }
  std::ranges::stable_sort(out.accounts, [](const ExposedAccount& a, const ExposedAccount& b) {
    return std::tuple(a.action, a.certainty, !a.privileged, name_key(a.account.raw()), a.sid) <
           std::tuple(b.action, b.certainty, !b.privileged, name_key(b.account.raw()), b.sid);
  });
  return out;
}

}  // namespace npg
