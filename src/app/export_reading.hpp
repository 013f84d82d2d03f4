// Reading a registry export into facts, and what a SYSTEM hive's copies are compared by.
#pragma once

#include "app/reading.hpp"
#include "view/registry_view.hpp"

namespace npg {

/// Facts of every hive in the export. Its keys have no times. The file is hashed when it is asked
/// for.
void read_registry_export(const FileView& file, bool is_hashed, const Limits& limits,
                          Reading& reading);

/// Sets Reading::services and lists_services from a SYSTEM hive; `facts` are its own and name its
/// current control set.
void take_services(const RegistryView& view, const FactSet& facts, Reading& reading);

}  // namespace npg
