// set: the file on the disk.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "actions/lab.h"

namespace {

using namespace nmgr::testing;

mode_t ModeOfFile(const nmgr::Path& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

}  // namespace

TEST_CASE("set changes the literal of the local and keeps the file's mode") {
  Lab lab;
  const nmgr::Path path = lab.Service("web", "docker.io/web:1");
  REQUIRE(::chmod(path.c_str(), 0640) == 0);
  const NmgrResult result = lab.Run({"set", "web", "image=docker.io/web:2"});
  CHECK(result.exit_code == 0);
  CHECK(Mentions(result.out, "web.hcl:2: "));
  CHECK(Mentions(result.out, "docker.io/web:1 -> docker.io/web:2"));
  CHECK(lab.dir.Read("cld/web/web.hcl") == ServiceSpec("web", "docker.io/web:2"));
  CHECK(ModeOfFile(path) == 0640);
  CHECK(Mentions(lab.Run({"render", "web"}).out, "docker.io/web:2"));
  CHECK(lab.NewWrites().empty());
}

TEST_CASE("a dry run of set shows the diff and writes nothing") {
  Lab lab;
  lab.Service("web", "docker.io/web:1");
  const NmgrResult result = lab.Run({"-n", "set", "web", "image=docker.io/web:2"});
  CHECK(result.exit_code == 0);
  CHECK(Mentions(result.out, "[DRY RUN]"));
  CHECK(Mentions(result.out, "-  image = \"docker.io/web:1\"\n+  image = \"docker.io/web:2\"\n"));
  CHECK(lab.dir.Read("cld/web/web.hcl") == ServiceSpec("web", "docker.io/web:1"));
}

TEST_CASE("set writes through a link") {
  Lab lab;
  lab.dir.Write("elsewhere/real.hcl", ServiceSpec("web", "a:1"));
  lab.dir.MakeFolder("cld");
  lab.dir.Link(lab.dir.At("elsewhere/real.hcl"), "cld/web.hcl");
  CHECK(lab.Run({"set", "web", "image=a:2"}).exit_code == 0);
  CHECK(lab.dir.Read("elsewhere/real.hcl") == ServiceSpec("web", "a:2"));
  struct stat info {};
  REQUIRE(::lstat(lab.dir.At("cld/web.hcl").c_str(), &info) == 0);
  CHECK(S_ISLNK(info.st_mode));
}

TEST_CASE("set as JSON") {
  Lab lab;
  lab.Service("web", "a:1");
  const NmgrResult result = lab.Run({"-o", "json", "set", "web", "image=a:2", "local.image=a:3"});
  REQUIRE(result.exit_code == 0);
  const auto document = nlohmann::json::parse(result.out);
  CHECK(document.at("id") == "web");
  CHECK(document.at("written") == true);
  CHECK(document.at("changes").size() == 2);
  CHECK(document.at("changes").at(0).at("line") == 2);
  CHECK(document.at("changes").at(1).at("after") == "a:3");
}

TEST_CASE("set keeps byte order mark, line ends, comments and everything that it does not change") {
  Lab lab;
  const std::string head =
      "\xEF\xBB\xBF# caf\xC3\xA9 \"a:1\"\r\njob \"web\" {\r\n\tmeta {\r\n    v   =  \"";
  const std::string tail = "\" // \"1\"\r\n  }\r\n}  \r\n\r\n";
  lab.Spec("web", head + "1" + tail);
  REQUIRE(lab.Run({"set", "web", "meta.v=q\"\\ ${NOMAD_X} %{y} \xC3\xBC"}).exit_code == 0);
  CHECK(lab.dir.Read("cld/web/web.hcl") == head + "q\\\"\\\\ $${NOMAD_X} %%{y} \xC3\xBC" + tail);
  CHECK(Mentions(lab.Run({"render", "web", "-o", "json"}).out, "${NOMAD_X} %{y}"));
}

TEST_CASE("set in a heredoc and in a JSON-syntax spec") {
  Lab lab;
  lab.Spec("web", "job \"web\" {\n  meta {\n    v = <<-EOT\n      1\n    EOT\n  }\n}\n");
  CHECK(lab.Run({"set", "web", "meta.v=a \"${X}\""}).exit_code == 0);
  CHECK(lab.dir.Read("cld/web/web.hcl") ==
        "job \"web\" {\n  meta {\n    v = <<-EOT\n      a \"$${X}\"\n    EOT\n  }\n}\n");
  lab.dir.Write("cld/json.nomad", "{ \"job\": {\"json\": {\"meta\": {\"v\":\t\"1\"}}}}\n");
  CHECK(lab.Run({"set", "json", "meta.v=a \"${X}\""}).exit_code == 0);
  CHECK(lab.dir.Read("cld/json.nomad") ==
        "{ \"job\": {\"json\": {\"meta\": {\"v\":\t\"a \\\"$${X}\\\"\"}}}}\n");
}

TEST_CASE("set names the place that overrides a variable") {
  Lab lab;
  const std::string text =
      "variable \"tag\" {\n  default = \"1\"\n}\n\n" +
      std::string("job \"web\" {\n  meta {\n    v = \"repo:${var.tag}\"\n  }\n}\n");
  lab.Spec("web", text);
  const nmgr::Path values = lab.dir.Write("prod.vars", "# here\ntag = \"7\"\n");
  const Words set = {"set", "web", "meta.v=repo:2"};
  const auto refused = [&](const Words& words, const std::string& place) {
    const NmgrResult result = lab.Run(words);
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.err, place));
    CHECK(lab.dir.Read("cld/web/web.hcl") == text);
  };
  refused({"set", "web", "meta.v=repo:2", "--var-file", values}, values + ":2 gives it");
  refused({"set", "web", "meta.v=repo:2", "--var", "tag=7"}, "--var tag gives it");
  lab.env["NOMAD_VAR_tag"] = "7";
  refused(set, "NOMAD_VAR_tag gives it");
  lab.env.erase("NOMAD_VAR_tag");
  CHECK(lab.Run(set).exit_code == 0);
  CHECK(Mentions(lab.dir.Read("cld/web/web.hcl"), "default = \"2\""));
  CHECK(Mentions(lab.dir.Read("cld/web/web.hcl"), "\"repo:${var.tag}\""));
}

TEST_CASE("set names all uses of what others use, too, and changes it only with --shared") {
  Lab lab;
  const std::string text = ServiceSpec("web", "a:1", "  meta {\n    i = local.image\n  }\n");
  lab.Spec("web", text);
  const NmgrResult refused = lab.Run({"set", "web", "image=a:2"});
  CHECK(refused.exit_code == 1);
  CHECK(Mentions(refused.err, "web.hcl:7"));
  CHECK(Mentions(refused.err, "web.hcl:13"));
  CHECK(Mentions(refused.err, "--shared"));
  CHECK(lab.dir.Read("cld/web/web.hcl") == text);
  CHECK(lab.Run({"set", "web", "image=a:2", "--shared"}).exit_code == 0);
  CHECK(Mentions(lab.dir.Read("cld/web/web.hcl"), "image = \"a:2\""));
}

TEST_CASE("a file that cannot be written whole stays as it is") {
  Lab lab;
  const nmgr::Path path = lab.Service("web", "a:1");
  const auto check = [&](const NmgrResult& result) {
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.err, "web.hcl"));
    CHECK(lab.dir.Read("cld/web/web.hcl") == ServiceSpec("web", "a:1"));
    const NmgrResult left = RunShell("ls cld/web", lab.Options());
    CHECK(left.out == "web.hcl\n");
  };
  if (kRunsWithoutFiles) {
    check(RunShell("ulimit -f 0; \"$NMGR\" set web image=a:2", lab.Options()));
  } else {
    WARN("SKIPPED: no program of this build runs under ulimit -f 0");
  }
  // Where this runs as root, as somebody who is not.
  lab.env["HOME"] = lab.dir.path();  // root's own may be closed to others
  REQUIRE(::chmod(lab.dir.path().c_str(), 0755) == 0);
  REQUIRE(::chmod(path.c_str(), 0666) == 0);
  REQUIRE(::chmod(lab.dir.At("cld/web").c_str(), 0555) == 0);
  const std::string as_nobody =
      ::geteuid() == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups " : "";
  if (RunShell(as_nobody + "\"$NMGR\" --version", lab.Options()).exit_code == 0) {
    check(RunShell(as_nobody + "\"$NMGR\" set web image=a:2", lab.Options()));
  } else {
    WARN("SKIPPED: nobody but root may run the built nmgr here");
  }
  REQUIRE(::chmod(lab.dir.At("cld/web").c_str(), 0755) == 0);
}

TEST_CASE("several changes are made together or not at all") {
  Lab lab;
  lab.Service("web", "a:1", "  priority = 50\n");
  CHECK(lab.Run({"set", "web", "image=a:2", "priority=high"}).exit_code == 1);
  CHECK(lab.dir.Read("cld/web/web.hcl") == ServiceSpec("web", "a:1", "  priority = 50\n"));
  CHECK(lab.Run({"set", "web", "image=a:2", "priority=60"}).exit_code == 0);
  CHECK(lab.dir.Read("cld/web/web.hcl") == ServiceSpec("web", "a:2", "  priority = 60\n"));
  const NmgrResult again = lab.Run({"set", "web", "image=a:2"});
  CHECK(again.exit_code == 0);
  CHECK(Mentions(again.out, "is a:2 already"));
}

TEST_CASE("what set refuses leaves the file as it is") {
  Lab lab;
  const nmgr::Path path = lab.Service("web", "a:1");
  lab.Spec("bad", "job \"bad\" {\n  meta {\n    a = \n  }\n}\n");
  lab.dir.Write("cld/one/x.hcl", ServiceSpec("twice", "a:1"));
  lab.dir.Write("cld/two/x.hcl", ServiceSpec("twice", "a:1"));
  const auto texts = [&] {
    Words all;
    for (const char* file : {"web/web.hcl", "bad/bad.hcl", "one/x.hcl", "two/x.hcl"}) {
      all.push_back(lab.dir.Read(std::string("cld/") + file));
      REQUIRE_FALSE(all.back().empty());
    }
    return all;
  };
  const Words before = texts();
  const auto check = [&](const Words& words, int code, const std::string& says) {
    INFO(words.back());
    const NmgrResult result = lab.Run(words);
    CHECK(result.exit_code == code);
    CHECK(Mentions(result.err, says));
    CHECK(texts() == before);
  };
  check({"set", "web", "nothing=1"}, 1, "No such argument");
  check({"set", "web", "image"}, 64, "KEY=VALUE");
  check({"set", "web"}, 64, "KEY=VALUE");
  check({"set", "web", "image=a\nb"}, 64, "line break");
  check({"set", "wbe", "image=a:2"}, 66, "web");
  check({"set", "services", "image=a:2"}, 64, "jobs");
  check({"set", "bad", "meta.a=1"}, 1, "bad.hcl line 3");
  check({"set", "twice", "image=a:2"}, 1, "2 specs have this ID");
  REQUIRE(::chmod(path.c_str(), 0444) == 0);
  check({"set", "web", "image=a:2"}, 1, "read-only");
}

namespace {

// Every kind of secret that a plan's diff hides, with the key that names its value.
constexpr const char* kSecretSpec = R"(locals {
  pw    = "LOCALSECRET"
  lists = ["--token", "LISTSECRET"]
  odd   = { "db.password" = "QUOTEDSECRET" }
}
variable "db_password" { default = "DEFAULTSECRET" }
job "sec" {
  meta {
    api_key = "METASECRET"
    url     = "amqp://u:METAURL@h/v"
  }
  group "g" {
    service {
      tags = ["a.basicauth.users=u:TAGSECRET", "traefik.enable=true"]
    }
    task "t" {
      driver = "docker"
      artifact {
        source = "https://u:ARTSECRET@h/?token=ARTTOKEN"
      }
      env {
        URL         = "postgres://u:URLSECRET@h/db"
        DB_PASSWORD = "ENVSECRET"
      }
      config {
        image   = "mysql:8"
        args    = ["-v", "x", "--token", "ARGSECRET", "-pglued5ecret", "-H", "Private-Token: HEADSECRET", "PGPASSWORD=ASSIGNSECRET", "plain-argument"]
        command = "run -e PGPASSWORD=CMDSECRET x"
        auth {
          password = "AUTHSECRET"
        }
        labels = { "x.basicauth.users" = "u:LABELSECRET" }
      }
    }
  }
}
)";

const std::vector<std::string>& SecretKeys() {
  static const std::vector<std::string> keys = {
      "local.pw",
      "local.lists[1]",
      "variable.db_password",
      "variable.db_password.default",
      "meta.api_key",
      "local.odd.\"db.password\"",
      "meta.url",
      "group.g.service[0].tags[0]",
      "group.g.task.t.artifact[0].source",
      "group.g.task.t.env.URL",
      "group.g.task.t.env.DB_PASSWORD",
      "group.g.task.t.config.args[3]",
      "group.g.task.t.config.args[4]",
      "group.g.task.t.config.args[6]",
      "group.g.task.t.config.args[7]",
      "group.g.task.t.config.command",
      "group.g.task.t.config.auth.password",
      "group.g.task.t.config.labels.\"x.basicauth.users\""};
  return keys;
}

}  // namespace

TEST_CASE("what set tells of a value hides what a plan hides of it") {
  Lab lab;
  lab.Spec("sec", kSecretSpec);
  for (const std::string& key : SecretKeys()) {
    for (const char* output : {"text", "json"}) {
      for (const bool dry_run : {true, false}) {
        lab.Spec("sec", kSecretSpec);
        std::vector<std::string> words = {"-o", output, "set", "sec", key + "=new"};
        if (dry_run) words.insert(words.begin(), "-n");
        const NmgrResult result = lab.Run(words);
        INFO(key << "\n" << result.out << result.err);
        CHECK(result.exit_code == 0);
        CHECK(Mentions(result.out, "***"));
        CHECK_FALSE(Mentions(result.out + result.err, "SECRET"));
        CHECK_FALSE(Mentions(result.out + result.err, "ARTTOKEN"));
        CHECK_FALSE(Mentions(result.out + result.err, "METAURL"));
        CHECK_FALSE(Mentions(result.out + result.err, "glued5ecret"));
      }
    }
  }
}

TEST_CASE("the default of a variable is as secret as the variable's name") {
  Lab lab;
  lab.Spec("sec", "variable \"api_token\" {\n  type    = string\n  default = \"OLDSECRET\"\n}\n" +
                      ServiceSpec("sec", "a:1", "  meta {\n    x = var.api_token\n  }\n"));
  for (const char* output : {"text", "json"}) {
    const NmgrResult result =
        lab.Run({"-n", "-o", output, "set", "sec", "variable.api_token=NEWSECRET"});
    INFO(result.out << result.err);
    CHECK(result.exit_code == 0);
    CHECK(Mentions(result.out, "default = "));
    CHECK_FALSE(Mentions(result.out + result.err, "SECRET"));
  }
  // Nor does a fault show it that stands at it.
  const NmgrResult refused =
      lab.Run({"--var", "api_token=x", "set", "sec", "variable.api_token=NEWSECRET"});
  INFO(refused.out << refused.err);
  CHECK(refused.exit_code == 1);
  CHECK(Mentions(refused.err, "default = \"***\""));
  CHECK_FALSE(Mentions(refused.out + refused.err, "SECRET"));
}

TEST_CASE("what set tells of a new value, or of one that is there already, hides the same") {
  Lab lab;
  lab.Spec("sec", kSecretSpec);
  for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{
           {"env.URL", "postgres://u:NEWSECRET@h/db"},
           {"env.URL", "postgres://u:URLSECRET@h/db"},
           {"config.args[3]", "NEWSECRET"},
           {"config.args[3]", "ARGSECRET"},
           {"config.args[8]", "--password=NEWSECRET"},
           {"artifact[0].source", "https://u:ARTSECRET@h/?token=ARTTOKEN"}}) {
    const NmgrResult result = lab.Run({"-n", "set", "sec", "group.g.task.t." + key + "=" + value});
    INFO(key << "\n" << result.out << result.err);
    CHECK(result.exit_code == 0);
    CHECK(Mentions(result.out, "***"));
    CHECK_FALSE(Mentions(result.out + result.err, "SECRET"));
    CHECK_FALSE(Mentions(result.out + result.err, "ARTTOKEN"));
  }
  const NmgrResult shown =
      lab.Run({"-n", "set", "sec", "group.g.task.t.config.args[8]=other-argument"});
  CHECK(Mentions(shown.out, "plain-argument -> other-argument"));
}

TEST_CASE("set hides in a JSON spec what it hides in the other") {
  Lab lab;
  lab.dir.Write("cld/js/js.nomad", R"({"job": {"js": {"group": {"g": {"task": {"t": {
    "driver": "docker",
    "config": {"image": "curlimages/curl:8", "args": ["-u", "me:JSONSECRET", "--token", "NEXTSECRET"]},
    "env": {"URL": "https://me:URLSECRET@h"}}}}}}}})");
  for (const char* key : {"config.args[1]", "config.args[3]", "env.URL"}) {
    const NmgrResult result =
        lab.Run({"-n", "set", "js", std::string("group.g.task.t.") + key + "=new"});
    INFO(key << "\n" << result.out << result.err);
    CHECK(result.exit_code == 0);
    CHECK(Mentions(result.out, "***"));
    CHECK_FALSE(Mentions(result.out + result.err, "SECRET"));
  }
}
