// Many sources in one name space of Nomad, of which each minds its own jobs.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <iterator>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "actions/serve_daemon.h"

namespace nmgr::testing {
namespace {

// The sources a and b with a job each, looked at when somebody says so.
struct TwoSourcesLab : ServeLab {
  TwoSourcesLab() {
    std::string config = "[serve]\nlisten = \"127.0.0.1:0\"\nanonymous_read = true\n";
    for (const std::string name : {"a", "b"}) {
      Shell("git init -q -b main ../" + name);
      dir.Write(name + "/job.hcl", ServiceSpec("job-" + name, "docker.io/" + name + ":1"));
      Shell("cd ../" + name +
            " && git add . && git -c user.name=Ann -c user.email=ann@example.org commit -qm begin");
      config += "[source." + name + "]\nurl = \"file://" + dir.At(name) + "\"\ninterval = \"1h\"\n";
    }
    dir.Write("config.toml", config);
  }

  // Somebody else registers what is no spec of a source.
  void RegisterByHand(const std::string& id, const std::string& image) const {
    Service(id, image);
    const NmgrResult result = Run({"up", "--detach", id, "--config", dir.Write("none.toml", "")});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
  }
};

std::size_t SyncsOf(Daemon& daemon, const std::string& source) {
  const std::string metrics = daemon.Get("/metrics");
  const std::string row = "nmgr_sync_total{source=\"" + source + "\",result=\"ok\"} ";
  const std::size_t at = metrics.find(row);
  return at == std::string::npos ? 0 : std::stoul(metrics.substr(at + row.size()));
}

// Six sources with two jobs each, over some copies of the daemon.
class SixSourcesLab : public ServeLab {
 public:
  SixSourcesLab() {
    std::string config = "[serve]\nlisten = \"\"\n";
    for (const std::string& name : names_) {
      Shell("git init -q -b main ../" + name);
      config += "[source." + name + "]\nurl = \"file://" + dir.At(name) + "\"\ninterval = \"1s\"\n";
    }
    dir.Write("config.toml", config);
    Push(1);
  }

  void Start(const std::string& copy) {
    NmgrOptions options = Options();
    options.env["XDG_CACHE_HOME"] = dir.At("cache-" + copy);
    options.env["XDG_STATE_HOME"] = dir.At("state-" + copy);
    options.limit = std::chrono::minutes(30);
    copies.emplace_back(Words{NmgrBinary(), "serve"}, options);
  }
  // A commit in each source, of one of its jobs; the first is of both.
  void Push(int version) const {
    for (const std::string& name : names_) {
      for (const char* const job : {"-a", "-b"}) {
        if (version > 1 && *(job + 1) == 'b') continue;
        dir.Write(name + "/" + (job + 1) + ".hcl",
                  ServiceSpec(name + job, "docker.io/app:" + std::to_string(version)));
      }
      Shell("cd ../" + name +
            " && git add . && git -c user.name=Ann -c user.email=ann@example.org commit -qm next");
    }
  }
  bool IsApplied(int version) const {
    return ComesTrue([&] {
      return std::all_of(names_.begin(), names_.end(), [&](const std::string& name) {
        return IsThere(name + "-a") && IsThere(name + "-b") &&
               LiveImage(name + "-a") == "docker.io/app:" + std::to_string(version);
      });
    });
  }
  // How many sources each process leads.
  std::map<std::string, int> Led() const {
    std::map<std::string, int> led;
    for (const std::string& name : names_) {
      const auto lease = nomad.Send("GET", "/v1/var/nmgr/serve/default/lease/" + name);
      if (lease.status != 200) continue;
      const std::string holder =
          nlohmann::json::parse(lease.body).at("Items").at("holder").get<std::string>();
      if (!holder.empty()) ++led[holder.substr(holder.rfind(':') + 1)];
    }
    return led;
  }
  bool IsSpread(const std::vector<int>& parts) const {
    return ComesTrue([&] {
      std::vector<int> now;
      for (const auto& [holder, count] : Led()) now.push_back(count);
      std::sort(now.begin(), now.end());
      return now == parts;
    });
  }

  std::list<Child> copies;

 private:
  const std::vector<std::string> names_ = {"a", "b", "c", "d", "e", "f"};
};

}  // namespace

TEST_CASE("sources whose jobs are waited for keep no other one from its turn") {
  ServeLab lab({.healthy_after_ms = 600'000});
  std::string config = "[serve]\nlisten = \"\"\ntimeout = \"2h\"\n";
  constexpr int kSources = 9;
  for (int i = 0; i < kSources; ++i) {
    const std::string name = "s" + std::to_string(i);
    lab.Shell("git init -q -b main ../" + name);
    lab.dir.Write(name + "/job.hcl", ServiceSpec("job-" + name, "docker.io/x:1"));
    lab.Shell(
        "cd ../" + name +
        " && git add . && git -c user.name=Ann -c user.email=ann@example.org commit -qm begin");
    config +=
        "[source." + name + "]\nurl = \"file://" + lab.dir.At(name) + "\"\ninterval = \"1h\"\n";
  }
  lab.dir.Write("config.toml", config);
  Child daemon = StartNmgr({"serve"}, lab.Options());
  CHECK(ComesTrue([&] { return lab.nomad.Get("/v1/jobs").size() == kSources; }));
  daemon.Signal(SIGTERM);
  CHECK(daemon.Wait().exit_code == 0);
}

TEST_CASE("a first sync asks what people ask once, however much is written meanwhile") {
  ServeLab lab;
  std::string config = "[serve]\nlisten = \"\"\n";
  const Words names = {"a", "b", "c"};
  for (const std::string& name : names) {
    lab.Shell("git init -q -b main ../" + name);
    for (int i = 0; i < 12; ++i) {
      const std::string id = name + std::to_string(i);
      lab.dir.Write(name + "/" + id + ".hcl", ServiceSpec(id, "docker.io/app:1"));
    }
    lab.Shell("cd ../" + name +
              " && git add . && git -c user.name=Ann -c user.email=ann@example.org commit -qm one");
    config += "[source." + name + "]\nurl = \"file://" + lab.dir.At(name) + "\"\n";
  }
  lab.dir.Write("config.toml", config);
  Daemon daemon(lab);
  for (const std::string& name : names) {
    const std::string status = "PUT /v1/var/nmgr/serve/default/status/" + name;
    // When it begins, and when it is over.
    CHECK(ComesTrue([&] { return lab.nomad.CountOf(status) > 1; }));
  }
  CHECK(daemon.End() == 0);
  CHECK(lab.nomad.CountOf("PUT /v1/var/nmgr/serve/default/jobs/") > 12);
  for (const std::string& name : names) {
    INFO(name);
    // Absent, and laid out; then one is held until the end.
    CHECK(lab.nomad.CountOf("GET /v1/var/nmgr/serve/default/control/" + name) <= 4);
    CHECK(lab.nomad.CountOf("PUT /v1/var/nmgr/serve/default/control/" + name) == 1);
  }
}

TEST_CASE("six sources spread over the copies that come, and each commit is registered once",
          "[long]") {
  SixSourcesLab lab;
  lab.Start("one");
  REQUIRE(lab.IsApplied(1));
  REQUIRE(lab.Led().size() == 1);
  lab.Start("two");
  lab.Start("three");
  REQUIRE(lab.IsSpread({2, 2, 2}));
  CHECK(lab.NewWrites().size() == 12);
  lab.Push(2);
  CHECK(lab.IsApplied(2));
  CHECK(lab.NewWrites() == Words(6, "register"));

  // One dies: what it led is led by the others, and by each its part.
  const std::string dead = std::to_string(lab.copies.back().pid());
  lab.copies.back().Signal(SIGKILL);
  lab.Push(3);
  CHECK(ComesTrue([&] { return !lab.Led().contains(dead); }));
  CHECK(lab.IsApplied(3));
  CHECK(lab.IsSpread({3, 3}));
  CHECK(lab.NewWrites() == Words(6, "register"));

  // One ends: the last leads all, and registers nothing anew.
  lab.copies.front().Signal(SIGTERM);
  CHECK(lab.copies.front().Wait().exit_code == 0);
  CHECK(lab.IsSpread({6}));
  lab.Push(4);
  CHECK(lab.IsApplied(4));
  CHECK(lab.NewWrites() == Words(6, "register"));
  auto last = std::next(lab.copies.begin());
  last->Signal(SIGTERM);
  CHECK(last->Wait().exit_code == 0);
}

TEST_CASE("what moves in a name space wakes the source whose job it is, and no other") {
  TwoSourcesLab lab;
  Daemon daemon(lab);
  const auto is = [&](const std::string& id, const std::string& word) {
    return TurnsTrue([&] {
      const std::string answer = daemon.Get("/api/v1/jobs/default/" + id);
      const auto job =
          nlohmann::json::parse(answer.substr(answer.find("\r\n\r\n")), nullptr, false);
      return job.is_object() && job.value("verdict", "") == word;
    });
  };
  REQUIRE(is("job-a", "in-sync"));
  REQUIRE(is("job-b", "in-sync"));
  // What became of their own registers has been looked at.
  lab.RegisterByHand("job-b", "docker.io/b:by-hand");
  REQUIRE(is("job-b", "held"));
  const std::size_t before = SyncsOf(daemon, "b");
  for (const char* const version : {"2", "3"}) {
    const std::size_t own = SyncsOf(daemon, "a");
    lab.RegisterByHand("job-a", std::string("docker.io/a:") + version);
    CHECK(TurnsTrue([&] { return SyncsOf(daemon, "a") > own; }));
    CHECK(is("job-a", "held"));
  }
  CHECK(SyncsOf(daemon, "b") == before);
  CHECK(daemon.End() == 0);
}

}  // namespace nmgr::testing
