#include "report/navigator_layer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "base/json_writer.hpp"

namespace npg {
namespace {

struct Metadata {
  std::string name;
  std::string value;
};
struct Cell {
  std::uint64_t score = 0;
  bool scored = false;
  std::set<std::string> comments;
  std::vector<Metadata> metadata;
};
using Cells = std::map<std::string, Cell>;

std::uint64_t score_of(FindingSeverity severity) {
  switch (severity) {
    case FindingSeverity::info: return 10;
    case FindingSeverity::low: return 25;
    case FindingSeverity::medium: return 50;
    case FindingSeverity::high: return 75;
    case FindingSeverity::critical: return 100;
  }
  return 0;
}

std::string technique_of(const AttackContext& context) {
  return context.successor.attack_id.empty() ? context.technique.attack_id
                                             : context.successor.attack_id;
}

void note_revoked(const AttackContext& context, Cell& cell) {
  if (!context.successor.attack_id.empty()) {
    cell.comments.insert(fmt::format("npguard names {}, which this release has revoked",
                                     context.technique.attack_id));
  }
}

void add_object(const AttackContext& context, Cell& cell) {
  if (!context.technique.stix_id.empty()) {
    cell.metadata.push_back({"source object", context.technique.stix_id});
    cell.metadata.push_back({"content_sha256", context.technique.content_sha256});
  }
}

void add_findings(const HostAssessment& host, const AttackContext& context, Cell& cell) {
  note_revoked(context, cell);
  for (const Finding& finding : host.findings) {
    if (std::ranges::find(finding.attack, context.technique.attack_id) == finding.attack.end()) {
      continue;
    }
    cell.score = std::max(cell.score, score_of(finding.severity));
    cell.scored = true;
    cell.comments.insert(fmt::format("{} {}", finding.rule, finding.title));
    cell.metadata.push_back(
        {std::string(host.host.name.raw()),
         fmt::format("{} {}: {}", finding.id, name_of(finding.severity), finding.subject)});
  }
}

void add_visibility(const HostAssessment& host, const AttackContext& context, Cell& cell) {
  note_revoked(context, cell);
  std::uint64_t present = 0;
  std::vector<std::string> absent;
  for (const AttackLogSource& source : context.log_sources) {
    const bool is_present = source.status == LogSourceStatus::present;
    present += is_present ? 1U : 0U;
    if (!is_present) {
      absent.push_back(
          fmt::format("{} {} ({})", source.name, source.channel, name_of(source.status)));
    }
  }
  const std::uint64_t total = context.log_sources.size();
  if (total == 0) {
    cell.metadata.push_back({std::string(host.host.name.raw()), "no log source is known"});
    return;
  }
  // Over several hosts the worst one counts: a fleet is as visible as its darkest host.
  const std::uint64_t score = 100 * present / total;
  cell.score = cell.scored ? std::min(cell.score, score) : score;
  cell.scored = true;
  cell.metadata.push_back(
      {std::string(host.host.name.raw()),
       fmt::format("{} of {} log sources present{}", present, total,
                   absent.empty() ? "" : fmt::format("; not: {}", fmt::join(absent, ", ")))});
}

Cells cells_of(const Assessment& assessment, LayerKind kind) {
  Cells cells;
  for (const HostAssessment& host : assessment.hosts) {
    for (const AttackContext& context : host.attack) {
      const auto [at, is_new] = cells.try_emplace(technique_of(context));
      if (is_new) {
        add_object(context, at->second);
      }
      kind == LayerKind::findings ? add_findings(host, context, at->second)
                                  : add_visibility(host, context, at->second);
    }
  }
  return cells;
}

void metadata(JsonWriter& json, const std::vector<Metadata>& list) {
  json.key("metadata").begin_array();
  for (const Metadata& each : list) {
    json.begin_object().field("name", each.name).field("value", each.value).end_object();
  }
  json.end_array();
}

void technique(JsonWriter& json, const std::string& id, const Cell& cell) {
  json.begin_object().field("techniqueID", id);
  if (cell.scored) {
    json.field("score", cell.score);
  }
  json.field("comment", fmt::format("{}", fmt::join(cell.comments, "; ")));
  json.field("enabled", true).field("showSubtechniques", false);
  metadata(json, cell.metadata);
  json.end_object();
}

/// A sub-technique is drawn only where its parent is open.
void parents(JsonWriter& json, const Cells& cells) {
  std::set<std::string> done;
  for (const auto& [id, cell] : cells) {
    const std::string parent = id.substr(0, id.find('.'));
    if (parent != id && !cells.contains(parent) && done.insert(parent).second) {
      json.begin_object().field("techniqueID", parent).field("enabled", true);
      json.field("showSubtechniques", true).end_object();
    }
  }
}

void versions(JsonWriter& json, const AttackSource& source) {
  json.key("versions").begin_object();
  if (!source.release.empty()) {
    json.field("attack", source.release.substr(0, source.release.find('.')));
  }
  // 4.9.0 is the first Navigator that reads this form.
  json.field("navigator", "4.9.0").field("layer", "4.5").end_object();
}

}  // namespace

std::string navigator_layer(const Assessment& assessment, LayerKind kind) {
  const bool is_findings = kind == LayerKind::findings;
  const AttackSource& source = assessment.attack_source;
  const Cells cells = cells_of(assessment, kind);
  JsonWriter json(JsonWriter::Layout::indented);
  json.begin_object().field("name", is_findings ? "npguard findings" : "npguard visibility");
  versions(json, source);
  json.field("domain", source.domain.empty() ? "enterprise-attack" : source.domain.c_str());
  json.field(
      "description",
      fmt::format("{} of {} host{}. {}",
                  is_findings ? "Findings, scored by the worst severity"
                              : "Share of log sources that the evidence has, the worst host",
                  assessment.hosts.size(), assessment.hosts.size() == 1 ? "" : "s", source.text));
  json.key("filters").begin_object().key("platforms").begin_array();
  json.value("Windows").end_array().end_object();
  json.field("sorting", std::uint64_t{3}).key("layout").begin_object();
  json.field("layout", "side").field("aggregateFunction", "max").field("showID", true);
  json.field("showName", true).field("showAggregateScores", false).field("countUnscored", false);
  json.field("expandedSubtechniques", "none").end_object();
  json.field("hideDisabled", false).key("techniques").begin_array();
  for (const auto& [id, cell] : cells) {
    technique(json, id, cell);
  }
  parents(json, cells);
  json.end_array().key("gradient").begin_object().key("colors").begin_array();
  if (is_findings) {
    json.value("#ffffffff").value("#ffe766ff").value("#ff6666ff");
  } else {
    json.value("#ff6666ff").value("#ffe766ff").value("#8ec843ff");
  }
  json.end_array().field("minValue", std::uint64_t{0}).field("maxValue", std::uint64_t{100});
  json.end_object().key("legendItems").begin_array().end_array();
  std::vector<Metadata> about = {
      {"as_of", assessment.as_of.given() ? to_rfc3339(assessment.as_of) : "unknown"},
      {"ATT&CK release", source.release.empty() ? "none mirrored" : source.release}};
  if (!source.licence.empty()) {
    about.push_back({"ATT&CK licence", source.licence});
  }
  metadata(json, about);
  json.key("links").begin_array().end_array();
  json.field("showTacticRowBackground", false).field("tacticRowBackground", "#dddddd");
  json.field("selectTechniquesAcrossTactics", true);
  json.field("selectSubtechniquesWithParent", false).field("selectVisibleTechniques", false);
  json.end_object();
  return json.take() + "\n";
}

}  // namespace npg
