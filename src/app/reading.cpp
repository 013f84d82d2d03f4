#include "app/reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "app/export_reading.hpp"
#include "app/future_times.hpp"
#include "app/hive_times.hpp"
#include "app/log_reading.hpp"
#include "app/log_states.hpp"
#include "app/other_hives.hpp"
#include "app/recovered_reading.hpp"
#include "app/replay_differences.hpp"
#include "app/saved_parts.hpp"
#include "app/stream_reading.hpp"
#include "extract/registry.hpp"
#include "fact/text_pool.hpp"
#include "source/hive/hive_view.hpp"

namespace npg {
namespace {

/// A file with losses was read in part; the detail says why, in the words of the first loss where
/// there are no bytes to count.
void settle_status(Reading& reading) {
  const Diagnostics& found = reading.diagnostics;
  if (reading.item.status != EvidenceStatus::read || found.worst() < Severity::data_loss) {
    return;
  }
  reading.item.status = EvidenceStatus::partial;
  std::string why;
  if (found.bytes_lost() > 0) {
    why = fmt::format("{} bytes were not understood", found.bytes_lost());
  } else {
    const auto first = std::ranges::find_if(
        found.kept(), [](const Diagnostic& one) { return one.severity >= Severity::data_loss; });
    why = first == found.kept().end() ? "not all of it could be read" : first->text;
  }
  reading.item.detail += (reading.item.detail.empty() ? "" : "; ") + why;
}

/// Takes over what `more` has and `into` has not: the state before replay shares most of its bytes,
/// and so its damage, with the state after it.
void merge_new(const Diagnostics& more, std::uint32_t evidence, Diagnostics& into) {
  using Place = std::tuple<DiagnosticCode, std::uint32_t, std::uint64_t, std::string>;
  std::set<Place> known;
  for (const Diagnostic& one : into.kept()) {
    known.emplace(one.code, one.evidence == Diagnostic::no_evidence ? evidence : one.evidence,
                  one.offset, one.text);
  }
  for (Diagnostic one : more.kept()) {
    one.evidence = one.evidence == Diagnostic::no_evidence ? evidence : one.evidence;
    if (known.emplace(one.code, one.evidence, one.offset, one.text).second) {
      into.add(std::move(one));
    }
  }
}

/// True when a log could be read up to a damaged entry only.
bool is_cut(const HiveView& hive, const HiveLog& log) {
  return std::ranges::any_of(hive.diagnostics().kept(), [&log](const Diagnostic& one) {
    return one.evidence == log.evidence && one.code == DiagnosticCode::hive_log_entry_damaged;
  });
}

void describe_logs(const HiveView& hive, Reading& reading) {
  std::uint64_t applied = 0;
  for (const HiveLog& log : hive.state().logs) {
    const bool is_partial = is_cut(hive, log);
    reading.has_cut_log = reading.has_cut_log || (is_partial && !hive.state().clean);
    EvidenceItem item{.status = log.sha256.empty() ? EvidenceStatus::damaged
                                : is_partial       ? EvidenceStatus::partial
                                                   : EvidenceStatus::read};
    item.sha256 = log.sha256;
    item.detail = log.applied
                      ? fmt::format("{} entries applied, sequence {} to {}", log.entries_applied,
                                    log.first_sequence, log.last_sequence)
                      : fmt::format("not applied: {}", log.reason);
    item.counts["entries_applied"] = log.entries_applied;
    reading.log_items[log.evidence] = std::move(item);
    applied += log.applied ? 1 : 0;
  }
  const HiveState& state = hive.state();
  reading.item.detail =
      state.header_is_lost
          ? fmt::format("{} hive, its base block is all zeros", name_of(reading.hive_kind))
          : fmt::format("{} hive, format {}.{}, {}", name_of(reading.hive_kind), state.major,
                        state.minor, state.clean ? "clean" : "dirty");
  if (applied > 0) {
    reading.item.detail +=
        fmt::format(", {} transaction log{} replayed", applied, applied == 1 ? "" : "s");
  }
  reading.item.counts["replayed_bytes"] = state.replayed_bytes;
  reading.is_dirty_without_log = !state.clean && !state.replayed;
  reading.is_replayed = state.replayed;
  reading.sequences = {state.sequence1, state.sequence2};
}

bool has_order(const FactSet& facts, bool is_hw_order) {
  return std::ranges::any_of(facts.orders, [is_hw_order](const ProviderOrderFact& order) {
    return order.control_set_is_current && order.is_hw_order == is_hw_order &&
           order.moment == HiveMoment::current;
  });
}

/// False when Select names a control set as current that the hive does not show.
bool has_its_set(const FactSet& facts) {
  return std::ranges::all_of(facts.selects, [](const SelectFact& select) {
    return !select.current ||
           std::ranges::find(select.control_sets, *select.current) != select.control_sets.end();
  });
}

/// The first loss of bytes; nothing when there is none. A hive that was copied in use lags behind,
/// which is no damage.
const Diagnostic* first_damage(const HiveView& hive) {
  const auto& found = hive.diagnostics().kept();
  const auto damage = std::ranges::find_if(found, [](const Diagnostic& one) {
    return one.severity >= Severity::data_loss &&
           one.code != DiagnosticCode::hive_dirty_without_log;
  });
  return damage == found.end() ? nullptr : &*damage;
}

/// A SYSTEM hive with damage and without an order in its current control set: that the order is not
/// there cannot be told from that it cannot be read, and must not be taken for an empty one.
void report_lost_order(const HiveView& hive, const FactSet& facts, Reading& reading) {
  const Diagnostic* damage = first_damage(hive);
  if (has_order(facts, false) || damage == nullptr) {
    return;
  }
  Diagnostic lost{.code = DiagnosticCode::hive_list_damaged,
                  .severity = Severity::data_loss,
                  .offset = damage->offset,
                  .text =
                      "the hive is damaged and the provider order of its current control set "
                      "is unreadable: which providers Windows calls is not known",
                  .evidence = damage->evidence};
  reading.diagnostics.add(std::move(lost));
}

/// Reads the primary file by itself: what replay took away becomes facts, and its damage is told
/// even where the replayed hive looks whole, since then its earlier state is known in part only.
void read_before_replay(const HiveView& hive, const std::optional<SavedPart>& part,
                        const OtherHive& other_hive, TextPool& pool, FactSet& facts,
                        Reading& reading) {
  const auto before = hive.before_replay();
  if (!before) {
    Diagnostics lost;
    lost.add(DiagnosticCode::hive_header_damaged, Severity::data_loss, before.error(),
             "the hive cannot be read without its logs; its state before them is not known");
    merge_new(lost, reading.evidence, reading.diagnostics);
    return;
  }
  if (*before == nullptr) {
    return;
  }
  FactSet earlier;
  Diagnostics odd;
  const auto placed = placed_view(**before, part);
  extract_registry(placed ? *placed : static_cast<const RegistryView&>(**before),
                   HiveMoment::before_replay, pool, earlier, odd, other_hive);
  Diagnostics told_already;
  set_aside_future_times(reading.newest_key, earlier, told_already);
  bound_additions(**before, earlier, facts);
  keep_differences(earlier, facts);
  facts.append(std::move(earlier));
  merge_new((*before)->diagnostics(), reading.evidence, reading.diagnostics);
  // Odd values keep their words but may have moved into a log.
  std::set<std::string> known;
  for (const Diagnostic& one : reading.diagnostics.kept()) {
    known.insert(one.text);
  }
  Diagnostics fresh;
  for (const Diagnostic& one : odd.kept()) {
    if (!known.contains(one.text)) {
      fresh.add(one);
    }
  }
  merge_new(fresh, reading.evidence, reading.diagnostics);
}

/// What a link out of the evidence hides is told as what is lost.
void report_hidden(const HiddenParts& hidden, Reading& reading) {
  for (const auto& [is_hidden, what] :
       {std::pair(hidden.services,
                  "the services of its current control set stand behind a link "
                  "that leads out of the evidence: which providers are registered "
                  "is not known"),
        std::pair(hidden.orders,
                  "a provider order of its current control set stands behind a link "
                  "that leads out of the evidence: which providers Windows calls is "
                  "not known")}) {
    if (is_hidden) {
      reading.diagnostics.add(DiagnosticCode::registry_value_odd, Severity::data_loss, 0, 0, what);
    }
  }
}

void read_hive(const Collection& collection, std::size_t index, bool hash, const Limits& limits,
               Reading& reading) {
  std::vector<HiveFile> logs;
  for (const std::size_t log : logs_of(collection, index)) {
    logs.push_back({collection.files[log].file.get(), static_cast<std::uint32_t>(log)});
  }
  auto opened =
      HiveView::open({collection.files[index].file.get(), reading.evidence}, logs, limits);
  if (!opened) {
    mark_unreadable(reading, opened.error(), DiagnosticCode::hive_header_damaged);
    return;
  }
  const HiveView& hive = **opened;
  reading.hive_kind = kind_of(static_cast<const RegistryView&>(hive));
  const auto part = part_in(hive, reading);
  const auto placed = placed_view(hive, part);
  const RegistryView& view = placed ? *placed : static_cast<const RegistryView&>(hive);
  if (hash) {
    reading.item.sha256 = hive.sha256();
  }
  TextPool pool;
  FactSet& facts = reading.facts[""];
  Diagnostics odd(limits.diagnostics_per_code_max);
  OtherHives others(collection, index, limits);
  const OtherHive other_hive = [&others](std::string_view name) { return others.hive(name); };
  extract_registry(view, HiveMoment::current, pool, facts, odd, other_hive);
  const bool is_system = reading.hive_kind == HiveKind::system;
  const bool has_copies = is_system || reading.hive_kind == HiveKind::software;
  if (has_copies) {
    const LastWrite last = last_known_write(hive);
    reading.newest_key = last.newest;
    reading.surely_written = last.sure;
  }
  set_aside_future_times(reading.newest_key, facts, odd);
  reading.diagnostics.merge(hive.diagnostics());
  reading.diagnostics.merge(odd);
  read_before_replay(hive, part, other_hive, pool, facts, reading);
  const auto entries = read_recovered_facts(
      hive, part ? std::string_view(part->path) : std::string_view(), pool, facts, reading);
  read_states_between(hive, {.part = part, .other_hive = other_hive, .entries = entries}, pool,
                      facts, reading);
  describe_logs(hive, reading);
  if (part) {
    reading.item.detail = fmt::format("{}, a part saved by itself: {}", reading.item.detail,
                                      escape_for_terminal(EvidenceText::from_utf8(part->path)));
  }
  if (is_system) {
    take_services(view, facts, reading);
    const HiddenParts hidden = hidden_parts(view, other_hive);
    report_hidden(hidden, reading);
    const bool may_have_services = (!part || part->has_services) && !hidden.services;
    const bool may_have_orders = (!part || part->has_orders) && !hidden.orders;
    reading.lists_services = reading.lists_services && may_have_services &&
                             hive.diagnostics().worst() < Severity::data_loss;
    if (may_have_orders) {
      report_lost_order(hive, facts, reading);
    }
    const bool is_damaged = first_damage(hive) != nullptr;
    reading.has_all_services = may_have_services && !is_damaged;
    reading.has_all_orders =
        may_have_orders &&
        (!is_damaged || (has_order(facts, false) && has_order(facts, true) && has_its_set(facts)));
  } else if (has_copies) {
    if (const auto root = hive.key(hive.root())) {
      reading.services = root->origin;
    }
    reading.lists_services = !part && hive.diagnostics().worst() < Severity::data_loss;
  }
}

/// True for the names of files that are evidence when there is something in them. Empty transaction
/// logs are no loss: Windows leaves them so.
bool is_named_like_evidence(std::string_view path) {
  const std::string name = name_key(path.substr(path.rfind('/') + 1));
  if (name.ends_with(".LOG") || name.ends_with(".LOG1") || name.ends_with(".LOG2")) {
    return false;
  }
  constexpr std::array<std::string_view, 9> words = {"SYSTEM",       "SOFTWARE", "SECURITY",
                                                     "SAM",          "DEFAULT",  "NTUSER.DAT",
                                                     "USRCLASS.DAT", ".EVTX",    ".DLL"};
  return std::ranges::any_of(words, [&](std::string_view word) { return name.ends_with(word); });
}

/// How a file is packed, by its first bytes; empty when it is not.
std::string_view packing_of(const FileView& file) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> packings = {{
      {"\x1f\x8b", "gzip"},
      {"\x28\xb5\x2f\xfd", "Zstandard"},
      {"\xfd\x37zXZ", "xz"},
      {"BZh", "bzip2"},
      {"\x04\x22\x4d\x18", "LZ4"},
  }};
  std::array<std::byte, 8> first{};
  const auto got = file.read_at(0, first);
  const Bytes bytes(std::span<const std::byte>(first).first(got.value_or(0)));
  for (const auto& [magic, name] : packings) {
    if (bytes.starts_with(magic)) {
      return name;
    }
  }
  return {};
}

/// A packed file whose name says that events are in it: what it holds is not seen, which must not
/// pass for nothing.
void report_packed(const FileView& file, Reading& reading) {
  constexpr std::array<std::string_view, 6> words = {".JSON.", ".JSONL.", ".NDJSON.",
                                                     ".XML.",  ".CSV.",   ".EVTX."};
  const std::string_view path = file.path().raw();
  const std::string name = name_key(path.substr(path.rfind('/') + 1));
  const std::string_view packing = packing_of(file);
  if (packing.empty() ||
      std::ranges::none_of(words, [&](std::string_view word) { return name.contains(word); })) {
    return;
  }
  reading.item.detail = fmt::format("packed with {}, which npguard does not unpack", packing);
  reading.diagnostics.add(DiagnosticCode::file_skipped, Severity::data_loss, 0, file.size(),
                          fmt::format("a log packed with {} is not read: unpack it first, or pipe "
                                      "it into `npguard scan -`",
                                      packing));
}

void report_empty(Reading& reading) {
  reading.item.detail = "the file is empty";
  if (is_named_like_evidence(reading.item.path.raw())) {
    reading.diagnostics.add(DiagnosticCode::file_skipped, Severity::notice, 0, 0,
                            "the file is empty");
  }
}

/// By its whole name or extension; what macOS leaves beside copies ("._Security.evtx") is none.
bool is_named_like_log_or_hive(std::string_view path) {
  const std::string name = name_key(path.substr(path.rfind('/') + 1));
  constexpr std::array<std::string_view, 6> hives = {"SYSTEM", "SOFTWARE",   "SECURITY",
                                                     "SAM",    "NTUSER.DAT", "USRCLASS.DAT"};
  return (name.ends_with(".EVTX") && !name.starts_with("._")) ||
         std::ranges::find(hives, name) != hives.end();
}

/// Overwritten, encrypted, or what a collector left of a file that it could not read.
void report_misnamed(Reading& reading) {
  reading.item.status = EvidenceStatus::damaged;
  reading.item.detail = "named like evidence, and its content is none that npguard knows";
  reading.diagnostics.add(DiagnosticCode::file_unrecognised, Severity::data_loss, 0,
                          reading.item.size,
                          "nothing was read from this file: it is named like evidence, and its "
                          "content is none that npguard knows");
}

}  // namespace

void mark_unreadable(Reading& reading, const Error& error, DiagnosticCode code) {
  const bool is_other = error.code == ErrorCode::not_this_format;
  reading.item.status = is_other ? EvidenceStatus::skipped : EvidenceStatus::damaged;
  reading.item.detail = describe(error);
  reading.diagnostics.add(code, is_other ? Severity::notice : Severity::error, error,
                          "nothing was read from this file");
}

Reading read_evidence(const Collection& collection, std::size_t index,
                      const ReadingOptions& options, const Limits& limits) {
  const CollectedFile& file = collection.files[index];
  Reading reading{
      .evidence = static_cast<std::uint32_t>(index), .kind = file.kind, .group = file.group()};
  if (const auto path = file.windows_path(); path) {
    reading.windows_path = path->raw();
  }
  reading.diagnostics = Diagnostics(limits.diagnostics_per_code_max);
  reading.item.path = file.file->path();
  reading.item.kind = name_of(file.kind);
  reading.item.size = file.file->size();
  switch (file.kind) {
    case FileKind::hive: read_hive(collection, index, options.hash_hives, limits, reading); break;
    case FileKind::registry_export:
      read_registry_export(*file.file, options.hash_hives, limits, reading);
      break;
    case FileKind::event_log: read_event_log(*file.file, options, limits, reading); break;
    case FileKind::event_json:
    case FileKind::event_xml:
    case FileKind::event_csv:
      read_event_stream(*file.file, file.kind, options, limits, reading);
      break;
    case FileKind::hive_log:
      reading.item.status = EvidenceStatus::skipped;
      reading.item.detail = "a transaction log without its hive";
      break;
    case FileKind::image:
      reading.item.status = EvidenceStatus::skipped;
      reading.item.detail = "no registration names it";
      break;
    case FileKind::catalog:
      reading.item.status = EvidenceStatus::skipped;
      reading.item.detail = "no image asked for it";
      break;
    case FileKind::other:
      reading.item.status = EvidenceStatus::skipped;
      reading.item.detail = "not a kind of file that npguard reads";
      if (file.file->size() == 0) {
        report_empty(reading);
      } else if (is_named_like_log_or_hive(reading.item.path.raw())) {
        report_misnamed(reading);
      }
      report_packed(*file.file, reading);
      break;
  }
  settle_status(reading);
  return reading;
}

}  // namespace npg
