#include "attack/import.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "attack/container.hpp"
#include "attack/gathering.hpp"
#include "attack/segment_maker.hpp"
#include "base/checksum.hpp"

namespace npg::attack {
namespace {

std::string domain_of_collection(const std::string& name) {
  const auto has = [&](std::string_view word) { return name.find(word) != std::string::npos; };
  return has("Enterprise") ? "enterprise-attack"
         : has("Mobile")   ? "mobile-attack"
         : has("ICS")      ? "ics-attack"
                           : "";
}

bool is_release_name(std::string_view release) {
  return !release.empty() && release.size() <= 16 &&
         release.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::unexpected<ImportRefusal> refuse(std::string text) {
  return std::unexpected(
      ImportRefusal{{ErrorCode::does_not_belong, 0, "attack.import"}, std::move(text)});
}

/// Which release and domain the bundle is: its own word, then a pinned hash, then the user's.
std::expected<void, ImportRefusal> identify(const BundleChecks& checks,
                                            const ImportRequest& request,
                                            const std::vector<PinnedBundle>& pins,
                                            ReleaseInfo& info) {
  const auto pinned = std::ranges::find(pins, info.bundle_sha256, &PinnedBundle::sha256);
  // Of several collections none speaks for the bundle.
  if (checks.collections == 1) {
    info.domain = domain_of_collection(checks.collection_name);
    info.release = is_release_name(checks.collection_version) ? checks.collection_version : "";
  }
  info.release_from = "bundle";
  if (info.release.empty() && pinned != pins.end()) {
    info.domain = pinned->domain;
    info.release = pinned->release;
    info.release_from = "pinned hash";
  }
  if (info.domain.empty()) {
    info.domain = checks.matrix_domain;
  }
  if (!request.release.empty()) {
    if (!is_release_name(request.release)) {
      return refuse("a release is a number such as 19.1");
    }
    if (!info.release.empty() && info.release != request.release) {
      return refuse(fmt::format("the bundle says that it is release {}, not {}", info.release,
                                request.release));
    }
    info.release_from = info.release.empty() ? "user" : info.release_from;
    info.release = request.release;
  }
  if (!request.domain.empty()) {
    if (!info.domain.empty() && info.domain != request.domain) {
      return refuse(fmt::format("the bundle is of {}, not of {}", info.domain, request.domain));
    }
    info.domain = request.domain;
  }
  if (info.release.empty() && checks.collections > 1) {
    return refuse(
        fmt::format("the bundle has {} collections, and which release it is cannot be "
                    "told from them: name it with --release",
                    checks.collections));
  }
  if (info.release.empty()) {
    return refuse("the bundle does not say which release it is: name it with --release");
  }
  if (info.domain.empty()) {
    return refuse("the bundle does not say which domain it is of: name it with --domain");
  }
  info.pinned = "unknown";
  for (const PinnedBundle& each : pins) {
    if (each.domain == info.domain && each.release == info.release && each.stix21 == info.stix21) {
      info.pinned = each.sha256 == info.bundle_sha256 ? "match"
                    : info.pinned == "match"          ? "match"
                                                      : "mismatch";
    }
  }
  return {};
}

std::unexpected<ImportRefusal> because(const Error& error) {
  return std::unexpected(ImportRefusal{error, {}});
}

}  // namespace

std::expected<ImportReport, ImportRefusal> import_bundle(Store& store, Bytes file,
                                                         const ImportRequest& request,
                                                         const std::vector<PinnedBundle>& pins,
                                                         const Limits& limits) {
  const auto unpacked = unpack(file, limits);
  if (!unpacked) {
    return because(unpacked.error());
  }
  const std::string_view text = unpacked->view();
  Gathering gathered(limits);
  const auto bundle = gathered.read(text);
  if (!bundle) {
    return because(bundle.error());
  }
  if (gathered.objects.empty()) {
    return refuse("the bundle has no objects");
  }
  ImportReport report;
  ReleaseInfo& info = report.release;
  info.stix21 = bundle->stix21;
  info.source = request.source;
  info.imported = request.imported;
  info.bundle_sha256 = sha256_hex(bytes_of(text));
  info.bundle_bytes = text.size();
  info.objects = gathered.objects.size();
  info.collection_id = gathered.checks.collection_id;
  info.collection_modified = gathered.checks.collection_modified;
  info.spec_version = gathered.checks.spec_version;
  info.hashes_sha256 = gathered.hashes_sha256;
  if (const auto identified = identify(gathered.checks, request, pins, info); !identified) {
    return std::unexpected(identified.error());
  }
  gathered.checks.finish(gathered.objects, report);
  if (info.pinned != "match" && request.require_pinned) {
    return refuse(fmt::format("its SHA-256 {} is not a pinned one of {} {}", info.bundle_sha256,
                              info.domain, info.name()));
  }
  if (report.dangling > 0 && request.require_closed) {
    return refuse(report.notes.front().text);
  }
  for (const ReleaseInfo& each : store.releases()) {
    if (each.domain == info.domain && each.release == info.release && each.stix21 == info.stix21) {
      if (each.bundle_sha256 != info.bundle_sha256) {
        return refuse(fmt::format("another bundle of {} {} is in the store, with SHA-256 {}",
                                  info.domain, info.name(), each.bundle_sha256));
      }
      report.already_there = true;
      report.release = each;
      return report;
    }
  }
  if (store.releases().size() >= limits.attack_imports_max) {
    return because(Error{ErrorCode::limit_exceeded, 0, "attack.imports",
                         store.releases().size() + 1, limits.attack_imports_max});
  }
  auto parts = make_segment(store, gathered, text, info);
  if (!parts) {
    return because(parts.error());
  }
  if (const auto appended = store.append(info, *parts); !appended) {
    return because(appended.error());
  }
  info = store.releases().back();
  return report;
}

}  // namespace npg::attack
