// The hives of a recipe: Windows' defaults, what the recipe adds, and the edits that end in the
// primary file or only in the transaction log.
#pragma once

#include <yaml-cpp/yaml.h>

#include <vector>

#include "testing/recipe.hpp"
#include "testing/recipe_host.hpp"

namespace npg::testing {

/// SYSTEM, SOFTWARE and SECURITY with the logs of those that have `log:`.
[[nodiscard]] std::vector<BuiltFile> build_hives(const YAML::Node& recipe, const RecipeHost& host);

}  // namespace npg::testing
