#include "format/authenticode/indirect_data.hpp"

#include <algorithm>
#include <vector>

#include "base/der.hpp"
#include "format/authenticode/oid.hpp"

namespace npg::authenticode {
namespace {

SubjectKind kind_of(std::string_view type) {
  return type == oid::spc_pe_image_data ? SubjectKind::pe_image
         : type == oid::spc_cab_data    ? SubjectKind::cabinet
         : type == oid::spc_sip_info    ? SubjectKind::sip
                                        : SubjectKind::other;
}

/// BMPString content, which is big-endian, as text.
EvidenceText bmp_text(Bytes units) {
  std::vector<std::byte> little(units.data().begin(), units.data().end());
  for (std::size_t i = 0; i + 1 < little.size(); i += 2) {
    std::swap(little[i], little[i + 1]);
  }
  return EvidenceText::from_utf16(little);
}

/// SpcString: [0] BMPString or [1] IA5String, both implicit.
EvidenceText spc_string(const DerElement& string) {
  return string.is_context(0) ? bmp_text(string.content)
                              : EvidenceText::from_latin1(string.content.data());
}

/// SpcSerializedObject's data holds, for page hashes, SET { SEQUENCE { OID, SET { OCTET STRING }}}.
Result<std::optional<PageHashTable>> read_page_hashes(Bytes serialized) {
  DerReader outer(serialized);
  NPG_TRY(const DerElement attributes, outer.next(der_tag::set, "authenticode.page_hashes"));
  DerReader list(attributes.content);
  while (!list.done()) {
    NPG_TRY(const DerElement attribute, list.next(der_tag::sequence, "authenticode.page_hashes"));
    DerReader parts(attribute.content);
    NPG_TRY(const DerElement type,
            parts.next(der_tag::object_identifier, "authenticode.page_hashes.type"));
    const std::string_view name = characters_of(type.content);
    if (name != oid::page_hashes_sha1 && name != oid::page_hashes_sha256) {
      continue;
    }
    NPG_TRY(const DerElement values, parts.next(der_tag::set, "authenticode.page_hashes.values"));
    DerReader value(values.content);
    NPG_TRY(const DerElement hashes,
            value.next(der_tag::octet_string, "authenticode.page_hashes.value"));
    return PageHashTable{.is_sha256 = name == oid::page_hashes_sha256, .entries = hashes.content};
  }
  return std::optional<PageHashTable>();
}

/// SpcPeImageData ::= SEQUENCE { flags BIT STRING, file [0] EXPLICIT SpcLink }; a link's [1] is the
/// serialized object with the page hashes.
Result<std::optional<PageHashTable>> read_image_data(const DerElement& image_data) {
  DerReader parts(image_data.content);
  while (!parts.done()) {
    NPG_TRY(const DerElement part, parts.next("authenticode.pe_image_data"));
    if (!part.is_context(0)) {
      continue;
    }
    DerReader file(part.content);
    NPG_TRY(const auto moniker, file.next_if_context(1, "authenticode.spc_link"));
    if (!moniker) {
      continue;
    }
    DerReader object(moniker->content);
    NPG_TRY(const DerElement class_id,
            object.next(der_tag::octet_string, "authenticode.moniker.class_id"));
    static_cast<void>(class_id);
    NPG_TRY(const DerElement data, object.next(der_tag::octet_string, "authenticode.moniker"));
    return read_page_hashes(data.content);
  }
  return std::optional<PageHashTable>();
}

}  // namespace

Result<IndirectData> read_indirect_data(Bytes content) {
  DerReader whole(content);
  NPG_TRY(const DerElement sequence, whole.next(der_tag::sequence, "authenticode.indirect_data"));
  if (!whole.done()) {
    return fail(ErrorCode::bad_value, whole.rest().offset(), "authenticode.indirect_data", 0,
                whole.rest().size());
  }
  DerReader parts(sequence.content);
  NPG_TRY(const DerElement data, parts.next(der_tag::sequence, "authenticode.spc_data"));
  NPG_TRY(const DerElement digest_info, parts.next(der_tag::sequence, "authenticode.digest_info"));
  if (!parts.done()) {
    return fail(ErrorCode::bad_value, parts.rest().offset(), "authenticode.indirect_data", 0,
                parts.rest().size());
  }
  DerReader data_parts(data.content);
  NPG_TRY(const DerElement type,
          data_parts.next(der_tag::object_identifier, "authenticode.spc_data.type"));
  DerReader digest_parts(digest_info.content);
  NPG_TRY(const DerElement algorithm,
          digest_parts.next(der_tag::sequence, "authenticode.digest_algorithm"));
  DerReader algorithm_parts(algorithm.content);
  NPG_TRY(const DerElement algorithm_type,
          algorithm_parts.next(der_tag::object_identifier, "authenticode.digest_algorithm"));
  NPG_TRY(const DerElement digest, digest_parts.next(der_tag::octet_string, "authenticode.digest"));
  IndirectData read{.kind = kind_of(characters_of(type.content)),
                    .kind_oid = dotted_oid(type.content),
                    .digest_oid = dotted_oid(algorithm_type.content),
                    .digest = digest.content,
                    .page_hashes = std::nullopt};
  if (read.kind == SubjectKind::pe_image && !data_parts.done()) {
    NPG_TRY(const DerElement value, data_parts.next("authenticode.spc_data.value"));
    NPG_TRY(read.page_hashes, read_image_data(value));
  }
  return read;
}

Result<OpusInfo> read_opus_info(Bytes element) {
  DerReader whole(element);
  NPG_TRY(const DerElement sequence, whole.next(der_tag::sequence, "authenticode.opus"));
  DerReader parts(sequence.content);
  OpusInfo info;
  NPG_TRY(const auto name, parts.next_if_context(0, "authenticode.opus.program_name"));
  if (name) {
    DerReader inside(name->content);
    NPG_TRY(const DerElement string, inside.next("authenticode.opus.program_name"));
    info.program_name = spc_string(string);
  }
  NPG_TRY(const auto link, parts.next_if_context(1, "authenticode.opus.more_info"));
  if (link) {
    DerReader inside(link->content);
    NPG_TRY(const DerElement target, inside.next("authenticode.opus.more_info"));
    if (target.is_context(0)) {  // The other choices are a moniker and a file.
      info.url = EvidenceText::from_latin1(target.content.data());
    }
  }
  return info;
}

}  // namespace npg::authenticode
