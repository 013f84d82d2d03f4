// EventReader: takes the objects of a stream one by one, tells their dialect, counts them, and
// builds those that are wanted. Where the objects come from is others' matter.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "source/event_json/event_json.hpp"
#include "source/event_json/event_times.hpp"
#include "source/event_json/stream_wants.hpp"

namespace npg {

class EventReader {
 public:
  /// Where a value of the stream stands in the file.
  using OriginOf = std::function<Origin(const Json&)>;

  EventReader(std::span<const EventInterest> interests, const StreamLimits& limits,
              const EventSink& sink, EventTimes::Zones zones = {});
  /// What events told of the zones of their times: Sysmon's have UTC beside them.
  [[nodiscard]] const EventTimes::Zones& zones() const { return times_.zones(); }

  /// Takes one object: an event, a wrapper of events, or neither.
  void take(const Json& object, const OriginOf& origin_of);
  /// Takes one event that is there as XML.
  [[nodiscard]] Result<void> take_xml(std::string_view xml, Dialect dialect, const Origin& origin);
  /// Takes one JSON object that stands in a text of its own. False when it is none.
  [[nodiscard]] bool take_text(std::string json, const Origin& origin);
  void add_failed(std::uint64_t bytes);
  /// An event that stands in a string of an object and cannot be read.
  void lose_inner(const Origin& origin, std::string_view why);
  [[nodiscard]] EventStreamSummary finish(Diagnostics& diagnostics);

 private:
  void take_object(const Json& object, const OriginOf& origin_of, std::uint32_t depth);
  void take_event(Dialect dialect, const Json& root, const Parts& parts, const OriginOf& origin_of,
                  std::uint32_t depth);
  /// True for JSON that seems to hold an event, whole or not.
  [[nodiscard]] static bool names_an_event(std::string_view json);
  /// Takes an event that stands in a string, as XML or as text.
  void take_raw(Dialect dialect, const Parts& parts, const Origin& origin, std::uint32_t depth);
  /// Counts the event that stands in event_ and hands it on when it is wanted.
  void take_built(Dialect dialect, const Origin& origin, bool has_zone);
  /// Takes an object that is no event and holds one as text: JSON or XML in a string.
  bool take_inner(const Parts& parts, const OriginOf& origin_of, const Json& object,
                  std::uint32_t depth);
  /// Takes an object that has an element Event as a string, whatever its name.
  bool take_element(const Json& object, const OriginOf& origin_of);
  void take_inner_xml(std::string_view xml, const Origin& origin);
  bool take_list(const Parts& parts, const OriginOf& origin_of, std::uint32_t depth);
  /// Takes an object that was written anew, of what stands at a place. False when it is none.
  bool take_copy(std::string text, const Origin& origin, std::uint32_t depth);
  void fill(Dialect dialect, const Json& root, const Parts& parts);
  /// Adds the data of an event whose nested names are written with dots.
  void add_dotted(const Json& root);
  /// Hands event_ on, later where its time must first be told by others.
  void give_or_hold();
  void give(const WinEvent& event);
  /// Counts an event; gives what is asked of such events, null when nobody asks for them.
  const StreamWants::Want* count(Dialect dialect, const EventHead& head);
  DialectSummary& summary_of(Dialect dialect, std::uint32_t computer);
  void build(Dialect dialect, const Json& root, const Parts& parts, const EventHead& head);

  StreamWants wanted_;
  const StreamLimits& limits_;
  const EventSink& sink_;
  StreamNames names_;
  StreamCounter counter_;
  EventStreamSummary summary_;
  std::map<std::pair<Dialect, std::uint32_t>, DialectSummary> dialects_;
  bool is_alert_ = false;                   ///< inside of what a rule matched
  DialectSummary* last_dialect_ = nullptr;  ///< of the event that was counted last
  std::pair<Dialect, std::uint32_t> last_key_;
  std::uint32_t provider_ = 0;  ///< of the event that was counted last
  std::uint32_t channel_ = 0;
  std::uint32_t computer_ = 0;
  WinEvent event_;  ///< its memory serves every event
  EventTimes times_;
  std::vector<std::pair<Origin, std::string>> lost_;  ///< for finish() to tell
};

}  // namespace npg
