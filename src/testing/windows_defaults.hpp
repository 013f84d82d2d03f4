// What a freshly installed Windows of a given build holds in the parts of its registry that matter
// here, so that a recipe names only what is special.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "testing/recipe_host.hpp"
#include "testing/regf_writer.hpp"

namespace npg::testing {

[[nodiscard]] RegfKey default_system_hive(const RecipeHost& host);
[[nodiscard]] RegfKey default_software_hive(const RecipeHost& host);
/// `audit` changes the default policy: subcategory name to 0 none, 1 success, 2 failure, 3 both.
[[nodiscard]] RegfKey default_security_hive(const RecipeHost& host,
                                            const std::map<std::string, std::uint16_t>& audit);

/// True for the name of an audit subcategory, as "Registry" or "Process Creation".
[[nodiscard]] bool is_audit_subcategory(std::string_view name);
/// The default value of SECURITY\Policy\PolAdtEv in the form of Windows 10 1607 and later.
[[nodiscard]] std::vector<std::byte> audit_policy_bytes(
    bool is_server, const std::map<std::string, std::uint16_t>& audit);

}  // namespace npg::testing
