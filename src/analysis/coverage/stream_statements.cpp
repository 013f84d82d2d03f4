#include "analysis/coverage/stream_statements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace npg {
namespace {

/// The same dialect in several files.
std::map<std::string, EventDialectFact> by_dialect(std::span<const EventDialectFact> streams) {
  std::map<std::string, EventDialectFact> dialects;
  for (const EventDialectFact& fact : streams) {
    const auto [found, is_new] = dialects.try_emplace(std::string(fact.dialect.raw()), fact);
    if (!is_new) {
      found->second.events += fact.events;
      found->second.without_zone += fact.without_zone;
      found->second.without_names += fact.without_names;
      found->second.from_collector += fact.from_collector;
      found->second.without_time += fact.without_time;
      found->second.not_events += fact.not_events;
    }
  }
  return dialects;
}

std::string events_word(std::uint64_t count) {
  return fmt::format("{} event{}", count, count == 1 ? "" : "s");
}

}  // namespace

std::vector<std::string> stream_statements(std::span<const EventDialectFact> streams) {
  std::vector<std::string> statements;
  for (const auto& [name, dialect] : by_dialect(streams)) {
    if (dialect.is_alerts) {
      statements.push_back(
          fmt::format("{} from {} are alerts: {} are not in it, so nothing follows from what it "
                      "does not say.",
                      events_word(dialect.events), name, dialect.loses.raw()));
    } else if (!dialect.loses.empty()) {
      statements.push_back(fmt::format("{} came as {}, which leaves out: {}.",
                                       events_word(dialect.events), name, dialect.loses.raw()));
    }
    if (dialect.is_sensor) {
      statements.push_back(fmt::format(
          "Registry writes, DLL drops and module loads are visible as far as {} reports them.",
          name));
    }
    if (dialect.without_zone > 0) {
      statements.push_back(
          fmt::format("{} from {} have a time without a zone, taken as UTC: it may be off by up to "
                      "14 hours.",
                      events_word(dialect.without_zone), name));
    }
    if (dialect.without_names > 0) {
      statements.push_back(
          fmt::format("{} of interest from {} have no values or values that could not be named: "
                      "what they say is not used.",
                      events_word(dialect.without_names), name));
    }
    if (dialect.without_time > 0) {
      statements.push_back(fmt::format(
          "{} from {} have no usable time: changes of the registry among them are placed beside "
          "the "
          "events before and behind them, all others are in no window and prove nothing.",
          events_word(dialect.without_time), name));
    }
    // A few are what every collector adds.
    if (dialect.not_events * 10 > dialect.events) {
      statements.push_back(fmt::format(
          "Beside the events from {} stand {} objects of no form that is known: what they tell is "
          "not seen.",
          name, dialect.not_events));
    }
    if (dialect.from_collector > 0) {
      statements.push_back(
          fmt::format("{} from {} name the collecting host alone: they may be of another host.",
                      events_word(dialect.from_collector), name));
    }
  }
  return statements;
}

}  // namespace npg
