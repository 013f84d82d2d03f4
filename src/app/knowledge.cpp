#include "app/knowledge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "analysis/inventory/known.hpp"
#include "analysis/inventory/path_resolution.hpp"
#include "app/data.hpp"
#include "base/check.hpp"
#include "base/evidence_text.hpp"
#include "base/filetime.hpp"
#include "base/registry_types.hpp"

namespace npg {
namespace {

constexpr std::array<std::string_view, 17> columns = {"name",
                                                      "product",
                                                      "vendor",
                                                      "kind",
                                                      "paths",
                                                      "authent",
                                                      "class",
                                                      "credentials",
                                                      "display",
                                                      "builds",
                                                      "exports",
                                                      "signers",
                                                      "signer_confidence",
                                                      "file_products",
                                                      "source",
                                                      "confidence",
                                                      "date"};

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(end + 1);
  }
}

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  return status == std::errc{} && end == text.data() + text.size() ? std::optional(value)
                                                                   : std::nullopt;
}

std::vector<std::string> forms(std::string_view cell) {
  std::vector<std::string> out;
  for (const std::string_view form : split(cell, '|')) {
    if (form != "?" && form != "-") {
      out.emplace_back(form);
    }
  }
  return out;
}

using Cells = std::vector<std::string_view>;

/// Goes through a table whose first row is its header: take(cells) gives what is wrong with a row,
/// or nothing. The first row that is refused ends it.
template <std::size_t Columns, typename Take>
std::expected<void, std::string> read_table(std::string_view table,
                                            const std::array<std::string_view, Columns>& header,
                                            const Take& take) {
  bool header_seen = false;
  std::size_t line_number = 0;
  for (const std::string_view line : split(table, '\n')) {
    ++line_number;
    if (line.empty() || line.starts_with('#')) {
      continue;
    }
    const Cells cells = split(line, '\t');
    std::string_view why;
    std::string wrong_width;
    if (cells.size() != Columns) {
      wrong_width = fmt::format("the row has not {} columns", Columns);
      why = wrong_width;
    } else if (header_seen) {
      why = take(cells);
    } else if (!std::ranges::equal(cells, header)) {
      why = "this is not the header";
    }
    if (!why.empty()) {
      return std::unexpected(fmt::format("line {}: {}", line_number, why));
    }
    header_seen = true;
  }
  return {};
}

std::string_view take_value(const Cells& cells, std::vector<WindowsValue>& rows) {
  constexpr std::array<std::pair<std::string_view, std::uint32_t>, 5> types = {
      {{"?", 0}, {"sz", 1}, {"expand_sz", 2}, {"binary", 3}, {"multi_sz", 7}}};
  const auto* const type =
      std::ranges::find(types, cells[2], [](const auto& t) { return t.first; });
  if (type == types.end()) {
    return "type is none of ?, sz, expand_sz, binary, multi_sz";
  }
  if (std::ranges::any_of(cells, [](std::string_view cell) { return cell.empty(); })) {
    return "a cell is empty";
  }
  rows.push_back({.provider = std::string(cells[0]),
                  .value = std::string(cells[1]),
                  .type = type->second,
                  .text = std::string(cells[3]),
                  .source = std::string(cells[4])});
  return {};
}

std::string_view take_permission(const Cells& cells, std::vector<DefaultPermission>& rows) {
  const auto builds = split(cells[1], '-');
  const bool has_builds = builds.size() == 2;
  DefaultPermission row{.key = std::string(cells[0]),
                        .first_build = has_builds ? number(builds[0]).value_or(0) : 0,
                        .last_build = has_builds && builds[1].empty() ? UINT32_MAX
                                      : has_builds ? number(builds[1]).value_or(0)
                                                   : 0,
                        .owners = forms(cells[2]),
                        .writers = forms(cells[4]),
                        .source = std::string(cells[6]),
                        .is_verified = cells[5] == "yes"};
  if (row.first_build == 0 || row.first_build > row.last_build) {
    return "builds is not first-last";
  }
  if (cells[3] != "yes" && cells[3] != "no" && cells[3] != "?") {
    return "protected is neither yes, no nor ?";
  }
  if (cells[3] != "?") {
    row.is_protected = cells[3] == "yes";
  }
  if (row.key.empty() || row.owners.empty() || row.source.empty() || cells[7].empty()) {
    return "key, owners, source or date is empty";
  }
  if (cells[5] != "yes" && cells[5] != "no") {
    return "verified is neither yes nor no";
  }
  rows.push_back(std::move(row));
  return {};
}

/// A name or path that some file of the evidence can have: no pattern, but for "*\\" in front of a
/// path, which is any folder that products are installed to.
bool is_one_name(std::string_view text) {
  return text.find_first_of("*?") == std::string_view::npos;
}
bool is_path_form(std::string_view form) {
  for (const std::string_view prefix : {"*\\", "\\\\?\\", "\\??\\"}) {
    form.remove_prefix(form.starts_with(prefix) ? prefix.size() : 0);
  }
  return !form.empty() && !form.ends_with('\\') && is_one_name(form);
}

/// "2026-11-28": the day that a row was recorded.
bool is_day(std::string_view text) {
  constexpr std::size_t day_length = 10;
  return text.size() == day_length && parse_time(text).has_value();
}

std::expected<KnownProvider, std::string> parse_row(const std::vector<std::string_view>& cells) {
  if (cells.size() != columns.size()) {
    return std::unexpected(
        fmt::format("has {} columns, {} are needed", cells.size(), columns.size()));
  }
  KnownProvider row{.name = std::string(cells[0]),
                    .product = std::string(cells[1]),
                    .vendor = std::string(cells[2])};
  if (cells[3] != "inbox" && cells[3] != "third_party") {
    return std::unexpected("kind is neither inbox nor third_party");
  }
  row.is_inbox = cells[3] == "inbox";
  row.paths = forms(cells[4]);
  row.authent_is_known = cells[5] != "?";
  row.authent_paths = forms(cells[5]);
  row.class_is_known = cells[6] != "?";
  if (row.class_is_known && cells[6] != "none") {
    row.provider_class = number(cells[6]);
    if (!row.provider_class) {
      return std::unexpected("class is neither none, ? nor a number");
    }
  }
  if (cells[7] != "yes" && cells[7] != "no" && cells[7] != "?") {
    return std::unexpected("credentials is neither yes, no nor ?");
  }
  row.credentials = cells[7] == "yes" ? YesNo::yes : cells[7] == "no" ? YesNo::no : YesNo::unknown;
  row.display_name = cells[8] == "?" ? "" : std::string(cells[8]);
  const auto builds = split(cells[9], '-');
  if (builds.size() != 2) {
    return std::unexpected("builds is not first-last");
  }
  row.first_build = builds[0].empty() ? 0 : number(builds[0]).value_or(UINT32_MAX);
  row.last_build = builds[1].empty() ? UINT32_MAX : number(builds[1]).value_or(0);
  if (row.first_build > row.last_build) {
    return std::unexpected("builds is not first-last");
  }
  if (cells[10] != "network" && cells[10] != "credential" && cells[10] != "both" &&
      cells[10] != "?") {
    return std::unexpected("exports is neither network, credential, both nor ?");
  }
  row.exports = cells[10] == "?" ? "" : std::string(cells[10]);
  row.signers = forms(cells[11]);
  row.file_products = forms(cells[13]);
  row.source = std::string(cells[14]);
  if (row.name.empty() || row.source.empty() || cells[16].empty()) {
    return std::unexpected("name, source or date is empty");
  }
  if (!is_one_name(row.name)) {
    return std::unexpected("name is a pattern; a row is of one provider");
  }
  for (const std::vector<std::string>* paths : {&row.paths, &row.authent_paths}) {
    if (!std::ranges::all_of(*paths, is_path_form)) {
      return std::unexpected("a path is a pattern, or names no file");
    }
  }
  if (!is_day(cells[16])) {
    return std::unexpected("date is no day (2026-11-28)");
  }
  for (const std::size_t confidence : {12U, 15U}) {
    if (cells[confidence] != "high" && cells[confidence] != "low") {
      return std::unexpected(fmt::format("{} is neither high nor low", columns[confidence]));
    }
  }
  row.signer_is_confident = cells[12] == "high";
  row.is_confident = cells[15] == "high";
  return row;
}

/// The file that a path leads to, without a stream's name behind it.
std::string file_name_of(const std::string& form) {
  const ResolvedPath path = resolve_path(SharedText(std::string_view(form)), reg::expand_sz, {});
  // What leads nowhere is compared as it is written.
  const std::string whole = path.resolved.empty() ? form : path.resolved;
  const std::string name = whole.substr(whole.rfind('\\') + 1);
  return name.substr(0, name.find(':'));
}

/// What a row of the user's own says that is not for a file to say; empty when nothing. A product's
/// row under a name or a file of Windows' own would have that one judged as the product.
std::string refusal_of_users_row(const KnownProvider& row, const Knowledge& shipped) {
  if (row.is_inbox) {
    return fmt::format("the row of {} says inbox; what ships with Windows is not for a file to say",
                       row.name);
  }
  for (const KnownProvider& own : shipped.providers) {
    if (own.is_inbox && equal_names(own.name, row.name)) {
      return fmt::format("{} is the name of a provider of Windows' own, and no product's",
                         row.name);
    }
  }
  for (const std::vector<std::string>* paths : {&row.paths, &row.authent_paths}) {
    for (const std::string& path : *paths) {
      if (const KnownProvider* own = owner_of_file(file_name_of(path), shipped)) {
        return fmt::format("{} is the file of {}, a provider of Windows' own, and no product's",
                           path, own->name);
      }
    }
  }
  return {};
}

/// Goes through a table of known providers: refuse(row) gives what is wrong with a row that fits
/// the header, or nothing.
template <typename Refuse>
std::expected<std::vector<KnownProvider>, std::string> read_known_providers(std::string_view table,
                                                                            const Refuse& refuse) {
  std::vector<KnownProvider> rows;
  bool header_seen = false;
  std::size_t line_number = 0;
  // What editors and spreadsheets of Windows add.
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  table.remove_prefix(table.starts_with(byte_order_mark) ? byte_order_mark.size() : 0);
  for (std::string_view line : split(table, '\n')) {
    ++line_number;
    line.remove_suffix(line.ends_with('\r') ? 1 : 0);
    if (line.empty() || line.starts_with('#')) {
      continue;
    }
    const auto cells = split(line, '\t');
    if (!header_seen) {
      if (!std::equal(cells.begin(), cells.end(), columns.begin(), columns.end())) {
        return std::unexpected(
            fmt::format("line {}: the header is not {}", line_number, fmt::join(columns, " ")));
      }
      header_seen = true;
      continue;
    }
    auto row = parse_row(cells);
    const std::string why = row ? refuse(*row) : row.error();
    if (!why.empty()) {
      return std::unexpected(fmt::format("line {}: {}", line_number,
                                         escape_for_terminal(EvidenceText::from_utf8(why))));
    }
    rows.push_back(*std::move(row));
  }
  if (!header_seen) {
    return std::unexpected("there is no header line");
  }
  return rows;
}

}  // namespace

std::expected<Knowledge, std::string> parse_known_providers(std::string_view table) {
  auto rows = read_known_providers(table, [](const KnownProvider&) { return std::string(); });
  if (!rows) {
    return std::unexpected(rows.error());
  }
  Knowledge knowledge;
  knowledge.providers = *std::move(rows);
  return knowledge;
}

std::expected<Knowledge, std::string> knowledge_with(std::string_view users_table) {
  Knowledge knowledge = shipped_knowledge();
  auto rows = read_known_providers(users_table, [&knowledge](const KnownProvider& row) {
    return refusal_of_users_row(row, knowledge);
  });
  if (!rows) {
    return std::unexpected(rows.error());
  }
  for (KnownProvider& row : *rows) {
    row.is_users = true;
    knowledge.providers.push_back(std::move(row));
  }
  return knowledge;
}

std::vector<std::string> names_given_twice(const Knowledge& knowledge) {
  std::map<std::string, std::pair<std::string, std::size_t>> rows;
  for (const KnownProvider& row : knowledge.providers) {
    if (row.is_users) {
      auto& [name, count] = rows[name_key(row.name)];
      name = row.name;
      ++count;
    }
  }
  std::vector<std::string> names;
  for (const auto& [key, row] : rows) {
    if (row.second > 1) {
      names.push_back(escape_for_terminal(EvidenceText::from_utf8(row.first)));
    }
  }
  return names;
}

std::expected<std::vector<WindowsValue>, std::string> parse_known_values(std::string_view table) {
  constexpr std::array<std::string_view, 6> header = {"provider", "value",  "type",
                                                      "text",     "source", "date"};
  std::vector<WindowsValue> rows;
  const auto read =
      read_table(table, header, [&rows](const Cells& cells) { return take_value(cells, rows); });
  return read ? std::expected<std::vector<WindowsValue>, std::string>(std::move(rows))
              : std::unexpected(read.error());
}

std::expected<std::vector<DefaultPermission>, std::string> parse_default_permissions(
    std::string_view table) {
  constexpr std::array<std::string_view, 8> header = {"key",     "builds",   "owners", "protected",
                                                      "writers", "verified", "source", "date"};
  std::vector<DefaultPermission> rows;
  const auto read = read_table(
      table, header, [&rows](const Cells& cells) { return take_permission(cells, rows); });
  return read ? std::expected<std::vector<DefaultPermission>, std::string>(std::move(rows))
              : std::unexpected(read.error());
}

const Knowledge& shipped_knowledge() {
  static const Knowledge knowledge = [] {
    auto parsed = parse_known_providers(data::known_providers);
    auto permissions = parse_default_permissions(data::default_permissions);
    auto values = parse_known_values(data::known_values);
    // The shipped tables are checked by a test; a build with a wrong one must not start.
    NPG_CHECK(parsed.has_value() && permissions.has_value() && values.has_value());
    parsed->permissions = *std::move(permissions);
    parsed->values = *std::move(values);
    return *std::move(parsed);
  }();
  return knowledge;
}

}  // namespace npg
