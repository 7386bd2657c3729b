// One formatting sequence of format(), such as "%-8.3f", applied to one value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "hcl/functions/support.h"

namespace nmgr::hcl::functions {

struct FormatVerb {
  std::string_view raw;    // as written, for messages
  std::size_t offset = 0;  // in bytes, for messages
  char mode = 0;           // the letter

  bool zero = false;
  bool sharp = false;
  bool plus = false;
  bool minus = false;
  bool space = false;
  std::optional<std::int64_t> width;
  std::optional<std::int64_t> precision;
};

// Above these the result is refused. They lie where Go's fmt gives up on a width (and prints
// "%!(NOVERB)"), and far above any precision that shows a digit of use.
inline constexpr std::int64_t kMaxWidth = 10'000'009;
inline constexpr std::int64_t kMaxPrecision = 100'000;

// Appends `value`, which is wholly known, as `verb` wants it.
std::optional<FunctionError> AppendFormatted(const FormatVerb& verb, const Value& value,
                                             const FunctionContext& context, std::string& out);

}  // namespace nmgr::hcl::functions
