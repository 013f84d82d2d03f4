#include "app/dump_catalog.hpp"

#include "app/dump_signature.hpp"
#include "app/trust_data.hpp"
#include "base/checksum.hpp"
#include "base/identifiers.hpp"
#include "base/json_writer.hpp"
#include "format/catalog/catalog.hpp"
#include "source/trust/verify.hpp"

namespace npg {
namespace {

std::string member_line(const catalog::Member& member) {
  JsonWriter json;
  json.begin_object().field("tag", to_hex(member.tag.data()));
  json.key("digest");
  member.digest.size == 0 ? json.null() : json.value(to_hex(member.digest.view()));
  json.field("indirect_data", member.has_indirect_data)
      .field("image", member.is_image)
      .field("disagrees", member.disagrees);
  json.field("attributes", member.attributes).key("origin").begin_object();
  json.field("offset", member.offset).field("length", member.length);
  json.end_object().end_object();
  return json.take() + "\n";
}

}  // namespace

Result<void> dump_catalog(const FileView& file, FileTime as_of, const SignatureLimits& limits,
                          const std::function<void(std::string_view)>& out,
                          Diagnostics& diagnostics) {
  NPG_TRY(const auto content, read_whole(file, limits.catalog_bytes_max));
  std::string lines;
  NPG_TRY(const auto read, catalog::read_catalog(Bytes(content), limits, diagnostics,
                                                 [&](const catalog::Member& member) {
                                                   lines += member_line(member);
                                                 }));
  const SignatureFact signature = trust::verify_catalog(
      Bytes(content), 0, {.anchors = shipped_anchors, .as_of = as_of, .limits = limits});
  JsonWriter json;
  json.begin_object().field("path", file.path()).field("size", std::uint64_t{content.size()});
  json.field("sha256", sha256_hex(content)).field("usage", read.usage_oid);
  json.field("member_version", read.member_oid);
  json.field("list_identifier", to_hex(read.list_identifier.data()));
  json.field("this_update", read.this_update).field("members", read.members);
  json.field("members_damaged", read.members_damaged);
  // A list and not an object: a hostile catalog may hold one name twice.
  json.key("attributes").begin_array();
  for (const catalog::NameValue& pair : read.attributes) {
    json.begin_array().value(pair.name).value(pair.value).end_array();
  }
  json.end_array();
  write_dumped_signature(json, signature);
  json.end_object();
  out(json.take() + "\n" + lines);
  return {};
}

}  // namespace npg
