#include "fact/attack_context.hpp"

namespace npg {

std::string_view name_of(LogSourceStatus status) {
  switch (status) {
    case LogSourceStatus::present: return "present";
    case LogSourceStatus::silent: return "silent";
    case LogSourceStatus::missing: return "missing";
    case LogSourceStatus::not_read: return "not_read";
  }
  return "missing";
}

}  // namespace npg
