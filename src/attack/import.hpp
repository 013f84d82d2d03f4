// Bundles into the store: every check over a whole bundle, the release it is, and its segment. All
// bundles of one call become part of the store, or none.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "attack/manifest.hpp"
#include "attack/store.hpp"
#include "base/bytes.hpp"

namespace npg::attack {

struct ImportRequest {
  std::string source;           ///< the file's name as it will be shown
  std::string release;          ///< what the user says; empty: the bundle must say it
  std::string domain;           ///< as `release`
  std::string imported;         ///< the time to write down, RFC 3339
  bool require_pinned = false;  ///< refuse a bundle whose SHA-256 is not a pinned one
  bool require_closed = false;  ///< refuse references to objects that are not in the bundle
};

/// A sentence about something odd that was let through, with the offset in the bundle's text.
struct ImportNote {
  std::string code;
  std::uint64_t offset = 0;
  std::string text;
};

struct ImportReport {
  ReleaseInfo release;
  bool already_there = false;          ///< the very bundle was imported before; nothing was written
  std::uint64_t dangling = 0;          ///< ids that are referred to and not in the bundle
  std::uint64_t contents_listed = 0;   ///< entries of the collection's list
  std::uint64_t contents_missing = 0;  ///< of these, not in the bundle or of another `modified`
  std::uint64_t contents_unlisted = 0;  ///< objects of the bundle that the list lacks
  std::vector<ImportNote> notes;
};

/// Why an import was refused: the reader's error, or a sentence when it is not about bytes.
struct ImportRefusal {
  Error error;
  std::string text;  ///< empty when the error says all
};

/// Reads one bundle's file and appends its segment; Store::commit makes it last. On refusal the
/// caller drops what was appended (Store::drop_from).
[[nodiscard]] std::expected<ImportReport, ImportRefusal> import_bundle(
    Store& store, Bytes file, const ImportRequest& request, const std::vector<PinnedBundle>& pins,
    const Limits& limits);

}  // namespace npg::attack
