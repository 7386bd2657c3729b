#include "nomad/decode.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

using namespace nmgr::nomad;
using nlohmann::json;

namespace {

std::filesystem::path Recordings() {
  const char* given = std::getenv("NMGR_SHARED");
  const std::filesystem::path shared =
      given != nullptr && *given != '\0' ? given : NMGR_SOURCE_FOLDER "/../shared";
  return shared / "nomad-api";
}

// The body of a recorded answer; nothing, after saying so, where the recordings are not at hand.
std::optional<json> Recorded(const std::string& name) {
  const auto path = Recordings() / (name + ".json");
  std::ifstream file(path);
  if (!file) {
    std::cerr << "\n*** SKIPPED: no recorded answer of a real Nomad at " << path
              << " (set NMGR_SHARED) ***\n\n";
    return std::nullopt;
  }
  std::stringstream text;
  text << file.rdbuf();
  return json::parse(text.str()).at("response").at("json");
}

template <class T>
std::optional<std::vector<T>> Rows(const std::string& text,
                                   std::optional<T> (*decode)(const json&)) {
  auto rows = DecodeRows<T>(text, decode);
  if (!rows) return std::nullopt;
  return *std::move(rows);
}
auto DecodeJobList(const json& value) { return Rows<JobSummary>(value.dump(), DecodeSummary); }
auto DecodeAllocations(const json& value) {
  return Rows<Allocation>(value.dump(), DecodeAllocation);
}

}  // namespace

TEST_CASE("rows of a list are taken one by one, and a list that is none is refused") {
  const auto ids = [](const std::string& text) {
    std::string found;
    const auto rows = Rows<JobSummary>(text, DecodeSummary);
    if (!rows) return std::string("none");
    for (const JobSummary& row : *rows) found += row.ref.id + ";";
    return found;
  };
  CHECK(ids("null").empty());
  CHECK(ids(" [ ] ").empty());
  CHECK(ids(R"([{"ID":"a"}])") == "a;");
  CHECK(ids(R"( [ {"ID":"a,]}\"","x":[1,[2,{}],{"y":"]"}]} , {"ID":"b"} ] )") == "a,]}\";b;");
  for (const char* text :
       {"", "[", "{}", "[1]", "[{}]", R"([{"ID":"a"})", R"([{"ID":"a"},])", R"([,{"ID":"a"}])",
        R"([{"ID":"a"}]])", R"([{"ID":"a"}]x)", R"([{"ID":"a"}}])", R"([{"ID":"a"} {"ID":"b"}])",
        R"(["ID])", "[null]"}) {
    INFO(text);
    CHECK(ids(text) == "none");
  }
}

TEST_CASE("a document of too many values, and a list of too many rows, are refused as too large") {
  std::string text = "[";
  for (std::size_t i = 0; i <= kMostValues; ++i) text += "0,";
  text += "0]";
  CHECK(ParseJson(text).error() == Misfit::kTooLarge);
  std::string rows = "[";
  for (std::size_t i = 0; i <= kMostRows; ++i) rows += "0,";
  rows += "0]";
  std::size_t seen = 0;
  CHECK(ForEachRow(rows, nullptr, [&](const json& /*row*/) {
          ++seen;
          return std::optional<Misfit>();
        }) == Misfit::kTooLarge);
  CHECK(seen == kMostRows);
}

TEST_CASE("a job, reduced to what decisions need") {
  const auto job = DecodeJob(json::parse(R"({
    "ID": "web", "Namespace": "apps", "Region": "global", "ParentID": "", "Type": "service",
    "Status": "dead", "StatusDescription": "why", "Stop": true, "Version": 3, "JobModifyIndex": 19,
    "ModifyIndex": 26, "Periodic": {"Enabled": true}, "ParameterizedJob": {}, "Dispatched": false,
    "TaskGroups": [
      {"Name": "a", "Count": 2, "Tasks": [
        {"Name": "x", "Kind": "", "Config": {"image": "nginx:1"}},
        {"Name": "connect-proxy-x", "Kind": "connect-proxy:x", "Config": {"image": "${meta.connect.sidecar_image}"}}]},
      {"Name": "b", "Tasks": [{"Name": "y", "Config": null}, {"Name": "z", "Config": {"image": ["no"]}}]},
      {"Name": "c", "Count": 0, "Tasks": null}]})"));
  REQUIRE(job);
  CHECK(job->ref == JobRef{"web", "apps", "global"});
  CHECK(job->stop);
  CHECK(job->periodic);
  CHECK(job->parameterized);
  CHECK(job->version == 3);
  CHECK(job->job_modify_index == 19);
  REQUIRE(job->groups.size() == 3);
  CHECK(job->groups[0].count == 2);
  CHECK(job->groups[1].count == 1);
  CHECK(job->groups[2].count == 0);
  REQUIRE(job->tasks.size() == 4);
  CHECK(job->tasks[0].image == "nginx:1");
  CHECK(job->tasks[1].kind == "connect-proxy:x");
  CHECK(job->tasks[2].group == "b");
  CHECK(job->tasks[2].image.empty());
  CHECK(job->tasks[3].image.empty());
}

TEST_CASE("a dispatched child is not parameterized itself") {
  CHECK_FALSE(
      DecodeJob(
          json::parse(R"({"ID": "x/dispatch-1", "ParameterizedJob": {}, "Dispatched": true})"))
          ->parameterized);
  CHECK_FALSE(DecodeJob(json::parse(R"({"ID": "x", "ParameterizedJob": null, "Periodic": null})"))
                  ->periodic);
}

TEST_CASE("a plan") {
  const auto plan = DecodePlan(json::parse(R"({
    "JobModifyIndex": 7, "Warnings": "careful", "NextPeriodicLaunch": "2026-11-22T00:00:00Z",
    "Annotations": {"DesiredTGUpdates": {"app": {"Place": 1, "Stop": 0, "InPlaceUpdate": 2}}},
    "FailedTGAllocs": {"app": {"CoalescedFailures": 2, "NodesEvaluated": 3, "NodesFiltered": 1,
      "NodesExhausted": 2, "ConstraintFiltered": {"missing drivers": 1}, "ClassFiltered": null,
      "DimensionExhausted": {"memory": 2}, "QuotaExhausted": ["cpu"], "NodesAvailable": {"dc1": 3}}},
    "Diff": {"Type": "Edited", "ID": "web"}})"));
  REQUIRE(plan);
  CHECK(plan->diff_type == "Edited");
  CHECK(plan->job_modify_index == 7);
  CHECK(plan->updates.at("app") ==
        std::map<std::string, std::uint64_t>{{"Place", 1}, {"InPlaceUpdate", 2}});
  CHECK(plan->warnings == "careful");
  CHECK(plan->next_periodic_launch == "2026-11-22T00:00:00Z");
  CHECK(plan->diff->at("ID") == "web");
  REQUIRE(plan->failed_placements.size() == 1);
  const FailedPlacement& placement = plan->failed_placements[0];
  CHECK(placement.group == "app");
  CHECK(placement.unplaced == 3);
  CHECK(placement.nodes_evaluated == 3);
  CHECK(placement.constraint_filtered.at("missing drivers") == 1);
  CHECK(placement.dimension_exhausted.at("memory") == 2);
  CHECK(placement.quota_exhausted == std::vector<std::string>{"cpu"});
}

TEST_CASE("an allocation with what its tasks went through") {
  const auto allocation = DecodeAllocation(json::parse(R"({
    "ID": "a1", "Name": "web.app[0]", "JobID": "web", "Namespace": "apps", "TaskGroup": "app",
    "NodeName": "n1", "EvalID": "e1", "DeploymentID": "d1", "ClientStatus": "failed",
    "DesiredStatus": "run", "ClientDescription": "Failed tasks", "JobVersion": 4, "CreateIndex": 5,
    "ModifyIndex": 6, "DeploymentStatus": {"Healthy": false},
    "TaskStates": {"server": {"State": "dead", "Failed": true, "Restarts": 2, "Events": [
      {"Type": "Not Restarting", "DisplayMessage": "Policy", "Time": 30, "FailsTask": true, "Details": {}},
      {"Type": "Terminated", "DisplayMessage": "Exit Code: 137", "Time": 20, "Details": {"exit_code": "137"}},
      {"Type": "Terminated", "DisplayMessage": "Exit Code: 0", "Time": 10, "ExitCode": 0, "Details": null}]}}})"));
  REQUIRE(allocation);
  CHECK(allocation->IsTerminal());
  CHECK(allocation->group == "app");
  CHECK(allocation->node_name == "n1");
  CHECK(allocation->evaluation_id == "e1");
  CHECK(allocation->deployment_id == "d1");
  CHECK(allocation->job_version == 4);
  CHECK(allocation->create_index == 5);
  CHECK(allocation->healthy == false);
  REQUIRE(allocation->tasks.size() == 1);
  const TaskState& task = allocation->tasks[0];
  CHECK(task.failed);
  CHECK(task.restarts == 2);
  REQUIRE(task.events.size() == 3);
  CHECK(task.events[0].exit_code == 0);
  CHECK(task.events[1].exit_code == 137);
  CHECK_FALSE(task.events[2].exit_code.has_value());
  CHECK(task.events[2].fails_task);
  const auto running = DecodeAllocation(
      json::parse(R"({"ID": "a", "ClientStatus": "running", "Job": {"Version": 9}})"));
  CHECK_FALSE(running->IsTerminal());
  CHECK_FALSE(running->healthy.has_value());
  CHECK(running->job_version == 9);
  for (const char* status : {"pending", "running", "unknown"}) {
    CHECK_FALSE(DecodeAllocation(json{{"ID", "a"}, {"ClientStatus", status}})->IsTerminal());
  }
  for (const char* status : {"complete", "failed", "lost"}) {
    CHECK(DecodeAllocation(json{{"ID", "a"}, {"ClientStatus", status}})->IsTerminal());
  }
}

TEST_CASE("evaluations, deployments, versions and lists") {
  const auto evaluation =
      DecodeEvaluation(json::parse(R"({"ID": "e", "Status": "blocked", "StatusDescription": "d",
    "TriggeredBy": "job-register", "Type": "service", "DeploymentID": "dd", "NextEval": "n", "PreviousEval": "p",
    "BlockedEval": "b", "ModifyIndex": 8, "FailedTGAllocs": {"g": {}}})"));
  REQUIRE(evaluation);
  CHECK(evaluation->next_eval == "n");
  CHECK(evaluation->blocked_eval == "b");
  CHECK(evaluation->deployment_id == "dd");
  CHECK(evaluation->failed_placements.at(0).unplaced == 1);
  const auto deployment =
      DecodeDeployment(json::parse(R"({"ID": "d", "Status": "running", "JobVersion": 2,
    "TaskGroups": {"app": {"DesiredTotal": 3, "PlacedAllocs": 2, "HealthyAllocs": 1, "UnhealthyAllocs": 1,
    "DesiredCanaries": 1, "PlacedCanaries": ["x"], "Promoted": true, "AutoRevert": true, "AutoPromote": true}}})"));
  REQUIRE(deployment);
  const DeploymentGroup& group = deployment->groups.at(0);
  CHECK(group.desired_total == 3);
  CHECK(group.healthy == 1);
  CHECK(group.unhealthy == 1);
  const auto versions =
      DecodeVersions(json::parse(R"({"Versions": [{"Version": 1, "Stable": true, "SubmitTime": 5},
    {"Version": 3, "Stop": true}, {"Version": 2}]})"));
  REQUIRE(versions);
  CHECK(versions->at(0).version == 3);
  CHECK(versions->at(0).stop);
  CHECK(versions->at(2).stable);
  const auto evaluations =
      DecodeEvaluations(json::parse(R"([{"ID": "old", "Status": "complete", "CreateIndex": 1},
    {"ID": "new", "Status": "complete", "CreateIndex": 9}])"));
  CHECK(evaluations->at(0).id == "new");
  const auto jobs =
      DecodeJobList(json::parse(R"([{"ID": "web", "Namespace": "apps", "Periodic": true,
    "ParameterizedJob": true, "Stop": true, "JobModifyIndex": 4,
    "JobSummary": {"Summary": {"app": {"Running": 2, "Failed": 1}}}}])"));
  REQUIRE(jobs);
  CHECK(jobs->at(0).periodic);
  CHECK(jobs->at(0).parameterized);
  CHECK(jobs->at(0).groups.at("app").at("Running") == 2);
  CHECK(DecodeJobList(json()).value().empty());
  CHECK(DecodeAllocations(json::array()).value().empty());
  const auto written = DecodeWrite(
      json::parse(R"({"EvalID": "", "JobModifyIndex": 3, "Index": 4, "Warnings": "w"})"));
  REQUIRE(written);
  CHECK(written->evaluation_id.empty());
  CHECK(written->job_modify_index == 3);
}

TEST_CASE("what identifies an object must be there") {
  for (const char* text :
       {"null", "{}", "[]", "1", "\"x\"", R"({"ID": 7})", R"({"ID": ""})", R"({"ID": null})"}) {
    const json value = json::parse(text);
    INFO(text);
    CHECK_FALSE(DecodeJob(value));
    CHECK_FALSE(DecodePlan(value));
    CHECK_FALSE(DecodeWrite(value));
    CHECK_FALSE(DecodeEvaluation(value));
    CHECK_FALSE(DecodeAllocation(value));
    CHECK_FALSE(DecodeDeployment(value));
    CHECK_FALSE(DecodeVersions(value));
    if (!value.is_array() && !value.is_null()) CHECK_FALSE(DecodeJobList(value));
    CHECK_FALSE(DecodeJobList(json::array({value})));
  }
}

TEST_CASE("fields of another type than expected count as absent") {
  // Every value of a good answer, one after the other, replaced by every kind of wrong one.
  const json good =
      json::parse(R"({"ID": "x", "Status": "running", "ClientStatus": "running", "Type": "service",
    "Version": 1, "JobModifyIndex": 2, "Stop": false, "Periodic": {"a": 1}, "EvalID": "e",
    "TaskGroups": [{"Name": "g", "Count": 1, "Tasks": [{"Name": "t", "Config": {"image": "i"}}]}],
    "Diff": {"Type": "None"}, "Annotations": {"DesiredTGUpdates": {"g": {"Place": 1}}},
    "FailedTGAllocs": {"g": {"CoalescedFailures": 1, "ConstraintFiltered": {"c": 1}, "QuotaExhausted": ["q"]}},
    "TaskStates": {"t": {"State": "dead", "Events": [{"Type": "T", "Time": 1, "Details": {"exit_code": "1"}}]}},
    "DeploymentStatus": {"Healthy": true}, "JobSummary": {"Summary": {"g": {"Running": 1}}},
    "Versions": [{"Version": 1}]})");
  const json wrong = json::parse(
      R"([null, true, -1, 1e300, 18446744073709551615, "text", [], [1], {}, {"a": []}])");
  const json flat = good.flatten();
  int tried = 0;
  for (const auto& [path, value] : flat.items()) {
    for (json::json_pointer at(path); !at.empty(); at = at.parent_pointer()) {
      for (const json& bad : wrong) {
        json changed = good;
        changed[at] = bad;
        const auto job = DecodeJob(changed);
        const auto plan = DecodePlan(changed);
        const auto lists = DecodeAllocations(json::array({changed}));
        DecodeWrite(changed);
        DecodeEvaluation(changed);
        DecodeDeployment(changed);
        DecodeVersions(changed);
        DecodeJobList(json::array({changed}));
        DecodeEvaluations(json::array({changed}));
        if (at.to_string() != "/ID") CHECK((job && job->ref.id == "x"));
        ++tried;
      }
    }
  }
  CHECK(tried > 500);
  const auto odd =
      DecodeJob(json::parse(R"({"ID": "x", "Version": -1, "JobModifyIndex": 1e3, "TaskGroups":
    [{"Name": "g", "Count": 99999999999}]})"));
  CHECK(odd->version == 0);
  CHECK(odd->job_modify_index == 1000);
  CHECK(odd->groups[0].count == 1);
}

TEST_CASE("text that is no JSON, or nested without end, is nothing") {
  for (const char* text : {"", "{", "<html>", "{\"a\":1}x", "\"\xff\"", "nul"})
    CHECK_FALSE(ParseJson(text));
  CHECK_FALSE(ParseJson(std::string(1'000'000, '[')));
  CHECK_FALSE(ParseJson(std::string(300, '[') + std::string(300, ']')));
  CHECK(ParseJson(std::string(200, '[') + std::string(200, ']')));
  CHECK(ParseJson("\"" + std::string(1000, '[') + "\\\"" + std::string(1000, '{') + "\""));
}

TEST_CASE("recorded answers of a real Nomad") {
  if (!Recorded("job-read")) return;
  const auto read = DecodeJob(*Recorded("job-read")).value();
  CHECK(read.ref == JobRef{"web", "default", "global"});
  CHECK(read.type == "service");
  CHECK(read.status == "running");
  CHECK(read.job_modify_index == 19);
  CHECK(read.tasks.at(0).task == "server");
  CHECK(DecodeJob(*Recorded("job-read-stopped"))->stop);
  CHECK(DecodeJob(*Recorded("job-read-periodic"))->periodic);
  CHECK(DecodeJob(*Recorded("job-read-system"))->type == "system");
  CHECK(DecodePlan(*Recorded("job-plan-new"))->diff_type == "Added");
  CHECK(DecodePlan(*Recorded("job-plan-new"))->job_modify_index == 0);
  CHECK(DecodePlan(*Recorded("job-plan-no-changes"))->diff_type == "None");
  CHECK(DecodePlan(*Recorded("job-plan-destructive-update"))
            ->updates.at("app")
            .at("DestructiveUpdate") == 1);
  CHECK(DecodePlan(*Recorded("job-plan-in-place"))->updates.at("app").at("InPlaceUpdate") == 1);
  CHECK(DecodePlan(*Recorded("job-plan-no-placement"))
            ->failed_placements.at(0)
            .constraint_filtered.at("missing drivers") == 1);
  CHECK_FALSE(DecodeWrite(*Recorded("job-register-new"))->evaluation_id.empty());
  CHECK(DecodeWrite(*Recorded("job-register-periodic"))->evaluation_id.empty());
  CHECK(DecodeWrite(*Recorded("job-stop-not-found"))->evaluation_id.empty());
  CHECK(DecodeWrite(*Recorded("job-stop"))->job_modify_index == 85);
  CHECK(DecodeEvaluation(*Recorded("evaluation-complete"))->status == "complete");
  CHECK(DecodeEvaluation(*Recorded("evaluation-failed-placement"))->failed_placements.at(0).group ==
        "g");
  CHECK(DecodeDeployment(*Recorded("deployment-successful"))->groups.at(0).healthy == 1);
  CHECK(DecodeDeployment(*Recorded("deployment-needs-promotion"))->groups.at(0).desired_canaries ==
        1);
  CHECK(DecodeAllocations(*Recorded("job-allocations"))->at(0).healthy == true);
  CHECK(DecodeAllocations(*Recorded("job-allocations-stopped"))->at(0).IsTerminal());
  CHECK(DecodeAllocations(*Recorded("job-allocations-failed")).value().size() > 1);
  CHECK(DecodeAllocation(*Recorded("allocation-read"))->client_status == "running");
  CHECK(
      DecodeJobList(*Recorded("jobs-list-all-namespaces"))->at(0).groups.at("app").at("Running") ==
      1);
  CHECK(DecodeVersions(*Recorded("job-versions"))->at(0).version == 1);
  CHECK(DecodeEvaluations(*Recorded("job-evaluations")).value().size() > 1);
}

namespace {

std::string WordsOf(const Job& job) {
  std::ostringstream words;
  words << job.ref.id << job.ref.name_space << job.ref.region << job.parent_id << job.type
        << job.status << job.status_description << job.stop << job.periodic << job.parameterized
        << job.version << job.job_modify_index << job.create_index << job.submit_time_ns;
  for (const TaskGroup& it : job.groups) {
    words << it.name << it.count << it.scales << it.reschedules << it.min_healthy_ns
          << it.has_foreign_checks;
  }
  for (const TaskImage& it : job.tasks) {
    words << it.group << it.task << it.image << it.kind << it.driver << it.force_pull;
  }
  for (const JobService& it : job.services) {
    words << it.group << it.task << it.name << it.provider << it.port;
  }
  return words.str();
}

// Each member that the decoder looks at is one that is kept: without it, it would read something
// else.
void CheckParts(const std::string& text) {
  const auto whole = ParseJson(text);
  const auto part = ParseJson(text, kFieldsOf<Job>);
  REQUIRE(whole);
  REQUIRE(part);
  CHECK(part->dump().size() < whole->dump().size());
  REQUIRE(DecodeJob(*whole));
  REQUIRE(DecodeJob(*part));
  CHECK(WordsOf(*DecodeJob(*part)) == WordsOf(*DecodeJob(*whole)));
}

constexpr const char* kWholeJob = R"({"ID": "web", "Name": "web", "Namespace": "ops",
  "Region": "eu", "ParentID": "up", "Type": "batch", "Status": "dead", "StatusDescription": "why",
  "Stop": true, "Periodic": {"Enabled": true, "Spec": "@daily"}, "ParameterizedJob": {"Payload": ""},
  "Dispatched": true, "Version": 3, "JobModifyIndex": 4, "CreateIndex": 5, "SubmitTime": 6,
  "Meta": {"ID": "other", "Stop": false}, "Constraints": [{"Name": "x"}, null, 1.5, "a", true],
  "TaskGroups": [{"Name": "main", "Count": 7, "Meta": {"Count": 9},
    "Scaling": {"Enabled": true, "Max": 3}, "ReschedulePolicy": {"Unlimited": false, "Attempts": 0},
    "Update": {"MinHealthyTime": 8, "AutoRevert": true},
    "Services": [{"Name": "s", "Provider": "consul", "PortLabel": "http",
                  "Checks": [{"Path": "/"}], "Tags": ["a", "b"]}],
    "Tasks": [{"Name": "t", "Kind": "connect-proxy:s", "Driver": "docker",
               "Config": {"image": "i:1", "force_pull": true, "args": ["-x", {"Name": 1}]},
               "Env": {"Name": "n", "Status": "s"},
               "Services": [{"Name": "u", "Provider": "nomad", "PortLabel": "9"}],
               "Templates": [{"EmbeddedTmpl": "\"{[", "Name": "q"}]}]}]})";

}  // namespace

TEST_CASE("what a decoder does not look at is not kept, and all else is") {
  CheckParts(kWholeJob);
  const auto job = DecodeJob(*ParseJson(kWholeJob, kFieldsOf<Job>));
  CHECK(job->services.size() == 2);
  CHECK(job->tasks.at(0).image == "i:1");
  CHECK(job->groups.at(0).count == 7);
  CHECK(job->stop);
}

TEST_CASE("what is not kept must be JSON all the same") {
  for (const char* text : {R"({"ID": "a", "Meta": })", R"({"ID": "a", "Meta": {"x": tru}})",
                           R"({"ID": "a", "Meta": [1,]})", R"({"ID": "a", "Meta": {"x": 1})",
                           R"({"ID": "a", "Meta": "\x"})", R"({"ID": "a"} x)",
                           R"({"ID": "a", "Meta": {"x" 1}})", ""}) {
    INFO(text);
    CHECK_FALSE(ParseJson(text));
    CHECK_FALSE(ParseJson(text, kFieldsOf<Job>));
  }
}

TEST_CASE("recorded jobs are read the same by parts", "[recorded]") {
  for (const char* name :
       {"job-read", "job-read-periodic", "job-read-stopped", "job-read-system"}) {
    if (const auto body = Recorded(name)) CheckParts(body->dump());
  }
}
