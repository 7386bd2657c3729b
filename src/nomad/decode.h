// From Nomad's JSON to the few fields nmgr decides by.
//
// What is missing, null or of another type than expected counts as absent: Nomad's versions differ,
// and a field that nmgr does not know well must not stop a rollout. What identifies an object (a
// job's ID, an evaluation's ID and status) must be there; without it the answer is not Nomad's, and
// the function returns nothing.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "nmgr/nomad/types.h"

namespace nmgr::nomad {

// Nothing for text that is no JSON, or nested deeper than any job can be.
std::optional<nlohmann::json> ParseJson(std::string_view text);

std::optional<Job> DecodeJob(const nlohmann::json& value);
std::optional<JobPlan> DecodePlan(nlohmann::json value);
std::optional<WriteResult> DecodeWrite(const nlohmann::json& value);
std::optional<Evaluation> DecodeEvaluation(const nlohmann::json& value);
std::optional<Allocation> DecodeAllocation(const nlohmann::json& value);
std::optional<Deployment> DecodeDeployment(const nlohmann::json& value);

// Arrays; null stands for an empty one. Evaluations and versions come newest first.
std::optional<std::vector<JobSummary>> DecodeJobList(const nlohmann::json& value);
std::optional<std::vector<Evaluation>> DecodeEvaluations(const nlohmann::json& value);
std::optional<std::vector<Allocation>> DecodeAllocations(const nlohmann::json& value);
std::optional<std::vector<Deployment>> DecodeDeployments(const nlohmann::json& value);
std::optional<std::vector<JobVersion>> DecodeVersions(const nlohmann::json& value);

// An object of checks by their IDs; readiness checks, which say nothing about health, are left out.
std::optional<std::vector<CheckResult>> DecodeChecks(const nlohmann::json& value);

// The image a task's driver configuration names, "" if none.
std::string ImageOf(const nlohmann::json& task);

}  // namespace nmgr::nomad
