// [cluster.NAME], config --init, and the config files of the original.
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "cli/config_file.h"
#include "support/run_nmgr.h"
#include "support/temp_dir.h"

namespace {

using nmgr::testing::NmgrOptions;
using nmgr::testing::NmgrResult;
using nmgr::testing::RunNmgr;
using nmgr::testing::RunShell;
using nmgr::testing::TempDir;
using Words = std::vector<std::string>;

std::string LineOf(const std::string& text, const std::string& name) {
  const std::size_t at = text.find("\n" + name + " ");
  return at == text.npos ? "" : text.substr(at + 1, text.find('\n', at + 1) - at - 1);
}

struct ClustersLab {
  ClustersLab() {
    for (const char* folder : {"home", "lab"}) {
      dir.Write(std::string(folder) + "/web.hcl",
                std::string("job \"") + folder + "-web\" {\n  group \"g\" {}\n}\n");
    }
    Config("[general]\nbase_dir = \"" + dir.At("home") +
           "\"\ninfra_jobs = [\"caddy\"]\n[nomad]\naddress = \"http://127.0.0.1:1\"\n"
           "[cluster.lab]\naddress = \"http://127.0.0.1:2\"\nregion = \"eu\"\nbase_dir = \"" +
           dir.At("lab") + "\"\ninfra_jobs = [\"lab-web\"]\n");
  }
  void Config(const std::string& text) { env["NMGR_CONFIG"] = dir.Write("c.toml", text); }
  NmgrResult Run(const Words& arguments) const {
    NmgrOptions options;
    options.env = env;
    options.folder = dir.path();
    return RunNmgr(arguments, options);
  }

  TempDir dir;
  std::map<std::string, std::string> env;
};

}  // namespace

TEST_CASE("a cluster stands in for the settings that it names") {
  ClustersLab lab;
  CHECK(lab.Run({"list", "all"}).out == "home-web\n");
  CHECK(lab.Run({"--cluster", "lab", "list", "all"}).out == "lab-web\n");
  CHECK(lab.Run({"list", "infra", "--cluster=lab"}).out == "lab-web\n");
  lab.env["NMGR_CLUSTER"] = "lab";
  const std::string config = lab.Run({"config"}).out;
  CHECK(nmgr::testing::Holds(LineOf(config, "cluster"), "NMGR_CLUSTER"));
  CHECK(nmgr::testing::Holds(LineOf(config, "address"), "http://127.0.0.1:2"));
  CHECK(nmgr::testing::Holds(LineOf(config, "region"), "c.toml:8"));
}

TEST_CASE("a chosen cluster goes before variables and after flags") {
  ClustersLab lab;
  lab.env["NOMAD_ADDR"] = "http://127.0.0.1:3";
  lab.env["NMGR_BASE_DIR"] = lab.dir.At("home");
  const std::string config = lab.Run({"config", "--cluster", "lab"}).out;
  CHECK(nmgr::testing::Holds(LineOf(config, "address"), "http://127.0.0.1:2"));
  CHECK(lab.Run({"list", "all", "--cluster", "lab"}).out == "lab-web\n");
  const std::string flag =
      lab.Run({"config", "--cluster", "lab", "--address", "http://127.0.0.1:4"}).out;
  CHECK(nmgr::testing::Holds(LineOf(flag, "address"), "http://127.0.0.1:4"));
}

TEST_CASE("a run that may write names its cluster first") {
  ClustersLab lab;
  const NmgrResult up = lab.Run({"-n", "--cluster", "lab", "up", "all"});
  CHECK(up.err.starts_with("cluster lab: http://127.0.0.1:2, " + lab.dir.At("lab") + "\n"));
  CHECK_FALSE(nmgr::testing::Holds(lab.Run({"-n", "up", "all"}).err, "cluster"));
}

TEST_CASE("an unknown cluster, an unknown key of one") {
  ClustersLab lab;
  const NmgrResult unknown = lab.Run({"--cluster", "lba", "list", "all"});
  CHECK(unknown.exit_code == 64);
  CHECK(unknown.out.empty());
  CHECK(nmgr::testing::Holds(unknown.err, "lba"));
  CHECK(nmgr::testing::Holds(unknown.err, "lab"));
  lab.Config("[cluster.lab]\nadress = \"x\"\n");
  CHECK(nmgr::testing::Holds(lab.Run({"list", "all"}).err, "did you mean address?"));
}

TEST_CASE("config --init writes a commented file, and never over one") {
  ClustersLab lab;
  lab.env.erase("NMGR_CONFIG");
  lab.env["XDG_CONFIG_HOME"] = lab.dir.At("xdg");
  const std::string path = lab.dir.At("xdg/nmgr/config.toml");
  const NmgrResult first = lab.Run({"config", "--init"});
  CHECK(first.exit_code == 0);
  CHECK(first.out == "written: " + path + "\n");
  const NmgrResult second = lab.Run({"config", "--init"});
  CHECK(second.exit_code == 1);
  CHECK(nmgr::testing::Holds(second.err, path));
  CHECK(nmgr::testing::Holds(lab.Run({"config"}).out, path));
  const std::string named = lab.dir.At("own.toml");
  CHECK(lab.Run({"-c", named, "config"}).exit_code == 78);
  CHECK(lab.Run({"-c", named, "config", "--init"}).exit_code == 0);
  CHECK(RunShell("cmp " + named + " " + path).exit_code == 0);
  const std::string link = lab.dir.At("link.toml");
  CHECK(RunShell("ln -s nowhere " + link).exit_code == 0);
  CHECK(lab.Run({"-c", link, "config", "--init"}).exit_code == 1);
}

TEST_CASE("what config --init writes is right as it is, and with every key in force") {
  const std::string text = nmgr::cli::ConfigTemplate();
  const auto as_it_is = nmgr::cli::ParseConfigFile("c.toml", text);
  REQUIRE(as_it_is);
  CHECK(as_it_is->warnings.empty());
  CHECK(as_it_is->values.empty());
  std::string in_force;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = text.find('\n', at);
    std::string line = text.substr(at, end - at);
    const bool key = line.starts_with("# ") && line.find(" = ") != line.npos;
    if (key || line.starts_with("# [")) line = line.substr(2);
    in_force += line + "\n";
    at = end + 1;
  }
  const auto whole = nmgr::cli::ParseConfigFile("c.toml", in_force);
  INFO(in_force);
  REQUIRE(whole);
  CHECK(whole->warnings.empty());
  CHECK(whole->values.size() > 20);
  CHECK(whole->clusters.size() == 1);
}

TEST_CASE("the original 1.0's file works as it is, also at its own place") {
  ClustersLab lab;
  lab.env.erase("NMGR_CONFIG");
  lab.env["XDG_CONFIG_HOME"] = lab.dir.At("xdg");
  lab.dir.Write("xdg/nmgr/config",
                "[general]\nbase_dir = \"" + lab.dir.At("home") +
                    "\"\nnomad_url = \"http://127.0.0.1:5\"\nignore_dirs = \".git .github\"\n"
                    "job_config_patterns = \".env .toml\"\ninfra_jobs = \"caddy home-web\"\n"
                    "[filter.own]\npattern = \"secret(\"\nextended_search = \"true\"\n"
                    "[filter.expression]\npattern = \"home-[w]eb\"\nis_regex = \"true\"\n");
  lab.dir.Write("home/app.env.local", "secret(\n");
  const NmgrResult own = lab.Run({"list", "own"});
  CHECK(own.err.empty());
  CHECK(own.out == "home-web\n");
  CHECK(lab.Run({"list", "expression"}).out == "home-web\n");
  CHECK(lab.Run({"list", "infra"}).out == "home-web\n");
  CHECK(nmgr::testing::Holds(LineOf(lab.Run({"config"}).out, "address"), "http://127.0.0.1:5"));
  CHECK(nmgr::testing::Holds(lab.Run({"--list-targets"}).out, "\nexpression\n"));
  CHECK(nmgr::testing::Holds(lab.Run({"__complete", "list", "expr"}).out, "expression\t"));
}

TEST_CASE("what the config file says of the connection is a fault of the file, with its line") {
  ClustersLab lab;
  struct Case {
    std::string lines;
    std::string place;
  };
  for (const Case& one :
       std::vector<Case>{{"address = \"http:/x\"", "c.toml:2: "},
                         {"token_file = \"/nope\"", "c.toml:2: "},
                         {"address = \"https://x\"\nca_cert = \"/nope\"", "c.toml:3: "},
                         {"address = \"https://x\"\nca_path = \"/nope\"", "c.toml:3: "},
                         {"address = \"https://x\"\nclient_key = \"/nope\"", "c.toml:3: "},
                         {"address = \"https://x\"\ntls_server_name = \"a b\"", "c.toml:3: "}}) {
    CAPTURE(one.lines);
    lab.Config("[nomad]\n" + one.lines + "\n");
    const NmgrResult result = lab.Run({"up", "web"});
    CHECK(result.exit_code == 78);
    CHECK(nmgr::testing::Holds(result.err, one.place));
  }
  lab.Config("[nomad]\naddress = \"http:/x\"\n");
  CHECK(lab.Run({"--address", "http:/y", "up", "web"}).exit_code == 64);
}
