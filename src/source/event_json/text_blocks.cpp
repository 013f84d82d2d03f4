#include "source/event_json/text_blocks.hpp"

#include <algorithm>
#include <vector>

namespace npg {
namespace {

/// Limit: small enough for a processor's cache, large enough that reading costs nothing.
constexpr std::size_t block_bytes = 256 << 10U;

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80;
}
bool leads_pair(char c) {
  return static_cast<unsigned char>(c) >= 0xf0;
}

}  // namespace

Result<std::size_t> TextBlocks::read(std::span<std::byte> into) {
  std::size_t got = 0;
  while (got < into.size()) {
    NPG_TRY(const std::size_t more, file_.read_at(read_at_, into.subspan(got)));
    if (more == 0) {
      at_end_ = true;
      break;
    }
    read_at_ += more;
    got += more;
  }
  return got;
}

void TextBlocks::append_utf16(std::span<std::byte> units) {
  std::vector<std::byte> all(odd_.size() + units.size());
  std::ranges::copy(std::as_bytes(std::span(odd_)), all.begin());
  std::ranges::copy(units, all.begin() + static_cast<std::ptrdiff_t>(odd_.size()));
  std::size_t whole = all.size() / 2 * 2;
  if (encoding_ == TextEncoding::utf16_big) {
    for (std::size_t i = 0; i < whole; i += 2) {
      std::swap(all[i], all[i + 1]);
    }
  }
  const bool splits_pair =
      whole >= 2 && !at_end_ && (all[whole - 1] & std::byte{0xfc}) == std::byte{0xd8};
  whole -= splits_pair ? 2 : 0;
  const EvidenceText text = EvidenceText::from_utf16(std::span(all).first(whole));
  text_.resize(size_);
  text_ += text.raw();
  size_ = text_.size();
  odd_.clear();
  for (std::size_t i = whole; i < all.size(); ++i) {
    odd_.push_back(static_cast<char>(all[i]));
  }
  if (encoding_ == TextEncoding::utf16_big && splits_pair) {
    std::swap(odd_[0], odd_[1]);
  }
}

Result<void> TextBlocks::advance(std::size_t used) {
  const std::uint64_t offset = offset_of(used);
  std::copy(text_.begin() + static_cast<std::ptrdiff_t>(used),
            text_.begin() + static_cast<std::ptrdiff_t>(size_), text_.begin());
  size_ -= used;
  offset_ = offset;
  cursor_ = 0;
  cursor_offset_ = offset;
  // An object larger than a block is read in ever larger pieces, so that it is not looked at too
  // often. A byte more than a small file holds tells its end.
  std::size_t wanted = std::max(block_bytes, size_);
  if (file_.size() > read_at_) {
    wanted = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, file_.size() - read_at_ + 1));
  }
  if (encoding_ == TextEncoding::utf8) {
    if (text_.size() < size_ + wanted) {
      text_.resize(size_ + wanted);
    }
    NPG_TRY(const std::size_t got,
            read(std::as_writable_bytes(std::span(text_).subspan(size_, wanted))));
    size_ += got;
    if (!started_) {
      started_ = true;
      const TextStart start = text_start(Bytes(std::as_bytes(std::span(text()))));
      encoding_ = start.encoding;
      offset_ = cursor_offset_ = start.mark_bytes;
      std::string rest(text().substr(start.mark_bytes));
      size_ = 0;
      if (encoding_ == TextEncoding::utf8) {
        std::ranges::copy(rest, text_.begin());
        size_ = rest.size();
      } else {
        append_utf16(std::as_writable_bytes(std::span(rest)));
      }
    }
    return {};
  }
  std::vector<std::byte> units(wanted);
  NPG_TRY(const std::size_t got, read(units));
  append_utf16(std::span(units).first(got));
  return {};
}

std::uint64_t TextBlocks::offset_of(std::size_t position) {
  if (encoding_ == TextEncoding::utf8) {
    return offset_ + position;
  }
  if (position < cursor_) {
    cursor_ = 0;
    cursor_offset_ = offset_;
  }
  for (; cursor_ < position; ++cursor_) {
    const char c = text_[cursor_];
    cursor_offset_ += is_continuation(c) ? 0U : leads_pair(c) ? 4U : 2U;
  }
  return cursor_offset_;
}

}  // namespace npg
