// Any bytes as an event log: a file with its header, or a chunk alone. Every record is read both
// ways, and what the short way tells must be what the whole record says.
#include <cstddef>
#include <cstdint>
#include <span>

#include "format/evtx/event_key.hpp"
#include "format/evtx/file_header.hpp"
#include "format/evtx/layout.hpp"
#include "format/evtx/system_fields.hpp"

namespace {

using namespace npg;

void read_texts(const evtx::XmlTree& tree) {
  for (std::uint32_t i = 0; i < tree.size(); ++i) {
    (void)tree.name(i);
    (void)tree.text(i);
  }
}

void read_record(const evtx::RecordRef& record, evtx::EventKeyReader& keys,
                 evtx::BinXmlDecoder& decoder, evtx::XmlTree& tree) {
  const auto key = keys.read(record);
  const bool decoded = decoder.decode(record.binxml, tree).has_value();
  read_texts(tree);
  const auto system = evtx::read_system(tree);
  if (!key || !decoded) {
    return;
  }
  NPG_CHECK(system.has_value());
  NPG_CHECK(system->event_id == key->event_id && system->record_id == key->record_id);
  NPG_CHECK(system->created == key->created);
  NPG_CHECK(system->provider == EvidenceText::from_utf16(key->provider.data()));
  NPG_CHECK(system->channel == EvidenceText::from_utf16(key->channel.data()));
  NPG_CHECK(system->computer == EvidenceText::from_utf16(key->computer.data()));
  if (const auto context = keys.context()) {
    NPG_CHECK(system->user_sid == evtx::text_of(context->user_sid));
    NPG_CHECK(system->version == context->version && system->thread_id == context->thread_id);
    NPG_CHECK(system->process_id == context->process_id);
  }
}

void read_slot(Bytes slot, const Limits& limits, evtx::TemplateCache& templates) {
  Diagnostics diagnostics;
  const evtx::Chunk chunk = evtx::inspect_chunk(slot);
  evtx::report_chunk(chunk, diagnostics);
  evtx::BinXmlDecoder decoder(slot, limits);
  templates.start_chunk(slot, decoder);
  evtx::EventKeyReader keys(templates);
  evtx::RecordWalk walk(chunk, diagnostics);
  evtx::XmlTree tree;
  std::uint64_t end = 0;
  while (const auto record = walk.next()) {
    NPG_CHECK(record->offset >= end);
    end = record->offset + record->size;
    read_record(*record, keys, decoder, tree);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes file(std::as_bytes(std::span(data, size)));
  Limits limits;
  // Limit: small, so that an input takes milliseconds.
  limits.binxml_nodes_max = 5000;
  limits.binxml_chunk_nodes_max = 20'000;
  limits.binxml_output_bytes_max = 1 << 18;
  // The chunks of one file share what is known of templates.
  evtx::TemplateCache templates;
  const bool has_header = evtx::looks_like_evtx(file) && evtx::read_file_header(file);
  for (std::uint64_t at = has_header ? evtx::first_chunk_offset : 0; at < size;
       at += evtx::chunk_size) {
    read_slot(file.clamp(at, evtx::chunk_size), limits, templates);
  }
  return 0;
}
