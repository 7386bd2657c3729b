#include "fake_nomad/routes.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "fake_nomad/route_table.h"
#include "nmgr/base/text.h"

namespace nmgr::fake {
namespace {

bool Allows(std::string_view methods, const std::string& method) {
  for (const std::string& allowed : SplitList(methods, " ")) {
    if (allowed == method) return true;
  }
  return false;
}

// The IDs in `path` if it fits. Where the pattern is about one job or variable, what its words
// leave is the ID.
std::optional<std::vector<std::string>> Match(std::string_view pattern,
                                              const std::vector<std::string>& path) {
  const std::vector<std::string> words = SplitList(pattern, "/");
  const bool job = words.size() > 2 && (words[1] == "job" || words[1] == "var");
  if (path.size() < words.size() || (!job && path.size() != words.size())) return std::nullopt;
  const std::size_t surplus = path.size() - words.size();
  std::vector<std::string> ids;
  for (std::size_t w = 0, p = 0; w < words.size(); ++w, ++p) {
    if (words[w] != ":") {
      if (words[w] != path[p]) return std::nullopt;
      continue;
    }
    ids.push_back(path[p]);
    for (std::size_t extra = 0; job && w == 2 && extra < surplus; ++extra)
      ids.back() += "/" + path[++p];
  }
  return ids;
}

bool IsAllowed(const Tokens& tokens, const Route& route, const Request& request) {
  if (tokens.all.empty() || request.token == tokens.all) return true;
  if (route.pattern.starts_with("/v1/status") || route.pattern.starts_with("/fake")) return true;
  const bool looks = request.method == "GET" && route.handler != TaskExec;
  const bool reads = looks || route.pattern == "/v1/jobs/parse";
  return reads && !tokens.read.empty() && request.token == tokens.read;
}

}  // namespace

Reply Routes::Handle(const Request& request, Nanos now) {
  bool path_known = false;
  for (const Route& route : AllRoutes()) {
    std::optional<std::vector<std::string>> ids = Match(route.pattern, request.path);
    if (!ids.has_value()) continue;
    path_known = true;
    if (!Allows(route.methods, request.method)) continue;
    if (!IsAllowed(tokens_, route, request)) {
      Reply refusal = ErrorReply(403, "Permission denied");
      if (route.handler == TaskExec) {
        refusal.exec = std::make_shared<ExecPlan>(ExecPlan{1011, "Permission denied", {}, false});
      }
      return refusal;
    }
    Call call{cluster_, request, *std::move(ids), now};
    return route.handler(call);
  }
  if (path_known) return ErrorReply(405, "Invalid method");
  Reply reply;
  reply.status = 404;
  return reply;
}

std::string Call::Namespace() const {
  const std::string name = request.Query("namespace");
  return name.empty() ? "default" : name;
}

Json ParseBody(const Request& request, std::string& error) {
  if (request.body.find_first_not_of(" \t\r\n") == std::string::npos) {
    error = "EOF";
    return nullptr;
  }
  try {
    return Json::parse(request.body);
  } catch (const Json::parse_error& fault) {
    error = fault.byte > request.body.size() ? "unexpected EOF" : "invalid character in JSON body";
    return nullptr;
  }
}

const std::vector<Route>& AllRoutes() {
  static const std::vector<Route> kRoutes = {
      {"GET", "/v1/jobs", ListJobs},
      {"PUT POST", "/v1/jobs", RegisterJob},
      {"PUT POST", "/v1/jobs/parse", ParseJob},
      {"GET PUT POST", "/v1/jobs/statuses", ListStatuses},
      {"PUT POST", "/v1/validate/job", ValidateJob},

      {"PUT POST", "/v1/job/:/plan", Plan},
      {"PUT POST", "/v1/job/:/evaluate", EvaluateJob},
      {"PUT POST", "/v1/job/:/scale", ScaleJob},
      {"PUT POST", "/v1/job/:/periodic/force", ForcePeriodic},
      {"PUT POST", "/v1/job/:/dispatch", DispatchJob},
      {"PUT POST", "/v1/job/:/revert", RevertJob},
      {"GET", "/v1/job/:/allocations", JobAllocations},
      {"GET", "/v1/job/:/evaluations", JobEvaluations},
      {"GET", "/v1/job/:/deployment", JobDeployment},
      {"GET", "/v1/job/:/deployments", JobDeployments},
      {"GET", "/v1/job/:/services", JobServices},
      {"GET", "/v1/job/:/versions", JobVersionList},
      {"GET", "/v1/job/:/submission", JobSubmission},
      {"GET", "/v1/job/:/summary", JobSummaryOf},
      {"GET", "/v1/job/:", ReadJob},
      {"PUT POST", "/v1/job/:", UpdateJob},
      {"DELETE", "/v1/job/:", StopJob},

      {"GET", "/v1/evaluation/:", ReadEvaluation},
      {"GET", "/v1/evaluation/:/allocations", EvaluationAllocations},
      {"GET", "/v1/evaluations", ListEvaluations},
      {"GET", "/v1/deployments", ListDeployments},
      {"PUT POST", "/v1/deployment/promote/:", PromoteDeployment},
      {"PUT POST", "/v1/deployment/fail/:", FailDeployment},
      {"GET", "/v1/deployment/allocations/:", DeploymentAllocations},
      {"GET", "/v1/deployment/:", ReadDeployment},
      {"GET", "/v1/allocations", ListAllocations},
      {"GET", "/v1/allocation/:", ReadAllocation},
      {"PUT POST", "/v1/allocation/:/stop", StopAllocation},
      {"PUT POST", "/v1/client/allocation/:/restart", RestartAllocation},
      {"GET", "/v1/client/allocation/:/checks", AllocationChecks},
      {"GET", "/v1/client/fs/logs/:", TaskLogs},
      {"GET", "/v1/client/allocation/:/exec", TaskExec},
      {"GET", "/v1/event/stream", EventStream},

      {"GET", "/v1/vars", ListVariables},
      {"GET", "/v1/var/:", ReadVariable},
      {"PUT POST", "/v1/var/:", WriteVariable},
      {"DELETE", "/v1/var/:", DeleteVariable},

      {"GET", "/v1/agent/self", AgentSelf},
      {"GET", "/v1/status/leader", Leader},
      {"GET", "/v1/namespaces", ListNamespaces},
      {"GET", "/v1/namespace/:", ReadNamespace},
      {"GET", "/v1/regions", ListRegions},
      {"GET", "/v1/nodes", ListNodes},
      {"GET", "/v1/acl/token/self", TokenSelf},

      {"GET", "/fake/behaviour", ReadBehaviour},
      {"PUT POST", "/fake/behaviour", ChangeBehaviour},
      {"PUT POST", "/fake/fail/:", FailAllocation},
      {"PUT POST", "/fake/log", WriteLog},
  };
  return kRoutes;
}

}  // namespace nmgr::fake
