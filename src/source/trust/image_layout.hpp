// Where an image has what its signature leaves out, from its headers.
#pragma once

#include "format/authenticode/certificate_table.hpp"
#include "format/pe/pe_file.hpp"

namespace npg::trust {

[[nodiscard]] authenticode::ImageLayout layout_of(const pe::PeFile& image);

}  // namespace npg::trust
