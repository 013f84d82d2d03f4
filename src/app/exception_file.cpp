#include "app/exception_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "app/small_files.hpp"
#include "app/yaml_tree.hpp"
#include "base/checksum.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

constexpr std::size_t files_max = 10'000;

/// Reads the tree's fields; every problem is noted with its place and the reading goes on.
class FieldReading {
 public:
  explicit FieldReading(std::string_view name) : name_(name) {}

  ExceptionRule read(const YamlNode& root) {
    const char* const fields[] = {"id",      "title",        "reason",      "evidence",
                                  "owner",   "author",       "approver",    "created",
                                  "renewed", "expires",      "scope",       "selector",
                                  "weak",    "registration", "hides_up_to", "revoked"};
    ExceptionRule rule;
    if (!is_map(root, "the file", fields)) {
      return rule;
    }
    for (const char* required : {"id", "title", "reason", "evidence", "owner", "author", "approver",
                                 "created", "expires", "scope", "selector"}) {
      if (root.find(required) == nullptr) {
        note(root.place, fmt::format("the field {} is missing", required));
      }
    }
    rule.id = text(root, "id");
    rule.title = text(root, "title");
    rule.reason = text(root, "reason");
    rule.owner = text(root, "owner");
    rule.author = text(root, "author");
    rule.approver = text(root, "approver");
    rule.created = time(root, "created", false);
    if (root.find("renewed") != nullptr) {
      rule.renewed = time(root, "renewed", false);
    }
    rule.expires = time(root, "expires", true);
    rule.weak = truth(root, "weak");
    if (const YamlNode* level = root.find("hides_up_to")) {
      const auto severity = finding_severity_of(level->text);
      if (severity) {
        rule.hides_up_to = *severity;
      } else {
        note(level->place, "hides_up_to is one of info, low, medium, high, critical");
      }
    }
    read_evidence(root, rule);
    read_scope(root, rule);
    read_selector(root, rule);
    read_registration(root, rule);
    read_revoked(root, rule);
    if (problems_.empty()) {
      check(root, rule);
    }
    return rule;
  }
  void note(const YamlPlace& place, std::string_view text) {
    problems_ += fmt::format("{}{}:{}:{}: {}", problems_.empty() ? "" : "\n", name_, place.line,
                             place.column, text);
  }
  [[nodiscard]] const std::string& problems() const { return problems_; }

 private:
  template <std::size_t N>
  bool is_map(const YamlNode& node, std::string_view what, const char* const (&fields)[N]) {
    if (node.kind != YamlNode::Kind::map) {
      note(node.place, fmt::format("{} must be fields with values", what));
      return false;
    }
    for (const YamlNode::Entry& entry : node.entries) {
      if (std::ranges::find(fields, entry.key, [](const char* field) {
            return std::string_view(field);
          }) == std::end(fields)) {
        note(entry.place, fmt::format("the field {} is not known", shown(entry.key)));
      }
    }
    return true;
  }
  std::string text(const YamlNode& map, std::string_view field) {
    const YamlNode* node = map.find(field);
    if (node == nullptr) {
      return {};
    }
    if (node->kind != YamlNode::Kind::scalar || node->text.empty()) {
      note(node->place, fmt::format("{} must be text", field));
      return {};
    }
    if (node->text.find('\n') != std::string::npos ||
        escape_for_terminal(EvidenceText::from_utf8(node->text)) != node->text) {
      note(node->place, fmt::format("{} must be one line of visible characters", field));
      return {};
    }
    return node->text;
  }
  std::vector<std::string> texts(const YamlNode& map, std::string_view field) {
    std::vector<std::string> out;
    const YamlNode* node = map.find(field);
    if (node == nullptr) {
      return out;
    }
    if (node->kind != YamlNode::Kind::list || node->items.empty()) {
      note(node->place, fmt::format("{} must be a list with at least one entry", field));
      return out;
    }
    for (const YamlNode& item : node->items) {
      if (item.kind != YamlNode::Kind::scalar || item.text.empty() ||
          shown(item.text) != item.text) {
        note(item.place, fmt::format("an entry of {} must be text", field));
      } else {
        out.push_back(item.text);
      }
    }
    return out;
  }
  /// A date alone means its first moment in UTC, or with `to_its_end` the first one after it.
  FileTime time(const YamlNode& map, std::string_view field, bool to_its_end) {
    const YamlNode* node = map.find(field);
    if (node == nullptr) {
      return {};
    }
    constexpr std::size_t date_size = 10;
    const bool is_date = node->text.size() == date_size;
    auto time = node->kind == YamlNode::Kind::scalar ? parse_time(node->text) : std::nullopt;
    if (!time) {
      note(node->place,
           fmt::format("{} must be a date such as 2026-11-28, or a time with its zone such as "
                       "2026-11-28T18:00:00+01:00",
                       field));
      return {};
    }
    return is_date && to_its_end ? FileTime{time->ticks + FileTime::per_day} : *time;
  }
  bool truth(const YamlNode& map, std::string_view field) {
    const YamlNode* node = map.find(field);
    if (node == nullptr) {
      return false;
    }
    if (!node->is_plain || (node->text != "true" && node->text != "false")) {
      note(node->place, fmt::format("{} must be true or false", field));
    }
    return node->text == "true";
  }
  void read_evidence(const YamlNode& root, ExceptionRule& rule) {
    const YamlNode* list = root.find("evidence");
    if (list == nullptr) {
      return;
    }
    if (list->kind != YamlNode::Kind::list) {
      note(list->place, "evidence must be a list");
      return;
    }
    for (const YamlNode& item : list->items) {
      const char* const fields[] = {"ticket", "document", "other", "window"};
      if (!is_map(item, "an entry of evidence", fields)) {
        continue;
      }
      ChangeEvidence one;
      for (const char* kind : {"ticket", "document", "other"}) {
        if (item.find(kind) != nullptr) {
          if (!one.kind.empty()) {
            note(item.place, "an entry of evidence is one ticket, document or other");
          }
          one.kind = kind;
          one.reference = text(item, kind);
        }
      }
      if (one.kind.empty()) {
        note(item.place, "an entry of evidence names a ticket, document or other");
      }
      if (const YamlNode* window = item.find("window")) {
        const char* const ends[] = {"from", "to"};
        if (is_map(*window, "window", ends)) {
          if (window->find("from") == nullptr || window->find("to") == nullptr) {
            note(window->place, "a window has from and to");
          }
          one.window = ChangeWindow{time(*window, "from", false), time(*window, "to", true)};
        }
      }
      rule.evidence.push_back(std::move(one));
    }
  }
  void read_scope(const YamlNode& root, ExceptionRule& rule) {
    const YamlNode* scope = root.find("scope");
    if (scope == nullptr || (scope->kind == YamlNode::Kind::scalar && scope->text == "all")) {
      return;
    }
    const char* const fields[] = {"hosts", "tags", "roles"};
    if (!is_map(*scope, "scope", fields)) {
      return;
    }
    if (scope->entries.empty()) {
      note(scope->place, "scope names hosts, tags or roles, or is: all");
    }
    rule.scope = {.hosts = texts(*scope, "hosts"),
                  .tags = texts(*scope, "tags"),
                  .roles = texts(*scope, "roles")};
    for (const std::string& host : rule.scope.hosts) {
      const std::size_t star = host.find('*');
      if (star == 0 || (star != std::string::npos && star != host.size() - 1)) {
        note(scope->find("hosts")->place,
             "a host's name may end in * and has it nowhere else; every host is: scope: all");
      }
    }
  }
  void read_selector(const YamlNode& root, ExceptionRule& rule) {
    const YamlNode* selector = root.find("selector");
    const char* const fields[] = {"provider",     "path",       "signer", "signer_thumbprint",
                                  "version_from", "version_to", "sha256"};
    if (selector == nullptr || !is_map(*selector, "selector", fields)) {
      return;
    }
    rule.selector = {.provider = text(*selector, "provider"),
                     .path = text(*selector, "path"),
                     .signer = text(*selector, "signer"),
                     .signer_thumbprint = text(*selector, "signer_thumbprint"),
                     .version_from = text(*selector, "version_from"),
                     .version_to = text(*selector, "version_to"),
                     .sha256 = text(*selector, "sha256")};
  }
  void read_registration(const YamlNode& root, ExceptionRule& rule) {
    const YamlNode* registration = root.find("registration");
    const char* const fields[] = {"class", "provider_path", "authent_provider_path"};
    if (registration == nullptr || !is_map(*registration, "registration", fields)) {
      return;
    }
    rule.registration = {.provider_class = text(*registration, "class"),
                         .provider_path = text(*registration, "provider_path"),
                         .authent_provider_path = text(*registration, "authent_provider_path")};
    if (registration->entries.empty()) {
      note(registration->place, "registration names class, provider_path or authent_provider_path");
    }
  }
  void read_revoked(const YamlNode& root, ExceptionRule& rule) {
    const YamlNode* revoked = root.find("revoked");
    const char* const fields[] = {"at", "by", "because"};
    if (revoked == nullptr || !is_map(*revoked, "revoked", fields)) {
      return;
    }
    for (const char* field : fields) {
      if (revoked->find(field) == nullptr) {
        note(revoked->place, fmt::format("revoked needs {}", field));
      }
    }
    rule.revoked = time(*revoked, "at", false);
    rule.revoked_by = text(*revoked, "by");
    rule.revoked_because = text(*revoked, "because");
  }
  /// Places a rule's problem at its field, or at the nearest one that is there.
  void check(const YamlNode& root, const ExceptionRule& rule) {
    for (const ExceptionProblem& problem : check_exception(rule)) {
      YamlPlace place = root.place;
      const YamlNode* node = &root;
      std::string_view rest = problem.field;
      while (node != nullptr && !rest.empty()) {
        node = node->find(rest.substr(0, rest.find('.')));
        place = node != nullptr ? node->place : place;
        rest.remove_prefix(
            std::min(rest.find('.') == std::string_view::npos ? rest.size() : rest.find('.') + 1,
                     rest.size()));
      }
      note(place, fmt::format("{}: {}", problem.field, problem.text));
    }
  }

  std::string name_;
  std::string problems_;
};

void add_list(std::string& out, std::string_view field, const std::vector<std::string>& items) {
  if (items.empty()) {
    return;
  }
  out += fmt::format("  {}:\n", field);
  for (const std::string& item : items) {
    out += fmt::format("    - {}\n", yaml_quoted(item));
  }
}

}  // namespace

Outcomed<ExceptionRule> parse_exception(std::string_view text, std::string_view name) {
  FieldReading reading(name);
  const auto tree = read_yaml(text);
  if (!tree) {
    reading.note(tree.error().place, tree.error().text);
    return std::unexpected(Failure{FailureKind::refused, reading.problems()});
  }
  ExceptionRule rule = reading.read(*tree);
  if (!reading.problems().empty()) {
    return std::unexpected(Failure{FailureKind::refused, reading.problems()});
  }
  return rule;
}

std::string exception_text(const ExceptionRule& rule) {
  std::string out;
  const auto field = [&out](std::string_view name, std::string_view value) {
    if (!value.empty()) {
      out += fmt::format("{}: {}\n", name, yaml_quoted(value));
    }
  };
  field("id", rule.id);
  field("title", rule.title);
  field("reason", rule.reason);
  out += "evidence:\n";
  for (const ChangeEvidence& one : rule.evidence) {
    out += fmt::format("  - {}: {}\n", one.kind, yaml_quoted(one.reference));
    if (one.window) {
      out += fmt::format("    window:\n      from: {}\n      to: {}\n",
                         to_rfc3339(one.window->from), to_rfc3339(one.window->to));
    }
  }
  field("owner", rule.owner);
  field("author", rule.author);
  field("approver", rule.approver);
  out += fmt::format("created: {}\n", to_rfc3339(rule.created));
  if (rule.renewed) {
    out += fmt::format("renewed: {}\n", to_rfc3339(*rule.renewed));
  }
  out += fmt::format("expires: {}\n", to_rfc3339(rule.expires));
  if (rule.scope.hosts.empty() && rule.scope.tags.empty() && rule.scope.roles.empty()) {
    out += "scope: all\n";
  } else {
    out += "scope:\n";
    add_list(out, "hosts", rule.scope.hosts);
    add_list(out, "tags", rule.scope.tags);
    add_list(out, "roles", rule.scope.roles);
  }
  out += "selector:\n";
  const ExceptionSelector& selector = rule.selector;
  field("  provider", selector.provider);
  field("  path", selector.path);
  field("  signer", selector.signer);
  field("  signer_thumbprint", selector.signer_thumbprint);
  field("  version_from", selector.version_from);
  field("  version_to", selector.version_to);
  field("  sha256", selector.sha256);
  if (rule.registration.is_given()) {
    out += "registration:\n";
    field("  class", rule.registration.provider_class);
    field("  provider_path", rule.registration.provider_path);
    field("  authent_provider_path", rule.registration.authent_provider_path);
  }
  if (rule.weak) {
    out += "weak: true\n";
  }
  if (rule.hides_up_to != FindingSeverity::medium) {
    out += fmt::format("hides_up_to: {}\n", name_of(rule.hides_up_to));
  }
  if (rule.revoked) {
    out += fmt::format("revoked:\n  at: {}\n", to_rfc3339(*rule.revoked));
    field("  by", rule.revoked_by);
    field("  because", rule.revoked_because);
  }
  return out;
}

Outcomed<std::vector<LoadedException>> load_exceptions(const std::string& path) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  std::error_code refused;
  const bool is_folder = fs::is_directory(path, refused);
  if (is_folder) {
    for (auto entry = fs::directory_iterator(path, refused);
         !refused && entry != fs::directory_iterator(); entry.increment(refused)) {
      const std::string ending = entry->path().extension().string();
      if (ending == ".yaml" || ending == ".yml") {
        files.push_back(entry->path().string());
      }
      if (files.size() > files_max) {
        return std::unexpected(
            Failure{FailureKind::refused,
                    fmt::format("{}: more than {} files", shown_path(path), files_max)});
      }
    }
    if (refused) {
      return std::unexpected(Failure{FailureKind::no_input,
                                     fmt::format("{}: {}", shown_path(path), refused.message())});
    }
    std::ranges::sort(files);
  } else {
    files.push_back(path);
  }
  std::vector<LoadedException> loaded;
  std::map<std::string, std::string> file_of_id;
  std::string problems;
  for (const std::string& file : files) {
    NPG_TRY(const std::string text, read_small_file(file, yaml_bytes_max));
    auto rule = parse_exception(text, shown_path(file));
    if (!rule) {
      problems += (problems.empty() ? "" : "\n") + rule.error().text;
      continue;
    }
    const auto [first, is_new] = file_of_id.emplace(name_key(rule->id), file);
    if (!is_new) {
      problems +=
          fmt::format("{}{}:1:1: the id {} is that of {}, too", problems.empty() ? "" : "\n",
                      shown_path(file), rule->id, shown_path(first->second));
      continue;
    }
    loaded.push_back({.file = is_folder ? fs::path(file).filename().string() : file,
                      .text = text,
                      .sha256 = sha256_hex(bytes_of(text)),
                      .rule = *std::move(rule)});
  }
  if (!problems.empty()) {
    return std::unexpected(Failure{FailureKind::refused, problems});
  }
  std::ranges::sort(loaded, {}, [](const LoadedException& one) { return one.rule.id; });
  return loaded;
}

}  // namespace npg
