// Fast searches in bytes for the lexer. Private to syntax.
#pragma once

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace nmgr::hcl {

inline bool IsAsciiByte(char c) { return static_cast<signed char>(c) >= 0; }

// The first byte of [at, end) that is one of kStops or not ASCII; `end` if there is none.
template <char... kStops>
const char* FindStop(const char* at, const char* end) {
#if defined(__SSE2__)
  for (; end - at >= 16; at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    __m128i hits = block;
    ((hits = _mm_or_si128(hits, _mm_cmpeq_epi8(block, _mm_set1_epi8(kStops)))), ...);
    const int mask = _mm_movemask_epi8(hits);
    if (mask != 0) return at + __builtin_ctz(static_cast<unsigned>(mask));
  }
#endif
  while (at != end && IsAsciiByte(*at) && ((*at != kStops) && ...)) ++at;
  return at;
}

}  // namespace nmgr::hcl
