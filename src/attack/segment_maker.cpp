#include "attack/segment_maker.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <unordered_map>

#include "attack/container.hpp"
#include "attack/packing.hpp"

namespace npg::attack {
namespace {

/// The first eight bytes of a digest: well spread already.
struct DigestHash {
  std::size_t operator()(const Digest& digest) const {
    std::size_t out = 0;
    std::memcpy(&out, digest.data(), sizeof(out));
    return out;
  }
};

/// Turns candidates into a segment: which texts are new, in which blocks, against which prefix.
class SegmentMaker {
 public:
  SegmentMaker(const Store& store, const Gathering& gathered)
      : store_(store), gathered_(gathered), objects_(gathered.objects) {}

  Result<SegmentParts> make(std::string_view text, ReleaseInfo& info) {
    number_ids();
    find_new();
    write_columns();
    NPG_TRY_VOID(write_blocks());
    write_rows();
    write_frame(text);
    info.new_blobs = fresh_.size();
    info.new_ids = new_ids_.size();
    return std::move(parts_);
  }

 private:
  /// Where an object stands among the others: ids by their types and first digits, which compare
  /// faster than texts. Equal ones are compared in full.
  struct Place {
    std::uint64_t source = 0;
    std::uint64_t target = 0;
    std::uint64_t id = 0;
    std::uint32_t object = 0;
  };
  static std::uint64_t place_of(std::string_view id) {
    const std::size_t split = std::min(id.find("--"), id.size());
    std::uint64_t type = 0;
    for (const char c : id.substr(0, split)) {
      type = type * 131 + static_cast<unsigned char>(c);
    }
    std::uint64_t digits = 0;
    for (const char c : id.substr(std::min(split + 2, id.size())).substr(0, 13)) {
      digits = c == '-'
                   ? digits
                   : (digits << 4) + static_cast<unsigned char>(c > '9' ? c - 'a' + 10 : c - '0');
    }
    return (type << 48) + digits;
  }

  std::uint32_t number_of(std::string_view id) {
    if (const auto known = store_.id_number(id)) {
      return *known;
    }
    const auto next = static_cast<std::uint32_t>(store_.ids().size() + new_ids_.size());
    const auto [found, is_new] = new_ids_.emplace(id, next);
    if (is_new) {
      parts_.ids += id;
      parts_.ids += '\n';
    }
    return found->second;
  }

  void number_ids() {
    order_.resize(objects_.size());
    // Relationships of one object side by side pack a third smaller than in the order of their ids.
    std::vector<Place> places(objects_.size());
    for (std::uint32_t i = 0; i < places.size(); ++i) {
      places[i] = {place_of(objects_[i].source), place_of(objects_[i].target),
                   place_of(objects_[i].id), i};
    }
    std::ranges::sort(places, [&](const Place& left, const Place& right) {
      const auto near = [](const Place& each) {
        return std::tie(each.source, each.target, each.id);
      };
      const auto exact = [&](const Place& each) {
        const Candidate& object = objects_[each.object];
        return std::tie(object.source, object.target, object.id);
      };
      return near(left) != near(right) ? near(left) < near(right) : exact(left) < exact(right);
    });
    std::ranges::transform(places, order_.begin(), &Place::object);
    new_ids_.reserve(objects_.size());
    numbers_.resize(objects_.size());
    for (const std::uint32_t i : order_) {
      numbers_[i].id = number_of(objects_[i].id);
    }
    for (const std::uint32_t i : order_) {
      if (!objects_[i].relation.empty()) {
        numbers_[i].source = number_of(objects_[i].source);
        numbers_[i].target = number_of(objects_[i].target);
      }
    }
  }

  std::string_view text_of(std::uint32_t object) const {
    return std::string_view(gathered_.stripped)
        .substr(objects_[object].stripped_at, objects_[object].stripped_size);
  }

  void find_new() {
    std::unordered_map<Digest, std::uint32_t, DigestHash> known;
    const auto blobs = static_cast<std::uint32_t>(store_.blobs().size());
    known.reserve(blobs + objects_.size());
    latest_.assign(store_.ids().size(), nothing);
    for (std::uint32_t blob = 0; blob < blobs; ++blob) {
      known.emplace(store_.blob_sha256(blob), blob);
      latest_[store_.blobs()[blob].id] = blob;
    }
    blob_of_.resize(objects_.size());
    for (const std::uint32_t i : order_) {
      const auto [found, is_new] =
          known.emplace(objects_[i].blob, blobs + static_cast<std::uint32_t>(fresh_.size()));
      blob_of_[i] = found->second;
      if (is_new) {
        fresh_.push_back(i);
      }
    }
  }

  std::uint32_t base_of(std::uint32_t object) const {
    const std::uint32_t id = numbers_[object].id;
    return id < latest_.size() ? latest_[id] : nothing;
  }

  void write_columns() {
    Packer columns;
    Packer names;
    std::vector<std::string_view> kinds;
    std::unordered_map<std::string_view, std::uint64_t> kind_numbers;
    for (const std::uint32_t i : fresh_) {
      const Candidate& object = objects_[i];
      const std::uint32_t base = base_of(i);
      const bool same_content = base != nothing && store_.content(base) == object.content;
      columns.number(numbers_[i].id);
      columns.number(object.stripped_size);
      columns.number(base == nothing ? 0 : base + 1);
      columns.number((same_content ? 1U : 0U) | (object.relation.empty() ? 0U : 2U) |
                     (object.revoked ? 4U : 0U) | (object.deprecated ? 8U : 0U) |
                     (object.plain ? 0U : 16U) | (object.is_arranged ? 0U : 32U));
      if (!object.relation.empty()) {
        const auto [kind, is_new] = kind_numbers.emplace(object.relation, kinds.size());
        columns.number(kind->second);
        if (is_new) {
          kinds.push_back(object.relation);
        }
        columns.number(numbers_[i].source);
        columns.number(numbers_[i].target);
      } else {
        const bool same_name = base != nothing && store_.blobs()[base].name == object.name;
        names.number(same_name ? 1 : 0);
        if (!same_name) {
          names.text(object.name);
        }
      }
      if (!object.plain) {
        parts_.minified += characters_of(std::span(object.minified).first<16>());
      }
      if (!object.is_arranged) {
        parts_.arranged += characters_of(std::span(object.arranged).first<16>());
      }
      parts_.words += object.modified;
      parts_.words += '\t';
      parts_.words += object.attack_id;
      parts_.words += '\n';
      parts_.blob_sha256 += characters_of(object.blob);
      parts_.canonical += characters_of(std::span(object.canonical).first<16>());
      if (!same_content) {
        parts_.content += characters_of(object.content);
      }
    }
    for (const std::string_view kind : kinds) {
      parts_.words += kind;
      parts_.words += '\n';
    }
    parts_.columns = columns.packed();
    parts_.names = names.packed();
  }

  // Limit: 512 KiB a block: small enough that one object is had in a millisecond.
  static constexpr std::size_t block_bytes = 512 << 10;
  // Limit: blocks that stand one upon the other; then one stands alone again. At 8, the last two of
  // sixteen releases took 8.5 MB instead of 2.6.
  static constexpr std::uint32_t depth_max = 16;

  Result<void> write_blocks() {
    std::vector<BlockInfo> blocks;
    std::string text;
    BlockInfo block;
    const auto flush = [&]() -> Result<void> {
      if (text.empty()) {
        return {};
      }
      NPG_TRY_VOID(write_block(text, block));
      blocks.push_back(std::exchange(block, {}));
      text.clear();
      return {};
    };
    for (const std::uint32_t i : fresh_) {
      const bool alone = objects_[i].is_collection;
      if (alone) {
        NPG_TRY_VOID(flush());
        block.lists_rows = true;
      } else if (const std::uint32_t base = base_of(i); base != nothing) {
        block.bases.push_back(base);
      }
      text += text_of(i);
      if (alone || text.size() >= block_bytes) {
        NPG_TRY_VOID(flush());
      }
    }
    NPG_TRY_VOID(flush());
    parts_.block_table = pack_blocks(blocks);
    return {};
  }

  Result<void> write_block(const std::string& text, BlockInfo& block) {
    std::string prefix;
    for (const std::uint32_t base : block.bases) {
      const Blob& blob = store_.blobs()[base];
      const std::size_t segment = store_.segment_of(base);
      block.depth = std::max(block.depth, store_.blocks(segment)[blob.block].depth + 1);
    }
    if (block.depth > depth_max) {
      block.depth = 0;
      block.bases.clear();
    }
    if (block.lists_rows) {
      std::vector<std::pair<std::string_view, std::string_view>> listed;
      for (const Candidate& each : objects_) {
        if (!each.is_collection) {
          listed.emplace_back(each.id, each.modified);
        }
      }
      prefix = contents_prefix(std::move(listed));
    }
    for (const std::uint32_t base : block.bases) {
      NPG_TRY(const std::string earlier, store_.stripped(base));
      prefix += earlier;
    }
    const std::string_view packed =
        (prefix.empty() ? whole_ : against_earlier_).compress(text, prefix);
    block.size = text.size();
    block.packed = packed.size();
    parts_.blocks += packed;
    return {};
  }

  void write_rows() {
    Packer rows;
    std::uint64_t expected = 0;
    for (const std::uint32_t blob : blob_of_) {
      rows.difference(blob, expected);
      expected = std::uint64_t{blob} + 1;
    }
    for (const Candidate& each : objects_) {
      const bool irregular = each.layout >= irregular_layout;
      rows.number(irregular ? gathered_.layouts.size() + (each.layout - irregular_layout)
                            : each.layout);
    }
    for (const Candidate& each : objects_) {
      rows.number(each.raw_size);
    }
    parts_.rows = rows.packed();
  }

  void write_frame(std::string_view text) {
    Packer out;
    out.number(gathered_.layouts.size());
    for (const Layout& each : gathered_.layouts) {
      out.number(each.base);
      out.number(each.indent);
      out.number(each.colon);
      out.number(each.lines ? 1 : 0);
    }
    out.number(gathered_.exact.size());
    for (const std::string& each : gathered_.exact) {
      out.text(each);
    }
    std::string_view previous;
    std::uint64_t count = 0;
    const auto add = [&](std::string_view gap) {
      if (count > 0 && gap != previous) {
        out.text(previous);
        out.number(std::exchange(count, 0));
      }
      previous = gap;
      ++count;
    };
    std::uint64_t at = 0;
    for (const Candidate& each : objects_) {
      add(text.substr(at, each.offset - at));
      at = each.offset + each.raw_size;
    }
    add(text.substr(at));
    out.text(previous);
    out.number(count);
    parts_.gaps = out.packed();
  }

  const Store& store_;
  const Gathering& gathered_;
  const std::vector<Candidate>& objects_;
  SegmentParts parts_;
  // Level 3 takes half as long again as level 1. It packs whole texts one twelfth smaller, and a
  // quarter smaller against earlier ones, of which there are fewer.
  Compressor whole_{1};
  Compressor against_earlier_{3};
  struct Numbers {
    std::uint32_t id = nothing;
    std::uint32_t source = nothing;
    std::uint32_t target = nothing;
  };
  std::unordered_map<std::string_view, std::uint32_t> new_ids_;
  std::vector<Numbers> numbers_;        ///< per object
  std::vector<std::uint32_t> order_;    ///< objects by source, target, id
  std::vector<std::uint32_t> fresh_;    ///< objects whose text is new, in that order
  std::vector<std::uint32_t> blob_of_;  ///< per object
  std::vector<std::uint32_t> latest_;   ///< per id known before, its newest blob
};

}  // namespace

Result<SegmentParts> make_segment(const Store& store, const Gathering& gathered,
                                  std::string_view text, ReleaseInfo& info) {
  return SegmentMaker(store, gathered).make(text, info);
}

}  // namespace npg::attack
