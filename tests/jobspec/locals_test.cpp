#include <catch2/catch.hpp>

#include "jobspec/spec_support.h"

namespace nmgr::jobspec {
namespace {

std::string WithLocals(const std::string& locals, const std::string& expression) {
  return FlatOf("locals {\n" + locals + "\n}\njob \"x\" {\n  a = " + expression + "\n}\n");
}

// A chain of `count` locals, each made from the one before by `pattern`, where % is its name.
std::string Chain(int count, const std::string& pattern) {
  std::string locals = "a0 = [\"x\"]\n";
  for (int i = 1; i < count; ++i) {
    locals += "a";
    locals += std::to_string(i);
    locals += " = ";
    for (const char c : pattern) {
      if (c != '%') {
        locals += c;
      } else {
        locals += "local.a";
        locals += std::to_string(i - 1);
      }
    }
    locals += '\n';
  }
  return locals;
}

std::string Is(const std::string& literal) { return "job \"x\" {\n  a = " + literal + "\n}\n"; }

}  // namespace

TEST_CASE("Locals refer to each other in any order") {
  CHECK(WithLocals("a = \"${local.b}!\"\nb = \"${local.c}?\"\nc = \"x\"", "local.a") ==
        Is("\"x?!\""));
  CHECK(WithLocals("a = [for x in local.b : x * 2]\nb = [1, 2]", "local.a") == Is("[2, 4]"));
}

TEST_CASE("The last of equal names in several blocks wins") {
  CHECK(FlatOf("locals {\n a = 1\n}\nlocals {\n a = 2\n}\njob \"x\" {\n  a = local.a\n}\n") ==
        Is("2"));
}

TEST_CASE("A local may look at all of them") {
  CHECK(WithLocals("all = keys(local)\nb = 1\na = 2", "local.all") == Is("[\"a\", \"b\"]"));
}

TEST_CASE("Cycles are named") {
  Trial trial{"locals {\n  a = local.b\n  b = local.c\n  c = \"${local.a}\"\n}\njob \"x\" {}\n"};
  CHECK(trial.Flat() == "4:15 Local values refer to each other");
  CHECK(trial.diagnostics.size() == 1);
  CHECK(trial.diagnostics.items()[0].detail.find("local.a -> local.b -> local.c -> local.a") !=
        std::string::npos);
  CHECK(FlatOf("locals {\n  a = local.a\n}\njob \"x\" {}\n") ==
        "2:12 Local values refer to each other");
}

TEST_CASE("try() gets past a cycle") {
  CHECK(WithLocals("a = try(local.b, 1)\nb = local.a", "[local.a, local.b]") == Is("[1, 1]"));
}

TEST_CASE("Only the root of the trouble is reported") {
  Trial trial{"locals {\n  a = local.b\n  b = local.nope\n  c = upper([])\n}\njob \"x\" {}\n"};
  CHECK(trial.Flat() == "3:12 Unsupported attribute");
  CHECK(trial.diagnostics.size() == 2);
}

TEST_CASE("Locals hold attributes only") {
  CHECK(FlatOf("locals {\n  a {}\n}\njob \"x\" {}\n") == "2:3 Unexpected \"a\" block");
  CHECK(FlatOf("locals \"n\" {}\njob \"x\" {}\n") == "1:8 Extraneous label for locals");
}

TEST_CASE("Undefined references stay text in locals") {
  CHECK(WithLocals("a = \"${NOMAD_IP}:1\"", "local.a") == Is("\"$${NOMAD_IP}:1\""));
}

TEST_CASE("Doubling locals end with a diagnostic") {
  CHECK(WithLocals(Chain(64, "[%, %]"), "local.a63").find("Evaluation too large") !=
        std::string::npos);
}

TEST_CASE("A long chain of nested locals ends with a diagnostic") {
  CHECK(WithLocals(Chain(3000, "[%]"), "local.a2999").find("Evaluation too large") !=
        std::string::npos);
}

}  // namespace nmgr::jobspec
