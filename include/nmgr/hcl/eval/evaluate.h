// Expressions to values, as hclsyntax of Nomad's pinned HCL does it (shared reference sections 2 to
// 6): `&&` and `||` evaluate both sides, `==` never converts, both branches of a conditional are
// evaluated.
//
// A root name that is not in scope is no error where `literal_references` is set: the reference
// evaluates to its own source text, "${attr.cpu.arch}" (reference 6.3), which the Nomad client
// resolves at run time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nmgr/hcl/functions/function.h"
#include "nmgr/hcl/syntax/diagnostics.h"
#include "nmgr/hcl/syntax/tree.h"
#include "nmgr/hcl/value/value.h"

namespace nmgr::hcl {

// How much one evaluation may do where no other budget is given: units of a byte that a template or
// call produces; a step counts some, and so do the parts of a value that is read, compared,
// converted or given to a function. About a second and 300 MB at worst, and a hundred times what
// the largest real job spec needs.
inline constexpr std::int64_t kEvaluationBudget = std::int64_t{128} << 20U;

// Names in force, innermost first: a chain of small frames. A frame refers to its parent, which
// must outlive it.
class Scope {
 public:
  Scope() = default;
  explicit Scope(const Scope* parent) : parent_(parent) {}
  void Set(std::string_view name, Value value);  // replaces a value of this frame
  const Value* Find(std::string_view name) const;
  std::vector<std::string> Names() const;  // of all frames, for suggestions

 private:
  const Scope* parent_ = nullptr;
  std::vector<std::pair<std::string, Value>> values_;
};

// Everything an evaluation may use. `scope` null: no variables and no functions at all, as for
// variable defaults, var files and --var texts ("Variables not allowed").
struct EvalContext {
  SourcePtr file;  // the text the expression was parsed from
  const Scope* scope = nullptr;
  bool functions = true;
  // Undefined root names become text, cut out of `file`. (Out of its origin where it has one, a
  // string of a JSON-syntax spec, by offsets that ignore the escapes before it: Nomad does so.)
  bool literal_references = false;
  // Not owned; null: as a default-made one. Its budget also counts evaluation steps and the bytes
  // templates produce; running out is an error diagnostic ("Evaluation too large").
  const FunctionContext* function_context = nullptr;
};

// The value; after an error an unknown value, and the reason in `diagnostics`.
Value Evaluate(const Expr& expr, const EvalContext& context, Diagnostics& diagnostics);

// A type expression as in `type = list(string)` and convert(v, TYPE). `constraint` allows `any` and
// optional(). Nothing after an error.
std::optional<Type> EvaluateType(const Expr& expr, const SourcePtr& file, bool constraint,
                                 Diagnostics& diagnostics);

// Where messages point that are about the beginning of an expression: the name of a call, the left
// operand, the first piece of a template (hclsyntax's StartRange).
Span StartSpan(const Expr& expr, const SourceFile& file);

// Root names that the expression refers to, each with its node, in source order, names bound by
// for-expressions inside it left out.
std::vector<const TraversalExpr*> References(const Expr& expr);

}  // namespace nmgr::hcl
