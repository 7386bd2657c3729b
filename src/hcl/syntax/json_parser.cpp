// The JSON syntax of HCL, to a tree.
#include <fmt/format.h>

#include "hcl/syntax/arena.h"
#include "hcl/syntax/json_lexer.h"
#include "nmgr/base/scan.h"
#include "nmgr/base/text.h"
#include "nmgr/hcl/syntax/json_tree.h"
#include "nmgr/hcl/syntax/parse.h"

namespace nmgr::hcl {
namespace {

class JsonTree : public ParsedJson {
 public:
  JsonTree(SourcePtr source, Diagnostics& diagnostics);

 private:
  Arena arena_;
};

// Recursive descent that stops at the first error: from then on every function returns at once.
class JsonParser {
 public:
  JsonParser(const SourcePtr& source, Arena& arena, Diagnostics& diagnostics)
      : source_(source),
        text_(source->text()),
        arena_(arena),
        diagnostics_(diagnostics),
        lexer_(text_),
        next_(lexer_.Next()) {}

  const JsonValue* ParseAll();

 private:
  const JsonValue* ParseValue();
  const JsonValue* ParseObject();
  const JsonValue* ParseArray();
  bool ParseMember(std::vector<JsonMember>& members);
  bool EndsMember(const JsonToken& open);
  bool EndsItem(const JsonToken& open);
  const JsonValue* ParseWord(const JsonToken& token);
  const JsonValue* ParseNumber(const JsonToken& token);
  const JsonValue* ParseString(const JsonToken& token);
  const JsonValue* New(JsonKind kind, Span span, std::string_view text = {}) {
    return arena_.New(JsonValue{kind, span, text});
  }
  const JsonValue* Fail(Span subject, std::string summary, std::string detail,
                        std::optional<Span> context = std::nullopt);
  bool MissingComma(JsonTokenKind open, JsonTokenKind close);

  JsonToken Read() {
    const JsonToken token = next_;
    next_ = lexer_.Next();
    return token;
  }
  void Skip(JsonTokenKind open, JsonTokenKind close);

  // Where an object or array ends: behind its close, or where reading has stopped.
  std::uint32_t CloseEnd(const JsonToken& open, std::uint32_t content_end) {
    return failed_ ? std::max({open.span.end, next_.span.begin, content_end}) : Read().span.end;
  }
  std::string_view Text(Span span) const { return text_.substr(span.begin, span.end - span.begin); }

  const SourcePtr& source_;
  const std::string_view text_;
  Arena& arena_;
  Diagnostics& diagnostics_;
  JsonLexer lexer_;
  JsonToken next_;
  bool failed_ = false;
  int depth_ = 0;
};

const JsonValue* JsonParser::Fail(Span subject, std::string summary, std::string detail,
                                  std::optional<Span> context) {
  const auto size = static_cast<std::uint32_t>(text_.size());
  subject = {std::min(subject.begin, size), std::min(subject.end, size)};
  if (!failed_) {
    diagnostics_.Error(source_, subject, std::move(summary), std::move(detail), context);
  }
  failed_ = true;
  return New(JsonKind::kInvalid, subject);
}

const JsonValue* JsonParser::ParseAll() {
  const JsonValue* root = ParseValue();
  if (!failed_ && next_.kind != JsonTokenKind::kEnd) {
    Fail(next_.span, "Extraneous data after value",
         "The JSON value is complete here, but more follows.");
  }
  return root;
}

const JsonValue* JsonParser::ParseValue() {
  const Span at = next_.span;
  constexpr const char* kStarts =
      "A JSON value is an object, an array, a string in double quotes, a number, true, false or "
      "null.";
  switch (next_.kind) {
    case JsonTokenKind::kOpenBrace:
      return ParseObject();
    case JsonTokenKind::kOpenBracket:
      return ParseArray();
    case JsonTokenKind::kString:
      return ParseString(Read());
    case JsonTokenKind::kNumber:
      return ParseNumber(Read());
    case JsonTokenKind::kWord:
      return ParseWord(Read());
    case JsonTokenKind::kCloseBrace:
      return Fail(at, "Missing JSON value", kStarts);
    case JsonTokenKind::kCloseBracket:
      return Fail(at, "Missing array element value", kStarts);
    case JsonTokenKind::kEnd:
      return Fail(at, "Missing value", "The text ends where a JSON value must stand.");
    default:
      return Fail(at, "Invalid start of value", kStarts);
  }
}

const JsonValue* JsonParser::ParseObject() {
  const JsonToken open = Read();
  if (++depth_ > kMaxNesting) {
    return Fail(open.span, "Too deeply nested",
                fmt::format("More than {} levels are not supported.", kMaxNesting));
  }
  std::vector<JsonMember> members;
  while (next_.kind != JsonTokenKind::kCloseBrace) {
    if (!ParseMember(members) || !EndsMember(open)) break;
  }
  --depth_;
  const std::uint32_t content_end = members.empty() ? 0 : members.back().value->span.end;
  return arena_.New(JsonValue{JsonKind::kObject,
                              {open.span.begin, CloseEnd(open, content_end)},
                              {},
                              {},
                              arena_.Copy(std::span<const JsonMember>(members))});
}

bool JsonParser::ParseMember(std::vector<JsonMember>& members) {
  const JsonValue* name = ParseValue();
  if (failed_) return false;
  if (name->kind != JsonKind::kString) {
    const bool bracket = name->kind == JsonKind::kObject || name->kind == JsonKind::kArray;
    const Span subject = bracket ? Span{name->span.begin, name->span.begin + 1} : name->span;
    Fail(subject, "Invalid object property name",
         "The names in a JSON object are strings in quotes.");
    return false;
  }
  const JsonToken colon = Read();
  if (colon.kind == JsonTokenKind::kCloseBrace || colon.kind == JsonTokenKind::kComma) {
    Fail(colon.span, "Missing object value",
         "A colon and a value must follow each name of an object. For a list use brackets.");
  } else if (colon.kind == JsonTokenKind::kEquals) {
    Fail(colon.span, "Missing property value colon",
         "In JSON a colon stands between a name and its value, not an equals sign.");
  } else if (colon.kind != JsonTokenKind::kColon) {
    Fail(colon.span, "Missing property value colon",
         "A colon must stand between a name and its value.");
  }
  if (failed_) return false;
  const JsonValue* value = ParseValue();
  members.push_back({name->text, name->span, value});
  return !failed_;
}

// After a member: true at the next one or at the brace.
bool JsonParser::EndsMember(const JsonToken& open) {
  switch (next_.kind) {
    case JsonTokenKind::kCloseBrace:
      return true;
    case JsonTokenKind::kComma: {
      const JsonToken comma = Read();
      if (next_.kind != JsonTokenKind::kCloseBrace) return true;
      Fail(comma.span, "Trailing comma in object", "JSON has no comma after the last member.");
      return false;
    }
    case JsonTokenKind::kEnd:
      Fail(open.span, "Unclosed object", "The closing brace of this object is missing.");
      return false;
    case JsonTokenKind::kCloseBracket:
      Read();
      Fail(next_.span, "Mismatched braces", "An object is closed with a brace, not a bracket.");
      return false;
    default:
      return MissingComma(JsonTokenKind::kOpenBrace, JsonTokenKind::kCloseBrace);
  }
}

bool JsonParser::MissingComma(JsonTokenKind open, JsonTokenKind close) {
  const SourcePos pos = source_->PosAt(next_.span.begin);
  const Span missing = next_.span;
  Skip(open, close);
  Fail(next_.span, "Missing attribute separator comma",
       fmt::format("A comma is missing before line {}, column {}.", pos.line, pos.column),
       Span{missing.begin, next_.span.end});
  return false;
}

// Passes what Nomad passes before it reports.
void JsonParser::Skip(JsonTokenKind open, JsonTokenKind close) {
  int nested = 1;
  for (;;) {
    const JsonToken token = Read();
    if (token.kind == JsonTokenKind::kEnd) return;
    if (token.kind == open) ++nested;
    if (token.kind == close && --nested <= 1) return;
  }
}

const JsonValue* JsonParser::ParseArray() {
  const JsonToken open = Read();
  if (++depth_ > kMaxNesting) {
    return Fail(open.span, "Too deeply nested",
                fmt::format("More than {} levels are not supported.", kMaxNesting));
  }
  std::vector<const JsonValue*> items;
  while (next_.kind != JsonTokenKind::kCloseBracket) {
    items.push_back(ParseValue());
    if (failed_ || !EndsItem(open)) break;
  }
  --depth_;
  const std::uint32_t content_end = items.empty() ? 0 : items.back()->span.end;
  return arena_.New(JsonValue{JsonKind::kArray,
                              {open.span.begin, CloseEnd(open, content_end)},
                              {},
                              arena_.Copy(std::span<const JsonValue* const>(items)),
                              {}});
}

bool JsonParser::EndsItem(const JsonToken& open) {
  switch (next_.kind) {
    case JsonTokenKind::kCloseBracket:
      return true;
    case JsonTokenKind::kComma: {
      const JsonToken comma = Read();
      if (next_.kind != JsonTokenKind::kCloseBracket) return true;
      Fail(comma.span, "Trailing comma in array", "JSON has no comma after the last item.");
      return false;
    }
    case JsonTokenKind::kEnd:
      Fail(open.span, "Unclosed array", "The closing bracket of this array is missing.");
      return false;
    case JsonTokenKind::kColon:
      Skip(JsonTokenKind::kOpenBracket, JsonTokenKind::kCloseBracket);
      Fail(next_.span, "Invalid array value", "The items of an array have no names.");
      return false;
    case JsonTokenKind::kCloseBrace:
      Skip(JsonTokenKind::kOpenBracket, JsonTokenKind::kCloseBracket);
      Fail(next_.span, "Mismatched brackets", "An array is closed with a bracket, not a brace.");
      return false;
    default:
      return MissingComma(JsonTokenKind::kOpenBracket, JsonTokenKind::kCloseBracket);
  }
}

const JsonValue* JsonParser::ParseWord(const JsonToken& token) {
  const std::string_view word = Text(token.span);
  if (word == "true" || word == "false") return New(JsonKind::kBool, token.span, word);
  if (word == "null") return New(JsonKind::kNull, token.span, word);
  return Fail(token.span, "Invalid JSON keyword",
              fmt::format("JSON has the words true, false and null; strings need quotes.{}",
                          DidYouMean(word, {"true", "false", "null"})));
}

const JsonValue* JsonParser::ParseNumber(const JsonToken& token) {
  const std::string_view text = Text(token.span);
  if (IsJsonNumber(text)) return New(JsonKind::kNumber, token.span, text);
  return Fail(
      token.span, "Invalid JSON number",
      "A JSON number is written like -12.5e3: no plus sign, no leading zeros, digits on both "
      "sides of the point.");
}

const JsonValue* JsonParser::ParseString(const JsonToken& token) {
  const std::string_view literal = Text(token.span);
  if (literal.size() >= 2 && literal.ends_with('"') &&
      FindStop<'\\'>(literal.data(), literal.data() + literal.size()) ==
          literal.data() + literal.size()) {
    return New(JsonKind::kString, token.span, literal.substr(1, literal.size() - 2));
  }
  std::string text;
  const std::size_t bad = DecodeJsonString(literal, text, nullptr);
  if (bad == std::string_view::npos) {
    return New(JsonKind::kString, token.span, arena_.Copy(std::string_view(text)));
  }
  auto at = static_cast<std::uint32_t>(token.span.begin + bad);
  if (bad == literal.size()) {
    return Fail({at, at + 1}, "Invalid JSON string",
                "The string's closing quote is missing. A string ends on the line where it starts; "
                "write line ends as \\n and tabs as \\t.",
                token.span);
  }
  if (Utf8Length(text_.substr(at)) == 0) {
    return Fail({at, at + 1}, "Invalid character encoding",
                "This byte is not part of valid UTF-8. Set your editor to write files as UTF-8.",
                token.span);
  }
  ++at;  // Nomad points behind the character
  return Fail({at, at + 1}, "Invalid JSON string",
              "This is no escape sequence. JSON has \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX.",
              token.span);
}

JsonTree::JsonTree(SourcePtr source, Diagnostics& diagnostics) {
  source_ = std::move(source);
  root_ = JsonParser(source_, arena_, diagnostics).ParseAll();
}

}  // namespace

JsonPtr ParseJson(SourcePtr source, Diagnostics& diagnostics) {
  return std::make_shared<JsonTree>(std::move(source), diagnostics);
}

bool LooksLikeJson(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  return first != std::string_view::npos && text[first] == '{';
}

Value JsonScalar(const JsonValue& value) {
  if (value.kind == JsonKind::kBool) return Value::Bool(value.text == "true");
  if (value.kind == JsonKind::kString) return Value::Of(value.text);
  if (value.kind == JsonKind::kNumber) {
    if (std::optional<Number> number = Number::Parse(value.text))
      return Value::Of(*std::move(number));
  }
  return Value::Null();
}

SourcePtr JsonStringSource(const SourcePtr& file, Span string) {
  std::string text;
  std::vector<SourceFile::OffsetPair> offsets;
  DecodeJsonString(file->TextOf(string), text, &offsets);
  for (SourceFile::OffsetPair& pair : offsets) pair.raw += string.begin;
  return std::make_shared<SourceFile>(file, std::move(text), std::move(offsets));
}

}  // namespace nmgr::hcl
