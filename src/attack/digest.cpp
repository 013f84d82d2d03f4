#include "attack/digest.hpp"

#include <openssl/evp.h>

#include <span>

#include "base/check.hpp"
#include "base/identifiers.hpp"

namespace npg::attack {

struct Hasher::State {
  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm{
      EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free};
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                  &EVP_MD_CTX_free};
  bool started = false;

  void start() {
    // A second start with no algorithm named keeps the fetched one and costs no look-up.
    NPG_CHECK(EVP_DigestInit_ex2(context.get(), algorithm.get(), nullptr) == 1);
    started = true;
  }
};

Hasher::Hasher() : state_(std::make_unique<State>()) {}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::add(std::string_view text) {
  if (!state_->started) {
    state_->start();
  }
  NPG_CHECK(EVP_DigestUpdate(state_->context.get(), text.data(), text.size()) == 1);
}

Digest Hasher::finish() {
  if (!state_->started) {
    state_->start();
  }
  std::array<unsigned char, 32> raw{};
  NPG_CHECK(EVP_DigestFinal_ex(state_->context.get(), raw.data(), nullptr) == 1);
  state_->started = false;
  Digest digest{};
  for (std::size_t i = 0; i < raw.size(); ++i) {
    digest[i] = std::byte{raw[i]};
  }
  return digest;
}

Digest Hasher::hash(std::string_view text) {
  add(text);
  return finish();
}

std::string hex_of(const Digest& digest) {
  return to_hex(digest);
}

}  // namespace npg::attack
