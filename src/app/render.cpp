#include "app/render.hpp"

#include "report/json_report.hpp"

namespace npg {

std::string assessment_as_json(const Assessment& assessment) {
  return assessment_json(assessment);
}

std::string assessment_as_screen(const Assessment& assessment, const ScreenOptions& options) {
  return screen_report(assessment, options);
}

}  // namespace npg
