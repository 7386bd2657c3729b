#include "nmgr/base/process.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <stop_token>
#include <thread>

using namespace nmgr;

TEST_CASE("a child's output, errors and exit code come back") {
  const auto result =
      RealProcesses().Run({"sh", "-c", "echo out; echo err >&2; pwd; exit 3"}, "/tmp").value();
  CHECK(result.exit_code == 3);
  CHECK(result.out == "out\n/tmp\n");
  CHECK(result.err == "err\n");
}

TEST_CASE("output larger than a pipe does not block") {
  const auto result =
      RealProcesses()
          .Run({"sh", "-c", "head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2"}, "/")
          .value();
  CHECK(result.out.size() == 300000);
  CHECK(result.err.size() == 300000);
}

TEST_CASE("arguments are not interpreted and standard input is closed") {
  CHECK(RealProcesses().Run({"printf", "%s", "$HOME; *"}, "/").value().out == "$HOME; *");
  CHECK(RealProcesses().Run({"cat"}, "/").value().out.empty());
}

TEST_CASE("a program that is not there is an error; one ended by a signal says which") {
  CHECK(RealProcesses().Run({"nmgr-no-such-program"}, "/").error().code == ErrorCode::kNotFound);
  CHECK(RealProcesses().Run({"sh", "-c", "kill -9 $$"}, "/").value().exit_code == 128 + 9);
}

TEST_CASE("a stop request ends a child and what it has started") {
  std::stop_source source;
  const std::jthread asks([&source] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    source.request_stop();
  });
  // Would last for ten minutes; what it starts keeps the pipes open.
  const auto result = RealProcesses().Run({"sh", "-c", "trap '' TERM; sleep 600 & wait; sleep 600"},
                                          "/", source.get_token());
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::kInterrupted);
  CHECK(RealProcesses().Run({"true"}, "/", source.get_token()).error().code ==
        ErrorCode::kInterrupted);
}

TEST_CASE("a child has no terminal, and ignores no signal that we ignore") {
  CHECK(RealProcesses().Run({"sh", "-c", ": > /dev/tty"}, "/").value().exit_code != 0);
  CHECK(RealProcesses().Run({"sh", "-c", "kill -PIPE $$"}, "/").value().exit_code == 128 + 13);
}

TEST_CASE("the environment of a child is ours, but for what is said of it") {
  ::setenv("NMGR_TEST_KEPT", "a=b", 1);
  ::setenv("NMGR_TEST_GONE", "1", 1);
  ::setenv("NMGR_TEST_NEW", "old", 1);
  const auto result =
      RealProcesses()
          .Run({"sh", "-c", "echo \"$NMGR_TEST_KEPT,${NMGR_TEST_GONE-none},$NMGR_TEST_NEW\""}, "/",
               {}, {{"NMGR_TEST_GONE"}, {"NMGR_TEST_NEW=new"}})
          .value();
  CHECK(result.out == "a=b,none,new\n");
  CHECK(RealProcesses().Run({"sh", "-c", "echo ${NMGR_TEST_GONE-none}"}, "/").value().out == "1\n");
}
