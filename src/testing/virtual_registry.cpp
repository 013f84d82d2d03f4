#include "testing/virtual_registry.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace npg::testing {
namespace {

void append_unit(std::vector<std::byte>& out, char16_t unit) {
  out.push_back(static_cast<std::byte>(unit & 0xffU));
  out.push_back(static_cast<std::byte>(unit >> 8U));
}

void append_sz(std::vector<std::byte>& out, std::string_view text) {
  for (const char16_t unit : EvidenceText::from_literal(text).to_utf16()) {
    append_unit(out, unit);
  }
  append_unit(out, 0);
}

}  // namespace

std::vector<std::byte> sz_data(std::string_view text) {
  std::vector<std::byte> out;
  append_sz(out, text);
  return out;
}

std::vector<std::byte> multi_sz_data(std::span<const std::string_view> texts) {
  std::vector<std::byte> out;
  for (const std::string_view text : texts) {
    append_sz(out, text);
  }
  append_unit(out, 0);
  return out;
}

std::vector<std::byte> dword_data(std::uint32_t number) {
  std::vector<std::byte> out;
  for (unsigned shift = 0; shift < 32; shift += 8) {
    out.push_back(static_cast<std::byte>((number >> shift) & 0xffU));
  }
  return out;
}

VirtualRegistry::VirtualRegistry() {
  Node root;
  root.key.name = EvidenceText::from_literal("ROOT");
  root.key.origin = next_origin(0x50);
  nodes_.push_back(std::move(root));
}

Origin VirtualRegistry::next_origin(std::uint64_t length) {
  const Origin origin{.evidence = 0, .offset = next_offset_, .length = length};
  next_offset_ += 0x80;
  return origin;
}

std::size_t VirtualRegistry::make(std::string_view path) {
  std::size_t at = 0;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('\\'), path.size());
    const std::string_view name = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    const auto& children = nodes_[at].children;
    const auto found = std::ranges::find_if(children, [&](std::size_t child) {
      return equal_names(nodes_[child].key.name.raw(), name);
    });
    if (found != children.end()) {
      at = *found;
      continue;
    }
    Node made;
    made.key.name = EvidenceText::from_literal(name);
    made.key.origin = next_origin(0x50);
    nodes_.push_back(std::move(made));
    nodes_[at].children.push_back(nodes_.size() - 1);
    at = nodes_.size() - 1;
  }
  return at;
}

KeyId VirtualRegistry::add_key(std::string_view path, FileTime last_written) {
  const std::size_t at = make(path);
  nodes_[at].key.last_written = last_written;
  return KeyId{at};
}

KeyId VirtualRegistry::add_key(std::string_view path, std::string_view last_written) {
  const std::optional<FileTime> time = parse_time(last_written);
  NPG_CHECK(time.has_value());
  return add_key(path, *time);
}

void VirtualRegistry::set(std::string_view path, std::string_view name, std::uint32_t type,
                          std::vector<std::byte> data) {
  Node& node = nodes_[make(path)];
  RegistryValue value{.name = EvidenceText::from_literal(name),
                      .type = type,
                      .data = std::move(data),
                      .declared_bytes = 0,
                      .origin = next_origin(0x18)};
  value.declared_bytes = value.data.size();
  value.origin.how = node.key.origin.how;
  const auto found = std::ranges::find_if(
      node.values, [&](const RegistryValue& other) { return equal_names(other.name.raw(), name); });
  if (found != node.values.end()) {
    *found = std::move(value);
  } else {
    node.values.push_back(std::move(value));
  }
}

void VirtualRegistry::set_sz(std::string_view path, std::string_view name, std::string_view text) {
  set(path, name, reg::sz, sz_data(text));
}

void VirtualRegistry::set_expand_sz(std::string_view path, std::string_view name,
                                    std::string_view text) {
  set(path, name, reg::expand_sz, sz_data(text));
}

void VirtualRegistry::set_dword(std::string_view path, std::string_view name,
                                std::uint32_t number) {
  set(path, name, reg::dword, dword_data(number));
}

void VirtualRegistry::set_multi_sz(std::string_view path, std::string_view name,
                                   std::span<const std::string_view> texts) {
  set(path, name, reg::multi_sz, multi_sz_data(texts));
}

void VirtualRegistry::set_binary(std::string_view path, std::string_view name,
                                 std::vector<std::byte> data) {
  set(path, name, reg::binary, std::move(data));
}

void VirtualRegistry::set_security(std::string_view path, std::vector<std::byte> descriptor) {
  nodes_[make(path)].security = std::move(descriptor);
}

void VirtualRegistry::set_class(std::string_view path, std::string_view class_name) {
  nodes_[make(path)].key.class_name = EvidenceText::from_literal(class_name);
}

void VirtualRegistry::set_flags(std::string_view path, std::uint32_t flags) {
  nodes_[make(path)].key.flags = flags;
}

void VirtualRegistry::set_access_bits(std::string_view path, std::uint8_t bits) {
  nodes_[make(path)].key.access_bits = bits;
}

void VirtualRegistry::set_how(std::string_view path, How how) {
  Node& node = nodes_[make(path)];
  node.key.origin.how = how;
  for (RegistryValue& value : node.values) {
    value.origin.how = how;
  }
}

Result<RegistryKey> VirtualRegistry::key(KeyId id) const {
  if (id.number >= nodes_.size()) {
    return fail(ErrorCode::not_found, id.number, "testing.virtual_registry.key");
  }
  return nodes_[id.number].key;
}

std::vector<KeyId> VirtualRegistry::subkeys(KeyId id) const {
  std::vector<KeyId> out;
  if (id.number < nodes_.size()) {
    for (const std::size_t child : nodes_[id.number].children) {
      out.push_back(KeyId{child});
    }
  }
  return out;
}

std::vector<RegistryValue> VirtualRegistry::values(KeyId id) const {
  return id.number < nodes_.size() ? nodes_[id.number].values : std::vector<RegistryValue>{};
}

void VirtualRegistry::lose_value(std::string_view path) {
  nodes_[make(path)].has_lost_values = true;
}

bool VirtualRegistry::has_lost_values(KeyId id) const {
  return id.number < nodes_.size() && nodes_[id.number].has_lost_values;
}

Result<std::vector<std::byte>> VirtualRegistry::security(KeyId id) const {
  if (id.number >= nodes_.size()) {
    return fail(ErrorCode::not_found, id.number, "testing.virtual_registry.security");
  }
  return nodes_[id.number].security;
}

}  // namespace npg::testing
