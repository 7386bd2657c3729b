#include "nmgr/hcl/syntax/parse.h"

#include "hcl/syntax/arena.h"
#include "hcl/syntax/lexer.h"
#include "hcl/syntax/parser.h"
#include "nmgr/hcl/value/unicode.h"

namespace nmgr::hcl {
namespace {

class BodyTree : public ParsedBody {
 public:
  BodyTree(SourcePtr source, Diagnostics& diagnostics);

 private:
  TreeMemory memory_;
};

class ExpressionTree : public ParsedExpression {
 public:
  ExpressionTree(SourcePtr source, LexMode mode, Diagnostics& diagnostics);

 private:
  TreeMemory memory_;
};

BodyTree::BodyTree(SourcePtr source, Diagnostics& diagnostics) {
  source_ = std::move(source);
  TokenList tokens(source_->text().size());
  Lex(source_, LexMode::kCode, tokens, diagnostics);
  root_ = Parser(source_, tokens, memory_, diagnostics).ParseFile();
}

ExpressionTree::ExpressionTree(SourcePtr source, LexMode mode, Diagnostics& diagnostics) {
  source_ = std::move(source);
  TokenList tokens(source_->text().size());
  Lex(source_, mode, tokens, diagnostics);
  Parser parser(source_, tokens, memory_, diagnostics);
  root_ = mode == LexMode::kCode ? parser.ParseWholeExpression() : parser.ParseWholeTemplate();
}

}  // namespace

BodyPtr ParseBody(SourcePtr source, Diagnostics& diagnostics) {
  return std::make_shared<BodyTree>(std::move(source), diagnostics);
}

ExpressionPtr ParseExpression(SourcePtr source, Diagnostics& diagnostics) {
  return std::make_shared<ExpressionTree>(std::move(source), LexMode::kCode, diagnostics);
}

ExpressionPtr ParseTemplate(SourcePtr source, Diagnostics& diagnostics) {
  return std::make_shared<ExpressionTree>(std::move(source), LexMode::kTemplate, diagnostics);
}

bool IsIdentifier(std::string_view text) {
  return !text.empty() && IdentifierLength(text) == text.size();
}

}  // namespace nmgr::hcl
