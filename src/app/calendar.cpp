#include "app/calendar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "app/small_files.hpp"
#include "app/yaml_tree.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

constexpr std::uint64_t calendar_bytes_max = 16ULL << 20;
constexpr std::array<std::string_view, 5> columns = {"ticket", "from", "to", "hosts", "what"};

std::unexpected<Failure> wrong(std::string_view name, const YamlPlace& place,
                               std::string_view text) {
  return std::unexpected(Failure{
      FailureKind::refused, fmt::format("{}:{}:{}: {}", name, place.line, place.column, text)});
}

std::vector<std::string> hosts_of(std::string_view text) {
  std::vector<std::string> hosts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("; "), text.size());
    if (end > 0) {
      hosts.emplace_back(text.substr(0, end));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return hosts;
}

Outcomed<ApprovedChange> change_of(const std::map<std::string, std::string>& cells,
                                   std::string_view name, const YamlPlace& place) {
  const auto cell = [&](std::string_view column) {
    const auto found = cells.find(std::string(column));
    return found == cells.end() ? std::string() : found->second;
  };
  const auto from = parse_time(cell("from"));
  const auto to = parse_time(cell("to"));
  if (cell("ticket").empty()) {
    return wrong(name, place, "no ticket");
  }
  if (!from || !to || *to <= *from) {
    return wrong(name, place,
                 "from and to must be times with their zone, such as 2026-11-28T18:00:00+01:00, in "
                 "this order");
  }
  if (to->ticks - from->ticks > longest_change_days * 24 * 3600 * FileTime::per_second) {
    return wrong(name, place,
                 fmt::format("an approved change takes at most {} days", longest_change_days));
  }
  if (cell("what").empty()) {
    return wrong(
        name, place,
        fmt::format("what must name the provider, product or file, or be \"{}\"", any_change));
  }
  return ApprovedChange{cell("ticket"), *from, *to, hosts_of(cell("hosts")), cell("what")};
}

/// One record of RFC 4180, taken off the front with its line end.
Outcomed<std::vector<std::string>> take_record(std::string_view& text, YamlPlace& place,
                                               std::string_view name) {
  std::vector<std::string> cells(1);
  bool is_quoted = false;
  const YamlPlace begin = place;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    place.column += 1;
    if (c == '\n') {
      place = {.line = place.line + 1, .column = 1};
    }
    if (is_quoted) {
      if (c == '"' && text.starts_with('"')) {
        cells.back() += c;
        text.remove_prefix(1);
      } else if (c == '"') {
        is_quoted = false;
      } else {
        cells.back() += c;
      }
    } else if (c == '"' && cells.back().empty()) {
      is_quoted = true;
    } else if (c == ',') {
      cells.emplace_back();
    } else if (c == '\n') {
      return cells;
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  if (is_quoted) {
    return wrong(name, begin, "a quote is not closed");
  }
  return cells;
}

Outcomed<std::vector<ApprovedChange>> parse_csv(std::string_view text, std::string_view name) {
  YamlPlace place;
  NPG_TRY(const auto head, take_record(text, place, name));
  for (const std::string& column : head) {
    if (std::ranges::find(columns, column) == columns.end() ||
        std::ranges::count(head, column) > 1) {
      return wrong(
          name, {},
          fmt::format("the head line has ticket, from, to, hosts and what, each once; not {}",
                      escape_for_terminal(EvidenceText::from_utf8(column))));
    }
  }
  std::vector<ApprovedChange> changes;
  while (!text.empty()) {
    const YamlPlace begin = place;
    NPG_TRY(const auto cells, take_record(text, place, name));
    if (cells.size() != head.size()) {
      return wrong(name, begin,
                   fmt::format("{} cells, the head line has {}", cells.size(), head.size()));
    }
    std::map<std::string, std::string> by_column;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      by_column[head[i]] = cells[i];
    }
    NPG_TRY(auto change, change_of(by_column, name, begin));
    changes.push_back(std::move(change));
  }
  return changes;
}

Outcomed<std::vector<ApprovedChange>> parse_json(std::string_view text, std::string_view name) {
  const auto tree = read_yaml(text);  // JSON is YAML; the same bounds hold.
  if (!tree) {
    return wrong(name, tree.error().place, tree.error().text);
  }
  std::vector<ApprovedChange> changes;
  for (const YamlNode& item : tree->items) {
    if (item.kind != YamlNode::Kind::map) {
      return wrong(name, item.place, "an entry must be an object");
    }
    std::map<std::string, std::string> cells;
    for (const YamlNode::Entry& entry : item.entries) {
      if (std::ranges::find(columns, entry.key) == columns.end()) {
        return wrong(name, entry.place,
                     fmt::format("the key {} is not known",
                                 escape_for_terminal(EvidenceText::from_utf8(entry.key))));
      }
      std::string value = entry.value.text;
      for (const YamlNode& host : entry.value.items) {
        value += host.text + ";";
      }
      cells[entry.key] = value;
    }
    NPG_TRY(auto change, change_of(cells, name, item.place));
    changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace

Outcomed<std::vector<ApprovedChange>> parse_calendar(std::string_view text, std::string_view name) {
  if (!EvidenceText::from_utf8(text).well_formed()) {
    return wrong(name, {}, "not UTF-8");
  }
  if (text.starts_with("\xef\xbb\xbf")) {
    text.remove_prefix(3);  // Spreadsheets write a byte order mark.
  }
  return text.starts_with('[') ? parse_json(text, name) : parse_csv(text, name);
}

Outcomed<std::vector<ApprovedChange>> read_calendar(const std::string& path) {
  NPG_TRY(const std::string text, read_small_file(path, calendar_bytes_max));
  return parse_calendar(text, shown_path(path));
}

}  // namespace npg
