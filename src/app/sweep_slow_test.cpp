// Each kind of built sample, cut at every length and with each byte flipped, through a whole scan
// and every dump: never a crash, always an answer or an error with its offset, and no answer that
// differs from the sound one without saying that it is incomplete, wherever the format has what
// tells it. Runs for tens of seconds, hence the name.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "app/dump.hpp"
#include "app/outcome.hpp"
#include "app/render.hpp"
#include "app/scan.hpp"
#include "attack/json_scan.hpp"
#include "attack/json_tape.hpp"
#include "attack/json_text.hpp"
#include "testing/evtx_writer.hpp"
#include "testing/pe_writer.hpp"
#include "testing/regf_writer.hpp"
#include "testing/virtual_registry.hpp"
#include "testing/workplace.hpp"

namespace npg {
namespace {

using testing::datum;
using testing::EventRecipe;
using testing::EventType;

constexpr FileTime when{133'000'000'000'000'000};
const std::string config = "host/C/Windows/System32/config/";
const std::string image_path = "host/C/Windows/System32/np.dll";
const std::string log_path = "host/C/Windows/System32/winevt/Logs/Security.evtx";

struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;  ///< one past the last
};

struct Sample {
  std::string name;
  std::string kind;  ///< of `npguard dump`
  std::string path;
  std::vector<std::byte> whole;
  std::vector<std::pair<std::string, std::vector<std::byte>>> beside = {};
  std::string dumped = {};  ///< what dump is given: the hive of a transaction log
  /// Bytes that a checksum or a structure vouches for: a flip there may change no answer unseen.
  std::vector<Range> vouched = {};
  /// Where a shorter file is as good a one: nothing tells that there was more.
  std::vector<Range> seams = {};
  Range tail = {};         ///< zeros; not every byte of it is tried
  bool is_hashed = false;  ///< its SHA-256 is part of what is said of the host
};

std::ostream& operator<<(std::ostream& out, const Sample& sample) {
  return out << sample.name;
}

testing::RegfKey system_tree() {
  testing::RegfKey root{.name = "ROOT", .last_written = when};
  const auto set = [&](std::string_view path, std::string_view name, std::uint32_t type,
                       std::vector<std::byte> data) {
    testing::set_value(testing::key_at(root, path, when),
                       {.name = std::string(name), .type = type, .data = std::move(data)});
  };
  const std::string control = "ControlSet001\\Control\\";
  const std::string provider = "ControlSet001\\Services\\Np\\NetworkProvider";
  set("Select", "Current", 4, testing::dword_data(1));
  set(control + "ComputerName\\ComputerName", "ComputerName", 1, testing::sz_data("WS1"));
  set(control + "NetworkProvider\\Order", "ProviderOrder", 1, testing::sz_data("Np"));
  set(provider, "Name", 1, testing::sz_data("Np"));
  set(provider, "ProviderPath", 2, testing::sz_data("%SystemRoot%\\System32\\np.dll"));
  set(provider, "Class", 4, testing::dword_data(2));
  return root;
}

Sample hive_sample() {
  return {.name = "Hive",
          .kind = "hive",
          .path = config + "SYSTEM",
          .whole = testing::write_hive(system_tree(), {.last_written = when}),
          .vouched = {{0, 4096 + 32}}};
}

/// A dirty hive and the log with two entries that mends it.
testing::LoggedHive logged_hive() {
  const testing::HiveStamp stamp{.last_written = when};
  testing::HiveWriter writer(system_tree());
  std::vector<std::vector<std::byte>> states = {writer.image(stamp)};
  writer.set_value("ControlSet001\\Control\\NetworkProvider\\Order",
                   {.name = "ProviderOrder", .type = 1, .data = testing::sz_data("Np,Qr")}, when);
  states.push_back(writer.image(stamp));
  writer.remove_value("ControlSet001\\Services\\Np\\NetworkProvider", "Class", when);
  states.push_back(writer.image(stamp));
  return testing::log_states(states, 7);
}

Sample dirty_hive_sample() {
  testing::LoggedHive logged = logged_hive();
  return {.name = "DirtyHive",
          .kind = "hive",
          .path = config + "SYSTEM",
          .whole = std::move(logged.primary),
          .beside = {{config + "SYSTEM.LOG1", std::move(logged.log)}}};
}

Sample log_sample() {
  testing::LoggedHive logged = logged_hive();
  const std::size_t size = logged.log.size();
  const std::size_t second_entry = 512 + Bytes(logged.log).at<std::uint32_t>(512 + 4);
  return {.name = "TransactionLog",
          .kind = "hive",
          .path = config + "SYSTEM.LOG1",
          .whole = std::move(logged.log),
          .beside = {{config + "SYSTEM", std::move(logged.primary)}},
          .dumped = config + "SYSTEM",
          .vouched = {{0, size}},
          .seams = {{second_entry, second_entry + 40}}};
}

Sample image_sample() {
  std::vector<std::byte> whole = testing::write_image(
      {.dll_name = "np.dll",
       .exports = {{.name = "NPGetCaps"}, {.name = "NPLogonNotify"}, {.ordinal = 40}},
       .version = {.strings = {{"CompanyName", "Example"}},
                   .file_version = testing::version_number(1, 2, 3, 4)}});
  const std::size_t size = whole.size();
  return {.name = "Image",
          .kind = "pe",
          .path = image_path,
          .whole = std::move(whole),
          .beside = {{config + "SYSTEM", testing::write_hive(system_tree())}},
          .seams = {{size - 0x1ff, size}},  // the padding of the last sector
          .is_hashed = true};
}

EventRecipe logon(std::string_view user) {
  return {.provider = "Microsoft-Windows-Security-Auditing",
          .guid = "{54849625-5478-4994-A5BA-3E3B0328C30D}",
          .channel = "Security",
          .computer = "WS1",
          .event_id = 4624,
          .version = 2,
          .time = when,
          .data = {datum("TargetUserName", EventType::string, user),
                   datum("TargetLogonId", EventType::hex_int64, "0x3e7"),
                   datum("LogonType", EventType::uint32, "2")}};
}

Sample event_log_sample() {
  const std::array<EventRecipe, 3> events = {logon("alice"), logon("bob"), logon("carol")};
  std::vector<std::byte> whole = testing::write_evtx(events);
  const auto used =
      std::find_if(whole.rbegin(), whole.rend(), [](std::byte b) { return b != std::byte{}; });
  const auto end = static_cast<std::size_t>(whole.rend() - used);
  const std::size_t size = whole.size();
  return {.name = "EventLog",
          .kind = "evtx",
          .path = log_path,
          .whole = std::move(whole),
          .vouched = {{0, 128}, {4096, end}},
          .seams = {{4096, 4097}},
          .tail = {end + 64, size - 64}};
}

/// A variant's bytes on disk, and what is wrong with the answers to it.
class Variant {
 public:
  Variant(const Sample& sample, std::string what, std::vector<std::string>& wrong)
      : sample_(sample), what_(std::move(what)), wrong_(wrong) {}

  void require(bool holds, std::string_view text) {
    if (!holds) {
      wrong_.push_back(fmt::format("{}, {}: {}", sample_.name, what_, text));
    }
  }

 private:
  const Sample& sample_;
  std::string what_;
  std::vector<std::string>& wrong_;
};

/// What is said of the hosts, whatever is said of the files.
std::string answer_of(Assessment assessment) {
  assessment.complete = true;
  assessment.diagnostics.clear();
  assessment.diagnostic_counts.clear();
  for (EvidenceItem& item : assessment.evidence) {
    item = {.id = item.id, .path = item.path};
  }
  return assessment_as_json(assessment);
}

/// What makes a text no JSON; empty when it is some. Evidence may hold half a surrogate pair, and
/// its escape is kept so that the text can be given back: RFC 8259 allows it, ATT&CK's reader not.
std::string json_error(std::string text) {
  for (std::size_t at = text.find("\\ud"); at < text.size(); at = text.find("\\ud", at)) {
    text[at + 2] = '0';
  }
  Limits limits;
  limits.attack_tokens_max = UINT32_MAX;
  limits.attack_string_bytes_max = UINT32_MAX;
  attack::JsonTape tape;
  const auto end = attack::scan_json(text, 0, 0, limits, tape);
  if (!end) {
    const std::size_t at = std::min<std::size_t>(end.error().offset, text.size());
    return fmt::format("no JSON: {} near {}", describe(end.error()),
                       text.substr(at < 60 ? 0 : at - 60, 100));
  }
  return attack::skip_space(text, *end) == text.size() ? "" : "something behind the JSON";
}

struct Answers {
  std::string scan;
  bool scan_incomplete = false;
  bool scan_remarked = false;  ///< a notice or worse
  std::string dump;
  bool dump_incomplete = false;
  bool dump_remarked = false;
};

void check_evidence(const Assessment& assessment, Variant& variant) {
  // The damage may be in another file: a hive is read in part when its log is cut.
  const bool is_told = std::ranges::any_of(assessment.diagnostics, [&](const Diagnostic& one) {
    return one.evidence < assessment.evidence.size() && one.severity >= Severity::data_loss;
  });
  for (const EvidenceItem& item : assessment.evidence) {
    const bool is_lossy =
        item.status == EvidenceStatus::partial || item.status == EvidenceStatus::damaged;
    variant.require(!is_lossy || is_told, "a file read in part and no diagnostic that says where");
    variant.require(!is_lossy || !assessment.complete, "complete, and a file read in part");
    variant.require(item.status == EvidenceStatus::read || !item.detail.empty(),
                    "a file not read and no word why");
    if (item.counts.contains("records_seen")) {
      variant.require(item.counts.at("records_seen") ==
                          item.counts.at("records_parsed") + item.counts.at("records_failed"),
                      "records seen are not those parsed and failed");
    }
  }
}

void scan_variant(const Sample& sample, Variant& variant, Answers& answers) {
  const auto assessment = scan({.paths = {"host"}});
  variant.require(assessment.has_value(), "scan gave an error");
  if (!assessment) {
    return;
  }
  variant.require(assessment->evidence.size() == 1 + sample.beside.size(), "a file went missing");
  const std::string broken = json_error(assessment_as_json(*assessment));
  variant.require(broken.empty(), "scan: " + broken);
  check_evidence(*assessment, variant);
  answers.scan = answer_of(*assessment);
  answers.scan_incomplete = outcome_of(*assessment, {}).is_incomplete;
  answers.scan_remarked = std::ranges::any_of(assessment->diagnostics, [](const Diagnostic& one) {
    return one.severity >= Severity::notice;
  });
}

struct Dumped {
  std::string text;
  Result<void> result;
  bool is_incomplete = false;
  bool is_remarked = false;
};

Dumped dump_variant(const std::string& kind, const std::string& path, Variant& variant) {
  Dumped dumped;
  Diagnostics diagnostics;
  DumpNotes notes;
  dumped.result = dump(
      {.kind = kind, .path = path}, Limits{}, [&](std::string_view text) { dumped.text += text; },
      diagnostics, notes);
  dumped.is_incomplete = outcome_of(dumped.result, diagnostics).is_incomplete;
  dumped.is_remarked = diagnostics.worst() >= Severity::notice;
  if (!dumped.result) {
    variant.require(dumped.result.error().code != ErrorCode::io, "dump could not open the file");
  }
  std::size_t at = 0;
  while (at < dumped.text.size()) {
    const std::size_t end = dumped.text.find('\n', at);
    variant.require(end != std::string::npos, "dump gave a line without an end");
    if (end == std::string::npos) {
      break;
    }
    const std::string broken = json_error(dumped.text.substr(at, end - at));
    variant.require(broken.empty(), "dump: " + broken);
    at = end + 1;
  }
  return dumped;
}

class Sweep : public ::testing::TestWithParam<Sample> {
 protected:
  void SetUp() override {
    for (const auto& [path, content] : GetParam().beside) {
      ASSERT_TRUE(testing::write_file(path, content));
    }
    sound_ = answers(GetParam().whole, "whole");
    ASSERT_FALSE(sound_.scan_incomplete) << sound_.scan;
    ASSERT_FALSE(sound_.dump_incomplete);
    ASSERT_FALSE(sound_.dump.empty());
    ASSERT_NE(sound_.scan.find("WS1"), std::string::npos);
  }
  void TearDown() override {
    EXPECT_TRUE(wrong_.empty()) << fmt::format("{}", fmt::join(wrong_, "\n"));
  }

  [[nodiscard]] const Sample& sample() const { return GetParam(); }
  [[nodiscard]] bool is_skipped(std::size_t at) const {
    return at > sample().tail.begin && at < sample().tail.end && at % 509 != 0;
  }
  /// A few are enough to see what is wrong.
  [[nodiscard]] bool is_enough() const { return wrong_.size() >= 12; }

  Answers answers(std::span<const std::byte> content, std::string what) {
    Variant variant(sample(), std::move(what), wrong_);
    variant.require(testing::write_file(sample().path, content), "could not be written");
    Answers given;
    scan_variant(sample(), variant, given);
    const std::string& path = sample().dumped.empty() ? sample().path : sample().dumped;
    for (const char* kind : {"hive", "evtx", "pe"}) {
      // Another kind's reader looks at the first bytes and refuses: a part of the variants will do.
      if (sample().kind != kind && ++variants_ % 8 != 0 && content.size() > 512) {
        continue;
      }
      Dumped dumped = dump_variant(kind, path, variant);
      if (sample().kind == kind) {
        given.dump = std::move(dumped.text);
        given.dump_incomplete = dumped.is_incomplete;
        given.dump_remarked = dumped.is_remarked;
      } else {
        variant.require(!dumped.result && dumped.text.empty(), "taken for another kind of file");
      }
    }
    return given;
  }
  /// An answer that differs from the sound one must be called incomplete.
  void require_incomplete(const Answers& given, std::string what) {
    Variant variant(sample(), std::move(what), wrong_);
    variant.require(given.scan_incomplete || given.scan == sound_.scan,
                    "scan gave another answer and called it complete");
    variant.require(given.dump_incomplete || given.dump == sound_.dump,
                    "dump gave another answer and called it complete");
  }
  /// Where a checksum disagrees and everything was still read, a notice says so.
  void require_remarked(const Answers& given, std::string what) {
    Variant variant(sample(), std::move(what), wrong_);
    variant.require(given.scan_incomplete || given.scan_remarked || given.scan == sound_.scan,
                    "scan gave another answer without a word");
    variant.require(given.dump_incomplete || given.dump_remarked || given.dump == sound_.dump,
                    "dump gave another answer without a word");
  }
  /// Cut inside a seam, the file looks whole: the answer must be that of the part before it.
  [[nodiscard]] bool is_answer_before_seam(const Answers& given, std::size_t at) {
    const auto seam = std::ranges::find_if(
        sample().seams, [&](const Range& range) { return at >= range.begin && at < range.end; });
    if (seam == sample().seams.end()) {
      return false;
    }
    if (sample().is_hashed) {
      return true;  // Its hash and size tell them apart.
    }
    const Answers before = answers(std::span(sample().whole).first(seam->begin), "before a seam");
    return given.scan == before.scan && given.dump == before.dump;
  }

  Answers sound_;
  std::vector<std::string> wrong_;

 private:
  testing::Workplace workplace_;
  std::uint64_t variants_ = 0;
};

TEST_P(Sweep, CutAtEveryLength) {
  for (std::size_t length = 0; length < sample().whole.size() && !is_enough(); ++length) {
    if (is_skipped(length)) {
      continue;
    }
    const std::string what = fmt::format("cut at {}", length);
    const Answers given = answers(std::span(sample().whole).first(length), what);
    if (!is_answer_before_seam(given, length)) {
      require_incomplete(given, what);
    }
  }
}

TEST_P(Sweep, WithEachByteFlipped) {
  std::vector<std::byte> content = sample().whole;
  for (std::size_t at = 0; at < content.size() && !is_enough(); ++at) {
    if (is_skipped(at)) {
      continue;
    }
    for (const std::byte pattern : {std::byte{0xff}, std::byte{0x01}}) {
      const std::string what = fmt::format("byte {} xor {:#x}", at, std::to_integer<int>(pattern));
      content[at] ^= pattern;
      const Answers given = answers(content, what);
      const bool is_vouched = std::ranges::any_of(sample().vouched, [&](const Range& range) {
        return at >= range.begin && at < range.end;
      });
      if (is_vouched && !is_answer_before_seam(given, at)) {
        require_remarked(given, what);
      }
      if (sample().is_hashed) {
        Variant(sample(), what, wrong_).require(given.scan != sound_.scan, "the hash is the same");
      }
      content[at] ^= pattern;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Samples, Sweep,
                         ::testing::Values(hive_sample(), dirty_hive_sample(), log_sample(),
                                           image_sample(), event_log_sample()),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace npg
