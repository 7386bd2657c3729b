#include "hcl/syntax/scan.h"

namespace nmgr::hcl {
namespace {

unsigned Byte(char c) { return static_cast<unsigned char>(c); }

bool IsContinuation(char c) { return (Byte(c) & 0xC0U) == 0x80U; }

}  // namespace

std::size_t Utf8Length(const char* at, const char* end) {
  const auto left = static_cast<std::size_t>(end - at);
  if (left == 0) return 0;
  const unsigned first = Byte(*at);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4 || left < 2 || !IsContinuation(at[1])) return 0;
  if (first < 0xE0) return 2;
  const unsigned second = Byte(at[1]);
  if (left < 3 || !IsContinuation(at[2])) return 0;
  if (first < 0xF0) {
    const bool overlong = first == 0xE0 && second < 0xA0;
    const bool surrogate = first == 0xED && second >= 0xA0;
    return overlong || surrogate ? 0 : 3;
  }
  if (left < 4 || !IsContinuation(at[3])) return 0;
  const bool overlong = first == 0xF0 && second < 0x90;
  const bool too_large = first == 0xF4 && second >= 0x90;
  return overlong || too_large ? 0 : 4;
}

}  // namespace nmgr::hcl
