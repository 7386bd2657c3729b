// Values told apart by HCL's `==`, in linear time: what distinct() and setintersection() need for
// long lists.
#pragma once

#include <cstddef>
#include <unordered_map>

#include "nmgr/hcl/value/value.h"

namespace nmgr::hcl::functions {

class DistinctValues {
 public:
  // Whether `value`, which is wholly known, was not there yet.
  bool Insert(const Value& value);
  bool Contains(const Value& value) const;

 private:
  std::unordered_multimap<std::size_t, Value> values_;  // by a fingerprint that equal values share
};

}  // namespace nmgr::hcl::functions
