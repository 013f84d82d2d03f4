#include "app/signatures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/identifiers.hpp"
#include "base/parallel.hpp"
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
    parallel_for(files.size(), threads,
                 [&](std::size_t i) { read_one(files[i], parts[i], readings[files[i]]); });
    for (trust::CatalogIndex& part : parts) {
      index_.merge(std::move(part));
    }
    index_.sort();
  }

  /// What of these may speak for an image: how many there are, and which could not be read.
  template <typename MaySpeak>
  [[nodiscard]] CatalogsAsked asked(const std::vector<std::size_t>& files,
                                    const std::vector<Reading>& readings,
                                    const MaySpeak& may_speak) const {
    CatalogsAsked asked;
    for (const std::size_t file : files) {
      const EvidenceItem& item = readings[file].item;
      if (!may_speak(file)) {
        continue;
      }
      const auto members = item.counts.find("members");
      asked.catalogs += item.status != EvidenceStatus::damaged ? 1U : 0U;
      asked.members += members == item.counts.end() ? 0 : members->second;
      if (item.status == EvidenceStatus::read) {
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
  void read_one(std::size_t file, trust::CatalogIndex& part, Reading& reading) {
    const auto content = read_whole(*collection_.files[file].file, terms_.limits.catalog_bytes_max);
    const auto members = content ? part.add(Bytes(*content), static_cast<std::uint32_t>(file),
                                            terms_.limits, reading.diagnostics)
                                 : Result<std::uint64_t>(std::unexpected(content.error()));
    reading.item.status = members ? EvidenceStatus::read : EvidenceStatus::damaged;
    if (!members) {
      reading.item.detail = describe(members.error());
      reading.diagnostics.add(DiagnosticCode::file_unreadable, Severity::data_loss, members.error(),
                              "the catalog was not used");
      return;
    }
    if (reading.diagnostics.worst() >= Severity::data_loss) {
      reading.item.status = EvidenceStatus::partial;
    }
    reading.item.detail = "";
    reading.item.counts["members"] = *members;
  }

  const SignatureFact& signature_of(std::uint32_t catalog) {
    auto& known = signatures_[catalog];
    if (!known) {
      const auto content =
          read_whole(*collection_.files[catalog].file, terms_.limits.catalog_bytes_max);
      known = content ? trust::verify_catalog(Bytes(*content), catalog, terms_) : SignatureFact{};
    }
    return *known;
  }

  const Collection& collection_;
  const trust::Terms& terms_;
  trust::CatalogIndex index_;
  std::map<std::uint32_t, std::optional<SignatureFact>> signatures_;
};

bool needs_catalog(const ImageFact& image) {
  return image.signature.status != SignatureStatus::trusted;
}

/// Signatures are not looked for in catalogs that were not collected.
void say_nothing_was_asked(SignatureFact& signature) {
  if (signature.status == SignatureStatus::unsigned_file) {
    signature.status = SignatureStatus::not_checked;
    signature.why_code = "no_catalogs";
    signature.why =
        "the file carries no signature, and no catalogs of this host are in the evidence";
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
    const CatalogsAsked asked = catalogs.asked(files, readings, is_of_host);
    for (ImageFact& image : host.facts.images) {
      const auto hashes = hashes_.find(image.origin.evidence);
      if (!needs_catalog(image) || hashes == hashes_.end()) {
        continue;
      }
      if (has_catalogs) {
        catalogs.ask(image.signature, hashes->second, is_of_host);
        image.signature.asked = asked;
      } else {
        say_nothing_was_asked(image.signature);
      }
    }
  }
}

}  // namespace npg
