#include "base/diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.hpp"

namespace npg {

std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::truncated: return "truncated";
    case ErrorCode::bad_signature: return "bad_signature";
    case ErrorCode::bad_value: return "bad_value";
    case ErrorCode::bad_checksum: return "bad_checksum";
    case ErrorCode::limit_exceeded: return "limit_exceeded";
    case ErrorCode::loop: return "loop";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::unsupported: return "unsupported";
    case ErrorCode::not_this_format: return "not_this_format";
    case ErrorCode::does_not_belong: return "does_not_belong";
    case ErrorCode::io: return "io";
  }
  NPG_CHECK(false);
}

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::info: return "info";
    case Severity::notice: return "notice";
    case Severity::data_loss: return "data_loss";
    case Severity::error: return "error";
  }
  NPG_CHECK(false);
}

std::string_view name_of(DiagnosticCode code) {
  switch (code) {
    case DiagnosticCode::file_unreadable: return "file_unreadable";
    case DiagnosticCode::file_skipped: return "file_skipped";
    case DiagnosticCode::file_changed_while_read: return "file_changed_while_read";
    case DiagnosticCode::file_unrecognised: return "file_unrecognised";
    case DiagnosticCode::limit_hit: return "limit_hit";
    case DiagnosticCode::host_names_disagree: return "host_names_disagree";
    case DiagnosticCode::host_unknown: return "host_unknown";
    case DiagnosticCode::hive_dirty_without_log: return "hive_dirty_without_log";
    case DiagnosticCode::hive_log_applied: return "hive_log_applied";
    case DiagnosticCode::hive_log_refused: return "hive_log_refused";
    case DiagnosticCode::hive_log_entry_damaged: return "hive_log_entry_damaged";
    case DiagnosticCode::hive_log_unapplied_entries: return "hive_log_unapplied_entries";
    case DiagnosticCode::hive_header_damaged: return "hive_header_damaged";
    case DiagnosticCode::hive_bin_damaged: return "hive_bin_damaged";
    case DiagnosticCode::hive_cell_damaged: return "hive_cell_damaged";
    case DiagnosticCode::hive_key_damaged: return "hive_key_damaged";
    case DiagnosticCode::hive_value_damaged: return "hive_value_damaged";
    case DiagnosticCode::hive_list_damaged: return "hive_list_damaged";
    case DiagnosticCode::hive_security_damaged: return "hive_security_damaged";
    case DiagnosticCode::hive_loop: return "hive_loop";
    case DiagnosticCode::hive_truncated: return "hive_truncated";
    case DiagnosticCode::hive_trailing_data: return "hive_trailing_data";
    case DiagnosticCode::registry_value_odd: return "registry_value_odd";
    case DiagnosticCode::export_line_damaged: return "export_line_damaged";
    case DiagnosticCode::evtx_header_damaged: return "evtx_header_damaged";
    case DiagnosticCode::evtx_header_stale: return "evtx_header_stale";
    case DiagnosticCode::evtx_chunk_damaged: return "evtx_chunk_damaged";
    case DiagnosticCode::evtx_chunk_checksum: return "evtx_chunk_checksum";
    case DiagnosticCode::evtx_record_damaged: return "evtx_record_damaged";
    case DiagnosticCode::evtx_record_undecodable: return "evtx_record_undecodable";
    case DiagnosticCode::evtx_truncated: return "evtx_truncated";
    case DiagnosticCode::evtx_trailing_data: return "evtx_trailing_data";
    case DiagnosticCode::event_field_odd: return "event_field_odd";
    case DiagnosticCode::image_damaged: return "image_damaged";
    case DiagnosticCode::image_export_damaged: return "image_export_damaged";
    case DiagnosticCode::image_resource_damaged: return "image_resource_damaged";
    case DiagnosticCode::image_not_collected: return "image_not_collected";
    case DiagnosticCode::catalog_broken: return "catalog_broken";
    case DiagnosticCode::catalog_not_trusted: return "catalog_not_trusted";
  }
  NPG_CHECK(false);
}

void Diagnostics::add(DiagnosticCode code, Severity severity, std::uint64_t offset,
                      std::uint64_t length, std::string text) {
  add({.code = code,
       .severity = severity,
       .offset = offset,
       .length = length,
       .text = std::move(text)});
}

void Diagnostics::add(Diagnostic diagnostic) {
  worst_ = std::max(worst_, diagnostic.severity);
  if (diagnostic.severity >= Severity::data_loss) {
    bytes_lost_ += diagnostic.length;
  }
  if (++counts_[diagnostic.code] <= per_code_max_) {
    kept_.push_back(std::move(diagnostic));
  }
}

void Diagnostics::set_evidence_where_missing(std::uint32_t evidence) {
  for (Diagnostic& diagnostic : kept_) {
    if (diagnostic.evidence == Diagnostic::no_evidence) {
      diagnostic.evidence = evidence;
    }
  }
}

void Diagnostics::add(DiagnosticCode code, Severity severity, const Error& error,
                      std::string_view consequence) {
  add(code, severity, error.offset, 0, fmt::format("{}; {}", describe(error), consequence));
}

std::uint64_t Diagnostics::count(DiagnosticCode code) const {
  const auto found = counts_.find(code);
  return found == counts_.end() ? 0 : found->second;
}

void Diagnostics::merge(const Diagnostics& other) {
  kept_.insert(kept_.end(), other.kept_.begin(), other.kept_.end());
  for (const auto& [code, count] : other.counts_) {
    counts_[code] += count;
  }
  worst_ = std::max(worst_, other.worst_);
  bytes_lost_ += other.bytes_lost_;
}

void Diagnostics::set_evidence(std::uint32_t evidence) {
  for (Diagnostic& diagnostic : kept_) {
    if (diagnostic.evidence == Diagnostic::no_evidence) {
      diagnostic.evidence = evidence;
    }
  }
}

std::string describe(const Error& error) {
  const auto numbers = [&] {
    switch (error.code) {
      case ErrorCode::truncated:
        return fmt::format(" needs {} bytes, {} are there", error.need, error.have);
      case ErrorCode::limit_exceeded:
        return fmt::format(" is {}, the limit is {}", error.need, error.have);
      case ErrorCode::bad_checksum:
        return fmt::format(" is stored as 0x{:x}, computed as 0x{:x}", error.need, error.have);
      case ErrorCode::io: return fmt::format(" failed with system error {}", error.need);
      default:
        return error.need == 0 && error.have == 0
                   ? std::string()
                   : fmt::format(" (need 0x{:x}, have 0x{:x})", error.need, error.have);
    }
  };
  return fmt::format("{} at 0x{:x}: {}{}", name_of(error.code), error.offset, error.what,
                     numbers());
}

void check_failed(const char* condition, const char* file, int line) {
  fmt::print(stderr, "npguard: internal error: {} is false at {}:{}; please report this\n",
             condition, file, line);
  std::abort();
}

}  // namespace npg
