#include "casefile/case_parts.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <charconv>

#include "base/identifiers.hpp"

namespace npg::case_parts {

std::string from_hex(std::string_view hex) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const int high = digit(hex[i]);
    const int low = digit(hex[i + 1]);
    if (high < 0 || low < 0) {
      return {};
    }
    out.push_back(static_cast<char>(high * 16 + low));
  }
  return hex.size() % 2 == 0 ? out : std::string();
}

std::string hex_of(std::string_view bytes) {
  return to_hex(bytes_of(bytes));
}

std::string digest_text(const Sha256Digest& digest, std::size_t size) {
  const auto chars = std::bit_cast<std::array<char, 32>>(digest);
  return {chars.data(), size};
}

const std::string& current_layout() {
  // The second line changes with what groups and images mean: readings that knew folders by their
  // paths have to be made anew.
  static const std::string layout =
      digest_text(sha256(bytes_of(facts_layout() + "groups by content")), 16);
  return layout;
}

std::string fact_id_of(std::string_view kind, std::string_view computer, std::string_view identity,
                       std::string_view body) {
  std::string content;
  content.reserve(kind.size() + computer.size() + identity.size() + body.size() + 3);
  for (const std::string_view part : {kind, computer, identity}) {
    content += part;
    content += '\0';
  }
  content += body;
  return digest_text(sha256(bytes_of(content)), 16);
}

std::string counts_text(const std::map<std::string, std::uint64_t>& counts) {
  std::string text;
  for (const auto& [name, count] : counts) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", name, count);
  }
  return text;
}

std::map<std::string, std::uint64_t> counts_of(std::string_view text) {
  std::map<std::string, std::uint64_t> counts;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    const std::size_t equals = one.find('=');
    std::uint64_t number = 0;
    if (equals == std::string_view::npos ||
        std::from_chars(one.data() + equals + 1, one.data() + one.size(), number).ec !=
            std::errc{}) {
      return {};
    }
    counts.emplace(one.substr(0, equals), number);
  }
  return counts;
}

CaseResult<EvidenceItem> evidence_item(const sqlite::Statement& row, int first) {
  EvidenceItem item;
  item.sha256 = hex_of(row.text(first + 1));
  item.path = EvidenceText::from_utf8(row.text(first + 2));
  // These two are npguard's own words and no escaper stands in front of them: a foreign file's are
  // escaped.
  item.kind = escape_for_terminal(EvidenceText::from_utf8(row.text(first + 3)));
  item.size = static_cast<std::uint64_t>(row.number(first + 4));
  const std::int64_t status = row.number(first + 5);
  if (status < 0 || status > static_cast<std::int64_t>(EvidenceStatus::skipped)) {
    return std::unexpected(
        damaged(fmt::format("evidence {}: status {} is none", row.number(first), status)));
  }
  item.status = static_cast<EvidenceStatus>(status);
  item.detail = escape_for_terminal(EvidenceText::from_utf8(row.text(first + 6)));
  item.counts = counts_of(row.text(first + 7));
  return item;
}

}  // namespace npg::case_parts
