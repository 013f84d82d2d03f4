#include "format/regf/walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace npg::regf {

namespace detail {

void report_loop(const KeyNode& parent, const KeyNode& child, Diagnostics& diagnostics) {
  // Limit: a hostile hive holds millions of such links; those past the first are only counted.
  constexpr std::uint64_t described_max = 1000;
  if (diagnostics.count(DiagnosticCode::hive_loop) >= described_max) {
    diagnostics.add(DiagnosticCode::hive_loop, Severity::error, child.offset, 0, {});
    return;
  }
  diagnostics.add(DiagnosticCode::hive_loop, Severity::error, child.offset, child.length,
                  fmt::format("the key at 0x{:x} lists this key, which has its place in the tree "
                              "already; the link is not followed",
                              parent.offset));
}

void report_depth(const KeyNode& key, const Limits& limits, Diagnostics& diagnostics) {
  diagnostics.add(
      DiagnosticCode::limit_hit, Severity::data_loss, key.offset, key.length,
      fmt::format("this key lies deeper than {} levels; it is left out with all below it",
                  limits.key_depth_max));
}

void report_walk_limit(const KeyNode& key, Diagnostics& diagnostics) {
  diagnostics.add(
      DiagnosticCode::limit_hit, Severity::data_loss, key.offset, key.length,
      "the tree holds more links than the hive has room for, or more keys than allowed; "
      "the walk ends here");
}

}  // namespace detail

namespace {

/// A link to a key that names another parent: it waits until the links that agree are followed.
struct Doubtful {
  std::uint32_t parent = no_cell;
  std::uint32_t child = no_cell;
  std::size_t depth = 0;
};

struct RulingVisitor {
  TreeRulings& rulings;
  std::set<std::uint32_t>& incomplete_keys;
  std::vector<Doubtful>& doubtful;
  CellSet& waiting;  ///< children in `doubtful`
  Diagnostics& diagnostics;
  std::size_t first_depth = 0;
  std::vector<std::uint32_t> path = {};

  void key(const KeyNode& node, std::size_t depth) {
    ++rulings.keys;
    path.resize(depth - first_depth);
    if (!path.empty()) {
      rulings.parent_of[node.cell_offset] = path.back();
    }
    path.push_back(node.cell_offset);
  }
  [[nodiscard]] bool follows(const KeyNode& parent, const KeyNode& child, std::size_t depth) const {
    if (child.parent == parent.cell_offset) {
      return true;
    }
    // The first such link to a key is enough: without one that agrees it is the one that counts.
    if (waiting.insert(child.cell_offset)) {
      doubtful.push_back(
          {.parent = parent.cell_offset, .child = child.cell_offset, .depth = depth});
    } else {
      detail::report_loop(parent, child, diagnostics);
    }
    return false;
  }
  void refused(const KeyNode& /*parent*/, const KeyNode& /*child*/) const {}
  void incomplete(const KeyNode& parent) const { incomplete_keys.insert(parent.cell_offset); }
};

/// The walks over one tree, which share what they know.
class TreeWalk {
 public:
  TreeWalk(const Hive& hive, Diagnostics& diagnostics)
      : hive_(hive),
        diagnostics_(diagnostics),
        visited_(hive.cells()),
        waiting_(hive.cells()),
        budget_(hive) {}

  /// Follows what agrees from a key on, then what is left.
  void from(std::uint32_t cell_offset, TreeRulings& rulings, std::set<std::uint32_t>& incomplete) {
    follow(cell_offset, 0, rulings, incomplete);
    for (std::size_t i = 0; i < doubtful_.size(); ++i) {
      const Doubtful link = doubtful_[i];  // The list grows.
      if (visited_.contains(link.child)) {
        detail::report_loop(*hive_.key(link.parent), *hive_.key(link.child), diagnostics_);
      } else if (budget_.steps > 0) {
        rulings.parent_of[link.child] = link.parent;
        follow(link.child, link.depth, rulings, incomplete);
      }
    }
    doubtful_.clear();
  }
  [[nodiscard]] const CellSet& visited() const { return visited_; }

 private:
  void follow(std::uint32_t cell_offset, std::size_t depth, TreeRulings& rulings,
              std::set<std::uint32_t>& incomplete) {
    walk(hive_, cell_offset, visited_, diagnostics_,
         RulingVisitor{.rulings = rulings,
                       .incomplete_keys = incomplete,
                       .doubtful = doubtful_,
                       .waiting = waiting_,
                       .diagnostics = diagnostics_,
                       .first_depth = depth},
         budget_, depth);
  }

  const Hive& hive_;
  Diagnostics& diagnostics_;
  CellSet visited_;
  CellSet waiting_;
  WalkBudget budget_;
  std::vector<Doubtful> doubtful_;
};

/// Keys in allocated cells that the walk has not met, by the parent that they name. Cells are tried
/// at every place where one may start, since sizes may be damaged.
std::map<std::uint32_t, std::vector<std::uint32_t>> lost_keys(const Hive& hive,
                                                              const CellSet& visited) {
  std::map<std::uint32_t, std::vector<std::uint32_t>> by_parent;
  for (std::uint64_t at = Bin::header_bytes; at < hive.cells().size(); at += 8) {
    const auto offset = static_cast<std::uint32_t>(at);
    const auto cell = hive.cells().cell(offset);
    if (!cell || !cell->allocated || !cell->fits || !cell->content.starts_with("nk") ||
        visited.contains(offset)) {
      continue;
    }
    const auto node = read_key_node(*cell, hive.limits());
    if (node && node->name.complete() && !node->name.bytes.empty()) {
      by_parent[node->parent].push_back(offset);
    }
  }
  return by_parent;
}

}  // namespace

TreeRulings examine_tree(const Hive& hive, Diagnostics& diagnostics) {
  TreeRulings rulings;
  std::set<std::uint32_t> incomplete;
  TreeWalk tree(hive, diagnostics);
  const CellSet& visited = tree.visited();
  tree.from(hive.root(), rulings, incomplete);
  if (incomplete.empty()) {
    return rulings;
  }
  const auto lost = lost_keys(hive, visited);
  // A rescued key may itself have lost children, so the work list grows as it is done; each round
  // takes a parent off and no parent comes back, since its children are visited by then.
  std::set<std::uint32_t> done;
  while (!incomplete.empty()) {
    const std::uint32_t parent = *incomplete.begin();
    incomplete.erase(incomplete.begin());
    const auto children = lost.find(parent);
    if (!done.insert(parent).second || children == lost.end()) {
      continue;
    }
    for (const std::uint32_t child : children->second) {
      if (visited.contains(child)) {
        continue;
      }
      rulings.adopted[parent].push_back(child);
      rulings.parent_of[child] = parent;
      const auto node = hive.key(child);
      diagnostics.add(DiagnosticCode::hive_list_damaged, Severity::notice, node->offset,
                      node->length,
                      "no list holds this key any more; it is shown below the key that it names as "
                      "its parent");
      tree.from(child, rulings, incomplete);
    }
  }
  return rulings;
}

}  // namespace npg::regf
