#include "nmgr/rollout/namespaces.h"

#include <utility>

namespace nmgr::rollout {

Expected<void> Namespaces::CheckAbsent(const nomad::JobRef& job, const nomad::Call& call) {
  const nomad::JobRef place{"", job.name_space, job.region};
  const std::lock_guard lock(mutex_);
  if (const auto known = known_.find(place); known != known_.end()) return known->second;
  auto answer = client_.CheckNamespace(place, call);
  if (!answer) {
    const ErrorCode code = answer.error().code;
    if (code == ErrorCode::kNotFound) {
      answer = Error{ErrorCode::kRejected, answer.error().message, answer.error().hint};
    } else if (code == ErrorCode::kForbidden) {
      answer = Error{code, "whether it is registered is not known: " + answer.error().message,
                     answer.error().hint};
    } else {
      return answer;
    }
  }
  known_.emplace(place, answer);
  return answer;
}

}  // namespace nmgr::rollout
