#include "fact/origin.hpp"

#include "base/check.hpp"

namespace npg {

std::string_view name_of(How how) {
  switch (how) {
    case How::allocated: return "allocated";
    case How::replayed: return "replayed";
    case How::recovered: return "recovered";
  }
  NPG_CHECK(false);
}

}  // namespace npg
