// One record of an event log as a line of JSON, written from the decoded record. What the line
// looks like is decided here (docs/formats/evtx.md, "Dump"); dump_plan.hpp writes the same faster.
#pragma once

#include <cstdint>

#include "base/error.hpp"
#include "base/json_append.hpp"
#include "format/evtx/chunk.hpp"
#include "format/evtx/xml_tree.hpp"

namespace npg {

/// Where a record was found.
enum class RecordPlace : std::uint8_t { live, unused_space };

/// Appends the line with its end. `decoded` says whether the tree is whole.
void append_record(TextBuffer& out, const evtx::XmlTree& tree, const evtx::RecordRef& record,
                   const Result<void>& decoded, RecordPlace place);
/// The text or value between an element's tags, or of an attribute.
void append_content(TextBuffer& out, const evtx::XmlTree& tree, std::uint32_t node);
/// The members that an element would have whose content is the tree's, each with a comma behind
/// it; false when the content is not elements alone, of which there is at least one.
[[nodiscard]] bool append_members(TextBuffer& out, const evtx::XmlTree& tree);

/// Children of System that are objects even without attributes.
[[nodiscard]] bool is_system_object(const evtx::XmlTree& tree, std::uint32_t element);

}  // namespace npg
