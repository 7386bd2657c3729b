// libFuzzer's door to one target; the build names it.

#include <cstddef>
#include <cstdint>

#include "fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  nmgr::fuzz::NMGR_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
