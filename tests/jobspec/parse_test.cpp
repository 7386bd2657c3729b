#include <catch2/catch.hpp>

#include "jobspec/spec_support.h"

namespace nmgr::jobspec {

TEST_CASE("The header is read from the text") {
  Trial trial{R"(
job "web" {
  id        = "web-prod"
  namespace = "apps"
  region    = "eu"
  type      = "batch"
}
)"};
  const ParsedSpec spec = trial.Parse();
  CHECK(spec.valid);
  CHECK(spec.has_job);
  CHECK(spec.header.id == "web-prod");
  CHECK(spec.header.name_space == "apps");
  CHECK(spec.header.region == "eu");
  CHECK(spec.header.type == "batch");
  CHECK(trial.files.reads().empty());
}

TEST_CASE("Without an id attribute the label is the ID; what is not given is empty") {
  Trial trial{"job \"web\" {}\n"};
  const ParsedSpec spec = trial.Parse();
  CHECK(spec.header.id == "web");
  CHECK(spec.header.name_space.empty());
  CHECK(spec.header.region.empty());
  CHECK(spec.header.type.empty());
}

TEST_CASE("Header expressions are evaluated") {
  Trial trial{R"(
variable "env" { default = "dev" }
locals { id = "web-${var.env}" }
job "web" {
  id        = local.id
  namespace = file("namespace.txt")
}
)"};
  trial.files.Add("jobs/namespace.txt", "apps");
  trial.variables.flags = {{"env", "prod"}};
  const ParsedSpec spec = trial.Parse();
  CHECK(spec.header.id == "web-prod");
  CHECK(spec.header.name_space == "apps");
  CHECK_FALSE(trial.diagnostics.HasErrors());
}

TEST_CASE("A header that cannot be evaluated keeps the label and says why") {
  Trial trial{"job \"web\" {\n  id = var.nope\n}\n"};
  const ParsedSpec spec = trial.Parse();
  CHECK(spec.valid);
  CHECK(spec.header.id == "web");
  CHECK(trial.FirstError() == "2:11 Unsupported attribute");
}

TEST_CASE("A job without an ID is an error at its label") {
  for (const auto& [text, place] :
       {std::pair("job \"\" {\n}\n", "1:5"), std::pair("job \"\" {\n  id = \"\"\n}\n", "1:5"),
        std::pair("{\"job\": {\"\": {}}}", "1:10")}) {
    Trial trial{text};
    INFO(text);
    CHECK(trial.Parse().header.id.empty());
    CHECK(trial.FirstError() == std::string(place) + " Missing job ID");
  }
  Trial named{"job \"\" {\n  id = \"web\"\n}\n"};
  CHECK(named.Parse().header.id == "web");
  CHECK_FALSE(named.diagnostics.HasErrors());
}

TEST_CASE("Flags that a spec does not declare do not spoil its header") {
  Trial trial{"variable \"a\" { default = \"x\" }\njob \"web\" {\n  id = var.a\n}\n"};
  trial.variables.flags = {{"other", "1"}};
  CHECK(trial.Parse().header.id == "x");
  CHECK_FALSE(trial.diagnostics.HasErrors());
}

TEST_CASE("Other HCL files have no job") {
  CHECK_FALSE(Trial{"volume \"x\" {}\n"}.Parse().has_job);
  CHECK_FALSE(Trial{"a = 1\n"}.Parse().has_job);
  CHECK_FALSE(Trial{""}.Parse().has_job);
  CHECK_FALSE(Trial{"# job \"x\" {\nthis is no hcl"}.Parse().has_job);
}

TEST_CASE("A spec that does not parse keeps the ID of its header") {
  Trial broken{"job \"web\" {\n  region = \n}\n"};
  const ParsedSpec spec = broken.Parse();
  CHECK_FALSE(spec.valid);
  CHECK(spec.has_job);
  CHECK(spec.header.id == "web");
  CHECK(broken.diagnostics.HasErrors());
  CHECK_FALSE(broken.Evaluate());

  CHECK(Trial{"locals {\n a = [\n}\n  job   \"late\"   {\n"}.Parse().header.id == "late");
  CHECK(Trial{"job bare {\n x = }\n"}.Parse().header.id == "bare");
  CHECK_FALSE(Trial{"jobs \"x\" {\n ! \n"}.Parse().has_job);
}

TEST_CASE("Declared variables are listed") {
  Trial trial{R"(
variable "b" {}
variables {
  c = 1
  a = 2
}
job "x" {}
)"};
  CHECK(trial.Parse().variables == std::vector<std::string>{"a", "b", "c"});
}

}  // namespace nmgr::jobspec
