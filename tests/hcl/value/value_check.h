// What holds for every value, however it was made. Tests and fuzzers call it.
#pragma once

#include <string>

#include "nmgr/base/text.h"
#include "nmgr/hcl/value/unicode.h"
#include "nmgr/hcl/value/value.h"

namespace nmgr::hcl::test {

class ValueCheck {
 public:
  // Empty if all is well, else the first fault.
  static std::string Fault(const Value& value) {
    ValueCheck check;
    check.Check(value, 0);
    return check.fault_;
  }

 private:
  void Require(bool holds, std::string_view fault) {
    if (!holds && fault_.empty()) fault_ = fault;
  }

  void CheckText(std::string_view text) {
    Require(IsValidUtf8(text), "a string is not UTF-8");
    Require(NormalizeNfc(text) == text, "a string is not in NFC");
  }

  void Check(const Value& value, int depth) {
    Require(depth <= Type::kMaxDepth, "a value is nested too deeply");
    if (!fault_.empty() || !value.has_content()) return;
    switch (value.kind()) {
      case Kind::kDynamic:
        return Require(false, "a value of dynamic type has content");
      case Kind::kBool:
      case Kind::kNumber:
        return;
      case Kind::kString:
        return CheckText(value.as_string());
      case Kind::kMap:
      case Kind::kObject:
        return CheckFields(value, depth);
      case Kind::kList:
      case Kind::kSet:
      case Kind::kTuple:
        return CheckElements(value, depth);
    }
  }

  void CheckFields(const Value& value, int depth) {
    const Field* before = nullptr;
    for (const Field& field : value.fields()) {
      Require(before == nullptr || before->key < field.key, "keys are not sorted and distinct");
      before = &field;
      CheckText(field.key);
      if (value.kind() == Kind::kMap) CheckType(value.element_type(), field.value);
      Check(field.value, depth + 1);
    }
  }

  void CheckElements(const Value& value, int depth) {
    if (value.kind() == Kind::kSet) {
      const Values elements(value.elements().begin(), value.elements().end());
      Require(Value::Set(value.element_type(), elements) == value,
              "a set is not sorted and distinct");
    }
    for (const Value& element : value.elements()) {
      if (value.kind() != Kind::kTuple) CheckType(value.element_type(), element);
      Check(element, depth + 1);
    }
  }

  void CheckType(const Type& type, const Value& element) {
    if (!type.HasDynamic()) Require(element.type() == type, "an element has another type");
  }

  std::string fault_;
};

}  // namespace nmgr::hcl::test
