// Who signed a DLL, and whether that is who signs this provider. A valid signature of somebody else
// does not make Windows' own file; on Windows' own name it is worse than none.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "analysis/inventory/inventory.hpp"
#include "analysis/inventory/provider_case.hpp"
#include "base/evidence_text.hpp"
#include "fact/host_catalogs.hpp"

namespace npg {
namespace {

bool claims_microsoft(const SignatureFact& signature) {
  return contains_name(signature.common_name.raw(), "Microsoft") ||
         contains_name(signature.organization.raw(), "Microsoft") ||
         contains_name(signature.subject.raw(), "Microsoft");
}

/// True when the certificates lead to nobody that is trusted. False when they may well be genuine,
/// and the time, the algorithm or the purpose is what is wrong. A chain that ends early counts as
/// well: whoever made the root need not put it in, and the roots of Microsoft and of known vendors
/// are all pinned.
bool leads_to_nobody(const SignatureFact& signature) {
  return signature.why_code == "self_signed" || signature.why_code == "root_not_trusted" ||
         signature.why_code == "chain_incomplete";
}

bool is_weak(const SignatureFact& signature) {
  return signature.why_code == "weak_digest" || signature.why_code == "weak_key";
}
bool has_odd_table(const SignatureFact& signature) {
  return signature.why_code == "entry_revision_1" || signature.why_code == "several_entries";
}

/// "Microsoft Windows (catalog x.cat)".
std::string described(const SignatureFact& signature) {
  std::string text =
      shown(signature.common_name.empty() ? signature.subject : signature.common_name);
  if (!signature.organization.empty() &&
      signature.organization.raw() != signature.common_name.raw()) {
    text += fmt::format(" of {}", shown(signature.organization));
  }
  if (signature.form == SignatureForm::catalog) {
    text += fmt::format(" (catalog {})", shown(signature.catalog));
  }
  return text;
}

/// True when the certificate's names read like a signer on record, or the vendor's own name.
bool claims_vendor(const SignatureFact& signature, const KnownProvider& row) {
  const auto names = [&](std::string_view name) {
    return !name.empty() && (contains_name(signature.common_name.raw(), name) ||
                             contains_name(signature.organization.raw(), name));
  };
  return is_on_record(signature, row) || names(row.vendor) ||
         std::ranges::any_of(row.signers, [&](const std::string& signer) {
           return signer != "WHCP" && names(signer);
         });
}

/// The signature's own bytes and the hash of the image in them; for a catalog its member and the
/// file, since the hash is of all of that.
std::vector<Origin> evidence_of(const ImageFact& image) {
  const SignatureFact& signature = image.signature;
  std::vector<Origin> evidence;
  if (signature.origin.length == 0 || signature.form == SignatureForm::catalog) {
    evidence.push_back(image.origin);
  }
  if (signature.origin.length > 0) {
    evidence.push_back(signature.origin);
  }
  if (signature.stated_digest_origin.length > 0) {
    evidence.push_back(signature.stated_digest_origin);
  }
  return evidence;
}

/// The bytes that contradict, where it is known which.
std::vector<Origin> evidence_of_break(const ImageFact& image) {
  std::vector<Origin> evidence;
  for (const SignatureOddity& oddity : image.signature.oddities) {
    if (oddity.breaks && oddity.origin.length > 0) {
      evidence.push_back(oddity.origin);
    }
  }
  return evidence.empty() ? evidence_of(image) : evidence;
}

void judge_trusted_inbox(ProviderCase& subject, const ImageFact& image) {
  const SignatureFact& signature = image.signature;
  if (is_of_windows(signature)) {
    subject.lower("signature_fits", 3,
                  fmt::format("signed by {}, as all files of Windows are", described(signature)),
                  evidence_of(image));
    return;
  }
  subject.signatures_fit = false;
  if (signature.purposes.whql) {
    subject.contradict(
        "signature_whql_in_inbox_place", 6,
        fmt::format("signed by {}: Microsoft signs other vendors' drivers so, and no file "
                    "of Windows; another file stands in the place of Windows' own",
                    described(signature)),
        evidence_of(image));
    return;
  }
  subject.contradict(
      "signature_not_of_windows", 6,
      fmt::format("a valid signature of {}, who does not sign files of Windows: another "
                  "file stands in the place of Windows' own",
                  described(signature)),
      evidence_of(image));
}

void judge_trusted_product(ProviderCase& subject, const ImageFact& image) {
  const KnownProvider& row = *subject.match.row;
  const SignatureFact& signature = image.signature;
  if (row.signers.empty()) {
    subject.signatures_fit = false;
    subject.missing("signer_not_on_record",
                    fmt::format("signed by {}; who signs {} is not on record", described(signature),
                                row.product),
                    evidence_of(image));
  } else if (!row.signer_is_confident) {
    // Public notes neither clear nor convict: vendors change their names and their certificates.
    subject.signatures_fit = false;
    subject.missing(
        "signer_record_unverified",
        fmt::format("signed by {}; {} is said to be signed by {}, which was not verified on a real "
                    "file",
                    described(signature), row.product, fmt::join(row.signers, " or ")),
        evidence_of(image));
  } else if (!is_on_record(signature, row)) {
    subject.signatures_fit = false;
    subject.contradict("signature_of_another_signer", 4,
                       fmt::format("a valid signature of {}, who is not on record as signer of {}",
                                   described(signature), row.product),
                       evidence_of(image));
  } else {
    subject.lower("signature_fits", 3,
                  fmt::format("signed by {}, who signs {}", described(signature), row.product),
                  evidence_of(image));
  }
}

/// Signatures beside the one that counts. Windows looks at one; whoever added another wanted it to
/// be seen.
void judge_others(ProviderCase& subject, const ImageFact& image) {
  for (const SignatureFact& other : image.signature.others) {
    const bool is_foreign = other.form != SignatureForm::catalog &&
                            (other.status == SignatureStatus::broken || leads_to_nobody(other));
    if (!is_foreign) {
      continue;
    }
    subject.signatures_fit = false;
    std::vector<Origin> evidence = evidence_of(image);
    if (other.origin.length > 0) {
      evidence.push_back(other.origin);
    }
    subject.raise("other_signature_not_trusted", 2,
                  fmt::format("beside the signature that counts it bears one of {}, which is not "
                              "trusted: {}",
                              described(other), other.why),
                  evidence);
  }
}

void judge_trusted(ProviderCase& subject, const ImageFact& image) {
  judge_others(subject, image);
  if (subject.match.row == nullptr) {
    subject.signatures_fit = false;
    subject.lower("signature_of_a_vendor", 1,
                  fmt::format("a valid signature of {}; it says who made the file, not what the "
                              "file may do",
                              described(image.signature)),
                  evidence_of(image));
  } else if (subject.match.row->is_inbox) {
    judge_trusted_inbox(subject, image);
  } else {
    judge_trusted_product(subject, image);
  }
}

void judge_untrusted(ProviderCase& subject, const ImageFact& image) {
  const SignatureFact& signature = image.signature;
  const KnownProvider* row = subject.match.row;
  const bool to_nobody = leads_to_nobody(signature);
  if (is_weak(signature) || has_odd_table(signature)) {
    const std::string text =
        fmt::format("the signature of {} does not count: {}", described(signature), signature.why);
    const int weight = row != nullptr ? 5 : 3;
    subject.file_contradicts = subject.file_contradicts || row != nullptr;
    if (is_weak(signature)) {
      subject.raise("signature_weak", weight, text, evidence_of(image));
    } else {
      subject.raise("signature_table_odd", weight, text, evidence_of(image));
    }
  } else if (signature.why_code == "chain_incomplete" && row == nullptr &&
             !claims_microsoft(signature)) {
    subject.raise("signature_chain_incomplete", 2,
                  fmt::format("signed by {}: {}. It may be a public root that npguard does not "
                              "know, or anybody's",
                              described(signature), signature.why),
                  evidence_of(image));
  } else if (to_nobody && claims_microsoft(signature)) {
    subject.contradict("signature_claims_microsoft", 6,
                       fmt::format("the signature calls its maker {}, and that certificate leads "
                                   "to no root of Microsoft: {}",
                                   described(signature), signature.why),
                       evidence_of(image));
  } else if (row != nullptr && !row->is_inbox && to_nobody && claims_vendor(signature, *row)) {
    subject.contradict("signature_claims_vendor", 5,
                       fmt::format("the signature calls its maker {}, and that certificate leads "
                                   "to no trusted root: {}",
                                   described(signature), signature.why),
                       evidence_of(image));
  } else {
    const bool is_in_known_place = row != nullptr && to_nobody;
    subject.file_contradicts = subject.file_contradicts || is_in_known_place;
    subject.raise(
        "signature_untrusted", is_in_known_place ? 5 : 2,
        fmt::format("signed by {}, which is not trusted: {}", described(signature), signature.why),
        evidence_of(image));
  }
}

/// Windows' own files, and those of some products, are signed through catalogs, and none is there.
void judge_without_catalogs(ProviderCase& subject, const ImageFact& image) {
  const KnownProvider& row = *subject.match.row;
  subject.missing("catalogs_not_in_evidence",
                  row.is_inbox
                      ? std::string("no embedded signature, as is usual for Windows' own files; "
                                    "the catalogs that would name it (System32\\CatRoot) are not "
                                    "in the evidence")
                      : fmt::format("no embedded signature; {} may be signed through a catalog, "
                                    "and the host's catalogs are not in the evidence",
                                    row.product),
                  {image.origin});
}

bool may_be_in_catalog(const KnownProvider* row) {
  return row != nullptr &&
         (row->is_inbox || std::ranges::find(row->signers, "WHCP") != row->signers.end());
}

/// The catalog that names the file and is not trusted; nothing when none does.
const SignatureFact* untrusted_catalog(const SignatureFact& signature) {
  const auto found = std::ranges::find_if(signature.others, [](const SignatureFact& other) {
    return other.form == SignatureForm::catalog && other.status != SignatureStatus::trusted &&
           !other.catalog_member.empty();
  });
  return found == signature.others.end() ? nullptr : &*found;
}

/// A catalog of nobody that vouches for the file was made for it. One that only expired was not.
void judge_untrusted_catalog(ProviderCase& subject, const ImageFact& image,
                             const SignatureFact& catalog) {
  std::vector<Origin> evidence = {image.origin};
  if (catalog.origin != Origin{}) {
    evidence.push_back(catalog.origin);
  }
  const std::string text =
      fmt::format("the catalog {} names the file by its hash {}, and it is not trusted: {}",
                  shown(catalog.catalog), catalog.catalog_member, catalog.why);
  if (catalog.status == SignatureStatus::broken || leads_to_nobody(catalog)) {
    subject.contradict("catalog_not_trusted", 6, text, evidence);
  } else {
    subject.raise("catalog_not_trusted", 2, text, evidence);
  }
}

/// "12 catalogs with 340 members were asked, and none names it".
std::string asked_text(const CatalogsAsked& asked) {
  return fmt::format("{} catalog{} with {} member{} {} asked, and none names it", asked.catalogs,
                     asked.catalogs == 1 ? "" : "s", asked.members, asked.members == 1 ? "" : "s",
                     asked.catalogs == 1 ? "was" : "were");
}

/// A catalog that could not be read may be the one that names the file.
void judge_damaged_catalogs(ProviderCase& subject, const ImageFact& image) {
  const CatalogsAsked& asked = image.signature.asked;
  std::vector<Origin> evidence = {image.origin};
  std::ranges::copy(asked.damaged_ones, std::back_inserter(evidence));
  subject.missing(
      "catalog_damaged",
      fmt::format("no embedded signature; {}, and {} could not be read, or not wholly ({}{}): "
                  "whether {} names it is unknown",
                  asked_text(asked), asked.damaged == 1 ? "one catalog" : "some catalogs",
                  shown(asked.first_damaged),
                  asked.damaged == 1 ? "" : fmt::format(" and {} more", asked.damaged - 1),
                  asked.damaged == 1 ? "it" : "one of them"),
      evidence);
}

/// The catalogs that were asked are not all that the host has: whether another one names the file
/// is unknown.
void judge_incomplete_catalogs(ProviderCase& subject, const ImageFact& image,
                               const Vouched& vouched) {
  const CatalogsAsked& asked = image.signature.asked;
  const bool is_inbox = subject.match.row != nullptr && subject.match.row->is_inbox;
  subject.missing(
      "dll_in_none_of_the_catalogs",
      fmt::format(
          "no embedded signature{}; {}, {}: whether all catalogs of this Windows are there is "
          "unknown",
          is_inbox ? ", as is usual for Windows' own files" : "", asked_text(asked),
          vouched.files == 0
              ? std::string("nor any other file of this Windows")
              : fmt::format("and {} other file{} of this Windows {} named by them", vouched.files,
                            vouched.files == 1 ? "" : "s", vouched.files == 1 ? "is" : "are")),
      {image.origin});
}

void judge_unsigned_inbox(ProviderCase& subject, const ImageFact& image) {
  const CatalogsAsked& asked = image.signature.asked;
  if (asked.damaged > 0) {
    judge_damaged_catalogs(subject, image);
    return;
  }
  const Vouched vouched = vouched_for(subject.facts);
  if (vouched.first == nullptr && asked.catalogs == 0) {
    judge_without_catalogs(subject, image);
    return;
  }
  if (!are_the_hosts_catalogs(vouched, asked)) {
    judge_incomplete_catalogs(subject, image, vouched);
    return;
  }
  const ImageFact* const other = vouched.first;
  auto evidence = evidence_of(image);
  evidence.push_back(other->signature.origin);
  subject.contradict(
      "dll_in_no_catalog", 6,
      fmt::format("no catalog names this file, though the catalogs of this host are at "
                  "hand and {} names {}: the file was changed or put in the place of "
                  "Windows' own",
                  shown(other->signature.catalog), shown(other->windows_path)),
      evidence);
}

void judge_unsigned(ProviderCase& subject, const ImageFact& image) {
  const KnownProvider* row = subject.match.row;
  if (const SignatureFact* catalog = untrusted_catalog(image.signature)) {
    judge_untrusted_catalog(subject, image, *catalog);
    return;
  }
  if (row != nullptr && row->is_inbox) {
    judge_unsigned_inbox(subject, image);
    return;
  }
  if (may_be_in_catalog(row) && image.signature.asked.damaged > 0) {
    judge_damaged_catalogs(subject, image);
    return;
  }
  if (may_be_in_catalog(row) && image.signature.asked.catalogs == 0 &&
      vouched_for(subject.facts).first == nullptr) {
    judge_without_catalogs(subject, image);
    return;
  }
  const bool product_signs = row != nullptr && !row->signers.empty() && row->signer_is_confident;
  if (product_signs) {
    subject.contradict("dll_unsigned_product_signs", 3,
                       fmt::format("not signed; {} is", row->product), {image.origin});
  } else {
    const bool is_excused =
        row != nullptr && row->is_confident && !has_credential_class(subject.provider);
    subject.raise("dll_unsigned", is_excused ? 1 : 2,
                  image.signature.asked.catalogs == 0
                      ? std::string("neither an embedded signature nor a catalog at hand vouches "
                                    "for the file")
                      : fmt::format("no embedded signature; {}", asked_text(image.signature.asked)),
                  {image.origin});
  }
}

/// No signature of its own, and the catalogs that were there to ask do not settle it.
void judge_not_checked(ProviderCase& subject, const ImageFact& image) {
  const SignatureFact& signature = image.signature;
  const bool is_inbox = subject.match.row != nullptr && subject.match.row->is_inbox;
  if (signature.why_code == "catalogs_incomplete" && is_inbox) {
    judge_unsigned_inbox(subject, image);
  } else if (signature.why_code == "catalogs_incomplete" && signature.asked.damaged > 0) {
    judge_damaged_catalogs(subject, image);
  } else if (signature.why_code == "catalogs_incomplete") {
    judge_incomplete_catalogs(subject, image, vouched_for(subject.facts));
  } else if (signature.why_code == "no_catalogs" && may_be_in_catalog(subject.match.row)) {
    judge_without_catalogs(subject, image);
  } else {
    subject.missing("signature_not_checked",
                    signature.why.empty()
                        ? std::string("whether and by whom the file is signed was not checked")
                        : fmt::format("the signature was not checked: {}", signature.why),
                    {image.origin});
  }
}

}  // namespace

void judge_signature(ProviderCase& subject, const ImageFact& image) {
  const SignatureFact& signature = image.signature;
  for (const SignatureOddity& oddity : signature.oddities) {
    if (oddity.code == "timestamp_not_trusted") {
      subject.raise("timestamp_not_trusted", 1, "of its signature " + oddity.text, {oddity.origin});
    }
  }
  if (signature.status == SignatureStatus::trusted) {
    judge_trusted(subject, image);
    return;
  }
  subject.signatures_fit = false;
  switch (signature.status) {
    case SignatureStatus::untrusted: judge_untrusted(subject, image); break;
    case SignatureStatus::broken:
      subject.contradict(
          "signature_broken", 5,
          fmt::format("the signature contradicts the file or itself: {}", signature.why),
          evidence_of_break(image));
      break;
    case SignatureStatus::unsigned_file: judge_unsigned(subject, image); break;
    case SignatureStatus::trusted: break;
    case SignatureStatus::not_checked: judge_not_checked(subject, image); break;
  }
}

}  // namespace npg
