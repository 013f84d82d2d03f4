#include "analysis/exposure/accounts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "analysis/exposure/route.hpp"
#include "analysis/exposure/window.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

constexpr std::uint64_t second = FileTime::per_second;

/// One typing of a password, told by one or more events.
struct HumanLogon {
  FileTime time;
  Route route;
  bool is_proven = false;
  std::string proof;
  std::vector<const LogonFact*> told_by;
};

struct Person {
  SharedText account;
  SharedText sid;
  std::vector<HumanLogon> logons;  ///< none: the password was changed in the window
};

bool in_window(FileTime time, const Exposure& window) {
  const FileTime from = window.earliest_start;
  return time >= from &&
         (!window.end.given() || window.end_kind == WindowEnd::still_active || time <= window.end);
}

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

/// A start of mpnotify.exe or a load of the provider's DLL by it: a witness that some logon was
/// notified.
struct Witness {
  FileTime time;
  std::uint64_t process_id = 0;
  std::optional<std::uint64_t> session;
  bool dll_loaded = false;
  bool used = false;
  Origin origin;
};

bool file_name_is(std::string_view path, std::string_view name) {
  return equal_names(path.substr(path.rfind('\\') + 1), name);
}

std::vector<Witness> witnesses_of(const Provider& provider, const FactSet& facts) {
  std::vector<Witness> witnesses;
  for (const ProcessStartFact& start : facts.process_starts) {
    if (file_name_is(start.image.raw(), "mpnotify.exe") &&
        file_name_is(start.parent_image.raw(), "winlogon.exe")) {
      // Security 4688 and Sysmon 1 tell of the same start; two processes are two starts.
      auto known = witnesses.rbegin();
      while (known != witnesses.rend() && start.time.ticks - known->time.ticks < 2 * second &&
             known->process_id != start.process_id) {
        ++known;
      }
      if (known == witnesses.rend() || start.time.ticks - known->time.ticks >= 2 * second) {
        witnesses.push_back({.time = start.time,
                             .process_id = start.process_id,
                             .session = start.session,
                             .origin = start.origin});
      } else if (!known->session) {
        known->session = start.session;
      }
    }
  }
  for (const ModuleLoadFact& load : facts.module_loads) {
    const bool is_provider = std::any_of(
        provider.dlls.begin(), provider.dlls.end(),
        [&](const ProviderDll& dll) { return equal_names(dll.path.resolved, load.module.raw()); });
    if (!is_provider || !file_name_is(load.image.raw(), "mpnotify.exe")) {
      continue;
    }
    const auto started = std::find_if(witnesses.rbegin(), witnesses.rend(), [&](const Witness& w) {
      const bool other_process =
          load.process_id != 0 && w.process_id != 0 && load.process_id != w.process_id;
      return !other_process && w.time <= load.time &&
             load.time.ticks - w.time.ticks <= 120 * second;
    });
    if (started != witnesses.rend()) {
      started->dll_loaded = true;
    } else {
      witnesses.push_back({.time = load.time,
                           .process_id = load.process_id,
                           .dll_loaded = true,
                           .origin = load.origin});
    }
  }
  std::sort(witnesses.begin(), witnesses.end(),
            [](const Witness& a, const Witness& b) { return a.time < b.time; });
  return witnesses;
}

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
      known.told_by.insert(known.told_by.begin(), &logon);
      return;
    }
    if (knows_only_the_session(logon) && known_is(is_without_password, false)) {
      known.told_by.push_back(&logon);
      return;
    }
    if (both_reach || both_do_not) {
      const bool leads = better_told(logon, *known.told_by.front());
      known.told_by.insert(leads ? known.told_by.begin() : known.told_by.end(), &logon);
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

/// winlogon notifies right after the logon.
constexpr std::uint64_t near_logon = 30 * second;

/// Gives each witness to the one logon it fits best: same session where both name it, else the
/// nearest in time.
void apply_witnesses(std::vector<Person>& people, std::vector<Witness>& witnesses) {
  struct Pair {
    std::uint64_t apart;
    std::size_t witness;
    HumanLogon* logon;
  };
  std::vector<Pair> pairs;
  for (Person& person : people) {
    for (HumanLogon& logon : person.logons) {
      if (logon.route.certainty == Certainty::not_by_this_route) {
        continue;
      }
      const std::uint64_t b = logon.time.ticks;
      const std::uint64_t earliest = b - std::min(b, near_logon);
      const auto first = std::lower_bound(witnesses.begin(), witnesses.end(), FileTime{earliest},
                                          [](const Witness& w, FileTime t) { return w.time < t; });
      for (auto i = static_cast<std::size_t>(first - witnesses.begin());
           i < witnesses.size() && witnesses[i].time.ticks <= b + near_logon; ++i) {
        const std::uint64_t a = witnesses[i].time.ticks;
        const std::uint64_t apart = a > b ? a - b : b - a;
        const auto session =
            std::find_if(logon.told_by.begin(), logon.told_by.end(),
                         [](const LogonFact* f) { return f->session.has_value(); });
        const bool other_session = session != logon.told_by.end() && witnesses[i].session &&
                                   (*session)->session != witnesses[i].session;
        if (!other_session) {
          pairs.push_back({apart, i, &logon});
        }
      }
    }
  }
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& a, const Pair& b) { return a.apart < b.apart; });
  for (const Pair& pair : pairs) {
    Witness& witness = witnesses[pair.witness];
    if (!witness.used && !pair.logon->is_proven) {
      witness.used = true;
      pair.logon->is_proven = true;
      pair.logon->proof = witness.dll_loaded
                              ? "mpnotify.exe started for this logon and loaded the provider's DLL"
                              : "mpnotify.exe was started by winlogon for this logon";
    }
  }
}

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
                          const Provider& provider, const Privileged& privileged) {
  ExposedAccount account{
      .account = person.account, .sid = person.sid, .certainty = Certainty::not_by_this_route};
  std::set<std::uint32_t> types;
  std::set<std::string> sources;
  const HumanLogon* best = nullptr;
  const bool listed = was_listed(provider, facts);
  const auto certainty_of = [&](const HumanLogon& logon) {
    const bool unsure_of_provider = !listed || logon.time < window.latest_start;
    return logon.is_proven      ? Certainty::proven
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
      account.evidence.push_back(fact->origin);
    }
  }
  if (best == nullptr) {
    account.certainty = Certainty::possible;
    account.reason = "no logon inside the window; the password was changed in it (4723)";
  } else {
    account.reason = best->is_proven ? best->proof : std::string(best->route.reason);
    if (account.certainty == Certainty::possible && best->route.certainty == Certainty::likely) {
      account.reason += listed ? "; the provider may not have been in place yet"
                               : "; no order is seen to have listed the provider";
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

std::vector<ExposedAccount> exposed_accounts(const Exposure& window, const Provider& provider,
                                             const FactSet& facts) {
  std::vector<Person> people = people_in(window, facts);
  std::vector<Witness> witnesses = witnesses_of(provider, facts);
  apply_witnesses(people, witnesses);
  const Privileged privileged = privileged_of(facts);
  std::vector<ExposedAccount> accounts;
  accounts.reserve(people.size());
  for (const Person& person : people) {
    accounts.push_back(account_of(person, window, facts, provider, privileged));
  }
  std::stable_sort(
      accounts.begin(), accounts.end(), [](const ExposedAccount& a, const ExposedAccount& b) {
        return std::tuple(a.action, a.certainty, !a.privileged, name_key(a.account.raw()), a.sid) <
               std::tuple(b.action, b.certainty, !b.privileged, name_key(b.account.raw()), b.sid);
      });
  return accounts;
}

}  // namespace npg
