#include "rollout/watch.h"

#include <catch2/catch.hpp>
#include <functional>

#include "rollout/simulated_nomad.h"

namespace nmgr::rollout {
namespace {

using testing::ManualClock;
using testing::SimulatedNomad;
using Answer = Expected<nomad::Indexed<int>>;

// A server of which only the answers matter: the n-th read is answered by `answer(n, query)`.
struct WatchBench {
  ManualClock clock;
  SimulatedNomad nomad{clock};
  std::stop_source stop;
  std::vector<std::string> said;
  int reads = 0;

  WaitContext Context(Duration limit) {
    WaitVoice voice;
    voice.progress = [this](std::string_view text) { said.emplace_back(text); };
    return {nomad, clock, DeadlineAfter(clock.Now(), limit), stop.get_token(), voice};
  }

  // Reads until the value is 1.
  WaitEnd Run(Duration limit,
              const std::function<Answer(int, const nomad::BlockingQuery&)>& answer) {
    const WaitContext context = Context(limit);
    auto end = Watch<int>(
        context,
        [&](const nomad::BlockingQuery& query, const nomad::Call&) {
          return answer(reads++, query);
        },
        [](int value) { return value == 1 ? std::optional<int>(1) : std::nullopt; });
    if (end) return WaitEnd::kReached;
    last = std::move(end).error();
    return last.end;
  }
  WaitResult last;
};

}  // namespace

TEST_CASE("A blocking query that comes back at once becomes a slow poll, whatever its index") {
  WatchBench bench;
  const auto run = [&bench](std::function<std::uint64_t(int)> index, bool has_index = true) {
    return bench.Run(Duration{300'000}, [&](int n, const nomad::BlockingQuery&) {
      return Answer(nomad::Indexed<int>{0, index(n), has_index});
    });
  };
  SECTION("none") {
    CHECK(run([](int) { return 1; }, false) == WaitEnd::kTimedOut);
  }
  SECTION("standing") {
    CHECK(run([](int) { return 7; }) == WaitEnd::kTimedOut);
  }
  SECTION("falling") {
    CHECK(run([](int n) { return 1'000'000 - n; }) == WaitEnd::kTimedOut);
  }
  SECTION("rising") {
    CHECK(run([](int n) { return 10 + n; }) == WaitEnd::kTimedOut);
  }
  SECTION("up and down") {
    CHECK(run([](int n) { return 10 + n % 2; }) == WaitEnd::kTimedOut);
  }
  SECTION("absurd") {
    CHECK(run([](int) { return ~std::uint64_t{0}; }) == WaitEnd::kTimedOut);
  }
  SECTION("absurd at times") {
    CHECK(run([](int n) { return n % 2 == 0 ? ~std::uint64_t{0} : 5; }) == WaitEnd::kTimedOut);
  }
  // Five minutes: a few a second at first, then one in two seconds.
  CHECK(bench.reads > 100);
  CHECK(bench.reads < 320);
}

TEST_CASE("Changes that come quickly are followed without a pause") {
  WatchBench bench;
  const TimePoint start = bench.clock.Now();
  CHECK(bench.Run(Duration{300'000}, [](int n, const nomad::BlockingQuery& query) {
    CHECK(query.index == (n == 0 ? 0 : 9 + static_cast<std::uint64_t>(n)));
    return Answer(nomad::Indexed<int>{n == 8 ? 1 : 0, 10 + static_cast<std::uint64_t>(n)});
  }) == WaitEnd::kReached);
  CHECK(bench.clock.Now() == start);
}

TEST_CASE("An index that nothing can pass is not waited for") {
  WatchBench bench;
  CHECK(bench.Run(Duration{60'000}, [](int n, const nomad::BlockingQuery& query) {
    if (n == 0) return Answer(nomad::Indexed<int>{0, ~std::uint64_t{0}});
    CHECK(query.index == 1);
    return Answer(nomad::Indexed<int>{1, 12});
  }) == WaitEnd::kReached);
}

TEST_CASE("Only the limit of the wait ends it, however long a server is away") {
  WatchBench bench;
  const auto away = [&](ErrorCode code, Duration how_long, Duration limit) {
    const TimePoint start = bench.clock.Now();
    return bench.Run(limit, [&, code, how_long, start](int, const nomad::BlockingQuery&) {
      if (bench.clock.Now() - start >= how_long) return Answer(nomad::Indexed<int>{1, 5});
      return Answer(Error{code, "GET /v1/x: a web page"});
    });
  };
  for (const ErrorCode code :
       {ErrorCode::kUnreachable, ErrorCode::kRejected, ErrorCode::kTimedOut}) {
    bench.said.clear();
    CHECK(away(code, Duration{35'000}, Duration{300'000}) == WaitEnd::kReached);
    CHECK(bench.said.size() <= 1);
  }
  CHECK(away(ErrorCode::kUnreachable, Duration{900'000}, Duration{60'000}) == WaitEnd::kTimedOut);
  CHECK(bench.said.back() == "asking again: GET /v1/x: a web page");
  CHECK(bench.last.details ==
        std::vector<std::string>{"Nomad could not be asked: GET /v1/x: a web page"});
}

TEST_CASE("What is gone, or may not be read, ends the wait") {
  WatchBench bench;
  for (const ErrorCode code : {ErrorCode::kNotFound, ErrorCode::kForbidden}) {
    CHECK(bench.Run(Duration{60'000}, [code](int, const nomad::BlockingQuery&) {
      return Answer(Error{code, "no"});
    }) == WaitEnd::kFailed);
    REQUIRE(bench.last.error);
    CHECK(bench.last.error->code == code);
  }
  bench.stop.request_stop();
  CHECK(bench.Run(Duration{60'000}, [](int, const nomad::BlockingQuery&) {
    return Answer(nomad::Indexed<int>{0, 5});
  }) == WaitEnd::kInterrupted);
}

TEST_CASE("A limit beyond the end of time is no limit") {
  ManualClock clock;
  clock.Advance(Duration{1'000'000});
  const TimePoint end = DeadlineAfter(clock.Now(), std::chrono::hours{2'562'047});
  CHECK(end > clock.Now() + std::chrono::hours{24 * 365 * 200});
  CHECK(DeadlineAfter(clock.Now(), Duration::max()) == TimePoint::max());
  WatchBench bench;
  CHECK(bench.Run(std::chrono::hours{2'562'047}, [](int n, const nomad::BlockingQuery& query) {
    CHECK(query.wait == kLongestQuery);
    return Answer(nomad::Indexed<int>{n == 3 ? 1 : 0, 10 + static_cast<std::uint64_t>(n)});
  }) == WaitEnd::kReached);
}

}  // namespace nmgr::rollout
