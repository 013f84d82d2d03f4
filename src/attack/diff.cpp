#include "attack/diff.hpp"

#include <algorithm>
#include <map>

#include "base/check.hpp"

namespace npg::attack {
namespace {

bool is_collection(std::string_view id) {
  return id.starts_with("x-mitre-collection--");
}

Result<std::map<std::string, std::string>> tactics_of(const Release& release) {
  std::map<std::string, std::string> out;
  for (std::uint32_t row = 0; row < release.rows().size(); ++row) {
    if (release.id(row).starts_with("x-mitre-tactic--")) {
      NPG_TRY(const ObjectPointer tactic, release.object(row));
      out[std::string(release.blob(row).attack_id)] =
          tactic->value().text("name") + " (" + tactic->value().text("x_mitre_shortname") + ")";
    }
  }
  return out;
}

Result<void> compare_tactics(const Release& before, const Release& after, ReleaseDifference& out) {
  NPG_TRY(const auto left, tactics_of(before));
  NPG_TRY(auto right, tactics_of(after));
  for (const auto& [id, name] : left) {
    if (right[id] != name) {
      out.tactics.push_back({id, name, right[id]});
    }
  }
  for (const auto& [id, name] : right) {
    if (!left.contains(id)) {
      out.tactics.push_back({id, {}, name});
    }
  }
  return {};
}

std::string_view layout_text(const BundleFrame& frame, const Row& row) {
  return frame.exact[row.layout - frame.layouts.size()];
}

class Comparison {
 public:
  Comparison(const Release& before, const Release& after, Listing listing)
      : before_(before), after_(after), store_(before.store()), listing_(listing) {}

  Result<ReleaseDifference> make() {
    out_.same_form = before_.info().stix21 == after_.info().stix21;
    NPG_TRY(old_frame_, before_.frame());
    NPG_TRY(new_frame_, after_.frame());
    old_successors_ = before_.successors();
    new_successors_ = after_.successors();
    for (std::uint32_t row = 0; row < after_.rows().size(); ++row) {
      if (is_collection(after_.id(row))) {
        continue;
      }
      if (const auto old_row = before_.row_of(after_.blob(row).id)) {
        NPG_TRY_VOID(compare(*old_row, row));
      } else {
        out_.added.push_back(change_of(after_, row));
      }
    }
    for (std::uint32_t row = 0; row < before_.rows().size(); ++row) {
      if (!is_collection(before_.id(row)) && !after_.row_of(before_.blob(row).id)) {
        out_.removed.push_back(change_of(before_, row));
      }
    }
    const auto sort = [](std::vector<ReleaseChange>& list) {
      std::ranges::sort(list, {}, [](const ReleaseChange& each) { return each.object.id; });
    };
    for (auto* list :
         {&out_.content, &out_.added, &out_.removed, &out_.deprecated, &out_.restored}) {
      sort(*list);
    }
    const auto by_change = [](const auto& each) { return each.change.object.id; };
    std::ranges::sort(out_.revoked, {}, by_change);
    std::ranges::sort(out_.succeeded, {}, by_change);
    std::ranges::sort(out_.lesser, {}, [](const auto& each) {
      return std::pair(each.first, each.second.object.id);
    });
    NPG_TRY_VOID(compare_tactics(before_, after_, out_));
    return std::move(out_);
  }

 private:
  static ReleaseChange change_of(const Release& release, std::uint32_t row) {
    const Blob& blob = release.blob(row);
    ReleaseChange change;
    change.object = release.named(blob.id);
    if (blob.relation != nothing) {
      change.relation = release.store().relation_of(blob);
      change.source = release.named(blob.source);
      change.target = release.named(blob.target);
    }
    change.revoked = blob.revoked;
    change.deprecated = blob.deprecated;
    return change;
  }

  /// The same text: the bytes are, when the white space is.
  bool same_bytes(const Row& old_row, const Row& new_row) const {
    const bool old_regular = old_row.layout < old_frame_.layouts.size();
    const bool new_regular = new_row.layout < new_frame_.layouts.size();
    if (old_regular && new_regular) {
      return old_frame_.layouts[old_row.layout] == new_frame_.layouts[new_row.layout];
    }
    return !old_regular && !new_regular &&
           layout_text(old_frame_, old_row) == layout_text(new_frame_, new_row);
  }

  Result<Level> level(std::uint32_t old_row, std::uint32_t row) const {
    const std::uint32_t left = before_.rows()[old_row].blob;
    const std::uint32_t right = after_.rows()[row].blob;
    if (!out_.same_form) {
      const bool software =
          after_.id(row).starts_with("malware--") || after_.id(row).starts_with("tool--");
      if (store_.content(left) == store_.content(right) || !software) {
        return store_.content(left) == store_.content(right) ? Level::form : Level::content;
      }
      // Members that only the form brings are in the content hash of software.
      NPG_TRY(const ObjectPointer old_object, before_.object(old_row));
      NPG_TRY(const ObjectPointer new_object, after_.object(row));
      return compare_objects(old_object->value(), new_object->value(), StixForms::differ).level;
    }
    if (left == right) {
      const bool same = same_bytes(before_.rows()[old_row], after_.rows()[row]);
      return level_of({.bytes = same, .minified = true});
    }
    return level_of({.bytes = false,
                     .minified = store_.minified(left) == store_.minified(right),
                     .canonical = store_.canonical(left) == store_.canonical(right),
                     .arranged = store_.arranged(left) == store_.arranged(right),
                     .content = store_.content(left) == store_.content(right)});
  }

  Result<void> compare(std::uint32_t old_row, std::uint32_t row) {
    NPG_TRY(const Level level, this->level(old_row, row));
    const Blob& left = before_.blob(old_row);
    const Blob& right = after_.blob(row);
    const bool same_modified = left.modified == right.modified;
    ++out_.common;
    ++out_.levels.at(static_cast<std::size_t>(level));
    if (level > Level::layout && out_.same_form &&
        store_.canonical(before_.rows()[old_row].blob) !=
            store_.canonical(after_.rows()[row].blob)) {
      ++out_.changed;
      out_.changed_same_modified += same_modified ? 1U : 0U;
    }
    if (level == Level::content) {
      out_.content_same_modified += same_modified ? 1U : 0U;
      out_.content.push_back(change_of(after_, row));
      out_.content.back().same_modified = same_modified;
    } else {
      out_.modified_only += same_modified ? 0U : 1U;
      if (listing_ == Listing::everything && level != Level::identical) {
        out_.lesser.emplace_back(level, change_of(after_, row));
        out_.lesser.back().second.same_modified = same_modified;
      }
    }
    compare_states(left, right, row);
    return {};
  }

  void compare_states(const Blob& left, const Blob& right, std::uint32_t row) {
    const std::string_view change =
        state_change({left.revoked, left.deprecated}, {right.revoked, right.deprecated});
    if (change == "revoked") {
      out_.revoked.push_back({change_of(after_, row), after_.successors_of(row, new_successors_)});
    } else if (change == "deprecated") {
      out_.deprecated.push_back(change_of(after_, row));
    } else if (change == "restored") {
      out_.restored.push_back(change_of(after_, row));
    } else if (left.revoked && right.revoked) {
      const auto was = old_successors_.find(left.id);
      const auto is = new_successors_.find(right.id);
      const bool had = was != old_successors_.end();
      const bool has = is != new_successors_.end();
      if (had != has || (had && was->second != is->second)) {
        out_.succeeded.push_back({change_of(after_, row),
                                  had ? before_.named(was->second) : Named(),
                                  has ? after_.named(is->second) : Named()});
      }
    }
  }

  const Release& before_;
  const Release& after_;
  const Store& store_;
  Listing listing_;
  BundleFrame old_frame_;
  BundleFrame new_frame_;
  Release::Successors old_successors_;
  Release::Successors new_successors_;
  ReleaseDifference out_;
};

}  // namespace

Result<ReleaseDifference> compare_releases(const Release& before, const Release& after,
                                           Listing listing) {
  return Comparison(before, after, listing).make();
}

Result<void> add_differences(const Release& before, const Release& after,
                             ReleaseDifference& difference) {
  const StixForms forms = difference.same_form ? StixForms::same : StixForms::differ;
  for (ReleaseChange& change : difference.content) {
    const auto id_number = after.store().id_number(change.object.id);
    NPG_CHECK(id_number.has_value());
    NPG_TRY(const ObjectPointer left, before.object(before.row_of(*id_number).value()));
    NPG_TRY(const ObjectPointer right, after.object(after.row_of(*id_number).value()));
    change.difference = compare_objects(left->value(), right->value(), forms);
  }
  return {};
}

}  // namespace npg::attack
