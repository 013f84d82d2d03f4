// `npguard attack`: the mirror's use cases, each from a request to text for stdout and stderr.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "base/limits.hpp"

namespace npg {

struct MirrorRequest {
  std::string store;   ///< folder; empty: the user's own (default_attack_store)
  std::string domain;  ///< empty: enterprise-attack, or what a bundle says
  std::string stix;    ///< "2.0", "2.1" or empty for the newer form at hand
  bool json = false;
  bool fields = false;  ///< a difference of releases: each changed object field by field
  bool all = false;     ///< the same: objects that did not change in content are listed, too
};
struct MirrorImport {
  std::vector<std::string> files;
  std::string release;
  std::string pins;  ///< a file with more published hashes; may be empty
  bool require_pinned = false;
  bool require_closed = false;
};

enum class MirrorFailure : std::uint8_t {
  usage,        ///< the request cannot be meant so
  no_input,     ///< a file or a store that is not there
  refused,      ///< a bundle that is not imported; the store is as it was
  not_found,    ///< no such object or release in the store
  damaged,      ///< the store itself
  not_written,  ///< the store could not be written
};
struct MirrorReply {
  std::string out;
  std::string err;
  bool sound = true;  ///< verify: everything was as it should be
};
struct MirrorError {
  MirrorFailure kind = MirrorFailure::damaged;
  std::string text;
};
using MirrorResult = std::expected<MirrorReply, MirrorError>;

/// XDG_DATA_HOME/npguard/attack, or the like under HOME.
[[nodiscard]] std::filesystem::path default_attack_store();

/// All files or none.
[[nodiscard]] MirrorResult mirror_import(const MirrorRequest& request, const MirrorImport& import,
                                         const Limits& limits);
[[nodiscard]] MirrorResult mirror_list(const MirrorRequest& request, const Limits& limits);
/// `what` is ID or ID@RELEASE.
[[nodiscard]] MirrorResult mirror_show(const MirrorRequest& request, const std::string& what,
                                       const Limits& limits);
/// The exact bytes; nothing is added to them.
[[nodiscard]] MirrorResult mirror_raw(const MirrorRequest& request, const std::string& what,
                                      const Limits& limits);
[[nodiscard]] MirrorResult mirror_verify(const MirrorRequest& request, const Limits& limits);
[[nodiscard]] MirrorResult mirror_history(const MirrorRequest& request, const std::string& id,
                                          const Limits& limits);
/// [ID] A B.
[[nodiscard]] MirrorResult mirror_diff(const MirrorRequest& request,
                                       const std::vector<std::string>& what, const Limits& limits);

}  // namespace npg
