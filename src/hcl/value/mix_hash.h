// Private to hcl.
#pragma once

#include <cstddef>

namespace nmgr::hcl {

// A hash of what `seed` stands for, followed by `part`.
inline std::size_t MixHash(std::size_t seed, std::size_t part) {
  return seed ^ (part + 0x9E3779B97F4A7C15U + (seed << 6U) + (seed >> 2U));
}

}  // namespace nmgr::hcl
