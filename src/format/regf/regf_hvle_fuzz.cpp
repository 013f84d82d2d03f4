// Any bytes as the entries of a new-format log, hashes made right, replayed into a small hive.
#include "format/regf/log_of_entries_test.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t bytes_max = 4096;
  if (size > bytes_max) {
    return -1;
  }
  npg::regf::replay_into_small_hive(std::as_bytes(std::span(data, size)), 6);
  return 0;
}
