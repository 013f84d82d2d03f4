// npguard_fleet_case CASE FIRST COUNT HOSTS_A_TRANSACTION: keeps generated hosts in a case, for
// measuring and for killing it while it does. Prints facts and seconds of processor and wall time.
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "app/host_values.hpp"
#include "casefile/case_file.hpp"
#include "testing/fleet.hpp"

namespace npg {
namespace {

struct Prepared {
  testing::FleetHost host;
  HostAssessment assessment;
  std::string profile;
  std::vector<HostValue> values;
};

Prepared prepared(std::uint32_t number) {
  Prepared one{.host = testing::fleet_host(number)};
  one.assessment.host = {
      .name = std::string_view(one.host.name), .build = 22631, .role = "workstation"};
  one.assessment.findings = {{.id = "NPG1002-" + one.host.name,
                              .rule = "NPG1002",
                              .severity = FindingSeverity::medium,
                              .subject = "PnSson"}};
  one.profile = host_profile_text(one.assessment, one.host.facts);
  one.values = host_values(one.assessment, one.host.facts);
  return one;
}

CaseResult<void> keep(CaseWriter& writer, const Prepared& one) {
  ReadingToKeep reading{
      .evidence = {{.path = EvidenceText::from_utf8("/fleet/" + one.host.name + "/SYSTEM"),
                    .kind = "hive",
                    .size = 4096,
                    .sha256 = one.host.hive_sha256}},
      .positions = {{0, 0}},
      .group = "/fleet/" + one.host.name,
      .state = {.file_kind = std::string_view("hive"), .hive_kind = std::string_view("system")},
      .diagnostics = {}};
  reading.parts.push_back({.computer = "",
                           .facts = &one.host.facts,
                           .keys = {"name:" + one.host.name, "group:/fleet/" + one.host.name}});
  NPG_TRY(const auto parts, writer.keep(reading));
  return writer.record({.name = one.host.name,
                        .parts = parts,
                        .profile = one.profile,
                        .values = one.values,
                        .as_of = {.ticks = 134'000'000'000'000'000},
                        .digest = one.host.hive_sha256,
                        .assessment = &one.assessment});
}

std::uint64_t count_facts(const FactSet& facts) {
  std::uint64_t count = 0;
  FactSet::for_each_kind(facts, [&](const auto& of_kind) { count += of_kind.size(); });
  return count;
}

double processor_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

CaseResult<void> run(const std::string& path, std::uint32_t first, std::uint32_t count,
                     std::uint32_t at_once) {
  NPG_TRY(CaseFile file, CaseFile::open(path, {.access = CaseAccess::write}));
  double spent = 0;
  double waited = 0;
  std::uint64_t facts = 0;
  for (std::uint32_t done = 0; done < count; done += at_once) {
    // Making the hosts is not what is measured.
    std::vector<Prepared> batch;
    for (std::uint32_t i = done; i < count && i < done + at_once; ++i) {
      batch.push_back(prepared(first + i));
      facts += count_facts(batch.back().host.facts);
    }
    const double begin = processor_seconds();
    const auto wall = std::chrono::steady_clock::now();
    NPG_TRY(CaseWriter writer, file.begin());
    for (const Prepared& one : batch) {
      NPG_TRY_VOID(keep(writer, one));
    }
    NPG_TRY_VOID(writer.commit());
    spent += processor_seconds() - begin;
    waited += std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count();
  }
  fmt::print("{} {:.3f} {:.3f}\n", facts, spent, waited);
  return {};
}

}  // namespace
}  // namespace npg

int main(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(stderr, "usage: npguard_fleet_case CASE FIRST COUNT HOSTS_A_TRANSACTION\n");
    return 64;
  }
  const auto number = [&](int at) {
    return static_cast<std::uint32_t>(std::strtoul(argv[at], nullptr, 10));
  };
  const auto done = npg::run(argv[1], number(2), number(3), number(4));
  if (!done) {
    fmt::print(stderr, "npguard_fleet_case: {}\n", done.error().text);
    return 73;
  }
  return 0;
}
