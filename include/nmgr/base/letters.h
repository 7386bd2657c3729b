// ASCII letters in either case, whatever the locale: names of headers, hosts and schemes.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace nmgr {

constexpr char InSmallLetters(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string InSmallLetters(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = InSmallLetters(c);
  return lower;
}

// Whether both are the same but for the case of letters.
constexpr bool SameLetters(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return InSmallLetters(x) == InSmallLetters(y); });
}

}  // namespace nmgr
