// Functions over maps and objects.
#include <fmt/format.h>

#include <algorithm>

#include "hcl/functions/support.h"

namespace nmgr::hcl::functions {
namespace {

bool IsMapping(Kind kind) { return kind == Kind::kMap || kind == Kind::kObject; }

TypeResult KeysType(std::span<const Value> arguments) {
  const Type type = arguments[0].type();
  if (type.kind() == Kind::kMap) return Type::List(Type::String());
  if (type.kind() != Kind::kObject) return ArgumentFault(0, "must have map or object type");
  return Type::Tuple(std::vector<Type>(type.attributes().size(), Type::String()));
}

FunctionResult Keys(const FunctionCall& call) {
  const Value& mapping = call.arguments[0];
  Values keys;
  if (mapping.kind() == Kind::kObject) {
    const Type type = mapping.type();
    for (const TypeAttribute& attribute : type.attributes()) {
      keys.push_back(Value::Of(attribute.name));
    }
    return Value::Tuple(std::move(keys));
  }
  if (!mapping.is_known()) return Value::Unknown(call.result_type);
  for (const Field& field : mapping.fields()) keys.push_back(Value::Of(field.key));
  return Value::List(Type::String(), std::move(keys));
}

TypeResult ValuesType(std::span<const Value> arguments) {
  const Type type = arguments[0].type();
  if (type.kind() == Kind::kMap) return Type::List(type.element());
  if (type.kind() != Kind::kObject) return Fault("values() requires a map as the first argument");
  std::vector<Type> types;
  for (const TypeAttribute& attribute : type.attributes()) types.push_back(attribute.type);
  return Type::Tuple(std::move(types));
}

FunctionResult ValuesOf(const FunctionCall& call) {
  Values values;
  for (const Field& field : call.arguments[0].fields()) values.push_back(field.value);
  if (call.result_type.kind() == Kind::kTuple) return Value::Tuple(std::move(values));
  return Value::List(call.result_type.element(), std::move(values));
}

TypeResult LookupType(std::span<const Value> arguments) {
  const Type type = arguments[0].type();
  if (type.kind() == Kind::kMap) {
    if (Convert(arguments[2], type.element())) return type.element();
    return ArgumentFault(2, "the default value must have the same type as the map elements");
  }
  if (type.kind() != Kind::kObject) {
    return ArgumentFault(0, "lookup() requires a map as the first argument");
  }
  if (!arguments[1].is_known()) return Type::Dynamic();
  const Type* attribute = type.FindAttribute(arguments[1].as_string());
  return attribute != nullptr ? *attribute : arguments[2].type();
}

FunctionResult Lookup(const FunctionCall& call) {
  if (!call.arguments[0].IsWhollyKnown()) return Value::Unknown(call.result_type);
  const Value* found = call.arguments[0].Find(call.arguments[1].as_string());
  if (found != nullptr) return *found;
  Converted converted = Convert(call.arguments[2], call.result_type);
  if (!converted) return Fault(converted.error());
  return std::move(*converted);
}

// The attributes that `argument` brings into a merged object; a null brings none.
void CollectAttributes(const Value& argument, const Type& type, std::vector<TypeAttribute>& out) {
  if (argument.is_null()) return;
  if (type.kind() == Kind::kObject) {
    out.insert(out.end(), type.attributes().begin(), type.attributes().end());
    return;
  }
  if (!argument.is_known()) return;
  for (const Field& field : argument.fields()) out.push_back({field.key, type.element(), false});
}

FunctionError NotMergeable(const Type& type) {
  return Fault("arguments must be maps or objects, got " + Quote(type.FriendlyName()));
}

// All of one type: that type; else an object.
TypeResult MergeType(std::span<const Value> arguments) {
  if (arguments.empty()) return Type::Object({});
  std::vector<TypeAttribute> attributes;
  std::optional<Type> first;
  bool same = true;
  bool complete = true;
  for (const Value& argument : arguments) {
    Type type = argument.type();
    if (type.is_dynamic()) return Type::Dynamic();
    if (!IsMapping(type.kind())) return NotMergeable(type);
    CollectAttributes(argument, type, attributes);
    if (type.kind() == Kind::kMap && !argument.is_known()) complete = false;
    if (type.kind() == Kind::kObject && argument.is_null()) type = Type::Object({});
    if (!first) {
      first = type;
    } else if (!(type == *first)) {
      same = false;
    }
  }
  if (same) return *std::move(first);
  if (!complete) return Type::Dynamic();
  return Type::Object(std::move(attributes));
}

FunctionResult Merge(const FunctionCall& call) {
  std::size_t count = 0;
  for (const Value& argument : call.arguments) {
    if (argument.is_null()) continue;
    // A bare null before it has kept the type rule from looking.
    if (!IsMapping(argument.kind())) return NotMergeable(argument.type());
    count += argument.size();
  }
  if (!ChargeElements(call.context, count)) return TooLarge();
  Fields fields;
  fields.reserve(count);
  for (const Value& argument : call.arguments) {
    if (argument.is_null()) continue;
    fields.insert(fields.end(), argument.fields().begin(), argument.fields().end());
  }
  if (call.result_type.kind() == Kind::kMap) {
    return Value::Map(call.result_type.element(), std::move(fields));
  }
  return Value::Object(std::move(fields));
}

FunctionError LengthsDiffer(std::size_t keys, std::size_t values) {
  return Fault(
      fmt::format("number of keys ({}) does not match number of values ({})", keys, values));
}

std::optional<FunctionError> FindNullKey(std::span<const Value> keys) {
  const auto null =
      std::find_if(keys.begin(), keys.end(), [](const Value& key) { return key.is_null(); });
  if (null == keys.end()) return std::nullopt;
  return Fault(fmt::format("keys list has null value at index {}", null - keys.begin()));
}

TypeResult ZipmapType(std::span<const Value> arguments) {
  const Value& keys = arguments[0];
  const Type type = arguments[1].type();
  if (type.kind() == Kind::kList) return Type::Map(type.element());
  if (type.kind() != Kind::kTuple) return Fault("values argument must be a list or tuple value");
  if (!keys.IsWhollyKnown()) return Type::Dynamic();
  const std::span<const Type> types = type.elements();
  if (keys.size() != types.size()) return LengthsDiffer(keys.size(), types.size());
  if (auto null = FindNullKey(keys.elements())) return *std::move(null);
  std::vector<TypeAttribute> attributes;
  for (std::size_t i = 0; i < types.size(); ++i) {
    attributes.push_back({std::string(keys.elements()[i].as_string()), types[i], false});
  }
  return Type::Object(std::move(attributes));
}

FunctionResult Zipmap(const FunctionCall& call) {
  const Value& keys = call.arguments[0];
  const Value& values = call.arguments[1];
  if (!keys.IsWhollyKnown()) return Value::Unknown(call.result_type);
  if (keys.size() != values.size()) return LengthsDiffer(keys.size(), values.size());
  if (auto null = FindNullKey(keys.elements())) return *std::move(null);
  Fields fields;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    fields.push_back({std::string(keys.elements()[i].as_string()), values.elements()[i]});
  }
  if (call.result_type.kind() == Kind::kMap) {
    return Value::Map(call.result_type.element(), std::move(fields));
  }
  return Value::Object(std::move(fields));
}

}  // namespace

std::vector<Function> MappingFunctions() {
  Parameter known_or_not = DynamicParameter("inputMap");
  known_or_not.allow_unknown = true;
  Parameter null_or_not = DynamicParameter("maps");
  null_or_not.allow_null = true;
  null_or_not.allow_dynamic = true;
  return {
      Function{.name = "keys",
               .family = kCollectionsFamily,
               .summary = "The keys of a map or object, sorted.",
               .parameters = {known_or_not},
               .type_rule = KeysType,
               .call = Keys},
      Function{.name = "lookup",
               .family = kCollectionsFamily,
               .summary = "The element of a map or object at a key, or a default if there is none.",
               .parameters = {DynamicParameter("inputMap"), StringParameter("key"),
                              DynamicParameter("default")},
               .type_rule = LookupType,
               .call = Lookup},
      Function{
          .name = "merge",
          .family = kCollectionsFamily,
          .summary = "All elements of the maps and objects; of equal keys the last one counts.",
          .parameters = {},
          .variadic = null_or_not,
          .type_rule = MergeType,
          .call = Merge},
      Function{.name = "values",
               .family = kCollectionsFamily,
               .summary = "The values of a map or object in the order of its keys.",
               .parameters = {DynamicParameter("mapping")},
               .type_rule = ValuesType,
               .call = ValuesOf},
      Function{
          .name = "zipmap",
          .family = kCollectionsFamily,
          .summary = "A map or object from a list of keys and as many values.",
          .parameters = {Parameter{"keys", Type::List(Type::String())}, DynamicParameter("values")},
          .type_rule = ZipmapType,
          .call = Zipmap},
  };
}

}  // namespace nmgr::hcl::functions
