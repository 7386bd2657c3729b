// Trees that are made over the one before are what they would be if nothing was there before.
#include "git/checkouts.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <system_error>
#include <vector>

#include "git/mirrored.h"
#include "nmgr/git/output.h"
#include "support/git_server.h"

namespace nmgr::git {
namespace {

namespace fs = std::filesystem;
using testing::GitOrigin;

// All that is in a folder, by relative path: kind, mode, and what it holds.
std::map<std::string, std::string> AllOf(const Path& folder) {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const fs::file_status status = entry.symlink_status();
    std::string text = std::to_string(static_cast<int>(status.type())) + " " +
                       std::to_string(static_cast<unsigned>(status.permissions())) + " ";
    if (entry.is_symlink()) {
      text += fs::read_symlink(entry.path()).string();
    } else if (entry.is_regular_file()) {
      text += RealFileSystem().ReadFile(entry.path().string(), kMaxFileSize).value();
    }
    all.emplace(entry.path().lexically_relative(folder).string(), std::move(text));
  }
  return all;
}

std::uint64_t InodeOf(const Checkout& tree, const std::string& name) {
  return RealFileSystem().StatEntry(tree.folder + "/" + name).value().inode;
}

// Until the clock of the file system, which has ticks of some milliseconds, has gone on.
void AwaitTick(const Mirrored& at) {
  const auto changed = [](const Path& path) {
    return RealFileSystem().StatEntry(path).value().changed;
  };
  const EntryInfo::Time before = changed(at.trees());
  while (changed(at.dir.Write("tick", "")) == before) {
  }
}

void Chmod(const GitOrigin& origin, const std::string& name) {
  fs::permissions(origin.path() + "/" + name, fs::perms::owner_exec, fs::perm_options::add);
}

// Edits a working tree, by chance.
class Editor {
 public:
  explicit Editor(const GitOrigin& origin, unsigned seed) : origin_(origin), random_(seed) {}

  void Edit() {
    const std::string name = Name();
    switch (Below(12)) {
      case 0:
        return Place(name, [] {});
      case 1:
        return Place(name, [&] { origin_.Link("d/a", name); });
      case 2:
        return Place(name, [&] { origin_.Link("/etc/passwd", name); });
      case 3:
        return Attributes(Below(2) == 0 ? "" : "d/");
      case 4:
        Write(name);
        return Chmod(origin_, name);
      case 5:
        return Write(name + "/inner");
      default:
        return Write(name);
    }
  }

 private:
  unsigned Below(unsigned end) { return static_cast<unsigned>(random_() % end); }

  std::string Name() {
    static const Names kNames = {
        "a",       "b.txt",           "c",           "d/a", "d/b.txt", "d/e/a", "d/e",
        "d",       "x y/-x",          "line\nbreak", "-x",  "\xFF",    "e/a",   "e/b",
        "e/f/g/h", "e/f/.gitignored", "e/f/i"};
    return kNames[Below(static_cast<unsigned>(kNames.size()))];
  }

  // What stands at the name, or as a file in the way to it, goes first.
  template <class Make>
  void Place(const std::string& name, const Make& make) {
    for (std::size_t slash = name.find('/'); slash != name.npos;
         slash = name.find('/', slash + 1)) {
      const Path above = origin_.path() + "/" + name.substr(0, slash);
      if (!fs::is_directory(fs::symlink_status(above))) fs::remove(above);
    }
    fs::remove_all(origin_.path() + "/" + name);
    make();
  }

  void Write(const std::string& name) {
    Place(name, [&] { origin_.Write(name, "1\n2\n" + std::to_string(Below(5)) + "\n"); });
  }

  void Attributes(const std::string& folder) {
    static const Names kLines = {"*.txt text eol=crlf\n", "a text eol=crlf\n", "* -text\n",
                                 "* ident\n"};
    Place(folder + ".gitattributes",
          [&] { origin_.Write(folder + ".gitattributes", kLines[Below(4)]); });
  }

  const GitOrigin& origin_;
  std::mt19937 random_;
};

TEST_CASE("a tree over the one before is what it would be without") {
  const unsigned seed = GENERATE(1U, 2U, 3U);
  GitOrigin origin;
  origin.Write("z/stays", "the same\n");
  Mirrored at(origin);
  Mirrored whole(origin);
  Editor editor(origin, seed);
  Checkout before;
  std::map<std::string, std::string> all_before;
  for (int step = 0; step < 12; ++step) {
    INFO("seed " << seed << ", step " << step);
    for (unsigned edits = 0; edits < 3; ++edits) editor.Edit();
    origin.Commit();
    const Checkout tree = CheckedOut(at);
    const auto all = AllOf(tree.folder);
    // In a folder of its own, where nothing is before it.
    const Checkout anew = CheckedOut(whole, whole.dir.At("tree" + std::to_string(step)));
    REQUIRE(all == AllOf(anew.folder));
    REQUIRE(tree.left_out == anew.left_out);
    if (!before.folder.empty()) REQUIRE(AllOf(before.folder) == all_before);
    if (step % 3 != 0) REQUIRE(at.mirror->RemoveOthers(at.trees(), {BaseName(tree.folder)}));
    REQUIRE(AllOf(tree.folder) == all);
    before = tree;
    all_before = all;
  }
}

TEST_CASE("a file that a commit leaves as it is is the same file, and git writes the others") {
  GitOrigin origin;
  for (const char* name : {"web/web.hcl", "web/.env", "db.hcl", "run.sh", "gone/a", "gone/b"}) {
    origin.Write(name, name);
  }
  origin.Link("db.hcl", "alias");
  origin.Commit();
  Mirrored at(origin);
  const Checkout first = CheckedOut(at);
  origin.Write("web/web.hcl", "otherwise");
  origin.Write("new/new.hcl", "new");
  Chmod(origin, "run.sh");
  origin.Remove("gone");
  origin.Write("gone", "a file");
  origin.Commit();
  const Checkout second = CheckedOut(at);
  for (const char* name : {"web/.env", "db.hcl"}) {
    CHECK(InodeOf(first, name) == InodeOf(second, name));
  }
  for (const char* name : {"web/web.hcl", "run.sh", "alias"}) {
    CHECK(InodeOf(first, name) != InodeOf(second, name));
  }
  CHECK(Read(first, "web/web.hcl") == "web/web.hcl");
  CHECK(Read(second, "web/web.hcl") == "otherwise");
  CHECK(Read(second, "gone") == "a file");

  // Whatever is taken away, the other stays whole, and the next one is made over what is left.
  REQUIRE(at.mirror->RemoveOthers(at.trees(), {BaseName(second.folder)}));
  CHECK(Read(second, "web/.env") == "web/.env");
  origin.Write("new/new.hcl", "newer");
  origin.Commit();
  const Checkout third = CheckedOut(at);
  CHECK(InodeOf(second, "db.hcl") == InodeOf(third, "db.hcl"));
  CHECK(fs::hard_link_count(third.folder + "/db.hcl") == 2);
  REQUIRE(at.mirror->RemoveOthers(at.trees(), {BaseName(second.folder)}));
  CHECK(Read(second, "db.hcl") == "db.hcl");
  CHECK(Read(CheckedOut(at), "new/new.hcl") == "newer");  // made again, where it was taken away
}

TEST_CASE("a commit that only takes away asks git for no file") {
  GitOrigin origin;
  origin.Write("a", "1");
  origin.Write("b", "2");
  origin.Commit();
  Mirrored at(origin);
  const Checkout first = CheckedOut(at);
  origin.Remove("b");
  origin.Commit();
  const Checkout second = CheckedOut(at);
  CHECK(InodeOf(first, "a") == InodeOf(second, "a"));
  CHECK(AllOf(second.folder).size() == 1);
}

TEST_CASE("where attributes change, files with the same content are written anew") {
  GitOrigin origin;
  origin.Write("d/a.txt", "1\n2\n");
  origin.Write("b.txt", "1\n2\n");
  origin.Commit();
  Mirrored at(origin);
  CHECK(Read(CheckedOut(at), "d/a.txt") == "1\n2\n");
  origin.Write("d/.gitattributes", "*.txt text eol=crlf\n");
  origin.Commit();
  CHECK(Read(CheckedOut(at), "d/a.txt") == "1\r\n2\r\n");
  origin.Write("b.txt", "3\n");  // the attributes that stay count for what is written
  origin.Write("d/c.txt", "3\n");
  origin.Commit();
  const Checkout third = CheckedOut(at);
  CHECK(Read(third, "d/c.txt") == "3\r\n");
  CHECK(Read(third, "b.txt") == "3\n");
  origin.Remove("d/.gitattributes");
  origin.Commit();
  CHECK(Read(CheckedOut(at), "d/a.txt") == "1\n2\n");
}

TEST_CASE("what somebody did to a tree gets into no other") {
  GitOrigin origin;
  origin.Write("d/a", "good");
  origin.Write("b", "1");
  origin.Commit();
  Mirrored at(origin);
  const Checkout first = CheckedOut(at);
  origin.Write("b", "2");
  const std::string commit = origin.Commit();
  const Path file = first.folder + "/d/a";
  AwaitTick(at);
  SECTION("its content, with the time set back") {
    const auto time = fs::last_write_time(file);
    std::ofstream(file) << "evil";
    fs::last_write_time(file, time);
  }
  SECTION("another file in its place") {
    at.dir.Write("evil", "evil");
    fs::rename(at.dir.At("evil"), file);
  }
  SECTION("its mode") { fs::permissions(file, fs::perms::others_all, fs::perm_options::add); }
  SECTION("another folder in the place of its own") {
    at.dir.Write("evil/a", "evil");
    fs::rename(first.folder + "/d", at.dir.At("was"));
    at.dir.Link(at.dir.At("evil"), "trees/" + BaseName(first.folder) + "/d");
  }
  SECTION("it is gone") { fs::remove(file); }
  SECTION("all of it is gone") { fs::remove_all(first.folder); }
  SECTION("and what was before it is taken away afterwards") {
    const Checkout second = CheckedOut(at);
    AwaitTick(at);
    std::ofstream(second.folder + "/d/a") << "evil";
    REQUIRE(at.mirror->RemoveOthers(at.trees(), {commit}));
    origin.Write("b", "3");
    origin.Commit();
  }
  const Checkout next = CheckedOut(at);
  CHECK(Read(next, "d/a") == "good");
  CHECK((fs::status(next.folder + "/d/a").permissions() & fs::perms::others_write) ==
        fs::perms::none);
}

TEST_CASE("a tree of an earlier process gives nothing to the next one") {
  GitOrigin origin;
  origin.Write("a", "1");
  origin.Write("b", "1");
  origin.Commit();
  Mirrored at(origin);
  const Checkout first = CheckedOut(at);
  at.Open();
  origin.Write("b", "2");
  origin.Commit();
  CHECK(InodeOf(first, "a") != InodeOf(CheckedOut(at), "a"));
}

TEST_CASE("submodules are an empty folder over the one before, too") {
  GitOrigin origin;
  CommitSubmodule(origin);
  Mirrored at(origin);
  const Checkout first = CheckedOut(at);
  origin.Git({"commit", "-q", "--allow-empty", "-m", "more"});
  const Checkout second = CheckedOut(at);
  CHECK(second.left_out == Names{"sub: a submodule"});
  CHECK(AllOf(first.folder) == AllOf(second.folder));
}

TEST_CASE("a commit that touches more names than a command line should hold is written whole") {
  GitOrigin origin;
  const auto write = [&](const std::string& content) {
    for (int i = 0; i < 700; ++i) {
      origin.Write(std::string(100, 'f') + std::to_string(i), content);
    }
    origin.Commit();
  };
  origin.Write("stays", "1");
  write("1");
  Mirrored at(origin);
  const Checkout first = CheckedOut(at);
  write("2");
  const Checkout second = CheckedOut(at);
  CHECK(Read(second, std::string(100, 'f') + "699") == "2");
  CHECK(InodeOf(first, "stays") != InodeOf(second, "stays"));
}

}  // namespace
}  // namespace nmgr::git
