// Facts about files: the DLLs that registrations name, and what each evidence source covers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/filetime.hpp"
#include "fact/fact_field.hpp"
#include "fact/origin.hpp"
#include "fact/shared_text.hpp"
#include "fact/signature_fact.hpp"

namespace npg {

struct ExportFact {
  SharedText name;  ///< empty when exported by ordinal only
  std::uint32_t ordinal = 0;
  SharedText forwarder;  ///< empty when the code is in this file
  Origin origin;         ///< of the name; of the forwarder where it has one, or no name
};

/// A DLL that an image imports and that lies in the image's own folder.
struct ImportBeside {
  SharedText name;
  bool is_in_system = false;  ///< the evidence has one of that name in System32, too
  Origin origin;              ///< the file beside
};

/// One DLL or EXE of the collection that a registration, a policy or an event names.
struct ImageFact {
  static constexpr std::string_view kind = "image";
  SharedText windows_path;  ///< where Windows had it
  SharedText through_link;  ///< where it lies, when a link of the evidence is on the way
  std::string sha256;
  std::uint64_t size_bytes = 0;
  std::uint64_t unread_bytes = 0;  ///< behind what is read of a file at most; nobody looked at them
  std::string machine;             ///< "x64", "x86", …
  bool is_dll = false;
  bool damaged = false;
  bool exports_incomplete = false;  ///< not all could be read: what is not among them may be there
  std::string unreadable;  ///< why nothing of it could be read: "the file is empty"; else empty
  bool has_certificate_table = false;
  SharedText export_name;  ///< the DLL name that its export directory states
  std::vector<ExportFact> exports;
  SharedText company;  ///< version strings; empty when there is no version resource
  SharedText product;
  SharedText original_filename;
  SharedText file_version;
  SharedText description;
  bool has_version = false;
  SignatureFact signature;
  std::vector<SharedText> imports;        ///< names of DLLs, stored order
  std::vector<SharedText> delay_imports;  ///< likewise, loaded at the first call
  std::vector<ImportBeside> imports_beside;
  std::string hybrid;                 ///< "arm64ec", "arm64x": code of two machines; else empty
  std::uint32_t timestamp = 0;        ///< COFF TimeDateStamp, seconds since 1970
  bool timestamp_is_hash = false;     ///< a reproducible build: `timestamp` is no time
  bool searches_system_only = false;  ///< its imports are looked for in System32 alone
  std::uint32_t start_callbacks = 0;  ///< code that runs at load besides the entry point
  std::uint64_t overlay_bytes = 0;    ///< behind the sections, without the signature
  std::uint32_t entropy_highest = 0;  ///< hundredths of a bit a byte, of its densest section
  bool has_writable_code = false;     ///< a section that can be written and executed
  SharedText pdb_path;                ///< symbol file that the linker named
  Origin origin;

  template <typename F = ImageFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"windows_path", &F::windows_path, "path on the host"},
        FactField{"sha256", &F::sha256, "SHA-256 of the file"},
        FactField{"size_bytes", &F::size_bytes, "file size"},
        FactField{"machine", &F::machine, "machine type"},
        FactField{"company", &F::company, "CompanyName"},
        FactField{"original_filename", &F::original_filename, "OriginalFilename"},
        FactField{"file_version", &F::file_version, "FileVersion"},
        FactField{"signature", &F::signature, "what signs it"},
        FactField{"exports_incomplete", &F::exports_incomplete, "not all exports could be read"},
        FactField{"unread_bytes", &F::unread_bytes, "bytes at the end that were not looked at"},
        FactField{"hybrid", &F::hybrid, "code of two machines: arm64ec, arm64x"},
        FactField{"timestamp", &F::timestamp, "TimeDateStamp, seconds since 1970"},
        FactField{"timestamp_is_hash", &F::timestamp_is_hash,
                  "a reproducible build: the timestamp is no time"},
        FactField{"entropy_highest", &F::entropy_highest,
                  "hundredths of a bit a byte, of its densest section"},
        FactField{"pdb_path", &F::pdb_path, "symbol file that the linker named"},
        FactField{"origin", &F::origin, "the file"},
    };
  }
};

/// A run of missing record ids inside one channel's log.
struct LogGap {
  std::uint64_t after_id = 0;
  std::uint64_t next_id = 0;
  FileTime after_time;
  FileTime next_time;
};

/// What one event log file holds of one channel of one computer.
struct LogCoverageFact {
  static constexpr std::string_view kind = "log_coverage";
  SharedText channel;
  SharedText computer;
  std::uint64_t records = 0;
  std::uint64_t first_id = 0;
  std::uint64_t last_id = 0;
  FileTime first;
  FileTime last;
  std::uint64_t time_reversals = 0;
  std::vector<LogGap> gaps;
  std::uint64_t registry_value_events = 0;  ///< 4657, Sysmon 12 to 14
  std::uint64_t module_load_events = 0;     ///< Sysmon 7
  std::uint64_t process_access_events = 0;  ///< Sysmon 10
  std::uint64_t file_creation_events = 0;   ///< Sysmon 11
  std::uint64_t process_start_events = 0;   ///< 4688, Sysmon 1
  std::uint64_t logon_events = 0;           ///< 4624
  std::uint64_t records_unverified = 0;     ///< in chunks whose checksum fails
  Origin origin;

  template <typename F = LogCoverageFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"channel", &F::channel, "channel"},
        FactField{"computer", &F::computer, "Computer, as logged"},
        FactField{"records", &F::records, "records read"},
        FactField{"first_id", &F::first_id, "lowest EventRecordID"},
        FactField{"last_id", &F::last_id, "highest EventRecordID"},
        FactField{"first", &F::first, "earliest event"},
        FactField{"last", &F::last, "latest event"},
        FactField{"time_reversals", &F::time_reversals, "records earlier than the one before"},
        FactField{"origin", &F::origin, "the log file"},
    };
  }
};

}  // namespace npg
