// Jobs in JSON syntax: what is a template there, what a comment, and in which order faults come.
#include <catch2/catch.hpp>

#include "jobspec/spec_support.h"

namespace nmgr::jobspec {
namespace {

std::string JsonJob(std::string_view body) {
  return R"({"job":{"x":{)" + std::string(body) + "}}}";
}
std::string JsonTask(std::string_view body) {
  return JsonJob(R"("group":{"g":{"task":{"t":{)" + std::string(body) + "}}}}");
}

// The flat text of a job that comes out as it went in.
bool StaysAsItIs(const std::string& spec) { return FlatOf(spec) == spec + "\n"; }

}  // namespace

TEST_CASE("JSON: Strings are templates, and so are the keys of values") {
  CHECK(FlatOf(JsonTask(R"("env":{"k${1}":"v${1}"})")) == JsonTask(R"("env":{"k1":"v1"})") + "\n");
  CHECK(FlatOf(JsonTask(R"("config":{"a":{"k${1}":"${2}"}})")) ==
        JsonTask(R"("config":{"a":{"k1":2}})") + "\n");
  CHECK(StaysAsItIs(JsonTask(R"("env":{"$${a}":"$${b}"})")));
}

TEST_CASE("JSON: Names of blocks and arguments are no templates, nor are labels") {
  CHECK(StaysAsItIs(JsonJob(R"("group":{"g${1}":{"count":1}})")));
  CHECK(StaysAsItIs(JsonJob(R"("group":{"%{x":{"count":1}})")));
  CHECK(StaysAsItIs(JsonTask(R"("config":{"k${nope()}":1})")));
  CHECK(StaysAsItIs(JsonJob(R"("group":{"g":{"service":{"meta":{"k${1}":"v"}}}})")));
  CHECK(
      FlatOf(JsonJob(
          R"("dynamic":{"group":{"for_each":["$${a}"],"labels":["${group.value}"],"content":{}}})")) ==
      JsonJob(R"("group":[{"${a}":{}}])") + "\n");
}

TEST_CASE("JSON: Comments are not looked at") {
  CHECK(FlatOf(JsonTask(R"("//":"${","driver":"x","config":{"//":{"a":"${nope()}"}})")) ==
        JsonTask(R"("driver":"x","config":{})") + "\n");
  CHECK(FlatOf(JsonJob(R"("//":1,"//":2)")) == JsonJob("") + "\n");
  // Where the members are labels or parts of a value it is a name like any other.
  CHECK(StaysAsItIs(JsonJob(R"("group":{"//":{"count":1}})")));
  CHECK(StaysAsItIs(JsonTask(R"("env":{"//":"x"},"config":{"a":{"//":1}})")));
}

TEST_CASE("JSON: Names that come twice") {
  CHECK(FlatOf(JsonTask(R"("driver":"a","driver":"b")")) == "1:54 Duplicate argument");
  CHECK(FlatOf(JsonTask(R"("config":{"a":1,"a":2})")) == "1:57 Duplicate argument");
  CHECK(FlatOf(JsonTask(R"("env":{"a":1,"a":2})")) == "1:54 Duplicate object attribute");
  CHECK(FlatOf(JsonTask(R"("config":{"a":{"b":1,"b":2}})")) == "1:62 Duplicate object attribute");
  CHECK(StaysAsItIs(JsonTask(R"("template":{"data":"a"},"template":{"data":"b"})")));
}

TEST_CASE("JSON: Faults of driver configuration come last") {
  CHECK(FlatOf(JsonTask(R"("config":{"a":"${local.one}"},"user":"${local.two}")")) ==
        "1:86 Unsupported attribute");
}

TEST_CASE("In JSON, too, nothing infinite or unknown becomes a job") {
  CHECK(FlatOf(JsonTask(R"("config":{"a":1e400})")) == "1:55 Infinite number");
  CHECK(FlatOf(JsonTask(R"("config":{"a":{"x":[1e400]}})")) == "1:61 Infinite number");
  CHECK(FlatOf(JsonTask(R"("config":{"a":"${1/0}"})")) == "1:55 Infinite number");
  CHECK(StaysAsItIs(JsonTask(R"("env":{"a":1e400})")));
  CHECK(FlatOf(JsonTask(R"("user":"${contains([1],null)}")")) == "1:48 Unsuitable value type");
  CHECK(
      FlatOf(
          JsonJob(
              R"("dynamic":{"group":{"for_each":"${[for x in [1]:1 if contains([1],null)]}","content":{}}})"))
          .ends_with("for_each value"));
}

}  // namespace nmgr::jobspec
