#include "report/json_parts.hpp"

namespace npg::json_parts {
namespace {

void account(const Context& context, const ExposedAccount& account) {
  JsonWriter& json = context.json;
  json.begin_object();
  text_or_null(json, "account", account.account);
  text_or_null(json, "sid", account.sid);
  json.field("certainty", name_of(account.certainty));
  text_or_null(json, "reason", account.reason);
  json.field("privileged", account.privileged);
  words(json, "why_privileged", account.why_privileged);
  json.field("logons", account.logons).field("first", account.first).field("last", account.last);
  numbers(json, "logon_types", account.logon_types);
  words(json, "sources", account.sources);
  json.field("password_changed", account.password_changed)
      .field("reset_seen", account.reset_seen)
      .key("resets")
      .begin_array();
  for (const PasswordReset& reset : account.resets) {
    json.begin_object().field("time", reset.time).field("event_id", reset.event_id);
    text_or_null(json, "by", reset.by);
    json.field("after_end", reset.is_after_end).end_object();
  }
  json.end_array().key("used_later").begin_array();
  for (const LaterUse& use : account.used_later) {
    json.begin_object()
        .field("host", use.host.raw())
        .field("first", use.first)
        .field("last", use.last)
        .field("logons", use.logons);
    words(json, "addresses", use.addresses);
    json.end_object();
  }
  json.end_array().field("action", name_of(account.action));
  text_or_null(json, "action_reason", account.action_reason);
  citations(context, "evidence", account.evidence);
  json.end_object();
}

void bound(const Context& context, const WindowBound& bound) {
  context.json.begin_object()
      .field("what", bound.what)
      .field("side", bound.side)
      .field("time", bound.time)
      .field("basis", bound.is_known ? "known" : "assumed")
      .field("text", bound.text);
  citations(context, "evidence", bound.evidence);
  context.json.end_object();
}

void command(const Context& context, const LogonCommand& command) {
  JsonWriter& json = context.json;
  json.begin_object().field("time", command.time);
  text_or_null(json, "account", command.account);
  text_or_null(json, "command", command.command);
  text_or_null(json, "parent", command.parent);
  json.field("text", command.text);
  citations(context, "evidence", command.evidence);
  json.end_object();
}

}  // namespace

void exposure(const Context& context, const Exposure& exposure) {
  JsonWriter& json = context.json;
  json.begin_object();
  json.field("provider", exposure.provider.raw());
  json.key("window")
      .begin_object()
      .field("earliest_start", exposure.earliest_start)
      .field("latest_start", exposure.latest_start)
      .field("earliest_end", exposure.earliest_end)
      .field("end", exposure.end)
      .field("end_kind", name_of(exposure.end_kind));
  text_or_null(json, "start_basis", exposure.start_basis);
  text_or_null(json, "end_basis", exposure.end_basis);
  json.key("bounds").begin_array();
  for (const WindowBound& each : exposure.bounds) {
    bound(context, each);
  }
  json.end_array().key("parts").begin_array();
  for (const WindowPart& part : exposure.parts) {
    json.begin_object()
        .field("from", part.from)
        .field("to", part.to)
        .field("earliest_from", part.earliest_from)
        .field("latest_to", part.latest_to)
        .end_object();
  }
  json.end_array();
  words(json, "assumed", exposure.assumed);
  json.end_object().field("password_sent", name_of(exposure.password_sent));
  text_or_null(json, "password_basis", exposure.password_basis);
  json.key("accounts").begin_array();
  for (const ExposedAccount& each : exposure.accounts) {
    account(context, each);
  }
  json.end_array().key("commands").begin_array();
  for (const LogonCommand& each : exposure.commands) {
    command(context, each);
  }
  json.end_array();
  words(json, "blind_spots", exposure.blind_spots);
  citations(context, "evidence", exposure.evidence);
  json.end_object();
}

}  // namespace npg::json_parts
