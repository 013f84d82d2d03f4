// Bounds: everything in the evidence that says "here at the latest", "not before" or "not after" of
// a provider, each a time with its bytes, known and assumed told apart.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/exposure/clock_correction.hpp"
#include "analysis/exposure/life.hpp"
#include "analysis/exposure/named_facts.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg::exposure {

/// Adds bounds to a window and keeps them in one order.
class Bounds {
 public:
  explicit Bounds(Exposure& window) : window_(window) {}
  void add(std::string what, std::string side, FileTime time, bool is_known, std::string text,
           std::vector<Origin> evidence = {});

 private:
  Exposure& window_;
};

/// The latest time at which the provider is known not to have been there before it came: a copy of
/// the hive without it, or the primary file behind whose back the logs brought it.
struct Absence {
  FileTime time;
  Origin origin;
};
[[nodiscard]] std::optional<Absence> last_absence(const Provider& provider, const NamedFacts& facts,
                                                  FileTime before);

/// The earliest time behind the last write of its own keys until when a state of the hive says that
/// it does not have it: one of the two was set. Nothing where nothing says so.
[[nodiscard]] std::optional<Absence> contradiction(const Provider& provider,
                                                   const NamedFacts& facts);

/// The earliest time at which older copies of the hive, or loads of its DLL by mpnotify.exe, show
/// the provider in place.
struct Sighting {
  FileTime time;
  std::string what;
  std::string text;
  std::vector<Origin> evidence;
};
[[nodiscard]] std::vector<Sighting> sightings(const Provider& provider, Sameness sameness,
                                              const NamedFacts& facts);

/// When the DLL that is told of passwords was written to its place and when it was taken away, as
/// Sysmon tells.
struct DllTimes {
  std::optional<Sighting> created;  ///< the first time
  std::optional<Sighting> deleted;  ///< nothing when it was written or loaded again
};
[[nodiscard]] DllTimes dll_times(const Provider& provider, const FactSet& facts);

/// The file that is told of passwords lies at its path in the evidence.
[[nodiscard]] bool has_file(const Provider& provider);

/// A stretch in which the provider's only DLL was gone from its place, as Sysmon tells.
struct DllGap {
  FileTime deleted;
  FileTime back;
  bool is_written = true;  ///< false: it was loaded again then, and when it came back is not told
  std::vector<Origin> evidence;
};
[[nodiscard]] std::vector<DllGap> dll_gaps(const Provider& provider, const FactSet& facts);

/// Since when this Windows is there: a provider is not older, unless an upgrade carried it over.
void bound_by_installation(const FactSet& facts, Exposure& window);

/// Moves every time of the window to the side where the clock's changes may have put it, and says
/// so; what `correction` is sure of stays.
void allow_for_clock(const FactSet& facts, const ClockCorrection& correction, Exposure& window);

}  // namespace npg::exposure
