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
      .field("action", name_of(account.action));
  citations(context, "evidence", account.evidence);
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
  json.end_object().field("password_sent", name_of(exposure.password_sent));
  text_or_null(json, "password_basis", exposure.password_basis);
  json.key("accounts").begin_array();
  for (const ExposedAccount& each : exposure.accounts) {
    account(context, each);
  }
  json.end_array();
  words(json, "blind_spots", exposure.blind_spots);
  citations(context, "evidence", exposure.evidence);
  json.end_object();
}

}  // namespace npg::json_parts
