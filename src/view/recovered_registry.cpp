#include "view/recovered_registry.hpp"

namespace npg {

std::string RecoveredPath::text() const {
  std::string text = complete ? "" : "?";
  for (const EvidenceText& name : names) {
    text += text.empty() ? "" : "\\";
    text += name.raw();
  }
  return text;
}

std::vector<RecoveredText> texts_in(const RecoveredStretch& stretch) {
  // Limit: shorter runs are mostly chance; the shortest order of two of Windows' providers has 15.
  constexpr std::size_t units_min = 8;
  const auto is_letter = [](char16_t unit) {
    return (unit >= 0x20 && unit < 0x7f) || (unit >= 0xa0 && unit < 0x250);
  };
  const Bytes bytes(stretch.bytes);
  std::vector<RecoveredText> texts;
  std::size_t from = 0;
  for (std::size_t at = 0; at <= bytes.size(); at += 2) {
    if (at + 2 <= bytes.size() && is_letter(bytes.at<std::uint16_t>(at))) {
      continue;
    }
    if (at - from >= units_min * 2) {
      Origin origin = stretch.origin;
      origin.offset += from;
      origin.length = at - from;
      texts.push_back({EvidenceText::from_utf16(stretch.bytes.subspan(from, at - from)), origin});
    }
    from = at + 2;
  }
  return texts;
}

}  // namespace npg
