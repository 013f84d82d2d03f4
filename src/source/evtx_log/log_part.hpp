// One part of a log as the scan reads it: every record counted, those that somebody asked for given
// as events.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "format/evtx/event_key.hpp"
#include "format/evtx/system_fields.hpp"
#include "source/evtx_log/channel_counter.hpp"
#include "source/evtx_log/chunk_walk.hpp"
#include "source/evtx_log/data_plan.hpp"
#include "source/evtx_log/evtx_log.hpp"
#include "source/evtx_log/name_table.hpp"
#include "source/evtx_log/wanted_events.hpp"

namespace npg {

/// What a thread keeps from part to part: memory and templates.
struct LogWorker {
  explicit LogWorker(const Limits& limits)
      : decoder(Bytes(), limits), keys(templates), planned(templates, limits) {}

  /// How the records of one template and provider are counted in one part.
  struct Counting {
    struct Kind {
      bool used = false;
      std::uint32_t event_id = 0;
      ChannelCounter::Kind place;
      const WantedEvent* wanted = nullptr;
    };
    std::uint64_t part = 0;  ///< number of the part that the rest is of
    /// Whose names the rest is of: most templates have them as values.
    std::vector<std::byte> provider_units;
    std::vector<std::byte> channel_units;
    std::vector<std::byte> computer_units;
    std::uint32_t provider = 0;
    std::size_t channel = 0;
    std::array<Kind, 32> kinds;  ///< by the event id's low bits
  };

  /// One template may serve many providers: they are told apart by their names' ends.
  using Countings = std::array<std::unique_ptr<Counting>, 8>;

  evtx::BinXmlDecoder decoder;
  evtx::TemplateCache templates;
  evtx::EventKeyReader keys;
  PlannedEvents planned;
  PlanStore<Countings> counting;
  evtx::XmlTree tree;
  WinEvent event;  ///< its memory serves every planned event
  std::uint64_t parts = 0;
};

class LogPartReader final : public LogPart {
 public:
  struct Context {
    std::uint32_t evidence = 0;
    const WantedEvents& wanted;
    const Limits& limits;
  };
  LogPartReader(const Context& context, LogWorker& worker, std::unique_ptr<EventSink> sink,
                Diagnostics& diagnostics);

  void visit(const evtx::Chunk& chunk) override;

  [[nodiscard]] const EvtxLogSummary& summary() const { return summary_; }
  [[nodiscard]] const ChannelCounter& counter() const { return counter_; }
  [[nodiscard]] const NameTable& names() const { return names_; }
  [[nodiscard]] bool names_full() const { return names_.full(); }
  [[nodiscard]] std::unique_ptr<EventSink> take_sink() { return std::move(sink_); }

 private:
  using Counting = LogWorker::Counting;
  [[nodiscard]] Counting& counting_of(const evtx::EventKey& key);
  [[nodiscard]] Counting::Kind& kind_of(Counting& counting, std::uint32_t event_id);
  void read_keyed(const evtx::EventKey& key, const evtx::RecordRef& record);
  void read_unkeyed(const evtx::RecordRef& record);
  void read_recovered(const evtx::Chunk& chunk, std::uint64_t begin, std::uint64_t end);
  void read_hidden(const evtx::Chunk& chunk);
  void give_recovered(const evtx::RecordRef& record);
  [[nodiscard]] Result<void> decode(const evtx::RecordRef& record);
  void count(const evtx::SystemFields& system, const evtx::RecordRef& record);
  void finish(const evtx::RecordRef& record, const Result<void>& decoded,
              const std::optional<evtx::SystemFields>& system);
  void give(WinEvent& event, RecordQuality quality);
  void fail_record(const evtx::RecordRef& record, const std::string& why);

  Context context_;
  LogWorker& worker_;
  std::unique_ptr<EventSink> sink_;
  Diagnostics& diagnostics_;
  NameTable names_;
  ChannelCounter counter_;
  EvtxLogSummary summary_;
};

}  // namespace npg
