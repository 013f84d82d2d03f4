#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/diagnostic.hpp"
#include "base/identifiers.hpp"
#include "format/authenticode/image_digest.hpp"
#include "format/authenticode/indirect_data.hpp"
#include "source/trust/digest.hpp"
#include "source/trust/verify_message.hpp"

namespace npg::trust {
namespace {

constexpr std::string_view indirect_data_oid = "1.3.6.1.4.1.311.2.1.4";
/// Limit: a nested signature holds none itself; one level more is looked at and no further.
constexpr unsigned nesting_max = 2;
constexpr std::uint64_t alignment = 8;

/// What is wrong with the table, in words.
std::string sentence(const authenticode::FlawFound& found) {
  using enum authenticode::TableFlaw;
  switch (found.flaw) {
    case table_outside_file:
      return fmt::format("the certificate table is {} bytes long, {} of them are in the file",
                         found.need, found.have);
    case table_overlaps_image:
      return fmt::format("the certificate table covers {} bytes of headers or sections",
                         found.length);
    case table_misaligned:
      return "the certificate table does not begin at a multiple of eight bytes";
    case table_empty: return "the certificate table holds no entry";
    case entry_truncated:
      return fmt::format("an entry of the certificate table says {} bytes, {} are there",
                         found.need, found.have);
    case entry_revision:
      return fmt::format("an entry of the certificate table has revision {:#06x}", found.have);
    case entry_type:
      return fmt::format("an entry of the certificate table is of type {}, not PKCS #7",
                         found.have);
    case bytes_behind_entries:
      return fmt::format("{} bytes in the certificate table are no entry", found.length);
    case bytes_behind_table:
      return fmt::format("{} bytes stand behind the certificate table", found.length);
    case entry_revision_1:
      return "its entry of the certificate table is of revision 1.0, which no signing tool writes";
    case several_entries:
      return fmt::format(
          "the certificate table holds {} signatures side by side, which no signing "
          "tool of Windows writes and of which readers take one",
          found.have);
  }
  return {};
}

class ImageVerifier {
 public:
  ImageVerifier(const ImageFile& image, const Terms& terms) : image_(image), terms_(terms) {}

  SignatureFact run() {
    const auto table = authenticode::read_certificate_table(image_.file, image_.layout,
                                                            terms_.limits.certificate_entries_max);
    SignatureFact fact{.status = SignatureStatus::trusted};
    if (!image_.layout.has_table()) {
      fact.status = SignatureStatus::unsigned_file;
      fact.why_code = "no_signature";
      fact.why = "the file carries no signature";
      set_digest(fact, DigestKind::sha256);
      return fact;
    }
    bool is_first = true;
    for (const authenticode::TableEntry& entry : table.entries) {
      SignatureFact one = verify_entry(entry);
      if (std::exchange(is_first, false)) {
        fact = std::move(one);
      } else {
        add_other(fact, std::move(one), "second_signature");
      }
    }
    fact.form = SignatureForm::embedded;
    if (table.entries.empty()) {
      fact.origin = origin(image_.layout.table_offset, image_.layout.table_size);
      set_digest(fact, DigestKind::sha256);
    }
    for (const authenticode::FlawFound& found : table.flaws) {
      add_oddity(fact, {.code = std::string(name_of(found.flaw)),
                        .text = sentence(found),
                        .breaks = found.breaks(),
                        .origin = origin(found.offset, found.length)});
      if (!found.breaks()) {
        worsen(fact, untrusted(name_of(found.flaw), sentence(found)));
      }
    }
    return fact;
  }

 private:
  [[nodiscard]] Origin origin(std::uint64_t offset, std::uint64_t length) const {
    return {.evidence = image_.evidence, .offset = offset, .length = length, .how = {}};
  }

  /// The image hash, as Windows computes it: the whole file but for what signing changes.
  const std::vector<std::byte>& digest(DigestKind kind) {
    auto& known = digests_[kind];
    if (known.empty()) {
      known = digest_of(kind, authenticode::digest_ranges(image_.file, image_.layout),
                        authenticode::digest_padding(image_.file, image_.layout));
    }
    return known;
  }

  void set_digest(SignatureFact& fact, DigestKind kind) {
    fact.digest_algorithm = std::string(name_of(kind));
    fact.digest = to_hex(digest(kind));
  }

  /// What does not decide: a broken one is a contradiction of the whole file all the same.
  static void add_other(SignatureFact& fact, SignatureFact other, std::string_view code) {
    if (other.status == SignatureStatus::broken) {
      add_oddity(fact, {.code = std::string(code),
                        .text = "another signature of the file is broken: " + other.why,
                        .breaks = true,
                        .origin = other.origin});
    }
    fact.others.push_back(std::move(other));
  }

  SignatureFact verify_entry(const authenticode::TableEntry& entry) {
    SignatureFact fact = verify_message(entry.content, 0);
    fact.origin = origin(entry.offset, entry.length);
    const Bytes behind = entry.content.from(message_size_);
    const bool is_zero =
        std::ranges::all_of(behind.data(), [](std::byte b) { return b == std::byte{0}; });
    if (message_size_ != 0 && (behind.size() >= alignment || !is_zero)) {
      add_oddity(fact, {.code = is_zero ? "long_padding" : "bytes_behind_signature",
                        .text = fmt::format("{} {} stand behind the signature in its entry",
                                            behind.size(), is_zero ? "zeros" : "bytes"),
                        .breaks = !is_zero,
                        .origin = origin(behind.offset(), behind.size())});
    }
    return fact;
  }

  SignatureFact verify_message(Bytes bytes, unsigned nesting) {
    SignatureFact fact{.status = SignatureStatus::trusted, .form = SignatureForm::embedded};
    const auto message = SignedMessage::read(bytes, terms_.limits);
    fact.origin = origin(bytes.offset(), message ? message->size() : bytes.size());
    if (nesting == 0) {
      message_size_ = message ? message->size() : 0;
    }
    if (!message) {
      set_digest(fact, DigestKind::sha256);
      add_oddity(fact, {.code = "unreadable",
                        .text = describe(message.error()),
                        .breaks = true,
                        .origin = origin(message.error().offset, 0)});
      return fact;
    }
    judge_message(*message, terms_, fact);
    judge_content(*message, fact);
    add_nested(*message, nesting, fact);
    return fact;
  }

  void add_nested(const SignedMessage& message, unsigned nesting, SignatureFact& fact) {
    const auto nested = nested_signatures(message);
    for (std::size_t i = 0; i < nested.size(); ++i) {
      if (nesting + 1 >= nesting_max || i >= terms_.limits.nested_signatures_max) {
        add_oddity(fact, {.code = "nested_too_deep",
                          .text = "it holds more signatures than are looked at",
                          .breaks = true,
                          .origin = fact.origin});
        return;
      }
      // OpenSSL has copied it; where it stands in the file is looked for.
      const auto around = image_.file.clamp(message.offset(), message.size()).data();
      const auto where = std::ranges::search(around, nested[i]);
      const std::uint64_t offset =
          message.offset() + static_cast<std::uint64_t>(where.begin() - around.begin()) %
                                 std::max<std::uint64_t>(message.size(), 1);
      SignatureFact inner = verify_message(Bytes(nested[i], offset), nesting + 1);
      add_other(fact, std::move(inner), "nested_signature");
    }
  }

  /// Whether the message is about this image.
  void judge_content(const SignedMessage& message, SignatureFact& fact) {
    const auto data =
        message.content_type() == indirect_data_oid
            ? authenticode::read_indirect_data(message.content())
            : fail(ErrorCode::bad_value, message.offset(), "authenticode.content_type");
    if (!data) {
      set_digest(fact, DigestKind::sha256);
      return worsen(fact, broken("not_authenticode", describe(data.error())));
    }
    const auto kind = digest_kind_of(data->digest_oid);
    if (!kind) {
      set_digest(fact, DigestKind::sha256);
      return worsen(fact,
                    broken("not_authenticode", "it signs a digest of a kind that is not read"));
    }
    if (data->kind != authenticode::SubjectKind::pe_image) {
      worsen(fact, broken("not_an_image", "it signs something that is no image"));
    }
    judge_digest_kind(*kind, fact);
    set_digest(fact, *kind);
    fact.stated_digest = to_hex(data->digest.data());
    fact.stated_digest_origin = origin(data->digest.offset(), data->digest.size());
    judge_digest(*data, *kind, fact);
    if (data->page_hashes) {
      judge_page_hashes(*data->page_hashes, fact);
    }
    if (data->digest_oid != message.announced_digest()) {
      add_oddity(fact, {.code = "digests_differ",
                        .text = "the image is hashed with another algorithm than the signature",
                        .breaks = false,
                        .origin = origin(message.content().offset(), message.content().size())});
    }
  }

  void judge_digest(const authenticode::IndirectData& data, DigestKind kind, SignatureFact& fact) {
    const auto stated = data.digest.data();
    if (std::ranges::equal(stated, digest(kind))) {
      return;
    }
    // By the letter of the specification bytes between sections may be left out.
    const auto by_letter =
        digest_of(kind, authenticode::digest_ranges_by_specification(image_.file, image_.layout));
    const bool leaves_out = std::ranges::equal(stated, by_letter);
    add_oddity(fact, {.code = leaves_out ? "bytes_not_signed" : "digest",
                      .text = leaves_out ? "the signature leaves out bytes between the sections"
                                         : "the image is not the one that was signed",
                      .breaks = true,
                      .origin = origin(data.digest.offset(), data.digest.size())});
  }

  void judge_page_hashes(const authenticode::PageHashTable& table, SignatureFact& fact) {
    const DigestKind kind = table.is_sha256 ? DigestKind::sha256 : DigestKind::sha1;
    const std::uint64_t digest_size = table.is_sha256 ? 32 : 20;
    const std::uint64_t entry_size = sizeof(std::uint32_t) + digest_size;
    const auto hashed =
        authenticode::hashed_pages(image_.file, image_.layout, terms_.limits.hashed_pages_max);
    const auto wrong = [&](std::uint64_t offset, std::string text) {
      add_oddity(fact, {.code = "page_hashes",
                        .text = std::move(text),
                        .breaks = true,
                        .origin = origin(offset, entry_size)});
    };
    if (hashed.pages.empty() || table.entries.size() != (hashed.pages.size() + 1) * entry_size) {
      return wrong(table.entries.offset(),
                   fmt::format("{} bytes of page hashes for an image of {} pages",
                               table.entries.size(), hashed.pages.size()));
    }
    for (std::size_t i = 0; i < hashed.pages.size(); ++i) {
      const authenticode::HashedPage& page = hashed.pages[i];
      const Bytes entry = table.entries.clamp(i * entry_size, entry_size);
      if (entry.at<std::uint32_t>(0) != page.offset ||
          !std::ranges::equal(entry.from(sizeof(std::uint32_t)).data(),
                              digest_of(kind, page.ranges, page.zeros))) {
        return wrong(entry.offset(),
                     fmt::format("the page at {:#x} is not the one that was signed", page.offset));
      }
    }
  }

  const ImageFile& image_;
  const Terms& terms_;
  std::map<DigestKind, std::vector<std::byte>> digests_;
  std::uint64_t message_size_ = 0;  ///< of the entry's message; 0 when it could not be read
};

}  // namespace

SignatureFact verify_image(const ImageFile& image, const Terms& terms) {
  return ImageVerifier(image, terms).run();
}

}  // namespace npg::trust
