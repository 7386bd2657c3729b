// Tokens never overlap, grow, and end the text; between them are blanks and comments only; line and
// column of each agree with a count over the whole text.

#include "fuzz/fuzz.h"
#include "hcl/syntax/lexer.h"
#include "nmgr/hcl/value/unicode.h"

namespace nmgr::fuzz {
namespace {

using hcl::LexMode;
using hcl::Token;
using hcl::TokenKind;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool IsLineComment(std::string_view text) {
  return text.starts_with('#') || text.starts_with("//");
}

// Without the blanks and comments in front.
std::string_view SkipGap(std::string_view gap) {
  while (!gap.empty()) {
    if (gap[0] == ' ' || gap[0] == '\t') {
      gap.remove_prefix(1);
    } else if (gap.starts_with("/*") && gap.find("*/", 2) != gap.npos) {
      gap.remove_prefix(gap.find("*/", 2) + 2);
    } else {
      break;
    }
  }
  return gap;
}

void CheckGap(std::string_view text, std::uint32_t begin, std::uint32_t end) {
  std::string_view gap = text.substr(begin, end - begin);
  if (begin == 0 && gap.starts_with(kByteOrderMark)) gap.remove_prefix(kByteOrderMark.size());
  gap = SkipGap(gap);
  const bool last = end == text.size() && IsLineComment(gap) && gap.find('\n') == gap.npos;
  Require(gap.empty() || last, "more than blanks between tokens");
}

// Line and column, counted forward only.
class Walker {
 public:
  explicit Walker(std::string_view text) : text_(text) {
    if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  }

  hcl::SourcePos MoveTo(std::uint32_t byte) {
    while (at_ < byte) {
      const std::size_t length = ClusterLength();
      const std::string_view cluster = text_.substr(at_, length);
      // A token may begin within a cluster: at the line end of CRLF, at a combining mark.
      if (at_ + length > byte) return {line_, column_ + 1, byte};
      at_ += length;
      const bool is_line_end = cluster.back() == '\n';
      line_ += is_line_end ? 1 : 0;
      column_ = is_line_end ? 1 : column_ + 1;
    }
    return {line_, column_, byte};
  }

 private:
  bool IsQuote(std::size_t at) const {
    return text_[at] == '"' && (at == 0 || text_[at - 1] != '\\');
  }

  // A quote is a token's end, so it is a cluster of its own.
  std::size_t ClusterLength() const {
    if (IsQuote(at_)) return 1;
    const std::size_t length = hcl::FirstGrapheme(text_.substr(at_));
    for (std::size_t i = 1; i < length; ++i) {
      if (IsQuote(at_ + i)) return i;
    }
    return length;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
  std::uint32_t column_ = 1;
};

void CheckPlace(const hcl::SourceFile& source, Walker& walker, std::uint32_t byte) {
  const bool in_mark = byte < kByteOrderMark.size() && source.text().starts_with(kByteOrderMark);
  if (!in_mark) Require(source.PosAt(byte) == walker.MoveTo(byte), "line or column is wrong");
}

void Run(std::string_view text, LexMode mode) {
  const hcl::SourcePtr source = Source(text);
  hcl::TokenList tokens(1);
  hcl::Diagnostics diagnostics;
  hcl::Lex(source, mode, tokens, diagnostics);
  Walker walker(text);
  std::uint32_t before = 0;
  bool bad = false;
  for (const Token& token : tokens) {
    const bool is_end = &token == tokens.end() - 1;
    Require((token.kind == TokenKind::kEof) == is_end, "the end is not the last token");
    Require(token.begin >= before && token.begin <= token.end, "tokens overlap");
    CheckGap(text, before, token.begin);
    CheckPlace(*source, walker, token.begin);
    before = token.end;
    bad = bad || token.kind == TokenKind::kBad;
  }
  Require(before == text.size(), "the last token does not end the text");
  Require(!bad || diagnostics.HasErrors(), "a bad token and no error");
  Lines(diagnostics);
}

}  // namespace

void Lex(std::string_view text) {
  Run(text, LexMode::kCode);
  Run(text, LexMode::kTemplate);
}

}  // namespace nmgr::fuzz
