// Which events of a stream are asked for, and what tells cheaply that one cannot become a fact.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "source/event_json/json_value.hpp"
#include "source/event_json/stream_counter.hpp"
#include "view/win_event.hpp"

namespace npg {

class StreamWants {
 public:
  /// A field that is asked about, and the parts of the words that JSON writes as they are.
  struct Test {
    std::string_view field;
    std::vector<std::string_view> words;
  };
  /// One kind of event that is asked for.
  struct Want {
    std::uint32_t event_id = 0;
    bool always = false;      ///< somebody asks for every one
    std::vector<Test> tests;  ///< else: one of them must hold

    /// False when no member of the object passes a test. True in doubt: letters may stand as
    /// escapes, values be no strings.
    [[nodiscard]] bool may_pass(const Json& fields) const;
  };

  /// The interests must outlive this.
  explicit StreamWants(std::span<const EventInterest> interests) : interests_(interests) {}

  /// What is asked of the events of a provider, by its number in the names; null: nothing.
  [[nodiscard]] const Want* find(const StreamNames& names, std::uint32_t provider,
                                 std::uint32_t event_id);
  /// The same where the provider may be any; nothing is known of words then.
  [[nodiscard]] bool holds_id(std::uint32_t event_id) const;

 private:
  [[nodiscard]] std::vector<Want> wants_of(const EvidenceText& provider) const;
  std::span<const EventInterest> interests_;
  std::vector<std::vector<Want>> by_provider_;  ///< each ordered by event id
};

}  // namespace npg
