#include "fact/assessment.hpp"

#include <algorithm>
#include <array>

#include "base/check.hpp"

namespace npg {
namespace {

/// The name at the enumerator's position.
template <std::size_t N, typename E>
std::string_view name_at(const std::array<std::string_view, N>& names, E value) {
  const auto index = static_cast<std::size_t>(value);
  NPG_CHECK(index < N);
  return names[index];
}

constexpr std::array<std::string_view, 5> finding_severities = {"info", "low", "medium", "high",
                                                                "critical"};

}  // namespace

std::string_view name_of(FindingSeverity severity) {
  return name_at(finding_severities, severity);
}

std::optional<FindingSeverity> finding_severity_of(std::string_view name) {
  for (std::size_t i = 0; i < finding_severities.size(); ++i) {
    if (finding_severities[i] == name) {
      return static_cast<FindingSeverity>(i);
    }
  }
  return std::nullopt;
}

std::string_view name_of(ReasonEffect effect) {
  return name_at(std::array<std::string_view, 3>{"raises", "lowers", "missing"}, effect);
}
std::string_view name_of(ProviderState state) {
  return name_at(
      std::array<std::string_view, 5>{"active", "staged", "order_only", "removed", "recovered"},
      state);
}
std::string_view name_of(CompanionRole role) {
  return name_at(std::array<std::string_view, 6>{"mpnotify", "mpr", "connect_notifyee",
                                                 "winlogon_mpnotify", "image_debugger", "app_init"},
                 role);
}
bool is_gone(const Provider& provider) {
  return provider.state == ProviderState::removed ||
         (provider.state == ProviderState::order_only && !provider.values.empty());
}

std::string_view name_of(ProviderVerdict verdict) {
  return name_at(std::array<std::string_view, 6>{"expected", "known_vendor", "approved",
                                                 "unexplained", "suspicious", "malicious"},
                 verdict);
}
std::string_view name_of(YesNo answer) {
  return name_at(std::array<std::string_view, 3>{"yes", "no", "unknown"}, answer);
}
std::string_view name_of(Certainty certainty) {
  return name_at(
      std::array<std::string_view, 4>{"proven", "likely", "possible", "not_by_this_route"},
      certainty);
}
std::string_view name_of(Action action) {
  return name_at(std::array<std::string_view, 4>{"reset_now", "reset", "review", "none"}, action);
}
std::string_view name_of(WindowEnd end) {
  return name_at(std::array<std::string_view, 3>{"removed", "still_active", "evidence_ends"}, end);
}
std::string_view name_of(CheckStatus status) {
  return name_at(std::array<std::string_view, 4>{"pass", "fail", "unknown", "not_applicable"},
                 status);
}
std::string_view name_of(HostVerdict verdict) {
  return name_at(std::array<std::string_view, 5>{"compromised", "suspicious", "needs_review",
                                                 "clean", "undetermined"},
                 verdict);
}
std::string_view name_of(EvidenceStatus status) {
  return name_at(std::array<std::string_view, 4>{"read", "partial", "damaged", "skipped"}, status);
}

std::string_view name_of(DefaultComparison comparison) {
  switch (comparison) {
    case DefaultComparison::same: return "same";
    case DefaultComparison::differs: return "differs";
    case DefaultComparison::not_known: return "not_known";
  }
  NPG_CHECK(false);
}

namespace {

struct Absence {
  FileTime from;
  FileTime to;
};
/// What is known of the time between a part and the next one.
Absence absence_between(const WindowPart& before, const WindowPart& after) {
  return {
      .from = std::max(before.to, before.latest_to),
      .to = after.earliest_from.given() ? std::min(after.from, after.earliest_from) : after.from};
}

}  // namespace

bool is_between_parts(FileTime time, const std::vector<WindowPart>& parts) {
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const Absence gone = absence_between(parts[i - 1], parts[i]);
    if (time > gone.from && time < gone.to) {
      return true;
    }
  }
  return false;
}

bool is_beside_parts(FileTime time, const std::vector<WindowPart>& parts) {
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (time > parts[i - 1].to && time < parts[i].from) {
      return !is_between_parts(time, parts);
    }
  }
  return false;
}

// In one place, since they are much to compile.
HostAssessment::HostAssessment() = default;
HostAssessment::HostAssessment(const HostAssessment& other) = default;
HostAssessment::HostAssessment(HostAssessment&& other) noexcept = default;
HostAssessment& HostAssessment::operator=(const HostAssessment& other) = default;
HostAssessment& HostAssessment::operator=(HostAssessment&& other) noexcept = default;
HostAssessment::~HostAssessment() = default;
Assessment::Assessment() = default;
Assessment::Assessment(const Assessment& other) = default;
Assessment::Assessment(Assessment&& other) noexcept = default;
Assessment& Assessment::operator=(const Assessment& other) = default;
Assessment& Assessment::operator=(Assessment&& other) noexcept = default;
Assessment::~Assessment() = default;

}  // namespace npg
