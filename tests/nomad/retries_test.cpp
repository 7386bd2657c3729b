// What the client asks again, and what it sends once only.
#include <catch2/catch.hpp>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "answers.h"
#include "nmgr/base/parallel.h"
#include "nomad/http_client.h"
#include "nomad/passing_faults.h"
#include "support/raw_server.h"
#include "test_client.h"

using namespace nmgr;
using namespace nmgr::nomad;
using namespace nmgr::nomad_testing;
using nmgr::testing::TestClient;

TEST_CASE("reads and plans are repeated on passing faults once Nomad has answered") {
  const std::string good = Answer(200, kJob);
  const std::string bad = GENERATE(Answer(502, "<html>Bad gateway</html>", "text/html"),
                                   Answer(503, "", "text/plain"), Answer(504, "x", "text/plain"),
                                   Answer(429, "slow down", "text/plain", "Connection: close\r\n"),
                                   Answer(500, "No cluster leader", "text/plain"), std::string(),
                                   std::string("HTTP/1.1 200 OK\r\nContent-Le"));
  RawServer server([&, next = std::make_shared<std::atomic<int>>(0)](Peer& peer) {
    while (peer.ReadRequest()) {
      const int n = (*next)++;
      const bool fails = n == 1 || n == 2;
      if ((fails ? bad : good).empty() || !peer.Send(fails ? bad : good) || fails) return;
    }
  });
  TestClient client(To(server), 1);
  REQUIRE(client.ReadJob(kWeb, {}, {}));
  const auto again = client.ReadJob(kWeb, {}, {});
  if (!again) FAIL(again.error().message);
  CHECK(again->value.ref.id == "web");
  CHECK(server.requests().size() >= 4);
}

TEST_CASE("a server that has just come back knows no token yet, and is asked again") {
  const std::string refusal = Answer(403, "Permission denied", "text/plain");
  const std::string away = GENERATE(std::string("HTTP/1.1 200 OK\r\nContent-Le"),
                                    Answer(500, "No cluster leader", "text/plain"),
                                    Answer(502, "<html>Bad gateway</html>", "text/html"));
  RawServer server([&, next = std::make_shared<std::atomic<int>>(0)](Peer& peer) {
    while (peer.ReadRequest()) {
      const int n = (*next)++;
      peer.Send(n == 1 ? away : n == 2 || n == 3 ? refusal : Answer(200, kJob));
      if (n == 1) return;
    }
  });
  TestClient client(To(server), 1);
  REQUIRE(client.ReadJob(kWeb, {}, {}));
  const auto again = client.ReadJob(kWeb, {}, {});
  if (!again) FAIL(again.error().message);
  CHECK(server.requests().size() >= 5);

  RawServer steady(InTurn({Answer(200, kJob), refusal, Answer(200, kJob)}));
  TestClient other(To(steady), 1);
  REQUIRE(other.ReadJob(kWeb, {}, {}));
  CHECK(other.ReadJob(kWeb, {}, {}).error().code == ErrorCode::kForbidden);
}

TEST_CASE("nothing is repeated before Nomad has answered, but 429 is an answer") {
  RawServer busy(InTurn({Answer(429, "too many", "text/plain"), Answer(200, kJob)}));
  CHECK(TestClient(To(busy), 1).ReadJob(kWeb, {}, {}));
  RawServer proxy(InTurn({Answer(502, "no", "text/plain"), Answer(200, kJob)}));
  const Error error = TestClient(To(proxy), 1).ReadJob(kWeb, {}, {}).error();
  CHECK(error.code == ErrorCode::kUnreachable);
  CHECK(proxy.requests().size() == 1);
}

TEST_CASE("an election at the very start is waited for, but a lasting want of a leader once only") {
  RawServer electing(
      InTurn({Answer(500, "rpc error: No cluster leader", "text/plain"),
              Answer(500, "node is not the leader", "text/plain"), Answer(200, kJob)}));
  CHECK(TestClient(To(electing), 1).ReadJob(kWeb, {}, {}));
  RawServer leaderless(Always(Answer(500, "No cluster leader", "text/plain")));
  TestClient client(To(leaderless), 1);
  CHECK(client.ReadJob(kWeb, {}, {}).error().code == ErrorCode::kUnreachable);
  const std::size_t asked = leaderless.requests().size();
  CHECK(asked > 2);
  CHECK(client.ReadJob(kWeb, {}, {}).error().code == ErrorCode::kUnreachable);
  CHECK(leaderless.requests().size() == asked + 1);
}

TEST_CASE("writes are sent once, whatever comes back, and their fate is open") {
  const std::string bad =
      GENERATE(Answer(502, "no", "text/plain"), Answer(500, "rpc error: EOF", "text/plain"),
               Answer(500, "leadership lost while committing log\n", "text/plain"),
               Answer(500, "<html>oops</html>", "text/html"), Answer(200, "{}"), std::string());
  RawServer server([&](Peer& peer) {
    while (const auto request = peer.ReadRequest()) {
      if (request->starts_with("GET")) {
        peer.Send(Answer(200, kJob));
      } else {
        if (!bad.empty()) peer.Send(bad);
        return;
      }
    }
  });
  TestClient client(To(server), 1);
  REQUIRE(client.ReadJob(kWeb, {}, {}));
  const Error stop = client.StopJob(kWeb, false, {}).error();
  const Error registration = client.RegisterJob(kWeb, {}, {}).error();
  CHECK(stop.code == ErrorCode::kUnreachable);
  CHECK(registration.code == ErrorCode::kUnreachable);
  for (const Error& error : {stop, registration}) {
    CHECK(error.in_doubt);
    CHECK(Has(error.message, "Nomad may or may not have done it"));
    CHECK_FALSE(Has(error.message, "refused"));
  }
  CHECK(server.requests().size() == 3);
}

TEST_CASE("a write is sent again where nothing can have been done: 429, connection refused") {
  RawServer busy(InTurn({Answer(429, "no", "text/plain"),
                         Answer(429, "no", "text/plain", "Retry-After: 0\r\n"),
                         Answer(200, R"({"EvalID":"e"})")}));
  CHECK(TestClient(To(busy), 1).StopJob(kWeb, false, {}));
  CHECK(busy.requests().size() == 3);

  auto server = std::make_unique<RawServer>(Always(Answer(200, kJob)));
  TestClient client(To(*server), 1);
  REQUIRE(client.ReadJob(kWeb, {}, {}));
  server.reset();
  const Error error = client.StopJob(kWeb, false, Within(300)).error();
  CHECK(error.code == ErrorCode::kUnreachable);
  CHECK_FALSE(error.in_doubt);
}

TEST_CASE("Retry-After is a least pause, and one beyond the deadline ends the question at once") {
  RawServer server(
      InTurn({Answer(429, "no", "text/plain", "Retry-After: 1\r\n"), Answer(200, kJob)}));
  TestClient client(To(server), 1);
  const auto start = std::chrono::steady_clock::now();
  CHECK(client.ReadJob(kWeb, {}, {}));
  CHECK(std::chrono::steady_clock::now() - start >= std::chrono::seconds(1));
  RawServer far(Always(Answer(429, "no", "text/plain", "Retry-After: 3600\r\n")));
  const Error error = TestClient(To(far), 1).ReadJob(kWeb, {}, Within(20'000)).error();
  CHECK(Has(error.message, "come back in 1h"));
  CHECK(far.requests().size() == 1);
}

TEST_CASE("who is patient asks until the deadline, whatever stands where Nomad was") {
  const std::string page = "<html><title>Back soon</title></html>";
  RawServer server(InTurn({Answer(200, page, "text/html"), Answer(404, page, "text/html"), "",
                           Answer(200, "{}"), Answer(500, "boom", "text/plain"),
                           Answer(301, "", "text/html", "Location: /x\r\n"), Answer(200, kJob)}));
  TestClient client(To(server), 1);
  CHECK(client.ReadJob(kWeb, {}, Call{TimePoint::max(), {}, Patience::kWait}));
  CHECK(server.requests().size() == 7);

  RawServer down(Always(Answer(200, page, "text/html")));
  const TimePoint deadline = std::chrono::steady_clock::now() + Duration(300);
  const Error error =
      TestClient(To(down), 1).ReadJob(kWeb, {}, Call{deadline, {}, Patience::kWait}).error();
  CHECK(error.code == ErrorCode::kUnreachable);
  CHECK(std::chrono::steady_clock::now() >= deadline);
  // What Nomad itself says is final.
  RawServer refusing(Always(Answer(403, "Permission denied", "text/plain")));
  CHECK(TestClient(To(refusing), 1)
            .ReadJob(kWeb, {}, Call{TimePoint::max(), {}, Patience::kWait})
            .error()
            .code == ErrorCode::kForbidden);
}

TEST_CASE("who acts outlives a server that is away for longer than a single question is repeated") {
  const std::string away = Answer(503, "restarting", "text/plain");
  const auto ask = [&](Patience patience, bool writes) {
    RawServer server(InTurn({Answer(200, kJob), away, away, away, away, away, Answer(200, kJob)}));
    Contact contact;
    ClientOptions options{[&] { return Expected<ConnectionOptions>(To(server)); }, contact};
    options.retry_window = Duration(100);
    HttpClient client(std::move(options));
    REQUIRE(client.ReadJob(kWeb, {}, {}));
    const Call call{TimePoint::max(), {}, patience};
    const bool done = writes ? client.StopJob(kWeb, false, call).has_value()
                             : client.ReadJob(kWeb, {}, call).has_value();
    return std::pair(done, server.requests().size());
  };
  CHECK_FALSE(ask(Patience::kBrief, false).first);
  CHECK(ask(Patience::kServed, false) == std::pair<bool, std::size_t>(true, 7));
  // A 503 may hide a write that was done.
  CHECK(ask(Patience::kServed, true) == std::pair<bool, std::size_t>(false, 2));
  // What Nomad itself says is final.
  RawServer boom(InTurn({Answer(200, kJob), Answer(500, "boom", "text/plain"), Answer(200, kJob)}));
  TestClient client(To(boom), 1);
  REQUIRE(client.ReadJob(kWeb, {}, {}));
  CHECK(client.ReadJob(kWeb, {}, {TimePoint::max(), {}, Patience::kServed}).error().code ==
        ErrorCode::kRejected);
}

TEST_CASE(
    "a write that nobody was there for is sent until the deadline, and later ones only once") {
  auto server = std::make_unique<RawServer>(Always(Answer(200, kJob)));
  Contact contact;
  ClientOptions options{[&] { return Expected<ConnectionOptions>(To(*server)); }, contact};
  options.retry_window = Duration(50);
  HttpClient client(std::move(options));
  REQUIRE(client.ReadJob(kWeb, {}, {}));
  server.reset();
  const auto deadline = std::chrono::steady_clock::now() + Duration(500);
  // The pauses double and are shortened by up to a half, so the last attempt is after 175 ms at
  // the earliest; the window alone would have ended at 50.
  const Error error = client.StopJob(kWeb, false, {deadline, {}, Patience::kServed}).error();
  CHECK(error.code == ErrorCode::kUnreachable);
  CHECK_FALSE(error.in_doubt);
  CHECK(std::chrono::steady_clock::now() >= deadline - Duration(325));
  // Else this one would never end.
  CHECK_FALSE(client.StopJob(kWeb, false, {TimePoint::max(), {}, Patience::kServed}));
}

TEST_CASE("a server that stays away for seconds is told of once") {
  RawServer server(
      InTurn({Answer(200, kJob), Answer(503, "x", "text/plain", "Retry-After: 6\r\n"),
              Answer(503, "x", "text/plain"), Answer(503, "x", "text/plain"), Answer(200, kJob)}));
  Contact contact;
  std::vector<std::string> told;
  ClientOptions options{[&] { return Expected<ConnectionOptions>(To(server)); }, contact};
  options.on_wait = [&](const std::string& notice) { told.push_back(notice); };
  HttpClient client(std::move(options));
  REQUIRE(client.ReadJob(kWeb, {}, {}));
  CHECK(client.ReadJob(kWeb, {}, {TimePoint::max(), {}, Patience::kServed}));
  REQUIRE(told.size() == 1);
  CHECK(Has(told[0], "is not served now"));
  CHECK(Has(told[0], "; asking again"));
}

TEST_CASE("the words decide whether a 500 is a leader change or a refusal") {
  for (const char* text :
       {"No cluster leader", "rpc error: EOF", "rpc error: rpc error: EOF",
        "rpc error: failed to get conn: dial tcp 10.0.0.1:4647: i/o timeout",
        "rpc error: write tcp a->b: write: broken pipe", "rpc error: i/o deadline reached",
        "failed to apply: leadership lost while committing log",
        "rpc error: node is not the leader\n"}) {
    INFO(text);
    HttpAnswer answer;
    answer.status = 500;
    answer.body = text;
    CHECK(IsLeaderChange(answer));
    answer.status = 400;
    CHECK_FALSE(IsLeaderChange(answer));
  }
  for (const char* text :
       {"rpc error: Job ID contains a space", "EOF", "boom", "rpc error: EOFs are forbidden",
        "rpc error: job \"No cluster leader\" is invalid", "connection refused",
        "rpc error: 1 error occurred:\n\t* Missing job datacenters", "",
        "rpc error: Enforcing job modify index 3: job exists with conflicting job modify index: "
        "5"}) {
    INFO(text);
    HttpAnswer answer;
    answer.status = 500;
    answer.body = text;
    CHECK_FALSE(IsLeaderChange(answer));
  }
}

TEST_CASE(
    "a kept-alive connection that was closed meanwhile is noticed by reads and never risked by "
    "writes") {
  // Each connection answers one request, promises to stay open, and closes on the next.
  RawServer server([](Peer& peer) {
    if (!peer.ReadRequest()) return;
    peer.Send(Answer(200, R"({"ID":"web","EvalID":"","Status":"x"})"));
    static_cast<void>(peer.ReadRequest());
  });
  TestClient client(To(server), 1);
  REQUIRE(client.ReadJob(kWeb, {}, {}));
  REQUIRE(client.ReadJob(kWeb, {}, {}));
  REQUIRE(client.StopJob(kWeb, false, {}));
  REQUIRE(client.StopJob(kWeb, false, {}));
  int stops = 0;
  for (const std::string& request : server.requests())
    stops += request.starts_with("DELETE") ? 1 : 0;
  CHECK(stops == 2);
}

TEST_CASE("the retries of a read end with the deadline and tell the last fault") {
  auto server = std::make_unique<RawServer>(Always(Answer(200, kJob)));
  TestClient client(To(*server), 1);
  REQUIRE(client.ReadJob(kWeb, {}, {}));
  server.reset();
  const Error error = client.ReadJob(kWeb, {}, Within(400)).error();
  CHECK(error.code == ErrorCode::kUnreachable);
  CHECK(Has(error.message, "connection refused"));
}
