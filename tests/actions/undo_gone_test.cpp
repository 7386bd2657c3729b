// undo of what Nomad keeps no version of any more: registered again from the recorded commit, or
// refused with the reason, which is known before the first write.
#include <catch2/catch.hpp>
#include <filesystem>

#include "actions/lab.h"

namespace nmgr::testing {
namespace {

using nlohmann::json;

// The lab as a repository that is committed.
class GitLab : public Lab {
 public:
  GitLab() : Lab({.extra = {"--log-bodies"}}) {
    env["XDG_CACHE_HOME"] = dir.At("cache");
    Git("init -q -b main .");
    Usual();
    Commit();
  }

  void Git(const std::string& arguments) const {
    const NmgrResult result = RunShell(
        "cd cld && git -c user.name=a -c user.email=a@b.c -c gc.auto=0 " + arguments, Options());
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
  }
  void Commit() const {
    Git("add -A");
    Git("commit -q --allow-empty -m x");
  }
  void Do(const Words& words) const {
    const NmgrResult result = Run(words);
    INFO(result.out << result.err);
    REQUIRE(result.exit_code == 0);
  }
  // Refused, for this reason, and nothing was written.
  void CheckRefused(const Words& words, const std::string& why) {
    nomad.ClearLog();
    const NmgrResult refused = Run(words);
    INFO(refused.out << refused.err);
    CHECK(refused.exit_code == 1);
    CHECK(Mentions(refused.err, why));
    CHECK(nomad.Writes().empty());
  }
};

json RunsInJson(const Lab& lab) {
  return json::parse(lab.Run({"-o", "json", "history"}).out).at("runs");
}

}  // namespace

TEST_CASE("what a run purged is registered again from the commit that had brought it") {
  GitLab lab;
  lab.Do({"up", "web", "mail"});
  // What is on the disk and in git by the time of the purge is another spec.
  lab.Service("web", "docker.io/web:2");
  lab.Commit();
  lab.Do({"down", "-p", "web", "mail"});
  lab.Service("mail", "docker.io/mail:9");
  REQUIRE_FALSE(lab.IsThere("web"));
  lab.nomad.ClearLog();

  const NmgrResult dry = lab.Run({"-n", "undo"});
  INFO(dry.out << dry.err);
  CHECK(dry.exit_code == 0);
  CHECK(LinesWith(dry.out, "[DRY RUN] would register web: it was purged; web/web.hcl at commit ")
            .size() == 1);
  CHECK(lab.nomad.Writes().empty());

  const NmgrResult undone = lab.Run({"undo"});
  INFO(undone.out << undone.err);
  CHECK(undone.exit_code == 0);
  CHECK(lab.LiveImage("web") == "docker.io/web:1");
  CHECK(lab.LiveImage("mail") == "docker.io/mail:1");
  CHECK(lab.Run({"list", "state:running"}).out == "mail\nweb\n");
  for (const FakeNomadRequest& request : lab.nomad.Requests()) {
    if (request.Line() != "POST /v1/jobs") continue;
    const json body = json::parse(request.body);
    CHECK(body["EnforceIndex"] == true);
    CHECK(body["JobModifyIndex"] == 0);
    CHECK(Mentions(body["Submission"]["Source"].get<std::string>(), ":1"));
  }
  // Nothing of it stays on the disk but the copy of the repository.
  CHECK(std::filesystem::is_empty(lab.dir.At("cache/nmgr/undo/trees")));

  // To undo that is to take them away again, and the other way round.
  lab.Do({"undo"});
  CHECK(lab.Job("web")["Stop"] == true);
  lab.Do({"undo"});
  CHECK(lab.Job("web")["Stop"] == false);
  CHECK(lab.LiveImage("web") == "docker.io/web:1");

  // The commit of that register is the one that its spec came from.
  lab.Do({"down", "-p", "web"});
  lab.Do({"undo"});
  CHECK(lab.LiveImage("web") == "docker.io/web:1");
}

TEST_CASE("undo that was cut off behind its register finds what was purged as before the run") {
  GitLab lab;
  lab.Do({"up", "web", "mail"});
  lab.Service("web", "docker.io/web:2");
  lab.Commit();
  lab.Do({"up", "web"});
  lab.Do({"down", "-p", "web", "mail"});
  const std::string run = RunsInJson(lab)[0]["id"];
  lab.Do({"up", "web"});
  lab.nomad.ClearLog();
  const NmgrResult undone = lab.Run({"undo", run});
  INFO(undone.out << undone.err);
  CHECK(undone.exit_code == 0);
  CHECK(lab.LiveImage("mail") == "docker.io/mail:1");
  CHECK(lab.NewWrites() == Words{"register"});
  // Somebody else's is somebody else's.
  lab.Do({"down", "-p", "mail"});
  const std::string second = RunsInJson(lab)[0]["id"];
  lab.Service("mail", "docker.io/mail:7");
  lab.Do({"up", "mail"});
  lab.CheckRefused({"undo", second},
                   "mail: somebody changed it since: it is at version 0, the run left it absent");
}

TEST_CASE("what was purged stopped comes back stopped; a batch job does not run once more") {
  GitLab lab;
  lab.Spec("once", ServiceSpec("once", "docker.io/once:1", kBatchLines));
  lab.Spec("daily", ServiceSpec("daily", "docker.io/daily:1", kPeriodicLines));
  lab.Commit();
  lab.Do({"up", "web", "once", "daily"});
  lab.Do({"down", "web"});
  lab.Do({"down", "-p", "web", "daily", "once"});
  const NmgrResult undone = lab.Run({"undo"});
  INFO(undone.out << undone.err);
  CHECK(undone.exit_code == 1);
  CHECK(Mentions(undone.err, "once: it was purged: a batch job, which would run once more"));
  CHECK_FALSE(lab.IsThere("once"));
  CHECK(lab.Job("web")["Stop"] == true);
  CHECK(lab.LiveImage("web") == "docker.io/web:1");
  CHECK(lab.Job("daily")["Stop"] == false);
}

TEST_CASE("what was purged is refused where its spec then is not to be had, before any write") {
  GitLab lab;
  SECTION("not committed") {
    lab.Service("web", "docker.io/web:3");
    lab.Do({"up", "web"});
    lab.Commit();
    lab.Do({"down", "-p", "web"});
    lab.CheckRefused({"undo"}, "with changes that were not committed");
  }
  SECTION("the commit is gone") {
    lab.Service("web", "docker.io/web:3");
    lab.Commit();
    lab.Do({"up", "web"});
    lab.Do({"down", "-p", "web"});
    lab.Git("reset -q --hard HEAD~1");
    lab.Git("reflog expire --expire=now --all");
    lab.Git("-c gc.reflogExpire=now gc -q --prune=now");
    lab.CheckRefused({"undo"}, "is not in the repository of");
  }
  SECTION("the repository is gone") {
    lab.Do({"up", "web"});
    lab.Do({"down", "-p", "web"});
    std::filesystem::remove_all(lab.dir.At("cld/.git"));
    lab.CheckRefused({"undo"}, "is in no git repository any more");
  }
  SECTION("another file outside of the repository") {
    lab.dir.Write("image.txt", "docker.io/web:5");
    lab.Spec("web",
             "job \"web\" {\n  group \"main\" {\n    task \"web\" {\n      driver = "
             "\"docker\"\n      config {\n        image = file(\"" +
                 lab.dir.At("image.txt") + "\")\n      }\n    }\n  }\n}\n");
    lab.Commit();
    lab.Do({"up", "web"});
    lab.Do({"down", "-p", "web"});
    lab.dir.Write("image.txt", "docker.io/web:6");
    lab.CheckRefused({"undo"}, "comes to something else now than in run");
    lab.dir.Write("image.txt", "docker.io/web:5");
    lab.Do({"undo"});
    CHECK(lab.LiveImage("web") == "docker.io/web:5");
  }
  SECTION("no commit at all") {
    std::filesystem::remove_all(lab.dir.At("cld/.git"));
    lab.Do({"up", "web"});
    lab.Do({"down", "-p", "web"});
    lab.CheckRefused({"undo"}, "which registered it, was of no commit");
  }
}

TEST_CASE("variables of the run are to be given again, and are known by the hash of the spec") {
  GitLab lab;
  lab.Spec("web", "variable \"tag\" {\n  default = \"1\"\n}\n" +
                      ServiceSpec("web", "docker.io/web:${var.tag}"));
  lab.Commit();
  lab.Do({"up", "web", "--var", "tag=4"});
  lab.Do({"down", "-p", "web"});
  lab.CheckRefused({"undo"}, "comes to something else now than in run");
  CHECK(Mentions(lab.Run({"undo"}).err, "give the variables that it had then: tag"));
  lab.CheckRefused({"undo", "--var", "tag=3"}, "comes to something else now than in run");
  lab.Do({"undo", "--var", "tag=4"});
  CHECK(lab.LiveImage("web") == "docker.io/web:4");
  // Nothing of the text is in the journal.
  std::filesystem::remove(lab.dir.At("state/nmgr/runs.key"));
  lab.Do({"down", "-p", "web"});
  lab.CheckRefused({"undo", "--var", "tag=4"}, "comes to something else now than in run");
}

TEST_CASE("of what others registered, the spec at the purge counts, and that is said") {
  GitLab lab;
  lab.nomad.Register(json::parse(R"({"ID": "web", "Name": "web", "Type": "service",
    "TaskGroups": [{"Name": "main", "Count": 1, "Tasks": [{"Name": "web", "Driver": "docker",
    "Config": {"image": "docker.io/web:1"}}]}]})"));
  lab.Do({"down", "-p", "web"});
  const NmgrResult undone = lab.Run({"undo"});
  INFO(undone.out << undone.err);
  CHECK(undone.exit_code == 0);
  CHECK(Mentions(undone.err, "who registered what ran is not on record"));
  CHECK(lab.LiveImage("web") == "docker.io/web:1");
}

TEST_CASE("a version that Nomad has dropped is registered again from its commit") {
  GitLab lab;
  lab.Do({"up", "web"});
  lab.Service("web", "docker.io/web:2");
  lab.Commit();
  lab.Do({"up", "web"});
  lab.nomad.SetBehaviour({{"kept_versions", 1}});
  lab.nomad.ClearLog();
  const NmgrResult dry = lab.Run({"-n", "undo"});
  INFO(dry.out << dry.err);
  CHECK(Mentions(dry.out, "version 0 is gone"));
  CHECK(Mentions(dry.out, "web/web.hcl at commit"));
  CHECK(lab.nomad.Writes().empty());
  const NmgrResult undone = lab.Run({"undo"});
  INFO(undone.out << undone.err);
  CHECK(undone.exit_code == 0);
  CHECK(lab.LiveImage("web") == "docker.io/web:1");
  CHECK(lab.NewWrites() == Words{"register"});
  // Of a run whose version before nobody has on record nothing is guessed.
  std::filesystem::remove_all(lab.dir.At("state/nmgr/runs"));
  lab.Service("web", "docker.io/web:3");
  lab.Commit();
  lab.Do({"up", "web"});
  lab.CheckRefused({"undo"}, "the run that registered that version is not on record");
}

}  // namespace nmgr::testing
