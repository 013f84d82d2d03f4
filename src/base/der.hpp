// DER elements with absolute offsets, as signatures and catalogs are made of them. Tags and lengths
// are read by OpenSSL (ASN1_get_object); structures that OpenSSL has (certificates, PKCS #7) are
// read with its own d2i functions, never with this.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace npg {

enum class DerClass : std::uint8_t { universal, application, context, private_use };

/// Universal tags by their numbers.
namespace der_tag {
inline constexpr std::uint32_t integer = 2;
inline constexpr std::uint32_t octet_string = 4;
inline constexpr std::uint32_t object_identifier = 6;
inline constexpr std::uint32_t utc_time = 23;
inline constexpr std::uint32_t sequence = 16;
inline constexpr std::uint32_t set = 17;
}  // namespace der_tag

struct DerElement {
  DerClass tag_class = DerClass::universal;
  std::uint32_t tag = 0;
  bool is_constructed = false;
  Bytes whole;    ///< identifier, length and content
  Bytes content;  ///< what is inside

  [[nodiscard]] bool is(std::uint32_t universal_tag) const {
    return tag_class == DerClass::universal && tag == universal_tag;
  }
  [[nodiscard]] bool is_context(std::uint32_t number) const {
    return tag_class == DerClass::context && tag == number;
  }
};

/// Reads elements one behind the other. A definite length is asked for, and an element ends inside
/// the bytes that were given. Errors: truncated, bad_value (no element, or an indefinite length).
class DerReader {
 public:
  explicit DerReader(Bytes content) : rest_(content) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }
  [[nodiscard]] Bytes rest() const { return rest_; }
  [[nodiscard]] Result<DerElement> next(StaticText what);
  /// The next element, which must have that universal tag; else bad_value (need = the tag).
  [[nodiscard]] Result<DerElement> next(std::uint32_t universal_tag, StaticText what);
  /// The next element when it is the context tag with that number; otherwise nothing is read.
  [[nodiscard]] Result<std::optional<DerElement>> next_if_context(std::uint32_t number,
                                                                  StaticText what);

 private:
  Bytes rest_;
};

/// The bytes as characters, for comparing with an encoded object identifier.
[[nodiscard]] std::string_view characters_of(Bytes bytes);
/// "1.3.6.1.4.1.311.2.1.4" for the content of an object identifier; "?" when it is none.
[[nodiscard]] std::string dotted_oid(Bytes content);

}  // namespace npg
