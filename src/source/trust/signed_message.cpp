#include "source/trust/signed_message.hpp"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "base/der.hpp"
#include "source/trust/certificate.hpp"
#include "source/trust/digest.hpp"

namespace npg::trust {
namespace {

constexpr std::string_view content_type_oid = "1.2.840.113549.1.9.3";
constexpr std::string_view message_digest_oid = "1.2.840.113549.1.9.4";

/// The one value of an attribute that must have one, else null.
const ASN1_TYPE* only_value(const STACK_OF(X509_ATTRIBUTE) * attributes, std::string_view oid) {
  const auto values = attribute_values(attributes, oid);
  return values.size() == 1 ? values.front() : nullptr;
}

/// What a message signs, where it stands in the file, of which OpenSSL has but a copy: ContentInfo
/// { OID, [0] { SignedData { version, algorithms, ContentInfo { OID, [0] { content }}, …}}}.
/// Nothing when there is no content.
Result<std::optional<DerElement>> find_content(Bytes message) {
  DerReader whole(message);
  NPG_TRY(const DerElement info, whole.next(der_tag::sequence, "pkcs7"));
  DerReader info_parts(info.content);
  NPG_TRY(const DerElement type, info_parts.next(der_tag::object_identifier, "pkcs7.type"));
  NPG_TRY(const DerElement wrapped, info_parts.next("pkcs7.signed_data"));
  DerReader unwrapped(wrapped.content);
  NPG_TRY(const DerElement signed_data, unwrapped.next(der_tag::sequence, "pkcs7.signed_data"));
  DerReader parts(signed_data.content);
  NPG_TRY(const DerElement version, parts.next(der_tag::integer, "pkcs7.version"));
  NPG_TRY(const DerElement algorithms, parts.next(der_tag::set, "pkcs7.digest_algorithms"));
  static_cast<void>(type);
  static_cast<void>(version);
  static_cast<void>(algorithms);
  NPG_TRY(const DerElement inner, parts.next(der_tag::sequence, "pkcs7.content_info"));
  DerReader inner_parts(inner.content);
  NPG_TRY(const DerElement inner_type,
          inner_parts.next(der_tag::object_identifier, "pkcs7.content_type"));
  static_cast<void>(inner_type);
  NPG_TRY(const auto content, inner_parts.next_if_context(0, "pkcs7.content"));
  if (!content) {
    return std::optional<DerElement>();
  }
  DerReader element(content->content);
  NPG_TRY(DerElement found, element.next("pkcs7.content"));
  return std::optional(found);
}

/// The algorithm of a signer's key and digest, where it is one that is read.
Holding judge_algorithms(const PKCS7_SIGNER_INFO& signer, const EVP_PKEY* key, DigestKind digest) {
  const int kind = EVP_PKEY_get_base_id(key);
  if (kind != EVP_PKEY_RSA && kind != EVP_PKEY_EC) {
    return untrusted("unsupported_algorithm", "the signer's key is neither RSA nor ECDSA");
  }
  const int stated = OBJ_obj2nid(signer.digest_enc_alg->algorithm);
  if (stated == NID_rsassaPss) {
    return untrusted("unsupported_algorithm", "the signature is RSASSA-PSS, which is not read");
  }
  int stated_digest = NID_undef;
  int stated_key = NID_undef;
  if (OBJ_find_sigid_algs(stated, &stated_digest, &stated_key) == 1 && stated_digest != NID_undef &&
      digest_kind_of(oid_text(OBJ_nid2obj(stated_digest))) != digest) {
    return broken("algorithms_disagree",
                  "the signature's algorithm names another digest than the signer does");
  }
  return {};
}

/// Quirk: VeriSign's timestamping service of 2007 signs the bare digest in PKCS #1 padding, without
/// the DigestInfo around it (SoftwareUpdate.exe 050bbeb6b9aa…).
bool is_bare_digest(EVP_PKEY* key, DigestKind digest, std::span<const std::byte> what,
                    const ASN1_OCTET_STRING* signature) {
  const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new(key, nullptr));
  std::vector<unsigned char> recovered(static_cast<std::size_t>(EVP_PKEY_get_size(key)));
  std::size_t size = recovered.size();
  return context != nullptr && EVP_PKEY_verify_recover_init(context.get()) == 1 &&
         EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
         EVP_PKEY_verify_recover(context.get(), recovered.data(), &size,
                                 ASN1_STRING_get0_data(signature),
                                 static_cast<std::size_t>(ASN1_STRING_length(signature))) == 1 &&
         std::ranges::equal(bytes_at(recovered.data(), size), digest_of(digest, what));
}

bool is_made_by(EVP_PKEY* key, DigestKind digest, std::span<const std::byte> what,
                const ASN1_OCTET_STRING* signature) {
  const DigestContextPtr context(EVP_MD_CTX_new());
  const std::string name(name_of(digest));
  const bool is_right = EVP_DigestVerifyInit_ex(context.get(), nullptr, name.c_str(), nullptr,
                                                nullptr, key, nullptr) == 1 &&
                        EVP_DigestVerify(context.get(), ASN1_STRING_get0_data(signature),
                                         static_cast<std::size_t>(ASN1_STRING_length(signature)),
                                         octets(what.data()), what.size()) == 1;
  ERR_clear_error();
  return is_right;
}

/// The signed attributes as the signature is over them: a SET, in stored order.
std::vector<std::byte> encoded_attributes(const PKCS7_SIGNER_INFO& signer) {
  unsigned char* encoded = nullptr;
  const int size =
      ASN1_item_i2d(static_cast<const ASN1_VALUE*>(static_cast<const void*>(signer.auth_attr)),
                    &encoded, ASN1_ITEM_rptr(PKCS7_ATTR_VERIFY));
  if (size <= 0) {
    ERR_clear_error();
    return {};
  }
  const auto bytes = bytes_at(encoded, static_cast<std::size_t>(size));
  std::vector<std::byte> copy(bytes.begin(), bytes.end());
  OPENSSL_free(encoded);
  return copy;
}

Holding check_attributes(const PKCS7_SIGNER_INFO& signer, std::span<const std::byte> content,
                         std::string_view content_type, DigestKind digest) {
  const ASN1_TYPE* const stated_type = only_value(signer.auth_attr, content_type_oid);
  if (!content_type.empty() && (stated_type == nullptr || stated_type->type != V_ASN1_OBJECT ||
                                oid_text(stated_type->value.object) != content_type)) {
    return broken("content_type", "the signed attributes name another type of content");
  }
  const ASN1_TYPE* const stated_digest = only_value(signer.auth_attr, message_digest_oid);
  if (stated_digest == nullptr || stated_digest->type != V_ASN1_OCTET_STRING) {
    return broken("message_digest", "the signed attributes hold no digest of the content");
  }
  if (!std::ranges::equal(string_bytes(stated_digest->value.octet_string),
                          digest_of(digest, content))) {
    return broken("message_digest", "the content is not what the signed attributes say");
  }
  return {};
}

}  // namespace

Result<SignedMessage> SignedMessage::read(Bytes bytes, const SignatureLimits& limits) {
  DerReader reader(bytes);
  NPG_TRY(const DerElement whole, reader.next(der_tag::sequence, "pkcs7"));
  const std::uint64_t size = whole.whole.size();
  if (size > limits.signature_bytes_max) {
    return fail(ErrorCode::limit_exceeded, bytes.offset(), "pkcs7.size", size,
                limits.signature_bytes_max);
  }
  SignedMessage read;
  const unsigned char* position = octets(bytes.data().data());
  read.message_.reset(d2i_PKCS7(nullptr, &position, static_cast<long>(size)));
  ERR_clear_error();
  if (read.message_ == nullptr) {
    return fail(ErrorCode::bad_value, bytes.offset(), "pkcs7", size);
  }
  const PKCS7* const message = read.message_.get();
  if (PKCS7_type_is_signed(read.message_.get()) == 0 || message->d.sign == nullptr ||
      message->d.sign->contents == nullptr) {
    return fail(ErrorCode::not_this_format, bytes.offset(), "pkcs7.signed_data");
  }
  if (sk_X509_num(message->d.sign->cert) > static_cast<int>(limits.signature_certificates_max)) {
    return fail(ErrorCode::limit_exceeded, bytes.offset(), "pkcs7.certificates",
                static_cast<std::uint64_t>(sk_X509_num(message->d.sign->cert)),
                limits.signature_certificates_max);
  }
  read.offset_ = bytes.offset();
  read.size_ = size;
  const PKCS7* const contents = message->d.sign->contents;
  read.content_type_ = oid_text(contents->type);
  NPG_TRY(const auto content, find_content(whole.whole));
  if (content) {
    read.content_ = content->whole;
    read.signed_content_ = content->content;
  }
  return read;
}

int SignedMessage::signers() const {
  return std::max(sk_PKCS7_SIGNER_INFO_num(message_->d.sign->signer_info), 0);
}

const PKCS7_SIGNER_INFO* SignedMessage::signer() const {
  return signers() == 0 ? nullptr : sk_PKCS7_SIGNER_INFO_value(message_->d.sign->signer_info, 0);
}

std::string SignedMessage::announced_digest() const {
  const STACK_OF(X509_ALGOR)* const algorithms = message_->d.sign->md_algs;
  return sk_X509_ALGOR_num(algorithms) == 1
             ? oid_text(sk_X509_ALGOR_value(algorithms, 0)->algorithm)
             : std::string();
}

X509* signer_certificate(const PKCS7_SIGNER_INFO& signer, STACK_OF(X509) * certificates) {
  return signer.issuer_and_serial == nullptr
             ? nullptr
             : X509_find_by_issuer_and_serial(certificates, signer.issuer_and_serial->issuer,
                                              signer.issuer_and_serial->serial);
}

Holding check_signer(const PKCS7_SIGNER_INFO& signer, X509* certificate,
                     std::span<const std::byte> content, std::string_view content_type) {
  const auto digest = digest_kind_of(digest_oid_of(signer));
  EVP_PKEY* const key = X509_get0_pubkey(certificate);
  if (!digest) {
    return untrusted("unsupported_algorithm", "its digest algorithm is not read");
  }
  if (key == nullptr) {
    ERR_clear_error();
    return untrusted("unsupported_algorithm", "the signer's key cannot be read");
  }
  if (sk_X509_ATTRIBUTE_num(signer.auth_attr) <= 0) {
    return broken("no_signed_attributes", "it has no signed attributes");
  }
  if (Holding holding = judge_algorithms(signer, key, *digest); !holding.holds()) {
    return holding;
  }
  if (Holding holding = check_attributes(signer, content, content_type, *digest);
      !holding.holds()) {
    return holding;
  }
  const auto attributes = encoded_attributes(signer);
  const bool is_countersignature = content_type.empty();
  bool is_made = is_made_by(key, *digest, attributes, signer.enc_digest);
  if (!is_made && is_countersignature && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) {
    is_made = is_bare_digest(key, *digest, attributes, signer.enc_digest);
    ERR_clear_error();
  }
  return is_made ? Holding{}
                 : broken("signature", "the signature was not made by the signer's key over this");
}

std::string digest_oid_of(const PKCS7_SIGNER_INFO& signer) {
  return oid_text(signer.digest_alg->algorithm);
}

std::vector<const ASN1_TYPE*> attribute_values(const STACK_OF(X509_ATTRIBUTE) * attributes,
                                               std::string_view oid) {
  std::vector<const ASN1_TYPE*> values;
  for (int i = 0; i < sk_X509_ATTRIBUTE_num(attributes); ++i) {
    X509_ATTRIBUTE* const attribute = sk_X509_ATTRIBUTE_value(attributes, i);
    if (oid_text(X509_ATTRIBUTE_get0_object(attribute)) != oid) {
      continue;
    }
    for (int j = 0; j < X509_ATTRIBUTE_count(attribute); ++j) {
      values.push_back(X509_ATTRIBUTE_get0_type(attribute, j));
    }
  }
  return values;
}

bool has_attribute(const STACK_OF(X509_ATTRIBUTE) * attributes, std::string_view oid) {
  for (int i = 0; i < sk_X509_ATTRIBUTE_num(attributes); ++i) {
    if (oid_text(X509_ATTRIBUTE_get0_object(sk_X509_ATTRIBUTE_value(attributes, i))) == oid) {
      return true;
    }
  }
  return false;
}

std::span<const std::byte> sequence_of(const ASN1_TYPE& value) {
  return value.type == V_ASN1_SEQUENCE ? string_bytes(value.value.sequence)
                                       : std::span<const std::byte>();
}

}  // namespace npg::trust
