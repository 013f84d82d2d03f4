#include "base/der.hpp"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include <algorithm>
#include <array>
#include <climits>

namespace npg {
namespace {

const unsigned char* octets(Bytes bytes) {
  // OpenSSL takes unsigned char; std::byte is the same object representation.
  return static_cast<const unsigned char*>(static_cast<const void*>(bytes.data().data()));
}

/// Tag and length of an element that is not absurd; a header that does not end in fewer bytes is
/// cut.
constexpr std::size_t header_size_max = 10;
constexpr int error_flag = 0x80;
constexpr int constructed_flag = 0x20;
constexpr int indefinite_flag = 0x01;

DerClass class_of(int tag_class) {
  switch (tag_class) {
    case V_ASN1_APPLICATION: return DerClass::application;
    case V_ASN1_CONTEXT_SPECIFIC: return DerClass::context;
    case V_ASN1_PRIVATE: return DerClass::private_use;
    default: return DerClass::universal;
  }
}

}  // namespace

Result<DerElement> DerReader::next(StaticText what) {
  if (rest_.size() < 2) {
    return fail(ErrorCode::truncated, rest_.offset(), what, 2, rest_.size());
  }
  const long available = static_cast<long>(std::min<std::size_t>(rest_.size(), LONG_MAX));
  const unsigned char* position = octets(rest_);
  long length = 0;
  int tag = 0;
  int tag_class = 0;
  const int flags = ASN1_get_object(&position, &length, &tag, &tag_class, available);
  if ((flags & error_flag) != 0) {
    const bool is_too_long = ERR_GET_REASON(ERR_peek_last_error()) == ASN1_R_TOO_LONG && length > 0;
    ERR_clear_error();
    if (is_too_long) {
      return fail(ErrorCode::truncated, rest_.offset(), what, static_cast<std::uint64_t>(length),
                  rest_.size());
    }
    if (rest_.size() < header_size_max) {
      return fail(ErrorCode::truncated, rest_.offset(), what, header_size_max, rest_.size());
    }
    return fail(ErrorCode::bad_value, rest_.offset(), what);
  }
  if ((flags & indefinite_flag) != 0) {
    return fail(ErrorCode::bad_value, rest_.offset(), what);
  }
  const auto header = static_cast<std::uint64_t>(position - octets(rest_));
  const auto size = static_cast<std::uint64_t>(length);
  NPG_TRY(const Bytes whole, rest_.slice(0, header + size, what));
  DerElement element{.tag_class = class_of(tag_class),
                     .tag = static_cast<std::uint32_t>(tag),
                     .is_constructed = (flags & constructed_flag) != 0,
                     .whole = whole,
                     .content = whole.from(header)};
  rest_ = rest_.from(header + size);
  return element;
}

Result<DerElement> DerReader::next(std::uint32_t universal_tag, StaticText what) {
  const std::uint64_t offset = rest_.offset();
  NPG_TRY(DerElement element, next(what));
  if (!element.is(universal_tag)) {
    return fail(ErrorCode::bad_value, offset, what, universal_tag, element.tag);
  }
  return element;
}

Result<std::optional<DerElement>> DerReader::next_if_context(std::uint32_t number,
                                                             StaticText what) {
  if (done()) {
    return std::optional<DerElement>();
  }
  DerReader ahead = *this;
  NPG_TRY(DerElement element, ahead.next(what));
  if (!element.is_context(number)) {
    return std::optional<DerElement>();
  }
  *this = ahead;
  return std::optional(element);
}

std::string_view characters_of(Bytes bytes) {
  return {static_cast<const char*>(static_cast<const void*>(bytes.data().data())), bytes.size()};
}

std::string dotted_oid(Bytes content) {
  // Limit: no object identifier in use is longer; OpenSSL wants the tag and a one-byte length.
  constexpr std::size_t longest = 64;
  if (content.empty() || content.size() > longest) {
    return "?";
  }
  std::array<unsigned char, longest + 2> encoded{V_ASN1_OBJECT,
                                                 static_cast<unsigned char>(content.size())};
  std::ranges::transform(content.data(), encoded.begin() + 2,
                         [](std::byte b) { return std::to_integer<unsigned char>(b); });
  const unsigned char* position = encoded.data();
  ASN1_OBJECT* object = d2i_ASN1_OBJECT(nullptr, &position, static_cast<long>(content.size() + 2));
  if (object == nullptr) {
    ERR_clear_error();
    return "?";
  }
  std::array<char, 256> text{};
  constexpr int numbers_only = 1;
  const int length = OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, numbers_only);
  ASN1_OBJECT_free(object);
  return length <= 0 || static_cast<std::size_t>(length) >= text.size() ? "?"
                                                                        : std::string(text.data());
}

}  // namespace npg
