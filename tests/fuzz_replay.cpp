// Runs a fuzz target without libFuzzer: over each seed, the empty input, every truncation and every
// one-byte flip of it (sampled for larger seeds), each from a buffer of exactly its size.
#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::uint64_t runs = 0;

void run(const std::vector<std::uint8_t>& input) {
  const std::vector<std::uint8_t> exact(input);
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
  ++runs;
}

void run_variants(std::vector<std::uint8_t> seed) {
  run(seed);
  // Limit: about 400 variants of each kind, so that a replay takes seconds.
  const std::size_t step = seed.size() / 400 + 1;
  for (std::size_t i = 0; i < seed.size(); i += step) {
    run(std::vector<std::uint8_t>(seed.begin(), seed.begin() + static_cast<std::ptrdiff_t>(i)));
    const std::uint8_t kept = seed[i];
    seed[i] = static_cast<std::uint8_t>(kept ^ 0xff);
    run(seed);
    seed[i] = kept;
  }
}

}  // namespace

int main(int argc, char** argv) {
  run({});
  std::uint64_t seeds = 0;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) {
      fmt::print(stderr, "no seeds: {} is missing\n", argv[i]);
      return 1;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (entry.is_regular_file()) {
        std::ifstream in(entry.path(), std::ios::binary);
        run_variants({std::istreambuf_iterator<char>(in), {}});
        ++seeds;
      }
    }
  }
  fmt::print("{} seeds, {} inputs\n", seeds, runs);
  return seeds == 0 ? 1 : 0;
}
