// Life: a provider's registration as its logged changes tell it, from the making to the removal.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/exposure/same_provider.hpp"
#include "fact/assessment.hpp"

namespace npg::exposure {

/// Something that says "from here on" or "until here", with the time that it bounds.
struct Mark {
  FileTime time;
  const Change* change = nullptr;
};

/// What a provider needs to receive credentials: a DLL, a class that asks for them, a place in the
/// order.
enum Part : unsigned { part_path = 1, part_class = 2, part_listing = 4 };

/// Whether a change gives the provider a part or takes parts away.
struct Effect {
  unsigned gives = 0;
  unsigned takes = 0;
  unsigned had = 0;     ///< parts that the event says were there before it, without taking them
  bool begins = false;  ///< belongs to a registration's making, without giving a part by itself
};

/// Follows the logged changes of one provider in time: when each part first came, and since when
/// one is gone.
class Life {
 public:
  /// `changes` in time order; the provider must outlive this.
  Life(const Provider& provider, std::span<const Change> changes, Sameness sameness);

  [[nodiscard]] Sameness sameness() const { return sameness_; }
  [[nodiscard]] bool has_making() const { return first_.change != nullptr; }
  [[nodiscard]] const Mark& first() const { return first_; }
  /// The last making of its key, or of a key that got its name, before its values came: it was not
  /// there before. No change when none is logged.
  [[nodiscard]] const Mark& begun() const { return begun_; }
  /// The change that completed the registration: the latest of the parts' first times.
  [[nodiscard]] const Mark& complete() const { return complete_; }
  /// When the log first tells of a part that was there already, where it was in place with all its
  /// parts before the first logged change; no time when its making is logged, or nothing is.
  [[nodiscard]] FileTime known_before() const { return known_before_; }
  /// Since when a part is gone, by a logged change; no change when none is.
  [[nodiscard]] const Mark& removal() const { return removal_; }
  [[nodiscard]] unsigned gone() const { return gone_; }
  /// A removal that comparing two states shows.
  [[nodiscard]] const Mark& compared_removal() const { return compared_removal_; }
  /// What comparing states shows of the making: the change that bounds its start from below (by
  /// `not_before`; `time` is that bound) and the one that bounds it from above. No changes when
  /// no state compared lacks the provider.
  [[nodiscard]] const Mark& compared_earliest() const { return compared_earliest_; }
  [[nodiscard]] const Mark& compared_latest() const { return compared_latest_; }
  /// A time at which the log shows all that it needs coming together, or a part of it going.
  struct Turn {
    FileTime time;
    bool is_on = false;
  };
  /// In time order, on and off by turns. Empty without a logged making.
  [[nodiscard]] std::span<const Turn> turns() const { return turns_; }
  /// The last logged change that named another file than before; not given when none is logged.
  [[nodiscard]] FileTime path_since() const { return path_since_; }
  /// Parts that logged changes gave at some time; what is not among them was there or came unseen.
  [[nodiscard]] unsigned given() const { return seen_; }

 private:
  Effect effect_of(const Change& change);
  Effect path_effect(const Change& change, bool sets);
  [[nodiscard]] bool still_names_receiver(unsigned gone) const;
  [[nodiscard]] bool names_other_file(const Change& change) const;
  Effect listing_effect(const Change& change, bool sets, std::optional<bool>& listed);
  Effect hw_listing_effect(const Change& change, bool sets);
  void apply(const Change& change, const Effect& effect);
  void apply_compared(const Change& change, const Effect& effect);
  void find_turns();

  [[nodiscard]] bool had_other_path(const Change& change, unsigned bit) const;

  const Provider& provider_;
  Sameness sameness_;
  Mark first_;
  Mark begun_;
  Mark complete_;
  Mark removal_;
  Mark compared_removal_;
  Mark compared_earliest_;
  Mark compared_latest_;
  unsigned compared_ = 0;  ///< parts that compared states show the coming of, or the going first
  struct Step {
    FileTime time;
    Effect effect;
  };
  std::vector<Step> steps_;  ///< the logged changes, in time order
  std::vector<Turn> turns_;
  FileTime known_before_;
  FileTime path_since_;
  std::string named_path_;  ///< by the last logged change
  unsigned seen_ = 0;
  unsigned gone_ = 0;
  unsigned paths_ = 0;  ///< which of the two values that name a DLL are there
  std::optional<bool> listed_;
  std::optional<bool> hw_listed_;
};

/// True when an order, as stored or logged, lists the provider.
[[nodiscard]] bool order_lists(const SharedText& order, const Provider& provider);
[[nodiscard]] bool ends_with_name(std::string_view text, std::string_view tail);

}  // namespace npg::exposure
