// What failed tasks wrote last, against logs kept here.
#include "rollout/last_words.h"

#include <catch2/catch.hpp>
#include <map>
#include <utility>

#include "rollout/simulated_nomad.h"

namespace nmgr::rollout {
namespace {

using WordLines = std::vector<std::string>;

class KeptLogs : public nomad::AllocationClient {
 public:
  std::map<std::pair<std::string, nomad::LogStream>, std::string> logs;  // by task
  std::vector<nomad::LogRequest> requests;
  std::vector<TimePoint> deadlines;
  bool heeds_offset = true;
  std::size_t piece = 100;
  std::size_t sent = 0;

  Expected<void> StreamLogs(const nomad::LogRequest& request, const nomad::JobRef&,
                            const std::function<bool(nomad::LogFrame frame)>& take,
                            const nomad::Call& call) override {
    requests.push_back(request);
    deadlines.push_back(call.deadline);
    const auto log = logs.find({request.task, request.stream});
    if (log == logs.end()) return Error{ErrorCode::kNotFound, "no logs"};
    const std::size_t size = log->second.size();
    std::size_t at = heeds_offset ? size - std::min<std::size_t>(size, request.start.offset) : 0;
    for (; at < size; at += piece) {
      nomad::LogFrame frame;
      frame.data = log->second.substr(at, piece);
      sent += frame.data.size();
      if (!take(std::move(frame))) break;
    }
    return {};
  }
  Expected<int> Exec(const nomad::ExecRequest&, const nomad::JobRef&, nomad::ExecPeer&,
                     const nomad::Call&) override {
    return 0;
  }
};

struct WordsBench {
  testing::ManualClock clock;
  testing::SimulatedNomad nomad{clock};
  KeptLogs logs;
  std::stop_source stop;

  WordLines Of(const std::vector<Crash>& crashes) {
    const WaitContext context{nomad, clock, clock.Now(), stop.get_token(), {}, "web", &logs};
    return LastWords(context, {"web", "", ""}, crashes);
  }
};

Crash CrashOf(const std::string& group, const std::string& task) {
  return {group, task, "exits with 1", 1, "52d6eff2-b163", true};
}

constexpr auto kWordsOfErr = nomad::LogStream::kStderr;
constexpr auto kWordsOfOut = nomad::LogStream::kStdout;

}  // namespace

TEST_CASE("The last ten lines of stderr, or of stdout where that is empty") {
  WordsBench bench;
  bench.logs.logs[{"t", kWordsOfErr}] = "";
  bench.logs.logs[{"t", kWordsOfOut}] = "sh: gitea: not found\r\n\n";
  CHECK(bench.Of({CrashOf("g", "t")}) == WordLines{"  sh: gitea: not found"});
  std::string many;
  for (int i = 1; i <= 30; ++i) many += "line " + std::to_string(i) + "\n";
  bench.logs.logs[{"t", kWordsOfErr}] = many + "last, unfinished";
  const WordLines words = bench.Of({CrashOf("g", "t")});
  REQUIRE(words.size() == 10);
  CHECK(words.front() == "  line 22");
  CHECK(words.back() == "  last, unfinished");
  CHECK(bench.logs.requests.back().allocation_id == "52d6eff2-b163");
  CHECK(bench.logs.requests.back().start.from_end);
  CHECK_FALSE(bench.logs.requests.back().follow);
}

TEST_CASE("Of several groups each is named, and only few are asked") {
  WordsBench bench;
  std::vector<Crash> crashes;
  for (const char* group : {"a", "b", "c", "d", "e", "f", "g"}) {
    bench.logs.logs[{group, kWordsOfErr}] = std::string("no ") + group + "\n";
    crashes.push_back(CrashOf(group, group));
  }
  const WordLines words = bench.Of(crashes);
  REQUIRE(words.size() == 10);
  CHECK(words[0] == "task a of group a wrote:");
  CHECK(words[1] == "  no a");
  CHECK(bench.logs.requests.size() == 5);
}

TEST_CASE("What a task wrote costs little, however much it is") {
  WordsBench bench;
  SECTION("one line without an end") {
    bench.logs.logs[{"t", kWordsOfErr}] = std::string(1U << 20U, 'x');
    const WordLines words = bench.Of({CrashOf("g", "t")});
    REQUIRE(words.size() == 1);
    CHECK(words[0].size() < 500);
  }
  SECTION("a server that sends all of it") {
    bench.logs.heeds_offset = false;
    std::string many;
    for (int i = 0; i < 100'000; ++i) many += "line\n";
    bench.logs.logs[{"t", kWordsOfErr}] = many;
    CHECK(bench.Of({CrashOf("g", "t")}).size() == 10);
    CHECK(bench.logs.sent < 50'000);
  }
  SECTION("a line that was cut is not shown as one") {
    bench.logs.logs[{"t", kWordsOfErr}] = std::string(10'000, 'x') + "\nwhole\n";
    CHECK(bench.Of({CrashOf("g", "t")}) == WordLines{"  whole"});
  }
  SECTION("and little time, also past the job's own limit") {
    CHECK(bench.Of({CrashOf("g", "t")}).empty());
    REQUIRE(bench.logs.deadlines.size() == 2);
    CHECK(bench.logs.deadlines[1] <= bench.clock.Now() + Duration{10'000});
  }
}

TEST_CASE("What cannot or shall not be had is left out, and the command stays") {
  WordsBench bench;
  WordLines details = {"a reason"};
  const std::vector<Crash> crashes = {CrashOf("g", "t")};
  bench.logs.logs[{"t", kWordsOfErr}] = "boom\n";
  WaitContext context{bench.nomad, bench.clock, bench.clock.Now(), bench.stop.get_token(), {},
                      "web",       nullptr};
  AddLastWords(context, {"web", "", ""}, crashes, details);
  CHECK(details == WordLines{"a reason", "nmgr logs web --alloc 52d6eff2 --stderr"});
  context.logs = &bench.logs;
  AddLastWords(context, {"web", "", ""}, crashes, details);
  CHECK(details.front() == "  boom");
  bench.stop.request_stop();
  CHECK(bench.Of(crashes).empty());
}

TEST_CASE("What is named like a secret is hidden in what a task wrote") {
  WordsBench bench;
  bench.logs.logs[{"t", kWordsOfErr}] =
      "using DB_PASSWORD=hunter22\npostgres://me:hunter22@db refused\n";
  CHECK(bench.Of({CrashOf("g", "t")}) ==
        WordLines{"  using DB_PASSWORD=***", "  postgres://***@db refused"});
}

}  // namespace nmgr::rollout
