#include "format/catalog/catalog.hpp"

#include <algorithm>
#include <optional>

#include "base/der.hpp"
#include "format/catalog/oid.hpp"

namespace npg::catalog {
namespace {

constexpr std::size_t sha1_size = 20;
constexpr std::size_t sha256_size = 32;

void assign(MemberDigest& digest, std::span<const std::byte> bytes) {
  digest.size = std::min(bytes.size(), digest.bytes.size());
  std::ranges::copy(bytes.first(digest.size), digest.bytes.begin());
}

std::optional<unsigned> hex_digit(std::uint16_t unit) {
  if (unit >= '0' && unit <= '9') {
    return unit - '0';
  }
  const unsigned upper = unit & ~0x20U;
  return upper >= 'A' && upper <= 'F' ? std::optional(upper - 'A' + 10) : std::nullopt;
}

/// The hash that a tag is or spells in UTF-16, its NUL left out; empty for any other name.
MemberDigest digest_of_tag(Bytes tag) {
  MemberDigest digest;
  if (tag.size() == sha1_size || tag.size() == sha256_size) {
    assign(digest, tag.data());
    return digest;
  }
  std::uint64_t units = tag.size() / 2;
  if (units > 0 && tag.at<std::uint16_t>((units - 1) * 2) == 0) {
    --units;
  }
  if (tag.size() % 2 != 0 || (units != sha1_size * 2 && units != sha256_size * 2)) {
    return digest;
  }
  for (std::uint64_t i = 0; i < units; i += 2) {
    const auto high = hex_digit(tag.at<std::uint16_t>(i * 2));
    const auto low = hex_digit(tag.at<std::uint16_t>(i * 2 + 2));
    if (!high || !low) {
      return {};
    }
    digest.bytes.at(digest.size++) = static_cast<std::byte>(*high << 4U | *low);
  }
  return digest;
}

/// The first value of an attribute: SEQUENCE { OID, SET { value } }.
struct Attribute {
  std::string_view type;
  Bytes values;  ///< the content of the SET
};
Result<Attribute> read_attribute(DerReader& attributes) {
  NPG_TRY(const DerElement attribute, attributes.next(der_tag::sequence, "catalog.attribute"));
  DerReader parts(attribute.content);
  NPG_TRY(const DerElement type, parts.next(der_tag::object_identifier, "catalog.attribute.type"));
  NPG_TRY(const DerElement values, parts.next(der_tag::set, "catalog.attribute.values"));
  return Attribute{.type = characters_of(type.content), .values = values.content};
}

/// SpcIndirectData { SpcAttributeTypeAndOptionalValue, DigestInfo } of a member.
Result<void> read_indirect_data(Bytes values, Member& member) {
  DerReader reader(values);
  NPG_TRY(const DerElement content, reader.next(der_tag::sequence, "catalog.indirect_data"));
  DerReader parts(content.content);
  NPG_TRY(const DerElement data, parts.next(der_tag::sequence, "catalog.spc_data"));
  DerReader data_parts(data.content);
  NPG_TRY(const DerElement type,
          data_parts.next(der_tag::object_identifier, "catalog.spc_data.type"));
  NPG_TRY(const DerElement info, parts.next(der_tag::sequence, "catalog.digest_info"));
  DerReader digest_parts(info.content);
  NPG_TRY(const DerElement algorithm,
          digest_parts.next(der_tag::sequence, "catalog.digest_algorithm"));
  static_cast<void>(algorithm);  // The digest's length tells it.
  NPG_TRY(const DerElement digest, digest_parts.next(der_tag::octet_string, "catalog.digest"));
  member.has_indirect_data = true;
  member.is_image = characters_of(type.content) == oid::spc_pe_image_data;
  MemberDigest stated;
  assign(stated, digest.content.data());
  member.disagrees = member.disagrees || (member.digest.size == stated.size &&
                                          !std::ranges::equal(member.digest.view(), stated.view()));
  member.digest = stated;
  return {};
}

/// CatalogNameValue { BMPString, flags, OCTET STRING }; both texts are UTF-16, the first
/// big-endian.
Result<NameValue> read_name_value(Bytes values) {
  DerReader reader(values);
  NPG_TRY(const DerElement content, reader.next(der_tag::sequence, "catalog.name_value"));
  DerReader parts(content.content);
  NPG_TRY(const DerElement name, parts.next("catalog.name_value.name"));
  NPG_TRY(const DerElement flags, parts.next(der_tag::integer, "catalog.name_value.flags"));
  static_cast<void>(flags);
  NPG_TRY(const DerElement value, parts.next(der_tag::octet_string, "catalog.name_value.value"));
  std::vector<std::byte> units(name.content.data().begin(), name.content.data().end());
  for (std::size_t i = 0; i + 1 < units.size(); i += 2) {
    std::swap(units[i], units[i + 1]);
  }
  return NameValue{.name = EvidenceText::from_utf16(units).before_nul(),
                   .value = EvidenceText::from_utf16(value.content.data()).before_nul()};
}

Result<Member> read_member(const DerElement& element) {
  Member member{.offset = element.whole.offset(), .length = element.whole.size(), .digest = {}};
  DerReader parts(element.content);
  NPG_TRY(const DerElement tag, parts.next(der_tag::octet_string, "catalog.member.tag"));
  member.tag = tag.content;
  member.digest = digest_of_tag(tag.content);
  if (parts.done()) {
    return member;
  }
  NPG_TRY(const DerElement set, parts.next(der_tag::set, "catalog.member.attributes"));
  DerReader attributes(set.content);
  while (!attributes.done()) {
    NPG_TRY(const Attribute attribute, read_attribute(attributes));
    ++member.attributes;
    if (attribute.type == oid::spc_indirect_data) {
      NPG_TRY_VOID(read_indirect_data(attribute.values, member));
    }
  }
  return member;
}

/// ContentInfo { signedData, [0] { SignedData { version, digestAlgorithms, ContentInfo { CTL … }}}}
Result<DerElement> find_list(Bytes file) {
  DerReader whole(file);
  const auto outer = whole.next(der_tag::sequence, "catalog.content_info");
  if (!outer) {
    return outer.error().code == ErrorCode::truncated
               ? std::unexpected(outer.error())
               : fail(ErrorCode::not_this_format, file.offset(), "catalog");
  }
  DerReader info(outer->content);
  NPG_TRY(const DerElement type, info.next(der_tag::object_identifier, "catalog.content_type"));
  if (characters_of(type.content) != oid::signed_data) {
    return fail(ErrorCode::not_this_format, type.whole.offset(), "catalog.content_type");
  }
  NPG_TRY(const DerElement wrapped, info.next("catalog.signed_data"));
  DerReader unwrapped(wrapped.content);
  NPG_TRY(const DerElement signed_data, unwrapped.next(der_tag::sequence, "catalog.signed_data"));
  DerReader parts(signed_data.content);
  NPG_TRY(const DerElement version, parts.next(der_tag::integer, "catalog.version"));
  NPG_TRY(const DerElement algorithms, parts.next(der_tag::set, "catalog.digest_algorithms"));
  static_cast<void>(version);
  static_cast<void>(algorithms);
  NPG_TRY(const DerElement content, parts.next(der_tag::sequence, "catalog.content"));
  DerReader inner(content.content);
  NPG_TRY(const DerElement inner_type, inner.next(der_tag::object_identifier, "catalog.ctl_type"));
  if (characters_of(inner_type.content) != oid::ctl) {
    return fail(ErrorCode::not_this_format, inner_type.whole.offset(), "catalog.ctl_type");
  }
  NPG_TRY(const DerElement explicit_list, inner.next("catalog.ctl"));
  DerReader list(explicit_list.content);
  return list.next(der_tag::sequence, "catalog.ctl");
}

class ListReader {
 public:
  ListReader(const SignatureLimits& limits, Diagnostics& diagnostics,
             const std::function<void(const Member&)>& visit)
      : limits_(limits), diagnostics_(diagnostics), visit_(visit) {}

  Result<Catalog> run(const DerElement& list) {
    catalog_.list = list.content;
    DerReader parts(list.content);
    NPG_TRY(const DerElement usage, parts.next(der_tag::sequence, "catalog.usage"));
    catalog_.usage_oid = first_oid(usage.content);
    while (!parts.done()) {
      NPG_TRY(const DerElement part, parts.next("catalog.ctl"));
      NPG_TRY_VOID(read_part(part));
    }
    return std::move(catalog_);
  }

 private:
  static std::string first_oid(Bytes content) {
    DerReader reader(content);
    const auto type = reader.next(der_tag::object_identifier, "catalog.oid");
    return type ? dotted_oid(type->content) : "";
  }

  /// What follows the usage: identifier, times, the members' algorithm, the members, extensions.
  Result<void> read_part(const DerElement& part) {
    if (part.is(der_tag::octet_string)) {
      catalog_.list_identifier = part.content;
    } else if (part.is(der_tag::utc_time) && catalog_.this_update.empty()) {
      catalog_.this_update = std::string(characters_of(part.content));
    } else if (part.is(der_tag::sequence) && catalog_.member_oid.empty()) {
      catalog_.member_oid = first_oid(part.content);
    } else if (part.is(der_tag::sequence)) {
      return read_members(part.content);
    } else if (part.is_context(0)) {
      read_extensions(part.content);
    }
    return {};
  }

  Result<void> read_members(Bytes content) {
    DerReader members(content);
    while (!members.done()) {
      NPG_TRY(const DerElement element, members.next(der_tag::sequence, "catalog.member"));
      if (catalog_.members + catalog_.members_damaged >= limits_.catalog_members_max) {
        return fail(ErrorCode::limit_exceeded, element.whole.offset(), "catalog.members",
                    catalog_.members + 1, limits_.catalog_members_max);
      }
      if (const auto member = read_member(element)) {
        ++catalog_.members;
        visit_(*member);
      } else {
        ++catalog_.members_damaged;
        diagnostics_.add(DiagnosticCode::file_unreadable, Severity::data_loss, member.error(),
                         "this member of the catalog is left out");
      }
    }
    return {};
  }

  /// Extensions: SEQUENCE { SEQUENCE { OID, OCTET STRING { value } } … }; names of no value to
  /// trust, so damage there costs them alone.
  void read_extensions(Bytes content) {
    DerReader wrapped(content);
    const auto list = wrapped.next(der_tag::sequence, "catalog.extensions");
    if (!list) {
      return note(list.error());
    }
    DerReader extensions(list->content);
    while (!extensions.done()) {
      const auto extension = extensions.next(der_tag::sequence, "catalog.extension");
      if (!extension) {
        return note(extension.error());
      }
      if (catalog_.attributes.size() < limits_.catalog_attributes_max) {
        read_extension(*extension);
      }
    }
  }

  void read_extension(const DerElement& extension) {
    DerReader parts(extension.content);
    const auto type = parts.next(der_tag::object_identifier, "catalog.extension.type");
    if (!type || characters_of(type->content) != oid::catalog_name_value) {
      return;
    }
    auto value = parts.next("catalog.extension.value");
    if (value && !value->is(der_tag::octet_string)) {
      value = parts.next(der_tag::octet_string, "catalog.extension.value");  // behind "critical"
    }
    if (!value) {
      return note(value.error());
    }
    if (auto pair = read_name_value(value->content)) {
      catalog_.attributes.push_back(*std::move(pair));
    } else {
      note(pair.error());
    }
  }

  void note(const Error& error) {
    diagnostics_.add(DiagnosticCode::file_unreadable, Severity::notice, error,
                     "this attribute of the catalog is left out");
  }

  const SignatureLimits& limits_;
  Diagnostics& diagnostics_;
  const std::function<void(const Member&)>& visit_;
  Catalog catalog_;
};

}  // namespace

Result<Catalog> read_catalog(Bytes file, const SignatureLimits& limits, Diagnostics& diagnostics,
                             const std::function<void(const Member&)>& visit) {
  NPG_TRY(const DerElement list, find_list(file));
  return ListReader(limits, diagnostics, visit).run(list);
}

}  // namespace npg::catalog
