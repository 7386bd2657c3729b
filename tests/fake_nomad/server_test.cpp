// The server as a process: what needs sockets, time and signals.
#include <catch2/catch.hpp>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

#include "fake_nomad/faults.h"
#include "fake_nomad/route_driver.h"
#include "support/fake_nomad_process.h"

namespace nmgr::fake {
namespace {

using nmgr::testing::FakeNomadOptions;
using nmgr::testing::FakeNomadProcess;
using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Until the job's newest deployment has ended, by a blocking query.
Json WaitForDeployment(const FakeNomadProcess& nomad, const std::string& id) {
  std::uint64_t index = 1;
  for (int i = 0; i < 100; ++i) {
    Json deployment =
        nomad.Get("/v1/job/" + id + "/deployment?wait=5s&index=" + std::to_string(index));
    if (Text(deployment, "Status") != "running") return deployment;
    index = static_cast<std::uint64_t>(Number(deployment, "ModifyIndex"));
  }
  throw std::runtime_error("the deployment never ended");
}

TEST_CASE("a job goes from parse to healthy to gone over HTTP") {
  FakeNomadProcess nomad;
  const FakeNomadProcess::Answer parsed = nomad.Send(
      "POST", "/v1/jobs/parse",
      Json{{"JobHCL",
            "job \"web\" {\n group \"g\" {\n task \"t\" {\n driver = \"docker\"\n }\n }\n}\n"}}
          .dump());
  REQUIRE(parsed.status == 200);
  const Json written = nomad.Register(Json::parse(parsed.body));
  CHECK(Text(nomad.Get("/v1/evaluation/" + Text(written, "EvalID")), "Status") == "complete");
  CHECK(Text(WaitForDeployment(nomad, "web"), "Status") == "successful");
  CHECK(nomad.Send("DELETE", "/v1/job/web?purge=false").status == 200);
  std::string status;
  for (int i = 0; i < 500 && status != "complete"; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    status = Text(nomad.Get("/v1/job/web/allocations")[0], "ClientStatus");
  }
  CHECK(status == "complete");
  CHECK(nomad.Writes() == std::vector<std::string>{"POST /v1/jobs", "DELETE /v1/job/web"});
  CHECK(nomad.CountOf("POST /v1/jobs/parse") == 1);
  nomad.ClearLog();
  CHECK(nomad.Requests().empty());
  nomad.Get("/v1/jobs?prefix=a%2Fb");
  REQUIRE(nomad.Requests().size() == 1);
  CHECK(nomad.Requests()[0].path == "/v1/jobs?prefix=a%2Fb");
  CHECK(nomad.Requests()[0].status == 200);
}

TEST_CASE("the statuses of several jobs block until one of them moves, or is purged") {
  FakeNomadProcess nomad({.healthy_after_ms = 1});
  for (const char* id : {"web", "db", "other"}) {
    nomad.Register(SmallJob(id));
    WaitForDeployment(nomad, id);
  }
  const std::string asked =
      Json{{"Jobs", {{{"ID", "web"}, {"Namespace", "default"}}, {{"ID", "db"}}}}}.dump();
  const std::string index = std::to_string(
      static_cast<std::uint64_t>(Number(nomad.Get("/v1/job/db/deployment"), "ModifyIndex")));
  const auto ask = [&](const std::string& since, const std::string& wait) {
    return nomad.Send("POST", "/v1/jobs/statuses?wait=" + wait + "&index=" + since, asked);
  };
  const auto start = Clock::now();
  nomad.Send("DELETE", "/v1/job/other?purge=true");
  CHECK(Json::parse(ask(index, "200ms").body).size() == 2);
  CHECK(SecondsSince(start) >= 0.2);
  std::thread purge([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    nomad.Send("DELETE", "/v1/job/db?purge=true");
  });
  CHECK(Json::parse(ask(index, "60s").body).size() == 1);
  purge.join();
  CHECK(nomad.Send("POST", "/v1/jobs/statuses", R"({"Jobs":[]})").status == 400);
}

TEST_CASE("a blocking query ends with a change, or after its time") {
  FakeNomadOptions options;
  options.healthy_after_ms = 300;
  FakeNomadProcess nomad(options);
  const Json written = nomad.Register(SmallJob("web"));
  const Json list = nomad.Get("/v1/job/web/allocations");
  const std::string index = std::to_string(Number(list[0], "ModifyIndex"));

  const Clock::time_point start = Clock::now();
  const Json changed = nomad.Get("/v1/job/web/allocations?wait=60s&index=" + index);
  CHECK(changed[0]["ModifyIndex"] > list[0]["ModifyIndex"]);
  CHECK(SecondsSince(start) < 30);

  WaitForDeployment(nomad, "web");
  const std::string latest = std::to_string(Number(nomad.Get("/v1/job/web"), "ModifyIndex"));
  const Clock::time_point quiet = Clock::now();
  nomad.Get("/v1/job/web?wait=200ms&index=" + latest);
  CHECK(SecondsSince(quiet) > 0.19);
}

TEST_CASE("faults stand in for the truth as often as asked") {
  FakeNomadOptions options;
  options.faults = {"GET /v1/jobs 503x2 No cluster leader", "GET /v1/job/web 500 boom",
                    "PUT /v1/jobs$ close", "* /v1/regions 429 slow down"};
  FakeNomadProcess nomad(options);
  CHECK(nomad.Send("GET", "/v1/jobs").body == "No cluster leader");
  CHECK(nomad.Send("GET", "/v1/jobs").status == 503);
  CHECK(nomad.Send("GET", "/v1/jobs").status == 200);
  CHECK(nomad.Send("GET", "/v1/job/web").body == "boom");
  CHECK(nomad.Send("GET", "/v1/regions").status == 429);
  CHECK_THROWS_AS(nomad.Send("PUT", "/v1/jobs", "{}"), std::runtime_error);
  CHECK(nomad.Send("PUT", "/v1/jobs/parse", "{}").body == "Job spec is empty");
}

TEST_CASE("behaviour changes while the server runs") {
  FakeNomadOptions options;
  options.never = {"web"};
  FakeNomadProcess nomad(options);
  nomad.Register(SmallJob("web"));
  CHECK(nomad.Get("/v1/job/web/allocations").empty());
  nomad.SetBehaviour({{"never", Json::array()}});
  CHECK(nomad.Get("/v1/job/web/allocations").size() == 1);
  CHECK(nomad.CountOf("PUT /fake") == 0);
}

TEST_CASE("a token is asked for") {
  FakeNomadOptions options;
  options.token = "secret";
  FakeNomadProcess nomad(options);
  CHECK(nomad.Send("GET", "/v1/jobs").status == 200);
  CHECK(nomad.Send("GET", "/v1/jobs", {}, "other").body == "Permission denied");
}

TEST_CASE("an answer is held back by the latency") {
  FakeNomadOptions options;
  options.latency_ms = 120;
  FakeNomadProcess nomad(options);
  const Clock::time_point start = Clock::now();
  nomad.Get("/v1/jobs");
  CHECK(SecondsSince(start) > 0.11);
}

TEST_CASE("faults are read from one line") {
  CHECK(ParseFault("GET /v1/jobs 503x2 No cluster leader")->text == "No cluster leader");
  CHECK(ParseFault("GET /v1/jobs 503x2 x")->times == 2);
  CHECK(ParseFault("* /v1 hang")->kind == Fault::Kind::kHang);
  CHECK_FALSE(ParseFault("GET v1/jobs 503").has_value());
  CHECK_FALSE(ParseFault("GET /v1/jobs").has_value());
  CHECK_FALSE(ParseFault("GET /v1/jobs 99").has_value());
  CHECK(ParseFault("GET /v1/jobs 429x2@3 retry-after=7 a b")->skip == 3);
  CHECK(ParseFault("GET /v1/jobs 429x2@3 retry-after=7 a b")->retry_after == "7");
  CHECK(ParseFault("GET /v1/jobs 429x2@3 retry-after=7 a b")->text == "a b");
  CHECK(ParseFault("POST /v1/jobs$ done+closex1")->done);
  CHECK(ParseFault("GET /v1/job/a/b/allocations noindex")->kind == Fault::Kind::kIndex);
  CHECK(ParseFault("GET /v1/jobs?namespace=ops 500 boom")->query.at("namespace") == "ops");
}

TEST_CASE("a fault that no request can match is refused") {
  for (const char* text :
       {"get /v1/jobs 500 x", "GTE /v1/jobs 500 x", "GET /v1/jbos 500 x", "GET /v2 500 x",
        "DELETE /v1/jobs 500 x", "GET /v1/jobs/parse 500 x", "POST /v1/jobs/prase 500 x",
        "GET /v1/evaluation$ 500 x", "GET /v1/evaluations/x 500 x", "GET /v1/job/web/plan$ 500x0 x",
        "PUT /v1/job/web/plan/x$ 500x0"}) {
    INFO(text);
    CHECK_FALSE(ParseFault(text).has_value());
  }
  for (const char* text : {"GET /v1/job 500 x", "GET /v1/job/a/b/plan 500 x", "* / 500 x",
                           "GET /v1/evaluation/ 500 x", "DELETE /v1/job/web 500 x"}) {
    INFO(text);
    CHECK(ParseFault(text).has_value());
  }
}

TEST_CASE("a fault may do the request first, ask for a query, and take the index away") {
  FakeNomadOptions options;
  options.faults = {"PUT /v1/jobs$ done+500x1 rpc error: EOF",
                    "GET /v1/jobs?namespace=ops 500x1 {headers}"};
  FakeNomadProcess nomad(options);
  const std::string job = Json{{"Job", SmallJob("web")}}.dump();
  CHECK(nomad.Send("PUT", "/v1/jobs", job).body == "rpc error: EOF");
  CHECK(nomad.Get("/v1/job/web")["ID"] == "web");
  CHECK(nomad.Send("GET", "/v1/jobs").status == 200);
  CHECK(nomad.Send("GET", "/v1/jobs?prefix=&namespace=ops").body.find("Host: ") !=
        std::string::npos);
}

}  // namespace
}  // namespace nmgr::fake
