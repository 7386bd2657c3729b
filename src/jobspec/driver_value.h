// What Nomad makes of a value of driver configuration, which has no schema. Private to jobspec.
#pragma once

#include "nmgr/hcl/value/value.h"

namespace nmgr::jobspec {

// A typed map whose elements are maps or objects becomes the list of these, in the order of its
// keys, at any depth: Nomad takes it for blocks (jobspec2's isCollectionOfMaps). A map that is
// written as an object stays one.
hcl::Value DriverValue(hcl::Value value);

}  // namespace nmgr::jobspec
