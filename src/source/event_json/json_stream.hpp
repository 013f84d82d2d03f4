// JsonStream: the objects of a file of JSON, one after the other: a line each, pretty-printed, in
// arrays, or one behind the other. What is no JSON costs its own line.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/stream_limits.hpp"
#include "source/event_json/json_value.hpp"
#include "source/event_json/text_blocks.hpp"

namespace npg {

struct JsonStreamSinks {
  /// One object, and the position of its first byte in the block; it lives until the call returns.
  std::function<void(const Json& object, std::size_t position)> object;
  /// What was left out: its position in the block, its bytes, and why.
  std::function<void(std::size_t position, std::size_t length, std::string_view why)> bad;
  /// An Event element that stands between the objects: its position in the block and its bytes.
  std::function<void(std::size_t position, std::size_t length)> xml;
  /// The same as a string among the objects: with its quotes, and escaped.
  std::function<void(std::size_t position, std::size_t length)> xml_string;
};

class JsonStream {
 public:
  JsonStream(TextBlocks& blocks, const StreamLimits& limits, const JsonStreamSinks& sinks)
      : blocks_(blocks), limits_(limits), sinks_(sinks) {}

  /// Reads to the end of the file. Error: io.
  [[nodiscard]] Result<void> run();

 private:
  /// Takes every object of the block that is whole; gives how much of the block is done with.
  [[nodiscard]] std::size_t take_block();
  void take_whole(std::uint32_t mark);
  /// Where reading goes on behind an object that is not whole; nothing: more must be read first.
  [[nodiscard]] std::optional<std::size_t> behind_bad(std::uint32_t mark, const Frame& frame);
  /// The same behind what is no object: a heading, a header before the object on its line, an
  /// element, or a line that is left out.
  [[nodiscard]] std::optional<std::size_t> skip_junk(std::uint32_t mark);
  [[nodiscard]] std::optional<std::size_t> take_element(std::size_t start);
  [[nodiscard]] std::optional<std::size_t> take_string(std::size_t start);
  /// Where the object begins that ends the line; nothing when none does.
  [[nodiscard]] std::optional<std::size_t> object_on_line(std::uint32_t mark, std::size_t line_end);
  [[nodiscard]] bool may_begin(std::size_t position) const;

  TextBlocks& blocks_;
  const StreamLimits& limits_;
  const JsonStreamSinks& sinks_;
  JsonText text_;
  std::uint64_t arrays_ = 0;        ///< '[' less ']' between objects
  bool is_opened_ = false;          ///< inside of an object too large to be taken whole
  bool is_behind_bad_ = false;      ///< until the next object that may begin there
  std::size_t bad_indent_ = 0;      ///< of the line on which what was left out begins
  bool is_in_bad_line_ = false;     ///< the line goes on in the next block
  std::uint64_t looked_again_ = 0;  ///< bytes
  std::uint64_t taken_ = 0;         ///< bytes of blocks that are done with
};

}  // namespace npg
