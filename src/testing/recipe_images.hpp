// The DLLs of a recipe and those that its Windows build ships as network providers.
#pragma once

#include <yaml-cpp/yaml.h>

#include <map>
#include <string>
#include <vector>

#include "testing/recipe.hpp"
#include "testing/recipe_host.hpp"

namespace npg::testing {

struct BuiltImages {
  std::vector<BuiltFile> files;
  std::map<std::string, std::string> sha256;  ///< by name_key of the Windows path
};
[[nodiscard]] BuiltImages build_images(const YAML::Node& recipe, const RecipeHost& host);

/// "C/Windows/x.dll" for "C:\Windows\x.dll"; refuses what is no such path or leaves the drive.
[[nodiscard]] std::string collected_path(const YAML::Node& node);

}  // namespace npg::testing
