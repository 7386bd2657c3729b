// serve with `prune = true`: what git deletes is stopped, and nothing else.
#include <algorithm>
#include <catch2/catch.hpp>

#include "actions/serve_daemon.h"

namespace nmgr::testing {
namespace {

// Ten jobs, j0 to j9, of which two may go at once; applied.
class PruneLab : public ServeLab {
 public:
  explicit PruneLab(const std::string& more = "prune_grace = \"0s\"\n",
                    FakeNomadOptions options = {})
      : ServeLab(std::move(options)) {
    Config("prune = true\n" + more);
    for (int i = 0; i < 10; ++i) Service("j" + std::to_string(i));
    Commit();
    Must();
    NewWrites();
  }

  void Service(const std::string& id) const { File(id + ".hcl", ServiceSpec(id, id + ":1")); }
  void Remove(const std::string& paths) const {
    Shell("git rm -q " + paths);
    Commit("remove " + paths);
  }
  void Must() const {
    const NmgrResult result = Once();
    if (result.exit_code != 0) throw std::runtime_error(result.out + result.err);
  }
  bool IsStopped(const std::string& id) const { return Job(id).at("Stop") == true; }
};

constexpr const char* kLedgerWrite = "PUT /v1/var/nmgr/serve/default/jobs/lab/";

}  // namespace

TEST_CASE("what takes the place of a file, or hides the one it may have become, stops no job") {
  const char* const kPointer =
      "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a21\nsize 120\n";
  const std::string encrypted("\0GITCRYPT\0\x01\x02\x03", 13);
  std::string comments;
  for (int i = 0; i < 60; ++i) comments += "# " + std::to_string(i) + " is why it was put away\n";
  PruneLab lab;
  lab.Shell("git rm -q j0.hcl");
  SECTION("a pointer of Git LFS elsewhere") { lab.File("apps/x.hcl", kPointer); }
  SECTION("a file that is encrypted elsewhere") { lab.File("apps/x.hcl", encrypted); }
  SECTION("the same place") { lab.File("j0.hcl", kPointer); }
  SECTION("a folder that is not looked at, and much the same text no more") {
    lab.File("_archive/j0.hcl", comments + ServiceSpec("j0", "another:1"));
  }
  lab.Commit();
  for (int i = 0; i < 4; ++i) lab.Once();
  CHECK(lab.NewWrites().empty());
  CHECK_FALSE(lab.IsStopped("j0"));
}

TEST_CASE(
    "a job goes on running of which the memory was deleted under the daemon, or overwritten") {
  const bool overwritten = GENERATE(false, true);
  PruneLab lab("prune_grace = \"0s\"\ninterval = \"1s\"\n[serve]\nlisten = \"\"\n");
  Daemon daemon(lab);
  REQUIRE(daemon.Says("10 in-sync"));
  for (const char digit : std::string("0123456789abcdef")) {
    const std::string path = std::string("/v1/var/nmgr/serve/default/jobs/lab/0") + digit;
    if (overwritten) {
      REQUIRE(lab.nomad.Send("PUT", path, R"({"Items": {"x": "y"}})").status == 200);
    } else {
      lab.nomad.Send("DELETE", path);
    }
  }
  lab.Remove("j0.hcl");
  CHECK(daemon.Says(overwritten ? "was changed by somebody else" : "was deleted"));
  // Two syncs more.
  for (const char* id : {"j1", "j2"}) {
    const std::string image = std::string(id) + ":2";
    lab.File(std::string(id) + ".hcl", ServiceSpec(id, image));
    lab.Commit();
    REQUIRE(TurnsTrue([&] { return lab.LiveImage(id) == image; }));
  }
  INFO(daemon.Log());
  CHECK_FALSE(lab.IsStopped("j0"));
}

TEST_CASE("a folder that has become a submodule takes its jobs along, and stops none") {
  PruneLab lab;
  lab.File("mod/m.hcl", ServiceSpec("m", "m:1"));
  lab.Commit();
  lab.Must();
  lab.NewWrites();
  lab.Shell(
      "git rm -rq mod && git init -q ../inner && cd ../inner && git -c user.name=a -c "
      "user.email=a@b commit -q --allow-empty -m x && cd ../repo && git update-index --add "
      "--cacheinfo 160000,$(git -C ../inner rev-parse HEAD),mod && git -c user.name=a -c "
      "user.email=a@b commit -q -m submodule");
  NmgrResult result;
  for (int i = 0; i < 4; ++i) result = lab.Once();
  INFO(result.out << result.err);
  CHECK(lab.NewWrites().empty());
  CHECK_FALSE(lab.IsStopped("m"));
  CHECK(lab.VerdictOf("m") == "frozen");
  CHECK(Mentions(result.out, "mod: a submodule, which is not read"));
}

TEST_CASE(
    "a job whose file git has deleted is stopped at the second fetch, and comes back with it") {
  PruneLab lab;
  lab.Remove("j0.hcl");
  NmgrResult result = lab.Once();
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK(Mentions(result.out, "orphan"));
  CHECK(Mentions(result.out, "grace until"));
  CHECK(lab.NewWrites().empty());
  // A dry run says it, and does nothing.
  result = lab.Once({"-n"});
  INFO(result.out << result.err);
  CHECK(Mentions(result.out, "[DRY RUN] would stop j0: j0.hcl was deleted in git"));
  CHECK(lab.NewWrites().empty());
  CHECK(lab.Once({"-n", "--detailed-exitcode"}).exit_code == 2);

  result = lab.Once();
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK(lab.NewWrites() == Words{"stop j0"});
  CHECK(lab.IsStopped("j0"));
  CHECK(lab.VerdictOf("j0") == "in-sync");
  CHECK(lab.NewWrites().empty());

  lab.Shell("git revert --no-edit HEAD 2>/dev/null || true");
  lab.Service("j0");
  lab.Commit("back");
  CHECK(lab.VerdictOf("j0") == "in-sync");
  CHECK(lab.NewWrites() == Words{"register"});
  CHECK_FALSE(lab.IsStopped("j0"));
}

TEST_CASE(
    "a stop that Nomad refuses is told once, with the right that is missing, and tried again") {
  PruneLab lab("prune_grace = \"0s\"\ninterval = \"1s\"\n[serve]\nlisten = \"\"\n",
               {.faults = {"DELETE /v1/job/j0 403x6 Permission denied"}});
  lab.Remove("j0.hcl");
  Daemon daemon(lab);
  const std::string refused = "it could not be stopped: Nomad refused DELETE /v1/job/j0";
  REQUIRE(daemon.Says(refused));
  REQUIRE(ComesTrue([&] { return lab.nomad.CountOf("DELETE /v1/job/j0") >= 2; }));
  const std::string log = daemon.Log();
  CHECK(Mentions(log, "\"deregister-job\" in namespace \"default\""));
  // What is kept of it is as it was.
  const int writes = lab.nomad.CountOf(kLedgerWrite);
  const int tries = lab.nomad.CountOf("DELETE /v1/job/j0");
  REQUIRE(ComesTrue([&] { return lab.nomad.CountOf("DELETE /v1/job/j0") >= 5; }));
  CHECK(tries < 5);
  CHECK(lab.nomad.CountOf(kLedgerWrite) == writes);
  CHECK(daemon.Log() == log);
  // Once it may, it does, and says so.
  REQUIRE(ComesTrue([&] { return lab.IsStopped("j0"); }));
  CHECK(daemon.Says("j0: stopped"));
  CHECK(daemon.End() == 0);
}

TEST_CASE("a job whose stop was refused counts as one of its source") {
  PruneLab lab("prune_grace = \"0s\"\n", {.faults = {"DELETE /v1/job/j0 403x2 Permission denied"}});
  lab.Remove("j0.hcl");
  lab.Must();
  CHECK(lab.VerdictOf("j0") == "failed");
  // Two of ten may go at once.
  lab.Remove("j1.hcl");
  CHECK(lab.VerdictOf("j1") == "orphan");
  CHECK_FALSE(lab.IsStopped("j0"));
  lab.NewWrites();
  lab.Must();
  Words stopped = lab.NewWrites();
  std::sort(stopped.begin(), stopped.end());
  CHECK(stopped == Words{"stop j0", "stop j1"});
}

TEST_CASE("what a person stops while the daemon no longer tries to is the person's") {
  const bool is_back = GENERATE(false, true);
  PruneLab lab("prune_grace = \"0s\"\n", {.faults = {"DELETE /v1/job/j0 403x1 Permission denied"}});
  lab.Remove("j0.hcl");
  lab.Must();
  CHECK(lab.VerdictOf("j0") == "failed");
  const auto back = [&lab] {
    lab.Service("j0");
    lab.Commit("back");
  };
  if (is_back) {
    lab.Config("prune = true\ndrift = \"warn\"\n");
    lab.Spec("j0", ServiceSpec("j0", "j0:hand"));
    REQUIRE(lab.Run({"up", "j0"}).exit_code == 0);
    back();
    CHECK(lab.VerdictOf("j0") == "held (drift)");
  } else {
    REQUIRE(lab.Run({"sync", "pause", "lab"}).exit_code == 0);
    CHECK(lab.VerdictOf("j0") == "orphan");
  }
  lab.nomad.Send("DELETE", "/v1/job/j0");
  lab.Must();
  if (!is_back) {
    REQUIRE(lab.Run({"sync", "resume", "lab"}).exit_code == 0);
    back();
  }
  CHECK(lab.VerdictOf("j0") == "held (stopped)");
  CHECK(lab.IsStopped("j0"));
}

TEST_CASE("a register that Nomad refuses again and again is written down once") {
  ServeLab lab({.faults = {"POST /v1/jobs$ 403x50 Permission denied"}});
  lab.Config("interval = \"1s\"\n[serve]\nlisten = \"\"\n");
  lab.Web("docker.io/web:1");
  lab.Commit();
  Daemon daemon(lab);
  const auto is_tried = [&] {
    return lab.nomad.CountOf("POST /v1/jobs") > lab.nomad.CountOf("POST /v1/jobs/");
  };
  REQUIRE(daemon.Says("register-job"));
  const auto kept = [&] { return lab.nomad.CountOf("PUT /v1/var/nmgr/serve/default/status/lab"); };
  const auto is_kept = [&] { return kept() >= 1; };
  // When the first sync begins, and when it is over.
  REQUIRE(ComesTrue([&] { return kept() >= 2; }));
  for (int again = 0; again < 3; ++again) {
    lab.nomad.ClearLog();
    lab.Commit("nothing that concerns it");
    REQUIRE(ComesTrue(is_tried));
    // The end of that look: its status is kept.
    REQUIRE(ComesTrue(is_kept));
    CHECK(lab.nomad.CountOf(kLedgerWrite) == 0);
  }
  CHECK(daemon.End() == 0);
}

TEST_CASE("a ledger that may not be written is told of once, and nothing is begun until it may") {
  ServeLab lab({.faults = {std::string(kLedgerWrite) + " 403x2@4 Permission denied"}});
  lab.Config("interval = \"1h\"\n[serve]\nlisten = \"\"\n");
  lab.File("other.hcl", ServiceSpec("other", "other:1"));
  lab.Web("web:1");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  REQUIRE(lab.nomad.CountOf(kLedgerWrite) == 4);  // both jobs, before and after
  lab.Web("web:2");
  lab.Commit();
  lab.NewWrites();
  Daemon daemon(lab);
  const auto is_refused = [&](int times) {
    return ComesTrue([&] { return lab.nomad.CountOf(kLedgerWrite) >= times; });
  };
  REQUIRE(is_refused(1));
  // What was not begun has not been taken back by who changes the job now.
  lab.Spec("web", ServiceSpec("web", "web:hand"));
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  REQUIRE(is_refused(2));
  REQUIRE(lab.Run({"sync", "now", "lab"}).exit_code == 0);
  CHECK(ComesTrue([&] { return lab.LiveImage("web") == "web:2"; }));
  CHECK(daemon.Says("web: in-sync"));
  CHECK(daemon.End() == 0);
  const std::string log = daemon.Log();
  INFO(log);
  const std::string told = "lab: what is done cannot be noted: Nomad refused PUT";
  REQUIRE(Mentions(log, told));
  CHECK(log.find(told) == log.rfind(told));
  CHECK(Mentions(log, "but not before its ledger can be written"));
  CHECK_FALSE(Mentions(log, "unreachable"));
  CHECK(lab.NewWrites() == Words{"register", "register"});
}

TEST_CASE("what prune has to wait for: its grace, a pause, a window, a hold") {
  PruneLab lab("prune_grace = \"1h\"\n");
  lab.Remove("j0.hcl");
  lab.Must();
  lab.Must();
  CHECK(lab.NewWrites().empty());
  CHECK(lab.VerdictOf("j0") == "orphan");
  lab.Config("prune = true\nprune_grace = \"0s\"\nwindows = [\"deny * * * * * for 1h\"]\n");
  CHECK(lab.VerdictOf("j0") == "orphan");
  CHECK(lab.Row("j0").at("hint") == "nmgr sync now lab --force");
  lab.Config("prune = true\nprune_grace = \"0s\"\n");
  REQUIRE(lab.Run({"sync", "pause", "lab"}).exit_code == 0);
  CHECK(lab.VerdictOf("j0") == "orphan");
  REQUIRE(lab.Run({"sync", "hold", "lab", "j0"}).exit_code == 0);
  REQUIRE(lab.Run({"sync", "resume", "lab"}).exit_code == 0);
  CHECK(lab.VerdictOf("j0") == "orphan");
  CHECK(Mentions(lab.Row("j0").at("reason"), "somebody holds it"));
  CHECK(lab.NewWrites().empty());
  REQUIRE(lab.Run({"sync", "release", "lab", "j0"}).exit_code == 0);
  CHECK(lab.VerdictOf("j0") == "in-sync");
  CHECK(lab.NewWrites() == Words{"stop j0"});
}

TEST_CASE("more than a fifth at once wants a person") {
  PruneLab lab;
  lab.Remove("j0.hcl j1.hcl j2.hcl");
  lab.Must();
  lab.Must();
  CHECK(lab.VerdictOf("j0") == "orphan");
  CHECK(lab.Row("j0").at("hint") == "nmgr sync confirm lab");
  CHECK(lab.NewWrites().empty());
  REQUIRE(lab.Run({"sync", "confirm", "lab", "j1"}).exit_code == 0);
  lab.Must();
  CHECK(lab.NewWrites() == Words{"stop j1"});
  // Two of nine are still more than a fifth.
  lab.Must();
  CHECK(lab.NewWrites().empty());
  REQUIRE(lab.Run({"sync", "confirm", "lab"}).exit_code == 0);
  lab.Must();
  CHECK(lab.NewWrites().size() == 2);
  CHECK(lab.IsStopped("j0"));
  CHECK(lab.IsStopped("j2"));
}

TEST_CASE("a confirm covers what waited when it was given, and nothing that is deleted later") {
  PruneLab lab;
  lab.Remove("j0.hcl j1.hcl j2.hcl");
  lab.Must();
  REQUIRE(lab.Run({"sync", "pause", "lab"}).exit_code == 0);
  REQUIRE(lab.Run({"sync", "confirm", "lab"}).exit_code == 0);
  const auto control = lab.nomad.Get("/v1/var/nmgr/serve/default/control/lab");
  lab.Must();
  lab.Remove("j3.hcl j4.hcl j5.hcl");
  lab.Must();
  // Read late, as by a copy that was busy all the time, it still means the three.
  const nlohmann::json again = {{"Path", control["Path"]}, {"Items", control["Items"]}};
  REQUIRE(lab.nomad.Send("PUT", "/v1/var/nmgr/serve/default/control/lab", again.dump()).status ==
          200);
  lab.Must();
  CHECK(lab.NewWrites().empty());
  REQUIRE(lab.Run({"sync", "resume", "lab"}).exit_code == 0);
  for (int i = 0; i < 3; ++i) lab.Must();
  Words stopped = lab.NewWrites();
  std::sort(stopped.begin(), stopped.end());
  CHECK(stopped == Words{"stop j0", "stop j1", "stop j2"});
  CHECK(lab.Row("j3").at("hint") == "nmgr sync confirm lab");
}

TEST_CASE("a confirm where nothing waits is told so, and is not kept for what comes") {
  PruneLab lab;
  const NmgrResult result = lab.Run({"sync", "confirm", "lab"});
  INFO(result.err);
  CHECK(result.exit_code == 66);
  CHECK(Mentions(result.err, "no job of lab waits to be confirmed"));
  lab.Remove("j0.hcl j1.hcl j2.hcl");
  for (int i = 0; i < 3; ++i) lab.Must();
  CHECK(lab.NewWrites().empty());
}

TEST_CASE("what is deleted together is stopped in the reverse of the order that it started in") {
  const bool configured = GENERATE(false, true);
  const std::string order =
      configured ? "[order]\n\"bapp\" = [\"azdb\"]\n\"capp\" = [\"bapp\"]\n" : "";
  const std::string source = "prune = true\nprune_grace = \"0s\"\n";
  ServeLab lab({.extra = {"--log-bodies"}});
  lab.Config(source + order);
  for (const char* id : {"keep1", "keep2", "keep3", "keep4", "keep5", "keep6", "keep7", "keep8",
                         "keep9", "keepa", "keepb", "keepc"}) {
    lab.File(std::string(id) + ".hcl", ServiceSpec(id, "app:1"));
  }
  const auto spec = [&](const std::string& id, const std::string& asks) {
    const std::string more =
        configured || asks.empty()
            ? ""
            : "      template {\n        data = \"{{ range nomadService `" + asks +
                  "` }}{{ end }}\"\n        destination = \"local/x\"\n      }\n";
    lab.File(id + ".hcl",
             "job \"" + id + "\" {\n  group \"main\" {\n    task \"" + id +
                 "\" {\n      driver = \"docker\"\n      config {\n        image = \"" + id +
                 ":1\"\n      }\n      service {\n        name = \"" + id +
                 "\"\n        provider = \"nomad\"\n      }\n" + more + "    }\n  }\n}\n");
  };
  spec("capp", "bapp");
  spec("bapp", "azdb");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  // Each from a commit of its own.
  spec("azdb", "");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  lab.NewWrites();
  lab.Shell("git rm -q azdb.hcl bapp.hcl capp.hcl");
  lab.Commit("all at once");
  REQUIRE(lab.Once().exit_code == 0);
  const NmgrResult result = lab.Once();
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK(lab.NewWrites() == Words{"stop capp", "stop bapp", "stop azdb"});
}

TEST_CASE("the order of the config file is that in which a sync registers") {
  ServeLab lab({.extra = {"--log-bodies"}});
  lab.Config("[order]\n\"a\" = [\"z\"]\n\"m\" = [\"a\"]\n");
  for (const char* id : {"a", "m", "z"}) {
    lab.File(std::string(id) + ".hcl", ServiceSpec(id, "app:1"));
  }
  lab.Commit();
  const NmgrResult result = lab.Once();
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  Words registered;
  for (const FakeNomadRequest& request : lab.nomad.Requests()) {
    if (request.Line() != "POST /v1/jobs") continue;
    registered.push_back(nlohmann::json::parse(request.body).at("Job").at("ID"));
  }
  CHECK(registered == Words{"z", "a", "m"});
  // One that cannot be is told, and nothing is done until it is mended.
  lab.Config("[order]\n\"a\" = [\"z\"]\n\"z\" = [\"a\"]\n");
  lab.File("a.hcl", ServiceSpec("a", "app:2"));
  lab.Commit();
  lab.NewWrites();
  const NmgrResult wrong = lab.Once();
  INFO(wrong.out << wrong.err);
  CHECK(wrong.exit_code == 78);
  CHECK(lab.NewWrites().empty());
  CHECK(Words{lab.Row("a").at("verdict"), lab.Row("m").at("verdict")} == Words{"frozen", "frozen"});
  CHECK(Mentions(lab.Row("a").at("reason"), "a"));
}

TEST_CASE("what was refused as one set stays refused until each of it is confirmed") {
  const bool alone = GENERATE(false, true);
  const Words how = alone ? Words{"--no-lease"} : Words{};
  PruneLab lab;
  lab.Service("j10");
  lab.Commit();
  const auto look = [&] {
    const NmgrResult result = lab.Once(how);
    INFO(result.out << result.err);
    CHECK(result.exit_code == 0);
    return lab.NewWrites();
  };
  look();
  // Of eleven two may go, and so of the ten that are left when one is gone.
  lab.Remove("j0.hcl j1.hcl j2.hcl");
  look();
  CHECK(look().empty());
  CHECK(Mentions(lab.Row("j0", how).at("reason"), "3 of 11 jobs"));
  lab.nomad.Send("DELETE", "/v1/job/j1");
  lab.NewWrites();
  CHECK(look().empty());
  CHECK(Mentions(lab.Row("j0", how).at("reason"), "each wants to be confirmed"));
  CHECK(lab.Row("j0", how).at("hint") == "nmgr sync confirm lab");
  if (!alone) CHECK(Mentions(lab.Run({"sync", "status"}).out, "nmgr sync confirm lab"));
  lab.Service("j0");
  lab.Commit("one is back");
  look();
  CHECK(look().empty());
  CHECK_FALSE(lab.IsStopped("j2"));
  if (alone) return;  // nobody steers it
  REQUIRE(lab.Run({"sync", "confirm", "lab", "j2"}).exit_code == 0);
  CHECK(look() == Words{"stop j2"});
}

TEST_CASE("confirming one of a set frees that one, and what is confirmed early goes at its time") {
  PruneLab lab;
  lab.Service("j10");
  lab.Commit();
  lab.Must();
  lab.Remove("j0.hcl j1.hcl j2.hcl");
  lab.Must();
  REQUIRE(lab.Run({"sync", "confirm", "lab", "j1"}).exit_code == 0);
  lab.Must();
  CHECK(lab.NewWrites() == Words{"register", "stop j1"});
  for (int i = 0; i < 2; ++i) lab.Must();
  CHECK(lab.NewWrites().empty());
  lab.Config("prune = true\nprune_grace = \"1h\"\n");
  REQUIRE(lab.Run({"sync", "confirm", "lab"}).exit_code == 0);
  lab.Must();
  CHECK(lab.NewWrites().empty());
  CHECK(Mentions(lab.Row("j0").at("reason"), "grace until"));
  lab.Config("prune = true\nprune_grace = \"0s\"\n");
  lab.Must();
  CHECK(lab.NewWrites().size() == 2);
}

TEST_CASE(
    "nothing is pruned while a file may hide any job, and what it hides is known by its header") {
  PruneLab lab;
  lab.File("j5.hcl", "job \"j5\" {\n  meta {\n    x = local.nothing\n  }\n}\n");
  lab.File("torn.hcl", "job {\n");
  lab.Shell("git rm -q j0.hcl");
  lab.Commit();
  for (int i = 0; i < 3; ++i) {
    const NmgrResult result = lab.Once();
    INFO(result.out << result.err);
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.out, "torn.hcl"));
  }
  CHECK(lab.NewWrites().empty());
  lab.Remove("torn.hcl");
  CHECK(lab.Once().exit_code == 1);
  CHECK(lab.NewWrites().empty());
  CHECK(lab.Once().exit_code == 1);
  CHECK(lab.NewWrites() == Words{"stop j0"});
  CHECK_FALSE(lab.IsStopped("j5"));
}

TEST_CASE("what was moved, renamed, excluded or taken by another source is not pruned") {
  PruneLab lab;
  lab.Shell(
      "mkdir -p apps _archive && git mv j0.hcl apps/zero.hcl && git mv j1.hcl _archive/j1.hcl && "
      "git mv j2.hcl apps/torn.hcl && sed -i 's/group/grupo/' apps/torn.hcl");
  lab.Commit();
  for (int i = 0; i < 3; ++i) lab.Once();
  CHECK(lab.NewWrites().empty());
  CHECK(lab.VerdictOf("j0") == "in-sync");
  CHECK(lab.VerdictOf("j1") == "orphan");
  CHECK(Mentions(lab.Row("j1").at("reason"), "was moved to _archive/j1.hcl"));
  CHECK(lab.VerdictOf("j2") == "frozen");
  lab.Config("prune = true\nprune_grace = \"0s\"\nexclude = [\"j3.hcl\"]\n");
  for (int i = 0; i < 3; ++i) lab.Once();
  CHECK(lab.VerdictOf("j3") == "orphan");
  CHECK(Mentions(lab.Row("j3").at("reason"), "j3.hcl is still there"));
  // To another repository.
  lab.Shell(
      "git init -q -b main ../two && cp j4.hcl ../two && cd ../two && git add -A && "
      "git -c user.name=Ann -c user.email=ann@example.org commit -q -m two");
  lab.Config("prune = true\nprune_grace = \"0s\"\n[source.two]\nurl = \"file://" +
             lab.dir.At("two") + "\"\nprune = true\nprune_grace = \"0s\"\n");
  lab.Remove("j4.hcl");
  for (int i = 0; i < 3; ++i) lab.Once();
  CHECK(lab.NewWrites().empty());
  CHECK_FALSE(lab.IsStopped("j4"));
  CHECK(lab.Row("j4").at("source") == "two");
}

TEST_CASE("what somebody changed, and what is infra or protected, is not pruned") {
  PruneLab lab;
  lab.Config(
      "prune = true\nprune_grace = \"0s\"\ninfra_jobs = [\"j1\"]\n[serve]\nprotect = [\"j2\"]\n");
  lab.Spec("j0", ServiceSpec("j0", "j0:hand"));
  REQUIRE(lab.Run({"up", "job:j0"}).exit_code == 0);
  lab.Remove("j0.hcl j1.hcl j2.hcl");
  lab.NewWrites();
  for (int i = 0; i < 3; ++i) lab.Once();
  CHECK(lab.NewWrites().empty());
  for (const char* id : {"j0", "j1", "j2"}) CHECK(lab.VerdictOf(id) == "orphan");
}

TEST_CASE(
    "a force push, an empty tree, a branch that is gone and a remote that is away prune nothing") {
  PruneLab lab;
  const auto quiet = [&] {
    for (int i = 0; i < 3; ++i) lab.Once();
    CHECK(lab.NewWrites().empty());
  };
  lab.Shell("git checkout -q --orphan fresh && git rm -q --cached j0.hcl && rm j0.hcl");
  lab.Commit("another history");
  lab.Shell("git branch -f main fresh && git checkout -q main");
  quiet();
  CHECK(lab.VerdictOf("j0") == "orphan");
  CHECK(Mentions(lab.Row("j0").at("reason"), "does not follow"));
  // A deletion within the new history is one.
  lab.Remove("j1.hcl");
  lab.Must();
  lab.Must();
  CHECK(lab.NewWrites() == Words{"stop j1"});
  lab.Remove("j2.hcl");
  lab.Must();
  lab.Shell("mv ../repo ../away && mkdir ../repo");
  quiet();
  lab.Shell("rmdir ../repo && mv ../away ../repo && cd ../repo && git branch -m main other");
  quiet();
  lab.Shell("git branch -m other main && git rm -q '*.hcl'");
  lab.Commit("nothing at all");
  quiet();
  CHECK_FALSE(lab.IsStopped("j2"));
}

TEST_CASE("without its ledger a source prunes nothing") {
  PruneLab lab;
  lab.Remove("j0.hcl");
  lab.Must();
  for (const char* shard : {"00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "0a", "0b",
                            "0c", "0d", "0e", "0f"}) {
    lab.nomad.Send("DELETE", std::string("/v1/var/nmgr/serve/default/jobs/lab/") + shard);
  }
  for (int i = 0; i < 3; ++i) lab.Once();
  CHECK(lab.NewWrites().empty());
  CHECK_FALSE(lab.IsStopped("j0"));
}

}  // namespace nmgr::testing
