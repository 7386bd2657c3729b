// What is checked out of a repository that may want to harm us.
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "git/mirrored.h"
#include "nmgr/base/text.h"
#include "nmgr/git/output.h"
#include "support/git_server.h"

namespace nmgr::git {
namespace {

namespace fs = std::filesystem;
using testing::GitOrigin;
using testing::TempDir;

// A commit on the branch main of one tree, of lines as `git mktree` reads them; its name.
std::string CommitTree(const GitOrigin& origin, const std::string& lines) {
  const Path file = origin.dir().Write("lines", lines);
  const std::string tree = origin.Git({"-c", "alias.make=!git mktree < " + file, "make"});
  const std::string commit = origin.Git({"commit-tree", "-m", "made", tree});
  origin.Git({"update-ref", "refs/heads/main", commit});
  return commit;
}

std::string Blob(const GitOrigin& origin, const std::string& content) {
  return origin.Git({"hash-object", "-w", "--literally", origin.dir().Write("blob", content)});
}

TEST_CASE("links in the tree are links, those out of it are left out and told") {
  GitOrigin origin;
  origin.Write("common.env", "A=1");
  origin.Link("../common.env", "web/.env");
  origin.Link("web", "alias");
  origin.Link("/etc/passwd", "passwd");
  origin.Link("../../../../../../etc/passwd", "web/passwd");
  origin.Link("web/../..", "up");
  origin.Link("passwd", "chain");
  origin.Commit();
  Mirrored at(origin);
  const Checkout tree = CheckedOut(at);
  CHECK(fs::is_symlink(tree.folder + "/web/.env"));
  CHECK(Read(tree, "web/.env") == "A=1");
  CHECK(Read(tree, "alias/.env") == "A=1");
  for (const char* name : {"passwd", "web/passwd", "up", "chain"}) {
    INFO(name);
    CHECK_FALSE(fs::exists(fs::symlink_status(tree.folder + "/" + name)));
  }
  CHECK(tree.left_out ==
        Names{"chain: a link out of the repository", "passwd: a link out of the repository",
              "up: a link out of the repository", "web/passwd: a link out of the repository"});
}

TEST_CASE("nothing of the repository is run by a checkout") {
  GitOrigin origin;
  const Path mark = origin.dir().At("mark");
  origin.Write(".gitattributes", "* filter=evil diff=evil merge=evil\nlfs.txt filter=lfs\n");
  origin.Write(".gitconfig", "[filter \"evil\"]\n  smudge = touch " + mark + "\n");
  origin.Write("lfs.txt", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n");
  origin.Write("a.hcl", "$Id$\n");
  origin.Commit();
  // What a repository of somebody else's may have in its own configuration and hooks.
  origin.Git({"config", "filter.evil.smudge", "touch " + mark});
  origin.Git({"config", "uploadpack.packObjectsHook", "touch " + mark});
  Mirrored at(origin);
  at.dir.Write("mirror/hooks/post-checkout", "#!/bin/sh\ntouch " + mark);  // made anew: not there
  const Checkout tree = CheckedOut(at);
  CHECK(Read(tree, "a.hcl") == "$Id$\n");
  CHECK(Read(tree, "lfs.txt").starts_with("version https://git-lfs"));
  CHECK_FALSE(fs::exists(mark));
}

TEST_CASE("submodules are left out and told") {
  GitOrigin origin;
  CommitSubmodule(origin);
  Mirrored at(origin);
  const Checkout tree = CheckedOut(at);
  CHECK(tree.left_out == Names{"sub: a submodule"});
  CHECK(Read(tree, "a") == "1");
}

TEST_CASE("names of any bytes are checked out, compared and listed") {
  GitOrigin origin;
  const Names names = {"-x", " blank ", "caf\xC3\xA9", "line\nbreak", "quote\"'$(id)", "\xFF"};
  const std::string before = origin.Commit();
  for (const std::string& name : names) origin.Write("sub/" + name, name);
  const std::string commit = origin.Commit();
  Mirrored at(origin);
  const Checkout tree = CheckedOut(at);
  for (const std::string& name : names) CHECK(Read(tree, "sub/" + name) == name);
  const Changes changes = at.mirror->ChangesBetween(before, commit).value();
  CHECK(changes.changed.size() == names.size());
}

TEST_CASE("names that are git's own are refused, in any spelling, and write nothing") {
  GitOrigin origin;
  const std::string good = CommitTree(origin, "100644 blob " + Blob(origin, "good") + "\ta\n");
  Mirrored at(origin);
  REQUIRE(at.mirror->Fetch());
  const std::string blob = Blob(origin, "[core]\n  fsmonitor = touch /tmp/mark\n");
  for (const char* name : {".git", ".GIT", ".Git", "git~1", ".git ", ".g\xE2\x80\x8Cit"}) {
    INFO(name);
    CommitTree(origin, "100644 blob " + blob + "\t" + name + "\n");
    const auto fetched = at.mirror->Fetch();
    REQUIRE_FALSE(fetched);
    CHECK(fetched.error().code == ErrorCode::kRejected);
    CHECK(at.mirror->LastFetched().value() == good);
  }
  // Two entries of one name, of which one is a link: through which the other would be written.
  const std::string link = Blob(origin, "/tmp");
  const std::string inner = origin.Git({"rev-parse", good + "^{tree}"});
  CommitTree(origin, "120000 blob " + link + "\tx\n040000 tree " + inner + "\tx\n");
  CHECK(at.mirror->Fetch().error().code == ErrorCode::kRejected);
  CHECK(at.mirror->CheckOut(good, at.trees()));
}

TEST_CASE("a tree that is too large is refused with what is too large") {
  GitOrigin origin;
  for (int i = 0; i < 30; ++i) origin.Write("f" + std::to_string(i), "x");
  origin.Write("big.bin", std::string(3U << 20U, '\0'));  // a few KiB in a pack
  origin.Commit();
  Limits limits;
  SECTION("files") {
    limits.most_files = 20;
    Mirrored at(origin, "refs/heads/main", limits);
    const std::string commit = at.mirror->Fetch()->commit;
    const Error error = at.mirror->CheckOut(commit, at.trees()).error();
    CHECK(error.code == ErrorCode::kRejected);
    CHECK(error.message.find("it has 31 files, at most 20 are taken") != std::string::npos);
    CHECK_FALSE(error.hint.empty());
    CHECK_FALSE(fs::exists(at.trees() + "/" + commit));
  }
  SECTION("bytes") {
    limits.most_tree = 2U << 20U;
    Mirrored at(origin, "refs/heads/main", limits);
    const std::string commit = at.mirror->Fetch()->commit;
    const Error error = at.mirror->CheckOut(commit, at.trees()).error();
    CHECK(error.code == ErrorCode::kRejected);
    CHECK(error.message.find("more than 2 MiB (big.bin: 3 MiB)") != std::string::npos);
    CHECK_FALSE(fs::exists(at.trees() + "/" + commit));
  }
  SECTION("the list of files") {
    limits.most_output = 1000;
    Mirrored at(origin, "refs/heads/main", limits);
    const std::string commit = at.mirror->Fetch()->commit;
    CHECK(at.mirror->CheckOut(commit, at.trees()).error().code == ErrorCode::kRejected);
  }
}

TEST_CASE("a pack that is too large is refused, and is not left behind") {
  GitOrigin origin;
  std::string noise;  // that does not get smaller
  std::uint64_t state = 1;
  while (noise.size() < (3U << 20U)) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    noise.push_back(static_cast<char>(state >> 56U));
  }
  origin.Write("noise", noise);
  const std::string commit = origin.Commit();
  Limits limits;
  limits.most_pack = 1U << 20U;
  Mirrored at(origin, "refs/heads/main", limits);
  const auto fetched = at.mirror->Fetch();
  REQUIRE_FALSE(fetched);
  INFO(fetched.error().message);
  CHECK(fetched.error().code == ErrorCode::kRejected);
  CHECK(fetched.error().message.find("larger than 1 MiB") != std::string::npos);
  for (const auto& file : fs::recursive_directory_iterator(at.folder())) {
    INFO(file.path());
    if (file.is_regular_file()) CHECK(file.file_size() < 100'000);
  }
  at.Open();
  CHECK(at.mirror->Fetch().value().commit == commit);
}

TEST_CASE("a tree is whole or not there, and one of an earlier process is made anew") {
  GitOrigin origin;
  origin.Write("a", "1");
  const std::string commit = origin.Commit();
  Mirrored at(origin);
  const Checkout tree = CheckedOut(at);
  at.dir.Write("trees/" + commit + "/a", "somebody wrote here");
  at.dir.Write("trees/.new-" + commit + "/half", "of a tree");
  at.Open();
  CHECK(Read(CheckedOut(at), "a") == "1");
  CHECK_FALSE(fs::exists(at.trees() + "/.new-" + commit));
  CHECK(CheckedOut(at).folder == tree.folder);
  at.dir.Write("trees/notes", "not ours");
  REQUIRE(at.mirror->RemoveOthers(at.trees(), {}));
  CHECK_FALSE(fs::exists(tree.folder));
  CHECK(fs::exists(at.trees() + "/notes"));
  CHECK(Read(CheckedOut(at), "a") == "1");
}

TEST_CASE("what a commit says of itself is cut and cannot steer a terminal") {
  GitOrigin origin;
  origin.Git({"config", "i18n.commitEncoding", "ISO-8859-1"});
  const auto commit = [&](const std::string& name, const std::string& email,
                          const std::string& message) {
    origin.Git({"-c", "user.name=" + name, "-c", "user.email=" + email, "commit", "-q",
                "--allow-empty", "-m", message});
  };
  commit("\x1b]0;pwned\x07 Eve", "eve@example.org",
         "caf\xE9 \x1b[2J<script>\n\nmore " + std::string(10'000, 'x'));
  Mirrored at(origin);
  const CommitInfo info = at.mirror->Describe(at.mirror->Fetch()->commit).value();
  INFO(info.author << "|" << info.email << "|" << info.subject);
  CHECK(info.author.find('\x1b') == std::string::npos);
  CHECK(info.author.find("Eve") != std::string::npos);
  CHECK(info.subject == "caf\xC3\xA9 \\x1b[2J<script>");
  origin.Git({"config", "--unset", "i18n.commitEncoding"});
  commit("\xFF\xFE", "eve@\xE2\x80\xAEmoc", "\xC3\x28");
  const CommitInfo odd = at.mirror->Describe(at.mirror->Fetch()->commit).value();
  INFO(odd.author << "|" << odd.email << "|" << odd.subject);
  CHECK(IsValidUtf8(odd.author + odd.email + odd.subject));
  CHECK(odd.email == "eve@\\u202emoc");
  origin.Git({"commit", "-q", "--allow-empty", "-m", std::string(100'000, 'y')});
  CHECK(at.mirror->Describe(at.mirror->Fetch()->commit).value().subject.size() <=
        CommitInfo::kMostText + 3);
}

}  // namespace
}  // namespace nmgr::git
