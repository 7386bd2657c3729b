#include "nmgr/git/mirror.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "git/mirrored.h"
#include "nmgr/base/text.h"
#include "nmgr/git/output.h"
#include "support/git_server.h"
#include "support/temp_dir.h"

namespace nmgr::git {
namespace {

using testing::GitOrigin;
using testing::TempDir;

TEST_CASE("a mirror follows a branch: what the server has, what is fetched, its tree") {
  GitOrigin origin;
  origin.Write("web/web.hcl", "job \"web\" {}\n");
  origin.Write("web/.env", "A=1\n");
  const std::string first = origin.Commit("the first one");
  Mirrored at(origin);
  CHECK(at.mirror->LastFetched().value().empty());
  CHECK(at.mirror->RemoteCommit().value() == first);
  const auto fetched = at.mirror->Fetch().value();
  CHECK(fetched.commit == first);
  CHECK_FALSE(fetched.forced);
  CHECK(at.mirror->LastFetched().value() == first);
  const Checkout tree = at.mirror->CheckOut(first, at.trees()).value();
  CHECK(tree.folder == at.trees() + "/" + first);
  CHECK(tree.left_out.empty());
  CHECK(at.dir.Read("trees/" + first + "/web/web.hcl") == "job \"web\" {}\n");
  CHECK_FALSE(std::filesystem::exists(tree.folder + "/.git"));

  origin.Remove("web/.env");
  origin.Write("db/db.hcl", "job \"db\" {}\n");
  const std::string second = origin.Commit("the second one");
  CHECK(at.mirror->RemoteCommit().value() == second);
  CHECK(at.mirror->LastFetched().value() == first);
  CHECK_FALSE(at.mirror->Fetch().value().forced);
  CHECK(at.mirror->IsAncestor(first, second).value());
  CHECK_FALSE(at.mirror->IsAncestor(second, first).value());
  const Changes changes = at.mirror->ChangesBetween(first, second).value();
  CHECK(changes.changed == Names{"db/db.hcl"});
  CHECK(changes.deleted == Names{"web/.env"});
  CHECK(at.mirror->Ancestor(first.substr(0, 12), second).value() == first);
  CHECK(at.mirror->FullName(first.substr(0, 12)).value() == first);
  CHECK(at.mirror->FullName("0123456789ab").value().empty());
  CHECK(at.mirror->Ancestor(second, second).value() == second);
  CHECK(at.mirror->Ancestor(second.substr(0, 12), first).value().empty());
  CHECK(at.mirror->Ancestor("--all", second).value().empty());
  CHECK(at.mirror->Ancestor("0123456789ab", second).value().empty());
  const CommitInfo info = at.mirror->Describe(second).value();
  CHECK(info.commit == second);
  CHECK(info.author == "Ann Example");
  CHECK(info.email == "ann@example.org");
  CHECK(info.subject == "the second one");
  CHECK(info.time > WallTime(std::chrono::hours(24 * 365 * 50)));
  REQUIRE(at.mirror->CheckOut(second, at.trees()));
  REQUIRE(at.mirror->RemoveOthers(at.trees(), {second}));
  CHECK_FALSE(std::filesystem::exists(at.trees() + "/" + first));
  CHECK(std::filesystem::exists(at.trees() + "/" + second + "/db/db.hcl"));
}

// A program called git that comes before the real one while this lives. Its script has the real one
// as $REAL.
class GitInTheWay {
 public:
  explicit GitInTheWay(const std::string& script) : before_(::getenv("PATH")) {
    std::string real;
    for (const std::string_view folder : Split(before_, ':')) {
      const std::string path = std::string(folder) + "/git";
      if (real.empty() && std::filesystem::exists(path)) real = path;
    }
    const Path path = dir_.Write("git", "#!/bin/sh\nREAL=" + real + "\n" + script + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    ::setenv("PATH", (dir_.path() + ":" + before_).c_str(), 1);
  }
  ~GitInTheWay() { ::setenv("PATH", before_.c_str(), 1); }
  GitInTheWay(const GitInTheWay&) = delete;
  GitInTheWay& operator=(const GitInTheWay&) = delete;
  const TempDir& dir() const { return dir_; }

 private:
  TempDir dir_;
  std::string before_;
};

constexpr const char* kOnFetch = R"(case " $* " in *" fetch "*) )";

TEST_CASE("a branch that is gone is not found, and what was fetched stays") {
  GitOrigin origin;
  const std::string commit = origin.Commit();
  Mirrored at(origin);
  REQUIRE(at.mirror->Fetch());
  origin.Git({"branch", "-m", "main", "trunk"});
  for (const ErrorCode code :
       {at.mirror->RemoteCommit().error().code, at.mirror->Fetch().error().code}) {
    CHECK(code == ErrorCode::kNotFound);
  }
  CHECK(at.mirror->Fetch().error().message.find("refs/heads/main is not there") !=
        std::string::npos);
  CHECK(at.mirror->LastFetched().value() == commit);
  CHECK(at.mirror->CheckOut(commit, at.trees()));
  origin.Git({"branch", "-m", "trunk", "main"});
  CHECK(at.mirror->Fetch().value().commit == commit);
}

TEST_CASE("a branch with the name of another's end is not taken for it") {
  GitOrigin origin;
  const std::string commit = origin.Commit();
  origin.Git({"branch", "-m", "main", "refs/heads/main"});  // refs/heads/refs/heads/main
  CHECK(origin.Git({"ls-remote", origin.url(), "refs/heads/main"}).find(commit) == 0);
  Mirrored at(origin);
  CHECK(at.mirror->RemoteCommit().error().code == ErrorCode::kNotFound);
}

TEST_CASE("a forced push is told, also by a process that comes later; steps forward are none") {
  GitOrigin origin;
  origin.Write("a", "1");
  origin.Commit();
  const std::string fork = origin.Commit("where they part");
  origin.Write("a", "2");
  const std::string gone = origin.Commit();
  Mirrored at(origin);
  CHECK_FALSE(at.mirror->Fetch().value().forced);
  at.Open();
  origin.Git({"reset", "-q", "--hard", fork});
  origin.Write("b", "3");
  const std::string now = origin.Commit();
  const auto fetched = at.mirror->Fetch().value();
  CHECK(fetched.commit == now);
  CHECK(fetched.forced);
  CHECK_FALSE(at.mirror->IsAncestor(gone, now).value());
  CHECK(at.mirror->IsAncestor(fork, now).value());
  CHECK(at.mirror->ChangesBetween(gone, now).value().deleted.empty());
  CHECK(at.mirror->ChangesBetween(gone, now).value().changed == Names{"a", "b"});
  CHECK_FALSE(at.mirror->Fetch().value().forced);  // the same again
}

TEST_CASE("as many commits as may come between two fetches are steps forward") {
  GitOrigin origin;
  const std::string first = origin.Commit();
  Mirrored at(origin);
  REQUIRE(at.mirror->Fetch());
  std::string stream;  // of commits on top of it
  for (int i = 1; i <= 300; ++i) {
    stream += "commit refs/heads/main\ncommitter A <a@b> " + std::to_string(2'000'000'000 + i) +
              " +0000\ndata 1\nx\n" + (i == 1 ? "from " + first + "\n" : "") +
              "M 644 inline file\ndata 3\n" + std::to_string(100 + i % 800) + "\n\n";
  }
  const Path file = origin.dir().Write("stream", stream);
  origin.Git({"-c", "alias.load=!git fast-import --quiet < " + file, "load"});
  const auto fetched = at.mirror->Fetch().value();
  CHECK(fetched.commit != first);
  CHECK_FALSE(fetched.forced);
  CHECK(at.mirror->IsAncestor(first, fetched.commit).value());
}

TEST_CASE("another history in the place of the first one is a forced push") {
  GitOrigin origin;
  origin.Write("a", "1");
  const std::string before = origin.Commit();
  Mirrored at(origin);
  REQUIRE(at.mirror->Fetch());
  std::filesystem::remove_all(origin.path() + "/.git");
  origin.Git({"init", "-q", "-b", "main"});
  origin.Write("b", "1");
  const std::string now = origin.Commit("of another repository");
  const auto fetched = at.mirror->Fetch().value();
  CHECK(fetched.commit == now);
  CHECK(fetched.forced);
  CHECK_FALSE(at.mirror->IsAncestor(before, now).value());
  CHECK(at.mirror->ChangesBetween(before, now).value().changed == Names{"b"});
}

TEST_CASE("a repository without commits has no branch yet; an empty tree is an empty folder") {
  GitOrigin origin;
  Mirrored at(origin);
  CHECK(at.mirror->RemoteCommit().error().code == ErrorCode::kNotFound);
  CHECK(at.mirror->Fetch().error().code == ErrorCode::kNotFound);
  const std::string commit = origin.Commit("nothing in it");
  CHECK(at.mirror->Fetch().value().commit == commit);
  const Checkout tree = at.mirror->CheckOut(commit, at.trees()).value();
  CHECK(std::filesystem::is_directory(tree.folder));
  CHECK(std::filesystem::is_empty(tree.folder));
}

TEST_CASE("tags of both kinds, HEAD and a commit can be followed") {
  GitOrigin origin;
  const std::string first = origin.Commit();
  origin.Git({"tag", "light"});
  origin.Git({"tag", "-a", "-m", "signed off", "heavy"});
  const std::string second = origin.Commit();
  for (const std::string ref : {"refs/tags/light", "refs/tags/heavy", first.c_str()}) {
    INFO(ref);
    Mirrored at(origin, ref);
    CHECK(at.mirror->RemoteCommit().value() == first);
    CHECK(at.mirror->Fetch().value().commit == first);
    CHECK(at.mirror->CheckOut(first, at.trees()));
  }
  Mirrored head(origin, "HEAD");
  CHECK(head.mirror->RemoteCommit().value() == second);
  CHECK(head.mirror->Fetch().value().commit == second);
  Mirrored absent(origin, std::string(40, 'a'));
  CHECK(absent.mirror->Fetch().error().code == ErrorCode::kNotFound);
}

TEST_CASE("no repository, and what is not allowed, are errors of their own") {
  GitOrigin origin;
  origin.Commit();
  Mirrored at(origin);
  at.access.url = "file:///nowhere/at/all";
  at.Open();
  CHECK(at.mirror->Fetch().error().code == ErrorCode::kNotFound);
  for (const std::string ref : {"main", "-x", "refs/heads/a b", "refs/heads/x:refs/heads/y", ""}) {
    INFO(ref);
    at.access.url = origin.url();
    at.access.ref = ref;
    at.Open();
    CHECK(at.mirror->Check().error().code == ErrorCode::kConfig);
    CHECK(at.mirror->Fetch().error().code == ErrorCode::kConfig);
  }
  at.access.ref = "refs/heads/main";
  at.access.allow_file = false;
  at.Open();
  CHECK(at.mirror->Fetch().error().code == ErrorCode::kConfig);
  at.access.url = "ext::sh -c id";
  at.Open();
  CHECK(at.mirror->Fetch().error().code == ErrorCode::kConfig);
}

TEST_CASE("a mirror that is broken is made anew by whoever needs it") {
  GitOrigin origin;
  origin.Write("a", std::string(5000, 'x'));
  const std::string commit = origin.Commit();
  Mirrored at(origin);
  REQUIRE(at.mirror->Fetch());
  namespace fs = std::filesystem;
  const auto each_pack = [&](auto&& damage) {
    std::size_t seen = 0;
    for (const auto& file : fs::directory_iterator(at.folder() + "/objects/pack")) {
      fs::permissions(file.path(), fs::perms::owner_all);
      damage(file.path());
      ++seen;
    }
    CHECK(seen > 0);
  };
  SECTION("packs are gone") {
    each_pack([](const fs::path& file) { fs::remove(file); });
  }
  SECTION("packs are cut short") {
    each_pack([](const fs::path& file) { fs::resize_file(file, fs::file_size(file) / 2); });
  }
  SECTION("packs are empty") {
    each_pack([](const fs::path& file) { fs::resize_file(file, 0); });
  }
  SECTION("no longer a repository") { fs::remove_all(at.folder() + "/objects"); }
  SECTION("HEAD is gone") { fs::remove(at.folder() + "/HEAD"); }
  SECTION("HEAD is empty") { at.dir.Write("mirror/HEAD", ""); }
  SECTION("its configuration is nonsense") { at.dir.Write("mirror/config", "[nonsense"); }
  SECTION("what is cut off is nonsense") { at.dir.Write("mirror/shallow", "nonsense\n"); }
  SECTION("the ref is nonsense") { at.dir.Write("mirror/refs/nmgr/head", "nonsense"); }
  SECTION("half of one was made") {
    fs::remove_all(at.folder());
    at.dir.Write("mirror.new/HEAD", "x");
  }
  const bool reopened = GENERATE(true, false);
  if (reopened) at.Open();
  SECTION("checked out first") {
    CHECK(at.mirror->CheckOut(commit, at.trees()));
    CHECK(at.dir.Read("trees/" + commit + "/a").size() == 5000);
  }
  SECTION("fetched first") {}
  origin.Write("b", "new");
  const std::string next = origin.Commit();
  const auto fetched = at.mirror->Fetch();
  if (!fetched) FAIL(fetched.error().message);
  CHECK(fetched->commit == next);
  CHECK(at.mirror->CheckOut(next, at.trees()));
  CHECK(at.dir.Read("trees/" + next + "/b") == "new");
  CHECK(at.mirror->ChangesBetween(commit, next).value().changed == Names{"b"});
}

TEST_CASE("a git that is killed in the middle leaves nothing in the way of the next") {
  GitOrigin origin;
  origin.Write("a", "1");
  const std::string commit = origin.Commit();
  Mirrored at(origin);
  const bool there_before = GENERATE(true, false);
  if (there_before) REQUIRE(at.mirror->Fetch());
  origin.Write("a", "2");
  const std::string next = origin.Commit();
  {
    const GitInTheWay killed(
        std::string(kOnFetch) +
        R"(touch "$GIT_DIR/shallow.lock" "$GIT_DIR/HEAD.lock" "$GIT_DIR/objects/pack/tmp_pack_x"
           mkdir -p "$GIT_DIR/refs/nmgr"; touch "$GIT_DIR/refs/nmgr/next.lock"; kill -9 $$;;
         esac
         exec "$REAL" "$@")");
    CHECK_FALSE(at.mirror->Fetch());
  }
  SECTION("in the same process") {}
  SECTION("in a later one") {
    at.Open();
    at.dir.Write("mirror/shallow.lock", "");
  }
  CHECK(at.mirror->Fetch().value().commit == next);
  CHECK(at.mirror->CheckOut(next, at.trees()));
}

TEST_CASE("a fetch that takes too long, and one that is to stop, ends") {
  GitOrigin origin;
  const std::string commit = origin.Commit();
  Limits limits;
  limits.deadline = std::chrono::milliseconds(500);
  Mirrored at(origin, "refs/heads/main", limits);
  {
    const GitInTheWay slow(std::string(kOnFetch) + "sleep 600;; esac\nexec \"$REAL\" \"$@\"");
    CHECK(at.mirror->Fetch().error().code == ErrorCode::kTimedOut);
    at.Open();
    std::stop_source source;
    const std::jthread asks([&source] {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      source.request_stop();
    });
    CHECK(at.mirror->Fetch(source.get_token()).error().code == ErrorCode::kInterrupted);
  }
  CHECK(at.mirror->Fetch().value().commit == commit);
}

TEST_CASE("two who use one mirror do so one after the other") {
  GitOrigin origin;
  const std::string commit = origin.Commit();
  Mirrored at(origin);
  REQUIRE(at.mirror->Fetch());
  std::stop_source source;
  const std::jthread asks([&source] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    source.request_stop();
  });
  Mirror second(at.folder(), at.access, RealProcesses(), RealFileSystem());
  CHECK(second.Fetch(source.get_token()).error().code == ErrorCode::kInterrupted);
  at.mirror.reset();
  CHECK(second.Fetch().value().commit == commit);
}

}  // namespace
}  // namespace nmgr::git
