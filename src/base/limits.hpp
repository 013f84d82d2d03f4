// Every bound on untrusted numbers, in one value that is passed in. A limit that is hit is
// reported, never silent.
#pragma once

#include <cstdint>

namespace npg {

struct Limits {
  // regf
  std::uint64_t hive_bytes_max =
      2ULL << 30;  ///< Limit: Windows refuses hives over 2 GiB (regf.md, base block).
  std::uint64_t hive_keys_max = 8'000'000;  ///< keys visited in one walk
  std::uint32_t key_depth_max = 512;        ///< Limit: Windows allows 512 levels.
  std::uint64_t key_name_bytes_max =
      1024;  ///< Limit: 255 characters are allowed; damaged files say more.
  std::uint64_t value_name_bytes_max = 32'768;  ///< Limit: 16,383 UTF-16 units.
  std::uint64_t value_bytes_max = 64ULL << 20;  ///< one value's data
  std::uint64_t export_bytes_max =
      256ULL << 20;  ///< Limit: a .reg file of a whole SYSTEM hive is about 100 MB.
  std::uint64_t values_per_key_max = 1'000'000;
  std::uint32_t log_entries_max = 1'000'000;
  std::uint64_t disagreements_per_kind_max = 1000;  ///< kept for one hive; the rest is counted
  std::uint64_t recovered_records_max =
      400'000;  ///< keys and values kept of one hive's unused space; the rest is counted
  // evtx
  std::uint32_t binxml_depth_max = 64;                 ///< nested elements and template instances
  std::uint64_t binxml_nodes_max = 100'000;            ///< tokens in one record, templates expanded
  std::uint64_t binxml_output_bytes_max = 8ULL << 20;  ///< decoded text of one record
  std::uint64_t binxml_chunk_nodes_max = 2'000'000;    ///< tokens in all records of one chunk
  std::uint64_t evtx_channels_max = 4096;              ///< pairs of channel and computer in one log
  std::uint64_t evtx_event_kinds_max = 65'536;  ///< pairs of provider and event id in one log
  std::uint64_t evtx_gaps_max = 65'536;         ///< breaks in the record ids of one log
  // pe
  std::uint64_t image_bytes_max = 512ULL << 20;
  std::uint32_t exports_max = 65'536;
  std::uint32_t sections_max = 96;  ///< Limit: the Windows loader's own.
  std::uint32_t resource_nodes_max = 4096;
  std::uint32_t imports_max = 65'536;
  std::uint64_t image_name_bytes_max = 4096;  ///< Limit: the longest name that MSVC writes.
  std::uint64_t image_text_bytes_max =
      16ULL << 20;  ///< all names of one image together: many may share one long string
  // collection
  std::uint64_t files_max = 1'000'000;
  std::uint32_t folder_depth_max = 64;
  // attack
  std::uint64_t attack_file_bytes_max = 128ULL << 20;  ///< Limit: twice the largest bundle of 2026.
  std::uint32_t attack_depth_max = 64;  ///< Limit: ten times the deepest object of 2026.
  std::uint64_t attack_string_bytes_max = 1ULL << 20;   ///< one string of a bundle
  std::uint64_t attack_object_bytes_max = 32ULL << 20;  ///< Limit: a collection lists every object.
  std::uint64_t attack_tokens_max = 2'000'000;          ///< values and keys in one object
  std::uint64_t attack_objects_max = 250'000;           ///< Limit: ten times the objects of 2026.
  std::uint64_t attack_decoder_bytes_max = 80ULL
                                           << 20;  ///< Limit: xz -9 asks for 64 MiB and a little.
  std::uint32_t attack_imports_max = 512;          ///< segments of one store
  // reporting
  std::uint64_t diagnostics_per_code_max =
      200;  ///< kept with text per evidence file and code; the rest is counted
};

}  // namespace npg
