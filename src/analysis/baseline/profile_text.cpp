// A profile as lines, and back.
#include <fmt/format.h>

#include "analysis/baseline/lines.hpp"
#include "analysis/baseline/profile.hpp"
#include "base/bytes.hpp"
#include "base/evidence_text.hpp"
#include "base/identifiers.hpp"

namespace npg {
namespace {

constexpr std::size_t cells_of_field = 7;
constexpr std::size_t cells_of_host = 7;

Result<ProfileField> parse_field(const std::vector<std::string_view>& cells, std::uint64_t line) {
  const auto kind = lines::enum_named<ProfileKind>(cells[1], ProfileKind::audit);
  const auto since = lines::time_of(cells[6]);
  if (!kind || !since || (cells[3] != "current" && cells[3] != "other")) {
    return fail(ErrorCode::bad_value, line, "profile.field");
  }
  return ProfileField{.kind = *kind,
                      .subject = std::string(cells[2]),
                      .is_other = cells[3] == "other",
                      .field = std::string(cells[4]),
                      .value = std::string(cells[5]),
                      .since = *since};
}

}  // namespace

std::string profile_cell(std::string_view wtf8) {
  const EvidenceText text = EvidenceText::from_utf8(wtf8);
  std::string shown = escape_for_terminal(text);
  return shown == wtf8 && !wtf8.starts_with("hex:") && !wtf8.starts_with(' ') &&
                 !wtf8.ends_with(' ')
             ? shown
             : "hex:" + to_hex(bytes_of(wtf8));
}

std::string profile_text(const HostProfile& profile) {
  std::string out =
      fmt::format("host\t{}\t{}\t{}\t{}\t{}\t{}\n", profile.host, profile.build, profile.role,
                  profile.machine_guid, profile.machine_sid, profile.domain);
  for (const std::string& section : profile.sections) {
    out += fmt::format("section\t{}\n", section);
  }
  for (const ProfileField& field : profile.fields) {
    out += fmt::format("field\t{}\t{}\t{}\t{}\t{}\t{}\n", name_of(field.kind), field.subject,
                       field.is_other ? "other" : "current", field.field, field.value,
                       lines::time_text(field.since));
  }
  return out;
}

Result<HostProfile> parse_profile(std::string_view text) {
  HostProfile profile;
  std::uint64_t number = 0;
  while (!text.empty()) {
    const auto cells = lines::take_line(text);
    ++number;
    if (cells[0] == "host" && cells.size() == cells_of_host) {
      profile.host = cells[1];
      const auto build = lines::number_of(cells[2]);
      if (!build || *build > UINT32_MAX) {
        return fail(ErrorCode::bad_value, number, "profile.build");
      }
      profile.build = static_cast<std::uint32_t>(*build);
      profile.role = cells[3];
      profile.machine_guid = cells[4];
      profile.machine_sid = cells[5];
      profile.domain = cells[6];
    } else if (cells[0] == "section" && cells.size() == 2) {
      profile.sections.emplace(cells[1]);
    } else if (cells[0] == "field" && cells.size() == cells_of_field) {
      NPG_TRY(auto field, parse_field(cells, number));
      profile.fields.push_back(std::move(field));
    } else {
      return fail(ErrorCode::bad_value, number, "profile.line");
    }
  }
  return profile;
}

}  // namespace npg
