// What stands behind one finding, provider or reason: the rule in words, the cited bytes as they
// are in the evidence, and how to check by hand. A pure function from what was gathered to text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fact/origin.hpp"

namespace npg {

/// Bytes that something rests on, read again from the evidence.
struct CitedBytes {
  std::string file;  ///< id and path; not escaped
  Origin origin;
  std::vector<std::byte> bytes;  ///< from origin.offset on, as far as is shown
  std::string trouble;           ///< why there are none; empty otherwise
};

struct ExplainedPart {
  std::string title;    ///< "+6 dll_in_no_catalog"
  std::string text;     ///< what was seen
  std::string meaning;  ///< the rule in words; empty when it is in the pages
  std::vector<CitedBytes> evidence;
};

struct ExplainedPage {
  std::string title;
  std::string text;  ///< of the documents; paragraphs divided by empty lines
};

struct ExplainedThing {
  std::string title;
  std::vector<std::string> lines;
  std::vector<ExplainedPart> parts;
  std::vector<ExplainedPage> pages;
};

/// Plain text, at most `width` columns wide.
[[nodiscard]] std::string explanation_text(std::span<const ExplainedThing> things,
                                           std::size_t width);

}  // namespace npg
