// The files of data/ about ATT&CK, embedded when the project is built.
#pragma once

#include <string_view>

namespace npg::data {
extern const std::string_view attack_bundles;
extern const std::string_view attack_licence;
extern const std::string_view attack_names;
extern const std::string_view attack_analysis;
}  // namespace npg::data
