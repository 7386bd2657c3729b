// The files below src/serve/assets, made into literals by CMake.
#pragma once

#include <span>
#include <string_view>

namespace nmgr::serve {

struct Asset {
  std::string_view name;  // "page.css"
  std::string_view content_type;
  std::string_view text;
};

std::span<const Asset> Assets();

}  // namespace nmgr::serve
