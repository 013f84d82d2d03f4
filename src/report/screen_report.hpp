// The assessment as text for a terminal: what a responder reads first. It chooses, orders and words
// what the assessment says; it judges nothing, and what it leaves out it counts.
#pragma once

#include <cstddef>
#include <string>

#include "fact/assessment.hpp"

namespace npg {

struct ScreenOptions {
  std::size_t width = 100;  ///< columns; fewer than 60 are taken for 60
  bool color = false;       ///< adds colour to words that say the same without it
  int verbosity = 0;        ///< below 0: the verdicts alone; 0: lists are cut and the rest counted;
                            ///< above: everything
};

/// The report as lines of printable UTF-8; the only control character is the new line, and with
/// `color` the escape sequences of this program. Evidence text is escaped, whoever wrote it.
[[nodiscard]] std::string screen_report(const Assessment& assessment, const ScreenOptions& options);

}  // namespace npg
