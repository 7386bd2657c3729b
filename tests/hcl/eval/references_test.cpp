#include <catch2/catch.hpp>

#include "hcl/eval/eval_support.h"
#include "hcl/eval/evaluator.h"

namespace nmgr::hcl {
namespace {

std::string RootsOf(std::string_view text) {
  const auto source = std::make_shared<SourceFile>("t.hcl", std::string(text));
  Diagnostics diagnostics;
  const ExpressionPtr parsed = ParseExpression(source, diagnostics);
  std::string roots;
  for (const TraversalExpr* reference : References(parsed->root())) {
    roots += std::string(reference->root) + " ";
  }
  return roots;
}

std::string Literal(std::string_view text, std::string_view reference) {
  std::int64_t budget = 1000;
  const auto begin = static_cast<std::uint32_t>(text.find(reference));
  const auto end = begin + static_cast<std::uint32_t>(reference.size());
  return LiteralReference(text, {begin, end}, budget);
}

}  // namespace

TEST_CASE("References are found in source order, without the names of loops") {
  CHECK(RootsOf("a.b + c[d]") == "a c d ");
  CHECK(RootsOf("f(a, \"x${b}\", [c, {d = e, (g) = h}])") == "a b c e g h ");
  CHECK(RootsOf("[for k, v in a : k + v + b if c]") == "a b c ");
  CHECK(RootsOf("[for x in x : x]") == "x ");
  CHECK(RootsOf("a[*].b") == "a ");
  CHECK(RootsOf("\"%{ for x in a }${x}${b}%{ endfor }\"") == "a b ");
  CHECK(RootsOf("a ? b : c") == "a b c ");
}

TEST_CASE("Literal references keep the text around them as Nomad does") {
  CHECK(Literal("foo.bar", "foo.bar") == "${foo.bar}");
  CHECK(Literal("\"${foo}\"", "foo") == "${foo}");
  CHECK(Literal("\"${  foo  }\"", "foo") == "${  foo  }");
  CHECK(Literal("\"${\tfoo}\"", "foo") == "${foo}");
  CHECK(Literal("\"${(foo)}\"", "foo") == "${foo}");
  CHECK(Literal("\"${a}}}\"", "a") == "${a}}}}");
  CHECK(Literal("${a", "a") == "${a");
  CHECK(Literal("{a}", "a") == "${a}");
}

TEST_CASE("A literal reference is UTF-8 even where a comment in it is not") {
  CHECK(Literal("[a # \xFF\xC3\n.b]", "a # \xFF\xC3\n.b") == "${a # \uFFFD\uFFFD\n.b}");
  CHECK(Literal("\"${a #\xE6\x8C\n.b}\"", "a #\xE6\x8C\n.b") == "${a #\uFFFD\uFFFD\n.b}");
}

TEST_CASE("A run of braces cannot make an endless text") {
  const std::string text = "${a" + std::string(100000, '}') + "\"";
  std::int64_t budget = 1000000;
  const std::string result = LiteralReference(text, {2, 3}, budget);
  CHECK(budget < 0);
  CHECK(result.size() < 2000000);
}

}  // namespace nmgr::hcl
