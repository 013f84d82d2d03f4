// What a DLL takes along: files in its own folder that it imports. One that bears a name of
// Windows' and is not Windows' own file is how code is loaded that no registration names.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "analysis/inventory/images.hpp"
#include "analysis/inventory/provider_case.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

/// Libraries that are in System32 of every Windows since 7 and that programs often import.
constexpr std::array<std::string_view, 24> system_names = {
    "bcrypt.dll",   "credui.dll",   "cryptbase.dll", "cryptsp.dll", "dbghelp.dll",  "dnsapi.dll",
    "dwmapi.dll",   "iphlpapi.dll", "mpr.dll",       "msimg32.dll", "netapi32.dll", "netutils.dll",
    "ntlanman.dll", "profapi.dll",  "propsys.dll",   "secur32.dll", "sspicli.dll",  "userenv.dll",
    "uxtheme.dll",  "version.dll",  "winhttp.dll",   "wininet.dll", "winmm.dll",    "wtsapi32.dll"};

bool is_windows_library(const ImportBeside& beside) {
  return beside.is_in_system || std::ranges::any_of(system_names, [&](std::string_view name) {
           return equal_names(beside.name.raw(), name);
         });
}

/// The file beside, read; nothing when it could not be.
const ImageFact* image_of(const ProviderCase& subject, const ImageFact& image,
                          const ImportBeside& beside) {
  const std::string path(image.windows_path.raw());
  return image_at(subject.facts,
                  path.substr(0, path.rfind('\\') + 1) + std::string(beside.name.raw()));
}

bool is_signed_by_windows(const ImageFact& image) {
  return image.signature.status == SignatureStatus::trusted &&
         image.signature.purposes.windows_system_component && !image.signature.purposes.whql;
}

/// Its signature was looked at and is none that counts.
bool is_untrusted(const ImageFact& image) {
  const SignatureStatus status = image.signature.status;
  return status == SignatureStatus::untrusted || status == SignatureStatus::broken ||
         status == SignatureStatus::unsigned_file;
}

/// "version.dll (SHA-256 0123, signature unsigned, forwards 5 of 6 functions)".
std::string told(const ImportBeside& beside, const ImageFact* file) {
  if (file == nullptr) {
    return fmt::format("{} (not read)", shown(beside.name));
  }
  if (!file->unreadable.empty()) {
    return fmt::format("{} ({})", shown(beside.name), file->unreadable);
  }
  const ExportShape shape = export_shape(*file);
  return fmt::format("{} (SHA-256 {}, signature {}{}{})", shown(beside.name), file->sha256,
                     name_of(file->signature.status),
                     shape.forwarded == 0 ? ""
                                          : fmt::format(", forwards {} of {} functions",
                                                        shape.forwarded, shape.named),
                     shape.logon ? ", exports logon functions" : "");
}

/// The files of one kind, as one reason.
struct Kind {
  std::vector<std::string> names;
  std::vector<Origin> evidence;

  void add(const ImportBeside& beside, const ImageFact* file) {
    names.push_back(told(beside, file));
    evidence.push_back(beside.origin);
  }
  [[nodiscard]] std::string text() const { return fmt::format("{}", fmt::join(names, ", ")); }
};

}  // namespace

void judge_beside(ProviderCase& subject, const ImageFact& image) {
  if (image.searches_system_only) {
    return;
  }
  Kind foreign;  // A name of Windows', and the file is seen to be none of Windows'.
  Kind planted;  // A name of Windows', and the file may be anything.
  Kind weaker;   // A file of its own that nobody answers for, beside one that somebody signed.
  Kind own;
  for (const ImportBeside& beside : image.imports_beside) {
    const ImageFact* file = image_of(subject, image, beside);
    const bool is_bad = file != nullptr && (is_untrusted(*file) || export_shape(*file).logon);
    Kind& kind =
        is_windows_library(beside)
            ? (is_bad ? foreign : planted)
            : (is_bad && image.signature.status == SignatureStatus::trusted ? weaker : own);
    if (&kind == &planted && file != nullptr && is_signed_by_windows(*file)) {
      continue;  // A copy of Windows' own file.
    }
    kind.evidence.resize(std::max<std::size_t>(kind.evidence.size(), 1), image.origin);
    kind.add(beside, file);
  }
  if (!foreign.names.empty()) {
    subject.raise("import_beside_foreign", 4,
                  fmt::format("the DLL imports what bears a name of Windows' own, lies beside it "
                              "and is not Windows' own file: {}. Which one is loaded depends on "
                              "how the DLL is",
                              foreign.text()),
                  foreign.evidence);
  }
  if (!planted.names.empty()) {
    subject.raise("import_beside_dll", 2,
                  fmt::format("beside the DLL lies what it imports and Windows has in System32: "
                              "{}. Which one is loaded depends on how the DLL is",
                              planted.text()),
                  planted.evidence);
  }
  if (!weaker.names.empty()) {
    subject.raise("import_beside_unsigned", 2,
                  fmt::format("the DLL is signed, and what it loads from its own folder is not, "
                              "or not by anybody trusted: {}",
                              weaker.text()),
                  weaker.evidence);
  }
  if (!own.names.empty()) {
    subject.raise("import_beside_own", 0,
                  fmt::format("it imports from its own folder, and what is said of the DLL is not "
                              "said of these: {}",
                              own.text()),
                  own.evidence);
  }
}

}  // namespace npg
