#include "attack/canonical.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "attack/json_leaf.hpp"

namespace npg::attack {
namespace {

bool is_container(const JsonValue& value) {
  return value.is(JsonKind::object) || value.is(JsonKind::array);
}

std::u16string utf16_of(std::string_view utf8) {
  std::u16string out;
  for (std::size_t i = 0; i < utf8.size();) {
    const auto first = static_cast<unsigned char>(utf8[i]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    std::uint32_t point = length == 1 ? first : first & (0x7fU >> length);
    for (std::size_t j = 1; j < length && i + j < utf8.size(); ++j) {
      point = (point << 6) | (static_cast<unsigned char>(utf8[i + j]) & 0x3fU);
    }
    if (point >= 0x10000) {
      out += static_cast<char16_t>(0xd800 + ((point - 0x10000) >> 10));
      out += static_cast<char16_t>(0xdc00 + ((point - 0x10000) & 0x3ff));
    } else {
      out += static_cast<char16_t>(point);
    }
    i += length;
  }
  return out;
}

enum class Order : std::uint8_t { source, sorted };

/// A member, its name as a view of the source.
struct Member {
  std::string_view name;
  JsonValue key;
  std::uint64_t first = 0;  ///< the name's first eight bytes, and the next, as numbers
  std::uint64_t second = 0;
  [[nodiscard]] JsonValue value() const { return key.at(key.index() + 1); }
};

/// Eight bytes from `at` on as a number that sorts as they do; zeros where the name is shorter.
std::uint64_t number_of(std::string_view name, std::size_t at) {
  const std::string_view part = name.substr(std::min(at, name.size()), 8);
  std::uint64_t number = 0;
  std::memcpy(&number, part.data(), part.size());
  return std::byteswap(number);
}

bool is_before(const Member& left, const Member& right) {
  return left.first != right.first     ? left.first < right.first
         : left.second != right.second ? left.second < right.second
                                       : left.name < right.name;
}

/// Writes one object's forms. The members of all open objects stand in one list, so that nothing is
/// allocated for each.
class FormWriter {
 public:
  // Limit: recursion is bounded by the depth that scan_json let through.
  void append(std::string& out, const JsonValue& value, Order order) {
    if (value.is(JsonKind::object)) {
      append_object(out, value, order);
    } else if (value.is(JsonKind::array)) {
      append_array(out, value, order);
    } else {
      append_leaf(out, value);
    }
  }

  void make(ObjectForms& out, const JsonValue& object) {
    std::string& canonical = out.canonical;
    std::string& content = out.content;
    const std::string type = object.text("type");
    canonical += '{';
    char before = '{';
    std::size_t done = 0;  // How much of the canonical form the arranged one has.
    const std::size_t first = push_members(object, Order::sorted);
    for (std::size_t i = first; i < members_.size(); ++i) {
      const Member member = members_[i];
      canonical += i == first ? "" : ",";
      const std::size_t start = canonical.size();
      append_leaf(canonical, member.key);
      canonical += ':';
      const std::size_t value_start = canonical.size();
      append(canonical, member.value(), Order::sorted);
      const bool dropped =
          is_bookkeeping(member.name, type) || is_empty(member.name, member.value());
      if (!dropped) {
        content += std::exchange(before, ',');
      }
      if (has_many(member)) {
        sorted_.clear();
        append_set(sorted_, member.value());
        if (sorted_ != std::string_view(canonical).substr(value_start)) {
          out.arranged.append(canonical, done, value_start - done);
          out.arranged += sorted_;
          done = canonical.size();
        }
        if (!dropped) {
          content.append(canonical, start, value_start - start);
          content += sorted_;
        }
      } else if (!dropped) {
        content.append(canonical, start);
      }
    }
    members_.resize(first);
    canonical += '}';
    content += before == '{' ? "{}" : "}";
    if (done > 0) {
      out.arranged.append(canonical, done);
    }
  }

 private:
  void append_array(std::string& out, const JsonValue& array, Order order) {
    char before = '[';
    for (JsonChildren children(array); children.more();) {
      out += std::exchange(before, ',');
      append(out, children.take(), order);
    }
    out += before == '[' ? "[]" : "]";
  }

  void append_object(std::string& out, const JsonValue& object, Order order) {
    char before = '{';
    const std::size_t first = push_members(object, order);
    for (std::size_t i = first; i < members_.size(); ++i) {
      const Member member = members_[i];
      out += std::exchange(before, ',');
      append_leaf(out, member.key);
      out += ':';
      append(out, member.value(), order);
    }
    members_.resize(first);
    out += before == '{' ? "{}" : "}";
  }

  /// Puts the members of an object at the end of the list; gives where they begin.
  std::size_t push_members(const JsonValue& object, Order order) {
    const std::size_t first = members_.size();
    bool simple = true;
    for (JsonChildren children(object); children.more();) {
      const JsonValue key = children.take();
      static_cast<void>(children.take());
      const std::string_view quoted = key.source();
      const std::string_view name = quoted.substr(1, quoted.size() - 2);
      simple = simple && !key.token().escaped && is_ascii(name);
      members_.push_back({name, key, number_of(name, 0), number_of(name, 8)});
    }
    const auto pushed = std::span(members_).subspan(first);
    if (order == Order::sorted && simple) {
      std::ranges::sort(pushed, is_before);
    } else if (order == Order::sorted) {
      std::ranges::sort(pushed, {}, [](const Member& each) { return utf16_of(each.key.text()); });
    }
    return first;
  }

  static bool is_ascii(std::string_view name) {
    return std::ranges::all_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  }

  /// A list without order that has one: two items or more.
  static bool has_many(const Member& member) {
    const JsonValue list = member.value();
    return is_set(member.name) && list.is(JsonKind::array) &&
           list.token().next > list.index() + 1 &&
           list.at(list.index() + 1).token().next < list.token().next;
  }

  void append_set(std::string& out, const JsonValue& list) {
    std::vector<std::string> items;
    for (JsonChildren children(list); children.more();) {
      const JsonValue item = children.take();
      append(items.emplace_back(), item, Order::sorted);
    }
    std::ranges::sort(items);
    const auto [from, to] = std::ranges::unique(items);
    items.erase(from, to);
    out += '[';
    bool first = true;
    for (const std::string& item : items) {
      if (!std::exchange(first, false)) {
        out += ',';
      }
      out += item;
    }
    out += ']';
  }

  std::vector<Member> members_;
  std::string sorted_;
};

}  // namespace

bool is_bookkeeping(std::string_view member, std::string_view type) {
  return member == "modified" || member == "spec_version" ||
         member == "x_mitre_attack_spec_version" || member == "x_mitre_modified_by_ref" ||
         (member == "x_mitre_version" && type == "relationship");
}

bool is_set(std::string_view member) {
  return member == "external_references" || member == "kill_chain_phases" ||
         member == "x_mitre_platforms" || member == "x_mitre_domains" ||
         member == "x_mitre_contributors" || member == "x_mitre_data_sources";
}

bool is_empty(std::string_view member, const JsonValue& value) {
  if (value.is(JsonKind::boolean_false)) {
    return member == "revoked" || member == "x_mitre_deprecated";
  }
  return value.is(JsonKind::null) || (value.is(JsonKind::string) && value.source().size() == 2) ||
         (is_container(value) && value.token().next == value.index() + 1);
}

void append_minified(std::string& out, const JsonValue& value) {
  FormWriter().append(out, value, Order::source);
}

void append_canonical(std::string& out, const JsonValue& value) {
  FormWriter().append(out, value, Order::sorted);
}

void append_content(std::string& out, const JsonValue& object) {
  ObjectForms forms;
  make_forms(forms, object);
  out += forms.content;
}

void append_arranged(std::string& out, const JsonValue& object) {
  ObjectForms forms;
  make_forms(forms, object);
  out += forms.arranged.empty() ? forms.canonical : forms.arranged;
}

void make_forms(ObjectForms& out, const JsonValue& object) {
  out.canonical.clear();
  out.content.clear();
  out.arranged.clear();
  if (object.is(JsonKind::object)) {
    FormWriter().make(out, object);
  } else {
    append_canonical(out.canonical, object);
    out.content = out.canonical;
  }
}

ObjectHashes hashes_of(std::string_view raw, const JsonTape& tape, Hasher& hasher) {
  const JsonValue object(raw, tape);
  ObjectHashes hashes;
  std::string form;
  hashes.raw = hasher.hash(raw);
  append_minified(form, object);
  hashes.minified = hasher.hash(form);
  ObjectForms forms;
  make_forms(forms, object);
  hashes.canonical = hasher.hash(forms.canonical);
  hashes.content = hasher.hash(forms.content);
  return hashes;
}

}  // namespace npg::attack
