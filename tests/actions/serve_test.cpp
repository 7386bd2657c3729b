// serve --once: a real git repository over file://, and the stand-in.
#include <catch2/catch.hpp>

#include "actions/serve_lab.h"

namespace nmgr::testing {
namespace {

const char* const kBrokenWeb = "job \"web\" {\n  meta {\n    x = local.nothing\n  }\n}\n";

}  // namespace

TEST_CASE("serve creates what is new, leaves what is equal, and applies what git changes") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.File("apps/db.hcl", ServiceSpec("db", "docker.io/db:1"));
  lab.Commit();
  NmgrResult result = lab.Once();
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK(lab.NewWrites().size() == 2);
  CHECK(lab.LiveImage("web") == "docker.io/web:1");
  CHECK(Mentions(result.out, "2 in-sync"));

  CHECK(lab.Once().exit_code == 0);
  CHECK(lab.NewWrites().empty());

  lab.Web("docker.io/web:2");
  lab.Commit();
  result = lab.Once();
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK(lab.NewWrites() == Words{"register"});
  CHECK(lab.LiveImage("web") == "docker.io/web:2");
  CHECK(lab.VerdictOf("web") == "in-sync");
}

TEST_CASE("a dry run of serve writes nothing to Nomad and forgets what it saw") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  const NmgrResult result = lab.Once({"-n"});
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK(Mentions(result.out, "[DRY RUN] would register web: new"));
  CHECK(lab.NewWrites().empty());
  CHECK_FALSE(lab.IsThere("web"));
  CHECK(lab.VerdictOf("web", {"-n"}) == "will-apply");
  CHECK(lab.Once({"-n", "--detailed-exitcode"}).exit_code == 2);
}

TEST_CASE("a spec with a fault freezes its job, and the others go on") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.File("db.hcl", ServiceSpec("db", "docker.io/db:1"));
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  lab.NewWrites();
  for (const std::string& text : {std::string(kBrokenWeb), std::string("job \"web\" {\n"),
                                  std::string("job \"web\" {\n  id = \n}\n")}) {
    lab.File("web.hcl", text);
    lab.File("db.hcl", ServiceSpec("db", "docker.io/db:" + std::to_string(text.size())));
    lab.Commit();
    const NmgrResult result = lab.Once();
    INFO(result.out << result.err);
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.out, "frozen"));
    CHECK(Mentions(result.out, "web.hcl:"));
    CHECK_FALSE(Mentions(result.out, lab.dir.path()));
    CHECK(lab.NewWrites() == Words{"register"});
    CHECK(lab.LiveImage("web") == "docker.io/web:1");
  }
  lab.Web("docker.io/web:2");
  lab.Commit();
  CHECK(lab.Once().exit_code == 0);
  CHECK(lab.LiveImage("web") == "docker.io/web:2");
}

TEST_CASE("what was there before and differs is held, what equals its spec is adopted") {
  ServeLab lab;
  lab.Spec("web", ServiceSpec("web", "docker.io/web:1"));
  lab.Spec("db", ServiceSpec("db", "docker.io/db:1"));
  REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
  lab.NewWrites();
  lab.Web("docker.io/web:2");
  lab.File("db.hcl", ServiceSpec("db", "docker.io/db:1"));
  lab.Commit();
  const NmgrResult result = lab.Once();
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK(Mentions(result.out, "held (adopt)"));
  CHECK(Mentions(result.out, "nmgr sync confirm lab web"));
  CHECK(lab.NewWrites().empty());
  CHECK(lab.VerdictOf("db") == "in-sync");
  lab.File("db.hcl", ServiceSpec("db", "docker.io/db:2"));
  lab.Commit();
  CHECK(lab.VerdictOf("db") == "in-sync");
  CHECK(lab.LiveImage("db") == "docker.io/db:2");
  CHECK(lab.LiveImage("web") == "docker.io/web:1");
  lab.Config("adopt = \"always\"\n");
  CHECK(lab.VerdictOf("web") == "in-sync");
  CHECK(lab.LiveImage("web") == "docker.io/web:2");
}

TEST_CASE("what somebody stopped, changed or purged stays as it is") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.File("db.hcl", ServiceSpec("db", "docker.io/db:1"));
  lab.File("mail.hcl", ServiceSpec("mail", "docker.io/mail:1"));
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  lab.Spec("web", ServiceSpec("web", "docker.io/web:1"));
  lab.Spec("db", ServiceSpec("db", "docker.io/db:hand"));
  lab.Spec("mail", ServiceSpec("mail", "docker.io/mail:1"));
  REQUIRE(lab.Run({"down", "web"}).exit_code == 0);
  REQUIRE(lab.Run({"up", "job:db"}).exit_code == 0);
  REQUIRE(lab.Run({"down", "-p", "mail"}).exit_code == 0);
  lab.NewWrites();
  CHECK(lab.VerdictOf("web") == "held (stopped)");
  CHECK(lab.VerdictOf("db") == "held (drift)");
  CHECK(lab.VerdictOf("mail") == "held (purged)");
  CHECK(lab.NewWrites().empty());
  // The next commit that touches it applies; a stopped job stays stopped.
  lab.Web("docker.io/web:2");
  lab.File("db.hcl", ServiceSpec("db", "docker.io/db:2"));
  lab.File("mail.hcl", ServiceSpec("mail", "docker.io/mail:2"));
  lab.Commit();
  CHECK(lab.VerdictOf("web") == "held (stopped)");
  CHECK(lab.LiveImage("db") == "docker.io/db:2");
  CHECK(lab.LiveImage("mail") == "docker.io/mail:2");
}

TEST_CASE("a job whose file is gone, and an empty tree, stop nothing") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.File("db.hcl", ServiceSpec("db", "docker.io/db:1"));
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  lab.NewWrites();
  lab.Shell("git rm -q web.hcl");
  lab.Commit();
  CHECK(lab.VerdictOf("web") == "orphan");
  lab.Shell("git rm -q db.hcl");
  lab.Commit();
  const NmgrResult result = lab.Once();
  INFO(result.out << result.err);
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.out, "orphan"));
  CHECK(Mentions(result.err, "no job spec"));
  CHECK(lab.NewWrites().empty());
  CHECK(lab.Job("web")["Stop"] == false);
}

TEST_CASE("a remote that is gone, or is no repository, keeps the last good commit") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  lab.NewWrites();
  lab.Shell(
      "mv ../repo ../away && mkdir ../repo && echo '<html>login</html>' > ../repo/index.html");
  const NmgrResult result = lab.Once();
  INFO(result.out << result.err);
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "lab: "));
  CHECK(Mentions(result.out, "1 in-sync"));
  CHECK(lab.NewWrites().empty());
}

TEST_CASE("a spec whose deployment failed is known bad: registered once, until it changes") {
  ServeLab lab({.fail = {}});
  lab.Web("docker.io/web:1");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  lab.nomad.SetBehaviour({{"fail", {"web"}}});
  lab.Web("docker.io/web:bad");
  lab.Commit();
  lab.NewWrites();
  const NmgrResult failed = lab.Once();
  INFO(failed.out << failed.err);
  CHECK(failed.exit_code == 1);
  CHECK(lab.NewWrites().size() == 1);
  CHECK(Mentions(failed.out, "known-bad"));
  lab.Once();
  lab.Once();
  CHECK(lab.NewWrites().empty());
  lab.nomad.SetBehaviour({{"fail", nlohmann::json::array()}});
  lab.Web("docker.io/web:3");
  lab.Commit();
  CHECK(lab.Once().exit_code == 0);
  CHECK(lab.NewWrites() == Words{"register"});
}

TEST_CASE("without Nomad nothing is known, and every job says so") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  lab.nomad.Kill();
  const NmgrResult result = lab.Once();
  INFO(result.out << result.err);
  CHECK(result.exit_code == 69);
  CHECK(Mentions(result.out, "unreachable"));
  CHECK_FALSE(Mentions(result.out, "new"));
}

TEST_CASE("a spec reads nothing but its repository") {
  ServeLab lab;
  lab.dir.Write("secret", "token");
  lab.dir.Write("overlay/web/app.env", "A=1\n");
  const auto reads = [](const std::string& path) {
    return "job \"web\" {\n  group \"main\" {\n    task \"web\" {\n      driver = \"docker\"\n     "
           " "
           "config {\n        image = \"web:1\"\n      }\n      template {\n        data = "
           "file(\"" +
           path + "\")\n        destination = \"local/x\"\n      }\n    }\n  }\n}\n";
  };
  for (const std::string& path : {lab.dir.At("secret"), std::string("/etc/passwd"),
                                  std::string("../../../../secret"), std::string("link")}) {
    lab.File("web/web.hcl", reads(path));
    lab.Shell("ln -sf /etc/passwd web/link");
    lab.Commit();
    const NmgrResult result = lab.Once();
    INFO(path << "\n" << result.out << result.err);
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.out, "frozen"));
    CHECK(lab.NewWrites().empty());
  }
  lab.File("web/web.hcl", reads("app.env"));
  lab.Commit();
  CHECK(lab.VerdictOf("web") == "frozen");
  lab.Config("overlay = \"" + lab.dir.At("overlay") + "\"\n");
  CHECK(lab.VerdictOf("web") == "in-sync");
  CHECK(lab.Job("web")["TaskGroups"][0]["Tasks"][0]["Templates"][0]["EmbeddedTmpl"] == "A=1\n");
}

TEST_CASE("a job that two sources name is held by both") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  lab.Config("[source.two]\nurl = \"file://" + lab.dir.At("repo") + "\"\n");
  const NmgrResult result = lab.Once();
  INFO(result.out << result.err);
  CHECK(result.exit_code == 1);
  CHECK(LinesWith(result.out, "lab").size() == 2);
  CHECK(Mentions(result.out, "conflict"));
  CHECK(lab.NewWrites().empty());
}

TEST_CASE("specs name the namespaces of their source, and nobody touches what is protected") {
  ServeLab lab({.namespaces = {"media"}});
  lab.Web("docker.io/web:1");
  lab.File("tv.hcl", ServiceSpec("tv", "tv:1", "  namespace = \"media\"\n"));
  lab.File("vault.hcl", ServiceSpec("vault", "vault:1"));
  lab.Commit();
  lab.Config("[serve]\nprotect = [\"vault*\"]\n");
  CHECK(lab.VerdictOf("tv") == "held (namespace)");
  CHECK(lab.VerdictOf("vault") == "held (protected)");
  CHECK(lab.NewWrites() == Words{"register"});
  lab.Config("namespaces = [\"media\", \"default\"]\n");
  CHECK(lab.VerdictOf("tv") == "in-sync");
}

TEST_CASE("the daemon's own job is registered from no source, unless self says so") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  lab.env["NOMAD_JOB_ID"] = "web";
  CHECK(lab.VerdictOf("web") == "held (protected)");
  CHECK(lab.NewWrites().empty());
  lab.Config("self = true\n");
  lab.Once();
  CHECK(lab.NewWrites() == Words{"register"});
}

TEST_CASE("what serve cannot begin with") {
  ServeLab lab;
  lab.dir.Write("config.toml", "[general]\n");
  NmgrResult result = lab.Once();
  CHECK(result.exit_code == 78);
  CHECK(Mentions(result.err, "[source.NAME]"));
  lab.dir.Write("key", "x");
  lab.Shell("chmod 644 ../key");
  lab.dir.Write("config.toml", "[credential.forge]\nhost = \"git.example.org\"\ntoken_file = \"" +
                                   lab.dir.At("key") +
                                   "\"\n[source.a]\nurl = \"https://git.example.org/a\"\n"
                                   "credential = \"forge\"\n");
  result = lab.Once();
  INFO(result.err);
  CHECK(result.exit_code == 78);
  CHECK(Mentions(result.err, "config.toml:1"));
  CHECK(Mentions(result.err, "chmod 600"));
}

TEST_CASE("a commit that nobody signed, or a stranger, is not carried out") {
  ServeLab lab;
  if (lab.dir.path().empty() || RunShell("command -v ssh-keygen", lab.Options()).exit_code != 0) {
    WARN("SKIPPED: there is no ssh-keygen");
    return;
  }
  for (const char* who : {"ann", "eve"}) {
    lab.Shell(std::string("ssh-keygen -q -t ed25519 -N '' -C ") + who + " -f ../" + who);
  }
  lab.Shell("(printf 'ann@example.org '; cat ../ann.pub) > ../signers");
  lab.Config("verify = \"ssh\"\nallowed_signers = \"" + lab.dir.At("signers") + "\"\n");
  const auto sign = [&](const std::string& key) {
    lab.Shell(
        "git add -A . && git -c user.name=Ann -c user.email=ann@example.org -c gpg.format=ssh -c "
        "user.signingkey=$PWD/../" +
        key + " commit -q -S --allow-empty -m signed");
  };
  lab.Web("docker.io/web:1");
  lab.Commit();
  NmgrResult result = lab.Once();
  INFO(result.out << result.err);
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "not signed"));
  CHECK(lab.NewWrites().empty());

  sign("eve");
  CHECK(lab.Once().exit_code == 1);
  CHECK(lab.NewWrites().empty());

  sign("ann");
  result = lab.Once();
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK(lab.NewWrites().size() == 1);

  lab.Web("docker.io/web:2");
  lab.Commit();
  CHECK(lab.Once().exit_code == 1);
  CHECK(lab.NewWrites().empty());
}

TEST_CASE("where it cannot be noted what is about to be registered, nothing is") {
  FakeNomadOptions options;
  options.faults = {"PUT /v1/var/nmgr/serve/default/jobs/lab 500x1@2 rpc error: timeout exceeded"};
  ServeLab lab(std::move(options));
  lab.Web("web:1");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  lab.Web("web:2");
  lab.Commit();
  lab.NewWrites();
  NmgrResult result = lab.Once();
  INFO(result.out << result.err);
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.out + result.err, "what would be done cannot be noted"));
  CHECK(lab.NewWrites().empty());
  CHECK(lab.LiveImage("web") == "web:1");
  result = lab.Once();
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK(lab.LiveImage("web") == "web:2");
}

TEST_CASE("where it cannot be asked what was applied, nothing is done and nothing is forgotten") {
  FakeNomadOptions options;
  options.faults = {
      "GET /v1/var/nmgr/serve/default/jobs/lab/00 500x1@1 rpc error: timeout exceeded"};
  ServeLab lab(std::move(options));
  lab.Web("web:1");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  lab.Web("web:2");
  lab.Commit();
  lab.NewWrites();
  NmgrResult result = lab.Once();
  INFO(result.out << result.err);
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "nothing is done until it is known what was applied"));
  CHECK(lab.NewWrites().empty());
  result = lab.Once();
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK(lab.LiveImage("web") == "web:2");
}

}  // namespace nmgr::testing
