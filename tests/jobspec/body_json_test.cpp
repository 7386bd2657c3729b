#include <catch2/catch.hpp>

#include "jobspec/spec_support.h"

namespace nmgr::jobspec {

TEST_CASE("The body as JSON") {
  Trial trial{R"(
job "x" {
  z = [1.5, "a\"b", true, null]
  a = { k = 2 }
  group "g" {
    count = 123456789012345678901234567890
  }
}
)"};
  const std::optional<JobSpec> spec = trial.Evaluate();
  REQUIRE(spec);
  CHECK(*BodyToJson(*spec) ==
        "{\"blocks\":[{\"type\":\"job\",\"labels\":[\"x\"],\"attrs\":{\"a\":{\"k\":2},\"z\":[1.5,"
        "\"a\\\"b\","
        "true,null]},\"blocks\":[{\"type\":\"group\",\"labels\":[\"g\"],\"attrs\":{\"count\":1."
        "2345678901234568e+29}}]}]}");
}

TEST_CASE("An infinite number has no JSON") {
  Trial trial{"job \"x\" {\n  a = 1 / 0\n}\n"};
  const std::optional<JobSpec> spec = trial.Evaluate();
  REQUIRE(spec);
  CHECK(spec->flat_hcl == "job \"x\" {\n  a = (1 / 0)\n}\n");
  CHECK_FALSE(BodyToJson(*spec));
}

}  // namespace nmgr::jobspec
