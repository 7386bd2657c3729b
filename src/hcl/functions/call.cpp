// One call: arguments are checked and converted, unknown ones answered without the body.
#include "hcl/functions/support.h"
#include "nmgr/hcl/functions/function.h"

namespace nmgr::hcl {
namespace {

// Only tuples and objects carry their elements in their type, which nothing may share.
bool IsReasonable(const Value& value) {
  if (value.kind() != Kind::kTuple && value.kind() != Kind::kObject) return true;
  constexpr std::int64_t kMaxArgument = std::int64_t{256} << 20U;
  return functions::ExpandedSize(value, kMaxArgument) >= 0;
}

bool IsUntyped(const Value& value) { return value.kind() == Kind::kDynamic; }

// The first argument, in order, that forbids the call; or, before one, the first untyped argument
// that the function cannot judge, which makes the result unknown.
FunctionOutcome<bool> CheckArguments(const Function& function, std::span<const Value> arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Parameter& parameter = *ParameterFor(function, i);
    if (arguments[i].is_null() && !parameter.allow_null) {
      return functions::ArgumentFault(i, "argument must not be null");
    }
    if (IsUntyped(arguments[i]) && !parameter.allow_dynamic) return false;
  }
  return true;
}

bool AllKnownEnough(const Function& function, std::span<const Value> arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!arguments[i].is_known() && !ParameterFor(function, i)->allow_unknown) return false;
  }
  return true;
}

}  // namespace

const Parameter* ParameterFor(const Function& function, std::size_t index) {
  if (index < function.parameters.size()) return &function.parameters[index];
  return function.variadic ? &*function.variadic : nullptr;
}

FunctionResult ConvertArgument(const Function& function, std::size_t index, const Value& value) {
  const Parameter* parameter = ParameterFor(function, index);
  if (parameter == nullptr) return functions::ArgumentFault(index, "unexpected argument");
  if (parameter->type.is_dynamic()) return value;
  Converted converted = Convert(value, parameter->type);
  if (!converted) return functions::ArgumentFault(index, converted.error());
  return std::move(*converted);
}

FunctionResult CallFunction(const Function& function, std::span<const Value> arguments,
                            const FunctionContext& context) {
  Values converted;
  converted.reserve(arguments.size());
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!IsReasonable(arguments[i])) return functions::ArgumentFault(i, "the value is too large");
    FunctionResult argument = ConvertArgument(function, i, arguments[i]);
    if (!argument) return argument.error();
    converted.push_back(std::move(*argument));
  }

  const FunctionOutcome<bool> judged = CheckArguments(function, converted);
  if (!judged) return judged.error();
  if (!*judged) return Value::Unknown();

  if (function.filesystem && context.files == nullptr)
    return functions::Fault("filesystem function disabled");
  Type type = function.static_type;
  if (function.type_rule) {
    TypeResult ruled = function.type_rule(converted);
    if (!ruled) return ruled.error();
    type = std::move(*ruled);
  }
  if (!AllKnownEnough(function, converted)) return Value::Unknown(type);
  if (!function.call) return functions::Fault("this function takes expressions, not values");
  return function.call(FunctionCall{converted, type, context});
}

}  // namespace nmgr::hcl
