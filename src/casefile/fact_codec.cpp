#include "casefile/fact_codec.hpp"

#include <mutex>
#include <set>

#include "casefile/codec_parts.hpp"
#include "fact/text_pool.hpp"

namespace npg {
namespace codec {

std::string_view lasting(std::string_view text) {
  static std::mutex mutex;
  static std::set<std::string, std::less<>> texts;
  const std::scoped_lock lock(mutex);
  const auto found = texts.find(text);
  return found != texts.end() ? *found : *texts.emplace(text).first;
}

}  // namespace codec

namespace {

struct KeptDiagnostic {
  DiagnosticCode code = DiagnosticCode::file_unreadable;
  Severity severity = Severity::notice;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  SharedText text;
  std::uint32_t evidence = 0;
};

template <typename T>
Result<void> read_whole(std::string_view body, std::span<const std::uint32_t> evidence,
                        TextPool& pool, T& into) {
  codec::Reader reader(body, evidence, pool);
  if (!reader.get(into) || !reader.at_end()) {
    return std::unexpected(reader.error());
  }
  return {};
}

}  // namespace

void encode_facts(const FactSet& facts, const EvidencePositions& positions,
                  const std::function<void(const EncodedFact&)>& take) {
  codec::Writer writer(positions);
  FactSet::for_each_kind(facts, [&]<typename Fact>(const std::vector<Fact>& of_kind) {
    for (std::size_t i = 0; i < of_kind.size(); ++i) {
      writer.clear();
      writer.put(of_kind[i]);
      take({.kind = Fact::kind, .number = i, .body = writer.text()});
    }
  });
}

Result<void> decode_fact(std::string_view kind, std::string_view body,
                         std::span<const std::uint32_t> evidence, TextPool& pool, FactSet& into) {
  Result<void> result = fail(ErrorCode::not_found, 0, "case.fact.kind");
  FactSet::for_each_kind(into, [&]<typename Fact>(std::vector<Fact>& of_kind) {
    if (Fact::kind == kind) {
      Fact fact;
      result = read_whole(body, evidence, pool, fact);
      if (result) {
        of_kind.push_back(std::move(fact));
      }
    }
  });
  return result;
}

std::string encode_image(const ImageFact& image) {
  const EvidencePositions own = {{image.origin.evidence, 0}};
  codec::Writer writer(own);
  writer.put(image);
  return std::string(writer.text());
}

Result<ImageFact> decode_image(std::string_view body, std::uint32_t evidence, TextPool& pool) {
  ImageFact image;
  NPG_TRY_VOID(read_whole(body, std::span(&evidence, 1), pool, image));
  return image;
}

std::string encode_state(const ReadingState& state, const EvidencePositions& positions) {
  codec::Writer writer(positions);
  writer.put(state);
  return std::string(writer.text());
}

Result<ReadingState> decode_state(std::string_view body, std::span<const std::uint32_t> evidence,
                                  TextPool& pool) {
  ReadingState state;
  NPG_TRY_VOID(read_whole(body, evidence, pool, state));
  return state;
}

std::set<std::uint32_t> evidence_cited_by(const FactSet& facts) {
  std::set<std::uint32_t> cited;
  FactSet::for_each_kind(facts, [&](const auto& of_kind) {
    for (const auto& fact : of_kind) {
      codec::each_origin(fact, [&](const Origin& origin) { cited.insert(origin.evidence); });
    }
  });
  return cited;
}

std::string encode_diagnostics(const std::vector<Diagnostic>& diagnostics,
                               const EvidencePositions& positions) {
  codec::Writer writer(positions);
  std::vector<KeptDiagnostic> kept;
  for (const Diagnostic& one : diagnostics) {
    const auto position = positions.find(one.evidence);
    kept.push_back({.code = one.code,
                    .severity = one.severity,
                    .offset = one.offset,
                    .length = one.length,
                    .text = SharedText(EvidenceText::from_utf8(one.text)),
                    .evidence = position == positions.end() ? 0 : position->second});
  }
  writer.put(kept);
  return std::string(writer.text());
}

Result<std::vector<Diagnostic>> decode_diagnostics(std::string_view body,
                                                   std::span<const std::uint32_t> evidence) {
  TextPool pool;
  std::vector<KeptDiagnostic> kept;
  NPG_TRY_VOID(read_whole(body, evidence, pool, kept));
  std::vector<Diagnostic> diagnostics;
  for (const KeptDiagnostic& one : kept) {
    if (one.evidence >= evidence.size()) {
      return fail(ErrorCode::bad_value, 0, "case.diagnostic.evidence", evidence.size(),
                  one.evidence);
    }
    // What a foreign file says reaches a terminal.
    diagnostics.push_back({.code = one.code,
                           .severity = one.severity,
                           .offset = one.offset,
                           .length = one.length,
                           .text = escape_for_terminal(one.text.text()),
                           .evidence = evidence[one.evidence]});
  }
  return diagnostics;
}

std::string facts_layout() {
  std::string out;
  FactSet none;
  FactSet::for_each_kind(none, [&]<typename Fact>(const std::vector<Fact>& /*facts*/) {
    out += Fact::kind;
    codec::write_layout<Fact>(out);
    out += '\n';
  });
  codec::write_layout<ReadingState>(out);
  return out;
}

}  // namespace npg
