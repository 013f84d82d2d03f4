#include "fact/readings.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "base/evidence_text.hpp"

namespace npg {
namespace {

/// Record ids without a hole, as one file holds them.
struct Run {
  std::uint64_t first_id = 0;
  std::uint64_t last_id = 0;
  FileTime first;
  FileTime last;
};

void add_runs(const LogCoverageFact& log, std::vector<Run>& runs) {
  std::vector<LogGap> gaps = log.gaps;
  std::sort(gaps.begin(), gaps.end(),
            [](const LogGap& a, const LogGap& b) { return a.after_id < b.after_id; });
  Run run{.first_id = log.first_id, .first = log.first};
  for (const LogGap& gap : gaps) {
    if (gap.after_id < run.first_id || gap.next_id > log.last_id || gap.next_id <= gap.after_id) {
      continue;
    }
    run.last_id = gap.after_id;
    run.last = gap.after_time;
    runs.push_back(run);
    run.first_id = gap.next_id;
    run.first = gap.next_time;
  }
  run.last_id = log.last_id;
  run.last = log.last;
  runs.push_back(run);
}

/// How many ids the runs hold together.
std::uint64_t ids_in(std::vector<Run> runs) {
  std::sort(runs.begin(), runs.end(),
            [](const Run& a, const Run& b) { return a.first_id < b.first_id; });
  std::uint64_t ids = 0;
  std::uint64_t next_id = 0;  // the first that is not counted yet
  for (const Run& run : runs) {
    const std::uint64_t from = std::max(next_id, run.first_id);
    if (run.last_id >= from) {
      ids += run.last_id - from + 1;
      next_id = run.last_id + 1;
    }
  }
  return ids;
}

/// How much later than written a time may be, since collectors cut it to seconds, milliseconds or
/// microseconds. One of Windows' own ends in zeros once in ten thousand at most.
std::uint64_t precision_of(FileTime time) {
  for (const std::uint64_t unit : {FileTime::per_second, FileTime::per_second / 1000}) {
    if (time.ticks % unit == 0) {
      return unit;
    }
  }
  return time.ticks % 10 == 0 ? 10 : 0;
}

}  // namespace

std::uint32_t current_build(const FactSet& facts) {
  std::uint32_t build = 0;
  for (const HostIdentityFact& identity : facts.identities) {
    if (identity.moment == HiveMoment::current) {
      build = std::max(build, identity.build);
    }
  }
  return build;
}

FileTime hive_written(const FactSet& facts) {
  FileTime newest;
  const auto take = [&newest](HiveMoment moment, FileTime written) {
    newest = moment == HiveMoment::current ? std::max(newest, written) : newest;
  };
  for (const HostIdentityFact& identity : facts.identities) {
    take(identity.moment, identity.newest_write);
  }
  for (const RegistrationFact& registration : facts.registrations) {
    take(registration.moment, registration.last_written);
  }
  for (const ProviderOrderFact& order : facts.orders) {
    take(order.moment, order.last_written);
  }
  return newest;
}

namespace {

/// The present may be several files, each of which holds a part of it.
bool present_copy_has(const FactSet& facts, bool HiveCopyFact::* all) {
  const auto is_present = [](const HiveCopyFact& copy) {
    return copy.number == 0 && !copy.is_software;
  };
  return std::ranges::none_of(facts.hive_copies, is_present) ||
         std::ranges::any_of(facts.hive_copies, [&](const HiveCopyFact& copy) {
           return is_present(copy) && copy.*all;
         });
}

}  // namespace

FileTime known_until(const HiveCopyFact& copy) {
  return copy.surely_written.given() ? std::min(copy.surely_written, copy.written) : copy.written;
}

const UpgradeFact* upgrade_within(const FactSet& facts, FileTime not_before, FileTime time) {
  const auto found = std::ranges::find_if(facts.upgrades, [&](const UpgradeFact& upgrade) {
    return not_before.given() && upgrade.upgraded >= not_before &&
           upgrade.upgraded.ticks <= time.ticks + 86400 * FileTime::per_second;
  });
  return found == facts.upgrades.end() ? nullptr : &*found;
}

bool sees_all_services(const FactSet& facts) {
  return present_copy_has(facts, &HiveCopyFact::has_all_services);
}

bool sees_all_orders(const FactSet& facts) {
  return present_copy_has(facts, &HiveCopyFact::has_all_orders);
}

bool is_of_current_set(const RegistryChangeFact& change, const FactSet& facts) {
  if (change.control_set == 0) {
    return true;
  }
  const auto is_another = [&change](const auto& fact) {
    return fact.control_set_is_current && fact.control_set != change.control_set;
  };
  return std::none_of(facts.orders.begin(), facts.orders.end(), is_another) &&
         std::none_of(facts.registrations.begin(), facts.registrations.end(), is_another);
}

SharedText host_domain(const FactSet& facts) {
  SharedText best;
  const auto rank = [](const SharedText& name) {
    return std::tuple(name.raw().find('.') != std::string_view::npos, name.raw().size());
  };
  for (const HostIdentityFact& identity : facts.identities) {
    const SharedText& domain = identity.domain;
    if (identity.moment != HiveMoment::current || domain.empty()) {
      continue;
    }
    const bool is_first_of_equals = rank(domain) == rank(best) && domain.raw() < best.raw();
    if (best.empty() || rank(domain) > rank(best) || is_first_of_equals) {
      best = domain;
    }
  }
  return best;
}

bool is_powerful_group(std::string_view sid) {
  constexpr std::array<std::string_view, 5> built_in = {"544", "548", "549", "550", "551"};
  constexpr std::array<std::string_view, 6> of_domain = {"512", "518", "519", "520", "526", "527"};
  constexpr std::string_view built_in_domain = "S-1-5-32-";
  const std::string_view rid = sid.substr(sid.rfind('-') + 1);
  if (sid.starts_with(built_in_domain)) {
    return std::ranges::find(built_in, sid.substr(built_in_domain.size())) != built_in.end();
  }
  return sid.starts_with("S-1-5-21-") && std::ranges::find(of_domain, rid) != of_domain.end();
}

bool is_protected_users(std::string_view sid) {
  return sid.starts_with("S-1-5-21-") && sid.ends_with("-525");
}

bool names_provider_settings(std::string_view text) {
  // Limit: the largest part of a script that Windows logs is far smaller.
  constexpr std::size_t text_max = std::size_t{1} << 20U;
  constexpr std::array<std::string_view, 8> words = {
      "NETWORKPROVIDER", "PROVIDERORDER", "HWORDER",  "AUTHENTPROVIDERPATH",
      "ENABLEMPR",       "MPNOTIFY",      "NPLOGONN", "NPPASSWORDCHANGEN"};
  const std::string upper = name_key(text.substr(0, text_max));
  return std::ranges::any_of(
      words, [&upper](std::string_view word) { return upper.find(word) != std::string::npos; });
}

bool writes_provider_settings(std::string_view text) {
  constexpr std::array<std::string_view, 13> words = {
      "Set-Item",      "New-Item",   "SetValue",  "reg add",     "reg.exe add",
      "reg.exe\" add", "reg import", "Copy-Item", "Add-Content", "WriteAllBytes",
      "CreateSubKey",  "sp ",        "ni "};
  return !text.empty() && names_provider_settings(text) &&
         std::ranges::any_of(words,
                             [&](std::string_view word) { return contains_name(text, word); });
}

std::vector<Script> provider_scripts(const FactSet& facts) {
  std::map<std::string_view, std::map<std::uint32_t, const ScriptBlockFact*>> by_id;
  std::vector<Script> scripts;
  const auto add = [&scripts](const auto& parts) {
    Script script;
    std::uint32_t next = 1;
    std::uint32_t total = 1;
    for (const auto& [number, part] : parts) {
      if (number > next) {
        script.text += "\n[a part of the script is missing here]\n";
        script.parts_missing += number - next;
      }
      next = number == UINT32_MAX ? number : number + 1;
      total = std::max(total, part->total);
      script.time = script.time.given() ? std::min(script.time, part->time) : part->time;
      script.sid = script.sid.empty() ? part->sid : script.sid;
      script.path = script.path.empty() ? part->path : script.path;
      script.process_id = script.process_id == 0 ? part->process_id : script.process_id;
      script.text += part->text.raw();
      script.evidence.push_back(part->origin);
    }
    script.parts_missing += total >= next ? total - next + 1 : 0;
    if (names_provider_settings(script.text)) {
      scripts.push_back(std::move(script));
    }
  };
  for (const ScriptBlockFact& part : facts.scripts) {
    if (part.script_id.empty()) {
      add(std::map<std::uint32_t, const ScriptBlockFact*>{{part.number, &part}});
    } else {
      by_id[part.script_id.raw()].try_emplace(part.number, &part);
    }
  }
  for (const auto& [id, parts] : by_id) {
    add(parts);
  }
  std::ranges::sort(scripts, [](const Script& a, const Script& b) {
    return std::tie(a.time, a.text, a.evidence) < std::tie(b.time, b.text, b.evidence);
  });
  return scripts;
}

std::vector<std::string_view> order_names(std::string_view order) {
  std::vector<std::string_view> names;
  while (!order.empty()) {
    const std::size_t comma = std::min(order.find(','), order.size());
    std::string_view name = order.substr(0, comma);
    order.remove_prefix(std::min(comma + 1, order.size()));
    while (name.starts_with(' ')) {
      name.remove_prefix(1);
    }
    while (name.ends_with(' ')) {
      name.remove_suffix(1);
    }
    if (!name.empty()) {
      names.push_back(name);
    }
  }
  return names;
}

std::optional<std::uint64_t> logged_number(std::string_view text) {
  if (const auto open = text.find("(0x"); open != std::string_view::npos) {
    text = text.substr(open + 1);
    text = text.substr(0, text.find(')'));
  }
  const bool hexadecimal = text.starts_with("0x");
  text.remove_prefix(hexadecimal ? 2 : 0);
  std::uint64_t value = 0;
  // Limit: 16 digits fit 64 bits in either base.
  if (text.empty() || text.size() > 16) {
    return std::nullopt;
  }
  for (const char c : text) {
    const unsigned digit = c >= '0' && c <= '9'   ? static_cast<unsigned>(c - '0')
                           : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a' + 10)
                           : c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A' + 10)
                                                  : 99;
    if (digit >= (hexadecimal ? 16U : 10U)) {
      return std::nullopt;
    }
    value = value * (hexadecimal ? 16 : 10) + digit;
  }
  return value;
}

std::vector<LogClear> log_clears(const FactSet& facts) {
  constexpr std::uint64_t same_clear = 5 * FileTime::per_second;
  std::vector<LogClear> clears;
  // By channel and by the events that tell of them, oldest first: there may be thousands of clears
  // within seconds, but few such sets.
  std::map<std::string, std::map<std::vector<std::uint32_t>, std::set<std::size_t>>> told;
  for (const SystemEventFact& event : facts.system_events) {
    if (event.event != SystemEventKind::log_cleared) {
      continue;
    }
    auto& sets = told[name_key(event.subject.raw())];
    std::set<std::size_t>* newest = nullptr;
    for (auto& [ids, places] : sets) {
      // A second event of the same id is a second clear, not a second witness.
      const bool lacks =
          !places.empty() && std::find(ids.begin(), ids.end(), event.event_id) == ids.end();
      newest =
          lacks && (newest == nullptr || *places.rbegin() > *newest->rbegin()) ? &places : newest;
    }
    std::size_t place = clears.size();
    if (newest != nullptr &&
        event.time.ticks - clears[*newest->rbegin()].time.ticks <= same_clear) {
      place = *newest->rbegin();
      newest->erase(place);
    } else {
      clears.push_back(LogClear{.time = event.time, .channel = event.subject});
    }
    LogClear& clear = clears[place];
    clear.account = clear.account.empty() ? event.actor.account : clear.account;
    clear.event_ids.push_back(event.event_id);
    clear.evidence.push_back(event.origin);
    sets[clear.event_ids].insert(place);
  }
  return clears;
}

std::vector<LogGap> channel_gaps(const FactSet& facts, std::string_view channel) {
  std::vector<Run> runs;
  for (const LogCoverageFact& log : facts.log_coverage) {
    if (equal_names(log.channel.raw(), channel) && log.last_id >= log.first_id &&
        log.last_id != 0) {
      add_runs(log, runs);
    }
  }
  std::sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) {
    return std::tie(a.first_id, a.last_id, a.first) < std::tie(b.first_id, b.last_id, b.first);
  });
  const std::vector<LogClear> clears = log_clears(facts);
  std::vector<LogGap> gaps;
  const Run* reach = nullptr;  // the run that goes furthest so far
  for (const Run& run : runs) {
    if (reach != nullptr && run.first_id > reach->last_id && run.first_id - reach->last_id > 1) {
      // A log that was made anew counts from 1 again: ids that rise while times fall belong to two
      // lives of the log, and what lies between them was never written.
      const auto holds = [&](const LogCoverageFact& log, std::uint64_t id) {
        return equal_names(log.channel.raw(), channel) && log.first_id <= id && log.last_id >= id;
      };
      // One file may bear several names of the computer.
      const bool inside_one_file =
          std::ranges::any_of(facts.log_coverage, [&](const LogCoverageFact& before) {
            return holds(before, reach->last_id) &&
                   std::ranges::any_of(facts.log_coverage, [&](const LogCoverageFact& behind) {
                     return behind.origin.evidence == before.origin.evidence &&
                            holds(behind, run.first_id);
                   });
          });
      // Or it was cleared between them.
      const bool is_backwards = run.first < reach->last;
      const bool is_cleared_between =
          is_backwards && std::ranges::any_of(clears, [&](const LogClear& clear) {
            return equal_names(clear.channel.raw(), channel) && clear.time >= run.first &&
                   clear.time <= reach->last;
          });
      const bool two_lives = is_backwards && (!inside_one_file || is_cleared_between);
      if (!two_lives) {
        gaps.push_back({.after_id = reach->last_id,
                        .next_id = run.first_id,
                        .after_time = reach->last,
                        .next_time = run.first});
      }
    }
    if (reach == nullptr || run.last_id > reach->last_id) {
      reach = &run;
    }
  }
  return gaps;
}

std::uint64_t channel_records(const FactSet& facts, std::string_view channel) {
  std::vector<const LogCoverageFact*> logs;
  for (const LogCoverageFact& log : facts.log_coverage) {
    if (equal_names(log.channel.raw(), channel)) {
      logs.push_back(&log);
    }
  }
  std::stable_sort(logs.begin(), logs.end(), [](const auto* a, const auto* b) {
    return std::tie(a->first, a->first_id) < std::tie(b->first, b->first_id);
  });
  using Copies = std::vector<const LogCoverageFact*>;
  std::vector<Copies> sets;
  for (const LogCoverageFact* log : logs) {
    const auto shares = [log](const LogCoverageFact* other) {
      return log->first_id <= other->last_id && other->first_id <= log->last_id &&
             log->first.ticks <= other->last.ticks + precision_of(other->last);
    };
    const auto found = std::find_if(sets.begin(), sets.end(), [&](const Copies& set) {
      return std::any_of(set.begin(), set.end(), shares);
    });
    Copies& set = found == sets.end() ? sets.emplace_back() : *found;
    set.push_back(log);
  }
  std::uint64_t records = 0;
  for (const Copies& set : sets) {
    std::uint64_t sum = 0;
    std::vector<Run> runs;
    for (const LogCoverageFact* log : set) {
      sum += log->records;
      add_runs(*log, runs);
    }
    records += set.size() == 1 ? sum : std::min(sum, ids_in(std::move(runs)));
  }
  return records;
}

}  // namespace npg
