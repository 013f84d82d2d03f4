// ImageFact of an image that was read. Reading it is source/image's.
#pragma once

#include "fact/image_facts.hpp"
#include "fact/text_pool.hpp"
#include "view/image.hpp"

namespace npg {

/// `windows_path` is where Windows had the file. Version strings that the image does not have stay
/// empty; names are compared as Windows compares.
[[nodiscard]] ImageFact image_fact(const Image& image, const SharedText& windows_path,
                                   TextPool& pool);

}  // namespace npg
