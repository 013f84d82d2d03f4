#include <fmt/format.h>

#include <array>
#include <numeric>
#include <utility>

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
             ? fmt::format("HwOrder {}", std::uint64_t{*provider.hw_order_position} + 1)
             : "-";
}

std::string dll_path(const Provider& provider) {
  const ProviderDll* const dll = receiving_dll(provider);
  return dll == nullptr ? "-" : name(path_of(*dll));
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

std::string signature_text(const ImageFact& image) {
  const SignatureFact& signature = image.signature;
  const std::string who =
      name(signature.common_name.empty() ? signature.subject : signature.common_name);
  switch (signature.status) {
    case SignatureStatus::trusted:
      return fmt::format(", signed by {}{}", who,
                         signature.form == SignatureForm::catalog ? " (by a catalog)" : "");
    case SignatureStatus::untrusted:
      return fmt::format(", signed by {}, which is not trusted ({})", who, signature.why);
    case SignatureStatus::broken:
      return fmt::format(", its signature is broken ({})", signature.why);
    case SignatureStatus::unsigned_file: return ", not signed";
    case SignatureStatus::not_checked: break;
  }
  return image.has_certificate_table ? ", carries a signature (not checked)"
                                     : ", no embedded signature";
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
  text += signature_text(image);
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

/// True when the stored text differs from the path only by the usual name of the Windows folder.
bool is_usual_form(const ProviderDll& dll) {
  constexpr std::string_view variable = "%SystemRoot%\\";
  constexpr std::string_view folder = "C:\\Windows\\";
  const std::string_view raw = dll.path.raw.raw();
  const std::string_view resolved = dll.path.resolved;
  return raw.size() > variable.size() && resolved.size() > folder.size() &&
         equal_names(raw.substr(0, variable.size()), variable) &&
         equal_names(resolved.substr(0, folder.size()), folder) &&
         raw.substr(variable.size()) == resolved.substr(folder.size());
}

/// Files of the evidence that the loader may take for the same path, but for the one looked at.
std::string other_places(const ProviderDll& dll) {
  std::vector<std::string> places;
  for (const PathCandidate& candidate : dll.path.candidates) {
    if (!candidate.sha256.empty() && candidate.path != dll.path.resolved) {
      places.push_back(fmt::format("{} ({})", name(candidate.path), spaced(candidate.why)));
    }
  }
  return joined(places);
}

void dll_details(Page& page, const ProviderDll& dll, bool is_only_one, const Cuts& cuts) {
  // The table has said the path of the only one, where there is nothing more to say about it.
  const bool is_said = cuts.is_short && is_only_one && is_usual_form(dll);
  std::string text = is_said ? "" : name(path_of(dll));
  if (!dll.path.resolved.empty() && dll.path.raw.raw() != dll.path.resolved &&
      !(cuts.is_short && is_usual_form(dll))) {
    text += fmt::format(", stored as {}", name(dll.path.raw));
  }
  if (!dll.path.oddities.empty()) {
    std::vector<std::string> oddities;
    for (const std::string& each : dll.path.oddities) {
      oddities.push_back(spaced(each));
    }
    text += fmt::format(" (unusual: {})", joined(oddities));
  }
  const std::string others = other_places(dll);
  text += others.empty() || cuts.is_short ? "" : fmt::format(" [also: {}]", others);
  text += text.empty() ? "" : ": ";
  text += dll.image ? describe_image(*dll.image) : "not in the evidence, could not be looked at";
  page.paragraph(4, dll.is_authent ? "logon DLL  " : "DLL      ", text);
  if (dll.image && !dll.image->sha256.empty()) {
    page.paragraph(4, "SHA-256  ", dll.image->sha256);
  }
}

/// Reasons of one effect, the weighty first.
std::vector<const Reason*> reasons_of(const Provider& provider, ReasonEffect effect) {
  std::vector<const Reason*> found;
  for (const Reason& each : provider.reasons) {
    if (each.effect == effect) {
      found.push_back(&each);
    }
  }
  std::ranges::stable_sort(found, [](const Reason* left, const Reason* right) {
    return std::abs(std::int64_t{left->weight}) > std::abs(std::int64_t{right->weight});
  });
  return found;
}

/// "text; text": what several reasons say, as one sentence.
std::string texts_of(const std::vector<const Reason*>& reasons) {
  std::string text;
  for (const Reason* const each : reasons) {
    text += (text.empty() ? "" : "; ") + each->text;
  }
  return text;
}

/// All reasons with their codes.
void reasons_in_full(Page& page, const Provider& provider) {
  Table table{.columns = {{},
                          {.title = "", .align = Align::right},
                          {},
                          {.title = "", .align = Align::left, .may_shrink = true}},
              .rows = {}};
  for (const ReasonEffect effect :
       {ReasonEffect::raises, ReasonEffect::lowers, ReasonEffect::missing}) {
    for (const Reason* const each : reasons_of(provider, effect)) {
      table.rows.push_back(
          {{.text = std::string(npg::name_of(effect))},
           {.text = effect == ReasonEffect::missing ? std::string()
                                                    : fmt::format("{:+}", each->weight)},
           {.text = each->code},
           {.text = each->text}});
    }
  }
  page.table(4, table);
}

/// What speaks against it, a line each; what speaks for it and what is not known, a line in all.
void reasons_in_short(Page& page, const Provider& provider, const Cuts& cuts) {
  const auto against = reasons_of(provider, ReasonEffect::raises);
  const std::size_t shown = std::min(against.size(), cuts.reasons);
  for (std::size_t i = 0; i < shown; ++i) {
    page.paragraph(4, fmt::format("{:<9}", fmt::format("{:+}", against[i]->weight)),
                   against[i]->text);
  }
  more(page, 4, against.size() - shown, "reason against it", "reasons against it");
  const std::string in_favour = texts_of(reasons_of(provider, ReasonEffect::lowers));
  if (!in_favour.empty()) {
    page.paragraph(4, "for it   ", in_favour);
  }
  const std::string missing = texts_of(reasons_of(provider, ReasonEffect::missing));
  if (!missing.empty()) {
    page.paragraph(4, "unknown  ", missing);
  }
}

std::string describe(const Provider& provider) {
  std::string text =
      fmt::format("{}, score {}", spaced(npg::name_of(provider.verdict)), provider.score);
  if (provider.last_written.given()) {
    text += fmt::format(", key last written {}", time(provider.last_written));
  }
  if (!provider.known_as.empty()) {
    text += fmt::format(", bears the name of {}", provider.known_as);
  }
  return text;
}

/// Who signs a product's DLL, and that it could receive passwords where its exports say so.
std::string product_dll_text(const Provider& provider) {
  const ProviderDll* const dll = receiving_dll(provider);
  if (dll == nullptr || !dll->image) {
    return {};
  }
  std::vector<std::string> notify;
  for (const ExportFact& each : dll->image->exports) {
    if (each.name.raw() == "NPLogonNotify" || each.name.raw() == "NPPasswordChangeNotify") {
      notify.push_back(name(each.name));
    }
  }
  const bool is_trusted = dll->image->signature.status == SignatureStatus::trusted;
  return (is_trusted ? signature_text(*dll->image) : std::string()) +
         (notify.empty() ? "" : fmt::format("; its DLL exports {}", joined(notify)));
}

void details(Page& page, const Provider& provider, const Cuts& cuts) {
  const std::string label = name(provider.name) + ": ";
  if (cuts.is_short && !is_bad(provider) && !is_spoken_against(provider) &&
      has_reason(provider, "registration_is_known_product")) {
    // A product's own registration takes two lines: what it is, and what could not be checked.
    page.paragraph(2, label,
                   "registered as " + provider.known_as + " does it" + product_dll_text(provider),
                   paint_of(provider.verdict));
    const std::string missing = texts_of(reasons_of(provider, ReasonEffect::missing));
    if (!missing.empty()) {
      page.paragraph(4, "unknown  ", missing);
    }
    return;
  }
  page.paragraph(2, label, describe(provider), paint_of(provider.verdict));
  if (const std::string letters = letters_outside_ascii(provider.name); !letters.empty()) {
    page.paragraph(4, "name     ", fmt::format("holds letters outside ASCII: {}", letters));
  }
  for (std::size_t i = 0; i < provider.dlls.size() && i < cuts.few; ++i) {
    dll_details(page, provider.dlls[i], provider.dlls.size() == 1, cuts);
  }
  if (cuts.is_short) {
    reasons_in_short(page, provider, cuts);
  } else {
    reasons_in_full(page, provider);
  }
}

bool needs_no_details(const Provider& provider, const Cuts& cuts) {
  return is_plainly_expected(provider) || (cuts.is_short && is_as_windows_ships(provider));
}

/// The words of one thing that was not looked at, for one provider and for several.
struct Lack {
  std::string_view code;
  std::string_view of_one;
  std::string_view of_all;
  std::string_view of_some;  ///< behind "of 2 "
};
constexpr std::array<Lack, 6> lacks = {
    {{"catalogs_not_in_evidence",
      "the catalogs that would vouch for its DLL are not in the evidence",
      "the catalogs that would vouch for their DLLs are not in the evidence",
      "the catalogs are not in the evidence"},
     {"dll_in_none_of_the_catalogs", "none of the catalogs names its DLL",
      "none of the catalogs names their DLLs", "no catalog names the DLLs"},
     {"catalog_damaged", "a catalog that may name its DLL is damaged",
      "a catalog that may name their DLLs is damaged",
      "a catalog that may name the DLLs is damaged"},
     {"dll_unreadable", "its DLL lies there and says nothing",
      "their DLLs lie there and say nothing", "the DLLs lie there and say nothing"},
     {"signature_not_checked", "its signature was not checked", "their signatures were not checked",
      "the signatures were not checked"},
     {"dll_not_in_evidence", "its DLL is not in the evidence", "their DLLs are not in the evidence",
      "the DLLs are not in the evidence"}}};

/// One line for the providers that get no details though something about them is not known.
void as_shipped(Page& page, const HostAssessment& host) {
  std::vector<const Provider*> shipped;
  for (const Provider& each : host.providers) {
    if (is_as_windows_ships(each) && !is_plainly_expected(each)) {
      shipped.push_back(&each);
    }
  }
  if (shipped.empty()) {
    return;
  }
  std::vector<std::string> parts;
  for (const Lack& lack : lacks) {
    const auto count = static_cast<std::size_t>(std::ranges::count_if(
        shipped, [&](const Provider* provider) { return has_reason(*provider, lack.code); }));
    if (count == shipped.size()) {
      parts.emplace_back(count == 1 ? lack.of_one : lack.of_all);
    } else if (count > 0) {
      parts.push_back(fmt::format("of {} {}", count, lack.of_some));
    }
  }
  page.paragraph(
      2, "",
      fmt::format("{} registered as Windows ships {}{}{}.",
                  shipped.size() == 1 ? name(shipped.front()->name) + " is"
                                      : fmt::format("{} are", shipped.size()),
                  shipped.size() == 1 ? "it" : "them", parts.empty() ? "" : "; ", joined(parts)));
}

/// The providers that get a row, in the host's order; bad ones have the first claim.
std::vector<std::size_t> rows_of(const HostAssessment& host, const Cuts& cuts) {
  std::vector<std::size_t> rows(host.providers.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  std::ranges::stable_sort(rows, {}, [&](std::size_t i) {
    const Provider& provider = host.providers[i];
    return is_bad(provider) ? 0 : needs_no_details(provider, Cuts{}) ? 2 : 1;
  });
  rows.resize(std::min(rows.size(), cuts.providers));
  std::ranges::sort(rows);
  return rows;
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
                          {.title = "ORDER"},
                          {.title = "CREDENTIALS"},
                          {.title = "VERDICT"},
                          {.title = "DLL", .align = Align::left, .may_shrink = true}},
              .rows = {}};
  const auto indexes = rows_of(host, cuts);
  for (const std::size_t i : indexes) {
    const Provider& each = host.providers[i];
    table.rows.push_back(
        {{.text = name(each.name)},
         {.text = spaced(npg::name_of(each.state))},
         {.text = order_of(each)},
         {.text = std::string(npg::name_of(each.receives_credentials))},
         {.text = spaced(npg::name_of(each.verdict)),
          .paint = is_as_windows_ships(each) ? Paint::plain : paint_of(each.verdict)},
         {.text = dll_path(each)}});
  }
  page.table(2, table);
  more(page, 2, host.providers.size() - indexes.size(), "provider", "providers");
  if (cuts.is_short) {
    as_shipped(page, host);
  }
  // The worst first: they must not be left out for others that come before them in the order.
  std::vector<const Provider*> explained;
  for (const Provider& each : host.providers) {
    if (!needs_no_details(each, cuts)) {
      explained.push_back(&each);
    }
  }
  std::ranges::stable_sort(explained, [](const Provider* left, const Provider* right) {
    return std::pair(left->verdict, left->score) > std::pair(right->verdict, right->score);
  });
  const std::size_t shown = std::min(explained.size(), cuts.provider_details);
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0 || !cuts.is_short) {
      page.blank();
    }
    details(page, *explained[i], cuts);
  }
  more(page, 2, explained.size() - shown, "provider to explain", "providers to explain");
}

}  // namespace npg::screen
