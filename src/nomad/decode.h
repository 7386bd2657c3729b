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
#include <tl/expected.hpp>
#include <vector>

#include "json_reader.h"
#include "nmgr/nomad/allocation_client.h"
#include "nmgr/nomad/types.h"
#include "nmgr/nomad/variable_client.h"

namespace nmgr::nomad {

// What a decoder looks at; null: all of it.
template <class T>
inline constexpr const ReadFields* kFieldsOf = nullptr;
extern const ReadFields kJobFields;
extern const ReadFields kSummaryFields;
extern const ReadFields kAllocationFields;
extern const ReadFields kDeploymentFields;
extern const ReadFields kEvaluationFields;
template <>
inline constexpr const ReadFields* kFieldsOf<Job> = &kJobFields;
template <>
inline constexpr const ReadFields* kFieldsOf<JobSummary> = &kSummaryFields;
template <>
inline constexpr const ReadFields* kFieldsOf<Allocation> = &kAllocationFields;
template <>
inline constexpr const ReadFields* kFieldsOf<Deployment> = &kDeploymentFields;
template <>
inline constexpr const ReadFields* kFieldsOf<Evaluation> = &kEvaluationFields;

// The rows of a list, of which only what `decode` takes is kept.
template <class T>
tl::expected<std::vector<T>, Misfit> DecodeRows(
    std::string_view text, std::optional<T> (*decode)(const nlohmann::json& row)) {
  std::vector<T> list;
  const auto wrong =
      ForEachRow(text, kFieldsOf<T>, [&](const nlohmann::json& row) -> std::optional<Misfit> {
        std::optional<T> item = decode(row);
        if (!item) return Misfit::kOther;
        list.push_back(*std::move(item));
        return std::nullopt;
      });
  if (wrong) return tl::unexpected(*wrong);
  return list;
}

// A row of /v1/jobs/statuses.
struct StandingRow {
  JobRef ref;
  std::size_t digest = 0;  // whatever the order of its allocations
};
std::optional<StandingRow> DecodeStanding(const nlohmann::json& value);

std::optional<JobSummary> DecodeSummary(const nlohmann::json& value);
std::optional<Job> DecodeJob(const nlohmann::json& value);
std::optional<JobPlan> DecodePlan(nlohmann::json value);
std::optional<JobVerdict> DecodeVerdict(const nlohmann::json& value);
std::optional<WriteResult> DecodeWrite(const nlohmann::json& value);
std::optional<Evaluation> DecodeEvaluation(const nlohmann::json& value);
std::optional<Allocation> DecodeAllocation(const nlohmann::json& value);
std::optional<Deployment> DecodeDeployment(const nlohmann::json& value);
std::optional<ServiceInstance> DecodeService(const nlohmann::json& value);

// Arrays; null stands for an empty one. Evaluations and versions come newest first.
std::optional<std::vector<Evaluation>> DecodeEvaluations(const nlohmann::json& value);
std::optional<std::vector<JobVersion>> DecodeVersions(const nlohmann::json& value);

// An object of checks by their IDs; readiness checks, which say nothing about health, are left out.
std::optional<std::vector<CheckResult>> DecodeChecks(const nlohmann::json& value);

// One object of a log's stream. Nothing where it is none of Nomad's.
std::optional<LogFrame> DecodeLogFrame(std::string_view object);

// Metadata alone; nothing without a path. Items that are no strings are left out.
std::optional<VariableInfo> DecodeVariableInfo(const nlohmann::json& value);
std::optional<Variable> DecodeVariable(const nlohmann::json& value);

// The image a task's driver configuration names, "" if none.
std::string ImageOf(const nlohmann::json& task);

}  // namespace nmgr::nomad
