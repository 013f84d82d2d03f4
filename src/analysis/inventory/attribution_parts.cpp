#include "analysis/inventory/attribution_parts.hpp"

#include <algorithm>

#include "base/evidence_text.hpp"

namespace npg::attribution {

Ancestors ancestors_of(const std::vector<const RegistryChangeFact*>& records,
                       const Sessions& sessions) {
  Ancestors found;
  for (const RegistryChangeFact* record : records) {
    if (!record->actor.process.empty()) {
      found.images.push_back(record->actor.process);
    }
    const ProcessStartFact* start = sessions.process(record->actor, record->time);
    // Limit: a chain of eight parents reaches the session's shell from everywhere.
    for (int depth = 0; start != nullptr && depth < 8; ++depth) {
      found.starts.push_back(start);
      found.images.push_back(start->image);
      if (!start->parent_image.empty()) {
        found.images.push_back(start->parent_image);
      }
      start = sessions.parent(*start);
    }
  }
  return found;
}

AttributionLink context(const char* status, std::string text, std::vector<Origin> evidence) {
  return {.link = "context",
          .status = status,
          .text = std::move(text),
          .evidence = std::move(evidence)};
}

std::string excerpt(std::string_view text, std::size_t most) {
  std::string flat;
  for (const char c : text.substr(0, most)) {
    const bool is_space = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (!is_space || (!flat.empty() && flat.back() != ' ')) {
      flat += is_space ? ' ' : c;
    }
  }
  return escape_for_terminal(EvidenceText::from_utf8(flat)) + (text.size() > most ? " …" : "");
}

bool is_file(const SharedText& path, std::string_view name) {
  const std::string_view text = path.raw();
  return equal_names(text.substr(text.rfind('\\') + 1), name);
}

bool is_at_home(const SharedText& image, std::string_view folder) {
  std::string_view path = image.raw();
  const std::size_t first = path.find('\\');
  if (first == std::string_view::npos) {
    return true;
  }
  constexpr std::string_view device = "\\Device\\";
  path = equal_names(path.substr(0, device.size()), device)
             ? path.substr(std::min(path.find('\\', device.size()), path.size()))
             : path.substr(path.starts_with("\\") ? 0 : first);
  return equal_names(path.substr(0, folder.size()), folder);
}

bool is_system_program(const SharedText& image, std::string_view name) {
  return is_file(image, name) && is_at_home(image, "\\Windows\\Sys");  // System32 and SysWOW64
}

}  // namespace npg::attribution
