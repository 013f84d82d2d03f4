#include "testing/damage.hpp"

#include <algorithm>
#include <array>
#include <random>

namespace npg::testing {
namespace {

class Damage {
 public:
  Damage(std::span<const std::byte> original, std::uint64_t seed)
      : random_(seed), file_{.content = {original.begin(), original.end()}} {}

  DamagedFile run() {
    if (file_.content.empty()) {
      return std::move(file_);
    }
    switch (below(40)) {
      case 0: cut(); break;
      case 1: sector(); break;
      case 2: put_in(); break;
      case 3: take_out(); break;
      default:
        for (std::size_t left = 1 + below(16); left > 0; --left) {
          change();
        }
    }
    return std::move(file_);
  }

 private:
  /// The same number on every machine, unlike the standard distributions.
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }

  void change() {
    const std::size_t at = below(file_.content.size());
    switch (below(4)) {
      case 0: file_.content[at] ^= static_cast<std::byte>(1U << below(8)); break;
      case 1: file_.content[at] = static_cast<std::byte>(below(256)); break;
      case 2: extreme(at, 2); break;
      default: extreme(at, 4); break;
    }
  }
  void extreme(std::size_t at, std::size_t size) {
    constexpr std::array<std::uint32_t, 6> numbers = {0,           1,           0x7fffffff,
                                                      0x80000000U, 0xfffffffeU, 0xffffffffU};
    const std::uint32_t number = numbers[below(numbers.size())];
    for (std::size_t i = 0; i < size && at + i < file_.content.size(); ++i) {
      file_.content[at + i] = static_cast<std::byte>(number >> (8 * i));
    }
  }
  void cut() {
    file_.cut_at = below(file_.content.size());
    file_.content.resize(file_.cut_at);
  }
  void sector() {
    constexpr std::size_t size = 512;
    const std::size_t at = below(file_.content.size()) / size * size;
    const std::size_t end = std::min(at + size, file_.content.size());
    const bool foreign = below(2) == 1;
    for (std::size_t i = at; i < end; ++i) {
      file_.content[i] = foreign ? static_cast<std::byte>(below(256)) : std::byte{0};
    }
    file_.overwritten_begin = at;
    file_.overwritten_end = end;
  }
  void put_in() {
    file_.moved_at = below(file_.content.size());
    const std::size_t count = 1 + below(64);
    file_.moved_by = static_cast<std::ptrdiff_t>(count);
    file_.content.insert(file_.content.begin() + static_cast<std::ptrdiff_t>(file_.moved_at), count,
                         static_cast<std::byte>(below(256)));
  }
  void take_out() {
    const std::size_t at = below(file_.content.size());
    const std::size_t count = std::min<std::size_t>(1 + below(64), file_.content.size() - at);
    const auto first = file_.content.begin() + static_cast<std::ptrdiff_t>(at);
    file_.content.erase(first, first + static_cast<std::ptrdiff_t>(count));
    file_.moved_at = at + count;
    file_.moved_by = -static_cast<std::ptrdiff_t>(count);
    file_.overwritten_begin = at;
    file_.overwritten_end = at + count;
  }

  std::mt19937_64 random_;
  DamagedFile file_;
};

}  // namespace

std::optional<std::size_t> DamagedFile::place_of(std::size_t at, std::size_t size) const {
  const std::size_t end = at + size;
  const bool is_split = moved_at > at && moved_at < end;
  if (end > cut_at || is_split || (at < overwritten_end && end > overwritten_begin)) {
    return std::nullopt;
  }
  return at >= moved_at ? static_cast<std::size_t>(static_cast<std::ptrdiff_t>(at) + moved_by) : at;
}

DamagedFile damage(std::span<const std::byte> original, std::uint64_t seed) {
  return Damage(original, seed).run();
}

}  // namespace npg::testing
