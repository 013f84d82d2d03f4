#include "source/trust/catalog_index.hpp"

#include <algorithm>
#include <tuple>

#include "format/catalog/catalog.hpp"

namespace npg::trust {
namespace {

template <typename Rows>
void add_row(Rows& rows, const catalog::Member& member, std::uint32_t number) {
  auto& row = rows.emplace_back();
  std::ranges::copy(member.digest.view(), row.digest.begin());
  row.entry = {.catalog = number, .offset = member.offset, .length = member.length};
}

template <typename Rows>
void sort_rows(Rows& rows) {
  std::ranges::sort(rows, {}, [](const auto& row) {
    return std::tie(row.digest, row.entry.catalog, row.entry.offset);
  });
}

template <typename Rows>
std::vector<CatalogEntry> find_rows(const Rows& rows, std::span<const std::byte> digest) {
  typename Rows::value_type wanted{};
  std::ranges::copy(digest, wanted.digest.begin());
  std::vector<CatalogEntry> found;
  const auto same =
      std::ranges::equal_range(rows, wanted.digest, {}, [](const auto& row) { return row.digest; });
  for (const auto& row : same) {
    found.push_back(row.entry);
  }
  return found;
}

}  // namespace

Result<std::uint64_t> CatalogIndex::add(Bytes catalog, std::uint32_t number,
                                        const SignatureLimits& limits, Diagnostics& diagnostics) {
  NPG_TRY(const auto read,
          catalog::read_catalog(catalog, limits, diagnostics, [&](const catalog::Member& member) {
            if (member.disagrees) {
              diagnostics.add(DiagnosticCode::file_unreadable, Severity::notice, member.offset,
                              member.length,
                              "this member of the catalog states two different hashes and is not "
                              "used");
            } else if (member.digest.size == 20) {
              add_row(sha1_, member, number);
            } else if (member.digest.size == 32) {
              add_row(sha256_, member, number);
            }
          }));
  return read.members;
}

void CatalogIndex::merge(CatalogIndex&& other) {
  sha1_.insert(sha1_.end(), other.sha1_.begin(), other.sha1_.end());
  sha256_.insert(sha256_.end(), other.sha256_.begin(), other.sha256_.end());
  other = {};
}

void CatalogIndex::sort() {
  sort_rows(sha1_);
  sort_rows(sha256_);
}

std::vector<CatalogEntry> CatalogIndex::find(std::span<const std::byte> digest) const {
  return digest.size() == 20   ? find_rows(sha1_, digest)
         : digest.size() == 32 ? find_rows(sha256_, digest)
                               : std::vector<CatalogEntry>();
}

}  // namespace npg::trust
