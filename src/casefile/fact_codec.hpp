// Facts as bytes and back: every member, in the order of its declaration (fact/members.hpp). The
// bytes are the case file's own; nothing else reads them. A body from a foreign case file is
// hostile input.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/error.hpp"
#include "casefile/reading_state.hpp"
#include "fact/fact_set.hpp"
#include "fact/text_pool.hpp"

namespace npg {

/// Numbers of evidence inside bodies: the position in the list of files that one reading rests on,
/// its own file first.
using EvidencePositions = std::map<std::uint32_t, std::uint32_t>;

struct EncodedFact {
  std::string_view kind;
  std::uint64_t number = 0;  ///< position among the facts of its kind
  std::string_view body;     ///< lives until the next one is made
};

/// Gives each fact to `take`, kind by kind in the order of FactSet. Every origin's evidence must
/// have a position.
void encode_facts(const FactSet& facts, const EvidencePositions& positions,
                  const std::function<void(const EncodedFact&)>& take);

/// Puts one fact behind those of its kind. `evidence` gives the evidence index for each position.
/// Errors: not_found for a kind that there is not; truncated, bad_value or limit_exceeded for a
/// body that is none, with the offset in it.
[[nodiscard]] Result<void> decode_fact(std::string_view kind, std::string_view body,
                                       std::span<const std::uint32_t> evidence, TextPool& pool,
                                       FactSet& into);

/// The evidence that facts cite.
[[nodiscard]] std::set<std::uint32_t> evidence_cited_by(const FactSet& facts);

/// The same for one image, a reading's state and diagnostics, which are kept beside facts.
[[nodiscard]] std::string encode_image(const ImageFact& image);
[[nodiscard]] Result<ImageFact> decode_image(std::string_view body, std::uint32_t evidence,
                                             TextPool& pool);
[[nodiscard]] std::string encode_state(const ReadingState& state,
                                       const EvidencePositions& positions);
[[nodiscard]] Result<ReadingState> decode_state(std::string_view body,
                                                std::span<const std::uint32_t> evidence,
                                                TextPool& pool);
[[nodiscard]] std::string encode_diagnostics(const std::vector<Diagnostic>& diagnostics,
                                             const EvidencePositions& positions);
[[nodiscard]] Result<std::vector<Diagnostic>> decode_diagnostics(
    std::string_view body, std::span<const std::uint32_t> evidence);

/// The kinds and the types of their members as text: facts written under another layout cannot be
/// read and their evidence has to be read again.
[[nodiscard]] std::string facts_layout();

}  // namespace npg
