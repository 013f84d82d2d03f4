// Ed25519 (OpenSSL): signing with a key file that the user names, and checking against one.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace npg {

struct Ed25519Signature {
  std::string key_id;  ///< SHA-256 of the public key's 32 bytes, hexadecimal
  std::string bytes;   ///< 64
};

/// Signs with a private key in PEM form (PKCS #8, without a passphrase). Error: a sentence.
[[nodiscard]] std::expected<Ed25519Signature, std::string> sign_ed25519(std::string_view text,
                                                                        std::string_view pem);

/// The key id when the signature is that of this text by the key in PEM form (public, or private).
/// Error: a sentence.
[[nodiscard]] std::expected<std::string, std::string> verify_ed25519(std::string_view text,
                                                                     std::string_view signature,
                                                                     std::string_view pem);

[[nodiscard]] std::string to_base64(std::string_view bytes);
/// Nothing when it is not the whole of a padded base64 text.
[[nodiscard]] std::expected<std::string, std::string> from_base64(std::string_view text);

}  // namespace npg
