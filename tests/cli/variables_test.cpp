// Input variables and their files through the program.
#include <catch2/catch.hpp>

#include "support/run_nmgr.h"
#include "support/temp_dir.h"

namespace nmgr::testing {
namespace {

std::string JobWithVariables(const std::string& id, const std::string& image) {
  return "job \"" + id + "\" {\n  group \"g\" {\n    task \"t\" {\n      driver = \"docker\"\n" +
         "      config {\n        image = " + image + "\n      }\n    }\n  }\n}\n";
}

// Two specs, each with a variable of its own, and one file for both.
class Shared {
 public:
  Shared() {
    dir_.Write("web/web.hcl",
               "variable \"domain\" { type = string }\n" + JobWithVariables("web", "\"nginx:1\""));
    dir_.Write("api/api.hcl", "variable \"api_tag\" { default = \"1\" }\n" +
                                  JobWithVariables("api", "\"api:${var.api_tag}\""));
    dir_.Write("shared.vars", "domain  = \"example.org\"\napi_tag = \"3\"\n");
  }
  NmgrResult Run(std::vector<std::string> arguments,
                 const std::map<std::string, std::string>& env = {}) const {
    arguments.insert(arguments.begin(), {"--base-dir", "."});
    return RunNmgr(arguments, {.env = env, .folder = dir_.path()});
  }
  TempDir& dir() { return dir_; }

 private:
  TempDir dir_;
};

}  // namespace

TEST_CASE("one file of variables serves each job alone and all together") {
  Shared shared;
  for (const std::string target : {"all", "web", "api", "web/web.hcl", "./api/"}) {
    INFO(target);
    const NmgrResult result = shared.Run({"--var-file", "shared.vars", "render", target});
    CHECK(result.exit_code == 0);
    CHECK(result.err.empty());
    CHECK_FALSE(result.out.empty());
  }
  CHECK(Holds(shared.Run({"render", "api"}, {{"NMGR_VAR_FILE", "shared.vars"}}).out, "api:3"));
}

TEST_CASE("a variable of a file that no spec has is a warning where something is done with it") {
  Shared shared;
  shared.dir().Write("more.vars", "domain = \"x\"\napi_tga = \"4\"\n");
  const NmgrResult rendered = shared.Run({"--var-file", "more.vars", "render", "api"});
  CHECK(rendered.exit_code == 0);
  CHECK(
      rendered.err ==
      "warning: more.vars: no spec of the repository declares a variable \"api_tga\"; did you mean "
      "api_tag?\n");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"list", "all"}, {"find", "nginx"}}) {
    std::vector<std::string> line = {"--var-file", "more.vars"};
    line.insert(line.end(), words.begin(), words.end());
    const NmgrResult result = shared.Run(line);
    CHECK(result.exit_code == 0);
    CHECK(result.err.empty());
    CHECK_FALSE(result.out.empty());
  }
}

TEST_CASE("a --var is an error only where no spec of the repository has it") {
  Shared shared;
  CHECK(shared.Run({"--var", "domain=x", "render", "api"}).exit_code == 0);
  const NmgrResult result = shared.Run({"--var", "api_tga=x", "render", "api"});
  CHECK(result.exit_code == 64);
  CHECK(Holds(result.err, "no spec of the repository declares a variable \"api_tga\""));
  CHECK(Holds(result.err, "did you mean api_tag?"));
  CHECK(shared.Run({"--var", "api_tga=x", "list", "all"}).exit_code == 0);
  shared.dir().Write("broken.hcl", "job \"broken\" {\n");
  const NmgrResult unsure = shared.Run({"--var", "api_tga=x", "render", "api"});
  CHECK(unsure.exit_code == 0);
  CHECK(Holds(unsure.err, "api_tga"));
}

TEST_CASE("var_files of the config file lie in the base directory") {
  Shared shared;
  TempDir elsewhere;
  const Path config =
      elsewhere.Write("config.toml", "[general]\nbase_dir = \"" + shared.dir().path() +
                                         "\"\nvar_files = [\"shared.vars\"]\n");
  const NmgrOptions options{.folder = elsewhere.path()};
  const NmgrResult result = RunNmgr({"-c", config, "render", "api"}, options);
  CHECK(result.err.empty());
  CHECK(Holds(result.out, "api:3"));
  elsewhere.Write("own.vars", "api_tag = \"4\"\n");
  CHECK(Holds(RunNmgr({"-c", config, "--var-file", "own.vars", "render", "api"}, options).out,
              "api:4"));
  shared.dir().Remove("shared.vars");
  CHECK(RunNmgr({"-c", config, "render", "api"}, options).exit_code == 78);
}

TEST_CASE("a file of variables that is not there or is wrong is told once") {
  Shared shared;
  for (const std::string action : {"render", "validate", "list"}) {
    const NmgrResult result = shared.Run({"--var-file", "nowhere.vars", action, "all"});
    CHECK(result.exit_code == 64);
    CHECK(result.err == "error: --var-file: nowhere.vars: no such file or directory\n");
  }
  shared.dir().Write("bad.vars", "domain = \"sesame\napi_tag = 1\n");
  const NmgrResult result = shared.Run({"--var-file", "bad.vars", "validate", "all"});
  CHECK(result.exit_code == 64);
  CHECK(Holds(result.err, "bad.vars line 1"));
  for (const std::string once : {"bad.vars line 2, column", "Unterminated template string",
                                 "a variable file that cannot be used"}) {
    INFO(once);
    CHECK(Holds(result.err, once));
    CHECK(result.err.find(once) == result.err.rfind(once));
  }
  CHECK_FALSE(Holds(result.err, "sesame"));
}

TEST_CASE("faults of variables name the place and the type, never the value") {
  TempDir dir;
  dir.Write(
      "x.hcl",
      "variable \"n\" { type = number }\nvariable \"l\" { type = list(string) }\nvariable "
      "\"b\" { type = bool }\nvariable \"v\" {\n  default = \"\"\n  validation {\n    condition = "
      "var.v != \"sesame\"\n    error_message = \"It is wrong.\"\n  }\n}\n" +
          JobWithVariables("x", "\"x:1\""));
  dir.Write("bad.vars", "n = \"sesame\"\nl = [\"x\"]\nb = true\n");
  dir.Write("call.vars", "n = 1\nl = sesame(1)\nb = sesame\n");
  dir.Write("bad.vars.json", R"({"n": "sesame", "l": ["x"], "b": true})");
  const auto fails = [&](const std::vector<std::string>& words,
                         const std::map<std::string, std::string>& env = {}) {
    std::vector<std::string> line = {"--base-dir", "."};
    line.insert(line.end(), words.begin(), words.end());
    std::string all;
    for (const std::string form : {"text", "json"}) {
      std::vector<std::string> formed = line;
      formed.insert(formed.end(), {"-o", form});
      const NmgrResult result = RunNmgr(formed, {.env = env, .folder = dir.path()});
      CHECK(result.exit_code != 0);
      all += result.out + result.err;
    }
    INFO(all);
    CHECK_FALSE(Holds(all, "sesame"));
    return all;
  };
  const std::vector<std::string> rest = {"--var", "l=[]", "--var", "b=true", "validate", "all"};
  const auto with = [&](const std::string& text) {
    std::vector<std::string> words = {"--var", text};
    words.insert(words.end(), rest.begin(), rest.end());
    return words;
  };
  CHECK(Holds(fails(with("n=sesame")), "a number is required"));
  CHECK(Holds(fails({"validate", "all"},
                    {{"NOMAD_VAR_n", "sesame"}, {"NOMAD_VAR_l", "[]"}, {"NOMAD_VAR_b", "true"}}),
              "a number is required"));
  fails({"--var", "n=1", "--var", "l=sesame", "--var", "b=true", "validate", "all"});
  fails({"--var", "n=1", "--var", "l=[", "--var", "b=sesame", "validate", "all"});
  fails({"--var", "n=1", "--var", "l=\"sesame", "--var", "b=sesame(", "validate", "all"});
  fails({"--var-file", "bad.vars", "validate", "all"});
  fails({"--var-file", "call.vars", "validate", "all"});
  fails({"--var-file", "bad.vars.json", "validate", "all"});
  CHECK(Holds(fails({"--var", "n=1", "--var", "l=[]", "--var", "b=true", "--var", "v=sesame",
                     "validate", "all"}),
              "It is wrong."));
  fails({"--var", "sesame", "list", "all"});
  fails({"--var", "=sesame", "list", "all"});
  fails({"--var-file", "pw=sesame", "list", "all"});
  fails({"--token-file", "sesame", "plan", "all"});
}

TEST_CASE("file() starts where file_root says") {
  TempDir dir;
  dir.Write("jobs/site/site.hcl",
            "job \"site\" {\n  meta {\n    x = file(\"jobs/site/index.html\")\n  }\n}\n");
  dir.Write("jobs/site/index.html", "hello");
  const auto render = [&](const std::string& config) {
    const Path path = dir.Write("config.toml", config);
    return RunNmgr({"-c", path, "--base-dir", ".", "render", "site"}, {.folder = dir.path()});
  };
  const NmgrResult beside = render("");
  CHECK(beside.exit_code == 65);
  CHECK(Holds(beside.err, "jobs/site/jobs/site/index.html, but there is jobs/site/index.html"));
  CHECK(Holds(beside.err, "file_root"));
  CHECK(Holds(render("[general]\nfile_root = \"base\"\n").out, "hello"));
  CHECK(render("[general]\nfile_root = \"spec\"\n").exit_code == 65);
  dir.Write("data/jobs/site/index.html", "from a folder");
  CHECK(Holds(render("[general]\nfile_root = \"data\"\n").out, "from a folder"));
  CHECK(Holds(render("[general]\nfile_root = \"" + dir.At("data") + "\"\n").out, "from a folder"));
}

}  // namespace nmgr::testing
