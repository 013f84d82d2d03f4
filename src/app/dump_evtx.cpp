#include "app/dump_evtx.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <vector>

#include "app/dump_plan.hpp"
#include "app/dump_record.hpp"
#include "format/evtx/binxml.hpp"
#include "format/evtx/system_fields.hpp"
#include "source/evtx_log/chunk_walk.hpp"

namespace npg {
namespace {

/// What a thread keeps from part to part.
struct DumpWorker {
  explicit DumpWorker(const Limits& limits)
      : decoder(Bytes(), limits), planned(templates, decoder, limits) {}
  evtx::BinXmlDecoder decoder;
  evtx::TemplateCache templates;
  PlannedDump planned;
  evtx::XmlTree tree;
};

/// The lines of one part of a log.
class DumpPart final : public LogPart {
 public:
  DumpPart(DumpWorker& worker, bool recovered, TextBuffer lines, Diagnostics& diagnostics)
      : worker_(worker),
        recovered_(recovered),
        diagnostics_(diagnostics),
        lines_(std::move(lines)) {}

  void visit(const evtx::Chunk& chunk) override {
    worker_.decoder.start_chunk(chunk.bytes);
    worker_.templates.start_chunk(chunk.bytes, worker_.decoder);
    worker_.planned.start_chunk();
    evtx::RecordWalk walk(chunk, diagnostics_);
    while (const auto record = walk.next()) {
      if (!recovered_ && !worker_.planned.write(*record, lines_)) {
        write_decoded(*record);
      }
    }
    if (recovered_) {
      for (const evtx::ByteRange& lost : walk.lost()) {
        write_recovered(chunk, lost.begin, lost.end);
      }
      write_recovered(chunk, walk.end(), chunk.bytes.size());
    }
  }

  [[nodiscard]] TextBuffer& lines() { return lines_; }

 private:
  Result<void> decode(const evtx::RecordRef& record) {
    const Result<void> decoded = worker_.decoder.decode(record.binxml, worker_.tree);
    if (decoded && evtx::event_element(worker_.tree) == evtx::Node::none) {
      return fail(ErrorCode::not_found, record.offset, "evtx.record.event");
    }
    return decoded;
  }

  void write_decoded(const evtx::RecordRef& record) {
    const Result<void> decoded = decode(record);
    if (!decoded) {
      diagnostics_.add(DiagnosticCode::evtx_record_undecodable, Severity::data_loss, record.offset,
                       record.size,
                       fmt::format("record {}: {}", record.id, describe(decoded.error())));
    }
    append_record(lines_, worker_.tree, record, decoded, RecordPlace::live);
  }

  void write_recovered(const evtx::Chunk& chunk, std::uint64_t begin, std::uint64_t end) {
    while (const auto record = evtx::find_record(chunk, begin, end)) {
      begin = std::uint64_t{record->chunk_offset} + record->size;
      const Result<void> decoded = decode(*record);
      append_record(lines_, worker_.tree, *record, decoded, RecordPlace::unused_space);
    }
  }

  DumpWorker& worker_;
  bool recovered_;
  Diagnostics& diagnostics_;
  TextBuffer lines_;
};

class DumpParts final : public LogParts {
 public:
  DumpParts(const EvtxDumpOptions& options, const Limits& limits,
            const std::function<void(std::string_view)>& out)
      : recovered_(options.recovered), out_(out) {
    for (unsigned i = 0; i < std::max(options.threads, 1U); ++i) {
      workers_.push_back(std::make_unique<DumpWorker>(limits));
    }
  }
  std::unique_ptr<LogPart> begin(unsigned worker, Diagnostics& diagnostics) override {
    return std::make_unique<DumpPart>(*workers_[worker], recovered_, take_spare(), diagnostics);
  }
  void finish(std::unique_ptr<LogPart> part) override {
    TextBuffer& lines = dynamic_cast<DumpPart&>(*part).lines();
    out_(lines.text());
    lines.clear();
    const std::lock_guard lock(spare_mutex_);
    spare_.push_back(std::move(lines));
  }

 private:
  /// Memory that has been written to costs less than new memory.
  TextBuffer take_spare() {
    const std::lock_guard lock(spare_mutex_);
    if (spare_.empty()) {
      return {};
    }
    TextBuffer buffer = std::move(spare_.back());
    spare_.pop_back();
    return buffer;
  }

  std::mutex spare_mutex_;
  std::vector<TextBuffer> spare_;  ///< of parts that are written
  bool recovered_;
  const std::function<void(std::string_view)>& out_;
  std::vector<std::unique_ptr<DumpWorker>> workers_;
};

}  // namespace

Result<void> dump_evtx(const FileView& file, const EvtxDumpOptions& options, const Limits& limits,
                       const std::function<void(std::string_view)>& out, Diagnostics& diagnostics) {
  DumpParts parts(options, limits, out);
  NPG_TRY_VOID(for_each_part(file, options.threads, diagnostics, parts));
  return {};
}

}  // namespace npg
