// npguard_example_host: builds the evidence of a made-up Windows host from a readable recipe.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "testing/recipe.hpp"

namespace {

constexpr int exit_usage = 64;
constexpr int exit_no_input = 66;
constexpr int exit_cannot_create = 73;

int run(const std::vector<std::string>& arguments) {
  bool force = false;
  std::vector<std::string> paths;
  for (const std::string& argument : arguments) {
    if (argument == "--force") {
      force = true;
    } else {
      paths.push_back(argument);
    }
  }
  if (paths.size() != 2 || paths[0].starts_with("-")) {
    fmt::print(stderr, "usage: npguard_example_host RECIPE OUT_FOLDER [--force]\n");
    return exit_usage;
  }
  std::ifstream in(paths[0], std::ios::binary);
  std::ostringstream yaml;
  yaml << in.rdbuf();
  if (!in || !yaml) {
    fmt::print(stderr, "cannot read {}\n", paths[0]);
    return exit_no_input;
  }
  const auto host = npg::testing::build_host(yaml.str());
  if (!host) {
    fmt::print(stderr, "{}:{}\n", paths[0], npg::testing::describe(host.error()));
    return exit_usage;
  }
  const std::filesystem::path folder(paths[1]);
  std::error_code failed;
  if (!force && std::filesystem::exists(folder, failed) &&
      !(std::filesystem::is_directory(folder, failed) &&
        std::filesystem::is_empty(folder, failed))) {
    fmt::print(stderr, "{} is there and not empty; --force writes into it\n", paths[1]);
    return exit_cannot_create;
  }
  const auto written = npg::testing::write_host(*host, folder);
  if (!written) {
    fmt::print(stderr, "cannot write {}\n", written.error());
    return exit_cannot_create;
  }
  for (const npg::testing::BuiltFile& file : host->files) {
    fmt::print("{:>10}  {}  ({})\n", file.content.size(), file.path, file.note);
  }
  fmt::print("{} files below {}\n", host->files.size(), paths[1]);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  return run(std::vector<std::string>(arguments.begin() + 1, arguments.end()));
}
