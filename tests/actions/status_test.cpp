// status: the repository beside the cluster, a line a job.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "actions/lab.h"
#include "support/terminal.h"

namespace nmgr::testing {
namespace {

const char* const kSoon = "  update {\n    min_healthy_time = \"100ms\"\n  }\n";

// Jobs that stand in different ways; the names say how.
void MakeJobs(Lab& lab) {
  for (const char* id : {"running", "stopped", "drifted", "crashing", "orphan"}) {
    lab.Service(id, std::string("docker.io/") + id + ":1", kSoon);
  }
  lab.Service("stuck", "stuck:1", kSoon);
  lab.Service("done", "done:1", kBatchLines);
  lab.Service("nightly", "nightly:1", kPeriodicLines);
  lab.Service("mesh", "mesh:1", "  type = \"system\"\n");
  lab.Run({"--timeout", "2s", "up", "all"});
  lab.Run({"down", "stopped"});
  lab.Service("drifted", "docker.io/drifted:2", kSoon);
  lab.Service("absent", "absent:1");
  lab.Spec("torn", "job \"torn\" {\n  group = local.nothing\n}\n");
  std::filesystem::remove(lab.dir.At("cld/orphan/orphan.hcl"));
}

FakeNomadOptions Troubled() { return {.fail = {"crashing"}, .never = {"stuck"}}; }

nlohmann::json RowOf(const NmgrResult& result, const std::string& id) {
  const nlohmann::json document = nlohmann::json::parse(result.out);
  for (const nlohmann::json& row : document.at("jobs")) {
    if (row.at("id") == id) return row;
  }
  FAIL("no row of " << id << " in " << result.out);
  return {};
}

// The words of the row of `id` in the table.
Words CellsOf(const std::string& table, const std::string& id) {
  const Words lines = LinesWith(table, id + " ");
  REQUIRE(lines.size() == 1);
  Words cells;
  std::istringstream words(lines.front());
  for (std::string word; words >> word;) cells.push_back(word);
  return cells;
}

}  // namespace

TEST_CASE("status shows each job's state, health, drift and the reason of what is wrong") {
  Lab lab(Troubled());
  MakeJobs(lab);
  const NmgrResult result = lab.Run({"status"});
  INFO(result.out << result.err);
  CHECK(result.exit_code == 1);  // torn
  CHECK(result.out.starts_with("JOB "));
  const auto cells = [&](const std::string& id) {
    Words all = CellsOf(result.out, id);
    all.resize(std::min<std::size_t>(all.size(), 5));
    return all;
  };
  CHECK(cells("running") == Words{"running", "service", "running", "1/1", "-"});
  CHECK(cells("stopped") == Words{"stopped", "service", "stopped", "-", "-"});
  CHECK(cells("drifted") == Words{"drifted", "service", "differs", "1/1", "image"});
  CHECK(cells("crashing") == Words{"crashing", "service", "failed", "0/1", "-"});
  CHECK(cells("stuck") == Words{"stuck", "service", "blocked", "0/1", "-"});
  CHECK(cells("done") == Words{"done", "batch", "finished", "1/1", "-"});
  CHECK(cells("nightly") == Words{"nightly", "batch", "running", "-", "-"});
  CHECK(cells("mesh") == Words{"mesh", "system", "running", "1/1", "-"});
  CHECK(cells("absent") == Words{"absent", "service", "absent", "-", "-"});
  CHECK(cells("orphan") == Words{"orphan", "service", "running", "1/1", "no"});
  CHECK(cells("torn") == Words{"torn", "service", "absent", "-", "invalid"});
  CHECK(Mentions(LinesWith(result.out, "drifted ").front(), "drifted 1 -> 2"));
  CHECK(Mentions(LinesWith(result.out, "crashing ").front(), "task crashing exits with 1"));
  CHECK(Mentions(LinesWith(result.out, "stuck ").front(), "cannot be placed"));
  CHECK(Mentions(LinesWith(result.out, "torn ").front(), "torn/torn.hcl:2:"));
  CHECK(Mentions(result.err, "11 jobs: "));
  CHECK(Mentions(result.err, "1 without a spec"));
  CHECK(Mentions(result.err, "Unsupported attribute"));
}

TEST_CASE("what needs a person first stands first") {
  Lab lab(Troubled());
  MakeJobs(lab);
  Words order;
  const NmgrResult result = lab.Run({"-o", "json", "status"});
  const nlohmann::json document = nlohmann::json::parse(result.out);
  for (const nlohmann::json& row : document.at("jobs")) order.push_back(row.at("id"));
  CHECK(order == Words{"crashing", "stuck", "torn", "drifted", "orphan", "absent", "stopped",
                       "done", "mesh", "nightly", "running"});
  CHECK(document.at("exit_code") == 1);
}

TEST_CASE("status as JSON has each fact apart") {
  Lab lab(Troubled());
  MakeJobs(lab);
  const NmgrResult result = lab.Run({"-o", "json", "status"});
  const nlohmann::json drifted = RowOf(result, "drifted");
  CHECK(drifted.at("state") == "differs");
  CHECK(drifted.at("live_state") == "running");
  CHECK(drifted.at("healthy") == 1);
  CHECK(drifted.at("desired") == 1);
  CHECK(drifted.at("spec_drift") == true);
  CHECK(drifted.at("image_drift") == nlohmann::json::array({{{"group", "main"},
                                                             {"task", "drifted"},
                                                             {"live", "docker.io/drifted:1"},
                                                             {"spec", "docker.io/drifted:2"}}}));
  CHECK(drifted.at("version") == 0);
  CHECK(drifted.at("submitted_at").get<std::string>().starts_with("20"));
  CHECK(drifted.at("reasons") == Words{"drifted 1 -> 2"});
  const nlohmann::json orphan = RowOf(result, "orphan");
  CHECK(orphan.at("spec") == "none");
  CHECK(orphan.at("path") == "");
  CHECK(orphan.at("image_drift").is_null());
  const nlohmann::json torn = RowOf(result, "torn");
  CHECK(torn.at("spec") == "invalid");
  CHECK(torn.at("state") == "absent");
  CHECK(torn.at("image_drift").is_null());
  const nlohmann::json stopped = RowOf(result, "stopped");
  CHECK(stopped.at("state") == "stopped");
  CHECK(stopped.at("spec_drift") == false);
  CHECK(RowOf(result, "running").at("reasons").empty());
}

TEST_CASE("targets narrow status; orphans belong to all jobs only, or are named") {
  Lab lab(Troubled());
  MakeJobs(lab);
  const NmgrResult some = lab.Run({"status", "running", "stopped"});
  CHECK(some.exit_code == 0);
  CHECK(Mentions(some.err, "2 jobs: 1 stopped, 1 running"));
  CHECK(CellsOf(some.out, "running")[2] == "running");
  CHECK(CellsOf(some.out, "stopped")[2] == "stopped");
  CHECK_FALSE(Mentions(some.out, "orphan"));
  CHECK(Mentions(lab.Run({"status", "all"}).out, "orphan "));
  const NmgrResult others = lab.Run({"status", "--exclude", "running"});
  CHECK(CellsOf(others.out, "stopped")[2] == "stopped");
  CHECK(LinesWith(others.out, "running ").empty());
  CHECK_FALSE(Mentions(others.out, "orphan"));
  const NmgrResult named = lab.Run({"-o", "json", "status", "job:orphan"});
  CHECK(RowOf(named, "orphan").at("state") == "running");
  CHECK(named.exit_code == 0);
}

TEST_CASE("what a job that is gone had launched is shown as long as it may run") {
  Lab lab({.busy = {"nightly"}});
  lab.Service("nightly", "nightly:1", kPeriodicLines);
  REQUIRE(lab.Run({"up", "nightly"}).exit_code == 0);
  REQUIRE(lab.nomad.Send("POST", "/v1/job/nightly/periodic/force").status == 200);
  const NmgrResult parent = lab.Run({"status"});
  CHECK(parent.exit_code == 0);
  CHECK(CellsOf(parent.out, "nightly")[3] == "1");
  CHECK_FALSE(Mentions(parent.out, "nightly/periodic"));
  std::string child;
  for (const nlohmann::json& row : lab.nomad.Get("/v1/jobs?prefix=nightly/")) child = row["ID"];
  REQUIRE(child.starts_with("nightly/periodic-"));
  REQUIRE(lab.nomad.Send("DELETE", "/v1/job/nightly?purge=true").status == 200);
  CHECK(CellsOf(lab.Run({"status"}).out, child)[2] == "running");
  lab.nomad.SetBehaviour({{"busy", nlohmann::json::array()}});
  REQUIRE(lab.nomad.Send("DELETE", "/v1/job/" + child).status == 200);
  for (int i = 0; i < 300 && Mentions(lab.Run({"status"}).out, child); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const NmgrResult after = lab.Run({"status"});
  CHECK(after.exit_code == 0);
  CHECK_FALSE(Mentions(after.out, child));
}

TEST_CASE("status changes nothing, and asks for lists once, however many jobs there are") {
  Lab lab;
  for (int i = 0; i < 12; ++i) lab.Service("j" + std::to_string(i), "x:1", kSoon);
  REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
  lab.nomad.ClearLog();
  REQUIRE(lab.Run({"status"}).exit_code == 0);
  CHECK(lab.nomad.Writes().empty());
  CHECK(lab.nomad.CountOf("GET /v1/jobs") == 1);
  CHECK(lab.nomad.CountOf("GET /v1/allocations") == 1);
  CHECK(lab.nomad.CountOf("GET /v1/deployments") == 1);
  CHECK(lab.nomad.CountOf("GET /v1/evaluations") == 1);
  CHECK(lab.nomad.CountOf("GET /v1/job/") == 12);
}

TEST_CASE("the exit code of status is for what could not be told, unless it is asked in detail") {
  Lab lab;
  lab.Service("web", "web:1", kSoon);
  CHECK(lab.Run({"status"}).exit_code == 0);
  CHECK(lab.Run({"status", "--detailed-exitcode"}).exit_code == 2);
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  CHECK(lab.Run({"status", "--detailed-exitcode"}).exit_code == 0);
  CHECK(lab.Run({"status", "nothing-like-it"}).exit_code == 66);
}

TEST_CASE("a Nomad that is away, or refuses the token, is never taken for jobs that do not run") {
  Lab lab({.token = "secret-token"});
  lab.Service("web", "web:1");
  NmgrResult result = lab.Run({"status"});
  CHECK(result.exit_code == 77);
  CHECK(result.out.empty());
  CHECK(Mentions(result.err, "Permission denied"));
  result = lab.Run({"-o", "json", "status"});
  CHECK(nlohmann::json::parse(result.out).at("exit_code") == 77);
  lab.env["NOMAD_ADDR"] = "http://127.0.0.1:1";
  for (const Words& line : {Words{"status"}, Words{"status", "web"}}) {
    result = lab.Run(line);
    CHECK(result.exit_code == 69);
    CHECK(result.out.empty());
    CHECK_FALSE(Mentions(result.err, "absent"));
  }
}

TEST_CASE("a question that fails for one job leaves the others, and that one not known") {
  Lab lab({.faults = {"GET /v1/job/web 403 Permission denied"}});
  lab.Service("web", "web:1");
  lab.Service("cache", "cache:1", kSoon);
  REQUIRE(lab.Run({"up", "cache"}).exit_code == 0);
  const NmgrResult result = lab.Run({"status"});
  INFO(result.out << result.err);
  CHECK(result.exit_code == 1);
  CHECK(CellsOf(result.out, "web")[2] == "?");
  CHECK(CellsOf(result.out, "cache")[2] == "running");
  CHECK(Mentions(result.out, "could not be asked: "));
}

TEST_CASE("a token that may not list one namespace is shown the jobs of the others") {
  Lab lab({.namespaces = {"ops"}, .faults = {"GET /v1/jobs$ 403x1 Permission denied"}});
  lab.Service("web", "web:1", "  namespace = \"ops\"\n");
  const NmgrResult result = lab.Run({"status"});
  INFO(result.out << result.err);
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.out, "web"));
  CHECK(Mentions(result.err, "the jobs without a spec could not be asked for"));
}

TEST_CASE("a token that may not plan sees all else") {
  Lab lab({.faults = {"POST /v1/job/web/plan 403 Permission denied"}});
  lab.Service("web", "web:1", kSoon);
  lab.nomad.Register(nlohmann::json::parse(R"({"ID":"web","Name":"web","Type":"service",
    "Datacenters":["*"],"TaskGroups":[{"Name":"main","Count":1,"Tasks":[{"Name":"web",
    "Driver":"docker","Config":{"image":"web:0"}}]}]})"));
  const NmgrResult result = lab.Run({"-o", "json", "status", "web"});
  INFO(result.out << result.err);
  CHECK(result.exit_code == 1);
  const nlohmann::json row = RowOf(result, "web");
  CHECK_FALSE(row.at("state").is_null());
  CHECK(row.at("spec_drift").is_null());
  CHECK(row.at("image_drift").size() == 1);
  CHECK(Mentions(row.at("plan_error"), "Permission denied"));
}

TEST_CASE("two specs of one job are named, and the job is shown as it runs") {
  Lab lab;
  lab.Service("web", "web:1", kSoon);
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.dir.Write("cld/other/web.hcl", ServiceSpec("web", "web:2", kSoon));
  const NmgrResult result = lab.Run({"status"});
  INFO(result.out << result.err);
  CHECK(result.exit_code == 1);
  const Words cells = CellsOf(result.out, "web");
  CHECK(cells[2] == "running");
  CHECK(cells[4] == "several");
  CHECK(Mentions(result.out, "2 specs"));
}

TEST_CASE("a table fits the terminal it is shown on, long IDs whole") {
  const std::string id = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";
  Lab lab({.fail = {id}});
  lab.Service(id, "docker.io/some/very/long/repository/name-of-an-image:v1.125.0", kSoon);
  lab.Service("b", "docker.io/b:1", kSoon);
  lab.Run({"--timeout", "5s", "up", "all"});
  for (const Words& line : {Words{"status"}, Words{"list", "-l", "all"}, Words{"image", "all"}}) {
    TerminalChild child(line, lab.Options());
    CHECK(child.Wait() == 0);
    std::istringstream lines(child.shown());
    bool seen = false;
    for (std::string text; std::getline(lines, text);) {
      while (!text.empty() && text.back() == '\r') text.pop_back();
      std::string plain;
      for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\x1b')
          i = text.find('m', i);
        else
          plain += text[i];
      }
      INFO(plain);
      CHECK(plain.size() <= 80);
      seen = seen || Mentions(plain, id);
    }
    CHECK((seen || line.front() == "image"));
  }
}

TEST_CASE("one job that is named is shown in depth") {
  Lab lab({.sick = {"sick"}});
  const std::string service =
      "    network {\n      port \"http\" {}\n    }\n    service {\n      name = \"web-http\"\n"
      "      provider = \"nomad\"\n      port = \"http\"\n      tags = [\"edge\"]\n"
      "      check {\n        name = \"alive\"\n        type = \"tcp\"\n"
      "        interval = \"1s\"\n        timeout = \"1s\"\n      }\n    }\n";
  lab.Spec("web", std::string("job \"web\" {\n") + kSoon + "  group \"main\" {\n    count = 2\n" +
                      service + DockerTask("web") + DockerTask("side") + "  }\n}\n");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  const NmgrResult result = lab.Run({"status", "web"});
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK(result.out.starts_with("web\n"));
  for (const char* part : {"  state       running\n",
                           "  healthy     2/2\n",
                           "  version     0\n",
                           "web/web.hcl",
                           "Groups\n",
                           "main   2        2        2",
                           "Allocations\n",
                           "main/web",
                           "main/side",
                           "vm",
                           "Last events\n",
                           "Started",
                           "Deployment ",
                           "successful",
                           "Checks\n",
                           "alive",
                           "success",
                           "Services\n",
                           "web-http",
                           "127.0.0.1:2000",
                           "edge",
                           "Images\n",
                           "web:1"}) {
    INFO(part);
    CHECK(Mentions(result.out, part));
  }
  CHECK_FALSE(Mentions(result.out, "earlier allocation"));
  // A filter that takes but one job is none that is named.
  CHECK(lab.Run({"status", "all"}).out.starts_with("JOB "));
  CHECK(lab.Run({"status", "w*"}).out.starts_with("JOB "));
  CHECK(lab.Run({"status", "cld/web/web.hcl"}).out.starts_with("web\n"));
}

TEST_CASE("in depth as JSON: the same row with more members") {
  Lab lab;
  lab.Service("web", "web:1", kSoon);
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  const NmgrResult result = lab.Run({"-o", "json", "status", "web"});
  const nlohmann::json row = RowOf(result, "web");
  CHECK(row.at("state") == "running");
  CHECK(row.at("groups").at(0) ==
        nlohmann::json({{"name", "main"}, {"desired", 1}, {"running", 1}, {"healthy", 1}}));
  const nlohmann::json& allocation = row.at("allocations").at(0);
  CHECK(allocation.at("node") == "vm");
  CHECK(allocation.at("tasks").at(0).at("restarts") == 0);
  CHECK(allocation.at("tasks").at(0).at("started_at").get<std::string>().starts_with("20"));
  CHECK(allocation.at("tasks").at(0).at("events").size() > 1);
  CHECK(row.at("deployment").at("status") == "successful");
  CHECK(row.at("images").at(0) == nlohmann::json({{"group", "main"},
                                                  {"task", "web"},
                                                  {"spec", "web:1"},
                                                  {"registered", "web:1"},
                                                  {"running", {"web:1"}}}));
}

TEST_CASE("what runs of an older version is told from what is registered") {
  Lab lab;
  const std::string canary = "  update {\n    canary = 1\n    min_healthy_time = \"100ms\"\n  }\n";
  lab.Service("web", "web:1", canary);
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.Service("web", "web:2", canary);
  REQUIRE(lab.Run({"up", "web"}).exit_code == 1);
  lab.Service("web", "web:3", canary);
  const NmgrResult result = lab.Run({"-o", "json", "status", "web"});
  const nlohmann::json image = RowOf(result, "web").at("images").at(0);
  CHECK(image.at("spec") == "web:3");
  CHECK(image.at("registered") == "web:2");
  nlohmann::json running = image.at("running");
  std::sort(running.begin(), running.end());
  CHECK(running == nlohmann::json({"web:1", "web:2"}));
  const NmgrResult text = lab.Run({"status", "web"});
  CHECK(Mentions(text.out, "needs promotion: nmgr promote web"));
}

TEST_CASE("in depth: the run that brought the job to where it is, and its commit") {
  Lab lab;
  lab.Service("web", "web:1");
  RunShell(
      "cd cld && git init -q . && git add -A . && "
      "git -c user.name=me -c user.email=me@here commit -qm 1",
      lab.Options());
  std::string commit = RunShell("git -C cld rev-parse HEAD", lab.Options()).out;
  REQUIRE(commit.size() == 41);
  commit.pop_back();
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  const auto runs = nlohmann::json::parse(lab.Run({"history", "-o", "json"}).out).at("runs");
  const std::string run = runs.at(0).at("id");
  const NmgrResult status = lab.Run({"status", "web"});
  INFO(status.out);
  CHECK(Mentions(status.out, "  run         " + run + ", by "));
  CHECK(Mentions(status.out, ": up web\n"));
  CHECK(Mentions(status.out, "  commit      " + commit.substr(0, 10) + "\n"));
  const auto shown = nlohmann::json::parse(lab.Run({"status", "web", "-o", "json"}).out);
  CHECK(shown.at("jobs").at(0).at("run").at("id") == run);
  CHECK(shown.at("jobs").at(0).at("run").at("commit") == commit);
  CHECK(shown.at("jobs").at(0).at("run").at("dirty") == false);

  // What somebody else has made of it since is not the run's.
  auto job = lab.Job("web");
  job["Priority"] = 70;
  REQUIRE(lab.nomad.Send("POST", "/v1/jobs", nlohmann::json{{"Job", job}}.dump()).status == 200);
  CHECK_FALSE(Mentions(lab.Run({"status", "web"}).out, run));
  CHECK(nlohmann::json::parse(lab.Run({"status", "web", "-o", "json"}).out)["jobs"][0]["run"]
            .is_null());
}

TEST_CASE("in depth: what it comes after, by [order] and by what the specs say") {
  Lab lab;
  lab.Spec("db",
           "job \"db\" {\n  group \"main\" {\n    task \"db\" {\n      driver = \"docker\"\n"
           "      service {\n        name = \"db\"\n        provider = \"nomad\"\n      }\n"
           "    }\n  }\n}\n");
  lab.Spec("web",
           "job \"web\" {\n  group \"main\" {\n    task \"web\" {\n      driver = \"docker\"\n"
           "      template {\n        data = \"{{ range nomadService `db` }}{{ end }}\"\n"
           "        destination = \"local/x\"\n      }\n    }\n  }\n}\n");
  lab.Service("mail", "mail:1");
  lab.env["NMGR_CONFIG"] = lab.dir.Write("config.toml", "[order]\n\"web\" = [\"mail\"]\n");
  const NmgrResult text = lab.Run({"status", "web"});
  INFO(text.out << text.err);
  CHECK(Mentions(text.out, "  after       db: service db: cld/web/web.hcl:6\n"));
  CHECK(Mentions(text.out, "  after       mail: [order]: "));
  const auto edges =
      nlohmann::json::parse(lab.Run({"status", "web", "-o", "json"}).out)["jobs"][0]["after"];
  const auto graph = nlohmann::json::parse(lab.Run({"graph", "web", "-o", "json"}).out)["edges"];
  CHECK(edges.size() == 2);
  CHECK(edges == graph);
  // Not what comes after it.
  CHECK_FALSE(Mentions(lab.Run({"status", "db"}).out, "  after "));
  CHECK(nlohmann::json::parse(lab.Run({"status", "db", "-o", "json"}).out)["jobs"][0]["after"]
            .empty());
}

TEST_CASE("in depth: a job that is absent, and one in no spec") {
  Lab lab;
  lab.Service("web", "web:1");
  NmgrResult result = lab.Run({"status", "web"});
  CHECK(result.exit_code == 0);
  CHECK(Mentions(result.out, "  state       absent\n"));
  CHECK_FALSE(Mentions(result.out, "Allocations"));
  result = lab.Run({"status", "job:nowhere"});
  CHECK(result.exit_code == 66);
  CHECK(Mentions(result.err, "no such job in namespace default"));
}

TEST_CASE("watching on a terminal draws anew what changes, and leaves the terminal as it was") {
  Lab lab;
  lab.Service("web", "web:1", kSoon);
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  TerminalChild child({"status", "--watch"}, lab.Options());
  child.WaitFor("\x1b[?1049h");
  child.WaitFor("running");
  CHECK_FALSE(child.Echoes());
  REQUIRE(lab.nomad.Send("DELETE", "/v1/job/web").status == 200);
  child.WaitFor("stopped");
  child.Resize(24, 30);
  child.WaitFor("\x1b[H\x1b[1mJOB");
  child.Type("\x03");
  CHECK(child.Wait() == 130);
  CHECK(child.Echoes());
  const std::string& shown = child.shown();
  const std::size_t end = shown.find("\x1b[?25h\x1b[?1049l");
  REQUIRE(end != std::string::npos);
  CHECK(Mentions(shown.substr(end), "web"));
  CHECK(Mentions(shown.substr(end), "stopped"));
}

TEST_CASE("watching that is suspended gives the screen back, and takes it again when it goes on") {
  Lab lab;
  lab.Service("web", "web:1", kSoon);
  TerminalChild child({"status", "--watch"}, lab.Options());
  child.WaitFor("\x1b[?1049h");
  child.WaitFor("absent");
  child.Signal(SIGTSTP);
  child.WaitFor("\x1b[?1049l");
  child.WaitStopped();
  child.Signal(SIGCONT);
  child.WaitFor("\x1b[?1049h");
  child.WaitFor("absent");
  child.Signal(SIGINT);
  child.WaitFor("\x1b[?1049l");
  CHECK(child.Wait() == 130);
  CHECK(child.Echoes());
}

TEST_CASE("watching without a terminal adds a table for each change, or a document a line") {
  for (const bool json : {false, true}) {
    Lab lab;
    lab.Service("web", "web:1", kSoon);
    REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
    Words line = {"status", "-w"};
    if (json) line.insert(line.end(), {"-o", "json"});
    const Path out = lab.dir.At("out");
    TerminalChild child(line, lab.Options(), out);
    const auto wait_for = [&](const std::string& text) {
      for (int i = 0; i < 3000; ++i) {
        std::ifstream file(out);
        const std::string all{std::istreambuf_iterator<char>(file), {}};
        if (Mentions(all, text)) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
      FAIL("never came: " << text);
    };
    wait_for("running");
    REQUIRE(lab.nomad.Send("DELETE", "/v1/job/web").status == 200);
    wait_for("stopped");
    child.Signal(SIGINT);
    CHECK(child.Wait() == 130);
    std::ifstream file(out);
    const std::string all{std::istreambuf_iterator<char>(file), {}};
    CHECK_FALSE(Mentions(all, "\x1b"));
    if (json) {
      std::istringstream lines(all);
      std::size_t documents = 0;
      for (std::string text; std::getline(lines, text); ++documents) {
        CHECK(nlohmann::json::parse(text).at("jobs").size() == 1);
      }
      CHECK(documents >= 2);
    } else {
      CHECK(LinesWith(all, "JOB ").size() >= 2);
      CHECK(Mentions(all, "\n\nJOB "));
    }
  }
}

TEST_CASE("watching shows what changes in the files too: a spec, what it reads, one more or less") {
  Lab lab;
  const Path extra = lab.dir.Write("cld/web/version", "1");
  lab.Service("web", "web:1", std::string(kSoon) + "  meta {\n    v = file(\"version\")\n  }\n");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  TerminalChild child({"status", "--watch"}, lab.Options());
  child.WaitFor("running");
  lab.dir.Write("cld/web/version", "2");
  child.WaitFor("differs");
  lab.dir.Write("cld/web/version", "1");
  child.WaitFor("running");
  lab.Service("mail", "mail:1", kSoon);
  child.WaitFor("absent");
  lab.Spec("mail", "job \"mail\" {\n  group = local.nothing\n}\n");
  child.WaitFor("invalid");
  std::filesystem::remove(lab.dir.At("cld/web/web.hcl"));
  child.WaitFor("no spec");
  child.Signal(SIGTERM);
  CHECK(child.Wait() == 143);
}

TEST_CASE("watching asks no more than it must while nothing changes") {
  Lab lab;
  lab.Service("web", "web:1", kSoon);
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.nomad.ClearLog();
  TerminalChild child({"status", "--watch"}, lab.Options());
  child.WaitFor("running");
  std::this_thread::sleep_for(std::chrono::milliseconds(1200));
  const int looks = lab.nomad.CountOf("POST /v1/job/web/plan");
  CHECK(looks >= 1);
  CHECK(looks <= 2);
  child.Signal(SIGTERM);
  CHECK(child.Wait() == 143);
  CHECK(lab.nomad.Writes().empty());
}

TEST_CASE("watching ends as a single look where there is nothing to watch") {
  Lab lab;
  lab.Service("web", "web:1", kSoon);
  lab.env["NOMAD_ADDR"] = "http://127.0.0.1:1";
  const NmgrResult result = lab.Run({"status", "--watch"});
  CHECK(result.exit_code == 69);
  CHECK(result.out.empty());
  CHECK(Mentions(result.err, "error: "));
  CHECK(lab.Run({"status", "--watch", "no-such-job"}).exit_code == 66);
}

TEST_CASE("watching asks a Nomad that refuses the token once") {
  Lab lab({.token = "secret-token"});
  lab.Service("web", "web:1");
  lab.env["NOMAD_TOKEN"] = "a-wrong-one";
  const NmgrResult look = lab.Run({"status"});
  REQUIRE(look.exit_code == 77);
  lab.nomad.ClearLog();
  const NmgrResult watch = lab.Run({"status", "--watch"});
  CHECK(watch.exit_code == 77);
  CHECK(watch.out.empty());
  CHECK(watch.err == look.err);
  std::map<std::string, int> asked;
  for (const FakeNomadRequest& request : lab.nomad.Requests()) ++asked[request.path];
  CHECK_FALSE(asked.empty());
  for (const auto& [path, times] : asked) {
    INFO(path);
    CHECK(times == 1);
  }
}

}  // namespace nmgr::testing
