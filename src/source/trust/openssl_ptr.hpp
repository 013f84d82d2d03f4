// Owners for what OpenSSL allocates. For src/source/trust alone.
#pragma once

#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <cstddef>
#include <memory>
#include <span>

namespace npg::trust {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
template <typename T, auto Free>
using Owned = std::unique_ptr<T, Freed<Free>>;

using X509Ptr = Owned<X509, X509_free>;
using StorePtr = Owned<X509_STORE, X509_STORE_free>;
using StoreContextPtr = Owned<X509_STORE_CTX, X509_STORE_CTX_free>;
using Pkcs7Ptr = Owned<PKCS7, PKCS7_free>;
using SignerInfoPtr = Owned<PKCS7_SIGNER_INFO, PKCS7_SIGNER_INFO_free>;
using DigestContextPtr = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using TstInfoPtr = Owned<TS_TST_INFO, TS_TST_INFO_free>;
/// A stack that does not own its certificates.
struct CertificateStackFree {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using BorrowedStack = std::unique_ptr<STACK_OF(X509), CertificateStackFree>;

inline const unsigned char* octets(const std::byte* bytes) {
  // OpenSSL takes unsigned char, by which any object may be read.
  // NOLINTNEXTLINE(bugprone-casting-through-void)
  return static_cast<const unsigned char*>(static_cast<const void*>(bytes));
}
inline std::span<const std::byte> bytes_at(const unsigned char* data, std::size_t size) {
  return std::as_bytes(std::span(data, size));
}

}  // namespace npg::trust
