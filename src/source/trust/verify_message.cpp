#include "source/trust/verify_message.hpp"

#include <openssl/objects.h>

#include <utility>

#include "format/authenticode/indirect_data.hpp"
#include "source/trust/certificate.hpp"
#include "source/trust/digest.hpp"
#include "source/trust/timestamp.hpp"

namespace npg::trust {
namespace {

constexpr std::string_view opus_oid = "1.3.6.1.4.1.311.2.1.12";
constexpr std::string_view nested_oid = "1.3.6.1.4.1.311.2.4.1";

void describe_signer(X509* certificate, SignatureFact& fact) {
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  fact.subject = SharedText(name_text(subject));
  fact.common_name = SharedText(name_entry(subject, NID_commonName));
  fact.organization = SharedText(name_entry(subject, NID_organizationName));
  fact.issuer = SharedText(name_text(X509_get_issuer_name(certificate)));
  fact.thumbprint = thumbprint_of(certificate, EVP_sha1());
  fact.serial = serial_of(X509_get0_serialNumber(certificate));
  fact.purposes = purposes_of(certificate);
}

void read_claims(const PKCS7_SIGNER_INFO& signer, SignatureFact& fact) {
  fact.signing_time = stated_signing_time(signer);
  for (const ASN1_TYPE* const value : attribute_values(signer.auth_attr, opus_oid)) {
    const auto info = authenticode::read_opus_info(Bytes(sequence_of(*value)));
    if (info) {
      fact.program_name = SharedText(info->program_name);
      fact.program_url = SharedText(info->url);
    }
  }
}

/// When the signer's certificates must have been valid: when a timestamp proves that it signed
/// then, else now. A certificate for signing in its lifetime only is never prolonged.
FileTime time_to_check(const SignatureFact& fact, const Terms& terms) {
  return fact.signed_at.given() && !fact.purposes.lifetime_signing ? fact.signed_at : terms.as_of;
}

/// The first that holds dates the signature. One that does not hold is told of, whatever the others
/// are: nobody who stamps makes it, so somebody else did.
void judge_timestamps(const SignedMessage& message, const Terms& terms, SignatureFact& fact) {
  const auto stamps =
      read_timestamps(*message.signer(), message.certificates(), terms.anchors.get(), terms.limits);
  if (!stamps.empty()) {
    fact.timestamp = stamps.front();
  }
  if (fact.timestamp.status == SignatureStatus::trusted) {
    fact.signed_at = fact.timestamp.time;
  }
  for (const TimestampFact& stamp : stamps) {
    if (stamp.status != SignatureStatus::trusted) {
      const bool is_broken = stamp.status == SignatureStatus::broken;
      add_oddity(fact,
                 {.code = is_broken ? "timestamp" : "timestamp_not_trusted",
                  .text = (is_broken ? "a timestamp is broken: " : "a timestamp proves no time: ") +
                          stamp.why,
                  .breaks = is_broken,
                  .origin = fact.origin});
    }
  }
}

}  // namespace

void judge_digest_kind(std::optional<DigestKind> kind, SignatureFact& fact) {
  if (kind == DigestKind::md5 && !is_from_before_forgeries(fact.signed_at)) {
    worsen(fact, untrusted("weak_digest", "it is over an MD5 digest, of which forgeries are made"));
  }
}

void worsen(SignatureFact& fact, const Holding& holding) {
  const auto rank = [](SignatureStatus status) {
    return status == SignatureStatus::broken ? 2 : status == SignatureStatus::untrusted ? 1 : 0;
  };
  if (rank(holding.status) > rank(fact.status)) {
    fact.status = holding.status;
    fact.why_code = holding.why_code;
    fact.why = holding.why;
  }
}

void add_oddity(SignatureFact& fact, SignatureOddity oddity) {
  if (oddity.breaks) {
    worsen(fact, broken(oddity.code, oddity.text));
  }
  fact.oddities.push_back(std::move(oddity));
}

void judge_message(const SignedMessage& message, const Terms& terms, SignatureFact& fact) {
  if (message.signers() != 1) {
    return worsen(
        fact, broken("signer_count",
                     message.signers() == 0 ? "nobody signed it" : "it has more than one signer"));
  }
  const PKCS7_SIGNER_INFO& signer = *message.signer();
  read_claims(signer, fact);
  if (message.announced_digest() != digest_oid_of(signer)) {
    worsen(fact, broken("algorithms_disagree",
                        "the message announces another digest than its signer uses"));
  }
  X509* const certificate = signer_certificate(signer, message.certificates());
  if (certificate == nullptr) {
    return worsen(fact, untrusted("no_certificate", "the signer's certificate is not there"));
  }
  describe_signer(certificate, fact);
  worsen(fact, check_signer(signer, certificate, message.signed_content().data(),
                            message.content_type()));
  judge_timestamps(message, terms, fact);
  judge_digest_kind(digest_kind_of(digest_oid_of(signer)), fact);
  Chain chain = build_chain({.signer = certificate,
                             .others = message.certificates(),
                             .use = ChainUse::code,
                             .at = time_to_check(fact, terms)},
                            terms.anchors.get());
  fact.chain = std::move(chain.links);
  // Anybody can write Microsoft's purposes into a certificate; they say something under its roots
  // alone. The list of object identifiers shows them all the same.
  fact.purposes.windows_system_component &= chain.ends_at_microsoft;
  fact.purposes.whql &= chain.ends_at_microsoft;
  worsen(fact, chain.holding);
}

std::vector<std::span<const std::byte>> nested_signatures(const SignedMessage& message) {
  std::vector<std::span<const std::byte>> nested;
  if (message.signers() == 1) {
    for (const ASN1_TYPE* const value :
         attribute_values(message.signer()->unauth_attr, nested_oid)) {
      nested.push_back(sequence_of(*value));
    }
  }
  return nested;
}

}  // namespace npg::trust
