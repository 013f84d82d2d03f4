#include "analysis/exposure/witnesses.hpp"

#include <algorithm>
#include <tuple>

#include "base/evidence_text.hpp"

namespace npg::exposure {
namespace {

/// How a witness and a logon go together.
enum class Fit : std::uint8_t { no, by_time, own };

Fit fit_of(const Witness& witness, const HumanLogon& logon) {
  bool other_winlogon = false;
  bool other_logon = false;
  bool is_same_session = false;
  bool other_session = false;
  for (const LogonFact* fact : logon.told_by) {
    if (fact->process_id && witness.winlogon_id != 0 &&
        fact->source == LogonSource::security_4624 &&
        file_name_is(fact->process.raw(), "winlogon.exe")) {
      if (*fact->process_id == witness.winlogon_id) {
        return Fit::own;
      }
      other_winlogon = true;
    }
    if (witness.logon_id && fact->source == LogonSource::security_4624 && fact->logon_id) {
      if (fact->logon_id == witness.logon_id || fact->linked_logon_id == witness.logon_id) {
        return Fit::own;
      }
      other_logon = true;
    }
    if (fact->session && witness.session) {
      (*fact->session == *witness.session ? is_same_session : other_session) = true;
    }
  }
  if (other_logon) {
    return Fit::no;
  }
  if (is_same_session && !other_winlogon) {
    return Fit::own;
  }
  return other_winlogon || other_session ? Fit::no : Fit::by_time;
}

/// Sessions are logged when the user's shell is about to start, which waits for mpnotify.exe.
bool is_logged_behind(const HumanLogon& logon) {
  return std::ranges::all_of(logon.told_by, [](const LogonFact* fact) {
    return fact->source != LogonSource::security_4624 &&
           fact->source != LogonSource::remote_connection_1149;
  });
}

/// A service's logon is not winlogon's.
bool is_of_winlogon(const HumanLogon& logon) {
  return std::ranges::none_of(logon.told_by, [](const LogonFact* fact) {
    constexpr std::uint32_t service = 5;
    return fact->logon_type == service;
  });
}

std::string_view text_of(const Witness& witness, const Listener& listener, bool is_own,
                         bool is_alone) {
  if (witness.saw_others) {
    return is_own
               ? "mpnotify.exe was started by winlogon for this logon; what it loaded is logged, "
                 "and the provider's DLL is not among that"
               : "mpnotify.exe was started by winlogon about then; what it loaded is logged, and "
                 "the provider's DLL is not among that";
  }
  if (is_own) {
    return listener.provider == nullptr
               ? "winlogon started the program in place of mpnotify.exe for this logon"
           : witness.saw_listener
               ? "mpnotify.exe started for this logon and loaded the provider's DLL"
               : "mpnotify.exe was started by winlogon for this logon";
  }
  if (is_alone) {
    return listener.provider == nullptr
               ? "winlogon started the program in place of mpnotify.exe about then; nothing but "
                 "the time joins it to this logon"
           : witness.saw_listener
               ? "mpnotify.exe loaded the provider's DLL about then; nothing but the time joins it "
                 "to this logon"
               : "mpnotify.exe was started by winlogon about then; nothing but the time joins it "
                 "to this logon";
  }
  return listener.provider == nullptr
             ? "winlogon started the program in place of mpnotify.exe about then, for this logon "
               "or for another one beside it"
         : witness.saw_listener
             ? "mpnotify.exe loaded the provider's DLL about then, for this logon or for another "
               "one beside it"
             : "mpnotify.exe was started by winlogon about then, for this logon or for another one "
               "beside it";
}

}  // namespace

Proofs proofs_of(const People& people, const std::vector<Witness>& witnesses,
                 const Listener& listener) {
  struct Pair {
    bool is_late = false;  ///< the witness comes before the logon, by a little
    std::uint64_t apart = 0;
    std::size_t witness = 0;
    std::size_t logon = 0;
  };
  const auto by_time = people.by_time();
  std::vector<Pair> own;
  std::vector<std::vector<Pair>> timed(witnesses.size());
  for (std::size_t i = 0; i < witnesses.size(); ++i) {
    const std::uint64_t a = witnesses[i].time.ticks;
    const FileTime earliest{a - std::min(a, near_logon)};
    auto each = std::ranges::lower_bound(by_time, earliest, {}, &People::Timed::time);
    for (; each != by_time.end() && each->time.ticks <= a + near_logon; ++each) {
      const std::uint64_t b = each->time.ticks;
      const Fit fit = is_of_winlogon(*each->logon) ? fit_of(witnesses[i], *each->logon) : Fit::no;
      const bool is_behind = b > a && !is_logged_behind(*each->logon);
      if (fit == Fit::no || (is_behind && b - a > skew)) {
        continue;
      }
      const Pair pair{is_behind, a > b ? a - b : b - a, i,
                      static_cast<std::size_t>(each - by_time.begin())};
      if (fit == Fit::own) {
        own.push_back(pair);
      } else {
        timed[i].push_back(pair);
      }
    }
  }
  std::ranges::sort(own, [](const Pair& a, const Pair& b) {
    return std::tie(a.is_late, a.apart, a.witness, a.logon) <
           std::tie(b.is_late, b.apart, b.witness, b.logon);
  });
  Proofs proofs;
  std::vector<bool> used(witnesses.size());
  const auto prove = [&](const Pair& pair, bool is_own, bool is_alone) {
    const Witness& witness = witnesses[pair.witness];
    used[pair.witness] = true;
    proofs.of.try_emplace(by_time[pair.logon].logon,
                          Proof{.is_own = is_own,
                                .is_alone = is_alone,
                                .saw_listener = witness.saw_listener,
                                .saw_others = witness.saw_others,
                                .text = text_of(witness, listener, is_own, is_alone),
                                .records = witness.origins});
  };
  for (const Pair& pair : own) {
    if (!used[pair.witness] && !proofs.of.contains(by_time[pair.logon].logon)) {
      prove(pair, true, true);
    }
  }
  for (std::size_t i = 0; i < witnesses.size(); ++i) {
    std::vector<Pair>& fitting = timed[i];
    if (used[i]) {
      continue;
    }
    std::erase_if(fitting, [&](const Pair& pair) {
      const auto known = proofs.of.find(by_time[pair.logon].logon);
      return known != proofs.of.end() && known->second.is_own;
    });
    // What winlogon is documented to notify of goes before what it may notify of, and the right
    // order before the wrong one.
    const auto keep_if_any = [&](auto is_better) {
      if (std::ranges::any_of(fitting, is_better)) {
        std::erase_if(fitting, [&](const Pair& pair) { return !is_better(pair); });
      }
    };
    keep_if_any([](const Pair& pair) { return !pair.is_late; });
    keep_if_any([&](const Pair& pair) {
      return by_time[pair.logon].logon->route.certainty == Certainty::likely;
    });
    for (const Pair& pair : fitting) {
      prove(pair, false, fitting.size() == 1);
    }
  }
  for (std::size_t i = 0; i < witnesses.size(); ++i) {
    if (!used[i]) {
      proofs.unexplained.push_back(witnesses[i].time);
    }
  }
  return proofs;
}

}  // namespace npg::exposure
