#include "app/scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <optional>
#include <set>

#include "analysis/coverage/stream_statements.hpp"
#include "analysis/exposure/domain_news.hpp"
#include "analysis/exposure/later_use.hpp"
#include "analysis/exposure/window.hpp"
#include "analysis/inventory/host_paths.hpp"
#include "analysis/inventory/inventory.hpp"
#include "app/assess_host.hpp"
#include "app/evidence_list.hpp"
#include "app/host_images.hpp"
#include "app/hosts.hpp"
#include "app/knowledge.hpp"
#include "app/passed_over.hpp"
#include "app/reading.hpp"
#include "app/rival_images.hpp"
#include "app/signatures.hpp"
#include "app/trust_data.hpp"
#include "base/checksum.hpp"
#include "base/parallel.hpp"
#include "extract/events.hpp"
#include "source/collection/collection.hpp"

namespace npg {
namespace {

class Scan {
 public:
  Scan(const ScanOptions& options, Collection collection, Diagnostics diagnostics)
      : options_(options),
        collection_(std::move(collection)),
        diagnostics_(std::move(diagnostics)) {}

  /// Logons are most of a Security log and matter only where something could see a password or
  /// wants an actor. So the first reading leaves them out; where it shows that they matter, all is
  /// read once more with them.
  ///
  /// A case keeps everything: what matters may be said by evidence of tomorrow. And text is read
  /// once where that will do, since reading it costs more than keeping what it tells.
  Assessment run() {
    if (options_.read_people || options_.keeping != nullptr) {
      return assess(event_interests(), Pass::last);
    }
    const Diagnostics at_opening = diagnostics_;
    if (has_text_alone()) {
      stream_events_max_ = events_at_once_max;
      Assessment of_all = assess(event_interests(), Pass::last);
      if (std::ranges::none_of(readings_, &Reading::gave_up)) {
        return of_all;
      }
      stream_events_max_ = UINT64_MAX;
      diagnostics_ = at_opening;
    }
    Assessment assessment = assess(registration_interests(), Pass::first);
    if (!people_matter_) {
      return assessment;
    }
    diagnostics_ = at_opening;
    return assess(event_interests(), Pass::last);
  }

 private:
  enum class Pass : std::uint8_t { first, last };

  /// Limit: events of a stream that are kept before it is known whether they matter; 10 MB or so.
  static constexpr std::uint64_t events_at_once_max = 20'000;

  /// True when all events there are come as text.
  [[nodiscard]] bool has_text_alone() const {
    return std::ranges::none_of(collection_.files, [](const CollectedFile& file) {
      return file.kind == FileKind::event_log;
    });
  }

  Assessment assess(std::span<const EventInterest> interests, Pass pass) {
    readings_.clear();
    read_all(interests);
    if (std::ranges::any_of(readings_, &Reading::gave_up)) {
      return {};
    }
    if (options_.keeping != nullptr && !(hash_for_case() && options_.keeping->keep(readings_))) {
      return {};
    }
    if (options_.keeping != nullptr) {
      report_outdated(*options_.keeping, diagnostics_);
    }
    const bool has_hive_to_place = std::ranges::any_of(readings_, is_placed_by_accounts);
    std::vector<Host> hosts = group_hosts(readings_, diagnostics_);
    people_matter_ = people_matter_ || (has_hive_to_place && hosts.size() > 1);
    // The registry names DLLs that must now be looked for: a work list, handed forward.
    const FileTime as_of = options_.as_of.value_or(newest_of(hosts));
    const trust::Terms terms{.anchors = options_.anchors != nullptr
                                            ? trust::AnchorSource(*options_.anchors)
                                            : trust::AnchorSource(shipped_anchors),
                             .as_of = as_of,
                             .limits = {}};
    Signatures signatures(collection_, terms, options_.limits, options_.threads);
    HostImages images(collection_, options_.limits, signatures, readings_);
    for (Host& host : hosts) {
      host.clock = correct_clock(host.facts);
      rename_system_drive(collection_, host.file_groups, host_paths(host.facts).system_root);
      images.add_to(host);
      tell_passed_over(collection_, host, readings_);
    }
    signatures.look_in_catalogs(hosts, readings_);
    for (Host& host : hosts) {
      if (options_.keeping != nullptr && !options_.keeping->keep_images(host, readings_)) {
        return {};
      }
    }
    Assessment assessment;
    assessment.as_of = as_of;
    std::vector<HostAssessment> assessed(hosts.size());
    const AttackCatalogue& attack =
        options_.attack != nullptr ? *options_.attack : shipped_catalogue();
    assessment.attack_source = attack.source;
    const Knowledge& knowledge =
        options_.knowledge != nullptr ? *options_.knowledge : shipped_knowledge();
    std::optional<Expectations> expectations;
    if (options_.expectations != nullptr) {
      expectations = *options_.expectations;
      if (!expectations->as_of.given()) {
        expectations->as_of = assessment.as_of;
      }
      say_what_does_not_count(*expectations);
    }
    std::vector<HostNews> news;
    for (std::size_t i = 0; hosts.size() > 1 && i < hosts.size(); ++i) {
      news.push_back(account_news(name_in_assessment(hosts[i]), hosts[i].facts));
    }
    std::vector<std::vector<PassedImage>> passed(hosts.size());
    parallel_for(hosts.size(), options_.threads, [&](std::size_t i) {
      assessed[i] = assess_with_rivals(hosts[i], knowledge, expectations ? &*expectations : nullptr,
                                       news, passed[i]);
      std::ranges::move(stream_statements(hosts[i].streams),
                        std::back_inserter(assessed[i].coverage.statements));
      assessed[i].attack = attack_contexts(assessed[i], hosts[i].facts, attack);
    });
    tell_passed_images(passed);
    compare_hosts(hosts, assessed, assessment);
    for (std::size_t i = 0; options_.on_host && i < hosts.size(); ++i) {
      if (pass == Pass::last) {
        options_.on_host(hosts[i].facts, assessed[i]);
      }
    }
    std::vector<CaseKeeping::Outcome> outcomes;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      people_matter_ =
          people_matter_ || !assessed[i].exposures.empty() || !assessed[i].changes.empty();
      if (has_something_to_say(assessed[i], hosts[i])) {
        outcomes.push_back({&hosts[i], &assessed[i]});
      }
    }
    if (options_.keeping != nullptr && !options_.keeping->record(outcomes, assessment.as_of)) {
      return {};
    }
    if (options_.profiles != nullptr) {
      options_.profiles->clear();  // What matters may have been read a second time.
    }
    for (const CaseKeeping::Outcome& outcome : outcomes) {
      if (options_.profiles != nullptr) {
        options_.profiles->push_back(profile_of(*outcome.assessment, outcome.host->facts));
      }
      assessment.hosts.push_back(*outcome.assessment);
    }
    report_changes(collection_, diagnostics_);
    list_evidence(readings_, diagnostics_, assessment);
    if (options_.hash != HashMode::none) {
      hash_evidence(collection_, options_.hash == HashMode::all, options_.threads, assessment);
    }
    return assessment;
  }

  void say_what_does_not_count(const Expectations& expectations) {
    for (const std::string& text : expectations.not_counted) {
      diagnostics_.add(DiagnosticCode::file_skipped, Severity::data_loss, 0, 0, text);
    }
    for (const std::string& text : expectations.unproven) {
      diagnostics_.add(DiagnosticCode::file_unrecognised, Severity::notice, 0, 0, text);
    }
  }

  void tell_passed_images(std::vector<std::vector<PassedImage>>& of_hosts) {
    for (std::vector<PassedImage>& of_host : of_hosts) {
      for (PassedImage& image : of_host) {
        readings_[image.evidence].diagnostics.add(DiagnosticCode::file_skipped, Severity::notice, 0,
                                                  0, std::move(image.text));
      }
    }
  }

  static FileTime newest_of(const std::vector<Host>& hosts) {
    FileTime newest;
    for (const Host& host : hosts) {
      newest = std::max(newest, newest_time(host.facts));
    }
    return newest;
  }

  /// What only several hosts together tell: where exposed accounts were used since, and whom to
  /// reset first.
  static void compare_hosts(const std::vector<Host>& hosts, std::vector<HostAssessment>& assessed,
                            Assessment& assessment) {
    const bool has_exposure = std::ranges::any_of(
        assessed, [](const HostAssessment& host) { return !host.exposures.empty(); });
    if (!has_exposure) {
      return;
    }
    std::vector<std::vector<AccountUse>> uses;
    uses.reserve(hosts.size());
    for (const Host& host : hosts) {
      uses.push_back(account_uses(host.facts));
    }
    add_later_use(assessed, uses);
    assessment.resets = reset_list(assessed);
  }

  /// A hive that names no computer but a machine SID: the SIDs of accounts tell which of several
  /// hosts it is of.
  static bool is_placed_by_accounts(const Reading& reading) {
    const auto facts = reading.facts.find("");
    return reading.kind == FileKind::hive && facts != reading.facts.end() &&
           std::ranges::any_of(facts->second.identities, [](const HostIdentityFact& identity) {
             return identity.computer_name.empty() && !identity.machine_sid.empty();
           });
  }

  void read_all(std::span<const EventInterest> interests) {
    readings_.resize(collection_.files.size());
    Progress total{.files_total = readings_.size()};
    for (const CollectedFile& file : collection_.files) {
      total.bytes_total += file.file->size();
    }
    // Large files first, so that the last one does not leave the other threads idle. Results stand
    // by index.
    std::vector<std::size_t> order(readings_.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      order[i] = i;
    }
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return collection_.files[a].file->size() > collection_.files[b].file->size();
    });
    std::atomic<std::uint64_t> files_done{0};
    std::atomic<std::uint64_t> bytes_done{0};
    const auto read = [&](std::size_t index, unsigned threads) {
      readings_[index] = read_evidence(collection_, index,
                                       {.interests = interests,
                                        .hash_hives = options_.hash != HashMode::none,
                                        .threads = threads,
                                        .stream_events_max = stream_events_max_},
                                       options_.limits);
      Progress now = total;
      now.bytes_done = bytes_done += collection_.files[index].file->size();
      now.files_done = ++files_done;
      if (options_.on_progress) {
        options_.on_progress(now);
      }
    };
    // Large event logs come one after another, each shared by all threads; then the rest, one file
    // a thread.
    const auto is_shared = [&](std::size_t index) {
      constexpr std::uint64_t large = 16ULL << 20;
      return collection_.files[index].kind == FileKind::event_log &&
             collection_.files[index].file->size() >= large;
    };
    const auto rest = std::stable_partition(order.begin(), order.end(), is_shared);
    for (const std::size_t index : std::span(order.begin(), rest)) {
      read(index, options_.threads);
    }
    const std::span alone(rest, order.end());
    parallel_for(alone.size(), options_.threads, [&](std::size_t i) { read(alone[i], 1); });
  }

  /// A hive of another kind (NTUSER, BCD) or an empty log makes no host of its own.
  static bool has_something_to_say(const HostAssessment& assessment, const Host& host) {
    return !assessment.providers.empty() || !host.facts.log_coverage.empty() ||
           !host.streams.empty() || !host.facts.identities.empty() ||
           !host.facts.policies.empty() || !host.facts.audit_policies.empty();
  }

  /// What a case keeps is known by its content, so every file with facts and every log that a hive
  /// used is hashed. False: one could not be read again.
  bool hash_for_case() {
    std::set<std::size_t> wanted;
    for (const Reading& reading : readings_) {
      if (has_facts_to_keep(reading)) {
        wanted.insert(reading.evidence);
        for (const auto& [index, item] : reading.log_items) {
          wanted.insert(index);
        }
      }
    }
    const std::vector<std::size_t> order(wanted.begin(), wanted.end());
    parallel_for(order.size(), options_.threads, [&](std::size_t i) {
      std::string& sha256 = readings_[order[i]].item.sha256;
      if (sha256.empty()) {
        sha256 = sha256_of(*collection_.files[order[i]].file).value_or("");
      }
    });
    return std::ranges::all_of(order, [&](std::size_t index) {
      return !readings_[index].item.sha256.empty() ||
             options_.keeping->refuse(readings_[index].item);
    });
  }

  const ScanOptions& options_;
  Collection collection_;
  Diagnostics diagnostics_;
  std::vector<Reading> readings_;
  bool people_matter_ = false;
  std::uint64_t stream_events_max_ = UINT64_MAX;
};

constexpr StaticText bad_case = "case";

/// The case that is all there is to assess; nothing when the paths are evidence. Error: io, when it
/// is damaged or of another version.
Result<std::optional<CaseKeeping>> case_of(const ScanOptions& options) {
  if (options.keeping != nullptr || options.paths.size() != 1) {
    return std::nullopt;
  }
  auto known = CaseKeeping::look_into(options.paths.front());
  if (known) {
    return std::optional(*std::move(known));
  }
  const CaseFailure kind = known.error().kind;
  if (kind == CaseFailure::not_a_case || kind == CaseFailure::not_found) {
    return std::nullopt;
  }
  return fail(ErrorCode::io, 0, bad_case, EUCLEAN, 0);
}

}  // namespace

std::string why_not_opened(const Error& error) {
  return error.what == bad_case.view()
             ? "it is a case that is damaged, cannot be read or is of another version: npguard "
               "verify says more"
             : std::strerror(static_cast<int>(error.need));
}

Result<Assessment> scan(const ScanOptions& options) {
  NPG_TRY(std::optional<CaseKeeping> known, case_of(options));
  if (known) {
    ScanOptions of_case = options;
    of_case.paths.clear();
    of_case.keeping = &*known;
    auto assessment = scan(of_case);
    if (!known->failure().text.empty()) {
      return fail(ErrorCode::io, 0, bad_case, EUCLEAN, 0);
    }
    return assessment;
  }
  Diagnostics diagnostics(options.limits.diagnostics_per_code_max);
  NPG_TRY(Collection collection, open_collection(options.paths, options.limits, diagnostics));
  if (auto added = add_catalogs(collection, options.catalogs, options.limits, diagnostics);
      !added) {
    added.error().have += options.paths.size();
    return std::unexpected(added.error());
  }
  Assessment assessment = Scan(options, std::move(collection), std::move(diagnostics)).run();
  if (options.keeping != nullptr && !options.keeping->failure().text.empty()) {
    return fail(ErrorCode::io, 0, "case", 0, options.paths.size());
  }
  return assessment;
}

}  // namespace npg
