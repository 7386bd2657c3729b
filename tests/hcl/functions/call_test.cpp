#include "hcl/functions/call.h"

#include "support/memory_file_system.h"

namespace nmgr::hcl {

TEST_CASE("Arguments are converted to the parameter's type") {
  CHECK(Show("upper", {Num("1.50")}) == "1.5");
  CHECK(Show("strlen", {True()}) == "4");
  CHECK(Show("max", {Text("10"), Num("9")}) == "10");
  CHECK(FaultAt("upper", {Tuple({})}) == 0);
  CHECK(FaultAt("substr", {Text("a"), Text("x"), Num("1")}) == 1);
  CHECK(FaultAt("max", {Num("1"), Num("2"), Text("x")}) == 2);
}

TEST_CASE("One argument can be converted apart from the call") {
  const Function& join = *FindFunction("join");
  CHECK(*ConvertArgument(join, 0, Num("5")) == Text("5"));
  CHECK(*ConvertArgument(join, 3, Tuple({Num("5")})) == Texts({"5"}));
  const FunctionResult bad = ConvertArgument(join, 3, Text("x"));
  REQUIRE_FALSE(static_cast<bool>(bad));
  CHECK(bad.error().argument == 3);
  CHECK(ParameterFor(*FindFunction("upper"), 1) == nullptr);
  CHECK(ParameterFor(join, 7)->name == "lists");
}

TEST_CASE("Null is refused unless the parameter allows it") {
  CHECK(FaultAt("upper", {Value::Null()}) == 0);
  CHECK(FaultAt("replace", {Text("a"), Text("b"), Value::Null(Type::String())}) == 2);
  CHECK(Show("jsonencode", {Value::Null()}) == "null");
  CHECK(Show("coalesce", {Value::Null(), Num("1")}) == "1");
}

TEST_CASE("An unknown argument makes the result unknown, of the type that is certain") {
  const Value unknown = Value::Unknown();
  CHECK(Show("strlen", {unknown}) == "unknown \"number\"");
  CHECK(Show("jsondecode", {unknown}) == "unknown \"dynamic\"");
  CHECK(Show("element", {Texts({"a"}), unknown}) == "unknown \"string\"");
  CHECK(Show("setproduct", {Value::Unknown(Type::Set(Type::String())), Texts({"a"})}) ==
        R"(unknown ["set",["tuple",["string","string"]]])");
  CHECK(Show("contains", {Texts({"a"}), Value::Null()}) == "unknown \"dynamic\"");
}

TEST_CASE("A type rule speaks even when an argument is unknown") {
  CHECK(FaultAt("element", {Text("a"), Value::Unknown()}) == -1);
  CHECK(FaultAt("slice", {Texts({"a"}), Num("5"), Value::Unknown()}) == 1);
}

TEST_CASE("Length of a tuple is certain even when the tuple is not") {
  const Value tuple = Value::Unknown(Type::Tuple({Type::String(), Type::Bool()}));
  CHECK(Show("length", {tuple}) == "2");
  CHECK(Show("length", {Value::Unknown(Type::List(Type::String()))}) == "unknown \"number\"");
}

TEST_CASE("Results are in normal form C") {
  CHECK(Show("join", {Text(""), Texts({"e", "\u0301"})}) == "\u00e9");
}

TEST_CASE("Filesystem functions are refused where there are no files") {
  CHECK(FaultAt("file", {Text("x")}) == -1);
  CHECK(FaultAt("basename", {Text("a/b")}) == -1);
  CHECK(FaultAt("file", {Value::Null()}) == 0);
  CHECK(FaultAt("file", {Value::Unknown()}) == -1);
  CHECK(FaultAt("file", {Value::Unknown(Type::String())}) == -1);
  testing::MemoryFileSystem files;
  files.Add("x", "text");
  FunctionContext context;
  context.files = &files;
  CHECK(Show("file", {Text("x")}, context) == "text");
}

TEST_CASE("A budget bounds what calls may produce together") {
  std::int64_t budget = 1000;
  FunctionContext context;
  context.budget = &budget;
  const Values arguments = {Text(std::string(100, 'a')), Text("a"), Text("bbb")};
  CHECK(Show("replace", arguments, context).size() == 300);
  CHECK(budget == 600);
  CHECK(Show("replace", arguments, context).size() == 300);
  CHECK(FaultAt("replace", arguments, context) == -1);
}

TEST_CASE("A value that shares its way to an astronomical size is refused") {
  Value value = Tuple({Text("x")});
  for (int i = 0; i < 60; ++i) value = Tuple({value, value});
  CHECK(FaultAt("length", {value}) == 0);
  CHECK(FaultAt("jsonencode", {value}) == 0);
}

}  // namespace nmgr::hcl
