#include "app/dump_hive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "analysis/inventory/key_states.hpp"
#include "app/registry_json.hpp"
#include "base/identifiers.hpp"
#include "base/json_writer.hpp"
#include "base/security_descriptor.hpp"
#include "fact/security_text.hpp"
#include "fact/text_pool.hpp"
#include "source/hive/hive_view.hpp"

namespace npg {

namespace {

constexpr std::size_t block_bytes = std::size_t{64} * 1024;

void write_list(JsonWriter& json, std::string_view name,
                const std::optional<AccessControlList>& list) {
  json.key(name);
  if (!list) {
    json.null();
    return;
  }
  json.begin_array();
  for (const AccessControlEntry& entry : list->entries) {
    json.begin_object();
    json.field("type", ace_type_name(entry.type));
    json.field("flags", std::uint32_t{entry.flags});
    json.field("mask", fmt::format("0x{:08x}", entry.mask));
    json.field("sid", entry.sid);
    if (!entry.object_type.empty()) {
      json.field("object_type", entry.object_type);
    }
    if (!entry.inherited_object_type.empty()) {
      json.field("inherited_object_type", entry.inherited_object_type);
    }
    json.end_object();
  }
  json.end_array();
}

/// True for the keys whose permissions the assessment lists.
bool decides_who_is_told(std::string_view path) {
  constexpr std::array<std::string_view, 3> software = {
      "Microsoft\\Windows NT\\CurrentVersion\\Winlogon",
      "Microsoft\\Windows NT\\CurrentVersion\\Winlogon\\Notify",
      "Microsoft\\Windows\\CurrentVersion\\Policies\\System"};
  const auto is = [&path](std::string_view other) { return equal_names(path, other); };
  if (std::ranges::any_of(software, is)) {
    return true;
  }
  if (!contains_name(path.substr(0, path.find('\\')), "ControlSet")) {
    return false;
  }
  path.remove_prefix(std::min(path.find('\\') + 1, path.size()));
  constexpr std::string_view network_provider = "Control\\NetworkProvider";
  constexpr std::string_view services = "Services\\";
  constexpr std::string_view last = "\\NetworkProvider";
  const bool is_service = path.size() > services.size() + last.size() &&
                          equal_names(path.substr(0, services.size()), services) &&
                          equal_names(path.substr(path.size() - last.size()), last);
  return is_service || is("Services") || is("Control\\Lsa") ||
         is("Control\\SecurePipeServers\\winreg") ||
         (path.size() >= network_provider.size() &&
          equal_names(path.substr(0, network_provider.size()), network_provider));
}

void write_as_text(JsonWriter& json, const SecurityDescriptor& descriptor) {
  TextPool pool;
  const KeySecurity security = key_security(descriptor, pool);
  json.field("sddl", sddl_text(security));
  json.field("owner_name", account_name(descriptor.owner));
  json.field("group_name", account_name(descriptor.group));
  json.key("writers").begin_array();
  for (const KeyWriter& writer : writers_of(security)) {
    json.begin_object().field("sid", writer.sid).field("name", writer.name);
    json.key("rights").begin_array();
    for (const std::string& right : writer.rights) {
      json.value(right);
    }
    json.end_array();
    json.field("conditional", writer.is_conditional).field("as_owner", writer.is_owner);
    json.end_object();
  }
  json.end_array();
}

class Dumper {
 public:
  Dumper(const HiveView& view, std::span<const FileView* const> logs, const Limits& limits,
         const std::function<void(std::string_view)>& out, Diagnostics& diagnostics)
      : view_(view),
        logs_(logs),
        limits_(limits),
        out_(out),
        diagnostics_(diagnostics),
        // Limit: each value's data have a place of their own in a sound hive. Names, paths and the
        // syntax of JSON come on top, once a key.
        data_left_(view.state().bytes + view.state().replayed_bytes),
        security_left_(std::max<std::uint64_t>(64 << 20, view.state().bytes * 16)),
        path_left_(std::max<std::uint64_t>(64 << 20, view.state().bytes * 16)) {}

  void run() {
    // The path of a key is cut from its parent's, so only the keys between here and the root are
    // kept.
    struct Level {
      std::vector<KeyId> keys;
      std::size_t at = 0;
      std::size_t path_length = 0;
    };
    std::vector<Level> levels;
    levels.push_back({.keys = {view_.root()}});
    std::string path;
    std::uint64_t keys_left = limits_.hive_keys_max;
    while (!levels.empty() && !stopped_) {
      Level& level = levels.back();
      path.resize(level.path_length);
      if (level.at == level.keys.size()) {
        levels.pop_back();
        continue;
      }
      if (keys_left-- == 0) {
        stop("more keys than allowed");
        break;
      }
      const KeyId id = level.keys[level.at++];
      const auto key = view_.key(id);
      if (!key) {
        continue;
      }
      if (levels.size() > 1) {
        path += path.empty() ? "" : "\\";
        path += key->name.raw();
      }
      write_key(id, *key, path);
      if (levels.size() <= limits_.key_depth_max) {
        const std::size_t length = path.size();
        levels.push_back({.keys = view_.subkeys(id), .at = 0, .path_length = length});
      }
    }
    out_(block_);
  }

 private:
  void write_key(KeyId id, const RegistryKey& key, const std::string& path) {
    if (path.size() > path_left_) {
      stop("paths that are longer than the hive has room for");
      return;
    }
    path_left_ -= path.size();
    JsonWriter json;
    json.begin_object();
    json.field("path", path);
    json.field("last_written", key.last_written);
    if (!key.class_name.empty()) {
      json.field("class", key.class_name);
    }
    json.field("flags", key.flags);
    json.field("access_bits", std::uint32_t{key.access_bits});
    if (key.layer != 0) {
      json.field("layer", std::uint32_t{key.layer});
    }
    const std::vector<RegistryValue> values = view_.values(id);
    write_link_target(json, key, values);
    write_security(json, id, path);
    json.key("values").begin_array();
    for (const RegistryValue& value : values) {
      const std::uint64_t bytes = value.data.size() + value.name.raw().size() / 3;
      if (bytes > data_left_) {
        stop("values that hold more than the hive has room for");
        break;
      }
      data_left_ -= bytes;
      json.begin_object();
      write_value_fields(json, value);
      write_place(json, value.origin);
      json.end_object();
    }
    json.end_array();
    json.key("origin").begin_object();
    json.field("offset", key.origin.offset);
    json.field("how", name_of(key.origin.how));
    write_log(json, key.origin);
    json.end_object();
    json.end_object();
    block_ += json.text();
    block_ += '\n';
    if (block_.size() >= block_bytes) {
      out_(block_);
      block_.clear();
    }
  }

  /// Where the record's bytes are to be found by hand: in the hive, or in the log that brought
  /// them.
  void write_place(JsonWriter& json, const Origin& origin) const {
    json.field("offset", origin.offset);
    write_log(json, origin);
  }
  void write_log(JsonWriter& json, const Origin& origin) const {
    if (origin.evidence > 0 && origin.evidence <= logs_.size()) {
      json.field("log", logs_[origin.evidence - 1]->path());
    }
  }

  static void write_link_target(JsonWriter& json, const RegistryKey& key,
                                std::span<const RegistryValue> values) {
    constexpr std::uint32_t symbolic_link = 0x10;
    for (const RegistryValue& value : values) {
      if ((key.flags & symbolic_link) != 0 && equal_names(value.name.raw(), "SymbolicLinkValue")) {
        json.field("link_target", text_of(value));
      }
    }
  }

  void write_security(JsonWriter& json, KeyId id, std::string_view path) {
    const auto bytes = view_.security(id);
    if (!bytes || bytes->empty()) {
      return;
    }
    if (bytes->size() > security_left_) {
      if (!security_stopped_) {
        diagnostics_.add(DiagnosticCode::limit_hit, Severity::data_loss, 0, 0,
                         "the permissions of all keys are longer than allowed; those of later keys "
                         "are left out");
      }
      security_stopped_ = true;
      return;
    }
    security_left_ -= bytes->size();
    const SecurityDescriptor* descriptor = decode(*bytes, id);
    if (descriptor == nullptr) {
      json.key("security").begin_object().field("hex", to_hex(*bytes)).end_object();
      return;
    }
    json.key("security").begin_object();
    json.field("owner", descriptor->owner);
    json.field("group", descriptor->group);
    json.field("control", std::uint32_t{descriptor->control});
    write_list(json, "dacl", descriptor->dacl);
    write_list(json, "sacl", descriptor->sacl);
    if (decides_who_is_told(path)) {
      write_as_text(json, *descriptor);
    }
    if (!descriptor->damage.empty()) {
      json.field("hex", to_hex(*bytes));
    }
    json.end_object();
  }

  /// The descriptor, decoded once for all keys that share it; nothing when it has no readable
  /// header.
  const SecurityDescriptor* decode(const std::vector<std::byte>& bytes, KeyId id) {
    auto found = descriptors_.find(bytes);
    if (found == descriptors_.end()) {
      auto decoded = read_security_descriptor(Bytes(bytes));
      std::optional<SecurityDescriptor> descriptor;
      if (decoded) {
        descriptor = std::move(*decoded);
      }
      if (!descriptor || !descriptor->damage.empty()) {
        diagnostics_.add(
            DiagnosticCode::hive_security_damaged, Severity::data_loss,
            regf::base_block_bytes + id.number, 0,
            fmt::format("the permissions of this key are damaged: {}",
                        describe(descriptor ? descriptor->damage.front() : decoded.error())));
      }
      found = descriptors_.emplace(bytes, std::move(descriptor)).first;
    }
    return found->second ? &*found->second : nullptr;
  }

  void stop(std::string_view why) {
    stopped_ = true;
    diagnostics_.add(DiagnosticCode::limit_hit, Severity::data_loss, 0, 0,
                     fmt::format("the hive has {}; the rest is not printed", why));
  }

  const HiveView& view_;
  std::span<const FileView* const> logs_;
  const Limits& limits_;
  const std::function<void(std::string_view)>& out_;
  Diagnostics& diagnostics_;
  std::map<std::vector<std::byte>, std::optional<SecurityDescriptor>> descriptors_;
  std::string block_;
  std::uint64_t data_left_;
  std::uint64_t security_left_;
  std::uint64_t path_left_;
  bool security_stopped_ = false;
  bool stopped_ = false;
};

}  // namespace

Result<void> dump_hive(const FileView& file, std::span<const FileView* const> logs,
                       const Limits& limits, const std::function<void(std::string_view)>& out,
                       Diagnostics& diagnostics, std::vector<std::string>& log_notes) {
  std::vector<HiveFile> log_files;
  for (const FileView* log : logs) {
    log_files.push_back(
        {.file = log, .evidence = static_cast<std::uint32_t>(log_files.size() + 1)});
  }
  NPG_TRY(const auto view, HiveView::open({.file = &file, .evidence = 0}, log_files, limits));
  Diagnostics own(limits.diagnostics_per_code_max);
  for (std::size_t i = 0; i < view->state().logs.size(); ++i) {
    const HiveLog& log = view->state().logs[i];
    const std::string name = escape_for_terminal(logs[i]->path());
    log_notes.push_back(log.applied ? fmt::format("{}: {} entries applied, sequence {} to {}", name,
                                                  log.entries_applied, log.first_sequence,
                                                  log.last_sequence)
                                    : fmt::format("{}: not applied: {}", name, log.reason));
  }
  Dumper(*view, logs, limits, out, own).run();
  own.set_evidence(0);
  diagnostics.merge(view->diagnostics());
  diagnostics.merge(own);
  return {};
}

}  // namespace npg
