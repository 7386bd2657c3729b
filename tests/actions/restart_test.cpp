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

std::string StopLine(const Life& life) { return "POST /v1/allocation/" + life.id + "/stop"; }

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
  // A script's variable that is empty.
  CheckUntouched(lab, lab.Run({"restart", "web", "--task", ""}), "--task", "is empty", 64);
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

TEST_CASE("restart --reschedule stops one allocation after another, each when another one runs") {
  Lab lab;
  lab.Spec("web", Twice());
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  const std::vector<Life> before = Lives(lab, "web");
  REQUIRE(before.size() == 2);
  const auto version = lab.Job("web")["Version"];
  lab.nomad.ClearLog();
  const NmgrResult dry = lab.Run({"-n", "restart", "--reschedule", "web"});
  INFO(dry.out << dry.err);
  CHECK(dry.exit_code == 0);
  CHECK(Mentions(dry.out, "[DRY RUN] would stop and place anew web: web.main[0] (" +
                              before[0].id.substr(0, 8) + " on "));
  CHECK(lab.nomad.Writes().empty());
  const NmgrResult result = lab.Run({"restart", "web", "--reschedule"});
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK(Mentions(result.out, "rescheduled 2 allocations"));
  const auto history = nlohmann::json::parse(lab.Run({"-o", "json", "history"}).out);
  CHECK(history["runs"][0]["jobs"][0]["writes"][1]["kind"] == "reschedule");
  CHECK(Mentions(result.out, "Rescheduled 1 of 1"));
  CHECK(lab.nomad.Writes() == Words{StopLine(before[0]), StopLine(before[1])});
  const std::vector<Life> after = Lives(lab, "web");
  REQUIRE(after.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(after[i].name == before[i].name);
    CHECK(after[i].id != before[i].id);
    CHECK(after[i].status == "running");
    CHECK(after[i].restarts == std::map<std::string, int>{{"side", 0}, {"web", 0}});
    CHECK(Mentions(result.err, "web.main[" + std::to_string(i) + "] (" + after[i].id.substr(0, 8)));
  }
  CHECK(lab.Job("web")["Version"] == version);
}

TEST_CASE("restart --reschedule ends with the first that does not come up in its stead") {
  Lab lab;
  lab.Spec("web", Twice());
  lab.Service("mail", "mail:1", kQuick);
  REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
  const std::vector<Life> before = Lives(lab, "web");
  lab.nomad.ClearLog();
  const auto writes = [&](const Life& life) {
    const Words all = lab.nomad.Writes();
    return std::count(all.begin(), all.end(), StopLine(life));
  };
  SECTION("it fails") {
    lab.nomad.SetBehaviour({{"fail", {"web"}}});
    const NmgrResult result = lab.Run({"restart", "--reschedule", "all", "--parallel", "1"});
    INFO(result.out << result.err);
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.err, "in its stead, failed: "));
    CHECK(Mentions(result.err, "0 of 2 rescheduled before"));
    CHECK(Lives(lab, "mail").size() == 1);
    CHECK(Mentions(result.out, "rescheduled 1 allocation"));
  }
  SECTION("nothing can place it") {
    lab.nomad.SetBehaviour({{"never", {"web"}}});
    const NmgrResult result = lab.Run({"--timeout", "2s", "restart", "--reschedule", "web"});
    INFO(result.out << result.err);
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.err, "web.main[0] (" + before[0].id.substr(0, 8)));
    CHECK(Mentions(result.err, "nothing placed in its stead after 2s; 0 of 2 rescheduled before"));
    CHECK(Mentions(result.err, "group main"));
  }
  SECTION("the token may not") {
    lab.nomad.SetBehaviour(nlohmann::json::object());
    Lab other({.faults = {"POST /v1/allocation 403 Permission denied"}});
    other.Spec("web", Twice());
    REQUIRE(other.Run({"up", "web"}).exit_code == 0);
    const NmgrResult result = other.Run({"restart", "--reschedule", "web"});
    INFO(result.err);
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.err, "alloc-lifecycle"));
    CHECK(Lives(other, "web").size() == 2);
    return;
  }
  CHECK(writes(before[0]) == 1);
  CHECK(writes(before[1]) == 0);
}

TEST_CASE("restart --reschedule: what it takes, and how a document calls it") {
  Lab lab;
  lab.Spec("web", Twice());
  lab.Spec("mesh", ServiceSpec("mesh", "mesh:1", std::string("  type = \"system\"\n") + kQuick));
  REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
  lab.nomad.ClearLog();
  const NmgrResult task = lab.Run({"restart", "--reschedule", "--task", "web", "web"});
  CHECK(task.exit_code == 64);
  CHECK(Mentions(task.err, "whole allocations"));
  CHECK(lab.nomad.Writes().empty());
  CHECK(lab.Run({"up", "--reschedule", "web"}).exit_code == 64);
  // Seen on a real one: the node is left without it.
  const NmgrResult mesh = lab.Run({"restart", "--reschedule", "mesh"});
  CheckUntouched(lab, mesh, "mesh", "Nomad places nothing in the stead", 1);
  CHECK(Mentions(mesh.err, "nmgr restart mesh"));
  const NmgrResult result = lab.Run({"-o", "json", "restart", "--reschedule", "web"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  const nlohmann::json job = nlohmann::json::parse(result.out)["jobs"][0];
  CHECK(job["move"] == "reschedule");
  CHECK(job["outcome"] == "done");
  CHECK(job["wrote"] == true);
  REQUIRE(lab.Run({"down", "web"}).exit_code == 0);
  lab.nomad.ClearLog();
  CheckUntouched(lab, lab.Run({"restart", "--reschedule", "web"}), "web", "not restarted: stopped");
}

TEST_CASE("restart says which images it does not pull again") {
  Lab lab;
  const auto task = [](const std::string& name, const std::string& driver, const std::string& image,
                       const std::string& more = {}) {
    return "    task \"" + name + "\" {\n      driver = \"" + driver +
           "\"\n      config {\n        image = \"" + image + "\"\n" + more + "      }\n    }\n";
  };
  const std::string digest = "@sha256:" + std::string(64, 'a');
  lab.Spec("web", std::string("job \"web\" {\n") + kQuick + "  group \"main\" {\n" +
                      task("a", "docker", "reg.example:5000/a:stable") +
                      task("b", "docker", "reg.example:5000/b") + task("c", "docker", "c:latest") +
                      task("d", "docker", "d:1", "        force_pull = true\n") +
                      task("e", "docker", "e:1" + digest) + task("f", "podman", "f:latest") +
                      task("g", "podman", "g:1", "        force_pull = true\n") +
                      task("h", "docker", "reg.example:5000/a:stable") + "  }\n}\n");
  lab.Service("plain", "plain:latest", kQuick);
  REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
  const NmgrResult dry = lab.Run({"-n", "restart", "web"});
  CHECK(Mentions(dry.err,
                 "web: a restart in place does not pull again: reg.example:5000/a:stable, "
                 "f:latest (docker pulls at a start only `latest`"));
  const NmgrResult result = lab.Run({"restart", "all"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(LinesWith(result.err, "web: a restart in place does not pull").size() == 1);
  CHECK_FALSE(Mentions(result.err, "plain: a restart in place"));
  CHECK(Mentions(lab.Run({"-n", "restart", "--task", "f", "web"}).err, "again: f:latest ("));
  const NmgrResult pulled = lab.Run({"-n", "restart", "--task", "b", "web"});
  CHECK(pulled.exit_code == 0);
  CHECK_FALSE(Mentions(pulled.err, "pull"));
  CHECK(Mentions(lab.Run({"-n", "restart", "--reschedule", "web"}).err,
                 "web: a node that has it does not pull again: reg.example:5000/a:stable"));
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
