// Any bytes as a chunk of an event log, or a log of one: every line written by plan must be the one
// that decoding the whole record gives.
#include <cstddef>
#include <cstdint>
#include <span>

#include "app/dump_plan.hpp"
#include "app/dump_record.hpp"
#include "format/evtx/file_header.hpp"
#include "format/evtx/layout.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace npg;
  const Bytes file(std::as_bytes(std::span(data, size)));
  Limits limits;
  // Limit: small, so that an input takes milliseconds.
  limits.binxml_nodes_max = 5000;
  limits.binxml_chunk_nodes_max = 20'000;
  limits.binxml_output_bytes_max = 1 << 18;
  const bool has_header = evtx::looks_like_evtx(file) && evtx::read_file_header(file);
  evtx::BinXmlDecoder decoder(Bytes(), limits);
  evtx::TemplateCache templates;
  PlannedDump plans(templates, decoder, limits);
  evtx::XmlTree tree;
  TextBuffer line;
  TextBuffer whole;
  for (std::uint64_t at = has_header ? evtx::first_chunk_offset : 0; at < size;
       at += evtx::chunk_size) {
    const Bytes slot = file.clamp(at, evtx::chunk_size);
    const evtx::Chunk chunk = evtx::inspect_chunk(slot);
    Diagnostics diagnostics;
    decoder.start_chunk(slot);
    templates.start_chunk(slot, decoder);
    plans.start_chunk();
    evtx::RecordWalk walk(chunk, diagnostics);
    while (const auto record = walk.next()) {
      line.clear();
      if (!plans.write(*record, line)) {
        continue;
      }
      // A limit may end the decoding of what was written by plan.
      const Result<void> decoded = decoder.decode(record->binxml, tree);
      whole.clear();
      append_record(whole, tree, *record, decoded, RecordPlace::live);
      NPG_CHECK(!decoded || whole.text() == line.text());
    }
  }
  return 0;
}
