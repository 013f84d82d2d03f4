#include "format/reg_export/reg_lines.hpp"

#include "base/evidence_text.hpp"

namespace npg {

RegLines::RegLines(Bytes bytes) : bytes_(bytes) {
  const auto byte = [&](std::size_t i) {
    return i < bytes.size() ? std::to_integer<unsigned>(bytes.data()[i]) : 0x100U;
  };
  if (byte(0) == 0xff && byte(1) == 0xfe) {
    is_utf16_ = true;
    at_ = 2;
  } else if (byte(0) == 0xef && byte(1) == 0xbb && byte(2) == 0xbf) {
    is_utf8_ = true;
    at_ = 3;
  } else {
    is_utf16_ = byte(0) != 0 && byte(1) == 0;
  }
}

std::uint32_t RegLines::unit(std::uint64_t at) const {
  const auto low = std::to_integer<std::uint32_t>(bytes_.data()[at]);
  if (!is_utf16_) {
    return low;
  }
  return at + 1 < bytes_.size()
             ? low | (std::to_integer<std::uint32_t>(bytes_.data()[at + 1]) << 8U)
             : low;
}

std::optional<RegLine> RegLines::next(std::uint64_t bytes_max) {
  if (at_ >= bytes_.size()) {
    return std::nullopt;
  }
  const std::uint64_t step = is_utf16_ ? 2 : 1;
  std::uint64_t end = at_;
  while (end < bytes_.size() && end - at_ < bytes_max && unit(end) != '\n') {
    end += step;
  }
  end = std::min<std::uint64_t>(end, bytes_.size());
  const bool has_end = end < bytes_.size() && unit(end) == '\n';
  std::uint64_t text_end = end;
  if (text_end - at_ >= step && unit(text_end - step) == '\r') {
    text_end -= step;
  }
  const auto units = bytes_.data().subspan(at_, text_end - at_);
  RegLine line{.offset = bytes_.offset() + at_, .length = end - at_};
  if (is_utf16_) {
    line.text = EvidenceText::from_utf16(units).raw();
  } else {
    std::string plain;
    plain.reserve(units.size());
    for (const std::byte unit : units) {
      plain.push_back(static_cast<char>(unit));
    }
    const EvidenceText text = EvidenceText::from_utf8(plain);
    line.text =
        text.well_formed() || is_utf8_ ? text.raw() : EvidenceText::from_latin1(units).raw();
  }
  at_ = has_end ? end + step : end;
  return line;
}

}  // namespace npg
