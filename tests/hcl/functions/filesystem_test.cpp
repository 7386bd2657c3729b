#include "hcl/functions/call.h"
#include "support/memory_file_system.h"

namespace nmgr::hcl {

namespace {

struct Disk {
  testing::MemoryFileSystem files;
  FunctionContext context;

  Disk()
      : files({{"/spec/a.txt", "text\n"},
               {"/spec/.hidden", ""},
               {"/spec/bin", "\xff"},
               {"/spec/sub/b.txt", "b"},
               {"/spec/sub/c.md", "c"},
               {"/spec/sub/deep/d.txt", "d"},
               {"/home/me/h.txt", "home"}}) {
    context.files = &files;
    context.base_dir = "/spec";
    context.home = "/home/me";
  }

  std::string Get(std::string_view name, const Values& arguments) const {
    return Show(name, arguments, context);
  }
  int Fault(std::string_view name, const Values& arguments) const {
    return FaultAt(name, arguments, context);
  }
  std::string Set(std::string_view folder, std::string_view pattern) const {
    return Get("fileset", {Text(folder), Text(pattern)});
  }
};

}  // namespace

TEST_CASE("file and filebase64 start at the folder of the spec") {
  const Disk disk;
  CHECK(disk.Get("file", {Text("a.txt")}) == "text\n");
  CHECK(disk.Get("file", {Text("sub/../a.txt")}) == "text\n");
  CHECK(disk.Get("file", {Text("/spec/sub/b.txt")}) == "b");
  CHECK(disk.Get("file", {Text("~/h.txt")}) == "home");
  CHECK(disk.Get("filebase64", {Text("bin")}) == "/w==");
  CHECK(disk.Fault("file", {Text("bin")}) == -1);
  CHECK(disk.Fault("file", {Text("sub")}) == -1);
  CHECK(disk.Fault("file", {Text("~you/x")}) == -1);
  const FunctionResult missing = Try("file", {Text("sub/./none")}, disk.context);
  CHECK(missing.error().message == "no file exists at /spec/sub/none");
}

TEST_CASE("looking at files costs, so that a loop cannot walk the disk for minutes") {
  Disk disk;
  std::int64_t budget = 20'000;
  disk.context.budget = &budget;
  int calls = 0;
  while (Try("fileexists", {Text("none")}, disk.context)) ++calls;
  CHECK(calls > 10);
  CHECK(calls < 100);
  for (const std::string_view name : {"fileexists", "file", "filebase64"}) {
    CHECK(Try(name, {Text("a.txt")}, disk.context).error().message.find("too many files") == 0);
  }
  budget = 20'000;
  calls = 0;
  while (Try("fileset", {Text("."), Text("**")}, disk.context)) ++calls;
  CHECK(calls > 1);
  CHECK(calls < 20);
}

TEST_CASE("fileexists knows files, and nothing else") {
  const Disk disk;
  CHECK(disk.Get("fileexists", {Text("a.txt")}) == "true");
  CHECK(disk.Get("fileexists", {Text("none/x")}) == "false");
  CHECK(disk.Fault("fileexists", {Text("sub")}) == -1);
  CHECK(disk.Fault("fileexists", {Text("a.txt/x")}) == -1);
  CHECK(disk.Fault("fileexists", {Text(std::string_view("a.txt\0", 6))}) == -1);
}

TEST_CASE("fileset matches as doublestar does") {
  const Disk disk;
  CHECK(disk.Set(".", "*") == R"([".hidden","a.txt","bin"])");
  CHECK(disk.Set(".", "**/*.txt") == R"(["a.txt","sub/b.txt","sub/deep/d.txt"])");
  CHECK(disk.Set("sub", "**") == R"(["b.txt","c.md","deep/d.txt"])");
  CHECK(disk.Set("sub", "../*.txt") == R"(["../a.txt"])");
  CHECK(disk.Set(".", "s?b/[bc].*") == R"(["sub/b.txt","sub/c.md"])");
  CHECK(disk.Set(".", "sub/[^b]*") == R"(["sub/c.md"])");
  CHECK(disk.Set(".", "sub/[!c]*") == R"(["sub/c.md"])");
  CHECK(disk.Set(".", "{a,sub/{b,x}}.txt") == R"(["a.txt","sub/b.txt"])");
  CHECK(disk.Set(".", "a{,.txt}") == R"(["a.txt"])");
  CHECK(disk.Set(".", "\\a.txt") == R"(["a.txt"])");
  CHECK(disk.Set(".", "a.txt") == R"(["a.txt"])");
  CHECK(disk.Set("none", "*") == "[]");
  CHECK(disk.Set("~", "*") == "[]");
  for (const char* pattern : {"[", "{a", "[]", "[a-]", "b[\\"}) {
    INFO(pattern);
    CHECK(disk.Fault("fileset", {Text("."), Text(pattern)}) == -1);
  }
}

TEST_CASE("Patterns made to be slow end in an error") {
  testing::MemoryFileSystem files;
  files.Add("/spec/" + std::string(200, 'a'), "");
  FunctionContext context;
  context.files = &files;
  context.base_dir = "/spec";
  std::string stars;
  for (int i = 0; i < 30; ++i) stars += "*a";
  CHECK(FaultAt("fileset", {Text("."), Text(stars + "b")}, context) == -1);
  CHECK(FaultAt("fileset", {Text("."), Text(std::string(100000, '{'))}, context) == -1);
}

TEST_CASE("Paths are taken apart by Go's rules") {
  const Disk disk;
  CHECK(disk.Get("basename", {Text("a/b//")}) == "b");
  CHECK(disk.Get("basename", {Text("")}) == ".");
  CHECK(disk.Get("dirname", {Text("a/b/")}) == "a/b");
  CHECK(disk.Get("dirname", {Text("x")}) == ".");
  CHECK(disk.Get("abspath", {Text("/a/./b/../c/")}) == "/a/c");
  CHECK(disk.Get("abspath", {Text("x")}) == JoinPath(CurrentFolder(), "x"));
  CHECK(disk.Get("pathexpand", {Text("~/x/../y")}) == "/home/me/y");
  CHECK(disk.Get("pathexpand", {Text("a/../~")}) == "a/../~");
  CHECK(disk.Fault("pathexpand", {Text("~you")}) == -1);
}

}  // namespace nmgr::hcl
