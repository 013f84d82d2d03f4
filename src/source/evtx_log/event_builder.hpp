// Makes a WinEvent of a decoded record.
#pragma once

#include "format/evtx/chunk.hpp"
#include "format/evtx/system_fields.hpp"
#include "format/evtx/xml_tree.hpp"
#include "view/win_event.hpp"

namespace npg {

/// The event with its fields; quality and the origin's evidence are the caller's to know.
[[nodiscard]] WinEvent build_event(const evtx::XmlTree& tree, const evtx::SystemFields& system,
                                   const evtx::RecordRef& record);

}  // namespace npg
