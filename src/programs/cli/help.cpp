#include "programs/cli/help.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace npg::cli {
namespace {

constexpr std::size_t width_max = 100;
/// Where CLI11 begins what an option or verb is for.
constexpr std::size_t description_column = 30;

/// One line, broken at blanks. What follows stands below the description of an option, else below
/// the line's own beginning. A line without a blank to break at stays as it is.
void add_wrapped(std::string_view line, std::string& out) {
  const std::size_t first = std::min(line.find_first_not_of(' '), line.size());
  const bool is_option =
      first == 2 && line.size() > description_column && line[description_column - 1] == ' ';
  const std::size_t indent = is_option ? description_column : first;
  std::size_t lead = 0;  // Blanks that stand in front of what is left.
  while (lead + line.size() > width_max) {
    const std::size_t blank = line.rfind(' ', width_max - lead);
    if (blank == std::string_view::npos || blank <= (lead == 0 ? indent : 0)) {
      break;
    }
    out += std::string(line.substr(0, blank)) + "\n" + std::string(indent, ' ');
    line.remove_prefix(blank + 1);
    lead = indent;
  }
  out += line;
}

class HundredColumns : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    const std::string wide = CLI::Formatter::make_help(app, std::move(name), mode);
    std::string narrow;
    std::string_view rest = wide;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      add_wrapped(rest.substr(0, end), narrow);
      narrow += end < rest.size() ? "\n" : "";
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return narrow;
  }
};

/// Of a verb's examples those of one of its own verbs, with the lines that they go on in.
std::string examples_of(std::string_view footer, const std::string& command) {
  std::string kept;
  bool goes_on = false;
  while (!footer.empty()) {
    const std::size_t end = std::min(footer.find('\n'), footer.size());
    const std::string_view line = footer.substr(0, end);
    footer.remove_prefix(std::min(end + 1, footer.size()));
    const std::size_t first = std::min(line.find_first_not_of(' '), line.size());
    const std::string_view text = line.substr(first);
    const bool is_its =
        text.starts_with(command) && (text.size() == command.size() || text[command.size()] == ' ');
    if (is_its || goes_on) {
      kept += "\n" + std::string(line);
    }
    goes_on = (is_its || goes_on) && line.ends_with('\\');
  }
  return kept.empty() ? std::string() : "\nExamples:" + kept;
}

std::vector<CLI::App*> verbs_of(CLI::App& app) {
  return app.get_subcommands(std::function<bool(CLI::App*)>());
}

/// CLI11 hands a verb's footer down to the verbs below it.
void narrow_footers(CLI::App& app, const std::string& command) {
  for (CLI::App* const below : verbs_of(app)) {
    const std::string name = command + " " + below->get_name();
    narrow_footers(*below, name);
    if (below->get_footer() == app.get_footer()) {
      below->footer(examples_of(app.get_footer(), name));
    }
  }
}

void set_formatter(CLI::App& app, const std::shared_ptr<HundredColumns>& formatter) {
  app.formatter(formatter);
  for (CLI::App* const below : verbs_of(app)) {
    set_formatter(*below, formatter);
  }
}

}  // namespace

void set_help(CLI::App& app) {
  narrow_footers(app, "npguard");
  set_formatter(app, std::make_shared<HundredColumns>());
}

}  // namespace npg::cli
