// One provider while it is judged: what its reasons look at, and where they are put. Each judge_
// function gives the reasons of one thought; judgement.cpp calls them and adds up.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/inventory/known.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

struct ProviderCase {
  Provider& provider;
  std::span<const Change> changes;
  const FactSet& facts;
  const Knowledge& knowledge;
  const HostPaths& host;
  KnownMatch match;
  std::uint32_t build = 0;
  /// The provider's own registrations: of every control set, moment and copy.
  std::vector<const RegistrationFact*> registrations = {};
  bool signatures_fit = true;  ///< every file is signed by whom its place asks for
  /// A file is none that this place asks for: what its registration speaks for is another one.
  bool file_contradicts = false;
  /// No file says of itself what its place does not: another one of the same signer may.
  bool files_agree = true;

  /// The weight is what the reason adds to the sum, or takes off it.
  void raise(std::string code, int weight, std::string text, std::vector<Origin> evidence);
  void lower(std::string code, int weight, std::string text, std::vector<Origin> evidence);
  void missing(std::string code, std::string text, std::vector<Origin> evidence);

  /// As raise(), of something that says that the file is not the one of this place.
  void contradict(std::string code, int weight, std::string text, std::vector<Origin> evidence);
  /// As raise(), of something that the file says of itself and its place does not: it explains
  /// nothing any more, whoever signed it.
  void doubt(std::string code, int weight, std::string text, std::vector<Origin> evidence);

  /// The registration in a hive, that of the current control set before others; nothing for one
  /// that only events tell of.
  [[nodiscard]] const RegistrationFact* registration() const;
  /// The registration's own first bytes; empty when it has none.
  [[nodiscard]] std::vector<Origin> own_evidence() const;
  /// Nothing when the registration does not have the value.
  [[nodiscard]] const RegistryValueFact* value(std::string_view name) const;
  /// True when the value is lost, or may be: the registration's values are incomplete, and this one
  /// is not there or cut short.
  [[nodiscard]] bool may_be_lost(std::string_view name) const;
  /// The value's data, its record where they stand in that, else the registration's own bytes.
  [[nodiscard]] std::vector<Origin> value_evidence(std::string_view name) const;
};

/// An unexpanded variable leads to no file: an installer's bug more often than a trap.
[[nodiscard]] bool loads_nothing(const ProviderDll& dll);

/// True when ProviderPath and AuthentProviderPath lead to the same file.
[[nodiscard]] bool names_one_file(const Provider& provider);

/// True when the signer is one of those on record for the product.
[[nodiscard]] bool is_on_record(const SignatureFact& signature, const KnownProvider& row);

/// True for the registration of a product that is meant to receive passwords, with its own file: a
/// signer on record, or where none is anybody, truly signed what is in the evidence. Where no file
/// is, the record must have been read from a real host and say who signs it. A name alone excuses
/// nothing.
[[nodiscard]] bool is_known_receiver(const ProviderCase& subject);

/// True for a file in a folder that ordinary users may write to as Windows is installed.
[[nodiscard]] bool is_writable_by_default(std::string_view path);

/// Whose name it bears, and whether it is registered as that is.
void judge_name(ProviderCase& subject);
void judge_dlls(ProviderCase& subject);
/// How the path of one DLL or program is written.
void judge_path_form(ProviderCase& subject, const ProviderDll& dll, bool is_program = false);
/// Where it leads.
void judge_place(ProviderCase& subject, const ProviderDll& dll);
/// All about one file but its path. `exports_matter` is false for a program.
void judge_file(ProviderCase& subject, const ProviderDll& dll, bool exports_matter);
/// Who signed it, and whether that is who should have.
void judge_signature(ProviderCase& subject, const ImageFact& image);
/// What its version resource says against the rest.
void judge_version(ProviderCase& subject, const ProviderDll& dll, const ImageFact& image);
/// What it can do in mpnotify.exe: its machine, where its forwarders lead, what it loads.
void judge_loading(ProviderCase& subject, const ProviderDll& dll, const ImageFact& image);
/// A file of one hash that Sysmon saw loaded from the DLL's path, with its newest load.
struct LoggedLoad {
  std::string sha256;
  const ModuleLoadFact* newest = nullptr;
};
/// Each hash once, by the time of its newest load. Empty where no load was logged with a SHA256.
[[nodiscard]] std::vector<LoggedLoad> logged_loads(const ProviderCase& subject,
                                                   const ProviderDll& dll);
/// What of these is not the file in the evidence.
void judge_loads(ProviderCase& subject, const ProviderDll& dll, const ImageFact& image);
/// The files beside it that it imports.
void judge_beside(ProviderCase& subject, const ImageFact& image);
void judge_history(ProviderCase& subject);

}  // namespace npg
