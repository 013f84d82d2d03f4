#include "app/dump_pe.hpp"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "app/dump_signature.hpp"
#include "app/trust_data.hpp"
#include "base/checksum.hpp"
#include "base/json_writer.hpp"
#include "format/pe/pe_file.hpp"
#include "source/trust/image_layout.hpp"
#include "source/trust/verify.hpp"
#include "view/image.hpp"

namespace npg {
namespace {

constexpr std::array<std::string_view, pe::directory_count_max> directory_names = {
    "exports", "imports",       "resources",      "exceptions", "certificates", "relocations",
    "debug",   "architecture",  "global_pointer", "tls",        "load_config",  "bound_imports",
    "iat",     "delay_imports", "managed_header", "reserved"};

std::string dotted_version(std::uint64_t version) {
  return fmt::format("{}.{}.{}.{}", version >> 48, (version >> 32) & 0xffff,
                     (version >> 16) & 0xffff, version & 0xffff);
}

void write_headers(JsonWriter& json, const pe::Headers& headers) {
  json.key("headers").begin_object();
  json.field("machine", machine_name(headers.machine));
  json.field("pe32_plus", headers.is_pe32_plus);
  json.field("dll", headers.is_dll);
  json.field("timestamp", headers.timestamp);
  json.field("characteristics", std::uint32_t{headers.characteristics});
  json.field("entry_point", headers.entry_point);
  json.field("image_base", headers.image_base);
  json.field("section_alignment", headers.section_alignment);
  json.field("file_alignment", headers.file_alignment);
  json.field("image_size", headers.image_size);
  json.field("headers_size", headers.headers_size);
  json.field("checksum", headers.checksum);
  json.field("subsystem", std::uint32_t{headers.subsystem});
  json.field("dll_characteristics", std::uint32_t{headers.dll_characteristics});
  json.field("new_header_offset", headers.new_header_offset);
  json.field("rich_header", headers.has_rich_header);
  json.key("directories").begin_array();
  for (std::size_t i = 0; i < headers.directories.size(); ++i) {
    const pe::DirectoryRange& range = headers.directories[i];
    if (range.address == 0 && range.size == 0) {
      continue;
    }
    json.begin_object().field("name", directory_names[i]);
    json.field("address", range.address).field("size", range.size).end_object();
  }
  json.end_array().end_object();
}

void write_sections(JsonWriter& json, const std::vector<pe::Section>& sections) {
  json.key("sections").begin_array();
  for (const pe::Section& section : sections) {
    json.begin_object().field("name", section.name);
    json.field("virtual_address", section.virtual_address);
    json.field("virtual_size", section.virtual_size);
    json.field("raw_offset", section.raw_offset).field("raw_size", section.raw_size);
    json.field("characteristics", section.characteristics);
    json.key("entropy");
    section.entropy
        ? json.value(fmt::format("{}.{:02}", *section.entropy / 100, *section.entropy % 100))
        : json.null();
    json.end_object();
  }
  json.end_array();
}

void write_exports(JsonWriter& json, const pe::PeFile& image) {
  json.key("export_name");
  if (image.exports) {
    json.value(image.exports->dll_name);
  } else {
    json.null();
  }
  json.key("exports").begin_array();
  if (image.exports) {
    for (const pe::Export& entry : image.exports->entries) {
      json.begin_object().key("name");
      entry.name.empty() ? json.null() : json.value(entry.name);
      json.field("ordinal", entry.ordinal).field("rva", entry.rva).key("forwarder");
      entry.forwarder.empty() ? json.null() : json.value(entry.forwarder);
      json.end_object();
    }
  }
  json.end_array();
}

void write_imports(JsonWriter& json, std::string_view key,
                   const std::vector<pe::ImportedDll>& imports) {
  json.key(key).begin_array();
  for (const pe::ImportedDll& dll : imports) {
    json.begin_object().field("dll", dll.name).key("functions").begin_array();
    for (const pe::ImportedFunction& function : dll.functions) {
      if (function.name.empty()) {
        json.value(function.ordinal);
      } else {
        json.value(function.name);
      }
    }
    json.end_array().end_object();
  }
  json.end_array();
}

void write_versions(JsonWriter& json, const std::vector<pe::VersionInfo>& versions) {
  json.key("versions").begin_array();
  for (const pe::VersionInfo& version : versions) {
    json.begin_object().field("language", version.language);
    json.key("file_version");
    version.has_fixed_info ? json.value(dotted_version(version.file_version)) : json.null();
    json.key("product_version");
    version.has_fixed_info ? json.value(dotted_version(version.product_version)) : json.null();
    json.key("tables").begin_array();
    for (const pe::StringTable& table : version.tables) {
      // A list and not an object: a hostile table may hold one key twice.
      json.begin_object().field("key", table.key).key("strings").begin_array();
      for (const auto& [key, value] : table.strings) {
        json.begin_array().value(key).value(value).end_array();
      }
      json.end_array().end_object();
    }
    json.end_array().field("offset", version.offset).field("size", version.size).end_object();
  }
  json.end_array();
}

void write_range(JsonWriter& json, std::string_view key,
                 const std::optional<pe::FileRange>& range) {
  json.key(key);
  if (!range) {
    json.null();
    return;
  }
  json.begin_object().field("offset", range->offset).field("size", range->size).end_object();
}

void write_debug(JsonWriter& json, const pe::PeFile& image) {
  json.key("debug").begin_array();
  for (const pe::DebugEntry& entry : image.debug) {
    json.begin_object().field("type", entry.type).field("timestamp", entry.timestamp);
    json.field("offset", entry.offset).field("size", entry.size).end_object();
  }
  json.end_array().key("pdb_path");
  image.pdb_path.empty() ? json.null() : json.value(image.pdb_path);
}

/// Tools by number, as the linker stores them: no table of names is put in their place.
void write_rich(JsonWriter& json, const std::optional<pe::RichHeader>& rich) {
  json.key("rich");
  if (!rich) {
    json.null();
    return;
  }
  json.begin_object().field("offset", rich->offset).field("size", rich->size);
  json.field("key", rich->key).field("key_matches", rich->key_matches);
  json.key("entries").begin_array();
  for (const pe::RichEntry& entry : rich->entries) {
    json.begin_object().field("product", std::uint32_t{entry.product});
    json.field("build", std::uint32_t{entry.build}).field("count", entry.count).end_object();
  }
  json.end_array().end_object();
}

void write_loading(JsonWriter& json, const pe::PeFile& image) {
  json.key("loading").begin_object().key("hybrid");
  switch (image.hybrid) {
    case pe::Hybrid::none: json.null(); break;
    case pe::Hybrid::arm64ec: json.value("arm64ec"); break;
    case pe::Hybrid::arm64x: json.value("arm64x"); break;
  }
  json.field("dependent_load_flags", std::uint32_t{image.dependent_load_flags});
  json.field("start_callbacks", image.start_callbacks).end_object();
}

}  // namespace

Result<void> dump_pe(const FileView& file, FileTime as_of, const Limits& limits,
                     const std::function<void(std::string_view)>& out, Diagnostics& diagnostics) {
  NPG_TRY(const auto content, read_whole(file, limits.image_bytes_max));
  NPG_TRY(const pe::PeFile image, pe::read_pe(Bytes(content), limits, diagnostics));
  JsonWriter json;
  json.begin_object().field("path", file.path());
  json.field("size", std::uint64_t{content.size()}).field("sha256", sha256_hex(content));
  json.field("damaged", image.damaged);
  write_headers(json, image.headers);
  write_sections(json, image.sections);
  write_exports(json, image);
  write_imports(json, "imports", image.imports);
  write_imports(json, "delay_imports", image.delay_imports);
  write_versions(json, image.versions);
  write_debug(json, image);
  write_rich(json, image.rich);
  write_loading(json, image);
  write_dumped_signature(
      json, trust::verify_image(
                {.file = Bytes(content), .layout = trust::layout_of(image), .evidence = 0},
                {.anchors = shipped_anchors, .as_of = as_of, .limits = {}}));
  write_range(json, "certificate_table", image.certificates);
  write_range(json, "overlay", image.overlay);
  json.end_object();
  out(json.take() + "\n");
  return {};
}

}  // namespace npg
