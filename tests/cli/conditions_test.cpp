// Jobs by what their evaluated spec holds: KEY:PATTERN on the command line, conditions of
// [filter.NAME], --and and --exclude, and why a job was taken.
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "support/run_nmgr.h"
#include "support/temp_dir.h"

namespace {

using nmgr::testing::NmgrOptions;
using nmgr::testing::NmgrResult;
using nmgr::testing::RunNmgr;
using nmgr::testing::TempDir;
using Words = std::vector<std::string>;

struct ConditionsLab {
  ConditionsLab() {
    Spec("web.hcl", R"(locals {
  image = "docker.io/library/nginx:1.27"
}
job "web" {
  datacenters = ["dc1", "dc2"]
  meta {
    tier = "front"
  }
  group "g" {
    network {
      port "http" {
        static = 80
        to     = 8080
      }
    }
    service {
      name = "${JOB}-http"
      port = "http"
    }
    task "t" {
      driver = "docker"
      config {
        image   = local.image
        volumes = ["/srv/www:/www:ro", "cache:/cache", "local/x:/x"]
      }
      env {
        PASSWORD = "sesame"
        MODE     = "prod"
      }
    }
  }
}
)");
    Spec("db.hcl", R"(job "db" {
  namespace = "data"
  node_pool = "big"
  meta = {
    tier = "back"
  }
  group "g" {
    volume "pg" {
      type   = "host"
      source = "pg-data"
    }
    service {}
    task "t" {
      driver = "podman"
      config {
        image = "docker.io/library/postgres:16"
        mount {
          type   = "bind"
          source = "/mnt/pg"
          target = "/pg"
        }
      }
      template {
        data        = file("conf/db.conf")
        destination = "local/db.conf"
      }
    }
  }
}
)");
    dir.Write("cld/conf/db.conf", "x\n");
    Spec("clean.hcl", R"(job "clean" {
  type = "batch"
  group "g" {
    task "t" {
      driver = "raw_exec"
      config {
        command = "/bin/true"
      }
      env = {
        MODE = "test"
      }
    }
  }
}
)");
    Spec("json.nomad", R"({"job": {"json": {"type": "system", "group": {"g": {"task": {"t": {
      "driver": "docker", "config": {"image": "docker.io/library/redis:7", "volumes": ["/mnt/r:/r"]},
      "env": {"MODE": "json"}}}, "network": [{"port": {"redis": {"static": 6379}}}]}}}}})");
    Spec("broken.hcl",
         "job \"broken\" {\n  group \"g\" {\n    task \"t\" {\n"
         "      driver = upper(1, 2)\n      config {\n"
         "        image = \"docker.io/library/postgres:15\"\n      }\n    }\n  }\n}\n");
  }
  void Spec(const std::string& path, const std::string& text) { dir.Write("cld/" + path, text); }
  void Config(const std::string& text) { env["NMGR_CONFIG"] = dir.Write("own.toml", text); }

  NmgrResult Run(const Words& arguments) {
    NmgrOptions options;
    options.env = {
        {"NMGR_BASE_DIR", "."}, {"NMGR_INFRA_JOBS", "caddy"}, {"NOMAD_ADDR", "http://127.0.0.1:1"}};
    for (const auto& [name, value] : env) options.env[name] = value;
    options.folder = dir.At("cld");
    return RunNmgr(arguments, options);
  }
  std::string List(Words words) {
    words.insert(words.begin(), "list");
    return Run(words).out;
  }

  TempDir dir;
  std::map<std::string, std::string> env;
};

}  // namespace

TEST_CASE("KEY:PATTERN takes the jobs whose evaluated spec holds a value that matches") {
  ConditionsLab lab;
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"image:*/postgres:*", "broken\ndb\n"},
      {"image:docker.io/library/nginx:1.27", "web\n"},
      {"image:nginx", ""},
      {"image:/nginx|redis/", "json\nweb\n"},
      {"driver:raw_exec", "clean\n"},
      {"driver:docker", "json\nweb\n"},
      {"type:batch", "clean\n"},
      {"type:service", "broken\ndb\nweb\n"},
      {"type:s*", "broken\ndb\njson\nweb\n"},
      {"namespace:data", "db\n"},
      {"namespace:default", "broken\nclean\njson\nweb\n"},
      {"node_pool:big", "db\n"},
      {"node_pool:default", "broken\nclean\njson\nweb\n"},
      {"datacenter:dc2", "web\n"},
      {"volume:pg", "db\n"},
      {"volume:pg-data", "db\n"},
      {"volume:cache", "web\n"},
      {"host_path:/srv/www", "web\n"},
      {"host_path:/mnt/*", "db\njson\n"},
      {"host_path:local/x", ""},
      {"port:80", "web\n"},
      {"port:8080", "web\n"},
      {"port:http", "web\n"},
      {"port:6379", "json\n"},
      {"service:web-http", "web\n"},
      {"service:db-g", "db\n"},
      {"meta.tier:front", "web\n"},
      {"meta.tier:*", "db\nweb\n"},
      {"env.MODE:test", "clean\n"},
      {"env.MODE:*", "clean\njson\nweb\n"},
      {"env.MODE:/^(prod|json)$/", "json\nweb\n"},
      {"reads:conf/db.conf", "db\n"},
      {"reads:db.conf", "db\n"},
      {"reads:*.conf", "db\n"},
      {"reads:" + lab.dir.At("cld/conf/db.conf"), "db\n"},
  };
  for (const auto& [target, ids] : rows) {
    INFO(target);
    const NmgrResult result = lab.Run({"list", target});
    INFO(result.err);
    CHECK(result.exit_code == 0);
    CHECK(result.out == ids);
  }
}

TEST_CASE("what a spec that does not evaluate holds is unknown: not taken, and named") {
  ConditionsLab lab;
  const NmgrResult docker = lab.Run({"list", "driver:docker"});
  CHECK(
      nmgr::testing::Holds(docker.err, "driver:docker leaves out 1 spec, of which it cannot tell"));
  CHECK(nmgr::testing::Holds(docker.err, "broken (broken.hcl:4:"));
  const NmgrResult excluded = lab.Run({"list", "all", "--exclude", "driver:docker"});
  CHECK(excluded.out == "clean\ndb\n");
  CHECK(
      nmgr::testing::Holds(excluded.err, "driver:docker excludes 1 spec, of which it cannot tell"));
  CHECK(lab.List({"all", "--and", "driver:*"}) == "clean\ndb\njson\nweb\n");
  lab.Config("[filter.rest]\nnot = { driver = \"docker\" }\n");
  CHECK(lab.List({"rest"}) == "clean\ndb\n");
}

TEST_CASE("targets are joined, --and narrows, --exclude takes away") {
  ConditionsLab lab;
  CHECK(lab.List({"type:batch", "driver:docker"}) == "clean\njson\nweb\n");
  CHECK(lab.List({"all", "--and", "driver:docker"}) == "json\nweb\n");
  CHECK(lab.List({"all", "--and", "driver:docker", "--and", "port:80"}) == "web\n");
  CHECK(lab.List({"web", "job:db", "--and", "d*"}) == "db\n");
  CHECK(lab.List({"all", "--and", "./web.hcl"}) == "web\n");
  CHECK(lab.List({"all", "--and", "./", "--exclude", "type:*"}).empty());
  CHECK(lab.List({"driver:docker", "--exclude", "image:*redis*"}) == "web\n");
  const NmgrResult none = lab.Run({"list", "web", "--and", "type:batch"});
  CHECK(none.exit_code == 0);
  CHECK(none.out.empty());
  CHECK(nmgr::testing::Holds(none.err, "nothing is left after --and"));
  const NmgrResult unknown = lab.Run({"list", "all", "--and", "wbe"});
  CHECK(unknown.exit_code == 66);
  CHECK(unknown.out.empty());
  CHECK(nmgr::testing::Holds(unknown.err, "web"));
  CHECK(lab.Run({"find", "library", "--and", "type:batch"}).out.empty());
  CHECK(lab.Run({"find", "library", "--and", "type:system"}).out == "json\n");
}

TEST_CASE("a wrong pattern is a usage error, a misspelt key gets the right one") {
  ConditionsLab lab;
  for (const char* target : {"image:", "image:/(/", "meta.tier:", "state:broken", "reads:/[/"}) {
    INFO(target);
    const NmgrResult result = lab.Run({"list", target});
    CHECK(result.exit_code == 64);
    CHECK(result.out.empty());
    CHECK(nmgr::testing::Holds(result.err, target));
  }
  CHECK(nmgr::testing::Holds(lab.Run({"list", "state:faild"}).err, "did you mean failed"));
  CHECK(
      nmgr::testing::Holds(lab.Run({"list", "changd:HEAD~1"}).err, "did you mean changed:HEAD~1?"));
  const NmgrResult misspelt = lab.Run({"list", "imgae:x"});
  CHECK(misspelt.exit_code == 66);
  CHECK(nmgr::testing::Holds(misspelt.err, "image:x"));
  CHECK(nmgr::testing::Holds(lab.Run({"list", "meta:x"}).err, "meta.KEY:PATTERN"));
}

TEST_CASE("list --why shows place and value, and never a value that may be a secret") {
  ConditionsLab lab;
  const NmgrResult image = lab.Run({"list", "image:*nginx*", "--why"});
  CHECK(
      nmgr::testing::Holds(image.out, "config.image = docker.io/library/nginx:1.27 (web.hcl:23)"));
  const NmgrResult env =
      lab.Run({"list", "env.PASSWORD:sesame", "--and", "meta.tier:front", "--why"});
  CHECK(nmgr::testing::Holds(env.out, "env.PASSWORD (web.hcl:27)"));
  CHECK(nmgr::testing::Holds(env.out, "--and meta.tier:front"));
  CHECK(nmgr::testing::Holds(env.out, "meta.tier (web.hcl:7)"));
  lab.Config("[filter.www]\nkeywords = [\"/srv/www\"]\n");
  CHECK(nmgr::testing::Holds(lab.Run({"list", "www", "--why"}).out, "its text: web.hcl:24"));
  CHECK(nmgr::testing::Holds(lab.Run({"list", "w*", "all", "--why"}).out, "its ID"));
  const NmgrResult json = lab.Run({"list", "host_path:/mnt/pg", "--why", "-o", "json"});
  CHECK(nmgr::testing::Holds(json.out, "\"line\""));
  CHECK(nmgr::testing::Holds(json.out, "/mnt/pg"));
}

TEST_CASE("a configured filter joins conditions") {
  ConditionsLab lab;
  lab.Config(R"([filter.both]
image = ["*nginx*", "*redis*"]
"meta.tier" = "front"

[filter.dotted]
meta.tier = "back"

[filter.any]
any = [{ type = "batch" }, { driver = "podman", namespace = "data" }]

[filter.all]
all = [{ driver = "docker" }, { any = [{ port = 80 }, { port = 81 }] }]

[filter.nested]
all = [{ driver = "docker" }, { not = { type = "system" } }]

[filter.none]
not = [{ driver = "docker" }, { driver = "podman" }]

[filter.expression]
pattern = "post[a-z]+:1[56]"

[filter.mixed]
pattern = "^job \"(web|db)\""
driver = "docker"

[filter.empty]
)");
  CHECK(lab.List({"both"}) == "web\n");
  CHECK(lab.List({"dotted"}) == "db\n");
  CHECK(lab.List({"any"}) == "clean\ndb\n");
  CHECK(lab.List({"nested"}) == "web\n");
  CHECK(lab.List({"none"}) == "clean\n");
  CHECK(lab.List({"expression"}) == "broken\ndb\n");
  CHECK(lab.List({"mixed"}) == "web\n");
  const NmgrResult empty = lab.Run({"list", "empty"});
  CHECK(empty.out.empty());
  CHECK(nmgr::testing::Holds(empty.err, "selects nothing"));
  const NmgrResult config = lab.Run({"config"});
  CHECK(nmgr::testing::Holds(config.out, "filter nested"));
  CHECK(nmgr::testing::Holds(config.out, "not (type system)"));
}

TEST_CASE("faults of conditions in the config file have their line, and none selects more") {
  ConditionsLab lab;
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"pattern = \"(\"", "pattern"},
      {"image = \"/[/\"", "image"},
      {"image = \"\"", "image"},
      {"image = []", "image"},
      {"any = []", "any"},
      {"not = {}", "not"},
      {"all = [{}]", "all"},
      {"all = [{ imgae = \"x\" }]", "did you mean image"},
      {"meta = \"x\"", "meta.KEY"},
      {"driver = true", "driver"},
  };
  for (const auto& [line, named] : rows) {
    INFO(line);
    lab.Config("[filter.x]\n" + line + "\n");
    const NmgrResult result = lab.Run({"list", "x"});
    CHECK(result.exit_code == 78);
    CHECK(result.out.empty());
    CHECK(nmgr::testing::Holds(result.err, "own.toml:2"));
    CHECK(nmgr::testing::Holds(result.err, named));
  }
  lab.Config("[filter.x]\nkeywords = [\"nginx\"]\nimgae = \"x\"\n");
  CHECK(nmgr::testing::Holds(lab.Run({"list", "x"}).err,
                             "unknown key \"imgae\"; did you mean image?"));
}
