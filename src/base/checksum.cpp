#include "base/checksum.hpp"

#include <libdeflate.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <cstring>

#include "base/identifiers.hpp"

namespace npg {

std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t crc) {
  return libdeflate_crc32(crc, bytes.data(), bytes.size());
}

namespace {

/// Looked up once: a case hashes each of its facts, and the search costs more than the hash.
const EVP_MD* sha256_algorithm() {
  static const auto found = [] {
    // The machine's OpenSSL configuration is no business of a reader of evidence.
    NPG_CHECK(OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) == 1);
    return std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)>(EVP_MD_fetch(nullptr, "SHA256", nullptr),
                                                           &EVP_MD_free);
  }();
  NPG_CHECK(found != nullptr);
  return found.get();
}

}  // namespace

struct Sha256::State {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                  &EVP_MD_CTX_free};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  NPG_CHECK(EVP_DigestInit_ex(state_->context.get(), sha256_algorithm(), nullptr) == 1);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::add(std::span<const std::byte> bytes) {
  NPG_CHECK(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
}

Sha256Digest Sha256::digest() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> written{};
  unsigned size = 0;
  NPG_CHECK(EVP_DigestFinal_ex(state_->context.get(), written.data(), &size) == 1);
  Sha256Digest digest{};
  NPG_CHECK(size == digest.size());
  std::memcpy(digest.data(), written.data(), digest.size());
  return digest;
}

std::string Sha256::finish() {
  return to_hex(digest());
}

Sha256Digest sha256(std::span<const std::byte> bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.digest();
}

std::string sha256_hex(std::span<const std::byte> bytes) {
  return to_hex(sha256(bytes));
}

}  // namespace npg
