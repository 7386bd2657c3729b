#include "nmgr/sync/shared_lists.h"

#include <condition_variable>
#include <utility>

namespace nmgr::sync {

// One list, and who waits for it.
template <class T>
class SharedAnswer {
 public:
  template <class Ask>
  Expected<T> Get(const nomad::Call& call, const Ask& ask) {
    std::unique_lock lock(mutex_);
    if (!next_) next_ = std::make_shared<Round>();
    const std::shared_ptr<Round> mine = next_;
    const auto turn = [&] { return mine->over || !asking_; };
    const bool waited = call.deadline == TimePoint::max()
                            ? changed_.wait(lock, call.stop, turn)
                            : changed_.wait_until(lock, call.stop, call.deadline, turn);
    if (!waited || mine->over) {
      const std::shared_ptr<const T> shared = mine->answer;
      lock.unlock();
      return shared ? Expected<T>(*shared) : ask();
    }
    asking_ = true;
    next_.reset();
    lock.unlock();
    Expected<T> answer = ask();
    lock.lock();
    asking_ = false;
    mine->over = true;
    // Nobody joins a round that has begun: where this is its only holder nobody waits for it.
    if (answer && mine.use_count() > 1) mine->answer = std::make_shared<const T>(*answer);
    changed_.notify_all();
    return answer;
  }

 private:
  struct Round {
    bool over = false;
    std::shared_ptr<const T> answer;  // null: it failed
  };

  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool asking_ = false;
  std::shared_ptr<Round> next_;  // whoever comes now waits for it
};

SharedLists::SharedLists(nomad::JobClient& client) : ForwardingClient(client) {}

SharedLists::~SharedLists() = default;

template <class T, class Ask>
Expected<T> SharedLists::Share(Answers<T>& answers, const Place& place, const nomad::Call& call,
                               const Ask& ask) {
  std::shared_ptr<SharedAnswer<T>> one;
  {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<SharedAnswer<T>>& known = answers[place];
    if (!known) known = std::make_shared<SharedAnswer<T>>();
    one = known;
  }
  Expected<T> answer = one->Get(call, ask);
  const std::lock_guard lock(mutex_);
  one.reset();
  const auto known = answers.find(place);
  if (known != answers.end() && known->second.use_count() == 1) answers.erase(known);
  return answer;
}

Expected<nomad::Indexed<std::vector<nomad::JobSummary>>> SharedLists::ListJobs(
    const std::string& name_space, const std::string& region, const std::string& prefix,
    const nomad::Call& call) {
  return Share(jobs_, {name_space, region, prefix}, call,
               [&] { return client_.ListJobs(name_space, region, prefix, call); });
}

Expected<std::vector<nomad::Allocation>> SharedLists::ListAllAllocations(
    const std::string& name_space, const std::string& region, const nomad::Call& call) {
  return Share(allocations_, {name_space, region, ""}, call,
               [&] { return client_.ListAllAllocations(name_space, region, call); });
}

Expected<std::vector<nomad::Deployment>> SharedLists::ListAllDeployments(
    const std::string& name_space, const std::string& region, const nomad::Call& call) {
  return Share(deployments_, {name_space, region, ""}, call,
               [&] { return client_.ListAllDeployments(name_space, region, call); });
}

Expected<std::vector<nomad::Evaluation>> SharedLists::ListBlockedEvaluations(
    const std::string& name_space, const std::string& region, const nomad::Call& call) {
  return Share(evaluations_, {name_space, region, ""}, call,
               [&] { return client_.ListBlockedEvaluations(name_space, region, call); });
}

}  // namespace nmgr::sync
