// Type expressions: what stands behind `type =` of a variable.
#include <fmt/format.h>

#include <set>

#include "hcl/eval/evaluator.h"
#include "nmgr/base/text.h"

namespace nmgr::hcl {
namespace {

// The name that a bare word is, keywords of the language included; "" for everything else.
std::string_view BareWord(const Expr& expr) {
  if (expr.kind == ExprKind::kTraversal && As<TraversalExpr>(expr).steps.empty()) {
    return As<TraversalExpr>(expr).root;
  }
  if (expr.kind != ExprKind::kLiteral) return {};
  const Value& value = As<LiteralExpr>(expr).value;
  if (value.is_null()) return "null";
  if (value.kind() == Kind::kBool) return value.as_bool() ? "true" : "false";
  return {};
}

// A type expression is read, not evaluated: its words and calls mean types.
class TypeReader {
 public:
  TypeReader(const SourcePtr& file, bool constraint, Diagnostics& diagnostics)
      : file_(file), constraint_(constraint), diagnostics_(diagnostics) {}

  Type Read(const Expr& expr);

 private:
  Type ReadWord(std::string_view word, Span span);
  Type ReadCall(const CallExpr& call);
  Type ReadObject(const CallExpr& call);
  Type ReadTuple(const CallExpr& call);
  const Expr* ReadOptional(const Expr& expr, bool& optional);

  Type Fail(Span subject, std::string detail, std::optional<Span> context = std::nullopt) {
    diagnostics_.Error(file_, subject, "Invalid type specification", std::move(detail), context);
    return Type::Dynamic();
  }
  static Span ArgumentsSpan(const CallExpr& call) {
    return {call.open_span.begin, call.close_span.end};
  }

  const SourcePtr& file_;
  bool constraint_;
  Diagnostics& diagnostics_;
};

std::string NeedsArgument(std::string_view name) {
  if (name == "object") {
    return "The object type constructor requires one argument specifying the attribute types and "
           "values as a map.";
  }
  if (name == "tuple") {
    return "The tuple type constructor requires one argument specifying the element types as a "
           "list.";
  }
  return fmt::format("The {} type constructor requires one argument specifying the element type.",
                     name);
}

bool IsConstructor(std::string_view name) {
  return name == "list" || name == "set" || name == "map" || name == "object" || name == "tuple";
}

Type TypeReader::ReadWord(std::string_view word, Span span) {
  if (word == "bool") return Type::Bool();
  if (word == "string") return Type::String();
  if (word == "number") return Type::Number();
  if (word == "any") {
    if (constraint_) return Type::Dynamic();
    return Fail(span,
                "The keyword \"any\" cannot be used in this type specification: an exact type is "
                "required.");
  }
  if (IsConstructor(word)) return Fail(span, NeedsArgument(word));
  return Fail(span, fmt::format("The keyword \"{}\" is not a valid type specification.{}", word,
                                DidYouMean(word, {"string", "number", "bool"})));
}

Type TypeReader::ReadCall(const CallExpr& call) {
  const std::string_view name = call.name;
  if (name == "bool" || name == "string" || name == "number" || name == "any") {
    return Fail(ArgumentsSpan(call),
                fmt::format("Type keyword \"{}\" does not expect arguments.", name));
  }
  if (name == "optional" && call.arguments.size() == 1) {
    return Fail(call.name_span,
                "Keyword \"optional\" is valid only as a modifier for object type attributes.");
  }
  if (!IsConstructor(name)) {
    return Fail(name == "optional" ? call.name_span : call.span,
                fmt::format("Keyword \"{}\" is not a valid type constructor.", name));
  }
  if (call.arguments.size() != 1) {
    const Span subject = call.arguments.empty()
                             ? ArgumentsSpan(call)
                             : Span{call.arguments[1]->span.begin, call.arguments.back()->span.end};
    return Fail(subject, NeedsArgument(name), ArgumentsSpan(call));
  }
  if (name == "object") return ReadObject(call);
  if (name == "tuple") return ReadTuple(call);
  Type element = Read(*call.arguments[0]);
  if (name == "list") return Type::List(std::move(element));
  if (name == "set") return Type::Set(std::move(element));
  return Type::Map(std::move(element));
}

// The type expression of an attribute, without the optional() around it; null after an error that
// leaves none.
const Expr* TypeReader::ReadOptional(const Expr& expr, bool& optional) {
  if (expr.kind != ExprKind::kCall || As<CallExpr>(expr).name != "optional") return &expr;
  const CallExpr& call = As<CallExpr>(expr);
  if (call.arguments.empty()) {
    Fail(ArgumentsSpan(call),
         "Optional attribute modifier requires the attribute type as its argument.");
    return nullptr;
  }
  if (!constraint_) {
    Fail(call.name_span,
         "Optional attribute modifier is only for type constraints, not for exact types.");
  } else if (call.arguments.size() != 1) {
    Fail(ArgumentsSpan(call),
         "Optional attribute modifier expects only one argument: the attribute type.");
  } else {
    optional = true;
  }
  return call.arguments[0];
}

Type TypeReader::ReadObject(const CallExpr& call) {
  if (call.arguments[0]->kind != ExprKind::kObject) {
    return Fail(call.arguments[0]->span,
                "Object type constructor requires a map whose keys are attribute names and whose "
                "values are the corresponding attribute types.",
                call.span);
  }
  std::vector<TypeAttribute> attributes;
  std::set<std::string> names;
  for (const ObjectItem& item : As<ObjectExpr>(*call.arguments[0]).items) {
    if (!item.bare_key) {
      Fail(item.key->span, "Object constructor map keys must be attribute names.", call.span);
      continue;
    }
    const std::string name(As<LiteralExpr>(*item.key).value.as_string());
    if (names.contains(name)) {
      Fail(item.key->span, "Object constructor map keys must be unique.", call.span);
      continue;
    }
    bool optional = false;
    const Expr* type = ReadOptional(*item.value, optional);
    if (type == nullptr) continue;
    attributes.push_back({name, Read(*type), optional});
    names.insert(name);
  }
  return Type::Object(std::move(attributes));
}

Type TypeReader::ReadTuple(const CallExpr& call) {
  if (call.arguments[0]->kind != ExprKind::kTuple) {
    return Fail(call.arguments[0]->span, "Tuple type constructor requires a list of element types.",
                call.span);
  }
  std::vector<Type> elements;
  for (const Expr* item : As<TupleExpr>(*call.arguments[0]).items) elements.push_back(Read(*item));
  return Type::Tuple(std::move(elements));
}

Type TypeReader::Read(const Expr& expr) {
  const std::string_view word = BareWord(expr);
  if (!word.empty()) return ReadWord(word, expr.span);
  if (expr.kind == ExprKind::kCall) return ReadCall(As<CallExpr>(expr));
  return Fail(expr.span,
              "A type specification is either a primitive type keyword (bool, number, string) or a "
              "complex type constructor call, like list(string).");
}

}  // namespace

std::optional<Type> EvaluateType(const Expr& expr, const SourcePtr& file, bool constraint,
                                 Diagnostics& diagnostics) {
  const std::size_t before = diagnostics.error_count();
  Type type = TypeReader(file, constraint, diagnostics).Read(expr);
  if (diagnostics.error_count() != before) return std::nullopt;
  return type;
}

}  // namespace nmgr::hcl
