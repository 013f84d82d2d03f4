#include "source/evtx_log/log_part.hpp"

#include <fmt/format.h>

#include <cstring>

#include "source/evtx_log/event_builder.hpp"

namespace npg {
namespace {

bool is_same(Bytes name, const std::vector<std::byte>& kept) {
  return name.size() == kept.size() &&
         (kept.empty() || std::memcmp(name.data().data(), kept.data(), kept.size()) == 0);
}

/// A number that differs between most names.
std::size_t end_of(Bytes name) {
  return name.size() < 2 ? 0 : name.size() / 2 + name.at<std::uint8_t>(name.size() - 2);
}

void keep(Bytes name, std::vector<std::byte>& kept) {
  kept.assign(name.data().begin(), name.data().end());
}

}  // namespace

LogPartReader::LogPartReader(const Context& context, LogWorker& worker,
                             std::unique_ptr<EventSink> sink, Diagnostics& diagnostics)
    : context_(context),
      worker_(worker),
      sink_(std::move(sink)),
      diagnostics_(diagnostics),
      names_(context.limits.evtx_event_kinds_max + context.limits.evtx_channels_max),
      counter_(context.limits) {
  ++worker_.parts;
}

void LogPartReader::visit(const evtx::Chunk& chunk) {
  worker_.decoder.start_chunk(chunk.bytes);
  worker_.templates.start_chunk(chunk.bytes, worker_.decoder);
  worker_.counting.follow(worker_.templates);
  worker_.planned.start_chunk();
  evtx::RecordWalk walk(chunk, diagnostics_);
  evtx::EventKey key;
  evtx::RecordRef record;
  std::size_t marks = 0;
  while (walk.next(record)) {
    marks += evtx::marks_of(record);
    ++summary_.records_seen;
    summary_.records_unverified += record.verified ? 0U : 1U;
    if (worker_.keys.read(record, key) && key.event_id <= UINT32_MAX) {
      read_keyed(key, record);
    } else {
      read_unkeyed(record);
    }
  }
  summary_.bytes_not_understood += walk.bytes_lost();
  for (const evtx::ByteRange& lost : walk.lost()) {
    read_recovered(chunk, lost.begin, lost.end);
  }
  read_recovered(chunk, walk.end(), chunk.bytes.size());
  if (evtx::count_record_marks(chunk) > marks) {
    read_hidden(chunk);
  }
}

/// What a record that was made longer covers.
void LogPartReader::read_hidden(const evtx::Chunk& chunk) {
  Diagnostics told;  // They were by the first walk.
  evtx::RecordWalk walk(chunk, told);
  while (const auto outer = walk.next()) {
    for (const evtx::RecordRef& hidden : evtx::records_inside(chunk, *outer)) {
      diagnostics_.add(DiagnosticCode::evtx_record_damaged, Severity::data_loss, hidden.offset,
                       hidden.size,
                       fmt::format("record {} is longer than what it holds and covers another one, "
                                   "number {}: somebody may have hidden it; it was read as a "
                                   "recovered one",
                                   outer->id, hidden.id));
      give_recovered(hidden);
    }
  }
}

LogPartReader::Counting& LogPartReader::counting_of(const evtx::EventKey& key) {
  auto& countings = worker_.counting.at(
      worker_.keys.used(), [](const evtx::Template&) { return LogWorker::Countings{}; });
  auto& slot = countings[end_of(key.provider) % countings.size()];
  if (slot == nullptr) {
    slot = std::make_unique<Counting>();
  }
  Counting& counting = *slot;
  const bool is_known = counting.part == worker_.parts &&
                        is_same(key.provider, counting.provider_units) &&
                        is_same(key.channel, counting.channel_units) &&
                        is_same(key.computer, counting.computer_units);
  if (!is_known) {
    counting.part = worker_.parts;
    counting.kinds = {};
    counting.provider = names_.id_of(key.provider);
    counting.channel = counter_.channel_of(names_.id_of(key.channel), names_.id_of(key.computer));
    keep(key.provider, counting.provider_units);
    keep(key.channel, counting.channel_units);
    keep(key.computer, counting.computer_units);
  }
  return counting;
}

LogPartReader::Counting::Kind& LogPartReader::kind_of(Counting& counting, std::uint32_t event_id) {
  Counting::Kind& kind = counting.kinds[event_id % counting.kinds.size()];
  if (!kind.used || kind.event_id != event_id) {
    kind = {.used = true,
            .event_id = event_id,
            .place = counter_.kind_of(counting.channel, counting.provider, event_id),
            .wanted = context_.wanted.find(names_.text(counting.provider).raw(), event_id)};
  }
  return kind;
}

/// A record whose key was read without decoding it: built only when it is wanted.
void LogPartReader::read_keyed(const evtx::EventKey& key, const evtx::RecordRef& record) {
  const auto event_id = static_cast<std::uint32_t>(key.event_id);
  Counting& counting = counting_of(key);
  const Counting::Kind& kind = kind_of(counting, event_id);
  counter_.count(kind.place, {.record_id = key.record_id,
                              .header_id = record.id,
                              .time = key.created.given() ? key.created : record.written,
                              .written = record.written,
                              .offset = record.offset,
                              .verified = record.verified});
  // A name that found no place in the table may be any name.
  const bool doubtful = counting.provider == NameTable::empty_name && !key.provider.empty();
  if (kind.wanted == nullptr && !(doubtful && context_.wanted.has_id(event_id))) {
    ++summary_.records_parsed;
    return;
  }
  if (kind.wanted != nullptr && !kind.wanted->always &&
      !worker_.planned.may_pass(worker_.keys, kind.wanted->any_of)) {
    ++summary_.records_parsed;
    return;
  }
  WinEvent& event = worker_.event;
  if (worker_.planned.build(worker_.keys, key, record, event)) {
    ++summary_.records_parsed;
    if (!doubtful || context_.wanted.find(event.provider.raw(), event_id) != nullptr) {
      give(event, record.verified ? RecordQuality::sound : RecordQuality::unverified);
    }
    return;
  }
  const Result<void> decoded = decode(record);
  finish(record, decoded, evtx::read_system(worker_.tree));
}

void LogPartReader::read_unkeyed(const evtx::RecordRef& record) {
  const Result<void> decoded = decode(record);
  const auto system = evtx::read_system(worker_.tree);
  if (system && system->event_id && *system->event_id <= UINT32_MAX) {
    count(*system, record);
  }
  finish(record, decoded, system);
}

Result<void> LogPartReader::decode(const evtx::RecordRef& record) {
  ++summary_.records_decoded;
  return worker_.decoder.decode(record.binxml, worker_.tree);
}

void LogPartReader::count(const evtx::SystemFields& system, const evtx::RecordRef& record) {
  const std::size_t channel =
      counter_.channel_of(names_.id_of(system.channel), names_.id_of(system.computer));
  counter_.count(counter_.kind_of(channel, names_.id_of(system.provider),
                                  static_cast<std::uint32_t>(*system.event_id)),
                 {.record_id = system.record_id.value_or(record.id),
                  .header_id = record.id,
                  .time = system.created.given() ? system.created : record.written,
                  .written = record.written,
                  .offset = record.offset,
                  .verified = record.verified});
}

/// Accounts for a decoded record and hands it on when it is wanted.
void LogPartReader::finish(const evtx::RecordRef& record, const Result<void>& decoded,
                           const std::optional<evtx::SystemFields>& system) {
  const bool known = system && system->event_id && *system->event_id <= UINT32_MAX;
  if (!decoded) {
    fail_record(record, describe(decoded.error()));
  } else if (!known) {
    fail_record(record, "the record has no readable Event/System/EventID");
  } else {
    ++summary_.records_parsed;
  }
  if (known && context_.wanted.find(system->provider.raw(),
                                    static_cast<std::uint32_t>(*system->event_id)) != nullptr) {
    WinEvent event = build_event(worker_.tree, *system, record);
    give(event, decoded && record.verified ? RecordQuality::sound : RecordQuality::unverified);
  }
}

/// Whole records between two places of a chunk, none of which is part of the log today.
void LogPartReader::read_recovered(const evtx::Chunk& chunk, std::uint64_t begin,
                                   std::uint64_t end) {
  while (const auto record = evtx::find_record(chunk, begin, end)) {
    begin = std::uint64_t{record->chunk_offset} + record->size;
    give_recovered(*record);
  }
}

/// What stands behind a chunk's records was written for an older generation of the chunk: names and
/// templates may have other bytes by now. What does not agree with itself is not given.
void LogPartReader::give_recovered(const evtx::RecordRef& record) {
  evtx::EventKey key;
  ++summary_.records_recovered;
  if (worker_.keys.read(record, key)) {
    const auto provider = EvidenceText::from_utf16(key.provider.data());
    if (key.event_id > UINT32_MAX ||
        context_.wanted.find(provider.raw(), static_cast<std::uint32_t>(key.event_id)) == nullptr) {
      return;
    }
  }
  if (!worker_.decoder.decode(record.binxml, worker_.tree)) {
    return;
  }
  const auto system = evtx::read_system(worker_.tree);
  if (!system || !system->event_id || *system->event_id > UINT32_MAX ||
      context_.wanted.find(system->provider.raw(), static_cast<std::uint32_t>(*system->event_id)) ==
          nullptr) {
    return;
  }
  WinEvent event = build_event(worker_.tree, *system, record);
  event.origin.how = How::recovered;
  give(event, RecordQuality::recovered);
}

void LogPartReader::give(WinEvent& event, RecordQuality quality) {
  event.quality = quality;
  event.origin.evidence = context_.evidence;
  event.origin.unverified = quality == RecordQuality::unverified;
  sink_->take(event);
}

void LogPartReader::fail_record(const evtx::RecordRef& record, const std::string& why) {
  ++summary_.records_failed;
  summary_.bytes_not_understood += record.size;
  diagnostics_.add(DiagnosticCode::evtx_record_undecodable, Severity::data_loss, record.offset,
                   record.size, fmt::format("record {}: {}", record.id, why));
}

}  // namespace npg
