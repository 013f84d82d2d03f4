// Exception files: one YAML file each, read strictly and written in one form. docs/exceptions.md
// has the schema.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/baseline/exception.hpp"
#include "app/failure.hpp"

namespace npg {

/// `name` is what messages call the file. Error: every problem, one a line, each with line and
/// column.
[[nodiscard]] Outcomed<ExceptionRule> parse_exception(std::string_view text, std::string_view name);
[[nodiscard]] std::string exception_text(const ExceptionRule& rule);

struct LoadedException {
  std::string file;  ///< its name in the folder, or the path of a single file
  std::string text;  ///< as it stands there
  std::string sha256;
  ExceptionRule rule;
};
/// One file, or every .yaml and .yml file of a folder, by id. One bad file refuses all.
[[nodiscard]] Outcomed<std::vector<LoadedException>> load_exceptions(const std::string& path);

}  // namespace npg
