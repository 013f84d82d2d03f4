#include "report/json_report.hpp"

#include "report/json_parts.hpp"

namespace npg {
namespace {

using namespace json_parts;

void evidence_item(JsonWriter& json, const EvidenceItem& item) {
  json.begin_object().field("id", item.id).field("path", item.path).field("kind", item.kind);
  json.field("size", item.size);
  text_or_null(json, "sha256", item.sha256);
  json.field("status", name_of(item.status));
  text_or_null(json, "detail", item.detail);
  json.key("counts").begin_object();
  for (const auto& [name, count] : item.counts) {
    json.field(name, count);
  }
  json.end_object().end_object();
}

void diagnostic(const Context& context, const Diagnostic& diagnostic) {
  JsonWriter& json = context.json;
  json.begin_object()
      .field("code", name_of(diagnostic.code))
      .field("severity", name_of(diagnostic.severity))
      .field("text", diagnostic.text)
      .key("evidence");
  evidence_id(context, diagnostic.evidence);
  json.field("offset", diagnostic.offset).field("length", diagnostic.length).end_object();
}

}  // namespace

std::string assessment_json(const Assessment& assessment) {
  JsonWriter json(JsonWriter::Layout::indented);
  const Context context{json, assessment.evidence};
  json.begin_object()
      .field("schema", "npguard.assessment/1")
      .field("as_of", assessment.as_of)
      .field("complete", assessment.complete);
  json.key("hosts").begin_array();
  for (const HostAssessment& each : assessment.hosts) {
    host(context, each);
  }
  json.end_array().key("resets").begin_array();
  for (const ResetItem& item : assessment.resets) {
    json.begin_object();
    text_or_null(json, "account", item.account);
    text_or_null(json, "sid", item.sid);
    text_or_null(json, "host", item.host);
    json.field("action", name_of(item.action)).field("certainty", name_of(item.certainty));
    text_or_null(json, "reason", item.reason);
    json.end_object();
  }
  json.end_array().key("attack_source");
  attack_source(json, assessment.attack_source);
  json.key("evidence").begin_array();
  for (const EvidenceItem& item : assessment.evidence) {
    evidence_item(json, item);
  }
  json.end_array().key("diagnostics").begin_array();
  for (const Diagnostic& each : assessment.diagnostics) {
    diagnostic(context, each);
  }
  json.end_array().key("diagnostic_counts").begin_object();
  for (const auto& [code, count] : assessment.diagnostic_counts) {
    json.field(name_of(code), count);
  }
  json.end_object().end_object();
  return json.take() + "\n";
}

}  // namespace npg
