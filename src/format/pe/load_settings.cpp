// The load configuration and the TLS directory: settings that decide what runs and from where, and
// that show in no import or export.
#include "format/pe/layout.hpp"
#include "format/pe/parts.hpp"

namespace npg::pe {
namespace {

/// A field of a directory whose first field says how much of it there is.
template <typename Config, typename T>
std::optional<T> setting(const Reading& reading, std::uint64_t rva, Field<T> field) {
  const auto own_size = reading.space.get<std::uint32_t>(rva + Config::own_size.at);
  if (!own_size || *own_size < field.at + sizeof(T)) {
    return std::nullopt;  // An older form that ends before the field.
  }
  return reading.space.get<T>(rva + field.at);
}

void read_load_config(Reading& reading, PeFile& into) {
  constexpr std::uint16_t machine_x64 = 0x8664;
  const std::uint64_t rva = reading.headers.directory(Directory::load_config).address;
  if (rva == 0) {
    return;
  }
  if (!reading.space.get<std::uint32_t>(rva)) {
    reading.lost(DiagnosticCode::image_damaged,
                 directory_entry_offset(reading.headers, Directory::load_config),
                 layout::DataDirectory::size, "the load configuration is not in the file");
    return;
  }
  if (!reading.headers.is_pe32_plus) {
    using L = layout::LoadConfig32;
    into.dependent_load_flags =
        setting<L>(reading, rva, L::dependent_load_flags).value_or(std::uint16_t{0});
    return;
  }
  using L = layout::LoadConfig64;
  into.dependent_load_flags =
      setting<L>(reading, rva, L::dependent_load_flags).value_or(std::uint16_t{0});
  if (setting<L>(reading, rva, L::hybrid_metadata).value_or(0) != 0) {
    into.hybrid = reading.headers.machine == machine_x64 ? Hybrid::arm64ec : Hybrid::arm64x;
  }
}

/// The callbacks' addresses stand in a list that ends with 0.
void count_start_callbacks(Reading& reading, PeFile& into) {
  // Limit: compilers write a handful.
  constexpr std::uint32_t counted_max = 64;
  const std::uint64_t rva = reading.headers.directory(Directory::thread_local_storage).address;
  if (rva == 0) {
    return;
  }
  const bool wide = reading.headers.is_pe32_plus;
  const std::uint64_t step = wide ? 8 : 4;
  const auto word = [&](std::uint64_t at) {
    return wide ? reading.space.get<std::uint64_t>(at)
                : std::optional<std::uint64_t>(reading.space.get<std::uint32_t>(at));
  };
  const auto list = word(rva + 3 * step);
  if (!list) {
    reading.lost(DiagnosticCode::image_damaged,
                 directory_entry_offset(reading.headers, Directory::thread_local_storage),
                 layout::DataDirectory::size, "the TLS directory is not in the file");
    return;
  }
  if (*list < reading.headers.image_base) {
    return;  // 0: no list. Another address below the image leads nowhere in it.
  }
  std::uint64_t at = *list - reading.headers.image_base;
  while (into.start_callbacks < counted_max && word(at).value_or(0) != 0) {
    ++into.start_callbacks;
    at += step;
  }
}

}  // namespace

void read_load_settings(Reading& reading, PeFile& into) {
  read_load_config(reading, into);
  count_start_callbacks(reading, into);
}

}  // namespace npg::pe
