// SignatureFact: what signs one file, how far that holds, and why no further. Which signer fits
// which provider is judged elsewhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/filetime.hpp"
#include "fact/fact_field.hpp"
#include "fact/origin.hpp"
#include "fact/shared_text.hpp"

namespace npg {

enum class SignatureStatus : std::uint8_t {
  trusted,        ///< everything holds, up to a pinned root
  untrusted,      ///< the file is what was signed, but the signer leads to no trust: `why`
  broken,         ///< something contradicts itself: `why`, and where in `oddities`
  unsigned_file,  ///< no embedded signature, and no catalog at hand names the file
  not_checked,
};
/// As in the JSON: "trusted", "untrusted", "broken", "unsigned", "not_checked".
[[nodiscard]] std::string_view name_of(SignatureStatus status);

enum class SignatureForm : std::uint8_t { none, embedded, catalog };
[[nodiscard]] std::string_view name_of(SignatureForm form);

/// One certificate of a chain, leaf first.
struct ChainLink {
  SharedText subject;
  SharedText issuer;
  std::string
      thumbprint;      ///< SHA-1 of the certificate, lower-case hexadecimal, as Windows shows it
  std::string sha256;  ///< of the certificate
  FileTime not_before;
  FileTime not_after;
  bool is_pinned = false;  ///< a root that this program trusts, not merely one in the file
};

enum class TimestampKind : std::uint8_t { none, pkcs9, rfc3161 };
[[nodiscard]] std::string_view name_of(TimestampKind kind);

/// A countersignature that says when the signature was there.
struct TimestampFact {
  TimestampKind kind = TimestampKind::none;
  SignatureStatus status = SignatureStatus::not_checked;  ///< only `trusted` dates the signature
  std::string why;                                        ///< empty when trusted
  FileTime time;                                          ///< as it states, trusted or not
  SharedText signer;
  std::vector<ChainLink> chain;
};

/// Something about the signature that no signing tool writes, or that hides what is signed.
struct SignatureOddity {
  std::string code;  ///< "trailing_data", "table_outside_file", … (docs/formats/authenticode.md)
  std::string text;
  bool breaks = false;  ///< a contradiction: nothing with it is called trusted
  Origin origin;
};

/// What the signer's certificate may be used for; Windows' own and WHQL's are different things.
struct SignerPurposes {
  bool windows_system_component = false;  ///< 1.3.6.1.4.1.311.10.3.6
  bool whql = false;                      ///< 1.3.6.1.4.1.311.10.3.5 and 10.3.5.1 (attested)
  bool code_signing = false;              ///< 1.3.6.1.5.5.7.3.3
  bool lifetime_signing = false;          ///< 1.3.6.1.4.1.311.10.3.13: a timestamp prolongs nothing
  std::vector<std::string> oids;          ///< every EKU, dotted, in stored order
};

/// The catalogs of the host that were asked for a file without a trusted signature of its own.
struct CatalogsAsked {
  std::uint64_t catalogs = 0;  ///< that could be read, and of which no other is a copy
  /// Of these, trusted ones: of a few that were verified, enough to tell that they are Windows'
  /// own.
  std::uint64_t verified = 0;
  std::uint64_t members = 0;         ///< that these name
  std::uint64_t damaged = 0;         ///< that could not be read, or in part only
  SharedText first_damaged;          ///< the path of the first of those
  std::vector<Origin> damaged_ones;  ///< the files, up to some
};

struct SignatureFact {
  static constexpr std::string_view kind = "signature";
  SignatureStatus status = SignatureStatus::not_checked;
  /// One word for why it is not trusted, from the list in docs/formats/authenticode.md; empty when
  /// trusted.
  std::string why_code;
  std::string why;  ///< the same as a sentence
  SignatureForm form = SignatureForm::none;
  SharedText subject;      ///< of the signer's certificate, RFC 2253 ("CN=Microsoft Windows,O=…")
  SharedText common_name;  ///< the CN alone
  SharedText organization;
  SharedText issuer;
  std::string thumbprint;  ///< SHA-1 of the signer's certificate
  std::string serial;      ///< hexadecimal
  FileTime signed_at;      ///< by a trusted timestamp only; otherwise not given
  FileTime signing_time;   ///< as the signer claims, without a timestamp
  SignerPurposes purposes;
  SharedText program_name;  ///< SpcSpOpusInfo: the signer's claim, which nobody checked
  SharedText program_url;
  std::string digest_algorithm;  ///< of the image hash: "sha256"
  std::string digest;            ///< the image hash as computed here
  std::string stated_digest;     ///< the image hash as signed
  std::vector<ChainLink> chain;
  TimestampFact timestamp;
  SharedText catalog;          ///< the catalog file that names the image
  std::string catalog_member;  ///< the member's hash in it
  /// Signatures of the same file that do not decide: nested ones, a second table entry, a catalog
  /// beside an embedded signature.
  std::vector<SignatureFact> others;
  std::vector<SignatureOddity> oddities;
  Origin stated_digest_origin;  ///< where the image hash stands as signed
  CatalogsAsked asked;
  Origin origin;  ///< the signature's bytes, or the member's in the catalog

  template <typename F = SignatureFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"status", &F::status, "how far the signature holds"},
        FactField{"why_code", &F::why_code, "one word for why it is not trusted"},
        FactField{"why", &F::why, "the same as a sentence"},
        FactField{"kind", &F::form, "in the file itself, or in a catalog that names its hash"},
        FactField{"subject", &F::subject, "subject of the signer's certificate"},
        FactField{"common_name", &F::common_name, "its common name alone"},
        FactField{"organization", &F::organization, "its organization alone"},
        FactField{"issuer", &F::issuer, "issuer of the signer's certificate"},
        FactField{"thumbprint", &F::thumbprint, "SHA-1 of the signer's certificate"},
        FactField{"serial", &F::serial, "serial number of the signer's certificate"},
        FactField{"signed_at", &F::signed_at, "time of a trusted timestamp"},
        FactField{"signing_time", &F::signing_time, "time as the signer claims"},
        FactField{"program_name", &F::program_name, "SpcSpOpusInfo, a claim"},
        FactField{"program_url", &F::program_url, "SpcSpOpusInfo, a claim"},
        FactField{"digest_algorithm", &F::digest_algorithm, "algorithm of the image hash"},
        FactField{"digest", &F::digest, "image hash as computed"},
        FactField{"stated_digest", &F::stated_digest, "image hash as signed"},
        FactField{"catalog", &F::catalog, "the catalog file"},
        FactField{"catalog_member", &F::catalog_member, "the hash under which it names the file"},
        FactField{"origin", &F::origin, "the signature"},
    };
  }
};

}  // namespace npg
