// One record of an event log as a line of JSON, written from the decoded record. What the line
// looks like is decided here (docs/formats/evtx.md, "Dump"); dump_plan.hpp writes the same faster.
#pragma once

#include <string>

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "format/evtx/chunk.hpp"
#include "format/evtx/xml_tree.hpp"

namespace npg {

/// Where a record was found.
enum class RecordPlace : std::uint8_t { live, unused_space };

/// The line with its end. `decoded` says whether the tree is whole.
[[nodiscard]] std::string record_line(const evtx::XmlTree& tree, const evtx::RecordRef& record,
                                      const Result<void>& decoded, RecordPlace place);
/// A value as JSON: arrays as arrays, null as null.
void write_value(JsonWriter& json, const evtx::Value& value);

/// Children of System that are objects even without attributes.
[[nodiscard]] bool is_system_object(const evtx::XmlTree& tree, std::uint32_t element);

}  // namespace npg
