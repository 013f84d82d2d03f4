#include "app/dump.hpp"

#include <cerrno>
#include <filesystem>

#include "app/dump_catalog.hpp"
#include "app/dump_evtx.hpp"
#include "app/dump_hive.hpp"
#include "app/dump_pe.hpp"
#include "app/dump_recovered.hpp"
#include "source/collection/collection.hpp"

namespace npg {
namespace {

/// The file itself and everything that stands in its folder and could be a log of it.
std::vector<std::string> neighbours(const DumpRequest& request) {
  std::vector<std::string> paths = {request.path};
  paths.insert(paths.end(), request.logs.begin(), request.logs.end());
  if (request.kind != "hive" || !request.find_logs) {
    return paths;
  }
  const std::filesystem::path folder = std::filesystem::path(request.path).parent_path();
  std::error_code ignored;  // A folder that cannot be listed has no logs to offer; the hive itself
                            // is still read.
  for (const auto& entry :
       std::filesystem::directory_iterator(folder.empty() ? "." : folder, ignored)) {
    if (name_key(entry.path().filename().string()).find(".LOG") != std::string::npos) {
      paths.push_back((folder / entry.path().filename()).string());
    }
  }
  return paths;
}

std::size_t index_of(const Collection& collection, const std::string& path) {
  for (std::size_t i = 0; i < collection.files.size(); ++i) {
    if (collection.files[i].file->path().raw() == EvidenceText::from_utf8(path).raw()) {
      return i;
    }
  }
  return collection.files.size();
}

}  // namespace

Result<void> dump(const DumpRequest& request, const Limits& limits,
                  const std::function<void(std::string_view)>& out, Diagnostics& diagnostics,
                  DumpNotes& notes) {
  const std::vector<std::string> paths = neighbours(request);
  // What lies beside the file is of no interest unless it is a log: its oddities are not reported.
  Diagnostics opening;
  NPG_TRY(const Collection collection, open_collection(paths, limits, opening));
  const std::size_t index = index_of(collection, request.path);
  if (index == collection.files.size()) {
    return fail(ErrorCode::io, 0, "dump.file", EISDIR);
  }
  const FileView& file = *collection.files[index].file;
  notes.files = {escape_for_terminal(file.path())};
  if (request.kind == "evtx") {
    return dump_evtx(file, {.threads = request.threads, .recovered = request.recovered}, limits,
                     out, diagnostics);
  }
  if (request.kind == "pe") {
    return dump_pe(file, request.as_of, limits, out, diagnostics);
  }
  if (request.kind == "catalog") {
    return dump_catalog(file, request.as_of, {}, out, diagnostics);
  }
  std::vector<const FileView*> logs;
  if (request.find_logs) {
    for (const std::size_t log : logs_of(collection, index)) {
      logs.push_back(collection.files[log].file.get());
    }
  }
  for (const std::string& path : request.logs) {
    if (const std::size_t log = index_of(collection, path); log < collection.files.size()) {
      logs.push_back(collection.files[log].file.get());
    }
  }
  for (const FileView* log : logs) {
    notes.files.push_back(escape_for_terminal(log->path()));
  }
  return request.recovered ? dump_recovered(file, logs, limits, out, diagnostics)
                           : dump_hive(file, logs, limits, out, diagnostics, notes.logs);
}

}  // namespace npg
