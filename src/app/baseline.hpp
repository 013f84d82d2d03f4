// The use cases of baselines: building one from hosts or a case, reading a signed one, and
// comparing hosts with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/baseline/baseline.hpp"
#include "app/failure.hpp"

namespace npg {

struct BaselineBuild {
  std::vector<std::string> paths;  ///< evidence, or cases
  BaselineSettings settings;       ///< as_of not given: the newest time in the evidence
  std::string tag;
  std::string key_file;  ///< Ed25519 private key, PEM
  std::string add_to;    ///< a baseline whose other groups are kept; empty: none
  unsigned threads = 1;
};
struct BuiltBaseline {
  std::string text;  ///< signed
  std::string summary;
  bool complete = true;
};
[[nodiscard]] Outcomed<BuiltBaseline> build_baseline(const BaselineBuild& build);

struct SignedBaseline {
  Baseline baseline;
  std::string key_id;
};
/// Reads a baseline file; its signature must be by the key in `key_file` before anything in it is
/// believed.
[[nodiscard]] Outcomed<SignedBaseline> read_baseline(const std::string& path,
                                                     const std::string& key_file);

struct BaselineDiff {
  std::string baseline_file;
  std::string key_file;
  std::vector<std::string> paths;
  std::string host;  ///< of a case: this one only; empty: every host
  std::string tag;
  unsigned threads = 1;
};
struct DiffAnswer {
  std::string text;
  bool has_differences = false;
  bool complete = true;
};
[[nodiscard]] Outcomed<DiffAnswer> diff_with_baseline(const BaselineDiff& diff);

/// What a baseline holds, in words.
[[nodiscard]] std::string baseline_summary(const SignedBaseline& baseline);

}  // namespace npg
