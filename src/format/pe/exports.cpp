// The export directory: the part that says what a provider DLL can be asked for. Its author may be
// the attacker, so no count in it is believed before the bytes behind it are seen.
#include <fmt/format.h>

#include "format/pe/layout.hpp"
#include "format/pe/parts.hpp"

namespace npg::pe {
namespace {

constexpr auto code = DiagnosticCode::image_export_damaged;
using D = layout::ExportDirectory;

/// The four numbers of the directory that the tables are read with.
struct Tables {
  std::uint64_t at = 0;  ///< file offset of the directory
  std::uint64_t functions = 0;
  std::uint64_t names = 0;
  std::uint64_t functions_rva = 0;
  std::uint64_t names_rva = 0;
  std::uint64_t name_ordinals_rva = 0;
};

std::uint64_t bounded(Reading& reading, std::uint64_t count, std::uint64_t field_offset,
                      std::string_view what) {
  if (count <= reading.limits.exports_max) {
    return count;
  }
  reading.lost(DiagnosticCode::limit_hit, field_offset, 4,
               fmt::format("the export directory claims {} {}; at most {} are read", count, what,
                           reading.limits.exports_max));
  return reading.limits.exports_max;
}

/// Fills in where an export leads to: an address, or a forwarder when it lies in the directory
/// itself.
void resolve(Reading& reading, const Tables& tables, std::uint64_t index, Export& into) {
  const auto rva = reading.space.get<std::uint32_t>(tables.functions_rva + index * 4);
  if (!rva) {
    reading.lost(code, tables.at + D::functions_rva.at, 4,
                 fmt::format("the address of ordinal {} is not in the image", into.ordinal));
    return;
  }
  into.rva = *rva;
  const DirectoryRange& range = reading.headers.directory(Directory::exports);
  if (*rva >= range.address && *rva - range.address < range.size) {
    into.forwarder = reading
                         .name_at(*rva, reading.offset_near(tables.functions_rva + index * 4), code,
                                  fmt::format("forwarder of ordinal {}", into.ordinal))
                         .value_or(EvidenceText());
    into.text_offset = reading.offset_near(*rva);
    into.text_length = into.forwarder.raw().size();
  }
}

/// Takes the exports that have a name, in the order of the name table; marks their ordinals.
void read_named(Reading& reading, const Tables& tables, Exports& into, std::vector<bool>& named) {
  for (std::uint64_t i = 0; i < tables.names; ++i) {
    const auto name_rva = reading.space.get<std::uint32_t>(tables.names_rva + i * 4);
    const auto index = reading.space.get<std::uint16_t>(tables.name_ordinals_rva + i * 2);
    if (!name_rva || !index) {
      reading.lost(code, tables.at + (name_rva ? D::name_ordinals_rva.at : D::names_rva.at), 4,
                   fmt::format("{} of {} export names lie outside the image", tables.names - i,
                               tables.names));
      return;
    }
    auto name = reading.name_at(*name_rva, reading.offset_near(tables.names_rva + i * 4), code,
                                fmt::format("export name {}", i));
    if (reading.text.spent()) {
      reading.lost(DiagnosticCode::limit_hit, tables.at, 0,
                   fmt::format("the export names hold too much text; {} of {} are left out",
                               tables.names - i, tables.names));
      return;
    }
    if (*index >= tables.functions) {
      reading.lost(
          code, tables.at + D::name_ordinals_rva.at, 4,
          fmt::format("export name {} (\"{}\") names function {} of {}", i,
                      name ? escape_for_terminal(*name) : std::string(), *index, tables.functions));
      continue;
    }
    named[*index] = true;
    if (!name) {
      continue;
    }
    Export found;
    found.name = std::move(*name);
    found.text_offset = reading.offset_near(*name_rva);
    found.text_length = found.name.raw().size();
    found.ordinal = into.ordinal_base + *index;
    into.names_sorted = into.names_sorted && (into.entries.empty() ||
                                              into.entries.back().name.raw() <= found.name.raw());
    resolve(reading, tables, *index, found);
    into.entries.push_back(std::move(found));
  }
}

void read_unnamed(Reading& reading, const Tables& tables, Exports& into,
                  const std::vector<bool>& named) {
  for (std::uint64_t i = 0; i < tables.functions; ++i) {
    if (named[static_cast<std::size_t>(i)]) {
      continue;
    }
    const auto rva = reading.space.get<std::uint32_t>(tables.functions_rva + i * 4);
    if (!rva) {
      reading.lost(code, tables.at + D::functions_rva.at, 4,
                   fmt::format("{} of {} export addresses lie outside the image",
                               tables.functions - i, tables.functions));
      return;
    }
    if (*rva == 0) {
      continue;  // A gap in the ordinals.
    }
    Export found;
    found.ordinal = into.ordinal_base + static_cast<std::uint32_t>(i);
    resolve(reading, tables, i, found);
    if (reading.text.spent()) {
      reading.lost(DiagnosticCode::limit_hit, tables.at, 0,
                   fmt::format("the forwarders hold too much text; ordinals from {} are left out",
                               found.ordinal));
      return;
    }
    into.entries.push_back(std::move(found));
  }
}

}  // namespace

std::optional<Exports> read_exports(Reading& reading) {
  const DirectoryRange& range = reading.headers.directory(Directory::exports);
  if (range.address == 0) {
    return std::nullopt;
  }
  const std::uint64_t entry_at = directory_entry_offset(reading.headers, Directory::exports);
  const auto record = reading.space.record<D>(range.address);
  if (!record) {
    reading.lost(
        code, entry_at, layout::DataDirectory::size,
        fmt::format("the export directory at RVA 0x{:x} is not in the file", range.address));
    return std::nullopt;
  }
  const std::uint64_t at = record->offset();
  Exports exports;
  exports.ordinal_base = record->get<D::ordinal_base>();
  exports.timestamp = record->get<D::timestamp>();
  if (const auto rva = record->get<D::name_rva>(); rva != 0) {
    exports.dll_name =
        reading.name_at(rva, at + D::name_rva.at, code, "DLL name of the export directory")
            .value_or(EvidenceText());
  }
  const Tables tables{
      .at = at,
      .functions = bounded(reading, record->get<D::function_count>(), at + D::function_count.at,
                           "functions"),
      .names = bounded(reading, record->get<D::name_count>(), at + D::name_count.at, "names"),
      .functions_rva = record->get<D::functions_rva>(),
      .names_rva = record->get<D::names_rva>(),
      .name_ordinals_rva = record->get<D::name_ordinals_rva>()};
  constexpr std::uint64_t ordinal_max = 0xffff;  // GetProcAddress takes 16 bits of it.
  if (tables.functions > 0 && exports.ordinal_base + tables.functions - 1 > ordinal_max) {
    reading.odd(code, at + D::ordinal_base.at,
                fmt::format("the ordinals begin at {}, and {} functions pass 65,535, where nobody "
                            "can ask for one by its number",
                            exports.ordinal_base, tables.functions));
  }
  std::vector<bool> named(static_cast<std::size_t>(tables.functions));
  read_named(reading, tables, exports, named);
  read_unnamed(reading, tables, exports, named);
  if (!exports.names_sorted) {
    reading.odd(code, at,
                "the export names are not sorted; Windows may not find some of them by name");
  }
  return exports;
}

}  // namespace npg::pe
