#include "hcl/functions/call.h"

namespace nmgr::hcl {

TEST_CASE("Base 64 is as strict as Go's") {
  CHECK(Show("base64encode", {Text("?>?>é")}) == "Pz4/PsOp");
  CHECK(Show("base64decode", {Text("aGVs\r\nbG8=")}) == "hello");
  CHECK(Show("base64decode", {Text("aGVsbG9=")}) == "hello");
  CHECK(Show("base64decode", {Text("")}).empty());
  for (const char* text :
       {"aGVsbG8", "YQ=", "aGVs bG8=", "Pz8_", "====", "a===", "YQ==YQ==", "/w=="}) {
    INFO(text);
    CHECK(FaultAt("base64decode", {Text(text)}) == -1);
  }
}

TEST_CASE("urlencode escapes a query") {
  CHECK(Show("urlencode", {Text("a b+é/-_.~")}) == "a+b%2B%C3%A9%2F-_.~");
}

TEST_CASE("JSON there and back") {
  const Value value =
      Object({{"b", Num("1.50")}, {"a", Tuple({Text("<"), Value::Null(), True()})}});
  CHECK(Show("jsonencode", {value}) == R"({"a":["\u003c",null,true],"b":1.5})");
  CHECK(Show("jsondecode", {Text(R"( {"b": 1.50, "a": ["\u003c", null, true]} )")}) ==
        R"({"a":["\u003c",null,true],"b":1.5})");
  CHECK(Show("jsonencode", {Tuple({Value::Unknown()})}) == "unknown \"string\"");
  CHECK(FaultAt("jsonencode", {Num("inf")}) == -1);
  for (const char* text : {"", "{", "[1,]", "'a'", "nul", "1 2", "01", R"({"a":1,"a":"x"})"}) {
    INFO(text);
    CHECK(FaultAt("jsondecode", {Text(text)}) == -1);
  }
}

TEST_CASE("Deep and wide JSON is bounded") {
  CHECK(FaultAt("jsondecode", {Text(std::string(100000, '['))}) == -1);
  std::string wide = "[";
  for (int i = 0; i < 2000000; ++i) wide += "[],";
  CHECK(FaultAt("jsondecode", {Text(wide + "0]")}) == -1);
}

TEST_CASE("csvdecode makes objects by the header") {
  CHECK(Show("csvdecode", {Text("b,a\r\n1,\"x,\"\"y\nz\"\r\n\n")}) ==
        R"([{"a":"x,\"y\nz","b":"1"}])");
  CHECK(Show("csvdecode", {Text("a")}) == "[]");
  CHECK(Call("csvdecode", {Text("a")}).type().ToJson() == R"(["list",["object",{"a":"string"}]])");
  CHECK(Show("csvdecode", {Text("a\n\"\"\n")}) == R"([{"a":""}])");
  CHECK(Show("csvdecode", {Text("a\n1\r")}) == R"([{"a":"1"}])");
}

TEST_CASE("Faults in comma-separated values") {
  for (const char* text :
       {"", "\n", "a,a\n", "a,b\n1", "a,b\n1,2,3", "a\n\"x", "a\n\"x\"y", "a\nx\"y", ",\n"}) {
    INFO(text);
    CHECK(FaultAt("csvdecode", {Text(text)}) == -1);
  }
  const FunctionResult ragged = Try("csvdecode", {Text("a,b\n1,2\n\n1")});
  CHECK(ragged.error().message == "CSV parse error on line 4: wrong number of fields");
}

}  // namespace nmgr::hcl
