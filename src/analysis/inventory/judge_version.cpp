// What the version resource of a DLL says of itself, against its name, its signature and the
// Windows that it stands in. Anybody may write a version resource: it can only contradict.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "analysis/inventory/provider_case.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

void judge_original_name(ProviderCase& subject, const ProviderDll& dll, const ImageFact& image) {
  const std::string_view path = dll.path.resolved;
  const std::string_view file_name = path.substr(path.rfind('\\') + 1);
  const std::string_view original = image.original_filename.raw();
  // Localised builds state "x.dll.mui".
  if (!original.empty() && !equal_names(file_name, original) &&
      !equal_names(std::string(file_name) + ".mui", original)) {
    const bool is_in_inbox_place =
        subject.match.row != nullptr && subject.match.row->is_inbox && !dll.is_authent;
    subject.file_contradicts = subject.file_contradicts || is_in_inbox_place;
    subject.doubt("dll_renamed", is_in_inbox_place ? 4 : 2,
                  fmt::format("the file {} calls itself {}", shown(file_name),
                              shown(image.original_filename)),
                  {image.origin});
  }
}

/// Only where the signature was looked at and is not Microsoft's.
void judge_claim(ProviderCase& subject, const ImageFact& image) {
  const SignatureStatus status = image.signature.status;
  const bool is_microsofts = status == SignatureStatus::trusted &&
                             contains_name(image.signature.organization.raw(), "Microsoft");
  const bool is_inbox = subject.match.row != nullptr && subject.match.row->is_inbox;
  if (status == SignatureStatus::not_checked || is_microsofts || is_inbox ||
      !contains_name(image.company.raw(), "Microsoft")) {
    return;
  }
  subject.doubt("version_claims_microsoft", 3,
                fmt::format("the version resource says that {} made the file; the signature does "
                            "not",
                            shown(image.company)),
                {image.origin});
}

void judge_product(ProviderCase& subject, const ImageFact& image) {
  const KnownProvider* row = subject.match.row;
  if (row == nullptr || row->file_products.empty() || image.product.empty()) {
    return;
  }
  const bool is_known = std::ranges::any_of(row->file_products, [&](const std::string& product) {
    return equal_names(product, image.product.raw());
  });
  if (!is_known) {
    subject.doubt("version_of_another_product", 2,
                  fmt::format("the file says that it belongs to {}; {} is {}", shown(image.product),
                              row->name, row->file_products.front()),
                  {image.origin});
  }
}

/// The build in "10.0.19041.1 (WinBuild.160101.0800)"; 0 when there is none.
std::uint32_t build_in(std::string_view version) {
  std::uint32_t build = 0;
  for (int dots = 0; dots < 2; ++dots) {
    const std::size_t dot = version.find('.');
    if (dot == std::string_view::npos) {
      return 0;
    }
    version.remove_prefix(dot + 1);
  }
  std::from_chars(version.data(), version.data() + version.size(), build);
  return build;
}

/// Builds that share their files: an enablement package changes the number and little else, and a
/// service pack leaves files as they were.
std::uint32_t family_of(std::uint32_t build) {
  struct Family {
    std::uint32_t first;
    std::uint32_t last;
  };
  static constexpr std::array<Family, 7> families = {{{6000, 6003},
                                                      {7600, 7601},
                                                      {18362, 18363},
                                                      {19041, 19045},
                                                      {20348, 20349},
                                                      {22621, 22631},
                                                      {26100, 26200}}};
  for (const Family& family : families) {
    if (build >= family.first && build <= family.last) {
      return family.first;
    }
  }
  return build;
}

void judge_build(ProviderCase& subject, const ImageFact& image) {
  // Others count their own versions in that place.
  const std::uint32_t build =
      contains_name(image.company.raw(), "Microsoft") ? build_in(image.file_version.raw()) : 0;
  if (subject.match.row == nullptr || !subject.match.row->is_inbox || subject.build == 0 ||
      build == 0 || family_of(build) == family_of(subject.build)) {
    return;
  }
  subject.raise("version_of_another_build", 1,
                fmt::format("the file says that it is of Windows build {}, the host's is {}", build,
                            subject.build),
                {image.origin});
}

/// A file that was linked after its key was last written came into the place of another one.
void judge_time(ProviderCase& subject, const ImageFact& image) {
  constexpr std::uint32_t year_2000 = 946'684'800;
  const FileTime written = subject.provider.last_written;
  if (image.timestamp_is_hash || image.timestamp < year_2000 || !written.given() ||
      (subject.match.row != nullptr && subject.match.row->is_confident)) {
    return;
  }
  const FileTime linked{FileTime::unix_epoch +
                        std::uint64_t{image.timestamp} * FileTime::per_second};
  if (linked > written) {
    subject.raise(
        "dll_newer_than_registration", 1,
        fmt::format("the file was linked at {} by its own header, which anybody may write, "
                    "after the key was last written: it came there later, replaced or "
                    "updated, or the time is not true",
                    to_screen_time(linked)),
        {image.origin});
  }
}

}  // namespace

void judge_version(ProviderCase& subject, const ProviderDll& dll, const ImageFact& image) {
  const bool is_in_inbox_place =
      subject.match.row != nullptr && subject.match.row->is_inbox && !dll.is_authent;
  if (is_in_inbox_place && !image.damaged && !contains_name(image.company.raw(), "Microsoft")) {
    subject.contradict("version_not_of_windows", 4,
                       image.has_version
                           ? fmt::format("the version resource says that {} made the file; all "
                                         "files of Windows say Microsoft",
                                         image.company.empty() ? "nobody" : shown(image.company))
                           : std::string("the file has no version resource; all files of Windows "
                                         "have one"),
                       {image.origin});
  }
  if (!image.has_version && !is_in_inbox_place) {
    subject.raise("dll_without_version", 1, "the file has no version resource; products have one",
                  {image.origin});
  } else if (image.has_version) {
    judge_original_name(subject, dll, image);
    judge_claim(subject, image);
    judge_product(subject, image);
    judge_build(subject, image);
  }
  judge_time(subject, image);
}

}  // namespace npg
