#include "nmgr/base/shared_log.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "support/temp_dir.h"

using namespace nmgr;
using nmgr::testing::TempDir;

namespace {

void Append(SharedLog& log, const std::string& lines) {
  const auto lock = log.Acquire();
  REQUIRE(lock);
  REQUIRE(log.Read());
  REQUIRE(log.Append(lines));
}

}  // namespace

TEST_CASE("lines of others are read once, as they come") {
  const TempDir dir;
  SharedLog one(dir.At("state/log"));
  SharedLog two(dir.At("state/log"));
  CHECK(one.Read().value().lines.empty());
  CHECK_FALSE(std::filesystem::exists(dir.At("state")));  // reading makes nothing
  Append(one, "a\n");
  Append(two, "b\n");
  CHECK(one.Read().value().lines == "b\n");
  CHECK(one.Read().value().lines.empty());
  CHECK(dir.Read("state/log") == "a\nb\n");
  REQUIRE(one.Sync());
}

TEST_CASE("a file that was replaced is read anew") {
  const TempDir dir;
  SharedLog one(dir.At("log"));
  SharedLog two(dir.At("log"));
  Append(one, "a\nb\n");
  CHECK(two.Read().value().anew);
  {
    const auto lock = one.Acquire();
    REQUIRE(one.Replace("c\n"));
  }
  const SharedLog::News news = two.Read().value();
  CHECK(news.anew);
  CHECK(news.lines == "c\n");
  Append(two, "d\n");
  CHECK(one.Read().value().lines == "d\n");
  CHECK_FALSE(one.Read().value().anew);
}

TEST_CASE("half a line is nobody's, and is cut off by the next change") {
  const TempDir dir;
  dir.Write("log", "whole\nhal");
  SharedLog log(dir.At("log"));
  CHECK(log.Read().value().lines == "whole\n");
  Append(log, "next\n");
  CHECK(dir.Read("log") == "whole\nnext\n");
}

TEST_CASE("what is no file of lines is an error, at once") {
  const TempDir dir;
  dir.MakeFolder("folder");
  CHECK_FALSE(SharedLog(dir.At("folder")).Read());
  REQUIRE(std::system(("mkfifo " + dir.At("pipe")).c_str()) == 0);
  CHECK_FALSE(SharedLog(dir.At("pipe")).Read());
  CHECK_FALSE(SharedLog("/proc/nmgr/log").Acquire());
}

TEST_CASE("processes that append at the same time lose nothing") {
  const TempDir dir;
  constexpr int kProcesses = 4;
  constexpr int kLines = 200;
  for (int p = 0; p < kProcesses; ++p) {
    if (::fork() != 0) continue;
    SharedLog log(dir.At("log"));
    for (int i = 0; i < kLines; ++i) {
      const auto lock = log.Acquire();
      if (!lock || !log.Read() || !log.Append("line\n")) ::_exit(1);
    }
    ::_exit(0);
  }
  for (int p = 0; p < kProcesses; ++p) {
    int status = -1;
    REQUIRE(::wait(&status) > 0);
    CHECK(status == 0);
  }
  CHECK(dir.Read("log").size() == static_cast<std::size_t>(kProcesses) * kLines * 5);
}
