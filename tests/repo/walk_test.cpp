#include "repo/walk.h"

#include <catch2/catch.hpp>

#include "repo/repository.h"

namespace {

using nmgr::Path;
using nmgr::testing::Repository;

std::vector<Path> Walk(Repository& repository, nmgr::repo::Walked* out = nullptr) {
  nmgr::repo::Walked walked =
      nmgr::repo::WalkFolder("/cld", repository.options, repository.files,
                             [](const Path& path) { return nmgr::repo::Candidate{path}; });
  std::vector<Path> paths;
  for (const nmgr::repo::Candidate& candidate : walked.candidates) paths.push_back(candidate.path);
  if (out != nullptr) *out = std::move(walked);
  return paths;
}

}  // namespace

TEST_CASE("walking takes spec files by their names, sorted") {
  Repository repository;
  for (const char* name : {"b/b.nomad.hcl", "a/a.hcl", "a/z.nomad", "a/readme.md", "a/x.hcl.bak",
                           "top.hcl", "c/job.hcl.tmpl", "c/deep/er/d.hcl"}) {
    repository.Add(name, "x");
  }
  CHECK(Walk(repository) == std::vector<Path>{"/cld/a/a.hcl", "/cld/a/z.nomad",
                                              "/cld/b/b.nomad.hcl", "/cld/c/deep/er/d.hcl",
                                              "/cld/top.hcl"});
  repository.options.spec_globs = {"*.tmpl"};
  CHECK(Walk(repository).size() == 6);
}

TEST_CASE("hidden and ignored folders and nested repositories are not entered") {
  Repository repository;
  repository.Add("web/web.hcl", "x");
  repository.Add(".hidden/a.hcl", "x");
  repository.Add("web/.git-old/b.hcl", "x");
  repository.Add("_archive/c.hcl", "x");
  repository.Add("web/_archive/d.hcl", "x");
  repository.Add("module/.git", "gitdir: elsewhere");
  repository.Add("module/e.hcl", "x");
  repository.Add("clone/.git/config", "");
  repository.Add("clone/deep/f.hcl", "x");
  repository.Add(".git/config", "");
  CHECK(Walk(repository) == std::vector<Path>{"/cld/web/web.hcl"});
}

TEST_CASE("max_depth bounds how deep folders are entered") {
  Repository repository;
  repository.Add("1/2/3/a.hcl", "x");
  repository.Add("1/2/3/4/b.hcl", "x");
  repository.options.max_depth = 3;
  CHECK(Walk(repository) == std::vector<Path>{"/cld/1/2/3/a.hcl"});
  repository.options.max_depth = 0;
  CHECK(Walk(repository).empty());
}

TEST_CASE("linked folders are followed once, real ones first") {
  Repository repository;
  repository.Add("real/web.hcl", "x");
  repository.files.AddLink("/cld/a-link", "/cld/real");
  repository.files.Add("/elsewhere/db/db.hcl", "x");
  repository.files.AddLink("/cld/outside", "/elsewhere/db");
  repository.files.AddLink("/cld/outside-again", "/elsewhere/db");
  repository.files.AddLink("/cld/real/loop", "/cld");
  CHECK(Walk(repository) == std::vector<Path>{"/cld/outside/db.hcl", "/cld/real/web.hcl"});
}

TEST_CASE("a link to a folder that the repository is in is not followed") {
  Repository repository;
  repository.Add("web/web.hcl", "x");
  repository.files.Add("/elsewhere/db.hcl", "x");
  repository.files.AddLink("/cld/web/up", "/");
  nmgr::repo::Walked walked;
  CHECK(Walk(repository, &walked) == std::vector<Path>{"/cld/web/web.hcl"});
  CHECK(walked.warnings ==
        std::vector<std::string>{"/cld/web/up: not followed: the link leads to a folder that the "
                                 "repository itself is in"});
}

TEST_CASE("a linked spec file is one spec") {
  Repository repository;
  repository.Add("real/web.hcl", "x");
  repository.files.AddLink("/cld/a/current.hcl", "/cld/real/web.hcl");
  repository.files.Add("/elsewhere/db.hcl", "x");
  repository.files.AddLink("/cld/a/db.hcl", "/elsewhere/db.hcl");
  repository.files.AddLink("/cld/b/db.hcl", "/elsewhere/db.hcl");
  CHECK(Walk(repository) == std::vector<Path>{"/cld/a/db.hcl", "/cld/real/web.hcl"});
}

TEST_CASE("what cannot be listed or leads nowhere is a warning") {
  Repository repository;
  repository.Add("web/web.hcl", "x");
  repository.Add("secret/db.hcl", "x");
  repository.files.Forbid("/cld/secret");
  repository.files.AddLink("/cld/web/gone.hcl", "/nowhere");
  repository.files.AddLink("/cld/web/gone.txt", "/nowhere");
  repository.files.AddLink("/cld/web/.#web.hcl", "me@host:1");
  repository.files.AddOther("/cld/web/pipe.hcl");
  nmgr::repo::Walked walked;
  CHECK(Walk(repository, &walked) == std::vector<Path>{"/cld/web/web.hcl"});
  CHECK(walked.unlisted == std::vector<std::string>{"/cld/secret: permission denied"});
  CHECK_FALSE(walked.root_unlisted);
  CHECK(walked.warnings == std::vector<std::string>{"/cld/web/gone.hcl: the link leads nowhere"});
}
