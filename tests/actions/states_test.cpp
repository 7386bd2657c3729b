// The table of states through the program itself: every row with up, twice in a row, and what the
// other verbs call it.
#include <catch2/catch.hpp>

#include "actions/lab.h"

namespace nmgr::testing {
namespace {

const char* const kSoonOver = "  update {\n    min_healthy_time = \"100ms\"\n  }\n";

// Two groups, "web" and "db".
std::string TwoGroups(const std::string& db_lines = {}) {
  const auto group = [](const std::string& name, const std::string& more) {
    return "  group \"" + name + "\" {\n" + more + "    task \"" + name +
           "\" {\n      driver = \"docker\"\n      config {\n        image = \"" + name +
           ":1\"\n      }\n    }\n  }\n";
  };
  return std::string("job \"two\" {\n") + kSoonOver + group("web", "") + group("db", db_lines) +
         "}\n";
}

std::string AllocationOf(const Lab& lab, const std::string& job, const std::string& group) {
  for (const nlohmann::json& row : lab.nomad.Get("/v1/job/" + job + "/allocations")) {
    if (row["TaskGroup"] == group && row["DesiredStatus"] == "run") return row["ID"];
  }
  return {};
}

std::string StateIn(const NmgrResult& result, const std::string& job) {
  const nlohmann::json document = nlohmann::json::parse(result.out);
  for (const nlohmann::json& row : document["jobs"]) {
    if (row["id"] == job) return row["state"].is_string() ? row["state"].get<std::string>() : "?";
  }
  return "none";
}

// Every verb that looks calls it so, and reconcile and plan do not count it as up to date.
void CheckWord(const Lab& lab, const std::string& job, const std::string& word) {
  INFO(job << " should be " << word);
  CHECK(StateIn(lab.Run({"-o", "json", "list", "-l", job}), job) == word);
  CHECK(StateIn(lab.Run({"-o", "json", "plan", job}), job) == word);
  CHECK(StateIn(lab.Run({"-o", "json", "-n", "up", job}), job) == word);
  CHECK(StateIn(lab.Run({"-o", "json", "-n", "down", job}), job) == word);
  const NmgrResult reconcile = lab.Run({"-o", "json", "-n", "reconcile", job});
  CHECK(StateIn(reconcile, job) == word);
  CHECK(reconcile.exit_code == 0);
  const bool good = word == "running" || word == "finished" || word == "stopped";
  CHECK(Mentions(lab.Run({"-n", "reconcile", job}).err, "up to date") == (word == "running"));
  if (!good) {
    CHECK(Mentions(lab.Run({"-n", "reconcile", job}).err, word));
    CHECK_FALSE(Mentions(lab.Run({"plan", job}).out, "up to date"));
  }
}

}  // namespace

TEST_CASE(
    "A failed deployment of which a group still runs is named, twice, and touched by nobody") {
  Lab lab({.fail = {"two.db"}});
  lab.Spec("two", TwoGroups());
  CHECK(lab.Run({"up", "two"}).exit_code == 1);
  lab.nomad.ClearLog();
  for (int round = 0; round < 2; ++round) {
    const NmgrResult result = lab.Run({"up", "two"});
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.err, "two: failed: its deployment failed, group db runs 0 of 1"));
    CHECK(Mentions(result.err, "nmgr down -p two && nmgr up two"));
    CHECK(Mentions(result.err, "stops what runs: group web"));
    CHECK(Mentions(result.err, "Exit Code: 1"));
  }
  CHECK(lab.nomad.Writes().empty());
  CheckWord(lab, "two", "failed");
}

TEST_CASE("A failed deployment of which nothing runs is started anew") {
  Lab lab({.fail = {"web"}});
  lab.Service("web", "web:1", kSoonOver);
  CHECK(lab.Run({"up", "web"}).exit_code == 1);
  CheckWord(lab, "web", "failed");
  lab.nomad.ClearLog();
  CHECK(lab.Run({"up", "web"}).exit_code == 1);
  CHECK(lab.NewWrites() == Words{"stop web", "register"});
  lab.nomad.SetBehaviour({{"fail", nlohmann::json::array()}});
  const NmgrResult result = lab.Run({"up", "web"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(lab.Run({"up", "web"}).out == "1 job up to date\n");
  CheckWord(lab, "web", "running");
  lab.nomad.ClearLog();
  lab.Run({"up", "--restore"});  // it is no entry of the record
  CHECK(lab.NewWrites().empty());
}

TEST_CASE("A group that went down after its deployment is evaluated and runs again") {
  Lab lab;
  lab.Spec("two", TwoGroups());
  REQUIRE(lab.Run({"up", "two"}).exit_code == 0);
  const std::string before = AllocationOf(lab, "two", "db");
  REQUIRE(lab.nomad.Send("PUT", "/fake/fail/" + before).status == 200);
  CheckWord(lab, "two", "failed");
  lab.nomad.ClearLog();
  const NmgrResult result = lab.Run({"up", "two"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(lab.nomad.Writes() == Words{"POST /v1/job/two/evaluate"});
  CHECK(AllocationOf(lab, "two", "db") != before);
  CHECK(lab.Run({"up", "two"}).out == "1 job up to date\n");
  CheckWord(lab, "two", "running");
}

TEST_CASE("What no attempt may bring back is named, twice") {
  Lab lab;
  lab.Spec("two",
           TwoGroups("    reschedule {\n      attempts  = 0\n      unlimited = false\n    }\n"));
  REQUIRE(lab.Run({"up", "two"}).exit_code == 0);
  REQUIRE(lab.nomad.Send("PUT", "/fake/fail/" + AllocationOf(lab, "two", "db")).status == 200);
  lab.nomad.ClearLog();
  for (int round = 0; round < 2; ++round) {
    const NmgrResult result = lab.Run({"up", "two"});
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.err, "two: failed: group db runs 0 of 1"));
    CHECK(Mentions(result.err, "nmgr down -p two && nmgr up two"));
  }
  CHECK(lab.nomad.Writes().empty());
  CheckWord(lab, "two", "failed");
}

TEST_CASE("Failed checks are asked again, and never a reason to restart") {
  Lab lab({.sick = {"web"}});
  lab.Spec(
      "web",
      "job \"web\" {\n  update {\n    min_healthy_time = \"100ms\"\n  }\n  group \"g\" {\n"
      "    network {\n      port \"http\" {}\n    }\n    service {\n      name = \"web\"\n"
      "      provider = \"nomad\"\n      port = \"http\"\n      check {\n        type = \"tcp\"\n"
      "        interval = \"1s\"\n        timeout = \"1s\"\n      }\n    }\n"
      "    task \"t\" {\n      driver = \"docker\"\n      config {\n        image = \"web:1\"\n"
      "      }\n    }\n  }\n}\n");
  CHECK(lab.Run({"up", "web"}).exit_code == 1);
  lab.nomad.ClearLog();
  for (int round = 0; round < 2; ++round) {
    const NmgrResult result = lab.Run({"up", "web"});
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.err, "its checks do not pass"));
    CHECK(Mentions(result.err, "connection refused"));
  }
  CheckWord(lab, "web", "failed");
  lab.nomad.SetBehaviour({{"sick", nlohmann::json::array()}});
  CHECK(lab.Run({"up", "web"}).out == "1 job up to date\n");
  CheckWord(lab, "web", "running");
  CHECK(lab.nomad.Writes().empty());
}

TEST_CASE("What nothing can place is named at once and waited for, twice") {
  Lab lab({.never = {"web"}});
  lab.Service("web", "web:1", kSoonOver);
  CHECK(lab.Run({"--timeout", "1s", "up", "web"}).exit_code == 1);
  CheckWord(lab, "web", "blocked");
  lab.nomad.ClearLog();
  const NmgrResult result = lab.Run({"--timeout", "1s", "up", "web"});
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "web: blocked; waiting"));
  CHECK(Mentions(result.err, "cannot be placed"));
  CHECK(lab.nomad.Writes().empty());
  CHECK(lab.Run({"down", "web"}).exit_code == 0);
  CHECK(lab.Job("web")["Stop"] == true);
}

TEST_CASE("Canaries that wait are named at once, twice, and promoted when that is asked for") {
  Lab lab;
  const std::string canary = "  update {\n    canary = 1\n    min_healthy_time = \"100ms\"\n  }\n";
  lab.Service("web", "web:1", canary);
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.Service("web", "web:2", canary);
  NmgrResult result = lab.Run({"up", "web"});
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.out, "web  needs promotion (deployment "));
  CheckWord(lab, "web", "needs promotion");
  lab.nomad.ClearLog();
  result = lab.Run({"up", "web"});
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "web: needs promotion"));
  CHECK(Mentions(result.out, "web  needs promotion\n"));
  CHECK(Mentions(result.err, "nmgr promote web"));
  CHECK(lab.nomad.Writes().empty());
  result = lab.Run({"up", "--promote", "web"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(lab.nomad.Writes().size() == 1);
  CHECK(lab.Run({"up", "web"}).out == "1 job up to date\n");
  CheckWord(lab, "web", "running");
}

TEST_CASE("Batch jobs run once more only when told to") {
  Lab lab({.fail = {"broken"}});
  lab.Service("once", "once:1", kBatchLines);
  lab.Service("broken", "broken:1", kBatchLines);
  CHECK(lab.Run({"up", "once", "broken"}).exit_code == 1);
  CheckWord(lab, "once", "finished");
  CheckWord(lab, "broken", "failed");
  lab.nomad.ClearLog();
  for (int round = 0; round < 2; ++round) {
    const NmgrResult result = lab.Run({"up", "once", "broken"});
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.err, "nmgr up --again broken"));
    CHECK(Mentions(result.out, "1 finished"));
  }
  CHECK(lab.nomad.Writes().empty());
  lab.nomad.SetBehaviour({{"fail", nlohmann::json::array()}});
  const NmgrResult result = lab.Run({"up", "--again", "once", "broken"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(Mentions(result.out, "broken  finished"));
  CHECK(lab.NewWrites().size() == 4);
  CHECK(lab.nomad.Get("/v1/job/once/allocations").size() == 2);
  CHECK(lab.nomad.Get("/v1/job/broken/allocations").size() == 2);
  CheckWord(lab, "once", "finished");
  CheckWord(lab, "broken", "finished");
}

TEST_CASE("A sysbatch that was stopped in the middle has not finished") {
  Lab lab({.extra = {"--busy", "sweep"}});
  lab.Service("sweep", "sweep:1", "  type = \"sysbatch\"\n");
  REQUIRE(lab.Run({"-d", "up", "sweep"}).exit_code == 0);
  REQUIRE(lab.Run({"down", "sweep"}).exit_code == 0);
  NmgrResult result = lab.Run({"up", "sweep"});
  INFO(result.out << result.err);
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "stopped before it had ended, and Nomad has started nothing again"));
  result = lab.Run({"up", "sweep"});
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "nmgr down -p sweep && nmgr up sweep"));
  CHECK(Mentions(lab.Run({"status", "sweep"}).out, "failed"));
}

TEST_CASE("What is complete of a sysbatch job is never run again, and it is not said that it was") {
  Lab lab;
  lab.Service("sweep", "sweep:1", "  type = \"sysbatch\"\n");
  REQUIRE(lab.Run({"up", "sweep"}).exit_code == 0);
  lab.nomad.ClearLog();
  for (int round = 0; round < 2; ++round) {
    const NmgrResult result = lab.Run({"up", "--again", "sweep"});
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.err, "Nomad runs a sysbatch job only once"));
    CHECK(Mentions(result.err, "nmgr down -p sweep && nmgr up sweep"));
  }
  CHECK(lab.nomad.Writes().empty());
  CheckWord(lab, "sweep", "finished");
}

TEST_CASE("What failed is replaced after a stop and a start, and its old deployment says nothing") {
  Lab lab({.fail = {"web"}});
  lab.Service("web", "web:1", kSoonOver);
  REQUIRE(lab.Run({"up", "web"}).exit_code == 1);
  const std::string before = AllocationOf(lab, "web", "main");
  lab.nomad.SetBehaviour({{"fail", nlohmann::json::array()}});
  REQUIRE(lab.Run({"down", "web"}).exit_code == 0);
  const NmgrResult result = lab.Run({"up", "web"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(AllocationOf(lab, "web", "main") != before);
  CHECK(lab.Run({"up", "web"}).out == "1 job up to date\n");
}

TEST_CASE("A failed deployment of which nothing runs and nothing reschedules is named, twice") {
  Lab lab({.fail = {"two.web", "two.db"}});
  lab.Spec("two",
           TwoGroups("    reschedule {\n      attempts  = 0\n      unlimited = false\n    }\n"));
  REQUIRE(lab.Run({"up", "two"}).exit_code == 1);
  lab.nomad.ClearLog();
  for (int round = 0; round < 2; ++round) {
    const NmgrResult result = lab.Run({"up", "two"});
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.err, "nmgr down -p two && nmgr up two starts it anew"));
    CHECK_FALSE(Mentions(result.err, "stops what runs"));
  }
  CHECK(lab.nomad.Writes().empty());
  lab.nomad.SetBehaviour({{"fail", nlohmann::json::array()}});
  REQUIRE(lab.Run({"down", "two"}).exit_code == 0);
  const NmgrResult half = lab.Run({"up", "two"});
  INFO(half.err);
  CHECK(half.exit_code == 1);
  CHECK(Mentions(half.err, "group db runs 0 of 1"));
  CHECK(Mentions(half.err, "nmgr down -p two && nmgr up two"));
  REQUIRE(lab.Run({"down", "-p", "two"}).exit_code == 0);
  CHECK(lab.Run({"up", "two"}).exit_code == 0);
}

TEST_CASE("A deployment that is under way is waited for") {
  Lab lab({.healthy_after_ms = 600'000});
  lab.Service("web", "web:1", kSoonOver);
  REQUIRE(lab.Run({"-d", "up", "web"}).exit_code == 0);
  CHECK(StateIn(lab.Run({"-o", "json", "list", "-l", "web"}), "web") == "under way");
  const NmgrResult waiting = lab.Run({"--timeout", "1s", "up", "web"});
  CHECK(waiting.exit_code == 1);
  CHECK(Mentions(waiting.err, "web: under way; waiting"));
  CHECK(Mentions(waiting.err, "not healthy after 1s"));
  CHECK(lab.nomad.Writes().size() == 1);

  Lab soon({.healthy_after_ms = 300});
  soon.Service("web", "web:1", kSoonOver);
  REQUIRE(soon.Run({"-d", "up", "web"}).exit_code == 0);
  CHECK(soon.Run({"up", "web"}).exit_code == 0);
  CheckWord(soon, "web", "running");
}

TEST_CASE("An evaluation that the token may not ask for names the right it needs") {
  Lab lab({.faults = {"POST /v1/job/two/evaluate 403 Permission denied"}});
  lab.Spec("two", TwoGroups());
  REQUIRE(lab.Run({"up", "two"}).exit_code == 0);
  REQUIRE(lab.nomad.Send("PUT", "/fake/fail/" + AllocationOf(lab, "two", "db")).status == 200);
  const NmgrResult result = lab.Run({"up", "two"});
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "\"evaluate-job\" or \"submit-job\""));
}

TEST_CASE("The evidence costs as much for many jobs as for one") {
  Lab lab;
  for (int i = 0; i < 30; ++i) lab.Service("j" + std::to_string(i), "x:1", kSoonOver);
  REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
  for (const char* verb : {"up", "down", "reconcile", "plan"}) {
    lab.nomad.ClearLog();
    REQUIRE(lab.Run({"-n", verb, "all"}).exit_code == 0);
    INFO(verb);
    CHECK(lab.nomad.CountOf("GET /v1/allocations") == 1);
    CHECK(lab.nomad.CountOf("GET /v1/deployments") == 1);
    CHECK(lab.nomad.CountOf("GET /v1/evaluations") == 1);
    CHECK(lab.nomad.CountOf("GET /v1/job/") == 30);
  }
  lab.nomad.ClearLog();
  REQUIRE(lab.Run({"list", "-l", "all"}).exit_code == 0);
  CHECK(lab.nomad.Requests().size() == 4);
}

TEST_CASE("Reconcile keeps the count of a group that scales, and says what else goes live") {
  Lab lab;
  const auto spec = [](const std::string& image, const std::string& arg) {
    return std::string("job \"api\" {\n") + kSoonOver +
           "  group \"g\" {\n    count = 1\n    scaling {\n      enabled = true\n      min = 1\n"
           "      max = 5\n    }\n    task \"t\" {\n      driver = \"docker\"\n      config {\n"
           "        image = \"" +
           image + "\"\n        args = [\"" + arg +
           "\"]\n      }\n    }\n"
           "  }\n}\n";
  };
  lab.Spec("api", spec("busybox:1", "a"));
  REQUIRE(lab.Run({"up", "api"}).exit_code == 0);
  REQUIRE(
      lab.nomad.Send("POST", "/v1/job/api/scale", R"({"Count":4,"Target":{"Group":"g"}})").status ==
      200);
  CHECK(lab.Run({"--timeout", "20s", "up", "api"}).exit_code == 0);
  CHECK(lab.Job("api")["TaskGroups"][0]["Count"] == 4);
  lab.Spec("api", spec("busybox:2", "b"));
  NmgrResult result = lab.Run({"-n", "reconcile", "all"});
  CHECK(Mentions(result.out, "would update api: busybox 1 -> 2 and 1 other change: args"));
  result = lab.Run({"-n", "reconcile", "--reset-counts", "all"});
  CHECK(Mentions(result.out, "and 2 other changes: count 4 -> 1, args"));
  REQUIRE(lab.Run({"reconcile", "all"}).exit_code == 0);
  CHECK(lab.LiveImage("api") == "busybox:2");
  CHECK(lab.Job("api")["TaskGroups"][0]["Count"] == 4);
  REQUIRE(lab.Run({"down", "api"}).exit_code == 0);
  REQUIRE(lab.Run({"up", "--restore"}).exit_code == 0);
  CHECK(lab.Job("api")["TaskGroups"][0]["Count"] == 4);
  REQUIRE(lab.Run({"up", "--reset-counts", "api"}).exit_code == 0);
  CHECK(lab.Job("api")["TaskGroups"][0]["Count"] == 1);
}

}  // namespace nmgr::testing
