// What the mirror's use cases share: from a request to a store, a release and an object, with
// errors that say what to do. Not for use outside src/app/attack_*.cpp.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "app/attack_mirror.hpp"
#include "attack/release.hpp"

namespace npg {

/// Text of a bundle or a command line, safe for a terminal.
[[nodiscard]] std::string mirror_safe(std::string_view text);
[[nodiscard]] std::unexpected<MirrorError> mirror_failure(MirrorFailure kind, std::string text);
/// In the words of the one who asked: where the store is, what is wrong, what to do. `refused` is
/// what a refusal of the system means.
[[nodiscard]] std::unexpected<MirrorError> store_failure(
    const MirrorRequest& request, const Error& error,
    MirrorFailure refused = MirrorFailure::no_input);

[[nodiscard]] std::filesystem::path folder_of(const MirrorRequest& request);
[[nodiscard]] std::string domain_of(const MirrorRequest& request);

/// The store, with all its columns. Errors: damaged; no_input when it holds nothing.
[[nodiscard]] std::expected<attack::Store, MirrorError> open_loaded(const MirrorRequest& request,
                                                                    const Limits& limits);
/// The index of a release of the domain asked for; of the newest when `release` is empty.
[[nodiscard]] std::expected<std::size_t, MirrorError> release_index(const attack::Store& store,
                                                                    const MirrorRequest& request,
                                                                    std::string_view release);
/// MITRE's licence as it is printed below its texts: its paragraphs in one line each, which
/// fit_columns() breaks anew.
[[nodiscard]] std::string printed_licence();

/// "18.1, 19.1 (STIX 2.0)", or "none".
[[nodiscard]] std::string imported_releases(const attack::Store& store,
                                            const MirrorRequest& request);

}  // namespace npg
