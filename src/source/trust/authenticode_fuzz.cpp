// Fuzz target: any bytes as the certificate table of an image whose own part never changes; the
// first two bytes move and resize the table, or take it for a catalog. Whatever the bytes: nothing
// is trusted.
#include <cstddef>
#include <cstdint>

#include "base/check.hpp"
#include "source/trust/verify.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace npg;
  constexpr std::size_t image_size = 0x400;
  constexpr std::size_t table_bytes_max = 64 << 10;
  if (size < 2 || size > table_bytes_max) {
    return 0;
  }
  static const trust::Anchors anchors;  // No root: what is trusted would be a defect.
  std::vector<std::byte> file(image_size, std::byte{0x5a});
  const auto table = std::as_bytes(std::span(data, size)).subspan(2);
  file.insert(file.end(), table.begin(), table.end());
  trust::ImageFile image{.file = Bytes(file), .layout = {}, .evidence = 0};
  image.layout = {.checksum_offset = 0xd8,
                  .directory_offset = 0x128,
                  .headers_size = 0x200,
                  .page_size = 0x200,
                  .sections = {{.offset = 0x200, .size = 0x200}},
                  .table_offset = image_size,
                  .table_size = table.size()};
  // Limit: most runs leave the place alone, so that the messages are reached.
  if ((data[0] & 0xc0U) == 0xc0U) {
    image.layout.table_offset = image_size - 32U + (data[0] & 0x3fU);
  }
  if ((data[1] & 0xc0U) == 0xc0U) {
    image.layout.table_size += data[1] & 0x3fU;
  }
  SignatureLimits limits;
  limits.signature_certificates_max = 8;
  const trust::Terms terms{
      .anchors = anchors, .as_of = {.ticks = 134'000'000'000'000'000}, .limits = limits};
  if ((data[1] & 1U) != 0) {
    const SignatureFact catalog = trust::verify_catalog(Bytes(table), 0, terms);
    NPG_CHECK(catalog.status != SignatureStatus::trusted);
    return 0;
  }
  const SignatureFact fact = trust::verify_image(image, terms);
  NPG_CHECK(fact.status != SignatureStatus::trusted);
  NPG_CHECK(fact.status == SignatureStatus::unsigned_file || !fact.why_code.empty());
  for (const SignatureOddity& oddity : fact.oddities) {
    NPG_CHECK(!oddity.breaks || fact.status == SignatureStatus::broken);
  }
  return 0;
}
