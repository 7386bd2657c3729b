// Value::Equals: three answers, since what is unknown may be equal.
#include <algorithm>
#include <optional>

#include "nmgr/hcl/value/value.h"

namespace nmgr::hcl {
namespace {

enum class Verdict { kNo, kYes, kUnknown };

Verdict CompareSameType(const Value& a, const Value& b);

Verdict Of(bool equal) { return equal ? Verdict::kYes : Verdict::kNo; }

// The first verdict other than yes decides.
Verdict CompareParts(const Value& a, const Value& b) {
  if (a.size() != b.size()) return Verdict::kNo;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool record = IsRecord(a.kind());
    if (record && a.fields()[i].key != b.fields()[i].key) return Verdict::kNo;
    const Verdict verdict = record ? CompareSameType(a.fields()[i].value, b.fields()[i].value)
                                   : CompareSameType(a.elements()[i], b.elements()[i]);
    if (verdict != Verdict::kYes) return verdict;
  }
  return Verdict::kYes;
}

bool HasUnknownElement(const Value& set) {
  const auto all = set.elements();
  return std::any_of(all.begin(), all.end(), [](const Value& v) { return !v.is_known(); });
}

Verdict CompareSameType(const Value& a, const Value& b) {
  if (!a.is_known() || !b.is_known()) return Verdict::kUnknown;
  if (a.is_null() || b.is_null()) return Of(a.is_null() && b.is_null());
  switch (a.kind()) {
    case Kind::kDynamic:
      return Verdict::kYes;
    case Kind::kBool:
      return Of(a.as_bool() == b.as_bool());
    case Kind::kNumber:
      return Of(Number::Equal(a.as_number(), b.as_number()));
    case Kind::kString:
      return Of(a.as_string() == b.as_string());
    case Kind::kSet:
      if (HasUnknownElement(a) || HasUnknownElement(b)) return Verdict::kUnknown;
      break;
    default:
      break;
  }
  return CompareParts(a, b);
}

// Whether the type of something inside is not known yet.
bool HasUnknownType(const Value& value) {
  if (value.is_null()) return false;
  if (!value.is_known()) return value.type().HasDynamic();
  if (value.kind() < Kind::kList) return false;
  if (IsRecord(value.kind())) {
    const auto all = value.fields();
    return std::any_of(all.begin(), all.end(),
                       [](const Field& field) { return HasUnknownType(field.value); });
  }
  const auto all = value.elements();
  return std::any_of(all.begin(), all.end(), HasUnknownType);
}

// Whether `given` can be of type `wanted`, whose dynamic parts accept everything.
bool Conforms(const Type& given, const Type& wanted) {
  if (wanted.is_dynamic()) return true;
  if (given.kind() != wanted.kind()) return false;
  if (given.is_primitive()) return true;
  if (given.is_collection()) return Conforms(given.element(), wanted.element());
  if (given.kind() == Kind::kTuple) {
    return std::equal(given.elements().begin(), given.elements().end(), wanted.elements().begin(),
                      wanted.elements().end(), Conforms);
  }
  return std::equal(given.attributes().begin(), given.attributes().end(),
                    wanted.attributes().begin(), wanted.attributes().end(),
                    [](const TypeAttribute& a, const TypeAttribute& b) {
                      return a.name == b.name && Conforms(a.type, b.type);
                    });
}

bool CouldShareType(const Type& a, const Type& b) { return Conforms(a, b) || Conforms(b, a); }

// With an unknown on either side: nulls of all types are equal, so only a type that can never fit
// says no.
Verdict CompareUnknown(const Value& a, const Value& b) {
  if (!a.is_known() && !b.is_known()) return Verdict::kUnknown;
  const Value& known = a.is_known() ? a : b;
  const Value& unknown = a.is_known() ? b : a;
  if (known.is_null() || unknown.type().HasDynamic()) return Verdict::kUnknown;
  return Value::SameType(known, unknown) ? Verdict::kUnknown : Verdict::kNo;
}

Verdict Compare(const Value& a, const Value& b) {
  if (!a.is_known() || !b.is_known()) return CompareUnknown(a, b);
  if (a.is_null() || b.is_null()) return Of(a.is_null() && b.is_null());
  if (a.kind() != b.kind()) return Verdict::kNo;
  if (a.kind() >= Kind::kList) {
    if (HasUnknownType(a) || HasUnknownType(b)) {
      return CouldShareType(a.type(), b.type()) ? Verdict::kUnknown : Verdict::kNo;
    }
    if (!Value::SameType(a, b)) return Verdict::kNo;
  }
  return CompareSameType(a, b);
}

bool RawEqualParts(const Value& a, const Value& b) {
  if (IsRecord(a.kind())) {
    return std::equal(
        a.fields().begin(), a.fields().end(), b.fields().begin(), b.fields().end(),
        [](const Field& x, const Field& y) { return x.key == y.key && x.value == y.value; });
  }
  return std::equal(a.elements().begin(), a.elements().end(), b.elements().begin(),
                    b.elements().end());
}

}  // namespace

bool Value::SameType(const Value& a, const Value& b) {
  if (a.kind_ != b.kind_) return false;
  if (a.kind_ < Kind::kList) return true;
  if (!a.has_content() || !b.has_content()) return a.type() == b.type();
  switch (a.kind_) {
    case Kind::kObject:
      return std::equal(a.fields().begin(), a.fields().end(), b.fields().begin(), b.fields().end(),
                        [](const Field& x, const Field& y) {
                          return x.key == y.key && SameType(x.value, y.value);
                        });
    case Kind::kTuple:
      return std::equal(a.elements().begin(), a.elements().end(), b.elements().begin(),
                        b.elements().end(), SameType);
    default:
      return a.element_type() == b.element_type();
  }
}

bool operator==(const Value& a, const Value& b) {
  if (a.kind_ != b.kind_ || a.state_ != b.state_) return false;
  if (a.state_ != Value::State::kContent) return Value::SameType(a, b);
  if (a.has_payload_ && b.has_payload_ && a.word_ == b.word_) return true;
  switch (a.kind_) {
    case Kind::kDynamic:
      return true;
    case Kind::kBool:
      return a.as_bool() == b.as_bool();
    case Kind::kNumber:
      return Number::Equal(a.as_number(), b.as_number());
    case Kind::kString:
      return a.as_string() == b.as_string();
    case Kind::kList:
    case Kind::kSet:
    case Kind::kMap:
      if (!(a.element_type() == b.element_type())) return false;
      break;
    default:
      break;
  }
  return RawEqualParts(a, b);
}

Value Equals(const Value& a, const Value& b) {
  const Verdict verdict = Compare(a, b);
  return verdict == Verdict::kUnknown ? Value::Unknown(Type::Bool())
                                      : Value::Bool(verdict == Verdict::kYes);
}

}  // namespace nmgr::hcl
