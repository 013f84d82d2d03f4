#include "app/same_name.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace npg {
namespace {

using Texts = std::set<std::string>;

/// What the hives of one folder say of the machine that they are of.
struct Folder {
  std::vector<std::size_t> hives;
  Texts guids;
  Texts sids;
  Texts domains;
};

bool share(const Texts& a, const Texts& b) {
  return std::ranges::any_of(a, [&](const std::string& one) { return b.contains(one); });
}
bool disagree(const Texts& a, const Texts& b) {
  return !a.empty() && !b.empty() && !share(a, b);
}

/// A machine that moved into another domain keeps its MachineGuid and its SID. Empty: nothing holds
/// them apart.
std::string held_apart_by(const Folder& a, const Folder& b) {
  if (disagree(a.guids, b.guids)) {
    return "MachineGuid";
  }
  if (disagree(a.sids, b.sids)) {
    return "machine SID";
  }
  const bool is_one_machine = share(a.guids, b.guids) || share(a.sids, b.sids);
  return !is_one_machine && disagree(a.domains, b.domains) ? "DNS domain" : "";
}

bool are_tied(const Folder& a, const Folder& b) {
  return share(a.guids, b.guids) || share(a.sids, b.sids) || share(a.domains, b.domains);
}

void take(const HostPart& part, Folder& folder) {
  if (!part.machine_guid.empty()) {
    folder.guids.insert(part.machine_guid);
  }
  folder.sids.insert(part.machine_sids.begin(), part.machine_sids.end());
  folder.domains.insert(part.hive_domains.begin(), part.hive_domains.end());
}

/// The drive letters under which the hives of each group lie.
using Drives = std::map<std::string, std::set<char>>;

/// The folder that a hive lies in: its group, and where single letters stand for several folders
/// in it, which may be drives of one machine or names of several, the letter.
std::string folder_of(const Reading& reading, const Drives& drives) {
  const auto letters = drives.find(reading.group);
  const bool has_several = letters != drives.end() && letters->second.size() > 1;
  return has_several ? reading.group + "|" + reading.windows_path.substr(0, 1) : reading.group;
}

/// The hives of a name by folder. SOFTWARE and SECURITY name no computer: they speak of the only
/// one that their folder has, or of the one whose files are named alike.
std::vector<Folder> folders_of(const std::vector<Reading>& readings,
                               const std::vector<HostPart>& parts,
                               const std::vector<std::size_t>& hives) {
  const std::string& name = parts[hives.front()].name;
  std::map<std::string, Folder> by_group;
  Drives drives;
  for (const Reading& reading : readings) {
    if (reading.kind == FileKind::hive && !reading.windows_path.empty()) {
      drives[reading.group].insert(reading.windows_path.front());
    }
  }
  for (const std::size_t hive : hives) {
    Folder& folder = by_group[folder_of(readings[parts[hive].reading], drives)];
    folder.hives.push_back(hive);
    take(parts[hive], folder);
  }
  std::set<std::string> shared;
  for (const HostPart& part : parts) {
    const Reading& reading = readings[part.reading];
    if (holds_registry(reading.kind) && !part.name.empty() && part.name != name) {
      shared.insert(folder_of(reading, drives));
    }
  }
  for (const HostPart& part : parts) {
    const Reading& reading = readings[part.reading];
    const std::string own = folder_of(reading, drives);
    const auto folder = by_group.find(own);
    if (!holds_registry(reading.kind) || !part.name.empty() || folder == by_group.end()) {
      continue;
    }
    const bool is_named_alike = std::ranges::any_of(folder->second.hives, [&](std::size_t hive) {
      return parts[hive].file_stem == part.file_stem;
    });
    if (!shared.contains(own) || (is_named_alike && !part.file_stem.empty())) {
      take(part, folder->second);
    }
  }
  std::vector<Folder> folders;
  for (auto& [group, folder] : by_group) {
    folders.push_back(std::move(folder));
  }
  return folders;
}

/// For each folder those that it can be one machine with, itself among them; itself alone where
/// they are held apart among themselves, so that it would tie together what is not one.
std::vector<std::set<std::size_t>> partners_of(const std::vector<Folder>& folders) {
  std::vector<std::set<std::size_t>> partners(folders.size());
  for (std::size_t i = 0; i < folders.size(); ++i) {
    std::set<std::size_t> possible;
    std::set<std::size_t> tied;
    for (std::size_t j = 0; j < folders.size(); ++j) {
      if (i == j || held_apart_by(folders[i], folders[j]).empty()) {
        possible.insert(j);
        if (i == j || are_tied(folders[i], folders[j])) {
          tied.insert(j);
        }
      }
    }
    const auto agree = [&](const std::set<std::size_t>& some) {
      return std::ranges::all_of(some, [&](std::size_t a) {
        return std::ranges::all_of(some, [&](std::size_t b) {
          return a == b || held_apart_by(folders[a], folders[b]).empty();
        });
      });
    };
    partners[i] = agree(possible) ? possible : agree(tied) ? tied : std::set{i};
  }
  return partners;
}

}  // namespace

SameName tell_machines_apart(const std::vector<Reading>& readings,
                             const std::vector<HostPart>& parts,
                             const std::vector<std::size_t>& hives) {
  const std::vector<Folder> folders = folders_of(readings, parts, hives);
  const auto partners = partners_of(folders);
  SameName told;
  std::vector<std::size_t> machine_of(folders.size(), SIZE_MAX);
  for (std::size_t i = 0; i < folders.size(); ++i) {
    std::size_t machine = told.machines.size();
    for (std::size_t j = 0; j < i; ++j) {
      const bool is_mutual = partners[i].contains(j) && partners[j].contains(i);
      if (is_mutual) {
        machine = std::min(machine, machine_of[j]);
        told.is_by_name_alone = told.is_by_name_alone || !are_tied(folders[i], folders[j]);
      } else if (told.apart_by.empty()) {
        told.apart_by = held_apart_by(folders[i], folders[j]);
      }
    }
    machine_of[i] = machine;
    if (machine == told.machines.size()) {
      told.machines.emplace_back();
    }
    auto& members = told.machines[machine];
    members.insert(members.end(), folders[i].hives.begin(), folders[i].hives.end());
  }
  for (auto& members : told.machines) {
    std::ranges::sort(members);
  }
  return told;
}

}  // namespace npg
