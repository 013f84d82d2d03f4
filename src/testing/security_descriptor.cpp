#include <charconv>
#include <limits>

#include "testing/regf_writer.hpp"

namespace npg::testing {
namespace {

constexpr std::string_view trusted_installer =
    "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";
constexpr std::string_view all_capabilities =
    "S-1-15-3-1024-1065365936-1281604716-3511738428-1654721687-432734479-3232135806-4053264122-"
    "3456934681";
constexpr std::uint32_t key_read = 0x20019;
constexpr std::uint32_t key_all = 0xf003f;
constexpr std::uint8_t inherit = 0x02;
constexpr std::uint8_t inherit_only = 0x0a;

struct SidParts {
  std::uint64_t authority = 0;
  std::vector<std::uint32_t> parts;
};

std::optional<SidParts> sid_parts(std::string_view text) {
  if (!text.starts_with("S-1-")) {
    return std::nullopt;
  }
  text.remove_prefix(4);
  SidParts out;
  for (bool first = true; !text.empty() || first; first = false) {
    const std::size_t end = std::min(text.find('-'), text.size());
    const std::string_view digits = text.substr(0, end);
    std::uint64_t number = 0;
    const auto [stop, status] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (status != std::errc{} || stop != digits.data() + digits.size() ||
        number > std::numeric_limits<std::uint32_t>::max()) {
      return std::nullopt;
    }
    if (first) {
      out.authority = number;
    } else {
      out.parts.push_back(static_cast<std::uint32_t>(number));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  // Limit: MS-DTYP 2.4.2.2 allows 15 sub-authorities.
  return out.parts.empty() || out.parts.size() > 15 ? std::nullopt : std::optional(out);
}

std::vector<std::byte> access_list(const std::vector<AccessEntry>& entries, std::uint8_t type) {
  ByteWriter out;
  out.add<std::uint8_t>(2);
  out.add<std::uint8_t>(0);
  out.add<std::uint16_t>(0);
  out.add<std::uint16_t>(static_cast<std::uint16_t>(entries.size()));
  out.add<std::uint16_t>(0);
  for (const AccessEntry& entry : entries) {
    const std::vector<std::byte> sid = sid_bytes(entry.sid);
    out.add<std::uint8_t>(type);
    out.add<std::uint8_t>(entry.flags);
    out.add<std::uint16_t>(static_cast<std::uint16_t>(8 + sid.size()));
    out.add<std::uint32_t>(entry.mask);
    out.add(sid);
  }
  out.set<std::uint16_t>(2, static_cast<std::uint16_t>(out.size()));
  return out.take();
}

}  // namespace

bool is_sid(std::string_view text) {
  return sid_parts(text).has_value();
}

std::vector<std::byte> sid_bytes(std::string_view text) {
  const std::optional<SidParts> sid = sid_parts(text);
  NPG_CHECK(sid.has_value());
  ByteWriter out;
  out.add<std::uint8_t>(1);
  out.add<std::uint8_t>(static_cast<std::uint8_t>(sid->parts.size()));
  for (unsigned shift = 48; shift > 0; shift -= 8) {
    out.add<std::uint8_t>(static_cast<std::uint8_t>((sid->authority >> (shift - 8)) & 0xffU));
  }
  for (const std::uint32_t part : sid->parts) {
    out.add<std::uint32_t>(part);
  }
  return out.take();
}

std::vector<std::byte> descriptor_bytes(const DescriptorRecipe& recipe) {
  // Control: self relative, DACL present and inherited or protected, SACL present where there is
  // one.
  std::uint16_t control = 0x8004;
  control = static_cast<std::uint16_t>(control | (recipe.is_protected ? 0x1000U : 0x0400U));
  control = static_cast<std::uint16_t>(control | (recipe.audit.empty() ? 0U : 0x0810U));
  ByteWriter out;
  out.add<std::uint8_t>(1);
  out.add<std::uint8_t>(0);
  out.add<std::uint16_t>(control);
  out.add_zeros(16);
  const auto append = [&out](std::size_t field, const std::vector<std::byte>& part) {
    out.set<std::uint32_t>(field, static_cast<std::uint32_t>(out.size()));
    out.add(part);
  };
  if (!recipe.audit.empty()) {
    append(12, access_list(recipe.audit, 0x02));
  }
  append(16, access_list(recipe.allow, 0x00));
  append(4, sid_bytes(recipe.owner));
  append(8, sid_bytes(recipe.group));
  return out.take();
}

std::vector<std::byte> default_descriptor() {
  DescriptorRecipe recipe;
  recipe.allow = {
      {"S-1-5-32-545", key_read, inherit}, {"S-1-5-32-544", key_all, inherit},
      {"S-1-5-18", key_all, inherit},      {"S-1-3-0", 0x10000000, inherit_only},
      {"S-1-15-2-1", key_read, inherit},   {std::string(all_capabilities), key_read, inherit}};
  return descriptor_bytes(recipe);
}

std::vector<std::byte> trusted_installer_descriptor() {
  DescriptorRecipe recipe;
  recipe.owner = std::string(trusted_installer);
  recipe.group = std::string(trusted_installer);
  recipe.is_protected = true;
  recipe.allow = {{std::string(trusted_installer), key_all, inherit},
                  {"S-1-5-18", key_read, inherit},
                  {"S-1-5-32-544", key_read, inherit},
                  {"S-1-5-32-545", key_read, inherit},
                  {"S-1-15-2-1", key_read, inherit},
                  {std::string(all_capabilities), key_read, inherit}};
  return descriptor_bytes(recipe);
}

}  // namespace npg::testing
