// Real event JSON (NPGUARD_CORPUS) against a count of its own: every line of every recording, and
// every exported event, with the events of each id.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "format/event_text/text_start.hpp"
#include "source/event_json/stream_test.hpp"

namespace npg {
namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return std::move(text).str();
}

/// Numbers behind a name, found by the letters alone: `"EventID": 4657` or `"EventID":"4657"`.
std::map<std::uint32_t, std::uint64_t> ids_by_letters(std::string_view text) {
  std::map<std::uint32_t, std::uint64_t> ids;
  constexpr std::string_view name = "\"EventID\":";
  for (std::size_t at = text.find(name); at != std::string_view::npos;
       at = text.find(name, at + 1)) {
    const std::size_t digits = text.find_first_not_of(" \"", at + name.size());
    ++ids[static_cast<std::uint32_t>(std::strtoul(text.data() + digits, nullptr, 10))];
  }
  return ids;
}

std::map<std::uint32_t, std::uint64_t> ids_of(const EventStreamSummary& summary) {
  std::map<std::uint32_t, std::uint64_t> ids;
  for (const StreamChannel& channel : summary.channels) {
    for (const auto& [what, count] : channel.counts) {
      ids[what.second] += count;
    }
  }
  return ids;
}

TEST(StreamCorpus, EveryExportedEventIsRead) {
  const char* folder = std::getenv("NPGUARD_CORPUS");
  if (folder == nullptr) {
    GTEST_SKIP() << "NPGUARD_CORPUS names no folder of samples";
  }
  std::size_t files = 0;
  std::uint64_t events = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::filesystem::path(folder) / "json")) {
    if (entry.path().extension() != ".json") {
      continue;
    }
    const std::string text = content_of(entry.path());
    const auto first =
        std::as_bytes(std::span(text)).first(std::min<std::size_t>(text.size(), 8192));
    ASSERT_EQ(event_text_of(Bytes(first)), EventText::json) << entry.path();
    const auto read = testing::read_events_of(text);
    EXPECT_EQ(read.summary.objects_failed, 0U) << entry.path();
    EXPECT_EQ(read.summary.not_events, 0U) << entry.path();
    auto ids = ids_of(read.summary);
    std::uint64_t sum = read.summary.duplicates;
    for (const auto& [id, count] : ids) {
      sum += count;
    }
    EXPECT_EQ(sum, read.summary.events) << entry.path();
    if (read.summary.duplicates == 0) {
      EXPECT_EQ(ids, ids_by_letters(text)) << entry.path();
    }
    events += read.summary.events;
    ++files;
  }
  EXPECT_GE(files, 200U);
  EXPECT_GE(events, files);
}

}  // namespace
}  // namespace npg
