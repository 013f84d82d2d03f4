#include "report/explanation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "report/screen_text.hpp"

namespace npg {
namespace {

constexpr std::size_t bytes_a_line = 16;

/// "0x0001a2c0  43 00 6c 00 …  C.l.": offsets are the file's own.
std::string hex_line(std::uint64_t offset, std::span<const std::byte> bytes) {
  std::string hex;
  std::string characters;
  for (std::size_t i = 0; i < bytes_a_line; ++i) {
    if (i == bytes_a_line / 2) {
      hex += ' ';
    }
    if (i >= bytes.size()) {
      hex += "   ";
      continue;
    }
    const auto value = std::to_integer<unsigned>(bytes[i]);
    hex += fmt::format("{:02x} ", value);
    characters += value >= 0x20 && value < 0x7f ? static_cast<char>(value) : '.';
  }
  return fmt::format("0x{:08x}  {} {}", offset, hex, characters);
}

std::string_view how_text(const Origin& origin) {
  switch (origin.how) {
    case How::allocated:
      return origin.unverified ? "in use, though no checksum vouches for it" : "in use";
    case How::replayed:
      return "put there by the transaction logs; below is what the file itself holds at that place";
    case How::recovered: return "in unused space";
  }
  return {};
}

void cite(screen::Page& page, const CitedBytes& cited) {
  page.paragraph(
      4, "bytes    ",
      fmt::format("{}, 0x{:x}, {}, {}", cited.file, cited.origin.offset,
                  cited.origin.length == 0 ? std::string("size not known")
                                           : screen::counted(cited.origin.length, "byte", "bytes"),
                  how_text(cited.origin)));
  if (!cited.trouble.empty()) {
    page.paragraph(6, "", cited.trouble);
  }
  const std::span<const std::byte> bytes(cited.bytes);
  for (std::size_t at = 0; at < bytes.size(); at += bytes_a_line) {
    page.verbatim(6, hex_line(cited.origin.offset + at,
                              bytes.subspan(at, std::min(bytes_a_line, bytes.size() - at))));
  }
  if (cited.origin.length > bytes.size() && !bytes.empty()) {
    page.paragraph(6, "",
                   fmt::format("… and {} more", screen::counted(cited.origin.length - bytes.size(),
                                                                "byte", "bytes")));
  }
}

/// Paragraphs of a document; list items and tables keep their lines.
void document(screen::Page& page, const ExplainedPage& from) {
  page.paragraph(2, "", from.title + ":");
  std::string_view rest = from.text;
  std::string paragraph;
  const auto flush = [&] {
    if (!paragraph.empty()) {
      page.paragraph(4, "", paragraph);
      paragraph.clear();
    }
  };
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.empty() || line.starts_with("- ")) {
      flush();
    }
    paragraph += (paragraph.empty() || line.empty() ? "" : " ") + std::string(line);
  }
  flush();
}

}  // namespace

std::string explanation_text(std::span<const ExplainedThing> things, std::size_t width) {
  screen::Page page({.width = width, .color = false, .cell_lines_max = 12});
  for (const ExplainedThing& thing : things) {
    page.section(thing.title);
    for (const std::string& line : thing.lines) {
      page.paragraph(2, "", line);
    }
    for (const ExplainedPart& part : thing.parts) {
      page.blank();
      page.paragraph(2, part.title + "  ", part.text);
      if (!part.meaning.empty()) {
        page.paragraph(4, "rule     ", part.meaning);
      }
      for (const CitedBytes& cited : part.evidence) {
        cite(page, cited);
      }
    }
    for (const ExplainedPage& each : thing.pages) {
      page.blank();
      document(page, each);
    }
  }
  return page.take();
}

}  // namespace npg
