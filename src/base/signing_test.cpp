#include "base/signing.hpp"

#include <gtest/gtest.h>

namespace npg {
namespace {

// RFC 8032, 7.1, test 1, as PKCS #8 and SubjectPublicKeyInfo.
constexpr std::string_view private_key =
    "-----BEGIN PRIVATE "
    "KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";
constexpr std::string_view public_key =
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
    "-----END PUBLIC KEY-----\n";

TEST(Signing, TheStandardsExample) {
  const auto signature = sign_ed25519("", private_key);
  ASSERT_TRUE(signature.has_value()) << signature.error();
  EXPECT_EQ(
      to_base64(signature->bytes),
      "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18FlbviRlUUFDjnoQCw==");
  const auto checked = verify_ed25519("", signature->bytes, public_key);
  ASSERT_TRUE(checked.has_value());
  EXPECT_EQ(*checked, signature->key_id);
  EXPECT_TRUE(verify_ed25519("", signature->bytes, private_key).has_value());
}

TEST(Signing, AnyChangeIsRefused) {
  const auto signature = sign_ed25519("the text", private_key);
  ASSERT_TRUE(signature.has_value());
  EXPECT_FALSE(verify_ed25519("the text ", signature->bytes, public_key));
  for (std::size_t bit = 0; bit < 512; bit += 7) {
    std::string bad = signature->bytes;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(verify_ed25519("the text", bad, public_key)) << bit;
  }
  EXPECT_FALSE(verify_ed25519("the text", signature->bytes.substr(1), public_key));
  EXPECT_FALSE(verify_ed25519("the text", "", public_key));
}

TEST(Signing, OtherKeysAreRefused) {
  for (const std::string_view pem : {std::string_view(), std::string_view("x"), public_key}) {
    EXPECT_FALSE(sign_ed25519("a", pem));
  }
  EXPECT_FALSE(verify_ed25519("a", std::string(64, 'x'), "x"));
}

TEST(Signing, Base64IsReadOneWayOnly) {
  for (const std::string_view text : {"", "YQ==", "YWI=", "YWJj", "AAAA"}) {
    const auto raw = from_base64(text);
    ASSERT_TRUE(raw.has_value()) << text;
    EXPECT_EQ(to_base64(*raw), text);
  }
  for (const std::string_view text :
       {"YR==", "YQ=", "YQ", "Y", "YQ==\n", " YQ==", "====", "Y*==", "YQ==YQ=="}) {
    EXPECT_FALSE(from_base64(text)) << text;
  }
}

}  // namespace
}  // namespace npg
