#include "attack/diff_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/evidence_text.hpp"
#include "base/json_writer.hpp"

namespace npg::attack {
namespace {

std::string safe(std::string_view text) {
  return escape_for_terminal(EvidenceText::from_utf8(text));
}

std::string label(const ReleaseChange& change) {
  return change.attack_id.empty() ? safe(change.id) : safe(change.attack_id + " " + change.id);
}

void fields_text(std::string& out, const ObjectDifference& difference) {
  for (const FieldChange& each : difference.fields) {
    out += fmt::format("    {}: {}", safe(each.field), each.kind);
    if (!each.added.empty() || !each.removed.empty()) {
      for (const std::string& item : each.removed) {
        out += fmt::format("\n      - {}", safe(item));
      }
      for (const std::string& item : each.added) {
        out += fmt::format("\n      + {}", safe(item));
      }
    } else if (!each.words.empty()) {
      out += fmt::format("\n      {}", safe(each.words));
    } else if (each.kind != "order-only") {
      out += fmt::format(" {} -> {}",
                         each.before.empty() ? "absent" : safe(each.before.substr(0, 200)),
                         each.after.empty() ? "absent" : safe(each.after.substr(0, 200)));
    }
    out += '\n';
  }
}

/// The version's kind, the state, and field by field.
void difference_text(std::string& out, const ObjectDifference& difference) {
  if (difference.version_kind != "unchanged") {
    out += fmt::format("    version {}: {} -> {}\n", difference.version_kind,
                       safe(difference.version_before), safe(difference.version_after));
  }
  if (!difference.state.empty()) {
    out += fmt::format("    now {}\n", difference.state);
  }
  fields_text(out, difference);
}

void relations_text(std::string& out, const RelationDifference& relations) {
  const auto each = [&](std::string_view sign, const std::vector<RelationChange>& list) {
    for (const RelationChange& change : list) {
      out +=
          fmt::format("    relationship {} {} {} ({}){}\n", sign, change.kind,
                      safe(change.other_name), safe(change.id),
                      change.fields.empty() ? ""
                                            : fmt::format(": {}{}", fmt::join(change.fields, ", "),
                                                          change.content ? "" : " (bookkeeping)"));
      if (!change.words.empty()) {
        out += fmt::format("      {}\n", safe(change.words));
      }
    }
  };
  each("added", relations.added);
  each("removed", relations.removed);
  each("changed", relations.changed);
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

void changes_text(std::string& out, std::string_view title,
                  const std::vector<ReleaseChange>& list) {
  if (!list.empty()) {
    out += fmt::format("\n{} ({})\n", title, list.size());
  }
  for (const ReleaseChange& each : list) {
    out += fmt::format("  {}{}\n", label(each),
                       each.same_modified ? "   [modified did not move]" : "");
    if (each.difference) {
      difference_text(out, *each.difference);
    }
  }
}

void changes_json(JsonWriter& json, std::string_view key, const std::vector<ReleaseChange>& list) {
  json.key(key).begin_array();
  for (const ReleaseChange& each : list) {
    json.begin_object().field("id", each.id).field("attack_id", each.attack_id);
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
    json.begin_object().field("id", each.id).field("kind", each.kind).field("other", each.other);
    json.field("other_name", each.other_name).field("content", each.content);
    strings_json(json, "fields", each.fields);
    json.field("words", each.words).end_object();
  }
  json.end_array();
}

}  // namespace

std::string release_difference_text(const Release& before, const Release& after,
                                    const ReleaseDifference& d) {
  std::string out = fmt::format("MITRE ATT&CK® {} {} to {}\n", safe(after.info().domain),
                                safe(before.info().name()), safe(after.info().name()));
  if (!d.same_form) {
    out +=
        "  STIX 2.0 against 2.1: every text differs by its form; only the content count means "
        "something\n";
  }
  out += fmt::format("  {} objects in both, {} added, {} removed (collections left out)\n",
                     d.common, d.added.size(), d.removed.size());
  out += fmt::format(
      "  {} the same text, {} only in another order, {} only in bookkeeping, {} in content\n",
      d.identical, d.order, d.bookkeeping, d.content.size());
  out +=
      fmt::format("  a plain comparison calls {} changed; {} of them with the same modified time\n",
                  d.changed, d.changed_same_modified);
  out += fmt::format(
      "  content changed and modified did not: {}; modified moved and content did not: {}\n",
      d.content_same_modified, d.modified_only);
  for (const ReleaseDifference::Tactic& each : d.tactics) {
    out += fmt::format("  tactic {}: {} -> {}\n", safe(each.attack_id),
                       each.before.empty() ? "absent" : safe(each.before),
                       each.after.empty() ? "absent" : safe(each.after));
  }
  for (const auto& [gone, successor] : d.revoked) {
    out += fmt::format("  revoked: {} -> {}\n", label(gone), label(successor));
  }
  changes_text(out, "Content changed", d.content);
  changes_text(out, "Added", d.added);
  changes_text(out, "Removed", d.removed);
  return out;
}

std::string release_difference_json(const Release& before, const Release& after,
                                    const ReleaseDifference& d, std::string_view licence) {
  JsonWriter json(JsonWriter::Layout::indented);
  json.begin_object().field("schema", "npguard.attack_diff/1").field("domain", after.info().domain);
  json.field("before", before.info().name()).field("after", after.info().name());
  json.field("same_form", d.same_form).field("common", d.common).field("identical", d.identical);
  json.field("order_only", d.order).field("bookkeeping_only", d.bookkeeping);
  json.field("content_changed", std::uint64_t{d.content.size()})
      .field("plainly_changed", d.changed);
  json.field("plainly_changed_same_modified", d.changed_same_modified);
  json.field("content_changed_same_modified", d.content_same_modified);
  json.field("modified_moved_content_same", d.modified_only);
  changes_json(json, "content", d.content);
  changes_json(json, "added", d.added);
  changes_json(json, "removed", d.removed);
  json.key("revoked").begin_array();
  for (const auto& [gone, successor] : d.revoked) {
    json.begin_object().field("id", gone.id).field("attack_id", gone.attack_id);
    json.field("successor", successor.id)
        .field("successor_attack_id", successor.attack_id)
        .end_object();
  }
  json.end_array().key("tactics").begin_array();
  for (const ReleaseDifference::Tactic& each : d.tactics) {
    json.begin_object().field("attack_id", each.attack_id).field("before", each.before);
    json.field("after", each.after).end_object();
  }
  json.end_array().field("licence", licence).end_object();
  return json.take() + "\n";
}

std::string history_text(const Store& store, const std::string& id, const Identity& identity,
                         const std::vector<HistoryStep>& steps) {
  std::string out = fmt::format("{} over {} releases of MITRE ATT&CK®\n", safe(id), steps.size());
  for (const std::string& each : identity.others) {
    out += fmt::format("  {} is also the id of {}: ask for that by its STIX id\n", safe(id),
                       safe(each));
  }
  for (const HistoryStep& step : steps) {
    const std::string name = safe(store.releases()[step.release].name());
    if (!step.present) {
      out += fmt::format("  {:<6} absent\n", name);
      continue;
    }
    out += fmt::format("  {:<6} {}; version {}; modified {}; tactics {}; {}{}\n", name,
                       safe(step.name), step.version.empty() ? "none" : safe(step.version),
                       safe(step.modified), safe(fmt::format("{}", fmt::join(step.tactics, ", "))),
                       step.first ? "first" : std::string(name_of(step.difference.level)),
                       step.revoked      ? "; REVOKED"
                       : step.deprecated ? "; DEPRECATED"
                                         : "");
    if (step.first) {
      continue;
    }
    const ObjectDifference& d = step.difference;
    if (d.level == Level::content && !d.modified_moved) {
      out += "    content changed but modified did not\n";
    }
    if (d.level == Level::bookkeeping && d.modified_moved) {
      out += "    modified moved but content did not change\n";
    }
    difference_text(out, d);
    relations_text(out, step.relations);
  }
  return out;
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
