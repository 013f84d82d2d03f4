#include "app/render.hpp"

#include "report/json_report.hpp"

namespace npg {

std::string assessment_as_json(const Assessment& assessment) {
  return assessment_json(assessment);
}

std::string assessment_as_screen(const Assessment& assessment, const ScreenOptions& options) {
  return screen_report(assessment, options);
}

std::string assessment_as_layer(const Assessment& assessment, LayerKind kind) {
  return navigator_layer(assessment, kind);
}

}  // namespace npg
