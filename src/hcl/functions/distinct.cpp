#include "hcl/functions/distinct.h"

#include <functional>
#include <string>
#include <string_view>

namespace nmgr::hcl::functions {
namespace {

std::size_t Mix(std::size_t seed, std::size_t value) {
  return seed ^ (value + 0x9E3779B97F4A7C15ULL + (seed << 6U) + (seed >> 2U));
}

std::size_t Fingerprint(const Value& value) {
  if (!value.has_content()) return 0;
  std::size_t seed = static_cast<std::size_t>(value.kind()) + 1;
  switch (value.kind()) {
    case Kind::kBool:
      return Mix(seed, value.as_bool() ? 1 : 0);
    case Kind::kNumber:
      return Mix(seed, value.as_number().Hash());
    case Kind::kString:
      return Mix(seed, std::hash<std::string_view>{}(value.as_string()));
    case Kind::kSet:
      for (const Value& element : value.elements()) seed += Fingerprint(element);
      return seed;
    case Kind::kList:
    case Kind::kTuple:
      for (const Value& element : value.elements()) seed = Mix(seed, Fingerprint(element));
      return seed;
    case Kind::kMap:
    case Kind::kObject:
      for (const Field& field : value.fields()) {
        seed = Mix(seed, std::hash<std::string>{}(field.key));
        seed = Mix(seed, Fingerprint(field.value));
      }
      return seed;
    case Kind::kDynamic:
      break;
  }
  return seed;
}

bool AreEqual(const Value& a, const Value& b) {
  const Value equal = Equals(a, b);
  return equal.has_content() && equal.as_bool();
}

}  // namespace

bool DistinctValues::Insert(const Value& value) {
  if (Contains(value)) return false;
  values_.emplace(Fingerprint(value), value);
  return true;
}

bool DistinctValues::Contains(const Value& value) const {
  const auto [first, last] = values_.equal_range(Fingerprint(value));
  for (auto at = first; at != last; ++at) {
    if (AreEqual(at->second, value)) return true;
  }
  return false;
}

}  // namespace nmgr::hcl::functions
