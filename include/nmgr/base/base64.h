// Base 64 by the standard alphabet with padding (RFC 4648, section 4), as strict as Go's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nmgr {

inline constexpr std::string_view kBase64Alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string EncodeBase64(std::string_view bytes);

// Line ends are skipped anywhere; nothing for any other fault.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace nmgr
