// A fault that only Nomad finds is shown at its place in the author's file.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "support/fake_nomad_process.h"
#include "support/run_nmgr.h"
#include "support/temp_dir.h"

namespace {

using nmgr::testing::FakeNomadProcess;
using nmgr::testing::NmgrResult;
using nmgr::testing::RunNmgr;
using nmgr::testing::TempDir;

constexpr const char* kMailSpec = R"(# a comment that the flat text does not have
job "mail" {
  group "main" {
    task "server" {
      driver = "docker"
      config {
        image = "mail:1"
      }
      template {
        destination = "local/x"
        data        = <<EOT
line 1
line 2
EOT
      }
      lifecycle {
        colour = "red"
      }
    }
  }
}
)";

struct FaultsLab {
  FaultsLab() { dir.Write("mail.hcl", kMailSpec); }
  NmgrResult Run(const std::vector<std::string>& arguments, const std::string& address) const {
    return RunNmgr(arguments, {.env = {{"NMGR_BASE_DIR", dir.path()}, {"NOMAD_ADDR", address}}});
  }
  TempDir dir;
};

}  // namespace

TEST_CASE("every verb names the author's line") {
  const FaultsLab lab;
  FakeNomadProcess nomad;
  for (const char* verb : {"up", "plan"}) {
    const NmgrResult result = lab.Run({verb, "mail"}, nomad.address());
    INFO(result.err);
    CHECK(result.exit_code == 1);
    CHECK(nmgr::testing::Holds(result.err, lab.dir.At("mail.hcl") + ":17:9: Unsupported argument"));
    CHECK_FALSE(nmgr::testing::Holds(result.err, "input.hcl"));
  }
  const NmgrResult judged = lab.Run({"validate", "--server", "mail"}, nomad.address());
  INFO(judged.err);
  CHECK(judged.exit_code == 65);
  CHECK(nmgr::testing::Holds(judged.err, "mail.hcl line 17, column 9:"));
  CHECK(nmgr::testing::Holds(judged.err, "colour = \"red\""));
  CHECK_FALSE(nmgr::testing::Holds(judged.err, "input.hcl"));
}

TEST_CASE("what a dynamic block makes several times is wrong once, at the author's line") {
  const FaultsLab lab;
  FakeNomadProcess nomad;
  lab.dir.Write("mail.hcl", R"(job "mail" {
  group "main" {
    dynamic "volume" {
      for_each = ["a", "b", "c", "d"]
      labels   = [volume.value]
      content {
        type  = "host"
        sorce = volume.value
      }
    }
    task "server" {
      driver = "docker"
    }
  }
}
)");
  const NmgrResult judged = lab.Run({"validate", "--server", "mail"}, nomad.address());
  INFO(judged.err);
  CHECK(judged.exit_code == 65);
  CHECK(nmgr::testing::Holds(judged.err, "mail.hcl line 8, column 9:"));
  CHECK(judged.err.find("Unsupported argument") == judged.err.rfind("Unsupported argument"));
  CHECK_FALSE(nmgr::testing::Holds(judged.err, "more fault"));
}

TEST_CASE("in JSON it is a diagnostic") {
  const FaultsLab lab;
  FakeNomadProcess nomad;
  const NmgrResult judged =
      lab.Run({"validate", "--server", "mail", "-o", "json"}, nomad.address());
  const nlohmann::json document = nlohmann::json::parse(judged.out);
  CHECK(document["valid"] == false);
  CHECK(document["exit_code"] == 65);
  const nlohmann::json& spec = document["specs"].at(0);
  CHECK(spec["valid"] == false);
  CHECK(spec["checked"] == true);
  const nlohmann::json& fault = spec["diagnostics"].at(0);
  CHECK(fault["summary"] == "Unsupported argument");
  CHECK(fault["range"]["start"]["line"] == 17);
}

TEST_CASE("validate --server asks for the job's validation too") {
  const FaultsLab lab;
  lab.dir.Write("mail.hcl",
                "job \"mail\" {\n  group \"main\" {\n    task \"server\" {\n      driver = \"\"\n"
                "    }\n  }\n}\n");
  FakeNomadProcess nomad;
  CHECK(lab.Run({"validate", "mail"}, nomad.address()).exit_code == 0);
  const NmgrResult judged = lab.Run({"validate", "--server", "mail"}, nomad.address());
  INFO(judged.err);
  CHECK(judged.exit_code == 65);
  CHECK(nmgr::testing::Holds(judged.err, "driver"));
  CHECK(nomad.CountOf("POST /v1/validate/job") == 1);
  CHECK(nomad.Writes().empty());
}

TEST_CASE("validate --server shows what Nomad warns of, and the spec is valid") {
  const FaultsLab lab;
  FakeNomadProcess nomad(
      {.faults = {R"(POST /v1/validate/job 200 {"ValidationErrors":null,)"
                  R"("Error":"","Warnings":"2 warnings:\n\n* Group \"main\" has )"
                  R"(warnings: 1 error occurred:\n\t* Task group main validation )"
                  R"(failed: update is odd\n\n* Use of `mbits` is deprecated"})"}});
  lab.dir.Write("mail.hcl", "job \"mail\" {\n  group \"main\" {\n  }\n}\n");
  const NmgrResult text = lab.Run({"validate", "--server", "mail"}, nomad.address());
  INFO(text.err);
  CHECK(text.exit_code == 0);
  CHECK(nmgr::testing::Holds(text.err, "Warning: "));
  CHECK(nmgr::testing::Holds(text.err, "update is odd"));
  CHECK(nmgr::testing::Holds(text.err, "Use of `mbits` is deprecated"));
  CHECK(text.out == "1 spec, no errors\n");
  const NmgrResult json = lab.Run({"validate", "--server", "-o", "json", "mail"}, nomad.address());
  const auto document = nlohmann::json::parse(json.out);
  CHECK(document["valid"] == true);
  for (const auto& told : document["specs"].at(0)["diagnostics"])
    CHECK(told["severity"] == "warning");
  CHECK(document["specs"].at(0)["diagnostics"].size() == 2);
}

TEST_CASE("what Nomad could not be asked about is not checked, never invalid") {
  const FaultsLab lab;
  lab.dir.Write("mail.hcl", "job \"mail\" {\n}\n");
  lab.dir.Write("web.hcl", "job \"web\" {\n}\n");
  const NmgrResult alone = lab.Run({"validate", "--server", "all"}, "http://127.0.0.1:1");
  INFO(alone.err);
  CHECK(alone.exit_code == 69);
  CHECK(nmgr::testing::Holds(alone.err, "2 specs not checked by Nomad: cannot reach Nomad"));
  CHECK(alone.out == "2 specs, no errors, 2 not checked by Nomad\n");
  const NmgrResult json =
      lab.Run({"validate", "--server", "all", "-o", "json"}, "http://127.0.0.1:1");
  const nlohmann::json document = nlohmann::json::parse(json.out);
  CHECK(document["checked"] == false);
  CHECK(document["specs"].at(0)["valid"] == true);
  CHECK(document["specs"].at(0)["checked"] == false);
  CHECK(document["specs"].at(0)["error"]["code"] == "unreachable");
}

TEST_CASE("of many faults the first three, the same fault in many specs once") {
  const FaultsLab lab;
  lab.dir.Write("mail.hcl",
                "job \"mail\" {\n  a = local.n1\n  b = local.n2\n  c = local.n3\n  d = local.n4\n  "
                "e = local.n5\n}\n");
  for (const char* name : {"x", "y", "z"}) {
    lab.dir.Write(std::string(name) + ".hcl",
                  "job \"" + std::string(name) + "\" {\n  a = local.same\n}\n");
  }
  const NmgrResult judged = lab.Run({"validate", "all"}, "");
  INFO(judged.err);
  CHECK(nmgr::testing::Holds(judged.err, "n3"));
  CHECK_FALSE(nmgr::testing::Holds(judged.err, "n4"));
  CHECK(nmgr::testing::Holds(judged.err, "2 more faults in this spec"));
  CHECK(nmgr::testing::Holds(judged.err, "The same in 2 other specs"));
  CHECK(judged.out == "4 of 4 specs invalid\n");
  const NmgrResult json = lab.Run({"validate", "all", "-o", "json"}, "");
  CHECK(nlohmann::json::parse(json.out)["specs"].at(0)["diagnostics"].size() == 5);
}
