// The order of a set's elements, which shows in for-expressions and dynamic blocks (reference 2.3).
#pragma once

#include "nmgr/hcl/value/value.h"

namespace nmgr::hcl {

// Into set order, without elements that HCL's `==` calls equal to one before.
void SortSet(const Type& element, Values& values);

}  // namespace nmgr::hcl
