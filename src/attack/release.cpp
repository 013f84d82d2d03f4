#include "attack/release.hpp"

#include <algorithm>

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
    NPG_TRY(const ObjectPointer candidate, object(row));
    const int state = candidate->revoked() ? 1 : candidate->deprecated() ? 2 : 0;
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

std::optional<std::uint32_t> Release::successor_of(std::uint32_t id_number) const {
  for (const Relation& each : relations_of(id_number)) {
    if (each.kind == "revoked-by" && each.outgoing) {
      if (const auto row = row_of(each.other)) {
        return row;
      }
    }
  }
  return std::nullopt;
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

Result<void> Release::each_part(
    const std::function<Result<void>(std::string_view, const std::string*, std::uint32_t)>& take)
    const {
  NPG_TRY(const BundleFrame frame, store_->frame(index_));
  for (std::uint32_t row = 0; row < rows_.size(); ++row) {
    NPG_TRY(const std::string text, raw_of(frame, row));
    NPG_TRY_VOID(take(frame.gaps[row], &text, row));
  }
  return take(frame.gaps.back(), nullptr, 0);
}

Result<Verdict> verify(const Release& release, const Limits& limits) {
  Verdict verdict;
  Hasher bundle;
  Hasher all;
  Hasher one;
  JsonTape tape;
  NPG_TRY_VOID(release.each_part(
      [&](std::string_view gap, const std::string* text, std::uint32_t row) -> Result<void> {
        bundle.add(gap);
        if (text == nullptr) {
          return {};
        }
        bundle.add(*text);
        ++verdict.objects;
        NPG_TRY(const std::string stripped, release.store().stripped(release.rows()[row].blob));
        const auto end = scan_json(*text, 0, 0, limits, tape);
        const Row& kept = release.rows()[row];
        if (one.hash(stripped) != release.store().blob_sha256(kept.blob) || !end ||
            text->size() != kept.raw_size) {
          verdict.damaged.emplace_back(release.id(row));
          return {};
        }
        const ObjectHashes hashes = hashes_of(*text, tape, one);
        for (const Digest& each : {hashes.raw, hashes.minified, hashes.canonical, hashes.content}) {
          all.add(characters_of(each));
        }
        return {};
      }));
  const auto index = static_cast<std::size_t>(&release.info() - release.store().releases().data());
  verdict.file = hex_of(one.hash(release.store().file(index).text())) == release.info().file_sha256;
  verdict.bundle = hex_of(bundle.finish()) == release.info().bundle_sha256;
  verdict.hashes = hex_of(all.finish()) == release.info().hashes_sha256;
  return verdict;
}

}  // namespace npg::attack
