// What is remembered between two runs, through the program itself: what it saves, and that nothing
// passes for up to date that is not.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "actions/lab.h"

namespace nmgr::testing {
namespace {

const char* const kSoonHealthy = "  update {\n    min_healthy_time = \"100ms\"\n  }\n";

// A lab whose runs remember.
struct MindfulLab : Lab {
  explicit MindfulLab(FakeNomadOptions options = {}) : Lab(std::move(options)) {
    env["XDG_CACHE_HOME"] = dir.At("cache");
  }

  // A run, and how many requests it made.
  NmgrResult Counted(const Words& arguments, std::size_t& requests) {
    nomad.ClearLog();
    NmgrResult result = Run(arguments);
    requests = nomad.Requests().size();
    return result;
  }
  std::size_t RequestsOf(const Words& arguments) {
    std::size_t requests = 0;
    const NmgrResult result = Counted(arguments, requests);
    INFO(result.err);
    CHECK(result.exit_code == 0);
    return requests;
  }

  // From now on, beside those that do so already.
  void Fails(const std::string& job) {
    failing_.push_back(job);
    nomad.SetBehaviour({{"fail", failing_}});
  }

  Path MemoryFile() const { return dir.At("cache/nmgr/unchanged"); }
  Path KeyFile() const { return dir.At("state/nmgr/memory.key"); }

 private:
  std::vector<std::string> failing_;
};

std::string ReadText(const Path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("Where nothing has moved four requests are enough, whatever the number of jobs") {
  MindfulLab lab;
  for (int i = 0; i < 12; ++i) lab.Service("j" + std::to_string(i), "x:1", kSoonHealthy);
  REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
  const NmgrResult cold = lab.Run({"plan", "all"});
  CHECK(cold.out == "Plan: 12 up to date\n");
  for (const Words& words : {Words{"plan", "all"}, Words{"up", "all"}, Words{"-n", "up", "all"},
                             Words{"-n", "reconcile", "all"}, Words{"reconcile", "all"},
                             Words{"reconcile", "--any-change", "all"}}) {
    INFO(words[0] << ' ' << words[1]);
    CHECK(lab.RequestsOf(words) == 4);
    CHECK(lab.nomad.CountOf("GET /v1/job/") == 0);
    CHECK(lab.nomad.CountOf("POST") == 0);
  }
  CHECK(lab.Run({"plan", "all"}).out == cold.out);
  CHECK(lab.RequestsOf({"--no-cache", "plan", "all"}) == 12 * 3 + 3);
  lab.env["NMGR_NO_CACHE"] = "1";
  CHECK(lab.RequestsOf({"plan", "all"}) == 12 * 3 + 3);
}

TEST_CASE("What has moved costs its own three questions, and no list is read twice for it") {
  MindfulLab lab;
  for (int i = 0; i < 12; ++i) lab.Service("j" + std::to_string(i), "x:1", kSoonHealthy);
  REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
  REQUIRE(lab.Run({"plan", "all"}).exit_code == 0);
  lab.Service("j0", "x:2", kSoonHealthy);
  lab.nomad.Send("DELETE", "/v1/job/j1", "");
  for (const Words& words : {Words{"plan", "all"}, Words{"-n", "up", "all"}}) {
    INFO(words[0] << ' ' << words[1]);
    CHECK(lab.RequestsOf(words) == 4 + 2 * 3);
    CHECK(lab.nomad.CountOf("GET /v1/allocations") == 1);
  }
}

TEST_CASE("reconcile takes from the list what is stopped or absent, and up asks about it") {
  MindfulLab lab;
  for (const char* id : {"web", "off", "new"})
    lab.Service(id, std::string(id) + ":1", kSoonHealthy);
  REQUIRE(lab.Run({"up", "web", "off"}).exit_code == 0);
  REQUIRE(lab.Run({"down", "off"}).exit_code == 0);
  const NmgrResult cold = lab.Run({"-n", "reconcile", "all"});
  std::size_t requests = 0;
  const NmgrResult warm = lab.Counted({"-n", "reconcile", "all"}, requests);
  CHECK(requests == 4);
  CHECK(warm.out == cold.out);
  CHECK(warm.err == cold.err);
  CHECK(Mentions(warm.out + warm.err, "job stopped"));
  CHECK(Mentions(warm.out + warm.err, "job not registered"));
  const NmgrResult up = lab.Run({"-n", "up", "all"});
  CHECK(Mentions(up.out, "would register off: stopped"));
  CHECK(Mentions(up.out, "would register new: new"));
}

TEST_CASE(
    "Each namespace costs its four requests, and one that Nomad does not have stays an error") {
  MindfulLab lab({.namespaces = {"prod"}});
  lab.Service("web", "web:1", kSoonHealthy);
  lab.Service("shop", "shop:1", std::string("  namespace = \"prod\"\n") + kSoonHealthy);
  REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
  lab.Run({"plan", "all"});
  CHECK(lab.RequestsOf({"plan", "all"}) == 8);
  lab.Service("lost", "lost:1", std::string("  namespace = \"gone\"\n") + kSoonHealthy);
  for (int round = 0; round < 2; ++round) {
    const NmgrResult result = lab.Run({"-n", "reconcile", "all"});
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.err, "no namespace \"gone\""));
  }
}

TEST_CASE("What is registered after all has the index that was read in this run") {
  MindfulLab lab;
  lab.Service("web", "web:1", kSoonHealthy);
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  REQUIRE(lab.Run({"plan", "web"}).exit_code == 0);
  lab.nomad.Send("POST", "/v1/job/web/scale", R"({"Count":3,"Target":{"Group":"main"}})");
  const std::uint64_t index = lab.Job("web")["JobModifyIndex"];
  CHECK(lab.Run({"up", "web"}).exit_code == 0);
  CHECK(lab.Job("web")["TaskGroups"][0]["Count"] == 1);
  CHECK(lab.Job("web")["JobModifyIndex"].get<std::uint64_t>() > index);
}

TEST_CASE("A list that may not be had, or that is no list, makes a run ask about each job") {
  for (const char* fault : {"GET /v1/jobs 403 Permission denied", "GET /v1/jobs 200 <html>"}) {
    MindfulLab lab({.faults = {fault}});
    lab.Service("web", "web:1", kSoonHealthy);
    REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
    REQUIRE(lab.Run({"plan", "web"}).exit_code == 0);
    INFO(fault);
    lab.nomad.ClearLog();
    const NmgrResult result = lab.Run({"plan", "web"});
    INFO(result.err);
    CHECK(result.exit_code == 0);
    CHECK(result.out == "Plan: 1 up to date\n");
    CHECK(lab.nomad.CountOf("POST /v1/job/web/plan") != 0);
  }
}

TEST_CASE("The memory is the user's alone, and a spoilt one is no memory and no error") {
  MindfulLab lab;
  lab.Service("web", "web:1", kSoonHealthy);
  lab.Service("other", "other:1", kSoonHealthy);
  REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
  lab.Run({"-n", "up", "all"});
  using std::filesystem::perms;
  for (const Path& file : {lab.MemoryFile(), lab.KeyFile()}) {
    CHECK(std::filesystem::status(file).permissions() == (perms::owner_read | perms::owner_write));
  }
  const std::string memory = ReadText(lab.MemoryFile());
  const std::string key = ReadText(lab.KeyFile());
  CHECK(key.size() == 32);
  CHECK_FALSE(Mentions(memory, "web"));
  REQUIRE(lab.RequestsOf({"plan", "all"}) == 4);

  const auto is_cold = [&](const char* what) {
    INFO(what);
    std::size_t requests = 0;
    const NmgrResult result = lab.Counted({"plan", "all"}, requests);
    CHECK(result.exit_code == 0);
    CHECK(result.out == "Plan: 2 up to date\n");
    CHECK(result.err.empty());
    CHECK(requests >= 2 * 3 + 3);
    CHECK(lab.nomad.CountOf("POST /v1/job/") == 2);
    CHECK(lab.RequestsOf({"plan", "all"}) == 4);  // it has mended itself
  };
  const auto spoil = [&](const Path& file, const std::string& text) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
  };
  spoil(lab.MemoryFile(), "");
  is_cold("empty");
  spoil(lab.MemoryFile(), std::string(100'000, '\0'));
  is_cold("zeros");
  spoil(lab.MemoryFile(), R"({"jobs": [{"id": "web"}]})");
  is_cold("of another program");
  spoil(lab.KeyFile(), "too short");
  is_cold("no key");
  std::filesystem::permissions(lab.KeyFile(), perms::owner_all | perms::others_read);
  is_cold("a key that others may read");
  spoil(lab.KeyFile(), std::string(32, 'x'));
  is_cold("another key");
  std::filesystem::remove(lab.KeyFile());
  is_cold("a lost key");

  std::filesystem::remove(lab.MemoryFile());
  std::filesystem::create_directories(lab.MemoryFile() + "/full");
  for (int round = 0; round < 2; ++round) {
    const NmgrResult result = lab.Run({"plan", "all"});
    CHECK(result.out == "Plan: 2 up to date\n");
    CHECK(result.err.empty());
    CHECK(lab.nomad.CountOf("POST /v1/job/") != 0);
  }
}

namespace {

// Everything that looks, or would act, says the same with the memory as without; in text to the
// last letter.
// Each once more after what the first time has remembered.
void CheckSameAsCold(const MindfulLab& lab, const std::string& what) {
  const Words all[] = {{"plan", "all"},
                       {"-n", "up", "all"},
                       {"-n", "up", "--again", "all"},
                       {"-n", "reconcile", "all"},
                       {"-n", "reconcile", "--any-change", "all"},
                       {"-o", "json", "status"}};
  std::map<Words, NmgrResult> cold;
  for (int round = 0; round < 2; ++round) {
    for (const Words& words : all) {
      Words without = words;
      without.insert(without.begin(), "--no-cache");
      const NmgrResult with = lab.Run(words);
      if (round == 0) cold[words] = lab.Run(without);
      INFO(what << ": " << words.front() << ' ' << words.back() << ", round " << round);
      CHECK(with.out == cold[words].out);
      CHECK(with.err == cold[words].err);
      CHECK(with.exit_code == cold[words].exit_code);
    }
  }
}

std::string AllocOf(const Lab& lab, const std::string& job) {
  for (const nlohmann::json& row : lab.nomad.Get("/v1/job/" + job + "/allocations")) {
    if (row["DesiredStatus"] == "run") return row["ID"];
  }
  return {};
}

const char* const kCanary = "  update {\n    canary = 1\n    min_healthy_time = \"100ms\"\n  }\n";

// Until two looks of ours at the server, a while apart, see the same.
void Settle(const MindfulLab& lab) {
  nlohmann::json before;
  for (int look = 0; look < 50; ++look) {
    nlohmann::json now;
    for (const char* list : {"jobs", "allocations", "deployments", "evaluations"}) {
      now.push_back(lab.nomad.Get(std::string("/v1/") + list));
    }
    if (now == before) return;
    before = std::move(now);
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
}

const char* const kReads = "  meta {\n    note = file(\"note.txt\")\n  }\n";

// Brings a job from up to date and remembered into a state, without the run that looks knowing.
struct Change {
  const char* name;
  const char* lines;  // of the job's spec
  void (*make)(MindfulLab& lab, const std::string& job);
};

const Change kChanges[] = {
    {"nothing", kSoonHealthy, [](MindfulLab&, const std::string&) {}},
    {"an allocation fails", kSoonHealthy,
     [](MindfulLab& lab, const std::string& job) {
       lab.nomad.Send("PUT", "/fake/fail/" + AllocOf(lab, job));
     }},
    {"stopped by hand", kSoonHealthy,
     [](MindfulLab& lab, const std::string& job) { lab.nomad.Send("DELETE", "/v1/job/" + job); }},
    {"purged", kSoonHealthy,
     [](MindfulLab& lab, const std::string& job) {
       lab.nomad.Send("DELETE", "/v1/job/" + job + "?purge=true");
     }},
    {"purged and registered by hand as it was", kSoonHealthy,
     [](MindfulLab& lab, const std::string& job) {
       const nlohmann::json body = {{"Job", lab.Job(job)}};
       lab.nomad.Send("DELETE", "/v1/job/" + job + "?purge=true");
       lab.nomad.Send("POST", "/v1/jobs", body.dump());
     }},
    {"registered by hand with another image", kSoonHealthy,
     [](MindfulLab& lab, const std::string& job) {
       nlohmann::json body = {{"Job", lab.Job(job)}};
       body["Job"]["TaskGroups"][0]["Tasks"][0]["Config"]["image"] = "web:9";
       lab.nomad.Send("POST", "/v1/jobs", body.dump());
     }},
    {"a register by hand whose deployment fails", kSoonHealthy,
     [](MindfulLab& lab, const std::string& job) {
       lab.Fails(job);
       nlohmann::json body = {{"Job", lab.Job(job)}};
       body["Job"]["Meta"] = {{"by", "hand"}};
       lab.nomad.Send("POST", "/v1/jobs", body.dump());
     }},
    {"scaled by hand", kSoonHealthy,
     [](MindfulLab& lab, const std::string& job) {
       lab.nomad.Send("POST", "/v1/job/" + job + "/scale",
                      R"({"Count":3,"Target":{"Group":"main"}})");
     }},
    {"a new image in the spec", kSoonHealthy,
     [](MindfulLab& lab, const std::string& job) { lab.Service(job, "web:2", kSoonHealthy); }},
    {"another line in the spec", kSoonHealthy,
     [](MindfulLab& lab, const std::string& job) {
       lab.Service(job, "web:1", std::string("  priority = 70\n") + kSoonHealthy);
     }},
    {"a file that the spec reads", kReads,
     [](MindfulLab& lab, const std::string& job) {
       lab.dir.Write("cld/" + job + "/note.txt", "another");
     }},
    {"a comment in the spec", kSoonHealthy,
     [](MindfulLab& lab, const std::string& job) {
       lab.Service(job, "web:1", std::string("  # why\n") + kSoonHealthy);
     }},
    {"canaries that wait", kCanary,
     [](MindfulLab& lab, const std::string& job) {
       lab.Service(job, "web:2", kCanary);
       lab.Run({"up", job});
     }},
    {"canaries that wait, of a register by hand", kCanary,
     [](MindfulLab& lab, const std::string& job) {
       nlohmann::json body = {{"Job", lab.Job(job)}};
       body["Job"]["TaskGroups"][0]["Tasks"][0]["Config"]["image"] = "web:9";
       lab.nomad.Send("POST", "/v1/jobs", body.dump());
     }},
    {"a batch job", kBatchLines, [](MindfulLab&, const std::string&) {}},
    {"a batch job that is run again and fails", kBatchLines,
     [](MindfulLab& lab, const std::string& job) {
       lab.Fails(job);
       lab.Run({"up", "--again", job});
     }},
    {"a sysbatch job", "  type = \"sysbatch\"\n", [](MindfulLab&, const std::string&) {}},
    {"a system job", "  type = \"system\"\n", [](MindfulLab&, const std::string&) {}},
    {"a system job that lacks an allocation", "  type = \"system\"\n",
     [](MindfulLab& lab, const std::string& job) {
       lab.nomad.Send("PUT", "/fake/fail/" + AllocOf(lab, job));
     }},
    {"a periodic job", kPeriodicLines, [](MindfulLab&, const std::string&) {}},
    {"a periodic job that has launched", kPeriodicLines,
     [](MindfulLab& lab, const std::string& job) {
       lab.nomad.SetBehaviour({{"busy", {job + "*"}}});
       lab.nomad.Send("POST", "/v1/job/" + job + "/periodic/force");
     }},
};

}  // namespace

TEST_CASE("Every state is told with the memory as without it") {
  MindfulLab lab;
  std::vector<std::string> jobs;
  for (const Change& change : kChanges) {
    jobs.push_back("job" + std::to_string(jobs.size()));
    lab.dir.Write("cld/" + jobs.back() + "/note.txt", "a note");
    lab.Service(jobs.back(), "web:1", change.lines);
  }
  REQUIRE(lab.Run({"up", "all", "--parallel", "40"}).exit_code == 0);
  REQUIRE(lab.Run({"plan", "all"}).exit_code == 0);
  REQUIRE(lab.RequestsOf({"plan", "all"}) == 4);  // all are remembered
  CheckSameAsCold(lab, "before");
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    INFO(jobs[i] << ": " << kChanges[i].name);
    kChanges[i].make(lab, jobs[i]);
  }
  Settle(lab);
  CheckSameAsCold(lab, "after");
}

}  // namespace nmgr::testing
