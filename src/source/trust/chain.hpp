// A chain from a signer's certificate to a pinned root, as it was at a time, for a use.
#pragma once

#include <string>
#include <vector>

#include "fact/signature_fact.hpp"
#include "source/trust/anchors.hpp"

namespace npg::trust {

/// How far something holds, in the words of SignatureFact: `trusted` here means that nothing was
/// found against it.
struct Holding {
  SignatureStatus status = SignatureStatus::trusted;
  std::string why_code;
  std::string why;

  [[nodiscard]] bool holds() const { return status == SignatureStatus::trusted; }
};
[[nodiscard]] Holding untrusted(std::string_view code, std::string why);
[[nodiscard]] Holding broken(std::string_view code, std::string why);

/// Whether what was signed over an MD5 digest at that time counts: forgeries are made of such
/// digests. As in Windows by public notes (security advisory 2862973; the day was not verified on a
/// Windows), what is proven to be from before March 2009 still does; without a time nothing does.
[[nodiscard]] bool is_from_before_forgeries(FileTime time);

enum class ChainUse : std::uint8_t { code, timestamp };

struct Chain {
  Holding holding;
  std::vector<ChainLink> links;    ///< as far as it could be built
  bool ends_at_microsoft = false;  ///< at a pinned root that is Microsoft's
};

/// `others` are the certificates that came with the signature; none of them is trusted for that.
/// `at` is when the certificates must be valid; when it is not given nothing can be trusted
/// ("no_time").
struct ChainQuestion {
  X509* signer = nullptr;
  STACK_OF(X509) * others = nullptr;
  ChainUse use = ChainUse::code;
  FileTime at;
};
[[nodiscard]] Chain build_chain(const ChainQuestion& question, const Anchors& anchors);

}  // namespace npg::trust
