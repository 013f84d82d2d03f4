#include "base/signing.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <memory>
#include <vector>

#include "base/check.hpp"
#include "base/checksum.hpp"

namespace npg {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

constexpr std::size_t signature_bytes = 64;
constexpr std::size_t key_bytes = 32;
constexpr std::size_t pem_bytes_max = 64 << 10;  // Limit: a PEM key of this kind has a few hundred.

/// A key with a passphrase is not asked for: npguard never prompts.
int no_passphrase(char* /*into*/, int /*size*/, int /*is_writing*/, void* /*argument*/) {
  return -1;
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());  // NOLINT: OpenSSL's type for bytes
}

Key read_key(std::string_view pem, bool is_private) {
  // The machine's OpenSSL configuration is no business of this program.
  static const bool ready = OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) == 1;
  NPG_CHECK(ready);
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(
      BIO_new_mem_buf(pem.data(), static_cast<int>(std::min(pem.size(), pem_bytes_max))),
      &BIO_free);
  return {is_private ? PEM_read_bio_PrivateKey(in.get(), nullptr, &no_passphrase, nullptr)
                     : PEM_read_bio_PUBKEY(in.get(), nullptr, &no_passphrase, nullptr),
          &EVP_PKEY_free};
}

bool is_ed25519(const Key& key) {
  return key != nullptr && EVP_PKEY_get_id(key.get()) == EVP_PKEY_ED25519;
}

std::string key_id(const Key& key) {
  std::array<unsigned char, key_bytes> raw{};
  std::size_t size = raw.size();
  NPG_CHECK(EVP_PKEY_get_raw_public_key(key.get(), raw.data(), &size) == 1 && size == raw.size());
  return sha256_hex(std::as_bytes(std::span(raw)));
}

}  // namespace

std::expected<Ed25519Signature, std::string> sign_ed25519(std::string_view text,
                                                          std::string_view pem) {
  const Key key = read_key(pem, true);
  if (!is_ed25519(key)) {
    return std::unexpected("not an Ed25519 private key in PEM form without a passphrase");
  }
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::array<unsigned char, signature_bytes> signature{};
  std::size_t size = signature.size();
  NPG_CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  NPG_CHECK(EVP_DigestSign(context.get(), signature.data(), &size, bytes(text), text.size()) == 1);
  return Ed25519Signature{key_id(key), std::string(signature.begin(), signature.end())};
}

std::expected<std::string, std::string> verify_ed25519(std::string_view text,
                                                       std::string_view signature,
                                                       std::string_view pem) {
  Key key = read_key(pem, false);
  if (key == nullptr) {
    key = read_key(pem, true);
  }
  if (!is_ed25519(key)) {
    return std::unexpected("not an Ed25519 key in PEM form");
  }
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  NPG_CHECK(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  if (signature.size() != signature_bytes ||
      EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(text),
                       text.size()) != 1) {
    return std::unexpected("the signature is not of this content by this key");
  }
  return key_id(key);
}

std::string to_base64(std::string_view raw) {
  std::vector<unsigned char> out(4 * ((raw.size() + 2) / 3) + 1);
  const int size = EVP_EncodeBlock(out.data(), bytes(raw), static_cast<int>(raw.size()));
  return {out.begin(), out.begin() + size};
}

std::expected<std::string, std::string> from_base64(std::string_view text) {
  std::vector<unsigned char> out(text.size() / 4 * 3 + 3);
  const int size = EVP_DecodeBlock(out.data(), bytes(text), static_cast<int>(text.size()));
  const bool is_whole = size >= 0 && text.size() % 4 == 0;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') {
    ++padding;
  }
  std::string raw(out.begin(), out.begin() + (is_whole ? size - static_cast<int>(padding) : 0));
  // Several texts decode to the same bytes; only the one that encoding gives counts.
  if (!is_whole || to_base64(raw) != text) {
    return std::unexpected("not base64");
  }
  return raw;
}

}  // namespace npg
