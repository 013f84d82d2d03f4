// Text for people made to fit a terminal's columns: lines that are too long go on below.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace npg {

/// Safe text, line by line, in lines of at most `width` cells, broken at blanks. What goes on
/// stands as far right as its line began, and two cells further where the line is an indented
/// entry: one that starts with an id, number, [n], - or +, or has a colon behind one of its first
/// three words. A word that fits no line, such as a URL, stays whole on its own.
[[nodiscard]] std::string fit_columns(std::string_view text, std::size_t width = 100);

}  // namespace npg
