// Templates from tokens to parts: literal text with strip markers and heredoc indentation applied,
// expressions, directives.
#include <fmt/format.h>

#include "hcl/syntax/parser.h"
#include "nmgr/base/text.h"
#include "nmgr/hcl/value/unicode.h"

namespace nmgr::hcl {
namespace {

// Where the last line of the text starts; a line end belongs to its line.
std::size_t LastLine(std::string_view text) {
  if (text.size() < 2) return 0;
  return text.rfind('\n', text.size() - 2) + 1;
}

// How much of a line a marker behind it leaves alone. Nomad's scanner ends a literal before the
// line end where a '$' or '%' and one byte precede it, and a marker trims one literal.
std::size_t KeptBeforeLineEnd(std::string_view line) {
  if (!line.ends_with('\n')) return 0;
  const auto is_sign = [line](std::size_t before_end) {
    if (before_end > line.size()) return false;
    const char c = line[line.size() - before_end];
    return c == '$' || c == '%';
  };
  if (line.ends_with("\r\n") && is_sign(4)) return line.size() - 2;
  return is_sign(3) ? line.size() - 1 : 0;
}

bool StripsAfter(std::string_view close) { return close.size() == 2; }
bool StripsBefore(std::string_view open) { return open.size() == 3; }

}  // namespace

const Expr* Parser::ParsePlainString(const Token& token) {
  const Span content{token.begin + 1, token.end - 1};
  return Literal(token.span(),
                 token.escaped ? Value::Of(Unescape(content)) : Value::Of(Text(content)));
}

const Expr* Parser::ParsePlainHeredoc(const Token& token) {
  const std::string_view text = TextOf(token);
  const std::size_t first = text.find('\n') + 1;
  const std::size_t last = text.rfind('\n') + 1;
  const Span content{token.begin + ToOffset(first), token.begin + ToOffset(last)};
  const bool flush = text[2] == '-';
  if (!flush) {
    TemplatePart part{TemplatePart::Kind::kLiteral, token.escaped, content, Text(content)};
    return Literal(token.span(), LiteralValue(part));
  }
  Parts parts;
  AddPlainPieces(parts, TemplateForm::kFlushHeredoc, content, Text(content), token.escaped);
  return FinishTemplate(parts, TemplateForm::kFlushHeredoc, token.span());
}

// A quoted template or heredoc in pieces.
const Expr* Parser::ParseString() {
  const Token& open = Read();
  TemplateForm form = TemplateForm::kQuoted;
  if (open.kind == TokenKind::kOpenHeredoc) {
    form = TextOf(open)[2] == '-' ? TemplateForm::kFlushHeredoc : TemplateForm::kHeredoc;
  }
  Parts parts;
  ParseParts(parts, form);
  return FinishTemplate(parts, form, {open.begin, previous_->end});
}

const Expr* Parser::ParseWholeTemplate() {
  Parts parts;
  const Span span = ParseParts(parts, TemplateForm::kBare);
  return FinishTemplate(parts, TemplateForm::kBare, span);
}

const Expr* Parser::FinishTemplate(Parts& parts, TemplateForm form, Span span) {
  if (form == TemplateForm::kFlushHeredoc) Flush(parts);
  Meld(parts);
  if (parts.empty()) return Literal(span, Value::Of(std::string_view()));
  if (parts.size() == 1) {
    const TemplatePart& only = parts.front();
    if (only.kind == TemplatePart::Kind::kLiteral) return Literal(span, LiteralValue(only));
    if (only.kind == TemplatePart::Kind::kExpr) {
      return Make(TemplateWrapExpr{{ExprKind::kTemplateWrap, 0, span}, only.expr}, {only.expr});
    }
  }
  parts.push_back({TemplatePart::Kind::kEnd, false, previous_->span()});
  return BuildTemplate(parts, span);
}

Value Parser::LiteralValue(const TemplatePart& part) {
  return part.escaped ? Value::Of(UnescapeSequences(part.text)) : Value::Of(part.text);
}

// Up to and with the end of the template.
Span Parser::ParseParts(Parts& parts, TemplateForm form) {
  const LineEnds matter(*this, true);
  const TokenKind end = form == TemplateForm::kQuoted ? TokenKind::kCloseQuote
                        : form == TemplateForm::kBare ? TokenKind::kEof
                                                      : TokenKind::kCloseHeredoc;
  const Token& first = Peek();
  bool strip = false;
  for (;;) {
    const Token& next = Read();
    if (next.kind == end) break;
    const bool strip_this = strip;
    strip = false;
    if (next.kind == TokenKind::kQuotedLiteral || next.kind == TokenKind::kPlainLiteral) {
      ParseLiteralPart(parts, form, next, strip_this);
    } else if (next.kind == TokenKind::kInterpolation) {
      StripBefore(parts, form, next);
      const LineEnds ignored(*this, false);
      const Expr* expr = ParseExpression();
      const std::uint32_t close = Peek().end;
      strip = CloseSequence(first, form, {});
      parts.push_back({TemplatePart::Kind::kExpr, false, {next.begin, close}, {}, expr});
    } else if (next.kind == TokenKind::kDirective) {
      StripBefore(parts, form, next);
      const LineEnds ignored(*this, false);
      const std::string_view keyword = TextOf(Peek());
      strip = ParseDirective(parts, next) && CloseSequence(first, form, keyword);
    } else {
      if (!recovery_) {
        const Span at = StartOf(next);
        Error(at, "Unterminated template string",
              next.kind == TokenKind::kEof && form != TemplateForm::kQuoted
                  ? "The line that closes the heredoc is missing: its marker, alone on a line that "
                    "ends "
                    "with a line end."
                  : "The end of the string is missing.",
              Span{first.begin, at.end});
      }
      RecoverTo(end);
      break;
    }
  }
  return {first.begin, previous_->end};
}

void Parser::ParseLiteralPart(Parts& parts, TemplateForm form, const Token& token, bool strip) {
  if (token.kind == TokenKind::kQuotedLiteral) {
    std::string_view text = TextOf(token);
    if (token.escaped) text = memory_.arena.Copy(std::string_view(Unescape(token.span())));
    if (strip) text = TrimSpaceLeft(text);
    parts.push_back({TemplatePart::Kind::kLiteral, false, token.span(), text});
    return;
  }
  const std::string_view text = TextOf(token);
  if (!strip) {
    AddPlainPieces(parts, form, token.span(), text, token.escaped);
    return;
  }
  const std::size_t newline = text.find('\n');
  const std::size_t line = newline == std::string_view::npos ? text.size() : newline + 1;
  const std::string_view rest_of_line = TrimSpaceLeft(text.substr(0, line));
  const Span line_span{token.begin, token.begin + ToOffset(line)};
  parts.push_back({TemplatePart::Kind::kLiteral, token.escaped, line_span, rest_of_line});
  if (line != text.size()) {
    AddPlainPieces(parts, form, {line_span.end, token.end}, text.substr(line), token.escaped);
  }
}

// Heredocs are cut into lines where that matters.
void Parser::AddPlainPieces(Parts& parts, TemplateForm form, Span span, std::string_view text,
                            bool escaped) {
  if (form != TemplateForm::kFlushHeredoc) {
    parts.push_back({TemplatePart::Kind::kLiteral, escaped, span, text});
    return;
  }
  for (std::uint32_t begin = span.begin; !text.empty();) {
    const std::size_t newline = text.find('\n');
    const std::size_t size = newline == std::string_view::npos ? text.size() : newline + 1;
    const std::uint32_t end = begin + ToOffset(size);
    parts.push_back({TemplatePart::Kind::kLiteral, escaped, {begin, end}, text.substr(0, size)});
    text.remove_prefix(size);
    begin = end;
  }
}

// "${~" takes the blanks at the end of the literal right before it, but of no more than one line
// where literals are lines.
void Parser::StripBefore(Parts& parts, TemplateForm form, const Token& open) {
  if (!StripsBefore(TextOf(open)) || parts.empty()) return;
  TemplatePart& before = parts.back();
  if (before.kind != TemplatePart::Kind::kLiteral) return;
  std::size_t kept = 0;
  if (form != TemplateForm::kQuoted) {
    kept = LastLine(before.text);
    kept += KeptBeforeLineEnd(before.text.substr(kept));
  }
  const std::size_t left = TrimSpaceRight(before.text.substr(kept)).size();
  before.text = before.text.substr(0, kept + left);
}

// Returns whether the sequence ends with "~}". `keyword` of a directive, empty for an
// interpolation.
bool Parser::CloseSequence(const Token& first, TemplateForm form, std::string_view keyword) {
  const Token& close = Peek();
  if (close.kind == TokenKind::kSequenceEnd) {
    Read();
    return StripsAfter(TextOf(close));
  }
  if (!recovery_) {
    const Span at = StartOf(close);
    const Span context{first.begin, at.end};
    const bool quote = close.kind == TokenKind::kCloseQuote ||
                       close.kind == TokenKind::kOpenQuote || close.kind == TokenKind::kString;
    if (!keyword.empty()) {
      Error(at, fmt::format("Extra characters in {} marker", keyword),
            "The directive is complete here; \"}\" must follow.", context);
    } else if (close.kind == TokenKind::kEof || (quote && form == TemplateForm::kQuoted)) {
      Error(StartOf(first), "Unclosed template interpolation sequence",
            fmt::format(
                "No closing brace for an interpolation follows before the end of the {}. A brace "
                "or quote may be missing in it; for a literal \"${{\" write \"$${{\".",
                close.kind == TokenKind::kEof ? "file" : "string"));
    } else {
      Error(at, "Extra characters after interpolation expression",
            "The expression is complete here; \"}\" must follow. If this belongs to another "
            "language, "
            "such as a shell's \"${NAME:-default}\", write \"$${\" for its \"${\".",
            context);
    }
  }
  RecoverTo(TokenKind::kSequenceEnd);
  return false;
}

// What is between "%{" and "}". False where it makes no sense; it has been passed then.
bool Parser::ParseDirective(Parts& parts, const Token& open) {
  const Token& keyword = Peek();
  const auto fail = [&](std::string summary, std::string detail) {
    if (!recovery_) {
      const Span at = StartOf(keyword);
      Error(at, std::move(summary), std::move(detail), Span{open.begin, at.end});
    }
    RecoverTo(TokenKind::kSequenceEnd);
    return false;
  };
  if (keyword.kind != TokenKind::kIdentifier) {
    return fail(
        "Invalid template directive",
        "\"if\", \"else\", \"endif\", \"for\" or \"endfor\" must follow \"%{\". For a literal "
        "\"%{\" write \"%%{\".");
  }
  Read();
  const std::string_view word = TextOf(keyword);
  const auto add = [&](TemplatePart::Kind kind, const Expr* expr) {
    parts.push_back({kind, false, {open.begin, Peek().end}, {}, expr});
    return true;
  };
  if (word == "if") return add(TemplatePart::Kind::kIf, ParseExpression());
  if (word == "else") return add(TemplatePart::Kind::kElse, nullptr);
  if (word == "endif") return add(TemplatePart::Kind::kEndIf, nullptr);
  if (word == "for") return ParseForDirective(parts, open);
  if (word == "endfor") return add(TemplatePart::Kind::kEndFor, nullptr);
  return fail("Invalid template control keyword",
              fmt::format("\"{}\" is not a directive.{} For a literal \"%{{\" write \"%%{{\".",
                          word, DidYouMean(word, {"if", "else", "endif", "for", "endfor"})));
}

bool Parser::ParseForDirective(Parts& parts, const Token& open) {
  TemplatePart part{TemplatePart::Kind::kFor, false, {}};
  const char* problem = nullptr;
  if (!ParseForNames(part.key_name, part.value_name, problem)) {
    if (!recovery_) Error(StartOf(Peek()), "Invalid 'for' directive", problem);
    RecoverTo(TokenKind::kSequenceEnd);
    return false;
  }
  part.expr = ParseExpression();
  part.span = {open.begin, Peek().end};
  parts.push_back(part);
  return true;
}

// Takes from every line the white space that all have in common, as <<- asks for.
void Parser::Flush(Parts& parts) {
  constexpr std::size_t kNone = ~std::size_t{0};
  std::size_t least = kNone;
  std::vector<TemplatePart*> lines;
  bool line_start = true;
  for (TemplatePart& part : parts) {
    const bool literal = part.kind == TemplatePart::Kind::kLiteral;
    if (line_start) {
      const std::string_view text = TrimSpaceLeft(part.text);
      if (!literal) {
        least = 0;
      } else if (!text.empty() || !part.text.ends_with('\n')) {
        const std::string_view blanks = part.text.substr(0, part.text.size() - text.size());
        least = std::min(least, CountGraphemes(blanks));
        lines.push_back(&part);
      }
    }
    line_start = literal && part.text.ends_with('\n');
  }
  for (TemplatePart* part : lines) {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < least; ++i) bytes += FirstGrapheme(part->text.substr(bytes));
    part->text.remove_prefix(bytes);
    part->span.begin += ToOffset(bytes);
  }
}

// Joins neighbouring literals.
void Parser::Meld(Parts& parts) {
  std::size_t kept = 0;
  for (std::size_t at = 0; at < parts.size();) {
    TemplatePart part = parts[at++];
    if (part.kind == TemplatePart::Kind::kLiteral && at < parts.size() &&
        parts[at].kind == TemplatePart::Kind::kLiteral) {
      const std::size_t first = at - 1;
      std::size_t size = part.text.size();
      bool adjacent = true;
      bool any_escaped = part.escaped;
      for (; at < parts.size() && parts[at].kind == TemplatePart::Kind::kLiteral; ++at) {
        adjacent = adjacent && parts[at].text.data() == part.text.data() + size;
        any_escaped = any_escaped || parts[at].escaped;
        size += parts[at].text.size();
      }
      part.span.end = parts[at - 1].span.end;
      if (adjacent) {
        part.text = {part.text.data(), size};
        part.escaped = any_escaped;
      } else {
        std::string joined;
        joined.reserve(size);
        for (std::size_t i = first; i < at; ++i) {
          joined +=
              parts[i].escaped ? UnescapeSequences(parts[i].text) : std::string(parts[i].text);
        }
        part.text = memory_.arena.Copy(std::string_view(joined));
        part.escaped = false;
      }
    }
    parts[kept++] = part;
  }
  parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(kept), parts.end());
}

}  // namespace nmgr::hcl
