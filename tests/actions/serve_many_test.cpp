// Many sources in one name space of Nomad, of which each minds its own jobs.
#include <catch2/catch.hpp>
#include <string>

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

}  // namespace

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
