#include "analysis/exposure/accounts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "analysis/exposure/actions.hpp"
#include "analysis/exposure/grader.hpp"
#include "analysis/exposure/window.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

using exposure::Grader;
using exposure::HumanLogon;
using exposure::in_window;
using exposure::OtherLogons;
using exposure::People;
using exposure::Person;
using exposure::Proof;

/// Limit: an account's list of evidence stays readable; the first events are enough to check each
/// grade.
constexpr std::size_t evidence_max = 50;

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
      // Of equals one that is surely inside of the window speaks.
      const bool speaks_better = best != nullptr && grade == account_.certainty &&
                                 grader_.is_unsure(*best) && !grader_.is_unsure(logon);
      if (best == nullptr || grade < account_.certainty || speaks_better) {
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

  /// A logon outside the window that the clock's changes may have put there.
  void take(const AccountEvidence::Displaced& displaced) {
    const HumanLogon& logon = *displaced.logon;
    const FileTime other =
        displaced.when.earliest != logon.time ? displaced.when.earliest : displaced.when.latest;
    ++account_.logons;
    if (account_.certainty == Certainty::not_by_this_route) {
      account_.certainty = Certainty::possible;
      account_.reason = fmt::format(
          "{}; the clock was changed: it is recorded at {}, outside the window, and may have been "
          "at {} by the clock as it stands now",
          logon.route.reason, to_screen_time(logon.time), to_screen_time(other));
    }
    has_logon_ = true;
    // Only times that a record bears are shown.
    if (!account_.first.given()) {
      span(logon.time, logon.time);
    }
    for (const LogonFact* fact : logon.told_by) {
      note(fact->logon_type, fact->source);
      elevated_ = elevated_ || fact->elevated;
    }
    if (account_.evidence.size() < evidence_max) {
      cite(logon);
      account_.evidence.insert(account_.evidence.end(), displaced.when.evidence.begin(),
                               displaced.when.evidence.end());
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

/// True when the recorded or the other time lies in the window.
bool may_be_in(const exposure::Clock::Range& range, const Exposure& window) {
  return in_window(range.earliest, window) || in_window(range.latest, window);
}

/// What the person did to the password inside the window without a logon in it: whether a provider
/// may have heard it. Nothing when the password was not changed.
std::optional<bool> heard_change_in(const Person& person, const Exposure& window,
                                    const AccountEvidence& evidence) {
  std::optional<bool> heard;
  for (const PasswordChangeFact* change : evidence.passwords_of(person.account, person.sid)) {
    if (change->by_user && in_window(change->time, window)) {
      heard = heard.value_or(false) || exposure::is_heard_change(*change, window, evidence);
    }
  }
  return heard;
}

}  // namespace

AccountEvidence::AccountEvidence(const exposure::NamedFacts& given_facts,
                                 std::span<const Change> changes, std::span<const Exposure> windows,
                                 const ClockCorrection& correction)
    : named(given_facts),
      facts(given_facts.all()),
      people(facts, windows),
      witnesses(facts),
      privileged(facts),
      policy(facts, changes) {
  is_domain_controller = std::ranges::any_of(facts.identities, [](const auto& identity) {
    return identity.moment == HiveMoment::current &&
           equal_names(identity.product_type.raw(), "LanmanNT");
  });
  if (const exposure::Clock clock(facts); !clock.steps().empty()) {
    for (const exposure::People::Timed& each : people.by_time()) {
      const bool is_sure = std::ranges::any_of(each.logon->told_by, [&](const LogonFact* fact) {
        return fact->time == each.time && correction.is_sure(*fact);
      });
      if (auto range = clock.range_of(each.time); !is_sure && range.earliest != range.latest) {
        displaced[each.person].push_back({each.logon, std::move(range)});
      }
    }
  }
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
  // A name may have been given anew: an event that names another SID is another account's.
  std::erase_if(all, [&](const PasswordChangeFact* change) {
    return !sid.empty() && !change->sid.empty() && sid != change->sid;
  });
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
    if (const auto moved = evidence.displaced.find(&person); moved != evidence.displaced.end()) {
      for (const AccountEvidence::Displaced& each : moved->second) {
        if (!in_window(each.logon->time, window) && may_be_in(each.when, window)) {
          summary.take(each);
        }
      }
    }
    for (const OtherLogons& others : person.others) {
      if (evidence.people.is_in(others.stretch, window)) {
        summary.take(others);
      }
    }
    const bool has_logon = summary.has_logon();
    const std::optional<bool> changed =
        has_logon ? std::nullopt : heard_change_in(person, window, evidence);
    if (!has_logon && !changed) {
      continue;
    }
    const bool is_elevated = summary.is_elevated();
    ExposedAccount account = summary.finish();
    if (!has_logon) {
      // Somebody who logged on before the window and changed the password inside it.
      account.certainty = *changed ? Certainty::possible : Certainty::not_by_this_route;
      account.reason = "no logon inside the window; the password was changed in it (4723)";
    }
    auto reasons = evidence.privileged.of(person.account, person.sid, account.first);
    account.why_privileged = std::move(reasons.why);
    if (is_elevated) {
      account.why_privileged.emplace_back("elevated token (4624)");
      std::ranges::sort(account.why_privileged);
    }
    account.privileged = !account.why_privileged.empty();
    if (!account.privileged) {
      for (const std::string& group : reasons.former) {
        account.why_privileged.push_back("no reason at its logons: " + group);
      }
    }
    if (!account.privileged && exposure::name_hints_at_admin(person.account)) {
      account.why_privileged.emplace_back("only a hint: the name reads like an administrator's");
    }
    const bool reaches = has_logon && account.certainty != Certainty::not_by_this_route;
    exposure::judge_passwords(window, evidence, reaches, account);
    exposure::choose_action(window, evidence.is_domain_controller, account);
    if (account.evidence.size() > evidence_max) {
      account.evidence.resize(evidence_max);
    }
    out.accounts.push_back(std::move(account));
  }
  exposure::sort_accounts(out.accounts);
  return out;
}

}  // namespace npg
