#include "jobspec/unfit_values.h"

#include <fmt/format.h>

#include <cmath>

#include "jobspec/value_parts.h"

namespace nmgr::jobspec {

bool HasInfinity(const hcl::Value& value) {
  return AnyPart(value, [](const hcl::Value& part) {
    return part.kind() == hcl::Kind::kNumber && std::isinf(part.as_number().ToDouble());
  });
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

void UnfitValues::ReportTo(hcl::Diagnostics& diagnostics) {
  if (diagnostics.error_count() == before_) diagnostics.Append(std::move(found_));
}

}  // namespace nmgr::jobspec
