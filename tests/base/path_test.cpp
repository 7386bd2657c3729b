#include "nmgr/base/path.h"

#include <catch2/catch.hpp>

using namespace nmgr;

TEST_CASE("paths are cleaned as Go does") {
  CHECK(CleanPath("") == ".");
  CHECK(CleanPath("a//b/./c/..") == "a/b");
  CHECK(CleanPath("/../a") == "/a");
  CHECK(CleanPath("../../a") == "../../a");
  CHECK(CleanPath("/") == "/");
}

TEST_CASE("base and folder names follow Go's rules") {
  CHECK(BaseName("") == ".");
  CHECK(BaseName("a/b/") == "b");
  CHECK(BaseName("///") == "/");
  CHECK(DirName("a/b/") == "a/b");
  CHECK(DirName("a") == ".");
  CHECK(DirName("/a") == "/");
}

TEST_CASE("home expansion touches only a leading tilde") {
  CHECK(ExpandHome("~", "/h") == "/h");
  CHECK(ExpandHome("~/x", "/h") == "/h/x");
  CHECK(ExpandHome("~user/x", "/h") == "~user/x");
  CHECK(ExpandHome("a/~/x", "/h") == "a/~/x");
}

TEST_CASE("a path is shown relative to a folder that holds it") {
  CHECK(RelativeTo("/a/b/c", "/a") == "b/c");
  CHECK(RelativeTo("/ab/c", "/a") == "/ab/c");
  CHECK(RelativeTo("/a", "/a/") == ".");
}
