// Answers of this folder, with the headers that all of them bear.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "nmgr/net/http_head.h"
#include "nmgr/net/server.h"

namespace nmgr::serve {

using Json = nlohmann::ordered_json;

// Everything the page needs comes from here, and nothing else is loaded or framed.
inline constexpr std::string_view kContentPolicy =
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' "
    "data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

// With the policy, and not to be kept by anybody.
net::Response Answer(int status, std::string_view content_type, std::string body);
net::Response JsonAnswer(int status, const Json& document);

// {"error": WORDS} below /api/, else the words alone.
net::Response Refusal(const net::RequestHead& head, int status, std::string_view words);

}  // namespace nmgr::serve
