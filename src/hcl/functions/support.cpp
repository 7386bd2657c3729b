#include "hcl/functions/support.h"

#include <fmt/format.h>

#include <utility>

#include "nmgr/hcl/value/unicode.h"

namespace nmgr::hcl::functions {
namespace {

constexpr std::int64_t kElementSize = 64;  // roughly what a Value and its payload take
constexpr int kMaxDepth = 4000;

bool Spend(const Value& value, int depth, std::int64_t& left) {
  left -= kElementSize;
  if (left < 0 || depth > kMaxDepth) return false;
  if (!value.has_content()) return true;
  switch (value.kind()) {
    case Kind::kString:
      left -= static_cast<std::int64_t>(value.as_string().size());
      break;
    case Kind::kList:
    case Kind::kSet:
    case Kind::kTuple:
      for (const Value& element : value.elements()) {
        if (!Spend(element, depth + 1, left)) return false;
      }
      break;
    case Kind::kMap:
    case Kind::kObject:
      for (const Field& field : value.fields()) {
        left -= static_cast<std::int64_t>(field.key.size());
        if (!Spend(field.value, depth + 1, left)) return false;
      }
      break;
    default:
      break;
  }
  return left >= 0;
}

}  // namespace

FunctionError Fault(std::string message) { return FunctionError{-1, std::move(message)}; }

FunctionError ArgumentFault(std::size_t argument, std::string message) {
  return FunctionError{static_cast<int>(argument), std::move(message)};
}

bool Charge(const FunctionContext& context, std::int64_t bytes) {
  if (bytes > kMaxResultSize) return false;
  if (context.budget == nullptr) return true;
  *context.budget -= bytes;
  return *context.budget >= 0;
}

bool ChargeElements(const FunctionContext& context, std::size_t count) {
  return Meter(context).AddElements(count);
}

bool Meter::AddElements(std::size_t count) {
  return count <= static_cast<std::size_t>(kMaxResultSize) &&
         Add(static_cast<std::int64_t>(count) * kElementSize);
}

std::int64_t ExpandedSize(const Value& value, std::int64_t limit) {
  std::int64_t left = limit;
  return Spend(value, 0, left) ? limit - left : -1;
}

FunctionError TooLarge() { return Fault("the result would be too large"); }

std::string Quote(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    std::size_t length = 0;
    const char32_t c = DecodeCodePoint(text, length);
    const std::string_view bytes = text.substr(0, length);
    text.remove_prefix(length);
    if (length == 1 && static_cast<unsigned char>(bytes[0]) >= 0x80) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes[0]));
      continue;
    }
    switch (c) {
      case '"':
        out += "\\\"";
        continue;
      case '\\':
        out += "\\\\";
        continue;
      case '\a':
        out += "\\a";
        continue;
      case '\b':
        out += "\\b";
        continue;
      case '\f':
        out += "\\f";
        continue;
      case '\n':
        out += "\\n";
        continue;
      case '\r':
        out += "\\r";
        continue;
      case '\t':
        out += "\\t";
        continue;
      case '\v':
        out += "\\v";
        continue;
      default:
        break;
    }
    if (c < 0x20 || c == 0x7F) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    } else if (c >= 0x80 && (c < 0xA0 || c == 0xAD || (IsWhiteSpace(c)))) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += bytes;
    }
  }
  return out += '"';
}

bool HasKnownLength(const Value& value) {
  if (value.kind() == Kind::kTuple) return true;
  if (!value.is_known()) return false;
  return value.kind() != Kind::kSet || value.size() == 1 || value.IsWhollyKnown();
}

std::size_t LengthOf(const Value& value) {
  if (value.kind() == Kind::kTuple && !value.has_content()) return value.type().elements().size();
  return value.size();
}

Parameter AnyParameter(std::string_view name) { return {name, Type::Dynamic(), true, true, true}; }
Parameter StringParameter(std::string_view name) { return {name, Type::String()}; }
Parameter NumberParameter(std::string_view name) { return {name, Type::Number()}; }
Parameter DynamicParameter(std::string_view name) { return {name, Type::Dynamic()}; }

Function TextFunction(std::string_view family, std::string_view name, std::string_view summary,
                      std::vector<Parameter> parameters,
                      FunctionResult (*call)(const FunctionCall&)) {
  return Function{.name = name,
                  .family = family,
                  .summary = summary,
                  .parameters = std::move(parameters),
                  .static_type = Type::String(),
                  .call = call};
}

}  // namespace nmgr::hcl::functions
