#include "app/dump_recovered.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "app/registry_json.hpp"
#include "base/json_writer.hpp"
#include "source/hive/recovered.hpp"

namespace npg {
namespace {

constexpr std::size_t written_at_once = 64 * 1024;

class Printer {
 public:
  Printer(std::span<const FileView* const> files, const std::function<void(std::string_view)>& out)
      : files_(files), out_(out) {}

  void key(const RecoveredRegistryKey& key) {
    JsonWriter json;
    json.begin_object();
    json.field("record", "key");
    write_path(json, "path", key.path);
    json.field("last_written", key.last_written);
    json.field("place", key.place);
    if (key.sequence != 0) {
      json.field("sequence", std::uint64_t{key.sequence});
    }
    json.field("older_version", key.is_older_version);
    json.field("in_use", key.was_in_use);
    json.field("list", key.list_state);
    json.key("values").begin_array();
    for (const RecoveredRegistryValue& value : key.values) {
      json.begin_object();
      write_value(json, value);
      json.end_object();
    }
    json.end_array();
    finish(json, key.origin);
  }

  void value(const RecoveredLoneValue& value) {
    JsonWriter json;
    json.begin_object();
    json.field("record", "value");
    write_value(json, value.item);
    json.field("place", value.place);
    if (!value.owner.names.empty()) {
      write_path(json, "owner", value.owner);
    }
    json.field("owner_proof", value.owner_proof);
    json.end_object();
    finish_line(json);
  }

  void stretch(const RecoveredStretch& stretch) {
    for (const RecoveredText& text : texts_in(stretch)) {
      JsonWriter json;
      json.begin_object();
      json.field("record", "text");
      json.field("text", text.text);
      json.field("place", stretch.place);
      finish(json, text.origin);
    }
  }

  void disagreement(const RegistryDisagreement& one) {
    JsonWriter json;
    json.begin_object();
    json.field("record", "disagreement");
    json.field("kind", one.kind);
    if (!one.key.names.empty() || one.key.complete) {
      write_path(json, "key", one.key);
    }
    if (!one.other.empty()) {
      json.field("other", one.other);
    }
    json.field("need", one.need);
    json.field("have", one.have);
    finish(json, one.origin);
  }

  void flush() {
    out_(block_);
    block_.clear();
  }

 private:
  static void write_path(JsonWriter& json, std::string_view name, const RecoveredPath& path) {
    json.field(name, path.text());
    json.field(fmt::format("{}_complete", name), path.complete);
    // The names that the tree holds today stand first: what is above a live key is live.
    std::uint64_t live = 0;
    for (const bool is_live : path.live) {
      live += is_live ? 1U : 0U;
    }
    json.field(fmt::format("{}_live_names", name), live);
  }
  void write_value(JsonWriter& json, const RecoveredRegistryValue& value) const {
    write_value_fields(json, value.value);
    json.field("data_state", value.data_state);
    write_origin(json, value.value.origin);
  }
  void write_origin(JsonWriter& json, const Origin& origin) const {
    json.key("origin").begin_object();
    json.field("file", files_[origin.evidence]->path());
    json.field("offset", origin.offset);
    json.field("length", origin.length);
    json.field("how", name_of(origin.how));
    json.end_object();
  }
  void finish(JsonWriter& json, const Origin& origin) {
    write_origin(json, origin);
    json.end_object();
    finish_line(json);
  }
  void finish_line(const JsonWriter& json) {
    block_ += json.text();
    block_ += '\n';
    if (block_.size() >= written_at_once) {
      flush();
    }
  }

  std::span<const FileView* const> files_;
  const std::function<void(std::string_view)>& out_;
  std::string block_;
};

}  // namespace

Result<void> dump_recovered(const FileView& file, std::span<const FileView* const> logs,
                            const Limits& limits, const std::function<void(std::string_view)>& out,
                            Diagnostics& diagnostics) {
  std::vector<const FileView*> files = {&file};
  std::vector<HiveFile> log_files;
  for (const FileView* log : logs) {
    log_files.push_back({.file = log, .evidence = static_cast<std::uint32_t>(files.size())});
    files.push_back(log);
  }
  NPG_TRY(const auto view, HiveView::open({.file = &file, .evidence = 0}, log_files, limits));
  Printer printer(files, out);
  const RecoveredCounts counts = read_recovered(
      *view, {.wants_key = {},
              .key = [&](const RecoveredRegistryKey& key) { printer.key(key); },
              .value = [&](const RecoveredLoneValue& value) { printer.value(value); },
              .stretch = [&](const RecoveredStretch& stretch) { printer.stretch(stretch); },
              .disagreement = [&](const RegistryDisagreement& one) { printer.disagreement(one); }});
  printer.flush();
  diagnostics.merge(view->diagnostics());
  if (counts.left_out > 0 || !counts.complete) {
    diagnostics.add({.code = DiagnosticCode::limit_hit,
                     .severity = Severity::data_loss,
                     .text = fmt::format("a limit ended the search for deleted keys and values: {} "
                                         "found records are left out{}",
                                         counts.left_out,
                                         counts.complete ? ""
                                                         : ", and live ones may be among those "
                                                           "told as recovered"),
                     .evidence = 0});
  }
  return {};
}

}  // namespace npg
