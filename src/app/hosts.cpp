#include "app/hosts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "base/evidence_text.hpp"

namespace npg {
namespace {

/// The NetBIOS-like part of a computer name, upper case: "host" of "host.corp.example".
std::string short_name(std::string_view name) {
  return name_key(name.substr(0, name.find('.')));
}

/// The part of a reading that is of one computer: a hive, or one Computer's events in a log.
struct Part {
  std::size_t reading = 0;
  std::string computer;  ///< key in Reading::facts
  std::string name;      ///< short_name of what the part says itself; empty when it says nothing
  std::string domain;  ///< what follows the first dot of that name; empty for hives and short names
  std::string machine_guid;
  std::string file_stem;  ///< flat folders: the file name without the hive's own word
};

/// Sets of parts that are one host, joined step by step.
class Joined {
 public:
  explicit Joined(std::size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }
  [[nodiscard]] std::size_t find(std::size_t i) {
    while (parent_[i] != i) {
      parent_[i] = parent_[parent_[i]];
      i = parent_[i];
    }
    return i;
  }
  void join(std::size_t a, std::size_t b) {
    a = find(a);
    b = find(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::size_t> parent_;
};

std::string stem_of(const Reading& reading) {
  const std::string_view path = reading.item.path.raw();
  std::string stem = name_key(path.substr(path.rfind('/') + 1));
  for (const std::string_view word : {"SYSTEM", "SOFTWARE", "SECURITY"}) {
    if (const auto at = stem.find(word); at != std::string::npos) {
      stem.erase(at, word.size());
      break;
    }
  }
  return stem;
}

std::vector<Part> parts_of(const std::vector<Reading>& readings) {
  std::vector<Part> parts;
  for (std::size_t i = 0; i < readings.size(); ++i) {
    for (const auto& [computer, facts] : readings[i].facts) {
      Part part{.reading = i, .computer = computer};
      if (readings[i].kind == FileKind::hive) {
        part.file_stem = stem_of(readings[i]);
        for (const HostIdentityFact& identity : facts.identities) {
          if (!identity.computer_name.empty()) {
            part.name = short_name(identity.computer_name.raw());
          }
          part.machine_guid = name_key(identity.machine_guid.raw());
        }
      } else {
        part.name = short_name(computer);
        const auto dot = computer.find('.');
        part.domain = dot == std::string::npos ? "" : computer.substr(dot + 1);
      }
      parts.push_back(std::move(part));
    }
  }
  return parts;
}

/// A machine that was renamed writes on in the same log: same channel, record ids that do not
/// overlap. A log that collects several machines interleaves them.
bool is_rename(const Reading& reading, const std::string& a, const std::string& b) {
  bool together = false;
  for (const LogIdentity& first : reading.logs) {
    for (const LogIdentity& second : reading.logs) {
      if (name_key(first.computer.raw()) != a || name_key(second.computer.raw()) != b ||
          first.channel != second.channel) {
        continue;
      }
      together = true;
      if (first.first_id <= second.last_id && second.first_id <= first.last_id) {
        return false;
      }
    }
  }
  return together;
}

class Grouping {
 public:
  Grouping(std::vector<Reading>& readings, Diagnostics& diagnostics)
      : readings_(readings),
        diagnostics_(diagnostics),
        parts_(parts_of(readings)),
        joined_(parts_.size()) {}

  std::vector<Host> run() {
    join_by_name();
    join_renames();
    for (const auto& [group, members] : members_by_group()) {
      join_nameless_hives(members);
      report_disagreement(group, members);
    }
    return collect();
  }

 private:
  [[nodiscard]] const Reading& reading_of(std::size_t part) const {
    return readings_[parts_[part].reading];
  }
  [[nodiscard]] bool is_hive(std::size_t part) const {
    return reading_of(part).kind == FileKind::hive;
  }

  /// Parts of one short name are one host, unless full names put them into different domains. A
  /// part that names no domain goes with the only domain there is, or with the one that its own
  /// folder speaks of.
  void join_by_name() {
    std::map<std::string, std::map<std::string, std::vector<std::size_t>>> by_name;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (!parts_[i].name.empty()) {
        by_name[parts_[i].name][parts_[i].domain].push_back(i);
      }
    }
    for (auto& [name, domains] : by_name) {
      for (const auto& [domain, members] : domains) {
        const bool is_ambiguous = domain.empty() && domains.size() > 2;
        for (const std::size_t part : members) {
          if (!is_ambiguous) {
            joined_.join(members.front(), part);
          }
          if (domain.empty() && domains.size() > 1) {
            join_to_domain(part, domains);
          }
        }
      }
    }
  }

  void join_to_domain(std::size_t part,
                      const std::map<std::string, std::vector<std::size_t>>& domains) {
    std::set<std::size_t> beside;
    std::set<std::size_t> any;
    for (const auto& [domain, members] : domains) {
      for (const std::size_t other : members) {
        if (!domain.empty()) {
          any.insert(members.front());
          if (reading_of(other).group == reading_of(part).group) {
            beside.insert(members.front());
          }
        }
      }
    }
    if (beside.size() == 1 || any.size() == 1) {
      joined_.join(part, beside.size() == 1 ? *beside.begin() : *any.begin());
    } else if (any.size() > 1) {
      note(DiagnosticCode::host_names_disagree, part,
           "logs name computers of this name in several domains; nothing tells which one this is");
    }
  }

  void join_renames() {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      for (std::size_t j = i + 1; j < parts_.size() && parts_[j].reading == parts_[i].reading;
           ++j) {
        if (!is_hive(i) && is_rename(reading_of(i), parts_[i].computer, parts_[j].computer)) {
          joined_.join(i, j);
        }
      }
    }
  }

  [[nodiscard]] std::map<std::string, std::vector<std::size_t>> members_by_group() const {
    std::map<std::string, std::vector<std::size_t>> groups;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      groups[reading_of(i).group].push_back(i);
    }
    return groups;
  }

  /// SOFTWARE and SECURITY hives do not name their computer: they go with the one SYSTEM hive
  /// beside them, or with the one whose file name has the same rest, or with the only computer that
  /// the logs beside them name.
  void join_nameless_hives(const std::vector<std::size_t>& members) {
    std::map<std::size_t, std::vector<std::size_t>> named_hives;
    std::map<std::size_t, std::vector<std::size_t>> named_logs;
    for (const std::size_t part : members) {
      if (!parts_[part].name.empty()) {
        (is_hive(part) ? named_hives : named_logs)[joined_.find(part)].push_back(part);
      }
    }
    std::optional<std::size_t> first_nameless;
    for (const std::size_t part : members) {
      if (!parts_[part].name.empty() || !is_hive(part)) {
        continue;
      }
      if (named_hives.size() == 1) {
        joined_.join(part, named_hives.begin()->first);
      } else if (named_hives.size() > 1) {
        join_by_stem(part, named_hives);
      } else if (named_logs.size() == 1) {
        joined_.join(part, named_logs.begin()->first);
      } else if (first_nameless) {
        joined_.join(part, *first_nameless);
      } else {
        first_nameless = part;
        const bool has_facts =
            !readings_[parts_[part].reading].facts[parts_[part].computer].registrations.empty() ||
            readings_[parts_[part].reading].hive_kind == HiveKind::software ||
            readings_[parts_[part].reading].hive_kind == HiveKind::security;
        if (has_facts) {
          note(DiagnosticCode::host_unknown, part,
               "nothing in or beside this hive names its computer");
        }
      }
    }
  }

  void join_by_stem(std::size_t part,
                    const std::map<std::size_t, std::vector<std::size_t>>& named_hives) {
    for (const auto& [root, hives] : named_hives) {
      for (const std::size_t hive : hives) {
        if (parts_[hive].file_stem == parts_[part].file_stem && !parts_[part].file_stem.empty()) {
          joined_.join(part, hive);
          return;
        }
      }
    }
    note(DiagnosticCode::host_unknown, part,
         "several hosts' hives lie in this folder, and this one names none of them");
  }

  void report_disagreement(const std::string& group, const std::vector<std::size_t>& members) {
    std::set<std::size_t> hive_hosts;
    std::set<std::size_t> log_hosts;
    std::size_t example = members.front();
    for (const std::size_t part : members) {
      if (!parts_[part].name.empty()) {
        (is_hive(part) ? hive_hosts : log_hosts).insert(joined_.find(part));
        example = is_hive(part) ? part : example;
      }
    }
    const bool overlap = std::any_of(log_hosts.begin(), log_hosts.end(),
                                     [&](std::size_t host) { return hive_hosts.contains(host); });
    if (!hive_hosts.empty() && !log_hosts.empty() && !overlap) {
      note(DiagnosticCode::host_names_disagree, example,
           fmt::format("the hives and the logs in {} name different computers; they are kept apart",
                       group.empty() ? "this folder"
                                     : escape_for_terminal(EvidenceText::from_utf8(group))));
    }
  }

  void note(DiagnosticCode code, std::size_t part, std::string text) {
    Diagnostics one;
    one.add(code, Severity::notice, 0, 0, std::move(text));
    Diagnostic noted = one.kept().front();
    noted.evidence = reading_of(part).evidence;
    diagnostics_.add(std::move(noted));
  }

  std::vector<Host> collect() {
    std::map<std::size_t, Host> hosts;
    std::map<std::size_t, std::set<std::string>> guids;
    std::map<std::size_t, std::map<std::string, SharedText>> names;
    std::map<std::size_t, std::set<std::string>> groups;
    settle_copies();
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const std::size_t root = joined_.find(i);
      Host& host = hosts[root];
      Reading& reading = readings_[parts_[i].reading];
      FactSet& facts = reading.facts[parts_[i].computer];
      for (const HostIdentityFact& identity : facts.identities) {
        if (!identity.computer_name.empty()) {
          names[root].try_emplace(name_key(identity.computer_name.raw()), identity.computer_name);
        }
      }
      for (const LogCoverageFact& log : facts.log_coverage) {
        if (!log.computer.empty()) {
          names[root].try_emplace(name_key(log.computer.raw()), log.computer);
        }
      }
      if (!parts_[i].machine_guid.empty() && guids[root].insert(parts_[i].machine_guid).second &&
          guids[root].size() == 2) {
        note(DiagnosticCode::host_names_disagree, i,
             "hives of one computer name hold different MachineGuids");
      }
      groups[root].insert(reading.group);
      host.has_dirty_hive = host.has_dirty_hive || reading.is_dirty_without_log;
      host.facts.append(std::move(facts));
    }
    std::vector<Host> out;
    for (auto& [root, host] : hosts) {
      for (const auto& [key, name] : names[root]) {
        host.names_seen.push_back(name);
      }
      host.groups.assign(groups[root].begin(), groups[root].end());
      host.facts.normalise();
      host.name = name_for(host);
      out.push_back(std::move(host));
    }
    std::stable_sort(out.begin(), out.end(), [](const Host& a, const Host& b) {
      return std::tuple(name_key(a.name.raw()), a.groups) <
             std::tuple(name_key(b.name.raw()), b.groups);
    });
    return out;
  }

  /// Of several SYSTEM hives of one host one is the present; the others are older copies. It is the
  /// one at its Windows path; among equals the one that was written to last, by its content; of two
  /// copies of the same state the one with its logs; and then the first by path.
  void settle_copies() {
    std::map<std::size_t, std::vector<std::size_t>> copies;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (reading_of(i).hive_kind == HiveKind::system) {
        copies[joined_.find(i)].push_back(i);
      }
    }
    for (const auto& [root, parts] : copies) {
      std::map<std::pair<std::uint32_t, std::uint32_t>, FileTime> newest;
      for (const std::size_t part : parts) {
        FileTime& time = newest[reading_of(part).sequences];
        time = std::max(time, newest_write(part));
      }
      const auto is_better = [&](std::size_t a, std::size_t b) {
        const Reading& left = reading_of(a);
        const Reading& right = reading_of(b);
        return std::tuple(is_at_home(left), newest.at(left.sequences), left.sequences,
                          left.is_replayed, right.item.path.raw()) >
               std::tuple(is_at_home(right), newest.at(right.sequences), right.sequences,
                          right.is_replayed, left.item.path.raw());
      };
      const std::size_t present = *std::min_element(parts.begin(), parts.end(), is_better);
      for (const std::size_t part : parts) {
        FactSet& facts = readings_[parts_[part].reading].facts[parts_[part].computer];
        if (part != present) {
          make_older(facts);
        }
        for (HostIdentityFact& identity : facts.identities) {
          identity.newest_write = newest_write(part);
        }
      }
    }
  }

  [[nodiscard]] static bool is_at_home(const Reading& reading) {
    return equal_names(reading.windows_path, "C:\\Windows\\System32\\config\\SYSTEM");
  }

  [[nodiscard]] FileTime newest_write(std::size_t part) const {
    FileTime newest = reading_of(part).newest_key;
    const FactSet& facts = reading_of(part).facts.at(parts_[part].computer);
    for (const RegistrationFact& fact : facts.registrations) {
      newest = std::max(newest, fact.last_written);
    }
    for (const ProviderOrderFact& fact : facts.orders) {
      newest = std::max(newest, fact.last_written);
    }
    return newest;
  }

  static void make_older(FactSet& facts) {
    for (HostIdentityFact& identity : facts.identities) {
      identity.moment = HiveMoment::older_copy;
    }
    for (RegistrationFact& fact : facts.registrations) {
      fact.moment = fact.moment == HiveMoment::current ? HiveMoment::older_copy : fact.moment;
    }
    for (ProviderOrderFact& fact : facts.orders) {
      fact.moment = fact.moment == HiveMoment::current ? HiveMoment::older_copy : fact.moment;
    }
  }

  /// The hive's own ComputerName; without one, the Computer of the newest log.
  static SharedText name_for(const Host& host) {
    for (const HostIdentityFact& identity : host.facts.identities) {
      if (!identity.computer_name.empty()) {
        return identity.computer_name;
      }
    }
    const LogCoverageFact* newest = nullptr;
    for (const LogCoverageFact& log : host.facts.log_coverage) {
      if (!log.computer.empty() && (newest == nullptr || log.last > newest->last)) {
        newest = &log;
      }
    }
    if (newest == nullptr) {
      return {};
    }
    const std::string_view full = newest->computer.raw();
    return SharedText(EvidenceText::from_utf8(full.substr(0, full.find('.'))));
  }

  std::vector<Reading>& readings_;
  Diagnostics& diagnostics_;
  std::vector<Part> parts_;
  Joined joined_;
};

}  // namespace

std::vector<Host> group_hosts(std::vector<Reading>& readings, Diagnostics& diagnostics) {
  return Grouping(readings, diagnostics).run();
}

}  // namespace npg
