#include "testing/recipe.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/bytes.hpp"
#include "testing/recipe_events.hpp"
#include "testing/recipe_images.hpp"
#include "testing/recipe_registry.hpp"
#include "testing/recipe_yaml.hpp"

namespace npg::testing {
namespace {

// Limit: recipes are written by people; a megabyte is far more than they write.
constexpr std::size_t recipe_bytes_max = std::size_t{1} << 20U;

BuiltHost build(const YAML::Node& recipe) {
  require_map(recipe, "a recipe");
  require_known(recipe, {"about", "host", "accounts", "audit", "hives", "stock_dlls", "dlls",
                         "logs", "events", "files"});
  const RecipeHost host = read_host(recipe);
  BuiltHost built;
  BuiltImages images = build_images(recipe, host);
  const auto append = [&built](std::vector<BuiltFile> files) {
    std::ranges::move(files, std::back_inserter(built.files));
  };
  append(build_hives(recipe, host));
  append(build_logs(recipe, host, images.sha256));
  append(std::move(images.files));
  for_each_item(entry(recipe, "files"), [&](const YAML::Node& item) {
    require_known(item, {"path", "text"});
    const std::string text = text_in(entry(item, "text"));
    const auto bytes = bytes_of(text);
    built.files.push_back(
        {collected_path(entry(item, "path")), {bytes.begin(), bytes.end()}, "text"});
  });
  std::ranges::sort(built.files, {}, &BuiltFile::path);
  return built;
}

}  // namespace

std::expected<BuiltHost, RecipeError> build_host(std::string_view yaml) {
  if (yaml.size() > recipe_bytes_max) {
    return std::unexpected(RecipeError{.text = "the recipe is larger than 1 MiB"});
  }
  try {
    return build(YAML::Load(std::string(yaml)));
  } catch (const RecipeFault& fault) {
    return std::unexpected(fault.error);
  } catch (const YAML::Exception& fault) {
    return std::unexpected(RecipeError{.text = fault.msg,
                                       .line = fault.mark.is_null() ? 0 : fault.mark.line + 1,
                                       .column = fault.mark.is_null() ? 0 : fault.mark.column + 1});
  }
}

std::expected<void, std::string> write_host(const BuiltHost& host,
                                            const std::filesystem::path& folder) {
  for (const BuiltFile& file : host.files) {
    const std::filesystem::path path = folder / file.path;
    std::error_code failed;
    std::filesystem::create_directories(path.parent_path(), failed);
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    std::string characters(file.content.size(), '\0');
    std::ranges::transform(file.content, characters.begin(),
                           [](std::byte byte) { return static_cast<char>(byte); });
    out << characters;
    out.close();
    if (failed || !out) {
      return std::unexpected(path.string());
    }
  }
  return {};
}

}  // namespace npg::testing
