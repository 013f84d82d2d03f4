// Makes a WinEvent of a decoded record.
#pragma once

#include "format/evtx/chunk.hpp"
#include "format/evtx/system_fields.hpp"
#include "format/evtx/xml_tree.hpp"
#include "view/win_event.hpp"

namespace npg {

/// True when the element has elements in it.
[[nodiscard]] bool has_elements(const evtx::XmlTree& tree, std::uint32_t parent);
/// An element's name without its namespace prefix.
[[nodiscard]] EvidenceText local_name(const evtx::XmlTree& tree, std::uint32_t element);
/// True for the children of Event that hold neither data of the event nor anything that System
/// lacks.
[[nodiscard]] bool is_framing(const evtx::XmlTree& tree, std::uint32_t element);
/// The event with its fields; quality and the origin's evidence are the caller's to know.
[[nodiscard]] WinEvent build_event(const evtx::XmlTree& tree, const evtx::SystemFields& system,
                                   const evtx::RecordRef& record);

}  // namespace npg
