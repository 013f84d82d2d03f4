// One EVTX chunk in the making: its records, its string and template tables, its checksums.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "testing/byte_writer.hpp"
#include "testing/evtx_writer.hpp"

namespace npg::testing {

inline constexpr std::size_t evtx_chunk_bytes = 65'536;

class EvtxChunk {
 public:
  explicit EvtxChunk(std::uint64_t first_record_number);

  /// False, and nothing changed, when the record does not fit any more.
  bool add(const EventRecipe& event, std::uint64_t record_id);
  [[nodiscard]] std::uint32_t records() const { return records_; }
  /// The chunk as 64 KiB with its checksums.
  [[nodiscard]] std::vector<std::byte> finish() const;

 private:
  struct Attribute {
    std::string_view name;
    std::string_view text = {};  ///< the literal value; empty when it is substituted
    std::uint16_t substitution = 0;
    EventType type = EventType::string;
  };
  struct Substitution {
    EventType type = EventType::null;
    std::vector<std::byte> value;
  };
  static Substitution from_text(EventType type, std::string_view text);
  static Substitution from_number(EventType type, std::uint64_t number);
  static std::vector<Substitution> system_values(const EventRecipe& event, std::uint64_t record_id);

  void add_record(const EventRecipe& event, std::uint64_t record_id);
  /// The fragment with the template instance up to its values; the template is defined here when
  /// the chunk does not have it yet.
  void begin_instance(const std::string& key, const EventRecipe& event,
                      void (EvtxChunk::*define)(const EventRecipe&));
  void define_event(const EventRecipe& event);
  void define_system(const EventRecipe& event);
  void define_data(const EventRecipe& event);
  /// Count and descriptors; gives where the last descriptor's size stands.
  std::size_t add_descriptors(std::span<const Substitution> values);

  void add_name(std::string_view name);
  /// Starts an element; gives where its size stands, for the two that end it.
  std::size_t begin_element(std::string_view name, std::span<const Attribute> attributes,
                            std::uint16_t dependency, bool has_content);
  void end_element(std::size_t size_at);
  void set_size(std::size_t size_at);
  void add_text(std::string_view text);
  void add_substitution(std::uint16_t index, EventType type, bool is_optional);
  void add_simple(std::string_view name, std::uint16_t index, EventType type);

  ByteWriter bytes_;
  std::map<std::string, std::uint32_t> names_;
  std::map<std::string, std::uint32_t> templates_;
  std::array<std::uint32_t, 64> name_buckets_{};
  std::array<std::uint32_t, 32> template_buckets_{};
  std::uint64_t first_number_;
  std::uint64_t first_id_ = 0;
  std::uint64_t last_id_ = 0;
  std::uint32_t records_ = 0;
  std::uint32_t last_record_at_ = 0;
};

}  // namespace npg::testing
