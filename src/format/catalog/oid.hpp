// Object identifiers of catalogs, as encoded: the content of the DER element.
#pragma once

#include <string_view>

namespace npg::catalog::oid {

using namespace std::string_view_literals;

inline constexpr auto signed_data = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"sv;  ///< PKCS #7
// 1.3.6.1.4.1.311 is 2b 06 01 04 01 82 37.
inline constexpr auto ctl = "\x2b\x06\x01\x04\x01\x82\x37\x0a\x01"sv;  ///< 1.3.6.1.4.1.311.10.1
inline constexpr auto spc_indirect_data = "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x04"sv;
inline constexpr auto spc_pe_image_data = "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0f"sv;
inline constexpr auto catalog_name_value = "\x2b\x06\x01\x04\x01\x82\x37\x0c\x02\x01"sv;

}  // namespace npg::catalog::oid
