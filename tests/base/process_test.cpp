#include "nmgr/base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <stop_token>
#include <string>
#include <thread>

#include "support/temp_dir.h"

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

TEST_CASE("a child may get nothing of our environment but what is named") {
  ::setenv("NMGR_TEST_KEPT", "kept", 1);
  ::setenv("NMGR_TEST_SECRET", "told to nobody", 1);
  ProcessOptions options;
  options.only = {"PATH", "NMGR_TEST_KEPT", "NMGR_TEST_NOT_SET"};
  options.with = {"NMGR_TEST_NEW=new"};
  const auto result = RealProcesses().Run({"env"}, "/", {}, options).value();
  CHECK(result.out.find("NMGR_TEST_KEPT=kept\n") != std::string::npos);
  CHECK(result.out.find("NMGR_TEST_NEW=new\n") != std::string::npos);
  CHECK(result.out.find("told to nobody") == std::string::npos);
  CHECK(result.out.find("NMGR_TEST_NOT_SET") == std::string::npos);
}

TEST_CASE("a child whose time is over is ended, and what it has started") {
  ProcessOptions options;
  options.limit = std::chrono::milliseconds(200);
  const auto end_of = [&options](const char* script) {
    const auto result = RealProcesses().Run({"sh", "-c", script}, "/", {}, options);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == ErrorCode::kTimedOut);
    CHECK(result.error().message == "sh was ended: it took longer than 200ms");
  };
  end_of("trap '' TERM; sleep 600 & wait; sleep 600");
  end_of("exec >&- 2>&-; sleep 600");  // with closed output
  options.limit = std::chrono::minutes(10);
  CHECK(RealProcesses().Run({"sh", "-c", "exec >&- 2>&-; exit 4"}, "/", {}, options)->exit_code ==
        4);
}

TEST_CASE("a child that says more than it may is ended") {
  ProcessOptions options;
  options.most_output = 100'000;
  for (const char* script : {"yes", "yes >&2"}) {
    const auto result = RealProcesses().Run({"sh", "-c", script}, "/", {}, options);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == ErrorCode::kRejected);
  }
  CHECK(RealProcesses().Run({"head", "-c", "100000", "/dev/zero"}, "/", {}, options)->out.size() ==
        100'000);
}

TEST_CASE("a child that writes a larger file than it may is ended by the system") {
  const nmgr::testing::TempDir dir;
  ProcessOptions options;
  options.most_file = 1U << 20U;
  const auto write = [&](const char* bytes) {
    // A pause, because the limit is set while the child is already there.
    const std::string script =
        std::string("sleep 0.2; exec head -c ") + bytes + " /dev/zero > file";
    return RealProcesses().Run({"sh", "-c", script}, dir.path(), {}, options)->exit_code;
  };
  CHECK(write("1048576") == 0);
  CHECK(write("1048577") != 0);
}

TEST_CASE("what a child keeps open is open as long as it or its children run") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  ProcessOptions options;
  options.kept_open = ends[1];
  // Leaves a child behind that has neither of the pipes of its output.
  REQUIRE(RealProcesses().Run({"sh", "-c", "sleep 1 >&- 2>&- &"}, "/", {}, options)->exit_code ==
          0);
  ::close(ends[1]);
  pollfd end{ends[0], POLLIN, 0};
  CHECK(::poll(&end, 1, 0) == 0);
  CHECK(::poll(&end, 1, 60'000) == 1);
  ::close(ends[0]);
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  REQUIRE(RealProcesses().Run({"sh", "-c", "sleep 60 >&- 2>&- &"}, "/")->exit_code == 0);
  ::close(ends[1]);
  end.fd = ends[0];
  CHECK(::poll(&end, 1, 0) == 1);
  ::close(ends[0]);
}
