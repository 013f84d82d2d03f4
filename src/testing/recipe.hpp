// A host recipe: YAML that tells of one Windows host, and the files that it stands for, in the
// folders where Windows keeps them. The form is described in examples/README.md.
#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace npg::testing {

/// Why a recipe was refused, and where; line and column count from 1, 0 when the whole is meant.
struct RecipeError {
  std::string text;
  int line = 0;
  int column = 0;
};
/// "12:5: no such time: yesterday".
[[nodiscard]] std::string describe(const RecipeError& error);

struct BuiltFile {
  std::string path;  ///< "C/Windows/System32/config/SYSTEM"; '/' between folders
  std::vector<std::byte> content;
  std::string note;  ///< what is in it, for people: "57 records"
};
struct BuiltHost {
  std::vector<BuiltFile> files;  ///< sorted by path
};

/// The files of a recipe. Two builds of one recipe give the same bytes.
[[nodiscard]] std::expected<BuiltHost, RecipeError> build_host(std::string_view yaml);
/// Writes the files below a folder, which is made; gives the first path that could not be written.
[[nodiscard]] std::expected<void, std::string> write_host(const BuiltHost& host,
                                                          const std::filesystem::path& folder);

}  // namespace npg::testing
