#include "source/evtx_log/evtx_log.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "format/evtx/event_key.hpp"
#include "format/evtx/system_fields.hpp"
#include "source/evtx_log/channel_counter.hpp"
#include "source/evtx_log/chunk_walk.hpp"
#include "source/evtx_log/data_plan.hpp"
#include "source/evtx_log/event_builder.hpp"
#include "source/evtx_log/name_table.hpp"

namespace npg {
namespace {

/// Which event ids of which providers are wanted, by the provider's number.
class Wanted {
 public:
  explicit Wanted(std::span<const EventInterest> interests) : interests_(interests) {}

  [[nodiscard]] bool holds(const NameTable& names, std::uint32_t provider, std::uint32_t event_id) {
    while (by_provider_.size() <= provider) {
      by_provider_.push_back(ids_for(names.text(static_cast<std::uint32_t>(by_provider_.size()))));
    }
    return std::ranges::binary_search(by_provider_[provider], event_id);
  }
  [[nodiscard]] bool holds(const EvidenceText& provider, std::uint32_t event_id) const {
    return std::ranges::any_of(interests_, [&](const EventInterest& interest) {
      return interest.event_id == event_id && equal_names(interest.provider, provider.raw());
    });
  }

 private:
  [[nodiscard]] std::vector<std::uint32_t> ids_for(const EvidenceText& provider) const {
    std::vector<std::uint32_t> ids;
    for (const EventInterest& interest : interests_) {
      if (equal_names(interest.provider, provider.raw())) {
        ids.push_back(interest.event_id);
      }
    }
    std::ranges::sort(ids);
    return ids;
  }
  std::span<const EventInterest> interests_;
  std::vector<std::vector<std::uint32_t>> by_provider_;
};

class LogReader {
 public:
  LogReader(std::uint32_t evidence, std::span<const EventInterest> interests, const Limits& limits,
            const std::function<void(const WinEvent&)>& sink, Diagnostics& diagnostics)
      : evidence_(evidence),
        wanted_(interests),
        limits_(limits),
        sink_(sink),
        diagnostics_(diagnostics),
        names_(limits.evtx_event_kinds_max + limits.evtx_channels_max),
        counter_(limits) {}

  Result<EvtxLogSummary> run(const FileView& file) {
    NPG_TRY(
        const ChunkCounts chunks,
        for_each_chunk(file, diagnostics_, [&](const evtx::Chunk& chunk) { read_chunk(chunk); }));
    summary_.channels = counter_.finish(names_, diagnostics_);
    summary_.chunks_seen = chunks.chunks_seen;
    summary_.chunks_used = chunks.chunks_used;
    summary_.chunks_bad = chunks.chunks_bad;
    summary_.bytes = chunks.bytes;
    summary_.dirty = chunks.dirty;
    summary_.header_ok = chunks.header_ok;
    summary_.bytes_not_understood += chunks.bytes_lost;
    return std::move(summary_);
  }

 private:
  void read_chunk(const evtx::Chunk& chunk) {
    evtx::BinXmlDecoder decoder(chunk.bytes, limits_);
    evtx::EventKeyReader keys(chunk.bytes, decoder);
    PlannedEvents planned(chunk.bytes, decoder, limits_);
    evtx::RecordWalk walk(chunk, diagnostics_);
    while (const auto record = walk.next()) {
      ++summary_.records_seen;
      summary_.records_unverified += record->verified ? 0U : 1U;
      const auto key = keys.read(*record);
      if (key && key->event_id <= UINT32_MAX) {
        read_keyed(keys, *key, *record, planned, decoder);
      } else {
        read_unkeyed(*record, decoder);
      }
    }
    summary_.bytes_not_understood += walk.bytes_lost();
  }

  /// A record whose key was read without decoding it: decoded only when it is wanted.
  void read_keyed(const evtx::EventKeyReader& keys, const evtx::EventKey& key,
                  const evtx::RecordRef& record, PlannedEvents& planned,
                  evtx::BinXmlDecoder& decoder) {
    const auto event_id = static_cast<std::uint32_t>(key.event_id);
    const std::uint32_t provider = names_.id_of(key.provider);
    counter_.count({.provider = provider,
                    .channel = names_.id_of(key.channel),
                    .computer = names_.id_of(key.computer),
                    .event_id = event_id,
                    .record_id = key.record_id,
                    .header_id = record.id,
                    .time = key.created.given() ? key.created : record.written,
                    .verified = record.verified});
    // A name that found no place in the table may be any name.
    const bool doubtful = provider == NameTable::empty_name && !key.provider.empty();
    if (!doubtful && !wanted_.holds(names_, provider, event_id)) {
      ++summary_.records_parsed;
      return;
    }
    if (planned.build(keys, key, record, event_)) {
      ++summary_.records_parsed;
      if (!doubtful || wanted_.holds(event_.provider, event_id)) {
        give(event_, record.verified);
      }
      return;
    }
    const Result<void> decoded = decode(record, decoder);
    finish(record, decoded, evtx::read_system(tree_));
  }

  void read_unkeyed(const evtx::RecordRef& record, evtx::BinXmlDecoder& decoder) {
    const Result<void> decoded = decode(record, decoder);
    const auto system = evtx::read_system(tree_);
    if (system && system->event_id && *system->event_id <= UINT32_MAX) {
      count(*system, record);
    }
    finish(record, decoded, system);
  }

  Result<void> decode(const evtx::RecordRef& record, evtx::BinXmlDecoder& decoder) {
    ++summary_.records_decoded;
    return decoder.decode(record.binxml, tree_);
  }

  void count(const evtx::SystemFields& system, const evtx::RecordRef& record) {
    const auto number = [&](const EvidenceText& name) {
      const std::u16string units = name.to_utf16();
      return names_.id_of(Bytes(std::as_bytes(std::span(units))));
    };
    counter_.count({.provider = number(system.provider),
                    .channel = number(system.channel),
                    .computer = number(system.computer),
                    .event_id = static_cast<std::uint32_t>(*system.event_id),
                    .record_id = system.record_id.value_or(record.id),
                    .header_id = record.id,
                    .time = system.created.given() ? system.created : record.written,
                    .verified = record.verified});
  }

  /// Accounts for a decoded record and hands it on when it is wanted.
  void finish(const evtx::RecordRef& record, const Result<void>& decoded,
              const std::optional<evtx::SystemFields>& system) {
    const bool known = system && system->event_id && *system->event_id <= UINT32_MAX;
    if (!decoded) {
      fail_record(record, describe(decoded.error()));
    } else if (!known) {
      fail_record(record, "the record has no readable Event/System/EventID");
    } else {
      ++summary_.records_parsed;
    }
    if (known && wanted_.holds(system->provider, static_cast<std::uint32_t>(*system->event_id))) {
      WinEvent event = build_event(tree_, *system, record);
      give(event, decoded && record.verified);
    }
  }

  void give(WinEvent& event, bool sound) {
    event.quality = sound ? RecordQuality::sound : RecordQuality::unverified;
    event.origin.evidence = evidence_;
    sink_(event);
  }

  void fail_record(const evtx::RecordRef& record, const std::string& why) {
    ++summary_.records_failed;
    summary_.bytes_not_understood += record.size;
    diagnostics_.add(DiagnosticCode::evtx_record_undecodable, Severity::data_loss, record.offset,
                     record.size, fmt::format("record {}: {}", record.id, why));
  }

  std::uint32_t evidence_;
  Wanted wanted_;
  const Limits& limits_;
  const std::function<void(const WinEvent&)>& sink_;
  Diagnostics& diagnostics_;
  NameTable names_;
  ChannelCounter counter_;
  EvtxLogSummary summary_;
  evtx::XmlTree tree_;
  WinEvent event_;  ///< its memory serves every planned event
};

}  // namespace

Result<EvtxLogSummary> read_evtx_log(const FileView& file, std::uint32_t evidence,
                                     std::span<const EventInterest> interests, const Limits& limits,
                                     const std::function<void(const WinEvent&)>& sink,
                                     Diagnostics& diagnostics) {
  return LogReader(evidence, interests, limits, sink, diagnostics).run(file);
}

}  // namespace npg
