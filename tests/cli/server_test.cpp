// list -l and validate --server against the stand-in Nomad.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "support/fake_nomad_process.h"
#include "support/run_nmgr.h"
#include "support/temp_dir.h"

namespace {

using nmgr::testing::FakeNomadProcess;
using nmgr::testing::NmgrOptions;
using nmgr::testing::NmgrResult;
using nmgr::testing::RunNmgr;
using nmgr::testing::TempDir;

std::string Spec(const std::string& id, const std::string& extra = "") {
  return "job \"" + id + "\" {\n  type = \"service\"\n" + extra +
         "  group \"main\" {\n    task \"server\" {\n      driver = \"docker\"\n      config {\n"
         "        image = \"example/" +
         id + ":1\"\n      }\n    }\n  }\n}\n";
}

nlohmann::json LiveJob(const std::string& id) {
  return {
      {"ID", id},
      {"Name", id},
      {"Type", "service"},
      {"Datacenters", {"dc1"}},
      {"TaskGroups",
       {{{"Name", "main"},
         {"Count", 1},
         {"Tasks",
          {{{"Name", "server"}, {"Driver", "docker"}, {"Config", {{"image", "example/x:1"}}}}}}}}}};
}

struct ServerLab {
  ServerLab() {
    dir.Write("web/web.hcl", Spec("web"));
    dir.Write("db/db.hcl", Spec("db"));
    dir.Write("gone/gone.hcl", Spec("gone"));
  }
  NmgrResult Run(std::vector<std::string> arguments, const FakeNomadProcess& nomad,
                 const std::string& token = "") const {
    NmgrOptions options;
    options.env = {
        {"NMGR_BASE_DIR", dir.path()}, {"NOMAD_ADDR", nomad.address()}, {"NOMAD_TOKEN", token}};
    return RunNmgr(arguments, options);
  }
  TempDir dir;
};

}  // namespace

TEST_CASE("list -l shows type, status, path and images") {
  const ServerLab lab;
  FakeNomadProcess nomad;
  nomad.Register(LiveJob("web"));
  nomad.Register(LiveJob("db"));
  REQUIRE(nomad.Send("DELETE", "/v1/job/db").status == 200);
  const NmgrResult result = lab.Run({"list", "-l", "all"}, nomad);
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(result.out.find("ID ") == 0);
  CHECK(result.out.find("\ndb    service  stopped ") != std::string::npos);
  CHECK(result.out.find("\ngone  service  absent ") != std::string::npos);
  CHECK(result.out.find("\nweb   service  ") != std::string::npos);
  CHECK(result.out.find(lab.dir.At("web/web.hcl") + " ") != std::string::npos);
  CHECK(result.out.find("example/web:1") != std::string::npos);
  CHECK(nomad.Writes().size() == 3);
}

TEST_CASE("list -l -o json") {
  const ServerLab lab;
  FakeNomadProcess nomad;
  nomad.Register(LiveJob("web"));
  const NmgrResult result = lab.Run({"list", "-l", "web", "gone", "-o", "json"}, nomad);
  const nlohmann::json document = nlohmann::json::parse(result.out);
  REQUIRE(document.at("jobs").size() == 2);
  CHECK(document["jobs"][0]["status"] == "absent");
  CHECK(document["jobs"][1]["id"] == "web");
  CHECK(document["jobs"][1]["status"] != "absent");
  CHECK(document["jobs"][1]["images"] == nlohmann::json({"example/web:1"}));
}

TEST_CASE("each namespace is asked once, and a failing one is no proof of absence") {
  const ServerLab lab;
  lab.dir.Write("ops/ops.hcl", Spec("ops", "  namespace = \"ops\"\n"));
  FakeNomadProcess nomad(
      {.namespaces = {"ops"}, .faults = {"GET /v1/jobs?namespace=ops 500 boom"}});
  const NmgrResult result = lab.Run({"list", "-l", "all"}, nomad);
  CHECK(result.exit_code == 1);
  CHECK(nomad.CountOf("GET /v1/jobs") == 2);
  CHECK(result.err.find("boom") != std::string::npos);
  CHECK(result.out.find("\nops   service  ? ") != std::string::npos);
  CHECK(result.out.find("\nweb   service  absent ") != std::string::npos);
}

TEST_CASE("a token that Nomad refuses ends list -l with 77") {
  const ServerLab lab;
  FakeNomadProcess nomad({.token = "right"});
  CHECK(lab.Run({"list", "-l", "web"}, nomad, "right").exit_code == 0);
  const NmgrResult refused = lab.Run({"list", "-l", "web"}, nomad, "wrong-sesame");
  CHECK(refused.exit_code == 77);
  CHECK((refused.out + refused.err).find("sesame") == std::string::npos);
}

TEST_CASE("validate --server tells what only Nomad knows") {
  const ServerLab lab;
  FakeNomadProcess nomad;
  CHECK(lab.Run({"validate", "--server", "all"}, nomad).exit_code == 0);
  lab.dir.Write("web/web.hcl", Spec("web", "  no_such_attribute = 1\n"));
  CHECK(lab.Run({"validate", "all"}, nomad).exit_code == 0);
  const NmgrResult judged = lab.Run({"validate", "--server", "all"}, nomad);
  CHECK(judged.exit_code == 65);
  CHECK(judged.err.find("no_such_attribute") != std::string::npos);
  CHECK(judged.out == "1 of 3 specs invalid\n");
  CHECK(nomad.Writes().empty());
}

TEST_CASE("validate --server: what says nothing of the spec leaves it unchecked, not invalid") {
  const ServerLab lab;
  struct Row {
    std::string fault;
    std::string token;
    int code;
    std::string told;
  };
  for (const Row& row :
       {Row{"POST /v1/jobs/parse 500 boom", "", 1, "boom"},
        Row{"POST /v1/jobs/parse 500 ACL token not found or invalid workload identity: failed to "
            "parse signed token: go-jose/go-jose: compact JWS format must have three parts",
            "what-I-typed", 77, "36 characters"},
        Row{"POST /v1/validate/job 403 Permission denied", "", 1, "read-job"},
        Row{"POST /v1/validate/job 500 boom", "", 1, "boom"}}) {
    FakeNomadProcess nomad({.faults = {row.fault}});
    const NmgrResult result = lab.Run({"validate", "--server", "all"}, nomad, row.token);
    INFO(row.fault << "\n" << result.out << result.err);
    CHECK(result.exit_code == row.code);
    CHECK(result.out == "3 specs, no errors, 3 not checked by Nomad\n");
    CHECK(result.err.find("3 specs not checked by Nomad: ") != std::string::npos);
    CHECK(result.err.find(row.told) != std::string::npos);
  }
}

TEST_CASE("validate --server judges a job in the namespace that it would go to") {
  const ServerLab lab;
  FakeNomadProcess nomad({.namespaces = {"ops"}});
  CHECK(lab.Run({"validate", "--server", "--namespace", "ops", "web"}, nomad).exit_code == 0);
  const NmgrResult typo = lab.Run({"validate", "--server", "--namespace", "typo", "web"}, nomad);
  INFO(typo.out << typo.err);
  CHECK(typo.exit_code == 65);
  CHECK(typo.err.find("is in nonexistent namespace \"typo\"") != std::string::npos);
  const NmgrResult all = lab.Run({"validate", "--server", "--namespace", "*", "web"}, nomad);
  INFO(all.out << all.err);
  CHECK(all.exit_code == 64);
  CHECK(all.out == "1 spec, no errors, 1 not checked by Nomad\n");
}

TEST_CASE("validate --server shows each fault that Nomad finds at its place") {
  const ServerLab lab;
  lab.dir.Write(
      "sem/sem.hcl",
      "job \"sem\" {\n  type = \"system\"\n  group \"g\" {\n    reschedule {\n      "
      "attempts = 0\n      unlimited = false\n    }\n    network {\n      port \"http\" {\n  "
      "      static = 70000\n      }\n    }\n    constraint {\n      attribute = "
      "\"${meta.x}\"\n      operator = \"regexp\"\n      value = \"([\"\n    }\n    task "
      "\"t\" {\n      driver = \"\"\n      template {\n        data = \"x\"\n      }\n      "
      "volume_mount {\n        volume = \"nope\"\n        destination = \"/x\"\n      }\n  "
      "  }\n  }\n}\n");
  FakeNomadProcess nomad;
  const NmgrResult text = lab.Run({"validate", "--server", "sem"}, nomad);
  INFO(text.err);
  CHECK(text.exit_code == 65);
  CHECK(text.err.find("3 more faults in this spec") != std::string::npos);
  const NmgrResult result = lab.Run({"validate", "--server", "sem", "-o", "json"}, nomad);
  const nlohmann::json document = nlohmann::json::parse(result.out);
  const nlohmann::json& faults = document.at("specs").at(0).at("diagnostics");
  const std::vector<std::pair<std::string, int>> expected = {{"missing closing ]", 13},
                                                             {"reschedule policy", 4},
                                                             {"Port http (70000)", 8},
                                                             {"Missing task driver", 18},
                                                             {"destination for the template", 20},
                                                             {"undefined volume nope", 23}};
  REQUIRE(faults.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO(faults[i].dump());
    CHECK(faults[i].dump().find(expected[i].first) != std::string::npos);
    CHECK(faults[i].at("range").at("start").at("line") == expected[i].second);
  }
}
