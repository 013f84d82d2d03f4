// Any bytes as an event log: every record is read by plan and by decoding it whole, and both must
// give the same event.
#include <cstddef>
#include <cstdint>
#include <span>

#include "format/evtx/file_header.hpp"
#include "format/evtx/layout.hpp"
#include "format/evtx/system_fields.hpp"
#include "source/evtx_log/data_plan.hpp"
#include "source/evtx_log/event_builder.hpp"

namespace {

using namespace npg;

void check_same(const WinEvent& whole, const WinEvent& planned) {
  NPG_CHECK(whole.channel == planned.channel && whole.provider == planned.provider);
  NPG_CHECK(whole.computer == planned.computer && whole.user_sid == planned.user_sid);
  NPG_CHECK(whole.event_id == planned.event_id && whole.version == planned.version);
  NPG_CHECK(whole.record_id == planned.record_id && whole.created == planned.created);
  NPG_CHECK(whole.process_id == planned.process_id && whole.thread_id == planned.thread_id);
  NPG_CHECK(whole.is_user_data == planned.is_user_data);
  NPG_CHECK(whole.is_audit_failure == planned.is_audit_failure);
  NPG_CHECK(whole.fields.size() == planned.fields.size());
  for (std::size_t i = 0; i < whole.fields.size(); ++i) {
    NPG_CHECK(whole.fields[i].name == planned.fields[i].name);
    NPG_CHECK(whole.fields[i].value == planned.fields[i].value);
  }
}

void read_slot(Bytes slot, const Limits& limits, evtx::TemplateCache& templates,
               PlannedEvents& planned) {
  Diagnostics diagnostics;
  const evtx::Chunk chunk = evtx::inspect_chunk(slot);
  evtx::BinXmlDecoder decoder(slot, limits);
  templates.start_chunk(slot, decoder);
  evtx::EventKeyReader keys(templates);
  planned.start_chunk();
  evtx::RecordWalk walk(chunk, diagnostics);
  evtx::XmlTree tree;
  WinEvent event;
  while (const auto record = walk.next()) {
    const auto key = keys.read(*record);
    if (!key || key->event_id > UINT32_MAX || !planned.build(keys, *key, *record, event)) {
      continue;
    }
    // A limit may end the decoding of what was read by plan.
    if (decoder.decode(record->binxml, tree)) {
      const auto system = evtx::read_system(tree);
      NPG_CHECK(system.has_value());
      check_same(build_event(tree, *system, *record), event);
    }
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
  PlannedEvents planned(templates, limits);
  const bool has_header = evtx::looks_like_evtx(file) && evtx::read_file_header(file);
  for (std::uint64_t at = has_header ? evtx::first_chunk_offset : 0; at < size;
       at += evtx::chunk_size) {
    read_slot(file.clamp(at, evtx::chunk_size), limits, templates, planned);
  }
  return 0;
}
