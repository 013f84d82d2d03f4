// The images of a host and what they could do in mpnotify.exe: which stands at a path, whether this
// Windows can load it, what its exports make of it, and where its forwarders lead.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/inventory/host_paths.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

/// Nothing when the evidence has no image there.
[[nodiscard]] const ImageFact* image_at(const FactSet& facts, std::string_view windows_path);

/// False when the image is for another machine than mpnotify.exe of this Windows; true where either
/// is not known.
[[nodiscard]] bool can_load(const ImageFact& image, const HostPaths& host);

/// The image, where the evidence has it, and the first of the path's candidates that it stands at.
[[nodiscard]] ProviderDll located_dll(ResolvedPath path, const FactSet& facts);

struct ExportShape {
  bool logon = false;    ///< NPLogonNotify or NPPasswordChangeNotify
  bool network = false;  ///< a function that a network provider needs
  std::size_t named = 0;
  std::size_t unnamed = 0;
  std::size_t forwarded = 0;  ///< of the named ones
  std::string forwarded_to;   ///< the module that most of them go to; empty when none does
  std::size_t forwarded_there = 0;
  /// At least three NP functions, and half of all, go to one other module.
  [[nodiscard]] bool is_proxy() const;
};
[[nodiscard]] ExportShape export_shape(const ImageFact& image);
/// As ProviderDll::can_be.
[[nodiscard]] std::string_view word_of(const ExportShape& shape);

/// Of two images' named exports: how many of a hundred both have.
[[nodiscard]] unsigned shared_exports_percent(const ImageFact& a, const ImageFact& b);

/// Where a function of a provider that is not in the file itself leads.
struct Forward {
  const ImageFact* from = nullptr;  ///< the image that has the export
  Origin origin;                    ///< of the forwarder's text
  SharedText name;                  ///< the export
  std::string module;               ///< "other.dll"
  std::string function;
  std::vector<PathCandidate> candidates;  ///< hashes set where the evidence has a file
  const ImageFact* target = nullptr;      ///< the first of the candidates that is there
  /// Where that stands, written as this forwarder has it; the place that comes first where none is
  /// there, and empty for a module of an API set.
  std::string target_path;
  bool is_api_set = false;  ///< Windows has a file of its own for it, of any name
  bool is_logon = false;    ///< it began with a logon function
};
/// Of the logon functions and NPGetCaps, then of the other NP functions, and of what each is
/// forwarded to under whatever name, to its end or up to a depth; a module of an API set has no
/// candidates.
[[nodiscard]] std::vector<Forward> all_forwards(const ImageFact& image, const FactSet& facts,
                                                const HostPaths& host);
/// The modules that a logon function is passed on through until it comes back to where it was:
/// "a.dll", "b.dll", "a.dll". Empty when it does not, as far as the evidence goes.
[[nodiscard]] std::vector<std::string> forward_circle(const ImageFact& image, const FactSet& facts,
                                                      const HostPaths& host);
/// Where the names of its logon functions stand; empty when it exports none by name.
[[nodiscard]] std::vector<Origin> logon_export_evidence(const ImageFact& image);

}  // namespace npg
