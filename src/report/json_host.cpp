#include "fact/security_text.hpp"
#include "report/json_parts.hpp"
#include "report/provider_parts.hpp"

namespace npg::json_parts {
namespace {

void number_or_null(JsonWriter& json, std::string_view name, std::uint32_t number) {
  json.key(name);
  if (number == 0) {
    json.null();
  } else {
    json.value(number);
  }
}

void summary(JsonWriter& json, const HostSummary& host) {
  json.key("host").begin_object().field("name", host.name.raw());
  text_or_null(json, "domain", host.domain);
  text_or_null(json, "machine_sid", host.machine_sid);
  text_or_null(json, "machine_guid", host.machine_guid);
  json.key("os").begin_object();
  text_or_null(json, "product", host.product);
  text_or_null(json, "product_by_build", product_by_build(host));
  number_or_null(json, "build", host.build);
  number_or_null(json, "revision", host.revision);
  text_or_null(json, "edition", host.edition);
  json.field("installed", host.installed).end_object();
  text_or_null(json, "role", host.role);
  words(json, "names_seen", host.names_seen);
  json.end_object();
}

void actor(JsonWriter& json, const Actor& actor) {
  json.key("actor").begin_object();
  text_or_null(json, "account", actor.account);
  text_or_null(json, "sid", actor.sid);
  logon_id(json, "logon_id", actor.logon_id);
  json.field("logon_type", actor.logon_type);
  text_or_null(json, "source_address", actor.source_address);
  text_or_null(json, "process", actor.process);
  json.field("process_id", actor.process_id);
  text_or_null(json, "command_line", actor.command_line);
  text_or_null(json, "certainty", actor.certainty);
  json.end_object();
}

void change(const Context& context, const Change& change) {
  JsonWriter& json = context.json;
  json.begin_object()
      .field("time", change.time)
      .field("not_before", change.not_before)
      .field("is_exact", change.is_exact);
  actor(json, change.actor);
  json.field("what", change.what);
  text_or_null(json, "key", change.key);
  text_or_null(json, "value", change.value_name);
  text_or_null(json, "old", change.old_value);
  text_or_null(json, "new", change.new_value);
  json.key("chain").begin_array();
  for (const AttributionLink& link : change.chain) {
    json.begin_object()
        .field("link", link.link)
        .field("status", link.status)
        .field("text", link.text);
    citations(context, "evidence", link.evidence);
    json.end_object();
  }
  json.end_array();
  citations(context, "evidence", change.evidence);
  json.end_object();
}

void finding(const Context& context, const Finding& finding) {
  JsonWriter& json = context.json;
  json.begin_object()
      .field("id", finding.id)
      .field("rule", finding.rule)
      .field("title", finding.title)
      .field("severity", name_of(finding.severity))
      .field("subject", finding.subject)
      .field("text", finding.text)
      .field("first_seen", finding.first_seen)
      .field("last_seen", finding.last_seen);
  words(json, "attack", finding.attack);
  citations(context, "evidence", finding.evidence);
  text_or_null(json, "suppressed_by", finding.suppressed_by);
  json.end_object();
}

void posture_check(const Context& context, const PostureCheck& check) {
  JsonWriter& json = context.json;
  json.begin_object()
      .field("check", check.check)
      .field("mitigation", check.mitigation)
      .field("status", name_of(check.status));
  text_or_null(json, "observed", check.observed);
  text_or_null(json, "expected", check.expected);
  text_or_null(json, "fix", check.fix);
  citations(context, "evidence", check.evidence);
  json.end_object();
}

void writer(JsonWriter& json, const KeyWriter& writer) {
  json.begin_object().field("sid", writer.sid);
  text_or_null(json, "name", writer.name);
  words(json, "rights", writer.rights);
  json.field("conditional", writer.is_conditional).field("as_owner", writer.is_owner);
  json.end_object();
}

void key_security(JsonWriter& json, const KeyState& state) {
  json.key("security");
  if (!state.fact.security) {
    json.null();
    return;
  }
  const KeySecurity& security = *state.fact.security;
  json.begin_object().field("sddl", state.sddl);
  text_or_null(json, "owner", security.owner);
  text_or_null(json, "owner_name", state.owner_name);
  text_or_null(json, "group", security.group);
  text_or_null(json, "group_name", state.group_name);
  json.field("everyone_may_write", state.everyone_may_write).key("writers").begin_array();
  for (const KeyWriter& each : state.writers) {
    writer(json, each);
  }
  json.end_array()
      .field("audited_entries", audited_entries(security))
      .field("damaged", security.is_damaged)
      .field("compared_with_default", name_of(state.comparison));
  words(json, "differences", state.differences);
  const bool is_compared = state.comparison != DefaultComparison::not_known;
  json.key("default_is_verified");
  if (is_compared) {
    json.value(state.default_is_verified);
  } else {
    json.null();
  }
  text_or_null(json, "default_source", state.default_source);
  text_or_null(json, "default_basis", state.default_basis);
  json.end_object();
}

void key_state(const Context& context, const KeyState& state) {
  constexpr std::uint32_t volatile_flag = 0x01;
  JsonWriter& json = context.json;
  const RegistryKeyFact& fact = state.fact;
  json.begin_object().field("key", fact.key.raw());
  json.field("in_current_control_set", fact.control_set_is_current)
      .field("last_written", fact.last_written);
  text_or_null(json, "class", fact.class_name);
  json.field("flags", fact.flags)
      .field("volatile", (fact.flags & volatile_flag) != 0)
      .field("access_bits", std::uint32_t{fact.access_bits})
      .field("layer", std::uint32_t{fact.layer});
  text_or_null(json, "link_target", fact.link_target);
  key_security(json, state);
  json.key("evidence");
  citation(context, fact.origin);
  json.end_object();
}

void coverage_source(const Context& context, const CoverageSource& source) {
  JsonWriter& json = context.json;
  json.begin_object().field("kind", source.source);
  text_or_null(json, "channel", source.channel);
  json.field("first", source.first).field("last", source.last).field("records", source.records);
  json.key("gaps").begin_array();
  for (const LogGap& gap : source.gaps) {
    json.begin_object()
        .field("after_id", gap.after_id)
        .field("next_id", gap.next_id)
        .field("after_time", gap.after_time)
        .field("next_time", gap.next_time)
        .end_object();
  }
  json.end_array().key("clears").begin_array();
  for (const FileTime clear : source.clears) {
    json.value(clear);
  }
  json.end_array()
      .field("size_max", source.size_max)
      .field("overwrites", name_of(source.overwrites))
      .key("evidence");
  citation(context, source.origin);
  json.end_object();
}

void audit_state(const Context& context, const AuditState& state) {
  JsonWriter& json = context.json;
  json.begin_object()
      .field("setting", state.setting)
      .field("value", state.value)
      .field("since", state.since)
      .field("text", state.text);
  citations(context, "evidence", state.evidence);
  json.end_object();
}

void coverage(const Context& context, const Coverage& coverage) {
  JsonWriter& json = context.json;
  json.key("coverage").begin_object().key("sources").begin_array();
  for (const CoverageSource& source : coverage.sources) {
    coverage_source(context, source);
  }
  json.end_array().key("auditing").begin_array();
  for (const AuditState& state : coverage.auditing) {
    audit_state(context, state);
  }
  json.end_array().key("not_evaluated").begin_array();
  for (const NotEvaluated& rule : coverage.not_evaluated) {
    json.begin_object()
        .field("rule", rule.rule)
        .field("needs", rule.needs)
        .field("why", rule.why)
        .end_object();
  }
  json.end_array();
  words(json, "statements", coverage.statements);
  json.end_object();
}

}  // namespace

void host(const Context& context, const HostAssessment& host) {
  JsonWriter& json = context.json;
  json.begin_object();
  summary(json, host.host);
  json.field("verdict", name_of(host.verdict));
  text_or_null(json, "verdict_text", host.verdict_text);
  const auto list = [&](std::string_view name, const auto& items, const auto& write) {
    json.key(name).begin_array();
    for (const auto& item : items) {
      write(context, item);
    }
    json.end_array();
  };
  list("providers", host.providers, provider);
  list("companions", host.companions, companion);
  list("changes", host.changes, change);
  list("findings", host.findings, finding);
  list("exposures", host.exposures, exposure);
  list("posture", host.posture, posture_check);
  list("attack", host.attack, attack_context);
  list("registry_keys", host.keys, key_state);
  coverage(context, host.coverage);
  json.end_object();
}

}  // namespace npg::json_parts
