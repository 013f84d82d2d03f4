// The files of the notification chain besides the providers.
#include <fmt/format.h>

#include "report/screen_sections.hpp"

namespace npg::screen {
namespace {

/// Windows' own files are told of only when something speaks against them.
bool is_worth_a_line(const Companion& companion, const Cuts& cuts) {
  return !cuts.is_short || !companion.registered.empty() ||
         companion.verdict >= ProviderVerdict::suspicious;
}

std::string against(const Companion& companion) {
  std::string text;
  for (const Reason& reason : companion.reasons) {
    if (reason.effect == ReasonEffect::raises && reason.weight > 0) {
      text += (text.empty() ? "" : "; ") + reason.text;
    }
  }
  return text;
}

}  // namespace

void companions(Page& page, const HostAssessment& host, const Cuts& cuts) {
  std::vector<const Companion*> worth;
  for (const Companion& each : host.companions) {
    if (is_worth_a_line(each, cuts)) {
      worth.push_back(&each);
    }
  }
  if (worth.empty()) {
    return;
  }
  page.section("OTHER FILES OF THE NOTIFICATION CHAIN");
  const std::size_t shown = std::min(worth.size(), cuts.provider_details);
  for (std::size_t i = 0; i < shown; ++i) {
    const Companion& each = *worth[i];
    const ResolvedPath& path = each.file.path;
    std::string text =
        fmt::format("{}: {}, score {}",
                    name(path.resolved.empty() ? path.raw.raw() : std::string_view(path.resolved)),
                    spaced(npg::name_of(each.verdict)), each.score);
    if (!each.registered.empty()) {
      text += fmt::format(", named by {}", name(each.registered));
    }
    const std::string reasons = against(each);
    text += reasons.empty() ? "" : ": " + reasons;
    page.paragraph(2, spaced(npg::name_of(each.role)) + "  ", text, paint_of(each.verdict));
  }
  more(page, 2, worth.size() - shown, "file", "files");
}

}  // namespace npg::screen
