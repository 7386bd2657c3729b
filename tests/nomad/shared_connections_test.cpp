// How calls share the connections of a client.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <thread>
#include <vector>

#include "answers.h"
#include "nmgr/base/parallel.h"
#include "support/raw_server.h"
#include "test_client.h"

using namespace nmgr;
using namespace nmgr::nomad;
using namespace nmgr::nomad_testing;
using nmgr::testing::TestClient;

TEST_CASE("a stop token ends a running transfer, a queued call and a pause at once") {
  RawServer server([](Peer& peer) {
    while (peer.ReadRequest()) {
    }
  });
  TestClient client(To(server), 1);
  std::stop_source stop;
  const auto ask = [&] {
    return std::async(std::launch::async, [&] {
      return client.ReadJob(kWeb, {}, Call{TimePoint::max(), stop.get_token()}).error().code;
    });
  };
  auto running = ask();
  REQUIRE(server.WaitForRequests(1));
  auto queued = ask();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  stop.request_stop();
  CHECK(running.get() == ErrorCode::kInterrupted);
  CHECK(queued.get() == ErrorCode::kInterrupted);
  CHECK(client.ReadJob(kWeb, {}, Call{TimePoint::max(), stop.get_token()}).error().code ==
        ErrorCode::kInterrupted);
}

TEST_CASE("many threads share few connections") {
  std::atomic<int> at_once = 0;
  std::atomic<int> most = 0;
  RawServer server([&](Peer& peer) {
    while (const auto request = peer.ReadRequest()) {
      const int now = ++at_once;
      for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
      }
      const std::string line = FirstLine(*request);
      const std::string id = line.substr(12, line.find(' ', 12) - 12);
      --at_once;
      peer.Send(Answer(200, R"({"ID":")" + id + R"("})"));
    }
  });
  TestClient client(To(server), 3);
  std::atomic<int> right = 0;
  ParallelFor(200, 16, [&](std::size_t i) {
    const std::string id = "job-" + std::to_string(i);
    const auto job = client.ReadJob({id, "", ""}, {}, {});
    if (job && job->value.ref.id == id) ++right;
  });
  CHECK(right == 200);
  CHECK(most <= 3);
  CHECK(server.connections() <= 3);
}

TEST_CASE("queries that are held leave connections to what is answered at once") {
  RawServer server([](Peer& peer) {
    while (const auto request = peer.ReadRequest()) {
      if (!Has(FirstLine(*request), "index=")) peer.Send(Answer(200, R"({"ID":"web"})"));
    }
  });
  for (const auto& [connections, held] : {std::pair(2, 1), std::pair(8, 6), std::pair(50, 46)}) {
    INFO(connections << " connections");
    const std::size_t before = server.requests().size();
    TestClient client(To(server), connections);
    std::stop_source stop;
    std::vector<std::jthread> waiting;
    for (int i = 0; i < connections + 2; ++i) {
      waiting.emplace_back([&] {
        static_cast<void>(
            client.ReadJob(kWeb, {7, Duration(60'000)}, Call{TimePoint::max(), stop.get_token()}));
      });
    }
    REQUIRE(server.WaitForRequests(before + held));
    CHECK(client.ReadJob(kWeb, {}, Within(10'000)).has_value());
    CHECK(server.requests().size() == before + held + 1);
    stop.request_stop();
  }
}

TEST_CASE("where more queries are held than there is room for, each has its turn soon") {
  RawServer server([](Peer& peer) {
    while (peer.ReadRequest()) peer.Send(Answer(200, R"({"ID":"web"})"));
  });
  for (const int threads : {1, 3}) {
    const std::size_t before = server.requests().size();
    TestClient client(To(server), 2);
    std::atomic<int> told = 0;  // Catch counts in one thread only
    ParallelFor(threads, threads, [&](std::size_t) {
      for (int i = 0; i < 30; ++i) {
        told += client.ReadJob(kWeb, {7, Duration(60'000)}, Within(60'000)).has_value() ? 1 : 0;
      }
    });
    CHECK(told == 30 * threads);
    const auto requests = server.requests();
    const bool crowded =
        std::any_of(requests.begin() + static_cast<std::ptrdiff_t>(before), requests.end(),
                    [](const std::string& request) { return Has(request, "wait=5000ms"); });
    CHECK(crowded == (threads > 1));
  }
}
