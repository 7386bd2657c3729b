// The walk over one expression. Private to eval; Evaluate() is the door.
//
// Each method answers what hclsyntax's node of the same name answers, unknown types beside errors
// included, because they decide whether a surrounding conditional can unify its branches.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nmgr/hcl/eval/evaluate.h"
#include "nmgr/hcl/functions/table.h"

namespace nmgr::hcl {

// A reference that no scope defines, as the text that Nomad's client resolves at run time: its
// source between "${" and "}", with Nomad's own way of finding the braces around it (reference
// 6.3). Counts the bytes that it reads and makes from `budget` and stops when that is below 0.
std::string LiteralReference(std::string_view text, Span reference, std::int64_t& budget);

// obj.name and collection[key]: the value, or unknown and why not in `problem`.
struct AccessProblem {
  std::string summary;
  std::string detail;
  std::size_t compared = 0;  // names among which one like the wrong one was looked for
};
Value GetAttribute(const Value& object, std::string_view name,
                   std::optional<AccessProblem>& problem);
Value GetIndex(const Value& collection, const Value& key, std::optional<AccessProblem>& problem);

class Evaluator {
 public:
  Evaluator(const EvalContext& context, Diagnostics& diagnostics);

  Value Run(const Expr& expr);

 private:
  struct Argument {
    const Expr* expr;  // null: `value`, one element of an expanded argument
    Value value;
    Span start;
    Span span;
  };
  // What the rounds of a for-expression have made so far.
  struct ForResult {
    bool known = true;
    Values values;
    // Of the object form; one value each unless grouped.
    std::vector<std::pair<std::string, Values>> groups;
  };

  // Of a conditional: both are evaluated and come to one type.
  struct Branches {
    Value if_true;
    Value if_false;
    Type type;
    bool convert_true = false;
    bool convert_false = false;
  };

  Value Eval(const Expr& expr);
  Value EvalTemplate(const TemplateExpr& expr);
  Value EvalTemplateFor(const TemplateForExpr& expr);
  Value EvalTraversal(const TraversalExpr& expr);
  Value EvalUndefined(const TraversalExpr& expr);
  Value EvalIndex(const IndexExpr& expr);
  Value EvalConditional(const ConditionalExpr& expr);
  bool FindCommonType(const ConditionalExpr& expr, Branches& branches);
  Value EvalTuple(const TupleExpr& expr);
  Value EvalObject(const ObjectExpr& expr);
  Value EvalSplatItem(const Expr& expr);

  Value EvalBinary(const BinaryExpr& expr);
  Value EvalUnary(const UnaryExpr& expr);

  Value EvalFor(const ForExpr& expr);
  bool CheckIterable(const ForExpr& expr, const Value& collection);
  bool TryCondition(const ForExpr& expr);
  bool Included(const ForExpr& expr, ForResult& result);
  void IterateObject(const ForExpr& expr, const Value& collection, ForResult& result);
  template <class Round>
  void ForEachRound(const ForExpr& expr, const Value& collection, const Round& round);
  Value EvalSplat(const SplatExpr& expr);
  Type SplatType(const SplatExpr& expr, const Type& source);
  Value SplatList(const SplatExpr& expr, const Type& source, Values values);

  Value EvalCall(const CallExpr& expr);
  const Function* FindCallee(const CallExpr& expr);
  bool CollectArguments(const CallExpr& expr, std::vector<Argument>& arguments);
  bool CheckArity(const CallExpr& expr, const Function& function,
                  const std::vector<Argument>& arguments);
  Value EvalArgument(const Argument& argument);
  Value CallOrdinary(const CallExpr& expr, const Function& function,
                     const std::vector<Argument>& arguments);
  Value CallTry(const CallExpr& expr, const std::vector<Argument>& arguments);
  Value CallCan(const std::vector<Argument>& arguments);
  Value CallConvert(const CallExpr& expr, const std::vector<Argument>& arguments);
  void ReportCallError(const CallExpr& expr, const Function& function,
                       const std::vector<Argument>& arguments, const FunctionError& error);

  Value Report(const AccessProblem& problem, Span subject);  // unknown
  Value Steps(Value value, std::span<const TraversalStep> steps);
  Value StringKey(const ObjectItem& item);
  bool AppendText(const Value& value, Span span, Span context, std::string& text, bool& known);

  // Budget. False, and from then on every node is unknown, once it has run out.
  bool Charge(std::int64_t cost);
  // What a name stands for can be larger than the text that made it, so its size counts at every
  // use.
  bool ChargeRead(const Value& value);
  // A call, a comparison or a conversion looks at every part.
  bool ChargeWork(const Value& value);
  struct Tariff;
  bool ChargeParts(const Value& value, const Tariff& tariff, int depth);
  void Error(Span subject, std::string summary, std::string detail,
             std::optional<Span> context = std::nullopt);

  const EvalContext& context_;
  Diagnostics* diagnostics_;
  const Scope* scope_;
  bool functions_allowed_;
  std::vector<std::pair<const Expr*, Value>> splat_items_;

  std::int64_t own_budget_;
  std::int64_t* budget_;
  FunctionContext own_functions_;
  const FunctionContext* functions_;
  bool exhausted_ = false;
};

}  // namespace nmgr::hcl
