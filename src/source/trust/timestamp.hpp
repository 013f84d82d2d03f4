// Timestamps of a signature: RFC 3161 tokens and PKCS #9 countersignatures.
#pragma once

#include <vector>

#include "base/signature_limits.hpp"
#include "fact/signature_fact.hpp"
#include "source/trust/anchors.hpp"
#include "source/trust/signed_message.hpp"

namespace npg::trust {

/// All timestamps of a signature: one that holds first, then the others as stored, RFC 3161 before
/// PKCS #9. `certificates` came with the signature. What says that it is one and cannot be read is
/// among them, as broken; so is what comes behind the most that are looked at.
[[nodiscard]] std::vector<TimestampFact> read_timestamps(const PKCS7_SIGNER_INFO& signer,
                                                         STACK_OF(X509) * certificates,
                                                         const Anchors& anchors,
                                                         const SignatureLimits& limits);

/// The signing time that the signer itself states; not given when it states none.
[[nodiscard]] FileTime stated_signing_time(const PKCS7_SIGNER_INFO& signer);

}  // namespace npg::trust
