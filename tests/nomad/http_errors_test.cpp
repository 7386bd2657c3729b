#include "nomad/http_errors.h"

#include <catch2/catch.hpp>

#include "nomad/agent.h"

using namespace nmgr;
using namespace nmgr::nomad;

TEST_CASE("a proxy that cannot be reached is named, and is not taken for Nomad") {
  ConnectionOptions options;
  options.address = "http://nomad.lan:4646";
  options.proxy = "http://proxy.lan:3128";
  const net::TransportError fault{net::Fault::kRefused, "connection refused"};
  const Error over = ErrorWriter(options).FromFault({}, fault);
  CHECK(over.message ==
        "cannot reach Nomad at http://nomad.lan:4646 over the proxy http://proxy.lan:3128: "
        "connection refused");
  CHECK(over.hint.find("NO_PROXY") != std::string::npos);
  options.no_proxy = ".lan";
  CHECK(ErrorWriter(options).FromFault({}, fault).message ==
        "cannot reach Nomad at http://nomad.lan:4646: connection refused");
}

TEST_CASE("what is no address is refused without repeating a password") {
  for (const char* text :
       {"", "127.0.0.1:4646", "ftp://x", "http://", "http://a b", "http://x:99999", "http://x:4x",
        "http://[::1", "http://x/?a=b", "http://x#y", "unix://relative", "http://me:s3cret@",
        "s3cret@host", "http://me:s3cret@ho st/"}) {
    const auto address = ParseAgentAddress(text);
    INFO(text);
    REQUIRE_FALSE(address);
    CHECK(address.error().code == ErrorCode::kUsage);
    CHECK(address.error().message.find("s3cret") == std::string::npos);
    CHECK(address.error().hint.find("http://127.0.0.1:4646") != std::string::npos);
  }
}

TEST_CASE("Nomad's nested error lists come on one line") {
  CHECK(FlattenErrorList("Missing task driver") == "Missing task driver");
  CHECK(FlattenErrorList(
            "1 error occurred:\n\t* Task group app validation failed: 1 error occurred:\n"
            "\t* Task server validation failed: 1 error occurred:\n\t* Missing task "
            "driver\n\n\n\n") ==
        "Task group app validation failed: Task server validation failed: Missing task driver");
  CHECK(FlattenErrorList("2 errors occurred:\n\t* one\n\t* two\n\n") == "one; two");
  CHECK(FlattenErrorList("Failed to parse job: a;\nb") == "Failed to parse job: a; b");
  CHECK(FlattenErrorList("some error occurred:\n* x") == "some error occurred:; x");
  CHECK(FlattenErrorList(" error occurred:") == "error occurred:");
  CHECK(FlattenErrorList("\n\n") == "");
}

TEST_CASE("Nomad's nested lists of errors as single ones") {
  using Errors = std::vector<std::string>;
  CHECK(SplitErrorList("").empty());
  CHECK(SplitErrorList("Missing\ndriver") == Errors{"Missing driver"});
  CHECK(SplitErrorList("2 errors occurred:\n\t* one\n\t* two\n\n") == Errors{"one", "two"});
  CHECK(SplitErrorList("2 warnings:\n\n* one\n\n* two") == Errors{"one", "two"});
  CHECK(SplitErrorList("1 warning:\n\n* one") == Errors{"one"});
  CHECK(
      SplitErrorList("Group g: 3 errors occurred:\n\t* C 1: 1 error occurred:\n\t* bad\n\n\n\t* "
                     "plain\n\t* Task t: 2 errors occurred:\n\t* x\n\t* 1 error "
                     "occurred:\n\t* 1 error occurred:\n\t* deep\n\n\n\n\n\n") ==
      Errors{"Group g: C 1: bad", "Group g: plain", "Group g: Task t: x", "Group g: Task t: deep"});
  CHECK(SplitErrorList("a: 9 errors occurred:\n\t* only") == Errors{"a: only"});
  CHECK(SplitErrorList("1 error occurred:\n\t* one\n\t* left") == Errors{"one", "left"});
  CHECK(SplitErrorList(" error occurred:") == Errors{"error occurred:"});
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "1 error occurred:\n\t* ";
  CHECK(SplitErrorList(deep + "x").back() == "x");
}
