// Targets as a user types them: filters that look at what a spec comes to, hints, links, files that
// are no specs, what cannot be read.
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "support/run_nmgr.h"
#include "support/temp_dir.h"

namespace {

namespace fs = std::filesystem;
using nmgr::testing::NmgrOptions;
using nmgr::testing::NmgrResult;
using nmgr::testing::RunNmgr;
using nmgr::testing::RunShell;
using nmgr::testing::TempDir;
using Words = std::vector<std::string>;

std::string JobText(const std::string& id, const std::string& lines = {},
                    const std::string& task_lines = {}) {
  return "job \"" + id + "\" {\n" + lines + "  group \"g\" {\n    task \"t\" {\n" +
         "      driver = \"docker\"\n      config {\n        image = \"busybox:1\"\n      }\n" +
         task_lines + "    }\n  }\n}\n";
}

struct TargetsLab {
  void Spec(const std::string& path, const std::string& text) { dir.Write("cld/" + path, text); }

  NmgrResult Run(const Words& arguments) {
    NmgrOptions options;
    options.env = {{"NMGR_BASE_DIR", "."},
                   {"NMGR_INFRA_JOBS", "caddy"},
                   {"XDG_STATE_HOME", dir.At("state")},
                   {"NOMAD_ADDR", "http://127.0.0.1:1"}};
    for (const auto& [name, value] : env) options.env[name] = value;
    options.folder = dir.At("cld");
    return RunNmgr(arguments, options);
  }
  std::string List(const Words& words) {
    Words arguments = {"list"};
    arguments.insert(arguments.end(), words.begin(), words.end());
    return Run(arguments).out;
  }

  TempDir dir;
  std::map<std::string, std::string> env;
};

}  // namespace

TEST_CASE(
    "a job that a path names is shown with its namespace where its ID stands in another too") {
  TargetsLab lab;
  lab.Spec("a/web.hcl", JobText("web"));
  lab.Spec("ops/web.hcl", JobText("web", "  namespace = \"ops\"\n"));
  lab.Spec("ops/db.hcl", JobText("db", "  namespace = \"ops\"\n"));
  lab.Spec("torn.hcl", "job \"torn\" {\n");
  const NmgrResult folder = lab.Run({"list", "ops/"});
  CHECK(folder.out == "db\nops/web\n");
  CHECK(folder.err.empty());
  CHECK(folder.exit_code == 0);
  CHECK(lab.List({"./a/web.hcl"}) == "default/web\n");
  lab.env["NMGR_BASE_DIR"] = "./nowhere";
  CHECK(lab.List({"./a/web.hcl"}) == "web\n");
}

TEST_CASE("a filter looks at the evaluated spec and the files it read, and says where") {
  TargetsLab lab;
  lab.Spec("local.hcl",
           "locals {\n  mnt = \"/mnt\"\n}\n" +
               JobText("by-local", "  meta {\n    path = \"${local.mnt}/nas/x\"\n  }\n"));
  lab.Spec("comment.hcl", "# moved away from /mnt/nas\n" + JobText("by-comment"));
  lab.Spec("file.hcl", JobText("by-file", {},
                               "      template {\n        destination = \"local/x\"\n"
                               "        data = file(\"conf/app.conf\")\n      }\n"));
  lab.dir.Write("cld/conf/app.conf", "a\nb\npath = /mnt/nas/media\n");
  lab.Spec("dynamic.hcl",
           "locals {\n  names = [\"nas\"]\n}\n"
           "job \"by-dynamic\" {\n  group \"g\" {\n    dynamic \"volume\" {\n"
           "      for_each = local.names\n      labels = [volume.value]\n      content {\n"
           "        type = \"host\"\n        source = \"/mnt/${volume.value}\"\n      }\n    }\n"
           "    task \"t\" {\n      driver = \"docker\"\n    }\n  }\n}\n");
  lab.Spec("other.hcl", JobText("other"));
  const NmgrResult nas = lab.Run({"list", "nas"});
  CHECK(nas.exit_code == 0);
  CHECK(nas.out == "by-comment\nby-dynamic\nby-file\nby-local\n");
  CHECK(nmgr::testing::Holds(
      nas.err, "by-local: nas found in its evaluated spec: meta.path (local.hcl:6)\n"));
  CHECK(nmgr::testing::Holds(nas.err, "by-file: nas found in a file it reads: conf/app.conf:3\n"));
  CHECK(nmgr::testing::Holds(
      nas.err, "by-dynamic: nas found in its evaluated spec: volume.source (dynamic.hcl:11)\n"));
  CHECK_FALSE(nmgr::testing::Holds(nas.err, "by-comment"));
}

TEST_CASE("a number that a local holds counts, and no value is shown") {
  TargetsLab lab;
  lab.Spec("port.hcl",
           "locals {\n  base = 15400\n}\n" +
               JobText("port", {}, "      env {\n        PORT = local.base + 32\n      }\n"));
  lab.Spec("url.hcl",
           "variable \"pw\" {\n  default = \"sesame\"\n}\n" +
               JobText("url", {},
                       "      env {\n        URL = \"pg://u:${var.pw}@db:${15400 + 32}/x\"\n"
                       "      }\n"));
  const NmgrResult db = lab.Run({"list", "db"});
  CHECK(db.out == "port\nurl\n");
  CHECK(nmgr::testing::Holds(db.err, "env.PORT (port.hcl:12)"));
  CHECK(nmgr::testing::Holds(db.err, "env.URL (url.hcl:12)"));
  CHECK_FALSE(nmgr::testing::Holds(db.err, "sesame"));
}

TEST_CASE("a spec that does not evaluate is judged by its text, and named") {
  TargetsLab lab;
  lab.Spec("bad.hcl", JobText("bad", "  meta {\n    a = upper(1, 2)\n  }\n"));
  lab.Spec("torn.hcl", "# /mnt/nas\njob \"torn\" {\n");
  lab.Spec("fine.hcl", JobText("fine"));
  const NmgrResult jfs = lab.Run({"list", "jfs"});
  CHECK(jfs.exit_code == 0);
  CHECK(jfs.out.empty());
  CHECK(nmgr::testing::Holds(jfs.err, "bad (bad.hcl:3:"));
  CHECK(nmgr::testing::Holds(jfs.err, "torn (torn.hcl:2:"));
  CHECK(nmgr::testing::Holds(jfs.err, "do not evaluate"));
  CHECK_FALSE(nmgr::testing::Holds(jfs.err, "fine"));
  CHECK(lab.List({"nas"}) == "torn\n");
}

TEST_CASE("a configured filter reads the files of a spec only with extended_search") {
  TargetsLab lab;
  lab.Spec("a/a.hcl", JobText("by-local", "  meta {\n    a = \"se${\"arch\"}ed\"\n  }\n"));
  lab.Spec("b/b.hcl", JobText("by-file", "  meta {\n    a = sha256(file(\"conf/x.conf\"))\n  }\n"));
  lab.dir.Write("cld/b/conf/x.conf", "searched\n");
  const std::string filter = "[filter.own]\nkeywords = [\"searched\"]\n";
  lab.env["NMGR_CONFIG"] = lab.dir.Write("own.toml", filter);
  CHECK(lab.List({"own"}) == "by-local\n");
  lab.dir.Write("own.toml", filter + "extended_search = true\n");
  CHECK(lab.List({"own"}) == "by-file\nby-local\n");
}

TEST_CASE("infra jobs that a filter matches are named, or taken with --include-infra") {
  TargetsLab lab;
  lab.Spec("caddy.hcl", JobText("caddy", "  # /mnt/nas\n"));
  lab.Spec("web.hcl", JobText("web", "  # /mnt/nas\n"));
  const NmgrResult plain = lab.Run({"list", "nas"});
  CHECK(plain.out == "web\n");
  CHECK(plain.err == "caddy uses nas too, an infra job: add it by name or --include-infra\n");
  const NmgrResult named = lab.Run({"list", "nas", "caddy"});
  CHECK(named.out == "caddy\nweb\n");
  CHECK(named.err.empty());
  const NmgrResult included = lab.Run({"list", "nas", "--include-infra"});
  CHECK(included.out == "caddy\nweb\n");
  CHECK(included.err.empty());
  CHECK(
      nmgr::testing::Holds(lab.Run({"list", "all", "--exclude", "nas"}).err, "exclude it by name"));
  CHECK(lab.List({"all", "--exclude", "nas", "--include-infra"}).empty());
}

TEST_CASE("words that nearly name something get the word that does") {
  TargetsLab lab;
  lab.Spec("x/nas.hcl", JobText("nas"));
  lab.Spec("x/slash.hcl", JobText("team/app"));
  lab.Spec("media/player.hcl", JobText("player"));
  const NmgrResult slash = lab.Run({"list", "team/app"});
  CHECK(slash.exit_code == 66);
  CHECK(nmgr::testing::Holds(slash.err, "a job is called that: job:team/app"));
  CHECK(lab.List({"job:team/app"}) == "team/app\n");
  for (const char* verb : {"list", "down", "up"}) {
    const NmgrResult nas = lab.Run({verb, "nas"});
    CHECK(nas.exit_code == 0);
    CHECK(nmgr::testing::Holds(nas.err, "the job of that name is job:nas"));
  }
  const NmgrResult media = lab.Run({"list", "media"});
  CHECK(media.exit_code == 66);
  CHECK(nmgr::testing::Holds(media.err, "the folder is media/ or ./media"));
  lab.env["NMGR_BASE_DIR"] = "../cld/media";
  CHECK(nmgr::testing::Holds(lab.Run({"list", "x"}).err, "the folder is x/ or ./x"));
}

TEST_CASE("an ID in two namespaces is shown and named with its namespace") {
  TargetsLab lab;
  lab.Spec("a.hcl", JobText("web", "  namespace = \"ops\"\n"));
  lab.Spec("b.hcl", JobText("web"));
  lab.Spec("c.hcl", JobText("ops/web", "  namespace = \"dev\"\n"));
  lab.Spec("d.hcl", JobText("alone", "  namespace = \"ops\"\n"));
  CHECK(lab.List({"all"}) == "alone\nops/web\ndefault/web\nops/web\n");
  CHECK(lab.List({"default/web"}) == "default/web\n");
  CHECK(lab.List({"ops/alone"}) == "alone\n");
  CHECK(lab.List({"web"}) == "default/web\nops/web\n");
  // The exact ID goes first.
  const NmgrResult exact = lab.Run({"list", "-o", "json", "job:ops/web"});
  CHECK(nmgr::testing::Holds(exact.out, "\"c.hcl\""));
  CHECK_FALSE(nmgr::testing::Holds(exact.out, "\"a.hcl\""));
  CHECK(nmgr::testing::Holds(lab.Run({"list", "ops/web"}).err, "job:ops/web"));
  CHECK(nmgr::testing::Holds(lab.Run({"list", "-o", "json", "job:dev/ops/web"}).out, "\"c.hcl\""));
}

TEST_CASE("What --exclude FOLDER/ takes away is what was found below it, links aside") {
  TargetsLab lab;
  lab.Spec("jobs/good.hcl", JobText("good"));
  lab.Spec("tf/own.hcl", JobText("own"));
  fs::create_symlink("../jobs/good.hcl", lab.dir.At("cld/tf/good.hcl"));
  fs::create_directory_symlink("jobs", lab.dir.At("cld/linked"));
  CHECK(lab.List({"all", "--exclude", "tf/"}) == "good\n");
  CHECK(lab.List({"all", "--exclude", "jobs/"}) == "own\n");
  CHECK(lab.List({"all", "--exclude", lab.dir.At("cld/jobs")}) == "own\n");
  CHECK(lab.List({"all", "--exclude", "linked/"}) == "own\n");  // the same folder
  CHECK(nmgr::testing::Holds(lab.Run({"list", "all", "--exclude", "linked/"}).err,
                             "linked/ is a link: what is found below jobs is excluded"));
  CHECK(lab.List({"tf/"}) == "good\nown\n");
  CHECK(lab.List({"all", "--exclude", "./"}).empty());
}

TEST_CASE("job headers that cannot be read, and jobs in the API's form, are told") {
  TargetsLab lab;
  lab.Spec("good.hcl", JobText("good"));
  lab.Spec("gomplate.hcl", "job \"{{ (ds \"vars\").name }}\" {\n}\n");
  lab.Spec("nolabel.hcl", "# hello\njob {\n}\n");
  lab.Spec("levant.nomad", "job [[ .name | toJSON ]] {\n}\n");
  lab.Spec("api.json", "{\"Job\": {\"ID\": \"x\", \"TaskGroups\": []}}\n");
  lab.Spec("policy.hcl", "path \"jobs\" {\n  policy = \"read\"\n}\n");
  lab.Spec("tf.hcl", "resource \"nomad_job\" \"x\" {\n  job = 1\n}\n");
  for (const char* verb : {"list", "validate"}) {
    const NmgrResult all = lab.Run({verb, "all"});
    CHECK(all.exit_code == 0);
    CHECK(
        nmgr::testing::Holds(all.err, "gomplate.hcl:1 (a template of another tool, by its `{{`)"));
    CHECK(
        nmgr::testing::Holds(all.err, "levant.nomad:1 (a template of another tool, by its `[[`)"));
    CHECK(nmgr::testing::Holds(all.err, "nolabel.hcl:2 (its job block has no label)"));
    CHECK(nmgr::testing::Holds(all.err,
                               "api.json (a job in the API's JSON form, which is not read)"));
    CHECK_FALSE(nmgr::testing::Holds(all.err, "policy"));
    CHECK_FALSE(nmgr::testing::Holds(all.err, "tf.hcl"));
  }
  const NmgrResult named = lab.Run({"validate", "nolabel.hcl"});
  CHECK(named.exit_code == 65);
  CHECK_FALSE(nmgr::testing::Holds(named.err, "no job block in it"));
  CHECK(lab.Run({"list", "./api.json"}).exit_code == 1);
  CHECK(nmgr::testing::Holds(lab.Run({"list", "./api.json"}).err, "API"));

  lab.env["NMGR_CONFIG"] = lab.dir.Write(
      "ignore.toml", "[general]\nignore_files = [\"gomplate.*\", \"*.json\", \"./no*\"]\n");
  const NmgrResult ignored = lab.Run({"list", "all"});
  CHECK_FALSE(nmgr::testing::Holds(ignored.err, "gomplate"));
  CHECK_FALSE(nmgr::testing::Holds(ignored.err, "api.json"));
  CHECK(nmgr::testing::Holds(ignored.err, "levant"));
}

TEST_CASE("templates of other tools are told by where their marks stand, never read as jobs") {
  TargetsLab lab;
  lab.Spec("good.hcl", JobText("good"));
  lab.Spec("lev.nomad", "{{ $x := 1 }}\njob \"lev\" {\n  type = \"batch\"\n}\n");
  lab.Spec("jinja.hcl", "{% if x %}\njob \"jinja\" {\n}\n{% endif %}\n");
  lab.Spec("pack.nomad.hcl", "job \"[[ .job_name ]]\" {\n  datacenters = [[ .dcs | toList ]]\n}\n");
  lab.Spec("whole.nomad.hcl", "job \"[[ .job_name ]]\" {\n}\n");
  lab.Spec("short.json", "{\"Job\": {\"ID\": \"x\", \"Type\": \"batch\"}}\n");
  const NmgrResult all = lab.Run({"list", "all"});
  CHECK(all.exit_code == 0);
  CHECK(all.out == "good\n");
  CHECK(
      all.err ==
      "warning: 5 files look like jobs and are not read: jinja.hcl:2 (a template of another tool, "
      "by its `{%`), lev.nomad:2 (a template of another tool, by its `{{`), pack.nomad.hcl:1 (a "
      "template of another tool, by its `[[`), whole.nomad.hcl:1 (a template of another tool, by "
      "its `[[`), short.json (a job in the API's JSON form, which is not read)\n");
  for (const char* file : {"lev.nomad", "jinja.hcl", "pack.nomad.hcl", "whole.nomad.hcl"}) {
    const NmgrResult named = lab.Run({"validate", file});
    INFO(file << ": " << named.err);
    CHECK(named.exit_code == 65);
    CHECK(nmgr::testing::Holds(named.err, "a template of another tool"));
    CHECK_FALSE(nmgr::testing::Holds(named.err, "no job block in it"));
  }
  CHECK(lab.Run({"validate", "./short.json"}).exit_code == 65);
}

TEST_CASE("an unresolved merge is one error that says so") {
  TargetsLab lab;
  lab.Spec("vaultwarden.hcl",
           "job \"vaultwarden\" {\n  group \"g\" {\n<<<<<<< HEAD\n    count = 1\n=======\n"
           "    count = 2\n>>>>>>> theirs\n  }\n}\n");
  const NmgrResult validate = lab.Run({"validate", "all"});
  CHECK(validate.exit_code == 65);
  CHECK(nmgr::testing::Holds(
      validate.err, "Error: Unresolved merge conflict (vaultwarden.hcl:3, `<<<<<<< HEAD`)\n"));
  CHECK(validate.err.find("Error:") == validate.err.rfind("Error:"));
  CHECK(lab.List({"all"}) == "vaultwarden\n");
}

TEST_CASE("a file that is no spec selects the jobs that read it, and its lines stay its own") {
  TargetsLab lab;
  lab.Spec("cloud/cloud.hcl", JobText("cloud"));
  lab.dir.Write("cld/cloud/.env", "DB_PASSWORD=sesame\n");
  lab.Spec("web/web.hcl", JobText("web", "  meta {\n    a = file(\"../shared.txt\")\n  }\n"));
  lab.dir.Write("cld/shared.txt", "sesame\n");
  lab.Spec("stray.hcl", "password = \"sesame\"\n");
  CHECK(lab.List({"cloud/.env"}) == "cloud\n");
  CHECK(lab.List({"./shared.txt"}) == "web\n");
  for (const char* word : {"cloud/.env", "./shared.txt", "stray.hcl"}) {
    for (const char* verb : {"list", "validate", "render", "-n up"}) {
      const NmgrResult result = RunShell("cd " + lab.dir.At("cld") +
                                         " && NMGR_BASE_DIR=. \"$NMGR\" " + verb + " " + word);
      CHECK_FALSE(nmgr::testing::Holds(result.err, "sesame"));
      if (std::string(verb) != "render") CHECK_FALSE(nmgr::testing::Holds(result.out, "sesame"));
    }
  }
  CHECK(lab.Run({"list", "stray.hcl"}).exit_code == 1);
  CHECK(lab.Run({"render", "stray.hcl"}).exit_code == 65);
}

TEST_CASE("verbs that act end with an error where a spec may hide, the others warn") {
  TargetsLab lab;
  lab.Spec("web.hcl", JobText("web"));
  // A file above the limit cannot be read whoever asks, root included.
  lab.Spec("huge.hcl", "");
  fs::resize_file(lab.dir.At("cld/huge.hcl"), (16U << 20U) + 1);
  const NmgrResult list = lab.Run({"list", "all"});
  CHECK(list.exit_code == 0);
  CHECK(nmgr::testing::Holds(list.err, "warning: huge.hcl"));
  for (const char* verb : {"up", "down", "reconcile"}) {
    const NmgrResult result = lab.Run({verb, "jfs"});
    CHECK(result.exit_code == 1);
    CHECK(nmgr::testing::Holds(result.err, "error: huge.hcl"));
    CHECK(nmgr::testing::Holds(result.err, "a spec may hide there"));
  }
}

TEST_CASE("a base directory without a spec is an error for verbs that act") {
  TargetsLab lab;
  lab.dir.MakeFolder("cld");
  for (const char* verb : {"up", "down", "reconcile"}) {
    for (const char* word : {"all", "nas", "web"}) {
      const NmgrResult result = lab.Run({verb, word});
      CHECK(result.exit_code == 66);
      CHECK(nmgr::testing::Holds(result.err, "no job specs below ."));
    }
  }
  CHECK(lab.Run({"list", "all"}).exit_code == 0);
}

TEST_CASE("broken specs outside of the selection are one line") {
  TargetsLab lab;
  lab.Spec("web.hcl", JobText("web"));
  for (const char* name : {"a", "b", "c"}) lab.Spec(std::string(name) + ".hcl", "job \"x\" {\n");
  const NmgrResult list = lab.Run({"list", "web"});
  CHECK(list.exit_code == 0);
  CHECK(list.err == "warning: 3 other specs are broken (nmgr validate all)\n");
}

TEST_CASE("a filter and KEY: look at what is known of a spec that does not evaluate") {
  TargetsLab lab;
  const std::string mounts =
      "      config {\n        volumes = [\"${local.root}/nas/a:/a\"]\n      }\n";
  lab.Spec("unset.hcl",
           "variable \"ci\" {}\nlocals {\n  root = \"/mnt\"\n}\n" + JobText("unset", {}, mounts));
  lab.Spec("hangs.hcl", "variable \"ci\" {}\nlocals {\n  root = \"/mnt${var.ci}\"\n}\n" +
                            JobText("hangs", {}, mounts));
  lab.Spec("other.hcl", "variable \"ci\" {}\n" + JobText("other"));
  for (const char* word : {"nas", "host_path:/mnt/nas*"}) {
    INFO(word);
    const NmgrResult listed = lab.Run({"list", word});
    INFO(listed.err);
    CHECK(listed.out == "unset\n");
    CHECK(nmgr::testing::Holds(listed.err, "hangs (hangs.hcl:"));
    CHECK_FALSE(nmgr::testing::Holds(listed.err, "other"));
  }
  CHECK(lab.List({"all", "--exclude", "host_path:/mnt/nas*"}) == "other\n");
}

TEST_CASE("a file that is no spec leaves out and names who may read it unseen") {
  TargetsLab lab;
  lab.dir.Write("conf/a.conf", "a\n");
  lab.Spec("ten.hcl", "variable \"ci\" {}\n" +
                          JobText("ten", "  meta {\n    a = file(\"../conf/a.conf\")\n  }\n"));
  lab.Spec("twelve.hcl",
           "variable \"ci\" {}\n" +
               JobText("twelve", "  meta {\n    a = file(\"../conf/${var.ci}.conf\")\n  }\n"));
  lab.Spec("none.hcl", "variable \"ci\" {}\n" + JobText("none"));
  for (const char* word : {"../conf/a.conf", "reads:*a.conf"}) {
    INFO(word);
    const NmgrResult listed = lab.Run({"list", word});
    INFO(listed.err);
    CHECK(listed.out == "ten\n");
    CHECK(nmgr::testing::Holds(listed.err, "twelve (twelve.hcl:"));
    CHECK_FALSE(nmgr::testing::Holds(listed.err, "none"));
  }
}
