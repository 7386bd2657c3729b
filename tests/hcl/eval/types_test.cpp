#include <catch2/catch.hpp>

#include "hcl/eval/eval_support.h"
#include "support/cpu_time.h"

namespace nmgr::hcl {
namespace {

// cty's JSON of the type, else "COLUMN detail" of the first error.
std::string ReadType(std::string_view text, bool constraint) {
  const auto source = std::make_shared<SourceFile>("t.hcl", std::string(text));
  Diagnostics diagnostics;
  const ExpressionPtr parsed = ParseExpression(source, diagnostics);
  const std::optional<Type> type = EvaluateType(parsed->root(), source, constraint, diagnostics);
  if (type) return type->ToJson();
  return std::to_string(source->PosAt(diagnostics.items().front().subject->begin).column);
}

}  // namespace

TEST_CASE("Type expressions") {
  CHECK(ReadType("string", false) == "\"string\"");
  CHECK(ReadType("list(number)", false) == "[\"list\",\"number\"]");
  CHECK(ReadType("map(set(bool))", false) == "[\"map\",[\"set\",\"bool\"]]");
  CHECK(ReadType("tuple([string, number])", false) == "[\"tuple\",[\"string\",\"number\"]]");
  CHECK(ReadType("object({ a = string, b = list(bool) })", false) ==
        "[\"object\",{\"a\":\"string\",\"b\":[\"list\",\"bool\"]}]");
  CHECK(ReadType("list(any)", true) == "[\"list\",\"dynamic\"]");
}

TEST_CASE("An object type may have very many attributes") {
  std::string text = "object({";
  for (int i = 0; i < 100'000; ++i) text += "k" + std::to_string(i) + " = string, ";
  const double start = testing::CpuSeconds();
  CHECK(ReadType(text + "})", false).size() > 1'000'000);
  CHECK(ReadType(text + "k7 = bool})", false) == std::to_string(text.size() + 1));
  CHECK(testing::CpuSeconds() - start < 10);
}

TEST_CASE("What is no type is refused at its place") {
  CHECK(ReadType("\"string\"", false) == "1");
  CHECK(ReadType("any", false) == "1");
  CHECK(ReadType("list", false) == "1");
  CHECK(ReadType("list(any)", false) == "6");
  CHECK(ReadType("list()", false) == "5");
  CHECK(ReadType("list(string, number)", false) == "14");
  CHECK(ReadType("string(number)", false) == "7");
  CHECK(ReadType("true", false) == "1");
  CHECK(ReadType("object([])", false) == "8");
  CHECK(ReadType("object({ \"a\" = string })", false) == "10");
  CHECK(ReadType("object({ a = string, a = string })", false) == "22");
  CHECK(ReadType("object({ a = optional(string) })", false) == "14");
  CHECK(ReadType("object({ a = optional(string, 1) })", true) == "22");
  CHECK(ReadType("optional(string)", true) == "1");
  CHECK(ReadType("tuple(string)", false) == "7");
}

}  // namespace nmgr::hcl
