#include "analysis/exposure/accounts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "analysis/exposure/people.hpp"
#include "analysis/exposure/window.hpp"
#include "analysis/exposure/witnesses.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

using exposure::HumanLogon;
using exposure::in_window;
using exposure::Person;

/// Who was given special privileges, by SID and by account name.
struct Privileged {
  std::set<std::string, std::less<>> sids;
  std::set<std::string, std::less<>> accounts;
};

Privileged privileged_of(const FactSet& facts) {
  Privileged privileged;
  for (const PrivilegeFact& privilege : facts.privileges) {
    privileged.sids.emplace(privilege.sid.raw());
    privileged.accounts.insert(name_key(privilege.account.raw()));
  }
  return privileged;
}

std::vector<std::string> privileges_of(const Person& person, const Privileged& privileged) {
  std::set<std::string> why;
  const std::string_view sid = person.sid.raw();
  if (sid.empty() ? privileged.accounts.contains(name_key(person.account.raw()))
                  : privileged.sids.contains(sid)) {
    why.insert("special privileges at logon (4672)");
  }
  if (sid.starts_with("S-1-5-21-")) {
    const std::string_view rid = sid.substr(sid.rfind('-') + 1);
    if (rid == "500") {
      why.insert("built-in Administrator (RID 500)");
    }
  }
  for (const HumanLogon& logon : person.logons) {
    for (const LogonFact* fact : logon.told_by) {
      if (fact->elevated) {
        why.insert("elevated token (4624)");
      }
    }
  }
  return {why.begin(), why.end()};
}

bool name_hints_at_admin(const SharedText& account) {
  std::string name = name_key(account.raw());
  name = name.substr(name.rfind('\\') + 1);
  return name.starts_with("ADM") || name.starts_with("DA-") ||
         name.find("ADMIN") != std::string::npos;
}

/// On a domain controller every member's change of password is logged, wherever it was typed.
bool is_domain_controller(const FactSet& facts) {
  return std::any_of(facts.identities.begin(), facts.identities.end(), [](const auto& identity) {
    return identity.moment == HiveMoment::current &&
           equal_names(identity.product_type.raw(), "LanmanNT");
  });
}

void judge_passwords(const Exposure& window, const FactSet& facts, bool has_logon,
                     ExposedAccount& account) {
  const bool may_be_elsewhere = !has_logon && is_domain_controller(facts);
  for (const PasswordChangeFact& change : facts.password_changes) {
    const bool same =
        account.sid.empty()
            ? equal_names(change.account.raw(), account.account.raw())
            : change.sid == account.sid || equal_names(change.account.raw(), account.account.raw());
    if (!same) {
      continue;
    }
    if (change.by_user && in_window(change.time, window) && may_be_elsewhere) {
      account.evidence.push_back(change.origin);
    } else if (change.by_user && in_window(change.time, window)) {
      account.password_changed = true;
      account.evidence.push_back(change.origin);
      account.reason +=
          "; the password was changed here inside the window, so the old and the new one are "
          "exposed";
    } else if (window.end.given() && window.end_kind == WindowEnd::removed &&
               change.time > window.end) {
      account.reset_seen = change.time;
      account.evidence.push_back(change.origin);
    }
  }
}

void choose_action(const Exposure& window, ExposedAccount& account) {
  const bool reached =
      account.certainty == Certainty::proven || account.certainty == Certainty::likely;
  if (account.certainty == Certainty::not_by_this_route || window.password_sent == YesNo::no) {
    account.action = account.password_changed ? Action::review : Action::none;
  } else if (account.reset_seen.given()) {
    account.action = Action::review;
  } else if (reached && (account.privileged || account.password_changed)) {
    account.action = Action::reset_now;
  } else {
    account.action = reached || account.password_changed ? Action::reset : Action::review;
  }
}

ExposedAccount account_of(const Person& person, const Exposure& window, const FactSet& facts,
                          const exposure::Listener& listener, const Privileged& privileged) {
  ExposedAccount account{
      .account = person.account, .sid = person.sid, .certainty = Certainty::not_by_this_route};
  std::set<std::uint32_t> types;
  std::set<std::string> sources;
  const HumanLogon* best = nullptr;
  const bool listed = listener.provider == nullptr || was_listed(*listener.provider, facts);
  const auto is_after_known = [&window](const HumanLogon& logon) {
    return window.earliest_end.given() && logon.time > window.earliest_end;
  };
  const auto certainty_of = [&](const HumanLogon& logon) {
    // That mpnotify.exe ran says nothing of a provider that may not have been there: only a load of
    // its own DLL does. A program in its place is its own witness.
    const bool unsure_of_provider =
        !listed || logon.time < window.latest_start || is_after_known(logon);
    return logon.is_proven && (logon.saw_listener || !unsure_of_provider) ? Certainty::proven
           : unsure_of_provider ? std::max(logon.route.certainty, Certainty::possible)
                                : logon.route.certainty;
  };
  for (const HumanLogon& logon : person.logons) {
    const Certainty certainty = certainty_of(logon);
    const bool reaches = certainty != Certainty::not_by_this_route;
    if (best == nullptr || certainty < account.certainty) {
      account.certainty = certainty;
      best = &logon;
    }
    if (reaches) {
      ++account.logons;
    }
  }
  const auto cite = [&account](const HumanLogon& logon) {
    account.evidence.insert(account.evidence.end(), logon.proof_records.begin(),
                            logon.proof_records.end());
    for (const LogonFact* fact : logon.told_by) {
      account.evidence.push_back(fact->origin);
    }
  };
  // The logon that gives the grade stands first: the bound on the list must not cut its proof.
  if (best != nullptr) {
    cite(*best);
  }
  for (const HumanLogon& logon : person.logons) {
    // Logons that cannot have told the provider do not stretch the times of those that can.
    const bool counts = account.certainty == Certainty::not_by_this_route || logon.is_proven ||
                        logon.route.certainty != Certainty::not_by_this_route;
    if (!counts) {
      continue;
    }
    account.first = account.first.given() ? std::min(account.first, logon.time) : logon.time;
    account.last = std::max(account.last, logon.time);
    for (const LogonFact* fact : logon.told_by) {
      if (fact->logon_type) {
        types.insert(*fact->logon_type);
      }
      sources.insert(std::string(name_of(fact->source)));
    }
    if (&logon != best) {
      cite(logon);
    }
  }
  if (best == nullptr) {
    account.certainty = Certainty::possible;
    account.reason = "no logon inside the window; the password was changed in it (4723)";
  } else {
    account.reason = best->is_proven ? best->proof : std::string(best->route.reason);
    if (account.certainty == Certainty::possible &&
        (best->is_proven || best->route.certainty == Certainty::likely)) {
      const std::string_view word = listener.provider == nullptr ? "program" : "provider";
      account.reason += !listed ? "; no order is seen to have listed the provider"
                        : is_after_known(*best)
                            ? fmt::format("; the {} may have been gone by then", word)
                            : fmt::format("; the {} may not have been in place yet", word);
    }
  }
  account.logon_types.assign(types.begin(), types.end());
  account.sources.assign(sources.begin(), sources.end());
  account.why_privileged = privileges_of(person, privileged);
  account.privileged = !account.why_privileged.empty();
  if (!account.privileged && name_hints_at_admin(person.account)) {
    account.why_privileged.emplace_back("only a hint: the name reads like an administrator's");
  }
  const bool has_logon = best != nullptr && account.certainty != Certainty::not_by_this_route;
  judge_passwords(window, facts, has_logon, account);
  choose_action(window, account);
  // Limit: an account's list of evidence stays readable; the first events are enough to check each
  // grade.
  constexpr std::size_t evidence_max = 50;
  if (account.evidence.size() > evidence_max) {
    account.evidence.resize(evidence_max);
  }
  return account;
}

}  // namespace

std::vector<ExposedAccount> exposed_accounts(const Exposure& window,
                                             const exposure::Listener& listener,
                                             const FactSet& facts) {
  std::vector<Person> people = exposure::people_in(window, facts);
  std::vector<exposure::Witness> witnesses = exposure::witnesses_of(listener, facts);
  exposure::apply_witnesses(people, witnesses, listener);
  const Privileged privileged = privileged_of(facts);
  std::vector<ExposedAccount> accounts;
  accounts.reserve(people.size());
  for (const Person& person : people) {
    accounts.push_back(account_of(person, window, facts, listener, privileged));
  }
  std::stable_sort(
      accounts.begin(), accounts.end(), [](const ExposedAccount& a, const ExposedAccount& b) {
        return std::tuple(a.action, a.certainty, !a.privileged, name_key(a.account.raw()), a.sid) <
               std::tuple(b.action, b.certainty, !b.privileged, name_key(b.account.raw()), b.sid);
      });
  return accounts;
}

std::vector<FileTime> unexplained_notifications(const Exposure& window,
                                                const exposure::Listener& listener,
                                                const FactSet& facts) {
  std::vector<Person> people = exposure::people_in(window, facts);
  std::vector<exposure::Witness> witnesses = exposure::witnesses_of(listener, facts);
  exposure::apply_witnesses(people, witnesses, listener);
  std::vector<FileTime> times;
  for (const exposure::Witness& witness : witnesses) {
    if (!witness.used && in_window(witness.time, window)) {
      times.push_back(witness.time);
    }
  }
  return times;
}

}  // namespace npg
