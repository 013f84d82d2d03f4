// Key times that lie far ahead of all else in their hive: somebody set them.
#pragma once

#include "base/diagnostic.hpp"
#include "fact/fact_set.hpp"

namespace npg {

/// More than five years later: no host is left alone for so long and then written to in one key.
[[nodiscard]] bool is_far_ahead(FileTime time, FileTime other);

/// Times of keys that bear on providers and lie far ahead of all that the hive has: they bound
/// nothing, and would be taken for the host's present. Each is reported.
void set_aside_future_times(FileTime newest, FactSet& facts, Diagnostics& diagnostics);

}  // namespace npg
