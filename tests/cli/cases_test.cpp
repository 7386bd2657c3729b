// The small repositories of ../shared/cases, which people ran into: each with its right result.
// Copied to a temporary folder at run time, because some are changed on the way. The same kinds
// have tests of their own beside the code.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

#include "support/fake_nomad_process.h"
#include "support/run_nmgr.h"
#include "support/temp_dir.h"

namespace {

namespace fs = std::filesystem;
using nmgr::testing::FakeNomadOptions;
using nmgr::testing::FakeNomadProcess;
using nmgr::testing::NmgrOptions;
using nmgr::testing::NmgrResult;
using nmgr::testing::RunNmgr;
using nmgr::testing::RunShell;
using nmgr::testing::TempDir;

// Empty, with a line that nobody overlooks, where the cases are not at hand.
fs::path CasesFolder() {
  const char* named = std::getenv("NMGR_SHARED");
  const fs::path shared =
      named != nullptr ? fs::path(named) : fs::path(NMGR_SOURCE_DIR) / "../shared";
  if (fs::exists(shared / "cases")) return fs::canonical(shared / "cases");
  WARN("SKIPPED: no cases at " << (shared / "cases").string()
                               << " (NMGR_SHARED names the folder that holds them)");
  return {};
}

bool Says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// One case with a stand-in Nomad of its own.
class FieldCase {
 public:
  explicit FieldCase(const std::string& name, FakeNomadOptions options = {}) {
    const fs::path cases = CasesFolder();
    if (cases.empty()) return;
    there_ = true;
    fs::copy(cases / name, base(), fs::copy_options::recursive);
    for (const auto& entry : fs::recursive_directory_iterator(base())) {
      fs::permissions(entry, fs::perms::owner_all, fs::perm_options::add);
    }
    fs::permissions(base(), fs::perms::owner_all, fs::perm_options::add);
    nomad_.emplace(std::move(options));
    run_.env = {{"NMGR_BASE_DIR", base()},
                {"XDG_STATE_HOME", dir_.At("state")},
                {"HOME", dir_.At("home")},
                {"NOMAD_ADDR", nomad_->address()}};
    run_.folder = base();
  }

  explicit operator bool() const { return there_; }
  std::string base() const { return dir_.At("repo"); }
  FakeNomadProcess& nomad() { return *nomad_; }
  std::map<std::string, std::string>& env() { return run_.env; }

  NmgrResult Run(const std::vector<std::string>& words) const { return RunNmgr(words, run_); }
  void Shell(const std::string& line) const {
    const NmgrResult result = RunShell(line, run_);
    INFO(line << "\n" << result.out << result.err);
    REQUIRE(result.exit_code == 0);
  }
  void Change(const std::string& file, const std::string& from, const std::string& to) const {
    std::ifstream in(base() + "/" + file);
    std::stringstream text;
    text << in.rdbuf();
    std::string changed = text.str();
    REQUIRE(changed.find(from) != std::string::npos);
    changed.replace(changed.find(from), from.size(), to);
    std::ofstream(base() + "/" + file) << changed;
  }

 private:
  TempDir dir_;
  std::optional<FakeNomadProcess> nomad_;
  NmgrOptions run_;
  bool there_ = false;
};

}  // namespace

TEST_CASE("every case of the field has a test here") {
  const fs::path cases = CasesFolder();
  if (cases.empty()) return;
  std::ifstream source(std::string(NMGR_SOURCE_DIR) + "/tests/cli/cases_test.cpp");
  std::stringstream text;
  text << source.rdbuf();
  for (const auto& entry : fs::directory_iterator(cases)) {
    if (!entry.is_directory()) continue;
    const std::string name = entry.path().filename().string();
    INFO(name);
    CHECK(Says(text.str(), "(\"" + name + "\""));
  }
}

TEST_CASE("case: a file that a fileset took and that is gone is a change") {
  FieldCase repo("changed-fileset-deleted");
  if (!repo) return;
  repo.Shell(
      "git init -q . && git add -A && git -c user.name=x -c user.email=x@x commit -qm x && "
      "rm set.d/2.conf");
  CHECK(repo.Run({"list", "changed:HEAD"}).out == "fld-set\n");
  repo.Shell("git checkout -q . && git mv set.d/2.conf set.d/2.conf.off");
  CHECK(repo.Run({"list", "changed:HEAD"}).out == "fld-set\n");
}

TEST_CASE("case: grandchildren of a job that is periodic and parameterized go down too") {
  FieldCase repo("down-grandchildren", {.extra = {"--busy", "fld-enc*"}});
  if (!repo) return;
  REQUIRE(repo.Run({"up", "all"}).exit_code == 0);
  const std::string dispatch = R"({"Meta":{"who":"x"}})";
  REQUIRE(repo.nomad().Send("POST", "/v1/job/fld-enc/dispatch", dispatch).status == 200);
  std::string child;
  for (const auto& job : repo.nomad().Get("/v1/jobs?prefix=fld-enc%2Fdispatch")) child = job["ID"];
  child.replace(child.find('/'), 1, "%2F");
  REQUIRE(repo.nomad().Send("POST", "/v1/job/" + child + "/periodic/force").status == 200);
  const NmgrResult down = repo.Run({"down", "all"});
  CHECK(down.exit_code == 0);
  CHECK(Says(down.out, "with 2 children"));
  const auto jobs = repo.nomad().Get("/v1/jobs");
  REQUIRE(jobs.size() == 3);
  for (const auto& job : jobs) CHECK(job["Status"] == "dead");
}

TEST_CASE("case: an excluded folder takes no link's target away") {
  FieldCase repo("exclude-link");
  if (!repo) return;
  repo.Shell("mkdir -p tf && ln -s ../jobs/good.nomad.hcl tf/good.nomad.hcl");
  CHECK(repo.Run({"list", "all", "--exclude", "tf/"}).out == "fld-good\n");
}

TEST_CASE("case: file() starts where file_root says, and the error knows better") {
  FieldCase repo("file-from-root");
  if (!repo) return;
  const NmgrResult lost = repo.Run({"validate", "all"});
  CHECK(lost.exit_code == 65);
  CHECK(Says(lost.err, "file_root"));
  repo.Shell("printf '[general]\\nfile_root = \"base\"\\n' > ../config.toml");
  repo.env()["NMGR_CONFIG"] = "../config.toml";
  CHECK(repo.Run({"validate", "all"}).exit_code == 0);
}

TEST_CASE("case: filters look at the evaluated spec where the text does not decide") {
  FieldCase repo("filter-evaluated");
  if (!repo) return;
  CHECK(repo.Run({"list", "nas"}).out == "fld-nascomment\nfld-nasfile\nfld-nasvar\n");
  const NmgrResult db = repo.Run({"list", "db"});
  CHECK(db.out == "fld-nasfile\n");
  CHECK(Says(db.err, "conf/app.conf"));
}

TEST_CASE("case: what has no tag is latest") {
  FieldCase repo("find-latest");
  if (!repo) return;
  const NmgrResult unpinned = repo.Run({"image", "--unpinned", "all"});
  for (const char* id : {"fld-plain", "fld-var", "fld-untagged"}) CHECK(Says(unpinned.out, id));
  CHECK_FALSE(Says(unpinned.out, "fld-comment"));
}

TEST_CASE("case: a fault of the server is shown in the author's file") {
  FieldCase repo("flat-line-numbers");
  if (!repo) return;
  const NmgrResult judged = repo.Run({"validate", "--server", "all"});
  CHECK(judged.exit_code == 65);
  CHECK(Says(judged.err, "mail.nomad.hcl line 88, column 17"));
  CHECK_FALSE(Says(judged.err, "input.hcl"));
}

TEST_CASE("case: a file with a faulty job header is told of") {
  FieldCase repo("header-lost");
  if (!repo) return;
  const NmgrResult list = repo.Run({"list", "all"});
  CHECK(list.exit_code == 0);
  CHECK(list.out == "fld-good\n");
  CHECK(Says(list.err, "gomplate.nomad.hcl"));
  CHECK(Says(list.err, "nolabel.nomad.hcl"));
  CHECK_FALSE(Says(repo.Run({"validate", "./nolabel.nomad.hcl"}).err, "no job block in it"));
}

TEST_CASE("case: an image that does not depend on an unset variable is known") {
  FieldCase repo("list-unknown-image");
  if (!repo) return;
  const NmgrResult list = repo.Run({"list", "-l", "all"});
  CHECK(Says(list.out, "nginx:1"));
  CHECK(Says(list.out, "app:1.2"));
  const NmgrResult image = repo.Run({"image", "fld-unknown"});
  CHECK(Says(image.out, "nginx:1"));
  CHECK(Says(image.out, "app:1.2"));
}

TEST_CASE("case: neither * nor a namespace that Nomad lacks makes a job absent") {
  FieldCase repo("namespace-star");
  if (!repo) return;
  REQUIRE(repo.Run({"up", "all"}).exit_code == 0);
  for (const auto& [name_space, code] : {std::pair("*", 64), std::pair("typo", 1)}) {
    INFO(name_space);
    repo.env()["NOMAD_NAMESPACE"] = name_space;
    const NmgrResult down = repo.Run({"down", "all"});
    CHECK(down.exit_code == code);
    CHECK_FALSE(Says(down.out, "not registered"));
  }
  CHECK(repo.nomad().Get("/v1/job/fld-web")["Stop"] == false);
}

TEST_CASE("case: -p purges what a parameterized job has launched") {
  FieldCase repo("purge-children", {.extra = {"--busy", "fld-par*"}});
  if (!repo) return;
  REQUIRE(repo.Run({"up", "all"}).exit_code == 0);
  REQUIRE(repo.nomad().Send("POST", "/v1/job/fld-par/dispatch", "{}").status == 200);
  CHECK(repo.nomad().Get("/v1/jobs").size() == 2);
  CHECK(repo.Run({"down", "-p", "all"}).exit_code == 0);
  CHECK(repo.nomad().Get("/v1/jobs").empty());
}

TEST_CASE("case: reconcile keeps the count of a scaled group, and names what else goes live") {
  FieldCase repo("reconcile-resets-count");
  if (!repo) return;
  REQUIRE(repo.Run({"-d", "up", "all"}).exit_code == 0);
  nlohmann::json job = repo.nomad().Get("/v1/job/fld-api");
  job["TaskGroups"][0]["Count"] = 4;
  REQUIRE(repo.nomad().Send("POST", "/v1/jobs", nlohmann::json{{"Job", job}}.dump()).status == 200);
  repo.Change("api.nomad.hcl", "busybox:1", "busybox:2");
  CHECK(Says(repo.Run({"-n", "reconcile", "all"}).out, "busybox 1 -> 2"));
  CHECK(repo.Run({"-d", "reconcile", "all"}).exit_code == 0);
  job = repo.nomad().Get("/v1/job/fld-api");
  CHECK(job["TaskGroups"][0]["Count"] == 4);
  CHECK(job["TaskGroups"][0]["Tasks"][0]["Config"]["image"] == "busybox:2");
  // And where the group is not scaled, the reason names the count.
  repo.Change("api.nomad.hcl", "enabled = true", "enabled = false");
  repo.Change("api.nomad.hcl", "busybox:2", "busybox:3");
  CHECK(Says(repo.Run({"-n", "reconcile", "all"}).out, "count 4 -> 1"));
}

TEST_CASE("case: an empty change of a scaling block is none") {
  FieldCase repo("scaling-phantom");
  if (!repo) return;
  REQUIRE(repo.Run({"up", "all"}).exit_code == 0);
  CHECK(repo.Run({"--detailed-exitcode", "plan", "all"}).exit_code == 0);
  const auto version = repo.nomad().Get("/v1/job/fld-scaled")["Version"];
  CHECK(Says(repo.Run({"up", "all"}).out, "1 job up to date"));
  CHECK(repo.nomad().Get("/v1/job/fld-scaled")["Version"] == version);
}

TEST_CASE("case: an image that the author wrote for a sidecar is compared") {
  FieldCase repo("sidecar-task-image");
  if (!repo) return;
  REQUIRE(repo.Run({"-d", "up", "all"}).exit_code == 0);
  repo.Change("mesh.nomad.hcl", "v1.31.0", "v1.32.0");
  CHECK(Says(repo.Run({"-n", "reconcile", "all"}).out, "envoy v1.31.0 -> v1.32.0"));
  CHECK(Says(repo.Run({"image", "all"}).out, "envoyproxy/envoy"));
  CHECK(Says(repo.Run({"list", "-l", "all"}).out, "envoy"));
}

TEST_CASE("case: hints for an ID with a slash, a filter's name and a folder") {
  FieldCase repo("target-hints");
  if (!repo) return;
  CHECK(Says(repo.Run({"list", "team/app"}).err, "job:team/app"));
  CHECK(Says(repo.Run({"list", "nas"}).err, "job:nas"));
  CHECK(Says(repo.Run({"list", "media"}).err, "media/"));
  CHECK(repo.Run({"list", "job:team/app"}).out == "team/app\n");
}

TEST_CASE("case: what has failed is not up to date the second time") {
  FieldCase repo("up-to-date-though-failed",
                 {.fail = {"fld-two.db"}, .sick = {"fld-check"}, .never = {"fld-noplace"}});
  if (!repo) return;
  for (int round = 1; round <= 2; ++round) {
    INFO(round);
    const NmgrResult up = repo.Run({"--timeout", "1500ms", "up", "all"});
    INFO(up.out << up.err);
    CHECK(up.exit_code == 1);
    for (const char* id : {"fld-two", "fld-check", "fld-noplace"}) CHECK(Says(up.err, id));
    CHECK_FALSE(Says(up.out, "up to date"));
  }
}

TEST_CASE("case: the server is asked what registering would refuse") {
  FieldCase repo("validate-server-misses");
  if (!repo) return;
  const NmgrResult judged = repo.Run({"validate", "--server", "all"});
  CHECK(judged.exit_code == 65);
  for (const char* part : {"70000", "no-such-namespace", "regexp"}) {
    INFO(part);
    CHECK(Says(judged.err, part));
  }
  CHECK(repo.Run({"validate", "all"}).exit_code == 0);
}

TEST_CASE("case: one file of variables serves every target") {
  FieldCase repo("var-file-one-target");
  if (!repo) return;
  for (const char* target : {"all", "fld-web", "fld-api"}) {
    INFO(target);
    CHECK(repo.Run({"--var-file", "shared.vars", "render", target}).exit_code == 0);
  }
  repo.env()["NMGR_VAR_FILE"] = "shared.vars";
  const NmgrResult up = repo.Run({"-n", "up", "fld-api"});
  CHECK(up.exit_code == 0);
  CHECK_FALSE(Says(up.err, "error"));
}
