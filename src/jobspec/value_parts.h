// Looks into values of any depth. Private to jobspec.
#pragma once

#include <algorithm>

#include "nmgr/hcl/value/value.h"

namespace nmgr::jobspec {

// Whether `holds` is true of the value or of a part of it that has content.
template <class Predicate>
bool AnyPart(const hcl::Value& value, const Predicate& holds) {
  if (!value.has_content()) return false;
  if (holds(value)) return true;
  if (hcl::IsRecord(value.kind())) {
    return std::any_of(value.fields().begin(), value.fields().end(),
                       [&](const hcl::Field& field) { return AnyPart(field.value, holds); });
  }
  return hcl::IsSequenceOrSet(value.kind()) &&
         std::any_of(value.elements().begin(), value.elements().end(),
                     [&](const hcl::Value& element) { return AnyPart(element, holds); });
}

}  // namespace nmgr::jobspec
