// What an embedded signature and a signed catalog have in common: signer, timestamp, chain. For
// src/source/trust alone.
#pragma once

#include <optional>

#include "source/trust/digest.hpp"
#include "source/trust/signed_message.hpp"
#include "source/trust/verify.hpp"

namespace npg::trust {

/// Fills everything of `fact` that the message itself tells, and its status as far as that goes.
void judge_message(const SignedMessage& message, const Terms& terms, SignatureFact& fact);
/// Makes the status worse, never better: broken before untrusted before trusted.
void worsen(SignatureFact& fact, const Holding& holding);
/// A signature over an MD5 digest is not trusted, whoever made it, unless a timestamp shows that it
/// is old. To be asked when the timestamp was judged.
void judge_digest_kind(std::optional<DigestKind> kind, SignatureFact& fact);
void add_oddity(SignatureFact& fact, SignatureOddity oddity);

/// The nested signatures of a message: unauthenticated attribute 1.3.6.1.4.1.311.2.4.1.
[[nodiscard]] std::vector<std::span<const std::byte>> nested_signatures(
    const SignedMessage& message);

}  // namespace npg::trust
