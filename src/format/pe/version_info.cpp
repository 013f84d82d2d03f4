// VS_VERSIONINFO: a tree of {length, value length, type, key, value, children}. Resource compilers
// and packers get the lengths wrong, so each is a bound at most and never trusted further.
#include <fmt/format.h>

#include <algorithm>

#include "format/pe/layout.hpp"
#include "format/pe/parts.hpp"

namespace npg::pe {
namespace {

constexpr auto code = DiagnosticCode::image_resource_damaged;

struct Node {
  Bytes bytes;  ///< the node from its length field on
  std::uint64_t value_length = 0;
  EvidenceText key;
  std::uint64_t value_at = 0;  ///< from the node's start
};

constexpr std::uint64_t aligned(std::uint64_t at) {
  return (at + 3) & ~std::uint64_t{3};
}

/// UTF-16 up to a NUL or the end of the bytes.
EvidenceText text_of(Bytes units, std::uint64_t& bytes_used) {
  std::uint64_t end = 0;
  while (end + 2 <= units.size() && units.at<std::uint16_t>(end) != 0) {
    end += 2;
  }
  bytes_used = std::min<std::uint64_t>(end + 2, units.size());
  return EvidenceText::from_utf16(units.clamp(0, end).data());
}

class VersionReader {
 public:
  VersionReader(Bytes resource, Reading& reading, VersionInfo& into)
      : resource_(resource),
        reading_(reading),
        into_(into),
        nodes_left_(reading.limits.resource_nodes_max) {}

  bool read() {
    const auto root = node_at(0, resource_.size());
    if (!root || root->key.raw() != "VS_VERSION_INFO") {
      reading_.lost(code, resource_.offset(), resource_.size(),
                    "the version resource does not begin with VS_VERSION_INFO");
      return false;
    }
    take_fixed_info(*root);
    const std::uint64_t children = aligned(root->value_at + root->value_length);
    for_children(children, root->bytes.size(), [&](const Node& child, std::uint64_t at) {
      if (child.key.raw() == "StringFileInfo") {
        take_string_tables(child, at);
      }
    });
    return true;
  }

 private:
  /// The node at a position of the resource, cut to `end`; nothing when no header fits.
  std::optional<Node> node_at(std::uint64_t at, std::uint64_t end) {
    constexpr std::uint64_t header = 6;
    const Bytes rest = resource_.clamp(0, end).from(at);
    if (rest.size() < header) {
      return std::nullopt;
    }
    const std::uint64_t length = rest.at<std::uint16_t>(0);
    if (length < header) {
      if (length != 0) {
        reading_.lost(code, rest.offset(), 2,
                      fmt::format("a version entry claims {} bytes, less than its header", length));
      }
      return std::nullopt;
    }
    if (length > rest.size()) {
      reading_.odd(
          code, rest.offset(),
          fmt::format("a version entry claims {} bytes, {} are there", length, rest.size()));
    }
    Node node;
    node.bytes = rest.clamp(0, length);
    node.value_length = rest.at<std::uint16_t>(2);
    std::uint64_t key_bytes = 0;
    node.key = text_of(node.bytes.from(header), key_bytes);
    // Values are aligned from the start of the resource, not of the node.
    node.value_at = aligned(at + header + key_bytes) - at;
    return node;
  }

  template <typename Visit>
  void for_children(std::uint64_t at, std::uint64_t end, const Visit& visit) {
    while (at < end) {
      const auto child = node_at(at, end);
      if (!child) {
        return;
      }
      if (nodes_left_ == 0 || reading_.text.spent()) {
        reading_.lost(DiagnosticCode::limit_hit, child->bytes.offset(), 0,
                      "the version resource holds more entries than are read");
        return;
      }
      --nodes_left_;
      visit(*child, at);
      at = aligned(at + child->bytes.size());
    }
  }

  void take_fixed_info(const Node& root) {
    using F = layout::FixedFileInfo;
    if (root.value_length == 0) {
      return;
    }
    const auto fixed = root.bytes.record<F>(root.value_at);
    if (!fixed || fixed->get<F::signature>() != F::feef) {
      reading_.lost(code, root.bytes.offset() + root.value_at, root.value_length,
                    "the fixed version information is damaged");
      return;
    }
    into_.has_fixed_info = true;
    into_.file_version =
        std::uint64_t{fixed->get<F::file_version_high>()} << 32 | fixed->get<F::file_version_low>();
    into_.product_version = std::uint64_t{fixed->get<F::product_version_high>()} << 32 |
                            fixed->get<F::product_version_low>();
  }

  void take_string_tables(const Node& info, std::uint64_t info_at) {
    for_children(info_at + info.value_at, info_at + info.bytes.size(),
                 [&](const Node& table, std::uint64_t table_at) {
                   reading_.text.take(table.key.raw().size());
                   into_.tables.push_back({.key = table.key, .strings = {}});
                   take_strings(table, table_at, into_.tables.back());
                 });
  }

  void take_strings(const Node& table, std::uint64_t table_at, StringTable& into) {
    for_children(table_at + table.value_at, table_at + table.bytes.size(),
                 [&](const Node& entry, std::uint64_t /*entry_at*/) {
                   // Quirk: the value's length is in characters for most compilers and in bytes
                   // for some, so only "none" is believed; the value ends at its NUL.
                   std::uint64_t used = 0;
                   EvidenceText value = entry.value_length == 0
                                            ? EvidenceText()
                                            : text_of(entry.bytes.from(entry.value_at), used);
                   reading_.text.take(entry.key.raw().size() + value.raw().size());
                   into.strings.emplace_back(entry.key, std::move(value));
                 });
  }

  Bytes resource_;
  Reading& reading_;
  VersionInfo& into_;
  std::uint32_t nodes_left_;
};

}  // namespace

bool read_version_info(Bytes resource, Reading& reading, VersionInfo& into) {
  // Limit: every length inside is 16 bits, so nothing past 64 KiB can belong to the tree.
  return VersionReader(resource.clamp(0, 0x10000), reading, into).read();
}

}  // namespace npg::pe
