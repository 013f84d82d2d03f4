// The files of data/, embedded when the project is built (cmake/embed.cmake).
#pragma once

#include <string_view>

namespace npg::data {
extern const std::string_view known_providers;
extern const std::string_view known_values;
extern const std::string_view default_permissions;
extern const std::string_view attack_bundles;   ///< published SHA-256 values
extern const std::string_view attack_licence;   ///< MITRE's licence and notice
extern const std::string_view attack_names;     ///< ids and names as facts
extern const std::string_view attack_analysis;  ///< npguard's own statements about them
extern const std::string_view trusted_roots;
extern const std::string_view distrusted_certificates;
extern const std::string_view reasons;     ///< docs/reasons.md
extern const std::string_view detections;  ///< the pages of docs/detections, by id
}  // namespace npg::data
