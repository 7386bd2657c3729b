// Evaluator: function calls, from the name to the result; try, can and convert, which look at their
// arguments' failures.
#include <fmt/format.h>

#include "hcl/eval/evaluator.h"
#include "nmgr/base/text.h"

namespace nmgr::hcl {
namespace {

constexpr std::int64_t kCallCost = 64;

Span CallSpan(const CallExpr& expr) { return {expr.name_span.begin, expr.close_span.end}; }
Span CallStart(const CallExpr& expr) { return {expr.name_span.begin, expr.open_span.end}; }

std::vector<std::string> FunctionNames() {
  std::vector<std::string> names;
  for (const Function& function : AllFunctions()) names.emplace_back(function.name);
  return names;
}

}  // namespace

const Function* Evaluator::FindCallee(const CallExpr& expr) {
  if (!functions_allowed_) {
    Error(CallSpan(expr), "Function calls not allowed", "Functions may not be called here.");
    return nullptr;
  }
  if (const Function* function = FindFunction(expr.name)) return function;
  const std::size_t colons = expr.name.rfind("::");
  Error(expr.name_span, "Call to unknown function",
        colons == std::string_view::npos
            ? fmt::format("There is no function named \"{}\".{}", expr.name,
                          DidYouMean(expr.name, FunctionNames()))
            : fmt::format("There are no functions in namespace \"{}\".",
                          expr.name.substr(0, colons + 2)),
        CallSpan(expr));
  return nullptr;
}

bool Evaluator::CollectArguments(const CallExpr& expr, std::vector<Argument>& arguments) {
  const std::size_t plain = expr.arguments.size() - (expr.expand_last ? 1 : 0);
  arguments.reserve(expr.arguments.size());
  for (const Expr* argument : expr.arguments.first(plain)) {
    arguments.push_back({argument, {}, StartSpan(*argument, *context_.file), argument->span});
  }
  if (!expr.expand_last) return true;

  const Expr& last = *expr.arguments.back();
  const std::size_t before = diagnostics_->error_count();
  const Value sequence = Eval(last);
  if (exhausted_ || diagnostics_->error_count() != before) return false;
  const auto fail = [&](std::string detail) {
    Error(last.span, "Invalid expanding argument value", std::move(detail), CallSpan(expr));
    return false;
  };
  const Kind kind = sequence.kind();
  const bool is_sequence = kind == Kind::kTuple || kind == Kind::kList || kind == Kind::kSet;
  if (!is_sequence && kind != Kind::kDynamic) {
    return fail("The expanding argument (indicated by ...) must be of a tuple, list, or set type.");
  }
  if (sequence.is_null()) {
    return fail("The expanding argument (indicated by ...) must not be null.");
  }
  if (!sequence.is_known()) return false;
  for (const Value& element : sequence.elements()) {
    if (!Charge(static_cast<std::int64_t>(sizeof(Argument)))) return false;
    arguments.push_back({nullptr, element, last.span, last.span});
  }
  return true;
}

bool Evaluator::CheckArity(const CallExpr& expr, const Function& function,
                           const std::vector<Argument>& arguments) {
  const std::size_t wanted = function.parameters.size();
  if (arguments.size() < wanted) {
    Error(expr.close_span, "Not enough function arguments",
          fmt::format("Function \"{}\" expects{} {} argument(s). Missing value for \"{}\".",
                      expr.name, function.variadic ? " at least" : "", wanted,
                      function.parameters[arguments.size()].name),
          CallSpan(expr));
    return false;
  }
  if (!function.variadic && arguments.size() > wanted) {
    Error(arguments[wanted].start, "Too many function arguments",
          fmt::format("Function \"{}\" expects only {} argument(s).", expr.name, wanted),
          CallSpan(expr));
    return false;
  }
  return true;
}

Value Evaluator::EvalCall(const CallExpr& expr) {
  const Function* function = FindCallee(expr);
  if (function == nullptr) return Value::Unknown();
  std::vector<Argument> arguments;
  if (!CollectArguments(expr, arguments)) return Value::Unknown();
  if (!CheckArity(expr, *function, arguments)) return Value::Unknown();
  if (expr.name == "try") return CallTry(expr, arguments);
  if (expr.name == "can") return CallCan(arguments);
  if (expr.name == "convert") return CallConvert(expr, arguments);
  return CallOrdinary(expr, *function, arguments);
}

Value Evaluator::EvalArgument(const Argument& argument) {
  return argument.expr == nullptr ? argument.value : Eval(*argument.expr);
}

Value Evaluator::CallOrdinary(const CallExpr& expr, const Function& function,
                              const std::vector<Argument>& arguments) {
  const std::size_t before = diagnostics_->error_count();
  if (!Charge(kCallCost)) return Value::Unknown();
  Values values;
  values.reserve(arguments.size());
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    Value value = EvalArgument(arguments[i]);
    if (exhausted_ || !ChargeWork(value)) return Value::Unknown();
    FunctionResult converted = ConvertArgument(function, i, value);
    if (converted) {
      values.push_back(*std::move(converted));
      continue;
    }
    Error(arguments[i].start, "Invalid function argument",
          fmt::format("Invalid value for \"{}\" parameter: {}.", ParameterFor(function, i)->name,
                      converted.error().message),
          CallSpan(expr));
    values.push_back(Value::Unknown());
  }
  if (diagnostics_->error_count() != before) return Value::Unknown();

  if (functions_->budget == nullptr) {
    own_functions_ = *functions_;
    own_functions_.budget = budget_;
    functions_ = &own_functions_;
  }
  FunctionResult result = CallFunction(function, values, *functions_);
  if (*budget_ < 0) exhausted_ = true;
  if (result) return *std::move(result);
  ReportCallError(expr, function, arguments, result.error());
  return Value::Unknown();
}

void Evaluator::ReportCallError(const CallExpr& expr, const Function& function,
                                const std::vector<Argument>& arguments,
                                const FunctionError& error) {
  const auto index = static_cast<std::size_t>(error.argument);
  const Parameter* parameter = error.argument < 0 ? nullptr : ParameterFor(function, index);
  if (parameter == nullptr) {
    Error(CallStart(expr), "Error in function call",
          fmt::format("Call to function \"{}\" failed: {}.", expr.name, error.message),
          CallSpan(expr));
    return;
  }
  Error(index < arguments.size() ? arguments[index].start : CallSpan(expr),
        "Invalid function argument",
        fmt::format("Invalid value for \"{}\" parameter: {}.", parameter->name, error.message),
        CallSpan(expr));
}

Value Evaluator::CallTry(const CallExpr& expr, const std::vector<Argument>& arguments) {
  const auto fail = [&](const std::string& why) {
    Error(CallStart(expr), "Error in function call",
          fmt::format("Call to function \"try\" failed: {}.", why), CallSpan(expr));
    return Value::Unknown();
  };
  if (arguments.empty()) return fail("at least one argument is required");

  Diagnostics* const outer = diagnostics_;
  Diagnostics trial;
  for (const Argument& argument : arguments) {
    const std::size_t before = trial.error_count();
    diagnostics_ = &trial;
    Value value = EvalArgument(argument);
    diagnostics_ = outer;
    if (exhausted_) return Value::Unknown();
    if (trial.error_count() != before) continue;
    return value.IsWhollyKnown() ? value : Value::Unknown();
  }
  std::string reasons = "no expression succeeded:\n";
  for (const Diagnostic& diagnostic : trial.items()) {
    if (!Charge(static_cast<std::int64_t>(diagnostic.detail.size()))) break;
    const SourcePos place =
        diagnostic.file->PosAt(diagnostic.subject ? diagnostic.subject->begin : 0);
    reasons += fmt::format("- {} (at {}:{}:{})\n  {}\n", diagnostic.summary,
                           diagnostic.file->name(), place.line, place.column, diagnostic.detail);
  }
  return fail(reasons + "\nAt least one expression must produce a successful result");
}

Value Evaluator::CallCan(const std::vector<Argument>& arguments) {
  Diagnostics* const outer = diagnostics_;
  Diagnostics trial;
  diagnostics_ = &trial;
  const Value value = EvalArgument(arguments[0]);
  diagnostics_ = outer;
  if (exhausted_) return Value::Unknown();
  if (trial.HasErrors()) return Value::Bool(false);
  return value.IsWhollyKnown() ? Value::Bool(true) : Value::Unknown(Type::Bool());
}

Value Evaluator::CallConvert(const CallExpr& expr, const std::vector<Argument>& arguments) {
  const std::size_t before = diagnostics_->error_count();
  const Value value = EvalArgument(arguments[0]);
  if (exhausted_ || !ChargeWork(value)) return Value::Unknown();
  std::optional<Type> type;
  if (arguments[1].expr != nullptr) {
    type = EvaluateType(*arguments[1].expr, context_.file, true, *diagnostics_);
  } else {
    Error(arguments[1].span, "Invalid type specification",
          "A type specification is either a primitive type keyword (bool, number, string) or a "
          "complex "
          "type constructor call, like list(string).");
  }
  if (!type || diagnostics_->error_count() != before) return Value::Unknown();
  Converted converted = Convert(value, *type);
  // Once more to the type of the result, in which no attribute is optional: Nomad does so, and
  // refuses objects that lack one.
  if (converted && value.is_known()) converted = Convert(value, (*converted).type());
  if (converted) return *std::move(converted);
  Error(arguments[0].start, "Invalid function argument",
        fmt::format("Invalid value for \"value\" parameter: {}.", converted.error()),
        CallSpan(expr));
  return Value::Unknown();
}

}  // namespace nmgr::hcl
