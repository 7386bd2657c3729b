// Arithmetic, and numbers from texts.
#include <fmt/format.h>

#include <cmath>

#include "hcl/functions/double_math.h"
#include "hcl/functions/support.h"

namespace nmgr::hcl::functions {
namespace {

constexpr std::size_t kMaxRange = 1024;

FunctionResult Abs(const FunctionCall& call) {
  const Number& number = call.arguments[0].as_number();
  return Value::Of(number.is_negative() ? number.Negated() : number);
}

FunctionResult Ceil(const FunctionCall& call) {
  const Number& number = call.arguments[0].as_number();
  return Value::Of(number.is_infinite() ? number : number.Ceiling());
}

FunctionResult Floor(const FunctionCall& call) {
  const Number& number = call.arguments[0].as_number();
  return Value::Of(number.is_infinite() ? number : number.Floor());
}

FunctionResult Signum(const FunctionCall& call) {
  const auto number = call.arguments[0].as_number().ToInt64();
  if (!number) return Fault(std::string(kNotAnInteger));
  return Value::OfInt(*number > 0 ? 1 : *number < 0 ? -1 : 0, Number::kIntegerPrecision);
}

// The nearest double. Infinity stands for itself, but no finite number may become one.
FunctionOutcome<double> ToDouble(const Value& value) {
  const double result = value.as_number().ToDouble();
  if (std::isinf(result) && !value.as_number().is_infinite()) {
    return Fault(
        "value must be between -1.7976931348623157e308 and 1.7976931348623157e308 inclusive");
  }
  return result;
}

template <class Operation>
FunctionResult InDoubles(const FunctionCall& call, Operation operation) {
  const auto a = ToDouble(call.arguments[0]);
  if (!a) return a.error();
  const auto b = ToDouble(call.arguments[1]);
  if (!b) return b.error();
  const double result = operation(*a, *b);
  if (std::isnan(result)) return Fault("the result is not a number");
  return Value::Of(Number::FromDouble(result));
}

FunctionResult Log(const FunctionCall& call) {
  return InDoubles(call, [](double x, double base) { return NaturalLog(x) / NaturalLog(base); });
}

FunctionResult Pow(const FunctionCall& call) {
  return InDoubles(call, [](double x, double power) { return Power(x, power); });
}

FunctionResult Extreme(const FunctionCall& call, int wanted) {
  if (call.arguments.empty()) return Fault("must pass at least one number");
  Number best = Number::Infinity(wanted > 0);
  for (const Value& argument : call.arguments) {
    if (Number::Compare(argument.as_number(), best) == wanted) best = argument.as_number();
  }
  return Value::Of(best);
}

FunctionResult Max(const FunctionCall& call) { return Extreme(call, 1); }
FunctionResult Min(const FunctionCall& call) { return Extreme(call, -1); }

TypeResult ParseIntType(std::span<const Value> arguments) {
  if (arguments[0].kind() == Kind::kString) return Type::Number();
  return ArgumentFault(
      0, "first argument must be a string, not " + arguments[0].type().FriendlyName());
}

FunctionResult ParseInt(const FunctionCall& call) {
  const auto base = call.arguments[1].as_number().ToInt64();
  if (!base) return ArgumentFault(1, std::string(kNotAnInteger));
  if (*base < 2 || *base > 62) {
    return ArgumentFault(1, "base must be a whole number between 2 and 62 inclusive");
  }
  const std::string_view text = call.arguments[0].as_string();
  const auto number = Number::ParseInteger(text, static_cast<int>(*base));
  if (!number) {
    return ArgumentFault(0,
                         fmt::format("cannot parse {} as a base {} integer", Quote(text), *base));
  }
  return Value::Of(*number);
}

struct RangeBounds {
  Number start, end, step;
};

RangeBounds BoundsOf(std::span<const Value> arguments) {
  const bool has_start = arguments.size() > 1;
  RangeBounds bounds;
  // Go's cty.Zero is a plain big.Float with the precision of an int64.
  bounds.start =
      has_start ? arguments[0].as_number() : Number::FromInt(0, Number::kIntegerPrecision);
  bounds.end = has_start ? arguments[1].as_number() : arguments[0].as_number();
  if (arguments.size() == 3) {
    bounds.step = arguments[2].as_number();
  } else {
    const bool down = Number::Compare(bounds.end, bounds.start) < 0;
    bounds.step = Number::FromInt(down ? -1 : 1, Number::kIntegerPrecision);
  }
  return bounds;
}

FunctionResult Range(const FunctionCall& call) {
  if (call.arguments.empty() || call.arguments.size() > 3) {
    return Fault("must have one, two, or three arguments");
  }
  const RangeBounds bounds = BoundsOf(call.arguments);
  const bool down = bounds.step.Sign() < 0;
  const int order = Number::Compare(bounds.end, bounds.start);
  if (down && order > 0) {
    return ArgumentFault(1, "end must be less than start when step is negative");
  }
  if (!down && order < 0) {
    return ArgumentFault(1, "end must be greater than start when step is positive");
  }
  Values values;
  for (Number number = bounds.start;;) {
    const int compared = Number::Compare(number, bounds.end);
    if (down ? compared <= 0 : compared >= 0) break;
    if (values.size() >= kMaxRange) {
      return Fault(
          "more than 1024 values were generated; either decrease the difference between start and "
          "end or use a smaller step");
    }
    values.push_back(Value::Of(number));
    const auto next = Number::Add(number, bounds.step);
    if (!next) return Fault("can't compute sum of opposing infinities");
    number = *next;
  }
  return Value::List(Type::Number(), std::move(values));
}

Function OfNumber(std::string_view name, std::string_view summary,
                  FunctionResult (*call)(const FunctionCall&), bool allow_dynamic = false) {
  Parameter parameter = NumberParameter("num");
  parameter.allow_dynamic = allow_dynamic;
  return Function{.name = name,
                  .family = kNumbersFamily,
                  .summary = summary,
                  .parameters = {parameter},
                  .static_type = Type::Number(),
                  .call = call};
}

Function OfNumbers(std::string_view name, std::string_view summary,
                   FunctionResult (*call)(const FunctionCall&)) {
  Parameter parameter = NumberParameter("numbers");
  parameter.allow_dynamic = true;
  return Function{.name = name,
                  .family = kNumbersFamily,
                  .summary = summary,
                  .parameters = {},
                  .variadic = parameter,
                  .static_type = Type::Number(),
                  .call = call};
}

}  // namespace

std::vector<Function> NumberFunctions() {
  return {
      OfNumber("abs", "The number without its sign.", Abs, true),
      OfNumber("ceil", "The nearest whole number that is not smaller.", Ceil),
      OfNumber("floor", "The nearest whole number that is not greater.", Floor),
      Function{.name = "log",
               .family = kNumbersFamily,
               .summary = "The logarithm of a number in a base.",
               .parameters = {NumberParameter("num"), NumberParameter("base")},
               .static_type = Type::Number(),
               .call = Log},
      OfNumbers("max", "The greatest of the numbers.", Max),
      OfNumbers("min", "The smallest of the numbers.", Min),
      Function{.name = "parseint",
               .family = kNumbersFamily,
               .summary = "The integer that a text stands for in a base from 2 to 62.",
               .parameters = {DynamicParameter("number"), NumberParameter("base")},
               .type_rule = ParseIntType,
               .call = ParseInt},
      Function{.name = "pow",
               .family = kNumbersFamily,
               .summary = "A number raised to a power.",
               .parameters = {NumberParameter("num"), NumberParameter("power")},
               .static_type = Type::Number(),
               .call = Pow},
      Function{.name = "range",
               .family = kNumbersFamily,
               .summary = "Numbers from a start (0) by a step (1) up to, not including, an end: "
                          "range(end), range(start, end) or range(start, end, step).",
               .parameters = {},
               .variadic = NumberParameter("params"),
               .static_type = Type::List(Type::Number()),
               .call = Range},
      OfNumber("signum", "-1, 0 or 1: the sign of a whole number.", Signum),
  };
}

}  // namespace nmgr::hcl::functions
