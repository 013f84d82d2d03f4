#include "app/attack_analysis.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "app/data.hpp"
#include "attack/analysis_file.hpp"
#include "base/check.hpp"
#include "base/diagnostic.hpp"
#include "base/evidence_text.hpp"
#include "base/json_writer.hpp"

namespace npg {
namespace {

using attack::AnalysedObject;
using attack::AnalysisFile;
using attack::AnalysisState;
using attack::Release;
using attack::Statement;
using attack::Store;

std::string safe(std::string_view text) {
  return escape_for_terminal(EvidenceText::from_utf8(text));
}

/// "yes", "no", or "unknown" when that release is not imported: whether a file's hash is the one of
/// the release that it names.
std::string as_written(const Store& store, const AnalysisFile& file, const AnalysedObject& object,
                       const Limits& limits) {
  const auto index = store.find(file.domain, object.release);
  const auto release = index ? Release::load(store, *index, limits)
                             : Result<Release>(fail(ErrorCode::bad_value, 0, "attack.release"));
  if (!release) {
    return "unknown";
  }
  return attack::content_hash(*release, object.stix_id) == object.content_sha256 ? "yes" : "no";
}

class Listing {
 public:
  Listing(const Store& store, const Limits& limits) : store_(store), limits_(limits) {
    json_.begin_object().field("schema", "npguard.attack_analysis_state/1");
    json_.key("statements").begin_array();
  }

  void add(const std::string& source, const AnalysisFile& file, const Release* release) {
    const std::string against = release == nullptr ? "" : release->info().release;
    out_ += fmt::format("{}: {}, {}; held against {} {}\n", safe(source), safe(file.author),
                        file.date, safe(file.domain),
                        against.empty() ? "nothing: it is not mirrored" : safe(against));
    for (const Statement& each : file.statements) {
      statement(source, file, each, release);
    }
  }

  MirrorReply reply(bool as_json) {
    json_.end_array().field("sound", sound_).end_object();
    return {.out = as_json ? json_.take() + "\n" : out_, .err = {}, .sound = sound_};
  }

 private:
  void statement(const std::string& source, const AnalysisFile& file, const Statement& statement,
                 const Release* release) {
    const AnalysisState state = attack::state_of(statement, release);
    sound_ = sound_ && state != AnalysisState::stale && state != AnalysisState::gone;
    out_ += fmt::format("  {:<8} {:<12} {:<9} {}\n", safe(statement.id), name_of(state),
                        statement.kind, safe(statement.text));
    if (!statement.by.empty()) {
      out_ += fmt::format("    by {}\n", safe(fmt::format("{}", fmt::join(statement.by, ", "))));
    }
    json_.begin_object().field("file", source).field("id", statement.id);
    json_.field("kind", statement.kind).field("author", file.author).field("date", file.date);
    json_.field("text", statement.text).field("state", name_of(state)).key("by").begin_array();
    for (const std::string& each : statement.by) {
      json_.value(each);
    }
    json_.end_array().key("objects").begin_array();
    for (const AnalysedObject& each : statement.objects) {
      object(file, each, release);
    }
    json_.end_array().end_object();
  }

  void object(const AnalysisFile& file, const AnalysedObject& object, const Release* release) {
    const AnalysisState state = attack::state_of(object, release);
    const auto now =
        release == nullptr ? std::nullopt : attack::content_hash(*release, object.stix_id);
    const std::string written = as_written(store_, file, object, limits_);
    out_ += fmt::format("    {:<10} {} in {}, content {}{}{}\n", safe(object.attack_id),
                        safe(object.stix_id), safe(object.release), object.content_sha256,
                        state == AnalysisState::stale ? "; now " + *now : "",
                        written == "no" ? "; NOT its hash in that release" : "");
    json_.begin_object().field("attack_id", object.attack_id).field("stix_id", object.stix_id);
    json_.field("release", object.release).field("content_sha256", object.content_sha256);
    json_.field("now", now).field("state", name_of(state)).field("as_written", written);
    json_.end_object();
  }

  const Store& store_;
  const Limits& limits_;
  JsonWriter json_{JsonWriter::Layout::indented};
  std::string out_;
  bool sound_ = true;
};

std::unexpected<MirrorError> damaged(const Error& error) {
  return std::unexpected(MirrorError{MirrorFailure::damaged,
                                     fmt::format("the store is damaged: {}", describe(error))});
}

}  // namespace

MirrorResult mirror_analysis(const MirrorRequest& request, const AnalysisRequest& analysis,
                             const Limits& limits) {
  auto store = Store::open(
      request.store.empty() ? default_attack_store() : std::filesystem::path(request.store),
      limits);
  if (!store) {
    return damaged(store.error());
  }
  if (const auto loaded = store->load(); !loaded) {
    return damaged(loaded.error());
  }
  Listing listing(*store, limits);
  std::vector<std::string> sources = {"npguard's own"};
  sources.insert(sources.end(), analysis.files.begin(), analysis.files.end());
  for (std::size_t i = 0; i < sources.size(); ++i) {
    std::optional<attack::MappedFile> mapped;
    if (i > 0) {
      auto file = attack::MappedFile::open(sources[i]);
      if (!file) {
        return std::unexpected(
            MirrorError{MirrorFailure::no_input, fmt::format("cannot open {}", safe(sources[i]))});
      }
      mapped = *std::move(file);
    }
    const auto file =
        attack::parse_analysis(mapped ? mapped->text() : data::attack_analysis, limits);
    if (!file) {
      return std::unexpected(MirrorError{
          MirrorFailure::refused, fmt::format("{}: {}", safe(sources[i]), safe(file.error()))});
    }
    const auto index = analysis.release.empty() ? store->newest(file->domain)
                                                : store->find(file->domain, analysis.release);
    if (!index && !analysis.release.empty()) {
      return std::unexpected(MirrorError{
          MirrorFailure::not_found,
          fmt::format("{} {} is not imported", safe(file->domain), safe(analysis.release))});
    }
    if (!index) {
      listing.add(sources[i], *file, nullptr);
      continue;
    }
    const auto release = Release::load(*store, *index, limits);
    if (!release) {
      return damaged(release.error());
    }
    listing.add(sources[i], *file, &*release);
  }
  return listing.reply(request.json);
}

std::string statements_about(const attack::Release& release, const std::string& stix_id) {
  static const auto file = attack::parse_analysis(data::attack_analysis, Limits{});
  NPG_CHECK(file.has_value());
  std::string out;
  for (const Statement& each : file->statements) {
    if (std::ranges::find(each.objects, stix_id, &AnalysedObject::stix_id) != each.objects.end()) {
      out +=
          fmt::format("  {} [{}] {}, {}: {}\n", each.id, name_of(attack::state_of(each, &release)),
                      file->author, file->date, each.text);
    }
  }
  return out.empty() ? out
                     : "\nnpguard's own analysis, not MITRE's (held against this release)\n" + out;
}

}  // namespace npg
