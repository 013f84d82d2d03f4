// Windows and accounts of 10,000 random hosts against a naive reference that asks every question of
// every fact anew; and what must hold whatever the evidence: its order of arrival changes nothing,
// and more of it never makes a proven account less.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "app/assess_host.hpp"
#include "app/hosts.hpp"
#include "app/knowledge.hpp"
#include "app/render.hpp"
#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::HostFacts;

constexpr std::uint64_t second = FileTime::per_second;
constexpr std::string_view evil_dll = "C:\\Windows\\System32\\evil.dll";
constexpr std::string_view mpnotify = "C:\\Windows\\System32\\mpnotify.exe";
constexpr std::string_view winlogon = "C:\\Windows\\System32\\winlogon.exe";
constexpr std::string_view plain_order = "RDPNP,LanmanWorkstation,webclient";
constexpr std::string_view evil_order = "RDPNP,LanmanWorkstation,webclient,Evil";

/// What happened, and which of it was logged.
struct World {
  bool has_hive = true;
  bool has_registry_log = true;
  bool has_starts = true;
  bool has_loads = true;
  bool has_session_log = true;
  std::vector<std::pair<std::uint64_t, bool>> listings;  ///< minute, listed or not; the first lists
  struct Typing {
    std::uint64_t second = 0;
    unsigned person = 0;
    unsigned type = 2;
  };
  std::vector<Typing> typings;  ///< at least two minutes apart
  [[nodiscard]] bool is_on(std::uint64_t at_second) const {
    bool on = false;
    for (const auto& [minute, listed] : listings) {
      on = minute * 60 + 5 <= at_second ? listed : on;
    }
    return on;
  }
  [[nodiscard]] bool is_listed_now() const { return listings.back().second; }
};

constexpr std::uint64_t start_ticks = 134'200'000'000'000'000;
FileTime at_second(std::uint64_t value) {
  return {start_ticks + value * second};
}
std::string rfc(std::uint64_t value) {
  return to_rfc3339(at_second(value));
}

World random_world(std::mt19937_64& random) {
  const auto below = [&](std::uint64_t bound) { return random() % bound; };
  World world;
  world.has_hive = below(8) != 0;
  world.has_registry_log = !world.has_hive || below(2) == 0;
  world.has_starts = below(3) != 0;
  world.has_loads = world.has_starts && below(2) == 0;
  world.has_session_log = below(2) == 0;
  std::uint64_t minute = 100 + below(200);
  const std::uint64_t turns = 1 + below(4);
  for (std::uint64_t i = 0; i < turns; ++i) {
    world.listings.push_back({minute, i % 2 == 0});
    minute += 20 + below(300);
  }
  constexpr unsigned types[] = {2, 2, 10, 11, 7, 3, 4, 5};
  std::uint64_t now = 600;
  const std::uint64_t count = below(40);
  for (std::uint64_t i = 0; i < count; ++i) {
    now += 120 + below(3000);
    world.typings.push_back({now, static_cast<unsigned>(below(5)), types[below(std::size(types))]});
  }
  return world;
}

bool is_interactive(unsigned type) {
  return type == 2 || type == 10 || type == 11;
}

/// The facts that the world leaves. `leave_out` names a source that is missing from the evidence.
enum class Missing : std::uint8_t { nothing, hive, registry_log, starts, loads, sessions };
FactSet facts_of(const World& world, Missing missing) {
  HostFacts host;
  const bool has_log = world.has_registry_log && missing != Missing::registry_log;
  const std::uint64_t end_second = 60 * 60 * 24 * 3;
  if (world.has_hive && missing != Missing::hive) {
    const std::uint64_t made = world.listings.front().first * 60 + 1;
    const std::uint64_t written = world.listings.back().first * 60 + 5;
    host.windows(19045);
    host.provider({.name = "Evil", .path = evil_dll, .provider_class = 2, .written = rfc(made)});
    host.order(world.is_listed_now() ? evil_order : plain_order, false, rfc(written));
  }
  if (has_log) {
    const std::string key = testing::provider_key("Evil");
    const std::uint64_t made = world.listings.front().first * 60;
    host.change({.time = rfc(made), .key = key, .change = ChangeKind::key_created, .event_id = 12});
    host.change({.time = rfc(made + 1),
                 .key = key,
                 .value = "ProviderPath",
                 .now = evil_dll,
                 .event_id = 13});
    host.change({.time = rfc(made + 1),
                 .key = key,
                 .value = "Class",
                 .now = "DWORD (0x00000002)",
                 .event_id = 13});
    for (const auto& [minute, listed] : world.listings) {
      host.change({.time = rfc(minute * 60 + 5),
                   .key = testing::order_key,
                   .value = "ProviderOrder",
                   .now = listed ? evil_order : plain_order,
                   .event_id = 13});
    }
    host.log("Microsoft-Windows-Sysmon/Operational", rfc(0), rfc(end_second));
  }
  host.log("Security", rfc(0), rfc(end_second));
  host.last_log().registry_value_events = 0;
  for (const World::Typing& typing : world.typings) {
    const std::string account = "CORP\\user" + std::to_string(typing.person);
    const std::string sid = "S-1-5-21-1-2-3-" + std::to_string(1100 + typing.person);
    host.logon({.time = rfc(typing.second),
                .account = account,
                .sid = sid,
                .type = typing.type,
                .logon_process = is_interactive(typing.type) ? "User32" : ""});
    if (is_interactive(typing.type) && world.has_session_log && missing != Missing::sessions) {
      host.logon({.time = rfc(typing.second + 2),
                  .account = account,
                  .source = LogonSource::local_session_21,
                  .session = typing.person + 1});
    }
    if (is_interactive(typing.type) && world.is_on(typing.second)) {
      const std::uint64_t process = 1000 + typing.second;
      if (world.has_starts && missing != Missing::starts) {
        host.process(rfc(typing.second + 1), mpnotify, winlogon, process, typing.person + 1, 1);
      }
      if (world.has_loads && missing != Missing::loads) {
        host.load(rfc(typing.second + 1), mpnotify, evil_dll);
        host.facts.module_loads.back().process_id = process;
      }
    }
  }
  return host.normalised();
}

HostAssessment assessed(const FactSet& facts) {
  Host host{.name = std::string_view("HOST"), .facts = facts};
  return assess_host(host, shipped_knowledge());
}

/// The naive reference: every question is asked of every fact.
struct Reference {
  const FactSet& facts;

  /// Whether, by all logged changes up to a time, path, class and place in the order are there.
  [[nodiscard]] bool is_on(FileTime time) const {
    bool path = false;
    bool has_class = false;
    bool listed = false;
    for (const RegistryChangeFact& change : facts.registry_changes) {
      if (change.time > time) {
        continue;
      }
      path = path || change.value_name.raw() == "ProviderPath";
      has_class = has_class || change.value_name.raw() == "Class";
      if (change.value_name.raw() == "ProviderOrder") {
        listed = change.new_value.raw() == evil_order;
      }
    }
    return path && has_class && listed;
  }
  [[nodiscard]] bool has_log() const { return !facts.registry_changes.empty(); }
  [[nodiscard]] bool has_hive() const { return !facts.registrations.empty(); }

  struct Window {
    FileTime earliest;
    FileTime latest;
    FileTime end;
    WindowEnd kind = WindowEnd::still_active;
    FileTime known_until;  ///< not given: for ever
    std::vector<std::pair<FileTime, FileTime>> off;
  };
  [[nodiscard]] Window window() const {
    Window out;
    if (!has_log()) {
      out.latest = facts.registrations[0].last_written;
      for (const ProviderOrderFact& order : facts.orders) {
        if (order.raw.raw() == evil_order) {
          out.latest = std::max(out.latest, order.last_written);
        }
      }
      // A load of its DLL shows it in place, and so earlier than the last write does.
      for (const ModuleLoadFact& load : facts.module_loads) {
        out.latest = std::min(out.latest, load.time);
      }
      // A provider is not older than its Windows.
      for (const HostIdentityFact& identity : facts.identities) {
        if (identity.installed <= out.latest) {
          out.earliest = std::max(out.earliest, identity.installed);
        }
      }
      return out;
    }
    out.earliest = facts.registry_changes[0].time;
    for (const RegistryChangeFact& change : facts.registry_changes) {
      out.earliest = std::min(out.earliest, change.time);
      const bool before = is_on({change.time.ticks - 1});
      const bool after = is_on(change.time);
      if (!before && after) {
        out.latest = out.latest.given() ? out.latest : change.time;
        if (out.end.given()) {
          out.off.push_back({out.end, change.time});
        }
        out.end = {};
      } else if (before && !after) {
        out.end = change.time;
      }
    }
    out.kind = out.end.given() ? WindowEnd::removed : WindowEnd::still_active;
    return out;
  }

  struct Account {
    Certainty certainty = Certainty::not_by_this_route;
    std::uint64_t logons = 0;
  };
  [[nodiscard]] std::map<std::string, Account> accounts(const Window& window) const {
    std::map<std::string, Account> out;
    for (const LogonFact& logon : facts.logons) {
      const bool in =
          logon.time >= window.earliest && (!window.end.given() || logon.time <= window.end);
      if (logon.source != LogonSource::security_4624 || !in) {
        continue;  // The session log tells of the same logons again.
      }
      Account& account = out[std::string(logon.sid.raw())];
      const unsigned type = logon.logon_type.value_or(0);
      Certainty route = is_interactive(type)     ? Certainty::likely
                        : type == 7 || type == 5 ? Certainty::possible
                                                 : Certainty::not_by_this_route;
      const bool started = near(facts.process_starts, logon.time);
      const bool loaded = near(facts.module_loads, logon.time);
      // A start of mpnotify.exe names its session, and so does the log of sessions: that joins
      // them.
      const bool is_own = started && std::ranges::any_of(facts.logons, [&](const LogonFact& other) {
                            return other.session && other.time >= logon.time &&
                                   other.time.ticks - logon.time.ticks <= 30 * second;
                          });
      const bool may_prove = route != Certainty::not_by_this_route && (started || loaded);
      bool is_off = false;
      for (const auto& [from, to] : window.off) {
        is_off = is_off || (logon.time > from && logon.time < to);
      }
      const bool unsure = logon.time < window.latest || is_off;
      if (may_prove && is_own && (loaded || !unsure)) {
        route = Certainty::proven;
      } else if (is_off && route != Certainty::not_by_this_route) {
        route = may_prove ? Certainty::possible : Certainty::not_by_this_route;
      } else if (unsure && !(may_prove && loaded)) {
        route = std::max(route, Certainty::possible);
      }
      account.certainty = std::min(account.certainty, route);
      account.logons += route == Certainty::not_by_this_route ? 0U : 1U;
    }
    return out;
  }
  template <typename T>
  static bool near(const std::vector<T>& all, FileTime time) {
    return std::ranges::any_of(all, [&](const T& fact) {
      return fact.time >= time && fact.time.ticks - time.ticks <= 30 * second;
    });
  }
};

const Exposure* evil_exposure(const HostAssessment& host) {
  for (const Exposure& exposure : host.exposures) {
    if (exposure.provider.raw() == "Evil") {
      return &exposure;
    }
  }
  return nullptr;
}

std::string json_of(const FactSet& facts) {
  Assessment assessment;
  assessment.hosts.push_back(assessed(facts));
  return assessment_as_json(assessment);
}

void shuffle_all(FactSet& facts, std::mt19937_64& random) {
  FactSet::for_each_kind(facts, [&](auto& kind) { std::ranges::shuffle(kind, random); });
  facts.normalise();
}

TEST(ExposureReference, TenThousandRandomHosts) {
  std::mt19937_64 random(20260302);
  std::size_t windows = 0;
  std::size_t proven = 0;
  for (int i = 0; windows < 10'000; ++i) {
    SCOPED_TRACE(i);
    const World world = random_world(random);
    FactSet facts = facts_of(world, Missing::nothing);
    const HostAssessment host = assessed(facts);
    const Exposure* exposure = evil_exposure(host);
    ASSERT_NE(exposure, nullptr);
    const Reference reference{facts};
    // Without a log, a hive that does not list it tells of no time at which it was on.
    const bool only_staged = !reference.has_log() && !world.is_listed_now();
    const Reference::Window window = reference.window();
    if (!only_staged) {
      ASSERT_EQ(exposure->earliest_start, window.earliest);
      ASSERT_EQ(exposure->latest_start, window.latest);
      ASSERT_EQ(exposure->end_kind, window.kind);
      ASSERT_EQ(exposure->end, window.end);
      const auto accounts = reference.accounts(window);
      ASSERT_EQ(exposure->accounts.size(), accounts.size());
      for (const ExposedAccount& account : exposure->accounts) {
        const auto found = accounts.find(std::string(account.sid.raw()));
        ASSERT_NE(found, accounts.end()) << account.sid.raw();
        ASSERT_EQ(name_of(account.certainty), name_of(found->second.certainty))
            << account.sid.raw() << ": " << account.reason;
        ASSERT_EQ(account.logons, found->second.logons) << account.sid.raw();
        proven += account.certainty == Certainty::proven ? 1U : 0U;
      }
      ++windows;
    }
    if (i % 10 == 0) {
      const std::string whole = json_of(facts);
      for (int round = 0; round < 3; ++round) {
        shuffle_all(facts, random);
        ASSERT_EQ(json_of(facts), whole) << "late evidence is as good as early evidence";
      }
    }
  }
  EXPECT_GT(proven, 5'000U);
}

TEST(ExposureReference, MoreEvidenceNeverMakesAProvenAccountLess) {
  std::mt19937_64 random(4104);
  std::size_t compared = 0;
  for (int i = 0; i < 2'000; ++i) {
    SCOPED_TRACE(i);
    const World world = random_world(random);
    const HostAssessment all = assessed(facts_of(world, Missing::nothing));
    const Exposure* whole = evil_exposure(all);
    ASSERT_NE(whole, nullptr);
    EXPECT_NE(all.verdict, HostVerdict::clean);
    for (const Missing missing : {Missing::hive, Missing::registry_log, Missing::starts,
                                  Missing::loads, Missing::sessions}) {
      const bool has_rest = (missing != Missing::hive || world.has_registry_log) &&
                            (missing != Missing::registry_log || world.has_hive);
      if (!has_rest) {
        continue;
      }
      const HostAssessment less = assessed(facts_of(world, missing));
      EXPECT_NE(less.verdict, HostVerdict::clean) << "less evidence is no clean bill";
      const Exposure* part = evil_exposure(less);
      ASSERT_NE(part, nullptr);
      for (const ExposedAccount& account : part->accounts) {
        if (account.certainty != Certainty::proven) {
          continue;
        }
        const auto same = std::ranges::find_if(
            whole->accounts, [&](const ExposedAccount& each) { return each.sid == account.sid; });
        ASSERT_NE(same, whole->accounts.end()) << account.sid.raw();
        ASSERT_EQ(same->certainty, Certainty::proven)
            << account.sid.raw() << " without " << static_cast<int>(missing) << ": "
            << account.reason << "; with it: " << same->reason;
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 2'000U);
}

/// A logon more, beside the others, by anybody.
LogonFact further_logon(const World& world, std::mt19937_64& random) {
  const World::Typing& beside = world.typings[random() % world.typings.size()];
  constexpr std::uint32_t types[] = {2, 10, 11, 7, 3, 5};
  const std::uint64_t person = random() % 8;
  HostFacts host;
  const std::string account = "CORP\\user" + std::to_string(person);
  const std::string sid = "S-1-5-21-1-2-3-" + std::to_string(1100 + person);
  host.logon({.time = rfc(beside.second - 15 + random() % 40),
              .account = account,
              .sid = sid,
              .type = types[random() % std::size(types)],
              .logon_process = "User32"});
  LogonFact fact = host.facts.logons.back();
  if (random() % 3 == 0) {
    fact.source = LogonSource::local_session_21;
    fact.logon_type.reset();
    fact.session = person + 1;
  }
  fact.origin.offset = 1'000'000 + random() % 1'000'000;
  return fact;
}

TEST(ExposureReference, AFurtherLogonNeverMakesAProvenAccountLess) {
  std::mt19937_64 random(24);
  std::size_t compared = 0;
  for (int i = 0; i < 3'000; ++i) {
    SCOPED_TRACE(i);
    const World world = random_world(random);
    if (world.typings.empty()) {
      continue;
    }
    FactSet facts = facts_of(world, Missing::nothing);
    const HostAssessment before = assessed(facts);
    for (int more = 0; more < 3; ++more) {
      facts.logons.push_back(further_logon(world, random));
    }
    facts.normalise();
    const HostAssessment after = assessed(facts);
    const Exposure* part = evil_exposure(before);
    const Exposure* whole = evil_exposure(after);
    ASSERT_NE(part, nullptr);
    ASSERT_NE(whole, nullptr);
    for (const ExposedAccount& account : part->accounts) {
      if (account.certainty != Certainty::proven) {
        continue;
      }
      const auto same = std::ranges::find_if(
          whole->accounts, [&](const ExposedAccount& each) { return each.sid == account.sid; });
      ASSERT_NE(same, whole->accounts.end()) << account.sid.raw();
      ASSERT_EQ(name_of(same->certainty), name_of(Certainty::proven))
          << account.sid.raw() << ": " << account.reason << "; with more: " << same->reason;
      ++compared;
    }
  }
  EXPECT_GT(compared, 2'000U);
}

}  // namespace
}  // namespace npg
