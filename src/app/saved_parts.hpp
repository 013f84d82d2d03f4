// Hive files that hold one key of a hive, saved by itself.
#pragma once

#include <optional>

#include "app/reading.hpp"
#include "source/hive/hive_view.hpp"
#include "source/hive/saved_part.hpp"

namespace npg {

/// Nothing for a whole hive. Else the reading learns what the file is a part of and is told what of
/// that the file does not say. A provider's key of which not even that is known must not pass for
/// nothing: then there is a diagnostic.
[[nodiscard]] std::optional<SavedPart> part_in(const HiveView& hive, Reading& reading);

/// The hive in the place that its part has; nothing for a whole hive.
[[nodiscard]] std::optional<SavedPartView> placed_view(const HiveView& hive,
                                                       const std::optional<SavedPart>& part);

}  // namespace npg
