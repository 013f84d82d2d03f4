// Writes records of an event log as lines of JSON straight from their values, by a list of pieces
// and steps made once for each template. The lines are those of dump_record.hpp, byte for byte; in
// any doubt none is written and the record is decoded.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json_append.hpp"
#include "base/limits.hpp"
#include "format/evtx/event_key.hpp"
#include "source/evtx_log/data_plan.hpp"

namespace npg {

/// One thing to do for a line.
struct DumpStep {
  enum class Kind : std::uint8_t {
    text,            ///< the text from `first`, `length` characters
    value,           ///< the same text, then the value `index`
    items,           ///< the value `index`, or each item of it when it is an array; commas behind
    close,           ///< a bracket, over the comma before it: `first` is the character
    jump,            ///< on to step `first`
    jump_if_null,    ///< when the value `index` is null or not there
    jump_if_absent,  ///< when the value `index` is there and null
    nested,          ///< the fragment in the value `index`, unless it is null
    nested_content,  ///< the same, of which each element is a member
  };
  Kind kind = Kind::text;
  std::uint16_t index = 0;
  std::uint32_t first = 0;
  std::uint32_t length = 0;
};

struct DumpPlan {
  bool usable = false;
  std::string text;  ///< with TextBuffer::padding behind
  std::vector<DumpStep> steps;
};
/// The members of a line that the template's Event gives: "system" and what stands beside it.
[[nodiscard]] DumpPlan plan_whole_dump(const evtx::XmlTree& tree);
/// The member that a template inside a value gives.
[[nodiscard]] DumpPlan plan_nested_dump(const evtx::XmlTree& tree);
/// The members that a template inside UserData gives.
[[nodiscard]] DumpPlan plan_content_dump(const evtx::XmlTree& tree);

/// Reads the records of the chunk that the templates are at.
class PlannedDump {
 public:
  PlannedDump(evtx::TemplateCache& templates, evtx::BinXmlDecoder& decoder, const Limits& limits)
      : templates_(templates), decoder_(decoder), keys_(templates), limits_(limits) {}
  /// To be called after the templates' and the decoder's, with each chunk.
  void start_chunk();
  /// Appends the record's line; false, and nothing appended, in doubt.
  [[nodiscard]] bool write(const evtx::RecordRef& record, TextBuffer& out);

 private:
  [[nodiscard]] bool write_line(const evtx::RecordRef& record, TextBuffer& out);
  [[nodiscard]] bool run(const DumpPlan& plan, const evtx::ValueTable& values, bool is_inner,
                         TextBuffer& out);
  [[nodiscard]] bool run_nested(const evtx::Value& value, DumpStep::Kind kind, TextBuffer& out);
  [[nodiscard]] bool write_free(const evtx::Value& value, TextBuffer& out);
  [[nodiscard]] bool spend(const evtx::Value& value) {
    bytes_of_record_ += value.data.size();
    return bytes_of_record_ <= limits_.binxml_output_bytes_max / 2;
  }

  evtx::TemplateCache& templates_;
  evtx::BinXmlDecoder& decoder_;
  evtx::EventKeyReader keys_;
  const Limits& limits_;
  PlanStore<DumpPlan> whole_plans_;
  PlanStore<DumpPlan> nested_plans_;
  PlanStore<DumpPlan> content_plans_;
  evtx::ValueTable nested_values_;
  evtx::XmlTree free_tree_;
  std::uint64_t bytes_of_record_ = 0;
  std::uint64_t steps_of_chunk_ = 0;
};

}  // namespace npg
