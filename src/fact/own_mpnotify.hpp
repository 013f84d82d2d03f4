// Whether Winlogon's value mpnotify names Windows' own mpnotify.exe: then nothing else is started,
// however odd it is to write that down. Facts only: nothing is judged here.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "fact/fact_set.hpp"

namespace npg {

/// True for an empty value and for the bare name, which some tools write: as if it were not there.
[[nodiscard]] bool is_default_mpnotify(std::string_view text);

/// True for these, and where the text leads to that very file by its path or without its extension.
/// Nothing in front of its folder, behind its name or on the way may be odd. `type` is the value's,
/// nothing where a log does not tell it: then it is taken for the one that is expanded.
[[nodiscard]] bool names_own_mpnotify(std::string_view text, std::optional<std::uint32_t> type,
                                      const FactSet& facts);

}  // namespace npg
