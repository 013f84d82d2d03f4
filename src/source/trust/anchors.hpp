// The roots that a signature may chain to, and certificates that are distrusted from a date on.
// Both are arguments of every verification: the shipped tables are read by whoever calls.
#pragma once

#include <expected>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/filetime.hpp"
#include "source/trust/openssl_ptr.hpp"

namespace npg::trust {

struct Anchor {
  bool is_microsoft = false;
  bool may_sign = true;       ///< for code
  bool may_stamp = true;      ///< for timestamps
  FileTime distrusted_after;  ///< signatures made later are not trusted; not given: no such date
  FileTime issued_until;      ///< nor are signers' certificates issued later
};

/// A signer's certificate that was stolen or abused.
struct Distrusted {
  FileTime from;  ///< signatures made then or later; not given: all
  std::string why;
};

class Anchors {
 public:
  Anchors();

  /// Reads data/trusted_roots.tsv and data/distrusted_certificates.tsv. The error names the line.
  [[nodiscard]] static std::expected<Anchors, std::string> parse(std::string_view roots,
                                                                 std::string_view distrusted);
  /// Adds a root, DER; false when the bytes are no certificate.
  [[nodiscard]] bool add(std::span<const std::byte> certificate, const Anchor& anchor);
  void distrust(std::string_view issuer_common_name, std::string_view serial,
                Distrusted distrusted);

  /// What is known of a root; null when it is none of these.
  [[nodiscard]] const Anchor* find(const X509* certificate) const;
  /// Null when nothing is held against the certificate.
  [[nodiscard]] const Distrusted* find_distrusted(const X509* certificate) const;
  [[nodiscard]] X509_STORE* store() const { return store_.get(); }
  [[nodiscard]] std::size_t size() const { return anchors_.size(); }

 private:
  StorePtr store_;
  std::map<std::string, Anchor, std::less<>> anchors_;  ///< by SHA-256 of the certificate
  std::map<std::pair<std::string, std::string>, Distrusted> distrusted_;  ///< issuer, serial
};

/// Anchors at hand, or what reads them when the first signature asks for them: reading every root
/// that ships takes longer than scanning a hive, and most evidence holds no signature.
class AnchorSource {
 public:
  // Whoever has anchors or can read them gives them as they are.
  // NOLINTBEGIN(google-explicit-constructor,hicpp-explicit-conversions)
  AnchorSource(const Anchors& anchors) : anchors_(&anchors) {}
  AnchorSource(const Anchors& (*read)()) : read_(read) {}
  // NOLINTEND(google-explicit-constructor,hicpp-explicit-conversions)
  /// Asked by many threads at a time: `read` must be able to bear that.
  [[nodiscard]] const Anchors& get() const { return anchors_ != nullptr ? *anchors_ : read_(); }

 private:
  const Anchors* anchors_ = nullptr;
  const Anchors& (*read_)() = nullptr;
};

}  // namespace npg::trust
