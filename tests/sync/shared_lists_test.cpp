#include "nmgr/sync/shared_lists.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>
#include <vector>

#include "sync/nomad_connection.h"

namespace nmgr::sync {
namespace {

using JobList = nomad::Indexed<std::vector<nomad::JobSummary>>;

// Answers with the number of the question, after a moment; of the first ones with a failure.
class CountingLists final : public nomad::ForwardingClient {
 public:
  using ForwardingClient::ForwardingClient;

  Expected<JobList> ListJobs(const std::string&, const std::string&, const std::string&,
                             const nomad::Call&) override {
    const int number = ++begun;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (number <= failing) return Error{ErrorCode::kUnreachable, "nobody is there"};
    JobList list;
    list.index = static_cast<std::uint64_t>(number);
    return list;
  }

  std::atomic<int> begun = 0;
  int failing = 0;
};

// Of so many, each of whom asks so often, the failures; and how many answers were of a question
// that had begun before theirs.
struct Asked {
  std::atomic<int> failed = 0;
  std::atomic<int> stale = 0;
};
void AskMany(SharedLists& shared, CountingLists& lists, Asked& asked, int threads, int times) {
  std::vector<std::jthread> all;
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&] {
      for (int k = 0; k < times; ++k) {
        const auto before = static_cast<std::uint64_t>(lists.begun.load());
        const auto answer = shared.ListJobs("default", "", "", {});
        if (!answer) {
          ++asked.failed;
        } else if (answer->index <= before) {
          ++asked.stale;
        }
      }
    });
  }
}

}  // namespace

TEST_CASE(
    "who wants the same list at the same time shares one that is no older than his question") {
  const NomadConnection connection("http://127.0.0.1:9");
  CountingLists lists(*connection.client);
  SharedLists shared(lists);
  Asked asked;
  AskMany(shared, lists, asked, 8, 50);
  CHECK(asked.failed == 0);
  CHECK(asked.stale == 0);
  CHECK(lists.begun < 8 * 50);
}

TEST_CASE("a shared list that fails is the failure of the one who asked") {
  const NomadConnection connection("http://127.0.0.1:9");
  CountingLists lists(*connection.client);
  lists.failing = 5;
  SharedLists shared(lists);
  Asked asked;
  AskMany(shared, lists, asked, 8, 20);
  CHECK(asked.failed == 5);
  CHECK(asked.stale == 0);
}

TEST_CASE("who is asked to stop does not wait for the list of others") {
  const NomadConnection connection("http://127.0.0.1:9");
  CountingLists lists(*connection.client);
  SharedLists shared(lists);
  std::stop_source stopped;
  stopped.request_stop();
  nomad::Call call;
  call.stop = stopped.get_token();
  CHECK(shared.ListJobs("default", "", "", call).has_value());
  CHECK(lists.begun == 1);
}

}  // namespace nmgr::sync
