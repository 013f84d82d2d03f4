// The assessment in the forms that people and programs read.
#pragma once

#include <string>

#include "fact/assessment.hpp"
#include "report/navigator_layer.hpp"
#include "report/screen_report.hpp"

namespace npg {

/// The npguard.assessment/1 document (docs/schema).
[[nodiscard]] std::string assessment_as_json(const Assessment& assessment);
/// The screen of a terminal.
[[nodiscard]] std::string assessment_as_screen(const Assessment& assessment,
                                               const ScreenOptions& options);
/// An ATT&CK Navigator layer.
[[nodiscard]] std::string assessment_as_layer(const Assessment& assessment, LayerKind kind);

}  // namespace npg
