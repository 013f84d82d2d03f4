#include "testing/evtx_writer.hpp"

#include <algorithm>
#include <charconv>

#include "base/checksum.hpp"
#include "testing/evtx_chunk.hpp"
#include "testing/regf_writer.hpp"

namespace npg::testing {
namespace {

constexpr std::size_t file_header_bytes = 4096;

std::optional<std::uint64_t> number_in(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  text.remove_prefix(is_negative ? 1 : 0);
  const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
  text.remove_prefix(is_hex ? 2 : 0);
  std::uint64_t number = 0;
  const auto [end, status] =
      std::from_chars(text.data(), text.data() + text.size(), number, is_hex ? 16 : 10);
  if (text.empty() || status != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return is_negative ? 0 - number : number;
}

std::optional<std::vector<std::byte>> number_bytes(std::string_view text, std::size_t size) {
  const std::optional<std::uint64_t> number = number_in(text);
  const bool fits = number && (size == 8 || (*number >> (8 * size)) == 0 || text.starts_with('-'));
  if (!fits) {
    return std::nullopt;
  }
  ByteWriter out;
  for (std::size_t i = 0; i < size; ++i) {
    out.add<std::uint8_t>(static_cast<std::uint8_t>((*number >> (8 * i)) & 0xffU));
  }
  return out.take();
}

std::optional<std::vector<std::byte>> hex_bytes(std::string_view text) {
  ByteWriter out;
  for (; text.size() >= 2; text.remove_prefix(2)) {
    std::uint8_t number = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + 2, number, 16);
    if (status != std::errc{} || end != text.data() + 2) {
      return std::nullopt;
    }
    out.add<std::uint8_t>(number);
  }
  return text.empty() ? std::optional(out.take()) : std::nullopt;
}

std::optional<std::vector<std::byte>> guid_bytes(std::string_view text) {
  if (text.size() != 38 || text.front() != '{' || text.back() != '}' || text[9] != '-' ||
      text[14] != '-' || text[19] != '-' || text[24] != '-') {
    return std::nullopt;
  }
  std::string digits;
  std::ranges::copy_if(text.substr(1, 36), std::back_inserter(digits),
                       [](char c) { return c != '-'; });
  std::optional<std::vector<std::byte>> out = hex_bytes(digits);
  if (out && out->size() == 16) {
    // The first three parts are numbers and so stand little-endian.
    std::ranges::reverse(std::span(*out).subspan(0, 4));
    std::ranges::reverse(std::span(*out).subspan(4, 2));
    std::ranges::reverse(std::span(*out).subspan(6, 2));
    return out;
  }
  return std::nullopt;
}

std::vector<std::byte> string_bytes(std::string_view text) {
  ByteWriter out;
  out.add_utf16(text);
  return out.take();
}

std::vector<std::byte> string_array_bytes(std::string_view lines) {
  ByteWriter out;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    out.add_utf16(lines.substr(0, end));
    out.add<std::uint16_t>(0);
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return out.take();
}

}  // namespace

std::optional<std::vector<std::byte>> event_value_bytes(EventType type, std::string_view text) {
  switch (type) {
    case EventType::null: return std::vector<std::byte>{};
    case EventType::string: return string_bytes(text);
    case EventType::string_array: return string_array_bytes(text);
    case EventType::uint8: return number_bytes(text, 1);
    case EventType::uint16: return number_bytes(text, 2);
    case EventType::int32:
    case EventType::uint32:
    case EventType::hex_int32: return number_bytes(text, 4);
    case EventType::uint64:
    case EventType::hex_int64: return number_bytes(text, 8);
    case EventType::boolean:
      return text == "true" || text == "false" ? number_bytes(text == "true" ? "1" : "0", 4)
                                               : std::nullopt;
    case EventType::binary: return hex_bytes(text);
    case EventType::guid: return guid_bytes(text);
    case EventType::sid: return is_sid(text) ? std::optional(sid_bytes(text)) : std::nullopt;
    case EventType::filetime: {
      const std::optional<FileTime> time = parse_time(text);
      return time ? number_bytes(std::to_string(time->ticks), 8) : std::nullopt;
    }
  }
  return std::nullopt;
}

EventDatum datum(std::string_view name, EventType type, std::string_view text) {
  std::optional<std::vector<std::byte>> value = event_value_bytes(type, text);
  NPG_CHECK(value.has_value());
  return {.name = std::string(name), .type = type, .value = std::move(*value)};
}

std::vector<std::byte> write_evtx(std::span<const EventRecipe> events, const EvtxOptions& options) {
  std::vector<EvtxChunk> chunks;
  std::uint64_t next_id = options.first_record_id;
  std::uint64_t number = options.first_record_id;
  for (const EventRecipe& event : events) {
    const std::uint64_t id = event.record_id != 0 ? event.record_id : next_id;
    const bool is_full = chunks.empty() || chunks.back().records() >= options.records_per_chunk_max;
    if (is_full || !chunks.back().add(event, id)) {
      chunks.emplace_back(number);
      NPG_CHECK(chunks.back().add(event, id));
    }
    next_id = id + 1;
    ++number;
  }
  if (chunks.empty()) {
    chunks.emplace_back(number);
  }

  // In a copy of a live log the header still tells of the first chunk alone.
  const std::size_t told = options.is_dirty ? 1 : chunks.size();
  ByteWriter out;
  out.add_ascii("ElfFile");
  out.add<std::uint8_t>(0);
  out.add<std::uint64_t>(0);
  out.add<std::uint64_t>(told - 1);
  out.add<std::uint64_t>(options.is_dirty ? options.first_record_id + chunks.front().records()
                                          : next_id);
  out.add<std::uint32_t>(128);
  out.add<std::uint16_t>(options.minor_version);
  out.add<std::uint16_t>(3);
  out.add<std::uint16_t>(static_cast<std::uint16_t>(file_header_bytes));
  out.add<std::uint16_t>(static_cast<std::uint16_t>(told));
  out.add_zeros(file_header_bytes - out.size());
  out.set<std::uint32_t>(120, options.is_dirty ? 1 : 0);
  out.set<std::uint32_t>(124, crc32(out.view().clamp(0, 120).data()));
  for (const EvtxChunk& chunk : chunks) {
    out.add(chunk.finish());
  }
  out.add_zeros(options.empty_chunks * evtx_chunk_bytes);
  return out.take();
}

}  // namespace npg::testing
