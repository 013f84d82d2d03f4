// A PKCS #7 signed message as OpenSSL reads it: what it signs, who signed, and whether that holds
// as far as the message alone can tell. Chains and times are chain.hpp's and timestamp.hpp's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/signature_limits.hpp"
#include "source/trust/chain.hpp"
#include "source/trust/openssl_ptr.hpp"

namespace npg::trust {

class SignedMessage {
 public:
  /// Reads the message that `bytes` begin with; what is behind it is left alone. Errors:
  /// not_this_format (no signed message), truncated, bad_value, limit_exceeded.
  [[nodiscard]] static Result<SignedMessage> read(Bytes bytes, const SignatureLimits& limits);

  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Of what is signed, dotted.
  [[nodiscard]] const std::string& content_type() const { return content_type_; }
  /// What is signed, its DER tag and length included; empty when the message holds nothing.
  [[nodiscard]] Bytes content() const { return content_; }
  /// The part of the content that the digest is over: without tag and length.
  [[nodiscard]] Bytes signed_content() const { return signed_content_; }
  [[nodiscard]] int signers() const;
  /// Null when there is none.
  [[nodiscard]] const PKCS7_SIGNER_INFO* signer() const;
  [[nodiscard]] STACK_OF(X509) * certificates() const { return message_->d.sign->cert; }
  /// The digest algorithm that the message announces, dotted; empty when it is not exactly one.
  [[nodiscard]] std::string announced_digest() const;

 private:
  SignedMessage() = default;
  Pkcs7Ptr message_;
  std::uint64_t offset_ = 0;
  std::uint64_t size_ = 0;
  std::string content_type_;
  Bytes content_;
  Bytes signed_content_;
};

/// The signer's certificate among those given; null when it is not there.
[[nodiscard]] X509* signer_certificate(const PKCS7_SIGNER_INFO& signer,
                                       STACK_OF(X509) * certificates);
/// Whether the signer's attributes agree with what is signed and its key made the signature. A
/// countersignature has no content type (empty).
[[nodiscard]] Holding check_signer(const PKCS7_SIGNER_INFO& signer, X509* certificate,
                                   std::span<const std::byte> content,
                                   std::string_view content_type);
/// The digest algorithm of the signer, dotted.
[[nodiscard]] std::string digest_oid_of(const PKCS7_SIGNER_INFO& signer);
/// All values of an attribute, by its dotted identifier, in stored order. They live as long as the
/// signer.
[[nodiscard]] std::vector<const ASN1_TYPE*> attribute_values(const STACK_OF(X509_ATTRIBUTE) *
                                                                 attributes,
                                                             std::string_view oid);
/// Whether the attribute is there, with values or without.
[[nodiscard]] bool has_attribute(const STACK_OF(X509_ATTRIBUTE) * attributes, std::string_view oid);
/// The DER of a SEQUENCE value; empty for another type.
[[nodiscard]] std::span<const std::byte> sequence_of(const ASN1_TYPE& value);

}  // namespace npg::trust
