// The baseline file: one line a value, sorted, so that a review sees what came and went.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "analysis/baseline/baseline.hpp"
#include "analysis/baseline/lines.hpp"

namespace npg {
namespace {

constexpr std::string_view first_line = "npguard-baseline\t2\n";
/// Behind a value's time: it is not that of the hosts.
constexpr std::string_view since_baseline = "baseline";

std::string group_cells(const GroupKey& key) {
  return fmt::format("{}\t{}\t{}", key.build, key.role, key.tag.empty() ? "-" : key.tag);
}

class Parsing {
 public:
  Result<Baseline> run(std::string_view text) {
    if (!text.starts_with(first_line)) {
      return fail(ErrorCode::bad_signature, 1, "baseline.first_line");
    }
    text.remove_prefix(first_line.size());
    for (line_ = 2; !text.empty(); ++line_) {
      const auto cells = lines::take_line(text);
      NPG_TRY_VOID(take(cells));
    }
    return std::move(baseline_);
  }

 private:
  [[nodiscard]] std::unexpected<Error> bad(StaticText what, std::uint64_t need = 0,
                                           std::uint64_t have = 0) const {
    return fail(ErrorCode::bad_value, line_, what, need, have);
  }

  Result<void> take(const std::vector<std::string_view>& cells) {
    if (cells[0] == "setting" && cells.size() == 3) {
      return setting(cells);
    }
    struct Form {
      std::string_view word;
      std::size_t cells;
    };
    constexpr Form forms[] = {{"group", 5}, {"minimum", 7}, {"section", 6}, {"value", 11}};
    const auto* form = std::ranges::find(forms, cells[0], &Form::word);
    if (form == std::end(forms)) {
      return bad("baseline.word");
    }
    const bool has_mark = cells[0] == "value" && cells.size() == 12 && cells[11] == since_baseline;
    if (form->cells != cells.size() && !has_mark) {
      return bad("baseline.cells", form->cells, cells.size());
    }
    NPG_TRY(BaselineGroup* const group, group_of(cells));
    if (cells[0] == "group") {
      NPG_TRY(group->hosts, count(cells[4]));
      return {};
    }
    if (cells[0] == "minimum") {
      return minimum(cells, *group);
    }
    if (cells[0] == "section") {
      NPG_TRY(group->sections[std::string(cells[4])], count(cells[5]));
      return {};
    }
    return value(cells, *group);
  }

  Result<void> setting(const std::vector<std::string_view>& cells) {
    BaselineSettings& settings = baseline_.settings;
    if (cells[1] == "name") {
      settings.name = cells[2];
    } else if (cells[1] == "as_of") {
      const auto time = lines::time_of(cells[2]);
      if (!time) {
        return bad("baseline.as_of");
      }
      settings.as_of = *time;
    } else if (cells[1] == "minimum_hosts") {
      NPG_TRY(settings.minimum_hosts, count(cells[2]));
    } else if (cells[1] == "minimum_age_days") {
      const auto days = lines::number_of(cells[2]);
      if (!days) {
        return bad("baseline.minimum_age_days");
      }
      settings.minimum_age_days = *days;
    } else {
      return bad("baseline.setting");
    }
    return {};
  }

  Result<void> minimum(const std::vector<std::string_view>& cells, BaselineGroup& group) const {
    const auto days = lines::number_of(cells[5]);
    const auto as_of = lines::time_of(cells[6]);
    if (group.minimum || !days || !as_of) {
      return bad("baseline.minimum");
    }
    NPG_TRY(const std::uint64_t hosts, count(cells[4]));
    group.minimum = BaselineMinimum{.as_of = *as_of, .hosts = hosts, .age_days = *days};
    return {};
  }

  Result<std::uint64_t> count(std::string_view cell) const {
    const auto number = lines::number_of(cell);
    if (!number || *number == 0) {
      return bad("baseline.count", 1, 0);
    }
    return *number;
  }

  Result<BaselineGroup*> group_of(const std::vector<std::string_view>& cells) {
    const auto build = lines::number_of(cells[1]);
    if (!build || *build > UINT32_MAX) {
      return bad("baseline.build");
    }
    const GroupKey key{.build = static_cast<std::uint32_t>(*build),
                       .role = std::string(cells[2]),
                       .tag = cells[3] == "-" ? std::string() : std::string(cells[3])};
    const auto [group, is_new] = baseline_.groups.try_emplace(key);
    if (is_new != (cells[0] == "group")) {
      return bad("baseline.group");  // Told twice, or not told before what belongs to it.
    }
    return &group->second;
  }

  Result<void> value(const std::vector<std::string_view>& cells, BaselineGroup& group) const {
    const auto kind = lines::enum_named<ProfileKind>(cells[4], ProfileKind::audit);
    const auto first = lines::time_of(cells[10]);
    if (!kind || !first || (cells[6] != "current" && cells[6] != "other")) {
      return bad("baseline.value");
    }
    const ProfileField field{.kind = *kind,
                             .subject = std::string(cells[5]),
                             .is_other = cells[6] == "other",
                             .field = std::string(cells[7])};
    BaselineField& known =
        group.fields.try_emplace(key_of(field), BaselineField{field.subject, field.field, {}})
            .first->second;
    NPG_TRY(const std::uint64_t hosts, count(cells[9]));
    if (hosts > group.hosts ||
        !known.values
             .try_emplace(std::string(cells[8]), KnownValue{hosts, *first, cells.size() == 12})
             .second) {
      return bad("baseline.value", group.hosts, hosts);
    }
    return {};
  }

  Baseline baseline_;
  std::uint64_t line_ = 1;
};

}  // namespace

std::string baseline_text(const Baseline& baseline) {
  const BaselineSettings& settings = baseline.settings;
  std::string out(first_line);
  out += fmt::format(
      "setting\tas_of\t{}\nsetting\tminimum_age_days\t{}\nsetting\tminimum_hosts\t{}"
      "\nsetting\tname\t{}\n",
      lines::time_text(settings.as_of), settings.minimum_age_days, settings.minimum_hosts,
      settings.name);
  for (const auto& [key, group] : baseline.groups) {
    const std::string cells = group_cells(key);
    out += fmt::format("group\t{}\t{}\n", cells, group.hosts);
    if (group.minimum) {
      out += fmt::format("minimum\t{}\t{}\t{}\t{}\n", cells, group.minimum->hosts,
                         group.minimum->age_days, lines::time_text(group.minimum->as_of));
    }
    for (const auto& [section, hosts] : group.sections) {
      out += fmt::format("section\t{}\t{}\t{}\n", cells, section, hosts);
    }
    for (const auto& [field_key, field] : group.fields) {
      for (const auto& [value, counts] : field.values) {
        out +=
            fmt::format("value\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", cells, name_of(field_key.kind),
                        field.subject, field_key.is_other ? "other" : "current", field.field, value,
                        counts.hosts, lines::time_text(counts.first));
        if (counts.is_since_baseline) {
          out.insert(out.size() - 1, fmt::format("\t{}", since_baseline));
        }
      }
    }
  }
  return out;
}

Result<Baseline> parse_baseline(std::string_view text) {
  return Parsing().run(text);
}

}  // namespace npg
