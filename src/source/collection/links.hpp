// Where the links of a collection lead on the host that they were collected from: the folders that
// Windows reaches through junctions and symbolic links.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "source/collection/collection.hpp"

namespace npg {

/// The Windows path that is reached when each link of the group on the way is followed by its text:
/// one with a drive, one beside the link, or one below the group's own folder, as mounting makes
/// them. Nothing when no link lies on the way, when one leads elsewhere, or when they lead in
/// circles.
[[nodiscard]] std::optional<std::string> path_through_links(const Collection& collection,
                                                            std::string_view group,
                                                            std::string_view windows_path);

}  // namespace npg
