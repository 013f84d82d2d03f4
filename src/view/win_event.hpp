// WinEvent: one Windows event, whatever log, stream or dialect it came from. Extractors see nothing
// else.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/evidence_text.hpp"
#include "base/filetime.hpp"
#include "fact/origin.hpp"

namespace npg {

/// What the record's surroundings say about it.
enum class RecordQuality : std::uint8_t {
  sound,       ///< in a chunk whose checksums agree
  unverified,  ///< in a chunk whose checksum disagrees or that was being written
  recovered,   ///< from slack or a damaged chunk: never counted as live
};

struct EventField {
  EvidenceText name;  ///< the Data element's Name, or the element's own name in UserData; empty for
                      ///< unnamed Data
  EvidenceText value;  ///< canonical text: numbers decimal, HexInt "0x3e7", SID "S-1-…", GUID
                       ///< "{…}", FILETIME RFC 3339, binary as upper-case hexadecimal, Boolean
                       ///< "true"/"false"; arrays divided by ", "
};

struct WinEvent {
  EvidenceText channel;
  EvidenceText provider;
  EvidenceText computer;
  EvidenceText user_sid;  ///< System/Security UserID; empty when absent
  std::uint32_t event_id = 0;
  std::uint32_t version = 0;
  std::uint64_t record_id =
      0;             ///< System/EventRecordID, or the record header's where that is absent
  FileTime written;  ///< record header
  FileTime created;  ///< System/TimeCreated; not given when the record has none
  std::uint32_t process_id = 0;  ///< System/Execution
  std::uint32_t thread_id = 0;
  std::vector<EventField> fields;  ///< EventData, or the leaves of UserData, in document order
  bool is_user_data = false;
  bool is_audit_failure = false;  ///< System/Keywords: what was tried was not done
  RecordQuality quality = RecordQuality::sound;
  Origin origin;

  /// When it happened: TimeCreated, else the record header's time.
  [[nodiscard]] FileTime time() const { return created.given() ? created : written; }
  /// The value of the first field of that name (Windows' comparison; the name is ASCII, as those of
  /// all fields that Windows defines are); nothing when there is none.
  [[nodiscard]] const EvidenceText* find(std::string_view name) const;
  /// The same as text for parsing, "" when there is none.
  [[nodiscard]] std::string_view text(std::string_view name) const;
  /// A decimal or 0x number; nothing when the field is absent or is none.
  [[nodiscard]] std::optional<std::uint64_t> number(std::string_view name) const;
};

/// A field that makes an event worth reading: its text holds one of the words, in any case.
struct FieldTest {
  std::string_view field;                   ///< its name, compared as Windows compares names
  std::span<const std::string_view> words;  ///< ASCII
};

/// What an extractor asks for: a provider and one of its event ids, and what such an event must
/// hold to become a fact. Sources may skip every event that no interest names, and those of which
/// no test holds; they need not. In doubt they give the event.
struct EventInterest {
  std::string_view provider;  ///< compared as Windows compares names
  std::uint32_t event_id = 0;
  std::span<const FieldTest> any_of = {};  ///< none: every such event may become a fact
};

/// True for System/Keywords of a failed audit: bit 52 of a number, however it is written, or the
/// word that Windows shows for it in English.
[[nodiscard]] bool names_audit_failure(std::string_view keywords);
inline constexpr std::uint64_t audit_failure_bit = 0x10'0000'0000'0000;

/// Reads "4624", "0x3e7"; nothing for anything else.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text);

}  // namespace npg
