// What conversion knows about types alone.
#pragma once

#include <optional>
#include <vector>

#include "nmgr/hcl/value/type.h"

namespace nmgr::hcl {

// What elements of `sequence` (a tuple type) or attribute values of `record` (an object type)
// become in a collection of `element`: that type, or for dynamic the unification of all. Nothing
// where there is none.
std::optional<Type> ElementTarget(const Type& structural, const Type& element, bool allow_unsafe);

// `out` with every dynamic part replaced by what `in` has in its place: the type of a null or
// unknown of type `in` after conversion to `out`.
Type ReplaceDynamic(const Type& in, const Type& out);

// Which of two types is the more general: <0 the first, >0 the second, 0 neither or not known.
int CompareGenerality(const Type& a, const Type& b);

// The types of a tuple's elements or an object's attributes, in order.
std::vector<Type> PartTypes(const Type& structural);

}  // namespace nmgr::hcl
