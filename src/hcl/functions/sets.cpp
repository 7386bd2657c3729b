// The algebra of sets.
#include <fmt/format.h>

#include "hcl/functions/distinct.h"
#include "hcl/functions/support.h"

namespace nmgr::hcl::functions {
namespace {

// An empty set without an element type fits every other set.
TypeResult CommonSetType(std::span<const Value> arguments) {
  std::vector<Type> elements;
  for (const Value& argument : arguments) {
    const Type type = argument.type();
    if (type.kind() != Kind::kSet) return Type::Dynamic();
    if (argument.is_known() && argument.size() == 0 && type.element().is_dynamic()) continue;
    elements.push_back(type.element());
  }
  if (elements.empty()) return Type::Set(Type::Dynamic());
  auto common = Unify(elements);
  if (!common) return Fault("given sets must all have compatible element types");
  return Type::Set(*std::move(common));
}

// The arguments as sets of one type. Where nulls left the common type open, they must be of one
// type as they are.
FunctionOutcome<Values> ConvertSets(const FunctionCall& call) {
  Values sets;
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    Converted converted = Convert(call.arguments[i], call.result_type);
    if (!converted) return ArgumentFault(i, converted.error());
    sets.push_back(std::move(*converted));
    if (!(sets[i].type() == sets[0].type())) {
      return Fault("given sets must all have compatible element types");
    }
  }
  return sets;
}

FunctionResult SetUnion(const FunctionCall& call) {
  const auto sets = ConvertSets(call);
  if (!sets) return sets.error();
  Values all;
  for (const Value& set : *sets)
    all.insert(all.end(), set.elements().begin(), set.elements().end());
  if (!ChargeElements(call.context, all.size())) return TooLarge();
  return Value::Set((*sets)[0].type().element(), std::move(all));
}

FunctionResult SetIntersection(const FunctionCall& call) {
  const auto sets = ConvertSets(call);
  if (!sets) return sets.error();
  for (const Value& set : *sets) {
    if (!set.IsWhollyKnown()) return Value::Unknown(call.result_type);
  }
  Values common((*sets)[0].elements().begin(), (*sets)[0].elements().end());
  for (std::size_t i = 1; i < (*sets).size(); ++i) {
    DistinctValues other;
    for (const Value& element : (*sets)[i].elements()) other.Insert(element);
    std::erase_if(common, [&other](const Value& element) { return !other.Contains(element); });
  }
  return Value::Set((*sets)[0].type().element(), std::move(common));
}

TypeResult ProductElement(const Type& type, std::size_t argument) {
  if (type.is_collection() && type.kind() != Kind::kMap) return type.element();
  if (type.kind() != Kind::kTuple) return ArgumentFault(argument, "a set or a list is required");
  if (type.elements().empty()) return Type::Dynamic();
  auto common = Unify(type.elements());
  if (!common) return ArgumentFault(argument, "all elements must be of the same type");
  return *std::move(common);
}

TypeResult SetProductType(std::span<const Value> arguments) {
  if (arguments.size() < 2) return Fault("at least two arguments are required");
  bool any_set = false;
  std::vector<Type> elements;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    TypeResult element = ProductElement(arguments[i].type(), i);
    if (!element) return element.error();
    elements.push_back(std::move(*element));
    any_set = any_set || arguments[i].kind() == Kind::kSet;
  }
  Type tuple = Type::Tuple(std::move(elements));
  return any_set ? Type::Set(std::move(tuple)) : Type::List(std::move(tuple));
}

// The number of tuples, or more than anybody may ask for.
std::int64_t CountProduct(std::span<const Value> arguments) {
  std::int64_t total = 1;
  for (const Value& argument : arguments) {
    if (argument.size() == 0) return 0;
    if (total <= kMaxResultSize) total *= static_cast<std::int64_t>(argument.size());
  }
  return total;
}

// The elements of an argument, all of one type.
FunctionOutcome<Values> ProductColumn(const Value& sequence, std::size_t argument,
                                      const Type& type) {
  Values column;
  for (const Value& element : sequence.elements()) {
    Converted converted = Convert(element, type);
    if (!converted) return ArgumentFault(argument, converted.error());
    column.push_back(std::move(*converted));
    if (type.HasDynamic() && !(column.back().type() == column.front().type())) {
      return Fault("all elements must be of the same type");
    }
  }
  return column;
}

FunctionResult SetProduct(const FunctionCall& call) {
  for (const Value& argument : call.arguments) {
    if (!HasKnownLength(argument) || !argument.is_known()) return Value::Unknown(call.result_type);
  }
  const Type& tuple = call.result_type.element();
  const std::size_t width = call.arguments.size();
  const std::int64_t total = CountProduct(call.arguments);
  if (total > kMaxResultSize ||
      !ChargeElements(call.context, static_cast<std::size_t>(total) * (width + 1))) {
    return TooLarge();
  }

  std::vector<Values> columns;
  for (std::size_t i = 0; i < width && total > 0; ++i) {
    FunctionOutcome<Values> column = ProductColumn(call.arguments[i], i, tuple.elements()[i]);
    if (!column) return column.error();
    columns.push_back(std::move(*column));
  }
  Values product;
  product.reserve(static_cast<std::size_t>(total));
  std::vector<std::size_t> at(width, 0);
  for (std::int64_t count = 0; count < total; ++count) {
    Values row(width);
    for (std::size_t i = 0; i < width; ++i) row[i] = columns[i][at[i]];
    product.push_back(Value::Tuple(std::move(row)));
    for (std::size_t i = width; i-- > 0;) {
      if (++at[i] < columns[i].size()) break;
      at[i] = 0;
    }
  }
  const Type element = product.empty() ? tuple : product[0].type();
  if (call.result_type.kind() == Kind::kSet) return Value::Set(element, std::move(product));
  return Value::List(element, std::move(product));
}

Function OfSets(std::string_view name, std::string_view summary,
                FunctionResult (*call)(const FunctionCall&)) {
  const Type any_set = Type::Set(Type::Dynamic());
  return Function{.name = name,
                  .family = kSetsFamily,
                  .summary = summary,
                  .parameters = {Parameter{"first_set", any_set, false, false, true}},
                  .variadic = Parameter{"other_sets", any_set, false, false, true},
                  .type_rule = CommonSetType,
                  .call = call};
}

}  // namespace

std::vector<Function> SetFunctions() {
  Parameter sets = DynamicParameter("sets");
  sets.allow_unknown = true;
  return {
      OfSets("setintersection", "The elements that all of the sets have.", SetIntersection),
      Function{.name = "setproduct",
               .family = kSetsFamily,
               .summary = "Every way to take one element of each of two or more sets or lists.",
               .parameters = {},
               .variadic = sets,
               .type_rule = SetProductType,
               .call = SetProduct},
      OfSets("setunion", "The elements that any of the sets has.", SetUnion),
  };
}

}  // namespace nmgr::hcl::functions
