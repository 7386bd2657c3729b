#include "hcl/syntax/json_lexer.h"

#include <catch2/catch.hpp>

namespace nmgr::hcl {
namespace {

std::string Tokens(std::string_view text) {
  static constexpr const char* kNames[] = {"{", "}", "[", "]", ",",   ":",
                                           "=", "w", "s", "n", "BAD", "$"};
  JsonLexer lexer(text);
  std::string out;
  for (;;) {
    const JsonToken token = lexer.Next();
    if (!out.empty()) out += ' ';
    out += kNames[static_cast<int>(token.kind)];
    if (token.kind >= JsonTokenKind::kWord && token.kind <= JsonTokenKind::kNumber) {
      out += ':';
      out += text.substr(token.span.begin, token.span.end - token.span.begin);
    }
    if (token.kind == JsonTokenKind::kEnd) return out;
  }
}

TEST_CASE("JSON tokens") {
  CHECK(Tokens("") == "$");
  CHECK(Tokens(" \t\r\n{}[],:=") == "{ } [ ] , : = $");
  CHECK(Tokens(R"({"a": 1})") == R"({ s:"a" : n:1 } $)");
  CHECK(Tokens(R"("a\"b" "\\" x)") == R"(s:"a\"b" s:"\\" w:x $)");
  CHECK(Tokens("true nulL un_d") == "w:true w:nulL w:un_d $");
  CHECK(Tokens("-1.5e+3 +1 .5") == "n:-1.5e+3 n:+1 n:.5 $");
  CHECK(Tokens("\"a") == "s:\"a $");
  CHECK(Tokens("\"a\nb\"") == "s:\"a w:b s:\" $");
  CHECK(Tokens("1 @ 2") == "n:1 BAD $");
}

TEST_CASE("JSON numbers") {
  for (const std::string_view good : {"0", "-0", "10", "1.5", "1e5", "1E-5", "-1.50e+05"}) {
    CAPTURE(good);
    CHECK(IsJsonNumber(good));
  }
  for (const std::string_view bad :
       {"", "-", "01", "+1", "1.", ".5", "1e", "1e+", "1.2.3", "--1", "1-", "1e5.5"}) {
    CAPTURE(bad);
    CHECK_FALSE(IsJsonNumber(bad));
  }
}

TEST_CASE("JSON strings are decoded, and where decoded text came from is known") {
  const auto decoded = [](std::string_view literal) {
    std::string out;
    const std::size_t bad = DecodeJsonString(literal, out, nullptr);
    return bad == std::string_view::npos ? out : "bad at " + std::to_string(bad);
  };
  CHECK(decoded(R"("")").empty());
  CHECK(decoded(R"("\"\\\/\b\f\n\r\t")") == "\"\\/\b\f\n\r\t");
  CHECK(decoded(R"("\u0041\u00E9\u20ac")") == "A\xC3\xA9\xE2\x82\xAC");
  CHECK(decoded(R"("\ud83d\ude00")") == "\xF0\x9F\x98\x80");
  CHECK(decoded(R"("\ud83dx\ude00")") == "\xEF\xBF\xBDx\xEF\xBF\xBD");
  CHECK(decoded(R"("\ud83d\u0041")") ==
        "\xEF\xBF\xBD"
        "A");
  CHECK(decoded(R"("a)") == "bad at 2");
  CHECK(decoded(R"("a\)") == "bad at 3");
  CHECK(decoded(R"("a\q")") == "bad at 3");
  CHECK(decoded(R"("\u12g4")") == "bad at 5");
  CHECK(decoded("\"\xFF\"") == "bad at 1");

  std::string out;
  std::vector<SourceFile::OffsetPair> offsets;
  DecodeJsonString(R"("a\tb\u0041c")", out, &offsets);
  CHECK(out == "a\tbAc");
  REQUIRE(offsets.size() == 3);
  CHECK((offsets[0].decoded == 0 && offsets[0].raw == 1));
  CHECK((offsets[1].decoded == 2 && offsets[1].raw == 4));
  CHECK((offsets[2].decoded == 4 && offsets[2].raw == 11));
}

}  // namespace
}  // namespace nmgr::hcl
