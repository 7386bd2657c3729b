#include "serve/answers.h"

namespace nmgr::serve {

net::Response Answer(int status, std::string_view content_type, std::string body) {
  return {status,
          {{"Content-Type", std::string(content_type)},
           {"Cache-Control", "no-store"},
           {"Content-Security-Policy", std::string(kContentPolicy)},
           {"X-Content-Type-Options", "nosniff"},
           {"Referrer-Policy", "no-referrer"},
           {"Cross-Origin-Resource-Policy", "same-origin"}},
          std::move(body),
          {}};
}

net::Response JsonAnswer(int status, const Json& document) {
  return Answer(status, "application/json",
                document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

net::Response Refusal(const net::RequestHead& head, int status, std::string_view words) {
  if (head.target.starts_with("/api/")) return JsonAnswer(status, {{"error", words}});
  return Answer(status, "text/plain; charset=utf-8", std::string(words) + "\n");
}

}  // namespace nmgr::serve
