// Bounds on events written as text, besides those of Limits.
#pragma once

#include "base/limits.hpp"

namespace npg {

struct StreamLimits : Limits {
  std::uint64_t event_json_bytes_max =
      8ULL << 20;  ///< Limit: one object; Windows' own events have at most 64 KiB of data.
  std::uint32_t event_json_depth_max = 64;  ///< Limit: the deepest wrapper nests twelve deep.
  std::uint64_t event_fields_max = 4096;    ///< fields kept of one event
  std::uint64_t event_xml_bytes_max = 1ULL << 20;  ///< one Event element
  std::uint32_t event_xml_depth_max = 64;
  std::uint64_t event_xml_nodes_max = 16'384;  ///< elements and attributes of one Event

  StreamLimits() = default;
  explicit StreamLimits(const Limits& limits) : Limits(limits) {}
};

}  // namespace npg
