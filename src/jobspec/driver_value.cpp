#include "jobspec/driver_value.h"

#include <utility>

#include "jobspec/value_parts.h"

namespace nmgr::jobspec {
namespace {

bool IsMapOfRecords(const hcl::Value& value) {
  return value.kind() == hcl::Kind::kMap && hcl::IsRecord(value.type().element().kind());
}

hcl::Value Taken(const hcl::Value& value) {
  if (!value.has_content()) return value;
  if (hcl::IsSequenceOrSet(value.kind())) {
    hcl::Values elements;
    for (const hcl::Value& element : value.elements()) elements.push_back(Taken(element));
    return hcl::Value::Tuple(std::move(elements));
  }
  if (!hcl::IsRecord(value.kind())) return value;
  hcl::Values values;
  hcl::Fields fields;
  for (const hcl::Field& field : value.fields()) {
    values.push_back(Taken(field.value));
    fields.push_back({field.key, values.back()});
  }
  return IsMapOfRecords(value) ? hcl::Value::Tuple(std::move(values))
                               : hcl::Value::Object(std::move(fields));
}

}  // namespace

hcl::Value DriverValue(hcl::Value value) {
  return AnyPart(value, IsMapOfRecords) ? Taken(value) : std::move(value);
}

}  // namespace nmgr::jobspec
