#include "app/rival_images.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include "app/assess_host.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

/// Limit: each costs an assessment of the host; what is beyond is told as not judged.
constexpr std::size_t judged_of_a_path_max = 8;

/// Orders assessments of one host by how bad they are.
using Badness = std::tuple<int, int, int, std::size_t>;
Badness badness_of(const HostAssessment& assessment) {
  int verdict = 0;
  switch (assessment.verdict) {
    case HostVerdict::clean: verdict = 0; break;
    case HostVerdict::undetermined: verdict = 1; break;
    case HostVerdict::needs_review: verdict = 2; break;
    case HostVerdict::suspicious: verdict = 3; break;
    case HostVerdict::compromised: verdict = 4; break;
  }
  int severity = -1;
  for (const Finding& finding : assessment.findings) {
    if (finding.suppressed_by.empty()) {
      severity = std::max(severity, static_cast<int>(finding.severity));
    }
  }
  int score = 0;
  for (const Provider& provider : assessment.providers) {
    score = std::max(score, provider.score);
  }
  return {verdict, severity, score, assessment.findings.size()};
}

/// Places in `images` by path, of paths that several have: in the order of their SHA-256, so that
/// the order of collections does not matter.
std::vector<std::vector<std::size_t>> rivals_in(const std::vector<ImageFact>& images) {
  std::map<std::string, std::vector<std::size_t>> by_path;
  for (std::size_t i = 0; i < images.size(); ++i) {
    by_path[name_key(images[i].windows_path.raw())].push_back(i);
  }
  std::vector<std::vector<std::size_t>> rivals;
  for (auto& [path, places] : by_path) {
    if (places.size() > 1) {
      std::ranges::sort(places, {}, [&](std::size_t place) { return images[place].sha256; });
      rivals.push_back(std::move(places));
    }
  }
  return rivals;
}

std::string shown_hash(const ImageFact& image) {
  return image.sha256.empty() ? "not known" : image.sha256;
}

}  // namespace

HostAssessment assess_with_rivals(Host& host, const Knowledge& knowledge,
                                  const Expectations* expectations, std::span<const HostNews> news,
                                  std::vector<PassedImage>& passed) {
  const std::vector<std::vector<std::size_t>> rivals = rivals_in(host.facts.images);
  if (rivals.empty()) {
    return assess_host(host, knowledge, expectations, news);
  }
  const std::vector<ImageFact> all = host.facts.images;
  std::vector<bool> is_out(all.size(), false);
  for (const auto& places : rivals) {
    for (std::size_t i = 1; i < places.size(); ++i) {
      is_out[places[i]] = true;
    }
  }
  const auto choose = [&] {
    host.facts.images.clear();
    host.other_contents.clear();
    for (std::size_t i = 0; i < all.size(); ++i) {
      (is_out[i] ? host.other_contents : host.facts.images).push_back(all[i]);
    }
  };
  const auto assess = [&] {
    choose();
    return assess_host(host, knowledge, expectations, news);
  };
  HostAssessment worst = assess();
  std::vector<std::string> statements;
  for (const auto& places : rivals) {
    std::size_t chosen = places.front();
    const std::size_t judged = std::min(places.size(), judged_of_a_path_max);
    for (std::size_t i = 1; i < judged; ++i) {
      is_out[chosen] = true;
      is_out[places[i]] = false;
      HostAssessment other = assess();
      if (badness_of(other) > badness_of(worst)) {
        worst = std::move(other);
        chosen = places[i];
      } else {
        is_out[chosen] = false;
        is_out[places[i]] = true;
      }
    }
    const std::string path =
        escape_for_terminal(EvidenceText::from_utf8(all[chosen].windows_path.raw()));
    std::string others;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (places[i] == chosen) {
        continue;
      }
      const ImageFact& image = all[places[i]];
      const std::string_view was = i < judged ? "judged, too" : "not judged: there are too many";
      others += fmt::format("{}{} ({})", others.empty() ? "" : ", ", shown_hash(image), was);
      passed.push_back({.evidence = image.origin.evidence,
                        .text = fmt::format(
                            "one of {} files that were collected of {} with different content; "
                            "this one (SHA-256 {}) was {}, and the assessment is of the worse "
                            "one, SHA-256 {}",
                            places.size(), path, shown_hash(image), was, shown_hash(all[chosen]))});
    }
    statements.push_back(
        fmt::format("{} was collected with different content. The assessment is of the worst of "
                    "them, SHA-256 {}; also there: {}.",
                    path, shown_hash(all[chosen]), others));
  }
  if (rivals.size() > 1) {
    worst = assess();
  }
  choose();
  std::ranges::move(statements, std::back_inserter(worst.coverage.statements));
  return worst;
}

}  // namespace npg
