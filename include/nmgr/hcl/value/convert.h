// Conversion between types and the common type of several (go-cty's convert package; shared
// reference 2.3 and 2.5).
#pragma once

#include <optional>
#include <span>
#include <string>

#include "nmgr/hcl/value/value.h"

namespace nmgr::hcl {

// Why a conversion failed: a phrase as Nomad's ("string required", "a bool is required"), with the
// path to the element where it happened ("element 0: number required").
struct ConvertError {
  std::string message;
};

// `value` as `target`, by safe and unsafe conversions. Dynamic targets keep the value (dynamic
// inside a collection means: unify the elements).
class [[nodiscard]] Converted {
 public:
  Converted(Value value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Converted(ConvertError error)
      : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)
  explicit operator bool() const { return !error_.has_value(); }
  const Value& operator*() const { return value_; }
  Value& operator*() { return value_; }
  const std::string& error() const { return error_->message; }

 private:
  Value value_;
  std::optional<ConvertError> error_;
};

Converted Convert(const Value& value, const Type& target);

// Whether a value of type `from` may be convertible to `to` at all (its content may still fail).
bool ConversionExists(const Type& from, const Type& to, bool allow_unsafe = true);

// The type that all of `types` convert to, or nothing. Types may be empty (nothing).
// allow_unsafe as hclsyntax and the stdlib functions use it.
std::optional<Type> Unify(std::span<const Type> types, bool allow_unsafe = true);

// Why `got` cannot become `want`, in Nomad's words, for messages about types alone.
std::string MismatchMessage(const Type& got, const Type& want);

}  // namespace nmgr::hcl
