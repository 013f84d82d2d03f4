// Parts that the links of a change's wider context are made with.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/inventory/sessions.hpp"
#include "fact/assessment.hpp"

namespace npg::attribution {

/// The process that wrote and those above it, nearest first, as far as starts are logged.
struct Ancestors {
  std::vector<const ProcessStartFact*> starts;
  std::vector<SharedText> images;  ///< with those that only a parent field names
};

[[nodiscard]] Ancestors ancestors_of(const std::vector<const RegistryChangeFact*>& records,
                                     const Sessions& sessions);

[[nodiscard]] AttributionLink context(const char* status, std::string text,
                                      std::vector<Origin> evidence);
/// Limit: a script or command in a report stays a line or two.
[[nodiscard]] std::string excerpt(std::string_view text, std::size_t most = 240);
[[nodiscard]] bool is_file(const SharedText& path, std::string_view name);
/// True for an image in the folder or below it, or one that is named without any.
[[nodiscard]] bool is_at_home(const SharedText& image, std::string_view folder);
/// Windows' own program of that name, of its own folder.
[[nodiscard]] bool is_system_program(const SharedText& image, std::string_view name);

/// Behind the remote registry service the writing process is svchost.exe, whoever asks.
void add_remote_registry(const Change& change,
                         const std::vector<const RegistryChangeFact*>& records,
                         const Ancestors& ancestors, const Sessions& sessions,
                         std::vector<AttributionLink>& links);
/// A service or a scheduled task that was made to run what wrote, and by whom (4697, 4698, 4702).
void add_installed(const Change& change, const Ancestors& ancestors, const Sessions& sessions,
                   std::vector<AttributionLink>& links);

}  // namespace npg::attribution
