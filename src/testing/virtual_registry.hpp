// VirtualRegistry: a RegistryView filled by hand, for tests of what reads a registry. Knows nothing
// of hive files; the builder of those is regf_writer.hpp.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "view/registry_view.hpp"

namespace npg::testing {

/// UTF-16LE with one terminating NUL: the data of a REG_SZ as Windows writes it.
[[nodiscard]] std::vector<std::byte> sz_data(std::string_view text);
/// Each string with its NUL, then an empty one: the data of a REG_MULTI_SZ.
[[nodiscard]] std::vector<std::byte> multi_sz_data(std::span<const std::string_view> texts);
/// Four bytes, little-endian.
[[nodiscard]] std::vector<std::byte> dword_data(std::uint32_t number);

/// Paths are names divided by backslashes below the root, "" for the root itself, compared as
/// Windows compares; what is missing on the way is made. Origins are made up but stable: every key
/// and value has an offset of its own in evidence 0.
class VirtualRegistry final : public RegistryView {
 public:
  VirtualRegistry();

  /// Makes the key, or sets the time of one that is there. Keys made on the way to it get no time.
  KeyId add_key(std::string_view path, FileTime last_written = {});
  /// The same with the time as text, "2026-11-20T10:00:00Z"; a text that is no time is a bug in the
  /// test.
  KeyId add_key(std::string_view path, std::string_view last_written);
  /// Sets or replaces a value; the key's time stays.
  void set(std::string_view path, std::string_view name, std::uint32_t type,
           std::vector<std::byte> data);
  void set_sz(std::string_view path, std::string_view name, std::string_view text);
  void set_expand_sz(std::string_view path, std::string_view name, std::string_view text);
  void set_dword(std::string_view path, std::string_view name, std::uint32_t number);
  void set_multi_sz(std::string_view path, std::string_view name,
                    std::span<const std::string_view> texts);
  void set_binary(std::string_view path, std::string_view name, std::vector<std::byte> data);
  void set_security(std::string_view path, std::vector<std::byte> descriptor);
  void set_class(std::string_view path, std::string_view class_name);
  void set_flags(std::string_view path, std::uint32_t flags);
  void set_access_bits(std::string_view path, std::uint8_t bits);
  /// As if a value of the key could not be read.
  void lose_value(std::string_view path);
  /// How the key and its values were come by: allocated unless said.
  void set_how(std::string_view path, How how);

  [[nodiscard]] KeyId root() const override { return KeyId{0}; }
  [[nodiscard]] Result<RegistryKey> key(KeyId id) const override;
  [[nodiscard]] std::vector<KeyId> subkeys(KeyId id) const override;
  [[nodiscard]] std::vector<RegistryValue> values(KeyId id) const override;
  [[nodiscard]] bool has_lost_values(KeyId id) const override;
  [[nodiscard]] Result<std::vector<std::byte>> security(KeyId id) const override;

 private:
  struct Node {
    RegistryKey key;
    std::vector<std::size_t> children;
    std::vector<RegistryValue> values;
    std::vector<std::byte> security;
    bool has_lost_values = false;
  };
  [[nodiscard]] std::size_t make(std::string_view path);
  [[nodiscard]] Origin next_origin(std::uint64_t length);

  std::vector<Node> nodes_;
  std::uint64_t next_offset_ = 0x1020;
};

}  // namespace npg::testing
