#include "job_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "nmgr/base/text.h"

namespace nmgr::nomad {
namespace {

// What Nomad's handler of /v1/job/ takes for a question at the end of a path.
constexpr std::array<std::string_view, 18> kQuestions = {
    "/evaluate", "/allocations", "/evaluations", "/periodic/force", "/plan",    "/summary",
    "/dispatch", "/versions",    "/revert",      "/deployments",    "/stable",  "/deployment",
    "/scale",    "/services",    "/submission",  "/action",         "/actions", "/tag"};

std::string WhereTo(std::string_view job_id) {
  const auto words = Split(job_id, '/');
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool inner_gap = words[i].empty() && i + 1 < words.size();
    if (words[i] == "." || words[i] == ".." || inner_gap)
      return "Nomad's HTTP API cuts its path short";
  }
  for (const std::string_view question : kQuestions) {
    if (job_id.ends_with(question) && job_id.size() > question.size())
      return fmt::format("Nomad's HTTP API takes its path for the {} of another job",
                         question.substr(1));
  }
  return {};
}

}  // namespace

std::optional<Error> LeadsElsewhere(std::string_view job_id) {
  const std::string where = WhereTo(job_id);
  if (where.empty()) return std::nullopt;
  return Error{ErrorCode::kRejected,
               fmt::format("the job ID \"{}\" leads elsewhere: {}", EscapeControls(job_id), where),
               "give the job another ID"};
}

}  // namespace nmgr::nomad
