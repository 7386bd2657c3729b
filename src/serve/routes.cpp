#include "nmgr/serve/routes.h"

#include <algorithm>

#include "nmgr/base/text.h"
#include "serve/answers.h"
#include "serve/asked.h"
#include "serve/assets.h"
#include "serve/page.h"

namespace nmgr::serve {
namespace {

net::Response ShowPage(const Asked& asked) {
  const bool as_tree =
      asked.request.head.headers.Get("accept").find("application/json") != std::string_view::npos;
  net::Response response =
      as_tree ? JsonAnswer(200, WriteJson(PageBody(*asked.state, asked.now)))
              : Answer(200, "text/html; charset=utf-8", PageText(*asked.state, asked.now));
  response.headers.emplace_back("Vary", "Accept");
  return response;
}

net::Response ShowAsset(const Asked& asked) {
  for (const Asset& asset : Assets()) {
    if (asset.name == asked.names.at("name"))
      return Answer(200, asset.content_type, std::string(asset.text));
  }
  return Refusal(asked.request.head, 404, "there is no such file");
}

net::Response ShowHealth(const Asked& asked) {
  const bool alive = asked.state->alive;
  return Answer(alive ? 200 : 503, "text/plain; charset=utf-8",
                alive ? "ok\n" : "not alive: " + asked.state->not_alive + "\n");
}

net::Response ShowReadiness(const Asked& asked) {
  const bool ready = asked.state->ready;
  return Answer(ready ? 200 : 503, "text/plain; charset=utf-8",
                ready ? "ready\n" : "not ready: " + asked.state->not_ready + "\n");
}

net::Response ShowMetrics(const Asked& asked) {
  return Answer(200, kMetricsType, MetricsText(*asked.state, asked.context.meters));
}

net::Response TakeHook(const Asked& asked) {
  const HookAnswer answer = asked.context.hooks->Take(asked.request);
  net::Response response = Answer(answer.status, "text/plain; charset=utf-8", answer.words + "\n");
  if (answer.status == 429 || answer.status == 503)
    response.headers.emplace_back("Retry-After", "30");
  return response;
}

// The names of a pattern's {...} where the path fits it.
std::optional<std::map<std::string_view, std::string>> Fit(
    const std::vector<std::string_view>& pieces, const std::vector<std::string>& segments) {
  std::map<std::string_view, std::string> names;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    std::string_view piece = pieces[i];
    if (i >= segments.size()) return std::nullopt;
    if (!piece.starts_with('{')) {
      if (piece != segments[i]) return std::nullopt;
      continue;
    }
    piece = piece.substr(1, piece.size() - 2);
    if (segments[i].empty()) return std::nullopt;
    if (piece.ends_with("...")) {
      names[piece.substr(0, piece.size() - 3)] =
          Join({segments.begin() + static_cast<std::ptrdiff_t>(i), segments.end()}, "/");
      return names;
    }
    names[piece] = segments[i];
  }
  if (segments.size() != pieces.size()) return std::nullopt;
  return names;
}

// The rows with their paths in pieces: split once, since every request is held to all of them.
struct Pattern {
  const Route& route;
  std::vector<std::string_view> pieces;
};
const std::vector<Pattern>& Patterns() {
  static const std::vector<Pattern> kPatterns = [] {
    std::vector<Pattern> all;
    for (const Route& route : Routes()) all.push_back({route, Split(route.path.substr(1), '/')});
    return all;
  }();
  return kPatterns;
}

struct Found {
  const Route* route = nullptr;
  std::map<std::string_view, std::string> names;
  std::vector<std::string> methods;  // of the rows that fit the path
};

Found FindRoute(const net::RequestHead& head) {
  Found found;
  const std::string_view method = head.method == "HEAD" ? "GET" : std::string_view(head.method);
  for (const auto& [route, pieces] : Patterns()) {
    auto names = Fit(pieces, head.parts.segments);
    if (!names) continue;
    found.methods.emplace_back(route.method);
    if (route.method == "GET") found.methods.emplace_back("HEAD");
    if (route.method != method || found.route != nullptr) continue;
    found.route = &route;
    found.names = *std::move(names);
  }
  return found;
}

net::Response WrongMethod(const net::RequestHead& head, const Found& found) {
  net::Response response = Refusal(head, 405, "there is no such method here");
  response.headers.emplace_back("Allow", Join(found.methods, ", "));
  return response;
}

std::optional<net::Response> Refuse(const Context& context, const net::RequestHead& head,
                                    const Found& found) {
  if (found.route == nullptr) {
    if (found.methods.empty()) return Refusal(head, 404, "there is nothing here");
    return WrongMethod(head, found);
  }
  switch (found.route->scope) {
    case Scope::kNone:
      return std::nullopt;
    case Scope::kRead:
      return RefuseRead(context.access, head);
    case Scope::kOperate:
      if (context.steering == nullptr) return Refusal(head, 403, "POST is off");
      return RefuseOperate(context.access, head);
    case Scope::kHook:
      if (context.hooks != nullptr && context.hooks->MostBody(found.names.at("receiver")))
        return std::nullopt;
      return Refusal(head, 404, "there is no such receiver");
  }
  return std::nullopt;
}

bool IsHealth(const Found& found) {
  return found.route != nullptr && found.route->scope == Scope::kNone;
}

}  // namespace

std::span<const Route> Routes() {
  static const std::vector<Route> kRoutes = {
      {"GET", "/", Scope::kRead, "the page, or its changing part as a tree", ShowPage},
      {"GET", "/assets/{name}", Scope::kRead, "style and script of the page", ShowAsset},
      {"GET", "/api/v1/status", Scope::kRead, "the daemon, and its sources in short", ShowStatus},
      {"GET", "/api/v1/sources", Scope::kRead, "every source", ShowSources},
      {"GET", "/api/v1/sources/{source}", Scope::kRead, "one source", ShowSource},
      {"GET", "/api/v1/jobs", Scope::kRead, "every job, or those that the query asks for",
       ShowJobs},
      {"GET", "/api/v1/jobs/{namespace}/{id...}", Scope::kRead, "one job", ShowJob},
      {"GET", "/api/v1/events", Scope::kRead, "an event for each change, as text/event-stream",
       FollowEvents, true},
      {"POST", "/api/v1/sources/{source}/sync", Scope::kOperate, "sync it now", SyncSource},
      {"POST", "/api/v1/sources/{source}/pause", Scope::kOperate, "apply nothing of it",
       PauseSource},
      {"POST", "/api/v1/sources/{source}/resume", Scope::kOperate, "end its pause", ResumeSource},
      {"POST", "/hooks/{receiver}", Scope::kHook, "a hook that signs or shows a secret", TakeHook},
      {"POST", "/hooks/{receiver}/{secret}", Scope::kHook, "a hook of who cannot sign", TakeHook},
      {"GET", "/healthz", Scope::kNone, "whether the loops are alive", ShowHealth},
      {"GET", "/readyz", Scope::kNone, "whether Nomad has answered, and sources are led or watched",
       ShowReadiness},
      {"GET", "/metrics", Scope::kRead, "metrics for Prometheus", ShowMetrics},
  };
  return kRoutes;
}

net::Admission Admit(const Context& context, const net::RequestHead& head) {
  const Found found = FindRoute(head);
  net::Admission admission;
  // Health says nothing of anybody, and who asks for it knows an address at most.
  if (!IsHealth(found)) admission.refusal = RefuseHost(context.access, head);
  if (!admission.refusal) admission.refusal = Refuse(context, head, found);
  if (admission.refusal) return admission;
  const Scope scope = found.route->scope;
  admission.is_hook = scope == Scope::kHook;
  admission.is_stream = found.route->is_stream && head.method == "GET";
  if (scope == Scope::kHook)
    admission.most_body = context.hooks->MostBody(found.names.at("receiver")).value_or(0);
  if (scope == Scope::kOperate) admission.most_body = kMostApiBody;
  return admission;
}

net::Response Respond(const Context& context, const net::Request& request) {
  Found found = FindRoute(request.head);
  if (auto refusal = Refuse(context, request.head, found)) return *std::move(refusal);
  Asked asked{context, request};
  asked.names = std::move(found.names);
  asked.state = context.board.Get();
  asked.now = context.clock.Wall();
  return found.route->run(asked);
}

}  // namespace nmgr::serve
