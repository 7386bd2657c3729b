#include "hcl/syntax/lexer.h"

#include <array>
#include <cstring>

#include "nmgr/base/scan.h"
#include "nmgr/base/text.h"
#include "nmgr/hcl/value/unicode.h"

namespace nmgr::hcl {
namespace {

enum class Class : std::uint8_t {
  kUnusual,  // control characters, the end of the text, everything not ASCII
  kBlank,
  kLineEnd,
  kReturn,
  kHash,
  kSlash,
  kName,
  kDigit,
  kQuote,
  kLess,
  kOpenBrace,
  kCloseBrace,
  kTilde,
  kSimple,    // a token of its own, whatever follows
  kOperator,  // may go on: = ! > & | . :
};

struct Tables {
  std::array<Class, 256> classes = {};
  std::array<TokenKind, 256> simple = {};
  std::array<bool, 256> name_part = {};  // ASCII only
};

constexpr std::size_t Index(char c) { return static_cast<unsigned char>(c); }

constexpr Tables MakeTables() {
  Tables tables;
  for (char c = 'a'; c <= 'z'; ++c) {
    for (const char letter : {c, static_cast<char>(c - 'a' + 'A')}) {
      tables.classes[Index(letter)] = Class::kName;
      tables.name_part[Index(letter)] = true;
    }
  }
  for (char c = '0'; c <= '9'; ++c) {
    tables.classes[Index(c)] = Class::kDigit;
    tables.name_part[Index(c)] = true;
  }
  tables.classes[Index('_')] = Class::kName;
  tables.name_part[Index('_')] = tables.name_part[Index('-')] = true;
  tables.classes[Index(' ')] = tables.classes[Index('\t')] = Class::kBlank;
  tables.classes[Index('\n')] = Class::kLineEnd;
  tables.classes[Index('\r')] = Class::kReturn;
  tables.classes[Index('#')] = Class::kHash;
  tables.classes[Index('/')] = Class::kSlash;
  tables.classes[Index('"')] = Class::kQuote;
  tables.classes[Index('<')] = Class::kLess;
  tables.classes[Index('{')] = Class::kOpenBrace;
  tables.classes[Index('}')] = Class::kCloseBrace;
  tables.classes[Index('~')] = Class::kTilde;
  for (const char c : {'=', '!', '>', '&', '|', '.', ':'})
    tables.classes[Index(c)] = Class::kOperator;

  constexpr struct {
    char text;
    TokenKind kind;
  } kSimple[] = {
      {'[', TokenKind::kOpenBracket}, {']', TokenKind::kCloseBracket}, {'(', TokenKind::kOpenParen},
      {')', TokenKind::kCloseParen},  {',', TokenKind::kComma},        {'*', TokenKind::kStar},
      {'%', TokenKind::kPercent},     {'+', TokenKind::kPlus},         {'-', TokenKind::kMinus},
      {'?', TokenKind::kQuestion},
  };
  for (const auto& [text, kind] : kSimple) {
    tables.classes[Index(text)] = Class::kSimple;
    tables.simple[Index(text)] = kind;
  }
  return tables;
}

constexpr Tables kTables = MakeTables();

}  // namespace

void Lex(const SourcePtr& source, LexMode mode, TokenList& tokens, Diagnostics& diagnostics) {
  Lexer(source, tokens, diagnostics).Run(mode);
}

Lexer::Lexer(const SourcePtr& source, TokenList& tokens, Diagnostics& diagnostics)
    : text_(source->text().data()),
      end_(text_ + source->text().size()),
      tokens_(tokens),
      errors_(source, diagnostics) {}

void Lexer::Run(LexMode mode) {
  const char* at = text_;
  if (std::string_view(at, OffsetOf(end_)).starts_with("\xEF\xBB\xBF")) at += 3;
  if (mode == LexMode::kTemplate) {
    frames_.push_back({TemplateKind::kBare});
    at = ScanBare(at);
  }
  LexCode(at);
  Add(TokenKind::kEof, end_, end_);
}

// Nearly every name is ASCII to its end.
inline const char* Lexer::LexName(const char* at) {
  const char* part = at + 1;
  while (kTables.name_part[Index(*part)]) ++part;
  if (!IsAsciiByte(*part)) return Identifier(at, part);
  Add(TokenKind::kIdentifier, at, part);
  return part;
}

void Lexer::LexCode(const char* at) {
  for (;;) {
    switch (kTables.classes[Index(*at)]) {
      case Class::kBlank:
        ++at;
        break;
      case Class::kLineEnd:
        Add(TokenKind::kNewline, at, at + 1);
        ++at;
        break;
      case Class::kName:
        at = LexName(at);
        break;
      case Class::kQuote:
        at = ScanQuoted(at, at + 1);
        break;
      case Class::kSimple:
        Add(kTables.simple[Index(*at)], at, at + 1);
        ++at;
        break;
      case Class::kOperator:
        at = LexOperator(at);
        break;
      case Class::kOpenBrace:
        if (!frames_.empty()) ++frames_.back().braces;
        Add(TokenKind::kOpenBrace, at, at + 1);
        ++at;
        break;
      case Class::kCloseBrace:
        at = CloseBrace(at);
        break;
      case Class::kDigit:
        at = LexNumber(at);
        break;
      case Class::kHash:
      case Class::kSlash:
        at = LexSlash(at);
        break;
      case Class::kLess:
        at = LexLess(at);
        break;
      case Class::kTilde:
        at = LexTilde(at);
        break;
      case Class::kReturn:
        if (at[1] == '\n') {
          Add(TokenKind::kNewline, at, at + 2);
          at += 2;
          break;
        }
        [[fallthrough]];
      case Class::kUnusual:
        if (at == end_) return;
        at = LexUnusual(at);
        break;
    }
  }
}

void Lexer::AddBad(const char* begin, const char* end, LexicalError error) {
  Add(TokenKind::kBad, begin, end);
  errors_.Report(error, tokens_.end()[-1].span());
}

const char* Lexer::Identifier(const char* at, const char* part) {
  while (part != end_) {
    if (IsAsciiByte(*part)) {
      if (!kTables.name_part[Index(*part)]) break;
      ++part;
      continue;
    }
    std::size_t length = Utf8Length({part, end_});
    if (length == 0 || !IsIdentifierPart(DecodeCodePoint({part, length}, length))) break;
    part += length;
  }
  Add(TokenKind::kIdentifier, at, part);
  return part;
}

// digit (digit | "." | [eE] [+-]? digit)*, without dots at its end.
const char* Lexer::LexNumber(const char* at) {
  const char* good = at + 1;
  for (const char* next = good; next != end_;) {
    if (IsAsciiDigit(*next)) {
      good = ++next;
    } else if (*next == '.') {
      ++next;
    } else if (*next == 'e' || *next == 'E') {
      ++next;
      if (*next == '+' || *next == '-') ++next;
      if (!IsAsciiDigit(*next)) break;
      good = ++next;
    } else {
      break;
    }
  }
  Add(TokenKind::kNumber, at, good);
  return good;
}

// A comment or a division.
const char* Lexer::LexSlash(const char* at) {
  if (*at == '#' || at[1] == '/') {
    const void* newline = std::memchr(at, '\n', static_cast<std::size_t>(end_ - at));
    if (newline == nullptr) return end_;
    const char* after = static_cast<const char*>(newline) + 1;
    Add(TokenKind::kNewline, at, after);
    return after;
  }
  if (at[1] == '*' && comment_can_close_) {
    const std::string_view rest(at + 2, static_cast<std::size_t>(end_ - (at + 2)));
    const std::size_t close = rest.find("*/");
    if (close != std::string_view::npos) return rest.data() + close + 2;
    comment_can_close_ = false;
  }
  Add(TokenKind::kSlash, at, at + 1);
  return at + 1;
}

// "<", "<=" or the start of a heredoc: "<<" "-"? identifier, line end, nothing between them.
const char* Lexer::LexLess(const char* at) {
  if (at[1] == '<') {
    const char* name = at + (at[2] == '-' ? 3 : 2);
    const std::string_view marker(name, IdentifierLength({name, end_}));
    const char* line_end = name + marker.size();
    if (*line_end == '\r') ++line_end;
    if (!marker.empty() && line_end < end_ && *line_end == '\n') {
      return ScanHeredoc(at, line_end + 1, marker);
    }
  } else if (at[1] == '=') {
    Add(TokenKind::kLessEqual, at, at + 2);
    return at + 2;
  }
  Add(TokenKind::kLess, at, at + 1);
  return at + 1;
}

const char* Lexer::LexOperator(const char* at) {
  const auto one_or_two = [&](char second, TokenKind two, TokenKind one) {
    const std::size_t size = at[1] == second ? 2 : 1;
    Add(size == 2 ? two : one, at, at + size);
    return at + size;
  };
  switch (*at) {
    case '=':
      if (at[1] == '>') {
        Add(TokenKind::kFatArrow, at, at + 2);
        return at + 2;
      }
      return one_or_two('=', TokenKind::kEqual, TokenKind::kAssign);
    case '!':
      return one_or_two('=', TokenKind::kNotEqual, TokenKind::kNot);
    case '>':
      return one_or_two('=', TokenKind::kGreaterEqual, TokenKind::kGreater);
    case ':':
      return one_or_two(':', TokenKind::kDoubleColon, TokenKind::kColon);
    case '.':
      if (at[1] == '.' && at[2] == '.') {
        Add(TokenKind::kEllipsis, at, at + 3);
        return at + 3;
      }
      Add(TokenKind::kDot, at, at + 1);
      return at + 1;
    default:
      if (at[1] == *at) {
        Add(*at == '&' ? TokenKind::kAnd : TokenKind::kOr, at, at + 2);
        return at + 2;
      }
      AddBad(at, at + 1, *at == '&' ? LexicalError::kBitAnd : LexicalError::kBitOr);
      return at + 1;
  }
}

const char* Lexer::CloseBrace(const char* at) {
  if (frames_.empty() || frames_.back().braces != 0) {
    if (!frames_.empty()) --frames_.back().braces;
    Add(TokenKind::kCloseBrace, at, at + 1);
    return at + 1;
  }
  Add(TokenKind::kSequenceEnd, at, at + 1);
  return ResumeTemplate(at + 1);
}

// "~}" ends a sequence even where a brace is open, so that the parser can tell what is wrong.
const char* Lexer::LexTilde(const char* at) {
  if (at[1] != '}') {
    AddBad(at, at + 1, LexicalError::kBitNot);
    return at + 1;
  }
  Add(TokenKind::kSequenceEnd, at, at + 2);
  if (frames_.empty()) return at + 2;
  if (frames_.back().braces == 0) return ResumeTemplate(at + 2);
  --frames_.back().braces;
  return at + 2;
}

const char* Lexer::LexUnusual(const char* at) {
  const std::size_t length = Utf8Length({at, end_});
  if (length == 0) {
    AddBad(at, at + 1, LexicalError::kEncoding);
    return at + 1;
  }
  const std::string_view character(at, length);
  std::size_t decoded = 0;
  if (IsIdentifierStart(DecodeCodePoint(character, decoded))) return Identifier(at, at + length);

  LexicalError error = LexicalError::kCharacter;
  if (character == "\r") error = LexicalError::kCarriageReturn;
  if (character == "“" || character == "”") error = LexicalError::kCurlyQuote;
  if (character == "'") error = LexicalError::kSingleQuote;
  if (character == "`") error = LexicalError::kBacktick;
  if (character == ";") error = LexicalError::kSemicolon;
  if (character == "^") error = LexicalError::kBitXor;
  AddBad(at, at + length, error);
  return at + length;
}

}  // namespace nmgr::hcl
