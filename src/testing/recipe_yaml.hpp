// Reading recipe YAML so that every refusal names its line and column.
#pragma once

#include <yaml-cpp/yaml.h>

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/filetime.hpp"
#include "testing/recipe.hpp"

namespace npg::testing {

/// Thrown inside the recipe reader alone; build_host() turns it into its error.
struct RecipeFault {
  RecipeError error;
};
[[noreturn]] void refuse(const YAML::Node& at, std::string text);

/// The map entry of that name; an undefined node when it is missing.
[[nodiscard]] YAML::Node entry(const YAML::Node& map, std::string_view name);
/// Refuses entries that none of the names calls by name: a misspelt word must not be lost.
void require_known(const YAML::Node& map, std::initializer_list<std::string_view> names);
void require_map(const YAML::Node& node, std::string_view what);

[[nodiscard]] std::string text_in(const YAML::Node& node);
[[nodiscard]] std::string text_in(const YAML::Node& map, std::string_view name,
                                  std::string_view otherwise);
[[nodiscard]] FileTime time_in(const YAML::Node& node);
[[nodiscard]] FileTime time_in(const YAML::Node& map, std::string_view name, FileTime otherwise);
[[nodiscard]] std::uint64_t number_in(const YAML::Node& node);
[[nodiscard]] std::uint64_t number_in(const YAML::Node& map, std::string_view name,
                                      std::uint64_t otherwise);
[[nodiscard]] bool yes_in(const YAML::Node& map, std::string_view name, bool otherwise);
/// Calls for each item of a sequence, which may be missing.
void for_each_item(const YAML::Node& sequence, const std::function<void(const YAML::Node&)>& call);
/// Calls for each name and value of a map, which may be missing, in the recipe's order.
void for_each_entry(const YAML::Node& map,
                    const std::function<void(const std::string&, const YAML::Node&)>& call);

/// The parts of a text between dividers; none of an empty text.
[[nodiscard]] std::vector<std::string> split(std::string_view text, char divider);

}  // namespace npg::testing
