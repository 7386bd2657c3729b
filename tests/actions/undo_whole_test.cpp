// undo after each verb, with ten jobs at once, against a whole Nomad: the stand-in, or a real one
// where NMGR_TEST_NOMAD_ADDR names it (then with the raw_exec driver). Jobs are called
// nmgr-test-undo-..., each test with names of its own, and are purged before and afterwards.
#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "actions/lab.h"
#include "nmgr/nomad/client.h"
#include "nmgr/nomad/connection.h"
#include "nmgr/nomad/contact.h"

namespace nmgr::testing {
namespace {

constexpr int kJobs = 10;

class UndoLab {
 public:
  explicit UndoLab(const std::string& name) : prefix_("nmgr-test-undo-" + name + "-") {
    const char* real = std::getenv("NMGR_TEST_NOMAD_ADDR");
    const bool is_real = real != nullptr && *real != '\0';
    if (!is_real) stand_in_ = std::make_unique<FakeNomadProcess>();
    const std::string address = is_real ? std::string(real) : stand_in_->address();
    options_.env = {{"NMGR_BASE_DIR", dir_.MakeFolder("cld")},
                    {"XDG_STATE_HOME", dir_.At("state")},
                    {"XDG_CACHE_HOME", dir_.At("cache")},
                    {"NOMAD_ADDR", address}};
    options_.limit = std::chrono::minutes(5);
    options_.folder = dir_.path();
    nomad::ConnectionOptions connection;
    connection.address = address;
    client_ = nomad::MakeHttpClient(
        {[connection] { return Expected<nomad::ConnectionOptions>(connection); }, contact_});
    WriteAll("1");
    Do({"-p", "down", "all"});
  }
  ~UndoLab() { RunNmgr({"-p", "down", "all"}, options_); }
  UndoLab(const UndoLab&) = delete;
  UndoLab& operator=(const UndoLab&) = delete;

  std::string Job(int i) const { return prefix_ + std::to_string(i); }

  void Write(int i, const std::string& value) const {
    dir_.Write("cld/" + Job(i) + ".hcl",
               "job \"" + Job(i) +
                   "\" {\n  update {\n    min_healthy_time = \"0s\"\n  }\n  group \"app\" {\n"
                   "    task \"server\" {\n      driver = \"raw_exec\"\n      config {\n"
                   "        command = \"/bin/sleep\"\n        args = [\"300\"]\n      }\n"
                   "      env {\n        V = \"" +
                   value +
                   "\"\n      }\n      kill_timeout = \"1s\"\n      resources {\n"
                   "        cpu = 10\n        memory = 10\n      }\n    }\n  }\n}\n");
  }
  void WriteAll(const std::string& value) const {
    for (int i = 0; i < kJobs; ++i) Write(i, value);
  }

  NmgrResult Run(const Words& words) const { return RunNmgr(words, options_); }
  void Do(const Words& words) const {
    const NmgrResult result = Run(words);
    INFO(result.out << result.err);
    REQUIRE(result.exit_code == 0);
  }
  // As somebody else who has no part in this repository's runs.
  void DoElsewhere(const Words& words) const {
    NmgrOptions options = options_;
    options.env["XDG_STATE_HOME"] = dir_.At("other");
    const NmgrResult result = RunNmgr(words, options);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
  }

  // What each job is to Nomad, without what moves with every register.
  std::map<std::string, std::string> States() const {
    constexpr std::array<const char*, 8> kMoving = {"Version",     "ModifyIndex", "JobModifyIndex",
                                                    "CreateIndex", "Stable",      "SubmitTime",
                                                    "Status",      "VersionTag"};
    std::map<std::string, std::string> states;
    for (int i = 0; i < kJobs; ++i) {
      const auto versions = client_->ListVersions({Job(i), "", ""}, {TimePoint::max(), {}});
      std::string& state = states[Job(i)];
      state = "absent";
      if (!versions || versions->empty()) continue;
      nomad::RawJob document = *versions->front().document;
      for (const char* name : kMoving) document.erase(name);
      state = document.dump();
    }
    return states;
  }
  std::string RunId() const {
    const auto runs = nlohmann::json::parse(Run({"history", "-o", "json"}).out).at("runs");
    return runs.at(0).at("id");
  }
  bool AllRun() const {
    const NmgrResult list = Run({"list", "state:running"});
    return LinesWith(list.out, prefix_).size() == kJobs;
  }

 private:
  std::string prefix_;
  TempDir dir_;
  std::unique_ptr<FakeNomadProcess> stand_in_;
  NmgrOptions options_;
  nomad::Contact contact_;
  std::unique_ptr<nomad::Client> client_;
};

}  // namespace

TEST_CASE("undo after up, down, reconcile and revert of ten jobs restores the state before") {
  const UndoLab lab("every");
  const Words parallel = {"--parallel", "10"};
  const auto all = [&](Words words) {
    words.insert(words.end(), parallel.begin(), parallel.end());
    return words;
  };
  lab.Do(all({"up", "all"}));
  // Of what was absent nothing is left running.
  lab.Do(all({"undo"}));
  CHECK(lab.Run({"list", "state:stopped"}).out == lab.Run({"list", "all"}).out);
  lab.Do(all({"undo"}));
  REQUIRE(lab.AllRun());
  const auto before = lab.States();

  for (const Words& verb : {Words{"up", "all"}, Words{"reconcile", "--any-change", "all"}}) {
    INFO(verb.front());
    lab.WriteAll("2");
    lab.Do(all(verb));
    CHECK(lab.States() != before);
    lab.Do(all({"undo"}));
    CHECK(lab.States() == before);
    CHECK(lab.AllRun());
  }
  lab.Do(all({"down", "all"}));
  CHECK(lab.Run({"list", "state:stopped"}).out == lab.Run({"list", "all"}).out);
  lab.Do(all({"undo"}));
  CHECK(lab.States() == before);
  CHECK(lab.AllRun());

  lab.WriteAll("3");
  lab.Do(all({"up", "all"}));
  const auto third = lab.States();
  Words runs;
  for (int i = 0; i < kJobs; ++i) {
    lab.Do({"revert", lab.Job(i)});
    runs.push_back(lab.RunId());
  }
  CHECK(lab.States() == before);
  for (const std::string& run : runs) lab.Do({"undo", run});
  CHECK(lab.States() == third);
  CHECK(lab.AllRun());
}

TEST_CASE("undo leaves of ten jobs those that somebody has changed since, and names them") {
  const UndoLab lab("since");
  lab.Do({"up", "--parallel", "10", "all"});
  const auto before = lab.States();
  lab.WriteAll("2");
  lab.Do({"up", "--parallel", "10", "all"});
  const std::string run = lab.RunId();
  lab.Write(3, "3");
  lab.DoElsewhere({"up", lab.Job(3)});
  lab.DoElsewhere({"down", lab.Job(7)});
  const auto since = lab.States();
  const NmgrResult undone = lab.Run({"undo", "--parallel", "10", run});
  INFO(undone.out << undone.err);
  CHECK(undone.exit_code == 1);
  const auto after = lab.States();
  for (int i = 0; i < kJobs; ++i) {
    const bool changed = i == 3 || i == 7;
    CHECK(after.at(lab.Job(i)) == (changed ? since : before).at(lab.Job(i)));
    CHECK(Mentions(undone.err, lab.Job(i) + ": somebody changed it since") == changed);
  }
}

}  // namespace nmgr::testing
