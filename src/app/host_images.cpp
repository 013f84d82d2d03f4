#include "app/host_images.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "app/imports_beside.hpp"
#include "base/checksum.hpp"
#include "extract/image_facts.hpp"
#include "source/collection/links.hpp"
#include "source/image/image_source.hpp"

namespace npg {
namespace {

/// What stands where the registry names a DLL is taken for one that is damaged when it is nothing
/// else either.
bool may_be_image(FileKind kind) {
  return kind == FileKind::image || kind == FileKind::other;
}

void refuse_image(const Error& error, Reading& reading) {
  if (reading.item.status == EvidenceStatus::damaged) {
    return;  // Another registration named it, too.
  }
  reading.item.status = EvidenceStatus::damaged;
  reading.item.detail = reading.item.size == 0 ? "the file is empty" : describe(error);
  reading.diagnostics.add(DiagnosticCode::image_damaged, Severity::error, error,
                          "a file of this name is loaded at logons, and nothing was read from it");
}

/// What the image's own reader took the file's end for is not its end.
Result<void> note_unread(const FileView& file, std::uint64_t unread, Image& image,
                         Reading& reading) {
  NPG_TRY(image.sha256, sha256_of(file));
  image.size_bytes = file.size();
  image.overlay_bytes += unread;
  image.origin.length = file.size();
  reading.diagnostics.add(
      DiagnosticCode::limit_hit, Severity::data_loss, file.size() - unread, unread,
      fmt::format("the file has {} bytes; those behind the first {} were not looked at",
                  file.size(), file.size() - unread));
  return {};
}

SignatureFact not_looked_for(std::uint64_t bytes_max) {
  return {.status = SignatureStatus::not_checked,
          .why_code = "file_too_large",
          .why = fmt::format("the file is larger than {} bytes", bytes_max)};
}

}  // namespace

void HostImages::add_to(Host& host) {
  TextPool pool;
  std::set<std::string> looked_for;
  for (bool is_new = true; is_new;) {
    is_new = false;
    for (const WantedImage& wanted : wanted_images(host.facts)) {
      if (looked_for.insert(wanted.path).second) {
        is_new = true;
        add_image(host, wanted, pool);
      }
    }
    if (is_new) {
      note_imports_beside(collection_, host);
    }
  }
}

void HostImages::add_image(Host& host, const WantedImage& wanted, TextPool& pool) {
  std::set<std::string> read;
  for (const std::string& group : host.file_groups) {
    auto found = find_by_windows_path(collection_, group, wanted.path);
    const auto linked = found && found->by == FoundBy::path
                            ? std::optional<std::string>()
                            : path_through_links(collection_, group, wanted.path);
    if (linked) {
      found = find_by_windows_path(collection_, group, *linked);
    }
    if (!found || !may_be_image(collection_.files[found->index].kind) ||
        (found->by != FoundBy::path && (!wanted.may_go_by_name || !read.empty()))) {
      continue;
    }
    Reading& reading = readings_[found->index];
    const FileView& file = *collection_.files[found->index].file;
    // Windows maps the sections and never looks at what is behind them: a file is not safe from
    // being loaded by being larger than is read here.
    auto content = read_front(file, limits_.image_bytes_max);
    auto image = content ? read_image(Bytes(*content), static_cast<std::uint32_t>(found->index),
                                      limits_, reading.diagnostics)
                         : Result<Image>(std::unexpected(content.error()));
    const std::uint64_t bytes_left = content ? file.size() - content->size() : 0;
    if (image && bytes_left > 0) {
      if (const auto noted = note_unread(file, bytes_left, *image, reading); !noted) {
        image = std::unexpected(noted.error());
      }
    }
    if (!image) {
      refuse_image(image.error(), reading);
      const bool is_zeros =
          content && !content->empty() &&
          std::ranges::all_of(*content, [](std::byte b) { return b == std::byte{0}; });
      ImageFact unread{.windows_path = SharedText(EvidenceText::from_utf8(wanted.path)),
                       .sha256 = content ? sha256_hex(*content) : std::string(),
                       .size_bytes = reading.item.size,
                       .damaged = true,
                       .unreadable = is_zeros ? "it holds zeros alone" : reading.item.detail};
      unread.origin = {.evidence = static_cast<std::uint32_t>(found->index),
                       .length = reading.item.size};
      if (read.insert(unread.sha256).second) {
        host.facts.images.push_back(std::move(unread));
      }
      continue;
    }
    reading.item.status =
        image->damaged || bytes_left > 0 ? EvidenceStatus::partial : EvidenceStatus::read;
    reading.item.sha256 = image->sha256;
    reading.item.detail =
        fmt::format("named as {}{}", escape_for_terminal(EvidenceText::from_utf8(wanted.path)),
                    found->by == FoundBy::name_in_flat_folder ? " (found by its name alone)" : "");
    if (!read.insert(image->sha256).second) {
      continue;  // The same bytes in another collection of the host.
    }
    host.facts.images.push_back(
        image_fact(*image, SharedText(EvidenceText::from_utf8(wanted.path)), pool));
    host.facts.images.back().through_link =
        SharedText(EvidenceText::from_utf8(linked.value_or("")));
    host.facts.images.back().unread_bytes = bytes_left;
    host.facts.images.back().signature = bytes_left > 0
                                             ? not_looked_for(limits_.image_bytes_max)
                                             : signatures_.embedded(found->index, *content);
  }
}

}  // namespace npg
