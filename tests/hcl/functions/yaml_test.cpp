#include "hcl/functions/call.h"

namespace nmgr::hcl {

namespace {

std::string Encode(const Value& value) { return Show("yamlencode", {value}); }
std::string Decode(std::string_view text) { return Show("yamldecode", {Text(text)}); }
bool YamlIsRefused(std::string_view text) { return FaultAt("yamldecode", {Text(text)}) == -1; }

}  // namespace

TEST_CASE("yamlencode quotes every string and leaves the rest plain") {
  CHECK(Encode(Text("a: b")) == "\"a: b\"\n");
  CHECK(Encode(Num("1.50")) == "1.5\n...\n");
  CHECK(Encode(Value::Null()) == "null\n...\n");
  CHECK(Encode(Object({})) == "{}\n");
  CHECK(Encode(Object({{"a", Tuple({Num("1"), Object({{"b", Tuple({})}})})}})) ==
        "\"a\":\n- 1\n- \"b\": []\n");
  CHECK(Encode(Text("é😀\x01")) == "\"é\\U0001F600\\x01\"\n");
  CHECK(Encode(TextSet({"b", "a"})) == "- \"a\"\n- \"b\"\n");
}

TEST_CASE("yamlencode writes lines as a block where it can") {
  CHECK(Encode(Text("a\nb")) == "|-\n  a\n  b\n");
  CHECK(Encode(Text("a\n\nb\n\n")) == "|+\n  a\n\n  b\n\n");
  CHECK(Encode(Text("\n")) == "|2+\n\n");
  CHECK(Encode(Text("a \nb")) == "\"a \\nb\"\n");
  CHECK(Encode(Object({{"a\nb", Num("1")}})) == "? |-\n  a\n  b\n: 1\n");
}

TEST_CASE("Plain scalars by their look") {
  CHECK(Decode("[yes, no, on, off, y, n, true, False]") ==
        "[true,false,true,false,true,false,true,false]");
  CHECK(Decode("[~, null, '', ]") == "[null,null,\"\"]");
  CHECK(Decode("[017, 0o17, 0x1F, 1_000, 0b11, 1e3, 5., .5, 1:30]") ==
        R"([17,15,31,"1_000","0b11",1000,5,0.5,"1:30"])");
  CHECK(Decode("2001-12-14t21:59:43.10-05:00") == "2001-12-14T21:59:43-05:00");
  CHECK(Decode("2001-1-2") == "2001-01-02T00:00:00Z");
  CHECK(Decode("2001-02-30") == "2001-02-30");
  CHECK(Call("yamldecode", {Text("-.inf")}).as_number().is_infinite());
  CHECK(YamlIsRefused(".nan"));
}

TEST_CASE("Quotes, blocks and tags decide before the look") {
  CHECK(Call("yamldecode", {Text("'1'")}) == Text("1"));
  CHECK(Call("yamldecode", {Text("|-\n  true\n")}) == Text("true"));
  CHECK(Call("yamldecode", {Text("|-\n  017\n")}) == Text("17"));
  CHECK(Decode("!!str 1") == "1");
  CHECK(Decode("!!int 0b11") == "3");
  CHECK(Decode("!!binary aGk=") == "aGk=");
  CHECK(YamlIsRefused("!!int x"));
  CHECK(YamlIsRefused("!!binary '!'"));
  CHECK(YamlIsRefused("!custom x"));
  CHECK(YamlIsRefused("!!set {a}"));
}

TEST_CASE("Collections, anchors and merges") {
  CHECK(Decode("a: &x {b: 1}\nc:\n  <<: [*x, {e: 3}]\n  b: 2\nd: *x") ==
        R"({"a":{"b":1},"c":{"b":2,"e":3},"d":{"b":1}})");
  CHECK(Decode("c: {b: 2, <<: {b: 1}}") == R"({"c":{"b":1}})");
  CHECK(Decode("c: {b: 2, '<<': {b: 1}}") == R"({"c":{"b":1}})");
  CHECK(Decode("c: {b: 2, !!str <<: {b: 1}}") == R"({"c":{"\u003c\u003c":{"b":1},"b":2}})");
  CHECK(Decode("1: a\ntrue: b") == R"({"1":"a","true":"b"})");
  CHECK(Decode("a: >\n  x\n  y\n\n  z\n") == "{\"a\":\"x y\\nz\\n\"}");
  CHECK(Decode("---\na: 1 # c\n...") == R"({"a":1})");
}

TEST_CASE("What is no single document of plain data is refused") {
  for (const char* text : {"", "# c", "a: 1\n---\nb: 2", "a: *nope", "&a [*a]", "[a]: b", "~: a",
                           "<<: 1", "a: {", "\ta: 1", "a: b: c", "a: @x", "%YAML 1.2\n---\na"}) {
    INFO(text);
    CHECK(YamlIsRefused(text));
  }
}

TEST_CASE("Bombs of aliases and deep nesting end early") {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string alias = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 9; ++k) bomb += alias + ",";
    bomb += "]\n";
  }
  CHECK(YamlIsRefused(bomb));
  CHECK(YamlIsRefused(std::string(100000, '[')));
  std::string dashes;
  for (int i = 0; i < 20000; ++i) dashes += "- ";
  CHECK(YamlIsRefused(dashes));
}

}  // namespace nmgr::hcl
