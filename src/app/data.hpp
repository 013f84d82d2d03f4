// The files of data/, embedded when the project is built (cmake/embed.cmake).
#pragma once

#include <string_view>

namespace npg::data {
extern const std::string_view known_providers;
}  // namespace npg::data
