#include "hcl/syntax/lexer.h"

#include <catch2/catch.hpp>

#include "hcl/syntax/token_text.h"

namespace nmgr::hcl {
namespace {

using test::LexErrors;
using test::TokenText;

struct TokenRow {
  std::string_view text;
  std::string_view tokens;
};

void CheckTokens(std::initializer_list<TokenRow> rows) {
  for (const TokenRow& row : rows) {
    CAPTURE(row.text);
    CHECK(TokenText(row.text) == row.tokens);
  }
}

TEST_CASE("Lexer: Blanks separate, line ends are tokens") {
  CheckTokens({{"", ""},
               {" \t ", ""},
               {"a b", "id:a id:b"},
               {"a\nb", "id:a NL id:b"},
               {"a\r\nb", "id:a NL id:b"},
               {"\n\n", "NL NL"},
               {"\xEF\xBB\xBF"
                "a",
                "id:a"}});
}

TEST_CASE("Lexer: Comments") {
  CheckTokens({{"a # b\nc", "id:a NL id:c"},
               {"a // b\nc", "id:a NL id:c"},
               {"a # b", "id:a"},
               {"#\n", "NL"},
               {"a /* b\n */ c", "id:a id:c"},
               {"/* a /* b */ c", "id:c"},
               {"/**/a", "id:a"},
               {"/*/ a", "/ * / id:a"},
               {"/* a", "/ * id:a"},
               {"/* /* a", "/ * / * id:a"},
               {"# \xFF is no text\na", "NL id:a"}});
  CHECK(LexErrors("# \xFF\n/* \xFF */").empty());
}

TEST_CASE("Lexer: Identifiers") {
  CheckTokens({{"abc", "id:abc"},
               {"_a1", "id:_a1"},
               {"a-b", "id:a-b"},
               {"a--", "id:a--"},
               {"-a", "- id:a"},
               {"a - b", "id:a - id:b"},
               {"\xC3\xA9t\xC3\xA9", "id:\xC3\xA9t\xC3\xA9"},
               {"a\xC3\xA9-1", "id:a\xC3\xA9-1"},
               {"\xE6\x97\xA5\xE6\x9C\xAC", "id:\xE6\x97\xA5\xE6\x9C\xAC"},
               {"e\xCC\x81", "id:e\xCC\x81"},
               {"true if for", "id:true id:if id:for"}});
}

TEST_CASE("Lexer: Numbers") {
  CheckTokens({{"0", "num:0"},
               {"12.5", "num:12.5"},
               {"1e5", "num:1e5"},
               {"1E+5", "num:1E+5"},
               {"1e-05", "num:1e-05"},
               {"1.", "num:1 ."},
               {"1..", "num:1 . ."},
               {"1...", "num:1 ..."},
               {".5", ". num:5"},
               {"1.e5", "num:1.e5"},
               {"1.2.3", "num:1.2.3"},
               {"1..2", "num:1..2"},
               {"1e5.5", "num:1e5.5"},
               {"1e", "num:1 id:e"},
               {"1e+", "num:1 id:e +"},
               {"0x10", "num:0 id:x10"},
               {"1_000", "num:1 id:_000"},
               {"007", "num:007"},
               {"-1", "- num:1"}});
}

TEST_CASE("Lexer: Operators and punctuation") {
  CheckTokens({{"{}[]()", "{ } [ ] ( )"},
               {".,*/%+-", ". , * / % + -"},
               {"= == => === ==>", "= == => == = == >"},
               {"< <= <<= > >= >>", "< <= < <= > >= > >"},
               {"! != !! !==", "! != ! ! != ="},
               {"? : :: :::", "? : :: :: :"},
               {".. ... ....", ". . ... ... ."},
               {"&& || &&&&", "&& || && &&"}});
}

TEST_CASE("Lexer: What is never right") {
  CheckTokens({{"a & b", "id:a BAD:& id:b"},
               {"|", "BAD:|"},
               {"&&&", "&& BAD:&"},
               {"^~", "BAD:^ BAD:~"},
               {"; ' ` @", "BAD:; BAD:' BAD:` BAD:@"},
               {"$ \\", "BAD:$ BAD:\\"},
               {"a\rb", "id:a BAD:\\r id:b"},
               {"\xC2\xA0", "BAD:\xC2\xA0"},
               {"\xE2\x80\x9C", "BAD:\xE2\x80\x9C"},
               {"\xFF", "BAD:\xFF"},
               {"a\xC3", "id:a BAD:\xC3"},
               {std::string_view("a\0b", 3), std::string_view("id:a BAD:\0 id:b", 15)}});
}

TEST_CASE("Lexer: A heredoc opener is all or nothing") {
  CheckTokens({{"<<A\nA\n", "doc:<<A\\nA NL"},
               {"<<A \nA\n", "< < id:A NL id:A NL"},
               {"<< A\nA\n", "< < id:A NL id:A NL"},
               {"<<A", "< < id:A"},
               {"<<1\n1\n", "< < num:1 NL num:1 NL"},
               {"<<--A\n", "< < - - id:A NL"},
               {"<<-A\nA\n", "doc:<<-A\\nA NL"},
               {"<<\xC3\xA9-1\n\xC3\xA9-1\n", "doc:<<\xC3\xA9-1\\n\xC3\xA9-1 NL"},
               {"<<A\r\nA\r\n", "doc:<<A\\r\\nA NL"}});
}

TEST_CASE("Lexer: Braces in an interpolation do not end it") {
  CheckTokens({{"\"${{}}\"", "\" ${ { } /} \"/"},
               {"\"${{a={}}}\" }", "\" ${ { id:a = { } } /} \"/ }"},
               {"\"${a ~} b\"", "\" ${ id:a /} lit: b \"/"},
               {"\"${{ ~}}\"", "\" ${ { /} /} \"/"},
               {"~}", "/}"},
               {"}}", "} }"}});
}

}  // namespace
}  // namespace nmgr::hcl
