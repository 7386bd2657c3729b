#include <catch2/catch.hpp>

#include "hcl/syntax/tree_text.h"
#include "nmgr/hcl/eval/evaluate.h"
#include "nmgr/hcl/syntax/json_tree.h"

namespace nmgr::hcl {
namespace {

std::string Text(const JsonValue& value) {
  switch (value.kind) {
    case JsonKind::kInvalid:
      return "invalid";
    case JsonKind::kString:
      return fmt::format("'{}'", value.text);
    case JsonKind::kNull:
    case JsonKind::kBool:
    case JsonKind::kNumber:
      return std::string(value.text);
    case JsonKind::kArray: {
      std::string out = "[";
      for (const JsonValue* item : value.items) {
        out += fmt::format("{}{}", out.size() > 1 ? " " : "", Text(*item));
      }
      return out += "]";
    }
    case JsonKind::kObject: {
      std::string out = "{";
      for (const JsonMember& member : value.members) {
        out += fmt::format("{}{}:{}", out.size() > 1 ? " " : "", member.name, Text(*member.value));
      }
      return out += "}";
    }
  }
  return "";
}

std::string Parsed(std::string_view text) {
  Diagnostics diagnostics;
  const JsonPtr tree = ParseJson(test::Source(text), diagnostics);
  return diagnostics.empty() ? Text(tree->root()) : test::FirstError(diagnostics);
}

TEST_CASE("JSON values") {
  CHECK(Parsed("{}") == "{}");
  CHECK(Parsed(R"({"a": 1, "b": [true, null, "x\ty"], "a": {"c": -1.5}})") ==
        "{a:1 b:[true null 'x\ty'] a:{c:-1.5}}");
  CHECK(Parsed("[]") == "[]");
  CHECK(Parsed(" [ [ ] , { } ] \n") == "[[] {}]");
  CHECK(Parsed(R"({"\u0061\n": ""})") == "{a\n:''}");
}

TEST_CASE("Broken JSON, at Nomad's places") {
  const struct {
    std::string_view text;
    std::string_view error;
  } rows[] = {
      {"", "1:1 Missing value"},
      {"{", "1:2 Missing value"},
      {R"({"a")", "1:5 Missing property value colon"},
      {R"({"a" 1})", "1:6 Missing property value colon"},
      {R"({"a"})", "1:5 Missing object value"},
      {R"({"a" = 1})", "1:6 Missing property value colon"},
      {R"({"a":})", "1:6 Missing JSON value"},
      {R"({"a": 1)", "1:1 Unclosed object"},
      {R"({"a": 1,})", "1:8 Trailing comma in object"},
      {R"({"a": 1 "b": 2})", "1:16 Missing attribute separator comma"},
      {R"({"a": 1])", "1:9 Mismatched braces"},
      {R"({1: 2})", "1:2 Invalid object property name"},
      {R"({[]: 2})", "1:2 Invalid object property name"},
      {R"({a: 2})", "1:2 Invalid JSON keyword"},
      {"[1", "1:1 Unclosed array"},
      {"[1,]", "1:3 Trailing comma in array"},
      {"[,]", "1:2 Invalid start of value"},
      {"[1 2]", "1:6 Missing attribute separator comma"},
      {"[1}]", "1:5 Mismatched brackets"},
      {"[\"a\": 1]", "1:9 Invalid array value"},
      {"[01]", "1:2 Invalid JSON number"},
      {"[tru]", "1:2 Invalid JSON keyword"},
      {"[\"a", "1:4 Invalid JSON string"},
      {"[\"a\nb\"]", "1:4 Invalid JSON string"},
      {R"(["a\qb"])", "1:6 Invalid JSON string"},
      {"[\"a\xFF\"]", "1:4 Invalid character encoding"},
      {"{} x", "1:4 Extraneous data after value"},
      {"@", "1:1 Invalid start of value"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(Parsed(row.text) == row.error);
  }
}

TEST_CASE("What was read before an error stays, and a missing comma is found") {
  Diagnostics diagnostics;
  const JsonPtr tree =
      ParseJson(test::Source("{\"job\": {\"x\": {\"a\": 1\n  \"b\": 2}}}"), diagnostics);
  CHECK(Text(tree->root()) == "{job:{x:{a:1}}}");
  CHECK(diagnostics.items()[0].detail == "A comma is missing before line 2, column 3.");
}

TEST_CASE("A member that broke the reading still lies in its object") {
  for (const std::string_view text :
       {"{\"a\": {\"b\": @", "[[\"a\\q", "{\"a\": [tru", "[{\"a\": \"\xFF\"}]"}) {
    CAPTURE(text);
    Diagnostics diagnostics;
    const JsonPtr tree = ParseJson(test::Source(text), diagnostics);
    const JsonValue* outer = &tree->root();
    while (!outer->items.empty() || !outer->members.empty()) {
      const JsonValue* inner =
          outer->items.empty() ? outer->members.back().value : outer->items.back();
      CHECK(inner->span.begin >= outer->span.begin);
      CHECK(inner->span.end <= outer->span.end);
      outer = inner;
    }
    CHECK(outer->kind == JsonKind::kInvalid);
  }
}

TEST_CASE("JSON nests up to the limit") {
  const auto nested = [](std::size_t depth) {
    return Parsed(std::string(depth, '[') + std::string(depth, ']'));
  };
  CHECK(nested(kMaxNesting).find("Too deeply") == std::string::npos);
  CHECK(nested(kMaxNesting + 1).find("Too deeply") != std::string::npos);
  CHECK(Parsed(std::string(1 << 20, '[')).find("Too deeply") != std::string::npos);
}

TEST_CASE("What Nomad takes for JSON") {
  CHECK(LooksLikeJson("{"));
  CHECK(LooksLikeJson("   {}"));
  CHECK_FALSE(LooksLikeJson(""));
  CHECK_FALSE(LooksLikeJson("\n{}"));
  CHECK_FALSE(LooksLikeJson("\t{}"));
  CHECK_FALSE(LooksLikeJson("job \"x\" {}"));
}

TEST_CASE("JSON scalars as values") {
  Diagnostics diagnostics;
  const JsonPtr tree = ParseJson(test::Source(R"([null, true, 1.50, "${x}", []])"), diagnostics);
  const auto& items = tree->root().items;
  CHECK(JsonScalar(*items[0]) == Value::Null());
  CHECK(JsonScalar(*items[1]) == Value::Bool(true));
  CHECK(JsonScalar(*items[2]) == Value::Of(*Number::Parse("1.5")));
  CHECK(JsonScalar(*items[3]) == Value::Of("${x}"));
  CHECK(JsonScalar(*items[4]) == Value::Null());
}

TEST_CASE("Strings are templates whose faults are found in the file") {
  const SourcePtr file = test::Source("{\"a\": \"x\\ty ${nope} z\"}");
  Diagnostics diagnostics;
  const JsonPtr tree = ParseJson(file, diagnostics);
  const JsonMember& member = tree->root().members[0];
  CHECK(file->TextOf(member.name_span) == "\"a\"");
  const SourcePtr text = JsonStringSource(file, member.value->span);
  CHECK(text->text() == "x\ty ${nope} z");
  const ExpressionPtr expression = ParseTemplate(text, diagnostics);
  CHECK(test::TreeText::Of(expression->root()) == "(tmpl 'x\ty ' nope ' z')");

  const Scope scope;
  EvalContext context;
  context.scope = &scope;
  context.file = text;
  Evaluate(expression->root(), context, diagnostics);
  REQUIRE(diagnostics.size() == 1);
  CHECK(diagnostics.items()[0].file == file);
  CHECK(file->TextOf(*diagnostics.items()[0].subject) == "nope");

  Diagnostics broken;
  ParseTemplate(JsonStringSource(test::Source(R"("\u0041 ${1 2}")"), {0, 16}), broken);
  CHECK(test::FirstError(broken) == "1:13 Extra characters after interpolation expression");
}

}  // namespace
}  // namespace nmgr::hcl
