#include "format/evtx/template_cache.hpp"

#include <algorithm>
#include <cstring>

#include "format/evtx/layout.hpp"

namespace npg::evtx {
namespace {

/// Limit: a chunk of the corpus uses up to 40 templates of 50 to 300 nodes. What is over is decoded
/// record by record.
constexpr std::uint64_t nodes_of_chunk_max = 65'536;
/// Limit: kept from chunk to chunk, about 10 MB; then all are dropped.
constexpr std::uint64_t nodes_kept_max = 131'072;
constexpr std::uint64_t entries_kept_max = 1024;
/// Limit: definitions of one identifier and size that differ in where their names stand.
constexpr std::size_t variants_max = 16;

/// Mixes the definition's identifier and its size: where to look, never what to believe.
std::uint64_t key_of(Bytes definition) {
  constexpr std::uint64_t identifier = 4;
  constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;
  std::uint64_t key = definition.size();
  for (const std::uint64_t at : {identifier, identifier + 8}) {
    key = (key ^ definition.at<std::uint64_t>(at)) * odd;
    key ^= key >> 29;
  }
  return key;
}

bool same_bytes(Bytes left, std::span<const std::byte> right) {
  return left.size() == right.size() &&
         (right.empty() || std::memcmp(left.data().data(), right.data(), right.size()) == 0);
}

}  // namespace

void TemplateCache::start_chunk(Bytes chunk, BinXmlDecoder& decoder) {
  chunk_ = chunk;
  decoder_ = &decoder;
  chunk_nodes_ = 0;
  ++chunk_number_;
  places_used_ = 0;
  if (nodes_ > nodes_kept_max || entries_.size() > entries_kept_max) {
    by_key_.clear();
    entries_.clear();
    nodes_ = 0;
    ++generation_;
  }
}

void TemplateCache::remember(const TemplateInstance& instance, const Template& used) {
  if (++places_used_ * 2 > places_.size()) {
    std::vector<Slot> old(places_.size() * 2);
    old.swap(places_);
    for (const Slot& slot : old) {
      if (slot.chunk == chunk_number_) {
        places_[place_of(slot.definition)] = slot;
      }
    }
  }
  places_[place_of(instance.definition)] = {.definition = instance.definition,
                                            .body_size = instance.body_size,
                                            .chunk = chunk_number_,
                                            .used = &used};
}

const Template& TemplateCache::at(const TemplateInstance& instance) {
  if (const Place place = known(instance.definition); place.used != nullptr) {
    return *place.used;
  }
  const Template& used = find_or_decode(instance);
  remember(instance, used);
  return used;
}

const Template& TemplateCache::find_or_decode(const TemplateInstance& instance) {
  const Bytes definition =
      chunk_.clamp(instance.definition, layout::TemplateDefinition::size + instance.body_size);
  const std::uint64_t key = key_of(definition);
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    for (const Entry* entry : found->second) {
      if (is_same(*entry, definition)) {
        ++recognised_;
        chunk_nodes_ += entry->made.tree.size();
        const bool affordable =
            decoder_->charge(entry->tokens) && chunk_nodes_ <= nodes_of_chunk_max;
        return affordable ? entry->made : undecodable_;
      }
    }
  }
  return decode(instance, key);
}

const Template& TemplateCache::decode(const TemplateInstance& instance, std::uint64_t key) {
  ++decoded_;
  XmlTree tree;
  TemplateReferences references;
  if (!decoder_->decode_template(instance, tree, &references)) {
    return undecodable_;
  }
  chunk_nodes_ += tree.size();
  if (chunk_nodes_ > nodes_of_chunk_max) {
    return undecodable_;
  }
  nodes_ += tree.size();
  Entry& entry = entries_.emplace_back();
  entry.tokens = decoder_->tokens();
  entry.made.number = static_cast<std::uint32_t>(entries_.size() - 1);
  entry.made.decodable = true;
  entry.made.tree = std::move(tree);
  entry.made.tree.keep_bytes(entry.storage);
  entry.made.event = plan_event(entry.made.tree);
  std::vector<const Entry*>& variants = by_key_[key];
  if (references.names_only && variants.size() < variants_max) {
    const auto bytes =
        chunk_.clamp(instance.definition, layout::TemplateDefinition::size + instance.body_size)
            .data();
    entry.definition.assign(bytes.begin(), bytes.end());
    for (const NameReference& name : references.names) {
      const auto units = name.units.data();
      entry.names.push_back({.at = name.at,
                             .stands_here = name.stands_here,
                             .units = std::vector<std::byte>(units.begin(), units.end())});
    }
    variants.push_back(&entry);
  }
  return entry.made;
}

bool TemplateCache::is_same(const Entry& entry, Bytes definition) const {
  using L = layout::TemplateDefinition;
  if (entry.definition.size() != definition.size()) {
    return false;
  }
  const Bytes kept{std::span<const std::byte>(entry.definition)};
  // The place of the next definition in its list stands first; identifier and size follow.
  std::uint64_t at = sizeof(std::uint32_t);
  for (const Name& name : entry.names) {
    const std::uint64_t reference = L::size + name.at;
    if (!same_bytes(definition.clamp(at, reference - at), kept.clamp(at, reference - at).data())) {
      return false;
    }
    const std::uint64_t offset = definition.at<std::uint32_t>(reference);
    at = reference + sizeof(std::uint32_t);
    const std::uint64_t here = definition.offset() - chunk_.offset() + at;
    if ((offset == here) != name.stands_here) {
      return false;
    }
    if (name.stands_here) {
      // Its hash, length and text are compared with what follows, not the link to the next name.
      at += sizeof(std::uint32_t);
      continue;
    }
    const auto header = chunk_.record<layout::Name>(offset);
    if (!header || std::size_t{header->get<layout::Name::length>()} * 2 != name.units.size() ||
        !same_bytes(chunk_.clamp(offset + layout::Name::size, name.units.size()), name.units)) {
      return false;
    }
    const auto nul = chunk_.get<std::uint16_t>(offset + layout::Name::size + name.units.size(),
                                               "evtx.name.terminator");
    if (!nul || *nul != 0) {
      return false;
    }
  }
  return same_bytes(definition.from(at), kept.from(at).data());
}

bool read_sole_instance(TemplateCache& templates, Bytes binxml, SoleInstance& instance,
                        ValueTable& values) {
  constexpr std::uint32_t fragment_header = 0x0001010f;
  constexpr std::uint8_t template_token = 0x0c;
  constexpr std::uint64_t head_size = 10;
  constexpr std::uint64_t smallest = 4 + head_size;
  if (binxml.size() < smallest) {
    return false;
  }
  // Fragments inside values have their header or not.
  const std::uint64_t head_at = binxml.at<std::uint32_t>(0) == fragment_header ? 4 : 0;
  if (binxml.at<std::uint8_t>(head_at) != template_token) {
    return false;
  }
  const Bytes chunk = templates.chunk();
  const std::uint64_t begin = binxml.offset() - chunk.offset();
  const std::uint64_t end = begin + binxml.size();
  instance.definition = binxml.at<std::uint32_t>(head_at + 6);
  std::uint64_t descriptors = begin + head_at + head_size;
  if (const auto place = templates.known(instance.definition); place.used != nullptr) {
    instance.used = place.used;
    // The definition stands in the record that used it first.
    if (instance.definition == descriptors) {
      descriptors += layout::TemplateDefinition::size + place.body_size;
    }
  } else {
    const auto head = read_template_instance(chunk, begin + head_at, end);
    if (!head) {
      return false;
    }
    descriptors = head->descriptors;
    instance.used = &templates.at(*head);
  }
  // Nothing but the end of the fragment may follow.
  return instance.used->decodable && values.read(chunk, descriptors, end) &&
         (values.end() == end || chunk.at<std::uint8_t>(values.end()) == 0);
}

}  // namespace npg::evtx
