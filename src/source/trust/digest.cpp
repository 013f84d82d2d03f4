#include "source/trust/digest.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "source/trust/openssl_ptr.hpp"

namespace npg::trust {
namespace {

struct Row {
  std::string_view name;
  std::string_view oid;
};
constexpr std::array<Row, 5> rows = {{{"md5", "1.2.840.113549.2.5"},
                                      {"sha1", "1.3.14.3.2.26"},
                                      {"sha256", "2.16.840.1.101.3.4.2.1"},
                                      {"sha384", "2.16.840.1.101.3.4.2.2"},
                                      {"sha512", "2.16.840.1.101.3.4.2.3"}}};

/// Looked up once: OpenSSL 3 looks for an algorithm by name each time that it is not told.
const EVP_MD* algorithm_of(DigestKind kind) {
  static const auto fetched = [] {
    // The machine's OpenSSL configuration is no business of a reader of evidence.
    NPG_CHECK(OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) == 1);
    std::array<const EVP_MD*, rows.size()> all{};
    std::ranges::transform(rows, all.begin(), [](const Row& row) -> const EVP_MD* {
      return EVP_MD_fetch(nullptr, row.name.data(), nullptr);
    });
    return all;
  }();
  return fetched.at(static_cast<std::size_t>(kind));
}

}  // namespace

std::string_view name_of(DigestKind kind) {
  return rows.at(static_cast<std::size_t>(kind)).name;
}

std::optional<DigestKind> digest_kind_of(std::string_view oid) {
  const auto* const found = std::ranges::find(rows, oid, &Row::oid);
  return found == rows.end() ? std::nullopt
                             : std::optional(static_cast<DigestKind>(found - rows.begin()));
}

std::vector<std::byte> digest_of(DigestKind kind, std::span<const Bytes> ranges,
                                 std::uint64_t zeros) {
  const DigestContextPtr context(EVP_MD_CTX_new());
  NPG_CHECK(EVP_DigestInit_ex2(context.get(), algorithm_of(kind), nullptr) == 1);
  for (const Bytes range : ranges) {
    NPG_CHECK(EVP_DigestUpdate(context.get(), range.data().data(), range.size()) == 1);
  }
  constexpr std::array<std::byte, 4096> nothing{};
  while (zeros != 0) {
    const std::uint64_t some = std::min<std::uint64_t>(zeros, nothing.size());
    NPG_CHECK(EVP_DigestUpdate(context.get(), nothing.data(), some) == 1);
    zeros -= some;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  NPG_CHECK(EVP_DigestFinal_ex(context.get(), digest.data(), &size) == 1);
  const auto bytes = bytes_at(digest.data(), size);
  return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> digest_of(DigestKind kind, std::span<const std::byte> bytes) {
  const Bytes range(bytes);
  return digest_of(kind, std::span(&range, 1));
}

}  // namespace npg::trust
