// Numbers in texts that machines and people write.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace nmgr {

// The number that the whole of `text` is in decimal digits, with a minus where the type has one;
// false for anything else, blanks and a plus included, and for what the type cannot hold.
template <class Number>
bool TakeWhole(std::string_view text, Number& number) {
  const char* const end = text.data() + text.size();
  Number read{};
  const auto [at, error] = std::from_chars(text.data(), end, read);
  if (error != std::errc() || at != end) return false;
  number = read;
  return true;
}

template <class Number>
std::optional<Number> WholeNumber(std::string_view text) {
  Number number{};
  return TakeWhole(text, number) ? std::optional(number) : std::nullopt;
}

}  // namespace nmgr
