#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "attack/page.hpp"
#include "base/evidence_text.hpp"
#include "base/json_writer.hpp"

namespace npg::attack {
namespace {

/// A bundle's text is anybody's: no control character of it reaches a terminal.
std::string safe(std::string_view text, std::size_t indent = 2) {
  std::string out;
  for (;;) {
    const std::size_t end = text.find('\n');
    out += escape_for_terminal(EvidenceText::from_utf8(text.substr(0, end)));
    if (end == std::string_view::npos) {
      return out;
    }
    out += '\n' + std::string(indent, ' ');
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

/// The text with "(Citation: Name)" as "[2]", for the references that are numbered.
std::string cited(std::string text, const std::vector<PageReference>& references) {
  for (const PageReference& each : references) {
    const std::string citation = "(Citation: " + each.source_name + ")";
    const std::string number = fmt::format("[{}]", each.number);
    for (std::size_t at = text.find(citation); at != std::string::npos;
         at = text.find(citation, at)) {
      // MITRE writes them without a blank; a number needs one.
      const bool joined = at > 0 && text[at - 1] != ' ' && text[at - 1] != '\n';
      text.replace(at, citation.size(), (joined ? " " : "") + number);
    }
  }
  return text;
}

/// What a group of relationships is called on a technique's page and others.
std::string relation_title(const PageRelation& relation) {
  const bool to_software = relation.other_type == "malware" || relation.other_type == "tool";
  if (relation.kind == "mitigates") {
    return relation.outgoing ? "Mitigates" : "Mitigations";
  }
  if (relation.kind == "detects") {
    return relation.outgoing ? "Detects" : "Detected by";
  }
  if (relation.kind == "subtechnique-of") {
    return relation.outgoing ? "Sub-technique of" : "Sub-techniques";
  }
  if (relation.kind == "revoked-by") {
    return relation.outgoing ? "Revoked by" : "Revoked in favour of this";
  }
  if (relation.kind == "uses" && !relation.outgoing) {
    return to_software ? "Software that uses it" : "Groups and campaigns that use it";
  }
  return relation.outgoing ? "Relationship: this " + safe(relation.kind)
                           : "Relationship: " + safe(relation.kind) + " this";
}

void relations_text(std::string& out, const Page& page) {
  // Groups in the order in which their first relationship stands.
  std::vector<std::pair<std::string, std::string>> groups;
  for (const PageRelation& each : page.relations) {
    const std::string title = relation_title(each);
    auto group = std::ranges::find(groups, title, &std::pair<std::string, std::string>::first);
    if (group == groups.end()) {
      group = groups.insert(groups.end(), {title, {}});
    }
    group->second +=
        fmt::format("  {}{}\n", named(each.other), each.dropped ? " [revoked or deprecated]" : "");
    if (!each.description.empty()) {
      std::vector<PageReference> own;
      for (const auto* list : {&page.references, &page.relation_references}) {
        std::ranges::copy_if(*list, std::back_inserter(own), [&](const PageReference& reference) {
          return std::ranges::find(each.references, reference.number) != each.references.end();
        });
      }
      group->second += fmt::format("    {}\n", safe(cited(each.description, own), 4));
    }
  }
  constexpr std::array<std::string_view, 4> first = {"Revoked by", "Sub-technique of",
                                                     "Mitigations", "Detected by"};
  std::ranges::stable_sort(groups, {}, [&](const auto& group) {
    return std::ranges::find(first, group.first) - first.begin();
  });
  for (const auto& [title, text] : groups) {
    out += fmt::format("\n{}\n{}", title, text);
  }
}

void references_text(std::string& out, std::string_view title,
                     const std::vector<PageReference>& references) {
  if (!references.empty()) {
    out += fmt::format("\n{}\n", title);
  }
  for (const PageReference& each : references) {
    const std::string source =
        each.external_id.empty() ? each.source_name : each.source_name + " " + each.external_id;
    out += fmt::format("  [{}] {}{}{}\n", each.number, safe(source, 6),
                       each.description.empty() ? "" : ": " + safe(each.description, 6),
                       each.url.empty() ? "" : " " + safe(each.url, 6));
  }
}

/// "AN1598 of DET0580 Detect ...": an analytic's own name only repeats its number.
std::string analytic_title(const PageAnalytic& each) {
  const bool repeats = each.analytic.name.starts_with("Analytic ");
  const std::string own = repeats && !each.analytic.attack_id.empty()
                              ? safe(each.analytic.attack_id)
                              : named(each.analytic);
  return each.strategy.id.empty() ? own : own + " of " + named(each.strategy);
}

void json_named(JsonWriter& json, const Named& object) {
  json.begin_object().field("id", object.id).key("attack_id");
  object.attack_id.empty() ? json.null() : json.value(object.attack_id);
  json.key("name");
  object.name.empty() ? json.null() : json.value(object.name);
  json.end_object();
}

void json_references(JsonWriter& json, std::string_view key,
                     const std::vector<PageReference>& references) {
  json.key(key).begin_array();
  for (const PageReference& each : references) {
    json.begin_object().field("number", each.number).field("cited", each.cited);
    json.field("source_name", each.source_name).field("external_id", each.external_id);
    json.field("description", each.description).field("url", each.url).end_object();
  }
  json.end_array();
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
  section(out, "Description", cited(page.description, page.references));
  section(out, "Detection", cited(page.detection, page.references));
  relations_text(out, page);
  for (const PageAnalytic& each : page.analytics) {
    // An analytic's own page has its description above.
    out += each.analytic.id == page.object.id
               ? std::string("\nLog sources and what is to be set\n")
               : fmt::format("\nAnalytic {}\n  {}\n", analytic_title(each), safe(each.description));
    for (const PageLogSource& source : each.log_sources) {
      out += fmt::format("  log source: {} {} for {}\n", safe(source.name), safe(source.channel),
                         named(source.component));
    }
    for (const auto& [field, about] : each.mutable_elements) {
      out += fmt::format("  to be set: {}: {}\n", safe(field), safe(about));
    }
  }
  references_text(out, "References, numbered as the description cites them", page.references);
  references_text(out, "References of the relationships", page.relation_references);
  out += fmt::format(
      "\nSource object\n"
      "  {} in {} at byte {}, {} bytes\n"
      "  bundle SHA-256   {}\n    {}\n",
      safe(page.object.id), safe(page.release.source), page.raw_offset, page.raw_bytes,
      page.release.bundle_sha256, pinned_words(page.release.pinned));
  const auto hash = [&](std::string_view name, const Digest& digest, std::string_view of) {
    out += fmt::format("  {:<16} {}\n    of {}\n", name, hex_of(digest), of);
  };
  hash("raw_sha256", page.hashes.raw, "its bytes in the file");
  hash("min_sha256", page.hashes.minified,
       "JSON.stringify's form: no white space, source order, shortest escapes, UTF-8");
  hash("jcs_sha256", page.hashes.canonical, "its RFC 8785 form");
  hash("content_sha256", page.hashes.content,
       fmt::format("its RFC 8785 form without bookkeeping, rule {}", content_rule_version));
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
    json.field("description", each.description).key("references").begin_array();
    for (const std::uint64_t number : each.references) {
      json.value(number);
    }
    json.end_array().field("dropped", each.dropped).end_object();
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
  json.end_array();
  json_references(json, "references", page.references);
  json_references(json, "relationship_references", page.relation_references);
  json.key("hashes").begin_object();
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
