#include "report/json_signature.hpp"

#include "report/json_parts.hpp"

namespace npg::json_parts {
namespace {

void chain(JsonWriter& json, const std::vector<ChainLink>& links) {
  json.key("chain").begin_array();
  for (const ChainLink& link : links) {
    json.begin_object();
    text_or_null(json, "subject", link.subject);
    text_or_null(json, "issuer", link.issuer);
    json.field("thumbprint", link.thumbprint).field("sha256", link.sha256);
    json.field("not_before", link.not_before);
    json.field("not_after", link.not_after);
    json.field("pinned", link.is_pinned).end_object();
  }
  json.end_array();
}

void timestamp(JsonWriter& json, const TimestampFact& stamp) {
  json.key("timestamp");
  if (stamp.kind == TimestampKind::none) {
    json.null();
    return;
  }
  json.begin_object().field("kind", name_of(stamp.kind)).field("status", name_of(stamp.status));
  text_or_null(json, "why", stamp.why);
  json.field("time", stamp.time);
  text_or_null(json, "signer", stamp.signer);
  chain(json, stamp.chain);
  json.end_object();
}

void purposes(JsonWriter& json, const SignerPurposes& purposes) {
  json.key("purposes").begin_object();
  json.field("windows_system_component", purposes.windows_system_component)
      .field("whql", purposes.whql)
      .field("code_signing", purposes.code_signing)
      .field("lifetime_signing", purposes.lifetime_signing);
  words(json, "oids", purposes.oids);
  json.end_object();
}

void oddities(const Context& context, const std::vector<SignatureOddity>& oddities) {
  context.json.key("oddities").begin_array();
  for (const SignatureOddity& oddity : oddities) {
    context.json.begin_object()
        .field("code", oddity.code)
        .field("text", oddity.text)
        .field("breaks", oddity.breaks)
        .key("evidence");
    citation(context, oddity.origin);
    context.json.end_object();
  }
  context.json.end_array();
}

}  // namespace

void signature(const Context& context, const SignatureFact& signature, std::string_view status) {
  JsonWriter& json = context.json;
  const bool is_there = signature.form != SignatureForm::none;
  json.begin_object().field("status", status);
  text_or_null(json, "kind", is_there ? name_of(signature.form) : "");
  text_or_null(json, "why_code", signature.why_code);
  text_or_null(json, "why", signature.why);
  text_or_null(json, "subject", signature.subject);
  text_or_null(json, "common_name", signature.common_name);
  text_or_null(json, "organization", signature.organization);
  text_or_null(json, "issuer", signature.issuer);
  text_or_null(json, "thumbprint", signature.thumbprint);
  text_or_null(json, "serial", signature.serial);
  json.field("signed_at", signature.signed_at);
  json.field("signing_time", signature.signing_time);
  purposes(json, signature.purposes);
  text_or_null(json, "program_name", signature.program_name);
  text_or_null(json, "program_url", signature.program_url);
  text_or_null(json, "digest_algorithm", signature.digest_algorithm);
  text_or_null(json, "digest", signature.digest);
  text_or_null(json, "stated_digest", signature.stated_digest);
  chain(json, signature.chain);
  timestamp(json, signature.timestamp);
  text_or_null(json, "catalog", signature.catalog);
  text_or_null(json, "catalog_member", signature.catalog_member);
  json.key("others").begin_array();
  for (const SignatureFact& other : signature.others) {
    json_parts::signature(context, other, name_of(other.status));
  }
  json.end_array();
  oddities(context, signature.oddities);
  json.key("evidence");
  if (is_there) {
    citation(context, signature.origin);
  } else {
    json.null();
  }
  json.end_object();
}

}  // namespace npg::json_parts

namespace npg {

void signature_json(JsonWriter& json, const SignatureFact& signature,
                    const std::vector<EvidenceItem>& evidence) {
  json_parts::signature({.json = json, .evidence = evidence}, signature, name_of(signature.status));
}

}  // namespace npg
