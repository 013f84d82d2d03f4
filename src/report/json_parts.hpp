// The pieces of the assessment JSON that its files share: how absent text, citations and lists of
// words are written. Not for use outside src/report.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.hpp"
#include "fact/assessment.hpp"

namespace npg::json_parts {

/// What every piece needs: where to write, and the evidence list that citations point into.
struct Context {
  JsonWriter& json;
  const std::vector<EvidenceItem>& evidence;
};

/// The text, or null when there is none.
void text_or_null(JsonWriter& json, std::string_view name, const SharedText& text);
void text_or_null(JsonWriter& json, std::string_view name, std::string_view text);
/// "0x3e7", as the Security log writes a logon id; null when there is none.
void logon_id(JsonWriter& json, std::string_view name, const std::optional<std::uint64_t>& id);

/// The id of the evidence at an index; null when the index names none.
void evidence_id(const Context& context, std::uint32_t index);
/// One citation: {"evidence","offset","length","how","unverified"?}.
void citation(const Context& context, const Origin& origin);
/// Each origin once, in the order given.
void citations(const Context& context, std::string_view name, const std::vector<Origin>& origins);

void words(JsonWriter& json, std::string_view name, const std::vector<std::string>& list);
void words(JsonWriter& json, std::string_view name, const std::vector<SharedText>& list);
void numbers(JsonWriter& json, std::string_view name, const std::vector<std::uint32_t>& list);

/// One element of hosts[].
void host(const Context& context, const HostAssessment& host);
/// One element of providers[].
void provider(const Context& context, const Provider& provider);
/// One element of companions[].
void companion(const Context& context, const Companion& companion);
/// The object signature of a DLL; `status` is the signature's own, or "file_missing".
void signature(const Context& context, const SignatureFact& signature, std::string_view status);
/// One element of exposures[].
void exposure(const Context& context, const Exposure& exposure);
/// The object attack_source.
void attack_source(JsonWriter& json, const AttackSource& source);
/// One element of a host's attack[].
void attack_context(const Context& context, const AttackContext& attack);

}  // namespace npg::json_parts
