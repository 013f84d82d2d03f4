#include "attack/diff_report.hpp"

#include "base/json_writer.hpp"

namespace npg::attack {
namespace {

void named_json(JsonWriter& json, std::string_view key, const Named& object) {
  json.key(key);
  if (object.id.empty()) {
    json.null();
    return;
  }
  json.begin_object().field("id", object.id).field("attack_id", object.attack_id);
  json.field("name", object.name).end_object();
}

void chain_json(JsonWriter& json, const std::vector<Named>& successors) {
  json.key("successors").begin_array();
  for (const Named& each : successors) {
    json.begin_object().field("id", each.id).field("attack_id", each.attack_id);
    json.field("name", each.name).end_object();
  }
  json.end_array();
}

void strings_json(JsonWriter& json, std::string_view key, const std::vector<std::string>& list) {
  json.key(key).begin_array();
  for (const std::string& each : list) {
    json.value(each);
  }
  json.end_array();
}

void difference_json(JsonWriter& json, const ObjectDifference& difference) {
  json.field("level", name_of(difference.level)).field("version_kind", difference.version_kind);
  json.field("modified_moved", difference.modified_moved).field("state", difference.state);
  json.key("fields").begin_array();
  for (const FieldChange& each : difference.fields) {
    json.begin_object().field("field", each.field).field("kind", each.kind);
    json.field("before", each.before).field("after", each.after);
    strings_json(json, "added", each.added);
    strings_json(json, "removed", each.removed);
    strings_json(json, "altered", each.altered);
    json.field("words", each.words).end_object();
  }
  json.end_array();
}

void change_json(JsonWriter& json, const ReleaseChange& each) {
  json.field("id", each.object.id).field("attack_id", each.object.attack_id);
  json.field("name", each.object.name);
  if (!each.relation.empty()) {
    json.field("kind", each.relation);
    named_json(json, "source", each.source);
    named_json(json, "target", each.target);
  }
  json.field("revoked", each.revoked).field("deprecated", each.deprecated);
}

void changes_json(JsonWriter& json, std::string_view key, const std::vector<ReleaseChange>& list) {
  json.key(key).begin_array();
  for (const ReleaseChange& each : list) {
    json.begin_object();
    change_json(json, each);
    json.field("same_modified", each.same_modified);
    if (each.difference) {
      difference_json(json, *each.difference);
    }
    json.end_object();
  }
  json.end_array();
}

void relations_json(JsonWriter& json, std::string_view key,
                    const std::vector<RelationChange>& list) {
  json.key(key).begin_array();
  for (const RelationChange& each : list) {
    json.begin_object().field("id", each.id).field("kind", each.kind);
    json.field("direction", each.outgoing ? "out" : "in").field("other", each.other.id);
    json.field("other_attack_id", each.other.attack_id).field("other_name", each.other.name);
    named_json(json, "other_before", each.other_before);
    json.field("content", each.content);
    strings_json(json, "fields", each.fields);
    json.field("words", each.words).end_object();
  }
  json.end_array();
}

}  // namespace

std::string release_difference_json(const Release& before, const Release& after,
                                    const ReleaseDifference& d, std::string_view licence) {
  JsonWriter json(JsonWriter::Layout::indented);
  json.begin_object().field("schema", "npguard.attack_diff/1").field("domain", after.info().domain);
  json.field("before", before.info().release).field("after", after.info().release);
  json.field("before_stix", before.info().stix21 ? "2.1" : "2.0");
  json.field("after_stix", after.info().stix21 ? "2.1" : "2.0");
  json.field("same_form", d.same_form).field("common", d.common);
  json.field("identical", d.on(Level::identical)).field("layout_only", d.on(Level::layout));
  json.field("order_only", d.on(Level::order)).field("form_only", d.on(Level::form));
  json.field("bookkeeping_only", d.on(Level::bookkeeping));
  json.field("content_changed", std::uint64_t{d.content.size()})
      .field("plainly_changed", d.changed);
  json.field("plainly_changed_same_modified", d.changed_same_modified);
  json.field("content_changed_same_modified", d.content_same_modified);
  json.field("modified_moved_content_same", d.modified_only);
  changes_json(json, "content", d.content);
  changes_json(json, "added", d.added);
  changes_json(json, "removed", d.removed);
  json.key("revoked").begin_array();
  for (const ReleaseDifference::Revocation& each : d.revoked) {
    json.begin_object();
    change_json(json, each.change);
    chain_json(json, each.successors);
    json.end_object();
  }
  json.end_array().key("revoked_by_another").begin_array();
  for (const ReleaseDifference::Succession& each : d.succeeded) {
    json.begin_object();
    change_json(json, each.change);
    named_json(json, "before", each.before);
    named_json(json, "after", each.after);
    json.end_object();
  }
  json.end_array();
  changes_json(json, "deprecated", d.deprecated);
  changes_json(json, "restored", d.restored);
  json.key("not_in_content").begin_array();
  for (const auto& [level, change] : d.lesser) {
    json.begin_object().field("level", name_of(level));
    change_json(json, change);
    json.field("same_modified", change.same_modified).end_object();
  }
  json.end_array().key("tactics").begin_array();
  for (const ReleaseDifference::Tactic& each : d.tactics) {
    json.begin_object().field("attack_id", each.attack_id).field("before", each.before);
    json.field("after", each.after).end_object();
  }
  json.end_array().field("licence", licence).end_object();
  return json.take() + "\n";
}

std::string history_json(const Store& store, const std::string& id, const Identity& identity,
                         const std::vector<HistoryStep>& steps, std::string_view licence) {
  JsonWriter json(JsonWriter::Layout::indented);
  json.begin_object().field("schema", "npguard.attack_history/1").field("id", id);
  json.field("stix_id", identity.stix_id);
  strings_json(json, "same_attack_id", identity.others);
  json.key("releases").begin_array();
  for (const HistoryStep& step : steps) {
    const ReleaseInfo& info = store.releases()[step.release];
    json.begin_object().field("release", info.release).field("stix", info.stix21 ? "2.1" : "2.0");
    json.field("present", step.present);
    if (step.present) {
      json.field("name", step.name).field("version", step.version).field("modified", step.modified);
      strings_json(json, "tactics", step.tactics);
      json.field("revoked", step.revoked).field("deprecated", step.deprecated);
      chain_json(json, step.successors);
      json.field("first", step.first).field("same_form", step.same_form);
      json.field("raw_sha256", hex_of(step.hashes.raw))
          .field("min_sha256", hex_of(step.hashes.minified));
      json.field("jcs_sha256", hex_of(step.hashes.canonical));
      json.field("content_sha256", hex_of(step.hashes.content));
      difference_json(json, step.difference);
      relations_json(json, "relationships_added", step.relations.added);
      relations_json(json, "relationships_removed", step.relations.removed);
      relations_json(json, "relationships_changed", step.relations.changed);
    }
    json.end_object();
  }
  json.end_array().field("licence", licence).end_object();
  return json.take() + "\n";
}

}  // namespace npg::attack
