// Limits, and what hostile text can do: end in a diagnostic, in linear time, on a small stack.
#include "nmgr/hcl/syntax/parse.h"

#include <catch2/catch.hpp>

#include "hcl/syntax/tree_check.h"
#include "hcl/syntax/tree_text.h"
#include "nmgr/hcl/eval/evaluate.h"
#include "nmgr/hcl/syntax/json_tree.h"
#include "support/cpu_time.h"
#include "support/repeat.h"

namespace nmgr::hcl {
namespace {

using testing::Repeat;

// Parses in every way, checks the trees, and evaluates.
std::size_t ErrorsInAnyForm(const std::string& text) {
  Diagnostics diagnostics;
  const ExpressionPtr expression = ParseExpression(test::Source(text), diagnostics);
  const ExpressionPtr bare = ParseTemplate(test::Source(text), diagnostics);
  const BodyPtr body = ParseBody(test::Source("a = " + text + "\n"), diagnostics);
  const std::size_t errors = diagnostics.error_count();
  for (const ExpressionPtr& tree : {expression, bare}) {
    test::TreeCheck check(*tree->source());
    check.Check(tree->root());
    CHECK(check.fault().empty());
    EvalContext context;
    const Scope scope;
    context.scope = &scope;
    context.file = tree->source();
    Evaluate(tree->root(), context, diagnostics);
  }
  test::TreeCheck check(*body->source());
  check.Check(body->root());
  CHECK(check.fault().empty());
  return errors;
}

bool TooDeep(const std::string& text) {
  return test::ExpressionText(text).find("Too deeply nested") != std::string::npos;
}

TEST_CASE("Nesting is accepted up to a limit") {
  const struct {
    std::string_view open;
    std::string_view close;
  } forms[] = {{"(", ")"},      {"[", "]"},      {"{a = ", "}"},
               {"f(", ")"},     {"\"${", "}\""}, {"-", ""},
               {"!", ""},       {"a[1 + ", "]"}, {"[for x in y : ", "]"},
               {"a ? 1 : ", ""}};
  for (const auto& form : forms) {
    CAPTURE(form.open);
    const auto nested = [&](std::size_t depth) {
      return Repeat(form.open, depth) + "1" + Repeat(form.close, depth);
    };
    CHECK_FALSE(TooDeep(nested(kMaxNesting - 2)));
    CHECK(TooDeep(nested(kMaxNesting + 2)));
    CHECK(ErrorsInAnyForm(nested(kMaxNesting - 2)) == 0);
    CHECK(ErrorsInAnyForm(nested(20 * kMaxNesting)) != 0);
  }
}

TEST_CASE("Blocks and directives nest up to the limit too") {
  const auto blocks = [](std::size_t depth) {
    return test::BodyText(Repeat("a {\n", depth) + Repeat("}\n", depth));
  };
  CHECK(blocks(kMaxNesting - 2).find("Too deeply") == std::string::npos);
  CHECK(blocks(kMaxNesting + 2).find("Too deeply") != std::string::npos);
  const auto directives = [](std::size_t depth) {
    return test::TemplateText(Repeat("%{ if a }", depth) + Repeat("%{ endif }", depth));
  };
  CHECK(directives(kMaxNesting / 2 - 2).find("Too deeply") == std::string::npos);
  CHECK(directives(kMaxNesting + 2).find("Too deeply") != std::string::npos);
}

TEST_CASE("Directives that nest too deeply give one error, and soon") {
  constexpr std::size_t kCount = 100'000;
  for (const auto& [open, close] :
       {std::pair("%{ if a }", "%{ endif }"), std::pair("%{ if a }%{ else }", "%{ endif }"),
        std::pair("%{ for a in b }", "%{ endfor }")}) {
    CAPTURE(open);
    const double start = testing::CpuSeconds();
    Diagnostics diagnostics;
    ParseTemplate(test::Source(Repeat(open, kCount) + Repeat(close, kCount)), diagnostics);
    REQUIRE(diagnostics.size() == 1);
    CHECK(diagnostics.items()[0].summary == "Too deeply nested");
    CHECK(testing::CpuSeconds() - start < 10);
  }
}

TEST_CASE("Chains are flat or limited") {
  CHECK_FALSE(TooDeep("a" + Repeat(".b", 100000)));
  CHECK_FALSE(TooDeep("a" + Repeat("[0]", 100000)));
  CHECK_FALSE(TooDeep("1" + Repeat(" + 1", kMaxTreeHeight - 2)));
  CHECK(TooDeep("1" + Repeat(" + 1", 100000)));
  CHECK(TooDeep("a" + Repeat("[b]", 100000)));
  CHECK(TooDeep("a" + Repeat("[*]", 100000)));
  CHECK(TooDeep("a" + Repeat(".*[0]", 100000)));
  CHECK(ErrorsInAnyForm("1" + Repeat(" + 1", kMaxTreeHeight - 2)) == 0);
}

TEST_CASE("A megabyte of anything ends in a diagnostic, and soon", "[long]") {
  constexpr std::size_t kSize = 1 << 20;
  const std::string_view pieces[] = {
      "${",        "\"",       "[",
      "{",         "(",        "<<A\n",
      "<<-A\n ${", "-",        "!",
      "a.b.",      "1+",       "\"${",
      "%{",        "%{if a}",  "%{for a in b}",
      "a ? ",      "a[",       "f(",
      "[for",      "/*",       "#",
      "\\",        "$",        "%",
      "\"$${",     "\"\n",     "a {\n",
      "a\n",       "a=\n",     "a=1\n",
      "a b ",      "\"a\" ",   "~}",
      "}",         "\xFF",     "\xC3\xA9",
      "'",         "a::",      "...",
      "\"\\u",     "{a=",      "a=[\n",
      ",",         "<",        "1.",
      "a=<<A\n${", "a \"${b}", "\"%{if a}\"",
      "\r",        "\"\\\n",   "{\n",
      "[1,",       "a.*.",     "\xEF\xBB\xBF",
  };
  for (const std::string_view piece : pieces) {
    CAPTURE(piece);
    const double start = testing::CpuSeconds();
    const std::string text = Repeat(piece, kSize / piece.size());
    Diagnostics diagnostics;
    ParseBody(test::Source(text), diagnostics);
    ParseBody(test::Source("a = " + text), diagnostics);
    ParseExpression(test::Source(text), diagnostics);
    ParseTemplate(test::Source(text), diagnostics);
    ParseJson(test::Source(text), diagnostics);
    CHECK(diagnostics.size() < 10 * static_cast<std::size_t>(kMaxErrors));
    CHECK(testing::CpuSeconds() - start < 20);
  }
}

TEST_CASE("NUL bytes and cut-off text are errors like others") {
  using namespace std::string_view_literals;
  CHECK(test::BodyText("a\0 = 1\n"sv) == "1:2 Invalid character");
  CHECK(test::ExpressionText("\"a\0b\""sv) == "'a\0b'"sv);
  const std::string_view whole = "a \"b\" {\n  c = \"x${f([1, {d = 2}])}\"\n  e = <<E\ny\nE\n}\n";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    Diagnostics diagnostics;
    const BodyPtr tree = ParseBody(test::Source(whole.substr(0, size)), diagnostics);
    test::TreeCheck check(*tree->source());
    check.Check(tree->root());
    CHECK(check.fault().empty());
  }
}

TEST_CASE("A tree outlives what it was parsed with") {
  BodyPtr tree;
  {
    Diagnostics diagnostics;
    tree = ParseBody(test::Source("job \"x\" {\n  a = \"b${c}\"\n}\n"), diagnostics);
  }
  CHECK(test::TreeText::Of(tree->root()) == "job \"x\" {a = (tmpl 'b' c);}");
}

TEST_CASE("IsIdentifier") {
  for (const std::string_view good : {"a", "_", "a-b", "a1", "\xC3\xA9", "for", "e\xCC\x81"}) {
    CAPTURE(good);
    CHECK(IsIdentifier(good));
  }
  for (const std::string_view bad :
       {"", "1a", "-a", "a b", "a.b", "a\n", "\xCC\x81", "a\xFF", "$"}) {
    CAPTURE(bad);
    CHECK_FALSE(IsIdentifier(bad));
  }
}

}  // namespace
}  // namespace nmgr::hcl
