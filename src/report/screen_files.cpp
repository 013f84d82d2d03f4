#include <fmt/format.h>

#include <map>
#include <set>

#include "report/screen_sections.hpp"

namespace npg::screen {
namespace {

bool is_loss(const Diagnostic& diagnostic) {
  return diagnostic.severity >= Severity::data_loss ||
         diagnostic.code == DiagnosticCode::file_unreadable;
}

std::string text_of(const Diagnostic& diagnostic) {
  return diagnostic.offset == 0 && diagnostic.length == 0
             ? diagnostic.text
             : fmt::format("at {:#x}: {}", diagnostic.offset, diagnostic.text);
}

/// The last part of the path in the words of the advice; empty for other files.
std::string_view source_of(std::string_view path) {
  const std::string_view file = path.substr(path.find_last_of("/\\") + 1);
  if (equal_names(file, "SYSTEM")) {
    return "the SYSTEM hive";
  }
  if (equal_names(file, "SOFTWARE")) {
    return "the SOFTWARE hive";
  }
  if (equal_names(file, "SECURITY")) {
    return "the SECURITY hive";
  }
  if (equal_names(file, "System.evtx")) {
    return "the System log";
  }
  if (contains_name(file, "Sysmon") && contains_name(file, ".evtx")) {
    return "the Sysmon log";
  }
  return equal_names(file, "Security.evtx") ? "the Security log" : "";
}

std::string file_of(std::string_view path) {
  return std::string(path.substr(path.find_last_of("/\\") + 1));
}

}  // namespace

std::vector<UnreadFile> unread_files(const Assessment& assessment) {
  std::map<std::uint32_t, const Diagnostic*> first;
  std::vector<UnreadFile> files;
  for (const Diagnostic& each : assessment.diagnostics) {
    if (!is_loss(each)) {
      continue;
    }
    if (each.evidence < assessment.evidence.size()) {
      first.try_emplace(each.evidence, &each);
    } else {
      // A file that could not be opened is no evidence item; its sentence starts with its path.
      const std::size_t end = each.text.find(" could not be read");
      const std::string path = end == std::string::npos ? "" : each.text.substr(0, end);
      const std::size_t colon = each.text.find(": ", path.size());
      files.push_back({.text = text_of(each),
                       .source = std::string(source_of(path)),
                       .file = file_of(path),
                       .id = {},
                       .why = colon == std::string::npos ? each.text : each.text.substr(colon + 2),
                       .is_lost = true});
    }
  }
  for (std::uint32_t i = 0; i < assessment.evidence.size(); ++i) {
    const EvidenceItem& item = assessment.evidence[i];
    const auto found = first.find(i);
    const bool is_damaged = item.status == EvidenceStatus::damaged;
    if (found == first.end() && !is_damaged && item.status != EvidenceStatus::partial) {
      continue;
    }
    std::string text =
        fmt::format("{} {}: {}", item.id, name(item.path.raw()), npg::name_of(item.status));
    text += item.detail.empty() ? "" : ", " + item.detail;
    text += found == first.end() ? "" : "; " + text_of(*found->second);
    files.push_back({.text = text,
                     .source = is_damaged ? std::string(source_of(item.path.raw())) : std::string(),
                     .file = file_of(item.path.raw()),
                     .id = item.id,
                     .why = !item.detail.empty()   ? item.detail
                            : found != first.end() ? text_of(*found->second)
                                                   : std::string(npg::name_of(item.status)),
                     .is_lost = is_damaged});
  }
  return files;
}

void files_not_read(Page& page, const std::vector<UnreadFile>& files, const Cuts& cuts) {
  if (files.empty()) {
    return;
  }
  page.section("FILES NOT FULLY READ");
  const std::size_t shown = std::min(files.size(), cuts.files);
  for (std::size_t i = 0; i < shown; ++i) {
    page.paragraph(2, "- ", files[i].text);
  }
  more(page, 2, files.size() - shown, "file", "files");
  std::vector<std::string> sources;
  for (const UnreadFile& each : files) {
    if (!each.source.empty() && std::ranges::find(sources, each.source) == sources.end()) {
      sources.push_back(each.source);
    }
  }
  if (!sources.empty()) {
    page.paragraph(
        2, "",
        fmt::format("Could not be read: {}. Take a fresh copy and assess again.", joined(sources)));
  }
}

void odd_values(Page& page, const Assessment& assessment) {
  std::vector<std::string> texts;
  std::set<std::string> seen;
  for (const bool of_provider : {true, false}) {
    for (const Diagnostic& each : assessment.diagnostics) {
      if (each.code == DiagnosticCode::registry_value_odd &&
          contains_name(each.text, "Provider") == of_provider && seen.insert(each.text).second) {
        texts.push_back(each.text);
      }
    }
  }
  constexpr std::size_t most = 3;
  for (std::size_t i = 0; i < texts.size() && i < most; ++i) {
    page.paragraph(2, "odd: ", texts[i], Paint::warning);
  }
  more(page, 2, texts.size() - std::min(texts.size(), most), "odd value", "odd values");
}

}  // namespace npg::screen
