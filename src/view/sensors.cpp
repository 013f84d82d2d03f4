#include "view/sensors.hpp"

namespace npg {

std::string_view shape_of(std::string_view provider) {
  if (provider == sensor_provider::defender || provider == sensor_provider::elastic_defend) {
    return "Microsoft-Windows-Sysmon";
  }
  const bool is_of_logons = provider == sensor_provider::defender_logons ||
                            provider == sensor_provider::elastic_defend_logons;
  return is_of_logons ? "Microsoft-Windows-Security-Auditing" : provider;
}

}  // namespace npg
