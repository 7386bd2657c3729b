// What a C library hands out, freed by the library's own function.
#pragma once

#include <memory>

namespace nmgr {

template <auto kFree>
struct FreedBy {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};

template <class T, auto kFree>
using Owned = std::unique_ptr<T, FreedBy<kFree>>;

}  // namespace nmgr
