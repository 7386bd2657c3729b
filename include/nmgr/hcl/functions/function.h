// HCL functions as data: name, parameters, one line of documentation, implementation. One table
// (functions/table.h) holds them all; the evaluator, the reference page (docs/functions.md) and the
// "did you mean" of messages walk it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nmgr/base/file_system.h"
#include "nmgr/hcl/value/convert.h"
#include "nmgr/hcl/value/value.h"

namespace nmgr::hcl {

// What functions may reach outside their arguments. Not owned.
struct FunctionContext {
  FileSystem* files = nullptr;  // null: filesystem functions are disabled, as on the server
  Path base_dir = ".";          // relative paths start here: the spec's folder, or file_root
  Path repository = {};         // where a message looks for a file that is missing; "": nowhere
  Path home;                    // what ~ stands for
  Path current = {};            // where abspath() starts; "": the current folder
  // Bytes that one evaluation may still produce by calls (strings, lists): a bound against bombs.
  // Counted down by the functions that can multiply their input; below 0 is an error. Null: each
  // call has kMaxResultSize for itself.
  std::int64_t* budget = nullptr;
};

// No single result may be larger than this, whatever the budget says (bytes).
inline constexpr std::int64_t kMaxResultSize = std::int64_t{64} << 20U;

// Why a call failed. With `argument` >= 0 the message is about that argument (0-based, counting
// variadic ones on), and the diagnostic points there ("Invalid function argument"); else at the
// call.
struct FunctionError {
  int argument = -1;
  std::string message;
};

// A T, or why there is none.
template <class T>
class [[nodiscard]] FunctionOutcome {
 public:
  FunctionOutcome(T value) : value_(std::move(value)) {}              // NOLINT
  FunctionOutcome(FunctionError error) : error_(std::move(error)) {}  // NOLINT
  explicit operator bool() const { return !error_.has_value(); }
  T& operator*() { return value_; }
  const T& operator*() const { return value_; }
  const FunctionError& error() const { return *error_; }

 private:
  T value_;
  std::optional<FunctionError> error_;
};
using FunctionResult = FunctionOutcome<Value>;
using TypeResult = FunctionOutcome<Type>;

struct Parameter {
  std::string_view name;
  Type type = {};  // arguments are converted to it; dynamic accepts all
  bool allow_null = false;
  bool allow_unknown = false;  // else an unknown argument makes the result unknown without a call
  // Whether a value of dynamic type (unknown, or a bare null where null is allowed) is passed on to
  // the type rule; else the result is unknown at once, of dynamic type.
  bool allow_dynamic = false;
};

// What an implementation sees: arguments converted, not null unless allowed, known (but perhaps
// with unknown elements) unless allowed.
struct FunctionCall {
  std::span<const Value> arguments;
  const Type& result_type;  // as the type rule gave it
  const FunctionContext& context;
};

struct Function {
  std::string_view name;
  std::string_view family;   // heading in the reference page
  std::string_view summary;  // one line, ends with a full stop
  std::vector<Parameter> parameters;
  std::optional<Parameter> variadic = {};

  // Result type from the argument values (some unknown), or why they do not fit. Called before
  // `call` and for unknown arguments. Absent: `static_type`.
  std::function<TypeResult(std::span<const Value>)> type_rule = {};
  Type static_type = {};

  std::function<FunctionResult(const FunctionCall&)> call = {};

  bool filesystem = false;  // refused when FunctionContext::files is null
  bool pure = true;
};

// The parameter that argument `index` belongs to; null if the function takes fewer.
const Parameter* ParameterFor(const Function& function, std::size_t index);

// `value` as the type of the parameter that argument `index` belongs to. For callers that want one
// diagnostic for each unfit argument, as hclsyntax gives, not only the first.
FunctionResult ConvertArgument(const Function& function, std::size_t index, const Value& value);

// The whole protocol of one call, given values as evaluated: conversion, null checks, unknowns,
// type rule, call (hclsyntax's FunctionCallExpr and cty's function.Call). Argument count is the
// evaluator's, which knows the places. `argument` of an error counts from 0 over all arguments.
FunctionResult CallFunction(const Function& function, std::span<const Value> arguments,
                            const FunctionContext& context);

}  // namespace nmgr::hcl
