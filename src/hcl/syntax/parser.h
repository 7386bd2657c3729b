// Tokens to tree, by recursive descent. Private to syntax; parse.h is the door.
//
// Errors are reported where they are met. From then on the parser is in recovery: it has skipped to
// where it may make sense of the text again, and it keeps back complaints that may only follow from
// having guessed wrong.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "hcl/syntax/arena.h"
#include "hcl/syntax/token.h"
#include "nmgr/hcl/syntax/diagnostics.h"
#include "nmgr/hcl/syntax/parse.h"
#include "nmgr/hcl/syntax/tree.h"

namespace nmgr::hcl {

class Parser {
 public:
  // `tokens` ends with kEof. All four must outlive the parser; `source` and `memory` the tree.
  Parser(const SourcePtr& source, const TokenList& tokens, TreeMemory& memory,
         Diagnostics& diagnostics);

  const Body* ParseFile();
  const Expr* ParseWholeExpression();
  const Expr* ParseWholeTemplate();

 private:
  // Restores on leaving whether line ends are tokens to the parser.
  class LineEnds {
   public:
    LineEnds(Parser& parser, bool matter) : parser_(parser), before_(parser.line_ends_) {
      parser.line_ends_ = matter;
    }
    ~LineEnds() { parser_.line_ends_ = before_; }
    LineEnds(const LineEnds&) = delete;
    LineEnds& operator=(const LineEnds&) = delete;

   private:
    Parser& parser_;
    bool before_;
  };

  // One level of nesting. Where it is one too many that is reported and the rest of the text
  // dropped.
  class Level {
   public:
    explicit Level(Parser& parser) : parser_(parser) {
      if (++parser.depth_ > kMaxNesting) parser.GiveUp();
    }
    ~Level() { --parser_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    bool too_deep() const { return parser_.depth_ > kMaxNesting; }

   private:
    Parser& parser_;
  };

  // A part of a scratch list: what was pushed since, dropped on leaving.
  template <class T>
  class Scratch {
   public:
    explicit Scratch(std::vector<T>& list) : list_(list), first_(list.size()) {}
    ~Scratch() { Clear(); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    void Push(T value) { list_.push_back(std::move(value)); }
    bool empty() const { return list_.size() == first_; }
    T& back() { return list_.back(); }
    void Clear() { list_.erase(list_.begin() + static_cast<std::ptrdiff_t>(first_), list_.end()); }
    std::span<T> items() { return {list_.data() + first_, list_.size() - first_}; }

   private:
    std::vector<T>& list_;
    std::size_t first_;
  };

  struct TemplatePart {
    enum class Kind : std::uint8_t { kLiteral, kExpr, kIf, kElse, kEndIf, kFor, kEndFor, kEnd };
    Kind kind;
    bool escaped = false;  // literal: "$${" and "%%{" are still in the text
    Span span;
    std::string_view text = {};        // kLiteral
    const Expr* expr = nullptr;        // kExpr; condition, collection
    std::string_view key_name = {};    // kFor
    std::string_view value_name = {};  // kFor
  };
  using Parts = std::vector<TemplatePart>;
  enum class TemplateForm : std::uint8_t { kQuoted, kHeredoc, kFlushHeredoc, kBare };

  // The first attribute of each name in one body.
  class Names;

  // parser.cpp: the cursor, errors, recovery, new nodes.
  const Token& Peek() {
    while (at_->kind == TokenKind::kNewline && !line_ends_) ++at_;
    return *at_;
  }
  const Token& Read() {
    const Token& token = Peek();
    previous_ = &token;
    if (token.kind != TokenKind::kEof) ++at_;
    return token;
  }
  const Token& PeekPastLineEnds() const {
    const Token* token = at_;
    while (token->kind == TokenKind::kNewline) ++token;
    return *token;
  }
  bool PeekIs(TokenKind kind) { return Peek().kind == kind; }
  std::string_view TextOf(const Token& token) const { return Text(token.span()); }
  std::string_view Text(Span span) const { return text_.substr(span.begin, span.end - span.begin); }
  bool IsWord(const Token& token, std::string_view word) const {
    return token.kind == TokenKind::kIdentifier && TextOf(token) == word;
  }
  Span StartOf(const Token& token) const;
  bool FailedSince(std::uint64_t errors) const { return recovery_ && errors_ != errors; }

  void Error(Span subject, std::string summary, std::string detail,
             std::optional<Span> context = std::nullopt);
  std::string Describe(Span span) const;
  void GiveUp();
  const Token& RecoverTo(TokenKind close);
  void RecoverOverParens();
  void RecoverAfterItem();

  template <class T>
  const Expr* Make(T node, std::initializer_list<const Expr*> children);
  static std::uint16_t HighestOf(std::span<const Expr* const> exprs);
  const Expr* Invalid(Span span);
  const Expr* Literal(Span span, Value value) {
    return memory_.literals.New({{ExprKind::kLiteral, 1, span}, std::move(value)});
  }

  // parser_body.cpp
  const Body* ParseBody(TokenKind end);
  bool ParseItem(Scratch<BodyItem>& items, Names& names);
  const Attribute* ParseAttribute(const Token& name, bool one_line);
  const Block* ParseBlock(const Token& type);
  bool ParseLabels(const Token& type, Scratch<Label>& labels);
  void ReportBadHeader(const Token& type, const Token& next);
  Label ParseLabel();
  Label ParseBadLabel(const Token& open);
  const Body* ParseBlockBody(const Token& type, const Token& open);
  const Body* ParseOneLineBody();
  void CloseOneLineBody(const Token& type, const Token& open);
  const Body* EmptyBody(Span span);

  // parser_expression.cpp
  const Expr* ParseExpression();
  const Expr* ParseConditional(const Expr* condition, std::uint32_t begin);
  const Expr* ParseBinary(int lowest_level);
  const Expr* ParseOperand();
  const Expr* ParseTerm();
  const Expr* ParseName();
  const Expr* ParseNumber();
  const Expr* ParseUnary();
  const Expr* ParseParentheses();
  Value NumberValue(const Token& token);

  // parser_postfix.cpp
  const Expr* ParsePostfix(const Expr* operand);
  const Expr* ParseDot(const Expr* operand, Scratch<TraversalStep>& steps, std::uint32_t begin);
  void ParseLegacyIndex(const Token& dot, Scratch<TraversalStep>& steps, std::optional<Span> splat);
  const Expr* ParseAttributeSplat(const Expr* source, const Token& dot, std::uint32_t begin);
  const Expr* ParseIndex(const Expr* operand, Scratch<TraversalStep>& steps, std::uint32_t begin);
  const Expr* ParseFullSplat(const Expr* source, const Token& open, std::uint32_t begin);
  const Expr* WithSteps(const Expr* operand, Scratch<TraversalStep>& steps);
  const Expr* ParseCall(const Token& name);
  bool ParseCallName(const Token& name, std::string_view& called, Span& name_span, Span& open_span);
  Span ParseArguments(const Token& name, Span open_span, Scratch<const Expr*>& arguments,
                      bool& expand_last);

  // parser_collection.cpp
  const Expr* ParseTuple();
  const Expr* ParseObject();
  Span ParseObjectItems(const Token& open, Scratch<ObjectItem>& items);
  bool ParseObjectItem(const Token& open, Scratch<ObjectItem>& items);
  void ReportOpenObject(const Token& open);
  ObjectItem MakeObjectItem(const Expr* key, bool in_parentheses);
  const Expr* ParseFor(const Token& open);
  bool ParseForNames(std::string_view& key_name, std::string_view& value_name,
                     const char*& problem);
  bool ParseForClauses(ForExpr& loop, Span& ellipsis, const char*& problem);
  void CheckFor(const ForExpr& loop, Span ellipsis);

  // parser_template.cpp: from tokens to parts; parser_directive.cpp: from parts to a tree.
  const Expr* ParseString();
  const Expr* ParsePlainString(const Token& token);
  const Expr* ParsePlainHeredoc(const Token& token);
  const Expr* FinishTemplate(Parts& parts, TemplateForm form, Span span);
  Span ParseParts(Parts& parts, TemplateForm form);
  void ParseLiteralPart(Parts& parts, TemplateForm form, const Token& token, bool strip);
  void AddPlainPieces(Parts& parts, TemplateForm form, Span span, std::string_view text,
                      bool escaped);
  void StripBefore(Parts& parts, TemplateForm form, const Token& open);
  bool ParseDirective(Parts& parts, const Token& open);
  bool ParseForDirective(Parts& parts, const Token& open);
  bool CloseSequence(const Token& first, TemplateForm form, std::string_view keyword);
  static void Flush(Parts& parts);
  void Meld(Parts& parts);
  Value LiteralValue(const TemplatePart& part);

  const Expr* BuildTemplate(const Parts& parts, Span span);
  const Expr* BuildPart(const Parts& parts, std::size_t& at);
  const Expr* BuildIf(const Parts& parts, std::size_t& at);
  const Expr* BuildFor(const Parts& parts, std::size_t& at);
  const Expr* UnbalancedDirective(const TemplatePart& open, const TemplatePart& part,
                                  bool had_else);
  static const char* DirectiveName(TemplatePart::Kind kind);
  static bool EndsBranch(TemplatePart::Kind kind);
  const Expr* BuildBranch(Scratch<const Expr*>& exprs, std::uint32_t empty_at);
  const Expr* MakeTemplate(std::span<const Expr* const> parts, Span span);

  // string_literal.cpp
  std::string Unescape(Span span);
  std::size_t UnescapeAt(std::string_view text, std::size_t at, std::uint32_t begin,
                         std::string& out);

  const SourcePtr& source_;
  const std::string_view text_;
  TreeMemory& memory_;
  Diagnostics* diagnostics_;

  const Token* at_;
  const Token* previous_;
  const Token* const last_;  // kEof
  bool line_ends_ = true;
  bool recovery_ = false;
  bool gave_up_ = false;
  int depth_ = 0;
  std::uint64_t errors_ = 0;
  int reported_ = 0;

  std::vector<const Expr*> exprs_;
  std::vector<ObjectItem> object_items_;
  std::vector<TraversalStep> steps_;
  std::vector<BodyItem> body_items_;
  std::vector<Label> labels_;
};

// "$${" to "${" and "%%{" to "%{".
std::string UnescapeSequences(std::string_view text);

template <class T>
const Expr* Parser::Make(T node, std::initializer_list<const Expr*> children) {
  int height = node.height;
  for (const Expr* child : children) {
    if (child != nullptr && child->height > height) height = child->height;
  }
  if (++height > kMaxTreeHeight) {
    GiveUp();
    return Invalid(node.span);
  }
  node.height = static_cast<std::uint16_t>(height);
  return memory_.arena.New(node);
}

}  // namespace nmgr::hcl
