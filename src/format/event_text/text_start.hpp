// How a file of events written as text is told: by its first characters, in UTF-8 or UTF-16
// (docs/formats/event_json.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace npg {

enum class TextEncoding : std::uint8_t { utf8, utf16_little, utf16_big };

/// What a text's first bytes tell of its encoding, and how long its byte order mark is. Without a
/// mark, a zero in the first character tells UTF-16, since all that is read begins with ASCII.
struct TextStart {
  TextEncoding encoding = TextEncoding::utf8;
  std::size_t mark_bytes = 0;
};
[[nodiscard]] TextStart text_start(Bytes first_bytes);
/// The bytes behind the mark as UTF-8 (lone surrogates as EvidenceText keeps them).
[[nodiscard]] std::string text_behind_start(Bytes first_bytes);

enum class EventText : std::uint8_t { none, json, xml, csv };
/// What a file that begins with these bytes may be; 8 KiB are enough. JSON: an object or an array
/// of objects that has names by which event JSON or a collector's JSON is told, or is too long to
/// show them. XML: an Event element, alone or in Events. CSV: a first line with such names. A few
/// lines of heading, and a syslog header before the object, may stand first.
[[nodiscard]] EventText event_text_of(Bytes first_bytes);
/// The namespace prefix of the first Event element with one, with its colon; "" when none has one.
[[nodiscard]] std::string event_prefix_of(std::string_view text);

}  // namespace npg
