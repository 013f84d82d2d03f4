// How each type of member is written and read: numbers as LEB128, text with its length in front,
// lists with their count. Part of fact_codec.cpp; nobody else includes it.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "base/check.hpp"
#include "base/error.hpp"
#include "base/filetime.hpp"
#include "fact/members.hpp"
#include "fact/origin.hpp"
#include "fact/shared_text.hpp"
#include "fact/text_pool.hpp"

namespace npg::codec {

template <typename T>
concept Number = std::integral<T> && !std::same_as<T, bool>;
template <typename T>
inline constexpr bool is_list = false;
template <typename T>
inline constexpr bool is_list<std::vector<T>> = true;

/// Beside how an origin's bytes were come by: no checksum vouches for them.
inline constexpr std::uint64_t origin_unverified = 8;

class Writer {
 public:
  explicit Writer(const std::map<std::uint32_t, std::uint32_t>& positions)
      : positions_(positions) {}

  void put_number(std::uint64_t number) {
    std::array<char, 10> written{};
    std::size_t size = 0;
    while (number >= 0x80) {
      written[size++] = static_cast<char>(0x80 | (number & 0x7f));
      number >>= 7;
    }
    written[size++] = static_cast<char>(number);
    out_.append(written.data(), size);
  }
  void put_text(std::string_view text) {
    put_number(text.size());
    out_.append(text);
  }
  template <typename T>
  void put(const T& value) {
    if constexpr (std::same_as<T, bool> || std::is_enum_v<T>) {
      out_.push_back(static_cast<char>(value));
    } else if constexpr (Number<T>) {
      static_assert(std::unsigned_integral<T>);
      put_number(value);
    } else if constexpr (std::same_as<T, FileTime>) {
      put_number(value.ticks);
    } else if constexpr (std::same_as<T, SharedText>) {
      put_text(value.raw());
    } else if constexpr (std::same_as<T, std::string> || std::same_as<T, std::string_view>) {
      put_text(value);
    } else if constexpr (std::same_as<T, Origin>) {
      const auto position = positions_.find(value.evidence);
      NPG_CHECK(position != positions_.end());
      put_number(position->second);
      put_number(value.offset);
      put_number(value.length);
      put_number(static_cast<std::uint64_t>(value.how) |
                 (value.unverified ? origin_unverified : 0U));
    } else if constexpr (detail::is_optional<T>) {
      put(value.has_value());
      if (value) {
        put(*value);
      }
    } else if constexpr (is_list<T>) {
      put_number(value.size());
      for (const auto& item : value) {
        put(item);
      }
    } else {
      std::apply([this](const auto&... member) { (this->put(member), ...); }, members_of(value));
    }
  }
  [[nodiscard]] std::string_view text() const { return out_; }
  void clear() { out_.clear(); }

 private:
  const std::map<std::uint32_t, std::uint32_t>& positions_;
  std::string out_;
};

/// Text that members only point at (a literal when the fact was made) stands here for the program's
/// life.
[[nodiscard]] std::string_view lasting(std::string_view text);

class Reader {
  static constexpr unsigned list_depth_max = 16;

 public:
  Reader(std::string_view body, std::span<const std::uint32_t> evidence, TextPool& pool)
      : body_(body), evidence_(evidence), pool_(pool) {}

  /// False when the bytes are not of this type; `error` says where.
  template <typename T>
  [[nodiscard]] bool get(T& into) {
    if constexpr (std::same_as<T, bool>) {
      std::uint64_t number = 0;
      return get_below(number, 2) && assign(into, number != 0);
    } else if constexpr (std::is_enum_v<T>) {
      std::uint64_t number = 0;
      return get_below(number, enumerator_count<T>) && assign(into, static_cast<T>(number));
    } else if constexpr (Number<T>) {
      std::uint64_t number = 0;
      if (!get_number(number)) {
        return false;
      }
      return number <= std::uint64_t{T(-1)} ? assign(into, static_cast<T>(number))
                                            : fails(ErrorCode::bad_value, T(-1), number);
    } else if constexpr (std::same_as<T, FileTime>) {
      return get_number(into.ticks);
    } else if constexpr (std::same_as<T, SharedText>) {
      std::string_view text;
      return get_text(text) && assign(into, pool_.share(EvidenceText::from_utf8(text)));
    } else if constexpr (std::same_as<T, std::string>) {
      std::string_view text;
      return get_own_text(text) && assign(into, std::string(text));
    } else if constexpr (std::same_as<T, std::string_view>) {
      std::string_view text;
      return get_own_text(text) && assign(into, lasting(text));
    } else if constexpr (std::same_as<T, Origin>) {
      std::uint64_t position = 0;
      if (!get_below(position, evidence_.size())) {
        return false;
      }
      into.evidence = evidence_[static_cast<std::size_t>(position)];
      std::uint64_t how = 0;
      if (!get_number(into.offset) || !get_number(into.length) ||
          !get_below(how, origin_unverified + enumerator_count<How>)) {
        return false;
      }
      into.unverified = (how & origin_unverified) != 0;
      how &= ~origin_unverified;
      return how < enumerator_count<How> ? assign(into.how, static_cast<How>(how))
                                         : fails(ErrorCode::bad_value, enumerator_count<How>, how);
    } else if constexpr (detail::is_optional<T>) {
      bool has = false;
      if (!get(has)) {
        return false;
      }
      if (has) {
        into.emplace();
        return get(*into);
      }
      return true;
    } else if constexpr (is_list<T>) {
      std::uint64_t count = 0;
      // Limit: an item has at least one byte; lists of lists are few levels deep.
      if (!get_below(count, body_.size() - at_ + 1)) {
        return false;
      }
      if (++depth_ > list_depth_max) {
        return fails(ErrorCode::limit_exceeded, depth_, list_depth_max);
      }
      for (std::uint64_t i = 0; i < count; ++i) {
        if (!get(into.emplace_back())) {
          return false;
        }
      }
      --depth_;
      return true;
    } else {
      return std::apply([this](auto&... member) { return (this->get(member) && ...); },
                        members_of(into));
    }
  }
  /// Nothing may stand behind the last member.
  [[nodiscard]] bool at_end() {
    return at_ == body_.size() || fails(ErrorCode::bad_value, at_, body_.size());
  }
  [[nodiscard]] Error error() const { return error_; }

 private:
  template <typename T, typename V>
  static bool assign(T& into, V&& value) {
    into = std::forward<V>(value);
    return true;
  }
  bool fails(ErrorCode code, std::uint64_t need, std::uint64_t have) {
    error_ = {code, at_, "case.fact.body", need, have};
    return false;
  }
  bool get_number(std::uint64_t& number) {
    number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (at_ == body_.size()) {
        return fails(ErrorCode::truncated, 1, 0);
      }
      const auto byte = static_cast<unsigned char>(body_[at_++]);
      number |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) {
        return shift < 63 || byte <= 1 || fails(ErrorCode::bad_value, 1, byte);
      }
    }
    return fails(ErrorCode::bad_value, 10, 11);
  }
  bool get_below(std::uint64_t& number, std::uint64_t end) {
    return get_number(number) && (number < end || fails(ErrorCode::bad_value, end, number));
  }
  bool get_text(std::string_view& text) {
    std::uint64_t size = 0;
    if (!get_number(size)) {
      return false;
    }
    if (size > body_.size() - at_) {
      return fails(ErrorCode::truncated, size, body_.size() - at_);
    }
    text = body_.substr(at_, static_cast<std::size_t>(size));
    at_ += static_cast<std::size_t>(size);
    return true;
  }

  /// Text that npguard made itself, with evidence in it escaped already: no escaper may stand in
  /// front of it.
  bool get_own_text(std::string_view& text) {
    if (!get_text(text)) {
      return false;
    }
    const auto is_plain = [](char c) { return c >= 0x20 && c <= 0x7e; };
    if (!std::ranges::all_of(text, is_plain) &&
        escape_for_terminal(EvidenceText::from_utf8(text)) != text) {
      return fails(ErrorCode::bad_value, 0, text.size());
    }
    return true;
  }

  std::string_view body_;
  std::size_t at_ = 0;
  std::span<const std::uint32_t> evidence_;
  TextPool& pool_;
  unsigned depth_ = 0;
  Error error_;
};

/// Calls visit(origin) for every origin in a value.
template <typename T, typename Visit>
void each_origin(const T& value, const Visit& visit) {
  if constexpr (std::same_as<T, Origin>) {
    visit(value);
  } else if constexpr (detail::is_optional<T>) {
    if (value) {
      each_origin(*value, visit);
    }
  } else if constexpr (is_list<T>) {
    for (const auto& item : value) {
      each_origin(item, visit);
    }
  } else if constexpr (std::is_aggregate_v<T> && !std::same_as<T, FileTime>) {
    std::apply([&visit](const auto&... member) { (each_origin(member, visit), ...); },
               members_of(value));
  }
}

/// The types of a value's members, one letter a leaf. A fact may hold a list of its own kind: three
/// levels say as much as all.
template <typename T, unsigned Lists = 0>
void write_layout(std::string& out) {
  if constexpr (std::same_as<T, bool>) {
    out += 'b';
  } else if constexpr (std::is_enum_v<T>) {
    out += 'e';
    out += std::to_string(enumerator_count<T>);
  } else if constexpr (Number<T>) {
    out += 'n';
    out += std::to_string(sizeof(T));
  } else if constexpr (std::same_as<T, FileTime>) {
    out += 't';
  } else if constexpr (std::same_as<T, Origin>) {
    out += 'o';
  } else if constexpr (std::same_as<T, SharedText> || std::same_as<T, std::string> ||
                       std::same_as<T, std::string_view>) {
    out += 's';
  } else if constexpr (detail::is_optional<T> || is_list<T>) {
    out += is_list<T> ? '[' : '?';
    if constexpr (Lists < 3) {
      write_layout<typename T::value_type, Lists + (is_list<T> ? 1 : 0)>(out);
    }
  } else {
    out += '{';
    using Members = decltype(members_of(std::declval<T&>()));
    [&]<typename... Member>(std::type_identity<std::tuple<Member&...>> /*members*/) {
      (write_layout<Member, Lists>(out), ...);
    }(std::type_identity<Members>{});
    out += '}';
  }
}

}  // namespace npg::codec
