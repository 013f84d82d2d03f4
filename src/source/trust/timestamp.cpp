#include "source/trust/timestamp.hpp"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "source/trust/certificate.hpp"
#include "source/trust/digest.hpp"

namespace npg::trust {
namespace {

constexpr std::string_view signing_time_oid = "1.2.840.113549.1.9.5";
constexpr std::string_view countersignature_oid = "1.2.840.113549.1.9.6";
constexpr std::string_view rfc3161_oid = "1.3.6.1.4.1.311.3.3.1";
constexpr std::string_view tst_info_oid = "1.2.840.113549.1.9.16.1.4";
struct CertificatesFree {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
using CertificatesPtr = std::unique_ptr<STACK_OF(X509), CertificatesFree>;

/// Limit: signing tools write one.
constexpr std::size_t timestamps_max = 4;

/// Both certificate lists in one, not owned.
BorrowedStack both(STACK_OF(X509) * first, STACK_OF(X509) * second) {
  BorrowedStack all(sk_X509_new_null());
  for (STACK_OF(X509)* const stack : {first, second}) {
    for (int i = 0; i < sk_X509_num(stack); ++i) {
      sk_X509_push(all.get(), sk_X509_value(stack, i));
    }
  }
  return all;
}

void set(TimestampFact& stamp, const Holding& holding) {
  stamp.status = holding.status;
  stamp.why = holding.why;
}

/// Who stamped, and the chain, where `made` says whether the stamp itself holds.
void judge_chain(TimestampFact& stamp, X509* certificate, STACK_OF(X509) * certificates,
                 const Holding& made, const Anchors& anchors) {
  stamp.signer = SharedText(name_text(X509_get_subject_name(certificate)));
  Chain chain = build_chain(
      {.signer = certificate, .others = certificates, .use = ChainUse::timestamp, .at = stamp.time},
      anchors);
  stamp.chain = std::move(chain.links);
  set(stamp, made.holds() ? chain.holding : made);
}

TimestampFact read_countersignature(const ASN1_TYPE& value, const PKCS7_SIGNER_INFO& stamped,
                                    STACK_OF(X509) * certificates, const Anchors& anchors) {
  TimestampFact stamp{.kind = TimestampKind::pkcs9};
  const auto der = sequence_of(value);
  const unsigned char* position = octets(der.data());
  const SignerInfoPtr signer(
      der.empty() ? nullptr
                  : d2i_PKCS7_SIGNER_INFO(nullptr, &position, static_cast<long>(der.size())));
  if (signer == nullptr) {
    ERR_clear_error();
    set(stamp, broken("timestamp", "it cannot be read"));
    return stamp;
  }
  stamp.time = stated_signing_time(*signer);
  X509* const certificate = signer_certificate(*signer, certificates);
  if (certificate == nullptr) {
    set(stamp, untrusted("no_certificate", "its signer's certificate is not there"));
    return stamp;
  }
  judge_chain(stamp, certificate, certificates,
              check_signer(*signer, certificate, string_bytes(stamped.enc_digest), ""), anchors);
  return stamp;
}

/// The imprint must be the digest of the signature's own bytes.
Holding judge_imprint(TS_TST_INFO* info, const PKCS7_SIGNER_INFO& stamped) {
  TS_MSG_IMPRINT* const imprint = TS_TST_INFO_get_msg_imprint(info);
  const auto digest = digest_kind_of(oid_text(TS_MSG_IMPRINT_get_algo(imprint)->algorithm));
  if (!digest) {
    return untrusted("unsupported_algorithm", "its digest algorithm is not read");
  }
  return std::ranges::equal(string_bytes(TS_MSG_IMPRINT_get_msg(imprint)),
                            digest_of(*digest, string_bytes(stamped.enc_digest)))
             ? Holding{}
             : broken("timestamp", "it is of another signature");
}

/// The token's one signer and the certificates that came with it.
struct Token {
  Owned<CMS_ContentInfo, CMS_ContentInfo_free> message;
  CertificatesPtr certificates;
  CMS_SignerInfo* signer = nullptr;
  std::span<const std::byte> content;
};

/// Nothing when the bytes are no token. Read as CMS, not as PKCS #7: Quirk: Microsoft's service
/// puts an attribute certificate among the certificates, which PKCS #7 has no place for.
std::optional<Token> parse_token(std::span<const std::byte> der, const SignatureLimits& limits) {
  const unsigned char* position = octets(der.data());
  Token token;
  if (!der.empty() && der.size() <= limits.signature_bytes_max) {
    token.message.reset(d2i_CMS_ContentInfo(nullptr, &position, static_cast<long>(der.size())));
  }
  if (token.message == nullptr ||
      OBJ_obj2nid(CMS_get0_type(token.message.get())) != NID_pkcs7_signed ||
      oid_text(CMS_get0_eContentType(token.message.get())) != tst_info_oid) {
    return std::nullopt;
  }
  ASN1_OCTET_STRING** const content = CMS_get0_content(token.message.get());
  STACK_OF(CMS_SignerInfo)* const signers = CMS_get0_SignerInfos(token.message.get());
  if (content == nullptr || *content == nullptr || sk_CMS_SignerInfo_num(signers) != 1) {
    return std::nullopt;
  }
  token.content = string_bytes(*content);
  token.signer = sk_CMS_SignerInfo_value(signers, 0);
  token.certificates.reset(CMS_get1_certs(token.message.get()));
  if (sk_X509_num(token.certificates.get()) > static_cast<int>(limits.signature_certificates_max)) {
    return std::nullopt;
  }
  return token;
}

X509* token_signer(CMS_SignerInfo* signer, STACK_OF(X509) * certificates) {
  for (int i = 0; i < sk_X509_num(certificates); ++i) {
    if (CMS_SignerInfo_cert_cmp(signer, sk_X509_value(certificates, i)) == 0) {
      return sk_X509_value(certificates, i);
    }
  }
  return nullptr;
}

/// The same rules as check_signer(), over CMS.
Holding check_token(const Token& token, X509* certificate) {
  X509_ALGOR* digest_algorithm = nullptr;
  CMS_SignerInfo_get0_algs(token.signer, nullptr, nullptr, &digest_algorithm, nullptr);
  const auto digest = digest_kind_of(oid_text(digest_algorithm->algorithm));
  if (!digest) {
    return untrusted("unsupported_algorithm", "its digest algorithm is not read");
  }
  constexpr int only_one_value = -3;
  const auto* const type = static_cast<const ASN1_OBJECT*>(CMS_signed_get0_data_by_OBJ(
      token.signer, OBJ_nid2obj(NID_pkcs9_contentType), only_one_value, V_ASN1_OBJECT));
  const auto* const stated = static_cast<const ASN1_OCTET_STRING*>(CMS_signed_get0_data_by_OBJ(
      token.signer, OBJ_nid2obj(NID_pkcs9_messageDigest), only_one_value, V_ASN1_OCTET_STRING));
  if (type == nullptr || oid_text(type) != tst_info_oid || stated == nullptr ||
      !std::ranges::equal(string_bytes(stated), digest_of(*digest, token.content))) {
    return broken("timestamp", "its content is not what its signed attributes say");
  }
  CMS_SignerInfo_set1_signer_cert(token.signer, certificate);
  const bool is_made = CMS_SignerInfo_verify(token.signer) == 1;
  return is_made ? Holding{}
                 : broken("timestamp", "its signature was not made by its signer's key");
}

TimestampFact read_token(const ASN1_TYPE& value, const PKCS7_SIGNER_INFO& stamped,
                         STACK_OF(X509) * certificates, const Anchors& anchors,
                         const SignatureLimits& limits) {
  TimestampFact stamp{.kind = TimestampKind::rfc3161};
  const auto token = parse_token(sequence_of(value), limits);
  const unsigned char* position = token ? octets(token->content.data()) : nullptr;
  const TstInfoPtr info(
      token ? d2i_TS_TST_INFO(nullptr, &position, static_cast<long>(token->content.size()))
            : nullptr);
  if (info == nullptr) {
    ERR_clear_error();
    set(stamp, broken("timestamp", "it cannot be read"));
    return stamp;
  }
  stamp.time = time_of(TS_TST_INFO_get_time(info.get()));
  const BorrowedStack all = both(token->certificates.get(), certificates);
  X509* const certificate = token_signer(token->signer, all.get());
  if (certificate == nullptr) {
    set(stamp, untrusted("no_certificate", "its signer's certificate is not there"));
    return stamp;
  }
  Holding made = judge_imprint(info.get(), stamped);
  if (made.holds()) {
    made = check_token(*token, certificate);
  }
  ERR_clear_error();
  judge_chain(stamp, certificate, all.get(), made, anchors);
  return stamp;
}

}  // namespace

std::vector<TimestampFact> read_timestamps(const PKCS7_SIGNER_INFO& signer,
                                           STACK_OF(X509) * certificates, const Anchors& anchors,
                                           const SignatureLimits& limits) {
  std::vector<TimestampFact> found;
  const auto add_all = [&](std::string_view oid, TimestampKind kind, const auto& read) {
    if (!has_attribute(signer.unauth_attr, oid)) {
      return;
    }
    const auto values = attribute_values(signer.unauth_attr, oid);
    for (const ASN1_TYPE* const value : values) {
      if (found.size() < timestamps_max) {
        found.push_back(read(*value));
      }
    }
    if (values.empty() || values.size() > timestamps_max) {
      found.push_back({.kind = kind});
      set(found.back(), broken("timestamp", values.empty() ? "its attribute is empty"
                                                           : "there are more than are looked at"));
    }
  };
  add_all(rfc3161_oid, TimestampKind::rfc3161, [&](const ASN1_TYPE& value) {
    return read_token(value, signer, certificates, anchors, limits);
  });
  add_all(countersignature_oid, TimestampKind::pkcs9, [&](const ASN1_TYPE& value) {
    return read_countersignature(value, signer, certificates, anchors);
  });
  std::ranges::stable_partition(
      found, [](const TimestampFact& stamp) { return stamp.status == SignatureStatus::trusted; });
  return found;
}

FileTime stated_signing_time(const PKCS7_SIGNER_INFO& signer) {
  const auto values = attribute_values(signer.auth_attr, signing_time_oid);
  if (values.size() != 1) {
    return {};
  }
  const ASN1_TYPE& value = *values.front();
  return value.type == V_ASN1_UTCTIME || value.type == V_ASN1_GENERALIZEDTIME
             ? time_of(value.value.asn1_string)
             : FileTime{};
}

}  // namespace npg::trust
