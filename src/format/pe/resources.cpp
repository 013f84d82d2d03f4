// The resource tree, walked down to the version resources and no further: type 16, each name, each
// language. Three levels by definition, so the depth is fixed and links back cannot loop.
#include <fmt/format.h>

#include <functional>

#include "format/pe/layout.hpp"
#include "format/pe/parts.hpp"

namespace npg::pe {
namespace {

constexpr auto code = DiagnosticCode::image_resource_damaged;
constexpr std::uint32_t type_version = 16;

class Walk {
 public:
  Walk(Reading& reading, std::uint64_t root_rva)
      : reading_(reading), root_rva_(root_rva), nodes_left_(reading.limits.resource_nodes_max) {}

  using Visit = std::function<void(std::uint32_t id, std::uint32_t target)>;
  /// Calls visit for each entry of the directory at an offset from the tree's root.
  void entries(std::uint64_t directory, const Visit& visit) {
    using D = layout::ResourceDirectory;
    using E = layout::ResourceEntry;
    const auto record = reading_.space.record<D>(root_rva_ + directory);
    if (!record) {
      lost(fmt::format("a resource directory at 0x{:x} from the tree's root is not in the file",
                       directory));
      return;
    }
    const std::uint32_t count =
        std::uint32_t{record->get<D::named_count>()} + record->get<D::id_count>();
    for (std::uint32_t i = 0; i < count; ++i) {
      if (nodes_left_ == 0) {
        if (!told_) {
          reading_.lost(DiagnosticCode::limit_hit, record->offset(), 0,
                        fmt::format("more resources than are looked at ({})",
                                    reading_.limits.resource_nodes_max));
        }
        told_ = true;
        return;
      }
      --nodes_left_;
      const auto entry =
          reading_.space.record<E>(root_rva_ + directory + D::size + std::uint64_t{i} * E::size);
      if (!entry) {
        reading_.lost(
            code, record->offset() + D::named_count.at, 4,
            fmt::format("{} of {} resource entries are not in the file", count - i, count));
        return;
      }
      visit(entry->get<E::id>(), entry->get<E::target>());
    }
  }

  void leaf(std::uint32_t language, std::uint64_t position, std::vector<VersionInfo>& into) {
    using D = layout::ResourceData;
    const auto record = reading_.space.record<D>(root_rva_ + position);
    if (!record) {
      lost(
          fmt::format("a version resource's data entry at 0x{:x} from the tree's root is not in "
                      "the file",
                      position));
      return;
    }
    const std::uint64_t size = record->get<D::data_size>();
    const auto region = reading_.space.at(record->get<D::data_rva>());
    if (!region || region->bytes.empty()) {
      reading_.lost(code, record->offset(), D::size,
                    fmt::format("the version resource at RVA 0x{:x} is not in the file",
                                record->get<D::data_rva>()));
      return;
    }
    const Bytes data = region->bytes.clamp(0, size);
    if (data.size() < size && size - data.size() > region->zeros) {
      reading_.lost(
          code, record->offset() + D::data_size.at, 4,
          fmt::format("the version resource claims {} bytes, {} are there", size, data.size()));
    }
    VersionInfo info;
    info.language = language;
    info.offset = data.offset();
    info.size = size;
    if (read_version_info(data, reading_, info)) {
      into.push_back(std::move(info));
    }
  }

 private:
  void lost(std::string sentence) {
    reading_.lost(code, reading_.offset_near(root_rva_), 0, std::move(sentence));
  }
  Reading& reading_;
  std::uint64_t root_rva_;
  std::uint32_t nodes_left_;
  bool told_ = false;
};

}  // namespace

std::vector<VersionInfo> read_versions(Reading& reading) {
  constexpr std::uint32_t directory_bit = layout::ResourceEntry::high_bit;
  const DirectoryRange& range = reading.headers.directory(Directory::resources);
  std::vector<VersionInfo> versions;
  if (range.address == 0) {
    return versions;
  }
  Walk walk(reading, range.address);
  const auto on_language = [&](std::uint32_t id, std::uint32_t target) {
    if ((target & directory_bit) == 0) {
      walk.leaf(id, target, versions);
    }
  };
  const auto on_name = [&](std::uint32_t /*id*/, std::uint32_t target) {
    if ((target & directory_bit) != 0) {
      walk.entries(target & ~directory_bit, on_language);
    }
  };
  walk.entries(0, [&](std::uint32_t id, std::uint32_t target) {
    if (id == type_version && (target & directory_bit) != 0) {
      walk.entries(target & ~directory_bit, on_name);
    }
  });
  return versions;
}

}  // namespace npg::pe
