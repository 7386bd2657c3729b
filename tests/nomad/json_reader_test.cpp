// Rows of which only parts are kept are decoded as whole ones are.
#include "nomad/json_reader.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "nomad/decode.h"

namespace nmgr::nomad {
namespace {

using RowJson = nlohmann::json;

std::string RowWords(const JobSummary& it) {
  std::ostringstream words;
  words << it.ref.id << ' ' << it.ref.name_space << ' ' << it.ref.region << ' ' << it.parent_id
        << ' ' << it.type << ' ' << it.status << ' ' << it.stop << it.periodic << it.parameterized
        << ' ' << it.job_modify_index << ' ' << it.create_index << ' ' << it.submit_time_ns;
  for (const auto& [group, states] : it.groups) {
    words << '\n' << group;
    for (const auto& [state, count] : states) words << ' ' << state << count;
  }
  return words.str();
}

std::string RowWords(const Allocation& it) {
  std::ostringstream words;
  for (const std::string* text :
       {&it.id, &it.name, &it.job_id, &it.name_space, &it.group, &it.node_name, &it.evaluation_id,
        &it.deployment_id, &it.followup_evaluation_id, &it.next_allocation_id, &it.client_status,
        &it.desired_status, &it.client_description}) {
    words << *text << ' ';
  }
  words << it.job_version << ' ' << it.create_index << ' ' << it.healthy.has_value()
        << it.healthy.value_or(false) << it.is_to_move;
  for (const TaskState& task : it.tasks) {
    words << '\n' << task.name << task.state << task.failed << task.restarts << task.started_at;
    for (const TaskEvent& event : task.events) {
      words << ' ' << event.type << event.message << event.time_ns << event.fails_task
            << event.exit_code.value_or(-1);
    }
  }
  return words.str();
}

std::string RowWords(const Deployment& it) {
  std::ostringstream words;
  words << it.id << ' ' << it.status << ' ' << it.job_id << ' ' << it.name_space << ' '
        << it.status_description << ' ' << it.job_version << ' ' << it.job_modify_index << ' '
        << it.create_index;
  for (const DeploymentGroup& group : it.groups) {
    words << '\n'
          << group.name << ' ' << group.desired_total << ' ' << group.placed << ' ' << group.healthy
          << ' ' << group.unhealthy << ' ' << group.desired_canaries << ' ' << group.promoted
          << group.auto_promote;
  }
  return words.str();
}

std::string RowWords(const Evaluation& it) {
  std::ostringstream words;
  for (const std::string* text :
       {&it.id, &it.job_id, &it.name_space, &it.status, &it.status_description, &it.type,
        &it.deployment_id, &it.next_eval, &it.blocked_eval}) {
    words << *text << ' ';
  }
  words << it.job_modify_index << ' ' << it.create_index;
  for (const FailedPlacement& group : it.failed_placements) {
    words << '\n' << group.group << group.unplaced << ' ' << group.nodes_evaluated;
    for (const auto& [why, nodes] : group.constraint_filtered) words << ' ' << why << nodes;
    for (const auto& [why, nodes] : group.class_filtered) words << ' ' << why << nodes;
    for (const auto& [why, nodes] : group.dimension_exhausted) words << ' ' << why << nodes;
    for (const std::string& quota : group.quota_exhausted) words << ' ' << quota;
  }
  return words.str();
}

// The row, and the row without each of its values in turn, say the same either way: so whatever
// the decoder looks at is among what is kept.
template <class T>
void CheckRow(const std::string& text, std::optional<T> (*decode)(const RowJson&)) {
  const RowJson whole = RowJson::parse(text);
  const ReadFields* const fields = kFieldsOf<T>;
  REQUIRE(fields != nullptr);
  const auto check = [&](const RowJson& row) {
    const auto parts = ParseJson(row.dump(), fields);
    REQUIRE(parts);
    const std::optional<T> of_whole = decode(row);
    const std::optional<T> of_parts = decode(*parts);
    INFO(row.dump());
    REQUIRE(of_whole.has_value() == of_parts.has_value());
    if (of_whole) CHECK(RowWords(*of_parts) == RowWords(*of_whole));
    return parts->dump().size() < row.dump().size();
  };
  CHECK(check(whole));
  std::size_t told = 0;
  const RowJson leaves = whole.flatten();
  for (const auto& [path, value] : leaves.items()) {
    RowJson without = whole;
    without[RowJson::json_pointer(path)] = nullptr;
    check(without);
    const std::optional<T> changed = decode(without);
    if (!changed || RowWords(*changed) != RowWords(*decode(whole))) ++told;
  }
  CHECK(told >= 8);
  const auto rows = DecodeRows<T>("[" + text + ",\n" + text + "]", decode);
  REQUIRE(rows);
  REQUIRE(rows->size() == 2);
  CHECK(RowWords(rows->back()) == RowWords(*decode(whole)));
}

}  // namespace

TEST_CASE("of the rows of lists all is kept that their decoders look at") {
  CheckRow<JobSummary>(R"({"ID": "web/1", "Name": "web", "Namespace": "ops", "Region": "eu",
    "ParentID": "web", "Type": "batch", "Status": "dead", "StatusDescription": "why", "Stop": true,
    "Periodic": true, "ParameterizedJob": true, "Dispatched": false, "JobModifyIndex": 4,
    "CreateIndex": 5, "ModifyIndex": 6, "SubmitTime": 7, "Priority": 50, "Datacenters": ["dc1"],
    "JobSummary": {"JobID": "web", "Namespace": "ops", "CreateIndex": 1, "Children": {"Dead": 1},
      "Summary": {"main": {"Running": 2, "Failed": 1}, "ID": {"Queued": 3}}}})",
                       DecodeSummary);
  CheckRow<Allocation>(R"({"ID": "a1", "Name": "web.main[0]", "JobID": "web", "Namespace": "ops",
    "TaskGroup": "main", "NodeName": "n1", "NodeID": "n", "EvalID": "e1", "DeploymentID": "d1",
    "FollowupEvalID": "e2", "NextAllocation": "a2", "ClientStatus": "running",
    "DesiredStatus": "run", "ClientDescription": "it runs", "JobVersion": 3, "CreateIndex": 4,
    "DeploymentStatus": {"Healthy": false, "Canary": true, "ModifyIndex": 9},
    "DesiredTransition": {"Migrate": true, "Reschedule": false},
    "AllocatedResources": {"Tasks": {"t": {"Cpu": {"CpuShares": 100}}}, "Shared": {"DiskMB": 300}},
    "TaskStates": {"t": {"State": "dead", "Failed": true, "Restarts": 2, "StartedAt": "then",
      "Events": [{"Type": "Terminated", "DisplayMessage": "Exit", "Time": 8, "FailsTask": true,
                  "Details": {"exit_code": "7"}}]}}})",
                       DecodeAllocation);
  CheckRow<Allocation>(R"({"ID": "a1", "ClientStatus": "running", "Name": "n", "JobID": "j",
    "Namespace": "ns", "TaskGroup": "g", "EvalID": "e", "DesiredStatus": "run", "NodeID": "x",
    "DesiredTransition": {"Migrate": false, "Reschedule": false, "ForceReschedule": true},
    "Job": {"Version": 5, "Meta": {"a": "b"}}})",
                       DecodeAllocation);
  CheckRow<Deployment>(R"({"ID": "d1", "JobID": "web", "Namespace": "ops", "Status": "running",
    "StatusDescription": "it runs", "JobVersion": 3, "JobSpecModifyIndex": 4, "CreateIndex": 5,
    "JobModifyIndex": 6, "JobCreateIndex": 7, "IsMultiregion": false,
    "TaskGroups": {"main": {"DesiredTotal": 1, "PlacedAllocs": 2, "HealthyAllocs": 3,
      "UnhealthyAllocs": 4, "DesiredCanaries": 5, "Promoted": true, "AutoPromote": true,
      "PlacedCanaries": ["a"]}}})",
                       DecodeDeployment);
  CheckRow<Evaluation>(R"({"ID": "e1", "JobID": "web", "Namespace": "ops", "Status": "blocked",
    "StatusDescription": "why", "Type": "service", "DeploymentID": "d1", "NextEval": "e2",
    "BlockedEval": "e3", "JobModifyIndex": 4, "CreateIndex": 5, "ModifyIndex": 6, "Priority": 50,
    "ClassEligibility": {"v1:1": true},
    "FailedTGAllocs": {"main": {"CoalescedFailures": 1, "NodesEvaluated": 2,
      "ConstraintFiltered": {"${attr.kernel.name} = windows": 1}, "ClassFiltered": {"c": 2},
      "DimensionExhausted": {"memory": 3}, "QuotaExhausted": ["q"]}}})",
                       DecodeEvaluation);
}

TEST_CASE("without a choice of fields a document is kept whole, as another reader reads it") {
  for (const char* text :
       {R"({"a": {"b": [1, -1, 0, -0, 1.5, -2e3, 1E+2, 18446744073709551615, 18446744073709551616,
           -9223372036854775808, -9223372036854775809], "": {}}, "c": [], "d": null, "e": true})",
        R"(["plain", "\"\\\/\b\f\n\r\t", "\u00e9\ud83d\ude00", "é", "", false])",
        R"({"a": {"x": 1}, "a": 2, "\u0062": 3, "b": [4]})", " \r\n\t7 ", "\"\"", "null",
        "\xEF\xBB\xBF[1]"}) {
    INFO(text);
    const auto json = ParseJson(text);
    REQUIRE(json);
    CHECK(*json == RowJson::parse(text));
    CHECK(json->dump() == RowJson::parse(text).dump());
  }
}

TEST_CASE("rows are kept whole, or without anything, as is asked") {
  const std::string text = R"([{"a": {"b": 1}}, 2, [3]])";
  const auto rows = [&](const ReadFields* fields) {
    RowJson list = RowJson::array();
    CHECK_FALSE(ForEachRow(text, fields, [&](const RowJson& row) {
      list.push_back(row);
      return std::optional<Misfit>();
    }));
    return list.dump();
  };
  const ReadFields nothing;
  CHECK(rows(nullptr) == R"([{"a":{"b":1}},2,[3]])");
  CHECK(rows(&nothing) == R"([{},2,[3]])");
}

TEST_CASE("what is skipped of a row is as strictly JSON as what is kept") {
  for (const char* text :
       {R"([{"ID": "a", "x": tru}])", R"([{"ID": "a", "x": 01}])",
        R"([{"ID": "a", "x": "\ud800"}])", R"([{"ID": "a", "x": [1,]}])", R"([{"ID": "a"},])",
        R"([{"ID": "a"} {"ID": "b"}])", R"([{"ID": "a"}] x)", R"([{"ID": "a", "x": "\x"}])",
        "[{\"ID\": \"a\", \"x\": \"\xff\"}]", R"([{"ID": "a", "x": 1e999}])", R"({"ID": "a"})",
        "nul", "[", ""}) {
    INFO(text);
    CHECK_FALSE(DecodeRows<JobSummary>(text, DecodeSummary));
  }
  CHECK(DecodeRows<JobSummary>("null", DecodeSummary)->empty());
  CHECK(DecodeRows<JobSummary>(" [ ] ", DecodeSummary)->empty());
}

TEST_CASE("a row is bounded in depth and in number of values, whatever of it is kept") {
  const auto row = [](const std::string& value) { return R"([{"ID": "a", "x": )" + value + "}]"; };
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(DecodeRows<JobSummary>(row(nested(kMaxNesting - 1)), DecodeSummary));
  CHECK(DecodeRows<JobSummary>(row(nested(kMaxNesting)), DecodeSummary).error() == Misfit::kOther);
  CHECK_FALSE(DecodeRows<JobSummary>(row(std::string(1'000'000, '[')), DecodeSummary));
  std::string many = "[0";
  for (std::size_t i = 0; i < kMostValues; ++i) many += ",0";
  CHECK(DecodeRows<JobSummary>(row(many + "]"), DecodeSummary).error() == Misfit::kTooLarge);
}

}  // namespace nmgr::nomad
