#include "analysis/exposure/people.hpp"

#include <algorithm>
#include <map>

#include "base/evidence_text.hpp"

namespace npg::exposure {
namespace {

constexpr std::uint64_t second = FileTime::per_second;

/// The SID of each account name and the name of each SID, from events that give both.
class Names {
 public:
  explicit Names(const FactSet& facts) {
    for (const LogonFact& logon : facts.logons) {
      learn(logon.account, logon.sid);
    }
    for (const PrivilegeFact& privilege : facts.privileges) {
      learn(privilege.account, privilege.sid);
    }
    for (const PasswordChangeFact& change : facts.password_changes) {
      learn(change.account, change.sid);
    }
    for (const ProcessStartFact& start : facts.process_starts) {
      learn(start.account, start.sid);
    }
    for (const RegistryChangeFact& change : facts.registry_changes) {
      learn(change.actor.account, change.actor.sid);
    }
    pair_sessions(facts);
  }
  [[nodiscard]] SharedText account_of(const SharedText& sid) const {
    const auto found = by_sid_.find(std::string(sid.raw()));
    return found == by_sid_.end() ? SharedText() : found->second;
  }
  [[nodiscard]] SharedText sid_of(const SharedText& account) const {
    const auto found = by_account_.find(name_key(account.raw()));
    return found == by_account_.end() ? SharedText() : found->second;
  }

 private:
  void learn(const SharedText& account, const SharedText& sid) {
    if (!account.empty() && sid.raw().starts_with("S-1-")) {
      by_sid_.try_emplace(std::string(sid.raw()), account);
      by_account_.try_emplace(name_key(account.raw()), sid);
    }
  }
  /// System 7001 has only the SID of a session's user and LocalSessionManager 21 only the name:
  /// the same session within seconds makes them one person, where no event says otherwise.
  void pair_sessions(const FactSet& facts) {
    constexpr std::uint64_t same_logon = 10 * second;
    std::vector<const LogonFact*> named;
    for (const LogonFact& logon : facts.logons) {
      if (logon.source == LogonSource::local_session_21 && logon.session &&
          sid_of(logon.account).empty()) {
        named.push_back(&logon);
      }
    }
    for (const LogonFact& logon : facts.logons) {
      if (logon.source != LogonSource::winlogon_7001 || !account_of(logon.sid).empty()) {
        continue;
      }
      const FileTime earliest{logon.time.ticks - std::min(logon.time.ticks, same_logon)};
      auto other = std::lower_bound(named.begin(), named.end(), earliest,
                                    [](const LogonFact* f, FileTime t) { return f->time < t; });
      for (; other != named.end() && (*other)->time.ticks <= logon.time.ticks + same_logon;
           ++other) {
        if ((*other)->session == logon.session) {
          learn((*other)->account, logon.sid);
          break;
        }
      }
    }
  }

  std::map<std::string, SharedText> by_sid_;
  std::map<std::string, SharedText> by_account_;
};
/// A remote desktop logon that brought no password: the session that began with it brought none
/// either, whatever the logs that know only sessions say.
bool is_without_password(const LogonFact& logon) {
  return logon.source == LogonSource::security_4624 &&
         (logon.restricted_admin || logon.remote_credential_guard);
}
bool knows_only_the_session(const LogonFact& logon) {
  return logon.source != LogonSource::security_4624 && logon.source != LogonSource::security_4801;
}

bool better_told(const LogonFact& a, const LogonFact& b) {
  return static_cast<int>(a.source) < static_cast<int>(b.source);
}

enum class Place : std::uint8_t { first, last };

/// Adds an event to those that tell of a logon; the first one speaks for it.
void tell(HumanLogon& known, const LogonFact& logon, Place place) {
  known.told_by.push_back(&logon);
  if (place == Place::first) {
    std::swap(known.told_by.front(), known.told_by.back());
  }
}

/// Joins events of one person that lie within seconds of each other: linked tokens, the lsass echo
/// of a cached logon, and the same logon in System, Security and TerminalServices logs.
void add_event(Person& person, const LogonFact& logon) {
  const Route route = route_of(logon);
  constexpr std::uint64_t same_logon = 10 * second;
  // Facts come in time order, so only the newest logons can be the same one.
  for (std::size_t i = person.logons.size(); i-- > 0;) {
    HumanLogon& known = person.logons[i];
    const std::uint64_t apart = logon.time.ticks - known.time.ticks;
    if (apart > same_logon) {
      break;
    }
    // A network logon beside an interactive one is another event of another route.
    const bool both_reach = route.certainty != Certainty::not_by_this_route &&
                            known.route.certainty != Certainty::not_by_this_route;
    const bool both_do_not = route.certainty == Certainty::not_by_this_route &&
                             known.route.certainty == Certainty::not_by_this_route;
    const auto known_is = [&known](auto predicate, bool all) {
      const auto is = [&](const LogonFact* f) { return predicate(*f); };
      return all ? std::all_of(known.told_by.begin(), known.told_by.end(), is)
                 : std::any_of(known.told_by.begin(), known.told_by.end(), is);
    };
    if (is_without_password(logon) && known_is(knows_only_the_session, true)) {
      known.route = route;
      tell(known, logon, Place::first);
      return;
    }
    if (knows_only_the_session(logon) && known_is(is_without_password, false)) {
      known.told_by.push_back(&logon);
      return;
    }
    if (both_reach || both_do_not) {
      const bool leads = better_told(logon, *known.told_by.front());
      tell(known, logon, leads ? Place::first : Place::last);
      // The Security log's own word on the type wins over sources that do not know it.
      if (leads || (route.certainty < known.route.certainty &&
                    known.told_by.front()->source == logon.source)) {
        known.route = route;
      }
      return;
    }
  }
  person.logons.push_back({.time = logon.time, .route = route, .told_by = {&logon}});
}

}  // namespace

bool in_window(FileTime time, const Exposure& window) {
  const FileTime from = window.earliest_start;
  return time >= from &&
         (!window.end.given() || window.end_kind == WindowEnd::still_active || time <= window.end);
}
std::vector<Person> people_in(const Exposure& window, const FactSet& facts) {
  const Names names(facts);
  std::map<std::string, Person> people;
  for (const LogonFact& logon : facts.logons) {
    if (!in_window(logon.time, window) || is_machine_account(logon) ||
        logon.source == LogonSource::security_4648 || logon.source == LogonSource::profile_1 ||
        logon.source == LogonSource::winlogon_811) {
      continue;  // The last two name no account of their own; they never add a person.
    }
    const SharedText sid = logon.sid.empty() ? names.sid_of(logon.account) : logon.sid;
    const SharedText account = logon.account.empty() ? names.account_of(sid) : logon.account;
    const std::string key = sid.empty() ? name_key(account.raw()) : std::string(sid.raw());
    if (key.empty()) {
      continue;
    }
    Person& person = people[key];
    person.sid = sid;
    person.account = person.account.empty() ? account : person.account;
    add_event(person, logon);
  }
  for (const PasswordChangeFact& change : facts.password_changes) {
    if (!change.by_user || !in_window(change.time, window)) {
      continue;
    }
    // Somebody who logged on before the window and changed the password inside it.
    const SharedText sid = change.sid.empty() ? names.sid_of(change.account) : change.sid;
    const std::string key = sid.empty() ? name_key(change.account.raw()) : std::string(sid.raw());
    if (!key.empty()) {
      Person& person = people[key];
      person.sid = sid;
      person.account = person.account.empty() ? change.account : person.account;
    }
  }
  std::vector<Person> out;
  for (auto& [key, person] : people) {
    out.push_back(std::move(person));
  }
  return out;
}

}  // namespace npg::exposure
