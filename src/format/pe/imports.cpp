// Imports and delay-loaded imports: which other DLLs an image asks for, and for what.
#include <fmt/format.h>

#include "format/pe/layout.hpp"
#include "format/pe/parts.hpp"

namespace npg::pe {
namespace {

constexpr auto code = DiagnosticCode::image_damaged;

/// How many functions and descriptors this table may still hold.
struct Allowance {
  std::uint64_t left;
  [[nodiscard]] bool take() { return left != 0 && left-- != 0; }
};

bool within(Reading& reading, Allowance& allowance, std::uint64_t offset) {
  if (reading.text.spent() || !allowance.take()) {
    reading.lost(DiagnosticCode::limit_hit, offset, 0,
                 fmt::format("more imports than are read ({})", reading.limits.imports_max));
    return false;
  }
  return true;
}

void read_functions(Reading& reading, std::uint64_t table_rva, Allowance& allowance,
                    ImportedDll& into) {
  const bool wide = reading.headers.is_pe32_plus;
  const std::uint64_t step = wide ? 8 : 4;
  const std::uint64_t by_ordinal = wide ? 1ULL << 63 : 1ULL << 31;
  for (std::uint64_t rva = table_rva;; rva += step) {
    std::optional<std::uint64_t> entry = reading.space.get<std::uint32_t>(rva);
    if (entry && wide) {
      const auto high = reading.space.get<std::uint32_t>(rva + 4);
      entry = high ? std::optional(*entry | (std::uint64_t{*high} << 32)) : std::nullopt;
    }
    if (!entry) {
      reading.lost(
          code, reading.offset_near(table_rva), 0,
          fmt::format("the imports from \"{}\" leave the image", escape_for_terminal(into.name)));
      return;
    }
    if (*entry == 0 || !within(reading, allowance, reading.offset_near(rva))) {
      return;
    }
    if ((*entry & by_ordinal) != 0) {
      into.functions.push_back(
          {.name = {}, .ordinal = static_cast<std::uint32_t>(*entry & 0xffff)});
      continue;
    }
    // Two bytes of hint stand before the name.
    auto name = reading.name_at((*entry & 0x7fff'ffff) + 2, reading.offset_near(rva), code,
                                fmt::format("import {}", into.functions.size()));
    if (!name) {
      return;  // A table whose entries lead nowhere is not a table of names.
    }
    into.functions.push_back({.name = std::move(*name), .ordinal = 0});
  }
}

}  // namespace

std::vector<ImportedDll> read_imports(Reading& reading) {
  using D = layout::ImportDescriptor;
  const DirectoryRange& range = reading.headers.directory(Directory::imports);
  std::vector<ImportedDll> imports;
  Allowance allowance{reading.limits.imports_max};
  for (std::uint64_t rva = range.address; range.address != 0; rva += D::size) {
    const auto record = reading.space.record<D>(rva);
    if (!record) {
      reading.lost(code, directory_entry_offset(reading.headers, Directory::imports),
                   layout::DataDirectory::size,
                   fmt::format("the import directory at RVA 0x{:x} leaves the file after {} DLLs",
                               range.address, imports.size()));
      break;
    }
    // The loader stops at the first descriptor without a name or without an address table.
    if (record->get<D::name_rva>() == 0 || record->get<D::address_rva>() == 0 ||
        !within(reading, allowance, record->offset())) {
      break;
    }
    auto name = reading.name_at(record->get<D::name_rva>(), record->offset() + D::name_rva.at, code,
                                fmt::format("name of imported DLL {}", imports.size()));
    if (!name) {
      break;
    }
    ImportedDll dll{.name = std::move(*name), .functions = {}};
    const std::uint64_t lookup = record->get<D::lookup_rva>();
    read_functions(reading, lookup != 0 ? lookup : record->get<D::address_rva>(), allowance, dll);
    imports.push_back(std::move(dll));
  }
  return imports;
}

std::vector<ImportedDll> read_delay_imports(Reading& reading) {
  using D = layout::DelayDescriptor;
  const DirectoryRange& range = reading.headers.directory(Directory::delay_imports);
  std::vector<ImportedDll> imports;
  Allowance allowance{reading.limits.imports_max};
  for (std::uint64_t rva = range.address; range.address != 0; rva += D::size) {
    const auto record = reading.space.record<D>(rva);
    if (!record) {
      reading.lost(code, directory_entry_offset(reading.headers, Directory::delay_imports),
                   layout::DataDirectory::size,
                   fmt::format("the delay import directory at RVA 0x{:x} leaves the file after {} "
                               "DLLs",
                               range.address, imports.size()));
      break;
    }
    if (record->get<D::name_rva>() == 0 || !within(reading, allowance, record->offset())) {
      break;
    }
    // Quirk: images of Visual C++ 6 hold addresses here instead of RVAs.
    const bool rvas = (record->get<D::attributes>() & D::holds_rvas) != 0;
    const auto base = rvas ? 0U : static_cast<std::uint32_t>(reading.headers.image_base);
    auto name =
        reading.name_at(record->get<D::name_rva>() - base, record->offset() + D::name_rva.at, code,
                        fmt::format("name of delay-loaded DLL {}", imports.size()));
    if (!name) {
      break;
    }
    ImportedDll dll{.name = std::move(*name), .functions = {}};
    if (rvas) {
      read_functions(reading, record->get<D::lookup_rva>(), allowance, dll);
    } else {
      reading.odd(code, record->offset(),
                  fmt::format("\"{}\" is delay-loaded in the old form; its functions are not read",
                              escape_for_terminal(dll.name)));
    }
    imports.push_back(std::move(dll));
  }
  return imports;
}

}  // namespace npg::pe
