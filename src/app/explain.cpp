#include "app/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "app/data.hpp"
#include "base/evidence_text.hpp"
#include "report/explanation.hpp"
#include "source/collection/collection.hpp"

namespace npg {
namespace {

constexpr std::size_t width = 100;
constexpr std::size_t bytes_shown_max = 96;
constexpr std::size_t bytes_of_unknown_size = 32;

/// The row of docs/reasons.md: "Weight +2. Meaning."; nothing for another word.
std::optional<std::string> meaning_of(std::string_view code) {
  const std::string start = fmt::format("\n| `{}` | ", code);
  const std::size_t at = data::reasons.find(start);
  if (at == std::string_view::npos || code.empty()) {
    return std::nullopt;
  }
  const std::string_view row = data::reasons.substr(at + start.size());
  const std::size_t weight = row.find(" | ");
  const std::size_t end = row.find(" |\n");
  if (weight == std::string_view::npos || end == std::string_view::npos || end < weight + 3) {
    return std::nullopt;
  }
  return fmt::format("{} (weight: {})", row.substr(weight + 3, end - weight - 3),
                     row.substr(0, weight));
}

/// The page of docs/detections; empty for an id that is no rule's.
std::string_view page_of(std::string_view rule) {
  const std::string start = fmt::format("# {}: ", rule);
  const std::size_t at = data::detections.find(start);
  if (at == std::string_view::npos || rule.size() != 7) {
    return {};
  }
  const std::string_view page = data::detections.substr(at);
  return page.substr(0, page.find("\n# NPG"));
}

std::string_view section_of(std::string_view page, std::string_view title) {
  const std::string start = fmt::format("\n## {}\n", title);
  const std::size_t at = page.find(start);
  if (at == std::string_view::npos) {
    return {};
  }
  const std::string_view section = page.substr(at + start.size());
  return section.substr(0, section.find("\n## "));
}

std::vector<ExplainedPage> pages_of(std::string_view rule) {
  std::vector<ExplainedPage> pages;
  const std::string_view page = page_of(rule);
  for (const std::string_view title :
       {"What", "Why", "Benign causes", "Blind spots", "Check by hand"}) {
    if (const auto text = section_of(page, title); !text.empty()) {
      pages.push_back({.title = std::string(title), .text = std::string(text)});
    }
  }
  return pages;
}

ExplainedPage how_to_check() {
  return {.title = "Check by hand",
          .text =
              "The offsets above are bytes of the named file: read them with any hex viewer, or "
              "with `npguard dump hive FILE`, `dump evtx FILE` and `dump pe FILE`, whose lines "
              "give each record's offset. A path, class or name is the value's data in the "
              "registry; a hash is `sha256sum` of the file; a signature is what `osslsigncode "
              "verify` or Windows' own file properties say of it."};
}

class Explainer {
 public:
  Explainer(const Assessment& assessment, const Collection& collection)
      : assessment_(assessment), collection_(collection) {}

  std::vector<ExplainedThing> all_of(std::string_view id) {
    for (const HostAssessment& host : assessment_.hosts) {
      for (const Finding& each : host.findings) {
        if (equal_names(each.id, id) || equal_names(each.rule, id)) {
          finding(host, each);
        }
      }
      for (const Provider& each : host.providers) {
        if (equal_names(each.name.raw(), id)) {
          provider(host, each, {});
        } else if (has_code(each.reasons, id)) {
          provider(host, each, id);
        }
      }
      for (const Companion& each : host.companions) {
        if (is_called(each, id)) {
          companion(host, each, {});
        } else if (has_code(each.reasons, id)) {
          companion(host, each, id);
        }
      }
    }
    return std::move(things_);
  }

 private:
  /// By its role, in the report's words, too ("winlogon mpnotify"), by its file's path or name, or
  /// by the value that registers it.
  static bool is_called(const Companion& companion, std::string_view id) {
    std::string role(name_of(companion.role));
    const std::string_view path = companion.file.path.resolved;
    const bool is_role = equal_names(role, id);
    std::ranges::replace(role, '_', ' ');
    return is_role || equal_names(role, id) || equal_names(companion.registered.raw(), id) ||
           (!path.empty() &&
            (equal_names(path, id) || equal_names(path.substr(path.rfind('\\') + 1), id)));
  }

  static bool has_code(const std::vector<Reason>& reasons, std::string_view code) {
    return std::ranges::any_of(reasons, [&](const Reason& r) { return r.code == code; });
  }

  void finding(const HostAssessment& host, const Finding& from) {
    ExplainedThing thing{.title = fmt::format("{} {}", from.id, from.title),
                         .lines = {fmt::format("host {}: {}, {}", host.host.name.raw(),
                                               name_of(from.severity), from.subject)},
                         .parts = {},
                         .pages = pages_of(from.rule)};
    thing.parts.push_back({.title = "seen",
                           .text = from.text,
                           .meaning = {},
                           .evidence = bytes_of_all(from.evidence)});
    things_.push_back(std::move(thing));
  }

  /// All reasons, or those with one code.
  std::vector<ExplainedPart> reasons(const std::vector<Reason>& from, std::string_view code) {
    std::vector<ExplainedPart> parts;
    for (const Reason& reason : from) {
      if (code.empty() || reason.code == code) {
        parts.push_back({.title = reason.effect == ReasonEffect::missing
                                      ? fmt::format("unknown {}", reason.code)
                                      : fmt::format("{:+} {}", reason.weight, reason.code),
                         .text = reason.text,
                         .meaning = meaning_of(reason.code).value_or(""),
                         .evidence = bytes_of_all(reason.evidence)});
      }
    }
    return parts;
  }

  void provider(const HostAssessment& host, const Provider& from, std::string_view code) {
    things_.push_back(
        {.title = fmt::format("{} on {}", from.name.raw(), host.host.name.raw()),
         .lines = {fmt::format("{}, score {}, {}{}", name_of(from.verdict), from.score,
                               name_of(from.state),
                               from.known_as.empty() ? "" : ", bears the name of " + from.known_as),
                   fmt::format("receives credentials: {}", name_of(from.receives_credentials))},
         .parts = reasons(from.reasons, code),
         .pages = {how_to_check()}});
  }

  void companion(const HostAssessment& host, const Companion& from, std::string_view code) {
    things_.push_back(
        {.title = fmt::format("{} on {}", name_of(from.role), host.host.name.raw()),
         .lines = {fmt::format(
             "{}: {}, score {}",
             from.file.path.resolved.empty() ? from.file.path.raw.raw() : from.file.path.resolved,
             name_of(from.verdict), from.score)},
         .parts = reasons(from.reasons, code),
         .pages = {how_to_check()}});
  }

  std::vector<CitedBytes> bytes_of_all(const std::vector<Origin>& origins) {
    std::vector<CitedBytes> all;
    all.reserve(origins.size());
    for (std::size_t i = 0; i < origins.size(); ++i) {
      if (std::find(origins.begin(), origins.begin() + static_cast<std::ptrdiff_t>(i),
                    origins[i]) == origins.begin() + static_cast<std::ptrdiff_t>(i)) {
        all.push_back(bytes_of(origins[i]));
      }
    }
    return all;
  }

  CitedBytes bytes_of(const Origin& origin) {
    CitedBytes cited{.file = "unknown evidence", .origin = origin, .bytes = {}, .trouble = {}};
    if (origin.evidence >= assessment_.evidence.size() ||
        origin.evidence >= collection_.files.size()) {
      cited.trouble = "no file of the evidence is cited";
      return cited;
    }
    const EvidenceItem& item = assessment_.evidence[origin.evidence];
    cited.file = fmt::format("{} {}", item.id, item.path.raw());
    const FileView& file = *collection_.files[origin.evidence].file;
    const std::uint64_t wanted = origin.length == 0 ? bytes_of_unknown_size : origin.length;
    cited.bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(wanted, bytes_shown_max)));
    const auto read = file.read_at(origin.offset, cited.bytes);
    cited.bytes.resize(read.value_or(0));
    if (!read) {
      cited.trouble = describe(read.error());
    } else if (cited.bytes.empty()) {
      cited.trouble = origin.how == How::replayed
                          ? "the file ends before that place; only the transaction logs have it"
                          : "the file ends before that place";
    }
    return cited;
  }

  const Assessment& assessment_;
  const Collection& collection_;
  std::vector<ExplainedThing> things_;
};

Explanation what_it_means(std::string_view id) {
  if (const auto meaning = meaning_of(id)) {
    const ExplainedThing thing{
        .title = std::string(id), .lines = {*meaning}, .parts = {}, .pages = {how_to_check()}};
    return {.found = true, .text = explanation_text(std::span(&thing, 1), width)};
  }
  const std::string rule(id.substr(0, 7));
  if (const std::string_view page = page_of(rule); !page.empty()) {
    const ExplainedThing thing{.title = std::string(page.substr(2, page.find('\n') - 2)),
                               .lines = {},
                               .parts = {},
                               .pages = pages_of(rule)};
    return {.found = true, .text = explanation_text(std::span(&thing, 1), width)};
  }
  return {.found = false,
          .text = fmt::format("\"{}\" is neither a rule nor the code of a reason",
                              escape_for_terminal(EvidenceText::from_utf8(id)))};
}

}  // namespace

Result<Explanation> explain(std::string_view id, const ScanOptions& options) {
  if (options.paths.empty()) {
    return what_it_means(id);
  }
  NPG_TRY(const Assessment assessment, scan(options));
  Diagnostics ignored;  // The scan has reported them.
  NPG_TRY(const Collection collection, open_collection(options.paths, options.limits, ignored));
  const auto things = Explainer(assessment, collection).all_of(id);
  if (things.empty()) {
    return Explanation{.found = false,
                       .text = fmt::format("the evidence has no finding, provider or reason \"{}\"",
                                           escape_for_terminal(EvidenceText::from_utf8(id)))};
  }
  return Explanation{.found = true, .text = explanation_text(things, width)};
}

}  // namespace npg
