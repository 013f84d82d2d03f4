#include "source/event_json/stream_wants.hpp"

#include <algorithm>
#include <iterator>

#include "base/byte_search.hpp"
#include "view/sensors.hpp"

namespace npg {
namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// The longest run of letters and digits: JSON writes them as they are, or as \u and digits.
std::string_view plain_part(std::string_view word) {
  std::string_view best;
  for (std::size_t begin = 0; begin < word.size();) {
    std::size_t end = begin;
    while (end < word.size() && is_plain(word[end])) {
      ++end;
    }
    best = end - begin > best.size() ? word.substr(begin, end - begin) : best;
    begin = end + 1;
  }
  return best;
}

/// False when two names cannot be equal, by their first letters: most are told apart so.
bool may_be_equal(std::string_view field, std::string_view name) {
  if (field.empty() || name.empty()) {
    return field.size() == name.size();
  }
  const auto first = static_cast<unsigned char>(name.front());
  return first >= 0x80 || (first | 0x20U) == (static_cast<unsigned char>(field.front()) | 0x20U);
}

StreamWants::Test plain_test(const FieldTest& test) {
  StreamWants::Test plain{.field = test.field, .words = {}};
  for (const std::string_view word : test.words) {
    plain.words.push_back(plain_part(word));
  }
  return plain;
}

/// Letters may stand as escapes: of a string, of XML in a string.
bool has_escapes(std::string_view inside) {
  return inside.find("\\u") != inside.npos || inside.find("&#") != inside.npos;
}

}  // namespace

bool StreamWants::Want::may_pass(const Json& fields) const {
  if (always || !fields.is_object()) {
    return true;
  }
  bool passes = false;
  fields.for_each_member([&](std::string_view name, const Json& value) {
    passes =
        passes || name.find('\\') != name.npos || std::ranges::any_of(tests, [&](const Test& test) {
          return may_be_equal(test.field, name) && equal_names(test.field, name) &&
                 (!value.is_string() || contains_any_word(value.raw(), test.words) ||
                  has_escapes(value.raw()));
        });
  });
  return passes;
}

std::vector<StreamWants::Want> StreamWants::wants_of(const EvidenceText& provider) const {
  std::vector<Want> wants;
  for (const EventInterest& interest : interests_) {
    if (!equal_names(interest.provider, shape_of(provider.raw()))) {
      continue;
    }
    auto known = std::ranges::find(wants, interest.event_id, &Want::event_id);
    if (known == wants.end()) {
      wants.push_back({.event_id = interest.event_id, .tests = {}});
      known = wants.end() - 1;
    }
    known->always = known->always || interest.any_of.empty();
    std::ranges::transform(interest.any_of, std::back_inserter(known->tests), plain_test);
  }
  std::ranges::sort(wants, {}, &Want::event_id);
  return wants;
}

const StreamWants::Want* StreamWants::find(const StreamNames& names, std::uint32_t provider,
                                           std::uint32_t event_id) {
  while (by_provider_.size() <= provider) {
    by_provider_.push_back(wants_of(names.text(static_cast<std::uint32_t>(by_provider_.size()))));
  }
  const std::vector<Want>& wants = by_provider_[provider];
  const auto found = std::ranges::lower_bound(wants, event_id, {}, &Want::event_id);
  return found == wants.end() || found->event_id != event_id ? nullptr : &*found;
}

bool StreamWants::holds_id(std::uint32_t event_id) const {
  return std::ranges::any_of(
      interests_, [&](const EventInterest& interest) { return interest.event_id == event_id; });
}

}  // namespace npg
