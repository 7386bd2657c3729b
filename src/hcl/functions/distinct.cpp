#include "hcl/functions/distinct.h"

#include <functional>
#include <string>
#include <string_view>

#include "hcl/value/mix_hash.h"

namespace nmgr::hcl::functions {
namespace {

std::size_t Fingerprint(const Value& value) {
  if (!value.has_content()) return 0;
  std::size_t seed = static_cast<std::size_t>(value.kind()) + 1;
  switch (value.kind()) {
    case Kind::kBool:
      return MixHash(seed, value.as_bool() ? 1 : 0);
    case Kind::kNumber:
      return MixHash(seed, value.as_number().Hash());
    case Kind::kString:
      return MixHash(seed, std::hash<std::string_view>{}(value.as_string()));
    case Kind::kSet:
      for (const Value& element : value.elements()) seed += Fingerprint(element);
      return seed;
    case Kind::kList:
    case Kind::kTuple:
      for (const Value& element : value.elements()) seed = MixHash(seed, Fingerprint(element));
      return seed;
    case Kind::kMap:
    case Kind::kObject:
      for (const Field& field : value.fields()) {
        seed = MixHash(seed, std::hash<std::string>{}(field.key));
        seed = MixHash(seed, Fingerprint(field.value));
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
