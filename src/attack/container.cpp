#include "attack/container.hpp"

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>

#include "base/check.hpp"

namespace npg::attack {
namespace {

/// Room for the largest text allowed. The pages that are not written to are never asked of the
/// machine, so this costs what the text takes and never a copy.
class Room {
 public:
  explicit Room(std::uint64_t max)
      : bytes_(std::make_unique_for_overwrite<char[]>(static_cast<std::size_t>(max) + 1)),
        size_(static_cast<std::size_t>(max) + 1) {}
  [[nodiscard]] std::span<char> rest() { return std::span(bytes_.get(), size_).subspan(used_); }
  void used(std::size_t more) { used_ += more; }
  [[nodiscard]] std::size_t size() const { return used_; }
  [[nodiscard]] bool full() const { return used_ == size_; }
  [[nodiscard]] FileText take() { return {std::move(bytes_), used_}; }

 private:
  std::unique_ptr<char[]> bytes_;  // NOLINT(cppcoreguidelines-avoid-c-arrays): uninitialised.
  std::size_t size_;
  std::size_t used_ = 0;
};

std::unexpected<Error> too_large(const Limits& limits) {
  return fail(ErrorCode::limit_exceeded, limits.attack_file_bytes_max, "attack.decompressed",
              limits.attack_file_bytes_max + 1, limits.attack_file_bytes_max);
}

const std::uint8_t* octets(std::span<const std::byte> bytes) {
  // The libraries below take unsigned char; a byte may be read as one.
  return static_cast<const std::uint8_t*>(static_cast<const void*>(bytes.data()));
}
std::uint8_t* octets(std::span<char> bytes) {
  return static_cast<std::uint8_t*>(static_cast<void*>(bytes.data()));
}

Result<FileText> unpack_xz(Bytes file, const Limits& limits) {
  lzma_stream stream = LZMA_STREAM_INIT;
  NPG_CHECK(lzma_stream_decoder(&stream, limits.attack_decoder_bytes_max, LZMA_CONCATENATED) ==
            LZMA_OK);
  const std::unique_ptr<lzma_stream, decltype(&lzma_end)> ending(&stream, &lzma_end);
  Room room(limits.attack_file_bytes_max);
  stream.next_in = octets(file.data());
  stream.avail_in = file.size();
  for (;;) {
    const std::span<char> out = room.rest();
    stream.next_out = octets(out);
    stream.avail_out = out.size();
    const lzma_ret code = lzma_code(&stream, LZMA_FINISH);
    room.used(out.size() - stream.avail_out);
    if (room.full()) {
      return too_large(limits);
    }
    const std::uint64_t at = file.offset() + stream.total_in;
    switch (code) {
      case LZMA_OK: continue;
      case LZMA_STREAM_END: return room.take();
      case LZMA_BUF_ERROR: return fail(ErrorCode::truncated, at, "attack.xz", 1, 0);
      case LZMA_MEMLIMIT_ERROR:
        return fail(ErrorCode::limit_exceeded, at, "attack.xz.memory", lzma_memusage(&stream),
                    limits.attack_decoder_bytes_max);
      case LZMA_MEM_ERROR: return fail(ErrorCode::limit_exceeded, at, "attack.xz.memory");
      default: return fail(ErrorCode::bad_value, at, "attack.xz", static_cast<std::uint64_t>(code));
    }
  }
}

Result<FileText> unpack_gzip(Bytes file, const Limits& limits) {
  z_stream stream{};
  NPG_CHECK(inflateInit2(&stream, 15 + 16) == Z_OK);
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> ending(&stream, &inflateEnd);
  Room room(limits.attack_file_bytes_max);
  if (file.size() > UINT32_MAX) {
    return fail(ErrorCode::limit_exceeded, file.offset(), "attack.gzip", file.size(), UINT32_MAX);
  }
  stream.next_in = const_cast<Bytef*>(
      octets(file.data()));  // NOLINT(cppcoreguidelines-pro-type-const-cast): zlib reads only.
  stream.avail_in = static_cast<uInt>(file.size());
  for (;;) {
    const std::span<char> out = room.rest();
    stream.next_out = octets(out);
    stream.avail_out = static_cast<uInt>(out.size());
    const int code = inflate(&stream, Z_NO_FLUSH);
    room.used(out.size() - stream.avail_out);
    if (room.full()) {
      return too_large(limits);
    }
    const std::uint64_t at = file.offset() + file.size() - stream.avail_in;
    if (code == Z_STREAM_END) {
      if (stream.avail_in == 0) {
        return room.take();
      }
      if (inflateReset(&stream) != Z_OK) {
        return fail(ErrorCode::bad_value, at, "attack.gzip");
      }
    } else if (code == Z_BUF_ERROR || (code == Z_OK && stream.avail_in == 0)) {
      return fail(ErrorCode::truncated, at, "attack.gzip", 1, 0);
    } else if (code != Z_OK) {
      return fail(ErrorCode::bad_value, at, "attack.gzip");
    }
  }
}

Result<FileText> unpack_zstd(Bytes file, const Limits& limits) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                     &ZSTD_freeDCtx);
  NPG_CHECK(context != nullptr);
  int window = 10;
  while ((2ULL << window) <= limits.attack_decoder_bytes_max && window < 26) {
    ++window;
  }
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, window);
  Room room(limits.attack_file_bytes_max);
  ZSTD_inBuffer in{file.data().data(), file.size(), 0};
  std::size_t more = 1;
  while (in.pos < in.size || more != 0) {
    const std::span<char> rest = room.rest();
    ZSTD_outBuffer out{rest.data(), rest.size(), 0};
    const std::size_t before = in.pos;
    more = ZSTD_decompressStream(context.get(), &out, &in);
    room.used(out.pos);
    if (ZSTD_isError(more) != 0) {
      return fail(ErrorCode::bad_value, file.offset() + in.pos, "attack.zstd");
    }
    if (room.full()) {
      return too_large(limits);
    }
    if (more != 0 && out.pos == 0 && in.pos == before) {
      return fail(ErrorCode::truncated, file.offset() + in.pos, "attack.zstd", more, 0);
    }
  }
  return room.take();
}

}  // namespace

Result<FileText> unpack(Bytes file, const Limits& limits) {
  using namespace std::string_view_literals;
  if (file.starts_with("\xfd"
                       "7zXZ\0"sv)) {
    return unpack_xz(file, limits);
  }
  if (file.starts_with("\x1f\x8b"sv)) {
    return unpack_gzip(file, limits);
  }
  if (file.starts_with("\x28\xb5\x2f\xfd"sv)) {
    return unpack_zstd(file, limits);
  }
  if (file.size() > limits.attack_file_bytes_max) {
    return fail(ErrorCode::limit_exceeded, file.offset(), "attack.file", file.size(),
                limits.attack_file_bytes_max);
  }
  return FileText(characters_of(file.data()));
}

struct Compressor::State {
  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context{ZSTD_createCCtx(), &ZSTD_freeCCtx};
  std::string packed;
};

Compressor::Compressor(int level) : state_(std::make_unique<State>()) {
  NPG_CHECK(state_->context != nullptr);
  ZSTD_CCtx_setParameter(state_->context.get(), ZSTD_c_compressionLevel, level);
}

Compressor::~Compressor() = default;

std::string_view Compressor::compress(std::string_view text, std::string_view prefix) {
  ZSTD_CCtx* const context = state_->context.get();
  int window = 0;  // as the level has it
  if (!prefix.empty()) {
    // The window must reach from the last byte of the text to the first of the prefix.
    window = 10;
    while ((1ULL << window) < text.size() + prefix.size() && window < 26) {
      ++window;
    }
  }
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window);
  ZSTD_CCtx_refPrefix(context, prefix.data(), prefix.size());
  std::string& packed = state_->packed;
  packed.resize(std::max(packed.size(), ZSTD_compressBound(text.size())));
  const std::size_t size =
      ZSTD_compress2(context, packed.data(), packed.size(), text.data(), text.size());
  NPG_CHECK(ZSTD_isError(size) == 0);
  return std::string_view(packed).substr(0, size);
}

Result<std::string> decompress(std::string_view packed, std::size_t size, std::uint64_t offset,
                               std::string_view prefix) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                     &ZSTD_freeDCtx);
  NPG_CHECK(context != nullptr);
  if (!prefix.empty()) {
    ZSTD_DCtx_refPrefix(context.get(), prefix.data(), prefix.size());
  }
  std::string out(size, '\0');
  const std::size_t got =
      ZSTD_decompressDCtx(context.get(), out.data(), out.size(), packed.data(), packed.size());
  if (ZSTD_isError(got) != 0 || got != size) {
    return fail(ErrorCode::bad_value, offset, "attack.store.block");
  }
  return out;
}

}  // namespace npg::attack
