#include "repo/changed.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>
#include <vector>

#include "nmgr/repo/selection.h"
#include "repo/repository.h"
#include "support/temp_dir.h"

namespace {

using nmgr::ErrorCode;
using nmgr::testing::Ids;
using nmgr::testing::JobText;
using nmgr::testing::TempDir;
using Names = std::vector<std::string>;

// A git repository on the disk whose jobs lie in the folder "nomad" of it.
class GitRepository {
 public:
  GitRepository() {
    Write("web/web.hcl", JobText("web", "  meta {\n    a = file(\"../shared/page.html\")\n  }"));
    Write("shared/page.html", "hello");
    Write("db/db.hcl", JobText("db"));
    Write("db/.env", "A=1");
    Write("db/notes.md", "none of the job's business");
    Write("idle/idle.hcl", JobText("idle"));
    Git({"init", "-q", "-b", "main"});
    Commit();
  }

  void Write(const std::string& relative, const std::string& text) {
    dir_.Write("nomad/" + relative, text);
  }
  void Link(const std::string& target, const std::string& relative) {
    REQUIRE(::symlink(target.c_str(), dir_.At("nomad/" + relative).c_str()) == 0);
  }
  void Remove(const std::string& relative) { dir_.Remove("nomad/" + relative); }
  const TempDir& dir() const { return dir_; }

  void Commit() {
    Git({"add", "-A"});
    Git({"-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "x"});
  }

  nmgr::Expected<nmgr::repo::Selection> Select(const std::string& target,
                                               const nmgr::Path& base = "nomad") {
    nmgr::repo::RepoOptions options;
    options.base_dir = dir_.At(base);
    options.job_configs = {"*.env*"};
    const nmgr::repo::RepoAccess access{
        &nmgr::RealFileSystem(), &nmgr::RealProcesses(), {nullptr, &nmgr::RealFileSystem(), ""}};
    TRY_ASSIGN(const nmgr::repo::Repo repo, nmgr::repo::OpenRepo(options, access));
    return nmgr::repo::Select(repo, {{target}, {}, {}});
  }

  Names Pick(const std::string& target, const nmgr::Path& base = "nomad") {
    const auto selection = Select(target, base);
    if (!selection) return {"error: " + selection.error().message};
    return Ids(*selection);
  }

  void Git(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "git");
    const auto result = nmgr::RealProcesses().Run(arguments, dir_.path());
    REQUIRE(result.has_value());
    INFO(result->err);
    REQUIRE(result->exit_code == 0);
  }

 private:
  TempDir dir_;
};

}  // namespace

TEST_CASE("nothing changed selects nothing, with a notice") {
  GitRepository git;
  const auto selection = git.Select("changed:HEAD");
  REQUIRE(selection.has_value());
  CHECK(selection->jobs.empty());
  CHECK(selection->notices == Names{"changed:HEAD selects no job"});
}

TEST_CASE("a job has changed when its spec, a file that it reads, or a config file beside it did") {
  GitRepository git;
  SECTION("the spec") {
    git.Write("idle/idle.hcl", JobText("idle", "  priority = 60"));
    CHECK(git.Pick("changed:HEAD") == Names{"idle"});
  }
  SECTION("a file that the spec reads, in another folder") {
    git.Write("shared/page.html", "bye");
    CHECK(git.Pick("changed:HEAD") == Names{"web"});
  }
  SECTION("a config file beside it") {
    git.Write("db/.env", "A=2");
    CHECK(git.Pick("changed:HEAD") == Names{"db"});
  }
  SECTION("a deleted config file") {
    git.Remove("db/.env");
    CHECK(git.Pick("changed:HEAD") == Names{"db"});
  }
  SECTION("a new config file and a new spec") {
    git.Write("db/more.env", "B=1");
    git.Write("new/new.hcl", JobText("new"));
    CHECK(git.Pick("changed:HEAD") == Names{"db", "new"});
  }
  SECTION("another file beside it is none of its business") {
    git.Write("db/notes.md", "changed");
    CHECK(git.Pick("changed:HEAD").empty());
  }
  SECTION("what is committed since counts, seen from the older revision") {
    git.Write("idle/idle.hcl", JobText("idle", "  priority = 60"));
    git.Commit();
    CHECK(git.Pick("changed:HEAD").empty());
    CHECK(git.Pick("changed:HEAD~1") == Names{"idle"});
    CHECK(git.Pick("changed:main~1") == Names{"idle"});
  }
  SECTION("a file that the spec cannot find any more") {
    git.Write("web/local.txt", "x");
    git.Commit();
    git.Remove("shared/page.html");
    CHECK(git.Pick("changed:HEAD") == Names{"web"});
  }
  SECTION("a link, and not what it leads to") {
    git.Write("other/other.hcl", JobText("other", "  meta {\n    a = file(\"page\")\n  }"));
    git.Link("../idle/idle.hcl", "other/page");
    git.Commit();
    git.Remove("other/page");
    git.Link("../shared/page.html", "other/page");
    CHECK(git.Pick("changed:HEAD") == Names{"other"});
  }
  SECTION("any file of its folder, when nobody knows what it reads") {
    git.Write("web/web.hcl", JobText("web", "  meta {\n    a = file(\"nowhere.txt\")\n  }"));
    git.Write("web/local.txt", "x");
    git.Commit();
    CHECK(git.Pick("changed:HEAD").empty());
    git.Remove("web/local.txt");
    CHECK(git.Pick("changed:HEAD") == Names{"web"});
  }
}

TEST_CASE("a file that git is told to leave alone is looked at where it lies on the disk") {
  GitRepository repository;
  for (const char* flag : {"--skip-worktree", "--assume-unchanged"}) {
    CAPTURE(flag);
    repository.Git({"update-index", flag, "nomad/db/db.hcl"});
    repository.Write("db/db.hcl", JobText("db"));
    CHECK(repository.Pick("changed:HEAD").empty());
    repository.Write("db/db.hcl", JobText("db", "  meta {}"));
    CHECK(repository.Pick("changed:HEAD") == Names{"db"});
  }
  repository.Git({"update-index", "--skip-worktree", "nomad/db/db.hcl"});
  repository.Remove("db/db.hcl");
  CHECK(repository.Pick("changed:HEAD").empty());
}

TEST_CASE("what lies in a submodule is compared with the commit that was checked out in it") {
  GitRepository repository;
  GitRepository other;
  repository.Git({"-c", "protocol.file.allow=always", "submodule", "--quiet", "add",
                  other.dir().path(), "nomad/conf"});
  repository.Write(
      "reads/reads.hcl",
      JobText("reads", "  meta {\n    a = file(\"../conf/nomad/shared/page.html\")\n  }"));
  repository.Commit();
  CHECK(repository.Pick("changed:HEAD").empty());
  repository.Write("conf/nomad/db/notes.md", "of no job");
  CHECK(repository.Pick("changed:HEAD").empty());
  repository.Write("conf/nomad/shared/page.html", "edited");
  CHECK(repository.Pick("changed:HEAD") == Names{"reads"});
  repository.Git({"-C", repository.dir().At("nomad/conf"), "-c", "user.name=t", "-c",
                  "user.email=t@example.org", "commit", "-qam", "x"});
  CHECK(repository.Pick("changed:HEAD") == Names{"reads"});
  repository.Commit();
  CHECK(repository.Pick("changed:HEAD").empty());
  CHECK(repository.Pick("changed:HEAD~1") == Names{"reads"});
  CHECK(repository.Pick("changed:HEAD~2") == Names{"reads"});
}

TEST_CASE("files that git ignores say nothing") {
  GitRepository git;
  git.Write("../.gitignore", "secret.env\n");
  git.Commit();
  git.Write("db/secret.env", "A=2");
  CHECK(git.Pick("changed:HEAD").empty());
}

TEST_CASE("names with blanks and non-ASCII letters are understood") {
  GitRepository git;
  git.Write("caf\xC3\xA9 bar/x y.hcl", JobText("cafe"));
  CHECK(git.Pick("changed:HEAD") == Names{"cafe"});
  git.Commit();
  git.Write("caf\xC3\xA9 bar/x y.hcl", JobText("cafe", "  priority = 1"));
  CHECK(git.Pick("changed:HEAD") == Names{"cafe"});
}

TEST_CASE("a linked base directory is seen through") {
  GitRepository git;
  git.dir().Link("nomad", "link");
  git.Write("idle/idle.hcl", JobText("idle", "  priority = 60"));
  git.Write("shared/page.html", "bye");
  CHECK(git.Pick("changed:HEAD", "link") == Names{"idle", "web"});
}

TEST_CASE("revisions that git does not know are errors") {
  GitRepository git;
  const auto unknown = git.Select("changed:nonsense");
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().code == ErrorCode::kNotFound);
  CHECK(unknown.error().message.find("changed:nonsense: git knows no such revision") == 0);
  CHECK(git.Select("changed:").error().code == ErrorCode::kUsage);
  CHECK(git.Select("changed:--output=/tmp/x").error().code == ErrorCode::kNotFound);
}

TEST_CASE("outside of a git repository changed: is an error") {
  TempDir dir;
  dir.Write("web.hcl", JobText("web"));
  nmgr::repo::RepoOptions options;
  options.base_dir = dir.path();
  const nmgr::repo::RepoAccess access{
      &nmgr::RealFileSystem(), &nmgr::RealProcesses(), {nullptr, &nmgr::RealFileSystem(), ""}};
  const nmgr::repo::Repo repo = nmgr::repo::OpenRepo(options, access).value();
  const auto selection = nmgr::repo::Select(repo, {{"changed:HEAD"}, {}, {}});
  REQUIRE_FALSE(selection.has_value());
  CHECK(selection.error().code == ErrorCode::kNotFound);
  CHECK(selection.error().message.find("not a git repository") != std::string::npos);
}
