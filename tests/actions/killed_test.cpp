// nmgr killed with -9 at whatever request it is, and the same command again: it ends where it
// should have, touches nothing a second time without need, and leaves record and journal whole.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <functional>
#include <map>
#include <set>
#include <thread>

#include "actions/lab.h"

namespace nmgr::testing {
namespace {

constexpr int kKilledJobs = 10;

std::string KilledJob(int i) { return "job" + std::to_string(i); }

// Ten services, at a stand-in that is slow enough to be killed at.
class KillLab : public Lab {
 public:
  KillLab()
      : Lab({.healthy_after_ms = 5,
             .gone_after_ms = 5,
             .latency_ms = 2,
             .extra = {"--log-bodies"}}) {
    Images("x:1");
  }

  void Images(const std::string& image) const {
    for (int i = 0; i < kKilledJobs; ++i) Service(KilledJob(i), image);
  }
  void Do(const Words& words) const {
    const NmgrResult result = Run(words);
    INFO(result.out << result.err);
    REQUIRE(result.exit_code == 0);
  }
  // False: it ended before it had asked so much.
  bool KilledAtRequest(const Words& words, std::size_t request) {
    nomad.ClearLog();
    Child child = StartNmgr(words, Options());
    // One that has ended asks nothing any more.
    std::size_t seen = 0;
    for (int quiet = 0; quiet < 300 && seen < request; ++quiet) {
      const std::size_t now = nomad.Requests().size();
      if (now != seen) quiet = 0;
      seen = now;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    child.Signal(SIGKILL);
    return child.Wait().exit_code == 128 + SIGKILL;
  }
  // How often something was sent that changes each job.
  std::map<std::string, int> Touched() const {
    std::map<std::string, int> touched;
    for (const FakeNomadRequest& request : nomad.Requests()) {
      if (request.status != 200) continue;
      const std::string line = request.Line();
      const std::string job = "/v1/job/";
      if (line == "POST /v1/jobs") {
        ++touched[nlohmann::json::parse(request.body).at("Job").at("ID").get<std::string>()];
      } else if (line.starts_with("DELETE ") || line.ends_with("/revert")) {
        const std::size_t begin = line.find(job) + job.size();
        ++touched[line.substr(begin, line.find('/', begin) - begin)];
      }
    }
    return touched;
  }
  // How many jobs the journals of this very command say to have written to.
  std::size_t InJournals(const Words& words) const {
    std::set<std::string> jobs;
    const NmgrResult history = Run({"-o", "json", "history"});
    CHECK(history.err == "");
    const auto runs = nlohmann::json::parse(history.out).at("runs");
    for (const nlohmann::json& run : runs) {
      if (run.at("arguments") != nlohmann::json(words)) continue;
      for (const nlohmann::json& job : run.at("jobs")) {
        if (!job.at("writes").empty()) jobs.insert(job.at("id").get<std::string>());
      }
    }
    return jobs.size();
  }
  bool All(const std::function<bool(const nlohmann::json& job)>& is_so) const {
    for (int i = 0; i < kKilledJobs; ++i) {
      if (!IsThere(KilledJob(i)) || !is_so(Job(KilledJob(i)))) return false;
    }
    return true;
  }
};

std::string ImageOfJob(const nlohmann::json& job) {
  return job.at("TaskGroups").at(0).at("Tasks").at(0).at("Config").at("image");
}
bool IsUp(const nlohmann::json& job) { return job.at("Stop") == false; }

// A command, what goes before it, and where it is to end.
struct KillCase {
  Words words;
  std::function<void(KillLab& lab)> before;
  std::function<bool(const nlohmann::json& job)> end;
  std::size_t recorded;  // stopped jobs on record in the end
};

std::vector<KillCase> KillCases() {
  const auto runs = [](KillLab& lab) { lab.Do({"-q", "up", "all", "--parallel", "10"}); };
  const auto changed = [runs](KillLab& lab) {
    runs(lab);
    lab.Images("x:2");
  };
  return {
      {{"up", "all"}, [](KillLab&) {}, IsUp, 0},
      {{"reconcile", "all"},
       changed,
       [](const auto& job) { return IsUp(job) && ImageOfJob(job) == "x:2"; },
       0},
      {{"down", "all"}, runs, [](const auto& job) { return !IsUp(job); }, kKilledJobs},
      {{"up", "--restore"},
       [runs](KillLab& lab) {
         runs(lab);
         lab.Do({"-q", "down", "all", "--parallel", "10"});
       },
       IsUp,
       0},
      {{"undo"},
       [changed](KillLab& lab) {
         changed(lab);
         lab.Do({"-q", "up", "all", "--parallel", "10"});
       },
       [](const auto& job) { return IsUp(job) && ImageOfJob(job) == "x:1"; },
       0},
  };
}

}  // namespace

TEST_CASE("killed at any request, the same command again ends it and touches no job twice") {
  std::size_t shift = 0;  // so that each command is killed at other requests
  for (const KillCase& one : KillCases()) {
    int killed = 0;
    for (const std::size_t place : {1, 6, 14, 24}) {
      const std::size_t request = place + 2 * shift;
      INFO(one.words.front() << " killed at request " << request);
      KillLab lab;
      one.before(lab);
      if (!lab.KilledAtRequest(one.words, request)) continue;
      ++killed;
      const NmgrResult again = lab.Run(one.words);
      INFO(again.out << again.err);
      CHECK(again.exit_code == 0);
      CHECK(lab.All(one.end));
      for (const auto& [job, times] : lab.Touched()) {
        INFO(job);
        CHECK(times == 1);
      }
      CHECK(lab.Touched().size() == kKilledJobs);
      const NmgrResult recorded = lab.Run({"up", "--restore", "--list"});
      CHECK(LinesWith(recorded.out, "job").size() == one.recorded);
      CHECK(lab.InJournals(one.words) == kKilledJobs);
    }
    INFO(one.words.front());
    CHECK(killed >= 3);
    ++shift;
  }
}

}  // namespace nmgr::testing
