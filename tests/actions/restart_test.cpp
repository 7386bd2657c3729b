// restart: allocations in place, one after another; what does not run is named and left.
#include <catch2/catch.hpp>

#include "actions/lab.h"

namespace nmgr::testing {
namespace {

const char* const kQuick = "  update {\n    min_healthy_time = \"100ms\"\n  }\n";

// Two allocations of two tasks, "web" and "side".
std::string Twice(const std::string& more = {}) {
  const auto task = [](const std::string& name) {
    return "    task \"" + name + "\" {\n      driver = \"docker\"\n      config {\n" +
           "        image = \"" + name + ":1\"\n      }\n    }\n";
  };
  return "job \"web\" {\n" + more + kQuick + "  group \"main\" {\n    count = 2\n" + task("web") +
         task("side") + "  }\n}\n";
}

struct Life {
  std::string id;
  std::string name;
  std::string status;
  std::map<std::string, int> restarts;  // by task
};

// The allocations that are to run, by name.
std::vector<Life> Lives(const Lab& lab, const std::string& job) {
  std::vector<Life> lives;
  for (const nlohmann::json& row : lab.nomad.Get("/v1/job/" + job + "/allocations")) {
    if (row["DesiredStatus"] != "run") continue;
    Life life{row["ID"], row["Name"], row["ClientStatus"], {}};
    for (const auto& [task, state] : row["TaskStates"].items()) {
      life.restarts[task] = state["Restarts"].get<int>();
    }
    lives.push_back(std::move(life));
  }
  std::sort(lives.begin(), lives.end(),
            [](const Life& a, const Life& b) { return a.name < b.name; });
  return lives;
}

std::string RestartLine(const Life& life) {
  return "PUT /v1/client/allocation/" + life.id + "/restart";
}

// Named, and nothing written.
void CheckUntouched(Lab& lab, const NmgrResult& result, const std::string& job,
                    const std::string& named, int exit_code = 0) {
  INFO(result.out << result.err);
  CHECK(result.exit_code == exit_code);
  CHECK(Mentions(result.err, job + ": " + named));
  CHECK(lab.nomad.Writes().empty());
}

}  // namespace

TEST_CASE("restart takes one allocation after another, where it is") {
  Lab lab;
  lab.Spec("web", Twice());
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  const std::vector<Life> before = Lives(lab, "web");
  REQUIRE(before.size() == 2);
  const auto version = lab.Job("web")["Version"];
  lab.nomad.ClearLog();
  const NmgrResult result = lab.Run({"restart", "web"});
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK(Mentions(result.out, "web"));
  CHECK(Mentions(result.out, "restarted 2 allocations"));
  CHECK(Mentions(result.out, "Restarted 1 of 1"));
  CHECK(lab.nomad.Writes() == Words{RestartLine(before[0]), RestartLine(before[1])});
  const std::vector<Life> after = Lives(lab, "web");
  REQUIRE(after.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(after[i].id == before[i].id);
    CHECK(after[i].restarts == std::map<std::string, int>{{"side", 1}, {"web", 1}});
  }
  CHECK(lab.Job("web")["Version"] == version);
  // Twice in a row: it does not remember.
  CHECK(lab.Run({"restart", "web"}).exit_code == 0);
  CHECK(Lives(lab, "web")[1].restarts.at("web") == 2);
}

TEST_CASE("restart --task takes that task alone, and names the tasks where there is none") {
  Lab lab;
  lab.Spec("web", Twice());
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  const NmgrResult result = lab.Run({"restart", "web", "--task", "side"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  for (const Life& life : Lives(lab, "web")) {
    CHECK(life.restarts == std::map<std::string, int>{{"side", 1}, {"web", 0}});
  }
  lab.nomad.ClearLog();
  const NmgrResult unknown = lab.Run({"restart", "--task=sied", "web"});
  CheckUntouched(lab, unknown, "web", "it has no task \"sied\"", 1);
  CHECK(Mentions(unknown.err, "its tasks: web, side"));
  CHECK(lab.Run({"restart", "web", "--task"}).exit_code == 64);
  CHECK(lab.Run({"up", "web", "--task", "web"}).exit_code == 64);
}

TEST_CASE("a dry run of restart names each allocation and writes nothing") {
  Lab lab;
  lab.Spec("web", Twice());
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.nomad.ClearLog();
  const NmgrResult result = lab.Run({"-n", "restart", "web"});
  const std::vector<Life> lives = Lives(lab, "web");
  CHECK(result.exit_code == 0);
  CHECK(Mentions(result.out,
                 "[DRY RUN] would restart web: web.main[0] (" + lives[0].id.substr(0, 8) + " on "));
  CHECK(Mentions(result.out, ", web.main[1] (" + lives[1].id.substr(0, 8) + " on "));
  const NmgrResult task = lab.Run({"-n", "restart", "web", "--task", "side"});
  CHECK(Mentions(task.out, "[DRY RUN] would restart web: task side of web.main[0] ("));
  CHECK(lab.nomad.Writes().empty());
  CHECK(lives[0].restarts.at("web") == 0);
}

TEST_CASE("an allocation that does not stay up ends its job and not the others") {
  Lab lab;
  lab.Spec("web", Twice());
  lab.Service("mail", "mail:1", kQuick);
  REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
  const std::vector<Life> before = Lives(lab, "web");
  lab.nomad.SetBehaviour({{"fail", {"web"}}});
  lab.nomad.ClearLog();
  const NmgrResult result = lab.Run({"restart", "all", "--parallel", "1"});
  INFO(result.out << result.err);
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "web: failed"));
  CHECK(Mentions(result.err, "web.main[0] (" + before[0].id.substr(0, 8)));
  CHECK(Mentions(result.err, "did not stay up: it exits with 1; 0 of 2 restarted before"));
  CHECK(Mentions(result.err, "nmgr logs web --alloc " + before[0].id.substr(0, 8)));
  const Words writes = lab.nomad.Writes();
  CHECK(std::count(writes.begin(), writes.end(), RestartLine(before[0])) == 1);
  CHECK(std::count(writes.begin(), writes.end(), RestartLine(before[1])) == 0);
  CHECK(Lives(lab, "mail")[0].restarts.at("mail") == 1);
}

TEST_CASE("restart leaves what does not run, and names it") {
  Lab lab;
  lab.Service("web", "web:1", kQuick);
  CheckUntouched(lab, lab.Run({"restart", "web"}), "web", "not restarted: not registered");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  REQUIRE(lab.Run({"down", "web"}).exit_code == 0);
  lab.nomad.ClearLog();
  CheckUntouched(lab, lab.Run({"restart", "web"}), "web", "not restarted: stopped");

  lab.Spec("nightly", ServiceSpec("nightly", "a:1", kPeriodicLines));
  lab.Spec("once", ServiceSpec("once", "a:1", kBatchLines));
  REQUIRE(lab.Run({"up", "nightly", "once"}).exit_code == 0);
  lab.nomad.ClearLog();
  CheckUntouched(lab, lab.Run({"restart", "nightly"}), "nightly", "not restarted: periodic");
  CheckUntouched(lab, lab.Run({"restart", "once"}), "once", "not restarted: finished");
}

TEST_CASE("restart treats a failed job as up does") {
  SECTION("a group that is short is placed again") {
    Lab lab;
    lab.Service("web", "web:1", kQuick);
    REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
    REQUIRE(lab.nomad.Send("PUT", "/fake/fail/" + Lives(lab, "web")[0].id).status == 200);
    lab.nomad.ClearLog();
    const NmgrResult result = lab.Run({"restart", "web"});
    INFO(result.err);
    CHECK(result.exit_code == 0);
    CHECK(lab.nomad.Writes() == Words{"POST /v1/job/web/evaluate"});
  }
  SECTION("what failed with its deployment is started anew, unless its spec has changed") {
    Lab lab({.fail = {"web"}});
    lab.Service("web", "web:1", kQuick);
    REQUIRE(lab.Run({"up", "web"}).exit_code == 1);
    lab.nomad.SetBehaviour({{"fail", nlohmann::json::array()}});
    lab.nomad.ClearLog();
    lab.Service("web", "web:2", kQuick);
    const NmgrResult changed = lab.Run({"restart", "web"});
    CheckUntouched(lab, changed, "web", "failed", 1);
    CHECK(Mentions(changed.err, "nmgr up web"));
    lab.Service("web", "web:1", kQuick);
    CHECK(lab.Run({"restart", "web"}).exit_code == 0);
    CHECK(lab.NewWrites() == Words{"stop web", "register"});
  }
}

TEST_CASE("a spec that does not evaluate and one that has changed hinder no restart") {
  Lab lab;
  lab.Spec("web", Twice());
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.Spec("web", Twice("  meta {\n    x = local.nothing\n  }\n"));
  lab.nomad.ClearLog();
  const NmgrResult result = lab.Run({"restart", "web"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(Mentions(result.err, "its spec does not evaluate, which this does not need"));
  CHECK(lab.nomad.Writes().size() == 2);
  lab.Spec("web", Twice("  priority = 70\n"));
  lab.nomad.ClearLog();
  CHECK(lab.Run({"restart", "web"}).exit_code == 0);
  CHECK(lab.NewWrites().empty());  // neither a register nor a stop
  CHECK(lab.Job("web")["Priority"] == 50);
}

TEST_CASE("what Nomad says against a restart is that job's failure") {
  Lab lab({.faults = {"PUT /v1/client/allocation 403 Permission denied"}});
  lab.Spec("web", Twice());
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  const NmgrResult result = lab.Run({"restart", "web"});
  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "alloc-lifecycle"));
  CHECK(Mentions(result.err, "0 of 2 restarted before"));
  for (const Life& life : Lives(lab, "web")) CHECK(life.restarts.at("web") == 0);
}

TEST_CASE("restart minds no order, so a wrong one does not hinder it") {
  Lab lab;
  lab.Spec("web", Twice());
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.env["NMGR_CONFIG"] =
      lab.dir.Write("config.toml", "[order]\n\"web\" = [\"db\"]\n\"db\" = [\"web\"]\n");
  CHECK(lab.Run({"up", "web"}).exit_code == 78);
  CHECK(lab.Run({"restart", "web"}).exit_code == 0);
}

TEST_CASE("restart in JSON says what it did") {
  Lab lab;
  lab.Spec("web", Twice());
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  const NmgrResult result = lab.Run({"-o", "json", "restart", "web"});
  const nlohmann::json document = nlohmann::json::parse(result.out);
  CHECK(document["action"] == "restart");
  CHECK(document["jobs"][0]["move"] == "restart_in_place");
  CHECK(document["jobs"][0]["outcome"] == "done");
  CHECK(document["jobs"][0]["wrote"] == true);
}

}  // namespace nmgr::testing
