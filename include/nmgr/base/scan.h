// Fast searches in bytes, sixteen at a time where the processor can.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace nmgr {

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

// The first byte of [at, end) that is one of kStops or a control character below a blank; `end` if
// there is none. Bytes beyond ASCII are passed.
template <char... kStops>
const char* FindStopOrControl(const char* at, const char* end) {
#if defined(__SSE2__)
  for (; end - at >= 16; at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    __m128i hits = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1F)), block);
    ((hits = _mm_or_si128(hits, _mm_cmpeq_epi8(block, _mm_set1_epi8(kStops)))), ...);
    const int mask = _mm_movemask_epi8(hits);
    if (mask != 0) return at + __builtin_ctz(static_cast<unsigned>(mask));
  }
#endif
  static constexpr auto kIsStop = [] {
    std::array<bool, 256> stops{};
    for (std::size_t c = 0; c < ' '; ++c) stops[c] = true;
    ((stops[static_cast<unsigned char>(kStops)] = true), ...);
    return stops;
  }();
  while (at != end && !kIsStop[static_cast<unsigned char>(*at)]) ++at;
  return at;
}

// Behind the ASCII at the beginning.
inline std::string_view SkipAscii(std::string_view text) {
  const char* const end = text.data() + text.size();
  const char* const stop = FindStop<>(text.data(), end);
  return {stop, static_cast<std::size_t>(end - stop)};
}

}  // namespace nmgr
