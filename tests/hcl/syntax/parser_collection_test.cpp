#include <catch2/catch.hpp>

#include "hcl/syntax/tree_text.h"

namespace nmgr::hcl {
namespace {

using test::ExpressionText;

void CheckCollections(std::initializer_list<test::TreeRow> rows) {
  test::CheckTrees(ExpressionText, rows);
}

TEST_CASE("Parser: Tuples") {
  CheckCollections({{"[]", "[]"},
                    {"[1, \"a\", b]", "[1 'a' b]"},
                    {"[1,]", "[1]"},
                    {"[\n1,\n\n2,\n]", "[1 2]"},
                    {"[[1], [2]]", "[[1] [2]]"},
                    {"[,]", "1:2 Invalid expression"},
                    {"[1 2]", "1:4 Missing item separator"},
                    {"[1", "1:1 Unterminated tuple constructor expression"},
                    {"[", "1:2 Missing expression"}});
}

TEST_CASE("Parser: Objects") {
  CheckCollections({{"{}", "{}"},
                    {"{a = 1}", "{a: 1}"},
                    {"{a: 1, b = 2,}", "{a: 1, b: 2}"},
                    {"{\n a = 1\n b = 2\n}", "{a: 1, b: 2}"},
                    {"{\n a = 1,\n\n b = 2,\n}", "{a: 1, b: 2}"},
                    {"{a = 1 # c\n b = 2}", "{a: 1, b: 2}"},
                    {"{true = 1, null = 2, if = 3}", "{true: 1, null: 2, if: 3}"},
                    {"{\"a\" = 1}", "{'a': 1}"},
                    {"{1 = 2}", "{1: 2}"},
                    {"{(a) = 1}", "{(paren a): 1}"},
                    {"{a.b = 1}", "{ambiguous a.b: 1}"},
                    {"{f(a) = 1}", "{(call f a): 1}"},
                    {"{\"${a}\" = 1}", "{(wrap a): 1}"},
                    {"{a = (1\n+ 2)\n}", "{a: (paren (+ 1 2))}"},
                    {"{a = {b = 1}}", "{a: {b: 1}}"},
                    {"{a = [\n{b = 1\nc = 2}]}", "{a: [{b: 1, c: 2}]}"}});
}

TEST_CASE("Parser: Broken objects") {
  CheckCollections({{"{,}", "1:2 Invalid expression"},
                    {"{a}", "1:3 Missing key/value separator"},
                    {"{a,}", "1:3 Missing attribute value"},
                    {"{a\n}", "1:3 Missing attribute value"},
                    {"{a b = 1}", "1:4 Missing key/value separator"},
                    {"{a == 1}", "1:8 Missing key/value separator"},
                    {"{a = 1 b = 2}", "1:8 Missing attribute separator"},
                    {"{a = 1\n+ 2}", "2:1 Invalid expression"},
                    {"{a = }", "1:6 Invalid expression"},
                    {"{a", "1:1 Unterminated object constructor expression"},
                    {"{a = 1", "1:1 Unterminated object constructor expression"}});
}

TEST_CASE("Parser: For-expressions") {
  CheckCollections({{"[for v in a : v]", "(for v a : v)"},
                    {"[for k, v in a : k if v]", "(for k,v a : k if v)"},
                    {"{for k, v in a : k => v}", "(for k,v a : k => v)"},
                    {"{for v in a : v => v...}", "(for v a : v => v...)"},
                    {"{for v in a : v => v... if v}", "(for v a : v => v... if v)"},
                    {"{\nfor v\nin a\n: v\n=> v\n}", "(for v a : v => v)"},
                    {"[\nfor v in a :\n[for w in v : w]\n]", "(for v a : (for w v : w))"},
                    {"[for for in in : for]", "(for for in : for)"}});
}

TEST_CASE("Parser: Broken for-expressions") {
  CheckCollections({{"[for]", "1:5 Invalid 'for' expression"},
                    {"[for 1 in a : 1]", "1:6 Invalid 'for' expression"},
                    {"[for x, 1 in a : 1]", "1:9 Invalid 'for' expression"},
                    {"[for x of a : 1]", "1:8 Invalid 'for' expression"},
                    {"[for x in a 1]", "1:13 Invalid 'for' expression"},
                    {"[for x in a :]", "1:14 Invalid expression"},
                    {"[for x in a : x, 1]", "1:16 Invalid 'for' expression"},
                    {"[for x in a : x if]", "1:19 Invalid expression"},
                    {"[for x in a : x", "1:16 Invalid 'for' expression"},
                    {"[for x in a : x => x]", "1:15 Invalid 'for' expression"},
                    {"[for x in a : x...]", "1:16 Invalid 'for' expression"},
                    {"{for x in a : x}", "1:15 Invalid 'for' expression"},
                    {"{for = 1}", "1:6 Invalid 'for' expression"}});
}

}  // namespace
}  // namespace nmgr::hcl
