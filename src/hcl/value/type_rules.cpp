#include "hcl/value/type_rules.h"

#include <algorithm>

#include "nmgr/hcl/value/convert.h"

namespace nmgr::hcl {
namespace {

bool IsListOrSet(const Type& type) {
  return type.kind() == Kind::kList || type.kind() == Kind::kSet;
}

bool PrimitiveConverts(Kind in, Kind out, bool allow_unsafe) {
  if (out == Kind::kString) return true;
  return allow_unsafe && in == Kind::kString;
}

// Every attribute of `out` is there and converts, or is optional and absent.
bool ObjectConverts(const Type& in, const Type& out, bool allow_unsafe) {
  const auto all = out.attributes();
  return std::all_of(all.begin(), all.end(), [&](const TypeAttribute& wanted) {
    const Type* given = in.FindAttribute(wanted.name);
    return given == nullptr ? wanted.optional : ConversionExists(*given, wanted.type, allow_unsafe);
  });
}

bool TupleConverts(const Type& in, const Type& out, bool allow_unsafe) {
  return std::equal(in.elements().begin(), in.elements().end(), out.elements().begin(),
                    out.elements().end(), [allow_unsafe](const Type& a, const Type& b) {
                      return ConversionExists(a, b, allow_unsafe);
                    });
}

// An optional attribute of another type is no obstacle while the map lacks it.
bool MapConvertsToObject(const Type& in, const Type& out, bool allow_unsafe) {
  if (!allow_unsafe) return false;
  const auto all = out.attributes();
  return std::all_of(all.begin(), all.end(), [&](const TypeAttribute& wanted) {
    return wanted.optional || ConversionExists(in.element(), wanted.type, true);
  });
}

bool StructuralConverts(const Type& in, const Type& element, bool allow_unsafe) {
  const std::vector<Type> parts = PartTypes(in);
  if (parts.empty()) return true;
  const std::optional<Type> target = ElementTarget(in, element, allow_unsafe);
  if (!target) return false;
  return std::all_of(parts.begin(), parts.end(), [&](const Type& part) {
    return ConversionExists(part, *target, allow_unsafe);
  });
}

}  // namespace

std::vector<Type> PartTypes(const Type& structural) {
  std::vector<Type> parts;
  if (structural.kind() == Kind::kTuple) {
    parts.assign(structural.elements().begin(), structural.elements().end());
  } else {
    for (const TypeAttribute& attribute : structural.attributes()) parts.push_back(attribute.type);
  }
  return parts;
}

std::optional<Type> ElementTarget(const Type& structural, const Type& element, bool allow_unsafe) {
  if (!element.is_dynamic()) return element;
  const std::vector<Type> parts = PartTypes(structural);
  std::optional<Type> target = Unify(parts, allow_unsafe);
  if (!target || !target->is_dynamic() || structural.kind() == Kind::kObject) return target;
  const bool all_dynamic =
      std::all_of(parts.begin(), parts.end(), [](const Type& part) { return part.is_dynamic(); });
  return all_dynamic ? target : std::nullopt;
}

bool ConversionExists(const Type& from, const Type& to, bool allow_unsafe) {
  if (to.is_dynamic() || from == to) return true;
  if (from.is_dynamic()) return allow_unsafe;
  if (from.is_primitive() && to.is_primitive()) {
    return PrimitiveConverts(from.kind(), to.kind(), allow_unsafe);
  }
  switch (to.kind()) {
    case Kind::kObject:
      if (from.kind() == Kind::kObject) return ObjectConverts(from, to, allow_unsafe);
      return from.kind() == Kind::kMap && MapConvertsToObject(from, to, allow_unsafe);
    case Kind::kTuple:
      return from.kind() == Kind::kTuple && TupleConverts(from, to, allow_unsafe);
    case Kind::kMap:
      if (from.kind() == Kind::kObject) return StructuralConverts(from, to.element(), allow_unsafe);
      return from.kind() == Kind::kMap &&
             ConversionExists(from.element(), to.element(), allow_unsafe);
    case Kind::kSet:
      if (from.kind() == Kind::kList && !allow_unsafe) return false;
      [[fallthrough]];
    case Kind::kList:
      if (from.kind() == Kind::kTuple) return StructuralConverts(from, to.element(), allow_unsafe);
      return IsListOrSet(from) && ConversionExists(from.element(), to.element(), allow_unsafe);
    default:
      return false;
  }
}

namespace {

// The element type of a collection, the unification of a structural type's parts, else nothing.
std::optional<Type> ElementOf(const Type& in) {
  if (in.is_collection()) return in.element();
  return Unify(PartTypes(in), true);
}

Type ReplaceInObject(const Type& in, const Type& out) {
  std::vector<TypeAttribute> attributes;
  for (const TypeAttribute& wanted : out.attributes()) {
    const Type* given = nullptr;
    if (in.kind() == Kind::kMap) given = &in.element();
    if (in.kind() == Kind::kObject) given = in.FindAttribute(wanted.name);
    attributes.push_back(
        {wanted.name, given == nullptr ? wanted.type : ReplaceDynamic(*given, wanted.type)});
  }
  return Type::Object(std::move(attributes));
}

}  // namespace

Type ReplaceDynamic(const Type& in, const Type& out) {
  if (in.is_dynamic() || !out.HasDynamic()) return out;
  if (out.is_dynamic()) return in;
  if (out.kind() == Kind::kObject) return ReplaceInObject(in, out);
  if (out.kind() == Kind::kTuple) {
    std::vector<Type> elements;
    for (std::size_t i = 0; i < out.elements().size(); ++i) {
      elements.push_back(ReplaceDynamic(in.elements()[i], out.elements()[i]));
    }
    return Type::Tuple(std::move(elements));
  }
  const std::optional<Type> given = ElementOf(in);
  const Type element = given ? ReplaceDynamic(*given, out.element()) : out.element();
  switch (out.kind()) {
    case Kind::kMap:
      return Type::Map(element);
    case Kind::kSet:
      return Type::Set(element);
    default:
      return Type::List(element);
  }
}

namespace {

// What several parts say together: all for one side or nobody.
class Vote {
 public:
  void Add(int order) {
    first_ = first_ || order < 0;
    second_ = second_ || order > 0;
  }
  int result() const { return first_ == second_ ? 0 : first_ ? -1 : 1; }

 private:
  bool first_ = false;
  bool second_ = false;
};

int CompareStructural(const Type& a, const Type& b) {
  Vote vote;
  if (a.kind() == Kind::kTuple) {
    if (a.elements().size() != b.elements().size()) return 0;
    for (std::size_t i = 0; i < a.elements().size(); ++i) {
      vote.Add(CompareGenerality(a.elements()[i], b.elements()[i]));
    }
    return vote.result();
  }
  if (a.attributes().size() != b.attributes().size()) return 0;
  for (const TypeAttribute& attribute : a.attributes()) {
    const Type* other = b.FindAttribute(attribute.name);
    if (other == nullptr) return 0;
    vote.Add(CompareGenerality(attribute.type, *other));
  }
  return vote.result();
}

// How general a kind is among those of its family; 0 for kinds of none.
int Rank(Kind kind) {
  switch (kind) {
    case Kind::kTuple:
      return 1;
    case Kind::kSet:
      return 0;
    case Kind::kList:
      return 2;
    default:
      return 0;
  }
}

}  // namespace

int CompareGenerality(const Type& a, const Type& b) {
  if (a.is_dynamic() || b.is_dynamic()) {
    return static_cast<int>(a.is_dynamic()) - static_cast<int>(b.is_dynamic());
  }
  if (a.is_primitive() && b.is_primitive()) {
    return static_cast<int>(b.kind() == Kind::kString) -
           static_cast<int>(a.kind() == Kind::kString);
  }
  if (a.kind() == b.kind()) {
    return a.is_collection() ? CompareGenerality(a.element(), b.element())
                             : CompareStructural(a, b);
  }
  if (IsSequenceOrSet(a.kind()) && IsSequenceOrSet(b.kind()))
    return Rank(b.kind()) - Rank(a.kind());
  if (IsRecord(a.kind()) && IsRecord(b.kind())) return a.kind() == Kind::kMap ? -1 : 1;
  return 0;
}

}  // namespace nmgr::hcl
