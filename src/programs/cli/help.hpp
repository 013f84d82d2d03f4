// How --help looks: no line longer than a hundred columns, and at each verb its own examples.
#pragma once

#include <CLI/CLI.hpp>

namespace npg::cli {

/// To be called when every verb stands, before parsing.
void set_help(CLI::App& app);

}  // namespace npg::cli
