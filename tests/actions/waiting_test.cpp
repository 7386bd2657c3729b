// How a run waits for its jobs: one blocking question for all of them, and what that survives.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <thread>

#include "lab.h"

using namespace nmgr::testing;

namespace {

constexpr const char* kStatuses = "POST /v1/jobs/statuses";

// Blocking queries of single jobs.
int HeldAlone(const Lab& lab) {
  int n = 0;
  for (const FakeNomadRequest& request : lab.nomad.Requests()) {
    const bool held = request.path.find("index=") != std::string::npos;
    n += held && request.Line() != kStatuses ? 1 : 0;
  }
  return n;
}

// How often it was asked, for each second from the first to the last time and one more. Over the
// whole, since on a busy machine the server comes to some of them late, and then to several at
// once.
double AsksASecond(const Lab& lab) {
  std::vector<double> times;
  for (const FakeNomadRequest& request : lab.nomad.Requests()) {
    if (request.Line() == kStatuses) times.push_back(request.time);
  }
  if (times.empty()) return 0;  // of one that gets no answer the log says nothing
  const auto [first, last] = std::minmax_element(times.begin(), times.end());
  return static_cast<double>(times.size()) / (*last - *first + 1);
}

Words Services(const Lab& lab, int count) {
  Words ids;
  for (int i = 0; i < count; ++i) {
    ids.push_back("job" + std::to_string(i));
    lab.Service(ids.back(), "web:1");
  }
  return ids;
}

}  // namespace

TEST_CASE("120 jobs, 100 at once: at most eight connections, one question for all that wait") {
  Lab lab({.healthy_after_ms = 1500});
  Services(lab, 120);
  NmgrOptions options = lab.Options();
  options.limit = std::chrono::minutes(5);
  const NmgrResult up = RunNmgr({"up", "all", "--parallel", "100"}, options);
  INFO(up.err);
  CHECK(up.exit_code == 0);
  CHECK(lab.nomad.CountOf("POST /v1/jobs") - lab.nomad.CountOf(kStatuses) -
            lab.nomad.CountOf("POST /v1/jobs/parse") ==
        120);
  CHECK(lab.nomad.MostConnections() <= 8);
  CHECK(lab.nomad.MostConnections() >= 2);
  CHECK(lab.nomad.CountOf(kStatuses) >= 2);
  CHECK(HeldAlone(lab) == 0);

  lab.nomad.ClearLog();
  const NmgrResult down = RunNmgr({"down", "all", "--parallel", "100"}, options);
  INFO(down.err);
  CHECK(down.exit_code == 0);
  CHECK(lab.nomad.MostConnections() <= 8);
  CHECK(HeldAlone(lab) == 0);
}

TEST_CASE("Waits end well whatever becomes of the question for all of them", "[long]") {
  const std::string fault = GENERATE(
      "429x3 retry-after=1 slow", "503x8 <html>late</html>", "500x8 No cluster leader",
      "200 [{\"ID\":\"job0\",", "200 <html>Back soon</html>", "200 {}", "200 [1, 2]", "200 []",
      "200 [{\"ID\":\"other\",\"Namespace\":\"default\"}]", "200 {100000*[}", "200 [{70000000*1}]",
      "200 [{\"ID\":[],\"Namespace\":7,\"Allocs\":{},\"LatestDeployment\":\"x\"}]",
      "200 [{\"ID\":\"job0\",\"Namespace\":\"default\",\"Version\":\"1\",\"Allocs\":[1,null],"
      "\"ModifyIndex\":-1}]",
      "close", "closex2@1", "302 elsewhere", "noindex", "index=0", "index=1",
      "index=18446744073709551615", "hang");
  INFO(fault);
  Lab lab({.healthy_after_ms = 700, .faults = {kStatuses + (" " + fault)}});
  Services(lab, 3);
  const NmgrResult up = lab.Run({"up", "all"});
  INFO(up.err);
  CHECK(up.exit_code == 0);
  CHECK(AsksASecond(lab) <= 6);  // asked by us at most four times, some of them repeated
  const NmgrResult down = lab.Run({"down", "all"});
  INFO(down.err);
  CHECK(down.exit_code == 0);
  CHECK(HeldAlone(lab) == 0);
}

TEST_CASE("A server that is away for seconds in the middle of a wait costs just these") {
  const std::string fault =
      GENERATE("* /v1/ 503@8 for=5 <html>late</html>", "* /v1/ 500@8 for=10 No cluster leader",
               "POST /v1/jobs/statuses 503@1 for=5 <html>late</html>",
               "POST /v1/jobs/statuses 500@1 for=10 No cluster leader", "* /v1/ close@8 for=5");
  INFO(fault);
  Lab lab({.healthy_after_ms = 700, .faults = {fault}});
  Services(lab, 3);
  const NmgrResult up = lab.Run({"up", "all"});
  INFO(up.err);
  CHECK(up.exit_code == 0);
  CHECK(lab.Run({"list", "state:running"}).out == "job0\njob1\njob2\n");
  const NmgrResult down = lab.Run({"down", "all"});
  INFO(down.err);
  CHECK(down.exit_code == 0);
}

TEST_CASE("A job that somebody purges or stops while it is waited for is told as that") {
  const std::string more = GENERATE(std::string(), std::string(kBatchLines));
  const bool purges = GENERATE(true, false);
  INFO(more << purges);
  Lab lab({.healthy_after_ms = 60'000});
  lab.Service("web", "web:1", more);
  Child up = StartNmgr({"up", "web"}, lab.Options());
  while (!lab.IsThere("web") || lab.nomad.CountOf(kStatuses) == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  lab.nomad.Send("DELETE", std::string("/v1/job/web") + (purges ? "?purge=true" : ""));
  const NmgrResult result = up.Wait();
  INFO(result.err);
  CHECK(result.exit_code == 1);
  if (purges) {
    CHECK(Mentions(result.err, "somebody has purged it while it was waited for"));
  } else if (!more.empty()) {
    CHECK(Mentions(result.err, "somebody has stopped it while it was waited for"));
  }
  CHECK_FALSE(Mentions(result.err, "not found"));
}

TEST_CASE("A question that comes back at once for ever becomes a slow one") {
  const std::string fault = GENERATE("noindex", "index=0", "index=1", "200 []");
  INFO(fault);
  Lab lab({.healthy_after_ms = 5000, .faults = {kStatuses + (" " + fault)}});
  Services(lab, 3);
  const NmgrResult up = lab.Run({"up", "all"});
  INFO(up.err);
  CHECK(up.exit_code == 0);
  CHECK(AsksASecond(lab) <= 5);
  CHECK(lab.nomad.Requests().size() < 150);
}

TEST_CASE("A server without that question is asked for each job, over a few connections") {
  const std::string fault = GENERATE("404", "405 Invalid method", "501 Not Implemented",
                                     "404 <html>gone</html>", "403 Permission denied");
  INFO(fault);
  Lab lab({.healthy_after_ms = 700, .faults = {kStatuses + (" " + fault)}});
  Services(lab, 20);
  const NmgrResult up = lab.Run({"up", "all", "--parallel", "20"});
  INFO(up.err);
  CHECK(up.exit_code == 0);
  CHECK(HeldAlone(lab) >= 1);
  CHECK(lab.nomad.CountOf(kStatuses) == 1);
  CHECK(lab.nomad.MostConnections() <= 8);
}

TEST_CASE("Several namespaces are one question, and one each where that is refused") {
  const std::string fault = GENERATE("", "403x1 Permission denied", "403x1@2 Permission denied");
  INFO(fault);
  FakeNomadOptions options{.healthy_after_ms = 1500, .namespaces = {"ops"}};
  if (!fault.empty()) options.faults = {kStatuses + (" " + fault)};
  Lab lab(options);
  lab.Service("web", "web:1");
  lab.Service("tool", "tool:1", "  namespace = \"ops\"\n");
  const NmgrResult up = lab.Run({"up", "all", "--parallel", "2"});
  INFO(up.err);
  CHECK(up.exit_code == 0);
  if (!fault.empty()) return;
  CHECK(HeldAlone(lab) == 0);
  int together = 0;
  for (const FakeNomadRequest& request : lab.nomad.Requests()) {
    together += request.path.starts_with("/v1/jobs/statuses?index=") ? 1 : 0;
  }
  CHECK(together >= 1);
}

TEST_CASE("A wait goes on with a server that answers late") {
  Lab lab({.healthy_after_ms = 300, .latency_ms = 2000});
  lab.Service("web", "web:1");
  const NmgrResult up = lab.Run({"up", "web"});
  INFO(up.err);
  CHECK(up.exit_code == 0);
}

TEST_CASE("A job that somebody purges in the middle is not called gone while its tasks may run") {
  Lab lab({.gone_after_ms = 9'000});
  Services(lab, 2);
  REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
  Child down = StartNmgr({"down", "all"}, lab.Options());
  while (!lab.Job("job0").at("Stop").get<bool>() || !lab.Job("job1").at("Stop").get<bool>()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  std::this_thread::sleep_for(std::chrono::seconds(2));
  lab.nomad.Send("DELETE", "/v1/job/job0?purge=true");
  const NmgrResult result = down.Wait();
  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "job0 was purged by somebody else with 1 task still ending"));
  CHECK(lab.Job("job1").at("Stop") == true);
}

TEST_CASE("What nothing can place is still named at once, and a restart noticed") {
  Lab lab({.healthy_after_ms = 500, .never = {"stuck"}});
  lab.Service("stuck", "web:1");
  Services(lab, 2);
  const NmgrResult up = lab.Run({"up", "all", "--timeout", "6s"});
  INFO(up.err);
  CHECK(up.exit_code == 1);
  CHECK(Mentions(up.err, "cannot be placed"));
  CHECK(HeldAlone(lab) == 0);
  CHECK(lab.nomad.CountOf("GET /v1/evaluation") < 12);
}
