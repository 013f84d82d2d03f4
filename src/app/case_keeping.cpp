#include "app/case_keeping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "analysis/inventory/inventory.hpp"
#include "app/case_places.hpp"
#include "app/host_parts.hpp"
#include "app/host_values.hpp"
#include "base/check.hpp"
#include "base/checksum.hpp"

namespace npg {
namespace {

template <typename Kind>
Kind kind_named(const SharedText& name, Kind last, Kind otherwise) {
  for (unsigned i = 0; i <= static_cast<unsigned>(last); ++i) {
    if (name_of(static_cast<Kind>(i)) == name.raw()) {
      return static_cast<Kind>(i);
    }
  }
  return otherwise;
}

/// Only a SYSTEM hive has one; elsewhere the member's evidence is nobody's.
bool has_services(const Reading& reading) {
  return reading.services.offset != 0 || reading.services.length != 0;
}

ReadingState state_of(const Reading& reading) {
  ReadingState state{.file_kind = name_of(reading.kind),
                     .hive_kind = name_of(reading.hive_kind),
                     .windows_path = SharedText(EvidenceText::from_utf8(reading.windows_path)),
                     .is_part = reading.is_part,
                     .is_dirty_without_log = reading.is_dirty_without_log,
                     .has_cut_log = reading.has_cut_log,
                     .is_replayed = reading.is_replayed,
                     .sequence1 = reading.sequences.first,
                     .sequence2 = reading.sequences.second,
                     .newest_key = reading.newest_key,
                     .surely_written = reading.surely_written,
                     .services = reading.services,
                     .lists_services = reading.lists_services,
                     .has_all_services = reading.has_all_services,
                     .has_all_orders = reading.has_all_orders};
  if (!has_services(reading)) {
    state.services.evidence = reading.evidence;
  }
  for (const LogIdentity& log : reading.logs) {
    state.logs.push_back(
        {SharedText(log.channel), SharedText(log.computer), log.first_id, log.last_id});
  }
  for (const auto& [computer, streams] : reading.streams) {
    state.streams.insert(state.streams.end(), streams.begin(), streams.end());
  }
  return state;
}

void take_state(const ReadingState& state, Reading& reading) {
  reading.kind = kind_named(state.file_kind, FileKind::other, FileKind::other);
  reading.hive_kind = kind_named(state.hive_kind, HiveKind::other, HiveKind::other);
  reading.windows_path = state.windows_path.raw();
  reading.is_part = state.is_part;
  reading.is_dirty_without_log = state.is_dirty_without_log;
  reading.has_cut_log = state.has_cut_log;
  reading.is_replayed = state.is_replayed;
  reading.sequences = {state.sequence1, state.sequence2};
  reading.newest_key = state.newest_key;
  reading.surely_written = state.surely_written;
  reading.services = state.services;
  reading.lists_services = state.lists_services;
  reading.has_all_services = state.has_all_services;
  reading.has_all_orders = state.has_all_orders;
  for (const ReadingState::Log& log : state.logs) {
    reading.logs.push_back({log.channel.text(), log.computer.text(), log.first_id, log.last_id});
  }
}

/// The files that a reading rests on: its own, then the logs that it cites or that were replayed.
std::vector<std::uint32_t> files_of(const Reading& reading) {
  std::set<std::uint32_t> others;
  if (has_services(reading)) {
    others.insert(reading.services.evidence);
  }
  for (const auto& [computer, facts] : reading.facts) {
    others.merge(evidence_cited_by(facts));
  }
  for (const auto& [index, item] : reading.log_items) {
    if (item.counts.contains("entries_applied") && item.counts.at("entries_applied") > 0) {
      others.insert(index);
    }
  }
  if (!holds_registry(reading.kind)) {
    others.clear();
  }
  others.erase(reading.evidence);
  std::vector<std::uint32_t> files = {reading.evidence};
  files.insert(files.end(), others.begin(), others.end());
  return files;
}

/// By what a part can be found: what it says itself, else the names that its scan gave it.
std::vector<std::string> keys_of(const HostPart& part, const CasePlace& place) {
  std::vector<std::string> keys;
  if (!part.name.empty()) {
    keys.push_back("name:" + part.name);
  } else {
    for (const std::string& name : place.names) {
      keys.push_back("name:" + name);
    }
  }
  if (!part.machine_guid.empty()) {
    keys.push_back("guid:" + part.machine_guid);
  }
  for (const std::string& sid : part.machine_sids) {
    keys.push_back("sid:" + sid);
  }
  return keys;
}

bool is_nameless_hive(const Reading& reading, const std::vector<const HostPart*>& parts) {
  return holds_registry(reading.kind) &&
         std::ranges::all_of(parts, [](const HostPart* part) { return part->name.empty(); });
}

/// What was read of a file gives way to what the case has of the same bytes.
void forget(Reading& reading) {
  reading.facts.clear();
  reading.streams.clear();
  reading.logs.clear();
  reading.diagnostics = Diagnostics();
}

/// A case knows an image by its file alone: what stands in another one (a catalog) is cited as of
/// the image.
void cite_own(SignatureFact& signature, const Origin& own) {
  const auto settle = [&own](Origin& origin) {
    if (origin.evidence != own.evidence) {
      origin = own;
    }
  };
  settle(signature.origin);
  const Origin& stated = signature.stated_digest_origin;
  if (stated.evidence != own.evidence) {
    signature.stated_digest_origin = {.evidence = own.evidence};
  }
  signature.asked.damaged_ones.clear();  // How many there were stays known.
  for (SignatureOddity& oddity : signature.oddities) {
    settle(oddity.origin);
  }
  for (SignatureFact& other : signature.others) {
    cite_own(other, own);
  }
}

}  // namespace

bool has_facts_to_keep(const Reading& reading) {
  return !reading.facts.empty() &&
         (!holds_registry(reading.kind) ||
          std::ranges::any_of(reading.facts, [](const auto& of_computer) {
            bool has_any = false;
            FactSet::for_each_kind(of_computer.second,
                                   [&](const auto& facts) { has_any = has_any || !facts.empty(); });
            return has_any;
          }));
}

CaseResult<CaseKeeping> CaseKeeping::open(const std::string& path) {
  NPG_TRY(CaseFile file, CaseFile::open(path, {.access = CaseAccess::write}));
  return CaseKeeping(std::move(file));
}

CaseResult<CaseKeeping> CaseKeeping::look_into(const std::string& path) {
  NPG_TRY(CaseFile file, CaseFile::open(path, {}));
  NPG_TRY_VOID(file.hold_still());
  CaseKeeping keeping(std::move(file));
  keeping.is_left_alone_ = true;
  return keeping;
}

bool CaseKeeping::fails(const CaseError& error) {
  failure_ = error;
  writer_.reset();
  return false;
}

bool CaseKeeping::refuse(const EvidenceItem& item) {
  return fails(
      {CaseFailure::io, fmt::format("{} could not be read again to hash it, and is not kept",
                                    escape_for_terminal(item.path))});
}

std::uint32_t CaseKeeping::evidence_index(const EvidenceItem& item,
                                          std::vector<Reading>& readings) {
  const auto [known, is_new] =
      by_hash_.try_emplace(item.sha256, static_cast<std::uint32_t>(readings.size()));
  if (is_new) {
    readings.push_back({.evidence = known->second, .item = item});
  }
  return known->second;
}

bool CaseKeeping::keep(std::vector<Reading>& readings) {
  const std::size_t collected = readings.size();
  for (const Reading& reading : readings) {
    if (!reading.item.sha256.empty()) {
      by_hash_.try_emplace(reading.item.sha256, reading.evidence);
    }
  }
  if (is_left_alone_) {
    NPG_CHECK(std::ranges::none_of(readings, has_facts_to_keep));
  } else {
    auto writer = file_.begin();
    if (!writer) {
      return fails(writer.error());
    }
    writer_.emplace(*std::move(writer));
  }
  const std::vector<HostPart> all_parts = host_parts(readings);
  const auto places = case_places(readings, all_parts);
  std::map<std::size_t, std::vector<const HostPart*>> parts;
  for (const HostPart& part : all_parts) {
    parts[part.reading].push_back(&part);
  }
  // A file that lies where Windows has it comes before its copies.
  std::vector<std::size_t> order(collected);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) {
    const std::string& path = readings[i].windows_path;
    return path.empty() ? 2 : contains_name(path, "\\Windows\\System32\\config\\") ? 0 : 1;
  });
  std::set<std::string> keys;
  std::map<std::string, std::size_t> kept_here;  // by identity
  std::map<std::string, std::map<std::string, bool>> also_in;
  PlacesOfScan folders;
  for (const std::size_t i : order) {
    Reading& reading = readings[i];
    if (!has_facts_to_keep(reading)) {
      continue;
    }
    const CasePlace& place = places.at(i);
    ReadingToKeep one{.beside = place.beside, .group = place.group, .state = state_of(reading)};
    folders.add_folder(place.group, reading.group);
    for (const std::uint32_t file : files_of(reading)) {
      one.positions.emplace(file, static_cast<std::uint32_t>(one.evidence.size()));
      const auto log = reading.log_items.find(file);
      one.evidence.push_back(readings[file].item);
      if (log != reading.log_items.end()) {
        EvidenceItem& item = one.evidence.back();
        item.status = log->second.status;
        item.detail = log->second.detail;
        item.counts = log->second.counts;
      }
      NPG_CHECK(one.evidence.back().sha256.size() == 64);
    }
    one.diagnostics = reading.diagnostics.kept();
    for (const HostPart* part : parts[i]) {
      one.parts.push_back({.computer = part->computer,
                           .facts = &reading.facts.at(part->computer),
                           .keys = keys_of(*part, place)});
      keys.insert(one.parts.back().keys.begin(), one.parts.back().keys.end());
    }
    std::string identity = reading_identity(one.evidence, one.beside);
    const auto is_known = writer_->knows(one);
    if (!is_known) {
      return fails(is_known.error());
    }
    // A hive that names nobody and lies beside nothing that does is of whom the case knows it.
    bool is_placed = false;
    if (!*is_known && one.beside.empty() && is_nameless_hive(reading, parts[i])) {
      const auto only = writer_->only_reading_of(reading.item.sha256);
      if (!only) {
        return fails(only.error());
      }
      if (*only) {
        is_placed = true;
        identity = (*only)->identity;
        keys.insert((*only)->keys.begin(), (*only)->keys.end());
      }
    }
    if (*is_known || is_placed) {
      // What the case has of these bytes counts, wherever they lie this time.
      const auto first = kept_here.find(identity);
      auto& places_of_it =
          first != kept_here.end() ? readings[first->second].also_in : also_in[identity];
      bool& is_at_home = places_of_it[reading.group];
      is_at_home = is_at_home || is_system_at_home(reading);
      forget(reading);
      continue;
    }
    const auto rows = writer_->keep(one);
    if (!rows) {
      return fails(rows.error());
    }
    reading.case_identity = identity;
    kept_here.emplace(identity, i);
    for (std::size_t at = 0; at < rows->size(); ++at) {
      reading.case_parts[one.parts[at].computer] = (*rows)[at];
    }
  }
  std::set<std::string> identities;
  for (const auto& [identity, reading] : kept_here) {
    identities.insert(identity);
  }
  const auto add = [&](const EvidenceItem& item) { return evidence_index(item, readings); };
  auto kept = collected == 0 ? file_.everything(add) : file_.related(keys, identities, add);
  if (!kept) {
    return fails(kept.error());
  }
  outdated_ = std::move(kept->outdated);
  for (const KeptReading& one : kept->readings) {
    folders.add_kept(one.group);
  }
  for (const auto& [identity, reading] : kept_here) {
    if (const CasePlace& place = places.at(reading); folders.is_spread(place.group)) {
      Reading& spread = readings[reading];
      bool& is_at_home = spread.also_in[spread.group];
      is_at_home = is_at_home || is_system_at_home(spread);
      spread.group = folders.folder_of(place.group);
    }
  }
  for (KeptReading& one : kept->readings) {
    // The same file read together with other logs is another reading of one evidence file.
    std::uint32_t place = one.evidence;
    if (!readings[place].facts.empty()) {
      place = static_cast<std::uint32_t>(readings.size());
      readings.push_back({.evidence = one.evidence, .item = one.item});
    }
    Reading& reading = readings[place];
    take_state(one.state, reading);
    reading.group = folders.folder_of(one.group);
    reading.also_in = also_in[one.identity];
    reading.case_identity = one.identity;
    for (Diagnostic& diagnostic : one.diagnostics) {
      reading.diagnostics.add(std::move(diagnostic));
    }
    for (KeptPart& part : one.parts) {
      reading.case_parts[part.computer] = part.id;
      reading.facts[part.computer] = std::move(part.facts);
      for (const EventDialectFact& stream : one.state.streams) {
        if (name_key(stream.computer.raw()) == part.computer) {
          reading.streams[part.computer].push_back(stream);
        }
      }
    }
  }
  return true;
}

bool CaseKeeping::add_kept_images(Host& host, const std::string& path,
                                  std::vector<Reading>& readings) {
  const auto add = [&](const EvidenceItem& item) { return evidence_index(item, readings); };
  std::set<std::string> there;
  for (const ImageFact& image : host.facts.images) {
    if (equal_names(image.windows_path.raw(), path)) {
      there.insert(image.sha256);
    }
  }
  for (const Host::CasePart& part : host.case_parts) {
    auto images = file_.images(part.identity, path, add);
    if (!images) {
      return fails(images.error());
    }
    for (ImageFact& image : *images) {
      if (there.insert(image.sha256).second) {
        host.facts.images.push_back(std::move(image));
      }
    }
  }
  return true;
}

bool CaseKeeping::keep_images(Host& host, std::vector<Reading>& readings) {
  for (const ImageFact& image : host.facts.images) {
    const Reading& reading = readings[image.origin.evidence];
    if (!reading.item.sha256.empty()) {
      by_hash_.try_emplace(reading.item.sha256, image.origin.evidence);
    }
    if (is_left_alone_) {
      continue;
    }
    const auto beside = std::ranges::find_if(host.case_parts, [&](const Host::CasePart& part) {
      return std::ranges::find(part.groups, reading.group) != part.groups.end();
    });
    if (beside == host.case_parts.end()) {
      continue;  // Of a host of which the case keeps nothing.
    }
    ImageFact kept_image = image;
    cite_own(kept_image.signature, image.origin);
    ImageToKeep one{.reading = beside->identity,
                    .windows_path = std::string(image.windows_path.raw()),
                    .evidence = reading.item,
                    .fact = &kept_image};
    if (const auto kept = writer_->keep(one); !kept) {
      return fails(kept.error());
    }
  }
  // An image that is added may lead to another.
  std::set<std::string> looked_for;
  for (bool is_new = true; is_new;) {
    is_new = false;
    for (const WantedImage& wanted : wanted_images(host.facts)) {
      if (looked_for.insert(wanted.path).second) {
        is_new = true;
        if (!add_kept_images(host, wanted.path, readings)) {
          return false;
        }
      }
    }
  }
  return true;
}

bool CaseKeeping::record(const std::vector<Outcome>& outcomes, FileTime as_of) {
  if (is_left_alone_) {
    writer_.reset();
    return true;
  }
  for (const Outcome& outcome : outcomes) {
    std::vector<std::string> identities;
    HostRecord record{.name = std::string(outcome.assessment->host.name.raw()),
                      .profile = host_profile_text(*outcome.assessment, outcome.host->facts),
                      .values = host_values(*outcome.assessment, outcome.host->facts),
                      .as_of = as_of,
                      .assessment = outcome.assessment};
    for (const Host::CasePart& part : outcome.host->case_parts) {
      record.parts.push_back(part.row);
      identities.push_back(part.identity);
    }
    std::ranges::sort(identities);
    record.digest = sha256_hex(bytes_of(fmt::format("{}", fmt::join(identities, "\n"))));
    if (const auto kept = writer_->record(record); !kept) {
      return fails(kept.error());
    }
  }
  if (const auto done = writer_->commit(); !done) {
    return fails(done.error());
  }
  writer_.reset();
  return true;
}

void report_outdated(const CaseKeeping& keeping, Diagnostics& diagnostics) {
  for (const std::string& path : keeping.outdated()) {
    diagnostics.add(DiagnosticCode::file_skipped, Severity::data_loss, 0, 0,
                    fmt::format("{}: kept by an npguard with other facts; scan it again to count",
                                escape_for_terminal(EvidenceText::from_utf8(path))));
  }
}

}  // namespace npg
