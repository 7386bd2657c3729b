// What `down` puts on record, and what `up --restore` and `up --forget` make of it.
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "actions/lab.h"

namespace nmgr::testing {
namespace {

std::string Would(const Lab& lab) { return lab.Run({"-n", "up", "--restore"}).out; }

void UpAndDown(Lab& lab, Words jobs) {
  jobs.insert(jobs.begin(), {"-q", "up"});
  REQUIRE(lab.Run(jobs).exit_code == 0);
  jobs[1] = "down";
  REQUIRE(lab.Run(jobs).exit_code == 0);
  lab.nomad.ClearLog();
}

}  // namespace

TEST_CASE("up --restore --list shows what would come back, and changes nothing") {
  Lab lab;
  lab.Usual();
  NmgrResult none = lab.Run({"up", "--restore", "--list"});
  CHECK(none.exit_code == 0);
  CHECK(none.out.empty());
  CHECK(Mentions(none.err, "nothing to bring back (nothing was stopped by `down` here)"));

  UpAndDown(lab, {"web", "mail"});
  const NmgrResult list = lab.Run({"up", "--restore", "--list"});
  CHECK(list.exit_code == 0);
  CHECK(LinesWith(list.out, "web").size() == 1);
  CHECK(LinesWith(list.out, "mail").size() == 1);
  CHECK_FALSE(Mentions(list.out, "cache"));
  CHECK(Mentions(list.out, "UTC"));
  const auto document =
      nlohmann::json::parse(lab.Run({"-o", "json", "up", "--restore", "--list"}).out);
  CHECK(document["stopped"].size() == 2);
  CHECK(document["stopped"][0]["namespace"] == "default");
  CHECK(std::filesystem::exists(document["record"].get<std::string>()));
  CHECK(lab.NewWrites().empty());

  CHECK(lab.Run({"up", "--list", "web"}).exit_code == 64);
  REQUIRE(lab.Run({"up", "--restore"}).exit_code == 0);
  none = lab.Run({"up", "--restore"});
  CHECK(none.exit_code == 0);
  CHECK(Mentions(none.err, "nothing to bring back (nothing was stopped by `down` here since 20"));
}

TEST_CASE("Recorded jobs of one ID are told apart by their namespaces") {
  Lab lab({.namespaces = {"prod"}});
  lab.Service("web", "web:1");
  lab.Service("mail", "mail:1");
  lab.dir.Write("cld/prod/web.hcl", ServiceSpec("web", "web:1", "  namespace = \"prod\"\n"));
  UpAndDown(lab, {"web", "mail"});
  const NmgrResult forgotten = lab.Run({"up", "--forget"});
  INFO(forgotten.err);
  CHECK(Mentions(forgotten.out, "default/web forgotten\n"));
  CHECK(Mentions(forgotten.out, "prod/web forgotten\n"));
  CHECK(LinesWith(forgotten.out, "mail forgotten").size() == 1);
}

TEST_CASE("up --forget leaves jobs stopped, one or all, by exact ID") {
  Lab lab;
  lab.Usual();
  UpAndDown(lab, {"web", "mail", "cache"});
  CHECK(lab.Run({"up", "--forget", "we"}).exit_code == 66);
  CHECK(lab.Run({"up", "--forget", "web", "nothing"}).exit_code == 66);
  CHECK(lab.Run({"-n", "up", "--forget", "web"}).out ==
        "[DRY RUN] would forget that web was stopped\n");
  CHECK(LinesWith(Would(lab), "[DRY RUN]").size() == 3);
  CHECK(lab.Run({"up", "--forget", "web"}).exit_code == 0);
  CHECK_FALSE(Mentions(Would(lab), "web"));
  CHECK(LinesWith(Would(lab), "[DRY RUN]").size() == 2);
  CHECK(lab.Run({"up", "--forget"}).exit_code == 0);
  CHECK(Would(lab).empty());
  CHECK(lab.NewWrites().empty());
}

TEST_CASE("What could not be forgotten is not told as forgotten") {
  if (!kRunsWithoutFiles) {
    WARN("SKIPPED: no program of this build runs under ulimit -f 0");
    return;
  }
  Lab lab;
  lab.Usual();
  UpAndDown(lab, {"web"});
  const NmgrResult result =
      RunShell("ulimit -f 0; \"$NMGR\" up --forget -o json | cat", lab.Options());
  INFO(result.out << result.err);
  const nlohmann::json document = nlohmann::json::parse(result.out);
  CHECK(document["exit_code"] == 1);
  CHECK(document["forgotten"].empty());
  CHECK(LinesWith(Would(lab), "[DRY RUN]").size() == 1);
  CHECK(nlohmann::json::parse(lab.Run({"up", "--forget", "-o", "json"}).out)["forgotten"].size() ==
        1);
}

TEST_CASE("What was purged is not on record, also if it was only stopped before") {
  Lab lab;
  lab.Usual();
  UpAndDown(lab, {"web"});
  REQUIRE(lab.Run({"-q", "up", "mail"}).exit_code == 0);
  REQUIRE(lab.Run({"-q", "-p", "down", "web", "mail"}).exit_code == 0);
  CHECK(Would(lab).empty());
}

TEST_CASE("What cannot come back is told once and then forgotten") {
  Lab lab;
  lab.Usual();
  UpAndDown(lab, {"web", "mail"});
  lab.dir.Remove("cld/web");
  const NmgrResult dry = lab.Run({"-n", "up", "--restore"});
  CHECK(dry.exit_code == 1);
  CHECK(Mentions(dry.err, "web was stopped at 20"));
  const NmgrResult first = lab.Run({"up", "--restore"});
  CHECK(first.exit_code == 1);
  CHECK(Mentions(first.err, "web was stopped at 20"));
  CHECK(Mentions(first.err, "it is forgotten now"));
  CHECK(lab.NewWrites() == Words{"register"});
  const NmgrResult second = lab.Run({"up", "--restore"});
  CHECK(second.exit_code == 0);
  CHECK_FALSE(Mentions(second.err, "web"));
}

TEST_CASE("The record is found however address, region and base directory are written") {
  Lab lab;
  lab.Usual();
  UpAndDown(lab, {"web"});
  lab.dir.Link(lab.dir.At("cld"), "linked");
  const std::string address = lab.nomad.address();
  const std::string port = address.substr(address.rfind(':'));
  const std::map<std::string, std::string> usual = lab.env;
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"NOMAD_ADDR", address + "/"},
                                                        {"NOMAD_ADDR", "HTTP://127.0.0.1" + port},
                                                        {"NOMAD_ADDR", "http://localhost" + port},
                                                        {"NOMAD_REGION", "global"},
                                                        {"NMGR_BASE_DIR", lab.dir.At("linked")}}) {
    INFO(name << "=" << value);
    lab.env = usual;
    lab.env[name] = value;
    CHECK(Mentions(Would(lab), "web"));
  }
}

TEST_CASE("Where the record cannot be written down warns, at the end again; --strict refuses") {
  Lab lab;
  lab.Usual();
  REQUIRE(lab.Run({"-q", "up", "services"}).exit_code == 0);
  lab.nomad.ClearLog();
  lab.dir.Remove("state");  // with the journal of that run
  lab.dir.Write("state", "no folder");

  const NmgrResult strict = lab.Run({"--strict", "down", "services"});
  CHECK(strict.exit_code == 1);
  CHECK(Mentions(strict.err, "nothing was touched"));
  CHECK(lab.NewWrites().empty());

  const NmgrResult quiet = lab.Run({"-q", "down", "services"});
  CHECK(quiet.exit_code == 0);
  CHECK(lab.NewWrites().size() == 3);
  const Words warnings = LinesWith(quiet.err, "warning:");
  REQUIRE(warnings.size() == 3);
  CHECK(Mentions(warnings[0], "there is no journal of this run"));
  CHECK(Mentions(warnings[1], lab.dir.At("state")));
  CHECK(Mentions(warnings[1], "up --restore"));
  for (const char* id : {"web", "cache", "mail"}) CHECK(Mentions(warnings[2], id));
}

TEST_CASE("Without a home nothing is written or read in the current folder") {
  Lab lab;
  lab.Usual();
  REQUIRE(lab.Run({"-q", "up", "web"}).exit_code == 0);
  lab.dir.Remove("state");
  lab.env.erase("XDG_STATE_HOME");
  lab.dir.Write(".config/nmgr/config.toml", "[general\n");
  for (const std::map<std::string, std::string>& homes :
       {std::map<std::string, std::string>{{"HOME", ""}},
        {{"HOME", "relative"}, {"XDG_CONFIG_HOME", ".config"}, {"XDG_STATE_HOME", "state"}}}) {
    for (const auto& [name, value] : homes) lab.env[name] = value;
    const NmgrResult down = lab.Run({"-q", "down", "web"});
    CHECK(down.exit_code == 0);
    CHECK(Mentions(down.err, "warning: neither HOME nor XDG_STATE_HOME"));
    CHECK(lab.Run({"up", "--restore"}).exit_code == 1);
    REQUIRE(lab.Run({"-q", "up", "web"}).exit_code == 0);
  }
  for (const char* name : {"nmgr", "state", ".local", "relative"}) {
    CHECK_FALSE(std::filesystem::exists(lab.dir.At(name)));
  }
  lab.env["NMGR_BASE_DIR"] = "";
  lab.env["HOME"] = "";
  CHECK(lab.Run({"list", "all"}).exit_code == 66);  // never ./cld
}

TEST_CASE("Two runs that go down at the same time lose no entry, while a third comes up") {
  Lab lab;
  Words first = {"-q", "down"};
  Words second = {"-q", "down"};
  for (int i = 0; i < 12; ++i) {
    const std::string id = "job" + std::to_string(i);
    lab.Service(id, "x:1");
    (i % 2 == 0 ? first : second).push_back(id);
  }
  for (int round = 0; round < 3; ++round) {
    REQUIRE(lab.Run({"-q", "up", "all"}).exit_code == 0);
    Child one = StartNmgr(first, lab.Options());
    Child two = StartNmgr(second, lab.Options());
    CHECK(one.Wait().exit_code == 0);
    CHECK(two.Wait().exit_code == 0);
    CHECK(LinesWith(Would(lab), "[DRY RUN]").size() == 12);
  }
}

TEST_CASE("Killed at any moment, the next restore brings back everything that stands still") {
  Lab lab({.healthy_after_ms = 1, .gone_after_ms = 20});
  for (int i = 0; i < 6; ++i) lab.Service("job" + std::to_string(i), "x:1");
  for (int round = 0; round < 8; ++round) {
    REQUIRE(lab.Run({"-q", "up", "all"}).exit_code == 0);
    {
      const Child down = StartNmgr({"-q", "down", "all"}, lab.Options());
      std::this_thread::sleep_for(std::chrono::milliseconds(60 + 23 * round));
      down.Signal(SIGKILL);
    }
    const NmgrResult restore = lab.Run({"-q", "up", "--restore"});
    INFO(restore.err);
    CHECK(restore.exit_code == 0);
    for (int i = 0; i < 6; ++i) CHECK(lab.Job("job" + std::to_string(i))["Stop"] == false);
  }
}

}  // namespace nmgr::testing
