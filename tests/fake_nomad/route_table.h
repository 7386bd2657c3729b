// The handlers behind routes.h, by what they are about.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fake_nomad/cluster.h"
#include "fake_nomad/http_types.h"

namespace nmgr::fake {

// What a handler is given. `ids` are the segments that stood for a ':' of the pattern.
struct Call {
  Cluster& cluster;
  const Request& request;
  std::vector<std::string> ids;
  Nanos now;

  const Store& store() const { return cluster.store(); }
  std::string Namespace() const;  // of the query, else "default"
  JobKey Job() const { return {Namespace(), ids.at(0)}; }
};

using Handler = Reply (*)(Call&);

struct Route {
  std::string_view methods;  // "GET", "PUT POST"
  std::string_view pattern;  // "/v1/job/:/plan"; what follows /v1/job/ or /v1/var/ may hold '/'
  Handler handler;
};

// Every route; the first that matches is taken.
const std::vector<Route>& AllRoutes();

// The body as JSON. Null, with `error` as Go's decoder would say it, if it is none.
Json ParseBody(const Request& request, std::string& error);

// job_routes.cpp
Reply ListJobs(Call& call);
Reply RegisterJob(Call& call);
Reply ParseJob(Call& call);
Reply ValidateJob(Call& call);
Reply ListStatuses(Call& call);
Reply ReadJob(Call& call);
Reply UpdateJob(Call& call);
Reply StopJob(Call& call);
Reply Plan(Call& call);
Reply ForcePeriodic(Call& call);
Reply DispatchJob(Call& call);
Reply RevertJob(Call& call);
Reply EvaluateJob(Call& call);
Reply ScaleJob(Call& call);

// state_routes.cpp
Reply JobAllocations(Call& call);
Reply JobEvaluations(Call& call);
Reply JobDeployment(Call& call);
Reply JobServices(Call& call);
Reply JobDeployments(Call& call);
Reply JobVersionList(Call& call);
Reply JobSubmission(Call& call);
Reply JobSummaryOf(Call& call);
Reply ReadEvaluation(Call& call);
Reply EvaluationAllocations(Call& call);
Reply ReadDeployment(Call& call);
Reply DeploymentAllocations(Call& call);
Reply ListDeployments(Call& call);
Reply ListEvaluations(Call& call);
Reply AllocationChecks(Call& call);
Reply PromoteDeployment(Call& call);
Reply FailDeployment(Call& call);
Reply ReadAllocation(Call& call);
Reply ListAllocations(Call& call);
Reply StopAllocation(Call& call);
Reply RestartAllocation(Call& call);
Reply TaskLogs(Call& call);
Reply TaskExec(Call& call);
Reply EventStream(Call& call);

// variable_routes.cpp
Reply ListVariables(Call& call);
Reply ReadVariable(Call& call);
Reply WriteVariable(Call& call);
Reply DeleteVariable(Call& call);

// server_routes.cpp
Reply AgentSelf(Call& call);
Reply Leader(Call& call);
Reply ListNamespaces(Call& call);
Reply ReadNamespace(Call& call);
Reply ListRegions(Call& call);
Reply ListNodes(Call& call);
Reply TokenSelf(Call& call);
Reply ReadBehaviour(Call& call);
Reply ChangeBehaviour(Call& call);
Reply FailAllocation(Call& call);
Reply WriteLog(Call& call);

}  // namespace nmgr::fake
