#include "fake_nomad/flat_hcl.h"

#include <algorithm>
#include <array>
#include <utility>

#include "fake_nomad/flat_lexer.h"

namespace nmgr::fake {
namespace {

constexpr int kDeepest = 200;

constexpr std::array<std::string_view, 8> kFileFunctions = {
    "abspath", "basename", "dirname", "file", "filebase64", "fileexists", "fileset", "pathexpand"};

class Parser {
 public:
  Parser(std::string_view source, SpecFaults& faults) : lexer_(source, faults), faults_(faults) {
    Advance();
  }

  Body File() {
    Body body = Lines(false);
    if (Good() && token_.Is("}")) {
      Fail(token_.range, "Argument or block definition required",
           "An argument or block definition is required here.");
    }
    return body;
  }

 private:
  bool Good() const { return faults_.empty(); }

  void Advance() { previous_ = std::exchange(token_, lexer_.Next()); }

  void Fail(Range range, const char* summary, std::string detail) {
    if (Good()) faults_.push_back({range, summary, std::move(detail)});
  }

  bool AtLineEnd() const {
    return token_.kind == Token::Kind::kNewline || token_.kind == Token::Kind::kEnd;
  }

  void SkipNewlines() {
    while (token_.kind == Token::Kind::kNewline) Advance();
  }

  // Items up to a closing brace, which is left, or the end.
  Body Lines(bool in_block) {
    Body body;
    while (Good()) {
      SkipNewlines();
      if (token_.Is("}") || token_.kind == Token::Kind::kEnd) break;
      Item(body);
      if (Good() && !AtLineEnd()) FailAfterItem();
    }
    if (in_block && token_.kind == Token::Kind::kEnd) {
      Fail(token_.range, "Unclosed configuration block",
           "There is no closing brace for this block before the end of the file.");
    }
    return body;
  }

  void FailAfterItem() {
    if (previous_.Is("}")) {
      Fail(token_.range, "Missing newline after block definition",
           "A block definition must end with a newline.");
    } else if (token_.kind == Token::Kind::kPunctuation && !token_.Is(",") && !token_.Is("}") &&
               !token_.Is("=")) {
      Fail(token_.range, "Not flat", "An expression must have been evaluated by the client.");
    } else {
      Fail(token_.range, "Missing newline after argument",
           "An argument definition must end with a newline.");
    }
  }

  void Item(Body& body) {
    if (token_.kind != Token::Kind::kName) {
      Fail(token_.range, "Argument or block definition required",
           "An argument or block definition is required here.");
      return;
    }
    const Token name = token_;
    Advance();
    if (token_.Is("=")) {
      AddAttribute(name, body);
    } else {
      AddBlock(name, body);
    }
  }

  void AddAttribute(const Token& name, Body& body) {
    Advance();
    Attribute attribute{name.text, name.range, ReadValue(0)};
    if (!Good()) return;
    if (const Attribute* known = body.Find(name.text); known != nullptr) {
      Fail(name.range, "Attribute redefined",
           "The argument \"" + name.text + "\" was already set at input.hcl:" +
               known->name_range.Text() + ". Each argument may be set only once.");
    }
    body.attributes.push_back(std::move(attribute));
  }

  void AddBlock(const Token& type, Body& body) {
    Block block;
    block.type = type.text;
    block.type_range = block.header_range = type.range;
    while (token_.kind == Token::Kind::kString || token_.kind == Token::Kind::kName) {
      block.labels.push_back(token_.text);
      block.label_ranges.push_back(token_.range);
      block.header_range.end = token_.range.end;
      Advance();
    }
    if (!token_.Is("{")) {
      if (AtLineEnd() || block.labels.empty()) {
        Fail(token_.range, "Invalid block definition",
             "A block definition must have block content delimited by \"{\" and \"}\", starting on "
             "the same line as "
             "the block header.");
      } else {
        Fail(token_.range, "Invalid block definition",
             "Either a quoted string block label or an opening brace (\"{\") is expected here.");
      }
      return;
    }
    const Range open{token_.range.start, token_.range.start};
    Advance();
    block.body.push_back(token_.kind == Token::Kind::kNewline ? Lines(true) : OneLine());
    block.body.back().open = open;
    if (!Good()) return;
    Advance();
    body.blocks.push_back(std::move(block));
  }

  Body OneLine() {
    Body body;
    if (!token_.Is("}")) {
      Item(body);
      if (Good() && !token_.Is("}")) {
        Fail(token_.range, "Invalid single-argument block definition",
             "A single-line block definition must end with a closing brace immediately after its "
             "single argument "
             "definition.");
      }
      if (Good() && !body.blocks.empty()) {
        Fail(body.blocks[0].type_range, "Invalid single-argument block definition",
             "A single-line block definition can contain only a single argument. If you want to "
             "define multiple "
             "arguments, use argument syntax.");
      }
    }
    return body;
  }

  Value Literal(Value::Kind kind, std::string text = {}) {
    Value value;
    value.kind = kind;
    value.text = std::move(text);
    value.range = token_.range;
    Advance();
    return value;
  }

  Value ReadValue(int depth) {
    if (depth > kDeepest) Fail(token_.range, "Not flat", "Values are nested too deeply.");
    if (!Good()) return {};
    switch (token_.kind) {
      case Token::Kind::kString:
        return Literal(Value::Kind::kString, token_.text);
      case Token::Kind::kNumber:
        return Literal(Value::Kind::kNumber, token_.text);
      case Token::Kind::kName:
        return Word();
      default:
        break;
    }
    if (token_.Is("[")) return List(depth);
    if (token_.Is("{")) return Object(depth);
    if (token_.Is("(")) return Parenthesised(depth);
    if (token_.Is("-")) return Negative();
    if (token_.Is("!")) {
      Fail(token_.range, "Not flat", "An expression must have been evaluated by the client.");
    } else {
      Fail(token_.range, "Invalid expression",
           "Expected the start of an expression, but found an invalid expression token.");
    }
    return {};
  }

  Value Negative() {
    const Range minus = token_.range;
    Advance();
    if (token_.kind != Token::Kind::kNumber) {
      Fail(minus, "Not flat", "An expression must have been evaluated by the client.");
      return {};
    }
    Value value = Literal(Value::Kind::kNumber, "-" + token_.text);
    value.range.start = minus.start;
    return value;
  }

  Value Word() {
    const Token name = token_;
    if (name.text == "null") return Literal(Value::Kind::kNull);
    if (name.text == "true" || name.text == "false") {
      Value value = Literal(Value::Kind::kBool);
      value.flag = name.text == "true";
      return value;
    }
    Advance();
    if (!token_.Is("(")) {
      Fail(name.range, "Not flat",
           "The reference \"" + name.text + "\" must have been resolved by the client.");
      return {};
    }
    const Range call{name.range.start, token_.range.end};
    if (std::find(kFileFunctions.begin(), kFileFunctions.end(), name.text) ==
        kFileFunctions.end()) {
      Fail(call, "Not flat",
           "The call of \"" + name.text + "\" must have been evaluated by the client.");
      return {};
    }
    Fail(call, "Error in function call",
         "Call to function \"" + name.text + "\" failed: filesystem function disabled.");
    faults_.push_back({call, "Unsuitable value type", "Unsuitable value: value must be known"});
    return {};
  }

  Value Parenthesised(int depth) {
    const Position start = token_.range.start;
    Advance();
    SkipNewlines();
    Value value = ReadValue(depth + 1);
    SkipNewlines();
    if (Good() && !token_.Is(")")) {
      Fail(token_.range, "Unbalanced parentheses",
           "Expected a closing parenthesis to terminate the expression.");
    }
    value.is_constructor = false;
    value.range = {start, token_.range.end};
    Advance();
    return value;
  }

  Value List(int depth) {
    Value value;
    value.kind = Value::Kind::kList;
    value.range = token_.range;
    Advance();
    while (Good()) {
      SkipNewlines();
      if (token_.Is("]")) break;
      value.items.push_back(ReadValue(depth + 1));
      SkipNewlines();
      if (token_.Is(",")) {
        Advance();
      } else if (!token_.Is("]")) {
        Fail(token_.range, "Missing item separator",
             "Expected a comma to mark the beginning of the next item.");
      }
    }
    value.range.end = token_.range.end;
    Advance();
    return value;
  }

  bool Key(std::string& key) {
    const bool good = token_.kind == Token::Kind::kName || token_.kind == Token::Kind::kString ||
                      token_.kind == Token::Kind::kNumber;
    if (good && token_.kind == Token::Kind::kName && token_.text == "for") {
      Fail(token_.range, "Not flat", "A for-expression must have been evaluated by the client.");
      return false;
    }
    if (!good)
      Fail(token_.range, "Not flat", "The key of an object must be a name or a quoted string.");
    key = token_.text;
    Advance();
    return good;
  }

  Value Object(int depth) {
    Value value;
    value.kind = Value::Kind::kObject;
    value.is_constructor = true;
    value.range = token_.range;
    Advance();
    while (Good()) {
      SkipNewlines();
      if (token_.Is("}")) break;
      std::string key;
      if (!Key(key)) break;
      if (!token_.Is("=") && !token_.Is(":")) {
        Fail(token_.range, "Missing key/value separator",
             "Expected an equals sign (\"=\") to mark the beginning of the attribute value.");
        break;
      }
      Advance();
      SkipNewlines();
      SetMember(value, key, ReadValue(depth + 1));
      if (token_.Is(",")) {
        Advance();
      } else if (token_.kind != Token::Kind::kNewline && !token_.Is("}")) {
        Fail(token_.range, "Missing attribute separator",
             "Expected a newline or comma to mark the beginning of the next attribute.");
      }
    }
    value.range.end = token_.range.end;
    Advance();
    return value;
  }

  // The last of several members with one name counts.
  static void SetMember(Value& object, const std::string& key, Value value) {
    const auto known = std::find_if(object.members.begin(), object.members.end(),
                                    [&key](const auto& member) { return member.name == key; });
    if (known != object.members.end()) {
      known->value = std::move(value);
    } else {
      object.members.push_back({key, std::move(value)});
    }
  }

  FlatLexer lexer_;
  SpecFaults& faults_;
  Token token_;
  Token previous_;
};

}  // namespace

Body ParseFlatHcl(std::string_view source, SpecFaults& faults) {
  return Parser(source, faults).File();
}

}  // namespace nmgr::fake
