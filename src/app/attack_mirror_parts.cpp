#include "app/attack_mirror_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "app/data.hpp"
#include "base/diagnostic.hpp"
#include "base/evidence_text.hpp"

namespace npg {

using attack::ReleaseInfo;
using attack::Store;

std::string mirror_safe(std::string_view text) {
  return escape_for_terminal(EvidenceText::from_utf8(text));
}

std::unexpected<MirrorError> mirror_failure(MirrorFailure kind, std::string text) {
  return std::unexpected(MirrorError{kind, std::move(text)});
}

std::unexpected<MirrorError> store_failure(const MirrorRequest& request, const Error& error,
                                           MirrorFailure refused) {
  const std::string folder = mirror_safe(folder_of(request).string());
  if (error.code == ErrorCode::io) {
    const auto code = static_cast<int>(error.need);
    return mirror_failure(
        refused,
        fmt::format("the store {}: {}", folder,
                    code == EWOULDBLOCK ? "another import is at work; try again when it has ended"
                                        : std::strerror(code)));
  }
  if (error.what == attack::lost_manifest.view()) {
    return mirror_failure(
        MirrorFailure::damaged,
        fmt::format("the store {} has lost its manifest: {} segments are there, and nothing says "
                    "what they are. Put the file back from a copy, or import the bundles again "
                    "into another folder with --store",
                    folder, error.have));
  }
  if (error.what == attack::older_segment.view()) {
    return mirror_failure(
        MirrorFailure::damaged,
        fmt::format("the store {} was written by an earlier version of npguard: import the "
                    "bundles again into another folder with --store",
                    folder));
  }
  return mirror_failure(
      MirrorFailure::damaged,
      fmt::format("the store {} is damaged: {}. npguard attack verify says how far; import the "
                  "bundles again into another folder with --store",
                  folder, describe(error)));
}

std::filesystem::path folder_of(const MirrorRequest& request) {
  return request.store.empty() ? default_attack_store() : std::filesystem::path(request.store);
}

std::string domain_of(const MirrorRequest& request) {
  return request.domain.empty() ? "enterprise-attack" : request.domain;
}

std::expected<Store, MirrorError> open_loaded(const MirrorRequest& request, const Limits& limits) {
  auto store = Store::open(folder_of(request), limits);
  if (!store) {
    return store_failure(request, store.error());
  }
  if (store->releases().empty()) {
    return mirror_failure(MirrorFailure::no_input,
                          fmt::format("nothing is imported in {}: npguard attack import FILE takes "
                                      "a bundle in",
                                      mirror_safe(folder_of(request).string())));
  }
  if (const auto loaded = store->load(); !loaded) {
    return store_failure(request, loaded.error());
  }
  return std::move(*store);
}

std::string printed_licence() {
  std::string out;
  std::string_view rest = data::attack_licence;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    // A long line is one of a paragraph that goes on, unless an empty line follows.
    const bool goes_on = line.size() > 80 && !rest.empty() && rest.front() != '\n';
    out += line;
    out += goes_on ? ' ' : '\n';
  }
  return out;
}

std::string imported_releases(const Store& store, const MirrorRequest& request) {
  std::string out;
  for (const ReleaseInfo& each : store.releases()) {
    if (each.domain == domain_of(request)) {
      out += (out.empty() ? "" : ", ") + mirror_safe(each.name());
    }
  }
  return out.empty() ? "none" : out;
}

std::expected<std::size_t, MirrorError> release_index(const Store& store,
                                                      const MirrorRequest& request,
                                                      std::string_view release) {
  const auto found = release.empty() ? store.newest(domain_of(request), request.stix)
                                     : store.find(domain_of(request), release, request.stix);
  if (found) {
    return *found;
  }
  const std::string form = request.stix.empty() ? "" : " as STIX " + request.stix;
  return mirror_failure(
      MirrorFailure::not_found,
      release.empty()
          ? fmt::format("no release of {} is imported{}", domain_of(request), form)
          : fmt::format("{} {} is not imported{}; of this domain there are: {}", domain_of(request),
                        mirror_safe(release), form, imported_releases(store, request)));
}

}  // namespace npg
