// One step of a traversal: an attribute or an element of a value, and why there is none.
#include <fmt/format.h>

#include "hcl/eval/evaluator.h"
#include "nmgr/base/text.h"

namespace nmgr::hcl {
namespace {

constexpr std::string_view kNoSuchElement =
    "The given key does not identify an element in this collection value";

Value Fail(std::optional<AccessProblem>& problem, std::string summary, std::string detail,
           std::size_t compared = 0) {
  problem = AccessProblem{std::move(summary), std::move(detail), compared};
  return Value::Unknown();
}

std::vector<std::string> AttributeNames(const Value& object) {
  std::vector<std::string> names;
  if (object.has_content()) {
    for (const Field& field : object.fields()) names.push_back(field.key);
  }
  return names;
}

// `sentence`, and a name that `object` does have and that is like `name`.
Value FailName(std::optional<AccessProblem>& problem, std::string summary, std::string sentence,
               const Value& object, std::string_view name) {
  const std::vector<std::string> names = AttributeNames(object);
  return Fail(problem, std::move(summary), std::move(sentence) + DidYouMean(name, names),
              names.size());
}

Value MissingAttribute(const Value& object, std::string_view name,
                       std::optional<AccessProblem>& problem) {
  return FailName(problem, "Unsupported attribute",
                  fmt::format("This object does not have an attribute named \"{}\".", name), object,
                  name);
}

Value AttributeOfSequence(const Value& value, std::string_view name,
                          std::optional<AccessProblem>& problem) {
  const Type type = value.type();
  if (type.element().kind() != Kind::kObject) {
    return Fail(problem, "Unsupported attribute", "This value does not have any attributes.");
  }
  if (type.kind() == Kind::kSet) {
    return Fail(problem, "Unsupported attribute",
                "Can't access attributes on a set of objects. Did you mean to access an attribute "
                "across all elements of the set?");
  }
  const std::string which = type.element().FindAttribute(name) == nullptr
                                ? "an attribute"
                                : fmt::format("attribute \"{}\"", name);
  return Fail(problem, "Unsupported attribute",
              fmt::format("Can't access attributes on a list of objects. Did you mean to access {} "
                          "for a specific element of the list, or across all elements of the list?",
                          which));
}

Value IndexSequence(const Value& sequence, const Value& given,
                    std::optional<AccessProblem>& problem) {
  const auto fail = [&](std::string_view why) {
    return Fail(problem, "Invalid index", fmt::format("{}: {}.", kNoSuchElement, why));
  };
  const Converted converted = Convert(given, Type::Number());
  if (!converted) return fail(converted.error());
  const Value& key = *converted;
  const bool is_tuple = sequence.kind() == Kind::kTuple;
  if (!key.is_known() || (!is_tuple && !sequence.is_known())) {
    return is_tuple ? Value::Unknown() : Value::Unknown(sequence.type().element());
  }

  const Type type = sequence.is_known() ? Type() : sequence.type();
  const std::size_t size = sequence.is_known() ? sequence.size() : type.elements().size();
  const Number& number = key.as_number();
  const std::optional<std::int64_t> index = number.ToInt64();
  if (index && *index >= 0 && static_cast<std::uint64_t>(*index) < size) {
    const auto at = static_cast<std::size_t>(*index);
    return sequence.is_known() ? sequence.elements()[at] : Value::Unknown(type.elements()[at]);
  }
  if (!number.is_integer()) {
    return fail(
        "indexing a sequence requires a whole number, but the given index has a fractional "
        "part");
  }
  if (number.Sign() < 0) return fail("a negative number is not a valid index for a sequence");
  if (size == 0) return fail("the collection has no elements");
  return fail("the given index is greater than or equal to the length of the collection");
}

Value IndexMap(const Value& map, const Value& given, std::optional<AccessProblem>& problem) {
  const Converted key = Convert(given, Type::String());
  if (!key) {
    return Fail(problem, "Invalid index", fmt::format("{}: {}.", kNoSuchElement, key.error()));
  }
  const bool is_object = map.kind() == Kind::kObject;
  if (!(*key).is_known() || !map.is_known()) {
    return is_object ? Value::Unknown() : Value::Unknown(map.type().element());
  }
  if (const Value* found = map.Find((*key).as_string())) return *found;
  if (is_object && given.kind() == Kind::kNumber) {
    return Fail(problem, "Invalid index",
                fmt::format("{}. An object only supports looking up attributes by name, not by "
                            "numeric index.",
                            kNoSuchElement));
  }
  return FailName(problem, "Invalid index", fmt::format("{}.", kNoSuchElement), map,
                  (*key).as_string());
}

}  // namespace

Value GetAttribute(const Value& object, std::string_view name,
                   std::optional<AccessProblem>& problem) {
  if (object.is_null()) {
    return Fail(problem, "Attempt to get attribute from null value",
                "This value is null, so it does not have any attributes.");
  }
  switch (object.kind()) {
    case Kind::kDynamic:
      return Value::Unknown();
    case Kind::kObject: {
      if (object.is_known()) {
        const Value* found = object.Find(name);
        return found == nullptr ? MissingAttribute(object, name, problem) : *found;
      }
      const Type type = object.type();
      const Type* attribute = type.FindAttribute(name);
      return attribute == nullptr ? MissingAttribute(object, name, problem)
                                  : Value::Unknown(*attribute);
    }
    case Kind::kMap: {
      if (!object.is_known()) return Value::Unknown(object.type().element());
      if (const Value* found = object.Find(Value::Of(name).as_string())) return *found;
      return FailName(problem, "Missing map element",
                      fmt::format("This map does not have an element with the key \"{}\".", name),
                      object, name);
    }
    case Kind::kList:
    case Kind::kSet:
      return AttributeOfSequence(object, name, problem);
    case Kind::kTuple:
      return Fail(problem, "Unsupported attribute", "This value does not have any attributes.");
    case Kind::kBool:
    case Kind::kNumber:
    case Kind::kString:
      return Fail(problem, "Unsupported attribute",
                  fmt::format("Can't access attributes on a primitive-typed value ({}).",
                              object.type().FriendlyName()));
  }
  return Value::Unknown();
}

Value GetIndex(const Value& collection, const Value& key, std::optional<AccessProblem>& problem) {
  if (collection.is_null()) {
    return Fail(problem, "Attempt to index null value",
                "This value is null, so it does not have any indices.");
  }
  if (key.is_null()) {
    return Fail(problem, "Invalid index", "Can't use a null value as an indexing key.");
  }
  if (collection.kind() == Kind::kDynamic || key.kind() == Kind::kDynamic) return Value::Unknown();
  switch (collection.kind()) {
    case Kind::kList:
    case Kind::kTuple:
      return IndexSequence(collection, key, problem);
    case Kind::kMap:
    case Kind::kObject:
      return IndexMap(collection, key, problem);
    case Kind::kSet:
      return Fail(
          problem, "Invalid index",
          "Elements of a set are identified only by their value and don't have any separate "
          "index or key to select with, so it's only possible to perform operations across "
          "all elements of the set.");
    default:
      return Fail(problem, "Invalid index", "This value does not have any indices.");
  }
}

}  // namespace nmgr::hcl
