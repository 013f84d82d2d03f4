// ProviderOrderFact: the value ProviderOrder of Control\NetworkProvider\Order and HwOrder.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_set>

#include "extract/registry_parts.hpp"
#include "extract/text_parts.hpp"

namespace npg {
namespace {

/// Takes the names out of an order's text: those of the reading that Windows' documentation gives
/// into the numbering, those of every other reading that leads to a key beside it. Windows' own
/// documentation says that commas divide names and nothing of spaces; what the value holds beyond
/// names and commas is told.
class NameReader {
 public:
  NameReader(const RegistryReading& reading, const ControlSet& set, ProviderOrderFact& fact)
      : reading_(reading), services_(shown_key(reading, set.key, "Services")), fact_(fact) {}

  void take_list(const EvidenceText& list) {
    std::string_view rest = list.raw();
    bool more = !without_spaces(rest).empty();
    while (more) {
      const std::size_t end = std::min(rest.find(','), rest.size());
      take_piece(rest.substr(0, end));
      more = end < rest.size();
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }

  /// As take_list(), of text that the usual reading does not reach.
  void take_other_list(const EvidenceText& list) {
    is_other_reading_ = true;
    take_list(list);
    is_other_reading_ = false;
  }

  /// Drops the names of other readings that the usual one has as well.
  void settle() {
    std::erase_if(fact_.other_names, [this](const SharedText& name) {
      return listed_.contains(name_key(name.raw()));
    });
  }

  /// What is odd about the names; the end of a sentence that begins with the value's name.
  [[nodiscard]] std::vector<std::string_view> oddities() const {
    std::vector<std::string_view> found;
    if (has_spaces_) {
      found.push_back(
          "has spaces around names: they are taken off here, and whether Windows does so is not "
          "documented; a key that is named with them is taken as listed, too.");
    }
    if (has_semicolons_) {
      found.push_back(
          "has semicolons: commas divide names, so that what holds one is a single name; keys that "
          "are named like its parts are taken as listed, too.");
    }
    if (has_empty_keys_) {
      found.push_back(
          "has backslashes that divide no names, at an end or doubled: whether Windows opens a key "
          "by "
          "such a name is not documented (it may while another holds the key open); the key that "
          "is "
          "named without them is taken as listed, too.");
    }
    if (has_empty_) {
      found.push_back("has empty names between its commas.");
    }
    if (has_duplicates_) {
      found.push_back("has a name more than once.");
    }
    return found;
  }

 private:
  void take_piece(std::string_view piece) {
    const std::string_view name = without_spaces(piece);
    if (name.empty()) {
      has_empty_ = true;
      return;
    }
    add_listed(name);
    if (name != piece) {
      has_spaces_ = true;
      add_if_key(piece);
    }
    if (const std::string plain = without_empty_names(name); plain != name) {
      has_empty_keys_ = true;
      add_if_key(plain);
    }
    if (name.contains(';')) {
      has_semicolons_ = true;
      for (std::string_view rest = name; !rest.empty();) {
        const std::size_t end = std::min(rest.find(';'), rest.size());
        add_if_key(without_spaces(rest.substr(0, end)));
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
    }
  }

  void add_listed(std::string_view name) {
    if (is_other_reading_) {
      add_other(name);
      return;
    }
    has_duplicates_ = !listed_.insert(name_key(name)).second || has_duplicates_;
    fact_.names.push_back(reading_.pool.share(EvidenceText::from_utf8(name)));
  }
  void add_other(std::string_view name) {
    if (other_.insert(name_key(name)).second) {
      fact_.other_names.push_back(reading_.pool.share(EvidenceText::from_utf8(name)));
    }
  }
  void add_if_key(std::string_view name) {
    if (!name.empty() && services_ && find_key(reading_.view, *services_, name)) {
      add_other(name);
    }
  }

  const RegistryReading& reading_;
  std::optional<KeyId> services_;
  ProviderOrderFact& fact_;
  std::unordered_set<std::string> listed_;  ///< names and other names, as name_key() has them
  std::unordered_set<std::string> other_;
  bool is_other_reading_ = false;
  bool has_spaces_ = false;
  bool has_semicolons_ = false;
  bool has_empty_ = false;
  bool has_empty_keys_ = false;
  bool has_duplicates_ = false;
};

bool is_number(std::uint32_t type) {
  return type == reg::dword || type == reg::dword_big_endian || type == reg::qword;
}

void take_names(const RegistryReading& reading, const ControlSet& set, const RegistryValue& value,
                ProviderOrderFact& fact) {
  NameReader reader(reading, set, fact);
  if (value.type == reg::multi_sz) {
    const std::vector<EvidenceText> texts = texts_of(value);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      i == 0 ? reader.take_list(texts[i]) : reader.take_other_list(texts[i]);
    }
    report_odd(
        reading, value,
        fmt::format("should be a REG_SZ and is a REG_MULTI_SZ. Read as one string it ends after "
                    "\"{}\"; the names of its other strings are taken as listed, too, without a "
                    "place in the order.",
                    texts.empty() ? "" : escape_for_terminal(texts.front())));
  } else if (is_number(value.type)) {
    report_odd(reading, value,
               "should be a REG_SZ; it is of type " + registry_type_name(value.type) +
                   " and names no provider.");
  } else {
    reader.take_list(fact.raw.text().before_nul());
    if (value.type != reg::sz) {
      report_odd(
          reading, value,
          "should be a REG_SZ; it is of type " + registry_type_name(value.type) +
              (fact.raw.raw().contains('%')
                   ? " and is read as it stands: which names it has when it is expanded, and "
                     "whether Windows does so, is not known."
                   : " and is read as a string."));
    }
    if (fact.raw.text().contains_nul()) {
      report_odd(reading, value,
                 "goes on after a NUL, where Windows stops reading: \"" +
                     escape_for_terminal(fact.raw.text()) + "\".");
    }
  }
  reader.settle();
  for (const std::string_view odd : reader.oddities()) {
    report_odd(reading, value, odd);
  }
}

void extract_order(const RegistryReading& reading, const ControlSet& set, KeyId network_provider,
                   std::string_view key_name) {
  const auto id = find_subkey(reading.view, network_provider, key_name);
  if (!id) {
    return;
  }
  EvidenceText target;
  const auto behind = followed(reading, {.view = &reading.view, .key = *id}, target);
  const auto value =
      behind ? find_value(*behind->view, behind->key, "ProviderOrder") : std::nullopt;
  // Behind a link that cannot be followed, and where the data are lost, the order is not known.
  if (!value || (value->declared_bytes > 0 && value->data.empty())) {
    return;
  }
  ProviderOrderFact fact;
  fact.control_set = set.number;
  fact.control_set_is_current = set.is_current;
  fact.is_hw_order = key_name == "HwOrder";
  fact.moment = reading.moment;
  fact.type = value->type;
  fact.raw = reading.pool.share(path_text(*value));
  fact.origin = value->origin;
  if (const auto key = behind->view->key(behind->key)) {
    fact.last_written = key->last_written;
  }
  take_names(reading, set, *value, fact);
  reading.facts.orders.push_back(std::move(fact));
}

}  // namespace

void extract_provider_orders(const RegistryReading& reading, const ControlSet& set) {
  const auto network_provider = shown_key(reading, set.key, "Control\\NetworkProvider");
  if (!network_provider) {
    return;
  }
  extract_order(reading, set, *network_provider, "Order");
  extract_order(reading, set, *network_provider, "HwOrder");
}

}  // namespace npg
