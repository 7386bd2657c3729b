// Lists of whole name spaces, asked once for all who want them at the same time: the sources of a
// copy have their jobs beside each other, and what moves one of them often moves the next.
//
// Who asks while the same list is on its way waits for the one after it, which is then asked once
// for all who wait: so no answer is older than its question. One that fails is that of who asked;
// the others ask for themselves.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "nmgr/nomad/forwarding_client.h"

namespace nmgr::sync {

template <class T>
class SharedAnswer;

class SharedLists final : public nomad::ForwardingClient {
 public:
  // `client` must outlive it.
  explicit SharedLists(nomad::JobClient& client);
  ~SharedLists() override;

  Expected<nomad::Indexed<std::vector<nomad::JobSummary>>> ListJobs(
      const std::string& name_space, const std::string& region, const std::string& prefix,
      const nomad::Call& call) override;
  Expected<std::vector<nomad::Allocation>> ListAllAllocations(const std::string& name_space,
                                                              const std::string& region,
                                                              const nomad::Call& call) override;
  Expected<std::vector<nomad::Deployment>> ListAllDeployments(const std::string& name_space,
                                                              const std::string& region,
                                                              const nomad::Call& call) override;
  Expected<std::vector<nomad::Evaluation>> ListBlockedEvaluations(const std::string& name_space,
                                                                  const std::string& region,
                                                                  const nomad::Call& call) override;

 private:
  using Place = std::tuple<std::string, std::string, std::string>;  // name space, region, prefix
  template <class T>
  using Answers = std::map<Place, std::shared_ptr<SharedAnswer<T>>>;
  // Kept while somebody uses it.
  template <class T, class Ask>
  Expected<T> Share(Answers<T>& answers, const Place& place, const nomad::Call& call,
                    const Ask& ask);

  std::mutex mutex_;
  Answers<nomad::Indexed<std::vector<nomad::JobSummary>>> jobs_;
  Answers<std::vector<nomad::Allocation>> allocations_;
  Answers<std::vector<nomad::Deployment>> deployments_;
  Answers<std::vector<nomad::Evaluation>> evaluations_;
};

}  // namespace nmgr::sync
