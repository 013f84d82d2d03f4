// What one certificate says, as values: names, thumbprints, dates, purposes.
#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "fact/signature_fact.hpp"
#include "source/trust/openssl_ptr.hpp"

namespace npg::trust {

/// Purposes as dotted object identifiers.
namespace purpose {
inline constexpr std::string_view code_signing = "1.3.6.1.5.5.7.3.3";
inline constexpr std::string_view time_stamping = "1.3.6.1.5.5.7.3.8";
inline constexpr std::string_view any = "2.5.29.37.0";
inline constexpr std::string_view windows_system_component = "1.3.6.1.4.1.311.10.3.6";
inline constexpr std::string_view whql = "1.3.6.1.4.1.311.10.3.5";
inline constexpr std::string_view whql_attested = "1.3.6.1.4.1.311.10.3.5.1";
inline constexpr std::string_view lifetime_signing = "1.3.6.1.4.1.311.10.3.13";
}  // namespace purpose

/// Dotted; "?" when it is too long to be one in use.
[[nodiscard]] std::string oid_text(const ASN1_OBJECT* object);
/// The octets of a string of any type; they live as long as it.
[[nodiscard]] std::span<const std::byte> string_bytes(const ASN1_STRING* string);
/// RFC 2253 form, "CN=Microsoft Windows,O=Microsoft Corporation,…".
[[nodiscard]] EvidenceText name_text(const X509_NAME* name);
/// The last entry of that kind (NID_commonName); empty when there is none.
[[nodiscard]] EvidenceText name_entry(const X509_NAME* name, int nid);
/// SHA-1 or SHA-256 (EVP_sha1()) of the certificate, hexadecimal.
[[nodiscard]] std::string thumbprint_of(const X509* certificate, const EVP_MD* digest);
/// Hexadecimal, lower case.
[[nodiscard]] std::string serial_of(const ASN1_INTEGER* serial);
/// Not given when the time cannot be read.
[[nodiscard]] FileTime time_of(const ASN1_TIME* time);
/// Seconds since 1970 for OpenSSL.
[[nodiscard]] std::time_t unix_time_of(FileTime time);
[[nodiscard]] SignerPurposes purposes_of(X509* certificate);
[[nodiscard]] ChainLink link_of(X509* certificate);

}  // namespace npg::trust
