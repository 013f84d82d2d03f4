#include "testing/catalog_writer.hpp"

#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "base/identifiers.hpp"

namespace npg::testing {
namespace {

using Content = std::vector<std::byte>;
using namespace std::string_view_literals;

constexpr unsigned char integer_tag = 0x02;
constexpr unsigned char octets_tag = 0x04;
constexpr unsigned char oid_tag = 0x06;
constexpr unsigned char utc_time_tag = 0x17;
constexpr unsigned char bmp_tag = 0x1e;
constexpr unsigned char sequence_tag = 0x30;
constexpr unsigned char set_tag = 0x31;
constexpr unsigned char explicit_0 = 0xa0;

Content text(std::string_view characters) {
  const auto bytes = bytes_of(characters);
  return {bytes.begin(), bytes.end()};
}
Content oid(std::string_view encoded) {
  return der(oid_tag, text(encoded));
}
/// 1.3.6.1.4.1.311 and what follows.
Content microsoft(std::string_view rest) {
  return oid("\x2b\x06\x01\x04\x01\x82\x37" + std::string(rest));
}
Content join(std::initializer_list<Content> parts) {
  Content all;
  for (const Content& part : parts) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}
Content wide(std::string_view ascii, bool is_big_endian) {
  Content units;
  for (const char c : ascii) {
    const auto low = static_cast<std::byte>(c);
    units.push_back(is_big_endian ? std::byte{0} : low);
    units.push_back(is_big_endian ? low : std::byte{0});
  }
  return units;
}

Content algorithm(std::size_t digest_size) {
  return der(sequence_tag, join({oid(digest_size == 20 ? "\x2b\x0e\x03\x02\x1a"sv
                                                       : "\x60\x86\x48\x01\x65\x03\x04\x02\x01"sv),
                                 der(0x05, {})}));
}

Content indirect_data(const CatalogMemberRecipe& member) {
  const Content value =
      member.is_image
          ? der(sequence_tag,
                join({der(0x03, text("\0"sv)), der(explicit_0, der(0xa2, der(0x80, {})))}))
          : der(0xa2, der(0x80, {}));
  const Content data =
      der(sequence_tag,
          join({microsoft(member.is_image ? "\x02\x01\x0f"sv : "\x02\x01\x19"sv), value}));
  const Content digest =
      der(sequence_tag, join({algorithm(member.digest.size()), der(octets_tag, member.digest)}));
  return der(sequence_tag, join({microsoft("\x02\x01\x04"sv),
                                 der(set_tag, der(sequence_tag, join({data, digest})))}));
}

Content tag_of(const CatalogMemberRecipe& member, bool is_version_2) {
  if (member.tag || is_version_2) {
    return member.tag.value_or(member.digest);
  }
  std::string spelled = to_hex(member.digest);
  for (char& c : spelled) {
    c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return wide(spelled + '\0', false);
}

Content member_of(const CatalogMemberRecipe& member, bool is_version_2) {
  Content parts = der(octets_tag, tag_of(member, is_version_2));
  const Content info =
      der(sequence_tag, join({microsoft("\x0c\x02\x03"sv), der(set_tag, der(0x80, {}))}));
  const Content attributes = member.has_indirect_data ? join({info, indirect_data(member)}) : info;
  return der(sequence_tag, join({parts, der(set_tag, attributes)}));
}

Content extensions(const CatalogRecipe& recipe) {
  Content all;
  for (const auto& [name, value] : recipe.attributes) {
    const Content pair = der(sequence_tag, join({der(bmp_tag, wide(name, true)),
                                                 der(integer_tag, text("\x10\x01\x00\x01"sv)),
                                                 der(octets_tag, wide(value + '\0', false))}));
    const Content one =
        der(sequence_tag, join({microsoft("\x0c\x02\x01"sv), der(octets_tag, pair)}));
    all.insert(all.end(), one.begin(), one.end());
  }
  return all.empty() ? all : der(explicit_0, der(sequence_tag, all));
}

}  // namespace

std::vector<std::byte> der(unsigned char identifier, const std::vector<std::byte>& content) {
  Content element = {static_cast<std::byte>(identifier)};
  if (content.size() < 0x80) {
    element.push_back(static_cast<std::byte>(content.size()));
  } else {
    element.push_back(std::byte{0x84});
    for (unsigned shift = 32; shift != 0;) {
      shift -= 8;
      element.push_back(static_cast<std::byte>(content.size() >> shift));
    }
  }
  element.insert(element.end(), content.begin(), content.end());
  return element;
}

std::vector<std::byte> write_catalog(const CatalogRecipe& recipe) {
  Content members;
  for (const CatalogMemberRecipe& member : recipe.members) {
    const Content one = member_of(member, recipe.is_version_2);
    members.insert(members.end(), one.begin(), one.end());
  }
  const Content list =
      der(sequence_tag,
          join({der(sequence_tag, microsoft("\x0c\x01\x01"sv)), der(octets_tag, Content(16)),
                der(utc_time_tag, text("260101000000Z")),
                der(sequence_tag,
                    join({microsoft(recipe.is_version_2 ? "\x0c\x01\x03"sv : "\x0c\x01\x02"sv),
                          der(0x05, {})})),
                der(sequence_tag, members), extensions(recipe)}));
  const Content content = der(sequence_tag, join({microsoft("\x0a\x01"sv), der(explicit_0, list)}));
  const Content signed_data =
      der(sequence_tag,
          join({der(integer_tag, text("\x01")), der(set_tag, {}), content, der(set_tag, {})}));
  return der(sequence_tag,
             join({oid("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"sv), der(explicit_0, signed_data)}));
}

}  // namespace npg::testing
