#include "app/case_places.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>

#include "app/host_joining.hpp"

namespace npg {
namespace {

constexpr std::string_view of_hives = "hives ";

/// What the parts of one host in one folder say of it.
struct Beside {
  std::set<std::string> named_hives;  ///< SHA-256
  std::set<std::string> names;
  std::set<std::string> hives;  ///< SHA-256 of all
};

std::string group_of(const Beside& beside) {
  if (!beside.named_hives.empty()) {
    return fmt::format("{}{}", of_hives, fmt::join(beside.named_hives, " "));
  }
  if (!beside.names.empty()) {
    return fmt::format("computer {}", fmt::join(beside.names, " "));
  }
  return fmt::format("nameless {}", fmt::join(beside.hives, " "));
}

std::vector<std::string> hives_of(std::string_view group) {
  std::vector<std::string> hives;
  if (!group.starts_with(of_hives)) {
    return hives;
  }
  for (group.remove_prefix(of_hives.size()); !group.empty();) {
    const std::string_view one = group.substr(0, group.find(' '));
    hives.emplace_back(one);
    group.remove_prefix(std::min(one.size() + 1, group.size()));
  }
  return hives;
}

}  // namespace

std::map<std::size_t, CasePlace> case_places(const std::vector<Reading>& readings,
                                             const std::vector<HostPart>& parts) {
  Diagnostics said_later;  // With what the case knows, it may be otherwise.
  const std::vector<std::size_t> roots = join_parts(readings, parts, said_later);
  std::map<std::pair<std::string, std::size_t>, Beside> places;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Reading& reading = readings[parts[i].reading];
    Beside& beside = places[{reading.group, roots[i]}];
    const bool is_hive = holds_registry(reading.kind) && !reading.item.sha256.empty();
    if (is_hive) {
      beside.hives.insert(reading.item.sha256);
    }
    if (!parts[i].name.empty()) {
      beside.names.insert(parts[i].name);
      if (is_hive) {
        beside.named_hives.insert(reading.item.sha256);
      }
    }
  }
  std::map<std::size_t, std::set<std::size_t>> roots_of;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    roots_of[parts[i].reading].insert(roots[i]);
  }
  std::map<std::size_t, CasePlace> out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Reading& reading = readings[parts[i].reading];
    CasePlace& place = out[parts[i].reading];
    const Beside& beside = places[{reading.group, roots[i]}];
    place.group = roots_of[parts[i].reading].size() == 1
                      ? group_of(beside)
                      : fmt::format("several computers {}", reading.item.sha256);
    if (parts[i].name.empty() && !beside.names.empty()) {
      place.names.assign(beside.names.begin(), beside.names.end());
      if (beside.named_hives.empty()) {
        place.beside = {place.group};
      } else {
        place.beside.assign(beside.named_hives.begin(), beside.named_hives.end());
      }
    }
  }
  return out;
}

std::string PlacesOfScan::root_of(std::string name) const {
  for (auto parent = parents_.find(name); parent != parents_.end() && parent->second != name;
       parent = parents_.find(name)) {
    name = parent->second;
  }
  return name;
}

void PlacesOfScan::join(const std::string& a, const std::string& b) {
  const std::string first = root_of(a);
  const std::string second = root_of(b);
  const std::string root = std::min(first, second);
  for (const std::string& other : {first, second}) {
    parents_[other] = root;
    if (other != root) {
      folders_[root].merge(folders_[other]);
    }
  }
}

void PlacesOfScan::add_kept(const std::string& kept_group) {
  const auto hives = hives_of(kept_group);
  for (const std::string& hive : hives) {
    join(hives.front(), hive);
  }
}

void PlacesOfScan::add_folder(const std::string& kept_group, const std::string& folder) {
  add_kept(kept_group);
  if (const auto hives = hives_of(kept_group); !hives.empty()) {
    folders_[root_of(hives.front())].insert(folder);
  }
}

std::string PlacesOfScan::folder_of(const std::string& kept_group) const {
  const auto hives = hives_of(kept_group);
  if (hives.empty()) {
    return kept_group;
  }
  const std::string root = root_of(hives.front());
  const auto folders = folders_.find(root);
  return folders != folders_.end() && folders->second.size() == 1
             ? *folders->second.begin()
             : fmt::format("{}{}", of_hives, root);
}

bool PlacesOfScan::is_spread(const std::string& kept_group) const {
  const auto hives = hives_of(kept_group);
  const auto folders = hives.empty() ? folders_.end() : folders_.find(root_of(hives.front()));
  return folders != folders_.end() && folders->second.size() > 1;
}

}  // namespace npg
