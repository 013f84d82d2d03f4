// Object identifiers of Authenticode, as encoded: the content of the DER element.
#pragma once

#include <string_view>

namespace npg::authenticode::oid {

using namespace std::string_view_literals;

// 1.3.6.1.4.1.311 is 2b 06 01 04 01 82 37.
inline constexpr auto spc_indirect_data = "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x04"sv;
inline constexpr auto spc_sp_opus_info = "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0c"sv;
inline constexpr auto spc_pe_image_data = "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0f"sv;
inline constexpr auto spc_cab_data = "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x19"sv;
inline constexpr auto spc_sip_info = "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x1e"sv;
inline constexpr auto page_hashes_sha1 = "\x2b\x06\x01\x04\x01\x82\x37\x02\x03\x01"sv;
inline constexpr auto page_hashes_sha256 = "\x2b\x06\x01\x04\x01\x82\x37\x02\x03\x02"sv;

}  // namespace npg::authenticode::oid
