#include "source/event_json/json_stream.hpp"

#include <algorithm>

namespace npg {
namespace {

/// The start of the line that a position is on.
std::size_t line_start(std::string_view text, std::size_t position) {
  const std::size_t newline =
      position == 0 ? std::string_view::npos : text.rfind('\n', position - 1);
  return newline == std::string_view::npos ? 0 : newline + 1;
}

std::size_t indent_of(std::string_view text, std::size_t position) {
  const std::size_t start = line_start(text, position);
  const std::size_t filled = text.find_first_not_of(" \t", start);
  return std::min(filled, position) - start;
}

/// True when nothing but brackets and commas between objects stands before it on its line.
bool is_first_on_line(std::string_view text, std::size_t position) {
  const std::size_t start = line_start(text, position);
  return text.substr(start, position - start).find_first_not_of(" \t\r\x1e[],}") ==
         std::string_view::npos;
}

/// Lines that tools write between or before the objects: comments, evtx_dump's "Record 1", what
/// surrounds elements.
bool is_heading(std::string_view line) {
  constexpr std::string_view record = "Record ";
  while (line.ends_with('\r') || line.ends_with(' ')) {
    line.remove_suffix(1);
  }
  for (const std::string_view begin : {"#", "//", "<?xml", "<Events", "</Events>"}) {
    if (line.starts_with(begin)) {
      return true;
    }
  }
  return line.starts_with(record) && line.size() > record.size() &&
         line.find_first_not_of("0123456789", record.size()) == std::string_view::npos;
}

std::string_view words_for(Frame::End end) {
  switch (end) {
    case Frame::End::cut: return "the object is cut off";
    case Frame::End::too_deep: return "the object nests too deep";
    default: return "this is no JSON";
  }
}

/// True when the string that begins here holds an element.
bool begins_xml_string(std::string_view rest) {
  return rest.starts_with("\"<Event") || rest.starts_with("\"\\u003cEvent") ||
         rest.starts_with("\"\\u003CEvent");
}

}  // namespace

bool JsonStream::may_begin(std::size_t position) const {
  const std::string_view text = text_.text();
  return !is_behind_bad_ ||
         (is_first_on_line(text, position) && indent_of(text, position) <= bad_indent_);
}

void JsonStream::take_whole(std::uint32_t mark) {
  is_behind_bad_ = false;
  sinks_.object(Json(text_, mark), text_.at(mark));
}

std::optional<std::size_t> JsonStream::behind_bad(std::uint32_t mark, const Frame& frame) {
  const std::string_view text = text_.text();
  const std::size_t start = text_.at(mark);
  if (frame.end == Frame::End::cut && !blocks_.at_end()) {
    if (text.size() - start <= limits_.event_json_bytes_max) {
      return std::nullopt;
    }
    // What lies in it may be events in a wrapper.
    is_opened_ = true;
    return start + 1;
  }
  const std::size_t failed = frame.mark < text_.mark_count() ? text_.at(frame.mark) : text.size();
  std::size_t next = failed;
  bad_indent_ = indent_of(text, start);
  is_behind_bad_ = is_first_on_line(text, start);
  if (is_behind_bad_) {
    const std::size_t newline = text.find('\n', start);
    next = newline == std::string_view::npos ? text.size() : newline + 1;
    is_in_bad_line_ = newline == std::string_view::npos && !blocks_.at_end();
    // Limit: lines that each begin an object and end none could be looked at again and again.
    looked_again_ += failed > next ? failed - next : 0;
    if (looked_again_ > 4 * (taken_ + text.size())) {
      next = std::max(next, failed);
    }
  }
  next = std::max(next, start + 1);
  sinks_.bad(start, next - start, words_for(frame.end));
  return next;
}

std::optional<std::size_t> JsonStream::object_on_line(std::uint32_t mark, std::size_t line_end) {
  const std::string_view text = text_.text();
  constexpr std::size_t header_max = 1024;  // Limit: longer than any syslog header
  while (mark < text_.mark_count() && text_.at(mark) < line_end && text_.symbol(mark) != '{') {
    ++mark;
  }
  if (mark >= text_.mark_count() || text_.at(mark) >= line_end ||
      text_.at(mark) - line_start(text, text_.at(mark)) > header_max) {
    return std::nullopt;
  }
  const Frame frame = text_.frame(mark, limits_.event_json_depth_max);
  if (frame.end != Frame::End::whole) {
    return std::nullopt;
  }
  const std::size_t end = text_.at(frame.mark) + 1;
  const bool ends_line =
      end <= line_end &&
      text.substr(end, line_end - end).find_first_not_of(" \t\r") == std::string_view::npos;
  return ends_line ? std::optional<std::size_t>(text_.at(mark)) : std::nullopt;
}

std::optional<std::size_t> JsonStream::take_element(std::size_t start) {
  const std::string_view text = text_.text();
  constexpr std::string_view end_tag = "</Event>";
  // The next line that begins something of its own ends what is not whole, so that every byte is
  // looked at once.
  std::size_t next = text.size();
  for (const std::string_view begin : {"\n{", "\n<Event ", "\n<Event>"}) {
    next = std::min(next, std::min(text.find(begin, start + 1), text.size() - 1) + 1);
  }
  const std::size_t close = text.substr(0, next).find(end_tag, start);
  if (close != std::string_view::npos) {
    sinks_.xml(start, close + end_tag.size() - start);
    return close + end_tag.size();
  }
  if (next == text.size() && !blocks_.at_end() &&
      text.size() - start <= limits_.event_xml_bytes_max) {
    return std::nullopt;
  }
  sinks_.bad(start, next - start, "the element has no end");
  return next;
}

std::optional<std::size_t> JsonStream::take_string(std::size_t start) {
  const std::string_view text = blocks_.text();
  const auto is_escaped = [&](std::size_t at) {
    return (at - 1 - text.find_last_not_of('\\', at - 1)) % 2 == 1;
  };
  std::size_t end = text.find('"', start + 1);
  while (end != std::string_view::npos && is_escaped(end)) {
    end = text.find('"', end + 1);
  }
  if (end != std::string_view::npos) {
    sinks_.xml_string(start, end + 1 - start);
    return end + 1;
  }
  if (!blocks_.at_end() && text.size() - start <= limits_.event_json_bytes_max) {
    return std::nullopt;
  }
  sinks_.bad(start, text.size() - start, "the string has no end");
  return text.size();
}

std::optional<std::size_t> JsonStream::skip_junk(std::uint32_t mark) {
  const std::string_view text = text_.text();
  const std::size_t start = text_.at(mark);
  if (arrays_ > 0 || is_opened_ || is_behind_bad_) {
    return start + 1;
  }
  const std::size_t newline = text.find('\n', start);
  const std::size_t line_end = std::min(newline, text.size());
  if (newline == std::string_view::npos && !blocks_.at_end() &&
      text.size() - start <= limits_.event_json_bytes_max) {
    return std::nullopt;
  }
  if (is_first_on_line(text, start)) {
    const std::string_view line = text.substr(start, line_end - start);
    if (line.starts_with("<Event ") || line.starts_with("<Event>")) {
      return take_element(start);
    }
    if (is_heading(line)) {
      return line_end;
    }
    if (const auto object = object_on_line(mark, line_end)) {
      return object;
    }
  }
  const std::size_t next = newline == std::string_view::npos ? text.size() : newline + 1;
  is_in_bad_line_ = newline == std::string_view::npos && !blocks_.at_end();
  sinks_.bad(start, next - start, "this is no JSON object");
  return next;
}

std::size_t JsonStream::take_block() {
  const std::string_view text = blocks_.text();
  text_.open(text);
  std::uint32_t mark = 0;
  const auto go_to = [&](std::size_t position) {
    while (mark < text_.mark_count() && text_.at(mark) < position) {
      ++mark;
    }
  };
  if (is_in_bad_line_) {
    const std::size_t newline = text.find('\n');
    is_in_bad_line_ = newline == std::string_view::npos && !blocks_.at_end();
    go_to(newline == std::string_view::npos ? text.size() : newline);
    is_behind_bad_ = true;
  }
  while (mark < text_.mark_count()) {
    const char symbol = text_.symbol(mark);
    if (symbol == '{') {
      if (!may_begin(text_.at(mark))) {
        // Nothing else on that line may begin either.
        const std::size_t newline = text.find('\n', text_.at(mark));
        go_to(std::min(newline, text.size()));
        continue;
      }
      const Frame frame = text_.frame(mark, limits_.event_json_depth_max);
      if (frame.end == Frame::End::whole) {
        take_whole(mark);
        mark = frame.mark + 1;
        continue;
      }
      const auto next = behind_bad(mark, frame);
      if (!next) {
        // Its indentation stays with it.
        const std::size_t before = text.find_last_not_of(" \t", text_.at(mark) - 1);
        return text_.at(mark) == 0 || before == std::string_view::npos ? 0 : before + 1;
      }
      go_to(*next);
    } else if (symbol == '[' || symbol == ']' || symbol == ',' || symbol == '\n') {
      arrays_ += symbol == '[' ? 1 : 0;
      arrays_ -= symbol == ']' && arrays_ > 0 ? 1 : 0;
      ++mark;
    } else {
      const bool is_xml = !is_opened_ && begins_xml_string(text.substr(text_.at(mark)));
      const auto next = is_xml ? take_string(text_.at(mark)) : skip_junk(mark);
      if (!next) {
        return text_.at(mark);
      }
      go_to(*next);
    }
  }
  return text.size();
}

Result<void> JsonStream::run() {
  return blocks_.for_each([this] {
    const std::size_t used = take_block();
    taken_ += used;
    return used;
  });
}

}  // namespace npg
