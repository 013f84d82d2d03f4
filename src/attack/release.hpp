// One imported release: its objects found by id, their exact bytes, and what is related to what.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "attack/store.hpp"

namespace npg::attack {

/// An object's text with its tokens. Shared by whoever shows it; never changed.
class Object {
 public:
  /// Errors: those of scan_json, for a damaged store.
  [[nodiscard]] static Result<std::shared_ptr<const Object>> parse(std::string text,
                                                                   const Limits& limits);
  [[nodiscard]] JsonValue value() const { return {text_, tape_}; }
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] const JsonTape& tape() const { return tape_; }
  [[nodiscard]] bool revoked() const { return value().truth("revoked"); }
  [[nodiscard]] bool deprecated() const { return value().truth("x_mitre_deprecated"); }

 private:
  std::string text_;
  JsonTape tape_;
};
using ObjectPointer = std::shared_ptr<const Object>;

/// An object as people name it.
struct Named {
  std::string id;         ///< STIX id
  std::string attack_id;  ///< empty when it has none
  std::string name;       ///< empty when the release lacks the object
  bool operator==(const Named&) const = default;
};

/// A relationship of an object: the row of the relationship, and the number of the id at its other
/// end.
struct Relation {
  std::uint32_t row = 0;
  std::string_view kind;
  bool outgoing = false;
  std::uint32_t other = nothing;
};

class Release {
 public:
  /// The store must be loaded and outlive this.
  [[nodiscard]] static Result<Release> load(const Store& store, std::size_t index,
                                            const Limits& limits);
  [[nodiscard]] const Store& store() const { return *store_; }
  [[nodiscard]] const ReleaseInfo& info() const { return store_->releases()[index_]; }
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }
  [[nodiscard]] const Blob& blob(std::uint32_t row) const {
    return store_->blobs()[rows_[row].blob];
  }
  [[nodiscard]] std::string_view id(std::uint32_t row) const { return store_->ids()[blob(row).id]; }
  /// The row of a STIX id by number; nothing when this release lacks it.
  [[nodiscard]] std::optional<std::uint32_t> row_of(std::uint32_t id_number) const;
  /// The row of a STIX id or an ATT&CK id (any case): the first of find_all.
  [[nodiscard]] Result<std::optional<std::uint32_t>> find(std::string_view id) const;
  /// Every object of that id. Techniques come first, since old mitigations bear their ids; then
  /// live before revoked before deprecated objects, then by STIX id.
  [[nodiscard]] Result<std::vector<std::uint32_t>> find_all(std::string_view id) const;
  [[nodiscard]] Result<ObjectPointer> object(std::uint32_t row) const;
  /// Every relationship with this object at one end, by kind, then id.
  [[nodiscard]] std::vector<Relation> relations_of(std::uint32_t id_number) const;
  /// The object of a STIX id by number, named as in this release.
  [[nodiscard]] Named named(std::uint32_t id_number) const;
  /// What each object of a revoked-by relationship is revoked by, id number by id number: a live
  /// relationship before a dropped one, then the first by id.
  using Successors = std::map<std::uint32_t, std::uint32_t>;
  [[nodiscard]] Successors successors() const;
  /// The chain of objects that a revoked one leads to, up to one that is not revoked or names no
  /// other; empty for an object that is not revoked.
  [[nodiscard]] std::vector<Named> successors_of(std::uint32_t row) const {
    return blob(row).revoked ? successors_of(row, successors()) : std::vector<Named>();
  }
  /// The same, for many objects: `all` is what successors() gave.
  [[nodiscard]] std::vector<Named> successors_of(std::uint32_t row, const Successors& all) const;
  /// The object's exact bytes in the imported file.
  [[nodiscard]] Result<std::string> raw(std::uint32_t row) const;
  /// Where those bytes start in the file.
  [[nodiscard]] Result<std::uint64_t> offset_of(std::uint32_t row) const;
  /// What stood around the objects in the file; raw_of() makes one object's bytes with it.
  [[nodiscard]] Result<BundleFrame> frame() const { return store_->frame(index_); }
  [[nodiscard]] Result<std::string> raw_of(const BundleFrame& frame, std::uint32_t row) const;
  [[nodiscard]] std::size_t index() const { return index_; }

 private:
  const Store* store_ = nullptr;
  std::size_t index_ = 0;
  Limits limits_;
  std::vector<Row> rows_;
  std::vector<std::uint32_t> row_of_id_;
};

/// Re-makes and re-hashes everything of a release.
struct Verdict {
  bool bundle = false;  ///< the file made again has the bundle's SHA-256
  bool hashes = false;  ///< the four hashes of every object are those of the import
  bool file = false;    ///< the segment's file is as it was written
  std::uint64_t objects = 0;
  std::vector<std::string> damaged;  ///< ids whose bytes cannot be made again as they were
  std::optional<Error> first;        ///< why, for the first of them
  [[nodiscard]] bool sound() const { return bundle && hashes && file && damaged.empty(); }
};
/// Goes on behind damage, so that all of it is named. Errors: those that leave no object to look
/// at, such as a damaged frame.
[[nodiscard]] Result<Verdict> verify(const Release& release, const Limits& limits);

}  // namespace npg::attack
