#include "source/trust/anchors.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/check.hpp"
#include "source/trust/certificate.hpp"

namespace npg::trust {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(end + 1);
  }
}

/// Calls row(cells) for each line that is neither a comment nor the heading; the error is row's,
/// with the line.
template <typename Row>
std::expected<void, std::string> each_row(std::string_view table, std::size_t columns,
                                          std::string_view heading, const Row& row) {
  std::size_t line_number = 0;
  for (const std::string_view line : split(table, '\n')) {
    ++line_number;
    if (line.empty() || line.starts_with('#') || line.starts_with(heading)) {
      continue;
    }
    const auto cells = split(line, '\t');
    std::string wrong = cells.size() != columns
                            ? fmt::format("has {} columns, {} are needed", cells.size(), columns)
                            : row(cells);
    if (!wrong.empty()) {
      return std::unexpected(fmt::format("line {}: {}", line_number, wrong));
    }
  }
  return {};
}

/// A date, or not given for "-"; nothing when it is neither.
std::optional<FileTime> date(std::string_view cell) {
  return cell == "-" ? std::optional(FileTime{}) : parse_time(cell);
}

std::optional<std::vector<std::byte>> from_base64(std::string_view text) {
  std::vector<std::byte> bytes(text.size() / 4 * 3 + 3);
  const int size =
      EVP_DecodeBlock(static_cast<unsigned char*>(static_cast<void*>(bytes.data())),
                      static_cast<const unsigned char*>(static_cast<const void*>(text.data())),
                      static_cast<int>(text.size()));
  if (size < 0) {
    ERR_clear_error();
    return std::nullopt;
  }
  const auto padding = static_cast<std::size_t>(std::ranges::count(text, '='));
  bytes.resize(static_cast<std::size_t>(size) - std::min(padding, static_cast<std::size_t>(size)));
  return bytes;
}

std::string add_row(Anchors& anchors, const std::vector<std::string_view>& cells) {
  const auto distrusted_after = date(cells[3]);
  const auto issued_until = date(cells[4]);
  const auto certificate = from_base64(cells[8]);
  if (!distrusted_after || !issued_until) {
    return "a date is neither a date nor -";
  }
  if (cells[1] != "microsoft" && cells[1] != "public") {
    return "owner is neither microsoft nor public";
  }
  if (cells[7].empty()) {
    return "names no source";
  }
  const auto uses = split(cells[2], ',');
  const Anchor anchor{.is_microsoft = cells[1] == "microsoft",
                      .may_sign = std::ranges::count(uses, "sign") == 1,
                      .may_stamp = std::ranges::count(uses, "stamp") == 1,
                      .distrusted_after = *distrusted_after,
                      .issued_until = *issued_until};
  if (!certificate || !anchors.add(*certificate, anchor)) {
    return "holds no certificate";
  }
  const unsigned char* position = octets(certificate->data());
  const X509Ptr read(d2i_X509(nullptr, &position, static_cast<long>(certificate->size())));
  return thumbprint_of(read.get(), EVP_sha1()) == cells[5] &&
                 thumbprint_of(read.get(), EVP_sha256()) == cells[6]
             ? ""
             : "its certificate has other hashes";
}

}  // namespace

Anchors::Anchors() : store_(X509_STORE_new()) {
  NPG_CHECK(store_ != nullptr);
}

std::expected<Anchors, std::string> Anchors::parse(std::string_view roots,
                                                   std::string_view distrusted) {
  Anchors anchors;
  const auto read_roots =
      each_row(roots, 9, "subject\t", [&](const auto& cells) { return add_row(anchors, cells); });
  if (!read_roots) {
    return std::unexpected("trusted roots, " + read_roots.error());
  }
  const auto read_distrusted =
      each_row(distrusted, 6, "issuer\t", [&](const auto& cells) -> std::string {
        const auto from = date(cells[2]);
        if (!from || cells[4].empty()) {
          return !from ? "from_date is neither a date nor -" : "names no source";
        }
        anchors.distrust(cells[0], cells[1], {.from = *from, .why = std::string(cells[3])});
        return "";
      });
  if (!read_distrusted) {
    return std::unexpected("distrusted certificates, " + read_distrusted.error());
  }
  return anchors;
}

bool Anchors::add(std::span<const std::byte> certificate, const Anchor& anchor) {
  const unsigned char* position = octets(certificate.data());
  const X509Ptr read(d2i_X509(nullptr, &position, static_cast<long>(certificate.size())));
  if (read == nullptr || X509_STORE_add_cert(store_.get(), read.get()) != 1) {
    ERR_clear_error();
    return false;
  }
  anchors_.emplace(thumbprint_of(read.get(), EVP_sha256()), anchor);
  return true;
}

void Anchors::distrust(std::string_view issuer_common_name, std::string_view serial,
                       Distrusted distrusted) {
  distrusted_.insert_or_assign({std::string(issuer_common_name), std::string(serial)},
                               std::move(distrusted));
}

const Anchor* Anchors::find(const X509* certificate) const {
  const auto found = anchors_.find(thumbprint_of(certificate, EVP_sha256()));
  return found == anchors_.end() ? nullptr : &found->second;
}

const Distrusted* Anchors::find_distrusted(const X509* certificate) const {
  if (distrusted_.empty()) {
    return nullptr;
  }
  const EvidenceText issuer = name_entry(X509_get_issuer_name(certificate), NID_commonName);
  const auto found =
      distrusted_.find({std::string(issuer.raw()), serial_of(X509_get0_serialNumber(certificate))});
  return found == distrusted_.end() ? nullptr : &found->second;
}

}  // namespace npg::trust
