// Templates decoded once and used again in every chunk that brings the same definition. A chunk's
// definition is the same when its bytes are: each is compared whole, names by what they say, since
// only their places differ from chunk to chunk (docs/formats/evtx.md, "Reading without a tree").
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "format/evtx/binxml.hpp"
#include "format/evtx/event_plan.hpp"
#include "format/evtx/value_table.hpp"

namespace npg::evtx {

/// A template decoded without values. Nothing in it points into a chunk.
struct Template {
  std::uint32_t number = 0;  ///< from 0 in the order of first use; plans of others stand by it
  bool decodable = false;    ///< false: nothing else here is worth anything
  XmlTree tree;
  EventPlan event;
};

class TemplateCache {
 public:
  TemplateCache() : places_(first_places) {}
  TemplateCache(const TemplateCache&) = delete;
  TemplateCache& operator=(const TemplateCache&) = delete;

  /// Goes on with another chunk. The decoder must be at the same one; templates count on its
  /// budget, as if each had been decoded in each chunk.
  void start_chunk(Bytes chunk, BinXmlDecoder& decoder);
  [[nodiscard]] Bytes chunk() const { return chunk_; }

  struct Place {
    std::uint64_t body_size = 0;
    const Template* used = nullptr;  ///< null when the chunk has not used it yet
  };
  /// What is known of the definition at this place of the chunk.
  [[nodiscard]] Place known(std::uint64_t definition) const {
    const Slot& slot = places_[place_of(definition)];
    return slot.chunk == chunk_number_ ? Place{slot.body_size, slot.used} : Place{};
  }
  /// The template of an instance in this chunk. Lives until the next start_chunk at least.
  const Template& at(const TemplateInstance& instance);

  /// Changes when start_chunk has dropped all templates: plans by number are void then.
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  /// How many definitions were decoded, and how many were found to be known ones.
  [[nodiscard]] std::uint64_t decoded() const { return decoded_; }
  [[nodiscard]] std::uint64_t recognised() const { return recognised_; }

 private:
  static constexpr std::size_t first_places = 256;  // a power of two
  struct Name {
    std::uint32_t at = 0;
    bool stands_here = false;
    std::vector<std::byte> units;
  };
  struct Entry {
    Template made;
    std::vector<std::byte> storage;     ///< what the tree's nodes are views into
    std::vector<std::byte> definition;  ///< the whole definition as it stood
    std::vector<Name> names;
    std::uint64_t tokens = 0;
  };
  struct Slot {
    std::uint64_t definition = 0;
    std::uint64_t body_size = 0;
    std::uint64_t chunk = 0;  ///< number of the chunk that filled the slot
    const Template* used = nullptr;
  };
  [[nodiscard]] std::size_t place_of(std::uint64_t definition) const {
    const std::size_t mask = places_.size() - 1;
    std::size_t place = static_cast<std::size_t>(definition ^ (definition >> 8)) & mask;
    while (places_[place].chunk == chunk_number_ && places_[place].definition != definition) {
      place = (place + 1) & mask;
    }
    return place;
  }
  void remember(const TemplateInstance& instance, const Template& used);
  [[nodiscard]] const Template& find_or_decode(const TemplateInstance& instance);
  [[nodiscard]] const Template& decode(const TemplateInstance& instance, std::uint64_t key);
  [[nodiscard]] bool is_same(const Entry& entry, Bytes definition) const;

  Bytes chunk_;
  BinXmlDecoder* decoder_ = nullptr;
  std::deque<Entry> entries_;
  std::unordered_map<std::uint64_t, std::vector<const Entry*>> by_key_;
  std::vector<Slot> places_;  ///< open addressing, of this chunk and older ones
  std::size_t places_used_ = 0;
  std::uint64_t chunk_number_ = 0;
  std::uint64_t chunk_nodes_ = 0;  ///< of the templates that this chunk uses
  std::uint64_t nodes_ = 0;        ///< of all that are kept
  std::uint64_t generation_ = 0;
  std::uint64_t decoded_ = 0;
  std::uint64_t recognised_ = 0;
  Template undecodable_;
};

/// A fragment that is one template instance.
struct SoleInstance {
  const Template* used = nullptr;
  std::uint64_t definition = 0;  ///< chunk-relative
};
/// Reads such a fragment and its values: `binxml` is a view into the chunk that the templates are
/// at. False in doubt.
[[nodiscard]] bool read_sole_instance(TemplateCache& templates, Bytes binxml,
                                      SoleInstance& instance, ValueTable& values);

}  // namespace npg::evtx
