// Functions over lists, sets and tuples that keep an order.
#include <fmt/format.h>

#include <algorithm>

#include "hcl/functions/distinct.h"
#include "hcl/functions/support.h"

namespace nmgr::hcl::functions {
namespace {

std::vector<Type> TypesOf(std::span<const Value> values) {
  std::vector<Type> types;
  types.reserve(values.size());
  for (const Value& value : values) types.push_back(value.type());
  return types;
}

Value Part(const Value& sequence, const Type& type, std::size_t from, std::size_t to) {
  const std::span<const Value> elements = sequence.elements();
  Values part(elements.begin() + static_cast<std::ptrdiff_t>(from),
              elements.begin() + static_cast<std::ptrdiff_t>(to));
  if (type.kind() == Kind::kTuple) return Value::Tuple(std::move(part));
  return Value::List(type.element(), std::move(part));
}

FunctionResult Chunklist(const FunctionCall& call) {
  const Value& list = call.arguments[0];
  const auto size = call.arguments[1].as_number().ToInt64();
  if (!size) return Fault("invalid size: " + std::string(kNotAnInteger));
  if (*size < 0) return Fault("the size argument must be positive");
  const Type& type = call.result_type.element();
  const std::size_t count = list.size();
  const std::size_t step = *size == 0 ? std::max<std::size_t>(count, 1)
                                      : std::min(static_cast<std::size_t>(*size), count + 1);
  Values chunks;
  for (std::size_t at = 0; at < count; at += step) {
    chunks.push_back(Part(list, type, at, std::min(at + step, count)));
  }
  return Value::List(type, std::move(chunks));
}

TypeResult CoalesceType(std::span<const Value> arguments) {
  auto type = Unify(TypesOf(arguments));
  if (!type) return Fault("all arguments must have the same type");
  return *std::move(type);
}

FunctionResult Coalesce(const FunctionCall& call) {
  for (const Value& argument : call.arguments) {
    if (!argument.is_known()) return Value::Unknown(call.result_type);
    if (argument.is_null()) continue;
    Converted converted = Convert(argument, call.result_type);
    if (!converted) return Fault(converted.error());
    return std::move(*converted);
  }
  return Fault("no non-null arguments");
}

TypeResult CoalesceListType(std::span<const Value> arguments) {
  if (arguments.empty()) return Fault("at least one argument is required");
  for (const Value& argument : arguments) {
    if (!argument.is_known()) return Type::Dynamic();
    if (!IsSequence(argument.kind()))
      return Fault("coalescelist arguments must be lists or tuples");
  }
  const std::vector<Type> types = TypesOf(arguments);
  const bool same = std::all_of(types.begin(), types.end(),
                                [&types](const Type& type) { return type == types[0]; });
  return same ? types[0] : Type::Dynamic();
}

FunctionResult CoalesceList(const FunctionCall& call) {
  for (const Value& argument : call.arguments) {
    if (!argument.is_known()) return Value::Unknown(call.result_type);
    if (!argument.is_null() && argument.size() > 0) return argument;
  }
  return Fault("no non-null arguments");
}

FunctionResult Compact(const FunctionCall& call) {
  const Value& list = call.arguments[0];
  if (!list.IsWhollyKnown()) return Value::Unknown(call.result_type);
  Values kept;
  for (const Value& element : list.elements()) {
    if (!element.is_null() && !element.as_string().empty()) kept.push_back(element);
  }
  return Value::List(Type::String(), std::move(kept));
}

bool AllLists(std::span<const Value> arguments) {
  return std::all_of(arguments.begin(), arguments.end(),
                     [](const Value& value) { return value.kind() == Kind::kList; });
}

// Only lists of types that agree give a list; all other mixtures a tuple.
TypeResult ConcatType(std::span<const Value> arguments) {
  if (arguments.empty()) return Fault("at least one argument is required");
  if (AllLists(arguments)) {
    if (auto type = Unify(TypesOf(arguments))) return *std::move(type);
  }
  std::vector<Type> elements;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Value& argument = arguments[i];
    const Type type = argument.type();
    if (type.kind() == Kind::kTuple) {
      elements.insert(elements.end(), type.elements().begin(), type.elements().end());
    } else if (type.kind() != Kind::kList) {
      return ArgumentFault(i, "all arguments must be lists or tuples; got " + type.FriendlyName());
    } else if (!argument.is_known()) {
      return Type::Dynamic();
    } else {
      elements.insert(elements.end(), argument.size(), type.element());
    }
  }
  return Type::Tuple(std::move(elements));
}

FunctionResult Concat(const FunctionCall& call) {
  std::size_t count = 0;
  for (const Value& argument : call.arguments) count += argument.size();
  if (!ChargeElements(call.context, count)) return TooLarge();

  const bool to_list = call.result_type.kind() == Kind::kList;
  Values all;
  all.reserve(count);
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    const Converted converted =
        to_list ? Convert(call.arguments[i], call.result_type) : Converted(call.arguments[i]);
    if (!converted) return ArgumentFault(i, converted.error());
    const std::span<const Value> elements = (*converted).elements();
    all.insert(all.end(), elements.begin(), elements.end());
  }
  if (to_list) return Value::List(call.result_type.element(), std::move(all));
  return Value::Tuple(std::move(all));
}

FunctionResult Contains(const FunctionCall& call) {
  const Value& list = call.arguments[0];
  if (!IsSequenceOrSet(list.kind())) return Fault("argument must be list, tuple, or set");
  bool uncertain = false;
  for (const Value& element : list.elements()) {
    const Value equal = Equals(call.arguments[1], element);
    if (!equal.is_known()) {
      uncertain = true;
    } else if (equal.as_bool()) {
      return Value::Bool(true);
    }
  }
  return uncertain ? Value::Unknown(Type::Bool()) : Value::Bool(false);
}

TypeResult SameAsFirst(std::span<const Value> arguments) { return arguments[0].type(); }

TypeResult ListOfFirst(std::span<const Value> arguments) { return Type::List(arguments[0].type()); }

FunctionResult Distinct(const FunctionCall& call) {
  const Value& list = call.arguments[0];
  if (!list.IsWhollyKnown()) return Value::Unknown(call.result_type);
  DistinctValues seen;
  Values kept;
  for (const Value& element : list.elements()) {
    if (seen.Insert(element)) kept.push_back(element);
  }
  return Value::List(call.result_type.element(), std::move(kept));
}

std::size_t WrapIndex(std::int64_t index, std::size_t length) {
  const auto size = static_cast<std::int64_t>(length);
  const std::int64_t wrapped = index % size;
  return static_cast<std::size_t>(wrapped < 0 ? wrapped + size : wrapped);
}

TypeResult ElementType(std::span<const Value> arguments) {
  const Type type = arguments[0].type();
  if (type.kind() == Kind::kList) return type.element();
  if (type.kind() != Kind::kTuple) return Fault("cannot read elements from " + type.FriendlyName());
  if (!arguments[1].is_known()) return Type::Dynamic();
  const auto index = arguments[1].as_number().ToInt64();
  if (!index) return Fault("invalid index: " + std::string(kNotAnInteger));
  if (type.elements().empty()) return Fault("cannot use element function with an empty list");
  return type.elements()[WrapIndex(*index, type.elements().size())];
}

FunctionResult Element(const FunctionCall& call) {
  const auto index = call.arguments[1].as_number().ToInt64();
  if (!index) return Fault("invalid index: " + std::string(kNotAnInteger));
  const std::span<const Value> elements = call.arguments[0].elements();
  if (elements.empty()) return Fault("cannot use element function with an empty list");
  return elements[WrapIndex(*index, elements.size())];
}

TypeResult FlattenType(std::span<const Value> arguments) {
  if (arguments[0].IsWhollyKnown() && !IsSequenceOrSet(arguments[0].kind())) {
    return Fault("can only flatten lists, sets and tuples");
  }
  return Type::Dynamic();
}

// Appends the leaves of `sequence`. False where an unknown value may be a sequence itself.
FunctionOutcome<bool> AppendFlat(const Value& sequence, Meter& meter, Values& out) {
  if (!HasKnownLength(sequence)) return false;
  if (!meter.AddElements(sequence.size())) return TooLarge();
  bool certain = true;
  for (const Value& element : sequence.elements()) {
    if (!element.is_known() && element.kind() == Kind::kDynamic) certain = false;
    if (element.is_null() || !IsSequenceOrSet(element.kind())) {
      out.push_back(element);
    } else if (!element.is_known()) {
      certain = false;
    } else {
      const auto inner = AppendFlat(element, meter, out);
      if (!inner) return inner;
      certain = certain && *inner;
    }
  }
  return certain;
}

FunctionResult Flatten(const FunctionCall& call) {
  if (!IsSequenceOrSet(call.arguments[0].kind())) return Value::Unknown();
  Values flat;
  Meter meter(call.context);
  const auto certain = AppendFlat(call.arguments[0], meter, flat);
  if (!certain) return certain.error();
  if (!*certain) return Value::Unknown();
  return Value::Tuple(std::move(flat));
}

TypeResult IndexInTuple(const Type& tuple, const Value& key) {
  if (key.kind() != Kind::kNumber && key.kind() != Kind::kDynamic) {
    return Fault("key for tuple must be number");
  }
  if (!key.is_known()) return Type::Dynamic();
  const auto index = key.as_number().ToInt64();
  if (!index) return Fault("invalid key for tuple: " + std::string(kNotAnInteger));
  const std::size_t count = tuple.elements().size();
  if (*index < 0 || static_cast<std::size_t>(*index) >= count) {
    return Fault(fmt::format("key must be between 0 and {} inclusive", count));
  }
  return tuple.elements()[static_cast<std::size_t>(*index)];
}

TypeResult IndexType(std::span<const Value> arguments) {
  const Type type = arguments[0].type();
  const Value& key = arguments[1];
  switch (type.kind()) {
    case Kind::kTuple:
      return IndexInTuple(type, key);
    case Kind::kList:
      if (key.kind() == Kind::kNumber || key.kind() == Kind::kDynamic) return type.element();
      return Fault("key for list must be number");
    case Kind::kMap:
      if (key.kind() == Kind::kString || key.kind() == Kind::kDynamic) return type.element();
      return Fault("key for map must be string");
    default:
      return Fault("collection must be a list, a map or a tuple");
  }
}

FunctionResult Index(const FunctionCall& call) {
  const Value& collection = call.arguments[0];
  const Value& key = call.arguments[1];
  if (collection.kind() == Kind::kMap) {
    const Value* found = collection.Find(key.as_string());
    if (found == nullptr) return Fault("invalid index");
    return *found;
  }
  const auto index = key.as_number().ToInt64();
  if (!index || *index < 0 || static_cast<std::size_t>(*index) >= collection.size()) {
    return Fault("invalid index");
  }
  return collection.elements()[static_cast<std::size_t>(*index)];
}

TypeResult LengthType(std::span<const Value> arguments) {
  switch (arguments[0].kind()) {
    case Kind::kTuple:
    case Kind::kList:
    case Kind::kMap:
    case Kind::kSet:
    case Kind::kDynamic:
      return Type::Number();
    default:
      return Fault("collection must be a list, a map or a tuple");
  }
}

FunctionResult Length(const FunctionCall& call) {
  const Value& collection = call.arguments[0];
  if (!HasKnownLength(collection)) return Value::Unknown(Type::Number());
  return Value::OfInt(static_cast<std::int64_t>(LengthOf(collection)), Number::kIntegerPrecision);
}

struct Bounds {
  std::size_t from = 0;
  std::size_t to = 0;
  bool known = false;
};

FunctionOutcome<std::size_t> SliceBound(std::span<const Value> arguments, std::size_t which) {
  const std::string name = which == 1 ? "start" : "end";
  const auto index = arguments[which].as_number().ToInt64();
  if (!index) return ArgumentFault(which, fmt::format("invalid {} index: {}", name, kNotAnInteger));
  if (*index < 0) return ArgumentFault(which, name + " index must not be less than zero");
  const auto bound = static_cast<std::size_t>(*index);
  if (HasKnownLength(arguments[0]) && bound > LengthOf(arguments[0])) {
    return ArgumentFault(which, name + " index must not be greater than the length of the list");
  }
  return bound;
}

FunctionOutcome<Bounds> SliceBounds(std::span<const Value> arguments) {
  Bounds bounds;
  if (arguments[1].is_known()) {
    const auto from = SliceBound(arguments, 1);
    if (!from) return from.error();
    bounds.from = *from;
  }
  if (arguments[2].is_known()) {
    const auto to = SliceBound(arguments, 2);
    if (!to) return to.error();
    bounds.to = *to;
  }
  bounds.known = arguments[1].is_known() && arguments[2].is_known();
  if (bounds.known && bounds.from > bounds.to) {
    return ArgumentFault(1, "start index must not be greater than end index");
  }
  return bounds;
}

TypeResult SliceType(std::span<const Value> arguments) {
  const Type type = arguments[0].type();
  if (type.kind() == Kind::kSet) {
    return ArgumentFault(0,
                         "cannot slice a set, because its elements do not have indices; explicitly "
                         "convert to a list if the ordering of the result is not important");
  }
  if (!IsSequence(type.kind())) return ArgumentFault(0, "must be a list or tuple value");
  const auto bounds = SliceBounds(arguments);
  if (!bounds) return bounds.error();
  if (type.kind() == Kind::kList) return type;
  if (!(*bounds).known) return Type::Dynamic();
  const std::span<const Type> part =
      type.elements().subspan((*bounds).from, (*bounds).to - (*bounds).from);
  return Type::Tuple(std::vector<Type>(part.begin(), part.end()));
}

FunctionResult Slice(const FunctionCall& call) {
  const auto bounds = SliceBounds(call.arguments);
  if (!bounds) return bounds.error();
  return Part(call.arguments[0], call.result_type, (*bounds).from, (*bounds).to);
}

FunctionResult Sort(const FunctionCall& call) {
  const Value& list = call.arguments[0];
  if (!list.IsWhollyKnown()) return Value::Unknown(call.result_type);
  Values sorted(list.elements().begin(), list.elements().end());
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i].is_null()) {
      return Fault(fmt::format("given list element {} is null; a null string cannot be sorted", i));
    }
  }
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Value& a, const Value& b) { return a.as_string() < b.as_string(); });
  return Value::List(Type::String(), std::move(sorted));
}

Function Make(std::string_view name, std::string_view summary, std::vector<Parameter> parameters,
              std::optional<Parameter> variadic, TypeResult (*type_rule)(std::span<const Value>),
              FunctionResult (*call)(const FunctionCall&)) {
  return Function{.name = name,
                  .family = kCollectionsFamily,
                  .summary = summary,
                  .parameters = std::move(parameters),
                  .variadic = std::move(variadic),
                  .type_rule = type_rule,
                  .call = call};
}

Parameter Unfussy(std::string_view name, bool null, bool unknown, bool dynamic) {
  return Parameter{name, Type::Dynamic(), null, unknown, dynamic};
}

}  // namespace

std::vector<Function> SequenceFunctions() {
  const Parameter any_list{"list", Type::List(Type::Dynamic())};
  const Parameter strings{"list", Type::List(Type::String())};
  const Parameter strings_or_unknown{"list", Type::List(Type::String()), false, true};
  return {
      Make("chunklist", "The list cut into lists of at most a size.",
           {any_list, NumberParameter("size")}, {}, ListOfFirst, Chunklist),
      Make("coalesce", "The first value that is not null, all brought to one type.", {},
           AnyParameter("vals"), CoalesceType, Coalesce),
      Make("coalescelist", "The first list or tuple that is not empty.", {}, AnyParameter("vals"),
           CoalesceListType, CoalesceList),
      Make("compact", "The strings of a list that are neither null nor empty.", {strings}, {},
           SameAsFirst, Compact),
      Make("concat", "The elements of all the lists and tuples, one after the other.", {},
           DynamicParameter("seqs"), ConcatType, Concat),
      Function{.name = "contains",
               .family = kCollectionsFamily,
               .summary = "Whether a list, tuple or set has an element equal to a value.",
               .parameters = {DynamicParameter("list"), Unfussy("value", true, false, false)},
               .static_type = Type::Bool(),
               .call = Contains},
      Make("distinct", "The list without elements equal to an earlier one.", {any_list}, {},
           SameAsFirst, Distinct),
      Make("element", "The element at an index, counted on from the start after the end.",
           {DynamicParameter("list"), NumberParameter("index")}, {}, ElementType, Element),
      Make("flatten", "One tuple of all elements of nested lists, sets and tuples.",
           {DynamicParameter("list")}, {}, FlattenType, Flatten),
      Make("index", "The element of a list, tuple or map at a key.",
           {DynamicParameter("collection"), Unfussy("key", false, false, true)}, {}, IndexType,
           Index),
      Make("length", "The number of elements in a list, tuple, set or map.",
           {Unfussy("collection", false, true, true)}, {}, LengthType, Length),
      Make("slice", "The elements from a start index up to, not including, an end index.",
           {DynamicParameter("list"), NumberParameter("start_index"), NumberParameter("end_index")},
           {}, SliceType, Slice),
      Make("sort", "The strings of a list in the order of their bytes.", {strings_or_unknown}, {},
           SameAsFirst, Sort),
  };
}

}  // namespace nmgr::hcl::functions
