#include <catch2/catch.hpp>

#include "nmgr/hcl/value/json.h"
#include "nmgr/hcl/value/value.h"

using namespace nmgr::hcl;

namespace {

enum Answer { kNo, kYes, kOpen };

Answer Equal(const Value& a, const Value& b) {
  const Value answer = Equals(a, b);
  CHECK(answer.kind() == Kind::kBool);
  if (!answer.is_known()) return kOpen;
  return answer.as_bool() ? kYes : kNo;
}

Value Json(const char* text) { return *DecodeJson(text); }

}  // namespace

TEST_CASE("== never converts") {
  CHECK(Equal(Value::OfInt(1), Value::OfInt(1, 64)) == kYes);
  CHECK(Equal(Value::OfInt(1), Value::Of("1")) == kNo);
  CHECK(Equal(Value::Of("a"), Value::Of("a")) == kYes);
  CHECK(Equal(Json("[1]"), Value::List(Type::Number(), {Value::OfInt(1)})) == kNo);
  CHECK(Equal(Json("[]"), Json("{}")) == kNo);
  CHECK(Equal(Value::List(Type::String(), {}), Value::List(Type::Number(), {})) == kNo);
  CHECK(Equal(Json(R"({"a":[1,{"b":"x"}]})"), Json(R"({"a":[1.0,{"b":"x"}]})")) == kYes);
  CHECK(Equal(Json(R"({"a":1})"), Json(R"({"b":1})")) == kNo);
  CHECK(Equal(Json("[1,2]"), Json("[1]")) == kNo);
}

TEST_CASE("nulls equal each other and nothing else") {
  CHECK(Equal(Value(), Value::Null(Type::String())) == kYes);
  CHECK(Equal(Value::Null(Type::Bool()), Value::Null(Type::List(Type::Bool()))) == kYes);
  CHECK(Equal(Value(), Value::Of("")) == kNo);
  CHECK(Equal(Json("[null]"), Value::Tuple({Value::Null(Type::String())})) == kNo);  // types differ
  CHECK(Equal(Json("[null]"), Json("[null]")) == kYes);
}

TEST_CASE("sets compare by membership") {
  const Value a = Value::Set(Type::Number(), {Value::OfInt(2), Value::OfInt(1)});
  const Value b = Value::Set(Type::Number(), {Value::OfInt(1), Value::OfInt(2), Value::OfInt(1)});
  CHECK(Equal(a, b) == kYes);
  CHECK(Equal(a, Value::Set(Type::Number(), {Value::OfInt(1)})) == kNo);
  CHECK(Equal(a, Value::Set(Type::Number(), {Value::Unknown()})) == kOpen);
}

TEST_CASE("unknowns leave the answer open unless the types decide") {
  CHECK(Equal(Value::Unknown(), Value::OfInt(1)) == kOpen);
  CHECK(Equal(Value::Unknown(Type::Number()), Value::OfInt(1)) == kOpen);
  CHECK(Equal(Value::Unknown(Type::String()), Value::OfInt(1)) == kNo);
  CHECK(Equal(Value::Unknown(Type::String()), Value()) == kOpen);
  CHECK(Equal(Value::Tuple({Value::Unknown()}), Json("[1]")) == kOpen);
  CHECK(Equal(Value::Tuple({Value::Unknown()}), Json("[1,2]")) == kNo);
  CHECK(Equal(Value::Tuple({Value::OfInt(1), Value::Unknown(Type::Number())}), Json("[2,2]")) ==
        kNo);
}

TEST_CASE("raw equality also tells types of nulls and unknowns") {
  CHECK(Value() == Value());
  CHECK_FALSE(Value() == Value::Null(Type::String()));
  CHECK(Value::Unknown(Type::Bool()) == Value::Unknown(Type::Bool()));
  CHECK_FALSE(Value::Unknown(Type::Bool()) == Value::Null(Type::Bool()));
  CHECK(Json(R"({"a":[1,null]})") == Json(R"({"a":[1,null]})"));
  CHECK_FALSE(Json("[1]") == Json("[2]"));
  CHECK_FALSE(Value::List(Type::String(), {}) == Value::List(Type::Number(), {}));
}
