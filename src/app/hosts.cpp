#include "app/hosts.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "analysis/inventory/renamed_keys.hpp"
#include "app/hive_copies.hpp"
#include "app/host_joining.hpp"
#include "app/host_parts.hpp"
#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

/// The ComputerName of the present hive, else of an older copy; without one, the Computer of the
/// newest log.
SharedText name_for(const Host& host) {
  for (const bool is_older : {false, true}) {
    for (const HostIdentityFact& identity : host.facts.identities) {
      if (!identity.computer_name.empty() &&
          (identity.moment == HiveMoment::older_copy) == is_older) {
        return identity.computer_name;
      }
    }
  }
  const LogCoverageFact* newest = nullptr;
  for (const LogCoverageFact& log : host.facts.log_coverage) {
    if (!log.computer.empty() && (newest == nullptr || log.last > newest->last)) {
      newest = &log;
    }
  }
  const auto& streams = host.streams;
  if (newest == nullptr && streams.empty()) {
    return {};
  }
  const std::string_view full =
      newest != nullptr ? newest->computer.raw() : streams.front().computer.raw();
  return SharedText(EvidenceText::from_utf8(full.substr(0, full.find('.'))));
}

/// What tells hosts of one name apart, the most readable first: domain, MachineGuid, SID, folder.
std::vector<std::string> marks_of(const Host& host) {
  std::vector<std::string> marks;
  const auto add = [&](std::string_view mark) {
    if (!mark.empty() && std::ranges::find(marks, mark) == marks.end()) {
      marks.emplace_back(mark);
    }
  };
  add(host_domain(host.facts).raw());
  for (const SharedText& name : host.names_seen) {
    const auto dot = name.raw().find('.');
    if (marks.empty() && dot != std::string_view::npos) {
      add(name.raw().substr(dot + 1));
    }
  }
  for (const HostIdentityFact& identity : host.facts.identities) {
    add(identity.machine_guid.raw());
  }
  for (const HostIdentityFact& identity : host.facts.identities) {
    add(identity.machine_sid.raw());
  }
  for (const std::string& group : host.groups) {
    add(group);
  }
  return marks;
}

/// "DC01 (corp.example)": hosts of one name get what tells them apart behind it, so that no list
/// mixes them.
void mark_same_names(std::vector<Host>& hosts) {
  std::map<std::string, std::vector<Host*>> by_name;
  for (Host& host : hosts) {
    if (!host.name.empty()) {
      by_name[name_key(host.name.raw())].push_back(&host);
    }
  }
  for (auto& [name, same] : by_name) {
    if (same.size() < 2) {
      continue;
    }
    constexpr std::size_t marks_max = 4;
    std::vector<std::string> mark(same.size());
    std::set<std::size_t> alike;
    for (std::size_t i = 0; i < same.size(); ++i) {
      alike.insert(i);
    }
    for (std::size_t used = 0; used < marks_max && !alike.empty(); ++used) {
      for (const std::size_t i : alike) {
        const std::vector<std::string> marks = marks_of(*same[i]);
        if (used < marks.size()) {
          mark[i] += (used == 0 ? "" : ", ") + marks[used];
        }
      }
      std::map<std::string, std::vector<std::size_t>> by_mark;
      for (const std::size_t i : std::exchange(alike, {})) {
        by_mark[name_key(mark[i])].push_back(i);
      }
      for (const auto& [text, members] : by_mark) {
        if (members.size() > 1) {
          alike.insert(members.begin(), members.end());
        }
      }
    }
    for (std::size_t i = 0; i < same.size(); ++i) {
      if (!mark[i].empty()) {
        same[i]->name = SharedText(
            EvidenceText::from_utf8(std::string(same[i]->name.raw()) + " (" + mark[i] + ")"));
      }
    }
  }
}

std::vector<std::string> groups_of(const Reading& reading) {
  std::vector<std::string> groups = {reading.group};
  for (const auto& [group, is_at_home] : reading.also_in) {
    if (group != reading.group) {
      groups.push_back(group);
    }
  }
  return groups;
}

/// The hosts whose SYSTEM hive stands at its Windows path in a folder: its other files are theirs.
std::map<std::string, std::set<std::size_t>> owners_of_groups(
    const std::vector<HostPart>& parts, const std::vector<std::size_t>& roots,
    const std::vector<Reading>& readings) {
  std::map<std::string, std::set<std::size_t>> owners;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Reading& reading = readings[parts[i].reading];
    if (parts[i].name.empty() || !holds_registry(reading.kind)) {
      continue;
    }
    for (const std::string& group : groups_of(reading)) {
      const auto place = reading.also_in.find(group);
      if (place != reading.also_in.end() ? place->second : is_system_at_home(reading)) {
        owners[group].insert(roots[i]);
      }
    }
  }
  return owners;
}

Host::CasePart case_part_of(const Reading& reading, std::int64_t row) {
  const int rank = is_system_at_home(reading)     ? 0
                   : holds_registry(reading.kind) ? 1 + (reading.hive_kind != HiveKind::system)
                                                  : 3;
  return {
      .rank = rank, .identity = reading.case_identity, .row = row, .groups = groups_of(reading)};
}

}  // namespace

bool is_system_at_home(const Reading& reading) {
  return equal_names(reading.windows_path, "C:\\Windows\\System32\\config\\SYSTEM");
}

std::vector<Host> group_hosts(std::vector<Reading>& readings, Diagnostics& diagnostics) {
  const std::vector<HostPart> parts = host_parts(readings);
  const std::vector<std::size_t> roots = join_parts(readings, parts, diagnostics);
  settle_hive_copies(parts, roots, readings);
  const auto owners = owners_of_groups(parts, roots, readings);
  std::map<std::size_t, Host> hosts;
  std::map<std::size_t, std::set<std::string>> guids;
  std::map<std::size_t, std::map<std::string, SharedText>> names;
  std::map<std::size_t, std::set<std::string>> groups;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t root = roots[i];
    Host& host = hosts[root];
    Reading& reading = readings[parts[i].reading];
    FactSet& facts = reading.facts[parts[i].computer];
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
    for (EventDialectFact& stream : reading.streams[parts[i].computer]) {
      if (!stream.computer.empty()) {
        names[root].try_emplace(name_key(stream.computer.raw()), stream.computer);
      }
      host.streams.push_back(std::move(stream));
    }
    if (!parts[i].machine_guid.empty() && guids[root].insert(parts[i].machine_guid).second &&
        guids[root].size() == 2) {
      note(DiagnosticCode::host_names_disagree, reading,
           "hives of one computer name hold different MachineGuids", diagnostics);
    }
    for (std::string& group : groups_of(reading)) {
      groups[root].insert(std::move(group));
    }
    if (const auto row = reading.case_parts.find(parts[i].computer);
        row != reading.case_parts.end()) {
      host.case_parts.push_back(case_part_of(reading, row->second));
    }
    host.has_dirty_hive = host.has_dirty_hive || reading.is_dirty_without_log;
    host.has_cut_log = host.has_cut_log || reading.has_cut_log;
    host.facts.append(std::move(facts));
  }
  std::vector<Host> out;
  for (auto& [root, host] : hosts) {
    for (const auto& [key, name] : names[root]) {
      host.names_seen.push_back(name);
    }
    host.groups.assign(groups[root].begin(), groups[root].end());
    for (const std::string& group : host.groups) {
      const auto owner = owners.find(group);
      if (owner == owners.end() || owner->second.contains(root)) {
        host.file_groups.push_back(group);
      }
    }
    std::ranges::sort(host.case_parts);
    host.facts.normalise();
    follow_renames(host.facts);
    host.name = name_for(host);
    out.push_back(std::move(host));
  }
  mark_same_names(out);
  std::stable_sort(out.begin(), out.end(), [](const Host& a, const Host& b) {
    return std::tuple(name_key(a.name.raw()), a.groups) <
           std::tuple(name_key(b.name.raw()), b.groups);
  });
  return out;
}

}  // namespace npg
