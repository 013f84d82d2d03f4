#include "testing/pe_writer.hpp"

#include <algorithm>
#include <map>

#include "testing/byte_writer.hpp"

namespace npg::testing {
namespace {

constexpr std::uint32_t section_rva = 0x1000;
constexpr std::size_t headers_bytes = 0x400;
constexpr std::size_t file_alignment = 0x200;
constexpr std::size_t pe_header_at = 0x80;

struct SectionPart {
  std::uint32_t rva = 0;
  std::uint32_t size = 0;
};

std::uint32_t rva_of(const ByteWriter& section) {
  return section_rva + static_cast<std::uint32_t>(section.size());
}

std::uint32_t add_text(ByteWriter& section, std::string_view text) {
  const std::uint32_t rva = rva_of(section);
  section.add_ascii(text);
  section.add<std::uint8_t>(0);
  return rva;
}

/// The directory, its tables and its texts; forwarders must stand inside it to count as such.
SectionPart add_exports(ByteWriter& section, const ImageRecipe& recipe, std::uint32_t target_rva) {
  if (recipe.exports.empty()) {
    return {};
  }
  std::map<std::uint16_t, const ExportRecipe*> by_ordinal;
  std::map<std::string, std::uint16_t> by_name;
  std::uint16_t next = 1;
  for (const ExportRecipe& each : recipe.exports) {
    const std::uint16_t ordinal = each.ordinal != 0 ? each.ordinal : next;
    by_ordinal[ordinal] = &each;
    if (!each.name.empty()) {
      by_name[each.name] = ordinal;
    }
    next = static_cast<std::uint16_t>(ordinal + 1);
  }
  const std::uint16_t base = by_ordinal.begin()->first;
  const auto count = static_cast<std::uint32_t>(by_ordinal.rbegin()->first - base + 1);

  const std::size_t at = section.size();
  const std::size_t functions_at = at + 40;
  const std::size_t names_at = functions_at + count * 4;
  const std::size_t ordinals_at = names_at + by_name.size() * 4;
  section.add_zeros(40 + count * 4 + by_name.size() * 6);
  section.set<std::uint32_t>(at + 4, recipe.timestamp);
  section.set<std::uint32_t>(at + 12, add_text(section, recipe.dll_name));
  section.set<std::uint32_t>(at + 16, base);
  section.set<std::uint32_t>(at + 20, count);
  section.set<std::uint32_t>(at + 24, static_cast<std::uint32_t>(by_name.size()));
  section.set<std::uint32_t>(at + 28, section_rva + static_cast<std::uint32_t>(functions_at));
  section.set<std::uint32_t>(at + 32, section_rva + static_cast<std::uint32_t>(names_at));
  section.set<std::uint32_t>(at + 36, section_rva + static_cast<std::uint32_t>(ordinals_at));
  for (const auto& [ordinal, entry] : by_ordinal) {
    const std::uint32_t rva =
        entry->forwarder.empty() ? target_rva : add_text(section, entry->forwarder);
    section.set<std::uint32_t>(functions_at + std::size_t{4} * (ordinal - std::size_t{base}), rva);
  }
  std::size_t index = 0;
  for (const auto& [name, ordinal] : by_name) {
    section.set<std::uint32_t>(names_at + index * 4, add_text(section, name));
    section.set<std::uint16_t>(ordinals_at + index * 2, static_cast<std::uint16_t>(ordinal - base));
    ++index;
  }
  return {section_rva + static_cast<std::uint32_t>(at),
          static_cast<std::uint32_t>(section.size() - at)};
}

/// One node of the version tree: length, value length, type, key, then value and children, each on
/// a 32-bit border.
std::vector<std::byte> version_node(std::string_view key, std::span<const std::byte> value,
                                    std::uint16_t value_length, std::uint16_t type,
                                    std::span<const std::vector<std::byte>> children) {
  ByteWriter node;
  node.add<std::uint16_t>(0);
  node.add<std::uint16_t>(value_length);
  node.add<std::uint16_t>(type);
  node.add_utf16(key);
  node.add<std::uint16_t>(0);
  node.align(4);
  node.add(value);
  for (const auto& child : children) {
    node.align(4);
    node.add(child);
  }
  node.set<std::uint16_t>(0, static_cast<std::uint16_t>(node.size()));
  return node.take();
}

std::vector<std::byte> version_info(const VersionRecipe& version) {
  ByteWriter fixed;
  fixed.add<std::uint32_t>(0xfeef04bd);
  fixed.add<std::uint32_t>(0x00010000);
  for (const std::uint64_t number : {version.file_version, version.product_version}) {
    fixed.add<std::uint32_t>(static_cast<std::uint32_t>(number >> 32U));
    fixed.add<std::uint32_t>(static_cast<std::uint32_t>(number & 0xffffffffU));
  }
  fixed.add<std::uint32_t>(0x3f);
  fixed.add<std::uint32_t>(0);
  fixed.add<std::uint32_t>(0x40004);  // Windows NT
  fixed.add<std::uint32_t>(2);        // a DLL
  fixed.add_zeros(12);

  std::vector<std::vector<std::byte>> strings;
  for (const auto& [key, text] : version.strings) {
    ByteWriter value;
    value.add_utf16(text);
    value.add<std::uint16_t>(0);
    strings.push_back(
        version_node(key, value.bytes(), static_cast<std::uint16_t>(value.size() / 2), 1, {}));
  }
  const std::vector<std::vector<std::byte>> table{version_node("040904B0", {}, 0, 1, strings)};
  ByteWriter language;
  language.add<std::uint16_t>(0x0409);
  language.add<std::uint16_t>(1200);
  const std::vector<std::vector<std::byte>> variable{
      version_node("Translation", language.bytes(), 4, 0, {})};
  const std::vector<std::vector<std::byte>> children{
      version_node("StringFileInfo", {}, 0, 1, table),
      version_node("VarFileInfo", {}, 0, 1, variable)};
  return version_node("VS_VERSION_INFO", fixed.bytes(), 52, 0, children);
}

SectionPart add_version(ByteWriter& section, const VersionRecipe& version) {
  if (version.strings.empty() && version.file_version == 0 && version.product_version == 0) {
    return {};
  }
  section.align(16);
  const std::size_t at = section.size();
  // Three levels with one entry each: type 16 (version), name 1, language 1033; then the leaf.
  constexpr std::uint32_t level_bytes = 24;
  const std::uint32_t identifiers[] = {16, 1, 1033};
  for (std::uint32_t level = 0; level < 3; ++level) {
    const std::uint32_t next = (level + 1) * level_bytes;
    section.add_zeros(14);
    section.add<std::uint16_t>(1);
    section.add<std::uint32_t>(std::span(identifiers)[level]);
    section.add<std::uint32_t>(level < 2 ? next | 0x80000000U : next);
  }
  const std::vector<std::byte> info = version_info(version);
  section.add<std::uint32_t>(rva_of(section) + 16);
  section.add<std::uint32_t>(static_cast<std::uint32_t>(info.size()));
  section.add_zeros(8);
  section.add(info);
  return {section_rva + static_cast<std::uint32_t>(at),
          static_cast<std::uint32_t>(section.size() - at)};
}

bool is_32_bit(std::uint16_t machine) {
  return machine == 0x14c || machine == 0x1c4;
}

void add_optional_header(ByteWriter& out, const ImageRecipe& recipe, std::uint32_t image_bytes,
                         std::uint32_t data_bytes, SectionPart exports, SectionPart resources) {
  const bool narrow = is_32_bit(recipe.machine);
  out.add<std::uint16_t>(narrow ? 0x10b : 0x20b);
  out.add<std::uint16_t>(0x0e);  // linker 14.0
  out.add<std::uint32_t>(0);     // code
  out.add<std::uint32_t>(data_bytes);
  out.add<std::uint32_t>(0);
  out.add<std::uint32_t>(0);  // entry point: there is none
  out.add<std::uint32_t>(0);  // base of code
  const auto add_word = [&](std::uint64_t number) {
    if (narrow) {
      out.add<std::uint32_t>(static_cast<std::uint32_t>(number));
    } else {
      out.add<std::uint64_t>(number);
    }
  };
  if (narrow) {
    out.add<std::uint32_t>(section_rva);
  }
  add_word(narrow ? 0x10000000 : 0x180000000);
  out.add<std::uint32_t>(section_rva);  // section alignment
  out.add<std::uint32_t>(file_alignment);
  for (int i = 0; i < 3; ++i) {  // of the system, the image and the subsystem: 10.0
    out.add<std::uint16_t>(10);
    out.add<std::uint16_t>(0);
  }
  out.add<std::uint32_t>(0);
  out.add<std::uint32_t>(image_bytes);
  out.add<std::uint32_t>(headers_bytes);
  out.add<std::uint32_t>(0);       // checksum
  out.add<std::uint16_t>(2);       // Windows GUI, as DLLs have
  out.add<std::uint16_t>(0x0160);  // high entropy, dynamic base, no execution of data
  for (const std::uint64_t reserved : {0x100000U, 0x1000U, 0x100000U, 0x1000U}) {
    add_word(reserved);
  }
  out.add<std::uint32_t>(0);
  out.add<std::uint32_t>(16);
  const std::size_t directories_at = out.size();
  out.add_zeros(std::size_t{16} * 8);
  out.set<std::uint32_t>(directories_at, exports.rva);
  out.set<std::uint32_t>(directories_at + 4, exports.size);
  out.set<std::uint32_t>(directories_at + 16, resources.rva);
  out.set<std::uint32_t>(directories_at + 20, resources.size);
}

}  // namespace

std::vector<std::byte> write_image(const ImageRecipe& recipe) {
  ByteWriter section;
  // What exports point at: zeros, outside of the export directory so as not to be a forwarder.
  section.add_zeros(16);
  const SectionPart exports = add_exports(section, recipe, section_rva);
  section.align(4);
  const SectionPart resources = add_version(section, recipe.version);
  const auto data_bytes = static_cast<std::uint32_t>(section.size());
  section.align(file_alignment);
  const auto raw_bytes = static_cast<std::uint32_t>(section.size());
  const std::uint32_t image_bytes =
      section_rva + (data_bytes + section_rva - 1) / section_rva * section_rva;

  ByteWriter out;
  out.add_ascii("MZ");
  out.add_zeros(pe_header_at - 2);
  out.set<std::uint32_t>(0x3c, static_cast<std::uint32_t>(pe_header_at));
  out.add_ascii("PE");
  out.add<std::uint16_t>(0);
  out.add<std::uint16_t>(recipe.machine);
  out.add<std::uint16_t>(1);  // sections
  out.add<std::uint32_t>(recipe.timestamp);
  out.add_zeros(8);
  out.add<std::uint16_t>(is_32_bit(recipe.machine) ? 224 : 240);
  // Executable image; large addresses or 32-bit; a DLL.
  const unsigned flags = (is_32_bit(recipe.machine) ? 0x0102U : 0x0022U);
  out.add<std::uint16_t>(static_cast<std::uint16_t>(flags | (recipe.is_dll ? 0x2000U : 0U)));
  add_optional_header(out, recipe, image_bytes, raw_bytes, exports, resources);
  out.add_ascii(".rdata");
  out.add<std::uint16_t>(0);
  out.add<std::uint32_t>(data_bytes);
  out.add<std::uint32_t>(section_rva);
  out.add<std::uint32_t>(raw_bytes);
  out.add<std::uint32_t>(headers_bytes);
  out.add_zeros(12);
  out.add<std::uint32_t>(0x40000040);  // initialised data, readable; never executable
  out.add_zeros(headers_bytes - out.size());
  out.add(section.bytes());
  return out.take();
}

}  // namespace npg::testing
