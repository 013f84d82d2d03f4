#include "source/trust/certificate.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include "base/identifiers.hpp"

namespace npg::trust {
namespace {

using BioPtr = Owned<BIO, BIO_free_all>;

std::string text_in(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return size <= 0 ? std::string() : std::string(data, static_cast<std::size_t>(size));
}

}  // namespace

std::string oid_text(const ASN1_OBJECT* object) {
  std::array<char, 128> text{};
  constexpr int numbers_only = 1;
  const int size = OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, numbers_only);
  return size <= 0 || static_cast<std::size_t>(size) >= text.size() ? "?"
                                                                    : std::string(text.data());
}

std::span<const std::byte> string_bytes(const ASN1_STRING* string) {
  return bytes_at(ASN1_STRING_get0_data(string),
                  static_cast<std::size_t>(ASN1_STRING_length(string)));
}

EvidenceText name_text(const X509_NAME* name) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  // RFC 2253 with characters as UTF-8 and not escaped beyond what that form needs.
  constexpr auto form = XN_FLAG_RFC2253 & ~static_cast<unsigned>(ASN1_STRFLGS_ESC_MSB);
  X509_NAME_print_ex(bio.get(), name, 0, form);
  return EvidenceText::from_utf8(text_in(bio.get()));
}

EvidenceText name_entry(const X509_NAME* name, int nid) {
  int last = -1;
  int at = -1;
  while ((at = X509_NAME_get_index_by_NID(name, nid, at)) >= 0) {
    last = at;
  }
  if (last < 0) {
    return {};
  }
  unsigned char* text = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
  if (size < 0) {
    ERR_clear_error();
    return {};
  }
  const auto bytes = bytes_at(text, static_cast<std::size_t>(size));
  auto read = EvidenceText::from_utf8(
      {static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size()});
  OPENSSL_free(text);
  return read;
}

std::string thumbprint_of(const X509* certificate, const EVP_MD* digest) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  return X509_digest(certificate, digest, bytes.data(), &size) == 1
             ? to_hex(bytes_at(bytes.data(), size))
             : std::string();
}

std::string serial_of(const ASN1_INTEGER* serial) {
  BIGNUM* number = ASN1_INTEGER_to_BN(serial, nullptr);
  char* text = number == nullptr ? nullptr : BN_bn2hex(number);
  std::string read = text == nullptr ? "" : text;
  std::ranges::transform(read, read.begin(), [](char c) {
    return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  OPENSSL_free(text);
  BN_free(number);
  return read;
}

FileTime time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) {
    ERR_clear_error();
    return {};
  }
  const std::time_t seconds = timegm(&parts);
  constexpr std::int64_t first = -11'644'473'600;  // 1601-01-01
  if (seconds <= first) {
    return {};
  }
  return {.ticks = static_cast<std::uint64_t>(seconds - first) * FileTime::per_second};
}

std::time_t unix_time_of(FileTime time) {
  return static_cast<std::time_t>(time.ticks / FileTime::per_second) -
         static_cast<std::time_t>(FileTime::unix_epoch / FileTime::per_second);
}

SignerPurposes purposes_of(X509* certificate) {
  SignerPurposes purposes;
  auto* const usage = static_cast<EXTENDED_KEY_USAGE*>(
      X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr));
  for (int i = 0; i < sk_ASN1_OBJECT_num(usage); ++i) {
    std::string oid = oid_text(sk_ASN1_OBJECT_value(usage, i));
    purposes.code_signing = purposes.code_signing || oid == purpose::code_signing;
    purposes.windows_system_component =
        purposes.windows_system_component || oid == purpose::windows_system_component;
    purposes.whql = purposes.whql || oid == purpose::whql || oid == purpose::whql_attested;
    purposes.lifetime_signing = purposes.lifetime_signing || oid == purpose::lifetime_signing;
    purposes.oids.push_back(std::move(oid));
  }
  EXTENDED_KEY_USAGE_free(usage);
  return purposes;
}

ChainLink link_of(X509* certificate) {
  return {.subject = SharedText(name_text(X509_get_subject_name(certificate))),
          .issuer = SharedText(name_text(X509_get_issuer_name(certificate))),
          .thumbprint = thumbprint_of(certificate, EVP_sha1()),
          .sha256 = thumbprint_of(certificate, EVP_sha256()),
          .not_before = time_of(X509_get0_notBefore(certificate)),
          .not_after = time_of(X509_get0_notAfter(certificate))};
}

}  // namespace npg::trust
