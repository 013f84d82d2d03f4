#include "base/security_descriptor.hpp"

#include <fmt/format.h>

#include "base/identifiers.hpp"

namespace npg {

namespace {
namespace layout {
struct Descriptor {
  static constexpr StaticText name = "security_descriptor";
  static constexpr std::size_t size = 20;
  static constexpr Field<std::uint8_t> revision{0};
  static constexpr Field<std::uint16_t> control{2};
  static constexpr Field<std::uint32_t> owner{4};
  static constexpr Field<std::uint32_t> group{8};
  static constexpr Field<std::uint32_t> sacl{12};
  static constexpr Field<std::uint32_t> dacl{16};
};
struct List {
  static constexpr StaticText name = "acl";
  static constexpr std::size_t size = 8;
  static constexpr Field<std::uint8_t> revision{0};
  static constexpr Field<std::uint16_t> bytes{2};
  static constexpr Field<std::uint16_t> count{4};
};
struct Entry {
  static constexpr StaticText name = "ace";
  static constexpr std::size_t size = 4;
  static constexpr Field<std::uint8_t> type{0};
  static constexpr Field<std::uint8_t> flags{1};
  static constexpr Field<std::uint16_t> bytes{2};
};
}  // namespace layout

constexpr std::size_t guid_bytes = 16;

bool is_object_type(std::uint8_t type) {
  return (type >= 0x05 && type <= 0x08) || type == 0x0b || type == 0x0c || type == 0x0f ||
         type == 0x10;
}

/// Types whose body is a mask and then a SID.
bool is_plain_type(std::uint8_t type) {
  return type <= 0x03 || type == 0x09 || type == 0x0a || type == 0x0d || type == 0x0e ||
         (type >= 0x11 && type <= 0x14);
}

Result<AccessControlEntry> read_entry(Bytes bytes) {
  using L = layout::Entry;
  NPG_TRY(const auto header, bytes.record<L>(0));
  AccessControlEntry entry{
      .type = header.get<L::type>(), .flags = header.get<L::flags>(), .offset = header.offset()};
  const bool is_object = is_object_type(entry.type);
  if (!is_object && !is_plain_type(entry.type)) {
    return entry;
  }
  NPG_TRY(entry.mask, bytes.get<std::uint32_t>(L::size, "ace.mask"));
  std::uint64_t at = L::size + 4;
  if (is_object) {
    NPG_TRY(const auto present, bytes.get<std::uint32_t>(at, "ace.object_flags"));
    at += 4;
    for (auto [bit, guid] :
         {std::pair(1U, &entry.object_type), std::pair(2U, &entry.inherited_object_type)}) {
      if ((present & bit) != 0) {
        NPG_TRY(const Bytes raw, bytes.slice(at, guid_bytes, "ace.object_type"));
        NPG_TRY(*guid, guid_text(raw));
        at += guid_bytes;
      }
    }
  }
  NPG_TRY(auto sid, sid_text(bytes.from(at)));
  entry.sid = std::move(sid.text);
  return entry;
}

std::optional<AccessControlList> read_list(Bytes descriptor, std::uint32_t at,
                                           std::vector<Error>& damage) {
  using L = layout::List;
  const auto header = descriptor.record<L>(at);
  if (!header) {
    damage.push_back(header.error());
    return std::nullopt;
  }
  AccessControlList list{.revision = header->get<L::revision>(), .entries = {}};
  const Bytes bytes = descriptor.clamp(at, header->get<L::bytes>());
  if (bytes.size() < header->get<L::bytes>()) {
    damage.push_back(Error{.code = ErrorCode::truncated,
                           .offset = header->offset(),
                           .what = "acl.size",
                           .need = header->get<L::bytes>(),
                           .have = bytes.size()});
  }
  std::uint64_t position = L::size;
  for (std::uint32_t i = 0; i < header->get<L::count>(); ++i) {
    const auto entry_header = bytes.record<layout::Entry>(position);
    if (!entry_header) {
      damage.push_back(entry_header.error());
      break;
    }
    const std::uint16_t size = entry_header->get<layout::Entry::bytes>();
    if (size < layout::Entry::size) {
      damage.push_back(Error{.code = ErrorCode::bad_value,
                             .offset = entry_header->offset() + layout::Entry::bytes.at,
                             .what = "ace.size",
                             .need = layout::Entry::size,
                             .have = size});
      break;
    }
    auto entry = read_entry(bytes.clamp(position, size));
    if (entry) {
      list.entries.push_back(std::move(*entry));
    } else {
      damage.push_back(entry.error());
    }
    position += size;
  }
  return list;
}

std::string read_sid(Bytes descriptor, std::uint32_t at, std::vector<Error>& damage) {
  if (at == 0) {
    return {};
  }
  auto sid = sid_text(descriptor.from(at));
  if (!sid) {
    damage.push_back(sid.error());
    return {};
  }
  return std::move(sid->text);
}

}  // namespace

Result<SecurityDescriptor> read_security_descriptor(Bytes bytes) {
  using L = layout::Descriptor;
  NPG_TRY(const auto fixed, bytes.record<L>(0));
  if (fixed.get<L::revision>() != 1) {
    return fail(ErrorCode::bad_value, fixed.offset(), "security_descriptor.revision", 1,
                fixed.get<L::revision>());
  }
  SecurityDescriptor descriptor;
  descriptor.control = fixed.get<L::control>();
  descriptor.owner = read_sid(bytes, fixed.get<L::owner>(), descriptor.damage);
  descriptor.group = read_sid(bytes, fixed.get<L::group>(), descriptor.damage);
  if ((descriptor.control & SecurityDescriptor::dacl_present) != 0 && fixed.get<L::dacl>() != 0) {
    descriptor.dacl = read_list(bytes, fixed.get<L::dacl>(), descriptor.damage);
  }
  if ((descriptor.control & SecurityDescriptor::sacl_present) != 0 && fixed.get<L::sacl>() != 0) {
    descriptor.sacl = read_list(bytes, fixed.get<L::sacl>(), descriptor.damage);
  }
  return descriptor;
}

std::string ace_type_name(std::uint8_t type) {
  switch (type) {
    case 0x00: return "allow";
    case 0x01: return "deny";
    case 0x02: return "audit";
    case 0x05: return "allow_object";
    case 0x06: return "deny_object";
    case 0x07: return "audit_object";
    case 0x09: return "allow_callback";
    case 0x0a: return "deny_callback";
    case 0x0d: return "audit_callback";
    case 0x11: return "mandatory_label";
    case 0x12: return "resource_attribute";
    case 0x13: return "scoped_policy";
    default: return fmt::format("0x{:02x}", type);
  }
}

}  // namespace npg
