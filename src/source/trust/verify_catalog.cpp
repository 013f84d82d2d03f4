#include <utility>

#include "base/diagnostic.hpp"
#include "format/authenticode/image_digest.hpp"
#include "source/trust/digest.hpp"
#include "source/trust/verify_message.hpp"

namespace npg::trust {

namespace {
constexpr std::string_view trust_list_oid = "1.3.6.1.4.1.311.10.1";
}  // namespace

SignatureFact verify_catalog(Bytes file, std::uint32_t evidence, const Terms& terms) {
  SignatureFact fact{.status = SignatureStatus::trusted, .form = SignatureForm::catalog};
  SignatureLimits limits = terms.limits;
  limits.signature_bytes_max = limits.catalog_bytes_max;
  const auto message = SignedMessage::read(file, limits);
  fact.origin = {.evidence = evidence,
                 .offset = file.offset(),
                 .length = message ? message->size() : file.size(),
                 .how = {}};
  if (!message) {
    add_oddity(fact, {.code = "unreadable",
                      .text = describe(message.error()),
                      .breaks = true,
                      .origin = fact.origin});
    return fact;
  }
  if (message->content_type() != trust_list_oid) {
    worsen(fact, broken("not_a_catalog", "it signs something that is no trust list"));
  }
  if (message->signers() == 0) {
    fact.status = SignatureStatus::unsigned_file;
    fact.why_code = "no_signature";
    fact.why = "nobody signed the catalog";
    return fact;
  }
  judge_message(*message, terms, fact);
  if (message->size() != file.size()) {
    add_oddity(fact, {.code = "bytes_behind_signature",
                      .text = "bytes stand behind the catalog in its file",
                      .breaks = true,
                      .origin = {.evidence = evidence,
                                 .offset = file.offset() + message->size(),
                                 .length = file.size() - message->size(),
                                 .how = {}}});
  }
  return fact;
}

CatalogHashes catalog_hashes(const ImageFile& image) {
  const auto ranges = authenticode::digest_ranges(image.file, image.layout);
  const std::uint64_t padding = authenticode::digest_padding(image.file, image.layout);
  return {.sha256 = digest_of(DigestKind::sha256, ranges, padding),
          .sha1 = digest_of(DigestKind::sha1, ranges, padding)};
}

void add_catalog(SignatureFact& image, CatalogWitness witness) {
  SignatureFact named = std::move(witness.catalog);
  named.catalog = std::move(witness.path);
  named.catalog_member = std::move(witness.member);
  named.origin = witness.origin;
  named.digest = named.catalog_member;
  named.stated_digest = named.catalog_member;
  named.digest_algorithm = named.digest.size() == 40 ? "sha1" : "sha256";
  if (named.status != SignatureStatus::trusted) {
    if (image.status == SignatureStatus::unsigned_file) {
      image.why_code = "catalog_not_trusted";
      image.why = "a catalog names the file, but is not trusted: " + named.why;
    }
  } else if (image.status == SignatureStatus::unsigned_file ||
             image.status == SignatureStatus::untrusted) {
    std::swap(image, named);
    std::swap(image.others, named.others);
    if (named.form == SignatureForm::none) {
      return;  // There was nothing to keep.
    }
  }
  image.others.push_back(std::move(named));
}

}  // namespace npg::trust
