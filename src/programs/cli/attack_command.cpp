// `npguard attack`: argv to the mirror's use cases.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>

#include "app/attack_analysis.hpp"
#include "app/attack_mirror.hpp"
#include "app/case.hpp"
#include "app/case_keeping.hpp"
#include "app/render.hpp"
#include "app/scan.hpp"
#include "base/evidence_text.hpp"
#include "base/parallel.hpp"
#include "programs/cli/commands.hpp"
#include "programs/cli/exit_codes.hpp"
#include "programs/cli/output.hpp"

namespace npg::cli {
namespace {

struct AttackArguments {
  MirrorRequest request;
  MirrorImport import;
  std::string what;
  std::vector<std::string> compared;
  AnalysisRequest analysis;
  std::vector<std::string> paths;
  bool visibility = false;
};

int code_of(MirrorFailure failure) {
  switch (failure) {
    case MirrorFailure::usage: return usage;
    case MirrorFailure::no_input:
    case MirrorFailure::not_found: return no_input;
    case MirrorFailure::refused:
    case MirrorFailure::damaged: return incomplete;
    case MirrorFailure::not_written: return cannot_create;
  }
  return internal;
}

int answer(const MirrorResult& result) {
  if (!result) {
    fmt::print(stderr, "npguard: {}\n", result.error().text);
    return code_of(result.error().kind);
  }
  if (!result->err.empty()) {
    fmt::print(stderr, "{}", result->err);
  }
  if (const auto written = write_stdout(result->out); !written && written.error() != EPIPE) {
    return cannot_create;
  }
  return result->sound ? clean_and_complete : incomplete;
}

MirrorError of_case(const std::string& path, const CaseError& error) {
  const bool is_there = error.kind != CaseFailure::not_found &&
                        error.kind != CaseFailure::not_a_case && error.kind != CaseFailure::newer;
  return {is_there ? MirrorFailure::damaged : MirrorFailure::no_input,
          fmt::format("the case {}: {}", escape_for_terminal(EvidenceText::from_utf8(path)),
                      error.text)};
}

/// A layer of the hosts in `paths`, or in a case; names and objects are from the mirror where there
/// is one.
MirrorResult layer(const AttackArguments& arguments) {
  const bool is_asked_for = !arguments.request.store.empty();
  const auto attack = catalogue_of_store(
      is_asked_for ? std::filesystem::path(arguments.request.store) : default_attack_store(),
      Limits{});
  if (!attack || (is_asked_for && !attack->source.mirrored)) {
    return std::unexpected(
        MirrorError{MirrorFailure::no_input,
                    attack ? "the store holds no release of enterprise-attack" : attack.error()});
  }
  const auto a_case = std::ranges::find_if(arguments.paths, is_database);
  std::optional<CaseKeeping> keeping;
  if (a_case != arguments.paths.end()) {
    if (arguments.paths.size() > 1) {
      return std::unexpected(MirrorError{
          MirrorFailure::usage, "a case stands alone: scan the evidence into it with --case"});
    }
    auto opened = CaseKeeping::look_into(*a_case);
    if (!opened) {
      return std::unexpected(of_case(*a_case, opened.error()));
    }
    keeping.emplace(*std::move(opened));
  }
  const auto assessment = scan({.paths = keeping ? std::vector<std::string>() : arguments.paths,
                                .threads = default_threads(),
                                .attack = &*attack,
                                .keeping = keeping ? &*keeping : nullptr});
  if (keeping && !keeping->failure().text.empty()) {
    return std::unexpected(of_case(*a_case, keeping->failure()));
  }
  if (!assessment) {
    return std::unexpected(MirrorError{
        MirrorFailure::no_input,
        fmt::format("cannot open {}: {}",
                    escape_for_terminal(EvidenceText::from_utf8(
                        arguments.paths[static_cast<std::size_t>(assessment.error().have)])),
                    why_not_opened(assessment.error()))});
  }
  return MirrorReply{assessment_as_layer(*assessment, arguments.visibility ? LayerKind::visibility
                                                                           : LayerKind::findings),
                     attack->source.licence,
                     assessment->complete && (!keeping || keeping->outdated().empty())};
}

}  // namespace

void add_attack(CLI::App& app, int& exit_code) {
  const auto arguments = std::make_shared<AttackArguments>();  // owned by the callbacks together
  CLI::App* attack = app.add_subcommand(
      "attack", "The mirror of MITRE ATT&CK objects: exact texts, history, hashes");
  attack->require_subcommand(1);
  attack->footer(
      "\nExamples:\n"
      "  npguard attack import enterprise-attack-18.1.json enterprise-attack-19.1.json\n"
      "  npguard attack show T1556.008              in the newest imported release\n"
      "  npguard attack show T1556.008@18.1\n"
      "  npguard attack history T1556.008\n"
      "  npguard attack diff 18.1 19.1\n"
      "  npguard attack diff --fields 18.1 19.1     each changed object field by field\n"
      "  npguard attack diff T1556.008 18.1 19.1\n"
      "  npguard attack analysis                    which of npguard's own statements are stale\n"
      "  npguard attack layer collected > layer.json\n"
      "  npguard attack layer --visibility collected > visibility.json\n"
      "  npguard attack layer fleet.case > layer.json\n"
      "npguard brings none of these objects: import the bundle of your choice. The texts are "
      "MITRE's; its\n"
      "licence is printed with them.");
  // Each verb has the options that mean something to it, and no others.
  const auto add = [&](const std::string& name, const std::string& about, std::string_view options,
                       auto run) {
    CLI::App* sub = attack->add_subcommand(name, about);
    const auto has = [&](std::string_view word) { return options.find(word) != options.npos; };
    MirrorRequest& request = arguments->request;
    sub->add_option("--store", request.store,
                    "The store's folder (default: XDG_DATA_HOME/npguard/attack)");
    if (has("domain")) {
      sub->add_option("--domain", request.domain, "enterprise-attack, mobile-attack or ics-attack")
          ->check(CLI::IsMember({"enterprise-attack", "mobile-attack", "ics-attack"}));
    }
    if (has("stix")) {
      sub->add_option("--stix", request.stix, "Only this form of a release: 2.0 or 2.1")
          ->check(CLI::IsMember({"2.0", "2.1"}));
    }
    if (has("json")) {
      sub->add_flag("--json", request.json, "As JSON");
    }
    sub->callback([arguments, run, &exit_code] { exit_code = answer(run(*arguments)); });
    return sub;
  };
  using A = const AttackArguments&;
  CLI::App* import = add("import", "Take bundles into the store, all or none", "domain json",
                         [](A a) { return mirror_import(a.request, a.import, Limits{}); });
  import
      ->add_option("FILE", arguments->import.files, "STIX 2.0 or 2.1 bundles: plain, xz, gz, zstd")
      ->required();
  import->add_option("--release", arguments->import.release,
                     "The release, where the bundle does not say it");
  import->add_option("--pins", arguments->import.pins, "More published hashes (docs/attack.md)");
  import->add_flag("--require-pinned", arguments->import.require_pinned,
                   "Refuse a bundle that is not a published one by its SHA-256");
  import->add_flag("--require-closed", arguments->import.require_closed,
                   "Refuse a bundle that refers to what it lacks");
  add("list", "What is imported", "domain stix json",
      [](A a) { return mirror_list(a.request, Limits{}); });
  add("show", "One object with what belongs to it", "domain stix json",
      [](A a) { return mirror_show(a.request, a.what, Limits{}); })
      ->add_option("ID", arguments->what, "ID or ID@RELEASE")
      ->required();
  add("raw", "The exact bytes of one object (the licence goes to stderr)", "domain stix",
      [](A a) { return mirror_raw(a.request, a.what, Limits{}); })
      ->add_option("ID", arguments->what, "ID or ID@RELEASE")
      ->required();
  add("verify", "Make every bundle again and hash everything", "json",
      [](A a) { return mirror_verify(a.request, Limits{}); });
  add("history", "One object over all imported releases", "domain stix json",
      [](A a) { return mirror_history(a.request, a.what, Limits{}); })
      ->add_option("ID", arguments->what, "ATT&CK id or STIX id")
      ->required();
  CLI::App* diff = add("diff", "Two releases, or one object in them", "domain stix json",
                       [](A a) { return mirror_diff(a.request, a.compared, Limits{}); });
  diff->add_flag("--fields", arguments->request.fields,
                 "Of two releases: each changed object field by field");
  diff->add_flag("--all", arguments->request.all,
                 "Of two releases: objects that changed in layout, order or bookkeeping, too");
  diff->add_option("[ID] A B", arguments->compared, "An id, if one, and two releases")
      ->required()
      ->expected(2, 3);
  CLI::App* analysis =
      add("analysis", "npguard's own statements, and which of them are stale", "json",
          [](A a) { return mirror_analysis(a.request, a.analysis, Limits{}); });
  analysis->add_option("FILE", arguments->analysis.files,
                       "More files of statements (docs/attack.md)");
  analysis->add_option("--release", arguments->analysis.release,
                       "Hold them against this release (default: the newest imported)");
  CLI::App* layers =
      add("layer", "An ATT&CK Navigator 4.5 layer of what is in the evidence", "", layer);
  layers->add_option("PATH", arguments->paths, "Files and folders, as for scan; or one case")
      ->required();
  layers->add_flag("--visibility", arguments->visibility,
                   "What could have been seen, instead of the findings");
}

}  // namespace npg::cli
