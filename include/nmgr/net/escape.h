// Text on its way into a URL and back.
#pragma once

#include <string>
#include <string_view>

namespace nmgr::net {

// Everything but unreserved characters as %XX, '/' too: one path segment or query value.
std::string PercentEncode(std::string_view text);

// As PercentEncode, but '/' and what is already encoded stay: a whole path as a person typed it.
std::string EncodePath(std::string_view path);

// %XX decoded; a '%' that begins no escape stands for itself.
std::string PercentDecode(std::string_view text);

}  // namespace nmgr::net
