// Calls functions by name with values as a spec would write them.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "nmgr/hcl/functions/table.h"
#include "nmgr/hcl/value/json.h"

namespace nmgr::hcl {

inline Value Text(std::string_view text) { return Value::Of(text); }
inline Value Num(std::string_view digits) { return Value::Of(*Number::Parse(digits)); }
inline Value True() { return Value::Bool(true); }
inline Value Tuple(Values values) { return Value::Tuple(std::move(values)); }
inline Value Object(Fields fields) { return Value::Object(std::move(fields)); }
inline Value Map(Fields fields) { return Value::Map(Type::String(), std::move(fields)); }

inline Value Texts(std::initializer_list<std::string_view> texts) {
  Values values;
  for (const std::string_view text : texts) values.push_back(Text(text));
  return Value::List(Type::String(), std::move(values));
}

inline Value TextSet(std::initializer_list<std::string_view> texts) {
  Values values;
  for (const std::string_view text : texts) values.push_back(Text(text));
  return Value::Set(Type::String(), std::move(values));
}

inline FunctionResult Try(std::string_view name, const Values& arguments,
                          const FunctionContext& context = {}) {
  const Function* function = FindFunction(name);
  REQUIRE(function != nullptr);
  return CallFunction(*function, arguments, context);
}

inline Value Call(std::string_view name, const Values& arguments,
                  const FunctionContext& context = {}) {
  FunctionResult result = Try(name, arguments, context);
  INFO(name << ": " << (result ? "" : result.error().message));
  REQUIRE(static_cast<bool>(result));
  return *result;
}

// The result as JSON, to compare whole values at a glance; for a string, the string itself.
inline std::string Show(std::string_view name, const Values& arguments,
                        const FunctionContext& context = {}) {
  const Value value = Call(name, arguments, context);
  if (value.has_content() && value.kind() == Kind::kString) return std::string(value.as_string());
  if (!value.IsWhollyKnown()) return "unknown " + value.type().ToJson();
  const Expected<std::string> json = EncodeJson(value);
  REQUIRE(json);
  return *json;
}

// Where a failing call points: the argument, or -1 for the call itself. -2 if it does not fail.
inline int FaultAt(std::string_view name, const Values& arguments,
                   const FunctionContext& context = {}) {
  const FunctionResult result = Try(name, arguments, context);
  if (result) return -2;
  CHECK_FALSE(result.error().message.empty());
  return result.error().argument;
}

}  // namespace nmgr::hcl
