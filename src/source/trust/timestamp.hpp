// Timestamps of a signature: RFC 3161 tokens and PKCS #9 countersignatures.
#pragma once

#include "base/signature_limits.hpp"
#include "fact/signature_fact.hpp"
#include "source/trust/anchors.hpp"
#include "source/trust/signed_message.hpp"

namespace npg::trust {

/// The timestamp of a signature: the first that holds, else the first there is. `certificates` came
/// with the signature. Kind none when it has no timestamp.
[[nodiscard]] TimestampFact read_timestamp(const PKCS7_SIGNER_INFO& signer,
                                           STACK_OF(X509) * certificates, const Anchors& anchors,
                                           const SignatureLimits& limits);

/// The signing time that the signer itself states; not given when it states none.
[[nodiscard]] FileTime stated_signing_time(const PKCS7_SIGNER_INFO& signer);

}  // namespace npg::trust
