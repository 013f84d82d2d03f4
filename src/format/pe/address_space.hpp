// AddressSpace: the file's bytes as the Windows loader lays them out, asked for by RVA. Nothing is
// copied; what the loader would fill with zeros reads as zero (docs/formats/pe.md, "Mapping").
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/evidence_text.hpp"
#include "base/limits.hpp"
#include "format/pe/pe_file.hpp"

namespace npg::pe {

/// A record as the loader would see it: its bytes, and where its first one is in the file (0 where
/// the loader made it of zeros).
template <Layout L>
struct MappedRecord {
  std::array<std::byte, L::size> bytes{};
  std::uint64_t at = 0;

  template <auto F>
  [[nodiscard]] auto get() const {
    return Record<L>(bytes, at).template get<F>();
  }
  [[nodiscard]] std::uint64_t offset() const { return at; }
};

class AddressSpace {
 public:
  /// `file` must outlive this.
  AddressSpace(Bytes file, const Headers& headers, const std::vector<Section>& sections);

  /// What one mapped region holds from an RVA on: bytes of the file, then zeros.
  struct Region {
    Bytes bytes;
    std::uint64_t zeros = 0;
  };
  /// Nothing when no region holds the RVA.
  [[nodiscard]] std::optional<Region> at(std::uint64_t rva) const;
  /// A number, also across regions; nothing when some byte of it is not mapped.
  template <std::unsigned_integral T>
  [[nodiscard]] std::optional<T> get(std::uint64_t rva) const {
    const auto region = at(rva);
    if (region && region->bytes.size() >= sizeof(T)) {
      return region->bytes.template at<T>(0);
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      const auto byte = byte_at(rva + i);
      if (!byte) {
        return std::nullopt;
      }
      value |= std::uint64_t{*byte} << (8 * i);
    }
    return static_cast<T>(value);
  }
  /// A record, also where it runs on into zeros; nothing when some byte of it is not mapped.
  template <Layout L>
  [[nodiscard]] std::optional<MappedRecord<L>> record(std::uint64_t rva) const {
    MappedRecord<L> found;
    for (std::size_t i = 0; i < L::size; ++i) {
      const auto byte = byte_at(rva + i);
      if (!byte) {
        return std::nullopt;
      }
      found.bytes[i] = std::byte{*byte};
    }
    found.at = offset_of(rva).value_or(0);
    return found;
  }
  /// Where an RVA lies in the file; nothing when it is not mapped or filled with zeros.
  [[nodiscard]] std::optional<std::uint64_t> offset_of(std::uint64_t rva) const;

  enum class TextEnd : std::uint8_t { terminated, ran_out, too_long };
  struct Text {
    EvidenceText text;
    TextEnd end = TextEnd::terminated;
  };
  /// The characters up to a NUL, at most `bytes_max`; nothing when the RVA is not mapped.
  [[nodiscard]] std::optional<Text> text(std::uint64_t rva, std::uint64_t bytes_max) const;

 private:
  struct Mapping {
    std::uint64_t rva = 0;
    std::uint64_t size = 0;
    Bytes bytes;
  };
  [[nodiscard]] std::optional<std::uint8_t> byte_at(std::uint64_t rva) const;
  std::vector<Mapping> mappings_;
};

/// Spends the text that one image may hold (Limits::image_text_bytes_max).
class TextBudget {
 public:
  explicit TextBudget(const Limits& limits)
      : name_max_(limits.image_name_bytes_max), left_(limits.image_text_bytes_max) {}
  /// How long the next name may be.
  [[nodiscard]] std::uint64_t next_max() const { return name_max_ < left_ ? name_max_ : left_; }
  [[nodiscard]] bool spent() const { return left_ == 0; }
  void take(std::uint64_t bytes) { left_ -= bytes < left_ ? bytes : left_; }

 private:
  std::uint64_t name_max_;
  std::uint64_t left_;
};

}  // namespace npg::pe
