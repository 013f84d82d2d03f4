#include "app/host_joining.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include "app/hosts.hpp"
#include "app/same_name.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

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

/// A machine that was renamed writes on in the same log: same channel, record ids that do not
/// overlap. A log that collects several machines interleaves them.
bool is_rename(const std::vector<const LogIdentity*>& before,
               const std::vector<const LogIdentity*>& after) {
  bool together = false;
  for (const LogIdentity* first : before) {
    for (const LogIdentity* second : after) {
      if (first->channel != second->channel) {
        continue;
      }
      together = true;
      if (first->is_collected || second->is_collected) {
        return false;
      }
      if (first->first_id <= second->last_id && second->first_id <= first->last_id) {
        return false;
      }
    }
  }
  return together;
}

/// What a reading's logs hold of each computer, by its name as the reading's facts have it.
std::map<std::string, std::vector<const LogIdentity*>> logs_by_computer(const Reading& reading) {
  std::map<std::string, std::vector<const LogIdentity*>> logs;
  for (const LogIdentity& log : reading.logs) {
    logs[name_key(log.computer.raw())].push_back(&log);
  }
  return logs;
}

/// True for a hive in the folder of the present ones (RegBack, SYSTEM.SAV), or in that of the
/// Windows that the present one replaced.
bool is_kept_by_windows(std::string_view path) {
  return std::ranges::any_of(
      std::array<std::string_view, 2>{"C:\\Windows\\System32\\config\\",
                                      "C:\\Windows.old\\Windows\\System32\\config\\"},
      [path](std::string_view folder) {
        return equal_names(path.substr(0, folder.size()), folder);
      });
}

class Joining {
 public:
  Joining(const std::vector<Reading>& readings, const std::vector<HostPart>& parts,
          Diagnostics& diagnostics)
      : readings_(readings), parts_(parts), diagnostics_(diagnostics), joined_(parts.size()) {}

  std::vector<std::size_t> run() {
    join_by_name();
    join_renames();
    join_copies_beside();
    join_by_machine_sid();
    const auto groups = members_by_group();
    for (const auto& [group, members] : groups) {
      join_nameless_hives(members);
    }
    // The folders may have told the SID of further hosts.
    join_by_machine_sid();
    report_unknown();
    for (const auto& [group, members] : groups) {
      report_disagreement(group, members);
    }
    std::vector<std::size_t> roots(parts_.size());
    for (std::size_t i = 0; i < roots.size(); ++i) {
      roots[i] = joined_.find(i);
    }
    return roots;
  }

 private:
  [[nodiscard]] const Reading& reading_of(std::size_t part) const {
    return readings_[parts_[part].reading];
  }
  [[nodiscard]] bool is_hive(std::size_t part) const {
    return holds_registry(reading_of(part).kind);
  }
  void say(DiagnosticCode code, std::size_t part, std::string text) {
    note(code, reading_of(part), std::move(text), diagnostics_);
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
      if (joins_several_machines(name, domains)) {
        continue;
      }
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

  using PartsByDomain = std::map<std::string, std::vector<std::size_t>>;

  /// True when hives of the name are of several machines; then all parts of it are settled here.
  bool joins_several_machines(const std::string& name, const PartsByDomain& domains) {
    std::vector<std::size_t> hives;
    for (const auto& [domain, members] : domains) {
      std::ranges::copy_if(members, std::back_inserter(hives),
                           [this](std::size_t part) { return is_hive(part); });
    }
    if (hives.empty()) {
      return false;
    }
    std::ranges::sort(hives);
    const SameName told = tell_machines_apart(readings_, parts_, hives);
    const std::string shown = escape_for_terminal(EvidenceText::from_utf8(name));
    if (told.is_by_name_alone) {
      say(DiagnosticCode::host_names_disagree, hives.front(),
          fmt::format("hives of {} in several folders have neither MachineGuid, machine SID nor "
                      "domain in common; they are taken for one machine by its name alone",
                      shown));
    }
    if (told.machines.size() < 2) {
      return false;
    }
    say(DiagnosticCode::host_names_disagree, hives.front(),
        fmt::format("{} machines are named {}: their {}s differ; they are kept apart",
                    told.machines.size(), shown, told.apart_by));
    for (const auto& machine : told.machines) {
      for (const std::size_t hive : machine) {
        joined_.join(machine.front(), hive);
      }
    }
    for (const auto& [domain, members] : domains) {
      for (const std::size_t part : members) {
        if (!is_hive(part)) {
          join_log(part, domain, members, told.machines);
        }
      }
    }
    return true;
  }

  /// A log goes with the hives beside it, else with the machine that its domain or its local
  /// accounts name, else with the other logs of its folder and name.
  void join_log(std::size_t part, const std::string& domain,
                const std::vector<std::size_t>& same_domain,
                const std::vector<std::vector<std::size_t>>& machines) {
    std::set<std::size_t> beside;
    std::set<std::size_t> of_domain;
    std::set<std::size_t> of_sid;
    for (const auto& machine : machines) {
      for (const std::size_t hive : machine) {
        if (reading_of(hive).group == reading_of(part).group) {
          beside.insert(machine.front());
        }
        if (parts_[hive].hive_domains.contains(domain)) {
          of_domain.insert(machine.front());
        }
        if (std::ranges::any_of(parts_[part].machine_sids, [&](const std::string& sid) {
              return parts_[hive].machine_sids.contains(sid);
            })) {
          of_sid.insert(machine.front());
        }
      }
    }
    for (const auto* fitting : {&beside, &of_domain, &of_sid}) {
      if (fitting->size() == 1) {
        joined_.join(part, *fitting->begin());
        return;
      }
    }
    for (const std::size_t other : same_domain) {
      if (!is_hive(other) &&
          (!domain.empty() || reading_of(other).group == reading_of(part).group)) {
        joined_.join(part, other);
        break;
      }
    }
    say(DiagnosticCode::host_names_disagree, part,
        "several machines have the name of this log's computer; nothing tells which one it is of");
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
      say(DiagnosticCode::host_names_disagree, part,
          "logs name computers of this name in several domains; nothing tells which one this is");
    }
  }

  void join_renames() {
    for (std::size_t i = 0; i < parts_.size();) {
      // The parts of one reading stand together.
      std::size_t end = i + 1;
      while (end < parts_.size() && parts_[end].reading == parts_[i].reading) {
        ++end;
      }
      if (!is_hive(i) && end - i > 1) {
        auto logs = logs_by_computer(reading_of(i));
        for (std::size_t a = i; a < end; ++a) {
          for (std::size_t b = a + 1; b < end; ++b) {
            if (is_rename(logs[parts_[a].computer], logs[parts_[b].computer])) {
              joined_.join(a, b);
            }
          }
        }
      }
      i = end;
    }
  }

  /// What Windows itself keeps beside its SYSTEM hive is of the same machine, whatever name that
  /// had then.
  void join_copies_beside() {
    for (const auto& [group, members] : members_by_group()) {
      std::vector<std::size_t> home;
      std::vector<std::size_t> copies;
      for (const std::size_t part : members) {
        const Reading& reading = reading_of(part);
        if (reading.kind == FileKind::hive && reading.hive_kind == HiveKind::system &&
            !parts_[part].name.empty()) {
          if (is_system_at_home(reading)) {
            home.push_back(part);
          } else if (is_kept_by_windows(reading.windows_path)) {
            copies.push_back(part);
          }
        }
      }
      if (home.size() != 1) {
        continue;
      }
      for (const std::size_t copy : copies) {
        if (joined_.find(copy) == joined_.find(home.front())) {
          continue;
        }
        joined_.join(copy, home.front());
        say(DiagnosticCode::host_names_disagree, copy,
            fmt::format(
                "this copy of the SYSTEM hive names {}, the hive that Windows has it beside "
                "names {}: taken for one machine that got another name in between",
                escape_for_terminal(EvidenceText::from_utf8(parts_[copy].name)),
                escape_for_terminal(EvidenceText::from_utf8(parts_[home.front()].name))));
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

  /// A SECURITY hive names no computer and holds the machine's SID, which the local accounts in a
  /// log begin with. Machines made from one image may share it: then the folder decides, or
  /// nothing.
  void join_by_machine_sid() {
    const auto named = named_hosts();
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const auto& sids = parts_[i].machine_sids;
      if (!is_hive(i) || sids.empty() || named.contains(joined_.find(i))) {
        continue;
      }
      const auto knows = [&](std::size_t other) {
        return named.contains(joined_.find(other)) &&
               std::any_of(sids.begin(), sids.end(), [&](const std::string& sid) {
                 return parts_[other].machine_sids.contains(sid);
               });
      };
      std::set<std::size_t> beside;
      std::set<std::size_t> any;
      for (std::size_t other = 0; other < parts_.size(); ++other) {
        if (knows(other)) {
          any.insert(joined_.find(other));
          if (reading_of(other).group == reading_of(i).group) {
            beside.insert(joined_.find(other));
          }
        }
      }
      if (beside.size() == 1 || any.size() == 1) {
        joined_.join(i, beside.size() == 1 ? *beside.begin() : *any.begin());
        settled_.insert(i);
      } else if (any.size() > 1) {
        shared_sid_.insert(i);
      }
    }
  }

  /// The hosts of which some part gives the name.
  [[nodiscard]] std::set<std::size_t> named_hosts() {
    std::set<std::size_t> named;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (!parts_[i].name.empty()) {
        named.insert(joined_.find(i));
      }
    }
    return named;
  }

  /// SOFTWARE and SECURITY hives do not name their computer: they go with the one SYSTEM hive
  /// beside them, or with the one whose file name has the same rest or that stands in the same
  /// directory, or with the only computer that the logs beside them name.
  void join_nameless_hives(const std::vector<std::size_t>& members) {
    std::map<std::size_t, std::vector<std::size_t>> named_hives;
    std::map<std::size_t, std::vector<std::size_t>> named_logs;
    for (const std::size_t part : members) {
      if (!parts_[part].name.empty() || settled_.contains(part)) {
        (is_hive(part) ? named_hives : named_logs)[joined_.find(part)].push_back(part);
      }
    }
    std::optional<std::size_t> first_nameless;
    for (const std::size_t part : members) {
      if (!parts_[part].name.empty() || settled_.contains(part) || !is_hive(part)) {
        continue;
      }
      if (named_hives.size() == 1) {
        join_beside(part, named_hives.begin()->first);
      } else if (named_hives.size() > 1) {
        join_by_stem(part, named_hives);
      } else if (named_logs.size() == 1) {
        join_beside(part, named_logs.begin()->first);
      } else if (first_nameless) {
        joined_.join(part, *first_nameless);
      } else {
        first_nameless = part;
        const bool has_facts =
            !reading_of(part).facts.at(parts_[part].computer).registrations.empty() ||
            reading_of(part).hive_kind == HiveKind::software ||
            reading_of(part).hive_kind == HiveKind::security;
        if (has_facts) {
          unknown_.emplace(part, "nothing in or beside this hive names its computer");
        }
      }
    }
  }

  /// Joins a hive to the host that its folder speaks of, and says so when the machine's SID is
  /// another one.
  void join_beside(std::size_t part, std::size_t host) {
    std::set<std::string> known;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (joined_.find(i) == joined_.find(host)) {
        known.insert(parts_[i].machine_sids.begin(), parts_[i].machine_sids.end());
      }
    }
    const auto& sids = parts_[part].machine_sids;
    const bool differs = !known.empty() && !sids.empty() &&
                         std::none_of(sids.begin(), sids.end(),
                                      [&](const std::string& sid) { return known.contains(sid); });
    if (differs) {
      say(DiagnosticCode::host_names_disagree, part,
          fmt::format("the machine SID {} is not the one that other evidence of this host has; the "
                      "hive is taken to be of it by its folder",
                      escape_for_terminal(EvidenceText::from_utf8(*sids.begin()))));
    }
    joined_.join(part, host);
  }

  [[nodiscard]] std::string_view folder_of(std::size_t part) const {
    const std::string_view path = reading_of(part).item.path.raw();
    return path.substr(0, path.rfind('/') + 1);
  }

  void join_by_stem(std::size_t part,
                    const std::map<std::size_t, std::vector<std::size_t>>& named_hives) {
    for (const auto& [root, hives] : named_hives) {
      for (const std::size_t hive : hives) {
        if (parts_[hive].file_stem == parts_[part].file_stem && !parts_[part].file_stem.empty()) {
          join_beside(part, hive);
          return;
        }
      }
    }
    // A copy of another machine's hive in a folder of its own takes nothing from the hives that
    // stand together.
    std::set<std::size_t> same_folder;
    for (const auto& [root, hives] : named_hives) {
      if (std::ranges::any_of(
              hives, [&](std::size_t hive) { return folder_of(hive) == folder_of(part); })) {
        same_folder.insert(root);
      }
    }
    if (same_folder.size() == 1) {
      join_beside(part, *same_folder.begin());
      return;
    }
    unknown_.emplace(part,
                     "several hosts' hives lie in this folder, and this one names none of them");
  }

  void report_unknown() {
    const auto named = named_hosts();
    for (const auto& [part, why] : unknown_) {
      if (named.contains(joined_.find(part))) {
        continue;
      }
      say(DiagnosticCode::host_unknown, part,
          shared_sid_.contains(part) ? why + "; several hosts have its machine SID" : why);
    }
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
      say(DiagnosticCode::host_names_disagree, example,
          fmt::format(
              "the hives and the logs in {} name different computers; they are kept apart",
              group.empty() ? "this folder" : escape_for_terminal(EvidenceText::from_utf8(group))));
    }
  }

  const std::vector<Reading>& readings_;
  const std::vector<HostPart>& parts_;
  Diagnostics& diagnostics_;
  Joined joined_;
  std::set<std::size_t> settled_;     ///< nameless hives that their machine SID gave to a host
  std::set<std::size_t> shared_sid_;  ///< nameless hives whose machine SID several hosts have
  std::map<std::size_t, std::string> unknown_;  ///< nameless hives without a host, and why
};

}  // namespace

std::vector<std::size_t> join_parts(const std::vector<Reading>& readings,
                                    const std::vector<HostPart>& parts, Diagnostics& diagnostics) {
  return Joining(readings, parts, diagnostics).run();
}

void note(DiagnosticCode code, const Reading& reading, std::string text, Diagnostics& diagnostics) {
  Diagnostics one;
  one.add(code, Severity::notice, 0, 0, std::move(text));
  Diagnostic noted = one.kept().front();
  noted.evidence = reading.evidence;
  diagnostics.add(std::move(noted));
}

}  // namespace npg
