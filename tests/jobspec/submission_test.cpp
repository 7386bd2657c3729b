#include <catch2/catch.hpp>

#include "jobspec/spec_support.h"

namespace nmgr::jobspec {

TEST_CASE("The submission keeps the author's text and what was given to it") {
  Trial trial{R"(
variable "s" { default = "d" }
variable "b" { default = true }
variable "l" { default = ["a"] }
variable "m" { type = map(string) }
job "x" {}
)"};
  trial.variables.strict = false;
  trial.variables.environment = {{"s", "env"}, {"l", "[\"e\"]"}, {"unknown", "u"}};
  trial.variables.flags = {{"b", "false"}, {"s", "flag"}};
  trial.variables.files = {"v.hcl"};
  trial.files.Add("v.hcl", "m = { k = \"v\" }\n");
  const std::optional<JobSpec> spec = trial.Evaluate();
  REQUIRE(spec);
  CHECK(spec->submission.source == trial.text);
  CHECK(spec->submission.format == "hcl2");
  CHECK(spec->submission.variable_flags ==
        std::map<std::string, std::string>{{"b", "false"}, {"s", "flag"}, {"unknown", "u"}});
  CHECK(spec->submission.variables == "m = { k = \"v\" }\n\nl = [\"e\"]");
}

TEST_CASE("Without values the submission is the text alone") {
  Trial trial{"job \"x\" {}\n"};
  const std::optional<JobSpec> spec = trial.Evaluate();
  REQUIRE(spec);
  CHECK(spec->submission.variable_flags.empty());
  CHECK(spec->submission.variables.empty());
}

}  // namespace nmgr::jobspec
