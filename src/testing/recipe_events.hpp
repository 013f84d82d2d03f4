// The events of a recipe: readable words become complete records, and those become log files.
#pragma once

#include <yaml-cpp/yaml.h>

#include <map>
#include <string>
#include <vector>

#include "testing/evtx_writer.hpp"
#include "testing/recipe.hpp"
#include "testing/recipe_host.hpp"

namespace npg::testing {

/// The log files of `events:` and `logs:`, sorted by path. `image_hashes` gives the SHA-256 of the
/// recipe's own DLLs by name_key of their Windows path, for "hashes: of PATH".
[[nodiscard]] std::vector<BuiltFile> build_logs(
    const YAML::Node& recipe, const RecipeHost& host,
    const std::map<std::string, std::string>& image_hashes);

}  // namespace npg::testing
