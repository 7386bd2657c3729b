// What must not be seen, and what must be seen, on the program itself.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "support/fake_nomad_process.h"
#include "support/run_nmgr.h"
#include "support/temp_dir.h"

namespace {

using nmgr::testing::FakeNomadOptions;
using nmgr::testing::FakeNomadProcess;
using nmgr::testing::NmgrOptions;
using nmgr::testing::NmgrResult;
using nmgr::testing::RunNmgr;
using nmgr::testing::TempDir;

constexpr const char* kSpec = R"(job "web" {
  group "main" {
    task "server" {
      driver = "raw_exec"
      config {
        command = "serve"
        args    = ["--db-password=hidden-args", "--token", "hidden-next"]
      }
      env {
        DB_PASSWORD = "hidden-env-1"
      }
    }
  }
}
)";

std::string All(const NmgrResult& result) { return result.out + result.err; }

struct SecretsLab {
  SecretsLab() { dir.Write("web/web.hcl", kSpec); }
  NmgrResult Run(const std::vector<std::string>& arguments,
                 std::map<std::string, std::string> env = {}) const {
    env.emplace("NMGR_BASE_DIR", dir.path());
    env.emplace("HOME", dir.path());
    env.emplace("NOMAD_ADDR", "http://127.0.0.1:1");
    return RunNmgr(arguments, {.env = std::move(env), .folder = dir.path()});
  }
  TempDir dir;
};

}  // namespace

TEST_CASE("config shows neither passwords of addresses nor values of --var") {
  const SecretsLab lab;
  for (const char* address :
       {"me:sesame@host:4646", "http://me:sesame@host:4646", "http:me:sesame@h",
        "http:/me:sesame@h", "http:\\\\me:sesame@h", "http://me:se/sesame@h:4646",
        "http://me:se#sesame@h", "http://me:se?sesame@h", "unix://me:sesame@/s"}) {
    INFO(address);
    for (const char* output : {"text", "json"}) {
      const NmgrResult shown = lab.Run({"config", "-o", output}, {{"NOMAD_ADDR", address}});
      CHECK(shown.exit_code == 0);
      CHECK(nmgr::testing::Holds(shown.out, "address"));
      CHECK_FALSE(nmgr::testing::Holds(All(shown), "sesame"));
    }
    const NmgrResult failed = lab.Run({"list", "-l", "all"}, {{"NOMAD_ADDR", address}});
    CHECK(failed.exit_code != 0);
    CHECK_FALSE(failed.err.empty());
    CHECK_FALSE(nmgr::testing::Holds(All(failed), "sesame"));
  }
  const NmgrResult shown = lab.Run({"config", "--var", "pw=sesame"}, {{"NMGR_VAR", ""}});
  CHECK(nmgr::testing::Holds(shown.out, "pw=***"));
  CHECK_FALSE(nmgr::testing::Holds(All(shown), "sesame"));
  CHECK_FALSE(nmgr::testing::Holds(
      All(lab.Run({"config", "-o", "json"}, {{"NMGR_VAR", "pw=sesame"}})), "sesame"));
}

TEST_CASE("what a server repeats of this run's secrets is hidden") {
  const SecretsLab lab;
  // c2VzYW1lLXRva2Vu is the token in base64, bWU6aHVudGVyMjI= me:hunter22.
  const std::string echo =
      "500 X-Nomad-Token: sesame-token authorization: basic bWU6aHVudGVyMjI= c2VzYW1lLXRva2Vu "
      "SESAME%2DTOKEN sesame%2dtoken hidden-env-1 "
      "{\"Env\":{\"A\":\"hidden-env-2\"},\"EmbeddedTmpl\":"
      "\"hidden-template\",\"Args\":[\"--db-password=hidden-args\"]}";
  FakeNomadProcess nomad({.faults = {"POST /v1/jobs/parse " + echo}});
  for (const std::vector<std::string>& words : {std::vector<std::string>{"plan", "web"},
                                                {"up", "web"},
                                                {"validate", "--server", "web"},
                                                {"plan", "web", "-o", "json"},
                                                {"up", "web", "-o", "json"},
                                                {"-v", "up", "web"}}) {
    const NmgrResult result = lab.Run(words, {{"NOMAD_ADDR", nomad.address()},
                                              {"NOMAD_TOKEN", "sesame-token"},
                                              {"NOMAD_HTTP_AUTH", "me:hunter22"}});
    INFO(All(result));
    CHECK(result.exit_code != 0);
    CHECK(nmgr::testing::Holds(All(result), "***"));
    for (const char* secret :
         {"sesame", "SESAME", "hunter22", "bWU6aHVudGVyMjI", "c2VzYW1lLXRva2Vu", "hidden-"}) {
      INFO(secret);
      CHECK_FALSE(nmgr::testing::Holds(All(result), secret));
    }
  }
}

TEST_CASE("plan hides secrets at their place, render and find show what is there") {
  const SecretsLab lab;
  FakeNomadProcess nomad;
  const std::map<std::string, std::string> env = {{"NOMAD_ADDR", nomad.address()}};
  const NmgrResult plan = lab.Run({"plan", "web"}, env);
  INFO(All(plan));
  CHECK(nmgr::testing::Holds(plan.out, "--db-password=***"));
  CHECK_FALSE(nmgr::testing::Holds(All(plan), "hidden-"));
  CHECK(nmgr::testing::Holds(lab.Run({"plan", "--show-secrets", "web"}, env).out, "hidden-args"));
  CHECK(nmgr::testing::Holds(lab.Run({"render", "web"}).out, "hidden-env-1"));
  CHECK(nmgr::testing::Holds(lab.Run({"find", "-l", "db-password"}).out, "hidden-args"));
  CHECK(nmgr::testing::Holds(lab.Run({"find", "-l", "db-password", "-o", "json"}).out,
                             "hidden-args"));
}

TEST_CASE("a result that repeats what a server said hides this run's secrets too") {
  // A task that is called like the token stands for whatever a server puts into its words.
  const std::string token = "sesame-0123456789";
  const SecretsLab lab;
  std::string text = kSpec;
  text.replace(text.find("\"server\""), 8, "\"" + token + "\"");
  text.replace(text.find("hidden-next\""), 12, "hidden-next\", \"serve\", \"hidden-env-1\"");
  lab.dir.Write("web/web.hcl", text);
  const FakeNomadProcess nomad({.fail = {"web"}});
  const std::map<std::string, std::string> env = {{"NOMAD_ADDR", nomad.address()},
                                                  {"NOMAD_TOKEN", token}};
  CHECK(nmgr::testing::Holds(lab.Run({"plan", "--show-secrets", "web"}, env).out, "hidden-env-1"));
  for (const std::vector<std::string>& words : {std::vector<std::string>{"plan", "web"},
                                                {"-o", "json", "plan", "web"},
                                                {"up", "web"},
                                                {"status"},
                                                {"status", "web"}}) {
    const NmgrResult result = lab.Run(words, env);
    INFO(All(result));
    CHECK(nmgr::testing::Holds(result.out, "***"));
    CHECK_FALSE(nmgr::testing::Holds(All(result), token));
    CHECK_FALSE(nmgr::testing::Holds(All(result), "hidden-"));
  }
}

TEST_CASE("With -o json there is a document whatever the exit code") {
  const SecretsLab lab;
  lab.dir.Write("bad/bad.hcl", "job \"bad\" {\n  x = local.nope\n}\n");
  lab.dir.Write("wrong.toml", "[general\n");
  FakeNomadProcess nomad({.token = "right"});
  struct Row {
    std::vector<std::string> words;
    std::map<std::string, std::string> env;
    int code;
  };
  for (const Row& row :
       {Row{{"list", "-o", "json"}, {}, 64}, Row{{"-o", "json", "nonsense"}, {}, 64},
        Row{{"--output=json", "list", "--no-such-option"}, {}, 64},
        Row{{"list", "all"}, {{"NMGR_OUTPUT", "json"}, {"NMGR_COLOR", "x"}}, 64},
        Row{{"list", "nosuch", "-o", "json"}, {}, 66}, Row{{"plan", "web", "-ojson"}, {}, 69},
        Row{{"render", "bad", "-o", "json"}, {}, 65},
        Row{{"up", "web", "-o", "json"}, {{"NOMAD_ADDR", nomad.address()}}, 77},
        Row{{"list", "all", "-o", "json", "-c", lab.dir.At("wrong.toml")}, {}, 78}}) {
    const NmgrResult result = lab.Run(row.words, row.env);
    INFO(result.out << result.err);
    CHECK(result.exit_code == row.code);
    REQUIRE(nlohmann::json::accept(result.out));
    const nlohmann::json document = nlohmann::json::parse(result.out);
    CHECK(document.at("exit_code") == row.code);
    const bool told = document.contains("diagnostics") || document.at("error").is_object();
    CHECK(told);
  }
}

TEST_CASE("find in either case and by whole words") {
  const SecretsLab lab;
  lab.dir.Write("a/a.hcl", "job \"a\" {\n  # NAS\n}\n");
  lab.dir.Write("b/b.hcl", "job \"b\" {\n  # nasa nginx:latest\n}\n");
  CHECK(lab.Run({"find", "nas"}).out == "b\n");
  CHECK(lab.Run({"find", "-i", "nas"}).out == "a\nb\n");
  CHECK(lab.Run({"find", "-iw", "nas"}).out == "a\n");
  CHECK(lab.Run({"find", "-w", "nas"}).exit_code == 1);
  CHECK(lab.Run({"find", "-w", ":latest"}).out == "b\n");
  CHECK(lab.Run({"find", "-w", ":late"}).exit_code == 1);
  CHECK(lab.Run({"find", "-Ew", "n.s"}).exit_code == 1);
  CHECK(lab.Run({"find", "-Eiw", "n.s"}).out == "a\n");
}

TEST_CASE("a source line under a caret hides a password literal") {
  const SecretsLab lab;
  lab.dir.Write("web/web.hcl",
                "job \"web\" {\n  meta { db_password = \"hidden-1\" + local.nope }\n  meta {\n"
                "    apiKey = \"hidden-2${local.nope}\"\n  }\n}\n");
  for (const char* output : {"text", "json"}) {
    const NmgrResult result = lab.Run({"validate", "web", "-o", output});
    CHECK(result.exit_code == 65);
    CHECK(nmgr::testing::Holds(All(result), "nope"));
    CHECK_FALSE(nmgr::testing::Holds(All(result), "hidden-"));
  }
}
