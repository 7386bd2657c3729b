// Tuples, objects, and for-expressions.
#include "hcl/syntax/parser.h"

namespace nmgr::hcl {

const Expr* Parser::ParseTuple() {
  const Token& open = Read();
  const LineEnds ignored(*this, false);
  if (IsWord(Peek(), "for")) return ParseFor(open);
  Scratch<const Expr*> items(exprs_);
  const Token* close = nullptr;
  while (close == nullptr) {
    if (PeekIs(TokenKind::kCloseBracket)) {
      close = &Read();
      break;
    }
    const std::uint64_t errors = errors_;
    items.Push(ParseExpression());
    if (FailedSince(errors)) {
      close = &RecoverTo(TokenKind::kCloseBracket);
      break;
    }
    const Token& next = Peek();
    if (next.kind == TokenKind::kComma) {
      Read();
    } else if (next.kind == TokenKind::kCloseBracket) {
      close = &Read();
    } else {
      if (!recovery_) {
        if (next.kind == TokenKind::kEof) {
          Error(open.span(), "Unterminated tuple constructor expression",
                "No closing bracket for this list follows before the end of the file. A bracket "
                "may be "
                "missing or too many elsewhere in the file.");
        } else {
          const Span at = StartOf(next);
          Error(at, "Missing item separator", "The items of a list are separated by commas.",
                Span{open.begin, at.end});
        }
      }
      close = &RecoverTo(TokenKind::kCloseBracket);
    }
  }
  return Make(TupleExpr{{ExprKind::kTuple, HighestOf(items.items()), {open.begin, close->end}},
                        open.span(),
                        memory_.arena.Copy(std::span<const Expr* const>(items.items()))},
              {});
}

const Expr* Parser::ParseObject() {
  const Token& open = Read();
  // Line ends matter in an object but not before or in a for-expression.
  if (IsWord(PeekPastLineEnds(), "for")) {
    const LineEnds ignored(*this, false);
    return ParseFor(open);
  }
  const LineEnds matter(*this, true);
  Scratch<ObjectItem> items(object_items_);
  const Span close = ParseObjectItems(open, items);
  std::uint16_t height = 0;
  for (const ObjectItem& item : items.items()) {
    height = std::max({height, item.key->height, item.value->height});
  }
  return Make(ObjectExpr{{ExprKind::kObject, height, {open.begin, close.end}},
                         open.span(),
                         memory_.arena.Copy(std::span<const ObjectItem>(items.items()))},
              {});
}

// Up to and with "}", whose place it returns.
Span Parser::ParseObjectItems(const Token& open, Scratch<ObjectItem>& items) {
  for (;;) {
    const Token& next = Peek();
    if (next.kind == TokenKind::kNewline) {
      Read();
      continue;
    }
    if (next.kind == TokenKind::kCloseBrace) return Read().span();
    if (!ParseObjectItem(open, items)) return RecoverTo(TokenKind::kCloseBrace).span();

    const Token& after = Peek();
    if (after.kind == TokenKind::kCloseBrace) return Read().span();
    if (after.kind != TokenKind::kComma && after.kind != TokenKind::kNewline) {
      if (!recovery_) {
        const Span at = StartOf(after);
        if (after.kind == TokenKind::kEof) {
          ReportOpenObject(open);
        } else {
          Error(at, "Missing attribute separator",
                "The attributes of an object are separated by line ends or commas.",
                Span{open.begin, at.end});
        }
      }
      return RecoverTo(TokenKind::kCloseBrace).span();
    }
    Read();
  }
}

void Parser::ReportOpenObject(const Token& open) {
  Error(open.span(), "Unterminated object constructor expression",
        "No closing brace for this object follows before the end of the file. A brace may be "
        "missing or "
        "too many elsewhere in the file.");
}

bool Parser::ParseObjectItem(const Token& open, Scratch<ObjectItem>& items) {
  const bool in_parentheses = PeekIs(TokenKind::kOpenParen);
  std::uint64_t errors = errors_;
  const Expr* key = ParseExpression();
  if (FailedSince(errors)) return false;

  const Token& next = Peek();
  if (next.kind != TokenKind::kAssign && next.kind != TokenKind::kColon) {
    if (recovery_) return false;
    const Span at = StartOf(next);
    const Span context{open.begin, at.end};
    if (next.kind == TokenKind::kEof) {
      ReportOpenObject(open);
    } else if (next.kind == TokenKind::kNewline || next.kind == TokenKind::kComma) {
      Error(at, "Missing attribute value", "\"=\" and a value must follow the attribute's name.",
            context);
    } else if (next.kind == TokenKind::kIdentifier) {
      Error(at, "Missing key/value separator",
            "\"=\" and a value must follow the attribute's name. A name with dots or blanks in it "
            "must be "
            "written in quotes.",
            context);
    } else {
      Error(at, "Missing key/value separator",
            "\"=\" and a value must follow the attribute's name.", context);
    }
    return false;
  }
  Read();
  errors = errors_;
  const Expr* value = ParseExpression();
  if (FailedSince(errors)) return false;
  items.Push(MakeObjectItem(key, in_parentheses));
  items.back().value = value;
  return true;
}

// A bare word is a name; the parser has taken it for a reference or a keyword.
ObjectItem Parser::MakeObjectItem(const Expr* key, bool in_parentheses) {
  ObjectItem item{key, nullptr, false, false};
  if (in_parentheses) return item;
  if (key->kind == ExprKind::kTraversal) {
    item.ambiguous_key = !As<TraversalExpr>(*key).steps.empty();
    item.bare_key = !item.ambiguous_key;
  } else if (key->kind == ExprKind::kLiteral) {
    const Value& value = As<LiteralExpr>(*key).value;
    item.bare_key = value.kind() == Kind::kBool || (value.is_null() && value.is_known());
  }
  if (item.bare_key) item.key = Literal(key->span, Value::Of(Text(key->span)));
  return item;
}

// "[" or "{" has been read, "for" comes next, line ends mean nothing.
const Expr* Parser::ParseFor(const Token& open) {
  const bool object = open.kind == TokenKind::kOpenBrace;
  const TokenKind closer = object ? TokenKind::kCloseBrace : TokenKind::kCloseBracket;
  Read();
  ForExpr loop{};
  loop.kind = ExprKind::kFor;
  loop.open_span = open.span();
  Span ellipsis;
  const char* problem = nullptr;
  if (!ParseForNames(loop.key_name, loop.value_name, problem) ||
      !ParseForClauses(loop, ellipsis, problem)) {
    if (problem != nullptr && !recovery_) {
      const Span at = StartOf(Peek());
      Error(at, "Invalid 'for' expression", problem, Span{open.begin, at.end});
    }
    const Token& close = RecoverTo(closer);
    return Invalid({open.begin, close.end});
  }
  const Token* close = nullptr;
  if (PeekIs(closer)) {
    close = &Read();
  } else {
    if (!recovery_) {
      const Span at = StartOf(Peek());
      Error(at, "Invalid 'for' expression",
            object ? "The expression is complete here; \"}\" must follow."
                   : "The expression is complete here; \"]\" must follow.",
            Span{open.begin, at.end});
    }
    close = &RecoverTo(closer);
  }
  loop.close_span = close->span();
  loop.span = {open.begin, close->end};
  CheckFor(loop, ellipsis);
  if (object && loop.key == nullptr) return Invalid(loop.span);
  return Make(loop, {loop.collection, loop.key, loop.value, loop.condition});
}

// "v in" or "k, v in". On failure says what had to come instead of the next token.
bool Parser::ParseForNames(std::string_view& key_name, std::string_view& value_name,
                           const char*& problem) {
  problem = "The name of a variable must follow \"for\".";
  if (!PeekIs(TokenKind::kIdentifier)) return false;
  value_name = TextOf(Read());
  if (PeekIs(TokenKind::kComma)) {
    Read();
    problem = "The name of a second variable, for the value, must follow the comma.";
    if (!PeekIs(TokenKind::kIdentifier)) return false;
    key_name = value_name;
    value_name = TextOf(Read());
  }
  problem = "The word \"in\" must follow the names of the variables.";
  if (!IsWord(Peek(), "in")) return false;
  Read();
  problem = nullptr;
  return true;
}

bool Parser::ParseForClauses(ForExpr& loop, Span& ellipsis, const char*& problem) {
  std::uint64_t errors = errors_;
  loop.collection = ParseExpression();
  if (FailedSince(errors)) return false;
  if (!PeekIs(TokenKind::kColon)) {
    problem = "A colon must follow the collection.";
    return false;
  }
  Read();
  errors = errors_;
  loop.value = ParseExpression();
  if (PeekIs(TokenKind::kFatArrow)) {
    Read();
    loop.key = loop.value;
    loop.value = ParseExpression();
  }
  if (FailedSince(errors)) return false;
  if (PeekIs(TokenKind::kEllipsis)) {
    ellipsis = Read().span();
    loop.group = true;
  }
  if (!IsWord(Peek(), "if")) return true;
  Read();
  errors = errors_;
  loop.condition = ParseExpression();
  return !FailedSince(errors);
}

void Parser::CheckFor(const ForExpr& loop, Span ellipsis) {
  constexpr const char* kSummary = "Invalid 'for' expression";
  const bool object = Text(loop.open_span) == "{";
  if (object && loop.key == nullptr) {
    Error(
        loop.value->span, kSummary,
        "An object needs a key for each value: {for ... : KEY => VALUE}. For a list use brackets.",
        loop.span);
  }
  if (object) return;
  if (loop.key != nullptr) {
    Error(loop.key->span, kSummary, "A list has no keys. For an object use braces.", loop.span);
  }
  if (loop.group) {
    Error(ellipsis, kSummary, "Grouping with \"...\" is for objects only.", loop.span);
  }
}

}  // namespace nmgr::hcl
