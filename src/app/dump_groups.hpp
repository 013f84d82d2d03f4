// The members of an object of a dump, where several nodes may stand under one key.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace npg {

/// Nodes by the key they are written under, keys in order of first appearance: what stands there
/// more than once becomes an array.
class Groups {
 public:
  struct Group {
    std::string key;
    std::vector<std::uint32_t> nodes;
  };
  void add(std::string key, std::uint32_t node) {
    const std::size_t place = place_of(key);
    if (place == groups_.size()) {
      if (place >= few) {
        index_.emplace(key, place);
      }
      groups_.push_back({.key = std::move(key), .nodes = {}});
    }
    groups_[place].nodes.push_back(node);
  }
  [[nodiscard]] const std::vector<Group>& groups() const { return groups_; }
  [[nodiscard]] bool empty() const { return groups_.empty(); }

 private:
  /// So many are looked through faster than an index is made of them.
  static constexpr std::size_t few = 16;

  /// Where the key is, or the number of groups.
  [[nodiscard]] std::size_t place_of(const std::string& key) const {
    const std::size_t looked_at = std::min(groups_.size(), few);
    for (std::size_t i = 0; i < looked_at; ++i) {
      if (groups_[i].key == key) {
        return i;
      }
    }
    const auto found = index_.find(key);
    return found == index_.end() ? groups_.size() : found->second;
  }
  std::vector<Group> groups_;
  std::map<std::string, std::size_t> index_;  ///< of those behind the first few
};

}  // namespace npg
