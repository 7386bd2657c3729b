#include <catch2/catch.hpp>

#include "hcl/syntax/token_text.h"

namespace nmgr::hcl {
namespace {

using test::LexErrors;
using test::TokenText;

struct TemplateRow {
  std::string_view text;
  std::string_view tokens;
  std::string_view errors = {};
};

void CheckTemplateTokens(std::initializer_list<TemplateRow> rows, LexMode mode = LexMode::kCode) {
  for (const TemplateRow& row : rows) {
    CAPTURE(row.text);
    CHECK(TokenText(row.text, mode) == row.tokens);
    CHECK(LexErrors(row.text, mode) == row.errors);
  }
}

TEST_CASE("Lexer: A quoted string without sequences is one token") {
  CheckTemplateTokens({{R"("")", R"(str:"")"},
                       {R"("a b")", R"(str:"a b")"},
                       {R"("a\"b")", R"(str:"a\"b")"},
                       {R"("\\" a)", R"(str:"\\" id:a)"},
                       {R"("$${a}")", R"(str:"$${a}")"},
                       {R"("%%{a}")", R"(str:"%%{a}")"},
                       {R"("$ % $$ 100%")", R"(str:"$ % $$ 100%")"},
                       {R"("$")", R"(str:"$")"},
                       {R"("\${a}")", R"(str:"\${a}")"},
                       {"\"a\tb\"", "str:\"a\tb\""},
                       {"\"\xC3\xA9\xE2\x82\xAC\"", "str:\"\xC3\xA9\xE2\x82\xAC\""},
                       {"\"0123456789012345678901234567890123456789\"",
                        "str:\"0123456789012345678901234567890123456789\""}});
}

TEST_CASE("Lexer: A quoted string with sequences is in pieces") {
  CheckTemplateTokens(
      {{R"("${a}")", R"(" ${ id:a /} "/)"},
       {R"("x${a}y%{if b}z")", R"(" lit:x ${ id:a /} lit:y %{ id:if id:b /} lit:z "/)"},
       {R"("$$${a}")", R"(str:"$$${a}")"},
       {R"("$$$${a}")", R"(str:"$$$${a}")"},
       {R"("\\${a}")", R"(" lit:\\ ${ id:a /} "/)"},
       {R"("%${a}")", R"(" lit:% ${ id:a /} "/)"},
       {R"("${"${a}"}")", R"(" ${ " ${ id:a /} "/ /} "/)"},
       {R"("${"}"}")", R"(" ${ str:"}" /} "/)"},
       {R"("${~a~}")", R"(" ${ id:a /} "/)"},
       {"\"${a\n}\"", "\" ${ id:a NL /} \"/"},
       {"\"${<<A\nx\nA\n}\"", "\" ${ doc:<<A\\nx\\nA NL /} \"/"}});
}

TEST_CASE("Lexer: Broken quoted strings") {
  CheckTemplateTokens(
      {{"\"a", "\" lit:a"},
       {"\"a\nb\"", "\" lit:a BAD:\\n lit:b \"/", "1:3 Invalid multi-line string"},
       {"\"a\r\n\nb\"", "\" lit:a BAD:\\r\\n\\n lit:b \"/", "1:3 Invalid multi-line string"},
       {"\"a\\\nb\"", "\" lit:a BAD:\\ BAD:\\n lit:b \"/",
        "1:3 Invalid character, 1:4 Invalid multi-line string"},
       {"\"a\\", "\" lit:a BAD:\\", "1:3 Invalid character"},
       {"\"a$", "\" lit:a BAD:$", "1:3 Invalid character"},
       {"\"a\\$", "\" lit:a\\$"},
       {"\"${a", "\" ${ id:a"},
       {"\"${", "\" ${"},
       {"\"a\xFF"
        "b\"",
        "\" lit:a BAD:\xFF lit:b \"/", "1:3 Invalid character encoding"},
       {"\"\xED\xA0\x80\"", "\" BAD:\xED BAD:\xA0 BAD:\x80 \"/", "1:2 Invalid character encoding"},
       {"\"\xC0\x80\"", "\" BAD:\xC0 BAD:\x80 \"/", "1:2 Invalid character encoding"},
       {"\"\\\xFF\"", "\" BAD:\\ BAD:\xFF \"/",
        "1:2 Invalid character, 1:3 Invalid character encoding"}});
  CHECK(TokenText(std::string_view("\"a\0b\"", 5)) == std::string_view("str:\"a\0b\"", 9));
}

TEST_CASE("Lexer: A heredoc without sequences is one token, without the last line end") {
  CheckTemplateTokens({{"<<A\nx\ny\nA\nb", "doc:<<A\\nx\\ny\\nA NL id:b"},
                       {"<<A\nx\n  A  \n", "doc:<<A\\nx\\n  A   NL"},
                       {"<<A\nx\n\tA\t\r\n", "doc:<<A\\nx\\n\tA\t NL"},
                       {"<<A\nx\n\xC2\xA0"
                        "A\n",
                        "doc:<<A\\nx\\n\xC2\xA0"
                        "A NL"},
                       {"<<A\nAA\nA,\na\nA\n", "doc:<<A\\nAA\\nA,\\na\\nA NL"},
                       {"<<A\n$ %x $${a} \\ \"\nA\n", "doc:<<A\\n$ %x $${a} \\ \"\\nA NL"},
                       {"<<A\n# // /* \nA\n", "doc:<<A\\n# // /* \\nA NL"},
                       {"<<A\r\nx\r\nA\r\n", "doc:<<A\\r\\nx\\r\\nA NL"}});
}

TEST_CASE("Lexer: A heredoc with sequences is in pieces") {
  CheckTemplateTokens({{"<<A\nx\ny${b}z\nA\n", "<< lit:x\\ny ${ id:b /} lit:z\\n <</ NL"},
                       {"<<A\n${b}A\nA\n", "<< ${ id:b /} lit:A\\n <</ NL"},
                       {"<<A\n%{ if b }\nA\n", "<< %{ id:if id:b /} lit:\\n <</ NL"},
                       {"<<A\n${<<B\nb\nB\n}\nA\n", "<< ${ doc:<<B\\nb\\nB NL /} lit:\\n <</ NL"}});
}

TEST_CASE("Lexer: Broken heredocs") {
  CheckTemplateTokens(
      {{"<<A\nx", "<< lit:x"},
       {"<<A\nx\nA", "<< lit:x\\nA"},
       {"<<A\n", "<<"},
       {"<<A\nx$", "<< lit:x BAD:$", "2:2 Invalid character"},
       {"<<A\nx\xFFy\nA\n", "<< lit:x BAD:\xFF lit:y\\n <</ NL", "2:2 Invalid character encoding"},
       {"<<A\nx\ry\nA\n", "<< lit:x BAD:\\ry\\nA\\n", "2:2 Invalid character"},
       {"<<A\nA\r\r\n", "<< lit:A BAD:\\r\\r\\n", "2:2 Invalid character"},
       {"<<A\n\rA\nA\n", "<< BAD:\\rA\\nA\\n", "2:1 Invalid character"}});
}

TEST_CASE("Lexer: Bare templates") {
  CheckTemplateTokens({{"", ""},
                       {"a \"b\"\nc", "lit:a \"b\"\\nc"},
                       {"a${b}c", "lit:a ${ id:b /} lit:c"},
                       {"$${a} $", "lit:$${a} $"},
                       {"${a", "${ id:a"},
                       {"${\"$", "${ \" BAD:$", "1:4 Invalid character"},
                       {"a\r\nb", "lit:a\\r\\nb"},
                       {"a\rb${c}", "lit:a lit:\\rb${c}"},
                       {"a\xFF", "lit:a BAD:\xFF", "1:2 Invalid character encoding"}},
                      LexMode::kTemplate);
}

TEST_CASE("Lexer: A stop is found wherever it stands in a long string") {
  for (std::size_t before = 0; before < 40; ++before) {
    const std::string text = std::string(before, 'x');
    CAPTURE(before);
    CHECK(TokenText("\"" + text + "\" a") == "str:\"" + text + "\" id:a");
    CHECK(TokenText("\"" + text + "\xC3\xA9\"") == "str:\"" + text + "\xC3\xA9\"");
    const std::string literal = before == 0 ? "" : "lit:" + text + " ";
    CHECK(TokenText("\"" + text + "${a}\"") == "\" " + literal + "${ id:a /} \"/");
  }
}

}  // namespace
}  // namespace nmgr::hcl
