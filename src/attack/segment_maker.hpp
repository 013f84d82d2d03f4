// A gathered bundle as a segment of the store: which texts are new, in which blocks, against which
// earlier texts.
#pragma once

#include <string_view>

#include "attack/gathering.hpp"
#include "attack/store.hpp"

namespace npg::attack {

/// `text` is the bundle that was gathered; new_blobs and new_ids of `info` are filled. Errors:
/// those of the store, whose earlier texts are read.
[[nodiscard]] Result<SegmentParts> make_segment(const Store& store, const Gathering& gathered,
                                                std::string_view text, ReleaseInfo& info);

}  // namespace npg::attack
