// The files of the notification chain besides the providers: Windows' own mpnotify.exe and mpr.dll,
// and what the registry puts next to them or in their place.
#pragma once

#include <vector>

#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"
#include "fact/knowledge.hpp"

namespace npg {

/// What the registry names, with its file where the evidence has it; Windows' own two only where
/// the evidence has them. Sorted by role and what names them. Verdicts are not set.
[[nodiscard]] std::vector<Companion> list_companions(const FactSet& facts);

/// Sets reasons, score and verdict of each, by the rules that providers' DLLs are judged with.
void judge_companions(std::vector<Companion>& companions, const FactSet& facts,
                      const Knowledge& knowledge);

}  // namespace npg
