#include "app/signatures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/checksum.hpp"
#include "base/identifiers.hpp"
#include "base/parallel.hpp"
#include "fact/host_catalogs.hpp"
#include "format/pe/pe_file.hpp"
#include "source/trust/catalog_index.hpp"
#include "source/trust/image_layout.hpp"

namespace npg {
namespace {

/// The catalogs of a collection: their members by hash, and each one's own signature once it is
/// asked for.
class Catalogs {
 public:
  Catalogs(const Collection& collection, const trust::Terms& terms)
      : collection_(collection), terms_(terms) {}

  void read(const std::vector<std::size_t>& files, std::vector<Reading>& readings,
            unsigned threads) {
    std::vector<trust::CatalogIndex> parts(files.size());
    std::vector<Content> contents(files.size());
    parallel_for(files.size(), threads, [&](std::size_t i) {
      contents[i] = read_one(files[i], parts[i], readings[files[i]]);
    });
    for (std::size_t i = 0; i < files.size(); ++i) {
      index_.merge(std::move(parts[i]));
      contents_.emplace(files[i], contents[i]);
    }
    index_.sort();
  }

  /// Of these, one of each content, those that could be read.
  template <typename MaySpeak>
  [[nodiscard]] std::vector<std::size_t> different(const std::vector<std::size_t>& files,
                                                   const std::vector<Reading>& readings,
                                                   const MaySpeak& may_speak) const {
    std::vector<std::size_t> found;
    std::set<Content> seen;
    for (const std::size_t file : files) {
      if (may_speak(file) && readings[file].item.status != EvidenceStatus::damaged &&
          seen.insert(contents_.at(file)).second) {
        found.push_back(file);
      }
    }
    return found;
  }

  /// Verifies the first of these, and tells of those that contradict themselves or that nobody
  /// signed who is trusted: they vouch for nothing.
  void verify_some(std::vector<std::size_t> files, std::vector<Reading>& readings,
                   unsigned threads) {
    // Limit: more than enough to see whether they are Windows' own, and no long wait.
    constexpr std::size_t verified_max = 160;
    std::erase_if(files, [this](std::size_t file) {
      return signatures_.contains(static_cast<std::uint32_t>(file));
    });
    files.resize(std::min(files.size(), verified_max));
    std::vector<SignatureFact> found(files.size());
    parallel_for(files.size(), threads, [&](std::size_t i) { found[i] = verified(files[i]); });
    for (std::size_t i = 0; i < files.size(); ++i) {
      Reading& reading = readings[files[i]];
      if (found[i].status == SignatureStatus::broken) {
        reading.item.detail = "its signature contradicts its content: it vouches for nothing";
        reading.diagnostics.add(
            DiagnosticCode::catalog_broken, Severity::notice, 0, reading.item.size,
            fmt::format("the catalog was changed after it was signed, or is made up: {}. Windows "
                        "takes no file's word from it",
                        found[i].why));
      } else if (found[i].status != SignatureStatus::trusted) {
        reading.item.detail = "its signature is not trusted: it vouches for nothing";
        reading.diagnostics.add(
            DiagnosticCode::catalog_not_trusted, Severity::notice, 0, reading.item.size,
            fmt::format("the catalog's signature is not trusted: {}. It vouches for no file",
                        found[i].why));
      }
      signatures_.emplace(static_cast<std::uint32_t>(files[i]), std::move(found[i]));
    }
  }

  /// What of these may speak for an image: how many there are, and which could not be read.
  template <typename MaySpeak>
  [[nodiscard]] CatalogsAsked asked(const std::vector<std::size_t>& files,
                                    const std::vector<Reading>& readings,
                                    const MaySpeak& may_speak) const {
    CatalogsAsked asked;
    for (const std::size_t file : different(files, readings, may_speak)) {
      const auto known = signatures_.find(static_cast<std::uint32_t>(file));
      const SignatureStatus status =
          known == signatures_.end() ? SignatureStatus::not_checked : known->second.status;
      if (status != SignatureStatus::trusted && status != SignatureStatus::not_checked) {
        continue;  // It vouches for nothing, and is told in its own place.
      }
      const auto& counts = readings[file].item.counts;
      const auto members = counts.find("members");
      ++asked.catalogs;
      asked.members += members == counts.end() ? 0 : members->second;
      asked.verified += status == SignatureStatus::trusted ? 1U : 0U;
    }
    for (const std::size_t file : files) {
      const EvidenceItem& item = readings[file].item;
      if (!may_speak(file) || item.status == EvidenceStatus::read) {
        continue;
      }
      // Limit: a few to look at; the number says how many there are.
      constexpr std::size_t named_max = 4;
      if (asked.damaged++ == 0) {
        asked.first_damaged = SharedText(collection_.files[file].file->path());
      }
      if (asked.damaged_ones.size() < named_max) {
        asked.damaged_ones.push_back({.evidence = static_cast<std::uint32_t>(file),
                                      .length = collection_.files[file].file->size()});
      }
    }
    return asked;
  }

  /// Adds to the image's signature what the catalogs say that may speak for it, trusted ones first.
  template <typename MaySpeak>
  void ask(SignatureFact& image, const trust::CatalogHashes& hashes, const MaySpeak& may_speak) {
    std::vector<trust::CatalogWitness> witnesses;
    for (const auto* const digest : {&hashes.sha256, &hashes.sha1}) {
      for (const trust::CatalogEntry& entry : index_.find(*digest)) {
        if (!may_speak(entry.catalog)) {
          continue;
        }
        witnesses.push_back({.catalog = signature_of(entry.catalog),
                             .path = SharedText(collection_.files[entry.catalog].file->path()),
                             .member = to_hex(*digest),
                             .origin = {.evidence = entry.catalog,
                                        .offset = entry.offset,
                                        .length = entry.length,
                                        .how = How::allocated}});
      }
    }
    std::ranges::stable_partition(witnesses, [](const trust::CatalogWitness& witness) {
      return witness.catalog.status == SignatureStatus::trusted;
    });
    // Limit: a file is named by one or two catalogs; more of them add nothing.
    constexpr std::size_t witnesses_max = 8;
    witnesses.resize(std::min(witnesses.size(), witnesses_max));
    for (trust::CatalogWitness& witness : witnesses) {
      trust::add_catalog(image, std::move(witness));
    }
  }

 private:
  using Content = std::array<std::byte, 32>;  ///< SHA-256

  Content read_one(std::size_t file, trust::CatalogIndex& part, Reading& reading) {
    const auto content = read_whole(*collection_.files[file].file, terms_.limits.catalog_bytes_max);
    const auto members = content ? part.add(Bytes(*content), static_cast<std::uint32_t>(file),
                                            terms_.limits, reading.diagnostics)
                                 : Result<std::uint64_t>(std::unexpected(content.error()));
    reading.item.status = members ? EvidenceStatus::read : EvidenceStatus::damaged;
    if (!members) {
      reading.item.detail = describe(members.error());
      reading.diagnostics.add(DiagnosticCode::file_unreadable, Severity::data_loss, members.error(),
                              "the catalog was not used");
      return {};
    }
    if (reading.diagnostics.worst() >= Severity::data_loss) {
      reading.item.status = EvidenceStatus::partial;
    }
    reading.item.detail = "";
    reading.item.counts["members"] = *members;
    return sha256(*content);
  }

  [[nodiscard]] SignatureFact verified(std::size_t file) const {
    const auto content = read_whole(*collection_.files[file].file, terms_.limits.catalog_bytes_max);
    return content
               ? trust::verify_catalog(Bytes(*content), static_cast<std::uint32_t>(file), terms_)
               : SignatureFact{};
  }

  const SignatureFact& signature_of(std::uint32_t catalog) {
    const auto known = signatures_.find(catalog);
    return known != signatures_.end()
               ? known->second
               : signatures_.emplace(catalog, verified(catalog)).first->second;
  }

  const Collection& collection_;
  const trust::Terms& terms_;
  trust::CatalogIndex index_;
  std::map<std::size_t, Content> contents_;
  std::map<std::uint32_t, SignatureFact> signatures_;  ///< of those that were verified
};

bool needs_catalog(const ImageFact& image) {
  return image.signature.status != SignatureStatus::trusted;
}

/// A file that no catalog names is unsigned only where the host's own catalogs were all asked: what
/// was not collected may be signed there.
void say_what_was_not_asked(SignatureFact& signature, const FactSet& facts, bool has_catalogs) {
  const CatalogsAsked& asked = signature.asked;
  const bool is_named = signature.why_code == "catalog_not_trusted";
  if (signature.status != SignatureStatus::unsigned_file || is_named ||
      are_the_hosts_catalogs(vouched_for(facts), asked)) {
    return;
  }
  signature.status = SignatureStatus::not_checked;
  if (asked.catalogs == 0 && asked.damaged == 0) {
    signature.why_code = "no_catalogs";
    signature.why = fmt::format(
        "the file carries no signature, and no catalogs of this host{} are in the evidence",
        has_catalogs ? " that vouch for anything" : "");
  } else {
    signature.why_code = "catalogs_incomplete";
    signature.why =
        "the file carries no signature, no catalog in the evidence names it, and whether these are "
        "all that this host has is unknown";
  }
}

}  // namespace

SignatureFact Signatures::embedded(std::size_t index, std::span<const std::byte> content) {
  Diagnostics read_before;
  const auto image = pe::read_pe(Bytes(content), limits_, read_before);
  if (!image) {
    return {};
  }
  const auto evidence = static_cast<std::uint32_t>(index);
  const trust::ImageFile file{
      .file = Bytes(content), .layout = trust::layout_of(*image), .evidence = evidence};
  SignatureFact signature = trust::verify_image(file, terms_);
  if (signature.status != SignatureStatus::trusted) {
    hashes_.insert_or_assign(evidence, trust::catalog_hashes(file));
  }
  return signature;
}

void Signatures::look_in_catalogs(std::span<Host> hosts, std::vector<Reading>& readings) {
  std::vector<std::size_t> files;
  for (std::size_t i = 0; i < collection_.files.size(); ++i) {
    if (collection_.files[i].kind == FileKind::catalog) {
      files.push_back(i);
    }
  }
  const bool is_needed = std::ranges::any_of(hosts, [](const Host& host) {
    return std::ranges::any_of(host.facts.images, needs_catalog);
  });
  if (!is_needed) {
    return;
  }
  Catalogs catalogs(collection_, terms_);
  catalogs.read(files, readings, threads_);
  for (Host& host : hosts) {
    const auto is_of_host = [&](std::size_t file) {
      return collection_.files[file].is_for_every_host ||
             std::ranges::binary_search(host.file_groups, readings[file].group);
    };
    const bool has_catalogs = std::ranges::any_of(files, is_of_host);
    if (has_catalogs && std::ranges::any_of(host.facts.images, needs_catalog)) {
      catalogs.verify_some(catalogs.different(files, readings, is_of_host), readings, threads_);
    }
    const CatalogsAsked asked = catalogs.asked(files, readings, is_of_host);
    for (ImageFact& image : host.facts.images) {
      const auto hashes = hashes_.find(image.origin.evidence);
      if (!needs_catalog(image) || hashes == hashes_.end()) {
        continue;
      }
      if (has_catalogs) {
        catalogs.ask(image.signature, hashes->second, is_of_host);
        image.signature.asked = asked;
      }
    }
    // How many files of Windows are vouched for is known when all were looked for.
    for (ImageFact& image : host.facts.images) {
      if (hashes_.contains(image.origin.evidence)) {
        say_what_was_not_asked(image.signature, host.facts, has_catalogs);
      }
    }
  }
}

}  // namespace npg
