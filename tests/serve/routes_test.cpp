// Routes and what they answer, without sockets.
#include "nmgr/serve/routes.h"

#include <catch2/catch.hpp>

#include "nmgr/base/hmac.h"
#include "nmgr/serve/hooks.h"
#include "serve/samples.h"

namespace nmgr::serve {
namespace {

using testing::Has;
using testing::HeaderOf;
using testing::Setting;

Json JsonOf(const net::Response& response) { return Json::parse(response.body); }

TEST_CASE("what is not there is told from what may not be done there") {
  Setting setting;
  CHECK(setting.Get("/nothing").status == 404);
  CHECK(setting.Get("/api/v1").status == 404);
  CHECK(setting.Get("/api/v1/status/").status == 404);
  CHECK(setting.Get("/assets/../page.css").status == 400);
  CHECK(setting.Get("/assets/%2e%2e").status == 400);
  CHECK(setting.Get("/assets/page.css%2f").status == 404);
  CHECK(setting.Get("/assets/x").status == 404);
  for (const char* method : {"PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "get", "POST"}) {
    INFO(method);
    const net::Response answer = setting.Ask(method, "/api/v1/status");
    CHECK(answer.status == 405);
    CHECK(HeaderOf(answer, "Allow") == "GET, HEAD");
  }
  CHECK(HeaderOf(setting.Get("/api/v1/sources/homelab/sync"), "Allow") == "POST");
  CHECK(JsonOf(setting.Ask("GET", "/api/v1/status")).contains("error"));
}

TEST_CASE("every answer says that nothing foreign is loaded and nothing kept") {
  Setting setting;
  for (const char* target : {"/", "/assets/page.js", "/api/v1/jobs", "/metrics", "/healthz",
                             "/nothing", "/api/v1/jobs/a/b"}) {
    INFO(target);
    const net::Response answer = setting.Get(target);
    CHECK(HeaderOf(answer, "Content-Security-Policy") ==
          "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src "
          "'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
    CHECK(HeaderOf(answer, "X-Content-Type-Options") == "nosniff");
    CHECK(HeaderOf(answer, "Cache-Control") == "no-store");
  }
  CHECK(HeaderOf(setting.Get("/assets/page.css"), "Content-Type").starts_with("text/css"));
}

TEST_CASE("sources and jobs are shown as JSON") {
  Setting setting;
  const Json status = JsonOf(setting.Get("/api/v1/status"));
  CHECK(status.at("fresh") == true);
  CHECK(status.at("counts") == Json({{"in-sync", 1}, {"held", 1}}));
  const Json source = JsonOf(setting.Get("/api/v1/sources/homelab"));
  CHECK(source.at("phase") == "idle");
  CHECK(source.at("counts").at("held") == 1);
  CHECK(source.at("history").at(0).at("result") == "ok");
  CHECK(JsonOf(setting.Get("/api/v1/sources")).at("sources").at(0) == source);
  const net::Response none = setting.Get("/api/v1/sources/homelap");
  CHECK(none.status == 404);
  CHECK(Has(none.body, "Did you mean"));
  const Json job = JsonOf(setting.Get("/api/v1/jobs/default/grafana"));
  CHECK(job.at("verdict") == "held");
  CHECK(job.at("hold") == "drift");
  CHECK(job.at("hint") == "nmgr sync confirm homelab grafana");
  CHECK(setting.Get("/api/v1/jobs/other/grafana").status == 404);
  CHECK(JsonOf(setting.Get("/api/v1/jobs")).at("jobs").size() == 2);
  CHECK(JsonOf(setting.Get("/api/v1/jobs?verdict=held")).at("jobs").at(0) == job);
  CHECK(JsonOf(setting.Get("/api/v1/jobs?verdict=held&source=x")).at("jobs").empty());
  CHECK(setting.Get("/api/v1/jobs?verdict=bad").status == 400);
}

TEST_CASE("IDs with slashes and bytes that are no text are names like others") {
  Setting setting;
  State state = testing::SmallState(setting.clock.wall);
  state.jobs[0].id = "a/b c";
  state.jobs[1].reason = "\xff\xfe";
  setting.board.Publish(state);
  CHECK(setting.Get("/api/v1/jobs/default/a%2Fb%20c").status == 200);
  CHECK(setting.Get("/api/v1/jobs/default/a/b%20c").status == 200);
  CHECK(setting.Get("/api/v1/jobs").status == 200);
}

TEST_CASE("a person's wish is handed on, or refused with the reason") {
  Setting setting;
  CHECK(JsonOf(setting.Post("/api/v1/sources/homelab/sync")).at("result") == "requested");
  CHECK(setting.Post("/api/v1/sources/homelab/pause", R"({"for": "2h"})").status == 202);
  CHECK(setting.Post("/api/v1/sources/homelab/resume", "").status == 202);
  REQUIRE(setting.steering.wishes.size() == 3);
  CHECK(setting.steering.wishes[0].kind == Wish::Kind::kSync);
  CHECK(setting.steering.wishes[0].source == "homelab");
  CHECK(setting.steering.wishes[1].until == setting.clock.wall + std::chrono::hours(2));
  CHECK(setting.steering.wishes[2].kind == Wish::Kind::kResume);
  CHECK(setting.Post("/api/v1/sources/other/sync").status == 404);
  for (const char* body : {"[]", "{", "1", R"({"untill": "2h"})", R"({"for": "x"})",
                           R"({"for": 2})", R"({"force": true})"}) {
    INFO(body);
    CHECK(setting.Post("/api/v1/sources/homelab/pause", body).status == 400);
  }
  CHECK(setting.Post("/api/v1/sources/homelab/sync", std::string(60'000, '[')).status == 400);
  CHECK(setting.Post("/api/v1/sources/homelab/sync", std::string(70'000, ' ')).status == 413);
  CHECK(setting.steering.wishes.size() == 3);
  setting.steering.answer = Error{ErrorCode::kForbidden, "Nomad refused the token", "mend it"};
  const net::Response refused = setting.Post("/api/v1/sources/homelab/sync");
  CHECK(refused.status == 403);
  CHECK(JsonOf(refused).at("hint") == "mend it");
}

TEST_CASE("a paused source is said to be paused, not synced") {
  Setting setting;
  State state = testing::SmallState(setting.clock.wall);
  state.sources[0].paused = sync::PauseStatus{"me", setting.clock.wall, std::nullopt};
  state.sources[0].leader = "";
  setting.board.Publish(state);
  const Json answer = JsonOf(setting.Post("/api/v1/sources/homelab/sync"));
  CHECK(answer.at("result") == "paused");
  CHECK(answer.at("hint").get<std::string>().ends_with("nmgr sync resume homelab"));
  CHECK(answer.contains("warning"));
}

TEST_CASE("health and readiness say why not") {
  Setting setting;
  CHECK(setting.Ask("GET", "/healthz").body == "ok\n");
  State state;
  state.alive = false;
  state.not_alive = "homelab";
  state.not_ready = "Nomad has not answered";
  setting.board.Publish(state);
  CHECK(setting.Ask("GET", "/healthz").status == 503);
  CHECK(Has(setting.Ask("GET", "/healthz").body, "homelab"));
  CHECK(setting.Ask("GET", "/readyz").status == 503);
  CHECK(Has(setting.Ask("GET", "/readyz").body, "has not answered"));
}

TEST_CASE("events tell of each state once") {
  Setting setting;
  const net::Response response = setting.Get("/api/v1/events");
  CHECK(HeaderOf(response, "Content-Type") == "text/event-stream");
  REQUIRE(response.stream);
  const std::string first = response.stream().value();
  CHECK(Has(first, "event: state\nid: 1\ndata: {"));
  CHECK(first.ends_with("}\n\n"));
  CHECK(response.stream().value() == ": nothing new\n\n");
  setting.board.Publish(testing::SmallState(setting.clock.wall));
  CHECK(Has(response.stream().value(), "id: 2\n"));
}

TEST_CASE("hooks are proved, counted and handed on") {
  Setting setting;
  webhook::Receiver receiver;
  receiver.name = "lan";
  receiver.kind = webhook::Kind::kDistribution;
  receiver.secret = "hook-secret-of-a-test";
  receiver.most_body = 2000;
  std::vector<webhook::Result> seen;
  bool takes = true;
  Hooks hooks({receiver}, setting.clock, setting.meters,
              [&](const webhook::Receiver&, const webhook::Result& result) {
                if (takes) seen.push_back(result);
                return takes;
              });
  setting.hooks = &hooks;
  const std::string proof = "Authorization: Bearer hook-secret-of-a-test\r\n";
  const std::string body = R"({"events":[{"id":"1","action":"push","target":{"repository":"app",)"
                           R"("tag":"1","digest":"sha256:)" +
                           std::string(64, 'a') + R"("},"request":{"host":"r:5000"}}]})";
  CHECK(setting.Ask("POST", "/hooks/other", proof, body).status == 404);
  CHECK(setting.Ask("GET", "/hooks/lan", proof).status == 405);
  CHECK(setting.Ask("POST", "/hooks/lan", "", body).status == 401);
  CHECK(setting.Ask("POST", "/hooks/lan", proof, std::string(2001, ' ')).status == 413);
  takes = false;
  CHECK(setting.Ask("POST", "/hooks/lan", proof, body).status == 503);
  takes = true;
  CHECK(setting.Ask("POST", "/hooks/lan", proof, body).status == 202);
  CHECK(setting.Ask("POST", "/hooks/lan", proof, body).status == 202);
  CHECK(setting.Ask("POST", "/hooks/lan", proof, "no JSON").status == 202);
  CHECK(seen.size() == 1);
  const auto counts = setting.meters.Series(Metric::kWebhooks);
  CHECK(counts.at({"lan", "refused"}) == 1);
  CHECK(counts.at({"lan", "accepted"}) == 1);
  CHECK(counts.at({"lan", "deferred"}) == 1);
  CHECK(counts.at({"lan", "ignored"}) == 2);
}

TEST_CASE("a storm of hooks that prove nothing is told to wait, and keeps no genuine one out") {
  Setting setting;
  webhook::Receiver receiver;
  receiver.name = "forge";
  receiver.secret = "hook-secret-of-a-test";
  std::size_t seen = 0;
  Hooks hooks({receiver}, setting.clock, setting.meters,
              [&](const webhook::Receiver&, const webhook::Result&) { return ++seen > 0; });
  setting.hooks = &hooks;
  std::map<int, int> answers;
  for (int i = 0; i < 1000; ++i)
    ++answers[setting.Ask("POST", "/hooks/forge", "X-Signature: sha256=00\r\n", "x").status];
  CHECK(answers == std::map<int, int>{{401, 30}, {429, 970}});
  const net::Response refused = setting.Ask("POST", "/hooks/forge", "", "x");
  CHECK(refused.status == 429);
  CHECK_FALSE(HeaderOf(refused, "Retry-After").empty());
  const std::string proof =
      "X-Signature: sha256=" + HexOf(HmacSha256(receiver.secret, "x")) + "\r\n";
  for (int i = 0; i < 1000; ++i)
    REQUIRE(setting.Ask("POST", "/hooks/forge", proof, "x").status == 202);
  CHECK(seen == 1000);
  CHECK(setting.meters.Series(Metric::kWebhooks).at({"forge", "throttled"}) == 971);
}

}  // namespace
}  // namespace nmgr::serve
