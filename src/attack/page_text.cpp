#include <fmt/format.h>
#include <fmt/ranges.h>

#include "attack/page.hpp"
#include "base/evidence_text.hpp"
#include "base/json_writer.hpp"

namespace npg::attack {
namespace {

/// A bundle's text is anybody's: no control character of it reaches a terminal.
std::string safe(std::string_view text) {
  std::string out;
  for (;;) {
    const std::size_t end = text.find('\n');
    out += escape_for_terminal(EvidenceText::from_utf8(text.substr(0, end)));
    if (end == std::string_view::npos) {
      return out;
    }
    out += "\n  ";
    text.remove_prefix(end + 1);
  }
}

std::string named(const Named& object) {
  const std::string label = object.attack_id.empty() ? object.id : object.attack_id;
  return object.name.empty() ? safe(label) + " (not in this release)"
                             : safe(label + " " + object.name);
}

void section(std::string& out, std::string_view title, const std::string& text) {
  if (!text.empty()) {
    out += fmt::format("\n{}\n  {}\n", title, safe(text));
  }
}

std::string relation_title(const PageRelation& relation) {
  return relation.outgoing ? relation.kind : relation.kind + " (by)";
}

void json_named(JsonWriter& json, const Named& object) {
  json.begin_object().field("id", object.id).key("attack_id");
  object.attack_id.empty() ? json.null() : json.value(object.attack_id);
  json.key("name");
  object.name.empty() ? json.null() : json.value(object.name);
  json.end_object();
}

void json_list(JsonWriter& json, std::string_view key, const std::vector<std::string>& list) {
  json.key(key).begin_array();
  for (const std::string& each : list) {
    json.value(each);
  }
  json.end_array();
}

}  // namespace

std::string page_text(const Page& page, std::string_view licence) {
  std::string out = fmt::format("{}\n", named(page.object));
  out += fmt::format(
      "  MITRE ATT&CK® {} release {}, {}; object version {}; created {}; modified {}\n",
      safe(page.release.domain), safe(page.release.name()), safe(page.type),
      page.version.empty() ? "none" : safe(page.version), safe(page.created), safe(page.modified));
  if (page.revoked) {
    std::string chain;
    for (const Named& each : page.successors) {
      chain += (chain.empty() ? "" : " -> ") + named(each);
    }
    out += chain.empty() ? "  REVOKED; the release names no successor\n"
                         : fmt::format("  REVOKED, succeeded by {}\n", chain);
  }
  if (page.deprecated) {
    out += "  DEPRECATED\n";
  }
  for (const std::string& each : page.same_attack_id) {
    out += fmt::format("  {} is also the id of {}: show that by its STIX id\n",
                       safe(page.object.attack_id), safe(each));
  }
  for (const Named& tactic : page.tactics) {
    out += fmt::format("  tactic: {}\n", named(tactic));
  }
  const auto list = [&](std::string_view title, const std::vector<std::string>& items) {
    if (!items.empty()) {
      out += fmt::format("  {}: {}\n", title, safe(fmt::format("{}", fmt::join(items, ", "))));
    }
  };
  list("platforms", page.platforms);
  list("data sources", page.data_sources);
  list("contributors", page.contributors);
  section(out, "Description", page.description);
  section(out, "Detection", page.detection);
  if (!page.relations.empty()) {
    out += "\nRelationships\n";
  }
  for (const PageRelation& each : page.relations) {
    out += fmt::format("  {}: {}{}\n", relation_title(each), named(each.other),
                       each.dropped ? " [revoked or deprecated]" : "");
    if (!each.description.empty()) {
      out += fmt::format("    {}\n", safe(each.description));
    }
  }
  for (const PageAnalytic& each : page.analytics) {
    out += fmt::format("\nAnalytic {}\n  {}\n", named(each.analytic), safe(each.description));
    for (const PageLogSource& source : each.log_sources) {
      out += fmt::format("  log source: {} {} for {}\n", safe(source.name), safe(source.channel),
                         named(source.component));
    }
    for (const auto& [field, about] : each.mutable_elements) {
      out += fmt::format("  to be set: {}: {}\n", safe(field), safe(about));
    }
  }
  if (!page.references.empty()) {
    out += "\nReferences, numbered as the description cites them\n";
  }
  for (const PageReference& each : page.references) {
    out += fmt::format("  [{}] {}{}{}\n", each.number, safe(each.source_name),
                       each.description.empty() ? "" : ": " + safe(each.description),
                       each.url.empty() ? "" : " " + safe(each.url));
  }
  out += fmt::format(
      "\nSource object\n"
      "  {} in {} at byte {}, {} bytes; bundle SHA-256 {} (published hash: {})\n"
      "  raw_sha256        {}  its bytes in the file\n"
      "  min_sha256        {}  no white space, source order, shortest escapes\n"
      "  jcs_sha256        {}  RFC 8785\n"
      "  content_sha256    {}  RFC 8785 without bookkeeping, rule {}\n",
      safe(page.object.id), safe(page.release.source), page.raw_offset, page.raw_bytes,
      page.release.bundle_sha256, page.release.pinned, hex_of(page.hashes.raw),
      hex_of(page.hashes.minified), hex_of(page.hashes.canonical), hex_of(page.hashes.content),
      content_rule_version);
  if (!page.statement.empty()) {
    out += fmt::format("  {}\n", safe(page.statement));
  }
  return out + fmt::format("\n{}", licence);
}

std::string page_json(const Page& page, std::string_view licence) {
  JsonWriter json(JsonWriter::Layout::indented);
  json.begin_object().field("schema", "npguard.attack_object/1");
  json.key("release").begin_object().field("domain", page.release.domain);
  json.field("release", page.release.release).field("stix", page.release.stix21 ? "2.1" : "2.0");
  json.field("bundle_sha256", page.release.bundle_sha256)
      .field("published_hash", page.release.pinned);
  json.field("source", page.release.source).end_object();
  json.key("object");
  json_named(json, page.object);
  json.field("type", page.type).field("version", page.version).field("created", page.created);
  json.field("modified", page.modified).field("revoked", page.revoked);
  json.field("deprecated", page.deprecated).key("successor");
  page.successor.id.empty() ? static_cast<void>(json.null()) : json_named(json, page.successor);
  json.key("successors").begin_array();
  for (const Named& each : page.successors) {
    json_named(json, each);
  }
  json.end_array();
  json_list(json, "same_attack_id", page.same_attack_id);
  json.key("tactics").begin_array();
  for (const Named& tactic : page.tactics) {
    json_named(json, tactic);
  }
  json.end_array();
  json_list(json, "platforms", page.platforms);
  json_list(json, "contributors", page.contributors);
  json_list(json, "data_sources", page.data_sources);
  json.field("description", page.description).field("detection", page.detection);
  json.key("relationships").begin_array();
  for (const PageRelation& each : page.relations) {
    json.begin_object().field("id", each.id).field("kind", each.kind);
    json.field("direction", each.outgoing ? "out" : "in").key("other");
    json_named(json, each.other);
    json.field("description", each.description).field("dropped", each.dropped).end_object();
  }
  json.end_array().key("analytics").begin_array();
  for (const PageAnalytic& each : page.analytics) {
    json.begin_object().key("analytic");
    json_named(json, each.analytic);
    json.key("strategy");
    each.strategy.id.empty() ? static_cast<void>(json.null()) : json_named(json, each.strategy);
    json.field("description", each.description);
    json_list(json, "platforms", each.platforms);
    json.key("log_sources").begin_array();
    for (const PageLogSource& source : each.log_sources) {
      json.begin_object().field("name", source.name).field("channel", source.channel);
      json.key("component");
      json_named(json, source.component);
      json.end_object();
    }
    json.end_array().key("mutable_elements").begin_array();
    for (const auto& [field, about] : each.mutable_elements) {
      json.begin_object().field("field", field).field("description", about).end_object();
    }
    json.end_array().end_object();
  }
  json.end_array().key("references").begin_array();
  for (const PageReference& each : page.references) {
    json.begin_object().field("number", each.number).field("cited", each.cited);
    json.field("source_name", each.source_name).field("external_id", each.external_id);
    json.field("description", each.description).field("url", each.url).end_object();
  }
  json.end_array().key("hashes").begin_object();
  json.field("raw_sha256", hex_of(page.hashes.raw))
      .field("min_sha256", hex_of(page.hashes.minified));
  json.field("jcs_sha256", hex_of(page.hashes.canonical));
  json.field("content_sha256", hex_of(page.hashes.content));
  json.field("content_rule", content_rule_version).end_object();
  json.field("raw_offset", page.raw_offset).field("raw_bytes", page.raw_bytes);
  json.field("statement", page.statement).field("licence", licence).end_object();
  return json.take() + "\n";
}

}  // namespace npg::attack
