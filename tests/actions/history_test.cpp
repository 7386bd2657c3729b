// The journal of runs, and `history`, which shows it.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "actions/lab.h"

namespace nmgr::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::vector<fs::path> Journals(const Lab& lab) {
  std::vector<fs::path> files;
  const fs::path folder = lab.dir.At("state/nmgr/runs");
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

json RunsOf(const Lab& lab) {
  return json::parse(lab.Run({"-o", "json", "history"}).out).at("runs");
}

unsigned ModeOf(const fs::path& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 0777U;
}

}  // namespace

TEST_CASE("a run that writes leaves a journal with what it did, from where to where") {
  Lab lab;
  lab.Usual();
  CHECK(lab.Run({"history"}).exit_code == 0);
  REQUIRE(lab.Run({"-n", "up", "web"}).exit_code == 0);
  CHECK(Journals(lab).empty());

  REQUIRE(lab.Run({"up", "web", "--var", "db_password=hunter2hunter2"}).exit_code != 0);
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  REQUIRE(Journals(lab).size() == 1);
  CHECK(ModeOf(Journals(lab)[0]) == 0600);
  CHECK(ModeOf(Journals(lab)[0].parent_path()) == 0700);
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  CHECK(Journals(lab).size() == 1);

  lab.Service("web", "docker.io/web:2");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  REQUIRE(lab.Run({"down", "web"}).exit_code == 0);
  const json runs = RunsOf(lab);
  REQUIRE(runs.size() == 3);
  CHECK(runs[0]["action"] == "down");
  CHECK(runs[2]["arguments"] == json({"up", "web"}));
  CHECK(runs[2]["address"] == lab.nomad.address());
  CHECK_FALSE(runs[2]["ended"].get<std::string>().empty());
  const json first = runs[2]["jobs"][0];
  CHECK(first["move"] == "register");
  CHECK(first["outcome"] == "done");
  REQUIRE(first["writes"].size() == 1);
  CHECK(first["writes"][0]["end"] == "done");
  CHECK(first["writes"][0]["before"]["exists"] == false);
  CHECK(first["writes"][0]["after"]["version"] == 0);
  const json second = runs[1]["jobs"][0]["writes"][0];
  CHECK(second["before"] == first["writes"][0]["after"]);
  CHECK(second["after"]["version"] == 1);
  const json stop = runs[0]["jobs"][0]["writes"][0];
  CHECK(stop["kind"] == "stop");
  CHECK(stop["before"] == second["after"]);
  CHECK(stop["after"]["stop"] == true);
  CHECK(stop["after"]["index"] == lab.Job("web")["JobModifyIndex"]);

  const NmgrResult list = lab.Run({"history"});
  CHECK(LinesWith(list.out, "2").size() == 3);
  CHECK(Mentions(list.out, "1 done"));
  const NmgrResult one = lab.Run({"history", runs[1]["id"]});
  CHECK(one.exit_code == 0);
  CHECK(Mentions(one.out, "version 0 -> version 1"));
  CHECK(lab.Run({"history", "200101-000000"}).exit_code == 66);
}

TEST_CASE("history counts the jobs that could not go on beside those that did") {
  Lab lab({.extra = {"--fault", "POST /v1/job/cache/plan 500"}});
  lab.Usual();
  lab.Spec("bad", "job \"bad\" {\n  type = local.nothing\n}\n");
  REQUIRE(lab.Run({"up", "web", "cache", "bad"}).exit_code == 1);
  CHECK(Mentions(lab.Run({"history"}).out, "1 done, 2 failed"));
  const json jobs = RunsOf(lab)[0]["jobs"];
  REQUIRE(jobs.size() == 3);
  for (const json& job : jobs) {
    CHECK((job["outcome"] == "done") == (job["id"] == "web"));
    CHECK(job["writes"].empty() == (job["id"] != "web"));
  }
  const NmgrResult undone = lab.Run({"undo"});
  INFO(undone.err);
  CHECK(undone.exit_code == 0);
  CHECK(lab.Job("web")["Stop"] == true);
}

TEST_CASE("a restart is not what brought a job to its version") {
  Lab lab;
  lab.Service("web", "docker.io/web:1");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  const std::string id = RunsOf(lab)[0]["id"];
  REQUIRE(lab.Run({"restart", "web"}).exit_code == 0);
  REQUIRE(RunsOf(lab).size() == 2);
  CHECK(Mentions(lab.Run({"history", "web"}).out, id));
  CHECK(Mentions(lab.Run({"status", "web"}).out, id));
}

TEST_CASE("history and undo tell of a run that stopped children alone") {
  Lab lab({.extra = {"--busy", "nightly*"}});
  lab.Service("nightly", "nightly:1", kPeriodicLines);
  REQUIRE(lab.Run({"up", "nightly"}).exit_code == 0);
  REQUIRE(lab.nomad.Send("POST", "/v1/job/nightly/periodic/force").status == 200);
  REQUIRE(lab.Run({"down", "--keep-children", "nightly"}).exit_code == 0);
  REQUIRE(lab.Run({"down", "nightly"}).exit_code == 0);
  const std::string id = RunsOf(lab)[0]["id"];
  CHECK(Mentions(lab.Run({"history", id}).out, "1 child stopped"));
  const NmgrResult undone = lab.Run({"undo", id});
  CHECK(undone.exit_code == 0);
  CHECK(Mentions(undone.err, "nightly: the run stopped what it had launched"));
}

TEST_CASE("history of a job has Nomad's versions beside the runs that made them") {
  Lab lab;
  lab.Service("web", "web:1");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  json other = lab.Job("web");
  other["TaskGroups"][0]["Tasks"][0]["Config"]["image"] = "web:2";
  lab.nomad.Register(other);
  lab.Service("web", "web:3");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  const json runs = RunsOf(lab);
  const json versions = json::parse(lab.Run({"-o", "json", "history", "web"}).out).at("versions");
  REQUIRE(versions.size() == 3);
  CHECK(versions[0]["run"] == runs[0]["id"]);
  CHECK(versions[1]["run"] == "");
  CHECK(versions[2]["run"] == runs[1]["id"]);
  CHECK(versions[1]["images"] == json({"web:2"}));
  const NmgrResult text = lab.Run({"history", "job:web"});
  CHECK(LinesWith(text.out, "2  ").size() == 1);
  CHECK(Mentions(lab.Run({"history", "web", "--diff"}).out, "web:2"));
  CHECK(lab.Run({"history", "we"}).exit_code == 66);
}

TEST_CASE("a journal tells the commit, and whether the files were as it has them") {
  Lab lab;
  lab.Usual();
  const std::string git = "git -C \"$NMGR_BASE_DIR\" -c user.name=a -c user.email=a@example.com ";
  NmgrOptions options = lab.Options();
  REQUIRE(RunShell(git + "init -q && " + git + "add . && " + git + "commit -qm one", options)
              .exit_code == 0);
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.Service("mail", "docker.io/mail:2");
  REQUIRE(lab.Run({"up", "mail"}).exit_code == 0);
  const json runs = RunsOf(lab);
  REQUIRE(runs.size() == 2);
  const std::string head = RunShell(git + "rev-parse HEAD", options).out;
  CHECK(runs[0]["commit"].get<std::string>() + "\n" == head);
  CHECK(runs[0]["dirty"] == true);
  CHECK(runs[1]["dirty"] == false);
}

TEST_CASE("what an argument has of a secret is in no journal") {
  Lab lab;
  lab.Spec("web", "variable \"word\" {\n  default = \"x\"\n}\n" + TwoOfTwoTasks());
  REQUIRE(lab.Run({"up", "web", "--var", "word=hunter2hunter2"}).exit_code == 0);
  REQUIRE(Journals(lab).size() == 1);
  std::ifstream file(Journals(lab)[0]);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  CHECK(Mentions(text, "word=***"));
  CHECK_FALSE(Mentions(text, "hunter2"));
}

TEST_CASE("a run that was killed before the head of its journal was written is no run") {
  Lab lab;
  lab.Usual();
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  const json runs = RunsOf(lab);
  REQUIRE(runs.size() == 1);
  lab.dir.Write("state/nmgr/runs/990101-100000.jsonl", "");
  lab.dir.Write("state/nmgr/runs/990101-100001.jsonl", "{\"run\":\"990101-1000");
  const NmgrResult history = lab.Run({"-o", "json", "history"});
  CHECK(history.exit_code == 0);
  CHECK(history.err.empty());
  CHECK(json::parse(history.out).at("runs") == runs);
  CHECK(lab.Run({"history", "990101-100000"}).exit_code == 66);
  const NmgrResult undo = lab.Run({"undo"});
  INFO(undo.err);
  CHECK(undo.exit_code == 0);
  CHECK_FALSE(Mentions(undo.err, "990101"));

  lab.dir.Write("state/nmgr/runs/990101-100002.jsonl", "nothing of ours\n");
  const NmgrResult spoilt = lab.Run({"history"});
  CHECK(spoilt.exit_code == 1);
  CHECK(Mentions(spoilt.err, "990101-100002.jsonl: this is no journal of a run"));
}

TEST_CASE("a journal is whole after a kill between a write and its answer") {
  Lab lab;
  lab.Usual();
  lab.nomad.SetBehaviour({{"healthy_after_ms", 10'000}});
  Child child = StartNmgr({"up", "services"}, lab.Options());
  while (lab.nomad.Writes().size() < 3) ::usleep(10'000);
  child.Signal(SIGKILL);
  child.Wait();
  const json runs = RunsOf(lab);
  REQUIRE(runs.size() == 1);
  CHECK(runs[0]["ended"] == "");
  CHECK(runs[0]["jobs"].size() == 3);
  std::size_t writes = 0;
  for (const json& job : runs[0]["jobs"]) writes += job["writes"].size();
  CHECK(writes == 3);

  // Half a line, as a loss of power leaves it.
  std::ofstream(Journals(lab)[0], std::ios::app) << "{\"wrote\":1,\"aft";
  CHECK(RunsOf(lab) == runs);
  lab.nomad.SetBehaviour({{"healthy_after_ms", 10}});
  CHECK(lab.Run({"up", "services"}).exit_code == 0);
}

TEST_CASE("where no journal can be kept a run warns; --strict refuses") {
  Lab lab;
  lab.Usual();
  lab.dir.Write("state/nmgr/runs", "no folder");
  const NmgrResult strict = lab.Run({"--strict", "up", "web"});
  CHECK(strict.exit_code == 1);
  CHECK(Mentions(strict.err, "nothing was touched"));
  CHECK(lab.NewWrites().empty());
  const NmgrResult run = lab.Run({"-q", "up", "web"});
  CHECK(run.exit_code == 0);
  REQUIRE(LinesWith(run.err, "warning:").size() == 1);
  CHECK(Mentions(run.err, "there is no journal of this run"));
  CHECK(lab.IsThere("web"));
}

TEST_CASE("the last 200 journals are kept") {
  Lab lab;
  lab.Usual();
  for (int i = 0; i < 205; ++i) {
    lab.dir.Write("state/nmgr/runs/200101-" + std::to_string(100'000 + i) + ".jsonl", "x\n");
  }
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  const auto files = Journals(lab);
  REQUIRE(files.size() == 200);
  CHECK(files[0].filename() == "200101-100006.jsonl");
}

}  // namespace nmgr::testing
