// Jobs in JSON syntax: what is a template there, what a comment, and in which order faults come.
#include <catch2/catch.hpp>

#include "jobspec/spec_support.h"

namespace nmgr::jobspec {
namespace {

std::string Job(std::string_view body) { return R"({"job":{"x":{)" + std::string(body) + "}}}"; }
std::string Task(std::string_view body) {
  return Job(R"("group":{"g":{"task":{"t":{)" + std::string(body) + "}}}}");
}

// The flat text of a job that comes out as it went in.
bool StaysAsItIs(const std::string& spec) { return FlatOf(spec) == spec + "\n"; }

}  // namespace

TEST_CASE("JSON: Strings are templates, and so are the keys of values") {
  CHECK(FlatOf(Task(R"("env":{"k${1}":"v${1}"})")) == Task(R"("env":{"k1":"v1"})") + "\n");
  CHECK(FlatOf(Task(R"("config":{"a":{"k${1}":"${2}"}})")) ==
        Task(R"("config":{"a":{"k1":2}})") + "\n");
  CHECK(StaysAsItIs(Task(R"("env":{"$${a}":"$${b}"})")));
}

TEST_CASE("JSON: Names of blocks and arguments are no templates, nor are labels") {
  CHECK(StaysAsItIs(Job(R"("group":{"g${1}":{"count":1}})")));
  CHECK(StaysAsItIs(Job(R"("group":{"%{x":{"count":1}})")));
  CHECK(StaysAsItIs(Task(R"("config":{"k${nope()}":1})")));
  CHECK(StaysAsItIs(Job(R"("group":{"g":{"service":{"meta":{"k${1}":"v"}}}})")));
  CHECK(
      FlatOf(Job(
          R"("dynamic":{"group":{"for_each":["$${a}"],"labels":["${group.value}"],"content":{}}})")) ==
      Job(R"("group":[{"${a}":{}}])") + "\n");
}

TEST_CASE("JSON: Comments are not looked at") {
  CHECK(FlatOf(Task(R"("//":"${","driver":"x","config":{"//":{"a":"${nope()}"}})")) ==
        Task(R"("driver":"x","config":{})") + "\n");
  CHECK(FlatOf(Job(R"("//":1,"//":2)")) == Job("") + "\n");
  // Where the members are labels or parts of a value it is a name like any other.
  CHECK(StaysAsItIs(Job(R"("group":{"//":{"count":1}})")));
  CHECK(StaysAsItIs(Task(R"("env":{"//":"x"},"config":{"a":{"//":1}})")));
}

TEST_CASE("JSON: Names that come twice") {
  CHECK(FlatOf(Task(R"("driver":"a","driver":"b")")) == "1:54 Duplicate argument");
  CHECK(FlatOf(Task(R"("config":{"a":1,"a":2})")) == "1:57 Duplicate argument");
  CHECK(FlatOf(Task(R"("env":{"a":1,"a":2})")) == "1:54 Duplicate object attribute");
  CHECK(FlatOf(Task(R"("config":{"a":{"b":1,"b":2}})")) == "1:62 Duplicate object attribute");
  CHECK(StaysAsItIs(Task(R"("template":{"data":"a"},"template":{"data":"b"})")));
}

TEST_CASE("JSON: Faults of driver configuration come last") {
  CHECK(FlatOf(Task(R"("config":{"a":"${local.one}"},"user":"${local.two}")")) ==
        "1:86 Unsupported attribute");
}

}  // namespace nmgr::jobspec
