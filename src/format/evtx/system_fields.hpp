// The System part of an event, read from a decoded record.
#pragma once

#include <cstdint>
#include <optional>

#include "format/evtx/xml_tree.hpp"

namespace npg::evtx {

/// Everything in System that events are told apart and placed by.
struct SystemFields {
  EvidenceText provider;
  EvidenceText channel;
  EvidenceText computer;
  EvidenceText user_sid;
  std::optional<std::uint64_t> event_id;
  std::optional<std::uint64_t> record_id;
  std::uint64_t version = 0;
  std::uint64_t process_id = 0;
  std::uint64_t thread_id = 0;
  EvidenceText keywords;
  FileTime created;
};

/// The Event element of a decoded record; Node::none when there is none.
[[nodiscard]] std::uint32_t event_element(const XmlTree& tree);
/// The System fields of a decoded record; nothing when it has no Event/System.
[[nodiscard]] std::optional<SystemFields> read_system(const XmlTree& tree);

}  // namespace npg::evtx
