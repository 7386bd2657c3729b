// The syntax tree: what the parser makes of a text and what evaluation walks. Immutable once
// parsed.
//
// All nodes of one parse live in one arena that the ParsedBody / ParsedExpression owns; pointers
// and string views inside nodes point into that arena or into the source text, so nothing here owns
// anything. Names and labels that need no unescaping are views of the source. A tree can be read
// from several threads.
//
// Structure follows the HCL native syntax specification (hclsyntax/spec.md); what each node means
// is said at eval/evaluate.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "nmgr/hcl/syntax/source.h"
#include "nmgr/hcl/value/value.h"

namespace nmgr::hcl {

enum class ExprKind : std::uint8_t {
  kLiteral,            // number, true, false, null, and a template that is plain text
  kTemplate,           // "a${b}c", heredocs with parts
  kTemplateWrap,       // "${x}": x unchanged in type
  kTraversal,          // a.b[0].c with constant steps, from a root name
  kRelativeTraversal,  // constant steps applied to another expression
  kIndex,              // collection[key], key not constant
  kSplat,
  kCall,
  kConditional,
  kBinary,
  kUnary,
  kTuple,
  kObject,
  kFor,
  kParentheses,
  kTemplateFor,  // %{ for } body, joined to a string
  kSplatItem,    // the element a splat's tail is applied to
  kInvalid,      // stands where the parser has reported an error; evaluates to an unknown value
};

// `height`: nodes on the longest way down from here, this one included; at most kMaxTreeHeight, so
// that a walk may recurse.
struct Expr {
  ExprKind kind;
  std::uint16_t height;
  Span span;
};

struct LiteralExpr : Expr {
  Value value;  // NFC already
};

// The parts in order; literal text between two other parts is one LiteralExpr (which may be "",
// where strip markers have left nothing).
struct TemplateExpr : Expr {
  std::span<const Expr* const> parts;
};

struct TemplateWrapExpr : Expr {
  const Expr* wrapped;
};

// One constant step. `index` steps hold a string or number key.
struct TraversalStep {
  enum class Kind : std::uint8_t { kAttribute, kIndex } kind;
  Span span;
  std::string_view name;  // kAttribute
  Value key;              // kIndex
};

struct TraversalExpr : Expr {
  std::string_view root;
  Span root_span;
  std::span<const TraversalStep> steps;
};

struct RelativeTraversalExpr : Expr {
  const Expr* source;
  std::span<const TraversalStep> steps;
};

struct IndexExpr : Expr {
  const Expr* collection;
  const Expr* key;
  Span open_span;      // '['
  Span brackets_span;  // '[' to ']'
};

// `each` is the tail, applied to an item that stands in it as kSplatItem.
struct SplatExpr : Expr {
  const Expr* source;
  const Expr* each;
  const struct SplatItemExpr* item;
  Span marker_span;
};

struct SplatItemExpr : Expr {};

struct CallExpr : Expr {
  std::string_view name;  // with namespaces as written: "a::b"
  Span name_span;
  Span open_span;
  Span close_span;
  std::span<const Expr* const> arguments;
  bool expand_last;  // f(x...)
};

struct ConditionalExpr : Expr {
  const Expr* condition;
  const Expr* if_true;
  const Expr* if_false;
};

enum class BinaryOp : std::uint8_t {
  kOr,
  kAnd,
  kEqual,
  kNotEqual,
  kGreater,
  kGreaterEqual,
  kLess,
  kLessEqual,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
};
enum class UnaryOp : std::uint8_t { kNegate, kNot };

struct BinaryExpr : Expr {
  BinaryOp op;
  const Expr* left;
  const Expr* right;
};

struct UnaryExpr : Expr {
  UnaryOp op;
  Span symbol_span;
  const Expr* operand;
};

struct TupleExpr : Expr {
  Span open_span;
  std::span<const Expr* const> items;
};

// `bare_key`: the key was a bare identifier and stands for its own name; key is then a LiteralExpr.
// `ambiguous_key`: a bare traversal with steps, which evaluation refuses.
struct ObjectItem {
  const Expr* key;
  const Expr* value;
  bool bare_key;
  bool ambiguous_key;
};

struct ObjectExpr : Expr {
  Span open_span;
  std::span<const ObjectItem> items;
};

// [for k, v in collection : value if condition], {for ... : key => value...}
struct ForExpr : Expr {
  std::string_view key_name;  // empty if absent
  std::string_view value_name;
  const Expr* collection;
  const Expr* key;  // null for the [for] form
  const Expr* value;
  const Expr* condition;  // null if absent
  bool group;
  Span open_span;
  Span close_span;
};

struct ParenthesesExpr : Expr {
  const Expr* inner;
};

// A %{ for } directive: a for-expression whose value is the body template; the results are joined.
struct TemplateForExpr : Expr {
  const ForExpr* loop;
};

// The node as its own type. Precondition: node.kind says so.
template <class T>
const T& As(const Expr& node) {
  return static_cast<const T&>(node);
}

struct Attribute {
  std::string_view name;
  Span name_span;
  Span equals_span;
  Span span;  // name to end of expression
  const Expr* expr;
};

struct Label {
  std::string_view text;  // unescaped
  Span span;
};

struct Body;

struct Block {
  std::string_view type;
  Span type_span;
  std::span<const Label> labels;
  Span open_span;
  Span close_span;
  const Body* body;
  // Type and labels: what messages about the block point at.
  Span HeaderSpan() const;
};

// Attributes and blocks in source order.
struct BodyItem {
  const Attribute* attribute;  // exactly one of the two is set
  const Block* block;
};

struct Body {
  Span span;
  std::span<const BodyItem> items;
  Span end_span;  // where a missing item would be reported: the '}' or the end of the file
};

// The owner of one parsed text: source, arena and root. Shared, because values of diagnostics and
// lazily evaluated parts outlive the function that parsed.
class ParsedBody {
 public:
  virtual ~ParsedBody() = default;
  const SourcePtr& source() const { return source_; }
  const Body& root() const { return *root_; }

 protected:
  SourcePtr source_;
  const Body* root_ = nullptr;
};

class ParsedExpression {
 public:
  virtual ~ParsedExpression() = default;
  const SourcePtr& source() const { return source_; }
  const Expr& root() const { return *root_; }

 protected:
  SourcePtr source_;
  const Expr* root_ = nullptr;
};

using BodyPtr = std::shared_ptr<const ParsedBody>;
using ExpressionPtr = std::shared_ptr<const ParsedExpression>;

}  // namespace nmgr::hcl
