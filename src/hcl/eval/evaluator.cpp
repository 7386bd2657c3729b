#include "hcl/eval/evaluator.h"

#include <fmt/format.h>

#include <algorithm>

#include "nmgr/base/text.h"

namespace nmgr::hcl {
namespace {

// Units of the budget: one is a byte that a template or call produces.
constexpr std::int64_t kStepCost = 8;
constexpr std::int64_t kElementCost = 24;
constexpr std::int64_t kDiagnosticCost = 4096;
constexpr std::int64_t kComparedCost = 256;  // of a name that a message might have suggested

// Deeper values than any text of kMaxNesting can write, made by names that refer to names: every
// walk over values recurses.
constexpr int kMaxDepth = 500;

const FunctionContext kNoFunctionContext;

std::string DescribeMismatch(const Type& if_true, const Type& if_false) {
  const std::string left = if_true.FriendlyName();
  const std::string right = if_false.FriendlyName();
  if (left != right) {
    return fmt::format("The 'true' value is {}, but the 'false' value is {}", left, right);
  }
  return fmt::format("Both are {}, but their elements have no common type: {}", left,
                     MismatchMessage(if_false, if_true));
}

}  // namespace

Value Evaluate(const Expr& expr, const EvalContext& context, Diagnostics& diagnostics) {
  return Evaluator(context, diagnostics).Run(expr);
}

Evaluator::Evaluator(const EvalContext& context, Diagnostics& diagnostics)
    : context_(context),
      diagnostics_(&diagnostics),
      scope_(context.scope),
      functions_allowed_(context.functions && context.scope != nullptr),
      own_budget_(kEvaluationBudget),
      budget_(&own_budget_),
      functions_(context.function_context != nullptr ? context.function_context
                                                     : &kNoFunctionContext) {
  if (functions_->budget != nullptr) budget_ = functions_->budget;
}

Value Evaluator::Run(const Expr& expr) {
  if (expr.kind == ExprKind::kLiteral) return As<LiteralExpr>(expr).value;
  Value value = Eval(expr);
  if (!exhausted_) return value;
  diagnostics_->Error(
      context_.file, expr.span, "Evaluation too large",
      "Evaluating this would take more time and memory than any job needs. Look for "
      "loops within loops and for values that hold themselves many times over.");
  return Value::Unknown();
}

bool Evaluator::Charge(std::int64_t cost) {
  *budget_ -= cost;
  if (*budget_ < 0) exhausted_ = true;
  return !exhausted_;
}

// What the parts of a value cost.
struct Evaluator::Tariff {
  std::int64_t element;
  std::int64_t wide_number;  // one that is no integer of 64 bits
  std::int64_t bytes;        // so many of a string cost 1
};

bool Evaluator::ChargeRead(const Value& value) {
  constexpr Tariff kReading{.element = kStepCost, .wide_number = 0, .bytes = 64};
  return ChargeParts(value, kReading, 0);
}

bool Evaluator::ChargeWork(const Value& value) {
  constexpr Tariff kWorking{.element = 64, .wide_number = 256, .bytes = 1};
  return ChargeParts(value, kWorking, 0);
}

bool Evaluator::ChargeParts(const Value& value, const Tariff& tariff, int depth) {
  if (!value.has_content()) return true;
  switch (value.kind()) {
    case Kind::kString:
      return Charge(static_cast<std::int64_t>(value.as_string().size()) / tariff.bytes);
    case Kind::kNumber:
      return tariff.wide_number == 0 || value.as_number().ToInt64() || Charge(tariff.wide_number);
    case Kind::kBool:
    case Kind::kDynamic:
      return true;
    default:
      break;
  }
  exhausted_ = exhausted_ || depth >= kMaxDepth;
  if (!Charge(tariff.element * static_cast<std::int64_t>(value.size()))) return false;
  if (value.kind() == Kind::kMap || value.kind() == Kind::kObject) {
    for (const Field& field : value.fields()) {
      if (!ChargeParts(field.value, tariff, depth + 1)) return false;
    }
    return true;
  }
  for (const Value& element : value.elements()) {
    if (!ChargeParts(element, tariff, depth + 1)) return false;
  }
  return true;
}

void Evaluator::Error(Span subject, std::string summary, std::string detail,
                      std::optional<Span> context) {
  Charge(kDiagnosticCost);
  diagnostics_->Error(context_.file, subject, std::move(summary), std::move(detail), context);
}

Value Evaluator::Eval(const Expr& expr) {
  if (!Charge(kStepCost)) return Value::Unknown();
  switch (expr.kind) {
    case ExprKind::kLiteral:
      return As<LiteralExpr>(expr).value;
    case ExprKind::kTemplate:
      return EvalTemplate(As<TemplateExpr>(expr));
    case ExprKind::kTemplateWrap:
      return Eval(*As<TemplateWrapExpr>(expr).wrapped);
    case ExprKind::kTraversal:
      return EvalTraversal(As<TraversalExpr>(expr));
    case ExprKind::kRelativeTraversal:
      return Steps(Eval(*As<RelativeTraversalExpr>(expr).source),
                   As<RelativeTraversalExpr>(expr).steps);
    case ExprKind::kIndex:
      return EvalIndex(As<IndexExpr>(expr));
    case ExprKind::kSplat:
      return EvalSplat(As<SplatExpr>(expr));
    case ExprKind::kCall:
      return EvalCall(As<CallExpr>(expr));
    case ExprKind::kConditional:
      return EvalConditional(As<ConditionalExpr>(expr));
    case ExprKind::kBinary:
      return EvalBinary(As<BinaryExpr>(expr));
    case ExprKind::kUnary:
      return EvalUnary(As<UnaryExpr>(expr));
    case ExprKind::kTuple:
      return EvalTuple(As<TupleExpr>(expr));
    case ExprKind::kObject:
      return EvalObject(As<ObjectExpr>(expr));
    case ExprKind::kFor:
      return EvalFor(As<ForExpr>(expr));
    case ExprKind::kParentheses:
      return Eval(*As<ParenthesesExpr>(expr).inner);
    case ExprKind::kTemplateFor:
      return EvalTemplateFor(As<TemplateForExpr>(expr));
    case ExprKind::kSplatItem:
      return EvalSplatItem(expr);
    case ExprKind::kInvalid:
      return Value::Unknown();
  }
  return Value::Unknown();
}

Value Evaluator::EvalUndefined(const TraversalExpr& expr) {
  if (context_.literal_references) {
    const SourceFile& file = *context_.file;
    const bool derived = file.origin() != nullptr;
    const std::uint32_t shift = derived ? file.InOrigin({0, 0}).begin : 0;
    const std::uint32_t end = expr.steps.empty() ? expr.root_span.end : expr.steps.back().span.end;
    std::string text = LiteralReference(derived ? file.origin()->text() : file.text(),
                                        {expr.root_span.begin + shift, end + shift}, *budget_);
    if (!Charge(0)) return Value::Unknown();
    return Value::Of(std::move(text));
  }
  if (scope_ == nullptr) {
    Error(expr.root_span, "Variables not allowed", "Variables may not be used here.");
    return Value::Unknown();
  }
  Error(expr.root_span, "Unknown variable",
        fmt::format("There is no variable named \"{}\".{}", expr.root,
                    DidYouMean(expr.root, scope_->Names())));
  return Value::Unknown();
}

Value Evaluator::EvalTraversal(const TraversalExpr& expr) {
  const Value* root = scope_ == nullptr ? nullptr : scope_->Find(expr.root);
  if (root == nullptr) return EvalUndefined(expr);
  Value value = Steps(*root, expr.steps);
  if (!ChargeRead(value)) return Value::Unknown();
  return value;
}

Value Evaluator::Report(const AccessProblem& problem, Span subject) {
  Charge(kComparedCost * static_cast<std::int64_t>(problem.compared));
  Error(subject, problem.summary, problem.detail);
  return Value::Unknown();
}

Value Evaluator::Steps(Value value, std::span<const TraversalStep> steps) {
  for (const TraversalStep& step : steps) {
    std::optional<AccessProblem> problem;
    value = step.kind == TraversalStep::Kind::kAttribute ? GetAttribute(value, step.name, problem)
                                                         : GetIndex(value, step.key, problem);
    if (problem) return Report(*problem, step.span);
  }
  return value;
}

Value Evaluator::EvalIndex(const IndexExpr& expr) {
  const Value collection = Eval(*expr.collection);
  const Value key = Eval(*expr.key);
  std::optional<AccessProblem> problem;
  Value value = GetIndex(collection, key, problem);
  return problem ? Report(*problem, expr.brackets_span) : value;
}

bool Evaluator::AppendText(const Value& value, Span span, Span context, std::string& text,
                           bool& known) {
  if (value.is_null()) {
    Error(span, "Invalid template interpolation value",
          "The expression result is null. Cannot include a null value in a string template.",
          context);
    return false;
  }
  if (!value.is_known()) {
    known = false;
    return true;
  }
  const std::size_t before = text.size();
  switch (value.kind()) {
    case Kind::kString:
      text += value.as_string();
      break;
    case Kind::kNumber:
      value.as_number().AppendTo(text);
      break;
    case Kind::kBool:
      text += value.as_bool() ? "true" : "false";
      break;
    default:
      Error(span, "Invalid template interpolation value",
            fmt::format("Cannot include the given value in a string template: string required, but "
                        "have {}.",
                        value.type().FriendlyName()),
            context);
      return false;
  }
  return Charge(static_cast<std::int64_t>(text.size() - before));
}

Value Evaluator::EvalTemplate(const TemplateExpr& expr) {
  std::string text;
  bool known = true;
  for (const Expr* part : expr.parts) {
    if (part->kind == ExprKind::kLiteral) {
      AppendText(As<LiteralExpr>(*part).value, part->span, expr.span, text, known);
    } else {
      AppendText(Eval(*part), part->span, expr.span, text, known);
    }
    if (exhausted_) return Value::Unknown(Type::String());
  }
  return known ? Value::Of(std::move(text)) : Value::Unknown(Type::String());
}

Value Evaluator::EvalTemplateFor(const TemplateForExpr& expr) {
  const Value values = EvalFor(*expr.loop);
  if (!values.has_content()) return Value::Unknown(Type::String());
  std::string text;
  bool known = true;
  for (const Value& value : values.elements()) {
    AppendText(value, expr.loop->span, expr.loop->span, text, known);
    if (!known || exhausted_) return Value::Unknown(Type::String());
  }
  return Value::Of(std::move(text));
}

Value Evaluator::EvalTuple(const TupleExpr& expr) {
  Charge(kElementCost * static_cast<std::int64_t>(expr.items.size()));
  Values values;
  values.reserve(expr.items.size());
  for (const Expr* item : expr.items) {
    values.push_back(Eval(*item));
    if (exhausted_) return Value::Unknown();
  }
  return Value::Tuple(std::move(values));
}

// The key as a known string, or an unknown value.
Value Evaluator::StringKey(const ObjectItem& item) {
  if (item.ambiguous_key) {
    Error(
        item.key->span, "Ambiguous attribute key",
        "If this expression is intended to be a reference, wrap it in parentheses. If it's instead "
        "intended as a literal name containing periods, wrap it in quotes to create a string "
        "literal.");
    return Value::Unknown();
  }
  const std::size_t before = diagnostics_->error_count();
  Value key = Eval(*item.key);
  return diagnostics_->error_count() == before ? key : Value::Unknown();
}

Value Evaluator::EvalObject(const ObjectExpr& expr) {
  Charge(2 * kElementCost * static_cast<std::int64_t>(expr.items.size()));
  Fields fields;
  fields.reserve(expr.items.size());
  bool known = true;
  for (const ObjectItem& item : expr.items) {
    const Value key = StringKey(item);
    Value value = Eval(*item.value);
    if (exhausted_) return Value::Unknown();
    if (key.is_null()) {
      Error(item.value->span, "Null value as key", "Can't use a null value as a key.");
      known = false;
      continue;
    }
    const Converted text = Convert(key, Type::String());
    if (!text) {
      Error(item.key->span, "Incorrect key type",
            fmt::format("Can't use this value as a key: {}.", text.error()));
      known = false;
      continue;
    }
    if (!(*text).is_known()) {
      known = false;
      continue;
    }
    fields.push_back({std::string((*text).as_string()), std::move(value)});
  }
  return known ? Value::Object(std::move(fields)) : Value::Unknown();
}

// False, and a diagnostic, where there is none.
bool Evaluator::FindCommonType(const ConditionalExpr& expr, Branches& branches) {
  const auto is_bare_null = [](const Value& value) {
    return value.is_null() && value.kind() == Kind::kDynamic;
  };
  const Value& if_true = branches.if_true;
  const Value& if_false = branches.if_false;
  if (is_bare_null(if_true)) {
    branches.type = if_false.type();
    branches.convert_true = true;
    return true;
  }
  if (is_bare_null(if_false)) {
    branches.type = if_true.type();
    branches.convert_false = true;
    return true;
  }
  if (if_true.kind() == Kind::kDynamic || if_false.kind() == Kind::kDynamic) return true;
  const Type types[] = {if_true.type(), if_false.type()};
  if (types[0] == types[1]) {
    branches.type = types[0];
    return true;
  }
  if (std::optional<Type> common = Unify(types)) {
    branches.type = *std::move(common);
    branches.convert_true = branches.convert_false = true;
    return true;
  }
  Error({expr.if_true->span.begin, expr.if_false->span.end},
        "Inconsistent conditional result types",
        fmt::format("The true and false result expressions must have consistent types. {}.",
                    DescribeMismatch(types[0], types[1])),
        expr.span);
  return false;
}

Value Evaluator::EvalConditional(const ConditionalExpr& expr) {
  Diagnostics* const outer = diagnostics_;
  Diagnostics true_diagnostics;
  Diagnostics false_diagnostics;
  Branches branches;
  diagnostics_ = &true_diagnostics;
  branches.if_true = Eval(*expr.if_true);
  diagnostics_ = &false_diagnostics;
  branches.if_false = Eval(*expr.if_false);
  diagnostics_ = outer;
  if (exhausted_ || !ChargeWork(branches.if_true) || !ChargeWork(branches.if_false)) {
    return Value::Unknown();
  }
  if (!FindCommonType(expr, branches)) return Value::Unknown();
  const Type& type = branches.type;

  const Value condition = Eval(*expr.condition);
  if (condition.is_null()) {
    Error(expr.condition->span, "Null condition",
          "The condition value is null. Conditions must either be true or false.", expr.span);
    return Value::Unknown(type);
  }
  if (!condition.is_known()) {
    const bool both_null = branches.if_true.is_null() && branches.if_false.is_null();
    return both_null ? Value::Null(type) : Value::Unknown(type);
  }
  const Converted decision = Convert(condition, Type::Bool());
  if (!decision) {
    Error(expr.condition->span, "Incorrect condition type",
          "The condition expression must be of type bool.", expr.span);
    return Value::Unknown(type);
  }

  const bool chosen = (*decision).as_bool();
  diagnostics_->Append(chosen ? std::move(true_diagnostics) : std::move(false_diagnostics));
  const Value& result = chosen ? branches.if_true : branches.if_false;
  if (!(chosen ? branches.convert_true : branches.convert_false)) return result;
  Converted converted = Convert(result, type);
  if (converted) return *converted;
  Error((chosen ? expr.if_true : expr.if_false)->span, "Inconsistent conditional result types",
        fmt::format("The {} result value has the wrong type: {}.", chosen ? "true" : "false",
                    converted.error()),
        expr.span);
  return Value::Unknown(type);
}

Value Evaluator::EvalSplatItem(const Expr& expr) {
  for (auto item = splat_items_.rbegin(); item != splat_items_.rend(); ++item) {
    if (item->first != &expr) continue;
    if (!ChargeRead(item->second)) return Value::Unknown();
    return item->second;
  }
  return Value::Unknown();
}

}  // namespace nmgr::hcl
