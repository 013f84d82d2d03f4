#include "app/exception_journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "app/small_files.hpp"
#include "app/yaml_tree.hpp"
#include "base/checksum.hpp"
#include "base/json_writer.hpp"

namespace npg {
namespace {

constexpr std::uint64_t journal_bytes_max = 64ULL << 20;
constexpr std::string_view before_the_first =
    "0000000000000000000000000000000000000000000000000000000000000000";

std::string path_of(const std::string& folder) {
  return (std::filesystem::path(folder) / journal_name).string();
}

/// The line without its end: what is hashed.
std::string content_of(const JournalEntry& entry, std::uint64_t number, std::string_view previous) {
  JsonWriter json;
  json.begin_object()
      .field("number", number)
      .field("time", entry.time)
      .field("action", entry.action)
      .field("id", entry.id)
      .field("by", entry.by)
      .field("file", entry.file)
      .field("sha256", entry.sha256)
      .field("previous", previous)
      .end_object();
  return json.take();
}

std::string line_of(const JournalEntry& entry, std::uint64_t number, std::string_view previous,
                    std::string& hash) {
  std::string content = content_of(entry, number, previous);
  hash = sha256_hex(bytes_of(content));
  content.pop_back();  // the closing brace
  return fmt::format("{},\"hash\":\"{}\"}}\n", content, hash);
}

/// One line as an entry, if npguard would write exactly this line at this place.
bool take_line(std::string_view line, std::uint64_t number, Journal& journal) {
  const auto tree = read_yaml(line);  // JSON of one line is YAML, too.
  if (!tree || tree->kind != YamlNode::Kind::map) {
    return false;
  }
  const auto text = [&](std::string_view key) {
    const YamlNode* node = tree->find(key);
    return node == nullptr ? std::string() : node->text;
  };
  const auto time = parse_time(text("time"));
  JournalEntry entry{.time = time.value_or(FileTime{}),
                     .action = text("action"),
                     .id = text("id"),
                     .by = text("by"),
                     .file = text("file"),
                     .sha256 = text("sha256")};
  std::string hash;
  const bool is_next = line_of(entry, number, journal.last_hash, hash) == std::string(line) + "\n";
  // The chain goes on from what the line claims, so that one bad line is one problem.
  journal.last_hash = text("hash");
  journal.entries.push_back(std::move(entry));
  return is_next;
}

}  // namespace

Outcomed<Journal> read_journal(const std::string& folder) {
  Journal journal{.entries = {}, .last_hash = std::string(before_the_first), .problems = {}};
  std::error_code ignored;
  if (!std::filesystem::exists(path_of(folder), ignored)) {
    return journal;
  }
  NPG_TRY(const std::string text, read_small_file(path_of(folder), journal_bytes_max));
  std::string_view rest = text;
  for (std::uint64_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) {
      journal.problems.push_back(fmt::format("line {} is cut off", number));
      break;
    }
    if (!take_line(rest.substr(0, end), number, journal)) {
      journal.problems.push_back(
          fmt::format("line {} is not what the line before it leads to", number));
    }
    rest.remove_prefix(end + 1);
  }
  return journal;
}

std::map<std::string, JournalEntry> last_entries(const Journal& journal) {
  std::map<std::string, JournalEntry> last;
  for (const JournalEntry& entry : journal.entries) {
    last[entry.file] = entry;
  }
  return last;
}

std::string distrust(const Journal& journal, const std::string& file, const std::string& sha256) {
  if (!journal.problems.empty()) {
    return fmt::format("the journal proves nothing: {}", journal.problems.front());
  }
  const auto last = last_entries(journal);
  const auto told = last.find(file);
  if (told == last.end()) {
    return "the journal does not know it";
  }
  return told->second.sha256 == sha256 ? std::string()
                                       : "it is not what the journal's last entry for it says";
}

Outcomed<JournalLock> JournalLock::take(const std::string& folder) {
  const auto failed = [&] {
    return std::unexpected(
        Failure{FailureKind::not_written,
                fmt::format("{}: cannot be locked: {}", shown_path(folder), std::strerror(errno))});
  };
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) {
    return failed();
  }
  // The journal is replaced at each change, so that a lock on it would be one on the old file.
  while (::flock(descriptor, LOCK_EX) != 0) {
    if (errno != EINTR) {
      const auto failure = failed();
      ::close(descriptor);
      return failure;
    }
  }
  return JournalLock(descriptor);
}

JournalLock::~JournalLock() {
  if (folder_ >= 0) {
    ::close(folder_);
  }
}

Outcomed<void> append_to_journal(const std::string& folder, const JournalEntry& entry) {
  NPG_TRY(const Journal journal, read_journal(folder));
  if (!journal.problems.empty()) {
    return std::unexpected(
        Failure{FailureKind::refused,
                fmt::format("{}: {}", shown_path(path_of(folder)), journal.problems.front())});
  }
  std::string text;
  std::error_code ignored;
  if (std::filesystem::exists(path_of(folder), ignored)) {
    NPG_TRY(text, read_small_file(path_of(folder), journal_bytes_max));
  }
  std::string hash;
  text += line_of(entry, journal.entries.size() + 1, journal.last_hash, hash);
  return write_small_file(path_of(folder), text);
}

}  // namespace npg
