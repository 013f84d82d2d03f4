#include "attack/release.hpp"

#include <algorithm>
#include <set>

#include "attack/bundle.hpp"
#include "attack/container.hpp"
#include "attack/json_scan.hpp"

namespace npg::attack {
namespace {

bool same_letters(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char a, char b) {
    const auto up = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
    return up(a) == up(b);
  });
}

}  // namespace

Result<ObjectPointer> Object::parse(std::string text, const Limits& limits) {
  auto object = std::make_shared<Object>();
  object->text_ = std::move(text);
  NPG_TRY(const std::size_t end, scan_json(object->text_, 0, 0, limits, object->tape_));
  if (end != object->text_.size()) {
    return fail(ErrorCode::bad_value, end, "attack.store.object");
  }
  return object;
}

Result<Release> Release::load(const Store& store, std::size_t index, const Limits& limits) {
  Release release;
  release.store_ = &store;
  release.index_ = index;
  release.limits_ = limits;
  NPG_TRY(release.rows_, store.rows(index));
  release.row_of_id_.assign(store.ids().size(), nothing);
  for (std::uint32_t row = 0; row < release.rows_.size(); ++row) {
    release.row_of_id_[release.blob(row).id] = row;
  }
  return release;
}

std::optional<std::uint32_t> Release::row_of(std::uint32_t id_number) const {
  if (id_number >= row_of_id_.size() || row_of_id_[id_number] == nothing) {
    return std::nullopt;
  }
  return row_of_id_[id_number];
}

Result<std::optional<std::uint32_t>> Release::find(std::string_view id) const {
  NPG_TRY(const std::vector<std::uint32_t> found, find_all(id));
  return found.empty() ? std::optional<std::uint32_t>() : std::optional(found.front());
}

Result<std::vector<std::uint32_t>> Release::find_all(std::string_view id) const {
  struct Found {
    bool other_type = false;
    int state = 0;  ///< 0 live, 1 revoked, 2 deprecated
    std::string_view stix_id;
    std::uint32_t row = 0;
    auto operator<=>(const Found&) const = default;
  };
  std::vector<Found> found;
  const bool by_stix_id = is_stix_id(id);
  for (std::uint32_t row = 0; row < rows_.size(); ++row) {
    const std::string_view stix_id = this->id(row);
    const std::string_view attack_id = blob(row).attack_id;
    if (by_stix_id ? stix_id != id : attack_id.empty() || !same_letters(attack_id, id)) {
      continue;
    }
    const int state = blob(row).revoked ? 1 : blob(row).deprecated ? 2 : 0;
    found.push_back({!stix_id.starts_with("attack-pattern--"), state, stix_id, row});
  }
  std::ranges::sort(found);
  std::vector<std::uint32_t> out;
  for (const Found& each : found) {
    out.push_back(each.row);
  }
  return out;
}

Result<ObjectPointer> Release::object(std::uint32_t row) const {
  NPG_TRY(std::string text, store_->stripped(rows_[row].blob));
  return Object::parse(std::move(text), limits_);
}

std::vector<Relation> Release::relations_of(std::uint32_t id_number) const {
  std::vector<Relation> out;
  for (std::uint32_t row = 0; row < rows_.size(); ++row) {
    const Blob& each = blob(row);
    if (each.relation == nothing || (each.source != id_number && each.target != id_number)) {
      continue;
    }
    const bool outgoing = each.source == id_number;
    out.push_back({row, store_->relation_of(each), outgoing, outgoing ? each.target : each.source});
  }
  std::ranges::sort(out, [&](const Relation& a, const Relation& b) {
    return std::pair(a.kind, id(a.row)) < std::pair(b.kind, id(b.row));
  });
  return out;
}

Named Release::named(std::uint32_t id_number) const {
  Named out{.id = std::string(store_->ids()[id_number]), .attack_id = {}, .name = {}};
  if (const auto row = row_of(id_number)) {
    out.attack_id = blob(*row).attack_id;
    out.name = blob(*row).name;
  }
  return out;
}

Release::Successors Release::successors() const {
  using Rank = std::pair<bool, std::string_view>;
  std::map<std::uint32_t, std::pair<Rank, std::uint32_t>> best;
  for (std::uint32_t row = 0; row < rows_.size(); ++row) {
    const Blob& each = blob(row);
    if (each.relation == nothing || store_->relation_of(each) != "revoked-by" ||
        !row_of(each.source) || !row_of(each.target)) {
      continue;
    }
    const Rank rank{each.revoked || each.deprecated, id(row)};
    const auto [found, is_new] = best.emplace(each.source, std::pair(rank, each.target));
    if (!is_new && rank < found->second.first) {
      found->second = {rank, each.target};
    }
  }
  Successors out;
  for (const auto& [source, target] : best) {
    out.emplace(source, target.second);
  }
  return out;
}

std::vector<Named> Release::successors_of(std::uint32_t row, const Successors& all) const {
  std::vector<Named> out;
  if (!blob(row).revoked) {
    return out;
  }
  std::set<std::uint32_t> seen = {blob(row).id};
  for (auto next = all.find(blob(row).id); next != all.end(); next = all.find(next->second)) {
    if (!seen.insert(next->second).second) {
      break;  // A circle: each names the other.
    }
    out.push_back(named(next->second));
    if (!blob(*row_of(next->second)).revoked) {
      break;
    }
  }
  return out;
}

Result<std::string> Release::raw_of(const BundleFrame& frame, std::uint32_t row) const {
  const std::uint32_t layout = rows_[row].layout;
  if (layout < frame.layouts.size()) {
    NPG_TRY(const std::string text, store_->stripped(rows_[row].blob));
    return lay_out(text, frame.layouts[layout]);
  }
  if (layout - frame.layouts.size() >= frame.exact.size()) {
    return fail(ErrorCode::bad_value, 0, "attack.store.layout");
  }
  return frame.exact[layout - frame.layouts.size()];
}

Result<std::string> Release::raw(std::uint32_t row) const {
  NPG_TRY(const BundleFrame frame, store_->frame(index_));
  return raw_of(frame, row);
}

Result<std::uint64_t> Release::offset_of(std::uint32_t row) const {
  NPG_TRY(const BundleFrame frame, store_->frame(index_));
  std::uint64_t offset = frame.gaps[0].size();
  for (std::uint32_t before = 0; before < row; ++before) {
    offset += rows_[before].raw_size + frame.gaps[before + 1].size();
  }
  return offset;
}

Result<Verdict> verify(const Release& release, const Limits& limits) {
  Verdict verdict;
  const Store& store = release.store();
  Hasher bundle;
  Hasher all;
  Hasher one;
  JsonTape tape;
  NPG_TRY(const BundleFrame frame, release.frame());
  for (std::uint32_t row = 0; row < release.rows().size(); ++row) {
    ++verdict.objects;
    const auto text = release.raw_of(frame, row);
    const auto end = text ? scan_json(*text, 0, 0, limits, tape)
                          : Result<std::size_t>(std::unexpected(text.error()));
    if (!end || *end != text->size() || text->size() != release.rows()[row].raw_size) {
      verdict.damaged.emplace_back(release.id(row));
      verdict.first = verdict.first ? verdict.first
                      : end         ? Error{ErrorCode::bad_value, 0, "attack.store.layout"}
                                    : end.error();
      continue;
    }
    bundle.add(frame.gaps[row]);
    bundle.add(*text);
    const ObjectHashes hashes = hashes_of(*text, tape, one);
    for (const Digest& each : {hashes.raw, hashes.minified, hashes.canonical, hashes.content}) {
      all.add(characters_of(each));
    }
  }
  bundle.add(frame.gaps.back());
  const auto& file = store.file(release.index());
  verdict.file = hex_of(one.hash(file.text())) == release.info().file_sha256;
  verdict.bundle = hex_of(bundle.finish()) == release.info().bundle_sha256;
  verdict.hashes = hex_of(all.finish()) == release.info().hashes_sha256;
  return verdict;
}

}  // namespace npg::attack
