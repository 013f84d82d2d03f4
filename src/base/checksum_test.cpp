#include "base/checksum.hpp"

#include <gtest/gtest.h>

namespace npg {
namespace {

TEST(Checksums, AgreeWithTheirSpecifications) {
  EXPECT_EQ(crc32(bytes_of("123456789")), 0xcbf43926U);
  EXPECT_EQ(crc32(bytes_of("6789"), crc32(bytes_of("12345"))), 0xcbf43926U);
  EXPECT_EQ(sha256_hex(bytes_of("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256 pieces;
  pieces.add(bytes_of("a"));
  pieces.add(bytes_of("bc"));
  EXPECT_EQ(pieces.finish(), sha256_hex(bytes_of("abc")));
}

}  // namespace
}  // namespace npg
