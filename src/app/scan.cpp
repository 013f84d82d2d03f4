#include "app/scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <iterator>
#include <optional>
#include <set>

#include "analysis/coverage/stream_statements.hpp"
#include "analysis/exposure/later_use.hpp"
#include "analysis/exposure/window.hpp"
#include "analysis/inventory/inventory.hpp"
#include "app/assess_host.hpp"
#include "app/hosts.hpp"
#include "app/imports_beside.hpp"
#include "app/knowledge.hpp"
#include "app/reading.hpp"
#include "app/signatures.hpp"
#include "app/trust_data.hpp"
#include "base/checksum.hpp"
#include "base/parallel.hpp"
#include "extract/events.hpp"
#include "extract/image_facts.hpp"
#include "fact/citations.hpp"
#include "source/collection/collection.hpp"
#include "source/collection/links.hpp"
#include "source/image/image_source.hpp"

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
  /// A case keeps everything: what matters may be said by evidence of tomorrow.
  Assessment run() {
    if (options_.read_people || options_.keeping != nullptr) {
      return assess(event_interests(), Pass::last);
    }
    const Diagnostics at_opening = diagnostics_;
    Assessment assessment = assess(registration_interests(), Pass::first);
    if (!people_matter_) {
      return assessment;
    }
    diagnostics_ = at_opening;
    return assess(event_interests(), Pass::last);
  }

 private:
  enum class Pass : std::uint8_t { first, last };

  Assessment assess(std::span<const EventInterest> interests, Pass pass) {
    readings_.clear();
    read_all(interests);
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
    for (Host& host : hosts) {
      add_images(host, signatures);
    }
    signatures.look_in_catalogs(hosts, readings_);
    for (Host& host : hosts) {
      if (options_.keeping != nullptr && !options_.keeping->keep_images(host, readings_)) {
        return {};
      }
    }
    Assessment assessment{.as_of = as_of};
    std::vector<HostAssessment> assessed(hosts.size());
    const AttackCatalogue& attack =
        options_.attack != nullptr ? *options_.attack : shipped_catalogue();
    assessment.attack_source = attack.source;
    const Knowledge& knowledge =
        options_.knowledge != nullptr ? *options_.knowledge : shipped_knowledge();
    std::optional<Expectations> expectations;
    if (options_.expectations != nullptr) {
      expectations = *options_.expectations;
      expectations->as_of = assessment.as_of;
      say_what_is_not_proven(*expectations);
    }
    parallel_for(hosts.size(), options_.threads, [&](std::size_t i) {
      assessed[i] = assess_host(hosts[i], knowledge, expectations ? &*expectations : nullptr);
      std::ranges::move(stream_statements(hosts[i].streams),
                        std::back_inserter(assessed[i].coverage.statements));
      assessed[i].attack = attack_contexts(assessed[i], hosts[i].facts, attack);
    });
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
    gather_evidence(assessment);
    return assessment;
  }

  void say_what_is_not_proven(const Expectations& expectations) {
    for (const std::string& text : expectations.not_counted) {
      diagnostics_.add(DiagnosticCode::file_skipped, Severity::data_loss, 0, 0, text);
    }
    for (const std::string& text : expectations.unproven) {
      diagnostics_.add(DiagnosticCode::file_skipped, Severity::notice, 0, 0, text);
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
                                        .threads = threads},
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

  /// The registry names DLLs, and a DLL that was found may lead to another: asked again until
  /// nothing new comes.
  void add_images(Host& host, Signatures& signatures) {
    TextPool pool;
    std::set<std::string> looked_for;
    for (bool is_new = true; is_new;) {
      is_new = false;
      for (const WantedImage& wanted : wanted_images(host.facts)) {
        if (looked_for.insert(wanted.path).second) {
          is_new = true;
          add_image(host, wanted, signatures, pool);
        }
      }
    }
    note_imports_beside(collection_, host);
  }

  void add_image(Host& host, const WantedImage& wanted, Signatures& signatures, TextPool& pool) {
    for (const std::string& group : host.groups) {
      auto found = find_by_windows_path(collection_, group, wanted.path);
      const auto linked = found && found->by == FoundBy::path
                              ? std::optional<std::string>()
                              : path_through_links(collection_, group, wanted.path);
      if (linked) {
        found = find_by_windows_path(collection_, group, *linked);
      }
      if (!found || !may_be_image(collection_.files[found->index].kind) ||
          (found->by != FoundBy::path && !wanted.may_go_by_name)) {
        continue;
      }
      Reading& reading = readings_[found->index];
      auto content =
          read_whole(*collection_.files[found->index].file, options_.limits.image_bytes_max);
      const auto image = content
                             ? read_image(Bytes(*content), static_cast<std::uint32_t>(found->index),
                                          options_.limits, reading.diagnostics)
                             : Result<Image>(std::unexpected(content.error()));
      if (!image) {
        refuse_image(image.error(), reading);
        const bool is_zeros =
            content && !content->empty() &&
            std::ranges::all_of(*content, [](std::byte b) { return b == std::byte{0}; });
        ImageFact unread{.windows_path = SharedText(EvidenceText::from_utf8(wanted.path)),
                         .sha256 = content ? sha256_hex(*content) : std::string(),
                         .size_bytes = reading.item.size,
                         .damaged = true,
                         .unreadable = is_zeros ? "it holds zeros alone" : reading.item.detail};
        unread.origin = {.evidence = static_cast<std::uint32_t>(found->index),
                         .length = reading.item.size};
        host.facts.images.push_back(std::move(unread));
        return;
      }
      reading.item.status = image->damaged ? EvidenceStatus::partial : EvidenceStatus::read;
      reading.item.sha256 = image->sha256;
      reading.item.detail = fmt::format(
          "named as {}{}", escape_for_terminal(EvidenceText::from_utf8(wanted.path)),
          found->by == FoundBy::name_in_flat_folder ? " (found by its name alone)" : "");
      host.facts.images.push_back(
          image_fact(*image, SharedText(EvidenceText::from_utf8(wanted.path)), pool));
      host.facts.images.back().through_link =
          SharedText(EvidenceText::from_utf8(linked.value_or("")));
      host.facts.images.back().signature = signatures.embedded(found->index, *content);
      return;
    }
  }

  /// What stands where the registry names a DLL is taken for one that is damaged when it is nothing
  /// else either.
  static bool may_be_image(FileKind kind) {
    return kind == FileKind::image || kind == FileKind::other;
  }

  static void refuse_image(const Error& error, Reading& reading) {
    if (reading.item.status == EvidenceStatus::damaged) {
      return;  // Another registration named it, too.
    }
    reading.item.status = EvidenceStatus::damaged;
    reading.item.detail = reading.item.size == 0 ? "the file is empty" : describe(error);
    reading.diagnostics.add(
        DiagnosticCode::image_damaged, Severity::error, error,
        "a file of this name is loaded at logons, and nothing was read from it");
  }

  /// A hive of another kind (NTUSER, BCD) or an empty log makes no host of its own.
  static bool has_something_to_say(const HostAssessment& assessment, const Host& host) {
    return !assessment.providers.empty() || !host.facts.log_coverage.empty() ||
           !host.streams.empty() || !host.facts.identities.empty() ||
           !host.facts.policies.empty() || !host.facts.audit_policies.empty();
  }

  void gather_evidence(Assessment& assessment) {
    for (Reading& reading : readings_) {
      assessment.evidence.push_back(reading.item);
      diagnostics_.merge(with_evidence(reading));
    }
    for (const Reading& reading : readings_) {
      for (const auto& [index, item] : reading.log_items) {
        EvidenceItem& log = assessment.evidence[index];
        // A log that one hive used is used, whatever another hive said of it.
        if (log.status == EvidenceStatus::skipped || item.counts.at("entries_applied") > 0) {
          log.status = item.status;
          log.detail = item.detail;
          log.sha256 = item.sha256;
          log.counts = item.counts;
        }
      }
    }
    for (std::size_t i = 0; i < assessment.evidence.size(); ++i) {
      assessment.evidence[i].id = fmt::format("E{:04}", i + 1);
    }
    assessment.diagnostics = diagnostics_.kept();
    std::stable_sort(assessment.diagnostics.begin(), assessment.diagnostics.end(),
                     [](const Diagnostic& a, const Diagnostic& b) {
                       return std::tie(a.evidence, a.offset, a.code, a.text) <
                              std::tie(b.evidence, b.offset, b.code, b.text);
                     });
    assessment.diagnostic_counts = diagnostics_.counts();
    hash_evidence(assessment);
    assessment.complete =
        diagnostics_.worst() < Severity::data_loss &&
        std::none_of(
            assessment.evidence.begin(), assessment.evidence.end(),
            [](const EvidenceItem& e) {
              return e.status == EvidenceStatus::partial || e.status == EvidenceStatus::damaged;
            });
  }

  /// The reading's diagnostics, each naming the file.
  [[nodiscard]] Diagnostics with_evidence(const Reading& reading) const {
    Diagnostics named = reading.diagnostics;
    named.set_evidence_where_missing(reading.evidence);
    return named;
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

  void hash_evidence(Assessment& assessment) {
    if (options_.hash == HashMode::none) {
      return;
    }
    const std::set<std::uint32_t> cited = cited_evidence(assessment);
    std::vector<std::size_t> wanted;
    for (std::size_t i = 0; i < assessment.evidence.size(); ++i) {
      const bool is_wanted =
          options_.hash == HashMode::all || cited.contains(static_cast<std::uint32_t>(i));
      if (is_wanted && assessment.evidence[i].sha256.empty()) {
        wanted.push_back(i);
      }
    }
    parallel_for(wanted.size(), options_.threads, [&](std::size_t i) {
      if (auto hash = sha256_of(*collection_.files[wanted[i]].file); hash) {
        assessment.evidence[wanted[i]].sha256 = *std::move(hash);
      }
    });
  }

  const ScanOptions& options_;
  Collection collection_;
  Diagnostics diagnostics_;
  std::vector<Reading> readings_;
  bool people_matter_ = false;
};

}  // namespace

namespace {

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
  return fail(ErrorCode::io, 0, "case", EUCLEAN, 0);
}

}  // namespace

Result<Assessment> scan(const ScanOptions& options) {
  NPG_TRY(std::optional<CaseKeeping> known, case_of(options));
  if (known) {
    ScanOptions of_case = options;
    of_case.paths.clear();
    of_case.keeping = &*known;
    auto assessment = scan(of_case);
    if (!known->failure().text.empty()) {
      return fail(ErrorCode::io, 0, "case", EUCLEAN, 0);
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
