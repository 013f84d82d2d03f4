#include "source/evtx_log/evtx_log.hpp"

#include <algorithm>

#include "source/evtx_log/chunk_walk.hpp"
#include "source/evtx_log/log_part.hpp"

namespace npg {
namespace {

/// Puts the parts of one log together.
class LogReader final : public LogParts {
 public:
  LogReader(const LogReadingOptions& options, const Limits& limits, EventSinks& sinks,
            Diagnostics& diagnostics)
      : wanted_(options.interests),
        context_{.evidence = options.evidence, .wanted = wanted_, .limits = limits},
        sinks_(sinks),
        diagnostics_(diagnostics),
        names_(limits.evtx_event_kinds_max + limits.evtx_channels_max),
        counter_(limits) {
    for (unsigned i = 0; i < std::max(options.threads, 1U); ++i) {
      workers_.push_back(std::make_unique<LogWorker>(limits));
    }
  }

  std::unique_ptr<LogPart> begin(unsigned worker, Diagnostics& diagnostics) override {
    return std::make_unique<LogPartReader>(context_, *workers_[worker], sinks_.begin(worker),
                                           diagnostics);
  }

  void finish(std::unique_ptr<LogPart> part) override {
    auto& reader = dynamic_cast<LogPartReader&>(*part);
    const EvtxLogSummary& more = reader.summary();
    counter_.append(reader.counter(), reader.names(), names_);
    names_full_ = names_full_ || reader.names_full();
    summary_.records_seen += more.records_seen;
    summary_.records_parsed += more.records_parsed;
    summary_.records_failed += more.records_failed;
    summary_.records_unverified += more.records_unverified;
    summary_.records_decoded += more.records_decoded;
    summary_.records_recovered += more.records_recovered;
    summary_.bytes_not_understood += more.bytes_not_understood;
    sinks_.finish(reader.take_sink());
  }

  EvtxLogSummary result(const ChunkCounts& chunks) {
    summary_.channels = counter_.finish(names_, names_full_, diagnostics_);
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
  WantedEvents wanted_;
  LogPartReader::Context context_;
  EventSinks& sinks_;
  Diagnostics& diagnostics_;
  std::vector<std::unique_ptr<LogWorker>> workers_;
  NameTable names_;
  bool names_full_ = false;
  ChannelCounter counter_;
  EvtxLogSummary summary_;
};

/// Hands each event on at once.
class OneSink final : public EventSinks {
 public:
  explicit OneSink(const std::function<void(const WinEvent&)>& sink) : sink_(sink) {}
  std::unique_ptr<EventSink> begin(unsigned /*worker*/) override {
    return std::make_unique<Sink>(sink_);
  }
  void finish(std::unique_ptr<EventSink> /*sink*/) override {}

 private:
  class Sink final : public EventSink {
   public:
    explicit Sink(const std::function<void(const WinEvent&)>& sink) : sink_(sink) {}
    void take(const WinEvent& event) override { sink_(event); }

   private:
    const std::function<void(const WinEvent&)>& sink_;
  };
  const std::function<void(const WinEvent&)>& sink_;
};

}  // namespace

Result<EvtxLogSummary> read_evtx_log(const FileView& file, const LogReadingOptions& options,
                                     const Limits& limits, EventSinks& sinks,
                                     Diagnostics& diagnostics) {
  LogReader reader(options, limits, sinks, diagnostics);
  NPG_TRY(const ChunkCounts chunks, for_each_part(file, options.threads, diagnostics, reader));
  return reader.result(chunks);
}

Result<EvtxLogSummary> read_evtx_log(const FileView& file, std::uint32_t evidence,
                                     std::span<const EventInterest> interests, const Limits& limits,
                                     const std::function<void(const WinEvent&)>& sink,
                                     Diagnostics& diagnostics) {
  OneSink sinks(sink);
  return read_evtx_log(file, {.evidence = evidence, .interests = interests, .threads = 1}, limits,
                       sinks, diagnostics);
}

}  // namespace npg
