#include <catch2/catch.hpp>

#include "jobspec/spec_support.h"

namespace nmgr::jobspec {

TEST_CASE("A spec comes to one job block of literals") {
  CHECK(FlatOf(R"(
variable "dc" { default = "dc1" }
locals { name = "web" }
job "x" { // comment
  datacenters = [var.dc]
  group "g" {
    count = 1 + 1
    task "t" {
      driver = "docker"
      config {
        image = "${local.name}:${NOMAD_META_tag}"
      }
    }
  }
  type = "service"
}
)") == R"(job "x" {
  datacenters = ["dc1"]
  group "g" {
    count = 2
    task "t" {
      driver = "docker"
      config {
        image = "web:$${NOMAD_META_tag}"
      }
    }
  }
  type = "service"
}
)");
}

TEST_CASE("Objects keep whether they were written as such") {
  CHECK(FlatOf("locals { m = {a = 1} }\njob \"x\" {\n  a = {b = 1}\n  c = local.m\n  d = ({e = "
               "1})\n  f = "
               "[{g = 1}]\n}\n") ==
        "job \"x\" {\n  a = {\"b\" = 1}\n  c = ({\"a\" = 1})\n  d = ({\"e\" = 1})\n  f = [{\"g\" = "
        "1}]\n}\n");
}

TEST_CASE("Rules of the top level") {
  CHECK(FlatOf("locals {}\n") == "Missing job block");
  CHECK(FlatOf("job \"a\" {}\njob \"b\" {}\n") == "2:1 Duplicate job block");
  CHECK(FlatOf("job {}\n") == "1:5 Missing name for job");
  CHECK(FlatOf("job \"a\" \"b\" {}\n") == "1:9 Extraneous label for job");
  CHECK(FlatOf("foo {}\njob \"a\" {}\n") == "1:1 Unsupported block type");
  CHECK(FlatOf("foo = 1\njob \"a\" {}\n") == "1:1 Unsupported argument");
}

TEST_CASE("Faults of a body come attributes first, driver configuration last") {
  CHECK(FlatOf("job \"x\" {\n  group \"g\" {\n    a = local.one\n  }\n  b = local.two\n}\n") ==
        "5:12 Unsupported attribute");
  CHECK(FlatOf("job \"x\" {\n  task \"t\" {\n    config {\n      a = local.one\n    }\n  }\n  "
               "group \"g\" {\n  "
               "  b = local.two\n  }\n}\n") == "8:14 Unsupported attribute");
  CHECK(FlatOf("job \"x\" {\n  a = local.one\n  dynamic \"g\" {\n    for_each = 1\n    content "
               "{}\n  }\n}\n") == "4:16 Invalid dynamic for_each value");
}

TEST_CASE(
    "In maps and driver configuration blocks hide attributes of their name, and their faults") {
  const auto config = [](std::string_view body) {
    return FlatOf("job \"x\" {\n  config {\n" + std::string(body) + "  }\n}\n");
  };
  CHECK(config("    a = local.one\n    a {}\n") == config("    a {}\n"));
  CHECK(config("    a = 1 / 0\n    a {}\n") == config("    a {}\n"));
  CHECK(config("    a = 1\n    a {}\n") ==
        "job \"x\" {\n  config {\n    a = 1\n    a {\n    }\n  }\n}\n");
  CHECK(config("    b {\n      a = local.one\n      a {}\n    }\n") ==
        "4:16 Unsupported attribute");
  CHECK(FlatOf("job \"x\" {\n  a = local.one\n  a {}\n}\n") == "2:12 Unsupported attribute");
}

TEST_CASE("Files are found beside the spec, and recorded") {
  Trial trial{R"(
job "x" {
  a = file("data/a.txt")
  b = fileexists("b.txt")
  c = fileset("tpl", "*.tpl")
  d = pathexpand("~/x")
  e = file("/abs/e.txt")
}
)"};
  trial.files.Add("jobs/data/a.txt", "A");
  trial.files.Add("jobs/tpl/one.tpl", "");
  trial.files.Add("/abs/e.txt", "E");
  const std::optional<JobSpec> spec = trial.Evaluate();
  REQUIRE(spec);
  CHECK(spec->flat_hcl ==
        "job \"x\" {\n  a = \"A\"\n  b = false\n  c = [\"one.tpl\"]\n  d = \"/home/me/x\"\n  e = "
        "\"E\"\n}\n");
  const std::set<Path> inputs(spec->inputs.begin(), spec->inputs.end());
  CHECK(inputs.count("jobs/data/a.txt") == 1);
  CHECK(inputs.count("jobs/b.txt") == 1);
  CHECK(inputs.count("/abs/e.txt") == 1);
}

TEST_CASE("Header, kind and images come from the evaluated job") {
  Trial trial{R"(
locals { tag = "2" }
job "x" {
  id        = "y-${local.tag}"
  namespace = "n"
  periodic {}
  group "g" {
    task "a" {
      config { image = "img:${local.tag}" }
    }
    task "b" {
      config { command = "sh" }
    }
    dynamic "task" {
      for_each = ["c", "d"]
      labels   = [task.value]
      content {
        config { image = task.value }
      }
    }
    service {
      connect {
        sidecar_task {
          config { image = "envoy" }
        }
      }
    }
  }
  task "alone" {
    config { image = "solo" }
  }
}
)"};
  const std::optional<JobSpec> spec = trial.Evaluate();
  REQUIRE(spec);
  CHECK(spec->header.id == "y-2");
  CHECK(spec->header.name_space == "n");
  CHECK(spec->periodic);
  CHECK_FALSE(spec->parameterized);
  CHECK(spec->images ==
        std::vector<Image>{
            {"g", "a", "img:2"}, {"g", "c", "c"}, {"g", "d", "d"}, {"alone", "alone", "solo"}});
}

TEST_CASE("An infinite number is refused where Nomad cannot encode it") {
  CHECK(FlatOf("job \"x\" {\n  task \"t\" {\n    config {\n      a = [1 / 0]\n    }\n  }\n}\n") ==
        "4:11 Infinite number");
}

TEST_CASE("A number that no double holds is infinite to Nomad") {
  const auto config = [](const std::string& body) {
    return FlatOf("job \"x\" {\n  task \"t\" {\n    config {\n" + body + "\n    }\n  }\n}\n");
  };
  CHECK(config("a = 1e400") == "4:5 Infinite number");
  CHECK(config("a {\n b = {c = [-1e309]}\n}") == "5:6 Infinite number");
  CHECK(config("a = 1e308").starts_with("job"));
  CHECK(FlatOf("job \"x\" {\n  meta {\n    a = 1e400\n  }\n}\n").starts_with("job"));
}

TEST_CASE("A typed map of maps is a list of blocks to driver configuration, and to nothing else") {
  const auto job = [](const std::string& block, const std::string& value) {
    return FlatOf(
        "variable \"v\" {\n  type = map(map(string))\n  default = {b = {x = 1}, a = {}}\n}\n"
        "job \"x\" {\n  task \"t\" {\n    " +
        block + " {\n      m = " + value + "\n    }\n  }\n}\n");
  };
  const auto becomes = [](const std::string& block, const std::string& value) {
    return "job \"x\" {\n  task \"t\" {\n    " + block + " {\n      m = " + value +
           "\n    }\n  }\n}\n";
  };
  CHECK(job("config", "var.v") == becomes("config", R"([{}, {"x" = "1"}])"));
  CHECK(job("config", "{ q = [var.v] }") == becomes("config", R"({"q" = [[{}, {"x" = "1"}]]})"));
  CHECK(job("config", "{ for k, v in var.v : k => v }") ==
        becomes("config", R"(({"a" = {}, "b" = {"x" = "1"}}))"));
  CHECK(job("config", "convert({}, map(object({})))") == becomes("config", "[]"));
  CHECK(job("config", "convert({a = 1}, map(string))") == becomes("config", R"(({"a" = "1"}))"));
  CHECK(job("policy", "merge(var.v, var.v)") == becomes("policy", R"([{}, {"x" = "1"}])"));
  CHECK(job("other", "var.v") == becomes("other", R"(({"a" = {}, "b" = {"x" = "1"}}))"));
}

TEST_CASE("What Nomad does not know never becomes a job") {
  const auto job = [](const std::string& body) { return FlatOf("job \"x\" {\n" + body + "\n}\n"); };
  CHECK(job("a = contains([\"x\"], null) ? 1 : 2") == "2:5 Unsuitable value type");
  CHECK(job("meta {\n a = [1, contains([1], null)]\n}") == "3:6 Unsuitable value type");
  CHECK(job("task \"t\" {\n config {\n a {\n b = contains([1], null)\n}\n}\n}") ==
        "5:6 Unsuitable value type");
  CHECK(job("dynamic \"g\" {\n for_each = contains([1], null) ? [1] : []\n content {}\n}") ==
        "3:13 Invalid dynamic for_each value");
  CHECK(job("a = [1][contains([1], null) ? 0 : 0]") == "2:5 Unsuitable value type");
  CHECK(job("a = local.b\n}\nlocals {\n b = contains([1], null)") == "2:5 Unsuitable value type");
  CHECK(job("a = 1\n}\nlocals {\n b = contains([1], null)").starts_with("job"));
  CHECK(job("a = var.v == null ? 1 : 2\n}\nvariable \"v\" {\n default = null").starts_with("job"));
  CHECK(job("a = contains([1], var.v)\n}\nvariable \"v\" {\n default = null") ==
        "2:5 Unsuitable value type");
}

TEST_CASE("A text repeated without end is stopped") {
  Trial trial{
      "locals { s = file(\"big\") }\njob \"x\" {\n  a = [for i in range(1000) : local.s]\n}\n"};
  trial.files.Add("jobs/big", std::string(1 << 20, 'x'));
  CHECK(trial.Flat() == "3:7 Evaluated spec too large");
}

}  // namespace nmgr::jobspec
