// The bodies of parser.h: attributes and blocks.
#include <fmt/format.h>

#include <unordered_map>

#include "hcl/syntax/parser.h"

namespace nmgr::hcl {

// Few are found faster by looking at each; only large bodies get a table.
class Parser::Names {
 public:
  const Attribute* FindOrAdd(std::span<const BodyItem> items, const Attribute* attribute) {
    if (table_.empty()) {
      for (const BodyItem& item : items) {
        if (item.attribute != nullptr && item.attribute->name == attribute->name) {
          return item.attribute;
        }
      }
      if (++count_ > kFew) {
        for (const BodyItem& item : items) {
          if (item.attribute != nullptr) table_.emplace(item.attribute->name, item.attribute);
        }
        table_.emplace(attribute->name, attribute);
      }
      return nullptr;
    }
    const auto [found, added] = table_.emplace(attribute->name, attribute);
    return added ? nullptr : found->second;
  }

 private:
  static constexpr int kFew = 16;
  int count_ = 0;
  std::unordered_map<std::string_view, const Attribute*> table_;
};

const Body* Parser::EmptyBody(Span span) {
  return memory_.arena.New(Body{span, {}, {span.end, span.end}});
}

// Up to and with `end`; the brace before it has been read.
const Body* Parser::ParseBody(TokenKind end) {
  const Level level(*this);
  const LineEnds matter(*this, true);
  const Span start = previous_->span();
  Scratch<BodyItem> items(body_items_);
  Names names;
  Span end_span;
  for (;;) {
    const Token& next = Peek();
    if (next.kind == TokenKind::kNewline) {
      Read();
    } else if (next.kind == TokenKind::kIdentifier) {
      ParseItem(items, names);
    } else if (next.kind == end) {
      end_span = Read().span();
      break;
    } else {
      Read();
      if (!recovery_) {
        if (next.kind == TokenKind::kString || next.kind == TokenKind::kOpenQuote) {
          Error(StartOf(next), "Invalid argument name",
                "Argument names are written without quotes.");
        } else if (next.kind == TokenKind::kEof) {
          Error(
              start, "Unclosed configuration block",
              "No closing brace for this block follows before the end of the file. A brace may be "
              "missing or too many elsewhere in the file.");
        } else {
          Error(StartOf(next), "Argument or block definition required",
                "An argument or block must start here, with its name.");
        }
      }
      end_span = previous_->span();
      RecoverTo(end);
      break;
    }
  }
  return memory_.arena.New(Body{{start.begin, std::max(start.begin, end_span.end)},
                                memory_.arena.Copy(std::span<const BodyItem>(items.items())),
                                end_span});
}

bool Parser::ParseItem(Scratch<BodyItem>& items, Names& names) {
  const Token& name = Read();
  switch (Peek().kind) {
    case TokenKind::kAssign: {
      const Attribute* attribute = ParseAttribute(name, false);
      const Attribute* first = names.FindOrAdd(items.items(), attribute);
      if (first == nullptr) {
        items.Push({attribute, nullptr});
        return true;
      }
      Error(attribute->name_span, "Attribute redefined",
            fmt::format(
                "The argument \"{}\" was already set at {}. Each argument can be set only once.",
                attribute->name, Describe(first->name_span)));
      return false;
    }
    case TokenKind::kString:
    case TokenKind::kOpenQuote:
    case TokenKind::kOpenBrace:
    case TokenKind::kIdentifier:
      items.Push({nullptr, ParseBlock(name)});
      return true;
    default:
      RecoverAfterItem();
      Error(
          name.span(), "Argument or block definition required",
          "An argument or block must start here. To set an argument, put \"=\" and its value after "
          "the name.");
      return false;
  }
}

// At "=". The line end after the value is read too, except in a one-line block.
const Attribute* Parser::ParseAttribute(const Token& name, bool one_line) {
  const Token& equals = Read();
  const std::uint64_t errors = errors_;
  const Expr* expr = ParseExpression();
  const std::uint32_t end = previous_->end;
  if (FailedSince(errors)) {
    RecoverAfterItem();
  } else if (!one_line) {
    const Token& next = Peek();
    if (next.kind == TokenKind::kNewline || next.kind == TokenKind::kEof) {
      Read();
    } else {
      if (!recovery_) {
        const bool comma = next.kind == TokenKind::kComma;
        const Span at = StartOf(next);
        Error(at, comma ? "Unexpected comma after argument" : "Missing newline after argument",
              comma ? "Arguments are separated by line ends, not commas."
                    : "An argument must end with its line.",
              Span{name.begin, at.end});
      }
      RecoverAfterItem();
    }
  }
  return memory_.arena.New(
      Attribute{TextOf(name), name.span(), equals.span(), {name.begin, end}, expr});
}

const Block* Parser::ParseBlock(const Token& type) {
  Scratch<Label> labels(labels_);
  const std::string_view type_name = TextOf(type);
  const Span type_span = type.span();
  if (!ParseLabels(type, labels)) {
    RecoverAfterItem();
    return memory_.arena.New(Block{type_name, type_span,
                                   memory_.arena.Copy(std::span<const Label>(labels.items())),
                                   type_span, type_span, EmptyBody(type_span)});
  }
  const Token& open = Read();
  const Body* body = ParseBlockBody(type, open);
  const Span close = previous_->span();
  const Token& next = Peek();
  if (next.kind == TokenKind::kNewline || next.kind == TokenKind::kEof) {
    Read();
  } else {
    if (!recovery_) {
      const Span at = StartOf(next);
      Error(at, "Missing newline after block definition", "A block must end with its line.",
            Span{type.begin, at.end});
    }
    RecoverAfterItem();
  }
  if (body == nullptr) body = EmptyBody({open.begin, std::max(open.end, close.end)});
  return memory_.arena.New(Block{type_name, type_span,
                                 memory_.arena.Copy(std::span<const Label>(labels.items())),
                                 open.span(), close, body});
}

// Up to the opening brace. False, with an error, where something else comes.
bool Parser::ParseLabels(const Token& type, Scratch<Label>& labels) {
  for (;;) {
    const Token& next = Peek();
    switch (next.kind) {
      case TokenKind::kOpenBrace:
        return true;
      case TokenKind::kString:
      case TokenKind::kOpenQuote:
        labels.Push(ParseLabel());
        break;
      case TokenKind::kIdentifier:
        Read();
        labels.Push({TextOf(next), next.span()});
        break;
      default:
        ReportBadHeader(type, next);
        return false;
    }
  }
}

void Parser::ReportBadHeader(const Token& type, const Token& next) {
  const char* detail = "Expected \"{\", or a label of the block in quotes.";
  if (next.kind == TokenKind::kAssign) {
    detail = "An equals sign sets an argument and has no place in the first line of a block.";
  } else if (next.kind == TokenKind::kNewline) {
    detail =
        "The content of a block stands between \"{\" and \"}\", and the \"{\" on the line of the "
        "block's "
        "name.";
  } else if (recovery_) {
    return;
  }
  const Span at = StartOf(next);
  Error(at, "Invalid block definition", detail, Span{type.begin, at.end});
}

Label Parser::ParseLabel() {
  const Token& token = Read();
  if (token.kind != TokenKind::kString) return ParseBadLabel(token);
  const Span content{token.begin + 1, token.end - 1};
  if (!token.escaped) return {Text(content), token.span()};
  return {memory_.arena.Copy(std::string_view(Unescape(content))), token.span()};
}

// A quoted label that is not plain text: "${...}" inside, or no end.
Label Parser::ParseBadLabel(const Token& open) {
  std::string text;
  for (;;) {
    const Token& token = Read();
    const Span seen{open.begin, token.end};
    switch (token.kind) {
      case TokenKind::kCloseQuote:
        return {memory_.arena.Copy(std::string_view(text)), seen};
      case TokenKind::kQuotedLiteral:
        text += token.escaped ? Unescape(token.span()) : std::string(TextOf(token));
        break;
      case TokenKind::kInterpolation:
      case TokenKind::kDirective: {
        const char sign = token.kind == TokenKind::kInterpolation ? '$' : '%';
        Error(token.span(), "Invalid string literal",
              fmt::format("A label must be plain text. For a literal \"{0}{{\" write \"{0}{0}{{\".",
                          sign),
              seen);
        text += sign;
        text += "{ ... }";
        RecoverTo(TokenKind::kSequenceEnd);
        break;
      }
      case TokenKind::kEof:
        Error(token.span(), "Unterminated string literal",
              "The closing quote is missing before the end of the file.", seen);
        return {memory_.arena.Copy(std::string_view(text)), seen};
      default:
        Error(token.span(), "Invalid string literal", "This cannot be part of a quoted label.",
              seen);
        RecoverTo(TokenKind::kCloseQuote);
        return {memory_.arena.Copy(std::string_view(text)), seen};
    }
  }
}

// After "{", up to and with "}". Null where there is nothing to show for it.
const Body* Parser::ParseBlockBody(const Token& type, const Token& open) {
  const TokenKind next = Peek().kind;
  if (next == TokenKind::kNewline || next == TokenKind::kEof || next == TokenKind::kCloseBrace) {
    return ParseBody(TokenKind::kCloseBrace);
  }
  // What is wrong with the line as a whole is said before what is wrong in the value.
  Diagnostics inner;
  Diagnostics* const outer = diagnostics_;
  diagnostics_ = &inner;
  const Body* body = ParseOneLineBody();
  diagnostics_ = outer;
  CloseOneLineBody(type, open);
  diagnostics_->Append(std::move(inner));
  return body;
}

const Body* Parser::ParseOneLineBody() {
  const Token& name = Read();
  const auto fail = [&](Span subject, std::string summary, std::string detail) {
    RecoverAfterItem();
    Error(subject, std::move(summary), std::move(detail));
    return nullptr;
  };
  if (name.kind != TokenKind::kIdentifier) {
    return fail(StartOf(name), "Argument or block definition required",
                "An argument must start here, with its name.");
  }
  const Token& next = Peek();
  switch (next.kind) {
    case TokenKind::kAssign: {
      const Attribute* attribute = ParseAttribute(name, true);
      const BodyItem item{attribute, nullptr};
      const std::uint32_t end = attribute->span.end;
      return memory_.arena.New(Body{
          attribute->span, memory_.arena.Copy(std::span<const BodyItem>(&item, 1)), {end, end}});
    }
    case TokenKind::kString:
    case TokenKind::kOpenQuote:
    case TokenKind::kOpenBrace:
    case TokenKind::kIdentifier:
      return fail(
          {name.begin, StartOf(next).end}, "Argument definition required",
          fmt::format("A block on one line can hold only a single argument. To set the argument "
                      "\"{}\", put \"=\" after its name; a block inside another must start on a "
                      "line of its own.",
                      TextOf(name)));
    default:
      return fail(name.span(), "Argument or block definition required",
                  "An argument must start here. Put \"=\" and its value after the name.");
  }
}

void Parser::CloseOneLineBody(const Token& type, const Token& open) {
  const Token& next = Peek();
  const Span at = StartOf(next);
  constexpr const char* kSummary = "Invalid single-argument block definition";
  switch (next.kind) {
    case TokenKind::kCloseBrace:
      Read();
      return;
    case TokenKind::kComma:
      Error(
          at, kSummary,
          "A block on one line can hold only one argument. Write several arguments each on a line "
          "of its own.");
      break;
    case TokenKind::kNewline:
      Error(at, kSummary,
            "A block with an argument on its first line must be closed on that line. Put the \"}\" "
            "right after the argument, or the argument on a line of its own.");
      break;
    case TokenKind::kEof:
      if (!recovery_) {
        Error(open.span(), "Unclosed configuration block",
              "No closing brace for this block follows before the end of the file. A brace may be "
              "missing or too many elsewhere in the file.",
              Span{type.begin, open.end});
      }
      break;
    default:
      if (!recovery_) {
        Error(at, kSummary, "A block on one line must be closed right after its single argument.");
      }
  }
  RecoverTo(TokenKind::kCloseBrace);
}

Span Block::HeaderSpan() const {
  return {type_span.begin, labels.empty() ? type_span.end : labels.back().span.end};
}

}  // namespace nmgr::hcl
