#include "nmgr/hcl/value/convert.h"

#include <algorithm>
#include <utility>

#include "hcl/value/type_rules.h"
#include "nmgr/hcl/value/json.h"

namespace nmgr::hcl {
namespace {

ConvertError Fault(std::string message) { return ConvertError{std::move(message)}; }

ConvertError At(std::size_t index, const std::string& message) {
  return Fault("element " + std::to_string(index) + ": " + message);
}

ConvertError At(const char* what, const std::string& key, const std::string& message) {
  std::string text = what;
  AppendJsonString(key, text);
  return Fault(text + ": " + message);
}

bool HasType(const Value& value, const Type& type);

bool ObjectHasType(const Value& value, const Type& type) {
  const auto fields = value.fields();
  const auto wanted = type.attributes();
  return std::equal(fields.begin(), fields.end(), wanted.begin(), wanted.end(),
                    [](const Field& field, const TypeAttribute& attribute) {
                      return field.key == attribute.name && HasType(field.value, attribute.type);
                    });
}

// value.type() == type, without building the former.
bool HasType(const Value& value, const Type& type) {
  if (value.kind() != type.kind()) return false;
  if (type.is_dynamic() || type.is_primitive()) return true;
  if (type.HasOptional()) return false;
  if (!value.has_content()) return value.type() == type;
  if (type.is_collection()) return value.element_type() == type.element();
  if (type.kind() == Kind::kObject) return ObjectHasType(value, type);
  const auto elements = value.elements();
  const auto wanted = type.elements();
  return std::equal(elements.begin(), elements.end(), wanted.begin(), wanted.end(), HasType);
}

bool IsAsciiEqualFold(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

Converted BoolFromString(std::string_view text) {
  if (text == "true" || text == "1") return Value::Bool(true);
  if (text == "false" || text == "0") return Value::Bool(false);
  for (const char* word : {"true", "false"}) {
    if (!IsAsciiEqualFold(text, word)) continue;
    return Fault("a bool is required; to convert from string, use lowercase \"" +
                 std::string(word) + "\"");
  }
  return Fault("a bool is required");
}

// Between different primitive types that convert.
Converted ConvertPrimitive(const Value& value, const Type& target) {
  if (target.kind() == Kind::kString) {
    if (value.kind() == Kind::kBool) return Value::Of(value.as_bool() ? "true" : "false");
    return Value::Of(value.as_number().ToString());
  }
  if (target.kind() == Kind::kBool) return BoolFromString(value.as_string());
  std::optional<Number> number = Number::Parse(value.as_string());
  if (!number) return Fault("a number is required");
  return Value::Of(*std::move(number));
}

// Applies a conversion that exists by type; what is in the values can still prevent it.
class Converter {
 public:
  explicit Converter(bool allow_unsafe) : unsafe_(allow_unsafe) {}

  Converted Apply(const Value& value, const Type& target) const {
    if (target.is_dynamic() || HasType(value, target)) return value;
    if (!value.has_content()) return WithoutContent(value, target);
    if (target.is_primitive()) return ConvertPrimitive(value, target);
    switch (target.kind()) {
      case Kind::kObject:
        return value.kind() == Kind::kMap ? MapToObject(value, target)
                                          : ObjectToObject(value, target);
      case Kind::kTuple:
        return TupleToTuple(value, target);
      case Kind::kMap:
        return ToMap(value, target);
      default:
        return ToSequence(value, target);
    }
  }

 private:
  static Converted WithoutContent(const Value& value, const Type& target) {
    const Type type = ReplaceDynamic(value.type(), target.WithoutOptional());
    return value.is_null() ? Value::Null(type) : Value::Unknown(type);
  }

  Converted ObjectToObject(const Value& value, const Type& target) const {
    Fields fields;
    fields.reserve(target.attributes().size());
    for (const TypeAttribute& wanted : target.attributes()) {
      const Value* given = value.Find(wanted.name);
      if (given == nullptr) {
        fields.push_back({wanted.name, Value::Null(wanted.type.WithoutOptional())});
        continue;
      }
      Converted converted = Apply(*given, wanted.type);
      if (!converted) return At("attribute ", wanted.name, converted.error());
      fields.push_back({wanted.name, *std::move(converted)});
    }
    return Value::Object(std::move(fields));
  }

  Converted MapToObject(const Value& value, const Type& target) const {
    Fields fields;
    for (const TypeAttribute& wanted : target.attributes()) {
      const Value* given = value.Find(wanted.name);
      if (given == nullptr) {
        if (!wanted.optional) {
          return Fault("map has no element for required attribute \"" + wanted.name + "\"");
        }
        fields.push_back({wanted.name, Value::Null(wanted.type.WithoutOptional())});
        continue;
      }
      if (!ConversionExists(value.element_type(), wanted.type, unsafe_)) {
        return Fault("map element type is incompatible with attribute \"" + wanted.name +
                     "\": " + MismatchMessage(given->type(), wanted.type));
      }
      Converted converted = Apply(*given, wanted.type);
      if (!converted) return At("element ", wanted.name, converted.error());
      fields.push_back({wanted.name, *std::move(converted)});
    }
    return Value::Object(std::move(fields));
  }

  Converted TupleToTuple(const Value& value, const Type& target) const {
    Values elements;
    elements.reserve(value.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
      Converted converted = Apply(value.elements()[i], target.elements()[i]);
      if (!converted) return At(i, converted.error());
      elements.push_back(*std::move(converted));
    }
    return Value::Tuple(std::move(elements));
  }

  // What the elements of `value` are to become in a collection of `element`.
  Type TargetOfElements(const Value& value, const Type& element) const {
    if (!element.is_dynamic()) return element;
    if (value.kind() != Kind::kTuple && value.kind() != Kind::kObject) return value.element_type();
    return ElementTarget(value.type(), element, unsafe_).value_or(element);
  }

  // Dynamic parts of the wanted type can leave elements of several types; `unify` says whether
  // those are made one. Sets `type` to the one they have; false if there is none.
  bool Settle(std::vector<Value*> elements, bool unify, bool allow_unsafe, Type& type) const {
    std::vector<Type> types;
    for (const Value* element : elements) types.push_back(element->type());
    if (unify) {
      const std::optional<Type> common = Unify(types, allow_unsafe);
      if (!common) return false;
      for (std::size_t i = 0; i < elements.size(); ++i) {
        if (types[i] == *common) continue;
        if (!ConversionExists(types[i], *common, allow_unsafe)) return false;
        Converted converted = Converter(allow_unsafe).Apply(*elements[i], *common);
        if (!converted) return false;
        *elements[i] = *std::move(converted);
        types[i] = elements[i]->type();
      }
    }
    type = Type::Dynamic();
    for (const Type& own : types) {
      if (type.is_dynamic()) type = own;
      if (!own.is_dynamic() && !(own == type)) return false;
    }
    return true;
  }

  Converted ToSequence(const Value& value, const Type& target) const {
    const bool to_set = target.kind() == Kind::kSet;
    const Type wanted = TargetOfElements(value, target.element());
    Type element = wanted.WithoutOptional();
    Values elements;
    elements.reserve(value.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
      Converted converted = Apply(value.elements()[i], wanted);
      if (!converted) return At(i, converted.error());
      elements.push_back(*std::move(converted));
    }
    if (wanted.HasDynamic() && !elements.empty()) {
      std::vector<Value*> all;
      for (Value& one : elements) all.push_back(&one);
      const bool unify = !to_set && value.kind() == Kind::kTuple;
      if (!Settle(std::move(all), unify, unsafe_, element)) {
        return Fault(to_set ? "element types must all match for conversion to set"
                            : "element types must all match for conversion to list");
      }
    }
    return to_set ? Value::Set(element, std::move(elements))
                  : Value::List(element, std::move(elements));
  }

  Converted ToMap(const Value& value, const Type& target) const {
    const Type wanted = TargetOfElements(value, target.element());
    Type element = wanted.WithoutOptional();
    Fields fields;
    fields.reserve(value.size());
    for (const Field& field : value.fields()) {
      Converted converted = Apply(field.value, wanted);
      if (!converted) return At("element ", field.key, converted.error());
      fields.push_back({field.key, *std::move(converted)});
    }
    if (wanted.HasDynamic() && !fields.empty()) {
      std::vector<Value*> all;
      for (Field& field : fields) all.push_back(&field.value);
      const bool unify = wanted.is_collection() || wanted.kind() == Kind::kObject;
      if (!Settle(std::move(all), unify, unsafe_ && value.kind() == Kind::kObject, element)) {
        const char* noun = value.kind() == Kind::kObject ? "attribute" : "element";
        return Fault(std::string(noun) + " types must all match for conversion to map");
      }
    }
    return Value::Map(element, std::move(fields));
  }

  bool unsafe_;
};

}  // namespace

Converted Convert(const Value& value, const Type& target) {
  if (target.is_dynamic() || HasType(value, target)) return value;
  if (target.HasOptional() && HasType(value, target.WithoutOptional())) return value;
  const Type type = value.type();
  if (!ConversionExists(type, target)) return Fault(MismatchMessage(type, target));
  return Converter(true).Apply(value, target);
}

}  // namespace nmgr::hcl
