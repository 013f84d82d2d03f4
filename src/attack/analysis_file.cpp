#include "attack/analysis_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "attack/bundle.hpp"
#include "attack/json_scan.hpp"
#include "attack/json_text.hpp"
#include "base/diagnostic.hpp"

namespace npg::attack {
namespace {

bool is_date(std::string_view text) {
  return text.size() == 10 && text[4] == '-' && text[7] == '-' &&
         text.find_first_not_of("0123456789-") == std::string_view::npos;
}

bool is_hash(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::expected<Statement, std::string> statement_of(const JsonValue& value) {
  Statement out{.id = value.text("id"),
                .kind = value.text("kind"),
                .by = {},
                .text = value.text("text"),
                .objects = {}};
  if (out.id.empty() || out.text.empty()) {
    return std::unexpected(std::string("a statement without id or text"));
  }
  if (out.kind != "detection" && out.kind != "posture" && out.kind != "coverage") {
    return std::unexpected(out.id + ": kind is none of detection, posture, coverage");
  }
  for (const JsonValue& each : value.member("by").items()) {
    out.by.push_back(each.text());
  }
  for (const JsonValue& each : value.member("objects").items()) {
    AnalysedObject object{.attack_id = each.text("attack_id"),
                          .stix_id = each.text("stix_id"),
                          .release = each.text("release"),
                          .content_sha256 = each.text("content_sha256")};
    if (!is_stix_id(object.stix_id) || object.release.empty() || !is_hash(object.content_sha256)) {
      return std::unexpected(out.id +
                             ": an object needs stix_id, release and content_sha256 in full");
    }
    out.objects.push_back(std::move(object));
  }
  if (out.objects.empty()) {
    return std::unexpected(out.id + ": names no object");
  }
  return out;
}

}  // namespace

std::expected<AnalysisFile, std::string> parse_analysis(std::string_view text,
                                                        const Limits& limits) {
  JsonTape tape;
  const std::size_t start = skip_space(text, 0);
  const auto end = scan_json(text, start, 0, limits, tape);
  if (!end) {
    return std::unexpected(describe(end.error()));
  }
  if (const std::size_t rest = skip_space(text, *end); rest != text.size()) {
    return std::unexpected(fmt::format("text after the end at offset {}", rest));
  }
  const JsonValue value(text.substr(start, *end - start), tape);
  if (value.text("schema") != "npguard.attack_analysis/1") {
    return std::unexpected(std::string("schema is not npguard.attack_analysis/1"));
  }
  AnalysisFile file{.author = value.text("author"),
                    .date = value.text("date"),
                    .domain = value.text("domain"),
                    .statements = {}};
  if (file.author.empty() || !is_date(file.date) || file.domain.empty()) {
    return std::unexpected(std::string("needs author, date (YYYY-MM-DD) and domain"));
  }
  for (const JsonValue& each : value.member("statements").items()) {
    auto statement = statement_of(each);
    if (!statement) {
      return std::unexpected(statement.error());
    }
    if (std::ranges::find(file.statements, statement->id, &Statement::id) !=
        file.statements.end()) {
      return std::unexpected(statement->id + ": stands twice");
    }
    file.statements.push_back(*std::move(statement));
  }
  return file;
}

std::string_view name_of(AnalysisState state) {
  switch (state) {
    case AnalysisState::current: return "current";
    case AnalysisState::not_mirrored: return "not_mirrored";
    case AnalysisState::stale: return "stale";
    case AnalysisState::gone: return "gone";
  }
  return "gone";
}

std::optional<std::string> content_hash(const Release& release, std::string_view stix_id) {
  const auto number = release.store().id_number(stix_id);
  const auto row = number ? release.row_of(*number) : std::nullopt;
  return row ? std::optional(hex_of(release.store().content(release.rows()[*row].blob)))
             : std::nullopt;
}

AnalysisState state_of(const AnalysedObject& object, const Release* release) {
  if (release == nullptr) {
    return AnalysisState::not_mirrored;
  }
  const auto now = content_hash(*release, object.stix_id);
  if (!now || *now == object.content_sha256) {
    return now ? AnalysisState::current : AnalysisState::gone;
  }
  // Software has other members in STIX 2.0 than in 2.1: the release's other form counts as well.
  const auto other = release->store().find(release->info().domain, release->info().release,
                                           release->info().stix21 ? "2.0" : "2.1");
  const auto other_release = other
                                 ? Release::load(release->store(), *other, Limits{})
                                 : Result<Release>(fail(ErrorCode::not_found, 0, "attack.release"));
  const bool same =
      other_release && content_hash(*other_release, object.stix_id) == object.content_sha256;
  return same ? AnalysisState::current : AnalysisState::stale;
}

AnalysisState state_of(const Statement& statement, const Release* release) {
  AnalysisState worst = AnalysisState::current;
  for (const AnalysedObject& each : statement.objects) {
    worst = std::max(worst, state_of(each, release));
  }
  return worst;
}

}  // namespace npg::attack
