// What a run of nmgr costs beside the least that its requests could cost: the real binary against
// the stand-in Nomad (a millisecond to every answer), then the same requests by a bare loop of
// libcurl over as many connections (floor.h), in turn, round after round; the fastest round of each
// counts. Only the ratio means something on another machine. A run that fails or says something
// else than it should is no measurement and ends the program.
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/floor.h"
#include "support/fake_nomad_process.h"
#include "support/run_nmgr.h"
#include "support/temp_dir.h"

namespace nmgr::bench {
namespace {

using testing::FakeNomadProcess;
using Words = std::vector<std::string>;

constexpr int kConnections = 8;  // as many as a run asks over at once

struct Cost {
  double seconds = std::numeric_limits<double>::max();
  double megabytes = 0;  // the most memory that it held
};

class RolloutLab {
 public:
  explicit RolloutLab(int jobs) : jobs_(jobs) {
    for (int i = 0; i < jobs; ++i) WriteSpec(i, 1);
    dir_.Write("config.toml", "");
    Restart();
  }

  int jobs() const { return jobs_; }
  const FakeNomadProcess& nomad() const { return *nomad_; }

  // A Nomad that knows no job, and an nmgr that remembers nothing.
  void Restart() {
    nomad_ = std::make_unique<FakeNomadProcess>(
        testing::FakeNomadOptions{.latency_ms = 1, .extra = {"--log-bodies"}});
    dir_.Remove("state");
    Forget();
  }
  void Forget() { dir_.Remove("cache"); }

  void WriteSpec(int number, int version) {
    const std::string id = fmt::format("job-{:04}", number);
    dir_.Write("cld/" + id + "/" + id + ".hcl", fmt::format(R"(job "{0}" {{
  datacenters = ["dc1"]
  group "main" {{
    count = 1
    network {{
      port "http" {{
        to = 8080
      }}
    }}
    service {{
      name     = "{0}"
      port     = "http"
      provider = "nomad"
    }}
    task "web" {{
      driver = "docker"
      config {{
        image = "registry.example.net/{0}:1.{1}"
        ports = ["http"]
      }}
      env {{
        ADDRESS = "${{NOMAD_ALLOC_ID}}"
      }}
      template {{
        destination = "local/config"
        data        = "listen 8080\n"
      }}
      resources {{
        cpu    = 100
        memory = 128
      }}
    }}
  }}
}}
)",
                                                            id, version));
  }

  // The log holds this run's requests alone.
  Cost Run(const Words& arguments, const std::string& says) {
    nomad_->ClearLog();
    Words argv = {testing::NmgrBinary()};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const Path out = dir_.Write("out", "");
    const auto start = std::chrono::steady_clock::now();
    const int pid = Start(argv, out);
    int status = 0;
    rusage usage{};
    if (wait4(pid, &status, 0, &usage) != pid) Give(arguments, "did not run");
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    const std::string text = dir_.Read("out");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || text.find(says) == std::string::npos) {
      Give(arguments, text.substr(text.size() - std::min<std::size_t>(text.size(), 500)));
    }
    return {took.count(), static_cast<double>(usage.ru_maxrss) / 1024};
  }

  [[noreturn]] static void Give(const Words& arguments, const std::string& why) {
    throw std::runtime_error(fmt::format("{}: {}", fmt::join(arguments, " "), why));
  }

 private:
  int Start(Words& argv, const Path& out) const {
    testing::NmgrOptions options;
    options.env = {{"NMGR_BASE_DIR", dir_.At("cld")},
                   {"NMGR_CONFIG", dir_.At("config.toml")},
                   {"XDG_STATE_HOME", dir_.At("state")},
                   {"XDG_CACHE_HOME", dir_.At("cache")},
                   {"NOMAD_ADDR", nomad_->address()}};
    std::vector<std::string> environment = testing::ChildEnvironment(options);
    const auto pointers = [](std::vector<std::string>& words) {
      std::vector<char*> list;
      for (std::string& word : words) list.push_back(word.data());
      list.push_back(nullptr);
      return list;
    };
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), O_WRONLY | O_APPEND, 0);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    int pid = -1;
    const int error = posix_spawn(&pid, argv[0].c_str(), &actions, nullptr, pointers(argv).data(),
                                  pointers(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) Give(argv, "cannot be started");
    return pid;
  }

  int jobs_;
  testing::TempDir dir_;
  std::unique_ptr<FakeNomadProcess> nomad_;
};

struct Scenario {
  std::string name;
  Words arguments;
  std::string says;                          // what the run must say
  std::function<void(RolloutLab&)> prepare;  // before each run
  bool writes = false;                       // the floor needs a Nomad as the run found it
};

std::vector<Scenario> Scenarios(const RolloutLab& lab) {
  const int jobs = lab.jobs();
  const auto nothing = [](RolloutLab&) {};
  const auto forget = [](RolloutLab& it) { it.Forget(); };
  const Words dry_run = {"-n", "reconcile", "all"};
  const std::string same = fmt::format("{} jobs up to date", jobs);
  const std::string planned = fmt::format("Plan: {} up to date", jobs);
  return {{"-n reconcile all, cold", dry_run, same, forget},
          {"-n reconcile all", dry_run, same, nothing},
          {"plan all, cold", {"plan", "all"}, planned, forget},
          {"plan all", {"plan", "all"}, planned, nothing},
          {"up all", {"up", "all"}, same, nothing},
          {"status", {"status"}, fmt::format("{0} jobs: {0} running", jobs), nothing},
          {"reconcile --detach all, 1 in 10 changed",
           {"reconcile", "--detach", "all"},
           fmt::format("Updated {} of {}", (jobs + 9) / 10, jobs),
           [version = 1](RolloutLab& it) mutable {
             ++version;
             for (int i = 0; i < it.jobs(); i += 10) it.WriteSpec(i, version);
           }},
          {"up --detach all, none is there",
           {"up", "--detach", "all"},
           fmt::format("Registered {0} of {0}", jobs),
           [](RolloutLab& it) { it.Restart(); },
           true}};
}

void Measure(RolloutLab& lab, const Scenario& scenario, int rounds) {
  Cost best;
  double floor = std::numeric_limits<double>::max();
  std::size_t requests = 0;
  for (int round = 0; round < rounds; ++round) {
    scenario.prepare(lab);
    const Cost cost = lab.Run(scenario.arguments, scenario.says);
    best.seconds = std::min(best.seconds, cost.seconds);
    best.megabytes = std::max(best.megabytes, cost.megabytes);
    const auto sent = lab.nomad().Requests();
    requests = sent.size();
    if (scenario.writes) scenario.prepare(lab);
    floor = std::min(floor, ReplaySeconds(lab.nomad().address(), sent, kConnections));
  }
  fmt::print("| {} | {} | {} | {:.0f} | {:.0f} | {:.2f} | {:.0f} |\n", lab.jobs(), scenario.name,
             requests, best.seconds * 1e3, floor * 1e3, best.seconds / floor, best.megabytes);
  std::fflush(stdout);
}

void Run() {
  fmt::print("the fastest round of each, {} connections\n\n", kConnections);
  fmt::print("| jobs | run | requests | ms | ms of the floor | ratio | MB |\n");
  fmt::print("|---|---|---|---|---|---|---|\n");
  for (const auto& [jobs, rounds] : {std::pair{68, 9}, {1000, 5}, {5000, 3}}) {
    RolloutLab lab(jobs);
    lab.Run({"up", "--detach", "all"}, fmt::format("Registered {0} of {0}", jobs));
    lab.Run({"up", "all"}, fmt::format("{} jobs", jobs));
    for (const Scenario& scenario : Scenarios(lab)) Measure(lab, scenario, rounds);
  }
}

}  // namespace
}  // namespace nmgr::bench

int main() {
  try {
    nmgr::bench::Run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
