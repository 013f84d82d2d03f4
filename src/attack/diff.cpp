#include "attack/diff.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "attack/bundle.hpp"
#include "base/check.hpp"

namespace npg::attack {
namespace {

ReleaseChange change_of(const Release& release, std::uint32_t row) {
  return {std::string(release.id(row)), std::string(release.blob(row).attack_id), false, {}};
}

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

void compare_common(const Release& before, const Release& after, std::uint32_t old_row,
                    std::uint32_t row, ReleaseDifference& out) {
  const Store& store = before.store();
  const std::uint32_t left = before.rows()[old_row].blob;
  const std::uint32_t right = after.rows()[row].blob;
  ++out.common;
  if (left == right) {
    ++out.identical;
    return;
  }
  const bool same_modified = before.blob(old_row).modified == after.blob(row).modified;
  if (store.canonical(left) == store.canonical(right)) {
    ++out.order;
    return;
  }
  ++out.changed;
  out.changed_same_modified += same_modified ? 1U : 0U;
  if (store.content(left) == store.content(right)) {
    ++out.bookkeeping;
    out.modified_only += same_modified ? 0U : 1U;
    return;
  }
  ReleaseChange change = change_of(after, row);
  change.same_modified = same_modified;
  out.content_same_modified += same_modified ? 1U : 0U;
  out.content.push_back(std::move(change));
}

Result<std::string> name_of_id(const Release& release, std::uint32_t id_number) {
  const auto row = release.row_of(id_number);
  if (!row) {
    return std::string(release.store().ids()[id_number]);
  }
  NPG_TRY(const ObjectPointer object, release.object(*row));
  return object->value().text("name");
}

}  // namespace

Result<ReleaseDifference> compare_releases(const Release& before, const Release& after) {
  ReleaseDifference out;
  out.same_form = before.info().stix21 == after.info().stix21;
  for (std::uint32_t row = 0; row < after.rows().size(); ++row) {
    if (is_collection(after.id(row))) {
      continue;
    }
    const Blob& blob = after.blob(row);
    if (const auto old_row = before.row_of(blob.id)) {
      compare_common(before, after, *old_row, row, out);
      continue;
    }
    out.added.push_back(change_of(after, row));
    if (after.store().relation_of(blob) == "revoked-by") {
      const auto gone = after.row_of(blob.source);
      const auto successor = after.row_of(blob.target);
      if (gone && successor) {
        out.revoked.emplace_back(change_of(after, *gone), change_of(after, *successor));
      }
    }
  }
  for (std::uint32_t row = 0; row < before.rows().size(); ++row) {
    if (!is_collection(before.id(row)) && !after.row_of(before.blob(row).id)) {
      out.removed.push_back(change_of(before, row));
    }
  }
  const auto by_id = [](const ReleaseChange& change) -> const std::string& { return change.id; };
  std::ranges::sort(out.content, {}, by_id);
  std::ranges::sort(out.added, {}, by_id);
  std::ranges::sort(out.removed, {}, by_id);
  NPG_TRY_VOID(compare_tactics(before, after, out));
  return out;
}

Result<void> add_differences(const Release& before, const Release& after,
                             ReleaseDifference& difference) {
  for (ReleaseChange& change : difference.content) {
    const auto id_number = after.store().id_number(change.id);
    NPG_CHECK(id_number.has_value());
    NPG_TRY(const ObjectPointer left, before.object(before.row_of(*id_number).value()));
    NPG_TRY(const ObjectPointer right, after.object(after.row_of(*id_number).value()));
    change.difference = compare_objects(left->value(), right->value());
  }
  return {};
}

Result<RelationDifference> compare_relations(const Release& before, const Release& after,
                                             std::uint32_t id_number) {
  RelationDifference out;
  const auto describe = [&](const Release& release,
                            const Relation& relation) -> Result<RelationChange> {
    NPG_TRY(std::string name, name_of_id(release, relation.other));
    return RelationChange{.id = std::string(release.id(relation.row)),
                          .kind = std::string(relation.kind),
                          .other = std::string(release.store().ids()[relation.other]),
                          .other_name = std::move(name),
                          .fields = {},
                          .words = {}};
  };
  for (const Relation& each : after.relations_of(id_number)) {
    NPG_TRY(RelationChange change, describe(after, each));
    const auto old_row = before.row_of(after.blob(each.row).id);
    if (!old_row) {
      out.added.push_back(std::move(change));
      continue;
    }
    if (before.rows()[*old_row].blob == after.rows()[each.row].blob) {
      continue;
    }
    NPG_TRY(const ObjectPointer left, before.object(*old_row));
    NPG_TRY(const ObjectPointer right, after.object(each.row));
    for (const FieldChange& field : compare_objects(left->value(), right->value()).fields) {
      change.fields.push_back(field.field);
      change.content = change.content || field.kind == "content";
      if (field.field == "description") {
        change.words = field.words;
      }
    }
    if (!change.fields.empty()) {
      out.changed.push_back(std::move(change));
    }
  }
  for (const Relation& each : before.relations_of(id_number)) {
    if (!after.row_of(before.blob(each.row).id)) {
      NPG_TRY(RelationChange change, describe(before, each));
      out.removed.push_back(std::move(change));
    }
  }
  return out;
}

Result<std::vector<std::string>> tactic_names(const Release& release, const JsonValue& technique) {
  std::vector<std::string> out;
  for (const JsonValue& phase : technique.member("kill_chain_phases").items()) {
    std::string name = phase.text("phase_name");
    for (std::uint32_t row = 0; row < release.rows().size(); ++row) {
      if (release.id(row).starts_with("x-mitre-tactic--")) {
        NPG_TRY(const ObjectPointer tactic, release.object(row));
        if (tactic->value().text("x_mitre_shortname") == phase.text("phase_name")) {
          name = tactic->value().text("name");
        }
      }
    }
    out.push_back(std::move(name));
  }
  return out;
}

Result<Identity> identity_of(const Store& store, const std::vector<std::size_t>& releases,
                             const std::string& id, const Limits& limits) {
  Identity out;
  std::set<std::string> others;
  // Newest by number, in whatever order the releases are given.
  std::vector<std::size_t> newest_first = releases;
  std::ranges::sort(newest_first, [&](std::size_t a, std::size_t b) {
    return compare_versions(store.releases()[a].release, store.releases()[b].release) > 0;
  });
  for (const std::size_t index : newest_first) {
    NPG_TRY(const Release release, Release::load(store, index, limits));
    NPG_TRY(const std::vector<std::uint32_t> found, release.find_all(id));
    for (const std::uint32_t row : found) {
      others.emplace(release.id(row));
    }
    if (out.stix_id.empty() && !found.empty()) {
      out.stix_id = release.id(found.front());
    }
  }
  others.erase(out.stix_id);
  out.others.assign(others.begin(), others.end());
  return out;
}

Result<std::vector<HistoryStep>> history(const Store& store,
                                         const std::vector<std::size_t>& releases,
                                         const std::string& id, const Limits& limits) {
  std::vector<HistoryStep> out;
  NPG_TRY(const Identity identity, identity_of(store, releases, id, limits));
  const std::string_view wanted = identity.stix_id.empty() ? id : identity.stix_id;
  std::optional<Release> previous;
  ObjectPointer previous_object;
  Digest previous_raw{};
  for (const std::size_t index : releases) {
    NPG_TRY(Release release, Release::load(store, index, limits));
    HistoryStep& step = out.emplace_back();
    step.release = index;
    NPG_TRY(const auto row, release.find(wanted));
    if (!row) {
      continue;
    }
    step.present = true;
    NPG_TRY(const ObjectPointer object, release.object(*row));
    const JsonValue value = object->value();
    step.name = value.text("name");
    step.version = value.text("x_mitre_version");
    step.modified = value.text("modified");
    step.revoked = object->revoked();
    step.deprecated = object->deprecated();
    NPG_TRY(step.tactics, tactic_names(release, value));
    NPG_TRY(std::string raw, release.raw(*row));
    NPG_TRY(const ObjectPointer exact, Object::parse(std::move(raw), limits));
    Hasher hasher;
    step.hashes = hashes_of(exact->text(), exact->tape(), hasher);
    step.first = previous_object == nullptr;
    if (!step.first) {
      step.same_form = previous->info().stix21 == release.info().stix21;
      step.difference = compare_objects(previous_object->value(), value);
      if (step.difference.level == Level::identical && previous_raw != step.hashes.raw) {
        step.difference.level = Level::layout;
      }
      NPG_TRY(step.relations, compare_relations(*previous, release, release.blob(*row).id));
    }
    previous = std::move(release);
    previous_object = object;
    previous_raw = step.hashes.raw;
  }
  return out;
}

}  // namespace npg::attack
