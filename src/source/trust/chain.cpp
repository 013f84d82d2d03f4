#include "source/trust/chain.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "base/check.hpp"
#include "base/evidence_text.hpp"
#include "source/trust/certificate.hpp"

namespace npg::trust {
namespace {

/// Limit: Windows' longest real chains have five certificates.
constexpr int depth_max = 16;
constexpr int rsa_bits_min = 1024;

Holding holding_of(int error) {
  switch (error) {
    case X509_V_OK: return {};
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED:
      return untrusted("chain_incomplete", "its chain ends before a root that is trusted");
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return untrusted("self_signed", "the signer's certificate is signed by itself alone");
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return untrusted("root_not_trusted", "its chain ends at a root that is not trusted");
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return untrusted("expired", "a certificate of its chain had expired");
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return untrusted("not_yet_valid", "a certificate of its chain was not valid yet");
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return broken("chain_signature",
                    "a certificate of its chain was not signed by the issuer that it names");
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
      return untrusted("not_an_authority", "a certificate of its chain may not issue certificates");
    default:
      return untrusted("chain_refused", fmt::format("its chain is refused: {}",
                                                    X509_verify_cert_error_string(error)));
  }
}

/// A refusal for another reason hides that a certificate's time was over as well: OpenSSL stops at
/// the first. Empty when all were valid.
std::string told_dates(STACK_OF(X509) * chain, FileTime at) {
  for (int i = 0; at.given() && i < sk_X509_num(chain); ++i) {
    X509* const certificate = sk_X509_value(chain, i);
    const FileTime first = time_of(X509_get0_notBefore(certificate));
    const FileTime last = time_of(X509_get0_notAfter(certificate));
    if (at > last || at < first) {
      return fmt::format("; besides, the certificate of {} {} {}",
                         escape_for_terminal(name_text(X509_get_subject_name(certificate))),
                         at > last ? "expired at" : "is not valid before",
                         to_screen_time(at > last ? last : first));
    }
  }
  return {};
}

bool allows(const SignerPurposes& purposes, ChainUse use) {
  const auto has = [&](std::string_view oid) {
    return std::ranges::find(purposes.oids, oid) != purposes.oids.end();
  };
  if (has(purpose::any)) {
    return true;
  }
  return use == ChainUse::timestamp
             ? has(purpose::time_stamping)
             : purposes.code_signing || purposes.windows_system_component || purposes.whql;
}

/// Purposes narrow from the root down: a certificate that states some must allow this one. A
/// timestamp's signer must state it.
Holding judge_purposes(STACK_OF(X509) * chain, ChainUse use) {
  for (int i = 0; i + 1 < std::max(sk_X509_num(chain), 2); ++i) {
    X509* const certificate = sk_X509_value(chain, i);
    if (certificate == nullptr) {
      break;
    }
    const SignerPurposes purposes = purposes_of(certificate);
    const bool must_state = use == ChainUse::timestamp && i == 0;
    if ((purposes.oids.empty() && must_state) ||
        (!purposes.oids.empty() && !allows(purposes, use))) {
      return untrusted(use == ChainUse::timestamp ? "not_for_timestamps" : "not_for_code",
                       use == ChainUse::timestamp
                           ? "a certificate of its chain is not one for timestamps"
                           : "a certificate of its chain is not one for code");
    }
  }
  X509* const signer = sk_X509_value(chain, 0);
  if (signer != nullptr && (X509_get_extension_flags(signer) & EXFLAG_KUSAGE) != 0 &&
      (X509_get_key_usage(signer) & KU_DIGITAL_SIGNATURE) == 0) {
    return untrusted("not_for_signing", "the signer's key is not one for signatures");
  }
  return {};
}

/// What is held against the root, and against any certificate of the chain, from a date on.
Holding judge_dates(STACK_OF(X509) * chain, const ChainQuestion& question, const Anchors& anchors) {
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    const Distrusted* const against = anchors.find_distrusted(sk_X509_value(chain, i));
    if (against != nullptr && (!against->from.given() || question.at >= against->from)) {
      return untrusted("distrusted",
                       fmt::format("a certificate of its chain is distrusted{}: {}",
                                   against->from.given() ? " since " + to_screen_time(against->from)
                                                         : std::string(),
                                   against->why));
    }
  }
  const Anchor* const root = anchors.find(sk_X509_value(chain, sk_X509_num(chain) - 1));
  if (root == nullptr) {
    return untrusted("root_not_trusted", "its chain ends at a root that is not trusted");
  }
  if (question.use == ChainUse::timestamp ? !root->may_stamp : !root->may_sign) {
    return untrusted("root_not_for_this", "its root is not trusted for this use");
  }
  if (root->distrusted_after.given() && question.at > root->distrusted_after) {
    return untrusted("root_distrusted",
                     fmt::format("its root is not trusted for signatures made after {}",
                                 to_screen_time(root->distrusted_after)));
  }
  const FileTime issued = time_of(X509_get0_notBefore(sk_X509_value(chain, 0)));
  if (root->issued_until.given() && issued > root->issued_until) {
    return untrusted("root_distrusted",
                     fmt::format("its root is not trusted for certificates issued after {}",
                                 to_screen_time(root->issued_until)));
  }
  return {};
}

/// What a pinned root says of itself needs no signature; of all others forgeries could be made.
bool is_signed_weakly(const X509* certificate) {
  int digest = NID_undef;
  int key = NID_undef;
  return OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &digest, &key) == 1 &&
         (digest == NID_md5 || digest == NID_md4 || digest == NID_md2);
}

Holding judge_keys(STACK_OF(X509) * chain, FileTime at) {
  for (int i = 0; i + 1 < sk_X509_num(chain); ++i) {
    if (!is_from_before_forgeries(at) && is_signed_weakly(sk_X509_value(chain, i))) {
      return untrusted("weak_digest",
                       "a certificate of its chain is signed over an MD5 digest, of which "
                       "forgeries are made");
    }
  }
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    const EVP_PKEY* const key = X509_get0_pubkey(sk_X509_value(chain, i));
    if (key == nullptr ||
        (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) < rsa_bits_min)) {
      return untrusted("weak_key", "a certificate of its chain has a key that is too short");
    }
  }
  return {};
}

}  // namespace

Holding untrusted(std::string_view code, std::string why) {
  return {
      .status = SignatureStatus::untrusted, .why_code = std::string(code), .why = std::move(why)};
}

Holding broken(std::string_view code, std::string why) {
  return {.status = SignatureStatus::broken, .why_code = std::string(code), .why = std::move(why)};
}

bool is_from_before_forgeries(FileTime time) {
  constexpr FileTime march_2009{128'803'392'000'000'000};
  return time.given() && time < march_2009;
}

Chain build_chain(const ChainQuestion& question, const Anchors& anchors) {
  Chain built;
  const StoreContextPtr context(X509_STORE_CTX_new());
  NPG_CHECK(context != nullptr);
  if (X509_STORE_CTX_init(context.get(), anchors.store(), question.signer, question.others) != 1) {
    ERR_clear_error();
    built.holding = untrusted("chain_refused", "its chain cannot be built");
    return built;
  }
  X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_depth(parameters, depth_max);
  // Old roots and signers use SHA-1; what may be signed so is the roots' dates to say. MD5 is
  // judged below.
  X509_VERIFY_PARAM_set_auth_level(parameters, 0);
  if (question.at.given()) {
    X509_VERIFY_PARAM_set_time(parameters, unix_time_of(question.at));
  } else {
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_NO_CHECK_TIME);
  }
  const int verified = X509_verify_cert(context.get());
  const int error = X509_STORE_CTX_get_error(context.get());
  ERR_clear_error();
  STACK_OF(X509)* const chain = X509_STORE_CTX_get0_chain(context.get());
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    built.links.push_back(link_of(sk_X509_value(chain, i)));
    const Anchor* const anchor = anchors.find(sk_X509_value(chain, i));
    built.links.back().is_pinned = anchor != nullptr;
    built.ends_at_microsoft = verified == 1 && anchor != nullptr && anchor->is_microsoft;
  }
  if (verified != 1) {
    built.holding = holding_of(error == X509_V_OK ? X509_V_ERR_UNSPECIFIED : error);
    if (built.holding.why_code != "expired" && built.holding.why_code != "not_yet_valid") {
      built.holding.why += told_dates(chain, question.at);
    }
    return built;
  }
  for (Holding holding : {judge_purposes(chain, question.use),
                          judge_dates(chain, question, anchors), judge_keys(chain, question.at)}) {
    if (!holding.holds()) {
      built.holding = std::move(holding);
      return built;
    }
  }
  if (!question.at.given()) {
    built.holding = untrusted(
        "no_time",
        "nothing says when it was made, so whether its certificates were valid is unknown");
  }
  return built;
}

}  // namespace npg::trust
