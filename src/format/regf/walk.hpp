// Walks over the whole key tree: each key once, however the links run (docs/formats/regf.md, 7).
#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "format/regf/hive.hpp"

namespace npg::regf {

/// One bit for each place where a cell may start.
class CellSet {
 public:
  explicit CellSet(const CellSpace& space) : words_(space.size() / 512 + 1) {}
  /// False when it was in already.
  bool insert(std::uint32_t cell_offset) {
    std::uint64_t& word = words_[cell_offset / 512];
    const std::uint64_t bit = std::uint64_t{1} << (cell_offset / 8 % 64);
    const bool fresh = (word & bit) == 0;
    word |= bit;
    return fresh;
  }
  [[nodiscard]] bool contains(std::uint32_t cell_offset) const {
    return cell_offset / 512 < words_.size() &&
           (words_[cell_offset / 512] >> (cell_offset / 8 % 64) & 1U) != 0;
  }

 private:
  std::vector<std::uint64_t> words_;
};

namespace detail {
void report_loop(const KeyNode& parent, const KeyNode& child, Diagnostics& diagnostics);
void report_depth(const KeyNode& key, const Limits& limits, Diagnostics& diagnostics);
void report_walk_limit(const KeyNode& key, Diagnostics& diagnostics);
}  // namespace detail

/// What walks over one tree may do together.
struct WalkBudget {
  explicit WalkBudget(const Hive& hive)
      : steps(hive.cells().size() / 4), keys(hive.limits().hive_keys_max) {}
  // Limit: a list entry takes four bytes and belongs to one key, so a sound walk looks at no more.
  std::uint64_t steps;
  std::uint64_t keys;
};

/// Calls visitor.key(node, depth) for each key once, parents first, sub-keys in stored order, the
/// key that it begins with at `depth`; visitor.follows(parent, child, depth) before a link is
/// followed, which it is not when that gives false; visitor.refused(parent, child) for a link to a
/// key that has been met already or lies too deep; visitor.incomplete(parent) for a key whose lists
/// lost entries.
template <typename Visitor>
void walk(const Hive& hive, std::uint32_t from, CellSet& visited, Diagnostics& diagnostics,
          Visitor&& visitor, WalkBudget& budget, std::size_t depth) {
  struct Level {
    KeyNode key;
    SubkeyCursor subkeys;
  };
  const auto start = hive.key(from);
  if (!start || !visited.insert(from)) {
    return;
  }
  visitor.key(*start, depth);
  std::vector<Level> levels;
  levels.push_back({*start, SubkeyCursor(hive, *start, diagnostics)});
  while (!levels.empty()) {
    Level& level = levels.back();
    const std::uint64_t steps_before = level.subkeys.steps();
    const auto child = level.subkeys.next();
    const std::uint64_t steps = level.subkeys.steps() - steps_before;
    if (steps > budget.steps || budget.keys == 0) {
      budget.steps = 0;
      detail::report_walk_limit(level.key, diagnostics);
      return;
    }
    budget.steps -= steps;
    if (!child) {
      if (level.subkeys.incomplete()) {
        visitor.incomplete(level.key);
      }
      levels.pop_back();
      continue;
    }
    if (depth + levels.size() >= hive.limits().key_depth_max) {
      detail::report_depth(*child, hive.limits(), diagnostics);
      visitor.refused(level.key, *child);
      continue;
    }
    if (!visited.contains(child->cell_offset) &&
        !visitor.follows(level.key, *child, depth + levels.size())) {
      continue;
    }
    if (!visited.insert(child->cell_offset)) {
      detail::report_loop(level.key, *child, diagnostics);
      visitor.refused(level.key, *child);
      continue;
    }
    --budget.keys;
    visitor.key(*child, depth + levels.size());
    levels.push_back({*child, SubkeyCursor(hive, *child, diagnostics)});
  }
}

/// What a whole walk found out about the links of a tree that has damaged ones.
struct TreeRulings {
  /// The place of each key that the walk reached. A link counts when it is the one that stands
  /// here; so whoever follows counted links alone meets each key once, even where the walk ended
  /// at a limit.
  std::unordered_map<std::uint32_t, std::uint32_t> parent_of;
  /// Sub-keys that no list holds any more, but that name this key as their parent: they belong to
  /// keys whose lists are damaged.
  std::map<std::uint32_t, std::vector<std::uint32_t>> adopted;
  std::uint64_t keys = 0;  ///< keys of the tree, adopted ones included

  [[nodiscard]] bool counts(std::uint32_t parent, std::uint32_t child) const {
    const auto found = parent_of.find(child);
    return found != parent_of.end() && found->second == parent;
  }
};
/// Walks the whole tree, decides which links count, and finds the lost children of damaged lists by
/// their parent links. Of several links to one key the one from the key that it names as its parent
/// counts, else the first. Damage met is reported.
[[nodiscard]] TreeRulings examine_tree(const Hive& hive, Diagnostics& diagnostics);

}  // namespace npg::regf
