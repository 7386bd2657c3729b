// Evaluator: unary and binary operators, and what their operands must be.
#include <fmt/format.h>

#include "hcl/eval/evaluator.h"

namespace nmgr::hcl {
namespace {

bool IsEquality(BinaryOp op) { return op == BinaryOp::kEqual || op == BinaryOp::kNotEqual; }
bool IsLogical(BinaryOp op) { return op == BinaryOp::kAnd || op == BinaryOp::kOr; }
bool IsArithmetic(BinaryOp op) { return op >= BinaryOp::kAdd; }

Type OperandType(BinaryOp op) {
  if (IsEquality(op)) return Type::Dynamic();
  return IsLogical(op) ? Type::Bool() : Type::Number();
}

Type ResultType(BinaryOp op) { return IsArithmetic(op) ? Type::Number() : Type::Bool(); }

std::optional<Number> Arithmetic(BinaryOp op, const Number& left, const Number& right) {
  switch (op) {
    case BinaryOp::kAdd:
      return Number::Add(left, right);
    case BinaryOp::kSubtract:
      return Number::Subtract(left, right);
    case BinaryOp::kMultiply:
      return Number::Multiply(left, right);
    case BinaryOp::kDivide:
      return Number::Divide(left, right);
    default:
      return Number::Modulo(left, right);
  }
}

bool Ordered(BinaryOp op, int comparison) {
  switch (op) {
    case BinaryOp::kGreater:
      return comparison > 0;
    case BinaryOp::kGreaterEqual:
      return comparison >= 0;
    case BinaryOp::kLess:
      return comparison < 0;
    default:
      return comparison <= 0;
  }
}

Value Equality(BinaryOp op, const Value& left, const Value& right) {
  Value equal = Equals(left, right);
  if (op == BinaryOp::kEqual || !equal.has_content()) return equal;
  return Value::Bool(!equal.as_bool());
}

// What an operand may be in messages: conversions name the type that they want.
std::string Undefined(BinaryOp op) {
  switch (op) {
    case BinaryOp::kAdd:
      return "can't compute sum of opposing infinities";
    case BinaryOp::kSubtract:
      return "can't subtract infinity from itself";
    case BinaryOp::kMultiply:
      return "can't multiply zero by infinity";
    case BinaryOp::kDivide:
      return "can't divide zero by zero or infinity by infinity";
    default:
      return "can't use modulo with zero or infinity as operand";
  }
}

}  // namespace

Value Evaluator::EvalBinary(const BinaryExpr& expr) {
  const std::size_t before = diagnostics_->error_count();
  const Value given_left = Eval(*expr.left);
  const Value given_right = Eval(*expr.right);
  if (exhausted_ || !ChargeWork(given_left) || !ChargeWork(given_right)) {
    return Value::Unknown(ResultType(expr.op));
  }
  if (IsEquality(expr.op)) {
    if (diagnostics_->error_count() != before) return Value::Unknown(Type::Bool());
    return Equality(expr.op, given_left, given_right);
  }

  const Type wanted = OperandType(expr.op);
  const Type result = ResultType(expr.op);
  const Converted left = Convert(given_left, wanted);
  if (!left) {
    Error(expr.left->span, "Invalid operand",
          fmt::format("Unsuitable value for left operand: {}.", left.error()), expr.span);
  }
  const Converted right = Convert(given_right, wanted);
  if (!right) {
    Error(expr.right->span, "Invalid operand",
          fmt::format("Unsuitable value for right operand: {}.", right.error()), expr.span);
  }
  if (diagnostics_->error_count() != before) return Value::Unknown(result);

  const auto fail = [&](std::string_view why) {
    Error(expr.span, "Operation failed", fmt::format("Error during operation: {}.", why));
    return Value::Unknown(result);
  };
  if ((*left).is_null() || (*right).is_null()) return fail("argument must not be null");
  if (!(*left).is_known() || !(*right).is_known()) return Value::Unknown(result);

  if (IsLogical(expr.op)) {
    const bool a = (*left).as_bool();
    const bool b = (*right).as_bool();
    return Value::Bool(expr.op == BinaryOp::kAnd ? a && b : a || b);
  }
  const Number& a = (*left).as_number();
  const Number& b = (*right).as_number();
  if (!IsArithmetic(expr.op)) return Value::Bool(Ordered(expr.op, Number::Compare(a, b)));
  std::optional<Number> number = Arithmetic(expr.op, a, b);
  return number ? Value::Of(*std::move(number)) : fail(Undefined(expr.op));
}

Value Evaluator::EvalUnary(const UnaryExpr& expr) {
  const Type type = expr.op == UnaryOp::kNot ? Type::Bool() : Type::Number();
  const std::size_t before = diagnostics_->error_count();
  const Value given = Eval(*expr.operand);
  const Converted value = Convert(given, type);
  if (!value) {
    Error(expr.operand->span, "Invalid operand",
          fmt::format("Unsuitable value for unary operand: {}.", value.error()), expr.span);
  }
  if (diagnostics_->error_count() != before) return Value::Unknown(type);
  if ((*value).is_null()) {
    Error(expr.span, "Operation failed", "Error during operation: argument must not be null.");
    return Value::Unknown(type);
  }
  if (!(*value).is_known()) return Value::Unknown(type);
  if (expr.op == UnaryOp::kNot) return Value::Bool(!(*value).as_bool());
  return Value::Of((*value).as_number().Negated());
}

}  // namespace nmgr::hcl
