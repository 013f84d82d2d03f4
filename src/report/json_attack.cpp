#include "report/json_parts.hpp"

namespace npg::json_parts {
namespace {

void object(JsonWriter& json, const AttackObject& object) {
  json.begin_object();
  text_or_null(json, "id", object.attack_id);
  text_or_null(json, "name", object.name);
  text_or_null(json, "stix_id", object.stix_id);
  text_or_null(json, "content_sha256", object.content_sha256);
  json.end_object();
}

void objects(JsonWriter& json, std::string_view name, const std::vector<AttackObject>& list) {
  json.key(name).begin_array();
  for (const AttackObject& each : list) {
    object(json, each);
  }
  json.end_array();
}

void log_source(JsonWriter& json, const AttackLogSource& source) {
  json.begin_object().field("name", source.name).field("channel", source.channel);
  json.key("component");
  if (source.component.attack_id.empty()) {
    json.null();
  } else {
    object(json, source.component);
  }
  json.field("named_by", source.named_by);
  text_or_null(json, "why", source.why);
  json.field("status", name_of(source.status)).field("records", source.records).end_object();
}

void mitigation(JsonWriter& json, const AttackMitigation& mitigation) {
  json.begin_object().key("mitigation");
  object(json, mitigation.mitigation);
  json.key("checks").begin_array();
  for (const AttackCheck& each : mitigation.checks) {
    json.begin_object().field("check", each.check).field("status", each.status).end_object();
  }
  json.end_array().end_object();
}

void statement(JsonWriter& json, const AttackStatement& statement) {
  json.begin_object().field("id", statement.id).field("author", statement.author);
  json.field("date", statement.date)
      .field("text", statement.text)
      .field("state", statement.state)
      .end_object();
}

}  // namespace

void attack_source(JsonWriter& json, const AttackSource& source) {
  json.begin_object().field("mirrored", source.mirrored);
  text_or_null(json, "domain", source.domain);
  text_or_null(json, "release", source.release);
  text_or_null(json, "stix", source.stix);
  text_or_null(json, "bundle_sha256", source.bundle_sha256);
  text_or_null(json, "published_hash", source.published_hash);
  text_or_null(json, "text", source.text);
  text_or_null(json, "licence", source.licence);
  json.end_object();
}

void attack_context(const Context& context, const AttackContext& attack) {
  JsonWriter& json = context.json;
  json.begin_object().key("technique");
  object(json, attack.technique);
  json.field("revoked", attack.revoked).key("successor");
  if (attack.successor.attack_id.empty()) {
    json.null();
  } else {
    object(json, attack.successor);
  }
  objects(json, "tactics", attack.tactics);
  objects(json, "strategies", attack.strategies);
  objects(json, "analytics", attack.analytics);
  const auto list = [&](std::string_view name, const auto& items, const auto& write) {
    json.key(name).begin_array();
    for (const auto& item : items) {
      write(json, item);
    }
    json.end_array();
  };
  list("log_sources", attack.log_sources, log_source);
  list("mitigations", attack.mitigations, mitigation);
  list("analysis", attack.statements, statement);
  words(json, "findings", attack.findings);
  json.end_object();
}

}  // namespace npg::json_parts
