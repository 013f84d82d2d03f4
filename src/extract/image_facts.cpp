#include "extract/image_facts.hpp"

#include <array>
#include <utility>

#include "fact/text_pool.hpp"

namespace npg {
namespace {

void take_version(const ImageVersion& version, TextPool& pool, ImageFact& fact) {
  const std::array<std::pair<std::string_view, SharedText*>, 5> wanted = {{
      {"CompanyName", &fact.company},
      {"ProductName", &fact.product},
      {"OriginalFilename", &fact.original_filename},
      {"FileVersion", &fact.file_version},
      {"FileDescription", &fact.description},
  }};
  fact.has_version = true;
  for (const auto& [name, value] : version.strings) {
    for (const auto& [wanted_name, target] : wanted) {
      if (target->empty() && equal_names(name.raw(), wanted_name)) {
        *target = pool.share(value);
      }
    }
  }
}

}  // namespace

ImageFact image_fact(const Image& image, const SharedText& windows_path, TextPool& pool) {
  ImageFact fact;
  fact.windows_path = windows_path;
  fact.sha256 = image.sha256;
  fact.size_bytes = image.size_bytes;
  fact.machine = machine_name(image.machine);
  fact.is_dll = image.is_dll;
  fact.damaged = image.damaged;
  fact.has_certificate_table = image.has_certificate_table;
  fact.export_name = pool.share(image.export_name);
  fact.exports.reserve(image.exports.size());
  for (const ImageExport& one : image.exports) {
    fact.exports.push_back({.name = pool.share(one.name),
                            .ordinal = one.ordinal,
                            .forwarder = pool.share(one.forwarder),
                            .origin = {.evidence = image.origin.evidence,
                                       .offset = one.length == 0 ? 0 : one.offset,
                                       .length = one.length,
                                       .how = image.origin.how}});
  }
  fact.exports_incomplete = image.exports_incomplete;
  if (image.version) {
    take_version(*image.version, pool, fact);
  }
  const auto share_all = [&pool](const std::vector<EvidenceText>& from) {
    std::vector<SharedText> names;
    names.reserve(from.size());
    for (const EvidenceText& name : from) {
      names.push_back(pool.share(name));
    }
    return names;
  };
  fact.imports = share_all(image.imports);
  fact.delay_imports = share_all(image.delay_imports);
  fact.hybrid = image.hybrid;
  fact.timestamp = image.timestamp;
  fact.timestamp_is_hash = image.timestamp_is_hash;
  fact.searches_system_only = image.searches_system_only;
  fact.start_callbacks = image.start_callbacks;
  fact.overlay_bytes = image.overlay_bytes;
  fact.entropy_highest = image.entropy_highest;
  fact.has_writable_code = image.has_writable_code;
  fact.pdb_path = pool.share(image.pdb_path);
  fact.origin = image.origin;
  return fact;
}

}  // namespace npg
