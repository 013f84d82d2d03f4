// One object over releases, and what became of its relationships.
#include <algorithm>
#include <set>

#include "attack/bundle.hpp"
#include "attack/diff.hpp"

namespace npg::attack {

namespace {

RelationChange describe(const Release& release, const Relation& relation) {
  RelationChange change;
  change.id = release.id(relation.row);
  change.kind = relation.kind;
  change.outgoing = relation.outgoing;
  change.other = release.named(relation.other);
  return change;
}

/// True when the relationship has the object at one of its ends.
bool touches(const Blob& blob, std::uint32_t id_number) {
  return blob.relation != nothing && (blob.source == id_number || blob.target == id_number);
}

}  // namespace

Result<RelationDifference> compare_relations(const Release& before, const Release& after,
                                             std::uint32_t id_number) {
  RelationDifference out;
  const StixForms forms =
      before.info().stix21 == after.info().stix21 ? StixForms::same : StixForms::differ;
  for (const Relation& each : after.relations_of(id_number)) {
    RelationChange change = describe(after, each);
    const auto old_row = before.row_of(after.blob(each.row).id);
    if (!old_row || !touches(before.blob(*old_row), id_number)) {
      out.added.push_back(std::move(change));
      continue;
    }
    if (before.rows()[*old_row].blob == after.rows()[each.row].blob) {
      continue;
    }
    const Blob& old_blob = before.blob(*old_row);
    const std::uint32_t old_other =
        old_blob.source == id_number ? old_blob.target : old_blob.source;
    if (old_other != each.other) {
      change.other_before = before.named(old_other);
    }
    NPG_TRY(const ObjectPointer left, before.object(*old_row));
    NPG_TRY(const ObjectPointer right, after.object(each.row));
    for (const FieldChange& field : compare_objects(left->value(), right->value(), forms).fields) {
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
    const auto new_row = after.row_of(before.blob(each.row).id);
    if (!new_row || !touches(after.blob(*new_row), id_number)) {
      out.removed.push_back(describe(before, each));
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
  for (const std::size_t index : releases) {
    NPG_TRY(Release release, Release::load(store, index, limits));
    HistoryStep& step = out.emplace_back();
    step.release = index;
    NPG_TRY(const auto row, release.find(wanted));
    if (!row) {
      continue;
    }
    step.present = true;
    // The exact bytes, so that the level counts white space.
    NPG_TRY(std::string raw, release.raw(*row));
    NPG_TRY(const ObjectPointer object, Object::parse(std::move(raw), limits));
    const JsonValue value = object->value();
    step.name = value.text("name");
    step.version = value.text("x_mitre_version");
    step.modified = value.text("modified");
    step.revoked = object->revoked();
    step.successors = release.successors_of(*row);
    step.deprecated = object->deprecated();
    NPG_TRY(step.tactics, tactic_names(release, value));
    Hasher hasher;
    step.hashes = hashes_of(object->text(), object->tape(), hasher);
    step.first = previous_object == nullptr;
    if (!step.first) {
      step.compared_with = previous->index();
      step.same_form = previous->info().stix21 == release.info().stix21;
      step.difference = compare_objects(previous_object->value(), value,
                                        step.same_form ? StixForms::same : StixForms::differ);
      NPG_TRY(step.relations, compare_relations(*previous, release, release.blob(*row).id));
    }
    previous = std::move(release);
    previous_object = object;
  }
  return out;
}

}  // namespace npg::attack
