#include <catch2/catch.hpp>

#include "jobspec/spec_support.h"

namespace nmgr::jobspec {
namespace {

// What `v` comes to, as flat text of an attribute.
std::string ValueOf(const std::string& declaration, VariableInput input = {}) {
  Trial trial{declaration + "\njob \"x\" {\n  a = var.v\n}\n"};
  trial.variables = std::move(input);
  const std::string flat = trial.Flat();
  const std::size_t start = flat.find("  a = ");
  if (start == std::string::npos) return flat;
  return flat.substr(start + 6, flat.find('\n', start) - start - 6);
}

VariableInput Flag(std::string text) {
  VariableInput input;
  input.flags = {{"v", std::move(text)}};
  return input;
}

}  // namespace

TEST_CASE("A default gives the value, converted to the type") {
  CHECK(ValueOf("variable \"v\" { default = \"x\" }") == "\"x\"");
  CHECK(ValueOf("variable \"v\" {\n type = number\n default = \"3\"\n}") == "3");
  CHECK(ValueOf("variables {\n v = 1 + 1\n}") == "2");
  CHECK(ValueOf("variable \"v\" {\n type = set(string)\n default = [\"b\", \"a\", \"b\"]\n}") ==
        "[\"a\", \"b\"]");
  CHECK(ValueOf("variable \"v\" { default = null }") == "null");
}

TEST_CASE("Texts are values of strings and numbers, expressions of everything else") {
  CHECK(ValueOf("variable \"v\" {}", Flag("[1]")) == "\"[1]\"");
  CHECK(ValueOf("variable \"v\" { type = string }", Flag("${x} $${y}")) == "\"$${x} $$${y}\"");
  CHECK(ValueOf("variable \"v\" { type = number }", Flag("7")) == "7");
  CHECK(ValueOf("variable \"v\" { type = number }", Flag("3+4")).find("Invalid value") !=
        std::string::npos);
  CHECK(ValueOf("variable \"v\" { type = bool }", Flag("true")) == "true");
  CHECK(ValueOf("variable \"v\" { type = bool }", Flag("yes")) == "1:1 Variables not allowed");
  CHECK(ValueOf("variable \"v\" { type = list(string) }", Flag("[\"a\", 1]")) == "[\"a\", \"1\"]");
  CHECK(ValueOf("variable \"v\" { type = list(string) }", Flag("x,y")) ==
        "1:2 Extra characters after expression");
  CHECK(ValueOf("variable \"v\" { default = [\"a\", \"b\"] }", Flag("[\"c\"]"))
            .find("Invalid value") != std::string::npos);
}

TEST_CASE("Later sources win: default, environment, files, flags") {
  const std::string declaration = "variable \"v\" { default = \"default\" }";
  VariableInput input;
  CHECK(ValueOf(declaration, input) == "\"default\"");
  input.environment["v"] = "environment";
  CHECK(ValueOf(declaration, input) == "\"environment\"");

  Trial trial{declaration + "\njob \"x\" {\n  a = var.v\n}\n", input};
  trial.files.Add("one.hcl", "v = \"one\"\n");
  trial.files.Add("two.hcl", "v = upper(\"x\")\n");
  trial.variables.files = {"one.hcl"};
  CHECK(trial.Flat() == "job \"x\" {\n  a = \"one\"\n}\n");
  trial.variables.flags = {{"v", "first"}, {"v", "last"}};
  CHECK(trial.Flat() == "job \"x\" {\n  a = \"last\"\n}\n");
  trial.variables.files = {"one.hcl", "two.hcl"};
  CHECK(trial.Flat() == "1:5 Function calls not allowed");
}

TEST_CASE("Every declared variable needs a value, used or not") {
  CHECK(FlatOf("variable \"v\" {}\njob \"x\" {}\n") == "1:1 Unset variable \"v\"");
}

TEST_CASE("Undeclared variables are an error where the input is strict") {
  Trial trial{"variable \"count\" { default = 1 }\njob \"x\" {}\n"};
  trial.variables.flags = {{"cuont", "1"}};
  CHECK(trial.Flat().find("Undefined variable") != std::string::npos);
  CHECK(trial.diagnostics.items()[0].detail.find("\"count\"") != std::string::npos);
  trial.variables.strict = false;
  CHECK(trial.Flat() == "job \"x\" {\n}\n");
  trial.variables.flags.clear();
  trial.variables.strict = true;
  trial.variables.environment["cuont"] = "1";
  CHECK(trial.Flat() == "job \"x\" {\n}\n");
}

TEST_CASE("Declarations that are wrong") {
  CHECK(FlatOf("variable {}\njob \"x\" {}\n") == "1:10 Missing name for variable");
  CHECK(FlatOf("variable \"a b\" { default = 1 }\njob \"x\" {}\n") == "1:10 Invalid variable name");
  CHECK(FlatOf("variable \"a\" {\n default = 1\n sensitive = true\n}\njob \"x\" {}\n") ==
        "3:2 Unsupported argument");
  CHECK(FlatOf("variable \"a\" { default = 1 }\nvariable \"a\" { default = 2 }\njob \"x\" {}\n") ==
        "2:10 Duplicate variable");
  CHECK(FlatOf("variable \"a\" { type = any }\njob \"x\" {}\n") ==
        "1:23 Invalid type specification");
  CHECK(FlatOf("variable \"a\" { default = var.b }\njob \"x\" {}\n") ==
        "1:26 Variables not allowed");
}

TEST_CASE("Variable files") {
  Trial trial{"variable \"v\" { default = \"d\" }\njob \"x\" {}\n"};
  trial.variables.files = {"v.hcl"};
  CHECK(trial.Flat() == "Failed to read variable file");
  trial.files.Add("v.hcl", "v = \n");
  CHECK(trial.Flat() == "1:5 Invalid expression");
  trial.files.Add("v.hcl", "variable \"v\" {\n}\n");
  CHECK(trial.Flat() == "1:1 Variable declaration in a variable file");
  trial.files.Add("v.hcl", "foo {}\n");
  CHECK(trial.Flat() == "1:1 Unexpected \"foo\" block");
  trial.files.Add("v.hcl", "other = 1\n");
  CHECK(trial.Flat() == "1:1 Undefined variable");
}

TEST_CASE("Validations hold for the winning value") {
  const std::string declaration = R"(variable "v" {
  type    = number
  default = 1
  validation {
    condition     = var.v > 3
    error_message = "Must be above three."
  }
})";
  CHECK(ValueOf(declaration, Flag("9")) == "9");
  CHECK(ValueOf(declaration) == "3:13 Invalid value for default variable");
  CHECK(ValueOf(declaration, Flag("2")) == "1:1 Invalid value for --var variable");
}

TEST_CASE("Validations that are wrong") {
  const auto with = [](const std::string& body) {
    return FlatOf("variable \"v\" {\n default = \"x\"\n validation {\n" + body +
                  "\n }\n}\njob \"x\" {}\n");
  };
  CHECK(with("condition = true\nerror_message = \"m\"") ==
        "4:13 Invalid variable validation condition");
  CHECK(with("condition = var.v == var.w\nerror_message = \"m\"") ==
        "4:22 Invalid reference in variable validation");
  CHECK(with("condition = var.v == \"x\"") == "3:13 Missing required argument");
  CHECK(with("condition = var.v == \"x\"\nerror_message = \" \"") ==
        "5:17 Invalid validation error message");
  CHECK(with("condition = file(var.v) == \"x\"\nerror_message = \"m\"") ==
        "4:13 Error in function call");
  CHECK(with("condition = [var.v]\nerror_message = \"m\"") ==
        "4:13 Invalid variable validation result");
}

TEST_CASE("A run reads its variable files once, whatever the number of specs") {
  testing::MemoryFileSystem files;
  files.Add("a.vars", "v = \"first\"\n");
  VariableInput input;
  input.files = {"a.vars"};
  VariableFiles memo;
  SpecContext context{&input, &files, "/home/me"};
  context.variable_files = &memo;
  const auto evaluate = [&](hcl::Diagnostics& diagnostics) {
    const ParsedSpec parsed = ParseSpec(
        "x.hcl", "variable \"v\" {}\njob \"x\" {\n  id = var.v\n}\n", context, diagnostics);
    return EvaluateSpec(parsed, context, diagnostics);
  };
  hcl::Diagnostics diagnostics;
  SECTION("what it held at first holds for all") {
    REQUIRE(evaluate(diagnostics));
    files.Remove("a.vars");
    const auto second = evaluate(diagnostics);
    REQUIRE(second);
    CHECK(second->header.id == "first");
    const auto names = NamesInVariableFiles(context, diagnostics);
    REQUIRE(names.size() == 1);
    CHECK(names[0].names == std::vector<std::string>{"v"});
    CHECK_FALSE(diagnostics.HasErrors());
    context.variable_files = nullptr;
    CHECK_FALSE(evaluate(diagnostics));
  }
  SECTION("what is wrong with it is told for each") {
    files.Add("a.vars", "v = = 1\n");
    CHECK_FALSE(evaluate(diagnostics));
    hcl::Diagnostics again;
    CHECK_FALSE(evaluate(again));
    CHECK(again.error_count() == diagnostics.error_count());
  }
}

}  // namespace nmgr::jobspec
