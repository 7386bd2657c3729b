#include <regex>

#include "hcl/functions/call.h"

namespace nmgr::hcl {

TEST_CASE("uuidv4 is random and of its version") {
  const std::string first = Show("uuidv4", {});
  CHECK(std::regex_match(
      first, std::regex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")));
  CHECK(first != Show("uuidv4", {}));
}

TEST_CASE("uuidv4 cannot be drawn without end") {
  FunctionContext context;
  std::int64_t budget = 100'000;
  context.budget = &budget;
  int calls = 0;
  while (Try("uuidv4", {}, context)) ++calls;
  CHECK(calls > 100);
  CHECK(calls < 10'000);
}

TEST_CASE("uuidv5 names things in a name space") {
  CHECK(Show("uuidv5", {Text("dns"), Text("example.com")}) ==
        "cfbff0d1-9375-5685-968c-48ce8b15ae17");
  CHECK(Show("uuidv5", {Text("url"), Text("http://example.com/")}) ==
        "0a300ee9-f9e4-5697-a51a-efc7fafaba67");
  CHECK(Show("uuidv5", {Text("oid"), Text("1.3.6.1.4.1.343")}) ==
        "6aab0456-7392-582a-b92a-ba5a7096945d");
  CHECK(Show("uuidv5", {Text("x500"), Text("CN=Test")}) == "5e2003ce-30b7-5e3b-8c3a-a164acc5b21e");
  for (const char* space :
       {"6ba7b810-9dad-11d1-80b4-00c04fd430c8", "{6BA7B810-9DAD-11D1-80B4-00C04FD430C8}",
        "URN:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b8109dad11d180b400c04fd430c8"}) {
    INFO(space);
    CHECK(Show("uuidv5", {Text(space), Text("example.com")}) ==
          "cfbff0d1-9375-5685-968c-48ce8b15ae17");
  }
  for (const char* space :
       {"", "DNS", "bad", "6ba7b810_9dad-11d1-80b4-00c04fd430c8",
        "6ba7b8109dad11d180b400c04fd430cg", "xrn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8"}) {
    INFO(space);
    CHECK(FaultAt("uuidv5", {Text(space), Text("x")}) == -1);
  }
}

}  // namespace nmgr::hcl
