#include <fmt/format.h>

#include "report/provider_parts.hpp"
#include "report/screen_sections.hpp"

namespace npg::screen {
namespace {

/// Positions count from 1 on the screen, as a person counts.
std::string order_of(const Provider& provider) {
  if (provider.order_position) {
    return fmt::format("{}", std::uint64_t{*provider.order_position} + 1);
  }
  return provider.hw_order_position
             ? fmt::format("hw {}", std::uint64_t{*provider.hw_order_position} + 1)
             : "-";
}

std::string path_of(const ProviderDll& dll) {
  return name(dll.path.resolved.empty() ? dll.path.raw.raw() : dll.path.resolved);
}

std::string dll_path(const Provider& provider) {
  const ProviderDll* const dll = receiving_dll(provider);
  return dll == nullptr ? "-" : path_of(*dll);
}

/// What the name holds beside ASCII, for a reader who cannot tell U+0430 from "a".
std::string letters_outside_ascii(const SharedText& text) {
  std::vector<std::string> letters;
  std::size_t position = 0;
  for (const char16_t unit : text.text().to_utf16()) {
    ++position;
    if (unit > 0x7e) {
      letters.push_back(fmt::format("U+{:04X} at {}", static_cast<std::uint32_t>(unit), position));
    }
  }
  return first_of(letters, 6);
}

std::string describe_image(const ImageFact& image) {
  std::string text =
      fmt::format("{}, {}", image.machine.empty() ? "unknown machine" : image.machine,
                  counted(image.size_bytes, "byte", "bytes"));
  if (image.damaged) {
    text += ", damaged";
  }
  if (image.has_version) {
    text +=
        fmt::format(", says it is {} of {}", name(image.original_filename), name(image.company));
  } else {
    text += ", no version information";
  }
  text += image.has_certificate_table ? ", carries a signature (not checked)"
                                      : ", no embedded signature";
  std::vector<std::string> notify;
  for (const ExportFact& each : image.exports) {
    if (contains_name(each.name.raw(), "Notify")) {
      notify.push_back(each.forwarder.empty()
                           ? name(each.name)
                           : fmt::format("{} -> {}", name(each.name), name(each.forwarder)));
    }
  }
  return text +
         (notify.empty() ? ", exports no *Notify function" : ", exports " + first_of(notify, 4));
}

void dll_details(Page& page, const ProviderDll& dll) {
  std::string text = path_of(dll);
  if (!dll.path.resolved.empty() && dll.path.raw.raw() != dll.path.resolved) {
    text += fmt::format(", stored as {}", name(dll.path.raw));
  }
  if (!dll.path.oddities.empty()) {
    std::vector<std::string> oddities;
    for (const std::string& each : dll.path.oddities) {
      oddities.push_back(spaced(each));
    }
    text += fmt::format(" (unusual: {})", joined(oddities));
  }
  page.paragraph(4, dll.is_authent ? "logon DLL  " : "DLL        ", text);
  if (!dll.image) {
    page.paragraph(15, "", "not in the evidence: could not be looked at");
    return;
  }
  page.paragraph(15, "", describe_image(*dll.image));
  if (!dll.image->sha256.empty()) {
    page.paragraph(15, "SHA-256 ", dll.image->sha256);
  }
}

void reasons(Page& page, const Provider& provider, const Cuts& cuts) {
  Table table{.columns = {{},
                          {.title = "", .align = Align::right},
                          {},
                          {.title = "", .align = Align::left, .may_shrink = true}},
              .rows = {}};
  std::size_t shown = 0;
  for (const ReasonEffect effect :
       {ReasonEffect::raises, ReasonEffect::lowers, ReasonEffect::missing}) {
    std::vector<const Reason*> of_effect;
    for (const Reason& each : provider.reasons) {
      if (each.effect == effect) {
        of_effect.push_back(&each);
      }
    }
    std::ranges::stable_sort(of_effect, [](const Reason* left, const Reason* right) {
      return std::abs(std::int64_t{left->weight}) > std::abs(std::int64_t{right->weight});
    });
    // Reasons against are what a reader came for; of the other kinds fewer will do.
    const std::size_t most =
        effect == ReasonEffect::raises || cuts.reasons == SIZE_MAX ? cuts.reasons : 2;
    for (std::size_t i = 0; i < of_effect.size() && i < most; ++i, ++shown) {
      const Reason& each = *of_effect[i];
      table.rows.push_back(
          {{.text = std::string(npg::name_of(effect))},
           {.text =
                effect == ReasonEffect::missing ? std::string() : fmt::format("{:+}", each.weight)},
           {.text = each.code},
           {.text = each.text}});
    }
  }
  page.table(4, table);
  more(page, 4, provider.reasons.size() - shown, "reason", "reasons");
}

void details(Page& page, const Provider& provider, const Cuts& cuts) {
  page.blank();
  std::string head =
      fmt::format("{}, score {}", spaced(npg::name_of(provider.verdict)), provider.score);
  if (provider.last_written.given()) {
    head += fmt::format(", key last written {}", time(provider.last_written));
  }
  if (!provider.known_as.empty()) {
    head += fmt::format(", bears the name of {}", provider.known_as);
  }
  page.paragraph(2, name(provider.name) + ": ", head, paint_of(provider.verdict));
  if (const std::string letters = letters_outside_ascii(provider.name); !letters.empty()) {
    page.paragraph(4, "name       ", fmt::format("holds letters outside ASCII: {}", letters));
  }
  for (std::size_t i = 0; i < provider.dlls.size() && i < cuts.few; ++i) {
    dll_details(page, provider.dlls[i]);
  }
  reasons(page, provider, cuts);
}

}  // namespace

void providers(Page& page, const HostAssessment& host, const Cuts& cuts) {
  page.section("PROVIDERS");
  if (host.providers.empty()) {
    page.paragraph(2, "", "None was found in the evidence.");
    return;
  }
  Table table{.columns = {{.title = "NAME", .align = Align::left, .may_shrink = true},
                          {.title = "STATE"},
                          {.title = "ORDER", .align = Align::right},
                          {.title = "CREDENTIALS"},
                          {.title = "VERDICT"},
                          {.title = "DLL", .align = Align::left, .may_shrink = true}},
              .rows = {}};
  const auto indexes = chosen(host.providers, cuts.providers, [](const Provider& provider) {
    return !is_plainly_expected(provider);
  });
  for (const std::size_t i : indexes) {
    const Provider& each = host.providers[i];
    table.rows.push_back(
        {{.text = name(each.name)},
         {.text = spaced(npg::name_of(each.state))},
         {.text = order_of(each)},
         {.text = std::string(npg::name_of(each.receives_credentials))},
         {.text = spaced(npg::name_of(each.verdict)), .paint = paint_of(each.verdict)},
         {.text = dll_path(each)}});
  }
  page.table(2, table);
  more(page, 2, host.providers.size() - indexes.size(), "provider", "providers");
  std::size_t left_out = 0;
  std::size_t shown = 0;
  for (const Provider& each : host.providers) {
    if (is_plainly_expected(each)) {
      continue;
    }
    if (shown < std::max<std::size_t>(cuts.providers / 2, 1)) {
      details(page, each, cuts);
      ++shown;
    } else {
      ++left_out;
    }
  }
  more(page, 2, left_out, "provider to explain", "providers to explain");
}

void providers_in_short(Page& page, const HostAssessment& host, const Cuts& cuts) {
  page.section("PROVIDERS");
  std::vector<std::string> plain;
  for (const Provider& each : host.providers) {
    plain.push_back(fmt::format("{} ({})", name(each.name), spaced(npg::name_of(each.verdict))));
  }
  page.paragraph(
      2, "", plain.empty() ? "None was found in the evidence." : first_of(plain, cuts.providers));
}

}  // namespace npg::screen
