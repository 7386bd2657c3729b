// Why a value does not convert to a type, in words.
#include <string>
#include <vector>

#include "nmgr/hcl/value/convert.h"
#include "nmgr/hcl/value/json.h"

namespace nmgr::hcl {
namespace {

std::string Quoted(std::string_view name) {
  std::string text;
  AppendJsonString(name, text);
  return text;
}

std::string Required(const Type& want) { return want.ConstraintName() + " required"; }

std::string ListNames(const std::vector<std::string>& names) {
  if (names.size() == 1) return "attribute " + names[0] + " is required";
  std::string text = "attributes ";
  for (std::size_t i = 0; i + 1 < names.size(); ++i) {
    text += names[i];
    text += names.size() > 2 ? ", " : " ";
  }
  return text + "and " + names.back() + " are required";
}

// Missing attributes first, then one that cannot convert at all, then one that could but not
// safely.
std::string DescribeObjects(const Type& got, const Type& want) {
  std::vector<std::string> missing;
  std::string impossible;
  std::string unsafe;
  for (const TypeAttribute& wanted : want.attributes()) {
    const Type* given = got.FindAttribute(wanted.name);
    if (given == nullptr) {
      if (!wanted.optional) missing.push_back(Quoted(wanted.name));
      continue;
    }
    const auto describe = [&] {
      return "attribute " + Quoted(wanted.name) + ": " + MismatchMessage(*given, wanted.type);
    };
    if (impossible.empty() && !ConversionExists(*given, wanted.type, true)) impossible = describe();
    if (unsafe.empty() && !ConversionExists(*given, wanted.type, false)) unsafe = describe();
  }
  if (!missing.empty()) return ListNames(missing);
  if (!impossible.empty()) return impossible;
  return unsafe.empty() ? "incorrect object attributes" : unsafe;
}

// A tuple or object that was to become a collection: the first part that does not fit.
std::string DescribeParts(const Type& got, const Type& want) {
  const bool to_map = want.kind() == Kind::kMap;
  if (to_map != (got.kind() == Kind::kObject)) return Required(want);
  const Type& wanted = want.element();
  if (got.kind() == Kind::kTuple) {
    for (std::size_t i = 0; i < got.elements().size(); ++i) {
      const Type& given = got.elements()[i];
      if (ConversionExists(given, wanted, true)) continue;
      return "element " + std::to_string(i) + ": " + MismatchMessage(given, wanted);
    }
  } else {
    for (const TypeAttribute& given : got.attributes()) {
      if (ConversionExists(given.type, wanted, true)) continue;
      return "element " + Quoted(given.name) + ": " + MismatchMessage(given.type, wanted);
    }
  }
  return "all elements must be " + wanted.ConstraintName();
}

std::string DescribeCollections(const Type& got, const Type& want) {
  const bool to_map = want.kind() == Kind::kMap;
  if (to_map != (got.kind() == Kind::kMap)) return Required(want);
  const char* noun = to_map ? "map" : want.kind() == Kind::kSet ? "set" : "list";
  return std::string("incorrect ") + noun +
         " element type: " + MismatchMessage(got.element(), want.element());
}

// Whether to name only what is required: where the type at hand could convert but for its content,
// naming it would mislead.
bool NamesWouldConfuse(const Type& got, const Type& want) {
  if (got.is_primitive() != want.is_primitive()) return false;
  if (want.kind() == Kind::kString) return false;
  if (want.kind() == Kind::kBool && got.kind() == Kind::kNumber) return false;
  if (want.kind() == Kind::kNumber && got.kind() == Kind::kBool) return false;
  return !(got.kind() == Kind::kTuple && want.kind() == Kind::kObject);
}

}  // namespace

std::string MismatchMessage(const Type& got, const Type& want) {
  if (got.kind() == Kind::kObject && want.kind() == Kind::kObject)
    return DescribeObjects(got, want);
  const bool structural = got.kind() == Kind::kTuple || got.kind() == Kind::kObject;
  if (want.is_collection() && structural) {
    const bool matches = (want.kind() == Kind::kMap) == (got.kind() == Kind::kObject);
    if (matches && want.element().is_dynamic()) {
      const char* noun = want.kind() == Kind::kMap   ? "map"
                         : want.kind() == Kind::kSet ? "set"
                                                     : "list";
      return std::string("all ") + noun + " elements must have the same type";
    }
    return DescribeParts(got, want);
  }
  if (want.is_collection() && got.is_collection()) return DescribeCollections(got, want);
  if (NamesWouldConfuse(got, want)) return Required(want);
  return want.FriendlyName() + " required, but have " + got.FriendlyName();
}

}  // namespace nmgr::hcl
