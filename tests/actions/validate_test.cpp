// validate: every fault of the selected specs, with its place.
#include <catch2/catch.hpp>

#include "lab.h"

using nmgr::testing::Lab;
using nmgr::testing::LinesWith;
using nmgr::testing::Mentions;
using nmgr::testing::NmgrResult;

TEST_CASE("validate counts what it checked, and asks nobody") {
  Lab lab;
  lab.Usual();
  lab.nomad.ClearLog();
  const NmgrResult result = lab.Run({"validate", "all"});
  CHECK(result.exit_code == 0);
  CHECK(result.out == "5 specs, no errors (Nomad's job schema not checked: --server)\n");
  CHECK(result.err.empty());
  CHECK(lab.nomad.Requests().empty());
}

TEST_CASE("validate names the place of a fault, and 65 says that there is one") {
  Lab lab;
  lab.Service("web", "docker.io/web:1");
  lab.Spec("bad", "job \"bad\" {\n  type = local.nothing\n}\n");
  const NmgrResult result = lab.Run({"validate", "all"});
  CHECK(result.exit_code == 65);
  CHECK(result.out == "1 of 2 specs invalid\n");
  CHECK(Mentions(result.err, "bad/bad.hcl line 2, column 15:"));
  CHECK(Mentions(result.err, "^^^^^^^^"));
  CHECK(lab.Run({"validate", "web"}).exit_code == 0);
}

TEST_CASE("validate as JSON has every fault, the text the first three of a spec") {
  Lab lab;
  std::string text = "job \"bad\" {\n  meta {\n";
  for (int i = 0; i < 5; ++i) {
    text += "    m" + std::to_string(i) + " = local.n" + std::to_string(i) + "\n";
  }
  lab.Spec("bad", text + "  }\n}\n");
  const NmgrResult shown = lab.Run({"validate", "bad"});
  CHECK(LinesWith(shown.err, "Error: ").size() == 3);
  CHECK(Mentions(shown.err, "2 more faults in this spec (nmgr validate -o json shows all)."));
  const auto document = nlohmann::json::parse(lab.Run({"-o", "json", "validate", "bad"}).out);
  CHECK(document.at("valid") == false);
  CHECK(document.at("specs").at(0).at("diagnostics").size() == 5);
}

TEST_CASE("validate --server says what only Nomad knows, and what could not be asked") {
  Lab lab;
  lab.Service("web", "docker.io/web:1");
  CHECK(lab.Run({"validate", "--server", "web"}).exit_code == 0);
  lab.env["NOMAD_ADDR"] = "http://127.0.0.1:1";
  const NmgrResult away = lab.Run({"validate", "--server", "web"});
  CHECK(away.exit_code == 69);
  CHECK(away.out == "1 spec, no errors, 1 not checked by Nomad\n");
}

TEST_CASE("validate -o lines keeps its form where a file holds no job that can be read") {
  Lab lab;
  const nmgr::Path path = lab.Spec("bad", "variable \"v\" {\n}\nx = 1\n");
  const NmgrResult result = lab.Run({"-o", "lines", "validate", path});
  CHECK(result.exit_code == 65);
  CHECK(Mentions(result.out, "bad/bad.hcl:3:1: error: Unsupported argument"));
  CHECK(Mentions(result.err, "no job block in it"));
}
