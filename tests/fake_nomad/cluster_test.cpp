#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "fake_nomad/route_driver.h"

namespace nmgr::fake {
namespace {

std::vector<std::string> States(RouteDriver& nomad, const std::string& id) {
  std::vector<std::string> states;
  for (const Json& allocation : nomad.Get("/v1/job/" + id + "/allocations")) {
    states.push_back(Text(allocation, "DesiredStatus") + " " + Text(allocation, "ClientStatus") +
                     " v" + std::to_string(Number(allocation, "JobVersion")));
  }
  std::sort(states.begin(), states.end());
  return states;
}

std::string JobStatus(RouteDriver& nomad, const std::string& id) {
  return Text(nomad.Get("/v1/job/" + id), "Status");
}

std::string Deployment(RouteDriver& nomad, const std::string& id) {
  const Json deployment = nomad.Get("/v1/job/" + id + "/deployment");
  return deployment.is_null()
             ? "none"
             : Text(deployment, "Status") + ": " + Text(deployment, "StatusDescription");
}

using Lines = std::vector<std::string>;

TEST_CASE("a service job is placed at once and healthy after a while") {
  RouteDriver nomad;
  const Answer written = nomad.Register(SmallJob("web"));
  REQUIRE(written.status == 200);
  const Json evaluation = nomad.Get("/v1/evaluation/" + Text(written.json, "EvalID"));
  CHECK(Text(evaluation, "Status") == "complete");
  CHECK(Text(evaluation, "DeploymentID") == Text(nomad.Get("/v1/job/web/deployment"), "ID"));
  CHECK(States(nomad, "web") == Lines{"run pending v0"});
  CHECK(JobStatus(nomad, "web") == "running");
  CHECK(Deployment(nomad, "web") == "running: Deployment is running");

  nomad.Pass(29 * kMillisecond);
  CHECK(States(nomad, "web") == Lines{"run running v0"});
  CHECK_FALSE(Flag(nomad.Get("/v1/job/web"), "Stable"));
  nomad.Pass(1 * kMillisecond);
  CHECK(Deployment(nomad, "web") == "successful: Deployment completed successfully");
  CHECK(Flag(nomad.Get("/v1/job/web"), "Stable"));
}

TEST_CASE("the same spec again changes nothing") {
  RouteDriver nomad;
  const Json first = nomad.Register(SmallJob("web")).json;
  nomad.Settle();
  const Json second = nomad.Register(SmallJob("web")).json;
  CHECK(second["JobModifyIndex"] == first["JobModifyIndex"]);
  CHECK(second["Index"] > first["Index"]);
  CHECK_FALSE(Text(second, "EvalID").empty());
  nomad.Settle();
  CHECK(States(nomad, "web") == Lines{"run running v0"});
  CHECK(nomad.Get("/v1/job/web/deployments").size() == 1);
}

TEST_CASE("another image replaces the allocations, another count does not") {
  RouteDriver nomad;
  Json job = SmallJob("web");
  nomad.Register(job);
  nomad.Settle();
  job["TaskGroups"][0]["Count"] = 2;
  nomad.Register(job);
  CHECK(States(nomad, "web") == Lines{"run pending v1", "run running v1"});
  nomad.Settle();
  CHECK(Deployment(nomad, "web") == "successful: Deployment completed successfully");
  CHECK(Number(nomad.Get("/v1/job/web/deployment")["TaskGroups"]["app"], "HealthyAllocs") == 2);

  job["TaskGroups"][0]["Tasks"][0]["Config"]["image"] = "web:2";
  nomad.Register(job);
  CHECK(States(nomad, "web") ==
        Lines{"run pending v2", "run pending v2", "stop running v1", "stop running v1"});
  nomad.Settle();
  CHECK(States(nomad, "web") ==
        Lines{"run running v2", "run running v2", "stop complete v1", "stop complete v1"});

  job["TaskGroups"][0]["Count"] = 1;
  nomad.Register(job);
  nomad.Settle();
  CHECK(States(nomad, "web") ==
        Lines{"run running v3", "stop complete v1", "stop complete v1", "stop complete v2"});
}

TEST_CASE("an update cancels the deployment that it overtakes") {
  RouteDriver nomad;
  nomad.Register(SmallJob("web"));
  nomad.Register(SmallJob("web", "web:2"));
  nomad.Settle();
  Lines statuses;
  for (const Json& deployment : nomad.Get("/v1/job/web/deployments")) {
    statuses.push_back(std::to_string(Number(deployment, "JobVersion")) + " " +
                       Text(deployment, "Status"));
  }
  std::sort(statuses.begin(), statuses.end());
  CHECK(statuses == Lines{"0 cancelled", "1 successful"});
}

TEST_CASE("a register may insist on a job modify index") {
  RouteDriver nomad;
  const auto put = [&nomad](std::uint64_t index, const char* image) {
    return nomad.Post(
        "/v1/jobs",
        {{"Job", SmallJob("web", image)}, {"EnforceIndex", true}, {"JobModifyIndex", index}});
  };
  CHECK(put(7, "web:1").text == "Enforcing job modify index 7: job does not exist");
  const Answer first = put(0, "web:1");
  REQUIRE(first.status == 200);
  const auto index = static_cast<std::uint64_t>(Number(first.json, "JobModifyIndex"));
  const Answer again = put(0, "web:2");
  CHECK(again.status == 500);
  CHECK(again.text == "Enforcing job modify index 0: job already exists");
  CHECK(put(index + 1, "web:2").text ==
        "Enforcing job modify index " + std::to_string(index + 1) +
            ": job exists with conflicting job modify index: " + std::to_string(index));
  CHECK(put(index, "web:2").status == 200);
}

TEST_CASE("a stop is complete before the tasks are gone") {
  RouteDriver nomad;
  nomad.Register(SmallJob("web"));
  nomad.Settle();
  const Json stopped = nomad.Ask("DELETE", "/v1/job/web").json;
  CHECK(Text(nomad.Get("/v1/evaluation/" + Text(stopped, "EvalID")), "Status") == "complete");
  CHECK(JobStatus(nomad, "web") == "dead");
  CHECK(Flag(nomad.Get("/v1/job/web"), "Stop"));
  CHECK(States(nomad, "web") == Lines{"stop running v0"});
  nomad.Pass(30 * kMillisecond);
  CHECK(States(nomad, "web") == Lines{"stop complete v0"});

  nomad.Register(SmallJob("web"));
  nomad.Settle();
  CHECK(States(nomad, "web") == Lines{"run running v2", "stop complete v0"});
  CHECK(Number(nomad.Get("/v1/job/web"), "Version") == 2);
}

TEST_CASE("a purge leaves nothing, at once") {
  RouteDriver nomad;
  nomad.Register(SmallJob("web"));
  nomad.Settle();
  const Json purged = nomad.Ask("DELETE", "/v1/job/web?purge=true").json;
  CHECK(Text(nomad.Get("/v1/evaluation/" + Text(purged, "EvalID")), "Status") == "complete");
  CHECK(nomad.Ask("GET", "/v1/job/web").status == 404);
  CHECK(nomad.Get("/v1/job/web/allocations").empty());
  CHECK(nomad.Get("/v1/jobs").empty());
  nomad.Settle();
  nomad.Register(SmallJob("web"));
  CHECK(Number(nomad.Get("/v1/job/web"), "Version") == 0);
}

TEST_CASE("a stop of a missing job is answered with an empty evaluation") {
  RouteDriver nomad;
  const Answer answer = nomad.Ask("DELETE", "/v1/job/nope");
  CHECK(answer.status == 200);
  CHECK(Text(answer.json, "EvalID").empty());
}

TEST_CASE("a failing job fails its deployment and stays dead") {
  RouteDriver nomad({.fail = {"web"}});
  nomad.Register(SmallJob("web"));
  nomad.Settle();
  CHECK(States(nomad, "web") == Lines{"run failed v0"});
  CHECK(JobStatus(nomad, "web") == "dead");
  CHECK(Deployment(nomad, "web") == "failed: Failed due to unhealthy allocations");
  const Json events = nomad.Get("/v1/job/web/allocations")[0]["TaskStates"]["server"]["Events"];
  const auto terminated = std::find_if(events.begin(), events.end(), [](const Json& event) {
    return Text(event, "Type") == "Terminated";
  });
  REQUIRE(terminated != events.end());
  CHECK(Number(*terminated, "ExitCode") == 1);

  CHECK(Text(nomad.Plan(SmallJob("web"))["Diff"], "Type") == "None");
  nomad.Register(SmallJob("web"));
  nomad.Settle();
  CHECK(States(nomad, "web") == Lines{"run failed v0"});
}

TEST_CASE("auto_revert goes back to the stable version in a deployment of its own") {
  RouteDriver nomad;
  Json job = SmallJob("web");
  job["TaskGroups"][0]["Update"] = {{"AutoRevert", true}};
  nomad.Register(job);
  nomad.Settle();
  nomad.cluster().SetBehaviour({.fail = {"web"}}, nomad.now());
  job["TaskGroups"][0]["Tasks"][0]["Config"]["image"] = "web:broken";
  nomad.Register(job);
  nomad.Settle();
  CHECK(Number(nomad.Get("/v1/job/web"), "Version") == 2);
  CHECK(nomad.Get("/v1/job/web")["TaskGroups"][0]["Tasks"][0]["Config"]["image"] == "web:1");
  CHECK(Deployment(nomad, "web") == "successful: Deployment completed successfully");
  Lines descriptions;
  for (const Json& deployment : nomad.Get("/v1/job/web/deployments")) {
    descriptions.push_back(Text(deployment, "StatusDescription"));
  }
  CHECK(std::count(descriptions.begin(), descriptions.end(),
                   "Failed due to unhealthy allocations - rolling back to job version 0") == 1);
}

TEST_CASE("what nothing can place waits for ever, and runs once it can") {
  RouteDriver nomad({.never = {"web"}});
  const Json written = nomad.Register(SmallJob("web")).json;
  nomad.Settle();
  const Json evaluation = nomad.Get("/v1/evaluation/" + Text(written, "EvalID"));
  CHECK(Text(evaluation, "Status") == "complete");
  CHECK(evaluation["FailedTGAllocs"]["app"]["ConstraintFiltered"]["missing drivers"] == 1);
  CHECK(Text(nomad.Get("/v1/evaluation/" + Text(evaluation, "BlockedEval")), "Status") ==
        "blocked");
  CHECK(nomad.Get("/v1/job/web/allocations").empty());
  CHECK(Deployment(nomad, "web") == "running: Deployment is running");
  CHECK(nomad.Get("/v1/job/web/summary")["Summary"]["app"]["Queued"] == 1);
  CHECK(nomad.Plan(SmallJob("web"))["FailedTGAllocs"].contains("app"));

  nomad.cluster().SetBehaviour({}, nomad.now());
  nomad.Settle();
  CHECK(States(nomad, "web") == Lines{"run running v0"});
  CHECK(Deployment(nomad, "web") == "successful: Deployment completed successfully");
}

TEST_CASE("an update that nothing can place leaves the old allocation running") {
  RouteDriver nomad;
  nomad.Register(SmallJob("web"));
  nomad.Settle();
  nomad.cluster().SetBehaviour({.never = {"web"}}, nomad.now());
  nomad.Register(SmallJob("web", "web:2"));
  nomad.Settle();
  CHECK(States(nomad, "web") == Lines{"run running v0"});
}

TEST_CASE("batch jobs complete, fail, or run on, and have no deployment") {
  RouteDriver nomad({.fail = {"bad"}, .busy = {"long"}});
  for (const char* id : {"good", "bad", "long"}) nomad.Register(SmallJob(id, "job:1", "batch"));
  nomad.Settle();
  CHECK(States(nomad, "good") == Lines{"run complete v0"});
  CHECK(JobStatus(nomad, "good") == "dead");
  CHECK(States(nomad, "bad") == Lines{"run failed v0"});
  CHECK(States(nomad, "long") == Lines{"run running v0"});
  CHECK(JobStatus(nomad, "long") == "running");
  CHECK(Deployment(nomad, "good") == "none");
  nomad.Register(SmallJob("good", "job:1", "batch"));
  nomad.Settle();
  CHECK(States(nomad, "good") == Lines{"run complete v0"});
  nomad.Register(SmallJob("good", "job:2", "batch"));
  nomad.Settle();
  CHECK(nomad.Get("/v1/job/good/allocations").size() == 2);
}

TEST_CASE("a system job runs once on the one node and has a deployment") {
  RouteDriver nomad({.never = {"nowhere"}});
  nomad.Register(SmallJob("agent", "agent:1", "system"));
  nomad.Register(SmallJob("nowhere", "agent:1", "system"));
  nomad.Settle();
  CHECK(States(nomad, "agent") == Lines{"run running v0"});
  CHECK(Deployment(nomad, "agent") == "successful: Deployment completed successfully");
  CHECK(Deployment(nomad, "nowhere") == "successful: Deployment completed successfully");
  CHECK(nomad.Get("/v1/job/nowhere/deployment")["TaskGroups"]["app"]["DesiredTotal"] == 0);
}

TEST_CASE("a periodic job runs only through its children, which outlive it") {
  RouteDriver nomad({.busy = {"report"}});
  Json job = SmallJob("report", "report:1", "batch");
  job["Periodic"] = {{"Specs", {"*/15 * * * *"}}};
  const Json written = nomad.Register(job).json;
  CHECK(Text(written, "EvalID").empty());
  CHECK(JobStatus(nomad, "report") == "running");
  CHECK(nomad.Get("/v1/job/report/allocations").empty());
  const Json plan = nomad.Plan(job);
  CHECK(Text(plan["Diff"], "Type") == "None");
  CHECK(plan["Annotations"]["DesiredTGUpdates"]["app"]["Place"] == 1);
  CHECK(plan["NextPeriodicLaunch"].is_string());

  REQUIRE(nomad.Ask("POST", "/v1/job/report/periodic/force").status == 200);
  REQUIRE(nomad.Ask("PUT", "/v1/job/report/periodic/force").status == 200);
  nomad.Settle();
  const Json children = nomad.Get("/v1/jobs?prefix=report/");
  REQUIRE(children.size() == 2);
  CHECK(Text(children[0], "ParentID") == "report");
  CHECK(Text(children[0], "ID").starts_with("report/periodic-"));
  CHECK(nomad.Get("/v1/job/report/summary")["Children"]["Running"] == 2);

  nomad.Ask("DELETE", "/v1/job/report?purge=true");
  nomad.Settle();
  const std::string child = Text(children[0], "ID");
  const std::string encoded = "report%2F" + child.substr(child.find('/') + 1);
  CHECK(Text(nomad.Get("/v1/job/" + encoded), "Status") == "running");
  CHECK(States(nomad, encoded) == Lines{"run running v0"});
  nomad.Ask("DELETE", "/v1/job/" + encoded);
  nomad.Settle();
  CHECK(States(nomad, encoded) == Lines{"stop complete v0"});
}

TEST_CASE("a parameterized job is dispatched") {
  RouteDriver nomad;
  Json job = SmallJob("encode", "ffmpeg:1", "batch");
  job["ParameterizedJob"] = {{"Payload", "optional"}};
  CHECK(Text(nomad.Register(job).json, "EvalID").empty());
  const Json sent = nomad.Post("/v1/job/encode/dispatch", {{"Meta", {{"file", "a.mkv"}}}}).json;
  CHECK(Text(sent, "DispatchedJobID").starts_with("encode/dispatch-"));
  nomad.Settle();
  const Json children = nomad.Get("/v1/jobs?prefix=encode/");
  REQUIRE(children.size() == 1);
  CHECK(Text(children[0], "Status") == "dead");
}

TEST_CASE("what is dispatched of a periodic job launches by itself") {
  RouteDriver nomad({.busy = {"enc"}});
  Json job = SmallJob("enc", "ffmpeg:1", "batch");
  job["ParameterizedJob"] = {{"Payload", "optional"}};
  job["Periodic"] = {{"Specs", {"*/15 * * * *"}}};
  REQUIRE(nomad.Register(job).status == 200);
  CHECK(nomad.Ask("PUT", "/v1/job/enc/periodic/force").status == 500);
  const Json sent = nomad.Post("/v1/job/enc/dispatch", Json::object()).json;
  CHECK(Text(sent, "EvalID").empty());
  const std::string child = Text(sent, "DispatchedJobID");
  REQUIRE(nomad.Ask("PUT", "/v1/job/enc%2F" + child.substr(4) + "/periodic/force").status == 200);
  nomad.Settle();
  const Json jobs = nomad.Get("/v1/jobs?prefix=enc/");
  REQUIRE(jobs.size() == 2);
  CHECK(Text(jobs[0], "ID") == child);
  CHECK(Text(jobs[0], "ParentID") == "enc");
  CHECK(Text(jobs[0], "Status") == "running");
  CHECK(jobs[0]["Periodic"] == true);
  CHECK(jobs[0]["ParameterizedJob"] == false);
  CHECK(Text(jobs[1], "ID").starts_with(child + "/periodic-"));
  CHECK(Text(jobs[1], "ParentID") == child);
  CHECK(jobs[1]["JobSummary"]["Summary"]["app"]["Running"] == 1);
}

TEST_CASE("namespaces are there or not") {
  RouteDriver nomad;
  CHECK(Text(nomad.Get("/v1/namespace/default"), "Name") == "default");
  CHECK(nomad.Ask("GET", "/v1/namespace/typo").status == 404);
  CHECK(nomad.Ask("GET", "/v1/namespace/%2A").status == 404);
}

TEST_CASE("canaries wait for promotion, or promote themselves") {
  RouteDriver nomad;
  Json job = SmallJob("web");
  job["TaskGroups"][0]["Count"] = 2;
  job["TaskGroups"][0]["Update"] = {{"Canary", 1}};
  nomad.Register(job);
  nomad.Settle();
  job["TaskGroups"][0]["Tasks"][0]["Config"]["image"] = "web:2";
  CHECK(nomad.Plan(job)["Annotations"]["DesiredTGUpdates"]["app"]["Canary"] == 1);
  nomad.Register(job);
  const std::string id = Text(nomad.Get("/v1/job/web/deployment"), "ID");
  CHECK(nomad.Ask("POST", "/v1/deployment/promote/" + id, R"({"All":true})").status == 500);
  nomad.Settle();
  CHECK(Deployment(nomad, "web") == "running: Deployment is running but requires manual promotion");
  CHECK(States(nomad, "web") == Lines{"run running v0", "run running v0", "run running v1"});
  CHECK(nomad.Ask("POST", "/v1/deployment/promote/" + id, R"({"All":true})").status == 200);
  nomad.Settle();
  CHECK(Deployment(nomad, "web") == "successful: Deployment completed successfully");
  CHECK(States(nomad, "web") ==
        Lines{"run running v1", "run running v1", "stop complete v0", "stop complete v0"});

  job["TaskGroups"][0]["Update"]["AutoPromote"] = true;
  job["TaskGroups"][0]["Tasks"][0]["Config"]["image"] = "web:3";
  nomad.Register(job);
  CHECK(Deployment(nomad, "web") == "running: Deployment is running pending automatic promotion");
  nomad.Settle();
  CHECK(Deployment(nomad, "web") == "successful: Deployment completed successfully");
}

TEST_CASE("a job goes back to an older version") {
  RouteDriver nomad;
  nomad.Register(SmallJob("web", "web:1"));
  nomad.Register(SmallJob("web", "web:2"));
  nomad.Settle();
  CHECK(nomad.Post("/v1/job/web/revert", {{"JobID", "web"}, {"JobVersion", 1}}).text ==
        "can't revert to current version");
  CHECK(nomad.Post("/v1/job/web/revert", {{"JobID", "web"}, {"JobVersion", 9}}).status == 500);
  REQUIRE(nomad.Post("/v1/job/web/revert", {{"JobID", "web"}, {"JobVersion", 0}}).status == 200);
  const Json job = nomad.Get("/v1/job/web");
  CHECK(Number(job, "Version") == 2);
  CHECK(job["TaskGroups"][0]["Tasks"][0]["Config"]["image"] == "web:1");
  const Json versions = nomad.Get("/v1/job/web/versions?diffs=true");
  CHECK(versions["Versions"].size() == 3);
  CHECK(versions["Diffs"].size() == 2);
}

TEST_CASE("allocations are restarted in place and stopped with a replacement") {
  RouteDriver nomad;
  nomad.Register(SmallJob("web"));
  nomad.Settle();
  const std::string id = Text(nomad.Get("/v1/job/web/allocations")[0], "ID");
  CHECK(nomad.Ask("PUT", "/v1/client/allocation/" + id + "/restart", R"({"TaskName":""})").status ==
        200);
  const Json down = nomad.Get("/v1/allocation/" + id)["TaskStates"]["server"];
  CHECK(Number(down, "Restarts") == 0);  // the answer comes after the kill and before the start
  CHECK(Text(down, "State") == "pending");
  nomad.Settle();
  const Json up = nomad.Get("/v1/allocation/" + id)["TaskStates"]["server"];
  CHECK(Number(up, "Restarts") == 1);
  CHECK(Text(up, "State") == "running");
  CHECK(Text(up, "StartedAt") > Text(down, "StartedAt"));
  CHECK(nomad.Ask("POST", "/v1/allocation/" + id + "/stop").status == 200);
  nomad.Settle();
  CHECK(States(nomad, "web") == Lines{"run running v0", "stop complete v0"});
}

TEST_CASE("Connect sidecars are added to the stored job and make no difference") {
  RouteDriver nomad;
  Json job = SmallJob("web");
  job["TaskGroups"][0]["Services"] = {
      {{"Name", "api"}, {"PortLabel", "9001"}, {"Connect", {{"SidecarService", Json::object()}}}}};
  nomad.Register(job);
  const Json tasks = nomad.Get("/v1/job/web")["TaskGroups"][0]["Tasks"];
  REQUIRE(tasks.size() == 2);
  CHECK(Text(tasks[1], "Kind") == "connect-proxy:api");
  CHECK(tasks[1]["Config"]["image"] == "${meta.connect.sidecar_image}");
  CHECK(Text(nomad.Plan(job)["Diff"], "Type") == "None");
}

}  // namespace
}  // namespace nmgr::fake
