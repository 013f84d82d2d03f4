// Windows of 4,000 random hosts that only copies of the hive tell of, against a naive reference
// that asks every copy anew, and against what really happened: nobody who typed a password while
// the provider listened is told to be safe.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "app/assess_host.hpp"
#include "app/knowledge.hpp"
#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::HostFacts;

constexpr std::uint64_t start_ticks = 134'200'000'000'000'000;
FileTime at_minute(std::uint64_t minute, std::uint64_t second = 0) {
  return {start_ticks + (minute * 60 + second) * FileTime::per_second};
}

constexpr std::string_view evil_dll = "C:\\Windows\\System32\\evil.dll";
constexpr std::string_view plain_order = "RDPNP,LanmanWorkstation,webclient";
constexpr std::string_view evil_order = "RDPNP,LanmanWorkstation,webclient,Evil";

/// What happened, minute by minute. It is listed and taken off the list by turns.
struct World {
  std::uint64_t made = 0;              ///< its key
  std::vector<std::uint64_t> turns;    ///< of the order; the first lists it
  std::vector<std::uint64_t> copies;   ///< when the hive was copied; the last is the present
  std::vector<std::uint64_t> typings;  ///< thirty seconds into the minute

  [[nodiscard]] std::uint64_t order_written(std::uint64_t minute) const {
    std::uint64_t written = 0;
    for (const std::uint64_t turn : turns) {
      written = turn <= minute ? turn : written;
    }
    return written;
  }
  [[nodiscard]] bool is_listed(std::uint64_t minute) const {
    return std::ranges::count_if(turns, [&](std::uint64_t turn) { return turn <= minute; }) % 2 ==
           1;
  }
  [[nodiscard]] bool is_on(std::uint64_t minute) const {
    return made <= minute && is_listed(minute);
  }
};

World random_world(std::mt19937_64& random) {
  const auto below = [&](std::uint64_t bound) { return random() % bound; };
  World world;
  world.made = 1000 + below(500);
  std::uint64_t minute = world.made + below(100);
  const std::uint64_t turns = 1 + below(5);
  for (std::uint64_t i = 0; i < turns; ++i) {
    world.turns.push_back(minute);
    minute += 50 + below(800);
  }
  const std::uint64_t copies = 1 + below(6);
  for (std::uint64_t i = 0; i < copies; ++i) {
    world.copies.push_back(500 + below(4500));
  }
  std::ranges::sort(world.copies);
  world.copies.erase(std::ranges::unique(world.copies).begin(), world.copies.end());
  for (std::uint64_t i = 0; i < 12; ++i) {
    world.typings.push_back(400 + i * 400 + below(300));
  }
  return world;
}

FactSet facts_of(const World& world) {
  HostFacts host;
  host.windows(19045);
  host.facts.identities.back().installed = {};
  for (std::size_t i = 0; i < world.copies.size(); ++i) {
    const std::uint64_t minute = world.copies[i];
    const bool is_present = i + 1 == world.copies.size();
    const auto number = is_present ? 0U : static_cast<std::uint32_t>(i + 1);
    const HiveMoment moment = is_present ? HiveMoment::current : HiveMoment::older_copy;
    HiveCopyFact copy{.number = number, .lists_services = true, .written = at_minute(minute, 10)};
    copy.origin.offset = 9'000'000 + i;
    host.facts.hive_copies.push_back(copy);
    if (world.made <= minute) {
      host.provider({.name = "Evil", .path = evil_dll, .provider_class = 2, .moment = moment});
      host.facts.registrations.back().copy = number;
      host.facts.registrations.back().last_written = at_minute(world.made);
    }
    host.order(world.is_listed(minute) ? evil_order : plain_order, false, "2026-01-01T00:00:00Z",
               moment);
    host.facts.orders.back().copy = number;
    host.facts.orders.back().last_written = at_minute(world.order_written(minute));
  }
  host.facts.identities.back().newest_write = at_minute(world.copies.back(), 10);
  for (const std::uint64_t minute : world.typings) {
    host.logon({.time = "2026-01-01T00:00:00Z",
                .account = "CORP\\user",
                .sid = "S-1-5-21-1-2-3-1",
                .type = 2,
                .logon_process = "User32"});
    LogonFact& logon = host.facts.logons.back();
    logon.time = at_minute(minute, 30);
    logon.sid = SharedText(std::string_view("S-1-5-21-1-2-3-" + std::to_string(minute)));
    logon.account = SharedText(std::string_view("CORP\\user" + std::to_string(minute)));
  }
  return host.normalised();
}

enum class State : std::uint8_t { on, off, unsure };
struct Stretch {
  FileTime from;
  FileTime to;
  State state = State::unsure;
};

/// What each copy by itself says: since its keys were last written, until it was.
std::vector<Stretch> known_of(const World& world) {
  std::vector<Stretch> known;
  for (const std::uint64_t minute : world.copies) {
    const bool is_on = world.is_on(minute);
    const std::uint64_t since =
        is_on ? std::max(world.made, world.order_written(minute)) : world.order_written(minute);
    known.push_back({at_minute(since), at_minute(minute, 10), is_on ? State::on : State::off});
  }
  return known;
}

/// Stretches without it that follow each other with nothing written to the order in between are
/// one. Between two that show it in place the longest counts; what is left over is not sure.
std::vector<Stretch> told_of(const std::vector<Stretch>& known) {
  std::vector<Stretch> told;
  for (const Stretch& each : known) {
    Stretch* const last = told.empty() ? nullptr : &told.back();
    if (last != nullptr && last->state == each.state &&
        (each.state == State::on || each.from <= last->to)) {
      last->to = each.to;
    } else {
      told.push_back(each);
    }
  }
  std::vector<Stretch> out;
  for (std::size_t i = 0; i < told.size(); ++i) {
    std::size_t first = i;
    std::size_t last = i;
    while (first > 0 && told[first - 1].state == State::off) {
      --first;
    }
    while (last + 1 < told.size() && told[last + 1].state == State::off) {
      ++last;
    }
    const bool is_between = first > 0 && last + 1 < told.size();
    bool is_longest = true;
    for (std::size_t j = first; j <= last && told[i].state == State::off && is_between; ++j) {
      const std::uint64_t own = told[i].to.ticks - told[i].from.ticks;
      const std::uint64_t other = told[j].to.ticks - told[j].from.ticks;
      is_longest = is_longest && (j < i ? other < own : other <= own);
    }
    if (is_longest) {
      out.push_back(told[i]);
    }
  }
  return out;
}

/// What is to be said of a time: before the last stretch without it that comes before it was ever
/// seen, and from the first one on behind which it was never seen, there is no window.
State state_at(FileTime time, const std::vector<Stretch>& told) {
  const auto first_on = std::ranges::find(told, State::on, &Stretch::state);
  const auto last_on = std::ranges::find(told.rbegin(), told.rend(), State::on, &Stretch::state);
  for (auto each = told.begin(); each != told.end(); ++each) {
    const bool is_in = each->from <= time && time <= each->to;
    const bool is_before_it = each < first_on && time <= each->to;
    const bool is_behind_it = each->state == State::off && last_on != told.rend() &&
                              each->from > last_on->to && time > each->from;
    if (is_before_it || is_behind_it) {
      return State::off;
    }
    if (is_in) {
      return each->state;
    }
  }
  return time > last_on->to && last_on == told.rbegin() ? State::on : State::unsure;
}

const Exposure* evil_exposure(const HostAssessment& host) {
  const auto found = std::ranges::find_if(
      host.exposures, [](const Exposure& each) { return each.provider.raw() == "Evil"; });
  return found == host.exposures.end() ? nullptr : &*found;
}

std::string told_world(const World& world) {
  std::string text = "; made " + std::to_string(world.made) + ", turns";
  for (const std::uint64_t turn : world.turns) {
    text += " " + std::to_string(turn);
  }
  text += ", copies";
  for (const std::uint64_t copy : world.copies) {
    text += " " + std::to_string(copy);
  }
  return text;
}

TEST(CopiesReference, FourThousandRandomHosts) {
  std::mt19937_64 random(19);
  std::size_t compared = 0;
  std::size_t in_parts = 0;
  for (int i = 0; compared < 4'000; ++i) {
    SCOPED_TRACE(i);
    const World world = random_world(random);
    const auto known = told_of(known_of(world));
    if (std::ranges::none_of(known, [](const Stretch& each) { return each.state == State::on; })) {
      continue;  // Staged only, or not at all.
    }
    ++compared;
    const HostAssessment host = assess_host(
        {.name = std::string_view("HOST"), .facts = facts_of(world)}, shipped_knowledge());
    const Exposure* window = evil_exposure(host);
    ASSERT_NE(window, nullptr);
    in_parts += window->parts.size() > 1 ? 1U : 0U;
    const auto first_on = std::ranges::find(known, State::on, &Stretch::state);
    const auto last_on =
        std::ranges::find(known.rbegin(), known.rend(), State::on, &Stretch::state);
    EXPECT_EQ(window->latest_start, first_on->from);
    EXPECT_EQ(window->end_kind == WindowEnd::still_active, last_on == known.rbegin());
    for (const std::uint64_t minute : world.typings) {
      const FileTime time = at_minute(minute, 30);
      const std::string name = "CORP\\user" + std::to_string(minute);
      const auto found = std::ranges::find_if(window->accounts, [&](const ExposedAccount& account) {
        return account.account.raw() == name;
      });
      const Certainty grade =
          found == window->accounts.end() ? Certainty::not_by_this_route : found->certainty;
      const State state = state_at(time, known);
      const bool is_before = time < first_on->from && state != State::off;
      const Certainty expected = state == State::off ? Certainty::not_by_this_route
                                 : state == State::unsure || is_before ? Certainty::possible
                                                                       : Certainty::likely;
      ASSERT_EQ(name_of(grade), name_of(expected)) << minute << told_world(world);
      if (world.is_on(minute) && time >= first_on->from && time <= last_on->to) {
        ASSERT_NE(grade, Certainty::not_by_this_route) << "it listened at " << minute;
      }
    }
  }
  EXPECT_GT(in_parts, 200U);
}

}  // namespace
}  // namespace npg
