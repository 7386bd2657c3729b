#include "jobspec/unfit_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace nmgr::jobspec {

bool HasInfinity(const hcl::Value& value) {
  if (!value.has_content()) return false;
  if (value.kind() == hcl::Kind::kNumber) return std::isinf(value.as_number().ToDouble());
  if (hcl::IsRecord(value.kind())) {
    return std::any_of(value.fields().begin(), value.fields().end(),
                       [](const hcl::Field& field) { return HasInfinity(field.value); });
  }
  return hcl::IsSequenceOrSet(value.kind()) &&
         std::any_of(value.elements().begin(), value.elements().end(), HasInfinity);
}

void UnfitValues::Check(const hcl::Value& value, hcl::Span place, bool as_json) {
  if (!session_.partly && !value.IsWhollyKnown()) {
    found_.Error(session_.source, place, "Unsuitable value type",
                 fmt::format("Unsuitable value: {}", kWhyUnknown));
  }
  if (as_json && HasInfinity(value)) {
    found_.Error(session_.source, place, "Infinite number",
                 "Driver configuration is sent as JSON, which has no infinite numbers.");
  }
}

void UnfitValues::ReportTo(hcl::Diagnostics& diagnostics) { diagnostics.Append(std::move(found_)); }

}  // namespace nmgr::jobspec
