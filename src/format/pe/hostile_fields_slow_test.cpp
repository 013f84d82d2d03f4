// Every count and offset of the export and resource directories at its worst: each reading stays
// within 64 MiB of memory and a second, whatever the field says.
#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <ctime>
#include <new>
#include <string>
#include <vector>

#include "format/pe/flat_image_test.hpp"

namespace {

std::atomic<std::uint64_t> held{0};
std::atomic<std::uint64_t> most{0};

void count_in(void* memory) {
  const std::uint64_t now = held += malloc_usable_size(memory);
  std::uint64_t seen = most.load();
  while (seen < now && !most.compare_exchange_weak(seen, now)) {
  }
}

}  // namespace

// This test program's own allocations are counted: the test below asks for the most held at once.
void* operator new(std::size_t size) {
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) {
    std::abort();
  }
  count_in(memory);
  return memory;
}
void operator delete(void* memory) noexcept {
  if (memory != nullptr) {
    held -= malloc_usable_size(memory);
    std::free(memory);
  }
}
void operator delete(void* memory, std::size_t /*size*/) noexcept {
  operator delete(memory);
}

namespace npg::pe {
namespace {

constexpr std::uint32_t exports_at = 0x200;
constexpr std::uint32_t resources_at = 0x80000;

/// Two MiB with full export tables, long names, forwarders and a resource tree: what a field that
/// lies can be led to.
FlatImage full_image() {
  FlatImage flat(0x200000);
  flat.directory(Directory::exports, exports_at, 0x100000);
  constexpr std::uint32_t count = 20'000;
  flat.words(exports_at + 0x0c, {0x70000, 1, count, count, 0x1000, 0x20000, 0x40000});
  for (std::uint32_t i = 0; i < count; ++i) {
    flat.words(0x1000 + std::size_t{i} * 4, {0x60000 + i});  // All forward.
    flat.words(0x20000 + std::size_t{i} * 4, {0x60000 + i});
    flat.file.set<std::uint16_t>(0x40000 + std::size_t{i} * 2, static_cast<std::uint16_t>(i));
  }
  flat.text(0x60000, std::string(0x10000, 'A'));
  flat.text(0x70000, "np.dll");
  flat.directory(Directory::resources, resources_at, 0x1000);
  for (std::uint32_t level = 0; level < 3; ++level) {
    const std::size_t at = resources_at + std::size_t{level} * 0x18;
    const std::uint32_t next = (level + 1) * 0x18;
    flat.words(at + 0x0c, {0x0001'0000});
    flat.words(at + 0x10, {level == 0 ? 16U : level, level < 2 ? next | 0x8000'0000U : next});
  }
  flat.words(resources_at + 0x48, {resources_at + 0x58, 0x300, 0, 0});
  return flat;
}

struct Place {
  std::size_t at;
  std::size_t bytes;
};

std::vector<Place> places() {
  std::vector<Place> out;
  for (std::size_t at = exports_at; at < exports_at + 0x28; at += 4) {
    out.push_back({at, 4});
  }
  out.push_back({exports_at + 0x08, 2});
  out.push_back({exports_at + 0x0a, 2});
  for (std::size_t level = 0; level < 3; ++level) {
    const std::size_t at = resources_at + level * 0x18;
    out.push_back({at + 0x0c, 2});  // named entries
    out.push_back({at + 0x0e, 2});  // entries by number
    out.push_back({at + 0x10, 4});
    out.push_back({at + 0x14, 4});
  }
  for (std::size_t at = resources_at + 0x48; at < resources_at + 0x58; at += 4) {
    out.push_back({at, 4});
  }
  for (std::size_t at = resources_at + 0x58; at < resources_at + 0x5e; at += 2) {
    out.push_back({at, 2});  // length, value length and type of the version's root
  }
  // The directories' own entries in the optional header.
  for (const Directory which : {Directory::exports, Directory::resources}) {
    const std::size_t at = 0x58 + 0x60 + static_cast<std::size_t>(which) * 8;
    out.push_back({at, 4});
    out.push_back({at + 4, 4});
  }
  return out;
}

TEST(HostileFields, EachStaysWithinMemoryAndTime) {
  const FlatImage good = full_image();
  const auto size = static_cast<std::uint32_t>(good.file.size());
  std::size_t cases = 0;
  for (const Place& place : places()) {
    for (const std::uint32_t value : {0U, 1U, 0xffff'ffffU, size, size + 1}) {
      npg::testing::ByteWriter file(good.file.bytes());
      if (place.bytes == 4) {
        file.set<std::uint32_t>(place.at, value);
      } else {
        file.set<std::uint16_t>(place.at, static_cast<std::uint16_t>(value));
      }
      const std::uint64_t before = held;
      most = before;
      // Processor time: how busy the machine is does not matter.
      const std::clock_t started = std::clock();
      const auto [image, diagnostics] = read(file.bytes());
      const auto taken = (std::clock() - started) / CLOCKS_PER_SEC;
      ASSERT_TRUE(image.has_value());
      EXPECT_LT(most - before, 64ULL << 20) << "at " << place.at << " = " << value;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
      EXPECT_LT(taken, 1) << "at " << place.at << " = " << value;
#else
      EXPECT_LT(taken, 20) << "at " << place.at << " = " << value;
#endif
      ++cases;
    }
  }
  EXPECT_EQ(cases, places().size() * 5);
}

}  // namespace
}  // namespace npg::pe
