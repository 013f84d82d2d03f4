// Images of the collection that bear the name of a file that a registration names and were not
// taken for it: said of each, so that no copy is passed over in silence.
#pragma once

#include <vector>

#include "app/hosts.hpp"
#include "app/reading.hpp"
#include "source/collection/collection.hpp"

namespace npg {

/// To be called when the host's images are all found. Changes the detail of such a file in
/// `readings`, and adds file_skipped for the second of two that differ in case alone and
/// image_not_collected for a file whose folder does not tell where it stood.
void tell_passed_over(const Collection& collection, const Host& host,
                      std::vector<Reading>& readings);

}  // namespace npg
