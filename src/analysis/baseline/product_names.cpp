#include "analysis/baseline/product_names.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "base/evidence_text.hpp"

namespace npg {
namespace {

/// What stands in names of any maker and in paths of any program.
constexpr auto common = std::to_array<std::string_view>({
    "ACCESS",      "AGENT",    "AND",      "APPLICATION",  "BIN",       "CLIENT",
    "COM",         "COMMON",   "COMPANY",  "COMPLETED",    "CONTROL",   "CORP",
    "CORPORATION", "DLL",      "DRIVER",   "EXE",          "FILES",     "FOR",
    "GMBH",        "INC",      "INSTALL",  "INSTALLATION", "INSTALLED", "LIMITED",
    "LLC",         "LTD",      "MANAGER",  "MICROSOFT",    "MSI",       "NETWORK",
    "NULL",        "PACKAGE",  "PRODUCT",  "PROGRAM",      "PROGRAMS",  "PROVIDER",
    "SERVER",      "SERVICE",  "SERVICES", "SETUP",        "SOFTWARE",  "SUCCESSFULLY",
    "SYSTEM",      "SYSTEM32", "SYSWOW64", "THE",          "TOOL",      "TOOLS",
    "UPDATE",      "UPGRADE",  "VERSION",  "WINDOWS",      "WIN32",     "WIN64",
    "X64",         "X86",      "AMD64",    "ARM64",
});

bool is_of_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    constexpr std::size_t shortest = 3;
    const std::string key = name_key(word);
    const bool has_letter =
        std::ranges::any_of(key, [](char c) { return is_of_word(c) && !(c >= '0' && c <= '9'); });
    if (key.size() >= shortest && has_letter && std::ranges::find(common, key) == common.end()) {
      words.push_back(key);
    }
    word.clear();
  };
  for (const char c : text) {
    if (is_of_word(c)) {
      word += c;
    } else {
      end_word();
    }
  }
  end_word();
  return words;
}

}  // namespace

std::string common_word(std::string_view product, std::span<const std::string> names) {
  std::set<std::string> known;
  for (const std::string& name : names) {
    for (std::string& word : words_of(name)) {
      known.insert(std::move(word));
    }
  }
  for (const std::string& word : words_of(product)) {
    if (known.contains(word)) {
      return word;
    }
  }
  return {};
}

}  // namespace npg
