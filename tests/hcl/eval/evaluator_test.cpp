#include <catch2/catch.hpp>

#include "hcl/eval/eval_support.h"

namespace nmgr::hcl {

TEST_CASE("Literals stand for themselves") {
  CHECK(Eval("5") == "5");
  CHECK(Eval("true") == "true");
  CHECK(Eval("null") == "null");
  CHECK(Eval("\"a\\tb\"") == "\"a\\tb\"");
  CHECK(EvalType("null") == "\"dynamic\"");
}

TEST_CASE("Templates join texts; one interpolation alone keeps its type") {
  CHECK(Eval("\"a${1}b${true}c\"") == "\"a1btruec\"");
  CHECK(EvalType("\"${1}\"") == "\"number\"");
  CHECK(EvalType("\"${1}x\"") == "\"string\"");
  CHECK(Eval("\"x${null}\"") == "1:5 Invalid template interpolation value");
  CHECK(Eval("\"x${[1]}\"") == "1:5 Invalid template interpolation value");
  CHECK(Eval("\"%{ if true }a%{ else }b%{ endif }\"") == "\"a\"");
  CHECK(Eval("\"%{ for x in [1, 2] }(${x})%{ endfor }\"") == "\"(1)(2)\"");
}

TEST_CASE("Text is normalised once the whole template is made") {
  CHECK(Eval("\"e${\"\\u0301\"}\" == \"\\u00e9\"") == "true");
}

TEST_CASE("Both branches of a conditional are evaluated, errors of the other one do not count") {
  CHECK(Eval("true ? 1 : \"a\"") == "\"1\"");
  CHECK(Eval("true ? 1 : nope") == "1");
  CHECK(Eval("false ? 1 : nope") == "1:13 Unknown variable");
  CHECK(Eval("true ? 1 : (1 + \"x\")") == "1");
  CHECK(Eval("true ? [1] : (1 + \"x\")") == "1:8 Inconsistent conditional result types");
  CHECK(EvalType("true ? [1] : []") == "[\"list\",\"number\"]");
  CHECK(EvalType("true ? null : 1") == "\"number\"");
  CHECK(Eval("true ? {a = 1} : {b = \"x\"}") == "{\"a\":\"1\"}");
  CHECK(Eval("null ? 1 : 2") == "1:1 Null condition");
  CHECK(Eval("1 ? 1 : 2") == "1:1 Incorrect condition type");
  CHECK(Eval("\"true\" ? 1 : 2") == "1");
  CHECK(Eval("nope ? [1, true] : [2]") == "1:8 Inconsistent conditional result types");
}

TEST_CASE("Object keys: names stand for themselves, everything else is evaluated") {
  CHECK(Eval("{a = 1, true = 2, \"b c\" = 3, (\"d\") = 4, 1.50 = 5}") ==
        "{\"1.5\":5,\"a\":1,\"b c\":3,\"d\":4,\"true\":2}");
  CHECK(Eval("{a = 1, a = 2}") == "{\"a\":2}");
  CHECK(Eval("{a.b = 1}") == "1:2 Ambiguous attribute key");
  CHECK(Eval("{(null) = 1}") == "1:11 Null value as key");
  CHECK(Eval("{([]) = 1}") == "1:2 Incorrect key type");
  CHECK(Eval("{(nope) = alsonope}") == "1:3 Unknown variable");
}

TEST_CASE("Names are found in the innermost scope") {
  Scope outer;
  outer.Set("x", Value::Of("outer"));
  outer.Set("y", Value::Of("also outer"));
  Scope inner(&outer);
  inner.Set("x", Value::Of("inner"));
  CHECK(Eval("[x, y]", {&inner}) == "[\"inner\",\"also outer\"]");
  inner.Set("x", Value::OfInt(2));
  CHECK(Eval("x", {&inner}) == "2");
  inner.Set("volume", Value());
  CHECK(EvalDetail("volumes", {&inner}).find("Did you mean \"volume\"?") != std::string::npos);
}

TEST_CASE("Without a scope there are neither names nor functions") {
  EvalOptions options;
  options.no_scope = true;
  CHECK(Eval("1 + 2", options) == "3");
  CHECK(Eval("x", options) == "1:1 Variables not allowed");
  CHECK(Eval("[for x in [1] : x + 1]", options) == "[2]");
  CHECK(Eval("[for x in [1] : y]", options) == "1:17 Unknown variable");
  CHECK(Eval("upper(\"a\")", options) == "1:1 Function calls not allowed");
  CHECK(Eval("[for x in [1] : upper(\"a\")]", options) == "1:17 Function calls not allowed");
  CHECK(Eval("[{a = 1}][*].a", options) == "[1]");
}

TEST_CASE("A reference that nothing defines is its own text where the caller wants it") {
  EvalOptions options;
  options.literal_references = true;
  CHECK(Eval("attr.kernel.name", options) == "\"${attr.kernel.name}\"");
  CHECK(Eval("\"${ NOMAD_IP }\"", options) == "\"${ NOMAD_IP }\"");
  CHECK(Eval("\"a${upper(meta.x)}\"", options) == "\"a${META.X}\"");
  CHECK(Eval("\"${~ x ~} \"", options) == "\"${x}\"");
  CHECK(Eval("foo[*]", options) == "[\"${foo}\"]");
  CHECK(Eval("foo[*].x", options) == "1:7 Unsupported attribute");
  CHECK(Eval("{foo = 1, (foo) = 2}", options) == "{\"${foo}\":2,\"foo\":1}");
}

TEST_CASE("Braces after an undefined reference repeat, as in Nomad") {
  EvalOptions options;
  options.literal_references = true;
  CHECK(Eval("\"${a}}\"", options) == "\"${a}}}\"");
  CHECK(Eval("\"${a} }\"", options) == "\"${a} } }\"");
  CHECK(Eval("\"${a}\"", options) == "\"${a}\"");
}

TEST_CASE("Hostile expressions end with a diagnostic") {
  std::string nested = "1";
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) {
    nested = std::string("[for ") + name + " in range(1000) : " + nested + "]";
  }
  CHECK(Eval(nested) == "1:1 Evaluation too large");
  CHECK(Eval("can(" + nested + ")") == "1:1 Evaluation too large");
  CHECK(Eval("[for a in range(1000) : [for b in range(1000) : nope]]") == "1:49 Unknown variable");

  Scope scope;
  Value twice = Value::Of("x");
  for (int i = 0; i < 60; ++i) twice = Value::Tuple({twice, twice});
  scope.Set("twice", twice);
  CHECK(Eval("twice", {&scope}) == "1:1 Evaluation too large");

  Value deep = Value::Of("x");
  for (int i = 1; i < Type::kMaxDepth; ++i) deep = Value::Tuple({deep});
  scope.Set("deep", deep);
  CHECK(Eval("deep", {&scope}) == "1:1 Evaluation too large");
}

TEST_CASE("What a call, a comparison or a conversion looks at counts, not only what it makes") {
  Values list;
  for (int i = 0; i < 1000; ++i) list.push_back(Value::Of("s" + std::to_string(i)));
  Scope scope;
  scope.Set("text", Value::Of(std::string(10'000, 'x')));
  scope.Set("list", Value::Tuple(list));
  scope.Set("fraction", Value::Of(*Number::Parse("0.1")));
  EvalOptions options;
  options.scope = &scope;
  const auto ends_early = [&options](const std::string& looked_at, const std::string& rounds) {
    INFO(looked_at);
    std::int64_t budget = 1'000'000;
    FunctionContext functions;
    functions.budget = &budget;
    options.functions = &functions;
    const std::string result =
        Eval("[for a in range(" + rounds + ") : [for b in range(5) : " + looked_at + "]]", options);
    CHECK((result.front() == '[') == (budget >= 0));
    return budget < 0;
  };
  CHECK_FALSE(ends_early("b", "1000"));
  for (const char* looked_at :
       {"strlen(text)", "text == 1", "list == 1", "length(list)", "convert(list, list(string))",
        "true ? [] : list", "regex_replace(text, \"y\", \"z\")",
        "regex_replace(\"x\", \"${a}\", \"\")", "md5(a)", "abs(fraction)"}) {
    CHECK_FALSE(ends_early(looked_at, "2"));
    CHECK(ends_early(looked_at, "1000"));
  }
}

TEST_CASE("A shared budget counts over several evaluations") {
  std::int64_t budget = 1000;
  FunctionContext functions;
  functions.budget = &budget;
  EvalOptions options;
  options.functions = &functions;
  CHECK(Eval("[1, 2, 3]", options) == "[1,2,3]");
  CHECK(budget < 1000);
  CHECK(Eval("[for x in range(100) : x]", options) == "1:1 Evaluation too large");
  CHECK(Eval("[1]", options) == "1:1 Evaluation too large");
}

}  // namespace nmgr::hcl
