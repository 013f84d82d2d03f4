#include "analysis/exposure/people.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "analysis/exposure/names.hpp"
#include "base/evidence_text.hpp"

namespace npg::exposure {
namespace {

/// Events of different logs about one logon lie within seconds of each other.
constexpr std::uint64_t same_logon = 10 * FileTime::per_second;
/// winlogon waits for a slow mpnotify.exe before the session's own events are written.
constexpr std::uint64_t same_session = 60 * FileTime::per_second;
/// Two 4624 of one logon (linked tokens, the echo of lsass.exe) lie closer.
constexpr std::uint64_t same_record = 2 * FileTime::per_second;
/// Limit: what is kept of the events that tell of one logon, and of logons that reach nobody.
constexpr std::size_t told_by_max = 16;
constexpr std::size_t other_evidence_max = 10;

/// A remote desktop logon that brought no password: the session that began with it brought none
/// either, whatever the logs that know only sessions say.
bool is_without_password(const LogonFact& logon) {
  return logon.source == LogonSource::security_4624 &&
         (logon.restricted_admin || logon.remote_credential_guard);
}
bool knows_only_the_session(const LogonFact& logon) {
  return logon.source != LogonSource::security_4624 && logon.source != LogonSource::security_4801;
}
/// Services and tasks load profiles, too: such an event never says more than another one.
bool is_weak(const LogonFact& logon) {
  return logon.source == LogonSource::profile_5 || logon.source == LogonSource::security_4648;
}
bool is_told_by_winlogon(const LogonFact& logon) {
  const std::string_view path = logon.process.raw();
  return equal_names(path.substr(path.rfind('\\') + 1), "winlogon.exe");
}
/// These name no account of their own, or none that logged on.
bool names_nobody(const LogonFact& logon) {
  switch (logon.source) {
    // Programs use other credentials all day; those that winlogon has were typed at it.
    case LogonSource::security_4648: return !is_told_by_winlogon(logon);
    case LogonSource::profile_1:
    case LogonSource::profile_67:
    case LogonSource::winlogon_811:
    case LogonSource::winlogon_812: return true;
    default: return false;
  }
}
bool better_told(const LogonFact& a, const LogonFact& b) {
  return static_cast<int>(a.source) < static_cast<int>(b.source);
}
bool reaches(const Route& route) {
  return route.certainty != Certainty::not_by_this_route;
}
/// A reconnect ends the short session that it began with and goes on in the old one.
bool changes_session(const LogonFact& logon) {
  return logon.source == LogonSource::local_session_25 ||
         logon.source == LogonSource::local_session_41 ||
         logon.source == LogonSource::security_4778;
}
/// An interactive logon by 4624.
bool is_interactive(const HumanLogon& logon) {
  const LogonFact& first = *logon.told_by.front();
  const std::uint32_t type = first.logon_type.value_or(0);
  return first.source == LogonSource::security_4624 && (type == 2 || (type >= 10 && type <= 12));
}
/// An interactive logon by 4624 that no event of its session is joined to yet.
bool awaits_session(const HumanLogon& logon) {
  return is_interactive(logon) && std::ranges::none_of(logon.told_by, [](const LogonFact* fact) {
           return fact->source == LogonSource::winlogon_7001 ||
                  fact->source == LogonSource::local_session_21;
         });
}
bool begins_session(const LogonFact& logon) {
  return logon.source == LogonSource::winlogon_7001 ||
         logon.source == LogonSource::local_session_21 || logon.source == LogonSource::profile_5;
}
bool is_linked(const LogonFact& a, const LogonFact& b) {
  return (a.logon_id && (a.logon_id == b.logon_id || a.logon_id == b.linked_logon_id)) ||
         (b.logon_id && b.logon_id == a.linked_logon_id);
}

enum class Place : std::uint8_t { first, last };

void tell(HumanLogon& known, const LogonFact& logon, Place place) {
  if (known.told_by.size() < told_by_max) {
    known.told_by.push_back(&logon);
    if (place == Place::first) {
      std::swap(known.told_by.front(), known.told_by.back());
    }
  } else if (place == Place::first) {
    known.told_by.front() = &logon;
  }
}

/// Winlogon's own word on what it notified its subscribers of, where the channel is there.
class Notifications {
 public:
  explicit Notifications(const FactSet& facts) {
    for (const LogonFact& logon : facts.logons) {
      if (logon.source == LogonSource::winlogon_811 || logon.source == LogonSource::winlogon_812) {
        codes_.push_back({logon.time, logon.detail});
      }
    }
  }
  /// True when it tells of an unlock about then and of no logon: a cached unlock is logged as type
  /// 11 all the same.
  [[nodiscard]] bool says_unlock(FileTime time) const {
    constexpr std::uint64_t near = 5 * FileTime::per_second;
    constexpr std::uint32_t logon_code = 2;
    constexpr std::uint32_t unlock_code = 5;
    bool unlocked = false;
    auto each = std::ranges::lower_bound(codes_, FileTime{time.ticks - std::min(time.ticks, near)},
                                         {}, &Code::time);
    for (; each != codes_.end() && each->time.ticks <= time.ticks + near; ++each) {
      if (each->code == logon_code) {
        return false;
      }
      unlocked = unlocked || each->code == unlock_code;
    }
    return unlocked;
  }

 private:
  struct Code {
    FileTime time;
    std::uint32_t code = 0;
  };
  std::vector<Code> codes_;
};

/// A person whose newest logons may still be told of by further events.
struct Draft {
  Person person;
  std::vector<HumanLogon> recent;
  FileTime settled;  ///< the newest of those that may have reached a provider and are done with
};

/// `is_newest`: no other logon of the person lies between.
bool may_be_same(const HumanLogon& known, const LogonFact& logon, bool is_newest) {
  const std::uint64_t apart = logon.time.ticks - known.time.ticks;
  if (apart > same_logon) {
    const bool same_number =
        begins_session(logon) && logon.session &&
        std::ranges::any_of(known.told_by, [&](const LogonFact* told) {
          return told->session == logon.session && told->source != logon.source;
        });
    const bool is_late_session = begins_session(logon) && awaits_session(known) && is_newest;
    return apart <= same_session && (same_number || is_late_session);
  }
  for (const LogonFact* told : known.told_by) {
    const bool other_session = told->session && logon.session && told->session != logon.session &&
                               !changes_session(*told) && !changes_session(logon);
    if (other_session) {
      return false;
    }
  }
  if (logon.source != LogonSource::security_4624) {
    return true;
  }
  bool has_record = false;
  for (const LogonFact* told : known.told_by) {
    if (told->source != LogonSource::security_4624) {
      continue;
    }
    has_record = true;
    if (logon.time.ticks - told->time.ticks <= same_record || is_linked(*told, logon)) {
      return true;
    }
  }
  return !has_record;
}

/// A remote desktop logon without a password is the one that the logs of sessions tell of, whatever
/// network logons (that of NLA) lie beside it.
bool join_to_session(Draft& draft, const LogonFact& logon, const Route& route) {
  for (std::size_t i = draft.recent.size(); i-- > 0;) {
    HumanLogon& known = draft.recent[i];
    const bool is_session = std::ranges::all_of(known.told_by, [](const LogonFact* fact) {
      return knows_only_the_session(*fact) && !is_weak(*fact);
    });
    if (is_session && may_be_same(known, logon, true)) {
      known.route = route;
      tell(known, logon, Place::first);
      return true;
    }
  }
  return false;
}

/// Joins events of one person that tell of one logon: linked tokens, the lsass echo of a cached
/// logon, and the same logon in System, Security and TerminalServices logs.
void add_event(Draft& draft, const LogonFact& logon) {
  const Route route = route_of(logon);
  if (is_without_password(logon) && join_to_session(draft, logon, route)) {
    return;
  }
  bool is_newest = true;
  for (std::size_t i = draft.recent.size(); i-- > 0;) {
    HumanLogon& known = draft.recent[i];
    const bool is_same = may_be_same(known, logon, is_newest && known.time >= draft.settled);
    is_newest = is_newest && !reaches(known.route) && !is_interactive(known);
    if (!is_same) {
      continue;
    }
    const auto all = [&known](auto predicate) {
      return std::ranges::all_of(known.told_by,
                                 [&](const LogonFact* fact) { return predicate(*fact); });
    };
    const auto any = [&known](auto predicate) {
      return std::ranges::any_of(known.told_by,
                                 [&](const LogonFact* fact) { return predicate(*fact); });
    };
    if (is_weak(logon) || (knows_only_the_session(logon) && any(is_without_password))) {
      tell(known, logon, Place::last);
      return;
    }
    if (all(is_weak) || (is_without_password(logon) && all(knows_only_the_session))) {
      known.route = route;
      tell(known, logon, Place::first);
      return;
    }
    // A network logon beside an interactive one is another event of another route.
    if (reaches(route) == reaches(known.route)) {
      // Of two that reach nobody the one that says why of the session says more than NLA's.
      const bool says_why = is_without_password(logon) && !any(is_without_password);
      const bool leads = says_why || better_told(logon, *known.told_by.front());
      // The Security log's own word on the type wins over sources that do not know it.
      if (leads || (route.certainty < known.route.certainty &&
                    known.told_by.front()->source == logon.source)) {
        known.route = route;
      }
      tell(known, logon, leads ? Place::first : Place::last);
      return;
    }
  }
  draft.recent.push_back({.time = logon.time, .route = route, .told_by = {&logon}});
}

template <typename T>
void insert_once(std::vector<T>& sorted, T item) {
  const auto at = std::ranges::lower_bound(sorted, item);
  if (at == sorted.end() || *at != item) {
    sorted.insert(at, item);
  }
}

void add_other(Person& person, const HumanLogon& logon, std::size_t stretch) {
  if (person.others.empty() || person.others.back().stretch != stretch) {
    person.others.push_back(
        {.stretch = stretch, .first = logon.time, .reason = logon.route.reason});
  }
  OtherLogons& sum = person.others.back();
  sum.last = std::max(sum.last, logon.time);
  for (const LogonFact* fact : logon.told_by) {
    if (fact->logon_type) {
      insert_once(sum.types, *fact->logon_type);
    }
    insert_once(sum.sources, fact->source);
    if (sum.evidence.size() < other_evidence_max) {
      sum.evidence.push_back(fact->origin);
    }
  }
}

}  // namespace

bool in_window(FileTime time, const Exposure& window) {
  const FileTime from = window.earliest_start;
  return time >= from &&
         (!window.end.given() || window.end_kind == WindowEnd::still_active || time <= window.end);
}

std::size_t People::stretch_of(FileTime time) const {
  return static_cast<std::size_t>(std::ranges::upper_bound(borders_, time) - borders_.begin());
}

bool People::is_in(std::size_t stretch, const Exposure& window) const {
  // The stretch holds times from the border before it on; all of them are in or none.
  return in_window(stretch == 0 ? FileTime{} : borders_[stretch - 1], window);
}

std::span<const HumanLogon> People::logons_in(const Person& person, const Exposure& window) {
  const auto from =
      std::ranges::lower_bound(person.logons, window.earliest_start, {}, &HumanLogon::time);
  const auto to = !window.end.given() || window.end_kind == WindowEnd::still_active
                      ? person.logons.end()
                      : std::ranges::upper_bound(person.logons, window.end, {}, &HumanLogon::time);
  return from < to ? std::span(from, to) : std::span<const HumanLogon>();
}

People::People(const FactSet& facts, std::span<const Exposure> windows) {
  for (const Exposure& window : windows) {
    borders_.push_back(window.earliest_start);
    if (window.end.given()) {
      borders_.push_back({window.end.ticks + 1});
    }
  }
  std::ranges::sort(borders_);
  borders_.erase(std::ranges::unique(borders_).begin(), borders_.end());
  const Names names(facts);
  const Notifications notifications(facts);
  std::vector<Draft> drafts;
  std::unordered_map<std::string, std::size_t> by_key;
  const auto draft_of = [&](const SharedText& given_sid,
                            const SharedText& given_account) -> Draft* {
    const SharedText sid = given_sid.empty() ? names.sid_of(given_account) : given_sid;
    std::string key = sid.empty() ? person_key(given_account.raw()) : std::string(sid.raw());
    if (key.empty()) {
      return nullptr;
    }
    const auto [entry, is_new] = by_key.try_emplace(std::move(key), drafts.size());
    if (is_new) {
      drafts.emplace_back().person.key = entry->first;
    }
    Person& person = drafts[entry->second].person;
    person.sid = sid;
    if (person.account.empty()) {
      person.account = given_account.empty() ? names.account_of(sid) : given_account;
    }
    return &drafts[entry->second];
  };
  const auto settle = [&](Draft& draft, FileTime now) {
    if (draft.recent.empty() || now.ticks - draft.recent.front().time.ticks <= same_logon) {
      return;
    }
    std::size_t kept = 0;
    for (HumanLogon& logon : draft.recent) {
      const std::uint64_t age = now.ticks - logon.time.ticks;
      const bool may_grow = age <= same_logon || (age <= same_session && is_interactive(logon));
      if (may_grow) {
        if (&draft.recent[kept] != &logon) {
          draft.recent[kept] = std::move(logon);
        }
        ++kept;
        continue;
      }
      if (!reaches(logon.route)) {
        add_other(draft.person, logon, stretch_of(logon.time));
        continue;
      }
      draft.settled = std::max(draft.settled, logon.time);
      const bool is_logon = logon.route.certainty == Certainty::likely;
      if (is_logon && notifications.says_unlock(logon.time)) {
        logon.route = {
            Certainty::possible,
            "unlock, by winlogon's own log (811): whether it notifies is not documented"};
      }
      draft.person.logons.push_back(std::move(logon));
    }
    draft.recent.resize(kept);
  };
  // winlogon gives credentials to the managers of windows and fonts, too; only what follows says
  // that their accounts are virtual.
  std::set<std::string> virtual_accounts;
  for (const LogonFact& logon : facts.logons) {
    if (logon.virtual_account && !logon.account.empty()) {
      virtual_accounts.insert(name_key(logon.account.raw()));
    }
  }
  const auto is_given_to_virtual = [&](const LogonFact& logon) {
    return logon.source == LogonSource::security_4648 &&
           virtual_accounts.contains(name_key(logon.account.raw()));
  };
  for (const LogonFact& logon : facts.logons) {
    if (names_nobody(logon) || is_machine_account(logon) || is_given_to_virtual(logon)) {
      continue;
    }
    if (Draft* draft = draft_of(logon.sid, logon.account)) {
      settle(*draft, logon.time);
      add_event(*draft, logon);
    }
  }
  for (const PasswordChangeFact& change : facts.password_changes) {
    if (change.by_user) {
      draft_of(change.sid, change.account);
    }
  }
  for (Draft& draft : drafts) {
    settle(draft, FileTime{UINT64_MAX});
    // Those that events of their session were waited for are a little late.
    std::ranges::stable_sort(draft.person.logons, {}, &HumanLogon::time);
    people_.push_back(std::move(draft.person));
  }
  std::ranges::sort(people_, {}, &Person::key);
  for (const Person& person : people_) {
    for (const HumanLogon& logon : person.logons) {
      by_time_.push_back({logon.time, &person, &logon});
    }
  }
  std::ranges::stable_sort(by_time_, {}, &Timed::time);
}

}  // namespace npg::exposure
